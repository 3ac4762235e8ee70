import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../types.ts';
import { notSimulated, simplified, verdictOf } from './fidelity.ts';
import { kindVerdicts, verdicts } from './fidelity-table.ts';
import { fieldsOf, knownKinds } from './fields.ts';

const mustBeComplete = [
  'PodSpec',
  'PodSecurityContext',
  'Container',
  'EphemeralContainer',
  'SecurityContext',
  'Volume',
  'VolumeProjection',
  'Probe',
  'Lifecycle',
  'ServiceSpec',
  'ServicePort',
  'DeploymentSpec',
  'ReplicaSetSpec',
  'DaemonSetSpec',
  'StatefulSetSpec',
  'JobSpec',
  'CronJobSpec',
];

describe('the table of verdicts', () => {
  it('has a row for what the node and the controllers read', () => {
    expect(Object.keys(verdicts)).toEqual(expect.arrayContaining(mustBeComplete));
  });
  for (const type of Object.keys(verdicts)) {
    it(`judges every field of ${type} and no other`, () => {
      expect(Object.keys(verdicts[type] ?? {}).sort()).toEqual([...fieldsOf(type).keys()].sort());
    });
  }
  it('names only kinds that exist', () => {
    const kinds = new Set(knownKinds().map((kind) => kind.slice(kind.lastIndexOf('/') + 1)));
    expect(Object.keys(kindVerdicts).filter((kind) => !kinds.has(kind))).toEqual([]);
  });
});

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'd' },
  spec: {
    template: {
      spec: {
        hostUsers: false,
        containers: [{ name: 'c', image: 'i', securityContext: { procMount: 'Default', capabilities: { add: ['NET_ADMIN'] } } }],
        volumes: [
          { name: 'a', emptyDir: {} },
          { name: 'b', iscsi: { targetPortal: 'x' } },
        ],
      },
    },
  },
} as unknown as KubeObject;

describe('what a manifest asks for in vain', () => {
  it('is listed by path, inside templates too', () => {
    expect(notSimulated(deployment).map(({ path }) => path)).toEqual([
      'spec.template.spec.hostUsers',
      'spec.template.spec.containers[0].securityContext.procMount',
      'spec.template.spec.volumes[1].iscsi',
    ]);
  });
  it('is told apart from what acts in part', () => {
    expect(simplified(deployment).map(({ path }) => path)).toEqual(['spec.template.spec.containers[0].securityContext.capabilities']);
  });
  it('may be a whole kind', () => {
    const ingress = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name: 'i' }, spec: {} } as unknown as KubeObject;
    expect(notSimulated(ingress)).toEqual([{ path: '', reason: 'there is no Ingress controller' }]);
    expect(notSimulated(ingress, {})).toEqual([]);
  });
  it('survives keys of the prototype and wrong shapes', () => {
    const strange = JSON.parse(
      '{"apiVersion":"v1","kind":"Pod","metadata":{},"spec":{"__proto__":{"a":1},"constructor":1,"volumes":3,"containers":[null,"x"]}}',
    );
    expect(notSimulated(strange)).toEqual([]);
    expect(verdictOf('constructor', 'name')).toBe('acting');
  });
});
