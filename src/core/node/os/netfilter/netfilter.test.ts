import { beforeEach, describe, expect, test } from 'vitest';
import type { ConntrackAnswer, NetfilterAnswer } from '../../../contracts/netfilter.ts';
import { Hosts } from '../testing/hosts.ts';

/** A ClusterIP 10.96.0.50:80 with endpoints, as kube-proxy writes it. */
function service(endpoints: string[]): string {
  const seps = endpoints.map((e, i) => ({ name: `KUBE-SEP-${i}`, e, ip: e.split(':')[0] }));
  const nat = [
    '*nat',
    ':KUBE-SERVICES - [0:0]',
    ':KUBE-POSTROUTING - [0:0]',
    ':KUBE-MARK-MASQ - [0:0]',
    ':KUBE-SVC-A - [0:0]',
    ...seps.map(({ name }) => `:${name} - [0:0]`),
    '-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN',
    '-A KUBE-POSTROUTING -j MARK --xor-mark 0x4000',
    '-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
    '-A KUBE-MARK-MASQ -j MARK --or-mark 0x4000',
    '-A KUBE-SERVICES -m comment --comment "default/a:http cluster IP" -m tcp -p tcp -d 10.96.0.50 --dport 80 -j KUBE-SVC-A',
    '-A KUBE-SVC-A -m comment --comment "default/a:http cluster IP" -m tcp -p tcp -d 10.96.0.50 --dport 80 ! -s 10.244.0.0/16 -j KUBE-MARK-MASQ',
    ...seps.map(
      ({ name }, i) =>
        `-A KUBE-SVC-A ${i < seps.length - 1 ? `-m statistic --mode random --probability ${(1 / (seps.length - i)).toFixed(10)} ` : ''}-j ${name}`,
    ),
    ...seps.flatMap(({ name, e, ip }) => [`-A ${name} -s ${ip} -j KUBE-MARK-MASQ`, `-A ${name} -m tcp -p tcp -j DNAT --to-destination ${e}`]),
    'COMMIT',
  ];
  return `${nat.join('\n')}\n`;
}

function ipt(h: Hosts, host: string, ...argv: string[]): NetfilterAnswer {
  return h.ask<NetfilterAnswer>(host, { type: 'Iptables', family: 'IPv4', argv } as never);
}

function proxy(h: Hosts, host: string, endpoints: string[]): void {
  expect(h.ask(host, { type: 'IptablesRestore', family: 'IPv4', text: service(endpoints), noflush: true } as never)).toMatchObject({ code: 0 });
  for (const [hook, chain] of [
    ['PREROUTING', 'KUBE-SERVICES'],
    ['OUTPUT', 'KUBE-SERVICES'],
    ['POSTROUTING', 'KUBE-POSTROUTING'],
  ] as const)
    if (ipt(h, host, '-t', 'nat', '-C', hook, '-j', chain).code !== 0) expect(ipt(h, host, '-t', 'nat', '-I', hook, '-j', chain)).toMatchObject({ code: 0 });
}

const conntrack = (h: Hosts, host: string): NonNullable<ConntrackAnswer['entries']> =>
  h.ask<ConntrackAnswer>(host, { type: 'Conntrack', op: 'list' } as never).entries ?? [];

describe('a ClusterIP', () => {
  let h: Hosts;
  let a: string;
  beforeEach(() => {
    h = new Hosts();
    a = h.pod('worker-1', 'a', '10.244.0.5');
  });

  test('pod → VIP → pod of another host, and back', () => {
    const b = h.pod('worker-2', 'b', '10.244.1.6');
    h.listen('worker-2', b, 8080);
    proxy(h, 'worker-1', ['10.244.1.6:8080']);
    const { connection } = h.connect('worker-1', a, '10.96.0.50', 80, 'GET /');
    const accepted = h.told<{ type: string; connection: string; peerIP: string; localIP: string; localPort: number }>('worker-2', 100);
    expect(accepted).toMatchObject([{ type: 'Accepted', data: 'GET /', peerIP: '10.244.0.5', localIP: '10.244.1.6', localPort: 8080 }]);
    h.socket('worker-2', { type: 'Socket', op: 'send', netns: b, connection: accepted[0]?.connection as string, data: '200 OK', close: true });
    expect(h.told('worker-1', 200)).toMatchObject([{ type: 'Connected' }, { type: 'Received', connection, data: '200 OK', closed: true }]);
    expect(conntrack(h, 'worker-1')).toMatchObject([
      {
        protocol: 'tcp',
        state: 'FIN_WAIT',
        orig: { src: '10.244.0.5', dst: '10.96.0.50', dport: 80 },
        reply: { src: '10.244.1.6', dst: '10.244.0.5', sport: 8080 },
        assured: true,
        unreplied: false,
        mark: 0,
      },
    ]);
    h.socket('worker-1', { type: 'Socket', op: 'close', netns: a, connection: connection as string });
    h.told('worker-1', 300);
    expect(conntrack(h, 'worker-1')).toMatchObject([{ state: 'TIME_WAIT', expiresAtMs: 200 + 120_000 }]);
    h.told('worker-1', 130_000);
    expect(conntrack(h, 'worker-1')).toEqual([]);
    const syn = h.notes.find((note) => note.packet.flags === 'SYN');
    expect(syn).toMatchObject({ translated: { dst: '10.244.1.6', dport: 8080 }, by: '-A KUBE-SEP-0 -p tcp -m tcp -j DNAT --to-destination 10.244.1.6:8080' });
  });

  test('host → VIP is masqueraded with a random port of the range', () => {
    h.pod('worker-1', 'b', '10.244.0.6');
    h.listen('worker-1', 'cni-b', 8080);
    proxy(h, 'worker-1', ['10.244.0.6:8080']);
    const { localPort } = h.connect('worker-1', 'host', '10.96.0.50', 80, 'hi');
    const told = h.told<{ type: string; peerIP: string; peerPort: number }>('worker-1', 100);
    expect(told).toMatchObject([{ type: 'Connected' }, { type: 'Accepted', peerIP: '10.244.0.1' }]);
    expect(told[1]?.peerPort).not.toBe(localPort);
    expect(conntrack(h, 'worker-1')[0]).toMatchObject({
      state: 'ESTABLISHED',
      orig: { src: '10.200.0.2', dst: '10.96.0.50' },
      reply: { src: '10.244.0.6', dst: '10.244.0.1', dport: told[1]?.peerPort },
    });
  });

  test('hairpin: a pod that is its own endpoint sees the bridge', () => {
    const own = h.pod('worker-1', 'self', '10.244.0.9', true);
    h.listen('worker-1', own, 8080);
    proxy(h, 'worker-1', ['10.244.0.9:8080']);
    h.connect('worker-1', own, '10.96.0.50', 80, 'hi');
    expect(h.told('worker-1', 100)).toMatchObject([{ type: 'Connected' }, { type: 'Accepted', peerIP: '10.244.0.1', data: 'hi' }]);
  });

  test('connections spread over endpoints, and established ones stay where they are', () => {
    for (const [name, ip] of [
      ['x', '10.244.0.11'],
      ['y', '10.244.0.12'],
      ['z', '10.244.0.13'],
    ] as const)
      h.listen('worker-1', h.pod('worker-1', name, ip), 8080);
    proxy(h, 'worker-1', ['10.244.0.11:8080', '10.244.0.12:8080', '10.244.0.13:8080']);
    const hits: Record<string, number> = {};
    for (let i = 0; i < 300; i += 1) h.connect('worker-1', a, '10.96.0.50', 80, 'hi');
    for (const body of h.told<{ type: string; localIP: string }>('worker-1', 100))
      if (body.type === 'Accepted') hits[body.localIP] = (hits[body.localIP] ?? 0) + 1;
    expect(Object.values(hits).reduce((x, y) => x + y)).toBe(300);
    for (const count of Object.values(hits)) expect(count).toBeGreaterThan(70);
    const { connection, localPort } = h.connect('worker-1', a, '10.96.0.50', 80);
    h.told('worker-1', 110);
    const before = conntrack(h, 'worker-1').find((e) => e.orig.sport === localPort);
    proxy(h, 'worker-1', ['10.244.0.99:8080']);
    h.socket('worker-1', { type: 'Socket', op: 'send', netns: a, connection: connection as string, data: 'more' });
    expect(h.told<{ type: string }>('worker-1', 120).map((b) => b.type)).toEqual(['Received']);
    expect(before?.reply.src).toMatch(/^10\.244\.0\.1[123]$/);
  });

  test('REJECT answers at once, DROP does not; --reject-with tcp-reset is a reset', () => {
    ipt(h, 'worker-1', '-A', 'FORWARD', '-d', '10.96.0.77', '-j', 'REJECT');
    ipt(h, 'worker-1', '-A', 'FORWARD', '-d', '10.96.0.78', '-j', 'DROP');
    ipt(h, 'worker-1', '-A', 'FORWARD', '-p', 'tcp', '-d', '10.96.0.79', '-j', 'REJECT', '--reject-with', 'tcp-reset');
    ipt(h, 'worker-1', '-A', 'OUTPUT', '-d', '10.96.0.77', '-j', 'REJECT', '--reject-with', 'icmp-host-unreachable');
    h.connect('worker-1', a, '10.96.0.77', 80);
    expect(h.told('worker-1', 0)).toMatchObject([{ type: 'ConnectFailed', reason: 'connection refused' }]);
    h.connect('worker-1', 'host', '10.96.0.77', 80);
    expect(h.told('worker-1', 1)).toMatchObject([{ type: 'ConnectFailed', reason: 'no route to host' }]);
    h.connect('worker-1', a, '10.96.0.79', 80);
    expect(h.told('worker-1', 2)).toMatchObject([{ type: 'ConnectFailed', reason: 'connection refused' }]);
    h.connect('worker-1', a, '10.96.0.78', 80, undefined, 5000);
    expect(h.told('worker-1', 3000)).toEqual([]);
    expect(h.told('worker-1', 6000)).toMatchObject([{ type: 'ConnectFailed', reason: 'i/o timeout' }]);
    expect(h.notes.map((n) => n.verdict)).toContain('REJECT');
    expect(h.notes.find((n) => n.verdict === 'DROP')?.by).toBe('-A FORWARD -d 10.96.0.78/32 -j DROP');
  });

  test('UDP: 30 s, 120 s once it is a stream; ICMP errors come back through the translation', () => {
    h.pod('worker-1', 'dns', '10.244.0.20');
    h.listen('worker-1', 'cni-dns', 53, 'udp');
    const text =
      '*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -d 10.96.0.10/32 -p udp -m udp --dport 53 -j DNAT --to-destination 10.244.0.20:53\n-A PREROUTING -d 10.96.0.11/32 -p udp -m udp --dport 53 -j DNAT --to-destination 10.244.0.20:54\nCOMMIT\n';
    expect(h.ask('worker-1', { type: 'IptablesRestore', family: 'IPv4', text, noflush: false } as never)).toMatchObject({ code: 0 });
    const ask = (ip: string): void =>
      void h.socket('worker-1', { type: 'Socket', op: 'sendto', netns: a, protocol: 'udp', ip, port: 53, data: 'q', owner: 'worker-1/workloads', tag: 'q' });
    ask('10.96.0.10');
    const [question] = h.told<{ type: string; peerIP: string; peerPort: number; localIP: string }>('worker-1', 10);
    expect(question).toMatchObject({ type: 'Datagram', peerIP: '10.244.0.5', localIP: '10.244.0.20' });
    expect(conntrack(h, 'worker-1')).toMatchObject([{ unreplied: true, assured: false, expiresAtMs: 30_000 }]);
    const reply = (): void =>
      void h.socket('worker-1', {
        type: 'Socket',
        op: 'sendto',
        netns: 'cni-dns',
        protocol: 'udp',
        ip: '10.244.0.5',
        port: question?.peerPort as number,
        fromPort: 53,
        data: 'r',
        owner: 'worker-1/workloads',
        tag: 'server cni-dns 53',
      });
    reply();
    expect(h.told('worker-1', 20)).toMatchObject([{ type: 'Datagram', tag: 'q', peerIP: '10.96.0.10', data: 'r' }]);
    expect(conntrack(h, 'worker-1')).toMatchObject([{ unreplied: false, assured: false, expiresAtMs: 10 + 30_000 }]);
    h.told('worker-1', 2500);
    reply();
    h.told('worker-1', 2600);
    expect(conntrack(h, 'worker-1')).toMatchObject([{ assured: true, expiresAtMs: 2500 + 120_000 }]);
    ask('10.96.0.11');
    expect(h.told('worker-1', 2700)).toMatchObject([{ type: 'Datagram', error: 'connection refused' }]);
    expect(h.ask<ConntrackAnswer>('worker-1', { type: 'Conntrack', op: 'delete', protocol: 'udp', origDst: '10.96.0.10' } as never)).toEqual({ deleted: 1 });
  });

  test('two hosts behind one address get ports of their own', () => {
    ipt(h, 'worker-1', '-t', 'nat', '-A', 'POSTROUTING', '-s', '10.244.0.0/16', '!', '-d', '10.244.0.0/16', '-j', 'SNAT', '--to-source', '10.200.0.2:4000');
    const b = h.pod('worker-1', 'b', '10.244.0.6');
    h.listen('client', 'host', 9000);
    h.connect('worker-1', a, '192.168.0.100', 9000, 'hi');
    h.connect('worker-1', b, '192.168.0.100', 9000, 'hi', 500);
    h.told('worker-1', 1000);
    expect(h.told('client', 1000)).toMatchObject([{ type: 'Accepted', peerIP: '10.200.0.2', peerPort: 4000 }]);
    ipt(h, 'worker-1', '-t', 'nat', '-F', 'POSTROUTING');
    ipt(h, 'worker-1', '-t', 'nat', '-A', 'POSTROUTING', '-s', '10.244.0.0/16', '!', '-d', '10.244.0.0/16', '-j', 'MASQUERADE');
    h.connect('worker-1', b, '192.168.0.100', 9000, 'hi');
    expect(h.told('client', 2000)).toMatchObject([{ type: 'Accepted', peerIP: '10.200.0.2' }]);
  });
});
