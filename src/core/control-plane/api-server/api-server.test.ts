import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { resourceOfKind } from '../../api/resources.ts';
import type { KubeObject } from '../../api/types.ts';
import { account, harness, pod } from './testing/harness.ts';

interface Case {
  manifest: KubeObject;
  result: KubeObject;
}
const defaulted = JSON.parse(readFileSync(new URL('../../../../fixtures/recordings/api/defaulted.json', import.meta.url), 'utf8')) as {
  cases: Record<string, Case>;
};

/** Random parts of an object as placeholders. */
function masked(object: KubeObject): unknown {
  const text = JSON.stringify(object)
    .replaceAll(object.metadata.uid, 'UID')
    .replaceAll(object.metadata.creationTimestamp, 'TIME')
    .replace(/kube-api-access-[a-z0-9]{5}/g, 'kube-api-access-x');
  return JSON.parse(text);
}

describe('[recorded] server dry run of valid manifests', () => {
  it.each(Object.entries(defaulted.cases))('%s', (_, { manifest, result }) => {
    const h = harness([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'dry' } }, account('dry')]);
    const resource = resourceOfKind(manifest.apiVersion, manifest.kind)?.id ?? '';
    const answer = h.ask({ verb: 'create', resource, namespace: 'dry', object: manifest, options: { dryRun: true, fieldValidation: 'Strict' } });
    expect(answer.status).toBeUndefined();
    expect(masked(answer.object as KubeObject)).toEqual(masked(result));
    expect(h.notes).toEqual([]);
  });
});

describe('create, get, list', () => {
  it('fills in what the server gives and answers what it stored', () => {
    const h = harness();
    const { code, object } = h.ask({ verb: 'create', resource: 'pods', namespace: 'default', object: pod('a') });
    expect(code).toBe(201);
    expect(object?.metadata).toMatchObject({ name: 'a', namespace: 'default', generation: 1, creationTimestamp: '2026-11-20T12:00:00Z' });
    expect(object?.metadata.uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    expect(h.ask({ verb: 'get', resource: 'pods', namespace: 'default', name: 'a' }).object).toBe(object);
    expect(h.notes.map((n) => n.event)).toEqual(['ADDED']);
  });

  it('lists by namespace, labels and fields, sorted', () => {
    const h = harness();
    for (const name of ['b', 'a', 'c']) h.ask({ verb: 'create', resource: 'pods', namespace: 'default', object: pod(name, {}, { labels: { app: name } }) });
    const names = (call: object) => h.ask({ verb: 'list', resource: 'pods', ...call }).list?.items.map((o) => o.metadata.name);
    expect(names({})).toEqual(['a', 'b', 'c']);
    expect(names({ namespace: 'kube-system' })).toEqual([]);
    expect(names({ labelSelector: 'app in (a, c)' })).toEqual(['a', 'c']);
    expect(names({ fieldSelector: 'metadata.name!=a,status.phase=Pending' })).toEqual(['b', 'c']);
    expect(h.ask({ verb: 'list', resource: 'pods' }).list).toMatchObject({ kind: 'PodList', apiVersion: 'v1' });
  });

  it('draws generated names', () => {
    const h = harness();
    const object = { ...pod(''), metadata: { generateName: 'web-' } };
    const name = h.request({ verb: 'create', resource: 'pods', namespace: 'default', object }).object?.metadata.name;
    expect(name).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });

  it.each([
    [{ verb: 'get', resource: 'pods', namespace: 'default', name: 'nope' }, 404, 'pods "nope" not found'],
    [{ verb: 'get', resource: 'deployments.apps', namespace: 'default', name: 'nope' }, 404, 'deployments.apps "nope" not found'],
    [{ verb: 'get', resource: 'foos', name: 'x' }, 404, 'the server could not find the requested resource'],
    [{ verb: 'get', resource: '__proto__', name: 'x' }, 404, 'the server could not find the requested resource'],
    [{ verb: 'get', resource: 'pods', namespace: '__proto__', name: 'constructor' }, 404, 'pods "constructor" not found'],
    [{ verb: 'list', resource: 'pods', labelSelector: 'a in (b' }, 400, "unable to parse requirement: found '', expected: ',' or ')'"],
    [{ verb: 'list', resource: 'pods', fieldSelector: 'spec.x=y' }, 400, 'field label not supported: spec.x'],
    [
      { verb: 'list', resource: 'configmaps', fieldSelector: 'data.x=y' },
      400,
      '"data.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
    ],
    [{ verb: 'create', resource: 'pods', namespace: 'gone', object: pod('a') }, 404, 'namespaces "gone" not found'],
    [{ verb: 'create', resource: 'pods', namespace: 'default', object: pod('taken') }, 409, 'pods "taken" already exists'],
    [
      { verb: 'create', resource: 'pods', namespace: 'default', object: pod('b', { serviceAccountName: 'x' }) },
      403,
      'pods "b" is forbidden: error looking up service account default/x: serviceaccount "x" not found',
    ],
    [
      { verb: 'create', resource: 'pods', namespace: 'default', object: pod('b', { priorityClassName: 'x' }) },
      403,
      'pods "b" is forbidden: no PriorityClass with name x was found',
    ],
    [
      { verb: 'create', resource: 'pods', namespace: 'default', object: pod('b', {}, { namespace: 'other' }) },
      400,
      'the namespace of the provided object does not match the namespace sent on the request',
    ],
    [
      { verb: 'create', resource: 'pods', namespace: 'default', object: pod('b', { nope: 1 }), options: { fieldValidation: 'Strict' } },
      400,
      'Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "spec.nope"',
    ],
    [
      { verb: 'patch', resource: 'pods', namespace: 'default', name: 'taken', patch: 'notjson' },
      400,
      'json: cannot unmarshal string into Go value of type map[string]interface {}',
    ],
    [
      { verb: 'patch', resource: 'pods', namespace: 'default', name: 'taken', patchType: 'json', patch: [{ op: 'replace', path: '/spec/nope/x', value: 1 }] },
      422,
      'the server rejected our request due to an error in our request',
    ],
    [
      {
        verb: 'patch',
        resource: 'pods',
        namespace: 'default',
        name: 'taken',
        patch: { spec: { nope: [1, { a: 'b' }] } },
        options: { fieldValidation: 'Strict' },
      },
      422,
      ' "" is invalid: patch: Invalid value: "map[spec:map[nope:[1 map[a:b]]]]": strict decoding error: unknown field "spec.nope"',
    ],
    [{ verb: 'delete', resource: 'namespaces', name: 'default' }, 403, 'namespaces "default" is forbidden: this namespace may not be deleted'],
    [{ verb: 'get', resource: 'configmaps', subresource: 'status', namespace: 'default', name: 'x' }, 404, 'the server could not find the requested resource'],
  ] as const)('%j is refused', (call, code, message) => {
    const h = harness();
    h.ask({ verb: 'create', resource: 'pods', namespace: 'default', object: pod('taken') });
    const answer = h.ask(call as never);
    expect(answer.status?.message).toBe(message);
    expect(answer.code).toBe(code);
    expect(answer.status?.code).toBe(code);
  });
});

describe('update and patch', () => {
  const make = () => {
    const h = harness();
    const object = h.ask({ verb: 'create', resource: 'pods', namespace: 'default', object: pod('a', {}, { labels: { x: '1' } }) }).object as KubeObject;
    return { h, object };
  };
  const at = { resource: 'pods', namespace: 'default', name: 'a' } as const;

  it('refuses a stale resourceVersion and a foreign uid', () => {
    const { h, object } = make();
    h.ask({ verb: 'patch', ...at, patch: { metadata: { labels: { x: '2' } } } });
    expect(h.ask({ verb: 'update', ...at, object }).status?.message).toBe(
      'Operation cannot be fulfilled on pods "a": the object has been modified; please apply your changes to the latest version and try again',
    );
    const other = { ...object, metadata: { ...object.metadata, resourceVersion: '', uid: 'u' } };
    expect(h.ask({ verb: 'update', ...at, object: other }).status?.message).toBe(
      `Operation cannot be fulfilled on pods "a": Precondition failed: UID in precondition: u, UID in object meta: ${object.metadata.uid}`,
    );
  });

  it('writes nothing when nothing changes', () => {
    const { h, object } = make();
    const before = h.state().resourceVersion;
    expect(h.ask({ verb: 'patch', ...at, patch: { metadata: { labels: { x: '1' } } } }).object).toBe(object);
    expect(h.ask({ verb: 'update', ...at, object }).object).toBe(object);
    expect(h.request({ verb: 'patch', ...at, subresource: 'status', patch: { status: { phase: 'Pending' } } }).object).toBe(object);
    expect(h.state().resourceVersion).toBe(before);
    expect(h.notes).toHaveLength(1);
  });

  it('keeps spec in a status write and status in a spec write, and shares what did not change', () => {
    const { h, object } = make();
    const after = h.request({ verb: 'patch', ...at, subresource: 'status', patch: { spec: { nodeName: 'x' }, status: { phase: 'Running' } } })
      .object as KubeObject;
    expect(after.spec).toBe(object.spec);
    expect(after.status).toEqual({ phase: 'Running', qosClass: 'BestEffort' });
    expect(after.metadata.generation).toBe(1);
    const last = h.ask({ verb: 'patch', ...at, patch: { status: { phase: 'Failed' }, spec: { activeDeadlineSeconds: 5 } } }).object as KubeObject;
    expect(last.status).toEqual(after.status);
    expect(last.metadata.generation).toBe(2);
  });

  it('ignores what the server owns', () => {
    const { h, object } = make();
    const after = h.ask({
      verb: 'patch',
      ...at,
      patchType: 'merge',
      patch: { metadata: { creationTimestamp: '2020-01-01T00:00:00Z', generation: 9, labels: { y: '1' } } },
    }).object;
    expect(after?.metadata).toMatchObject({ creationTimestamp: object.metadata.creationTimestamp, generation: 1, labels: { x: '1', y: '1' } });
  });

  it('counts generations of a Deployment by spec alone, and scales', () => {
    const h = harness();
    const d = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'd', namespace: 'default' },
      spec: { selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'x' }] } } },
    };
    const on = { resource: 'deployments.apps', namespace: 'default', name: 'd' };
    h.ask({ verb: 'create', ...on, object: d });
    expect(h.ask({ verb: 'patch', ...on, patch: { metadata: { annotations: { a: 'b' } } } }).object?.metadata.generation).toBe(1);
    const scaled = h.ask({ verb: 'patch', ...on, subresource: 'scale', patchType: 'merge', patch: { spec: { replicas: 3 } } }).object;
    expect(scaled).toMatchObject({ kind: 'Scale', apiVersion: 'autoscaling/v1', spec: { replicas: 3 }, status: { replicas: 0, selector: 'a=b' } });
    expect(h.ask({ verb: 'get', ...on }).object).toMatchObject({ metadata: { generation: 2 }, spec: { replicas: 3 } });
  });
});

describe('apply', () => {
  it('creates, then merges', () => {
    const h = harness();
    const on = { resource: 'services', namespace: 'default', name: 's', verb: 'patch', patchType: 'apply' } as const;
    const made = h.ask({ ...on, patch: { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: { ports: [{ port: 80 }], selector: { a: 'b' } } } });
    expect([made.code, made.object?.spec.ports]).toEqual([201, [{ port: 80, protocol: 'TCP', targetPort: 80 }]]);
    const merged = h.ask({ ...on, patch: { apiVersion: 'v1', kind: 'Service', metadata: { name: 's', labels: { x: 'y' } }, spec: { selector: { c: 'd' } } } });
    expect(merged.object).toMatchObject({ metadata: { labels: { x: 'y' } }, spec: { selector: { a: 'b', c: 'd' }, ports: [{ port: 80 }] } });
  });
});

describe('watches', () => {
  it('sends what exists, SYNCED, then changes, each with its latency', () => {
    const h = harness();
    h.ask({ verb: 'create', resource: 'pods', namespace: 'default', object: pod('a') });
    h.watch({ watch: 'w', resource: 'pods' });
    h.ask({ verb: 'create', resource: 'pods', namespace: 'default', object: pod('b') });
    h.ask({ verb: 'delete', resource: 'pods', namespace: 'default', name: 'a' });
    h.run(10);
    // A pod that has no node goes at once, after the write of its deletionTimestamp.
    expect(h.events().map((e) => `${e.event} ${e.object?.metadata.name ?? ''}`)).toEqual(['ADDED a', 'SYNCED ', 'ADDED b', 'MODIFIED a', 'DELETED a']);
  });

  it('turns moves across a selector into ADDED and DELETED', () => {
    const h = harness();
    h.watch({ watch: 'w', resource: 'pods', fieldSelector: 'spec.nodeName=worker-1' });
    h.ask({ verb: 'create', resource: 'pods', namespace: 'default', object: pod('a', {}, { labels: { x: '1' } }) });
    h.watch({ watch: 'l', resource: 'pods', labelSelector: 'x=1' });
    h.request({
      verb: 'create',
      resource: 'pods',
      namespace: 'default',
      name: 'a',
      subresource: 'binding',
      object: { target: { kind: 'Node', name: 'worker-1' } },
    });
    h.ask({ verb: 'patch', resource: 'pods', namespace: 'default', name: 'a', patch: { metadata: { labels: { x: '2' } } } });
    h.run(10);
    const got = h.events().map((e) => `${e.watch} ${e.event} ${e.object?.metadata.labels?.x ?? ''}`);
    expect(got).toEqual(['w SYNCED ', 'l ADDED 1', 'l SYNCED ', 'w ADDED 1', 'l MODIFIED 1', 'w MODIFIED 2', 'l DELETED 1']);
    const versions = h
      .events()
      .slice(-2)
      .map((e) => e.object?.metadata.resourceVersion);
    expect(versions[0]).toBe(versions[1]);
  });

  it('ends on request', () => {
    const h = harness();
    h.watch({ watch: 'w', resource: 'pods' });
    h.engine.send('worker-1/kubelet', 'apiserver', { type: 'WatchStop', watch: 'w' } as never, 0, 0);
    h.run(5);
    h.ask({ verb: 'create', resource: 'pods', namespace: 'default', object: pod('a') });
    h.run(10);
    expect(h.events().map((e) => e.event)).toEqual(['SYNCED']);
  });
});

describe('subresources of pods', () => {
  it('binds once', () => {
    const h = harness();
    h.ask({ verb: 'create', resource: 'pods', namespace: 'default', object: pod('a') });
    const call = {
      verb: 'create',
      resource: 'pods',
      namespace: 'default',
      name: 'a',
      subresource: 'binding',
      object: { target: { kind: 'Node', name: 'n' } },
    } as const;
    expect(h.request(call).code).toBe(201);
    const bound = h.ask({ verb: 'get', resource: 'pods', namespace: 'default', name: 'a' }).object;
    expect(bound?.spec.nodeName).toBe('n');
    expect(bound?.metadata.generation).toBe(1);
    expect(bound?.status.conditions).toEqual([{ type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: '2026-11-20T12:00:00Z' }]);
    expect(h.request(call).status?.message).toBe('Operation cannot be fulfilled on pods/binding "a": pod a is already assigned to node "n"');
  });

  it('[recorded] refuses a resize beyond the node', () => {
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' }, status: { allocatable: { cpu: '2', memory: '1Gi' } } };
    const h = harness([account(), node]);
    const resources = { requests: { cpu: '100m' }, limits: { cpu: '100m' } };
    h.ask({ verb: 'create', resource: 'pods', namespace: 'default', object: pod('p', { nodeName: 'n', containers: [{ name: 'c', image: 'x', resources }] }) });
    const resize = (cpu: string) =>
      h.ask({
        verb: 'patch',
        resource: 'pods',
        namespace: 'default',
        name: 'p',
        subresource: 'resize',
        patch: { spec: { containers: [{ name: 'c', resources: { requests: { cpu }, limits: { cpu } } }] } },
      });
    expect(resize('200m').object).toMatchObject({
      metadata: { generation: 2 },
      spec: { containers: [{ image: 'x', resources: { requests: { cpu: '200m' } } }] },
    });
    expect(resize('100').status?.message).toBe(
      `pods "p" is forbidden: node didn't have enough allocatable resources: cpu, requested: 100000, allocatable: 2000`,
    );
  });
});

describe('generations', () => {
  it('a DaemonSet counts its template', () => {
    const h = harness();
    const on = { resource: 'daemonsets.apps', namespace: 'default', name: 'd' };
    const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'x' }] } };
    h.ask({
      verb: 'create',
      ...on,
      object: { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'd' }, spec: { selector: { matchLabels: { a: 'b' } }, template } },
    });
    const of = (patch: object) => h.ask({ verb: 'patch', ...on, patch }).object?.metadata;
    const key = 'deprecated.daemonset.template.generation';
    expect(of({ metadata: { labels: { x: 'y' } } })).toMatchObject({ generation: 1, annotations: { [key]: '1' } });
    expect(of({ spec: { minReadySeconds: 5 } })).toMatchObject({ generation: 2, annotations: { [key]: '1' } });
    expect(of({ spec: { template: { spec: { containers: [{ name: 'c', image: 'y' }] } } } })).toMatchObject({ generation: 3, annotations: { [key]: '2' } });
  });

  it('[recorded] an EndpointSlice counts every change beside its metadata', () => {
    const h = harness();
    const on = { resource: 'endpointslices.discovery.k8s.io', namespace: 'default', name: 's' };
    const object = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 's', namespace: 'default' },
      addressType: 'IPv4',
      endpoints: null,
      ports: null,
    };
    const one = h.request({ verb: 'create', ...on, object }).object as KubeObject;
    expect(one).toMatchObject({ metadata: { generation: 1 }, endpoints: null, ports: null });
    const two = h.request({ verb: 'update', ...on, object: { ...one, endpoints: [{ addresses: ['10.0.0.1'] }] } }).object as KubeObject;
    expect(two.metadata.generation).toBe(2);
    const three = h.request({ verb: 'update', ...on, object: { ...two, metadata: { ...two.metadata, annotations: { a: 'b' } } } }).object;
    expect(three?.metadata.generation).toBe(2);
  });
});

describe('events', () => {
  const event = (name: string) => ({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace: 'default' },
    involvedObject: { kind: 'Pod', name: 'a', namespace: 'default' },
    reason: 'Killing',
    source: { component: 'kubelet' },
    type: 'Normal',
  });
  it('are chosen by their fields and forgotten after an hour', () => {
    const h = harness();
    h.request({ verb: 'create', resource: 'events', namespace: 'default', object: event('one') });
    const found = (fieldSelector: string) => h.ask({ verb: 'list', resource: 'events', fieldSelector }).list?.items.length;
    expect(found('involvedObject.name=a,reason=Killing,source=kubelet,type!=Warning')).toBe(1);
    expect(found('involvedObject.name=b')).toBe(0);
    h.run(3_601_000);
    h.request({ verb: 'create', resource: 'events', namespace: 'default', object: event('two') });
    expect(h.notes.map((n) => `${n.event} ${n.object.metadata.name}`)).toEqual(['ADDED one', 'DELETED one', 'ADDED two']);
  });
});
