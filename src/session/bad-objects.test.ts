/** Objects that are valid and still a burden: too many, too large, in circles. The cluster stays alive and says what bounds it. */
import { describe, expect, test } from 'vitest';
import { View, World } from '../core/index.ts';
import { Cluster, configMap, pod, service } from './testing/cluster.ts';
import { loadManifest } from './yaml/manifest.ts';

const yaml = (object: unknown): string => JSON.stringify(object);
const list = (items: unknown[]): string => yaml({ apiVersion: 'v1', kind: 'List', items });

describe('row 19: large objects', () => {
  test('row 19: 1 000 containers are made one after the other', () => {
    const cluster = new Cluster();
    const containers = Array.from({ length: 1000 }, (_, i) => ({ name: `c${i}`, image: 'busybox:1.36', command: ['sleep', 'inf'] }));
    expect(cluster.apply(yaml(pod('many', {}, { containers }))).out).toBe('pod/many created\n');
    expect(cluster.busy(20_000)).toBeLessThan(60_000);
    expect(cluster.kubectl('get pod many').out).toContain('0/1000');
  });
  test('row 19: 10 000 variables reach the container; kubectl apply cannot note so many', () => {
    const cluster = new Cluster();
    const env = Array.from({ length: 10_000 }, (_, i) => ({ name: `V${i}`, value: `value-${i}` }));
    expect(cluster.apply(yaml(pod('env', { env }))).err).toBe('The Pod "env" is invalid: metadata.annotations: Too long: may not be more than 262144 bytes\n');
    expect(cluster.file(['create'], yaml(pod('env', { env }))).rc).toBe(0);
    cluster.run(5000);
    expect(cluster.kubectl('exec env -- sh -c "echo"', 2000).rc).toBe(0);
    expect(cluster.kubectl('exec env -- printenv V9999', 2000).out).toBe('value-9999\n');
  });
  test('row 19: variables that double one another: containerd’s limit of a message ends them', () => {
    const cluster = new Cluster();
    const env = Array.from({ length: 60 }, (_, i) => ({ name: `V${i}`, value: i === 0 ? 'xxxxxxxx' : `$(V${i - 1})$(V${i - 1})` }));
    cluster.file(['create'], yaml(pod('bomb', { env })), 5000);
    expect(cluster.kubectl('get pod bomb').out).toContain('CreateContainerError');
    expect(cluster.field('pod bomb', '.status.containerStatuses[0].state.waiting.message')).toMatch(
      /^rpc error: code = ResourceExhausted desc = grpc: received message larger than max \(\d+ vs\. 16777216\)$/,
    );
    const args = Array.from({ length: 200 }, () => '$(V14)');
    cluster.file(['create'], yaml(pod('words', { env: env.slice(0, 15), args })), 5000);
    expect(cluster.kubectl('get pod words').out).toContain('CreateContainerError');
  });
  test.each([
    [262_143, true],
    [262_144, false],
    [1_048_576, false],
  ])('row 19: an annotation of %i bytes and its key of one', (bytes, fits) => {
    const cluster = new Cluster();
    const { err, out } = cluster.file(['create'], yaml(configMap('a', { annotations: { a: 'x'.repeat(bytes) } })));
    if (fits) expect(out).toBe('configmap/a created\n');
    else {
      expect(err).toBe('The ConfigMap "a" is invalid: metadata.annotations: Too long: may not be more than 262144 bytes\n');
      expect(cluster.stored).toEqual([]);
    }
  });
  test('row 19: a ConfigMap holds 1 048 576 bytes and no more', () => {
    const cluster = new Cluster();
    const of = (bytes: number): string => yaml({ ...configMap('a'), data: { a: 'x'.repeat(bytes) } });
    expect(cluster.file(['create'], of(1_048_577)).err).toContain('Too long: may not be more than 1048576 bytes');
    expect(cluster.file(['create'], of(1_048_576)).out).toBe('configmap/a created\n');
  });
});

describe('row 21: owners and finalizers', () => {
  const own = (cluster: Cluster, name: string, owner: string): void => {
    const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: owner, uid: cluster.field(`configmap ${owner}`, '.metadata.uid'), blockOwnerDeletion: true };
    const { rc } = cluster.kubectl(`patch configmap ${name} -p ${JSON.stringify({ metadata: { ownerReferences: [reference] } })}`);
    expect(rc).toBe(0);
  };
  test('row 21: an object that owns itself stays, and nothing loops', () => {
    const cluster = new Cluster();
    cluster.apply(yaml(configMap('self')));
    own(cluster, 'self', 'self');
    const quiet = new Cluster().run(1000).busy(120_000);
    expect(cluster.busy(120_000)).toBeLessThan(quiet + 50);
    expect(cluster.kubectl('get configmap self').rc).toBe(0);
    // It waits for its dependents, and it is one: upstream's too stays so.
    cluster.kubectl('delete configmap self --cascade=foreground --wait=false');
    expect(cluster.busy(120_000)).toBeLessThan(quiet + 200);
    expect(cluster.field('configmap self', '.metadata.finalizers')).toBe('["foregroundDeletion"]');
  });
  test.each(['background', 'foreground'])('row 21: a circle of owners, deleted in the %s: nothing loops, all go', (cascade) => {
    const cluster = new Cluster();
    cluster.apply(list(['a', 'b', 'c'].map((name) => configMap(name))), 2000);
    for (const [name, owner] of ['ab', 'bc', 'ca']) own(cluster, name as string, owner as string);
    const quiet = new Cluster().run(1000).busy(120_000);
    expect(cluster.busy(120_000)).toBeLessThan(quiet + 50);
    cluster.kubectl(`delete configmap a --cascade=${cascade} --wait=false`);
    cluster.run(10_000);
    expect(cluster.kubectl('get configmaps -o name').out).toBe('configmap/kube-root-ca.crt\n');
  });
  test('row 21: an owner that does not exist: the dependent goes', () => {
    const cluster = new Cluster();
    cluster.apply(yaml(configMap('orphan', { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'orphan', uid: 'not-mine' }] })));
    cluster.run(5000);
    expect(cluster.kubectl('get configmap orphan').err).toContain('not found');
  });
  test('row 21: a finalizer that nobody removes: Terminating for ever, kubectl’s wait ends', () => {
    const cluster = new Cluster();
    cluster.apply(yaml({ ...pod('held'), metadata: { name: 'held', finalizers: ['example.com/never'] } }), 5000);
    const { rc, err } = cluster.kubectl('delete pod held --timeout=40s', 60_000);
    expect([rc, err]).toEqual([1, 'error: timed out waiting for the condition on pods/held\n']);
    const quiet = new Cluster().run(1000).busy(600_000);
    expect(cluster.busy(600_000)).toBeLessThan(quiet * 1.2 + 100);
    // Its phase has ended, so its deletion is no longer its status.
    expect(cluster.field('pod held', '.metadata.deletionTimestamp')).toMatch(/^2026-/);
    expect(cluster.kubectl('get pod held --no-headers').out).toMatch(/ 0\/1 +Error +/);
    cluster.kubectl('patch pod held -p {"metadata":{"finalizers":null}}');
    expect(cluster.kubectl('get pod held').err).toContain('not found');
  });
});

describe('row 22: Services', () => {
  const nodePort = (name: string, port: number) => service(name, { type: 'NodePort', ports: [{ port: 80, nodePort: port }] });
  test('row 22: clashes and places outside', () => {
    const cluster = new Cluster();
    const refusal = (object: unknown): string => cluster.apply(yaml(object)).err.replace(/^The Service "[^"]+" is invalid: /, '');
    expect(refusal(nodePort('one', 30_080))).toBe('');
    expect(refusal(nodePort('two', 30_080))).toBe('spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated\n');
    expect(refusal(nodePort('low', 80))).toContain('The range of valid ports is 30000-32767');
    expect(refusal(service('outside', { clusterIP: '10.0.0.1', ports: [{ port: 80 }] }))).toContain(
      'the provided IP (10.0.0.1) is not in the valid range. The range of valid IPs is 10.96.0.0/16',
    );
    expect(refusal(service('taken', { clusterIP: '10.96.0.1', ports: [{ port: 80 }] }))).toContain(
      'failed to allocate IP 10.96.0.1: provided IP is already allocated',
    );
    expect(cluster.kubectl('get services -o name').out).toBe('service/kubernetes\nservice/one\n');
  });
  test('row 22: node ports run out: the last one says so, the others stand', () => {
    const cluster = new Cluster();
    const ports = (n: number) => Array.from({ length: n }, (_, i) => ({ name: `p${i}`, port: i + 1 }));
    const { rc, err } = cluster.file(['create'], list(Array.from({ length: 29 }, (_, i) => service(`s${i}`, { type: 'NodePort', ports: ports(100) }))), 5000);
    expect([rc, err]).toEqual([
      1,
      expect.stringMatching(
        /^(Error from server \(InternalError\): error when creating "manifest.yaml": Internal error occurred: failed to allocate a nodePort: range is full\n?)+$/,
      ),
    ]);
    expect(cluster.kubectl('get services -o name').out.match(/service\/s/g)).toHaveLength(27);
    expect(cluster.file(['create'], yaml(service('small', { type: 'NodePort', ports: ports(20) }))).rc).toBe(0);
  });
  test.each([
    ['iptables', 20_000],
    ['ipvs', 2000],
    ['nftables', 2000],
  ] as const)('row 22: with %s %i Services: a few messages each, and records for the page', (proxyMode, count) => {
    const each = count / 8;
    const files = Object.fromEntries(
      Array.from({ length: 8 }, (_, f) => {
        const items = Array.from({ length: each }, (_, i) => service(`s${f * each + i}`, { ports: [{ port: 80 }], selector: { app: 'a' } }));
        return [`${f}.yaml`, loadManifest(`${f}.yaml`, list(items))];
      }),
    );
    const world = new World({ workers: 1, dns: false, proxyMode }, { rewinds: false });
    const view = new View(world);
    view.diff(true);
    const before = world.engine.state.handled;
    const { id } = world.command({ type: 'kubectl', argv: ['create', ...Object.keys(files).flatMap((name) => ['-f', name])], namespace: 'default', files });
    world.advance(world.nowMs + 20_000);
    expect(world.results[id]).toMatchObject({ rc: 0, err: '' });
    expect(world.engine.state.handled - before).toBeLessThan(count * 12);
    expect(view.diff(false).changed.length).toBeGreaterThan(0);
    // And the cluster goes on.
    const after = world.command({ type: 'kubectl', argv: ['get', 'service', `s${count - 1}`, '-o', 'name'], namespace: 'default', files: {} });
    world.advance(world.nowMs + 1000);
    expect(world.results[after.id]?.out).toBe(`service/s${count - 1}\n`);
  });
});
