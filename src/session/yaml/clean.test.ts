import { describe, expect, test } from 'vitest';
import { cleanManifest } from './clean.ts';
import { loadYaml } from './load.ts';
import { storedLines } from './stored.ts';

const meta = (name: string, more = ''): string => `
  metadata:
    name: ${name}
    namespace: shop
    uid: 0b0c1d2e-0000-4000-8000-000000000000
    resourceVersion: "4711"
    creationTimestamp: "2026-01-02T03:04:05Z"
    generation: 3
    managedFields: [{manager: kubectl, operation: Update}]
    annotations: {kubectl.kubernetes.io/last-applied-configuration: "{}", deployment.kubernetes.io/revision: "2"}${more}`;
const list = `apiVersion: v1
kind: List
items:
- apiVersion: apps/v1
  kind: Deployment${meta('web')}
  spec: {replicas: 2}
  status: {replicas: 2}
- apiVersion: apps/v1
  kind: ReplicaSet${meta('web-1', '\n    ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, uid: x, controller: true}]')}
- apiVersion: v1
  kind: Secret${meta('db')}
  data: {password: c2VjcmV0, user: cm9vdA==}
- apiVersion: v1
  kind: Service${meta('web')}
  spec: {clusterIP: 10.43.1.2, clusterIPs: [10.43.1.2], ports: [{port: 80}]}
- apiVersion: v1
  kind: Node${meta('n1')}
- apiVersion: v1
  kind: Pod${meta('alone')}
  spec:
    nodeName: ip-10-0-0-1
    containers: [{name: c, image: x, volumeMounts: [{name: kube-api-access-abcde, mountPath: /t}]}]
    volumes: [{name: kube-api-access-abcde}]
`;

describe('manifests of a real cluster', () => {
  test('row 35: status, managedFields and what the cluster gave are gone, and named', () => {
    const result = cleanManifest(list);
    const objects = loadYaml(result.text).documents.map((d) => d.object);
    expect(objects).toEqual([
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
      { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop' }, spec: { replicas: 2 } },
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db', namespace: 'shop' }, data: { password: 'cmVwbGFjZWQ=', user: 'cmVwbGFjZWQ=' } },
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'shop' }, spec: { ports: [{ port: 80 }] } },
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'alone', namespace: 'shop' },
        spec: { containers: [{ name: 'c', image: 'x', volumeMounts: [] }], volumes: [] },
      },
    ]);
    expect(result).toMatchObject({ cleaned: 4, secrets: 2, left: ['ReplicaSet web-1', 'Node n1'], namespaces: ['shop'], problem: '' });
    expect(result.removed).toEqual(expect.arrayContaining(['status', 'managedFields', 'uid', 'clusterIP', 'nodeName', 'last-applied-configuration']));
  });
  test('row 35: no secret value is left in the text', () => {
    expect(cleanManifest(list).text).not.toMatch(/c2VjcmV0|cm9vdA/);
  });
  test('row 35: what a person wrote stays letter by letter, comments too', () => {
    const own = '# mine\nkind: Secret\nmetadata: {name: s}   # kept\nstringData: {a: b}\n';
    expect(cleanManifest(own)).toMatchObject({ text: own, cleaned: 0, secrets: 0 });
    expect(cleanManifest(`kind: ConfigMap\nmetadata: {name: a} # kept\n---\nkind: Node\nmetadata: {name: n, uid: u}\n`).text).toBe(
      'kind: ConfigMap\nmetadata: {name: a} # kept\n',
    );
  });
  test('row 35: what is no YAML is said to be', () => {
    expect(cleanManifest('a: [').problem).toMatch(/^line 1: /);
  });
});

test('stored lines: defaults, and what was written otherwise', () => {
  const stored = {
    kind: 'Pod',
    metadata: { name: 'p', uid: 'u' },
    spec: { containers: [{ name: 'c', image: 'x', resources: { limits: { cpu: '1' } }, terminationMessagePath: '/dev/x' }], restartPolicy: 'Always' },
    status: { phase: 'Running' },
  };
  const written = { kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [{ image: 'x', name: 'c', resources: { limits: { cpu: '1000m' } } }] } };
  expect(storedLines(stored, written).map((l) => `${l.of[0]} ${l.text}`)).toEqual([
    'w kind: Pod',
    'w metadata:',
    'w   name: p',
    'd   uid: u',
    'w spec:',
    'w   containers:',
    'w   - image: x',
    'w     name: c',
    'w     resources:',
    'w       limits:',
    'c         cpu: "1"',
    'd     terminationMessagePath: /dev/x',
    'd   restartPolicy: Always',
  ]);
});
