import { describe, expect, test } from 'vitest';
import { Hosts } from '../testing/hosts.ts';

describe('TCP', () => {
  test('host to pod: connect, request, response, close, within one instant', () => {
    const h = new Hosts();
    const web = h.pod('worker-1', 'web', '10.244.0.5');
    h.listen('worker-1', web, 80);
    const { connection, localIP } = h.connect('worker-1', 'host', '10.244.0.5', 80, 'GET /');
    expect(localIP).toBe('10.244.0.1');
    const told = h.told('worker-1', 0);
    expect(told).toMatchObject([
      { type: 'Connected', connection },
      { type: 'Accepted', data: 'GET /', peerIP: '10.244.0.1', localIP: '10.244.0.5', localPort: 80 },
    ]);
    h.socket('worker-1', { type: 'Socket', op: 'send', netns: web, connection: told[1]?.connection as string, data: '200 OK', close: true });
    expect(h.told('worker-1', 0)).toMatchObject([{ type: 'Received', connection, data: '200 OK', closed: true }]);
    h.socket('worker-1', { type: 'Socket', op: 'close', netns: 'host', connection: connection as string });
    expect(h.told('worker-1', 0)).toEqual([]);
    expect(h.state('worker-1').sockets.open).toBe(0);
    expect(h.notes[0]).toMatchObject({ verdict: 'DELIVERED', hops: ['host:worker-1', 'cni0', 'pod:default/web'], packet: { flags: 'SYN' } });
    expect(new Set(h.notes.map((note) => note.packet.flow)).size).toBe(1);
  });

  test('pod to pod of one host goes over the bridge', () => {
    const h = new Hosts();
    const [a, b] = [h.pod('worker-1', 'a', '10.244.0.5'), h.pod('worker-1', 'b', '10.244.0.6')];
    h.listen('worker-1', b, 80);
    h.connect('worker-1', a, '10.244.0.6', 80, 'hi');
    expect(h.told('worker-1', 0)).toMatchObject([{ type: 'Connected' }, { type: 'Accepted', data: 'hi', peerIP: '10.244.0.5' }]);
    expect(h.notes[0]?.hops).toEqual(['pod:default/a', 'cni0', 'pod:default/b']);
  });

  test.each([
    ['bridge', ['pod:default/a', 'cni0', 'eth0', 'host:worker-2'], ['host:worker-1', 'eth0', 'cni0', 'pod:default/b']],
    ['flannel', ['pod:default/a', 'cni0', 'flannel.1', 'eth0', 'host:worker-2'], ['host:worker-1', 'eth0', 'flannel.1', 'cni0', 'pod:default/b']],
  ] as const)('pod to pod of another host (%s)', (mode, out, into) => {
    const h = new Hosts(mode);
    const [a, b] = [h.pod('worker-1', 'a', '10.244.0.5'), h.pod('worker-2', 'b', '10.244.1.6')];
    h.listen('worker-2', b, 80);
    h.connect('worker-1', a, '10.244.1.6', 80, 'hi');
    expect(h.told('worker-2', 10)).toMatchObject([{ type: 'Accepted', data: 'hi', peerIP: '10.244.0.5' }]);
    expect(h.told('worker-1', 10)).toMatchObject([{ type: 'Connected' }]);
    expect(h.notes[0]?.hops).toEqual(out);
    expect(h.notes[1]?.hops).toEqual(into);
    expect(h.trace.filter((entry) => entry.kind === 'message' && entry.body.type === 'Packet').map((entry) => entry.atMs)).toEqual([1, 2, 3]);
  });

  test('client to host, 5 ms each way', () => {
    const h = new Hosts();
    h.listen('worker-1', 'host', 6443);
    h.connect('client', 'host', '10.200.0.2', 6443);
    expect(h.told('client', 100)).toMatchObject([{ type: 'Connected' }]);
    expect(h.told('worker-1', 100)).toMatchObject([{ type: 'Accepted', peerIP: '192.168.0.100' }]);
    expect(h.trace.filter((entry) => entry.body.type === 'Packet').map((entry) => entry.atMs)).toEqual([5, 10, 15]);
  });

  test('refused: nobody listens', () => {
    const h = new Hosts();
    h.pod('worker-1', 'web', '10.244.0.5');
    h.connect('worker-1', 'host', '10.244.0.5', 80);
    expect(h.told('worker-1', 0)).toMatchObject([{ type: 'ConnectFailed', reason: 'connection refused' }]);
    expect(h.notes.map((note) => [note.packet.flags, note.verdict])).toEqual([
      ['SYN', 'NO_LISTENER'],
      ['RST', 'DELIVERED'],
    ]);
  });

  test('no host has the address: ARP gives up after 3 s', () => {
    const h = new Hosts();
    h.connect('worker-1', 'host', '10.244.0.77', 80, undefined, 10_000);
    expect(h.told('worker-1', 2999)).toEqual([]);
    expect(h.told('worker-1', 3000)).toMatchObject([{ type: 'ConnectFailed', reason: 'no route to host' }]);
  });

  test('the same, asked by a pod: the node answers it', () => {
    const h = new Hosts();
    const a = h.pod('worker-1', 'a', '10.244.0.5');
    h.netlink('worker-1', { type: 'Netlink', op: 'link.add', name: 'br1', kind: 'bridge', mtu: 1500, up: true });
    h.netlink('worker-1', { type: 'Netlink', op: 'addr.add', dev: 'br1', cidr: '10.9.0.1/24' });
    h.connect('worker-1', a, '10.9.0.7', 80, undefined, 10_000);
    expect(h.told('worker-1', 3000)).toMatchObject([{ type: 'ConnectFailed', reason: 'no route to host' }]);
  });

  test('no route at all', () => {
    const h = new Hosts();
    const a = h.pod('worker-1', 'a', '10.244.0.5');
    h.netlink('worker-1', { type: 'Netlink', op: 'route.delete', netns: a, destination: 'default' });
    expect(h.connect('worker-1', a, '8.8.8.8', 80).error).toBe('network is unreachable');
    expect(h.told('worker-1', 0)).toMatchObject([{ type: 'ConnectFailed', reason: 'network is unreachable' }]);
  });

  test('no answer: SYN at 0, 1, 3 s, time-out when the caller says so', () => {
    const h = new Hosts();
    h.connect('worker-1', 'host', '8.8.8.8', 80, undefined, 5000);
    expect(h.told('worker-1', 4999)).toEqual([]);
    expect(h.told('worker-1', 5000)).toMatchObject([{ type: 'ConnectFailed', reason: 'i/o timeout' }]);
    expect(h.trace.filter((entry) => entry.body.type === 'PacketPath').map((entry) => entry.atMs)).toEqual([0, 1000, 3000]);
    expect(h.notes[0]?.hops).toEqual(['host:worker-1', 'eth0', 'external']);
  });

  test('a cut wire that comes back: the next SYN connects', () => {
    const h = new Hosts();
    h.listen('worker-2', 'host', 80);
    h.engine.state.cut['worker-1 worker-2'] = true;
    h.connect('worker-1', 'host', '10.200.0.3', 80, undefined, 30_000);
    expect(h.told('worker-1', 2000)).toEqual([]);
    h.engine.state.cut = {};
    expect(h.told('worker-1', 3010)).toMatchObject([{ type: 'Connected' }]);
  });

  test('a server that never accepts: connected, and then silence', () => {
    const h = new Hosts();
    const web = h.pod('worker-1', 'web', '10.244.0.5');
    h.listen('worker-1', web, 80, 'tcp', '0.0.0.0', false);
    h.connect('worker-1', 'host', '10.244.0.5', 80, 'GET /');
    expect(h.told('worker-1', 60_000)).toMatchObject([{ type: 'Connected' }]);
  });

  test('half close: the client ends its side and still hears the answer', () => {
    const h = new Hosts();
    const web = h.pod('worker-1', 'web', '10.244.0.5');
    h.listen('worker-1', web, 80);
    const { connection } = h.connect('worker-1', 'host', '10.244.0.5', 80);
    const server = h.told('worker-1', 0)[1]?.connection as string;
    h.socket('worker-1', { type: 'Socket', op: 'send', netns: 'host', connection: connection as string, data: 'all', close: true });
    expect(h.told('worker-1', 0)).toMatchObject([{ type: 'Received', data: 'all', closed: true }]);
    h.socket('worker-1', { type: 'Socket', op: 'send', netns: web, connection: server, data: 'answer', close: true });
    expect(h.told('worker-1', 0)).toMatchObject([{ type: 'Received', connection, data: 'answer', closed: true }]);
    expect(h.state('worker-1').sockets.open).toBe(0);
  });

  test('a process dies: its peers hear FIN, its port is refused', () => {
    const h = new Hosts();
    const web = h.pod('worker-1', 'web', '10.244.0.5');
    h.listen('worker-1', web, 80);
    const { connection } = h.connect('worker-1', 'host', '10.244.0.5', 80);
    h.told('worker-1', 0);
    h.socket('worker-1', { type: 'Socket', op: 'releaseOwner', netns: web, tagPrefix: 'server' });
    expect(h.told('worker-1', 0)).toMatchObject([{ type: 'Received', connection, data: '', closed: true }]);
    // What is written now meets a closed socket.
    h.socket('worker-1', { type: 'Socket', op: 'send', netns: 'host', connection: connection as string, data: 'more' });
    expect(h.told('worker-1', 0)).toMatchObject([{ type: 'Received', connection, closed: true, reset: true }]);
    h.connect('worker-1', 'host', '10.244.0.5', 80);
    expect(h.told('worker-1', 0)).toMatchObject([{ type: 'ConnectFailed', reason: 'connection refused' }]);
  });

  test('reset reaches the peer', () => {
    const h = new Hosts();
    h.listen('worker-2', 'host', 80);
    const { connection } = h.connect('worker-1', 'host', '10.200.0.3', 80);
    h.told('worker-2', 10);
    h.socket('worker-1', { type: 'Socket', op: 'close', netns: 'host', connection: connection as string, reset: true });
    expect(h.told('worker-2', 20)).toMatchObject([{ type: 'Received', closed: true, reset: true }]);
  });

  test('a closed socket waits a minute for the FIN of a peer that was cut off', () => {
    const h = new Hosts();
    h.listen('worker-2', 'host', 80);
    const { connection } = h.connect('worker-1', 'host', '10.200.0.3', 80);
    h.told('worker-1', 10);
    h.engine.state.cut['worker-1 worker-2'] = true;
    h.socket('worker-1', { type: 'Socket', op: 'close', netns: 'host', connection: connection as string });
    h.told('worker-1', 59_000);
    expect(h.state('worker-1').sockets.open).toBe(1);
    h.told('worker-1', 70_011);
    h.connect('worker-1', 'host', '127.0.0.1', 81);
    expect(h.state('worker-1').sockets).toMatchObject({ open: 0, dying: [] });
  });

  test('ss: listening, established, time-wait', () => {
    const h = new Hosts();
    h.listen('worker-1', 'host', 10250);
    const { connection } = h.connect('worker-1', 'host', '127.0.0.1', 10250);
    const states = (): string[] => (h.socket('worker-1', { type: 'Socket', op: 'list', netns: 'host' }).sockets ?? []).map((info) => info.state);
    expect(states()).toEqual(['LISTEN', 'ESTAB', 'ESTAB']);
    const server = h.told('worker-1', 0)[1]?.connection as string;
    h.socket('worker-1', { type: 'Socket', op: 'close', netns: 'host', connection: connection as string });
    expect(states()).toEqual(['LISTEN', 'FIN-WAIT-2', 'CLOSE-WAIT']);
    h.socket('worker-1', { type: 'Socket', op: 'close', netns: 'host', connection: server });
    expect(states()).toEqual(['LISTEN', 'TIME-WAIT']);
    h.told('worker-1', 60_001);
    expect(states()).toEqual(['LISTEN']);
  });

  test('a port is taken once per address', () => {
    const h = new Hosts();
    expect(h.listen('worker-1', 'host', 80, 'tcp', '127.0.0.1')).toMatchObject({ localPort: 80 });
    expect(h.listen('worker-1', 'host', 80, 'tcp', '10.200.0.2')).toMatchObject({ localPort: 80 });
    expect(h.listen('worker-1', 'host', 80).error).toBe('EADDRINUSE');
    expect(h.listen('worker-1', 'host', 81, 'tcp', '9.9.9.9').error).toBe('EADDRNOTAVAIL');
    expect(h.listen('worker-1', 'host', 80, 'udp').error).toBeUndefined();
  });
});
