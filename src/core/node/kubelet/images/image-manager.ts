/** Makes sure that a container's image is there. Models pkg/kubelet/images/{image_manager,puller}.go, v1.36.2. */
import type { Container, Pod } from '../../../api/types.ts';
import type { CriAnswers, CriReply } from '../../../contracts/cri.ts';
import { goDuration } from '../../../engine/time.ts';
import type { Body, Ctx, Message } from '../../../engine/types.ts';
import { criCall, criRead, errorText } from '../cri.ts';
import { containerEvent, containerField } from '../events.ts';
import type { BackOffEntry, KubeletState } from '../state.ts';
import { wakePod } from '../wake-pod.ts';
import { collectImages, type ImageRecord } from './image-gc.ts';
import { applyDefaultImageTag } from './image-name.ts';
import { type Credentials, credentialsFor } from './pull-secrets.ts';

const initialBackOffMs = 10_000;
const maxBackOffMs = 300_000;
export const imageGCPeriodMs = 300_000;

export type EnsureImageAnswer = { imageRef: string } | { waiting: true } | { error: { reason: string; message: string } };

/** A pull that a container waits for, or its end that the container has not yet taken. */
interface PullJob {
  uid: string;
  container: string;
  /** As the user wrote it, and as the runtime is asked. */
  image: string;
  reference: string;
  auth: Credentials | null;
  askedMs: number;
  /** When the runtime was asked; 0: it waits in the queue. */
  startedMs: number;
  started: boolean;
  result: Exclude<EnsureImageAnswer, { waiting: true }> | null;
}

export interface ImageManagerState {
  /** By `UID_IMAGE`, with the words of the last failure. */
  backOff: Record<string, BackOffEntry & { lastError: string }>;
  /** By `UID_CONTAINER`, in the order in which they asked. */
  pulls: Record<string, PullJob>;
  /** CRI call → pull. */
  calls: Record<string, string>;
  /** What image garbage collection knows, by image ID. */
  records: Record<string, ImageRecord>;
  /** Image collections that failed one after the other. */
  failedCollections: number;
}

export const initialImages = (): ImageManagerState => ({ backOff: {}, pulls: {}, calls: {}, records: {}, failedCollections: 0 });

export function startImages(state: KubeletState, ctx: Ctx): void {
  collectImages(state, ctx, true);
  ctx.send(ctx.self, { type: 'ImageGC' } as Body, imageGCPeriodMs);
}

/** Called until it no longer says `waiting`; the pod's worker is woken when a pull ends. */
export function ensureImageExists(state: KubeletState, pod: Pod, container: Container, ctx: Ctx): EnsureImageAnswer {
  const { images } = state;
  const key = `${pod.metadata.uid}_${container.name}`;
  const job = images.pulls[key];
  if (job && job.image === container.image) {
    if (!job.result) return { waiting: true };
    delete images.pulls[key];
    return job.result;
  }
  const { image } = container;
  const tell = (type: 'Normal' | 'Warning', reason: string, message: string): void =>
    containerEvent(state, pod, container.name, type, reason, message, ctx, containerField(pod, container.name, 'image'));
  const name = applyDefaultImageTag(image);
  if ('error' in name) {
    const message = `Failed to apply default image tag ${JSON.stringify(image)}: ${name.error}`;
    tell('Warning', 'InspectFailed', message);
    return { error: { reason: 'InvalidImageName', message } };
  }
  const policy = pullPolicy(container, name.reference);
  if (policy !== 'Always') {
    const status = criRead(ctx, { rpc: 'ImageStatus', image: name.reference });
    if (status.error) {
      const message = `Failed to inspect image "": ${errorText(status.error)}`;
      tell('Warning', 'InspectFailed', message);
      return { error: { reason: 'ImageInspectError', message } };
    }
    const present = status.response.image;
    if (present) {
      tell('Normal', 'Pulled', `Container image ${JSON.stringify(image)} already present on machine and can be accessed by the pod`);
      return { imageRef: present.id };
    }
    if (policy === 'Never') {
      const message = `Container image ${JSON.stringify(image)} is not present with pull policy of Never`;
      tell('Warning', 'ErrImageNeverPull', message);
      return { error: { reason: 'ErrImageNeverPull', message } };
    }
  }
  const backOff = images.backOff[`${pod.metadata.uid}_${image}`];
  if (backOff && ctx.nowMs - backOff.lastUpdateMs < backOff.delayMs) {
    const message = `Back-off pulling image ${JSON.stringify(image)}`;
    tell('Normal', 'BackOff', message);
    return { error: { reason: 'ImagePullBackOff', message: `${message}: ${backOff.lastError}` } };
  }
  tell('Normal', 'Pulling', `Pulling image ${JSON.stringify(image)}`);
  images.pulls[key] = {
    uid: pod.metadata.uid,
    container: container.name,
    image,
    reference: name.reference,
    auth: credentialsFor(state, pod, name.domain, name.path) ?? null,
    askedMs: ctx.nowMs,
    startedMs: 0,
    started: false,
    result: null,
  };
  startPulls(state, ctx);
  return { waiting: true };
}

/** What the API server would have set. */
function pullPolicy(container: Container, reference: string): string {
  return container.imagePullPolicy ?? (reference.endsWith(':latest') ? 'Always' : 'IfNotPresent');
}

/** One at a time unless pulls are parallel, first come first served. */
function startPulls(state: KubeletState, ctx: Ctx): void {
  const { images } = state;
  for (const key in images.pulls) {
    const job = images.pulls[key] as PullJob;
    if (job.result) continue;
    if (!job.started) {
      job.started = true;
      job.startedMs = ctx.nowMs;
      const auth = job.auth ? { auth: job.auth } : {};
      const pod = state.pods[job.uid];
      const why = pod && containerField(pod, job.container, 'image');
      images.calls[criCall(state, 'image-pull', { rpc: 'PullImage', image: job.reference, ...auth }, ctx, why)] = key;
    }
    if (state.config.serializeImagePulls) return;
  }
}

/** The end of a pull. False when nobody waits for it. */
export function handleImageReply(state: KubeletState, reply: CriReply, ctx: Ctx): boolean {
  const { images } = state;
  const key = images.calls[reply.id];
  if (key === undefined) return false;
  delete images.calls[reply.id];
  const job = images.pulls[key];
  if (job) {
    const pod = state.pods[job.uid] ?? state.workers[job.uid]?.pod;
    if (pod) {
      job.result = reply.error ? pullFailed(state, pod, job, errorText(reply.error), ctx) : pulled(state, pod, job, reply, ctx);
      wakePod(state, job.uid, ctx);
    } else delete images.pulls[key];
  }
  startPulls(state, ctx);
  return true;
}

function pulled(state: KubeletState, pod: Pod, job: PullJob, reply: CriReply, ctx: Ctx): { imageRef: string } {
  const { imageRef } = reply.response as CriAnswers['PullImage'];
  const status = criRead(ctx, { rpc: 'ImageStatus', image: imageRef });
  const size = status.response?.image?.size ?? 0;
  const took = goDuration(ctx.nowMs - job.startedMs);
  const waited = goDuration(ctx.nowMs - job.askedMs);
  const message = `Successfully pulled image ${JSON.stringify(job.image)} in ${took} (${waited} including waiting). Image size: ${size} bytes.`;
  containerEvent(state, pod, job.container, 'Normal', 'Pulled', message, ctx, containerField(pod, job.container, 'image'));
  delete state.images.backOff[`${job.uid}_${job.image}`];
  return { imageRef };
}

const specialErrors: Record<string, string> = {
  RegistryUnavailable: 'the registry is unavailable',
  SignatureValidationFailed: 'the signature validation failed',
};

function pullFailed(state: KubeletState, pod: Pod, job: PullJob, error: string, ctx: Ctx): { error: { reason: string; message: string } } {
  const words = `Failed to pull image ${JSON.stringify(job.image)}: ${error}`;
  containerEvent(state, pod, job.container, 'Warning', 'Failed', words, ctx, containerField(pod, job.container, 'image'));
  let [reason, message] = ['ErrImagePull', error];
  for (const prefix in specialErrors) {
    if (!error.startsWith(prefix)) continue;
    reason = prefix;
    message = `image pull failed for ${job.image} because ${specialErrors[prefix]}${error.slice(prefix.length)}`;
  }
  const key = `${job.uid}_${job.image}`;
  const { backOff } = state.images;
  const known = backOff[key];
  const fresh = !known || ctx.nowMs - known.lastUpdateMs > 2 * maxBackOffMs;
  const delayMs = fresh ? initialBackOffMs : Math.min(2 * known.delayMs, maxBackOffMs);
  backOff[key] = { delayMs, lastUpdateMs: ctx.nowMs, lastError: `${reason}: ${message}` };
  return { error: { reason, message } };
}

export function handleImageMessage(state: KubeletState, message: Message, ctx: Ctx): boolean {
  if (message.body.type === 'CriReply') return handleImageReply(state, message.body as CriReply, ctx);
  if (message.body.type !== 'ImageGC') return false;
  ctx.send(ctx.self, { type: 'ImageGC' } as Body, imageGCPeriodMs);
  forgetPods(state, ctx);
  collectImages(state, ctx, false);
  return true;
}

/** Back-off and results of pods that are gone or long past. */
function forgetPods(state: KubeletState, ctx: Ctx): void {
  const { backOff, pulls } = state.images;
  for (const key in backOff) if (ctx.nowMs - (backOff[key]?.lastUpdateMs ?? 0) > 2 * maxBackOffMs) delete backOff[key];
  for (const key in pulls) {
    const job = pulls[key] as PullJob;
    if (job.result && !state.pods[job.uid]) delete pulls[key];
  }
}
