import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeStrict } from '../decode/decode.ts';
import type { KubeObject } from '../types.ts';
import { applyDefaults, type Loose } from './defaults.ts';

const recorded = JSON.parse(readFileSync(new URL('../../../../fixtures/recordings/api/defaulted.json', import.meta.url), 'utf8')) as {
  cases: Record<string, { manifest: unknown; result: Loose }>;
};

function defaulted(manifest: unknown): Loose {
  const { object, error, unknownFields } = decodeStrict(manifest);
  if (!object || unknownFields.length > 0) throw new Error(error?.message ?? unknownFields.join());
  applyDefaults(object);
  return object as Loose;
}

/** Takes away what the registry and admission added. */
function withoutServerFields(result: Loose): Loose {
  const out = structuredClone(result);
  const tokenVolume = (entry: { name: string }) => entry.name.startsWith('kube-api-access-');
  for (const field of ['creationTimestamp', 'generation', 'namespace', 'uid', 'finalizers', 'annotations']) delete out.metadata[field];
  if (out.kind === 'Pod') {
    for (const field of ['priority', 'preemptionPolicy', 'serviceAccount', 'serviceAccountName', 'tolerations']) delete out.spec[field];
    out.spec.volumes = out.spec.volumes.filter((v: Loose) => !tokenVolume(v));
    if (out.spec.volumes.length === 0) delete out.spec.volumes;
    for (const container of [...out.spec.containers, ...(out.spec.initContainers ?? [])]) {
      container.volumeMounts = container.volumeMounts?.filter((m: Loose) => !tokenVolume(m));
      if (container.volumeMounts?.length === 0) delete container.volumeMounts;
    }
    delete out.status.qosClass;
  }
  if (out.kind === 'Job') {
    delete out.metadata.labels;
    delete out.spec.selector;
    out.spec.template.metadata = {};
  }
  if (out.kind === 'Service') {
    for (const field of ['ipFamilies', 'ipFamilyPolicy']) delete out.spec[field];
    if (out.spec.clusterIP !== 'None') for (const field of ['clusterIP', 'clusterIPs']) delete out.spec[field];
    for (const port of out.spec.ports ?? []) delete port.nodePort;
  }
  return out;
}

describe('recorded defaults', () => {
  for (const [name, { manifest, result }] of Object.entries(recorded.cases)) {
    it(name, () => {
      expect(defaulted(manifest)).toEqual(withoutServerFields(result));
    });
  }
});

const container = (extra: object = {}) => ({ name: 'c', image: 'nginx', ...extra });
const pod = (spec: object): KubeObject =>
  ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [container()], ...spec } }) as unknown as KubeObject;

describe('image pull policy', () => {
  it.each([
    ['nginx', 'Always'],
    ['nginx:latest', 'Always'],
    ['nginx:1', 'IfNotPresent'],
    ['localhost:5000/nginx', 'Always'],
    ['localhost:5000/nginx:2', 'IfNotPresent'],
    [`nginx@sha256:${'a'.repeat(64)}`, 'IfNotPresent'],
    [`nginx:latest@sha256:${'a'.repeat(64)}`, 'Always'],
  ])('%s → %s', (image, policy) => {
    expect(defaulted(pod({ containers: [container({ image })] })).spec.containers[0].imagePullPolicy).toBe(policy);
  });
});

describe('pods', () => {
  it('takes requests that are not given from limits, one by one', () => {
    const out = defaulted(pod({ containers: [container({ resources: { limits: { cpu: 1, memory: '1Gi' }, requests: { cpu: '500m' } } })] }));
    expect(out.spec.containers[0].resources.requests).toEqual({ cpu: '500m', memory: '1Gi' });
  });
  it('does not do so in a pod template', () => {
    const out = defaulted({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'd' },
      spec: { selector: {}, template: { spec: { containers: [container({ resources: { limits: { cpu: '1' } } })] } } },
    });
    expect(out.spec.template.spec.containers[0].resources).toEqual({ limits: { cpu: '1' } });
    expect(out.spec.template.metadata).toEqual({});
  });
  it('rounds up quantities finer than a thousandth', () => {
    const out = defaulted(pod({ containers: [container({ resources: { limits: { cpu: '0.1234567' } } })] }));
    expect(out.spec.containers[0].resources.limits.cpu).toBe('124m');
  });
  it('opens host ports under host network', () => {
    const out = defaulted(pod({ hostNetwork: true, containers: [container({ ports: [{ containerPort: 80 }] })] }));
    expect(out.spec.containers[0].ports).toEqual([{ containerPort: 80, hostPort: 80, protocol: 'TCP' }]);
  });
  it('gives a volume without a source an emptyDir', () => {
    expect(defaulted(pod({ volumes: [{ name: 'v' }] })).spec.volumes).toEqual([{ name: 'v', emptyDir: {} }]);
  });
  it('drops zero values that Go does not write', () => {
    const out = defaulted(
      pod({
        hostname: '',
        hostNetwork: false,
        nodeSelector: {},
        containers: [container({ args: [], livenessProbe: { exec: { command: ['a'] }, initialDelaySeconds: 0 } })],
      }),
    );
    expect(out.spec).not.toHaveProperty('hostname');
    expect(out.spec).not.toHaveProperty('hostNetwork');
    expect(out.spec).not.toHaveProperty('nodeSelector');
    expect(out.spec.containers[0]).not.toHaveProperty('args');
    expect(out.spec.containers[0].livenessProbe).toEqual({
      exec: { command: ['a'] },
      timeoutSeconds: 1,
      periodSeconds: 10,
      successThreshold: 1,
      failureThreshold: 3,
    });
  });
  it('aggregates pod-level requests', () => {
    const out = defaulted(pod({ resources: { limits: { cpu: '2', memory: '1Gi' } }, containers: [container({ resources: { requests: { cpu: '1' } } })] }));
    expect(out.spec.resources).toEqual({ limits: { cpu: '2', memory: '1Gi' }, requests: { cpu: '1', memory: '1Gi' } });
  });
});

describe('other kinds', () => {
  it('turns stringData into data', () => {
    expect(defaulted({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { a: 'eA==' }, stringData: { b: 'hunter2', c: 'ü' } })).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's' },
      type: 'Opaque',
      data: { a: 'eA==', b: 'aHVudGVyMg==', c: 'w7w=' },
    });
  });
  it('fills a StatefulSet', () => {
    const out = defaulted({
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 's' },
      spec: {
        selector: {},
        template: { spec: { containers: [container()] } },
        volumeClaimTemplates: [{ metadata: { name: 'd' }, spec: { accessModes: ['ReadWriteOnce'] } }],
      },
    });
    expect(out.spec).toMatchObject({
      podManagementPolicy: 'OrderedReady',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      replicas: 1,
      revisionHistoryLimit: 10,
      volumeClaimTemplates: [
        {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          metadata: { name: 'd' },
          spec: { accessModes: ['ReadWriteOnce'], resources: {}, volumeMode: 'Filesystem' },
          status: { phase: 'Pending' },
        },
      ],
    });
  });
  it('labels a namespace with its name', () => {
    expect(defaulted({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } })).toMatchObject({
      metadata: { labels: { 'kubernetes.io/metadata.name': 'n' } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
  });
  it('completes a LimitRange', () => {
    const out = defaulted({
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: 'l' },
      spec: { limits: [{ type: 'Container', max: { cpu: '1' }, min: { memory: '1Mi' } }] },
    });
    expect(out.spec.limits[0]).toEqual({
      type: 'Container',
      max: { cpu: '1' },
      min: { memory: '1Mi' },
      default: { cpu: '1' },
      defaultRequest: { cpu: '1', memory: '1Mi' },
    });
  });
});
