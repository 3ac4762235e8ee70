/** Events live an hour after their last write. Models --event-ttl (1h0m0s) of kube-apiserver v1.36.2. */
import { type Resource, resourceById } from '../../api/resources.ts';
import type { KubeEvent, KubeObject } from '../../api/types.ts';
import { parseTime } from '../../engine/time.ts';
import type { Ctx } from '../../engine/types.ts';
import type { ApiServerState } from './state.ts';
import { remove } from './storage.ts';

const ttlMs = 3_600_000;
const sweepMs = 60_000;

const events = resourceById('events') as Resource;

/** Simplified: looked at once a minute, when an event is written; upstream's leases end by themselves. */
export function expireEvents(state: ApiServerState, ctx: Ctx): void {
  if (ctx.epochMs < state.nextEventSweepMs) return;
  state.nextEventSweepMs = ctx.epochMs + sweepMs;
  for (const object of Object.values(state.objects[events.id] ?? {})) {
    if (lastWriteMs(object) + ttlMs < ctx.epochMs) remove(state, events, object, ctx);
  }
}

function lastWriteMs(object: KubeObject): number {
  const { metadata, lastTimestamp, eventTime, series } = object as KubeEvent;
  let last = parseTime(metadata.creationTimestamp);
  for (const text of [lastTimestamp, eventTime, series?.lastObservedTime]) if (typeof text === 'string' && parseTime(text) > last) last = parseTime(text);
  return last;
}
