import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Container } from '../../../api/types.ts';
import type { CriRequest } from '../../../contracts/cri.ts';
import { type TestWorld, testPod, testWorld } from '../testing/managers.ts';
import { podAdded } from '../volumemanager/volume-manager.ts';
import { collectImages, deleteUnusedImages } from './image-gc.ts';
import { type EnsureImageAnswer, ensureImageExists } from './image-manager.ts';
import { applyDefaultImageTag } from './image-name.ts';

interface Script {
  present?: Record<string, string>;
  /** Error of pulls, or null for success. */
  pull?: (image: string, nth: number) => { code: string; message: string } | null;
  pullMs?: number;
  inspect?: { code: string; message: string };
  args?: object;
}

function world(script: Script): TestWorld & { asked: CriRequest[]; ensure(policy: string, image?: string, name?: string): EnsureImageAnswer } {
  const present = { ...script.present };
  const asked: CriRequest[] = [];
  let pulls = 0;
  const w = testWorld({
    ...(script.args ? { args: script.args } : {}),
    cri: (request) => {
      asked.push(request);
      if (request.rpc === 'ImageStatus') {
        if (script.inspect) return { error: script.inspect };
        const id = present[request.image] ?? (Object.values(present).includes(request.image) ? request.image : undefined);
        return { response: id ? { image: { id, repoTags: [request.image], repoDigests: [], size: 1234, pinned: false } } : {} };
      }
      if (request.rpc === 'PullImage') {
        pulls += 1;
        const error = script.pull?.(request.image, pulls) ?? null;
        if (error) return { error, afterMs: script.pullMs ?? 5 };
        present[request.image] = `sha256:${request.image}`;
        return { response: { imageRef: `sha256:${request.image}` }, afterMs: script.pullMs ?? 5 };
      }
      return { response: { images: [], containers: [] } };
    },
  });
  const ensure = (imagePullPolicy: string, image = 'image:1', name = 'p'): EnsureImageAnswer => {
    const container = { name: 'c', image, imagePullPolicy } as Container;
    const pod = testPod(name, { containers: [container] });
    w.state.pods[pod.metadata.uid] = pod;
    return w.act((ctx) => ensureImageExists(w.state, pod, container, ctx));
  };
  return Object.assign(w, { asked, ensure });
}
const told = (w: TestWorld): string[] => w.events.map((e) => `${e.type} ${e.reason}: ${e.message}`);
const here = 'Normal Pulled: Container image "image:1" already present on machine and can be accessed by the pod';

describe('EnsureImageExists', () => {
  test('21.63 IfNotPresent, absent: pulled', () => {
    const w = world({ pullMs: 1234 });
    expect(w.ensure('IfNotPresent')).toEqual({ waiting: true });
    w.run(2000);
    expect(w.ensure('IfNotPresent')).toEqual({ imageRef: 'sha256:image:1' });
    w.run(2010);
    expect(w.asked.map((r) => r.rpc)).toEqual(['ImageStatus', 'PullImage', 'ImageStatus']);
    expect(told(w)).toEqual([
      'Normal Pulling: Pulling image "image:1"',
      'Normal Pulled: Successfully pulled image "image:1" in 1.234s (1.234s including waiting). Image size: 1234 bytes.',
    ]);
  });

  test('21.64 IfNotPresent, present: no pull', () => {
    const w = world({ present: { 'image:1': 'sha256:1' } });
    expect(w.ensure('IfNotPresent')).toEqual({ imageRef: 'sha256:1' });
    w.run(10);
    expect([told(w), w.asked.map((r) => r.rpc)]).toEqual([[here], ['ImageStatus']]);
  });

  test('21.65 Always, present: pulled each time', () => {
    const w = world({ present: { 'image:1': 'sha256:1' } });
    for (const at of [100, 200]) {
      expect(w.ensure('Always')).toEqual({ waiting: true });
      w.run(at);
      expect(w.ensure('Always')).toHaveProperty('imageRef');
    }
    expect(w.asked.filter((r) => r.rpc === 'PullImage')).toHaveLength(2);
  });

  test('21.66 Never, absent: the recorded words', () => {
    const recorded = JSON.parse(readFileSync('fixtures/recordings/pod-lifecycle/image-never-pull.json', 'utf8'));
    const event = recorded.watch.find((e: { object: { reason?: string } }) => e.object.reason === 'ErrImageNeverPull').object;
    const w = world({});
    const message = 'Container image "absent.example/x:1" is not present with pull policy of Never';
    expect(w.ensure('Never', 'absent.example/x:1')).toEqual({ error: { reason: 'ErrImageNeverPull', message } });
    w.run(10);
    expect(w.events[0]).toMatchObject({ type: event.type, reason: event.reason, message: event.message });
  });

  test('21.67 inspect error', () => {
    const w = world({ inspect: { code: 'Unknown', message: 'boom' } });
    expect(w.ensure('IfNotPresent')).toEqual({ error: { reason: 'ImageInspectError', message: 'Failed to inspect image "": boom' } });
  });

  test('21.69 invalid names', () => {
    const w = world({});
    expect(w.ensure('IfNotPresent', 'FAILED_IMAGE')).toMatchObject({ error: { reason: 'InvalidImageName' } });
    expect(w.ensure('IfNotPresent', 'http://url')).toEqual({
      error: {
        reason: 'InvalidImageName',
        message: 'Failed to apply default image tag "http://url": couldn\'t parse image name "http://url": invalid reference format',
      },
    });
    w.run(10);
    expect(w.events.map((e) => e.reason)).toEqual(['InspectFailed', 'InspectFailed']);
  });

  test('21.70 a registry that is unavailable has a reason of its own', () => {
    const w = world({ pull: () => ({ code: 'Unknown', message: 'RegistryUnavailable: foo' }) });
    w.ensure('Always', 'test');
    w.run(100);
    expect(w.ensure('Always', 'test')).toEqual({
      error: { reason: 'RegistryUnavailable', message: 'image pull failed for test because the registry is unavailable: foo' },
    });
  });

  test('21.68 pulls fail: 10 s, 20 s, … at the moments of the recording', () => {
    const w = world({ pull: () => ({ code: 'Unknown', message: 'no such host' }) });
    const outcome: string[] = [];
    for (const at of [500, 1500, 13_200, 28_200, 42_200, 53_200, 67_200, 80_200, 94_200]) {
      w.run(at);
      let answer = w.ensure('IfNotPresent');
      if ('waiting' in answer) {
        w.run(at + 50);
        answer = w.ensure('IfNotPresent');
      }
      if ('error' in answer) outcome.push(answer.error.reason);
    }
    expect(outcome).toEqual([
      'ErrImagePull',
      'ImagePullBackOff',
      'ErrImagePull',
      'ImagePullBackOff',
      'ErrImagePull',
      'ImagePullBackOff',
      'ImagePullBackOff',
      'ImagePullBackOff',
      'ErrImagePull',
    ]);
    w.run(95_000);
    expect(told(w).slice(0, 3)).toEqual([
      'Normal Pulling: Pulling image "image:1"',
      'Warning Failed: Failed to pull image "image:1": no such host',
      'Normal BackOff: Back-off pulling image "image:1"',
    ]);
    w.run(95_100);
    expect(w.ensure('IfNotPresent')).toEqual({
      error: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "image:1": ErrImagePull: no such host' },
    });
  });

  test('of code NotFound the wrapper is kept', () => {
    const w = world({ pull: () => ({ code: 'NotFound', message: 'nope' }) });
    w.ensure('Always');
    w.run(100);
    expect(w.ensure('Always')).toEqual({ error: { reason: 'ErrImagePull', message: 'rpc error: code = NotFound desc = nope' } });
  });

  test('12.4 one at a time: the second tells how long it waited', () => {
    const w = world({ pullMs: 1000 });
    w.ensure('IfNotPresent', 'a:1', 'p1');
    w.ensure('IfNotPresent', 'b:1', 'p2');
    w.run(3000);
    expect(told(w).filter((t) => t.includes('Pulled'))).toEqual([
      'Normal Pulled: Successfully pulled image "a:1" in 1s (1s including waiting). Image size: 1234 bytes.',
      'Normal Pulled: Successfully pulled image "b:1" in 1s (2s including waiting). Image size: 1234 bytes.',
    ]);
  });

  test('pulls in parallel when they are not serialized', () => {
    const w = world({ pullMs: 1000, args: { serializeImagePulls: false } });
    w.ensure('IfNotPresent', 'a:1', 'p1');
    w.ensure('IfNotPresent', 'b:1', 'p2');
    w.run(1500);
    expect(told(w).filter((t) => t.includes('(1s including waiting)'))).toHaveLength(2);
  });

  test('credentials come from the pull secret that fits the registry', () => {
    const w = world({});
    const config = JSON.stringify({ auths: { 'https://other.example/v1/': { auth: btoa('no:no') }, 'reg.example': { auth: btoa('me:se:cret') } } });
    w.put('secrets', {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's', namespace: 'default', uid: 's', resourceVersion: '1' },
      data: { '.dockerconfigjson': btoa(config) },
    } as never);
    const container = { name: 'c', image: 'reg.example/app:1', imagePullPolicy: 'Always' } as Container;
    const pod = testPod('p', { containers: [container], imagePullSecrets: [{ name: 's' }] });
    w.state.pods[pod.metadata.uid] = pod;
    w.act((ctx) => podAdded(w.state, pod, ctx));
    w.run(50);
    w.act((ctx) => ensureImageExists(w.state, pod, container, ctx));
    w.run(100);
    expect(w.asked.find((r) => r.rpc === 'PullImage')).toMatchObject({ auth: { username: 'me', password: 'se:cret' } });
  });
});

test.each([
  ['nginx', 'nginx:latest', 'docker.io', 'library/nginx'],
  ['nginx:1.27', 'nginx:1.27', 'docker.io', 'library/nginx'],
  ['a/b', 'a/b:latest', 'docker.io', 'a/b'],
  ['localhost:5000/x/y:t', 'localhost:5000/x/y:t', 'localhost:5000', 'x/y'],
  [`registry.k8s.io/pause@sha256:${'a'.repeat(64)}`, `registry.k8s.io/pause@sha256:${'a'.repeat(64)}`, 'registry.k8s.io', 'pause'],
])('%s is asked for as %s', (image, reference, domain, path) => {
  expect(applyDefaultImageTag(image)).toEqual({ reference, domain, path });
});

test.each(['', 'a//b', 'x:', 'Nginx', 'a b', '-x', 'x@sha256:1', 'a'.repeat(5000)])('%j is no image', (image) => {
  expect(applyDefaultImageTag(image)).toHaveProperty('error');
});

describe('garbage collection', () => {
  const gib = 1024 ** 3;
  const images = (...list: [string, number][]) => list.map(([id, size]) => ({ id, size, repoTags: [], repoDigests: [], pinned: id === 'pause' }));
  function disk(used: number, present: ReturnType<typeof images>, containers: { imageRef: string }[] = []) {
    const removed: string[] = [];
    const w = testWorld({
      cri: (r) => {
        if (r.rpc === 'RemoveImage') removed.push(r.image);
        if (r.rpc === 'ImageFsInfo') return { response: { usedBytes: used, capacityBytes: 100 * gib, availableBytes: 100 * gib - used, mountpoint: '/' } };
        return { response: { images: present, containers } };
      },
    });
    return { w, removed };
  }

  test('12.24 86 % used: the least recently used go until 80 %, pause stays', () => {
    const { w, removed } = disk(86 * gib, images(['pause', gib], ['new', 5 * gib], ['old', 4 * gib], ['oldest', 3 * gib]));
    w.act((ctx) => collectImages(w.state, ctx, true));
    Object.assign(w.state.images.records.new as object, { lastUsedMs: -10 });
    Object.assign(w.state.images.records.old as object, { lastUsedMs: -1000 });
    w.run(300_000);
    w.act((ctx) => collectImages(w.state, ctx, false));
    w.run(300_100);
    expect(removed).toEqual(['oldest', 'old']);
    expect(w.events).toEqual([]);
  });

  test('12.25 12.26 in use by an exited container, or 90 s old: kept, and the node says so', () => {
    const { w, removed } = disk(90 * gib, images(['used', 5 * gib], ['young', 4 * gib]), [{ imageRef: 'used' }]);
    w.act((ctx) => collectImages(w.state, ctx, false));
    w.run(90_000);
    w.act((ctx) => collectImages(w.state, ctx, false));
    w.run(90_100);
    expect(removed).toEqual([]);
    expect(w.events.map((e) => e.reason)).toContain('FreeDiskSpaceFailed');
    expect(w.events[0]?.message).toBe(
      "Insufficient free disk space on the node's image filesystem (90% of 100.0 GiB used). Failed to free sufficient space by deleting unused images (freed 0 bytes). Investigate disk usage, as it could be used by active images, logs, volumes, or other data.",
    );
  });

  test('eviction deletes all that is unused', () => {
    const { w, removed } = disk(10 * gib, images(['a', gib], ['b', gib]));
    w.act((ctx) => collectImages(w.state, ctx, true));
    expect(w.act((ctx) => deleteUnusedImages(w.state, ctx))).toBe(2 * gib);
    w.run(10);
    expect(removed).toEqual(['a', 'b']);
  });
});
