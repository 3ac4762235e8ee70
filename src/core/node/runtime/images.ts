/** The image store: references, IDs, layers. Models containerd internal/cri/server/images and internal/cri/store/image. */
import type { CriAnswers, CriError, CriImage } from '../../contracts/cri.ts';
import { canonicalImage, parseImageReference } from '../../contracts/image-reference.ts';
import type { ImageInfo } from '../../contracts/registry.ts';
import { hexId, nextRandom, randomState } from '../../engine/random.ts';
import { share } from '../../engine/share.ts';
import type { Ctx } from '../../engine/types.ts';
import type { PreloadedImage } from './args.ts';
import { implementationOf, usesTransferService } from './implementations.ts';
import { fs, resolveImage } from './kernel.ts';
import { unknownError } from './operations.ts';
import type { Image, RuntimeState } from './state.ts';

/** Enters what is on the node before 0 s. Lazily: the registry, which knows what the names stand for, starts in its own time. */
export function ensureImages(state: RuntimeState, ctx: Ctx): void {
  if (state.imagesReady) return;
  state.imagesReady = true;
  fs(ctx, { type: 'Fs', op: 'mkdir', path: implementationOf(state.args).contentDir, parents: true, mode: 0o755 });
  for (const image of state.args.images) {
    const [first = ''] = image.names;
    const resolved = image.config && image.sizeBytes > 0 ? undefined : resolveImage(ctx, canonicalImage(first)).image;
    const info = resolved ?? preloaded(image);
    storeLayers(state, missingLayers(state, info), ctx);
    addImage(state, info, image.names.map(canonicalImage), resolved !== undefined);
  }
}

/** `withDigest`: it came from a registry, and is known by `repo@sha256:…` too. An imported one has tags alone. */
export function addImage(state: RuntimeState, info: ImageInfo, names: string[], withDigest: boolean): Image {
  const old = state.images[info.imageID];
  const tags = [...(old?.tags ?? [])];
  const digests = [...(old?.digests ?? [])];
  const pause = canonicalImage(state.args.pauseImage);
  let pinned = old?.pinned ?? false;
  for (const name of names) {
    if (name === pause) pinned = true;
    const at = name.indexOf('@');
    if (at < 0 && !tags.includes(name)) tags.push(name);
    const repo = at < 0 ? name.slice(0, name.lastIndexOf(':')) : name.slice(0, at);
    const digest = `${repo}@${info.digest}`;
    if (withDigest && !digests.includes(digest)) digests.push(digest);
    moveName(state, name, info.imageID);
    if (withDigest) moveName(state, digest, info.imageID);
  }
  const image = share<Image>({ id: info.imageID, tags, digests, size: info.sizeBytes, config: info.config, layers: info.layers, pinned });
  state.images[info.imageID] = image;
  state.imageList = null;
  return image;
}

/** By image ID (`sha256:…`, or without the prefix), tag or digest. */
export function findImage(state: RuntimeState, text: string): Image | undefined {
  const byID = state.images[text] ?? state.images[`sha256:${text}`];
  if (byID) return byID;
  const byName = state.imageNames[text] ?? state.imageNames[canonicalImage(text)];
  return byName === undefined ? undefined : state.images[byName];
}

/** What the pod status calls imageID: the repo digest, or the ID of an image that has none. */
export const imageRefOf = (image: Image): string => image.digests[0] ?? image.id;

export function listImages(state: RuntimeState): readonly CriImage[] {
  if (state.imageList === null) state.imageList = share(Object.values(state.images).map(criImage));
  return state.imageList;
}

export function criImage(image: Image): CriImage {
  const user = image.config.User ?? '';
  const name = user.split(':')[0] ?? '';
  const numeric = name !== '' && Number.isInteger(Number(name));
  return {
    id: image.id,
    repoTags: image.tags,
    repoDigests: image.digests,
    size: image.size,
    pinned: image.pinned,
    ...(numeric ? { uid: Number(name) } : name !== '' ? { username: name } : {}),
  };
}

/** All references of the image go, whichever was named. An unknown image is no error. */
export function removeImage(state: RuntimeState, text: string, ctx: Ctx): void {
  const image = findImage(state, text);
  if (!image) return;
  for (const name of [...image.tags, ...image.digests]) delete state.imageNames[name];
  delete state.images[image.id];
  state.imageList = null;
  const { contentDir } = implementationOf(state.args);
  for (const layer of missingLayers(state, image)) fs(ctx, { type: 'Fs', op: 'remove', path: `${contentDir}/${layer.digest.slice('sha256:'.length)}` });
}

export function imageFsInfo(state: RuntimeState, ctx: Ctx): CriAnswers['ImageFsInfo'] {
  let usedBytes = 0;
  const seen = new Set<string>();
  for (const id in state.images) {
    for (const layer of (state.images[id] as Image).layers) {
      if (seen.has(layer.digest)) continue;
      seen.add(layer.digest);
      usedBytes += layer.sizeBytes;
    }
  }
  const onDisk = Math.max(usedBytes, fs(ctx, { type: 'Fs', op: 'usage', path: '/' }).bytes ?? 0);
  const capacityBytes = state.args.imageFs?.capacityBytes ?? 62_725_623_808;
  const mountpoint =
    state.args.imageFs?.mountpoint ??
    (state.args.implementation === 'cri-o' ? '/var/lib/containers/storage/overlay-images' : '/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs');
  return { usedBytes, capacityBytes, availableBytes: Math.max(0, capacityBytes - onDisk), mountpoint };
}

/** The layers of `info` that no image here has. */
export function missingLayers(state: RuntimeState, info: Pick<ImageInfo, 'layers'>): ImageInfo['layers'] {
  const have = new Set<string>();
  for (const id in state.images) for (const layer of (state.images[id] as Image).layers) have.add(layer.digest);
  return info.layers.filter((layer) => !have.has(layer.digest));
}

/** Takes their space on the disk; the first that found none, else undefined. */
export function storeLayers(state: RuntimeState, layers: ImageInfo['layers'], ctx: Ctx): string | undefined {
  const { contentDir } = implementationOf(state.args);
  for (const { digest, sizeBytes } of layers) {
    const path = `${contentDir}/${digest.slice('sha256:'.length)}`;
    if (fs(ctx, { type: 'Fs', op: 'write', path, text: '', mode: 0o644, padBytes: sizeBytes }).error === 'ENOSPC') return digest;
  }
  return undefined;
}

/** The sandbox image, pulled when it is absent; `ms` is what that takes. */
export function ensurePauseImage(state: RuntimeState, ctx: Ctx): { ms: number } | { error: CriError } {
  const name = canonicalImage(state.args.pauseImage);
  if (findImage(state, name)) return { ms: 0 };
  const answer = resolveImage(ctx, name);
  if (!answer.image) {
    const words = resolveWords(state, name, answer.error ?? 'unavailable');
    return { error: unknownError(`failed to get sandbox image "${state.args.pauseImage}": failed to pull image "${state.args.pauseImage}": ${words}`) };
  }
  storeLayers(state, missingLayers(state, answer.image), ctx);
  addImage(state, answer.image, [name], true);
  return { ms: answer.takesMs + Math.ceil((answer.image.sizeBytes * 1000) / state.args.bandwidthBytesPerSecond) };
}

/** The registry's refusal in the words of the runtime that was refused. */
export function resolveWords(state: RuntimeState, name: string, error: string): string {
  switch (state.args.implementation) {
    case 'containerd': {
      return `failed to pull and unpack image "${name}": ${usesTransferService(state.args) ? 'failed to resolve image: ' : `failed to resolve reference "${name}": `}${error}`;
    }
    case 'cri-o': {
      const ref = parseImageReference(name);
      const path = 'error' in ref ? name : `${ref.domain}/${ref.path}`;
      const tag = 'error' in ref ? '' : ref.tag || ref.digest;
      if (error.endsWith(': not found'))
        return `unable to pull image or OCI artifact: pull image err: initializing source docker://${name}: reading manifest ${tag} in ${path}: manifest unknown`;
      return `unable to pull image or OCI artifact: pull image err: initializing source docker://${name}: pinging container registry ${'error' in ref ? '' : ref.domain}: ${error.replace('failed to do request: Head', 'Get')}`;
    }
    case 'docker': {
      const ref = parseImageReference(name);
      if ('error' in ref) return error;
      const short = ref.domain === 'docker.io' ? ref.path.replace(/^library\//, '') : `${ref.domain}/${ref.path}`;
      if (error.endsWith(': not found')) return `Error response from daemon: manifest for ${short}:${ref.tag} not found: manifest unknown: manifest unknown`;
      if (error.includes('pull access denied'))
        return `Error response from daemon: pull access denied for ${short}, repository does not exist or may require 'docker login': denied: requested access to the resource is denied`;
      return `Error response from daemon: ${error.replace('failed to do request: Head', 'Get')}`;
    }
  }
}

function moveName(state: RuntimeState, name: string, id: string): void {
  const before = state.imageNames[name];
  state.imageNames[name] = id;
  if (before === undefined || before === id) return;
  const old = state.images[before];
  if (!old) return;
  // A tag is a mutable pointer: the image it pointed to loses it.
  const rest = { ...old, tags: old.tags.filter((t) => t !== name), digests: old.digests.filter((d) => d !== name) };
  state.images[before] = share(rest);
}

/** An image that was imported: nobody knows its layers, so it has one. */
function preloaded(image: PreloadedImage): ImageInfo {
  const [first = ''] = image.names;
  const stream = randomState(0, `image ${canonicalImage(first)}`);
  const hex = (): string => `sha256:${hexId(() => nextRandom(stream))}`;
  const size = image.sizeBytes;
  return {
    reference: canonicalImage(first),
    imageID: image.id ?? hex(),
    digest: hex(),
    layers: [{ digest: hex(), sizeBytes: size }],
    sizeBytes: size,
    config: image.config ?? {},
    generic: false,
  };
}
