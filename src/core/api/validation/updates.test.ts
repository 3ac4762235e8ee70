import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { clone } from '../equal.ts';
import { errorText } from './field.ts';
import type { Loose } from './meta.ts';
import { updateRefusals } from './testing/refusals.ts';
import { validateUpdate } from './validate.ts';

const recording = JSON.parse(readFileSync(new URL('../../../../fixtures/recordings/kubectl/kubectl-errors.json', import.meta.url), 'utf8')) as Loose;

function stepError(contains: string): string {
  return recording.steps.find((step: Loose) => String(step.kubectl).includes(contains)).err;
}

describe('recorded updates', () => {
  it('a pod that is to move shows the difference of the two specs', () => {
    const scheduled = recording.watch.find((event: Loose) => event.resource === 'pods' && event.object.metadata.name === 'plain' && event.object.spec.nodeName);
    const old = scheduled.object;
    const next = clone(old);
    next.spec.nodeName = 'x';
    const [error, ...others] = validateUpdate(next, old);
    expect(others).toEqual([]);
    expect(`The Pod "plain" is invalid: ${errorText(error as Loose)}\n`).toBe(stepError('"nodeName":"x"'));
  });
});

const container = { name: 'c', image: 'i' };
const pod = (spec: Loose): Loose => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [container], ...spec } });
const workload = (kind: string, spec: Loose): Loose => ({
  apiVersion: kind === 'Job' ? 'batch/v1' : 'apps/v1',
  kind,
  metadata: { name: 'w' },
  spec: { selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b', c: 'd' } }, spec: { containers: [container] } }, ...spec },
});
const service = (spec: Loose): Loose => ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: { ports: [{ port: 80 }], ...spec } });
const claim = (spec: Loose, status: Loose = { phase: 'Bound', capacity: { storage: '1Gi' } }): Loose => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'x' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: 'a', ...spec },
  status,
});
const config = (rest: Loose): Loose => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, ...rest });

describe('what may not change', () => {
  it.each<[string, Loose, Loose, ...string[]]>([
    ['nothing changed', pod({}), pod({})],
    ['the image of a pod may', pod({ containers: [{ ...container, image: 'j' }] }), pod({})],
    [
      'containers of a pod',
      pod({ containers: [container, { ...container, name: 'd' }] }),
      pod({}),
      'spec.containers: Forbidden: pod updates may not add or remove containers',
    ],
    ['tolerations may be added', pod({ tolerations: [{ key: 'a', operator: 'Exists' }] }), pod({})],
    [
      'tolerations may not go',
      pod({}),
      pod({ tolerations: [{ key: 'a', operator: 'Exists' }] }),
      'spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds',
    ],
    [
      'a deadline grows',
      pod({ activeDeadlineSeconds: 20 }),
      pod({ activeDeadlineSeconds: 10 }),
      'spec.activeDeadlineSeconds: Invalid value: 20: must be less than or equal to previous value',
    ],
    [
      'a deadline goes',
      pod({}),
      pod({ activeDeadlineSeconds: 10 }),
      'spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to nil value',
    ],
    [
      'a scheduling gate comes',
      pod({ schedulingGates: [{ name: 'a/b' }] }),
      pod({}),
      "spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'a/b'",
    ],
    [
      'a selector',
      workload('Deployment', { selector: { matchLabels: { c: 'd' } } }),
      workload('Deployment', {}),
      'spec.selector: Invalid value: {"matchLabels":{"c":"d"}}: field is immutable',
    ],
    [
      'a StatefulSet beyond the few fields',
      workload('StatefulSet', { serviceName: 'y' }),
      workload('StatefulSet', { serviceName: 'x' }),
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ],
    [
      'a cluster IP',
      service({ clusterIP: '10.96.0.9' }),
      service({ clusterIP: '10.96.0.8' }),
      'spec.clusterIPs[0]: Invalid value: ["10.96.0.9"]: may not change once set',
    ],
    ['a cluster IP left out is kept', service({}), service({ clusterIP: '10.96.0.8' })],
    [
      'a Service turned into ExternalName gives up its address',
      service({ type: 'ExternalName', externalName: 'a.b', clusterIP: '10.96.0.8', clusterIPs: ['10.96.0.8'], internalTrafficPolicy: 'Cluster' }),
      service({ clusterIP: '10.96.0.8' }),
    ],
    [
      'an immutable ConfigMap',
      config({ immutable: true, data: { a: '2' } }),
      config({ immutable: true, data: { a: '1' } }),
      'data: Forbidden: field is immutable when `immutable` is set',
    ],
    [
      'immutability',
      config({ data: { a: '1' } }),
      config({ immutable: true, data: { a: '1' } }),
      'immutable: Forbidden: field is immutable when `immutable` is set',
    ],
    ['a bound claim may grow', claim({ resources: { requests: { storage: '2Gi' } } }), claim({})],
    [
      'a bound claim may not shrink',
      claim({ resources: { requests: { storage: '1Gi' } } }),
      claim({ resources: { requests: { storage: '2Gi' } } }),
      'spec.resources.requests.storage: Forbidden: field can not be less than status.capacity',
    ],
    [
      'the type of a Secret',
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, type: 'a/b' },
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } },
      'type: Invalid value: "a/b": field is immutable',
    ],
  ])('%s', (_, next, old, ...errors) => {
    expect(updateRefusals(next, old)).toEqual(errors);
  });

  it('a claim shows what changed', () => {
    const difference = [
      '@@ -10,7 +10,7 @@',
      '   }',
      '  },',
      '  "VolumeName": "",',
      '- "StorageClassName": "a",',
      '+ "StorageClassName": "b",',
      '  "VolumeMode": "Filesystem",',
      '  "DataSource": null,',
      '  "DataSourceRef": null,',
      '',
    ].join('\n');
    expect(updateRefusals(claim({ storageClassName: 'b' }), claim({}))).toEqual([
      `spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n${difference}`,
    ]);
  });
});

describe('resize', () => {
  const sized = (cpu: string, extra: Loose = {}): Loose =>
    pod({ containers: [{ ...container, resources: { requests: { cpu }, limits: { cpu: '2' } }, ...extra }] });
  it.each<[string, Loose, Loose, ...string[]]>([
    ['cpu may change', sized('1'), sized('500m')],
    ['nothing else may', sized('1', { image: 'j' }), sized('1'), 'spec: Forbidden: only cpu and memory resources are mutable'],
    [
      'requests may not go',
      pod({ containers: [{ ...container, resources: { limits: { memory: '1Gi' }, requests: { memory: '1Mi' } } }] }),
      sized('1'),
      'spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed',
      'spec.containers[0].resources.limits: Forbidden: resource limits cannot be removed',
    ],
    [
      'the QoS class may not change',
      pod({ containers: [{ ...container, resources: { limits: { cpu: '2', memory: '1Gi' } } }] }),
      sized('1'),
      'spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing',
    ],
  ])('%s', (_, next, old, ...errors) => {
    expect(updateRefusals(next, old, 'resize')).toEqual(errors);
  });
});
