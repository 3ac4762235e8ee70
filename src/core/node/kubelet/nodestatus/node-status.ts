/** Registers the Node and keeps its status true. Models pkg/kubelet/kubelet_node_status.go and nodestatus/setters.go, v1.36.2. */

import { equal } from '../../../api/equal.ts';
import { quantityMilli } from '../../../api/quantity.ts';
import type { KubeObject, Node, Taint } from '../../../api/types.ts';
import { log } from '../../../contracts/journal.ts';
import { type ApiRequest, type ApiResponse, apiLatencyMs, apiserver } from '../../../contracts/watch.ts';
import { goDuration } from '../../../engine/time.ts';
import type { Body, Ctx, Message } from '../../../engine/types.ts';
import { createQOSCgroups, podRequest, updateQOSCgroups } from '../cgroups.ts';
import { criRead } from '../cri.ts';
import { nodeEvent } from '../events.ts';
import { nodeIPsOf } from '../node-ips.ts';
import { computePodQOS } from '../qos.ts';
import type { KubeletConfig, KubeletState } from '../state.ts';
import { conditionsChanged, setConditions } from './conditions.ts';
import { leaseAnswered, renewLease } from './lease.ts';

/** The status is computed this often, ms … */
const updateFrequencyMs = 10_000;
/** … with up to so many hundredths more. */
const jitterPercent = 4;
/** … and written when it changed, or after this. */
const reportFrequencyMs = 300_000;
/** Until the node is ready for the first time. */
const fastUpdateMs = 100;
const fastUpdateTimeoutMs = 120_000;
/** Creating the Node is tried again after this, doubling to the second. */
const registerInitialMs = 100;
const registerMaxMs = 7000;
/** The QoS levels' shares follow the pods' requests this often, ms. */
const qosUpdateMs = 60_000;
const maxImages = 50;
const maxNamesPerImage = 5;

/** Without a successful look at the runtime, ms. */
const runtimeDownAfterMs = 30_000;
const plegUnhealthyAfterMs = 180_000;

const cgroupV1Words =
  'cgroup v1 detected. cgroup v1 support is deprecated and will be removed in a future release. Please migrate to cgroup v2. More information at https://git.k8s.io/enhancements/keps/sig-node/5573-remove-cgroup-v1';

/** What a starting kubelet tells about its node, and when, ms after its start (recorded). */
const startEvents: readonly [number, 'Normal' | 'Warning', string, string][] = [
  [290, 'Normal', 'Starting', 'Starting kubelet.'],
  [302, 'Warning', 'CgroupV1', cgroupV1Words],
  [370, 'Warning', 'InvalidDiskCapacity', 'invalid capacity 0 on image filesystem'],
  [450, 'Normal', 'NodeAllocatableEnforced', 'Updated Node Allocatable limit across pods'],
];
const registerAfterMs = 550;
const sufficient = ['NodeHasSufficientMemory', 'NodeHasNoDiskPressure', 'NodeHasSufficientPID'];
/** A node that was given up and comes back: several of upstream's status updates run at once, and each tells what it sees change (recorded). */
const returnEvents: readonly [number, readonly string[]][] = [
  [20, ['NodeNotReady']],
  [100, sufficient],
  [200, [...sufficient, 'NodeReady']],
];
const returnStatusMs = 130;

export interface NodeStatusState {
  /** The API server knows the Node. */
  registered: boolean;
  /** Next try to create it, ms. */
  registerBackOffMs: number;
  /** When it is written next though nothing changed. */
  reportDueMs: number;
  /** Has been ready once since the start. */
  readyOnce: boolean;
  unschedulable: boolean | null;
  /** A write is on its way. */
  patching: boolean;
  lease: KubeObject | null;
  /** What the Burstable level was last given, thousandths of a CPU. */
  burstableRequests: number;
  /** The kubelet has run before the run began: nothing of its start is told. */
  quiet: boolean;
}

/** `restarted`: the kubelet was killed and starts again. */
export const initialNodeStatus = (config: KubeletConfig, restarted = false): NodeStatusState => ({
  registered: config.registered === true && !restarted,
  registerBackOffMs: registerInitialMs,
  reportDueMs: 0,
  readyOnce: false,
  unschedulable: null,
  patching: false,
  lease: null,
  burstableRequests: 0,
  quiet: config.registered === true && !restarted,
});

export function startNodeStatus(state: KubeletState, ctx: Ctx): void {
  const status = state.nodeStatus;
  const { node, cgroupDriver } = state.config;
  createQOSCgroups(cgroupDriver, node.status.capacity ?? {}, {}, ctx);
  status.reportDueMs = ctx.nowMs + reportDelay(ctx);
  ctx.send(ctx.self, { type: 'NodeQOS' } as Body, qosUpdateMs);
  if (status.quiet) {
    status.readyOnce = true;
    ctx.send(ctx.self, { type: 'NodeLease' } as Body, 0);
    ctx.send(ctx.self, { type: 'NodeStatus' } as Body, Math.floor(ctx.random() * updateFrequencyMs));
    return;
  }
  // A kubelet that has just started writes at its first check.
  status.reportDueMs = ctx.nowMs;
  for (const [index, [afterMs]] of startEvents.entries()) ctx.send(ctx.self, { type: 'NodeStartEvent', index } as Body, afterMs);
  ctx.send(ctx.self, { type: 'NodeRegister' } as Body, registerAfterMs);
  ctx.send(ctx.self, { type: 'NodeLease' } as Body, registerAfterMs);
}

/** 2.5 … 7.5 min: so that not all nodes of a cluster write at once. */
const reportDelay = (ctx: Ctx): number => Math.floor(reportFrequencyMs * (0.5 + ctx.random()));

export function handleNodeMessage(state: KubeletState, message: Message, ctx: Ctx): boolean {
  const { body } = message;
  switch (body.type) {
    case 'NodeStatus':
      ctx.send(ctx.self, { type: 'NodeStatus' } as Body, updateFrequencyMs + Math.floor((ctx.random() * updateFrequencyMs * jitterPercent) / 100));
      syncNodeStatus(state, ctx);
      return true;
    case 'NodeQOS':
      ctx.send(ctx.self, { type: 'NodeQOS' } as Body, qosUpdateMs);
      updateQOS(state, ctx);
      return true;
    case 'NodeFastStatus':
      fastStatusUpdate(state, ctx);
      return true;
    case 'NodeLease':
      renewLease(state, ctx);
      return true;
    case 'NodeRegister':
      register(state, ctx);
      return true;
    case 'NodeReturns':
      for (const reason of (body as Body & { reasons: string[] }).reasons) tell(state, reason, ctx);
      return true;
    case 'NodeStartEvent': {
      const event = startEvents[(body as Body & { index: number }).index];
      if (event && (event[2] !== 'CgroupV1' || state.config.cgroupVersion === 1)) nodeEvent(state, event[1], event[2], event[3], ctx);
      return true;
    }
    case 'ApiResponse':
      return answered(state, body as ApiResponse, ctx);
    case 'WatchEvent':
      return true;
    default:
      return false;
  }
}

function answered(state: KubeletState, response: ApiResponse, ctx: Ctx): boolean {
  const { id } = response;
  if (id.startsWith('node-lease')) leaseAnswered(state, response, ctx);
  else if (id === 'node-status') {
    state.nodeStatus.patching = false;
    if (response.object) state.node = response.object as Node;
  } else if (id === 'node-register') registerAnswered(state, response, ctx);
  else return false;
  return true;
}

/** The full Node as it is created. Setting up its status tells the three pressures' events, also when the Node turns out to exist. */
function register(state: KubeletState, ctx: Ctx): void {
  if (state.nodeStatus.registered) return;
  const { node, nodeName } = state.config;
  const object = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: nodeName, labels: node.metadata.labels ?? {}, annotations: node.metadata.annotations ?? {} },
    spec: { ...node.spec, taints: (node.spec.taints ?? []) as Taint[] },
    status: { ...node.status, ...computeStatus(state, { conditions: [] }, ctx) },
  };
  ask(state, { id: 'node-register', verb: 'create', object }, ctx);
}

function registerAnswered(state: KubeletState, response: ApiResponse, ctx: Ctx): void {
  const status = state.nodeStatus;
  if (status.registered) return;
  const exists = response.code === 409;
  if (response.code >= 300 && !exists) {
    ctx.send(ctx.self, { type: 'NodeRegister' } as Body, status.registerBackOffMs);
    status.registerBackOffMs = Math.min(status.registerBackOffMs * 2, registerMaxMs);
    return;
  }
  status.registered = true;
  log(ctx, 'kubelet.service', ['kubelet.registered', state.config.nodeName]);
  if (response.object) state.node = response.object as Node;
  const known = state.node?.status.conditions?.find((c) => c.type === 'Ready');
  const outage = exists && known !== undefined && known.status !== 'True';
  if (outage) for (const [afterMs, reasons] of returnEvents) ctx.send(ctx.self, { type: 'NodeReturns', reasons } as Body, afterMs);
  ctx.send(ctx.self, { type: 'NodeStatus' } as Body, outage ? returnStatusMs : exists ? 0 : updateFrequencyMs);
  if (!exists) ctx.send(ctx.self, { type: 'NodeFastStatus' } as Body, fastUpdateMs);
}

/** Looks each 100 ms whether the node has become ready, once. */
function fastStatusUpdate(state: KubeletState, ctx: Ctx): void {
  if (state.nodeStatus.readyOnce) return;
  if (readyErrors(state, ctx.nowMs).length === 0) syncNodeStatus(state, ctx);
  else if (ctx.nowMs - state.startedAtMs < fastUpdateTimeoutMs) ctx.send(ctx.self, { type: 'NodeFastStatus' } as Body, fastUpdateMs);
}

/** Computes the status and writes it when it changed or is due. */
function syncNodeStatus(state: KubeletState, ctx: Ctx): void {
  const status = state.nodeStatus;
  const { node } = state;
  if (!status.registered || !node || status.patching) return;
  tellSchedulable(state, node, ctx);
  const old = node.status;
  const next = computeStatus(state, old, ctx);
  const changed: Record<string, unknown> = {};
  for (const key of Object.keys(next)) if (key !== 'conditions' && !equal(old[key], next[key])) changed[key] = next[key];
  const conditions = next.conditions ?? [];
  if (Object.keys(changed).length === 0 && !conditionsChanged(old.conditions ?? [], conditions) && ctx.nowMs < status.reportDueMs) return;
  status.reportDueMs = ctx.nowMs + reportDelay(ctx);
  if (conditions.some((c) => c.type === 'Ready' && c.status === 'True')) status.readyOnce = true;
  status.patching = true;
  ask(state, { id: 'node-status', verb: 'patch', subresource: 'status', patchType: 'strategic', patch: { status: { ...changed, conditions } } }, ctx);
  // An answer that never comes must not end the reports.
  if (!ctx.isUp(apiserver)) status.patching = false;
}

function updateQOS(state: KubeletState, ctx: Ctx): void {
  let requests = 0;
  for (const uid in state.pods) {
    const pod = state.pods[uid];
    if (pod && state.workers[uid]?.phase === 'sync' && computePodQOS(pod) === 'Burstable') requests += podRequest(pod, 'cpu', quantityMilli);
  }
  if (requests === state.nodeStatus.burstableRequests) return;
  state.nodeStatus.burstableRequests = requests;
  updateQOSCgroups(state.config.cgroupDriver, requests, ctx);
}

function tellSchedulable(state: KubeletState, node: Node, ctx: Ctx): void {
  const unschedulable = node.spec.unschedulable === true;
  const { unschedulable: told } = state.nodeStatus;
  state.nodeStatus.unschedulable = unschedulable;
  if (told === null || told === unschedulable) return;
  tell(state, unschedulable ? 'NodeNotSchedulable' : 'NodeSchedulable', ctx);
}

const tell = (state: KubeletState, reason: string, ctx: Ctx): void =>
  nodeEvent(state, 'Normal', reason, `Node ${state.config.nodeName} status is now: ${reason}`, ctx);

/** What the kubelet says of its node now; tells the events of what changed against `old`. */
function computeStatus(state: KubeletState, old: Node['status'], ctx: Ctx): Node['status'] {
  const { capacity, allocatable, addresses, nodeInfo, daemonEndpoints } = state.config.node.status;
  const health = {
    memoryPressure: underPressure(state, 'MemoryPressure'),
    diskPressure: underPressure(state, 'DiskPressure'),
    pidPressure: underPressure(state, 'PIDPressure'),
    errors: readyErrors(state, ctx.nowMs),
  };
  const { conditions, events } = setConditions(old.conditions ?? [], health, ctx.epochMs);
  for (const reason of events) tell(state, reason, ctx);
  return {
    addresses: addresses ?? [
      ...nodeIPsOf(state.config).map((address) => ({ type: 'InternalIP', address })),
      { type: 'Hostname', address: state.config.nodeName },
    ],
    allocatable: { ...extended(old.capacity, capacity), ...(allocatable ?? capacity) },
    capacity: { ...extended(old.capacity, capacity), ...capacity },
    conditions,
    daemonEndpoints: daemonEndpoints ?? { kubeletEndpoint: { Port: 10250 } },
    declaredFeatures: [
      'ExtendWebSocketsToKubelet',
      'InPlacePodLevelResourcesVerticalScaling',
      'InPlacePodVerticalScalingInitContainers',
      'RestartAllContainersOnContainerExits',
    ],
    ...(nodeInfo ? { nodeInfo: { ...nodeInfo, containerRuntimeVersion: runtimeVersion(nodeInfo.containerRuntimeVersion ?? '', ctx) } } : {}),
    images: imageList(ctx) ?? old.images ?? [],
  };
}

/** `containerd://1.6.20`; `containerd://Unknown` while the runtime does not answer. Models nodestatus.VersionInfo. */
function runtimeVersion(known: string, ctx: Ctx): string {
  const answer = criRead(ctx, { rpc: 'Version' });
  return answer.response ? known : known.replace(/:\/\/.*/, '://Unknown');
}

/** Resources that others have advertised on the Node stay, and may be had whole. Models nodestatus.MachineInfo. */
function extended(old: Node['status']['capacity'], own: Node['status']['capacity']): Record<string, string> {
  const out: Record<string, string> = {};
  for (const name in old) if (!own || !Object.hasOwn(own, name)) out[name] = String(old[name]);
  return out;
}

const underPressure = (state: KubeletState, type: string): boolean => state.eviction.conditions[type] !== undefined;

/** In the order of the Ready condition's message. Models runtimeState.runtimeErrors and networkErrors. */
function readyErrors(state: KubeletState, nowMs: number): string[] {
  const { runtime, pleg } = state;
  const errors: string[] = [];
  if (nowMs - runtime.checkedMs > runtimeDownAfterMs) errors.push('container runtime is down');
  const idleMs = pleg?.lastRelistMs === null || pleg === undefined ? 0 : nowMs - pleg.lastRelistMs;
  if (idleMs > plegUnhealthyAfterMs)
    errors.push(`PLEG is not healthy: pleg was last seen active ${goDuration(idleMs)} ago; threshold is ${goDuration(plegUnhealthyAfterMs)}`);
  if (runtime.runtimeError?.startsWith('container runtime not ready')) errors.push(runtime.runtimeError);
  if (runtime.networkError !== null) errors.push(runtime.networkError);
  return errors;
}

/** The runtime's state has changed: only a node that has never been ready says so before the next check. */
export function nodeStatusChanged(state: KubeletState, ctx: Ctx): void {
  const { registered, readyOnce } = state.nodeStatus;
  if (registered && !readyOnce && readyErrors(state, ctx.nowMs).length === 0) syncNodeStatus(state, ctx);
}

/** The largest first. Undefined: the runtime does not answer. */
function imageList(ctx: Ctx): { names: string[]; sizeBytes: number }[] | undefined {
  const answer = criRead(ctx, { rpc: 'ListImages' });
  if (answer.error) return undefined;
  return [...answer.response.images]
    .sort((a, b) => b.size - a.size)
    .slice(0, maxImages)
    .map((image) => ({ names: [...image.repoDigests, ...image.repoTags].slice(0, maxNamesPerImage), sizeBytes: image.size }));
}

function ask(state: KubeletState, call: Omit<ApiRequest, 'type' | 'resource' | 'user'>, ctx: Ctx): void {
  const name = state.config.nodeName;
  const request: ApiRequest = { type: 'ApiRequest', resource: 'nodes', name, user: `system:node:${name}`, ...call };
  ctx.send(apiserver, request, apiLatencyMs.request);
}
