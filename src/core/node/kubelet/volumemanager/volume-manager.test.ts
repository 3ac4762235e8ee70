import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { KubeObject, Pod } from '../../../api/types.ts';
import { type TestWorld, testPod, testWorld } from '../testing/managers.ts';
import { mountedVolumesForPod, podAdded, podTerminated, volumesUnmounted, waitForAttachAndMount } from './volume-manager.ts';

const object = (kind: string, name: string, rest: object): KubeObject =>
  ({ apiVersion: 'v1', kind, metadata: { name, namespace: 'default', uid: `${name}-uid`, resourceVersion: '1' }, ...rest }) as never;

function addPod(world: TestWorld, pod: Pod): Pod {
  world.state.pods[pod.metadata.uid] = Object.freeze(pod);
  world.act((ctx) => podAdded(world.state, pod, ctx));
  return pod;
}
const withVolume = (name: string, volume: object, spec: object = {}, metadata: object = {}): Pod =>
  testPod(
    name,
    { volumes: [{ name: 'v', ...volume }], containers: [{ name: 'c', image: 'busybox:1.28', volumeMounts: [{ name: 'v', mountPath: '/v' }] }], ...spec },
    metadata,
  );
const read = (world: TestWorld, path: string): string | undefined => world.fs.serve({ type: 'Fs', op: 'read', path }).text;
const mode = (world: TestWorld, path: string, op: 'stat' | 'lstat' = 'stat'): string | undefined =>
  world.fs.serve({ type: 'Fs', op, path }).stat?.mode.toString(8);
const dir = (pod: Pod, plugin: string): string => `/var/lib/kubelet/pods/${pod.metadata.uid}/volumes/kubernetes.io~${plugin}/v`;

describe('waiting for volumes', () => {
  test('a pod is mounted within two passes of the loops and not at once', () => {
    const world = testWorld();
    const pod = addPod(world, withVolume('p', { emptyDir: {} }));
    expect(world.act((ctx) => waitForAttachAndMount(world.state, pod, ctx))).toEqual({ pending: true });
    world.run(205);
    expect(world.act((ctx) => waitForAttachAndMount(world.state, pod, ctx))).toBe('mounted');
    expect(mode(world, dir(pod, 'empty-dir'))).toBe('777');
  });

  test('nothing is sent while there is nothing to do', () => {
    const world = testWorld();
    addPod(world, withVolume('p', { emptyDir: {} }));
    world.run(1000);
    const handled = world.engine.state.handled;
    world.run(600_000);
    expect(world.engine.state.handled).toBe(handled);
  });

  test('[storage 27] a broken volume that no container mounts does not hinder', () => {
    const world = testWorld();
    const pod = addPod(world, testPod('p', { volumes: [{ name: 'v', configMap: { name: 'absent' } }] }));
    expect(world.act((ctx) => waitForAttachAndMount(world.state, pod, ctx))).toBe('mounted');
    world.run(5000);
    expect(world.events).toEqual([]);
  });
});

describe('[storage 20] a missing configMap', () => {
  const recorded = JSON.parse(readFileSync('fixtures/recordings/pod-lifecycle/configmap-volume-missing.json', 'utf8'));

  test('is told with the recorded words at the recorded distances and found at the next try', () => {
    const world = testWorld();
    const pod = addPod(world, withVolume('p', { configMap: { name: 'cm' } }));
    world.run(20_000);
    world.put('configmaps', object('ConfigMap', 'cm', { data: { a: '1' } }));
    world.run(31_000);
    expect(volumeState(world, pod)).toEqual({ pending: true });
    world.run(33_000);
    expect(volumeState(world, pod)).toBe('mounted');
    const told = recorded.watch
      .filter((w: { object: { kind: string; reason?: string } }) => w.object.kind === 'Event' && w.object.reason === 'FailedMount')
      .map((w: { atMs: number; object: { message: string } }) => ({ atMs: w.atMs, message: w.object.message }));
    const mine = world.events.map((e) => e.atMs);
    const first = world.events[0];
    expect(first?.message.replace(/"v"/, '""')).toBe(told[0].message.replace(/volume "[^"]*"/, 'volume ""').replace(/configmap "[^"]*"/, 'configmap "cm"'));
    expect(first?.message).toContain('" : configmap "cm" not found');
    // From one try to the next, as recorded.
    for (let i = 1; i < Math.min(told.length, mine.length); i += 1)
      expect(Math.abs((mine[i] as number) - (mine[i - 1] as number) - (told[i].atMs - told[i - 1].atMs))).toBeLessThanOrEqual(130);
    expect(mine.length).toBeGreaterThanOrEqual(6);
  });
});

test('tries go on also in the past before 0 s', () => {
  const world = testWorld({ startMs: -60_000 });
  addPod(world, withVolume('p', { configMap: { name: 'cm' } }));
  world.run(-40_000);
  expect(world.events.length).toBeGreaterThanOrEqual(6);
});

const volumeState = (world: TestWorld, pod: Pod): unknown => world.act((ctx) => waitForAttachAndMount(world.state, pod, ctx));

describe('configMap volumes', () => {
  test('[storage 21] files change by one swap of ..data at the next sync, and never before', () => {
    const world = testWorld();
    world.put('configmaps', object('ConfigMap', 'm', { data: { k: 'one', j: 'x' } }));
    const pod = addPod(world, withVolume('p', { configMap: { name: 'm', defaultMode: 0o444 } }));
    world.run(400);
    const at = dir(pod, 'configmap');
    expect(world.fs.serve({ type: 'Fs', op: 'list', path: at }).names?.slice(1)).toEqual(['..data', 'j', 'k']);
    expect(read(world, `${at}/k`)).toBe('one');
    expect([mode(world, at), mode(world, `${at}/k`), mode(world, `${at}/k`, 'lstat')]).toEqual(['777', '444', '777']);
    const before = world.fs.serve({ type: 'Fs', op: 'lstat', path: `${at}/..data` }).stat?.target as string;
    expect(before).toMatch(/^\.\.2026_11_20_\d\d_\d\d_\d\d\.\d{1,10}$/);
    world.put('configmaps', {
      ...object('ConfigMap', 'm', { data: { k: 'two' } }),
      metadata: { name: 'm', namespace: 'default', uid: 'm-uid', resourceVersion: '2' },
    } as never);
    world.run(5000);
    expect(read(world, `${at}/k`)).toBe('one');
    world.act((ctx) => podAdded(world.state, pod, ctx));
    world.run(5300);
    expect(read(world, `${at}/k`)).toBe('two');
    expect(world.fs.serve({ type: 'Fs', op: 'list', path: at }).names?.slice(1)).toEqual(['..data', 'k']);
    expect(world.fs.entries[`${at}/${before}`]).toBeUndefined();
  });

  test.each([
    ['configMap', { configMap: { name: 'm', items: [{ key: 'no', path: 'x' }] } }, 'configmap references non-existent config key: no'],
    ['secret', { secret: { secretName: 's', items: [{ key: 'no', path: 'x' }] } }, 'references non-existent secret key: no'],
    ['secret', { secret: { secretName: 'absent' } }, 'secret "absent" not found'],
    ['projected', { projected: { sources: [{ configMap: { name: 'q' } }, { secret: { name: 'r' } }] } }, '[configmap "q" not found, secret "r" not found]'],
    [
      'csi',
      { csi: { driver: 'd.example' } },
      'kubernetes.io/csi: mounter.SetUpAt failed to get CSI client: driver name d.example not found in the list of registered CSI drivers',
    ],
    ['nfs', { nfs: { server: 'x', path: '/' } }, 'nfs: not simulated'],
  ])('%s: %j', (_kind, volume, words) => {
    const world = testWorld();
    world.put('configmaps', object('ConfigMap', 'm', { data: { k: '1' } }));
    world.put('secrets', object('Secret', 's', { data: { k: 'MQ==' } }));
    addPod(world, withVolume('p', volume));
    world.run(400);
    expect(world.events[0]).toMatchObject({ type: 'Warning', reason: 'FailedMount', message: `MountVolume.SetUp failed for volume "v" : ${words}` });
  });

  test('optional references, items with modes, and secrets in clear', () => {
    const world = testWorld();
    world.put('secrets', object('Secret', 's', { data: { password: 'w7xiZXI=' } }));
    const pod = addPod(
      world,
      withVolume('p', {
        projected: {
          defaultMode: 0o440,
          sources: [{ configMap: { name: 'none', optional: true } }, { secret: { name: 's', items: [{ key: 'password', path: 'deep/er', mode: 0o400 }] } }],
        },
      }),
    );
    world.run(400);
    const at = dir(pod, 'projected');
    expect([read(world, `${at}/deep/er`), mode(world, `${at}/deep/er`), mode(world, at)]).toEqual(['über', '400', '1777']);
  });
});

describe('tokens and the downward API', () => {
  test('a projected volume as recorded: token with its audience, labels without newline, modes', () => {
    const world = testWorld();
    const sources = [
      { serviceAccountToken: { path: 'vault-token', audience: 'vault', expirationSeconds: 7200 } },
      { downwardAPI: { items: [{ path: 'meta/labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
    ];
    const pod = addPod(world, withVolume('p', { projected: { defaultMode: 288, sources } }, {}, { labels: { b: '2', a: '1' } }));
    world.run(400);
    const at = dir(pod, 'projected');
    expect(read(world, `${at}/meta/labels`)).toBe('a="1"\nb="2"');
    const token = read(world, `${at}/vault-token`) as string;
    expect(JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString()).aud).toEqual(['vault']);
    expect([mode(world, `${at}/..data/vault-token`), mode(world, `${at}/..data/meta/labels`)]).toEqual(['440', '440']);
    expect(world.requests.map((r) => r.body.subresource)).toEqual(['token']);
  });

  test('a token is fetched again once 80 % of its life are over', () => {
    const world = testWorld();
    const pod = addPod(world, withVolume('p', { projected: { sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 3600 } }] } }));
    for (const [at, count] of [
      [400, 1],
      [2_800_000, 1],
      [2_900_000, 2],
    ] as const) {
      world.run(at);
      world.act((ctx) => podAdded(world.state, pod, ctx));
      world.run(at + 400);
      expect(world.requests.length).toBe(count);
    }
  });
});

describe('hostPath', () => {
  test.each([
    ['[storage 22] Directory, absent', 'Directory', '/srv/none', 'hostPath type check failed: /srv/none is not a directory'],
    ['File, a directory', 'File', '/etc', 'hostPath type check failed: /etc is not a file'],
    ['Socket, a file', 'Socket', '/etc/hostname', 'hostPath type check failed: /etc/hostname is not a socket file'],
    ['DirectoryOrCreate', 'DirectoryOrCreate', '/srv/new/deep', undefined],
    ['FileOrCreate', 'FileOrCreate', '/etc/f', undefined],
    ['FileOrCreate without parent', 'FileOrCreate', '/no/f', 'open /no/f: no such file or directory'],
    ['no type, absent', '', '/srv/whatever', undefined],
  ])('%s', (_case, type, path, words) => {
    const world = testWorld();
    world.fs.serve({ type: 'Fs', op: 'mkdir', path: '/etc' });
    world.fs.serve({ type: 'Fs', op: 'write', path: '/etc/hostname', text: 'x' });
    const pod = addPod(world, withVolume('p', { hostPath: { path, type } }));
    world.run(400);
    expect(world.events[0]?.message).toBe(words && `MountVolume.SetUp failed for volume "v" : ${words}`);
    expect(volumeState(world, pod) === 'mounted').toBe(words === undefined);
  });
});

describe('claims', () => {
  const claim = (phase: string, volumeName?: string): KubeObject => object('PersistentVolumeClaim', 'c', { spec: { volumeName }, status: { phase } });

  test('a bound hostPath volume is mounted from the host', () => {
    const world = testWorld();
    world.put('persistentvolumeclaims', claim('Bound', 'st'));
    world.put('persistentvolumes', {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'st' },
      spec: { hostPath: { path: '/srv/pv-st' } },
    } as never);
    const pod = addPod(world, withVolume('p', { persistentVolumeClaim: { claimName: 'c' } }));
    world.run(400);
    expect(mountedVolumesForPod(world.state, pod.metadata.uid).v?.path).toBe('/srv/pv-st');
  });

  test.each([
    ['unbound', claim('Pending'), 'error processing PVC default/c: PVC is not bound'],
    ['absent', undefined, 'error processing PVC default/c: failed to fetch PVC from API server: persistentvolumeclaims "c" not found'],
  ])('%s: the sync fails with the words of the populator', (_case, present, words) => {
    const world = testWorld();
    if (present) world.put('persistentvolumeclaims', present);
    const pod = addPod(world, withVolume('p', { persistentVolumeClaim: { claimName: 'c' } }));
    world.run(300);
    expect(volumeState(world, pod)).toEqual({
      error: {
        reason: 'FailedMount',
        message: `Unable to attach or mount volumes: unmounted volumes=[v], unattached volumes=[], failed to process volumes=[v]: ${words}`,
      },
    });
  });
});

test('fsGroup owns volumes and may write the writable ones', () => {
  const world = testWorld();
  const pod = addPod(world, withVolume('p', { emptyDir: {} }, { securityContext: { fsGroup: 2000 } }));
  world.run(400);
  const stat = world.fs.serve({ type: 'Fs', op: 'stat', path: dir(pod, 'empty-dir') }).stat;
  expect([stat?.gid, stat?.mode.toString(8)]).toEqual([2000, '2777']);
});

test('[storage 25] volumes go when the containers have stopped', () => {
  const world = testWorld();
  const pod = addPod(world, withVolume('p', { emptyDir: {} }));
  world.run(400);
  world.fs.serve({ type: 'Fs', op: 'write', path: `${dir(pod, 'empty-dir')}/f`, text: 'x' });
  world.act((ctx) => podTerminated(world.state, pod, ctx));
  expect(volumesUnmounted(world.state, pod.metadata.uid)).toBe(false);
  world.run(700);
  expect(volumesUnmounted(world.state, pod.metadata.uid)).toBe(true);
  expect(world.fs.entries[`${dir(pod, 'empty-dir')}/f`]).toBeUndefined();
  expect([world.state.volumes.desired, world.state.volumes.objects.pods]).toEqual([{}, {}]);
});
