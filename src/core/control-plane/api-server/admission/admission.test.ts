import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../api/types.ts';
import { account, type Harness, harness, pod } from '../testing/harness.ts';

const create = (h: Harness, resource: string, object: unknown) => h.ask({ verb: 'create', resource, namespace: 'default', object });
const quota = (hard: object, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'q', namespace: 'default' },
  spec: { hard, ...more },
});
const withResources = (name: string, resources: object) => pod(name, { containers: [{ name: 'c', image: 'x', resources }] });
const used = (h: Harness) => h.ask({ verb: 'get', resource: 'resourcequotas', namespace: 'default', name: 'q' }).object?.status.used;

describe('ResourceQuota', () => {
  it('counts, refuses in upstream words, and gives back', () => {
    const h = harness();
    create(h, 'pods', pod('before'));
    create(h, 'resourcequotas', quota({ pods: '2' }));
    expect(used(h)).toEqual({ pods: '1' });
    create(h, 'pods', pod('a'));
    const refused = create(h, 'pods', pod('b'));
    expect([refused.code, refused.status?.message]).toEqual([
      403,
      'pods "b" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2',
    ]);
    h.request({ verb: 'patch', resource: 'pods', namespace: 'default', name: 'a', subresource: 'status', patch: { status: { phase: 'Succeeded' } } });
    expect(used(h)).toEqual({ pods: '1' });
    h.ask({ verb: 'delete', resource: 'pods', namespace: 'default', name: 'before' });
    expect(used(h)).toEqual({ pods: '0' });
  });

  it('counts what the cluster begins with', () => {
    expect(used(harness([account(), quota({ configmaps: '5', services: '2' }), { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } }]))).toEqual({
      configmaps: '1',
      services: '0',
    });
  });

  it('needs requests where it limits them', () => {
    const h = harness([account(), quota({ 'requests.cpu': '1', 'limits.memory': '1Gi' })]);
    expect(create(h, 'pods', pod('a')).status?.message).toBe('pods "a" is forbidden: failed quota: q: must specify limits.memory for: c; requests.cpu for: c');
    const big = create(h, 'pods', withResources('a', { requests: { cpu: '1500m' }, limits: { memory: '2Gi' } }));
    expect(big.status?.message).toBe(
      'pods "a" is forbidden: exceeded quota: q, requested: limits.memory=2Gi,requests.cpu=1500m, used: limits.memory=0,requests.cpu=0, limited: limits.memory=1Gi,requests.cpu=1',
    );
    expect(create(h, 'pods', withResources('a', { requests: { cpu: '250m' }, limits: { memory: '512Mi' } })).code).toBe(201);
    expect(used(h)).toEqual({ 'requests.cpu': '250m', 'limits.memory': '512Mi' });
  });

  it('counts any kind, and only pods in its scopes', () => {
    const h = harness([account(), quota({ 'count/deployments.apps': '0', configmaps: '1' })]);
    expect(create(h, 'configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } }).code).toBe(201);
    expect(create(h, 'configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'y' } }).status?.message).toBe(
      'configmaps "y" is forbidden: exceeded quota: q, requested: configmaps=1, used: configmaps=1, limited: configmaps=1',
    );
    const scoped = harness([account(), quota({ pods: '0' }, { scopes: ['BestEffort'] })]);
    expect(create(scoped, 'pods', pod('a')).code).toBe(403);
    expect(create(scoped, 'pods', withResources('a', { requests: { cpu: '1' } })).code).toBe(201);
  });
});

describe('LimitRanger', () => {
  const limits = (item: object) => ({ apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'l', namespace: 'default' }, spec: { limits: [item] } });

  it('fills in defaults and says so', () => {
    const h = harness([account(), limits({ type: 'Container', default: { cpu: '1', memory: '1Gi' }, defaultRequest: { cpu: '100m' } })]);
    const object = create(h, 'pods', pod('a')).object as KubeObject;
    expect(object.spec.containers[0].resources).toEqual({ limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '100m', memory: '1Gi' } });
    expect(object.metadata.annotations).toEqual({
      'kubernetes.io/limit-ranger': 'LimitRanger plugin set: cpu, memory request for container c; cpu, memory limit for container c',
    });
    expect(object.status.qosClass).toBe('Burstable');
  });

  it.each([
    [{ requests: { cpu: '1' }, limits: { cpu: '1' } }, 'maximum cpu usage per Container is 500m, but limit is 1'],
    [{ requests: { cpu: '50m' }, limits: { cpu: '400m' } }, 'minimum cpu usage per Container is 100m, but request is 50m'],
    [
      { requests: { cpu: '50m' }, limits: { cpu: '1' } },
      '[minimum cpu usage per Container is 100m, but request is 50m, maximum cpu usage per Container is 500m, but limit is 1]',
    ],
  ])('%j', (resources, words) => {
    const h = harness([account(), limits({ type: 'Container', min: { cpu: '100m' }, max: { cpu: '500m' } })]);
    expect(create(h, 'pods', withResources('a', resources)).status?.message).toBe(`pods "a" is forbidden: ${words}`);
  });
});

describe('ServiceAccount', () => {
  it('takes pull secrets of the account and honours automount', () => {
    const quiet = { ...account('default', 'quiet'), automountServiceAccountToken: false, imagePullSecrets: [{ name: 's' }] };
    const { spec } = create(harness([quiet]), 'pods', pod('a', { serviceAccountName: 'quiet' })).object as KubeObject;
    expect(spec).toMatchObject({ serviceAccountName: 'quiet', serviceAccount: 'quiet', imagePullSecrets: [{ name: 's' }] });
    expect(spec.volumes).toBeUndefined();
    expect(spec.containers[0].volumeMounts).toBeUndefined();
  });

  it('leaves a mount that is there', () => {
    const mount = { name: 'v', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' };
    const object = pod('a', { containers: [{ name: 'c', image: 'x', volumeMounts: [mount] }], volumes: [{ name: 'v', emptyDir: {} }] });
    expect(create(harness(), 'pods', object).object?.spec.volumes).toHaveLength(1);
  });

  it('[recorded] mirror pods get neither account nor token', () => {
    const mirror = pod(
      'web-n',
      { nodeName: 'n', tolerations: [{ operator: 'Exists', effect: 'NoExecute' }] },
      { annotations: { 'kubernetes.io/config.mirror': 'h' } },
    );
    const { spec } = create(harness([]), 'pods', mirror).object as KubeObject;
    expect(spec.serviceAccountName).toBeUndefined();
    expect(spec.volumes).toBeUndefined();
    expect(spec.tolerations).toEqual([{ operator: 'Exists', effect: 'NoExecute' }]);
  });
});

describe('priority, tolerations, classes', () => {
  it.each([
    ['system-node-critical', 2000001000],
    ['system-cluster-critical', 2000000000],
  ])('%s', (priorityClassName, priority) => {
    expect(create(harness(), 'pods', pod('a', { priorityClassName })).object?.spec).toMatchObject({ priority, preemptionPolicy: 'PreemptLowerPriority' });
  });

  it('a global default class', () => {
    const cls = {
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name: 'p' },
      value: 7,
      globalDefault: true,
      preemptionPolicy: 'Never',
    };
    expect(create(harness([account(), cls]), 'pods', pod('a')).object?.spec).toMatchObject({ priorityClassName: 'p', priority: 7, preemptionPolicy: 'Never' });
  });

  it('only one class is the default', () => {
    const cls = (name: string) => ({ apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name }, value: 7, globalDefault: true });
    const h = harness();
    expect(h.ask({ verb: 'create', resource: 'priorityclasses.scheduling.k8s.io', object: cls('p') }).code).toBe(201);
    expect(h.ask({ verb: 'create', resource: 'priorityclasses.scheduling.k8s.io', object: cls('q') }).status?.message).toBe(
      'priorityclasses.scheduling.k8s.io "q" is forbidden: PriorityClass p is already marked as default. Only one default can exist',
    );
  });

  it('own tolerations stay', () => {
    const own = { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 };
    const tolerations = create(harness(), 'pods', pod('a', { tolerations: [own] })).object?.spec.tolerations;
    expect(tolerations).toEqual([own, { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }]);
  });

  it('a new node is not ready', () => {
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } };
    expect(harness().request({ verb: 'create', resource: 'nodes', object: node }).object?.spec.taints).toEqual([
      { effect: 'NoSchedule', key: 'node.kubernetes.io/not-ready' },
    ]);
  });

  it('the default storage class', () => {
    const cls = {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'std', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
      provisioner: 'x',
    };
    const claim = (spec: object) => ({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'c' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
    });
    expect(create(harness([cls]), 'persistentvolumeclaims', claim({})).object?.spec.storageClassName).toBe('std');
    expect(create(harness([cls]), 'persistentvolumeclaims', claim({ storageClassName: '' })).object?.spec.storageClassName).toBe('');
  });

  it('claims grow only when bound, by a class that allows it', () => {
    const cls = (allowVolumeExpansion: boolean) => ({
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'std' },
      provisioner: 'x',
      allowVolumeExpansion,
    });
    const grow = (allowed: boolean, phase: string) => {
      const h = harness([cls(allowed)]);
      const on = { resource: 'persistentvolumeclaims', namespace: 'default', name: 'c' };
      const spec = { storageClassName: 'std', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, volumeName: 'v' };
      create(h, on.resource, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'c' }, spec });
      h.request({ verb: 'patch', ...on, subresource: 'status', patch: { status: { phase } } });
      return h.ask({ verb: 'patch', ...on, patch: { spec: { resources: { requests: { storage: '2Gi' } } } } });
    };
    expect(grow(true, 'Pending').status?.message).toBe('persistentvolumeclaims "c" is forbidden: Only bound persistent volume claims can be expanded');
    expect(grow(false, 'Bound').status?.message).toBe(
      'persistentvolumeclaims "c" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
    );
    expect(grow(true, 'Bound').object?.spec.resources.requests.storage).toBe('2Gi');
  });
});
