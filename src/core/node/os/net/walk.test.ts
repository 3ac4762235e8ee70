import { afterEach, describe, expect, test, vi } from 'vitest';
import { type Hook, netfilter, type Skb } from '../hooks.ts';
import { Hosts } from '../testing/hosts.ts';

afterEach(() => vi.restoreAllMocks());

/** Netfilter of the host's namespace as `rule` says it. */
function filtered(rule: (hook: Hook, skb: Skb) => ReturnType<typeof netfilter.hook> | undefined, seen: string[] = []): string[] {
  vi.spyOn(netfilter, 'active').mockImplementation((_, netns) => netns === 'host');
  vi.spyOn(netfilter, 'conntrackIn').mockImplementation((_, skb) => {
    skb.ct ??= `${skb.src}>${skb.dst}`;
  });
  vi.spyOn(netfilter, 'confirm').mockImplementation(() => {
    seen.push('confirm');
  });
  vi.spyOn(netfilter, 'hook').mockImplementation((_, hook, skb) => {
    seen.push(`${hook} ${skb.iif ?? '-'} ${skb.oif ?? '-'} ${skb.src}>${skb.dst} ${skb.flags}`);
    return rule(hook, skb) ?? { verdict: 'ACCEPT' };
  });
  return seen;
}

/** One address stands for another, both ways: what conntrack does with a known flow. */
const nat = (virtual: string, real: string) => (hook: Hook, skb: Skb) => {
  if ((hook === 'PREROUTING' || hook === 'OUTPUT') && skb.dst === virtual) skb.dst = real;
  if (hook === 'POSTROUTING' && skb.src === real) skb.src = virtual;
  return undefined;
};

describe('the way through a host and its hooks', () => {
  test('a local socket: OUTPUT, routed again after translation, POSTROUTING', () => {
    const h = new Hosts();
    const web = h.pod('worker-1', 'web', '10.244.0.5');
    h.listen('worker-1', web, 80);
    // Replies come in by the bridge and find the socket under the address it connected to.
    const seen = filtered((hook, skb) => {
      if (hook === 'OUTPUT' && skb.dst === '10.96.0.9') skb.dst = '10.244.0.5';
      if (hook === 'POSTROUTING' && skb.src === '10.200.0.2') skb.src = '10.244.0.1';
      if (hook === 'PREROUTING' && skb.dst === '10.244.0.1') skb.dst = '10.200.0.2';
      if (hook === 'INPUT' && skb.src === '10.244.0.5') skb.src = '10.96.0.9';
      return undefined;
    });
    h.connect('worker-1', 'host', '10.96.0.9', 80, 'GET /');
    expect(h.told('worker-1', 0)).toMatchObject([
      { type: 'Connected', localIP: '10.200.0.2' },
      { type: 'Accepted', peerIP: '10.244.0.1' },
    ]);
    expect(seen.slice(0, 6)).toEqual([
      'OUTPUT - eth0 10.200.0.2>10.96.0.9 SYN',
      'POSTROUTING - cni0 10.200.0.2>10.244.0.5 SYN',
      'confirm',
      'PREROUTING cni0 - 10.244.0.5>10.244.0.1 SYN-ACK',
      'INPUT cni0 - 10.244.0.5>10.200.0.2 SYN-ACK',
      'confirm',
    ]);
    expect(h.notes[0]).toMatchObject({ translated: { dst: '10.244.0.5', dport: 80 }, hops: ['host:worker-1', 'netfilter', 'cni0', 'pod:default/web'] });
    // The rest of the connection takes the way that was found.
    expect(seen).toHaveLength(6);
  });

  test('pod to virtual address to pod of the same bridge, and back through br_netfilter', () => {
    const h = new Hosts();
    const [a, b] = [h.pod('worker-1', 'a', '10.244.0.5'), h.pod('worker-1', 'b', '10.244.0.6')];
    h.listen('worker-1', b, 80);
    const seen = filtered(nat('10.96.0.9', '10.244.0.6'));
    h.connect('worker-1', a, '10.96.0.9', 80);
    expect(h.told('worker-1', 0)).toMatchObject([{ type: 'Connected' }, { type: 'Accepted', peerIP: '10.244.0.5' }]);
    expect(seen).toEqual([
      'PREROUTING cni0 - 10.244.0.5>10.96.0.9 SYN',
      'FORWARD cni0 cni0 10.244.0.5>10.244.0.6 SYN',
      'POSTROUTING cni0 cni0 10.244.0.5>10.244.0.6 SYN',
      'confirm',
      'PREROUTING cni0 - 10.244.0.6>10.244.0.5 SYN-ACK',
      'FORWARD cni0 cni0 10.244.0.6>10.244.0.5 SYN-ACK',
      'POSTROUTING cni0 cni0 10.244.0.6>10.244.0.5 SYN-ACK',
      'confirm',
    ]);
  });

  test('without bridge-nf-call-iptables the reply keeps its source, and the client refuses it', () => {
    const h = new Hosts();
    const [a, b] = [h.pod('worker-1', 'a', '10.244.0.5'), h.pod('worker-1', 'b', '10.244.0.6')];
    h.listen('worker-1', b, 80);
    filtered(nat('10.96.0.9', '10.244.0.6'));
    h.netlink('worker-1', { type: 'Netlink', op: 'sysctl.set', name: 'net.bridge.bridge-nf-call-iptables', value: '0' });
    h.connect('worker-1', a, '10.96.0.9', 80, undefined, 2000);
    expect(h.told('worker-1', 2000)).toMatchObject([{ type: 'ConnectFailed', reason: 'i/o timeout' }]);
  });

  test.each([
    [true, 'Connected'],
    [false, 'ConnectFailed'],
  ])('hairpin mode %s: a pod through a virtual address to itself', (hairpin, outcome) => {
    const h = new Hosts();
    const web = h.pod('worker-1', 'web', '10.244.0.5', hairpin);
    h.listen('worker-1', web, 80);
    filtered((hook, skb) => {
      if (hook === 'PREROUTING' && skb.dst === '10.96.0.9') skb.dst = '10.244.0.5';
      if (hook === 'POSTROUTING' && skb.src === '10.244.0.5' && skb.flags !== 'SYN-ACK') skb.src = '10.244.0.1';
      if (hook === 'PREROUTING' && skb.dst === '10.244.0.1') skb.dst = '10.244.0.5';
      if (hook === 'POSTROUTING' && skb.src === '10.244.0.5' && skb.flags === 'SYN-ACK') skb.src = '10.96.0.9';
      return undefined;
    });
    h.connect('worker-1', web, '10.96.0.9', 80, undefined, 1000);
    expect(h.told('worker-1', 1000)[0]).toMatchObject({ type: outcome });
    if (!hairpin) expect(h.notes[0]).toMatchObject({ verdict: 'DROP', by: 'hairpin mode is off on vethweb' });
  });

  test.each(['OUTPUT', 'FORWARD', 'INPUT', 'PREROUTING'] as const)('REJECT at %s is refused at once, DROP times out', (where) => {
    for (const verdict of ['REJECT', 'DROP'] as const) {
      const h = new Hosts();
      const a = h.pod('worker-1', 'a', '10.244.0.5');
      filtered((hook, skb) => (hook === where && skb.flags === 'SYN' ? { verdict, by: 'the rule' } : undefined));
      if (where === 'OUTPUT') h.connect('worker-1', 'host', '10.200.0.3', 80, undefined, 500);
      else h.connect('worker-1', a, where === 'INPUT' ? '10.200.0.2' : '10.200.0.3', 80, undefined, 500);
      expect(h.told('worker-1', verdict === 'REJECT' ? 0 : 500)).toMatchObject([
        { type: 'ConnectFailed', reason: verdict === 'REJECT' ? 'connection refused' : 'i/o timeout' },
      ]);
      expect(h.notes[0]).toMatchObject({ verdict, by: 'the rule' });
      vi.restoreAllMocks();
    }
  });

  test('STOLEN at INPUT goes on by its new destination', () => {
    const h = new Hosts();
    const [a, b] = [h.pod('worker-1', 'a', '10.244.0.5'), h.pod('worker-1', 'b', '10.244.0.6')];
    h.listen('worker-1', b, 80);
    h.netlink('worker-1', { type: 'Netlink', op: 'link.add', name: 'kube-ipvs0', kind: 'dummy', mtu: 1500, up: false });
    h.netlink('worker-1', { type: 'Netlink', op: 'addr.add', dev: 'kube-ipvs0', cidr: '10.96.0.9/32' });
    const seen = filtered((hook, skb) => {
      if (hook === 'INPUT' && skb.dst === '10.96.0.9') {
        skb.dst = '10.244.0.6';
        return { verdict: 'STOLEN', next: 'POSTROUTING', by: 'TCP 10.96.0.9:80 rr' };
      }
      if (hook === 'POSTROUTING' && skb.src === '10.244.0.6') skb.src = '10.96.0.9';
      return undefined;
    });
    h.connect('worker-1', a, '10.96.0.9', 80);
    expect(h.told('worker-1', 0)[0]).toMatchObject({ type: 'Connected' });
    expect(seen.slice(0, 4)).toEqual([
      'PREROUTING cni0 - 10.244.0.5>10.96.0.9 SYN',
      'INPUT cni0 - 10.244.0.5>10.96.0.9 SYN',
      'POSTROUTING cni0 cni0 10.244.0.5>10.244.0.6 SYN',
      'confirm',
    ]);
  });

  test('a loopback source leaves only with route_localnet', () => {
    const h = new Hosts();
    const web = h.pod('worker-1', 'web', '10.244.0.5');
    h.listen('worker-1', web, 80);
    filtered((hook, skb) => {
      if (hook === 'OUTPUT' && skb.dport === 30080) [skb.dst, skb.dport] = ['10.244.0.5', 80];
      if (hook === 'POSTROUTING' && skb.src === '127.0.0.1') skb.src = '10.244.0.1';
      if (hook === 'PREROUTING' && skb.dst === '10.244.0.1') skb.dst = '127.0.0.1';
      if (hook === 'INPUT' && skb.src === '10.244.0.5') [skb.src, skb.sport] = ['127.0.0.1', 30080];
      return undefined;
    });
    h.connect('worker-1', 'host', '127.0.0.1', 30080, undefined, 500);
    expect(h.told('worker-1', 500)[0]).toMatchObject({ type: 'ConnectFailed', reason: 'i/o timeout' });
    h.netlink('worker-1', { type: 'Netlink', op: 'sysctl.set', name: 'net/ipv4/conf/all/route_localnet', value: '1' });
    h.connect('worker-1', 'host', '127.0.0.1', 30080, undefined, 500);
    expect(h.told('worker-1', 1000)[0]).toMatchObject({ type: 'Connected', localIP: '127.0.0.1' });
  });

  test('new rules: the way of an open connection is walked again', () => {
    const h = new Hosts();
    const web = h.pod('worker-1', 'web', '10.244.0.5');
    h.listen('worker-1', web, 80);
    const { connection } = h.connect('worker-1', 'host', '10.244.0.5', 80);
    h.told('worker-1', 0);
    filtered((hook) => (hook === 'OUTPUT' ? { verdict: 'DROP' } : undefined));
    h.state('worker-1').netfilter.generation += 1;
    h.socket('worker-1', { type: 'Socket', op: 'send', netns: 'host', connection: connection as string, data: 'x' });
    expect(h.told('worker-1', 0)).toEqual([]);
    expect(h.notes.at(-1)).toMatchObject({ verdict: 'DROP', packet: { flags: 'DATA' } });
  });

  test('what goes round on one machine is given up, by name', () => {
    const h = new Hosts();
    filtered((hook) => (hook === 'INPUT' || hook === 'OUTPUT' ? { verdict: 'STOLEN', next: 'POSTROUTING' } : undefined));
    h.connect('worker-1', 'host', '10.200.0.2', 80);
    h.told('worker-1', 0);
    expect(h.notes[0]).toMatchObject({ verdict: 'DROP' });
    expect(h.notes[0]?.by).toMatch(/^the packet goes round: more than 32 turns/);
  });
});
