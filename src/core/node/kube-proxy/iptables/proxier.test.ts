import { sha256 } from '@noble/hashes/sha2.js';
import { expect, test } from 'vitest';
import { restoreText } from '../../../contracts/rule-blocks.ts';
import { TestNode } from '../testing/node.ts';
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
        natChains: () => ({ names: [], blocks: [] }),
      });
      expect(restoreText(made.text, made.blocks), `step ${i + 1}`).toBe(step.expect.restoreInput);
    }
  });
}

test('77-x-large-cluster-mode.yaml', () => {
  const vector = found.find((v) => v.file.startsWith('77-x')) as Vector;
  const typical = found.find((v) => v.file.startsWith('41-x')) as Vector;
  const expected = vector.expect as { restoreInputLines: number; restoreInputSha256: string; iptablesSaveSha256: string } & Record<string, string>;
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
  const env = { nowMs: 0, full: true, nodeLabels: {}, localAddresses: [], natChains: () => ({ names: [], blocks: [] }) };
  const made = syncIptables(iptablesState(), driver.tracker, applied, configOf(typical), env);
  expect(restoreText(made.text, made.blocks).split('\n').length - 1).toBe(expected.restoreInputLines);
  for (const sample of ['firstProbabilityLines', 'lastProbabilityLines', 'firstEndpointLines', 'lastEndpointLines'])
    for (const line of (expected[sample] as string).trimEnd().split('\n')) expect(restoreText(made.text, made.blocks).split('\n'), sample).toContain(line);
  expect(digest(restoreText(made.text, made.blocks))).toBe(expected.restoreInputSha256);
  // Through the kernel, with the jumps that every node has.
  const node = new TestNode();
  const saved = typical.steps[0]?.expect.iptablesSave as string;
  for (const section of saved.split('*').slice(1)) {
    const [table = '', ...lines] = section.split('\n');
    for (const line of lines.filter((l) => /^-A (INPUT|FORWARD|OUTPUT|PREROUTING|POSTROUTING) /.test(l))) {
      const words = (line.match(/"[^"]*"|\S+/g) as string[]).map((w) => w.replaceAll('"', ''));
      node.ask({ type: 'Iptables', family: 'IPv4', argv: ['-t', table, '-N', words.at(-1) as string] } as never);
      expect(node.ask({ type: 'Iptables', family: 'IPv4', argv: ['-t', table, '-A', ...words.slice(1)] } as never)).toMatchObject({ code: 0 });
    }
  }
  expect(node.ask({ type: 'IptablesRestore', family: 'IPv4', text: restoreText(made.text, made.blocks), noflush: true } as never)).toMatchObject({ code: 0 });
  // Not in the vectors.
  for (const table of ['filter', 'nat']) node.ask({ type: 'Iptables', family: 'IPv4', argv: ['-t', table, '-X', 'KUBE-PROXY-CANARY'] } as never);
  const text = ['filter', 'nat'].map((table) => node.save(table)).join('');
  const plain = text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n');
  expect(digest(plain)).toBe(expected.iptablesSaveSha256);
});

const digest = (text: string): string => Buffer.from(sha256(new TextEncoder().encode(text))).toString('hex');
