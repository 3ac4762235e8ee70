import { afterEach, describe, expect, test } from 'vitest';
import type { KubectlDone, KubectlRun, ManifestFile } from '../contracts/kubectl.ts';
import { strictSharing } from '../engine/share.ts';
import type { Body, Room } from '../engine/types.ts';
import { controlPlane, testNode } from '../testing/control-plane.ts';
import { kubectlRoom } from './kubectl.ts';

afterEach(() => strictSharing(false));

/** Sends commands, keeps how they ended. */
const asker: Room<{ done: Record<string, KubectlDone & { atMs: number }> }> = {
  initial: () => ({ done: {} }),
  handle(state, message, ctx) {
    if (message.body.type === 'KubectlDone') state.done[(message.body as KubectlDone).id] = { ...(message.body as KubectlDone), atMs: ctx.nowMs };
  },
};

function world() {
  const plane = controlPlane({ kubectl: { room: kubectlRoom }, asker: { room: asker } }, [testNode('n1')], { startMs: 1000, stopMs: 700 });
  let next = 0;
  const begin = (argv: string[], files: Record<string, ManifestFile> = {}): (() => (KubectlDone & { atMs: number }) | undefined) => {
    next += 1;
    const run: KubectlRun = { type: 'KubectlRun', id: `c${next}`, argv, files, namespace: 'default' };
    plane.engine.send('asker', 'kubectl', run, 0, 0);
    plane.run(0);
    const id = run.id;
    return () => (plane.engine.state.rooms.asker as { done: Record<string, KubectlDone & { atMs: number }> }).done[id];
  };
  const kubectl = (...argv: string[]): string => {
    const done = begin(argv)();
    return done ? `${done.rc} ${done.out}${done.err}` : 'waits';
  };
  const apply = (...objects: unknown[]): string => {
    const ended = begin(['apply', '-f', '-'], { '-': { documents: objects.map((object, line) => ({ object, line })) } });
    // Several objects take a moment each.
    if (!ended()) plane.run(500);
    const done = ended();
    return done ? `${done.rc} ${done.out}${done.err}` : 'waits';
  };
  const open = (): number => Object.keys((plane.engine.state.rooms.kubectl as { open: object }).open).length;
  return { plane, begin, kubectl, apply, open };
}

const pod = (name: string, more: object = {}): unknown => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: { nodeName: 'n1', terminationGracePeriodSeconds: 1, containers: [{ name: 'c', image: 'busybox:1.28' }], ...more },
});

describe('apply', () => {
  test('created, unchanged, configured, and what fails beside what does not', () => {
    const { apply, kubectl } = world();
    const map = (data: object): unknown => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm' }, data });
    expect(apply(map({ a: '1', b: '2' }))).toBe('0 configmap/m created\n');
    expect(apply(map({ a: '1', b: '2' }))).toBe('0 configmap/m unchanged\n');
    expect(apply(map({ a: '3' }))).toBe('0 configmap/m configured\n');
    expect(kubectl('get', 'cm', 'm', '-o', 'jsonpath={.data}')).toBe('0 {"a":"3"}');
    expect(apply({ apiVersion: 'v1', kind: 'List', items: [map({ a: '3' }), { apiVersion: 'v1', kind: 'Pood', metadata: { name: 'p' } }, pod('good')] })).toBe(
      '1 configmap/m unchanged\npod/good created\nerror: resource mapping not found for name: "p" namespace: "" from "STDIN": no matches for kind "Pood" in version "v1"\nensure CRDs are installed first\n',
    );
  });

  test('what was made otherwise is told of', () => {
    const { apply, kubectl } = world();
    kubectl('create', 'cm', 'm', '--from-literal=a=1');
    expect(apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm' }, data: { a: '1' } })).toContain(
      'Warning: resource configmaps/m is missing the kubectl.kubernetes.io/last-applied-configuration annotation',
    );
  });

  test('a dry run asked from outside changes nothing', () => {
    const { plane } = world();
    const ask = (object: unknown): { applied: { code: number; status?: { message?: string } } } =>
      plane.engine.query('kubectl', { type: 'DryRunApply', object } as Body) as never;
    expect(ask(pod('p')).applied.code).toBe(201);
    expect(ask(pod('p', { restartPolicy: 'Maybe' })).applied.status?.message).toContain('spec.restartPolicy: Unsupported value: "Maybe"');
    expect(ask({ apiVersion: 'v1', kind: 'Pood', metadata: { name: 'p' } }).applied.code).toBe(404);
    expect(ask([]).applied.code).toBe(400);
    expect(plane.list('pods')).toEqual([]);
  });
});

describe('what takes time', () => {
  test('delete waits until the object is gone', () => {
    const { plane, begin, apply, open } = world();
    apply(pod('p'));
    plane.run(3000);
    const from = plane.engine.state.nowMs;
    const done = begin(['delete', 'pod', 'p']);
    expect(done()).toBeUndefined();
    plane.run(5000);
    expect(done()).toMatchObject({ rc: 0, out: 'pod "p" deleted from default namespace\n', err: '' });
    expect((done()?.atMs ?? 0) - from).toBeGreaterThanOrEqual(700);
    expect(open()).toBe(0);
  });

  test('wait for a condition, and its end without', () => {
    const { plane, begin, apply, kubectl } = world();
    apply(pod('p'));
    const ready = begin(['wait', '--for=condition=Ready', 'pod/p', '--timeout=10s']);
    const never = begin(['wait', '--for=delete', 'pod/p', '--timeout=3s']);
    expect(ready()).toBeUndefined();
    plane.run(5000);
    expect(ready()).toMatchObject({ rc: 0, out: 'pod/p condition met\n' });
    expect(never()).toMatchObject({ rc: 1, err: 'error: timed out waiting for the condition on pods/p\n' });
    expect(kubectl('wait', '--for=jsonpath={.status.phase}=Running', 'pod/p')).toBe('0 pod/p condition met\n');
    expect(kubectl('wait', '--for=condition=Ready', 'pod/nope')).toBe('1 Error from server (NotFound): pods "nope" not found\n');
  });

  test('get -w shows each change until it is stopped', () => {
    const { plane, begin, apply, open } = world();
    const done = begin(['get', 'pods', '-w']);
    apply(pod('p'));
    plane.run(3000);
    expect(done()).toBeUndefined();
    plane.engine.send('asker', 'kubectl', { type: 'KubectlStop', id: 'c1' } as Body, 0, 0);
    plane.run(10);
    expect(done()?.rc).toBe(130);
    expect(done()?.out).toMatch(/^NAME +READY +STATUS +RESTARTS +AGE\np +0\/1 +Pending +0 +0s\np +1\/1 +Running +0 +\ds\n$/);
    expect(open()).toBe(0);
    plane.run(1000);
  });

  test('a checkpoint of a waiting command goes on as the original', () => {
    const { plane, begin, apply } = world();
    apply(pod('p'));
    const done = begin(['wait', '--for=condition=Ready', 'pod/p']);
    plane.engine.state = JSON.parse(JSON.stringify(plane.engine.state));
    plane.run(5000);
    expect(done()?.out).toBe('pod/p condition met\n');
  });

  test('drain evicts, and says why it does not', () => {
    const { plane, begin, apply, kubectl } = world();
    apply(pod('bare'), pod('scratch', { volumes: [{ name: 'v', emptyDir: {} }] }));
    plane.run(3000);
    const refused = kubectl('drain', 'n1');
    expect(refused).toContain('0 node/n1 cordoned\n'.slice(2));
    expect(refused).toContain('error: unable to drain node "n1" due to error: [');
    expect(refused).toContain('There are pending nodes to be drained:\n n1\n');
    const done = begin(['drain', 'n1', '--force', '--delete-emptydir-data']);
    plane.run(8000);
    expect(done()).toMatchObject({
      rc: 0,
      out: 'node/n1 already cordoned\nevicting pod default/bare\nevicting pod default/scratch\npod/bare evicted\npod/scratch evicted\nnode/n1 drained\n',
      err: 'Warning: deleting Pods that declare no controller: default/bare, default/scratch\n',
    });
  });
});
