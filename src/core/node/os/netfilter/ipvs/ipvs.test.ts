import { describe, expect, test } from 'vitest';
import type { ConntrackAnswer, IpvsAnswer, RealServer, VirtualServer, WalkAnswer } from '../../../../contracts/netfilter.ts';
import { Hosts } from '../../testing/hosts.ts';

const vip: VirtualServer = { ip: '10.96.0.50', port: 80, protocol: 'tcp', scheduler: 'rr', persistentSeconds: 0 };

function set(h: Hosts, server: VirtualServer, reals: RealServer[]): void {
  h.netlink('worker-1', { type: 'Netlink', op: 'link.add', name: 'kube-ipvs0', kind: 'dummy', mtu: 1500, up: false });
  h.netlink('worker-1', { type: 'Netlink', op: 'addr.add', dev: 'kube-ipvs0', cidr: `${server.ip}/32` });
  expect(h.ask('worker-1', { type: 'Ipvs', op: 'addService', server } as never)).toEqual({});
  for (const real of reals) expect(h.ask('worker-1', { type: 'Ipvs', op: 'addServer', server, real } as never)).toEqual({});
}

/** Three pods that listen, and which of them each of `count` connections reached. */
function spread(server: VirtualServer, weights: number[], count: number): { h: Hosts; reached: string[]; from: string } {
  const h = new Hosts();
  const from = h.pod('worker-1', 'client', '10.244.0.5');
  const reals = weights.map((weight, i) => ({ ip: `10.244.0.1${i}`, port: 8080, weight }));
  reals.forEach((real, i) => void h.listen('worker-1', h.pod('worker-1', `b${i}`, real.ip), 8080));
  set(h, server, reals);
  const reached: string[] = [];
  for (let i = 0; i < count; i += 1) {
    h.connect('worker-1', from, server.ip, 80, 'hi');
    for (const body of h.told<{ type: string; localIP: string }>('worker-1', 0)) if (body.type === 'Accepted') reached.push(body.localIP.slice(-1));
  }
  return { h, reached, from };
}

describe('IPVS', () => {
  test('rr goes round; the client sees the virtual server, the server sees the client', () => {
    const { h, reached } = spread(vip, [1, 1, 1], 6);
    expect(reached.join('')).toBe('012012');
    const { entries } = h.ask<ConntrackAnswer>('worker-1', { type: 'Conntrack', op: 'list' } as never);
    expect(entries?.[0]).toMatchObject({
      state: 'ESTABLISHED',
      orig: { src: '10.244.0.5', dst: '10.96.0.50' },
      reply: { src: '10.244.0.10', dst: '10.244.0.5' },
    });
    const { servers } = h.ask<IpvsAnswer>('worker-1', { type: 'Ipvs', op: 'list' } as never);
    expect(servers?.[0]?.real.map((r) => [r.activeConnections, r.inactiveConnections])).toEqual([
      [2, 0],
      [2, 0],
      [2, 0],
    ]);
  });

  test('weight 0 gets nothing; wrr follows weights; wlc the fewest connections per weight', () => {
    expect(spread(vip, [1, 0, 1], 4).reached.join('')).toBe('0202');
    expect(
      spread({ ...vip, scheduler: 'wrr' }, [3, 1, 0], 8)
        .reached.sort()
        .join(''),
    ).toBe('00000011');
    expect(
      spread({ ...vip, scheduler: 'wlc' }, [2, 1, 1], 8)
        .reached.sort()
        .join(''),
    ).toBe('00001122');
    expect(spread({ ...vip, scheduler: 'sh' }, [1, 1, 1], 4).reached.every((r, _i, all) => r === all[0])).toBe(true);
  });

  test('persistence keeps a client at its server; no server is refused', () => {
    expect(new Set(spread({ ...vip, persistentSeconds: 60 }, [1, 1, 1], 4).reached).size).toBe(1);
    const { h, from } = spread(vip, [0], 0);
    h.connect('worker-1', from, vip.ip, 80);
    expect(h.told('worker-1', 0)).toMatchObject([{ type: 'ConnectFailed', reason: 'connection refused' }]);
  });

  test('from the machine itself, masqueraded by the rules of POSTROUTING; the lens shows it', () => {
    const { h } = spread(vip, [1, 1], 0);
    h.ask('worker-1', { type: 'Iptables', family: 'IPv4', argv: ['-t', 'nat', '-A', 'POSTROUTING', '-d', '10.244.0.0/24', '-j', 'MASQUERADE'] } as never);
    h.connect('worker-1', 'host', vip.ip, 80, 'hi');
    expect(h.told('worker-1', 0)).toMatchObject([{ type: 'Connected' }, { type: 'Accepted', peerIP: '10.244.0.1', localIP: '10.244.0.10' }]);
    const before = JSON.stringify(h.state('worker-1').netfilter);
    const walk = h.ask<WalkAnswer>('worker-1', {
      type: 'Walk',
      netns: 'cni-client',
      protocol: 'tcp',
      src: '10.244.0.5',
      sport: 5555,
      dst: vip.ip,
      dport: 80,
    } as never);
    expect(walk).toMatchObject({ verdict: 'DELIVERED', endpoint: '10.244.0.11:8080', masquerade: true });
    expect(walk.steps.find((s) => s.kind === 'ipvs')).toMatchObject({
      text: 'TCP 10.96.0.50:80 rr -> 10.244.0.11:8080',
      after: { dst: '10.244.0.11', dport: 8080 },
    });
    expect(JSON.stringify(h.state('worker-1').netfilter)).toBe(before);
  });

  test.each(['host', 'pod', 'outside'])('a real server that is the machine itself, from %s: answered, and shown by the lens', (where) => {
    const h = new Hosts();
    const pod = h.pod('worker-1', 'client', '10.244.0.5');
    h.listen('worker-1', 'host', 8080);
    set(h, vip, [{ ip: '10.200.0.2', port: 8080, weight: 1 }]);
    const from = where === 'pod' ? pod : 'host';
    // A machine outside gets there by a route to the worker.
    const host = where === 'outside' ? 'worker-2' : 'worker-1';
    if (where === 'outside') h.netlink('worker-2', { type: 'Netlink', op: 'route.add', destination: `${vip.ip}/32`, via: '10.200.0.2', dev: 'eth0' });
    h.connect(host, from, vip.ip, 80, 'hi');
    h.engine.advance(100);
    const told = [...h.told<{ type: string; localIP: string }>('worker-1', 100), ...h.told<{ type: string; localIP: string }>('worker-2', 100)];
    expect(told.map((body) => body.type).sort()).toEqual(['Accepted', 'Connected']);
    expect(told.find((body) => body.type === 'Accepted')).toMatchObject({ localIP: '10.200.0.2', localPort: 8080 });
    expect(h.notes[0]?.hops.length).toBeLessThan(6);
    const packet = { protocol: 'tcp', sport: 5555, dst: vip.ip, dport: 80 };
    const source =
      where === 'pod'
        ? { netns: pod, src: '10.244.0.5' }
        : where === 'host'
          ? { netns: 'host', src: vip.ip }
          : { incoming: true, netns: 'host', src: '10.200.0.3' };
    const walk = h.ask<WalkAnswer>('worker-1', { type: 'Walk', ...packet, ...source } as never);
    expect(walk).toMatchObject({ verdict: 'DELIVERED', endpoint: '10.200.0.2:8080' });
    expect(walk.steps.filter((step) => step.kind === 'ipvs')).toHaveLength(1);
  });
});
