import { describe, expect, test } from 'vitest';
import type { ConntrackAnswer, IpsetAnswer, IpvsAnswer, NetfilterAnswer } from '../../contracts/netfilter.ts';
import type { NetlinkAnswer } from '../../contracts/socket.ts';
import type { Body } from '../../engine/types.ts';
import { type TestNode as Node, service, slice, TestNode } from './testing/node.ts';

function started(args: ConstructorParameters<typeof TestNode>[0] = {}): Node {
  const node = new TestNode(args);
  node.tell('ADDED', service('web', '10.96.0.20', { type: 'NodePort', ports: [{ name: 'http', port: 80, protocol: 'TCP', nodePort: 30080 }] }));
  node.tell('ADDED', slice('web', ['10.244.0.5']));
  node.synced();
  node.advance(0);
  return node;
}
const listOf = (node: Node): string => node.ask<NetfilterAnswer>({ type: 'NftList', family: 'ip', table: 'kube-proxy' } as Body).text ?? '';
const serversOf = (node: Node) => node.ask<IpvsAnswer>({ type: 'Ipvs', op: 'list' } as Body).servers ?? [];

describe('sync loop', () => {
  test('nothing is written before both informers have synced', () => {
    const node = new TestNode();
    node.tell('ADDED', service('web', '10.96.0.20'));
    node.advance(5000);
    expect(node.syncs).toEqual([]);
    node.synced();
    node.advance(0);
    expect(node.syncs).toMatchObject([{ full: true, services: 1, endpoints: 0, atMs: 5010 }]);
    expect(node.save('filter')).toContain('default/web:http has no endpoints');
  });

  test('changes within minSyncPeriod after a sync come together in the next, which is partial', () => {
    const node = started();
    const first = node.syncs[0]?.atMs as number;
    const tookMs = node.syncs[0]?.ms as number;
    node.advance(100);
    node.tell('MODIFIED', slice('web', ['10.244.0.5', '10.244.0.6']));
    node.advance(100);
    node.tell('MODIFIED', slice('web', ['10.244.0.5', '10.244.0.6', '10.244.0.7']));
    node.advance(3000);
    expect(node.syncs.slice(1)).toMatchObject([{ full: false, endpoints: 3, atMs: first + tookMs + 1000 }]);
    expect(node.save('nat').match(/-j DNAT/g)).toHaveLength(3);
  });

  test('a change that is taken back, and an event without a change, need no sync', () => {
    const node = started();
    node.advance(2000);
    node.tell('MODIFIED', slice('web', ['10.244.0.5']));
    node.tell('MODIFIED', service('web', '10.96.0.20', { type: 'NodePort', ports: [{ name: 'http', port: 80, protocol: 'TCP', nodePort: 30080 }] }));
    node.advance(5000);
    expect(node.syncs).toHaveLength(1);
  });

  test('a full sync comes every hour', () => {
    const node = started();
    node.advance(3_700_000);
    expect(node.syncs.map((sync) => sync.full)).toEqual([true, true]);
  });

  test('flushed tables are noticed by the canary within the sync period', () => {
    const node = started();
    for (const table of ['nat', 'filter', 'mangle'])
      for (const flag of ['-F', '-X']) node.ask({ type: 'Iptables', family: 'IPv4', argv: ['-t', table, flag] } as Body);
    expect(node.save('nat')).not.toContain('KUBE-SVC-');
    node.advance(31_000);
    expect(node.syncs.at(-1)).toMatchObject({ full: true });
    expect(node.save('nat')).toContain('KUBE-SVC-');
    expect(node.save('nat')).toContain('-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES');
  });

  test('topology labels of the node bring a full sync, other labels none', () => {
    const node = started();
    node.advance(2000);
    node.tell('ADDED', { kind: 'Node', metadata: { name: 'worker-1', labels: { a: 'b' } } });
    node.advance(2000);
    expect(node.syncs).toHaveLength(1);
    node.tell('MODIFIED', { kind: 'Node', metadata: { name: 'worker-1', labels: { 'topology.kubernetes.io/zone': 'z' } } });
    node.advance(2000);
    expect(node.syncs.at(-1)).toMatchObject({ full: true });
  });

  test("the sync's cause is the event, its why the object", () => {
    const node = started();
    node.advance(2000);
    node.tell('MODIFIED', slice('web', ['10.244.0.6']));
    node.advance(2000);
    const note = node.trace.findLast((entry) => entry.body.type === 'ProxySync');
    expect(note?.why).toEqual({ kind: 'EndpointSlice', namespace: 'default', name: 'web-x', path: 'endpoints' });
    const sync = node.trace.find((entry) => entry.seq === note?.cause);
    expect(node.trace.find((entry) => entry.seq === sync?.cause)?.body.type).toBe('WatchEvent');
  });

  test('of the watches, headless Services and those of other proxies are left out', () => {
    const node = new TestNode();
    expect(node.asked).toMatchObject([
      { type: 'Watch', resource: 'services', fieldSelector: 'spec.clusterIP!=None', labelSelector: '!service.kubernetes.io/service-proxy-name' },
      { type: 'Watch', resource: 'endpointslices.discovery.k8s.io', labelSelector: expect.stringContaining('!service.kubernetes.io/headless') },
      { type: 'Watch', resource: 'nodes', fieldSelector: 'metadata.name=worker-1' },
    ]);
  });
});

describe('the process', () => {
  test('rules stay while it is down; when it is back what is gone goes', () => {
    const node = started();
    node.engine.stop('worker-1/kube-proxy');
    node.advance(60_000);
    expect(node.save('nat')).toContain('10.244.0.5:8080');
    node.engine.start('worker-1/kube-proxy');
    node.advance(10);
    node.tell('ADDED', service('other', '10.96.0.21'));
    node.tell('ADDED', slice('other', ['10.244.0.9']));
    node.synced();
    node.advance(0);
    expect(node.syncs.at(-1)).toMatchObject({ full: true });
    expect(node.save('nat')).toContain('10.244.0.9:8080');
    expect(node.save('nat')).not.toContain('10.244.0.5');
  });

  test.each(['iptables', 'ipvs', 'nftables'] as const)('from iptables to %s and back', (mode) => {
    const node = started({ mode });
    for (const next of ['nftables', 'iptables', 'ipvs', 'iptables', 'nftables', 'ipvs'] as const) {
      node.engine.send('', 'worker-1/kube-proxy', { type: 'SetMode', mode: next } as Body, 0, 0);
      node.advance(10);
      if (node.state.mode !== next || !node.state.synced.services) {
        node.tell('ADDED', service('web', '10.96.0.20'));
        node.tell('ADDED', slice('web', ['10.244.0.5']));
        node.synced();
        node.advance(10);
      }
      expect(node.state.mode).toBe(next);
      expect(node.save('nat').includes('KUBE-SVC-'), `${next}: iptables`).toBe(next === 'iptables');
      expect(node.save('filter').includes('KUBE-IPVS-FILTER'), `${next}: rules of IPVS`).toBe(next === 'ipvs');
      expect(serversOf(node).length > 0, `${next}: servers`).toBe(next === 'ipvs');
      expect((node.ask<IpsetAnswer>({ type: 'Ipset', op: 'list' } as Body).sets ?? []).length, `${next}: sets`).toBe(next === 'ipvs' ? 17 : 0);
      expect(listOf(node).includes('service-ips'), `${next}: nftables`).toBe(next === 'nftables');
      const links = node.ask<NetlinkAnswer>({ type: 'Netlink', op: 'dump' } as Body).links ?? [];
      expect(links.some((link) => link.name === 'kube-ipvs0')).toBe(next === 'ipvs');
    }
  });
});

describe('IPVS', () => {
  /** A connection that nobody answers: it lives as long as conntrack and IPVS wait for it. */
  const connectTo = (node: Node, ip: string): void => {
    node.ask({
      type: 'Socket',
      netns: 'host',
      protocol: 'tcp',
      owner: 'worker-1/workloads',
      op: 'connect',
      ip,
      port: 80,
      tag: 'client',
      timeoutMs: 1000,
    } as Body);
    node.advance(50);
  };

  test('a real server without connections goes at once', () => {
    const node = started({ mode: 'ipvs' });
    expect(serversOf(node).map((s) => `${s.ip}:${s.port}`)).toEqual(['10.96.0.20:80', '10.200.0.2:30080']);
    node.tell('MODIFIED', slice('web', ['10.244.0.6']));
    node.advance(1000);
    expect(serversOf(node)[0]?.real).toMatchObject([{ ip: '10.244.0.6', weight: 1 }]);
  });

  test('one with connections gets weight 0, and goes when a look each minute finds none', () => {
    const node = started({ mode: 'ipvs' });
    node.tell('MODIFIED', slice('web', ['10.200.0.3']));
    node.advance(1000);
    connectTo(node, '10.96.0.20');
    expect(serversOf(node)[0]?.real).toMatchObject([{ ip: '10.200.0.3', weight: 1, inactiveConnections: 1 }]);
    node.tell('MODIFIED', slice('web', ['10.200.0.4']));
    node.advance(1000);
    const reals = () => (serversOf(node)[0]?.real ?? []).map((r) => `${r.ip} ${r.weight}`).sort();
    expect(reals()).toEqual(['10.200.0.3 0', '10.200.0.4 1']);
    node.advance(40_000);
    expect(reals()).toEqual(['10.200.0.3 0', '10.200.0.4 1']);
    node.advance(1_000_000);
    expect(reals()).toEqual(['10.200.0.4 1']);
    expect(node.state.families.IPv4?.ipvs?.terminating).toEqual({});
  });

  test('one that is wanted again while it finishes its connections is added anew', () => {
    const node = started({ mode: 'ipvs' });
    node.tell('MODIFIED', slice('web', ['10.200.0.3']));
    node.advance(1000);
    connectTo(node, '10.96.0.20');
    node.tell('MODIFIED', slice('web', ['10.200.0.4']));
    node.advance(1000);
    node.tell('MODIFIED', slice('web', ['10.200.0.4', '10.200.0.3']));
    node.advance(1000);
    expect((serversOf(node)[0]?.real ?? []).map((r) => `${r.ip} ${r.weight}`).sort()).toEqual(['10.200.0.3 1', '10.200.0.4 1']);
    expect(node.state.families.IPv4?.ipvs?.terminating).toEqual({});
  });

  test('everything that others removed is there again after the sync period', () => {
    const node = started({ mode: 'ipvs' });
    node.ask({ type: 'Ipvs', op: 'flush' } as Body);
    node.ask({ type: 'Ipset', op: 'flush', name: 'KUBE-CLUSTER-IP' } as Body);
    node.ask({ type: 'Netlink', op: 'addr.delete', dev: 'kube-ipvs0', cidr: '10.96.0.20/32' } as Body);
    node.advance(31_000);
    expect(serversOf(node)).toHaveLength(2);
    expect(node.ask<IpsetAnswer>({ type: 'Ipset', op: 'list', name: 'KUBE-CLUSTER-IP' } as Body).sets?.[0]?.entries).toEqual(['10.96.0.20,tcp:80']);
    const links = node.ask<NetlinkAnswer>({ type: 'Netlink', op: 'dump' } as Body).links ?? [];
    expect(links.find((link) => link.name === 'kube-ipvs0')?.addresses).toEqual(['10.96.0.20/32']);
  });
});

describe('nftables', () => {
  test('empty chains are deleted by a later sync', () => {
    const node = started({ mode: 'nftables' });
    expect(listOf(node)).toContain('chain service-SUSTUHLJ-default/web/tcp/http');
    node.advance(2000);
    node.tell('DELETED', service('web', '10.96.0.20'));
    node.advance(2000);
    expect(listOf(node)).toContain('chain service-SUSTUHLJ-default/web/tcp/http {\n\t}');
    node.tell('ADDED', service('other', '10.96.0.21'));
    node.advance(2000);
    expect(listOf(node)).not.toContain('SUSTUHLJ');
  });

  test('a restarted process keeps the elements that are right and deletes the others', () => {
    const node = started({ mode: 'nftables' });
    node.engine.stop('worker-1/kube-proxy');
    node.engine.start('worker-1/kube-proxy');
    node.advance(10);
    node.tell('ADDED', service('other', '10.96.0.21'));
    node.synced();
    node.advance(0);
    expect(node.syncs.at(-1)?.error).toBeUndefined();
    expect(listOf(node)).toContain('elements = { 10.96.0.21 }');
    expect(listOf(node)).not.toContain('10.244.0.5');
  });
});

describe('health', () => {
  const http = (node: Node, port: number, path: string): string => {
    const { connection } = node.ask<{ connection?: string }>({
      type: 'Socket',
      op: 'connect',
      netns: 'host',
      protocol: 'tcp',
      ip: '10.200.0.2',
      port,
      owner: 'worker-1/workloads',
      tag: `get-${port}${path}`,
      timeoutMs: 1000,
      data: `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`,
    } as Body);
    node.advance(200);
    const bodies = (
      node.engine.state.rooms['worker-1/workloads'] as { bodies: { type: string; connection?: string; data?: string; reason?: string; tag?: string }[] }
    ).bodies;
    const received = bodies
      .filter((b) => b.type === 'Received' && (connection === undefined || b.connection === connection))
      .map((b) => b.data)
      .join('');
    return received || (bodies.findLast((b) => b.type === 'ConnectFailed')?.reason ?? '');
  };

  test('healthz says when', () => {
    const node = started();
    const answer = http(node, 10256, '/healthz');
    expect(answer).toContain('HTTP/1.1 200 OK');
    expect(answer).toContain('"nodeEligible": true}');
  });

  test('a health check node port counts local ready endpoints', () => {
    const node = started();
    const lb = { type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 32100 };
    node.tell('ADDED', service('lb', '10.96.0.30', lb));
    node.tell('ADDED', slice('lb', ['10.244.0.8', '10.244.1.9@worker-2']));
    node.advance(2000);
    const answer = http(node, 32100, '/');
    expect(answer).toContain('HTTP/1.1 200 OK');
    expect(answer).toContain('X-Load-Balancing-Endpoint-Weight: 1');
    expect(JSON.parse(answer.slice(answer.indexOf('{')))).toEqual({
      service: { namespace: 'default', name: 'lb' },
      localEndpoints: 1,
      serviceProxyHealthy: true,
    });
    node.tell('MODIFIED', slice('lb', ['10.244.1.9@worker-2']));
    node.advance(2000);
    expect(node.state.health.services['default/lb']).toMatchObject({ localEndpoints: 0 });
    node.tell('DELETED', service('lb', '10.96.0.30', lb));
    node.advance(2000);
    expect(node.state.health.services).toEqual({});
  });
});

test('UDP flows to endpoints that are gone are forgotten', () => {
  const node = new TestNode();
  const dns = { ports: [{ name: 'dns', port: 53, protocol: 'UDP' }] };
  const endpoints = { ports: [{ name: 'dns', port: 53, protocol: 'UDP' }] };
  node.tell('ADDED', service('dns', '10.96.0.10', dns));
  node.tell('ADDED', slice('dns', ['10.200.0.3'], endpoints));
  node.synced();
  node.advance(2000);
  const sendto = { type: 'Socket', op: 'sendto', netns: 'host', protocol: 'udp', ip: '10.96.0.10', port: 53, data: 'x', owner: 'worker-1/workloads', tag: 'q' };
  node.ask(sendto as Body);
  node.advance(10);
  const flows = () => node.ask<ConntrackAnswer>({ type: 'Conntrack', op: 'list', protocol: 'udp' } as Body).entries ?? [];
  expect(flows()).toMatchObject([{ orig: { dst: '10.96.0.10' }, reply: { src: '10.200.0.3' } }]);
  node.tell('MODIFIED', slice('dns', ['10.200.0.4'], endpoints));
  node.advance(2000);
  expect(flows()).toEqual([]);
});

test('a checkpoint of the state is plain JSON', () => {
  for (const mode of ['iptables', 'ipvs', 'nftables'] as const) {
    const { state } = started({ mode });
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  }
});
