import { sha256 } from '@noble/hashes/sha2.js';
import { expect, test } from 'vitest';
import { configOf, Driver, type Vector, vectors } from '../testing/vectors.ts';
import { iptablesState, syncIptables } from './proxier.ts';

const { found, missing } = vectors('kube-proxy-iptables');
if (missing) test.skip(missing, () => {});

for (const vector of found.filter((v) => v.steps)) {
  test(vector.file, () => {
    const driver = new Driver(vector);
    const state = iptablesState();
    for (const [i, step] of vector.steps.entries()) {
      const applied = driver.apply(step);
      const made = syncIptables(state, driver.tracker, applied, driver.config, {
        nowMs: i * 1000,
        full: step.fullSync,
        nodeLabels: (vector.config.topologyLabels as Record<string, string>) ?? {},
        localAddresses: vector.config.localAddresses as string[],
        natChains: () => [],
      });
      expect(made.restoreInput, `step ${i + 1}`).toBe(step.expect.restoreInput);
    }
  });
}

test('77-x-large-cluster-mode.yaml', () => {
  const vector = found.find((v) => v.file.startsWith('77-x')) as Vector;
  const typical = found.find((v) => v.file.startsWith('41-x')) as Vector;
  const expected = vector.expect as { restoreInputLines: number; restoreInputSha256: string };
  const service = (name: string, clusterIP: string, more: object) => ({
    op: 'applyService' as const,
    object: {
      metadata: { namespace: 'default', name },
      spec: { type: 'ClusterIP', clusterIP, clusterIPs: [clusterIP], ports: [{ name: 'http', port: 80, protocol: 'TCP' }], ...more },
    } as never,
  });
  const slice = (name: string, endpoints: unknown[]) => ({
    op: 'applyEndpointSlice' as const,
    object: {
      metadata: { namespace: 'default', name: `${name}-1`, labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      endpoints,
      ports: [{ name: 'http', protocol: 'TCP', port: 8080 }],
    } as never,
  });
  const ops = [
    service('big', '10.96.0.200', {}),
    service('small', '10.96.0.201', { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 10800 } } }),
    slice(
      'big',
      Array.from({ length: 999 }, (_, i) => ({ addresses: [`10.244.${Math.floor(i / 250)}.${(i % 250) + 1}`], nodeName: 'worker-2' })),
    ),
    slice('small', [
      { addresses: ['10.244.1.10'], nodeName: 'worker-1' },
      { addresses: ['10.244.2.11'], nodeName: 'worker-2' },
    ]),
  ];
  const driver = new Driver(typical);
  const applied = driver.apply({ ops, fullSync: true, expect: {} });
  const env = { nowMs: 0, full: true, nodeLabels: {}, localAddresses: [], natChains: () => [] };
  const made = syncIptables(iptablesState(), driver.tracker, applied, configOf(typical), env);
  expect(made.restoreInput.split('\n').length - 1).toBe(expected.restoreInputLines);
  expect(Buffer.from(sha256(new TextEncoder().encode(made.restoreInput))).toString('hex')).toBe(expected.restoreInputSha256);
});
