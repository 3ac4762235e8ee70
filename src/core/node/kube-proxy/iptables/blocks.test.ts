/** Rules that are handed over as blocks and the same rules as text give the same tables, whatever happens to them. */
import { expect, test } from 'vitest';
import { restoreLines, restoreText } from '../../../contracts/rule-blocks.ts';
import type { HookEnvironment, Skb, Tuple } from '../../os/hooks.ts';
import { conntrackIn } from '../../os/netfilter/conntrack/flows.ts';
import { runHook } from '../../os/netfilter/hook.ts';
import { iptablesCommand } from '../../os/netfilter/iptables/command.ts';
import { restore } from '../../os/netfilter/iptables/restore.ts';
import { saveKept, saveTables } from '../../os/netfilter/iptables/save.ts';
import { type Namespace, newNamespace } from '../../os/netfilter/state.ts';
import { defaultProxierConfig, settle } from '../config.ts';
import { service, slice } from '../testing/node.ts';
import { applyChanges, endpointSliceUpdate, serviceUpdate, tracker } from '../tracking/tracker.ts';
import { baseJumps, jumpArgs } from './chains.ts';
import { iptablesState, syncIptables } from './proxier.ts';

const config = settle({
  ...defaultProxierConfig,
  ...{ family: 'IPv4', nodeName: 'worker-1', nodeIP: '10.0.0.11', detector: { kind: 'cidr', cidr: '10.244.0.0/16' } },
});

const saved = (ns: Namespace): string => saveTables(ns.iptables.IPv4, ns.counters.IPv4, 'IPv4', undefined, 'now');
const nothing = (): void => {};

function numbers(seed: number): (below: number) => number {
  let x = seed;
  return (below) => {
    x = (Math.imul(x, 48_271) + 11) >>> 0;
    return (x >>> 8) % below;
  };
}

const kinds: ((i: number) => object)[] = [
  () => ({}),
  (i) => ({ type: 'NodePort', ports: [{ name: 'http', port: 80, nodePort: 30_000 + i, protocol: 'TCP' }] }),
  (i) => ({ type: 'NodePort', externalTrafficPolicy: 'Local', ports: [{ name: 'http', port: 80, nodePort: 30_000 + i, protocol: 'TCP' }] }),
  () => ({ sessionAffinity: 'ClientIP' }),
  () => ({ internalTrafficPolicy: 'Local' }),
  (i) => ({ externalIPs: [`203.0.113.${i}`] }),
  (i) => ({ type: 'LoadBalancer', loadBalancerSourceRanges: ['10.0.0.0/8'], ports: [{ name: 'http', port: 80, nodePort: 31_000 + i, protocol: 'TCP' }] }),
];

test.each([1, 2, 3, 4, 5, 6, 7, 8])('any row of changes, seed %d', (seed) => {
  const draw = numbers(seed);
  const t = tracker('IPv4', 'worker-1');
  const state = iptablesState();
  const [blocks, text] = [newNamespace(), newNamespace()];
  for (const ns of [blocks, text])
    for (const jump of baseJumps) {
      iptablesCommand(ns, 'IPv4', ['-t', jump.table, '-N', jump.to]);
      iptablesCommand(ns, 'IPv4', ['-t', jump.table, '-I', jump.from, ...jumpArgs(jump)]);
    }
  for (let step = 0; step < 25; step += 1) {
    for (let n = draw(4); n >= 0; n -= 1) {
      const i = draw(12) + 1;
      const name = `s${i}`;
      const status = { loadBalancer: { ingress: [{ ip: `198.51.100.${i}` }] } };
      if (draw(5) === 0) serviceUpdate(t, `default/${name}`, null, nothing);
      else serviceUpdate(t, `default/${name}`, service(name, `10.96.0.${i}`, kinds[draw(kinds.length)]?.(i), status) as never, nothing);
      const ips = Array.from({ length: draw(5) }, (_, k) => `10.244.${draw(3)}.${k + 1}@worker-${draw(2) + 1}`);
      endpointSliceUpdate(t, slice(name, ips) as never, draw(8) === 0, nothing);
    }
    // Whoever else may write to the same chains.
    const own = saveTables(text.iptables.IPv4, null, 'IPv4', 'nat', '').match(/^:KUBE-S\S+/gm) ?? [];
    const some = (own[draw(own.length)] ?? ':KUBE-SERVICES').slice(1);
    const meddling = [['-A', some, '-j', 'RETURN'], ['-I', 'KUBE-SERVICES', '-s', '1.2.3.4', '-j', 'ACCEPT'], ['-F', some], ['-N', 'KUBE-SVC-MINE'], ['-X']][
      draw(12)
    ];
    if (meddling) expect(iptablesCommand(blocks, 'IPv4', ['-t', 'nat', ...meddling])).toEqual(iptablesCommand(text, 'IPv4', ['-t', 'nat', ...meddling]));
    const full = step === 0 || draw(6) === 0;
    const made = syncIptables(state, t, applyChanges(t, nothing), config, {
      ...{ nowMs: step * 1000, full, nodeLabels: {}, localAddresses: [] },
      natChains: () => {
        const { text: kept = '', blocks: held = [] } = saveKept(blocks.iptables.IPv4, 'IPv4', 'nat', '');
        return { names: [...kept.matchAll(/^:(\S+)/gm)].map((m) => m[1] as string), blocks: held };
      },
    });
    const written = restoreText(made.text, made.blocks);
    expect(restoreLines(made.text, made.blocks)).toBe(written.split('\n').length - 1);
    const [a, b] = [restore(blocks, 'IPv4', made.text, true, made.blocks), restore(text, 'IPv4', written, true)];
    expect(a, `step ${step}`).toEqual(b);
    expect(saved(blocks), `step ${step}`).toBe(saved(text));
    for (const table of ['nat', 'filter']) expect(blocks.iptables.IPv4[table]?.ruleCount, table).toBe(text.iptables.IPv4[table]?.ruleCount);
    for (let n = 0; n < 4; n += 1) {
      const destination = draw(2) === 0 ? { dst: `10.96.0.${draw(12) + 1}`, dport: 80 } : { dst: '10.0.0.11', dport: 30_000 + draw(13) };
      const packet = { src: ['10.244.1.1', '192.0.2.7', '10.0.0.11'][draw(3)] as string, sport: 40_000, ...destination };
      const draws = Array.from({ length: 8 }, () => draw(100) / 100);
      // Told first: a packet that is counted is remembered too.
      const ways = [blocks, text].flatMap((ns) => [[] as [], null].map((steps) => sent(ns, packet, draws, steps)));
      for (const way of ways) expect(way, JSON.stringify(packet)).toEqual(ways[3]);
    }
    expect(saved(blocks), `counters of step ${step}`).toBe(saved(text));
  }
});

/** Where a first packet goes, through PREROUTING; counted unless its steps are told. */
function sent(ns: Namespace, packet: Tuple, given: readonly number[], steps: [] | null): object {
  const rest = [...given];
  const draws = { chance: (p: number) => (rest.shift() ?? 0) < p, pick: () => 0 };
  const skb: Skb = {
    ...packet,
    ...{ protocol: 'tcp', flags: 'SYN', data: '', fin: false, flow: '', ttl: 64, mark: 0, netns: 'host', local: false, iif: 'eth0', orig: packet },
  };
  generation += 1;
  conntrackIn(ns, skb, env, false);
  const { verdict, looked, by } = runHook(ns, 'PREROUTING', skb, env, { generation, draws, live: steps === null, steps, looseDevices: false });
  return { verdict, looked, by, mark: skb.mark, dst: skb.dst, dport: skb.dport };
}

/** What is registered at hooks is made anew every time. */
let generation = 0;
const env = {
  ctx: { nowMs: 0, epochMs: 0, random: () => 0 },
  isLocal: (_netns: string, ip: string) => ip === '10.0.0.11' || ip.startsWith('127.'),
  ...{ addressOf: () => '10.0.0.11', addresses: () => [], route: () => ({ dev: 'eth0' }), sysctl: () => '', listener: () => null, ownerOf: () => null },
} as unknown as HookEnvironment;
