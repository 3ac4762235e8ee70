/** Manifests that are no manifests, or say what no server accepts: kubectl's or the API server's words, and nothing stored. */
import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../core/index.ts';
import { Cluster, configMap, deployment, pod } from './testing/cluster.ts';

const yaml = (object: unknown): string => JSON.stringify(object);
const shared = new Cluster();

/** Applied, refused, nothing stored. */
function refused(text: string): string {
  shared.stored.length = 0;
  const { rc, out, err } = shared.apply(text);
  expect({ rc, out, stored: shared.stored }, text.slice(0, 200)).toEqual({ rc: 1, out: '', stored: [] });
  return err;
}

const notSet = (what: string): string =>
  `error: error validating "manifest.yaml": error validating data: ${what}; if you choose to ignore these errors, turn validation off with --validate=false\n`;

describe('row 13: no object in it', () => {
  test.each(['', '# only\n# comments\n', '---\n', '---\n---\n', 'null', 'apiVersion: v1\nkind: List\nitems: []\n'])('row 13: nothing: %j', (text) => {
    expect(refused(text)).toBe('error: no objects passed to apply\n');
  });
  test.each([
    ['- a\n- b\n', 'invalid object to validate'],
    ['[]', 'invalid object to validate'],
    ['a scalar', 'invalid object to validate'],
    ['42', 'invalid object to validate'],
    ['{}', '[apiVersion not set, kind not set]'],
    ['kind: Pod', 'apiVersion not set'],
    ['apiVersion: v1', 'kind not set'],
    ['{apiVersion: 1, kind: []}', "[apiVersion isn't string type, kind isn't string type]"],
    ['{apiVersion: a/b/c, kind: Pod}', 'unexpected GroupVersion string: a/b/c'],
  ])('row 13: %j', (text, what) => {
    expect(refused(text)).toBe(notSet(what));
  });
  test('row 13: with the check turned off, what cannot be decoded', () => {
    const unchecked = (text: string): string => shared.file(['apply', '--validate=false'], text).err;
    expect(unchecked('- a')).toBe('error: unable to decode "manifest.yaml": json: cannot unmarshal array into Go value of type unstructured.detector\n');
    expect(unchecked('true')).toBe('error: unable to decode "manifest.yaml": json: cannot unmarshal bool into Go value of type unstructured.detector\n');
    expect(unchecked('{}')).toBe("error: unable to decode \"manifest.yaml\": Object 'Kind' is missing in '{}'\n");
  });
  test('row 13: lists that are none', () => {
    expect(refused('{apiVersion: v1, kind: List, items: 3}')).toContain('cannot unmarshal number into Go struct field decodeList.items');
    expect(refused('{apiVersion: v1, kind: List, items: [3]}')).toContain('cannot unmarshal number into Go value of type map[string]interface {}');
  });
});

describe('row 14: of many, one bad', () => {
  const many = (prefix: string): KubeObject[] => Array.from({ length: 500 }, (_, i) => configMap(i === 250 ? `Bad_${i}` : `${prefix}-${i}`));
  test.each([
    ['a List of 500', (all: KubeObject[]) => yaml({ apiVersion: 'v1', kind: 'List', items: all })],
    ['500 documents', (all: KubeObject[]) => all.map(yaml).join('\n---\n')],
  ])('row 14: %s: the good are applied, in order, the bad one is named', (name, text) => {
    const cluster = new Cluster();
    const { rc, out, err } = cluster.apply(text(many(`m${name.length}`)), 60_000);
    expect(rc).toBe(1);
    expect(err).toMatch(/^The ConfigMap "Bad_250" is invalid: metadata\.name: Invalid value: "Bad_250": a lowercase RFC 1123 subdomain/);
    expect(err.trim().split('\n')).toHaveLength(1);
    const lines = out.trim().split('\n');
    expect(lines).toHaveLength(499);
    expect(lines[250]).toBe(`configmap/m${name.length}-251 created`);
    expect(cluster.kubectl('get configmaps -o name').out.match(/configmap\/m\d+-/g)).toHaveLength(499);
  });
  test('row 14: several bad ones are all named, an unknown kind among them', () => {
    const items = [
      configMap('x1'),
      { apiVersion: 'v2', kind: 'Foo', metadata: { name: 'x' } },
      { ...pod('x2'), spec: { containers: 'none' } },
      configMap('x3'),
    ];
    const { rc, out, err } = shared.apply(yaml({ apiVersion: 'v1', kind: 'List', items }), 2000);
    expect([rc, out]).toEqual([1, 'configmap/x1 created\nconfigmap/x3 created\n']);
    expect(err).toContain('resource mapping not found for name: "x" namespace: "" from "manifest.yaml": no matches for kind "Foo" in version "v2"');
    expect(err).toContain('Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal string into Go struct field PodSpec.spec.containers');
  });
  test('row 14: what is no object ends its file: those before it are applied', () => {
    const { out, err } = shared.apply(`${yaml(configMap('y1'))}\n---\nkind: Pod\n---\n${yaml(configMap('y2'))}\n`, 2000);
    expect([out, err]).toEqual(['configmap/y1 created\n', notSet('apiVersion not set')]);
  });
  test('row 14: items of a PodList are Pods', () => {
    const { apiVersion: _a, kind: _k, ...bare } = pod('listed') as unknown as Record<string, unknown>;
    expect(new Cluster().apply(yaml({ apiVersion: 'v1', kind: 'PodList', items: [bare] })).out).toBe('pod/listed created\n');
  });
});

describe('row 16: what the server does not know', () => {
  test.each([
    ['unknown field', pod('a', { imagePullPolice: 'Always' }), 'strict decoding error: unknown field "spec.containers[0].imagePullPolice"'],
    ['wrong type', pod('a', { args: 3 }), 'json: cannot unmarshal number into Go struct field Container.spec.containers.args of type []string'],
    ['wrong type of a map', { ...pod('a'), metadata: { name: 'a', labels: ['x'] } }, 'cannot unmarshal array into Go struct field ObjectMeta.metadata.labels'],
    ['unknown kind', { apiVersion: 'v1', kind: 'Foo', metadata: { name: 'a' } }, 'no matches for kind "Foo" in version "v1"\nensure CRDs are installed first'],
    ['unknown version', { ...pod('a'), apiVersion: 'v2' }, 'no matches for kind "Pod" in version "v2"\nensure CRDs are installed first'],
    [
      'unknown namespace',
      { ...pod('a'), metadata: { name: 'a', namespace: 'nowhere' } },
      'Error from server (NotFound): error when creating "manifest.yaml": namespaces "nowhere" not found',
    ],
  ])('row 16: %s', (_name, object, words) => {
    expect(refused(yaml(object))).toContain(words);
  });
});

describe('row 17: names', () => {
  const subdomain = 'a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters';
  test.each([
    ['a'.repeat(254), 'must be no more than 253 characters'],
    ['Upper', subdomain],
    ['ünïcode', subdomain],
    ['a b', subdomain],
    ['-a', subdomain],
    ['__proto__', subdomain],
    ['\u202eabc', subdomain],
    ['', 'from server for: "manifest.yaml": resource name may not be empty'],
    ['a/b', 'invalid resource name "a/b": [may not contain \'/\']'],
    ['..', 'invalid resource name "..": [may not be \'..\']'],
    ['%2f/', "[may not contain '/' may not contain '%']"],
  ])('row 17: %.20j', (name, words) => {
    expect(refused(yaml(pod(name)))).toContain(words);
    expect(refused(yaml(configMap(name)))).toContain(words);
  });
  test('row 17: names of JavaScript’s own are names like any other', () => {
    for (const name of ['constructor', 'tostring', 'valueof', 'hasownproperty'])
      expect(shared.apply(yaml(configMap(name))).out).toBe(`configmap/${name} created\n`);
    expect(({} as Record<string, unknown>).name).toBeUndefined();
  });
  test('row 17: an empty name with create, and one asked for', () => {
    expect(shared.file(['create'], yaml(configMap(''))).err).toContain('metadata.name: Required value: name or generateName is required');
    expect(shared.kubectl('get pod a%b').err).toBe('error: invalid resource name "a%b": [may not contain \'%\']\n');
    expect(shared.kubectl('delete pod ..').err).toBe('error: invalid resource name "..": [may not be \'..\']\n');
  });
});

describe('row 18: numbers', () => {
  const probe = (periodSeconds: unknown) => pod('n', { livenessProbe: { exec: { command: ['true'] }, periodSeconds } });
  const port = (containerPort: unknown) => pod('n', { ports: [{ containerPort }] });
  const memory = (quantity: unknown) => pod('n', { resources: { requests: { memory: quantity } } });
  test.each([
    ['replicas -1', deployment('n', { replicas: -1 }), 'spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
    ['replicas 1.5', deployment('n', { replicas: 1.5 }), 'json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32'],
    ['replicas "3"', deployment('n', { replicas: '3' }), 'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32'],
    ['replicas 2^31', deployment('n', { replicas: 2 ** 31 }), 'json: cannot unmarshal number 2147483648 into Go struct field DeploymentSpec.spec.replicas'],
    ['periodSeconds -1', probe(-1), 'spec.containers[0].livenessProbe.periodSeconds: Invalid value: -1: must be greater than or equal to 0'],
    [
      'periodSeconds 2^31',
      probe(2 ** 31),
      'json: cannot unmarshal number 2147483648 into Go struct field Probe.spec.containers.livenessProbe.periodSeconds of type int32',
    ],
    ['port 0', port(0), 'spec.containers[0].ports[0].containerPort: Required value'],
    ['port 65536', port(65_536), 'spec.containers[0].ports[0].containerPort: Invalid value: 65536: must be between 1 and 65535, inclusive'],
    ['quantity -1', memory('-1'), 'spec.containers[0].resources.requests[memory]: Invalid value: "-1": must be greater than or equal to 0'],
    ['quantity abc', memory('abc'), "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"],
  ])('row 18: %s is refused', (_name, object, words) => {
    expect(refused(yaml(object))).toContain(words);
  });
  test('row 18: periodSeconds 0 is its default, 1.5Ki are 1536 bytes', () => {
    shared.apply(yaml({ ...probe(0), metadata: { name: 'zero' } }));
    expect(shared.field('pod zero', '.spec.containers[0].livenessProbe.periodSeconds')).toBe('10');
    shared.apply(yaml({ ...memory('1.5Ki'), metadata: { name: 'kibi' } }));
    expect(shared.field('pod kibi', '.spec.containers[0].resources.requests.memory')).toBe('1536');
  });
  test('row 18: 1e99 is the largest there is, and no node has so much', () => {
    shared.apply(yaml({ ...memory('1e99'), metadata: { name: 'huge' } }), 2000);
    expect(shared.field('pod huge', '.spec.containers[0].resources.requests.memory')).toBe('9223372036854775807');
    expect(shared.field('pod huge', '.status.conditions[0].message')).toContain('1 Insufficient memory');
  });
  test('row 18: a thousand million replicas: made in bursts, bounded by the node, which says so', () => {
    const cluster = new Cluster();
    expect(cluster.apply(yaml(deployment('many', { replicas: 1_000_000_000 }))).rc).toBe(0);
    expect(cluster.busy(10_000)).toBeLessThan(60_000);
    const pods = cluster.kubectl('get pods --no-headers').out.trim().split('\n');
    expect(pods.length).toBeLessThan(2000);
    expect(cluster.field('pods', '.items[*].status.conditions[?(@.reason=="Unschedulable")].message')).toContain('Too many pods');
  });
});

describe('row 20: changes that are none', () => {
  test('row 20: a selector that does not match its template', () => {
    expect(refused(yaml(deployment('sel', {}, { app: 'other' })))).toBe(
      'The Deployment "sel" is invalid: spec.template.metadata.labels: Invalid value: {"app":"other"}: `selector` does not match template `labels`\n',
    );
  });
  test('row 20: a field that never changes', () => {
    const first = deployment('fix');
    shared.apply(yaml(first));
    const changed = deployment('fix', { selector: { matchLabels: { app: 'b' } } }, { app: 'b' });
    expect(shared.apply(yaml(changed)).err).toContain('spec.selector: Invalid value: {"matchLabels":{"app":"b"}}: field is immutable');
    expect(shared.field('deployment fix', '.spec.selector.matchLabels.app')).toBe('fix');
  });
  test.each(['1', '999999999'])('row 20: resourceVersion %s is stale', (resourceVersion) => {
    shared.apply(yaml(configMap('stale')));
    const text = yaml({ ...configMap('stale', { resourceVersion }), data: { a: 'b' } });
    const words =
      'Operation cannot be fulfilled on configmaps "stale": the object has been modified; please apply your changes to the latest version and try again';
    expect(shared.apply(text)).toMatchObject({ rc: 1, err: expect.stringContaining(words) });
    expect(shared.file(['replace'], text)).toMatchObject({ rc: 1, err: expect.stringContaining(words) });
    expect(shared.field('configmap stale', '.data.a')).toBe('');
  });
});
