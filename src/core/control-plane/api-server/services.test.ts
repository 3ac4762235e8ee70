import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../api/types.ts';
import { formatAddress, parseAddress, parseCIDR } from './allocators/address.ts';
import { type Harness, harness } from './testing/harness.ts';

const service = (name: string, spec: object = {}): KubeObject =>
  ({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { selector: { a: 'b' }, ports: [{ port: 80 }], ...spec } }) as unknown as KubeObject;
const create = (h: Harness, name: string, spec: object = {}) =>
  h.ask({ verb: 'create', resource: 'services', namespace: 'default', object: service(name, spec) });
const patch = (h: Harness, name: string, body: object) => h.ask({ verb: 'patch', resource: 'services', namespace: 'default', name, patch: body });

describe('cluster IPs', () => {
  it('are drawn above the static band, differ, and come back', () => {
    const h = harness([], { serviceCIDR: '10.0.0.0/24' });
    const ips = Array.from({ length: 20 }, (_, i) => create(h, `s${i}`).object?.spec.clusterIP as string);
    expect(new Set(ips).size).toBe(20);
    for (const ip of ips) expect(Number(ip.split('.')[3])).toBeGreaterThan(16);
    h.ask({ verb: 'delete', resource: 'services', namespace: 'default', name: 's0' });
    expect(create(h, 'again', { clusterIP: ips[0] }).object?.spec.clusterIPs).toEqual([ips[0]]);
  });

  it('run out', () => {
    const h = harness([], { serviceCIDR: '10.0.0.0/29' });
    for (let i = 0; i < 6; i += 1) expect(create(h, `s${i}`).code).toBe(201);
    const full = create(h, 'more');
    expect([full.code, full.status?.message]).toEqual([500, 'Internal error occurred: failed to allocate a serviceIP: range is full']);
    expect(create(h, 'headless', { clusterIP: 'None' }).object?.spec).toMatchObject({ clusterIPs: ['None'], ipFamilies: ['IPv4'] });
  });

  it.each([
    ['10.96.0.10', 'spec.clusterIPs: Invalid value: ["10.96.0.10"]: failed to allocate IP 10.96.0.10: provided IP is already allocated'],
    [
      '192.168.1.1',
      'spec.clusterIPs: Invalid value: ["192.168.1.1"]: failed to allocate IP 192.168.1.1: the provided IP (192.168.1.1) is not in the valid range. The range of valid IPs is 10.96.0.0/16',
    ],
  ])('[recorded] %s is refused', (clusterIP, words) => {
    const h = harness([{ ...service('dns', { clusterIP: '10.96.0.10' }), metadata: { name: 'dns', namespace: 'kube-system' } }]);
    const { code, status } = create(h, 's', { clusterIP });
    expect(status?.message).toBe(`Service "s" is invalid: ${words}`);
    expect(code).toBe(422);
    expect(status?.details?.causes?.[0]?.field).toBe('spec.clusterIPs');
  });

  it('a refused Service holds nothing', () => {
    const h = harness();
    create(h, 'a', { type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] });
    const before = JSON.stringify([h.state().serviceIPs, h.state().nodePorts]);
    const refused = create(h, 'b', {
      type: 'NodePort',
      ports: [
        { port: 81, name: 'x', nodePort: 30081 },
        { port: 80, name: 'y', nodePort: 30080 },
      ],
    });
    expect(refused.status?.message).toBe('Service "b" is invalid: spec.ports[1].nodePort: Invalid value: 30080: provided port is already allocated');
    expect(JSON.stringify([h.state().serviceIPs, h.state().nodePorts])).toBe(before);
  });

  it('survive a replacement that leaves them out', () => {
    const h = harness();
    const was = create(h, 's', { type: 'NodePort' }).object as KubeObject;
    const { object } = h.ask({
      verb: 'update',
      resource: 'services',
      namespace: 'default',
      name: 's',
      object: service('s', { type: 'NodePort', ports: [{ port: 81 }] }),
    });
    expect(object?.spec.clusterIPs).toEqual(was.spec.clusterIPs);
    expect(object?.spec.ports[0]).toMatchObject({ port: 81, nodePort: was.spec.ports[0].nodePort });
  });
});

const recordedServices = ['dns/services', 'kube-proxy/kp-a', 'kube-proxy/kp-b', 'kube-proxy/kp-c']
  .flatMap(
    (file) => (JSON.parse(readFileSync(new URL(`../../../../fixtures/recordings/${file}.json`, import.meta.url), 'utf8')) as { objects: KubeObject[] }).objects,
  )
  .filter((object) => object.kind === 'Service' && object.metadata.name !== 'kubernetes');

describe('[recorded] what the server adds to a Service', () => {
  it.each(recordedServices.map((object) => [`${object.metadata.namespace}/${object.metadata.name}`, object] as const))('%s', (_, { metadata, spec }) => {
    const { clusterIPs: _ips, ipFamilies: _families, ipFamilyPolicy: _policy, healthCheckNodePort: _health, ...asked } = spec;
    for (const field of ['internalTrafficPolicy', 'externalTrafficPolicy']) if (asked[field] === 'Cluster') delete asked[field];
    if (asked.clusterIP !== 'None') delete asked.clusterIP;
    if (asked.ports) asked.ports = asked.ports.map(({ nodePort: _nodePort, ...port }: { nodePort?: number }) => port);
    const { object, status } = create(harness(), metadata.name, { selector: undefined, ports: undefined, ...asked });
    expect(status?.message).toBeUndefined();
    const got = object?.spec;
    const given = (text: string): string => text.replace(/10\.96\.\d+\.\d+/g, 'IP').replace(/"(nodePort|healthCheckNodePort)":\d+/g, '"$1":0');
    expect(JSON.parse(given(JSON.stringify(got)))).toEqual(JSON.parse(given(JSON.stringify(spec))));
  });
});

describe('node ports', () => {
  it.each([[80], [40000]])('%i is out of range', (nodePort) => {
    const { status } = create(harness(), 's', { type: 'NodePort', ports: [{ port: 80, nodePort }] });
    expect(status?.message).toBe(
      `Service "s" is invalid: spec.ports[0].nodePort: Invalid value: ${nodePort}: provided port is not in the valid range. The range of valid ports is 30000-32767`,
    );
  });

  it('one number serves two protocols of a port', () => {
    const ports = create(harness(), 's', {
      type: 'NodePort',
      ports: [
        { name: 'a', port: 53, protocol: 'UDP' },
        { name: 'b', port: 53, protocol: 'TCP' },
      ],
    }).object?.spec.ports;
    expect(ports[0].nodePort).toBeGreaterThanOrEqual(30086);
    expect(ports[1].nodePort).toBe(ports[0].nodePort);
  });

  it('run out, and a type that needs none gives them back', () => {
    const h = harness([], { nodePortRange: [30000, 30001] });
    create(h, 'a', { type: 'NodePort' });
    create(h, 'b', { type: 'NodePort' });
    const full = create(h, 'c', { type: 'NodePort' });
    expect([full.code, full.status?.message]).toEqual([500, 'Internal error occurred: failed to allocate a nodePort: range is full']);
    const { object } = patch(h, 'a', { spec: { type: 'ClusterIP' } });
    expect(object?.spec.ports[0].nodePort).toBeUndefined();
    expect(create(h, 'c', { type: 'NodePort' }).code).toBe(201);
  });

  it('what a refused change gave back is held again', () => {
    const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q', namespace: 'default' }, spec: { hard: { 'services.loadbalancers': '0' } } };
    const h = harness([quota]);
    create(h, 's', { type: 'NodePort' });
    const before = JSON.stringify([h.state().serviceIPs, h.state().nodePorts]);
    const refused = patch(h, 's', { spec: { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false } });
    expect(refused.status?.message).toBe(
      'services "s" is forbidden: exceeded quota: q, requested: services.loadbalancers=1, used: services.loadbalancers=0, limited: services.loadbalancers=0',
    );
    expect(JSON.stringify([h.state().serviceIPs, h.state().nodePorts])).toBe(before);
    expect(patch(h, 's', { spec: { type: 'ExternalName', externalName: 'x.example', ports: null } }).code).toBe(200);
    expect(patch(h, 's', { spec: { type: 'ClusterIP', externalName: null, ports: [{ port: 80 }] } }).object?.spec.clusterIP).toMatch(/^10\.96\./);
  });

  it('a health check port only for LoadBalancer with local policy', () => {
    const h = harness();
    const local = create(h, 's', { type: 'LoadBalancer', externalTrafficPolicy: 'Local' }).object;
    expect(local?.spec.healthCheckNodePort).toBeGreaterThanOrEqual(30000);
    expect(patch(h, 's', { spec: { externalTrafficPolicy: 'Cluster' } }).object?.spec.healthCheckNodePort).toBeUndefined();
    expect(Object.keys(h.state().nodePorts)).toHaveLength(1);
  });

  it('ExternalName has neither', () => {
    const h = harness();
    create(h, 's', { type: 'NodePort' });
    const { object } = patch(h, 's', { spec: { type: 'ExternalName', externalName: 'x.example', ports: null } });
    expect(object?.spec).toEqual({ externalName: 'x.example', selector: { a: 'b' }, sessionAffinity: 'None', type: 'ExternalName' });
    expect([h.state().serviceIPs, h.state().nodePorts]).toEqual([{}, {}]);
  });
});

describe('addresses', () => {
  it.each(['10.96.0.1', '0.0.0.0', 'fd00::1', '::', '2001:db8::ff00:42:8329', '1:0:0:2::3'])('%s reads back', (text) => {
    const parsed = parseAddress(text);
    expect(parsed && formatAddress(parsed.value, parsed.v6)).toBe(text);
  });
  it.each(['300.1.1.1', '1.2.3', '01.2.3.4', ':::', '1::2::3', 'g::', ''])('%j is none', (text) => expect(parseAddress(text)).toBeNull());
  it('ranges leave out network and broadcast', () => expect(parseCIDR('10.96.0.0/16')).toMatchObject({ count: 65534, v6: false }));
});
