/**
 * How components tell Events: aggregation, spam filter and counting as client-go does it. Models client-go tools/record/events_cache.go (legacy recorder)
 * and tools/events (the scheduler's recorder), v1.36.2. Requests have ids that begin with `event-`; their responses need no attention.
 */
import type { KubeEvent, KubeObject, ObjectReference } from '../../api/types.ts';
import { fnv1a } from '../../engine/random.ts';
import { rfc3339, rfc3339Micro } from '../../engine/time.ts';
import type { Ctx, FieldRef } from '../../engine/types.ts';
import { type ApiRequest, apiLatencyMs, apiserver } from '../watch.ts';

export interface EventSource {
  component: string;
  /** The node, for components of nodes. */
  host?: string;
}

interface Aggregate {
  /** Messages told as themselves within the interval. */
  messages: string[];
  lastMs: number;
}
interface Known {
  name: string;
  count: number;
  firstTimestamp: string;
  lastMs: number;
}
interface Bucket {
  tokens: number;
  lastMs: number;
}
export interface RecorderState {
  aggregates: Record<string, Aggregate>;
  known: Record<string, Known>;
  buckets: Record<string, Bucket>;
  series: Record<string, { name: string; count: number; lastMs: number }>;
  /** Entries in each of the four, counted so that trimming need not look at them. */
  sizes: { aggregates: number; known: number; buckets: number; series: number };
  next: number;
}
export const recorderState = (): RecorderState => ({
  aggregates: {},
  known: {},
  buckets: {},
  series: {},
  sizes: { aggregates: 0, known: 0, buckets: 0, series: 0 },
  next: 0,
});

const maxSimilarEvents = 10;
const similarWithinMs = 600_000;
const burst = 25;
const refillMsPerToken = 300_000;
const cacheEntries = 4096;
const seriesWithinMs = 360_000;

/** A reference as `involvedObject` has it. `fieldPath`: `spec.containers{name}`. */
export function referenceTo(object: KubeObject, fieldPath?: string): ObjectReference {
  const { name, namespace, uid, resourceVersion } = object.metadata;
  return {
    apiVersion: object.apiVersion,
    ...(fieldPath ? { fieldPath } : {}),
    kind: object.kind,
    name,
    ...(namespace ? { namespace } : {}),
    resourceVersion,
    uid,
  };
}

/** Records with the legacy recorder: kubelet, controllers. */
export function recordEvent(
  state: RecorderState,
  ctx: Ctx,
  source: EventSource,
  about: ObjectReference,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
  why?: FieldRef,
): void {
  const host = source.host ?? '';
  const objectKey = `${source.component}|${host}|${about.kind}|${about.namespace ?? ''}|${about.name}|${about.uid ?? ''}|${about.apiVersion ?? ''}`;
  const text = aggregate(state, ctx, `${objectKey}|${type}|${reason}`, message);
  const key = `${objectKey}|${about.fieldPath ?? ''}|${type}|${reason}|${text.combined ? '(combined)' : message}`;
  const known = state.known[key];
  const count = (known?.count ?? 0) + 1;
  const now = rfc3339(ctx.epochMs);
  const name = known?.name ?? eventName(about.name ?? '', ctx, key);
  const firstTimestamp = known?.firstTimestamp ?? now;
  state.known[key] = { name, count, firstTimestamp, lastMs: ctx.nowMs };
  if (!known) grow(state, 'known');
  if (!take(state, `${objectKey}|${type}`, ctx.nowMs)) return;
  const namespace = about.namespace ?? 'default';
  if (known)
    request(
      state,
      ctx,
      { verb: 'patch', resource: 'events', namespace, name, patchType: 'strategic', patch: { count, lastTimestamp: now, message: text.message } },
      why,
    );
  else
    request(
      state,
      ctx,
      {
        verb: 'create',
        resource: 'events',
        namespace,
        object: {
          apiVersion: 'v1',
          count,
          eventTime: null,
          firstTimestamp,
          involvedObject: about,
          kind: 'Event',
          lastTimestamp: now,
          message: text.message,
          metadata: { name, namespace },
          reason,
          reportingComponent: source.component,
          reportingInstance: host,
          source: host ? { component: source.component, host } : { component: source.component },
          type,
        } as unknown as KubeEvent,
      },
      why,
    );
}

/** Records with the newer recorder, as the scheduler does. `host`: the machine it runs on. */
export function recordSchedulerEvent(
  state: RecorderState,
  ctx: Ctx,
  source: { component: string; host: string },
  about: ObjectReference,
  type: 'Normal' | 'Warning',
  reason: string,
  action: string,
  message: string,
  why?: FieldRef,
): void {
  const namespace = about.namespace ?? 'default';
  const key = `${about.kind}|${namespace}|${about.name}|${about.uid}|${about.resourceVersion ?? ''}|${type}|${reason}|${action}`;
  const running = state.series[key];
  if (running && ctx.nowMs - running.lastMs < seriesWithinMs) {
    running.count += 1;
    running.lastMs = ctx.nowMs;
    // Upstream writes a series when it begins; later counts are told at its end or every 30 minutes.
    if (running.count === 2)
      request(
        state,
        ctx,
        {
          verb: 'patch',
          resource: 'events',
          namespace,
          name: running.name,
          patchType: 'strategic',
          patch: { series: { count: 2, lastObservedTime: rfc3339Micro(ctx.epochMs) } },
        },
        why,
      );
    return;
  }
  const name = eventName(about.name ?? '', ctx, key);
  state.series[key] = { name, count: 1, lastMs: ctx.nowMs };
  if (!running) grow(state, 'series');
  request(
    state,
    ctx,
    {
      verb: 'create',
      resource: 'events',
      namespace,
      object: {
        action,
        apiVersion: 'v1',
        eventTime: rfc3339Micro(ctx.epochMs),
        firstTimestamp: null,
        involvedObject: about,
        kind: 'Event',
        lastTimestamp: null,
        message,
        metadata: { name, namespace },
        reason,
        reportingComponent: source.component,
        reportingInstance: `${source.component}-${source.host}`,
        source: {},
        type,
      } as unknown as KubeEvent,
    },
    why,
  );
}

/** The tenth message that differs only in its words, and those after it, are folded into one event. */
function aggregate(state: RecorderState, ctx: Ctx, key: string, message: string): { message: string; combined: boolean } {
  let group = state.aggregates[key];
  if (!group || ctx.nowMs - group.lastMs > similarWithinMs) {
    if (!group) grow(state, 'aggregates');
    group = { messages: [], lastMs: ctx.nowMs };
    state.aggregates[key] = group;
  }
  group.lastMs = ctx.nowMs;
  if (!group.messages.includes(message)) group.messages.push(message);
  if (group.messages.length < maxSimilarEvents) return { message, combined: false };
  // Upstream pops one of its set, whichever Go's map hands out.
  group.messages.splice(Math.floor(ctx.random() * group.messages.length), 1);
  return { message: `(combined from similar events): ${message}`, combined: true };
}

/** Token bucket per source, object and type. */
function take(state: RecorderState, key: string, nowMs: number): boolean {
  let bucket = state.buckets[key];
  if (!bucket) {
    bucket = { tokens: burst, lastMs: nowMs };
    state.buckets[key] = bucket;
    grow(state, 'buckets');
  }
  bucket.tokens = Math.min(burst, bucket.tokens + (nowMs - bucket.lastMs) / refillMsPerToken);
  bucket.lastMs = nowMs;
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

/** Counts a new entry. Upstream's cache is an LRU of this size; the oldest insertion goes first here. */
function grow(state: RecorderState, cache: keyof RecorderState['sizes']): void {
  state.sizes[cache] += 1;
  if (state.sizes[cache] <= cacheEntries) return;
  for (const oldest in state[cache]) {
    delete state[cache][oldest];
    break;
  }
  state.sizes[cache] -= 1;
}

const part = 0x1000000;

/** Object name, a dot, the nanoseconds in hexadecimal; the digits below a millisecond come from what the event is about, so that names differ. */
function eventName(objectName: string, ctx: Ctx, key: string): string {
  const below = (fnv1a(key) + ctx.message.seq * 7919) % 1_000_000;
  // In two parts, as the whole is beyond 2⁵³.
  const low = (ctx.epochMs % part) * 1_000_000 + below;
  const high = Math.floor(ctx.epochMs / part) * 1_000_000 + Math.floor(low / part);
  return `${objectName}.${high.toString(16)}${(low % part).toString(16).padStart(6, '0')}`;
}

function request(state: RecorderState, ctx: Ctx, call: Omit<ApiRequest, 'type' | 'id'>, why?: FieldRef): void {
  state.next += 1;
  const body: ApiRequest = { type: 'ApiRequest', id: `event-${state.next}`, ...call };
  ctx.send(apiserver, body, apiLatencyMs.request, why);
}
