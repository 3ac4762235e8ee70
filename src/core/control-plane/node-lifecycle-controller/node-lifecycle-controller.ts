/** Notices nodes that fell silent, and taints them. Models pkg/controller/nodelifecycle/node_lifecycle_controller.go, v1.36.2. */
import type { KubeObject, Node, Pod, Taint } from '../../api/types.ts';
import {
  all,
  at,
  type ControllerArgs,
  type ControllerState,
  call,
  controllerRoom,
  enqueue,
  fail,
  get,
  hasSynced,
} from '../../contracts/client-go/controller.ts';
import { storeKey } from '../../contracts/client-go/informer.ts';
import { keyFor } from '../../contracts/client-go/owners.ts';
import { type RecorderState, recordEvent } from '../../contracts/client-go/recorder.ts';
import { rfc3339 } from '../../engine/time.ts';
import type { Ctx, Room } from '../../engine/types.ts';
import { desiredNoSchedule, isOwnNoSchedule, noExecuteFor, notReady, readyStatus, unknownConditions, unreachable, zoneOf } from './taints.ts';

export type Args = ControllerArgs;

interface Health {
  /** Renew time of the lease and heartbeat of Ready when they last changed. */
  seen: string;
  /** When this controller noticed that, ms. */
  probeMs: number;
  /** Status of Ready at the last pass. */
  ready: string;
}

interface State extends ControllerState {
  health: Record<string, Health>;
  /** Nodes (store keys) that wait for their NoExecute taint, in order. */
  tainting: Record<string, true>;
  /** Zone → when the next node may be tainted, ms. */
  nextTaintMs: Record<string, number>;
  allWereFull: boolean;
  looping: boolean;
}

const component = 'node-controller';
const monitorPeriodMs = 5000;
/** The first look waits for the caches: its period is not that of the clock. */
const firstMonitorMs = 1200;
const gracePeriodMs = 50_000;
const startupGracePeriodMs = 60_000;
const taintLoopMs = 100;
/** One node in ten seconds per zone. Source: nodeEvictionRate 0.1, burst 1 */
const taintEveryMs = 10_000;
/** A pass that has pods to mark lasts so long that the tainting loop comes before its end. */
const overtakenMs = 250;

export const nodeLifecycleController: Room<State> = controllerRoom<State>({
  resources: ['nodes', 'leases.coordination.k8s.io'],
  initial(_args: never, ctx: Ctx) {
    ctx.send(ctx.self, { type: 'MonitorNodes' }, firstMonitorMs);
    return { health: {}, tainting: {}, nextTaintMs: {}, allWereFull: false, looping: false };
  },
  changed(state, resource, change) {
    if (resource === 'nodes' && change.type !== 'deleted') {
      const [node, old] = [change.object as Node, change.old as Node | undefined];
      if (!old || old.spec !== node.spec || old.status?.conditions !== node.status?.conditions) enqueue(state, keyFor(node));
    }
  },
  /** Keeps a node's NoSchedule taints in step with its conditions. */
  sync(state, key, ctx) {
    const node = at<Node>(state, 'nodes', key);
    if (!node) return;
    const has = (node.spec.taints ?? []).filter(isOwnNoSchedule);
    const wanted = desiredNoSchedule(node);
    if (has.length === wanted.length && wanted.every((taint) => has.some((t) => t.key === taint.key))) return;
    const kept = (node.spec.taints ?? []).filter((taint) => !isOwnNoSchedule(taint) || wanted.some((t) => t.key === taint.key));
    const added = wanted.filter((taint) => !has.some((t) => t.key === taint.key)).map((taint) => ({ ...taint, timeAdded: rfc3339(ctx.epochMs) }));
    patchTaints(state, ctx, key, node, [...kept, ...added]);
  },
  other(state, message, ctx) {
    if (message.body.type === 'MonitorNodes') {
      ctx.send(ctx.self, { type: 'MonitorNodes' }, monitorPeriodMs);
      if (hasSynced(state)) monitor(state, ctx);
    } else if (message.body.type === 'TaintLoop') taintLoop(state, ctx);
    else if (message.body.type === 'TaintNow') taintNode(state, ctx, (message.body as unknown as { key: string }).key);
  },
  answered(state, open, result, ctx) {
    if (open.step === 'unknown' && result.code < 400) becameUnknown(state, ctx, open.key, result.object as Node);
    else if (open.step === 'pods') for (const pod of (result.list?.items ?? []) as Pod[]) markNotReady(state, ctx, pod);
    else if (open.step === 'not-ready' && result.code < 400)
      recordEvent(state.recorder, ctx, { component }, podReference(result.object as Pod), 'Warning', 'NodeNotReady', 'Node is not ready');
    else if (open.step === 'taints' && result.code === 409) {
      if (state.queue.processing[open.key]) fail(state, open.key);
      else enqueue(state, open.key);
      if (open.data?.noExecute) queueTaint(state, ctx, open.key);
    }
  },
});

const podReference = (pod: KubeObject): Parameters<typeof recordEvent>[3] => ({
  kind: 'Pod',
  namespace: pod.metadata.namespace as string,
  name: pod.metadata.name,
  uid: pod.metadata.uid,
  apiVersion: 'v1',
  resourceVersion: pod.metadata.resourceVersion,
});

function nodeEvent(recorder: RecorderState, ctx: Ctx, node: KubeObject, reason: string, message: string): void {
  recordEvent(recorder, ctx, { component }, { apiVersion: 'v1', kind: 'Node', name: node.metadata.name, uid: node.metadata.uid }, 'Normal', reason, message);
}

function patchTaints(state: State, ctx: Ctx, key: string, node: Node, taints: Taint[], noExecute = false): void {
  call(
    state,
    ctx,
    key,
    'taints',
    {
      verb: 'patch',
      resource: 'nodes',
      name: node.metadata.name,
      patchType: 'merge',
      patch: { metadata: { resourceVersion: node.metadata.resourceVersion }, spec: { taints: taints.length > 0 ? taints : null } },
    },
    { noExecute },
  );
}

/** One pass over all nodes, each five seconds. */
function monitor(state: State, ctx: Ctx): void {
  const nodes = all<Node>(state, 'nodes');
  forgetGone(state, ctx, nodes);
  const overtaken: string[] = [];
  for (const node of nodes) {
    const key = keyFor(node);
    let health = state.health[key];
    const seen = lastSign(state, node);
    if (!health) {
      health = { seen, probeMs: ctx.nowMs, ready: readyStatus(node) };
      state.health[key] = health;
      nodeEvent(state.recorder, ctx, node, 'RegisteredNode', `Node ${node.metadata.name} event: Registered Node ${node.metadata.name} in Controller`);
    } else if (health.seen !== seen) {
      health.seen = seen;
      health.probeMs = ctx.nowMs;
    }
    const posted = (node.status.conditions ?? []).some((c) => c.type === 'Ready');
    const silent = ctx.nowMs > health.probeMs + (posted ? gracePeriodMs : startupGracePeriodMs);
    if (silent && readyStatus(node) !== 'Unknown') {
      const status = { ...node.status, conditions: unknownConditions(node, ctx.epochMs) };
      call(state, ctx, key, 'unknown', { verb: 'update', resource: 'nodes', subresource: 'status', name: node.metadata.name, object: { ...node, status } });
      overtaken.push(key);
      continue;
    }
    const status = readyStatus(node);
    if (status === 'True') markReachable(state, ctx, key, node);
    else if (status !== '' || posted) wantTaint(state, ctx, key, node);
  }
  handleDisruption(state, ctx, nodes, overtaken);
}

const lastSign = (state: State, node: Node): string => {
  const lease = get(state, 'leases.coordination.k8s.io', 'kube-node-lease', node.metadata.name);
  return `${lease?.spec?.renewTime ?? ''}|${node.status.conditions?.find((c) => c.type === 'Ready')?.lastHeartbeatTime ?? ''}`;
};

function forgetGone(state: State, ctx: Ctx, nodes: readonly Node[]): void {
  if (Object.keys(state.health).length <= nodes.length) return;
  const present = new Set(nodes.map(keyFor));
  for (const key of Object.keys(state.health)) {
    if (present.has(key)) continue;
    delete state.health[key];
    delete state.tainting[key];
    const name = key.slice(1);
    const message = `Node ${name} event: Removing Node ${name} from Controller`;
    recordEvent(state.recorder, ctx, { component }, { apiVersion: 'v1', kind: 'Node', name, uid: name }, 'Normal', 'RemovingNode', message);
  }
}

/** The controller itself has written that it does not know: the node's pods are not ready, and it is tainted in the same pass. */
function becameUnknown(state: State, ctx: Ctx, key: string, node: Node): void {
  nodeEvent(state.recorder, ctx, node, 'NodeNotReady', `Node ${node.metadata.name} status is now: NodeNotReady`);
  call(state, ctx, key, 'pods', { verb: 'list', resource: 'pods', fieldSelector: `spec.nodeName=${node.metadata.name}` });
  const zone = zoneOf(node);
  if ((state.nextTaintMs[zone] ?? Number.MIN_SAFE_INTEGER) > ctx.nowMs) {
    if (!state.allWereFull) queueTaint(state, ctx, key);
    return;
  }
  state.nextTaintMs[zone] = ctx.nowMs + taintEveryMs;
  ctx.send(ctx.self, { type: 'TaintNow', key } as { type: string }, overtakenMs);
}

function markNotReady(state: State, ctx: Ctx, pod: Pod): void {
  const ready = pod.status.conditions?.find((c) => c.type === 'Ready');
  if (ready?.status !== 'True') return;
  const condition = { ...ready, status: 'False', lastTransitionTime: rfc3339(ctx.epochMs) };
  call(state, ctx, storeKey(pod.metadata.namespace, pod.metadata.name), 'not-ready', {
    verb: 'patch',
    resource: 'pods',
    subresource: 'status',
    namespace: pod.metadata.namespace as string,
    name: pod.metadata.name,
    patchType: 'strategic',
    patch: { status: { conditions: [condition] } },
  });
}

function wantTaint(state: State, ctx: Ctx, key: string, node: Node): void {
  const wanted = noExecuteFor(node);
  const has = node.spec.taints ?? [];
  if (!wanted || has.some((taint) => taint.key === wanted.key && taint.effect === 'NoExecute')) return;
  // One for the other is swapped directly; a first one waits its turn.
  if (has.some((taint) => (taint.key === notReady || taint.key === unreachable) && taint.effect === 'NoExecute')) taintNode(state, ctx, key);
  else if (!state.allWereFull) queueTaint(state, ctx, key);
}

function queueTaint(state: State, ctx: Ctx, key: string): void {
  state.tainting[key] = true;
  if (state.looping) return;
  state.looping = true;
  ctx.send(ctx.self, { type: 'TaintLoop' }, taintLoopMs);
}

function taintLoop(state: State, ctx: Ctx): void {
  state.looping = false;
  let next = Number.MAX_SAFE_INTEGER;
  for (const key of Object.keys(state.tainting)) {
    const node = at<Node>(state, 'nodes', key);
    const zone = node ? zoneOf(node) : '';
    const allowedMs = state.nextTaintMs[zone] ?? ctx.nowMs;
    if (node && allowedMs > ctx.nowMs) {
      next = Math.min(next, allowedMs);
      continue;
    }
    delete state.tainting[key];
    if (!node || !noExecuteFor(node)) continue;
    state.nextTaintMs[zone] = ctx.nowMs + taintEveryMs;
    taintNode(state, ctx, key);
  }
  if (next === Number.MAX_SAFE_INTEGER) return;
  state.looping = true;
  ctx.send(ctx.self, { type: 'TaintLoop' }, Math.max(taintLoopMs, next - ctx.nowMs));
}

function taintNode(state: State, ctx: Ctx, key: string): void {
  const node = at<Node>(state, 'nodes', key);
  const wanted = node && noExecuteFor(node);
  if (!node || !wanted) return;
  const rest = (node.spec.taints ?? []).filter((taint) => taint.effect !== 'NoExecute' || (taint.key !== notReady && taint.key !== unreachable));
  if (node.spec.taints?.some((taint) => taint.key === wanted.key && taint.effect === 'NoExecute')) return;
  patchTaints(state, ctx, key, node, [...rest, { ...wanted, timeAdded: rfc3339(ctx.epochMs) }], true);
}

function markReachable(state: State, ctx: Ctx, key: string, node: Node): void {
  delete state.tainting[key];
  const rest = (node.spec.taints ?? []).filter((taint) => taint.effect !== 'NoExecute' || (taint.key !== notReady && taint.key !== unreachable));
  if (rest.length < (node.spec.taints?.length ?? 0)) patchTaints(state, ctx, key, node, rest);
}

/**
 * When no node of any zone is ready the fault is thought to be elsewhere: nothing is tainted any more.
 *
 * Simplified: zones are full or not; the reduced rates of large, partly disrupted zones are left out.
 */
function handleDisruption(state: State, ctx: Ctx, nodes: readonly Node[], overtaken: readonly string[]): void {
  const allFull = nodes.length > 0 && nodes.every((node) => overtaken.includes(keyFor(node)) || readyStatus(node) !== 'True');
  if (allFull && !state.allWereFull) {
    for (const node of nodes) if (!overtaken.includes(keyFor(node))) markReachable(state, ctx, keyFor(node), node);
    state.tainting = {};
  } else if (!allFull && state.allWereFull) for (const key in state.health) (state.health[key] as Health).probeMs = ctx.nowMs;
  state.allWereFull = allFull;
}
