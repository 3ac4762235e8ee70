import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../api/types.ts';
import { account, type Harness, harness, pod } from './testing/harness.ts';

const at = { resource: 'pods', namespace: 'default', name: 'a' } as const;
const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } };

function running(spec: object = {}, metadata: object = {}): Harness {
  const h = harness([account(), node]);
  h.ask({ verb: 'create', ...at, object: pod('a', { nodeName: 'n', ...spec }, metadata) });
  h.notes.length = 0;
  return h;
}
const told = (h: Harness): string[] =>
  h.notes.map(({ event, object: { metadata: m } }) => `${event} gen ${m.generation} grace ${m.deletionGracePeriodSeconds} at ${m.deletionTimestamp}`);

describe('graceful deletion of pods', () => {
  it.each([
    ['the default', {}, {}, 30, '12:00:30'],
    ['the spec', { terminationGracePeriodSeconds: 5 }, {}, 5, '12:00:05'],
    ['the option', {}, { gracePeriodSeconds: 7 }, 7, '12:00:07'],
    ['negative', {}, { gracePeriodSeconds: -1 }, 1, '12:00:01'],
  ])('grace of %s', (_, spec, options, grace, time) => {
    const h = running(spec);
    const { code, object } = h.ask({ verb: 'delete', ...at, options });
    expect([code, object?.metadata.deletionGracePeriodSeconds]).toEqual([200, grace]);
    expect(told(h)).toEqual([`MODIFIED gen 2 grace ${grace} at 2026-11-20T${time}Z`]);
  });

  it('[recorded] the kubelet deletes with grace 0: one write, then the end; the deadline never lies in the past', () => {
    const h = running();
    h.ask({ verb: 'delete', ...at });
    h.run(6000);
    h.notes.length = 0;
    expect(h.request({ verb: 'delete', ...at, options: { gracePeriodSeconds: 0 } }).code).toBe(200);
    expect(told(h)).toEqual(['MODIFIED gen 2 grace 0 at 2026-11-20T12:00:06Z', 'DELETED gen 2 grace 0 at 2026-11-20T12:00:06Z']);
    expect(h.ask({ verb: 'get', ...at }).code).toBe(404);
  });

  it('only a shorter grace period counts', () => {
    const h = running();
    h.ask({ verb: 'delete', ...at });
    h.ask({ verb: 'delete', ...at, options: { gracePeriodSeconds: 60 } });
    h.ask({ verb: 'delete', ...at });
    expect(h.notes).toHaveLength(1);
    h.run(2000);
    h.ask({ verb: 'delete', ...at, options: { gracePeriodSeconds: 10 } });
    expect(told(h)[1]).toBe('MODIFIED gen 2 grace 10 at 2026-11-20T12:00:10Z');
  });

  it.each([
    ['not scheduled', { nodeName: '' }, undefined],
    ['finished', {}, { phase: 'Succeeded' }],
  ])('%s: gone at once', (_, spec, status) => {
    const h = running(spec);
    if (status) h.request({ verb: 'patch', ...at, subresource: 'status', patch: { status } });
    h.notes.length = 0;
    h.ask({ verb: 'delete', ...at });
    expect(h.notes.map((n) => n.event)).toEqual(['MODIFIED', 'DELETED']);
  });

  it('a name is free only after the end', () => {
    const h = running();
    h.ask({ verb: 'delete', ...at });
    expect(h.ask({ verb: 'create', ...at, object: pod('a') }).status?.message).toBe('object is being deleted: pods "a" already exists');
  });
});

describe('finalizers and propagation', () => {
  const cm = (metadata: object = {}) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'default', ...metadata } });
  const on = { resource: 'configmaps', namespace: 'default', name: 'a' } as const;

  it('a finalizer that nobody removes keeps the object', () => {
    const h = harness();
    h.ask({ verb: 'create', ...on, object: cm({ finalizers: ['example.com/x'] }) });
    for (let i = 0; i < 3; i += 1) expect(h.ask({ verb: 'delete', ...on }).object?.metadata.deletionTimestamp).toBe('2026-11-20T12:00:00Z');
    expect(h.notes.map((n) => n.event)).toEqual(['ADDED', 'MODIFIED']);
    h.ask({ verb: 'patch', ...on, patch: { metadata: { finalizers: null } } });
    expect(h.notes.map((n) => n.event)).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
    expect(h.ask({ verb: 'get', ...on }).code).toBe(404);
  });

  it('a pod with finalizers goes when grace and finalizers are over', () => {
    const h = running({}, { finalizers: ['example.com/x'] });
    h.ask({ verb: 'delete', ...at });
    h.ask({ verb: 'delete', ...at, options: { gracePeriodSeconds: 0 } });
    expect(h.ask({ verb: 'get', ...at }).object?.metadata.deletionGracePeriodSeconds).toBe(0);
    h.ask({ verb: 'patch', ...at, patchType: 'json', patch: [{ op: 'remove', path: '/metadata/finalizers' }] });
    expect(h.ask({ verb: 'get', ...at }).code).toBe(404);
  });

  it.each([
    ['Foreground', ['foregroundDeletion']],
    ['Orphan', ['orphan']],
  ] as const)('%s adds its finalizer', (propagationPolicy, finalizers) => {
    const h = harness();
    h.ask({ verb: 'create', ...on, object: cm() });
    expect(h.ask({ verb: 'delete', ...on, options: { propagationPolicy } }).object?.metadata).toMatchObject({ finalizers, deletionGracePeriodSeconds: 0 });
    // Another policy later replaces it.
    expect(h.ask({ verb: 'delete', ...on, options: { propagationPolicy: 'Background' } }).status?.status).toBe('Success');
  });

  it('owners in a cycle are just references', () => {
    const h = harness();
    const owner = (name: string) => ({ ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name, uid: 'u' }] });
    h.ask({ verb: 'create', ...on, object: cm(owner('a')) });
    expect(h.ask({ verb: 'delete', ...on }).status).toMatchObject({ status: 'Success', details: { name: 'a', kind: 'configmaps' } });
  });

  it.each([
    [
      { uid: 'other' },
      /the UID in the precondition \(other\) does not match the UID in record \(.*\)\. The object might have been deleted and then recreated$/,
    ],
    [
      { resourceVersion: '1' },
      /the ResourceVersion in the precondition \(1\) does not match the ResourceVersion in record \(\d+\)\. The object might have been modified$/,
    ],
  ])('precondition %j', (preconditions, words) => {
    const h = harness();
    h.ask({ verb: 'create', ...on, object: cm() });
    const { code, status } = h.ask({ verb: 'delete', ...on, options: { preconditions } });
    expect(code).toBe(409);
    expect(status?.message).toMatch(words);
  });

  it('a dry run deletes nothing', () => {
    const h = harness();
    h.ask({ verb: 'create', ...on, object: cm() });
    expect(h.ask({ verb: 'delete', ...on, options: { dryRun: true } }).code).toBe(200);
    expect(h.notes).toHaveLength(1);
  });

  it('deletes a selection', () => {
    const h = harness();
    for (const name of ['a', 'b', 'c']) h.ask({ verb: 'create', ...on, name, object: cm({ name, labels: { x: name } }) });
    const { list } = h.ask({ verb: 'deletecollection', resource: 'configmaps', namespace: 'default', labelSelector: 'x!=b' });
    expect(list?.items.map((o) => o.metadata.name)).toEqual(['a', 'c']);
    expect(h.ask({ verb: 'list', resource: 'configmaps' }).list?.items.map((o) => o.metadata.name)).toEqual(['b']);
  });
});

describe('namespaces', () => {
  it('end only when the controller finalizes them; nothing new begins inside', () => {
    const h = harness();
    const on = { resource: 'namespaces', name: 'x' } as const;
    h.ask({ verb: 'create', ...on, object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x' } } });
    expect(h.ask({ verb: 'delete', ...on }).object).toMatchObject({ status: { phase: 'Terminating' }, spec: { finalizers: ['kubernetes'] } });
    const refused = h.ask({ verb: 'create', resource: 'pods', namespace: 'x', object: pod('a') });
    expect(refused.code).toBe(403);
    expect(refused.status?.message).toBe('pods "a" is forbidden: unable to create new content in namespace x because it is being terminated');
    const now = h.ask({ verb: 'get', ...on }).object as KubeObject;
    h.request({ verb: 'update', ...on, subresource: 'finalize', object: { ...now, spec: { finalizers: [] } } });
    expect(h.ask({ verb: 'get', ...on }).code).toBe(404);
  });

  it('a pod may follow its new namespace at once', () => {
    const h = harness();
    h.ask({ verb: 'create', resource: 'namespaces', object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x' } } });
    expect(h.ask({ verb: 'create', resource: 'pods', namespace: 'x', object: pod('a') }).code).toBe(201);
    h.run(5000);
    expect(h.ask({ verb: 'create', resource: 'pods', namespace: 'x', object: pod('b') }).status?.message).toBe(
      'pods "b" is forbidden: error looking up service account x/default: serviceaccount "default" not found',
    );
  });
});

describe('eviction', () => {
  const pdb = (status: object) => ({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'b', namespace: 'default' },
    spec: { minAvailable: 1, selector: { matchLabels: { app: 'a' } } },
    status,
  });
  const budgets = { resource: 'poddisruptionbudgets.policy', namespace: 'default', name: 'b' } as const;
  const ready = (h: Harness): void =>
    void h.request({ verb: 'patch', ...at, subresource: 'status', patch: { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } } });
  const evict = (h: Harness) =>
    h.ask({
      verb: 'create',
      ...at,
      subresource: 'eviction',
      object: { metadata: { name: 'a', namespace: 'default' }, deleteOptions: { gracePeriodSeconds: 1 } },
    });

  it.each([
    [{}, 'The disruption budget b is still being processed by the server.', 10],
    [
      { observedGeneration: 1, desiredHealthy: 1, currentHealthy: 1, disruptionsAllowed: 0 },
      'The disruption budget b needs 1 healthy pods and has 1 currently',
      undefined,
    ],
  ])('%j: 429', (status, cause, retryAfterSeconds) => {
    const h = harness([account(), node, pdb(status)]);
    h.ask({ verb: 'create', ...at, object: pod('a', { nodeName: 'n' }, { labels: { app: 'a' } }) });
    ready(h);
    const answer = evict(h);
    expect(answer.code).toBe(429);
    expect(answer.status?.message).toBe("Cannot evict pod as it would violate the pod's disruption budget.");
    expect(answer.status?.details?.causes).toEqual([{ reason: 'DisruptionBudget', message: cause }]);
    expect(answer.status?.details?.retryAfterSeconds).toBe(retryAfterSeconds);
    expect(h.ask({ verb: 'get', ...at }).object?.metadata.deletionTimestamp).toBeUndefined();
  });

  it('[recorded] spends the budget, marks the pod, then deletes it', () => {
    const h = harness([account(), node, pdb({ observedGeneration: 1, desiredHealthy: 1, currentHealthy: 2, disruptionsAllowed: 1 })]);
    h.ask({ verb: 'create', ...at, object: pod('a', { nodeName: 'n' }, { labels: { app: 'a' } }) });
    ready(h);
    h.notes.length = 0;
    expect(evict(h).code).toBe(201);
    expect(h.notes.map((n) => `${n.resource} ${n.event}`)).toEqual(['poddisruptionbudgets.policy MODIFIED', 'pods MODIFIED', 'pods MODIFIED']);
    expect(h.ask({ verb: 'get', ...budgets }).object?.status).toMatchObject({ disruptionsAllowed: 0, disruptedPods: { a: expect.any(String) } });
    const gone = h.ask({ verb: 'get', ...at }).object as KubeObject;
    expect(gone.metadata).toMatchObject({ generation: 2, deletionGracePeriodSeconds: 1 });
    expect(gone.status.conditions.at(-1)).toMatchObject({ type: 'DisruptionTarget', reason: 'EvictionByEvictionAPI', message: 'Eviction API: evicting' });
  });

  it('pods that are not running need no budget', () => {
    const h = harness([account(), node, pdb({})]);
    h.ask({ verb: 'create', ...at, object: pod('a', { nodeName: 'n' }, { labels: { app: 'a' } }) });
    expect(evict(h).code).toBe(201);
  });
});
