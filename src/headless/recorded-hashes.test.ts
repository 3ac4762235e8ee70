/** Hashes of templates in names and labels: the same digits as real controllers made of the same manifests. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { KubeObject } from '../core/index.ts';
import { asRecording, playRecording, type Recording } from './recording.ts';

const labels = ['pod-template-hash', 'controller-revision-hash'];

function hashes(run: Recording): string[] {
  const seen = new Set<string>();
  for (const { resource, object } of run.watch ?? [])
    if (resource === 'pods') for (const label of labels) seen.add(`${label}=${(object as KubeObject).metadata.labels?.[label] ?? ''}`);
  return [...seen].sort();
}

test.each([
  'pod-lifecycle/deployment-rollout',
  'pod-lifecycle/daemonset',
  'pod-lifecycle/statefulset-two',
  'node-lifecycle/cordon-drain',
  'kubectl/kubectl-get',
  'kubectl/node-tools',
])('%s', (name) => {
  const real = asRecording(JSON.parse(readFileSync(`fixtures/recordings/${name}.json`, 'utf8')));
  const want = hashes(real);
  expect(want.some((hash) => /=.+/.test(hash))).toBe(true);
  expect(hashes(playRecording(real) as Recording)).toEqual(want);
});
