import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { configOf, vectors } from './node/kube-proxy/testing/vectors.ts';
import { InputError, proxyRules } from './proxy-rules.ts';

const recording = (name: string) =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`../../fixtures/recordings/kube-proxy/${name}.json`, import.meta.url)), 'utf8'));
const service = (name: string, spec: object = {}) => ({
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: { type: 'NodePort', clusterIP: '10.96.0.20', ports: [{ name: 'http', port: 80, protocol: 'TCP', nodePort: 30080 }], ...spec },
});
const slice = (name: string, endpoints: unknown) => ({
  kind: 'EndpointSlice',
  metadata: { name: `${name}-1`, namespace: 'default', labels: { 'kubernetes.io/service-name': name } },
  addressType: 'IPv4',
  endpoints,
  ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
});
const rules = (objects: unknown[], mode: 'iptables' | 'ipvs' | 'nftables' = 'iptables') => proxyRules({ config: {}, objects }, mode, 'save');

test('a recording: chains and jumps of kube-proxy, in the tables nat, filter and mangle', () => {
  const { text, log } = proxyRules(recording('kp-a'), null, 'save');
  expect(log).toEqual([]);
  expect(text.match(/^\*\w+$/gm)).toEqual(['*nat', '*filter', '*mangle']);
  const real = new Set((Object.values(recording('kp-a').iptablesSave) as string[]).join('\n').split('\n'));
  const mine = text.split('\n').filter((line) => line.startsWith('-A'));
  expect(mine.length).toBeGreaterThan(100);
  expect(mine.filter((line) => !real.has(line))).toEqual([]);
});

test.each(['iptables', 'ipvs', 'nftables'] as const)("a vector's configuration and objects give its text in %s mode", (mode) => {
  const { found } = vectors(`kube-proxy-${mode}`);
  let compared = 0;
  for (const vector of found.filter((v) => v.file.includes('-x-') && v.steps?.length === 1)) {
    const [step] = vector.steps;
    const { text } = proxyRules({ config: { mode, ...vector.config }, objects: step?.ops.map((op) => op.object) }, null, 'restore');
    const expected = step?.expect as { restoreInput?: string; transaction?: string };
    expect(text.trimEnd(), vector.file).toBe((expected.restoreInput ?? expected.transaction)?.trimEnd());
    expect(configOf(vector).family).toBeDefined();
    compared += 1;
  }
  expect(compared).toBeGreaterThan(25);
});

describe('input that a cluster would not have', () => {
  test('malformed addresses are named and left out', () => {
    const { text, log } = rules([service('a'), slice('a', [{ addresses: ['300.1.1.1'] }, { addresses: ['10.244.1.5'] }, { addresses: [] }])]);
    expect(log).toEqual(['EndpointSlice default/a-1: invalid address "300.1.1.1" ignored']);
    expect(text.match(/--to-destination \S+/g)).toEqual(['--to-destination 10.244.1.5:8080']);
  });

  test.each(['iptables', 'ipvs', 'nftables'] as const)('two Services with one node port: both are kept, and it is said (%s)', (mode) => {
    const both = [
      service('a'),
      service('b', { clusterIP: '10.96.0.21' }),
      slice('a', [{ addresses: ['10.244.1.5'] }]),
      slice('b', [{ addresses: ['10.244.1.6'] }]),
    ];
    const { log, text } = rules(both, mode);
    expect(log).toEqual(['nodePort 30080/TCP is used by both default/a:http and default/b:http']);
    expect(text).not.toBe('');
  });

  test('bad ranges and external addresses are named and left out', () => {
    const { log } = rules([service('a', { type: 'LoadBalancer', externalIPs: ['x'], loadBalancerSourceRanges: ['10.0.0.0/99'] })]);
    expect(log).toEqual(['Service default/a: invalid external IP "x" ignored', 'Service default/a: invalid load balancer source range "10.0.0.0/99" ignored']);
  });

  test.each([
    [null, 'the input must be an object, not null'],
    [[], 'the input must be an object, not a list'],
    [{}, 'the input has no objects: it must be {"config": …, "objects": [Service or EndpointSlice, …]}'],
    [{ objects: {} }, 'objects must be a list, not an object'],
    [{ objects: [5] }, 'objects[0] must be an object, not 5'],
    [{ objects: [{}] }, 'objects[0] has no kind'],
    [{ objects: [{ kind: 'Service' }] }, 'objects[0].metadata must be an object, not undefined'],
    [{ objects: [{ kind: 'Service', metadata: { name: 'a' } }] }, 'objects[0].spec must be an object, not undefined'],
    [{ objects: [service('a', { ports: 'x' })] }, 'objects[0].spec.ports must be a list, not "x"'],
    [{ objects: [service('a', { ports: [{ port: 70_000 }] })] }, 'objects[0].spec.ports[0].port must be a whole number from 1 to 65535, not 70000'],
    [{ objects: [service('a', { ports: [{ port: 80, protocol: 'ICMP' }] })] }, 'objects[0].spec.ports[0].protocol must be TCP, UDP or SCTP, not "ICMP"'],
    [{ objects: [slice('a', 'x')] }, 'objects[0].endpoints must be a list, not "x"'],
    [{ objects: [slice('a', [{ addresses: '10.0.0.1' }])] }, 'objects[0].endpoints[0].addresses must be a list, not "10.0.0.1"'],
    [{ objects: [{ kind: 'List', items: [{ kind: 'Service', metadata: {} }] }] }, 'objects[0].items[0].metadata has no name'],
    [{ config: { mode: 'ebpf' }, objects: [] }, 'config.mode must be iptables, ipvs or nftables, not "ebpf"'],
    [{ config: { clusterCIDR: '10.244.0.0' }, objects: [] }, 'config.clusterCIDR: "10.244.0.0" is not a CIDR such as 10.244.0.0/16'],
    [
      { config: { detectLocalMode: 'Guess' }, objects: [] },
      'config.detectLocalMode must be one of ClusterCIDR, NodeCIDR, BridgeInterface, InterfaceNamePrefix, not "Guess"',
    ],
    [{ nodeIP: 'here', objects: [] }, 'config.nodeIP: "here" is not an IP address'],
  ])('%j is refused in a sentence', (input, sentence) => {
    expect(() => proxyRules(input, null, 'save')).toThrow(new InputError(sentence as string));
  });

  test('prototype names are names', () => {
    for (const name of ['__proto__', 'constructor', 'toString']) {
      const { text } = rules([service(name), slice(name, [{ addresses: ['10.244.1.5'] }])]);
      expect(text).toContain(`default/${name}:http cluster IP`);
    }
  });
});
