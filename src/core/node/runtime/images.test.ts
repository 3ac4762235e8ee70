import { describe, expect, test } from 'vitest';
import type { CriImage } from '../../contracts/cri.ts';
import type { ImageInfo } from '../../contracts/registry.ts';
import { Bench } from './fakes.ts';

const layer = (name: string, sizeBytes: number) => ({ digest: `sha256:${name}`, sizeBytes });
const image = (name: string, id: string, layers: ImageInfo['layers']): Record<string, ImageInfo> => ({
  [name]: {
    reference: name,
    imageID: `sha256:${id}`,
    digest: `sha256:m${id}`,
    layers,
    sizeBytes: layers.reduce((n, l) => n + l.sizeBytes, 0),
    config: { Cmd: ['x'] },
    generic: false,
  },
});
const base = [layer('b1', 5_000_000), layer('b2', 5_000_000), layer('b3', 5_000_000)];
const a = image('docker.io/repo/a:v1', 'aa', [...base, layer('a', 10_000_000)]);
const b2 = image('docker.io/repo/b:v2', 'bb', [...base, layer('b', 10_000_000)]);

const status = (b: Bench, name: string): CriImage | undefined => b.ask<{ image?: CriImage }>({ rpc: 'ImageStatus', image: name }).image;
const progress = (b: Bench): { digest: string; done: number; total: number }[][] =>
  b.trace.filter((e) => e.body.type === 'PullProgress').map((e) => (e.body as unknown as { layers: { digest: string; done: number; total: number }[] }).layers);

test('a pull: layers over the wire, then the image with its tag and digest; absent until then', () => {
  const b = new Bench({}, {}, a);
  expect(status(b, 'repo/a:v1')).toBeUndefined();
  const call = b.send({ rpc: 'PullImage', image: 'repo/a:v1' });
  b.run(1500);
  expect(b.replyTo(call)).toBeUndefined();
  expect(status(b, 'repo/a:v1')).toBeUndefined();
  b.run(5000);
  expect(b.replyTo(call)?.response).toEqual({ imageRef: 'sha256:aa' });
  // 25 MB at 10 MB/s.
  expect(b.replyTo(call)?.atMs).toBeGreaterThan(2700);
  expect(b.replyTo(call)?.atMs).toBeLessThan(3400);
  expect(status(b, 'repo/a:v1')).toMatchObject({
    id: 'sha256:aa',
    repoTags: ['docker.io/repo/a:v1'],
    repoDigests: ['docker.io/repo/a@sha256:maa'],
    size: 25_000_000,
  });
  expect(status(b, 'sha256:aa')).toEqual(status(b, 'docker.io/repo/a@sha256:maa'));
  for (const seen of progress(b)) expect(seen.filter((l) => l.done > 0 && l.done < l.total).length).toBeLessThanOrEqual(3);
  expect(
    progress(b)
      .at(-1)
      ?.every((l) => l.done === l.total),
  ).toBe(true);
});

test('12.3 the tag has not moved: resolved again, no layer fetched', () => {
  const b = new Bench({}, {}, a);
  b.call({ rpc: 'PullImage', image: 'repo/a:v1' });
  b.trace.length = 0;
  const again = b.call({ rpc: 'PullImage', image: 'repo/a:v1' });
  expect(again.response).toEqual({ imageRef: 'sha256:aa' });
  expect(progress(b)).toEqual([]);
  expect(again.tookMs).toBeLessThan(500);
  expect(b.trace.some((e) => e.body.type === 'ResolveImage')).toBe(true);
});

test('12.5 two images share three layers: of the second only its own is fetched', () => {
  const b = new Bench({}, {}, { ...a, ...b2 });
  b.call({ rpc: 'PullImage', image: 'repo/a:v1' });
  b.trace.length = 0;
  b.call({ rpc: 'PullImage', image: 'repo/b:v2' });
  expect(progress(b)[0]).toEqual([{ digest: 'sha256:b', done: 0, total: 10_000_000 }]);
  expect(b.ask<{ usedBytes: number }>({ rpc: 'ImageFsInfo' }).usedBytes).toBe(35_000_000 + 2_140_931 + 768_804);
});

test('12.30 removing by one tag takes all of the image’s', () => {
  const twin = { 'docker.io/repo/b:v2': { ...(a['docker.io/repo/a:v1'] as ImageInfo), reference: 'docker.io/repo/b:v2' } };
  const b = new Bench({}, {}, { ...a, ...twin });
  b.call({ rpc: 'PullImage', image: 'repo/a:v1' });
  b.call({ rpc: 'PullImage', image: 'repo/b:v2' });
  expect(status(b, 'repo/a:v1')?.repoTags).toEqual(['docker.io/repo/a:v1', 'docker.io/repo/b:v2']);
  b.call({ rpc: 'RemoveImage', image: 'repo/a:v1' });
  expect(status(b, 'repo/a:v1')).toBeUndefined();
  expect(status(b, 'repo/b:v2')).toBeUndefined();
  expect(b.call({ rpc: 'RemoveImage', image: 'repo/a:v1' }).response).toEqual({});
});

test('layers take space on the disk, and give it back; a full disk ends the pull', () => {
  const b = new Bench({}, {}, a);
  b.call({ rpc: 'PullImage', image: 'repo/a:v1' });
  const blob = '/var/lib/containerd/io.containerd.content.v1.content/blobs/sha256/b1';
  expect(b.os.files[blob]).toBe('');
  b.call({ rpc: 'RemoveImage', image: 'repo/a:v1' });
  expect(b.os.files[blob]).toBeUndefined();
  b.os.full = true;
  const { error } = b.call({ rpc: 'PullImage', image: 'repo/a:v1' });
  expect(error?.message).toMatch(
    /^failed to pull and unpack image "docker.io\/repo\/a:v1": failed to extract layer \(.* sha256:b1\) to overlayfs as "extract-.*": .*no space left on device$/,
  );
  expect(status(b, 'repo/a:v1')).toBeUndefined();
});

describe('refusals', () => {
  test('containerd 1.x', () => {
    const b = new Bench();
    expect(b.call({ rpc: 'PullImage', image: 'nginx:1.161' }).error).toEqual({
      code: 'NotFound',
      message:
        'failed to pull and unpack image "docker.io/library/nginx:1.161": failed to resolve reference "docker.io/library/nginx:1.161": docker.io/library/nginx:1.161: not found',
    });
  });

  test('containerd 2.1', () => {
    const b = new Bench({}, { version: '2.1.4' });
    expect(b.call({ rpc: 'PullImage', image: 'nginx:1.161' }).error?.message).toBe(
      'failed to pull and unpack image "docker.io/library/nginx:1.161": failed to resolve image: docker.io/library/nginx:1.161: not found',
    );
  });

  test('not a reference', () => {
    expect(new Bench().call({ rpc: 'PullImage', image: 'Not A Name' }).error?.code).toBe('InvalidArgument');
  });
});

test('what was imported has tags and no digest: its ID is its reference', () => {
  const b = new Bench();
  expect(status(b, 'busybox:1.28')).toMatchObject({ repoTags: ['docker.io/library/busybox:1.28'], repoDigests: [], size: 2_140_931 });
  expect(status(b, 'registry.k8s.io/pause:3.10')?.pinned).toBe(true);
  const id = b.started(b.sandbox(), ['app']);
  expect(b.ask<{ status: { imageRef: string } }>({ rpc: 'ContainerStatus', containerId: id }).status.imageRef).toBe(status(b, 'busybox:1.28')?.id);
});
