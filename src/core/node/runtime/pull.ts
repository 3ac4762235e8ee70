/** PullImage: resolve, fetch the missing layers a few at a time, unpack. Models containerd client/pull.go and core/remotes/docker. */
import type { CriError, PullProgressNote } from '../../contracts/cri.ts';
import { canonicalImage, parseImageReference } from '../../contracts/image-reference.ts';
import type { Ctx } from '../../engine/types.ts';
import { addImage, imageRefOf, missingLayers, resolveWords, storeLayers } from './images.ts';
import { implementationOf, step } from './implementations.ts';
import { resolveImage, timer } from './kernel.ts';
import { begin, reply, resume, stepNote, unknownError } from './operations.ts';
import type { Operation, Pull, RuntimeState, Step } from './state.ts';

/** Progress is told this often. */
const tickMs = 500;
const unpackBytesPerMs = 150_000;

export function pullImage(
  state: RuntimeState,
  call: { replyTo: string; id: string },
  image: string,
  auth: { username: string; password: string } | undefined,
  ctx: Ctx,
) {
  const ref = parseImageReference(image);
  if ('error' in ref) {
    const error: CriError = { code: 'InvalidArgument', message: `failed to parse image reference "${image}": ${ref.error}` };
    return reply(ctx, call.replyTo, call.id, 'PullImage', { error }, 1);
  }
  const name = canonicalImage(image);
  const { daemon } = implementationOf(state.args);
  const answer = resolveImage(ctx, name, auth);
  const pull: Pull = { image: answer.image ?? null, layers: [], lastTickMs: ctx.nowMs, generation: 0 };
  if (!answer.image) {
    const words = resolveWords(state, name, answer.error ?? 'unavailable');
    // The status code travels with the error; what is not a 404 is Unknown.
    pull.resolveError = { code: answer.code ?? 'Unknown', message: words };
  }
  begin(state, ctx, { rpc: 'PullImage', ...call, target: name, pull }, [
    step('resolve', daemon, answer.takesMs),
    step('download', daemon, 0),
    step('unpack', daemon, 0),
    step('reply', daemon, 1),
  ]);
}

export function pullEffect(state: RuntimeState, op: Operation, current: Step, ctx: Ctx): undefined | 'wait' | CriError {
  const pull = op.pull as Pull;
  const image = pull.image;
  stepNote(ctx, current, op.target, '', current.name === 'resolve' && pull.resolveError ? { detail: pull.resolveError.message } : {});
  switch (current.name) {
    case 'resolve':
      return pull.resolveError;
    case 'download': {
      if (!image) return undefined;
      pull.layers = missingLayers(state, image).map((l) => ({ digest: l.digest, done: 0, total: l.sizeBytes }));
      pull.lastTickMs = ctx.nowMs;
      if (pull.layers.length === 0) return undefined;
      progress(op, ctx);
      schedule(state, op, ctx);
      return 'wait';
    }
    case 'unpack': {
      const full = image ? storeLayers(state, missingLayers(state, image), ctx) : undefined;
      return full === undefined ? undefined : unknownError(noSpace(op.target, full));
    }
    default: {
      if (!image) return undefined;
      const added = addImage(state, image, [op.target], true);
      reply(ctx, op.replyTo, op.id, 'PullImage', {
        response: { imageRef: implementationOf(state.args).runtimeName === 'containerd' ? added.id : imageRefOf(added) },
      });
      return undefined;
    }
  }
}

const noSpace = (name: string, digest: string): string =>
  `failed to pull and unpack image "${name}": failed to extract layer (application/vnd.oci.image.layer.v1.tar+gzip ${digest}) to overlayfs as "extract-${digest.slice(7, 17)}": write /var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots: no space left on device`;

/** Some time went by: the layers in flight got their share of the wire. */
export function pullTick(state: RuntimeState, key: string, generation: number, ctx: Ctx) {
  const op = state.operations[key];
  const pull = op?.pull;
  if (!op || !pull || !op.waiting || pull.generation !== generation) return;
  const active = inFlight(state, pull);
  const each = ((ctx.nowMs - pull.lastTickMs) * share(state, active.length)) / 1000;
  for (const layer of active) layer.done = Math.min(layer.total, Math.ceil(layer.done + each));
  pull.lastTickMs = ctx.nowMs;
  progress(op, ctx);
  if (pull.layers.some((l) => l.done < l.total)) return schedule(state, op, ctx);
  const unpack = op.steps[op.next + 1];
  if (unpack) unpack.ms = 10 * pull.layers.length + Math.ceil(pull.layers.reduce((sum, l) => sum + l.total, 0) / unpackBytesPerMs);
  resume(state, op, ctx);
}

const inFlight = (state: RuntimeState, pull: Pull): Pull['layers'] => pull.layers.filter((l) => l.done < l.total).slice(0, state.args.maxParallelDownloads);

/** Bytes per second of one layer when `count` of this pull are in flight. */
function share(state: RuntimeState, count: number): number {
  let pulls = 0;
  for (const key in state.operations) if (state.operations[key]?.pull && state.operations[key]?.waiting) pulls += 1;
  return Math.max(1, state.args.bandwidthBytesPerSecond / Math.max(1, pulls) / Math.max(1, count));
}

/** Next: half a second later, or as soon as a layer is through. */
function schedule(state: RuntimeState, op: Operation, ctx: Ctx): void {
  const pull = op.pull as Pull;
  const active = inFlight(state, pull);
  const rate = share(state, active.length);
  let ms = tickMs;
  for (const layer of active) ms = Math.min(ms, Math.ceil(((layer.total - layer.done) * 1000) / rate));
  pull.generation += 1;
  timer(ctx, { type: 'PullTick', key: op.key, generation: pull.generation }, Math.max(1, ms));
}

function progress(op: Operation, ctx: Ctx): void {
  const layers = (op.pull as Pull).layers.map((l) => ({ ...l }));
  const note: PullProgressNote = { type: 'PullProgress', image: op.target, layers };
  ctx.note(note);
}
