import { describe, expect, it } from 'vitest';
import { decodeStrict, strictDecodingError } from './decode.ts';
import { base64Size, base64Text, decodeBase64, decodeTime, encodeBase64, quantityProblem } from './scalars.ts';

// biome-ignore lint/suspicious/noExplicitAny: manifests of every shape
type Loose = any;

const pod = (spec: Loose, metadata: Loose = { name: 'p' }): Loose => ({ apiVersion: 'v1', kind: 'Pod', metadata, spec });
const container = (extra: Loose): Loose => pod({ containers: [{ name: 'c', image: 'i', ...extra }] });
const deployment = (spec: Loose): Loose => ({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd' }, spec });
const service = (port: Loose): Loose => ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: { ports: [port] } });

describe('wrong types', () => {
  it.each<[string, Loose, string]>([
    [
      'a number as a label',
      pod({}, { name: 'p', labels: { a: 1 } }),
      'Pod: json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string',
    ],
    [
      'a bool as an annotation',
      pod({}, { name: 'p', annotations: { a: true } }),
      'Pod: json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.annotations of type string',
    ],
    [
      'a number as an env value',
      container({ env: [{ name: 'A', value: 1 }] }),
      'Pod: json: cannot unmarshal number into Go struct field EnvVar.spec.containers.env.value of type string',
    ],
    [
      'text as replicas',
      deployment({ replicas: '3' }),
      'Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      'a fraction as replicas',
      deployment({ replicas: 1.5 }),
      'Deployment: json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      'a large number as int32',
      container({ livenessProbe: { periodSeconds: 2147483648 } }),
      'Pod: json: cannot unmarshal number 2147483648 into Go struct field Probe.spec.containers.livenessProbe.periodSeconds of type int32',
    ],
    ['text as a bool', pod({ hostNetwork: 'yes' }), 'Pod: json: cannot unmarshal string into Go struct field PodSpec.spec.hostNetwork of type bool'],
    [
      'a number as an enumeration',
      pod({ restartPolicy: 1 }),
      'Pod: json: cannot unmarshal number into Go struct field PodSpec.spec.restartPolicy of type v1.RestartPolicy',
    ],
    [
      'a list as an object',
      pod({ securityContext: [] }),
      'Pod: json: cannot unmarshal array into Go struct field PodSpec.spec.securityContext of type v1.PodSecurityContext',
    ],
    [
      'text as a map',
      pod({ nodeSelector: 'a' }),
      'Pod: json: cannot unmarshal string into Go struct field PodSpec.spec.nodeSelector of type map[string]string',
    ],
    [
      'a list as resources',
      container({ resources: { limits: [] } }),
      'Pod: json: cannot unmarshal array into Go struct field ResourceRequirements.spec.containers.resources.limits of type v1.ResourceList',
    ],
    [
      'text as command',
      container({ command: 'sh' }),
      'Pod: json: cannot unmarshal string into Go struct field Container.spec.containers.command of type []string',
    ],
    ['an object as metadata list', pod({}, []), 'Pod: json: cannot unmarshal array into Go struct field Pod.metadata of type v1.ObjectMeta'],
    [
      'a bool as a port name or number',
      service({ port: 80, targetPort: true }),
      'Service: json: cannot unmarshal bool into Go struct field ServicePort.spec.ports.targetPort of type int32',
    ],
    [
      'a fraction as a port',
      service({ port: 80, targetPort: 8.5 }),
      'Service: json: cannot unmarshal number 8.5 into Go struct field ServicePort.spec.ports.targetPort of type int32',
    ],
    [
      'a number as a time',
      pod({}, { name: 'p', creationTimestamp: 1 }),
      'Pod: json: cannot unmarshal number into Go struct field ObjectMeta.metadata.creationTimestamp of type string',
    ],
    ['no time', pod({}, { name: 'p', creationTimestamp: 'x' }), 'Pod: parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"'],
    [
      'the first of several',
      pod({ hostNetwork: 1, hostPID: 2 }),
      'Pod: json: cannot unmarshal number into Go struct field PodSpec.spec.hostNetwork of type bool',
    ],
  ])('%s', (_, manifest, words) => {
    const { error, object } = decodeStrict(manifest);
    expect(object).toBeUndefined();
    expect(error).toMatchObject({ code: 400, reason: 'BadRequest', message: `${manifest.kind} in version "v1" cannot be handled as a ${words}` });
  });
});

describe('unknown fields', () => {
  it('are listed in the order of their keys, with indices', () => {
    const { unknownFields } = decodeStrict({ ...container({ foo: 1, ports: [{ containerPort: 1, nope: 1 }] }), extra: {} });
    expect(unknownFields).toEqual(['extra', 'spec.containers[0].foo', 'spec.containers[0].ports[0].nope']);
  });
  it('are case sensitive', () => {
    expect(decodeStrict({ apiVersion: 'v1', kind: 'Pod', Metadata: {} }).unknownFields).toEqual(['Metadata']);
  });
  it('are counted to 100 and named once', () => {
    const spec = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`x${i}`, 1]));
    expect(decodeStrict(pod(spec)).unknownFields).toHaveLength(100);
  });
  it('make a strict decoding error', () => {
    expect(strictDecodingError('apps/v1', 'Deployment', ['a', 'spec.b']).message).toBe(
      'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "a", unknown field "spec.b"',
    );
  });
  it('do not hide a wrong type', () => {
    expect(decodeStrict(pod({ nope: 1, hostPID: 1 })).error?.message).toContain('PodSpec.spec.hostPID of type bool');
  });
});

describe('what is no object of a known kind', () => {
  it.each<[Loose, string]>([
    [null, "couldn't get version/kind; json parse error"],
    ['x', "couldn't get version/kind; json parse error: json: cannot unmarshal string"],
    [[], 'cannot unmarshal array'],
    [{ apiVersion: 'v1' }, "Object 'Kind' is missing in"],
    [{ kind: 'Pod' }, "Object 'apiVersion' is missing in"],
    [{ apiVersion: 'v1', kind: 'Pood' }, 'no kind "Pood" is registered for version "v1"'],
    [{ apiVersion: 'v1', kind: '__proto__' }, 'no kind "__proto__" is registered'],
  ])('%j', (raw, words) => {
    expect(decodeStrict(raw).error?.message).toContain(words);
  });
});

describe('values', () => {
  it('drops nulls, keeps null elements as zero values', () => {
    const { object } = decodeStrict(pod({ hostname: null, containers: [null], nodeSelector: { a: null } }));
    expect(object?.spec).toEqual({ containers: [{}], nodeSelector: { a: '' } });
  });
  it('canonicalises quantities and times', () => {
    const { object } = decodeStrict({
      ...container({ resources: { limits: { cpu: 0.5, memory: '1024Mi' }, requests: { cpu: '1000m' } } }),
      metadata: { name: 'p', creationTimestamp: '2026-11-21T01:30:11.25+01:00' },
    });
    expect(object?.spec.containers[0].resources).toEqual({ limits: { cpu: '500m', memory: '1Gi' }, requests: { cpu: '1' } });
    expect(object?.metadata.creationTimestamp).toBe('2026-11-21T00:30:11Z');
  });
  it('keys of the prototype are keys like others', () => {
    const raw = JSON.parse(
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","__proto__":{"polluted":1}},"data":{"__proto__":"a","constructor":"b"}}',
    );
    const { object, unknownFields } = decodeStrict(raw);
    expect(unknownFields).toEqual(['metadata.__proto__']);
    expect(Object.keys(object?.data ?? {})).toEqual(['__proto__', 'constructor']);
    expect(({} as Loose).polluted).toBeUndefined();
  });
});

describe('base64', () => {
  it.each<[string, number | string]>([
    ['aGk=', 'aGk='],
    ['aG\nk=', 'aGk='],
    ['%%%', 0],
    ['aGk', 0],
    ['aGk=x', 4],
    ['a=', 1],
    ['aGkh*A==', 4],
  ])('%j', (text, expected) => {
    const out = decodeBase64(text);
    expect(typeof out === 'number' ? out : out.text).toBe(expected);
  });
  it.each(['', 'a', 'hi', 'hällo', '🦆', 'x'.repeat(1000)])('round trip of %j', (text) => {
    const encoded = encodeBase64(text);
    expect(encoded).toBe(Buffer.from(text).toString('base64'));
    expect(base64Text(encoded)).toBe(text);
    expect(base64Size(encoded)).toBe(Buffer.byteLength(text));
  });
});

describe('scalars', () => {
  it.each([
    ['1Gb', "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"],
    ['', "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"],
    ['1Kii', "unable to parse quantity's suffix"],
    ['1.5Ki', ''],
    ['1e3', ''],
    ['-1', ''],
  ])('quantity %j', (text, words) => {
    expect(quantityProblem(text)).toBe(words);
  });
  it.each([
    ['2026-13-01T00:00:00Z', 'parsing time "2026-13-01T00:00:00Z": month out of range'],
    ['2026-02-29T00:00:00Z', 'parsing time "2026-02-29T00:00:00Z": day out of range'],
    ['2026-02-28', 'parsing time "2026-02-28" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T"'],
    ['2026-02-28T00:00:00Zx', 'parsing time "2026-02-28T00:00:00Zx": extra text: "x"'],
  ])('time %j', (text, words) => {
    expect(decodeTime(text, false).problem).toBe(words);
  });
});
