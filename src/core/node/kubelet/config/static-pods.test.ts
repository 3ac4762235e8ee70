import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseManifest } from './manifest-yaml.ts';
import { staticPod } from './pod-defaults.ts';

const recorded = JSON.parse(readFileSync('fixtures/recordings/pod-lifecycle/static-pod.json', 'utf8'));
const source = { kind: 'file', path: '/etc/kubernetes/manifests/web.yaml', nodeName: 'worker-1', seen: '2026-11-20T23:51:35.616005Z' } as const;

test('the recorded manifest becomes the recorded pod', () => {
  const command = recorded.steps[0].node as string;
  const text = command.slice(command.indexOf("'") + 1, command.lastIndexOf("'")).replaceAll('\\n', '\n');
  const parsed = parseManifest(text) as { value: unknown };
  expect(parsed.value).toEqual(parse(text));
  const made = staticPod(parsed.value, source);
  if (!('pod' in made)) throw new Error(made.error);
  const mirror = recorded.watch.find((w: { object: { kind: string } }) => w.object.kind === 'Pod').object;
  const { preemptionPolicy: _p, priority: _q, ...spec } = mirror.spec;
  expect(made.pod.spec).toEqual(spec);
  expect([made.pod.metadata.name, made.pod.metadata.namespace, made.pod.metadata.labels]).toEqual([mirror.metadata.name, 'static-pod', { app: 'web' }]);
  expect(Object.keys(made.pod.metadata.annotations ?? {})).toEqual(['kubernetes.io/config.hash', 'kubernetes.io/config.seen', 'kubernetes.io/config.source']);
  expect(made.pod.metadata.uid).toMatch(/^[0-9a-f]{32}$/);
  expect(made.pod.metadata.annotations?.['kubernetes.io/config.hash']).toBe(made.pod.metadata.uid);
});

const pod = (spec: object): object => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec });
const uidOf = (manifest: unknown, path: string = source.path): string => {
  const made = staticPod(manifest, { ...source, path });
  return 'pod' in made ? made.pod.metadata.uid : made.error;
};

test('the UID is that of the contents, the file and the node', () => {
  const one = pod({ containers: [{ name: 'c', image: 'x:1' }] });
  expect(uidOf(one)).toBe(uidOf(structuredClone(one)));
  expect(uidOf(one)).not.toBe(uidOf(pod({ containers: [{ name: 'c', image: 'x:2' }] })));
  expect(uidOf(one)).not.toBe(uidOf(one, '/etc/kubernetes/manifests/b.yaml'));
});

test.each([
  [{ apiVersion: 'v1', kind: 'Service' }, 'invalid pod: no kind "Service" is registered for version "v1"'],
  [pod({}), 'invalid pod: spec.containers: Required value'],
  [pod({ containers: [{ name: 'c' }] }), 'invalid pod: spec.containers[0].image: Required value'],
  [{ ...pod({ containers: [{ name: 'c', image: 'x' }] }), metadata: { name: 'A_b' } }, 'invalid pod: metadata.name: Invalid value: "A_b"'],
  ['text', 'invalid pod: expected an object'],
])('%j is refused', (manifest, error) => {
  expect(staticPod(manifest, source)).toEqual({ error });
});
