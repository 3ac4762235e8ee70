import { expect, test } from 'vitest';
import { decodeDns, encodeDns } from '../../contracts/dns.ts';
import { httpRequest, parseHttpResponse } from '../../contracts/http.ts';
import type { Packet } from '../../contracts/socket.ts';
import { apiserver, type WatchEvent } from '../../contracts/watch.ts';
import { Engine } from '../../engine/engine.ts';
import type { Body, Room } from '../../engine/types.ts';
import { internetRoom } from './internet.ts';

function bench() {
  const got: { to: string; packet: Packet }[] = [];
  const sink: Room<object> = {
    initial: () => ({}),
    handle: (_state, message, ctx) => {
      if (message.body.type === 'Packet') got.push({ to: ctx.self, packet: message.body as Packet });
    },
  };
  const engine = new Engine(Engine.initialState(1, 0), {
    internet: { room: internetRoom as Room<never>, args: { resolver: '10.0.0.1', nodes: ['a', 'b'].map((name) => ({ name, os: `${name}/os` })) } },
    'a/os': { room: sink as Room<never>, args: {} },
    'b/os': { room: sink as Room<never>, args: {} },
  });
  engine.startAll();
  const packet = (fields: Partial<Packet>): Packet[] => {
    got.length = 0;
    const whole = {
      type: 'Packet',
      protocol: 'tcp',
      src: '10.0.0.11',
      sport: 40_000,
      dst: '8.8.4.4',
      dport: 80,
      flags: 'SYN',
      data: '',
      flow: 'f',
      ttl: 64,
      ...fields,
    };
    engine.send('a/os', 'internet', whole as Body, 0, 0);
    engine.advance(engine.state.nowMs + 100);
    return got.map((g) => g.packet);
  };
  const watch = (event: WatchEvent['event'], resource: string, object: unknown): void => {
    engine.send(apiserver, 'internet', { type: 'WatchEvent', watch: resource, event, resource, object } as Body, 0, 0);
    engine.advance(engine.state.nowMs + 1);
  };
  return { packet, watch, got };
}

test('the resolver knows public names, always at the same address, and no reserved ones', () => {
  const b = bench();
  const ask = (name: string) =>
    decodeDns(b.packet({ protocol: 'udp', flags: 'UDP', dst: '10.0.0.1', dport: 53, data: encodeDns({ id: 7, name, type: 'A' }) })[0]?.data ?? '');
  expect(ask('example.dev.')).toMatchObject({ id: 7, rcode: 'NOERROR' });
  expect(ask('example.dev.')?.answers).toEqual(ask('example.dev.')?.answers);
  expect(ask('a.invalid.')).toMatchObject({ rcode: 'NXDOMAIN', answers: [] });
  expect(ask('short.')).toMatchObject({ rcode: 'NXDOMAIN' });
});

test('a web server answers with a page that names its host, also when the request comes in pieces', () => {
  const b = bench();
  expect(b.packet({})[0]).toMatchObject({ flags: 'SYN-ACK', src: '8.8.4.4', sport: 80, dst: '10.0.0.11', dport: 40_000, flow: 'f' });
  const text = httpRequest('GET', '/', 'docs.example.dev');
  expect(b.packet({ flags: 'DATA', data: text.slice(0, 20) })).toEqual([]);
  const answer = b.packet({ flags: 'DATA', data: text.slice(20) })[0];
  expect(answer).toMatchObject({ flags: 'DATA', fin: true });
  expect(parseHttpResponse(answer?.data ?? '')).toMatchObject({ status: 200, body: expect.stringContaining('<h1>docs.example.dev</h1>') });
});

test('what is private, or another port, does not answer', () => {
  const b = bench();
  expect(b.packet({ dst: '10.9.9.9' })).toEqual([]);
  expect(b.packet({ dst: '203.0.113.9' })).toEqual([]);
  expect(b.packet({ dport: 5432 })).toEqual([]);
});

test('a load balancer gives packets of one flow to one node; with policy Local to nodes with a ready endpoint', () => {
  const b = bench();
  const service = (policy: string) => ({
    metadata: { namespace: 'n', name: 's' },
    spec: { externalTrafficPolicy: policy },
    status: { loadBalancer: { ingress: [{ ip: '203.0.113.10' }] } },
  });
  b.watch('ADDED', 'services', service('Cluster'));
  const nodes = new Set<string | undefined>();
  for (let i = 0; i < 20; i += 1) {
    b.packet({ dst: '203.0.113.10', sport: 1000 + i });
    nodes.add(b.got[0]?.to);
  }
  expect([...nodes].sort()).toEqual(['a/os', 'b/os']);
  b.watch('MODIFIED', 'services', service('Local'));
  expect(b.packet({ dst: '203.0.113.10' })).toEqual([]);
  b.watch('ADDED', 'endpointslices.discovery.k8s.io', {
    metadata: { namespace: 'n', name: 's-1', labels: { 'kubernetes.io/service-name': 's' } },
    endpoints: [{ addresses: ['10.244.2.2'], nodeName: 'b', conditions: { ready: true } }],
  });
  for (let i = 0; i < 8; i += 1) {
    b.packet({ dst: '203.0.113.10', sport: 2000 + i });
    expect(b.got[0]?.to).toBe('b/os');
  }
  b.watch('DELETED', 'services', service('Local'));
  expect(b.packet({ dst: '203.0.113.10' })).toEqual([]);
});
