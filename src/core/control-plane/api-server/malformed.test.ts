import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { resourceOfKind } from '../../api/resources.ts';
import type { KubeObject } from '../../api/types.ts';
import { account, harness } from './testing/harness.ts';

const read = (name: string): Record<string, { manifest: KubeObject }> =>
  JSON.parse(readFileSync(new URL(`../../../../fixtures/recordings/api/${name}.json`, import.meta.url), 'utf8')).cases;
const manifests = Object.entries({ ...read('invalid'), ...read('defaulted') }).filter(([, { manifest }]) => resourceOfKind(manifest.apiVersion, manifest.kind));

/** Every object that differs from `value` in one place: the value there left out or of another kind. */
function* damaged(value: unknown): Generator<unknown> {
  if (typeof value !== 'object' || value === null) return;
  for (const key of Object.keys(value)) {
    const inner = (value as Record<string, unknown>)[key];
    for (const other of [undefined, null, {}, [], [null], [{}], { x: {} }, '', 0, -1, true]) yield put(value, key, other);
    for (const deeper of damaged(inner)) yield put(value, key, deeper);
  }
}

function put(value: object, key: string, inner: unknown): unknown {
  const out = (Array.isArray(value) ? value.slice() : { ...value }) as Record<string, unknown>;
  if (inner === undefined && !Array.isArray(out)) delete out[key];
  else out[key] = inner;
  return out;
}

describe('one damaged place in a manifest is answered, never thrown', () => {
  const limits = {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: 'l', namespace: 'default' },
    spec: {
      limits: [
        { type: 'Pod', max: { cpu: '1' } },
        { type: 'Container', default: { cpu: '1' } },
      ],
    },
  };
  const quota = {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'q', namespace: 'default' },
    spec: { hard: { pods: '9', 'requests.cpu': '9', 'services.nodeports': '9' } },
  };
  it.each(manifests)('%s', (_, { manifest }) => {
    const h = harness([account(), limits, quota]);
    const resource = resourceOfKind(manifest.apiVersion, manifest.kind)?.id ?? '';
    for (const object of damaged(manifest)) {
      const answer = h.ask({ verb: 'create', resource, namespace: 'default', object, options: { dryRun: true } });
      expect(answer.status?.message || answer.object).toBeTruthy();
    }
    // What passes is stored, and survives damaged replacements and patches too.
    if (h.ask({ verb: 'create', resource, namespace: 'default', object: manifest }).code !== 201) return;
    const on = { resource, namespace: 'default', name: manifest.metadata.name } as const;
    for (const object of damaged(manifest)) {
      for (const answer of [
        h.ask({ verb: 'update', ...on, object, options: { dryRun: true } }),
        h.ask({ verb: 'patch', ...on, patch: object, options: { dryRun: true } }),
        h.ask({ verb: 'patch', ...on, patch: object, patchType: 'merge', options: { dryRun: true } }),
      ])
        expect(answer.status?.message || answer.object).toBeTruthy();
    }
  });
});
