import { expect, test } from 'vitest';
import type { Pod } from '../../../api/types.ts';
import { type TestWorld, testPod, testWorld } from '../testing/managers.ts';
import { podAdded } from '../volumemanager/volume-manager.ts';
import { admitUnderPressure, handleEvictionMessage, startEviction } from './eviction-manager.ts';
import { bytesText, parseThresholds, rank, thresholdBytes } from './helpers.ts';

const gib = 1024 ** 3;
const mib = 1024 ** 2;

/** `memory`: cgroup → bytes in use. The disk is `used` bytes of 100 GiB. */
function world(options: { memory?: Record<string, number>; used?: () => number; images?: { id: string; size: number }[] } = {}): TestWorld {
  const w = testWorld({
    cri: (request) => {
      if (request.rpc === 'ImageFsInfo') {
        const used = options.used?.() ?? 0;
        return { response: { usedBytes: used, capacityBytes: 100 * gib, availableBytes: 100 * gib - used, mountpoint: '/' } };
      }
      if (request.rpc === 'ListImages')
        return { response: { images: (options.images ?? []).map((i) => ({ ...i, repoTags: [], repoDigests: [], pinned: false })) } };
      return { response: { containers: [], items: [] } };
    },
    handle: (state, message, ctx) => handleEvictionMessage(state, message, ctx),
  });
  w.memory = options.memory ?? {};
  w.act((ctx) => startEviction(w.state, ctx));
  return w;
}

function add(w: TestWorld, pod: Pod): Pod {
  w.state.pods[pod.metadata.uid] = pod;
  w.state.workers[pod.metadata.uid] = { uid: pod.metadata.uid, pod, phase: 'sync', working: true, pending: false, graceSeconds: 0, kills: {} } as never;
  w.act((ctx) => podAdded(w.state, pod, ctx));
  return pod;
}
const withLimits = (name: string, spec: object): Pod => testPod(name, spec);

test('[storage 23] an emptyDir above its sizeLimit ends the pod at the pass after the next measurement', () => {
  const w = world();
  const pod = add(
    w,
    withLimits('p', {
      containers: [{ name: 'c', image: 'x', volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
      volumes: [{ name: 'v', emptyDir: { sizeLimit: '1Mi' } }],
    }),
  );
  w.run(500);
  w.fs.serve({ type: 'Fs', op: 'write', path: `/var/lib/kubelet/pods/${pod.metadata.uid}/volumes/kubernetes.io~empty-dir/v/f`, text: 'x'.repeat(2 * mib) });
  w.run(80_000);
  expect(w.events).toHaveLength(1);
  expect(w.events[0]).toMatchObject({ type: 'Warning', reason: 'Evicted', message: 'Usage of EmptyDir volume "v" exceeds the limit "1Mi". ' });
  expect(w.state.workers[pod.metadata.uid]).toMatchObject({ phase: 'terminating', graceSeconds: 1, override: { reason: 'Evicted' } });
});

test('the sum of the limits, in the recorded words', () => {
  const w = world();
  const pod = add(
    w,
    withLimits('p', {
      containers: [{ name: 'c', image: 'x', resources: { limits: { 'ephemeral-storage': '10Mi' } }, volumeMounts: [{ name: 'd', mountPath: '/d' }] }],
      volumes: [{ name: 'd', emptyDir: {} }],
    }),
  );
  w.run(500);
  w.fs.serve({ type: 'Fs', op: 'write', path: `/var/lib/kubelet/pods/${pod.metadata.uid}/volumes/kubernetes.io~empty-dir/d/x`, text: 'x'.repeat(30 * mib) });
  w.run(80_000);
  expect(w.events.map((e) => e.message)).toEqual(['Pod ephemeral local storage usage exceeds the total limit of containers 10Mi. ']);
});

test('[storage 24] memory-backed volumes are not measured', () => {
  const w = world();
  const pod = add(
    w,
    withLimits('p', {
      containers: [{ name: 'c', image: 'x', volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
      volumes: [{ name: 'v', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } }],
    }),
  );
  w.run(500);
  w.fs.serve({ type: 'Fs', op: 'write', path: `/var/lib/kubelet/pods/${pod.metadata.uid}/volumes/kubernetes.io~empty-dir/v/f`, text: 'x'.repeat(2 * mib) });
  w.run(130_000);
  expect(w.events).toEqual([]);
});

test('[storage 26] a container above its own limit', () => {
  const w = world();
  const pod = add(
    w,
    withLimits('p', {
      containers: [
        { name: 'c', image: 'x', resources: { limits: { 'ephemeral-storage': '1Mi' } } },
        { name: 'd', image: 'x', resources: { limits: { 'ephemeral-storage': '9Mi' } } },
      ],
    }),
  );
  w.fs.serve({ type: 'Fs', op: 'mkdir', path: `/var/log/pods/default_p_${pod.metadata.uid}/c`, parents: true });
  w.fs.serve({ type: 'Fs', op: 'write', path: `/var/log/pods/default_p_${pod.metadata.uid}/c/0.log`, text: 'x'.repeat(2 * mib) });
  w.run(80_000);
  expect(w.events.map((e) => e.message)).toEqual(['Container c exceeded its local ephemeral storage limit "1Mi". ']);
});

const slice = (name: string, qos: string): string => `/kubepods.slice/kubepods-${qos}.slice/kubepods-${qos}-pod${name}_uid.slice`;

test('[node 21] memory pressure takes the pod above its request; the other stays', () => {
  const memory = { '/': 8 * gib - 85 * mib, [slice('a', 'besteffort')]: 300 * mib, [slice('b', 'burstable')]: 900 * mib };
  const w = world({ memory });
  add(w, withLimits('a', {}));
  add(w, withLimits('b', { containers: [{ name: 'app', image: 'x', resources: { requests: { memory: '1Gi' } } }] }));
  w.run(12_000);
  expect(w.events.slice(0, 2).map((e) => [e.reason, e.message])).toEqual([
    ['EvictionThresholdMet', 'Attempting to reclaim memory'],
    ['Evicted', 'The node was low on resource: memory. Threshold quantity: 100Mi, available: 85Mi. '],
  ]);
  expect(w.state.workers['a-uid']).toMatchObject({ phase: 'terminating' });
  expect(w.state.workers['b-uid']).toMatchObject({ phase: 'sync' });
  expect(Object.keys(w.state.eviction.conditions)).toEqual(['MemoryPressure']);
});

test('[node 22] of two above their requests the lower priority goes first, whatever the sizes', () => {
  const w = world({ memory: { [slice('a', 'besteffort')]: 100 * mib, [slice('b', 'besteffort')]: 900 * mib } });
  const [a, b] = [add(w, withLimits('a', {})), add(w, withLimits('b', { priority: 1000 }))];
  expect(w.act((ctx) => rank(w.state, [b, a], 'memory', ctx)).map((p) => p.metadata.name)).toEqual(['a', 'b']);
});

test('[node 24] the condition stays 5 min after the pressure', () => {
  const memory: Record<string, number> = { '/': 8 * gib - 85 * mib };
  const w = world({ memory });
  w.run(25_000);
  memory['/'] = gib;
  w.run(310_000);
  expect(Object.keys(w.state.eviction.conditions)).toEqual(['MemoryPressure']);
  w.run(340_000);
  expect(w.state.eviction.conditions).toEqual({});
});

test('[node 26] unused images are enough: no pod goes, DiskPressure stays', () => {
  let used = 86 * gib;
  const w = world({ used: () => used, images: [{ id: 'old', size: 10 * gib }] });
  w.state.images.records.old = { firstDetectedMs: -600_000, lastUsedMs: -600_000, size: 10 * gib, pinned: false };
  add(w, withLimits('a', {}));
  w.run(11_000);
  used = 76 * gib;
  w.run(60_000);
  expect(w.events.map((e) => e.reason)).toEqual(['EvictionThresholdMet']);
  expect(Object.keys(w.state.eviction.conditions)).toEqual(['DiskPressure']);
});

test('[node 27] who may still start under pressure', () => {
  const w = world();
  const best = testPod('a', {});
  const burstable = testPod('b', { containers: [{ name: 'c', image: 'x', resources: { requests: { cpu: '1' } } }] });
  expect(admitUnderPressure(w.state, best)).toBe(null);
  w.state.eviction.conditions = { MemoryPressure: 0 };
  expect(admitUnderPressure(w.state, best)?.message).toBe('The node had condition: [MemoryPressure]. ');
  expect(admitUnderPressure(w.state, burstable)).toBe(null);
  w.state.eviction.conditions = { DiskPressure: 0 };
  expect(admitUnderPressure(w.state, burstable)).toEqual({ reason: 'Evicted', message: 'The node had condition: [DiskPressure]. ' });
  expect(admitUnderPressure(w.state, testPod('s', { priority: 2_000_000_000 }))).toBe(null);
});

test('thresholds', () => {
  expect(parseThresholds({ 'memory.available': '100Mi', 'nodefs.available': '10%', 'imagefs.available': '0%', nonsense: '1' })).toEqual([
    { signal: 'memory.available', value: '100Mi' },
    { signal: 'nodefs.available', value: '10%' },
  ]);
  expect([thresholdBytes('10%', 1000), thresholdBytes('1Ki', 5), bytesText(87200 * 1024)]).toEqual([100, 1024, '87200Ki']);
});
