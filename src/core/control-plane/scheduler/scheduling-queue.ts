/** Pods that wait for a node. Models pkg/scheduler/backend/queue/scheduling_queue.go, v1.36.2. */
import type { Pod } from '../../api/types.ts';

export interface QueuedPod {
  key: string;
  uid: string;
  priority: number;
  /** When it was last put into the queue, ms; ties in priority go by it, then by `order`. */
  sinceMs: number;
  order: number;
  attempts: number;
  /** Plugins that refused it last; events that cannot change their mind do not wake it. */
  plugins: string[];
  where: 'active' | 'backoff' | 'unschedulable' | 'gated' | 'inFlight';
  /** Until when it backs off after an error, ms. */
  backoffUntilMs: number;
  /** An error, not a refusal: then the back-off holds even when nothing else is to do. */
  error: boolean;
}

export interface SchedulingQueue {
  pods: Record<string, QueuedPod>;
  /** Store keys in order of priority, then time. */
  active: string[];
  order: number;
  /** How many are unschedulable. */
  unschedulable: number;
}
export const schedulingQueue = (): SchedulingQueue => ({ pods: {}, active: [], order: 0, unschedulable: 0 });

const initialBackoffMs = 1000;
const maxBackoffMs = 10_000;
/** Longest stay among the unschedulable, and how often that is looked at. */
export const maxUnschedulableMs = 300_000;
export const flushPeriodMs = 30_000;

export const backoffMs = (attempts: number): number => Math.min(maxBackoffMs, initialBackoffMs * 2 ** Math.min(Math.max(attempts - 1, 0), 10));

export const isGated = (pod: Pod): boolean => (pod.spec.schedulingGates?.length ?? 0) > 0;

/** Enters a pod, or brings up to date one that waits already. */
export function enter(queue: SchedulingQueue, pod: Pod, key: string, nowMs: number): QueuedPod {
  queue.order += 1;
  const entry: QueuedPod = {
    key,
    uid: pod.metadata.uid,
    priority: pod.spec.priority ?? 0,
    sinceMs: nowMs,
    order: queue.order,
    attempts: 0,
    plugins: [],
    where: 'gated',
    backoffUntilMs: 0,
    error: false,
  };
  queue.pods[key] = entry;
  if (!isGated(pod)) activate(queue, entry, nowMs);
  return entry;
}

const first = (a: QueuedPod, b: QueuedPod): boolean =>
  a.priority !== b.priority ? a.priority > b.priority : a.sinceMs !== b.sinceMs ? a.sinceMs < b.sinceMs : a.order < b.order;

/** Makes it one of those that are tried next. */
export function activate(queue: SchedulingQueue, entry: QueuedPod, nowMs: number): void {
  if (entry.where === 'active') return;
  if (entry.where === 'unschedulable') queue.unschedulable -= 1;
  entry.where = 'active';
  entry.sinceMs = nowMs;
  let [low, high] = [0, queue.active.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (first(queue.pods[queue.active[middle] as string] as QueuedPod, entry)) low = middle + 1;
    else high = middle;
  }
  queue.active.splice(low, 0, entry.key);
}

export function pop(queue: SchedulingQueue): QueuedPod | undefined {
  const key = queue.active.shift();
  if (key === undefined) return undefined;
  const entry = queue.pods[key] as QueuedPod;
  entry.where = 'inFlight';
  entry.attempts += 1;
  return entry;
}

/** Parks a pod that fits nowhere until something changes. */
export function park(queue: SchedulingQueue, entry: QueuedPod, plugins: string[], nowMs: number): void {
  entry.where = 'unschedulable';
  entry.plugins = plugins;
  entry.sinceMs = nowMs;
  entry.error = false;
  entry.backoffUntilMs = nowMs + backoffMs(entry.attempts);
  queue.unschedulable += 1;
}

/** From the unschedulable to those that wait out their back-off. */
export function backOff(queue: SchedulingQueue, entry: QueuedPod): void {
  entry.where = 'backoff';
  queue.unschedulable -= 1;
}

export function leave(queue: SchedulingQueue, key: string): void {
  const entry = queue.pods[key];
  if (!entry) return;
  if (entry.where === 'active') queue.active.splice(queue.active.indexOf(key), 1);
  if (entry.where === 'unschedulable') queue.unschedulable -= 1;
  delete queue.pods[key];
}
