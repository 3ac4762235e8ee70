/**
 * Finds nodes for pods. Models pkg/scheduler (scheduler.go, eventhandlers.go, schedule_one.go), v1.36.2: pods are tried one after another, bindings run beside.
 */
import { isPodTerminal } from '../../api/pods.ts';
import type { KubeObject, Node, Pod } from '../../api/types.ts';
import { at, type ControllerState, controllerRoom, enqueue, hasSynced } from '../../contracts/client-go/controller.ts';
import { type InformerChange, storeKey } from '../../contracts/client-go/informer.ts';
import { keyFor } from '../../contracts/client-go/owners.ts';
import { podRequests } from '../../contracts/client-go/pod-requests.ts';
import type { Ctx, Room } from '../../engine/types.ts';
import { bindAnswered, checkVolumes, type VolumesDue } from './binding.ts';
import { type Hint, isAssigned, nodeHint, podAddedHint, podChangedItself, podRemovedHint, podShrankHint, volumeHint } from './cluster-events.ts';
import { addPod, nodeInfo, removePod, setNode } from './node-info.ts';
import { scheduleOne } from './schedule-one.ts';
import { activate, backOff, enter, flushPeriodMs, isGated, leave, maxUnschedulableMs, pop, schedulingQueue } from './scheduling-queue.ts';
import { type State, schedulerName } from './state.ts';
import { claims, classes, volumes } from './volume-binding.ts';

export interface Args {
  /** The machine it runs on: `reportingInstance` of its events is `default-scheduler-HOST`. */
  host: string;
  limit?: { qps: number; burst: number };
}

/** kube-scheduler's defaults. Source: pkg/scheduler/apis/config/v1/defaults.go, clientConnection. */
const defaultLimit = { qps: 50, burst: 100 };
/** A cycle that ends without a node looks at every node twice, for preemption too, and tells: ms, measured. Others take less than one. */
const refusedCycleMs = 10;
/** The one key of its work queue: there are pods to try. */
const activeKey = '@active';

const code = {
  resources: ['nodes', 'pods', claims, volumes, classes, 'namespaces', 'poddisruptionbudgets.policy'],

  initial: (args: Args): Omit<State, keyof ControllerState> => ({
    host: args.host,
    nodes: {},
    sched: schedulingQueue(),
    assumed: {},
    nominated: {},
    preBinding: {},
    assumedVolumes: {},
    flushing: false,
    busyUntilMs: -1,
  }),

  changed(state: State, resource: string, change: InformerChange, ctx: Ctx): void {
    if (resource === 'pods') podChanged(state, change, ctx);
    else if (resource === 'nodes') nodeChanged(state, change, ctx);
    else if (resource === claims || resource === volumes || resource === classes) {
      const object = change.object as KubeObject;
      if (resource === volumes && (object.spec.claimRef || change.type === 'deleted')) delete state.assumedVolumes[keyFor(object)];
      if (change.type !== 'deleted') wake(state, ctx, volumeHint);
    }
    if (state.sched.active.length > 0) enqueue(state, activeKey);
  },

  sync(state: State, _key: string, ctx: Ctx): void {
    if (ctx.nowMs < state.busyUntilMs) return;
    for (let entry = pop(state.sched); entry; entry = pop(state.sched)) {
      const pod = at<Pod>(state, 'pods', entry.key);
      if (!pod || pod.metadata.uid !== entry.uid || isPodTerminal(pod)) leave(state.sched, entry.key);
      else scheduleOne(state, ctx, entry, pod);
      if (state.sched.pods[entry.key]?.where !== 'unschedulable') continue;
      state.busyUntilMs = ctx.nowMs + refusedCycleMs;
      ctx.send(ctx.self, { type: 'CycleDone' }, refusedCycleMs);
      break;
    }
    armFlush(state, ctx);
  },

  answered: bindAnswered,

  other(state: State, message: { body: { type: string } }, ctx: Ctx): void {
    if (message.body.type === 'FlushUnschedulable') flush(state, ctx);
    else if (message.body.type === 'VolumesDue') checkVolumes(state, ctx, message.body as VolumesDue);
    else if (message.body.type === 'BackoffDue') {
      const entry = state.sched.pods[(message.body as unknown as { key: string }).key];
      if (entry && entry.where !== 'inFlight' && ctx.nowMs >= entry.backoffUntilMs) activate(state.sched, entry, ctx.nowMs);
    }
    if (state.sched.active.length > 0 && hasSynced(state)) enqueue(state, activeKey);
  },
};

export const scheduler: Room<State> = (() => {
  const room = controllerRoom<State>(code);
  return { ...room, initial: ((args: Args, ctx: Ctx) => room.initial({ ...args, limit: args.limit ?? defaultLimit } as never, ctx)) as Room<State>['initial'] };
})();

function podChanged(state: State, change: InformerChange, ctx: Ctx): void {
  const pod = change.object as Pod;
  const old = change.old as Pod | undefined;
  const key = keyFor(pod);
  if (old && isAssigned(old) && (change.type === 'deleted' || !isAssigned(pod) || old.metadata.uid !== pod.metadata.uid)) {
    const info = state.nodes[storeKey(undefined, old.spec.nodeName as string)];
    if (info) removePod(info, old);
    wake(state, ctx, podRemovedHint(old));
    if (change.type === 'deleted') return;
  }
  if (isAssigned(pod)) {
    if (change.type === 'deleted') return;
    const name = storeKey(undefined, pod.spec.nodeName as string);
    const assumed = state.assumed[key];
    if (assumed && assumed.node !== pod.spec.nodeName) forget(state, key);
    delete state.assumed[key];
    delete state.nominated[key];
    if (state.sched.pods[key]) leave(state.sched, key);
    let info = state.nodes[name];
    if (!info) {
      info = nodeInfo(pod.spec.nodeName as string);
      state.nodes[name] = info;
    }
    addPod(info, pod);
    if (!old || !isAssigned(old)) wake(state, ctx, podAddedHint);
    else {
      if (old.metadata.labels !== pod.metadata.labels || old.metadata.deletionTimestamp !== pod.metadata.deletionTimestamp) wake(state, ctx, podAddedHint);
      if (state.sched.unschedulable > 0 && shrank(old, pod)) wake(state, ctx, podShrankHint(old, pod));
    }
    return;
  }
  if (change.type === 'deleted' || isPodTerminal(pod)) {
    if (state.assumed[key]) forget(state, key);
    delete state.nominated[key];
    leave(state.sched, key);
    return;
  }
  if (pod.spec.schedulerName !== undefined && pod.spec.schedulerName !== schedulerName) return;
  if (state.assumed[key]) return;
  if (pod.status?.nominatedNodeName) state.nominated[key] = { node: pod.status.nominatedNodeName, priority: pod.spec.priority ?? 0 };
  const entry = state.sched.pods[key];
  if (!entry || entry.uid !== pod.metadata.uid) {
    leave(state.sched, key);
    enter(state.sched, pod, key, ctx.nowMs);
  } else if (entry.where === 'gated' && !isGated(pod)) activate(state.sched, entry, ctx.nowMs);
  else if (entry.where === 'unschedulable' && old && podChangedItself(old, pod)) activate(state.sched, entry, ctx.nowMs);
}

/** A resize that asks for less. */
function shrank(old: Pod, pod: Pod): boolean {
  if (old.spec.containers === pod.spec.containers && old.status.containerStatuses === pod.status.containerStatuses) return false;
  const [before, after] = [podRequests(old), podRequests(pod)];
  for (const resource in before) if ((after[resource] ?? 0) < (before[resource] as number)) return true;
  return false;
}

/** An assumed pod is not bound after all. */
function forget(state: State, key: string): void {
  const assumed = state.assumed[key];
  const info = assumed && state.nodes[storeKey(undefined, assumed.node)];
  const pod = info?.pods[key];
  if (info && pod) removePod(info, pod);
  delete state.assumed[key];
  delete state.preBinding[key];
}

function nodeChanged(state: State, change: InformerChange, ctx: Ctx): void {
  const node = change.object as Node;
  const name = storeKey(undefined, node.metadata.name);
  if (change.type === 'deleted') {
    const info = state.nodes[name];
    if (info) info.node = null;
    if (info && info.podCount === 0) delete state.nodes[name];
    return;
  }
  let info = state.nodes[name];
  if (!info) {
    info = nodeInfo(node.metadata.name);
    state.nodes[name] = info;
  }
  setNode(info, node);
  wake(state, ctx, nodeHint(node, change.old as Node | undefined));
}

/** With more waiting pods than this there is always something else to do. */
const busyAbove = 100;

/** Tries the parked pods again for which this is good news. With nothing else to do, back-off is not waited for [SchedulerPopFromBackoffQ]. */
function wake(state: State, ctx: Ctx, hint: Hint): void {
  if (state.sched.unschedulable === 0) return;
  const busy = state.sched.unschedulable > busyAbove;
  for (const key in state.sched.pods) {
    const entry = state.sched.pods[key];
    if (entry?.where !== 'unschedulable') continue;
    const pod = at<Pod>(state, 'pods', key);
    if (!pod || !hint(entry, pod)) continue;
    if (busy && ctx.nowMs < entry.backoffUntilMs) {
      backOff(state.sched, entry);
      ctx.send(ctx.self, { type: 'BackoffDue', key } as { type: string }, entry.backoffUntilMs - ctx.nowMs);
    } else activate(state.sched, entry, ctx.nowMs);
  }
}

function armFlush(state: State, ctx: Ctx): void {
  if (state.flushing || state.sched.unschedulable === 0) return;
  state.flushing = true;
  ctx.send(ctx.self, { type: 'FlushUnschedulable' }, flushPeriodMs - (((ctx.nowMs % flushPeriodMs) + flushPeriodMs) % flushPeriodMs));
}

/** Nobody is parked for more than five minutes. */
function flush(state: State, ctx: Ctx): void {
  state.flushing = false;
  for (const key in state.sched.pods) {
    const entry = state.sched.pods[key];
    if (entry?.where === 'unschedulable' && ctx.nowMs - entry.sinceMs > maxUnschedulableMs) activate(state.sched, entry, ctx.nowMs);
  }
  armFlush(state, ctx);
}
