import { describe, expect, test } from 'vitest';
import type { SocketAnswer } from '../../../contracts/socket.ts';
import { Hosts } from '../testing/hosts.ts';

const ask = (h: Hosts, netns: string, ip: string, port: number, tag = 'q'): SocketAnswer =>
  h.socket('worker-1', { type: 'Socket', op: 'sendto', netns, protocol: 'udp', ip, port, data: 'question', owner: 'worker-1/workloads', tag });

describe('UDP and ICMP', () => {
  test('question and answer, one flow', () => {
    const h = new Hosts();
    const [a, dns] = [h.pod('worker-1', 'a', '10.244.0.5'), h.pod('worker-1', 'dns', '10.244.0.6')];
    h.listen('worker-1', dns, 53, 'udp');
    const { localPort } = ask(h, a, '10.244.0.6', 53);
    expect(h.told('worker-1', 0)).toMatchObject([{ type: 'Datagram', data: 'question', peerIP: '10.244.0.5', peerPort: localPort, localPort: 53 }]);
    const owner = 'worker-1/workloads';
    const reply = {
      type: 'Socket',
      op: 'sendto',
      netns: dns,
      protocol: 'udp',
      ip: '10.244.0.5',
      port: localPort as number,
      fromPort: 53,
      data: 'answer',
      owner,
    } as const;
    h.socket('worker-1', { ...reply, tag: `server ${dns} 53` });
    expect(h.told('worker-1', 0)).toMatchObject([{ type: 'Datagram', tag: 'q', data: 'answer', peerIP: '10.244.0.6', peerPort: 53 }]);
    expect(new Set(h.notes.map((note) => note.packet.flow)).size).toBe(1);
    expect(h.socket('worker-1', { ...reply, tag: 'not the owner' }).error).toBe('EINVAL');
  });

  test('nobody there: the sender is told connection refused', () => {
    const h = new Hosts();
    ask(h, h.pod('worker-1', 'a', '10.244.0.5'), '10.200.0.3', 5353);
    expect(h.told('worker-1', 10)).toMatchObject([{ type: 'Datagram', tag: 'q', error: 'connection refused' }]);
  });

  test('a socket bound by sending keeps its port, and is forgotten when idle', () => {
    const h = new Hosts();
    const a = h.pod('worker-1', 'a', '10.244.0.5');
    const first = ask(h, a, '8.8.8.8', 53).localPort;
    expect(ask(h, a, '8.8.8.8', 53).localPort).toBe(first);
    h.told('worker-1', 61_000);
    ask(h, a, '8.8.8.8', 53, 'r');
    expect(Object.keys(h.state('worker-1').sockets.namespaces[a]?.ephemeral ?? {})).toEqual(['t r']);
  });

  test('ping: answered, unanswered, unreachable', () => {
    const h = new Hosts();
    const a = h.pod('worker-1', 'a', '10.244.0.5');
    const b = h.pod('worker-2', 'b', '10.244.1.5');
    expect(b).toBe('cni-b');
    const ping = (ip: string): void => {
      h.socket('worker-1', { type: 'Socket', op: 'ping', netns: a, ip, owner: 'worker-1/workloads', tag: ip, timeoutMs: 10_000 });
    };
    ping('10.244.1.5');
    ping('8.8.8.8');
    ping('10.244.1.99');
    expect(h.told('worker-1', 10_000)).toEqual([
      { type: 'PingReply', tag: '10.244.1.5', ip: '10.244.1.5', rttMs: 2 },
      { type: 'PingReply', tag: '10.244.1.99', ip: '10.244.1.99', rttMs: 3002, error: 'no route to host' },
      { type: 'PingReply', tag: '8.8.8.8', ip: '8.8.8.8', rttMs: 10_000, error: 'i/o timeout' },
    ]);
  });
});
