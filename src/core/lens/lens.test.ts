import { beforeAll, describe, expect, test } from 'vitest';
import { readWithTool } from '../tools.ts';
import type { World } from '../world.ts';
import { counted } from './counts.ts';
import { askLens } from './lens.ts';
import type { Journey, LensPacketQuestion, ProxyMode, Spread } from './questions.ts';
import { cluster, toWeb } from './testing/cluster.ts';

const modes: ProxyMode[] = ['iptables', 'ipvs', 'nftables'];
let world: World;
beforeAll(() => {
  world = cluster();
}, 120_000);

const journey = (mode: ProxyMode, more: Partial<LensPacketQuestion> = {}, services = 0): Journey =>
  askLens(world, { ask: 'journey', mode, services, question: { ...toWeb, ...more } });
const spread = (mode: ProxyMode, more: Partial<LensPacketQuestion> = {}, clients: Spread['clients'] = 'one'): Spread =>
  askLens(world, { ask: 'spread', mode, services: 0, question: { ...toWeb, ...more }, count: 1000, clients });

describe('one packet in three modes', () => {
  test.each(modes)('%s: reaches a web pod and is answered from the address that was asked', (mode) => {
    const j = journey(mode);
    expect(j).toMatchObject({ outcome: 'answered', running: mode === 'iptables' });
    expect(j.backendName).toMatch(/^default\/web-/);
    const back = j.legs.filter((leg) => leg.way === 'back');
    const home = back[back.length - 1]?.answer;
    expect(home?.end).toMatchObject({ src: '10.96.0.50', sport: 80, dst: home?.flow?.orig.src });
    expect(home?.steps.at(-1)?.text).toMatch(/^tcp 10\.244\.\d\.\d:41874$/);
  });

  test('the running mode walks the rules that the node has, the others those that kube-proxy would write there', () => {
    const node = world.cluster.nodes.find((n) => j0.legs[0]?.host === n.name)?.name as string;
    const listed = readWithTool(world, node, 'iptables-save -t nat').stdout.split('\n');
    for (const step of j0.legs[0]?.answer.steps ?? []) if (step.kind === 'rule' && step.table === 'nat' && step.text) expect(listed).toContain(step.text);
    world.command({ type: 'setOption', option: 'proxyMode', value: 'nftables' });
    world.advance(world.nowMs + 40_000);
    const live = journey('nftables');
    expect(live.running).toBe(true);
    const told = (j: Journey): string[] =>
      j.legs.flatMap((leg) => leg.answer.steps.filter((s) => s.kind === 'rule').map((s) => `${s.chain} ${s.text} ${s.matched}`));
    expect(told(live)).toEqual(told(nft0));
    world = cluster();
  }, 120_000);
  let j0: Journey;
  let nft0: Journey;
  beforeAll(() => {
    j0 = journey('iptables');
    nft0 = journey('nftables');
  }, 120_000);

  test('leaves no trace in the world', () => {
    const before = JSON.stringify(world.engine.state);
    for (const mode of modes) {
      journey(mode);
      spread(mode);
      askLens(world, { ask: 'cost', mode, services: 300, question: toWeb });
      askLens(world, { ask: 'chains', mode, services: 0, node: 'worker-1' });
    }
    expect(JSON.stringify(world.engine.state) === before).toBe(true);
  }, 120_000);

  test('more Services cost iptables more and the others nothing', () => {
    const cost = (mode: ProxyMode, services: number): number => askLens(world, { ask: 'cost', mode, services, question: toWeb }).rules;
    const few = modes.map((mode) => cost(mode, 0));
    const many = modes.map((mode) => cost(mode, 1000));
    expect(many[1]).toBe(few[1]);
    expect(many[2]).toBe(few[2]);
    // Half of the added ones stand before the Service that is asked for.
    const own = 5;
    expect((many[0] as number) - (few[0] as number)).toBe(Math.ceil((1000 - own) / 2));
  }, 120_000);

  test('a later packet is answered by connection tracking, without nat rules', () => {
    for (const mode of modes) {
      const first = journey(mode);
      const later = journey(mode, { packet: 'later' });
      expect(later.backend).toBe(first.backend);
      expect(later.legs.flatMap((leg) => leg.answer.steps).filter((s) => s.table === 'nat' || s.chain === 'services')).toEqual([]);
    }
  });

  test('ping of a ClusterIP: lost in iptables mode, refused at once in the others', () => {
    const ping = (mode: ProxyMode): Journey => journey(mode, { protocol: 'icmp', toPort: 0 });
    // No rule is about it, and the default route takes it out of the cluster.
    expect(ping('iptables')).toMatchObject({ outcome: 'outside' });
    // The address is the node's own, but KUBE-IPVS-FILTER refuses what is for none of the Services' ports.
    expect(ping('ipvs')).toMatchObject({ outcome: 'rejected' });
    expect(ping('ipvs').legs[0]?.answer.steps.some((s) => s.text === 'local 10.96.0.50 dev lo')).toBe(true);
    expect(ping('nftables')).toMatchObject({ outcome: 'rejected' });
    expect(journey('iptables', { protocol: 'icmp', toIP: journey('iptables').backend.split(':')[0] as string }).outcome).toBe('answered');
  });

  test('an unused port of a ClusterIP, and a Service without endpoints', () => {
    expect(journey('nftables', { toPort: 81 }).outcome).toBe('rejected');
    expect(journey('iptables', { toPort: 81 }).outcome).not.toBe('rejected');
    for (const mode of modes) expect(journey(mode, { toIP: '10.96.0.52' }).outcome).toBe('rejected');
  });

  test('from outside to a node port: masqueraded, and the answer comes back to the client', () => {
    for (const mode of modes) {
      const j = journey(mode, { from: 'client', toIP: '10.0.0.11', toPort: 30080 });
      expect(j.outcome).toBe('answered');
      expect(j.legs.map((leg) => leg.host).slice(0, 2)).toEqual(['client', 'worker-1']);
      expect(j.legs.at(-1)).toMatchObject({ host: 'client', way: 'back', answer: { end: { src: '10.0.0.11', sport: 30080 } } });
      expect(j.legs[1]?.answer.masquerade).toBe(true);
    }
  });

  test('says what is wrong with a question', () => {
    expect(journey('iptables', { from: 'default/nobody' }).error).toBe('default/nobody is no pod, node or client of this cluster');
    expect(journey('iptables', { from: '__proto__' }).error).toContain('is no pod');
    expect(journey('iptables', { toIP: 'nowhere' }).error).toBe('not an address: "nowhere"');
    expect(() => askLens(world, { ask: 'cost', mode: 'userspace' as never, services: 0, question: toWeb })).toThrow('mode must be');
    expect(() => askLens(world, { ask: 'cost', mode: 'ipvs', services: 1e9, question: toWeb })).toThrow('services must be');
  });
});

describe('a thousand connections', () => {
  test('are shared out as each mode does', () => {
    for (const mode of modes) {
      const s = spread(mode);
      expect(s.rows).toHaveLength(3);
      expect(s.rows.reduce((sum, row) => sum + row.count, 0)).toBe(1000);
      expect(s.rows.map((row) => row.expected)).toEqual([333.3, 333.3, 333.3]);
      expect(s.how).toBe(mode === 'ipvs' ? 'round robin' : 'random');
      // A hundred times in a thousand a random count lies outside; the seed is fixed.
      for (const row of s.rows) expect(Math.abs(row.count - 333.3)).toBeLessThan(mode === 'ipvs' ? 1 : 2 * s.margin);
    }
    expect(spread('iptables').rows).toEqual(spread('iptables').rows);
    expect(spread('iptables', { seed: 2 }).rows).not.toEqual(spread('iptables').rows);
  });

  test('with session affinity one client stays, many are shared out', () => {
    for (const mode of modes) {
      const one = spread(mode, { toIP: '10.96.0.51' });
      expect(
        one.rows.map((row) => row.count).sort((a, b) => a - b),
        mode,
      ).toEqual([0, 0, 1000]);
      const many = spread(mode, { toIP: '10.96.0.51' }, 'many');
      expect(
        many.rows.every((row) => row.count > 200),
        mode,
      ).toBe(true);
    }
  });

  test('that reach nobody say why', () => {
    for (const mode of modes) expect(spread(mode, { toIP: '10.96.0.52' })).toMatchObject({ lost: 1000, rows: [] });
    expect(spread('iptables', { toIP: '10.96.0.52' }).lostWhy).toContain('default/none has no endpoints');
  });
});

describe('counting', () => {
  test('only kube-proxy’s rules, and those that are told as one', () => {
    const rule = (chain: string, text: string, more = {}) => ({ kind: 'rule' as const, chain, text, depth: 1, matched: false, ...more });
    const steps = [
      rule('FORWARD', '-A FORWARD -j FLANNEL-FWD', { matched: true }),
      rule('INPUT', '-A INPUT -j KUBE-FIREWALL', { matched: true }),
      rule('KUBE-FIREWALL', '-A KUBE-FIREWALL -j DROP'),
      rule('PREROUTING', '-A PREROUTING -j KUBE-SERVICES', { matched: true }),
      rule('KUBE-SERVICES', '', { skipped: 500 }),
    ];
    expect(counted(steps)).toMatchObject({ rules: 501, strip: [] });
    expect(counted(steps.slice(0, 4))).toMatchObject({ rules: 1, strip: [true] });
  });
});
