/**
 * The kubelet: keeps the pods of its node as they are specified. The switch in `handle` is its sync loop.
 * Models pkg/kubelet/kubelet.go, v1.36.2.
 */
import type { KubeObject, Node, Pod } from '../../api/types.ts';
import { recorderState } from '../../contracts/client-go/recorder.ts';
import type { CriAnswers, CriReply } from '../../contracts/cri.ts';
import { log } from '../../contracts/journal.ts';
import type { Connected, ConnectFailed, Received } from '../../contracts/socket.ts';
import { type ApiResponse, apiLatencyMs, apiserver, type WatchEvent } from '../../contracts/watch.ts';
import type { Body, Ctx, Message, Room } from '../../engine/types.ts';
import { activeDeadlineExceeded } from './active-deadline.ts';
import { collectBackOff } from './backoff.ts';
import { readConfigFile } from './config/config-file.ts';
import { urlSocket } from './config/http.ts';
import { handleStaticMessage, initialStatic, startStatic } from './config/static-pods.ts';
import { execReply } from './container-exec.ts';
import { criRead, errorText, takeReply } from './cri.ts';
import { handleEvictionMessage, initialEviction, startEviction } from './eviction/eviction-manager.ts';
import { handleImageMessage, handleImageReply, initialImages, startImages } from './images/image-manager.ts';
import { collectGarbage, garbageCollectPeriodMs } from './kuberuntime/gc.ts';
import { handleKillReply, handleKillTimer } from './kuberuntime/kill-container.ts';
import { handleHookHttp, handleHookReply, handleHookTimer } from './lifecycle-results.ts';
import { logReopened, rotateLogs } from './logs/container-log-manager.ts';
import { deleteOrphanedMirrorPods, handleMirrorResponse } from './mirror-pods.ts';
import { ensureChains } from './network.ts';
import { handleNodeMessage, initialNodeStatus, nodeStatusChanged, startNodeStatus } from './nodestatus/node-status.ts';
import { initialPleg, relist, relistPod } from './pleg.ts';
import { cachedStatus, initialPodCache } from './pod-cache.ts';
import { forgetPod, observePods } from './pod-config.ts';
import { handleWorkerTimer, resumePod, syncDuePods, updatePod } from './pod-workers.ts';
import { execOutcome, grpcTimeout, handleProbeSocket, httpOutcome, type Outcome } from './prober/handlers.ts';
import { handleHttpSocket, handleHttpTimeout } from './prober/http-get.ts';
import { handleProbeUpdate } from './prober/probe-updates.ts';
import { initialProber } from './prober/prober-manager.ts';
import type { ProbeResult, ProbeType } from './prober/results.ts';
import { handleProbeTick, probeAnswered } from './prober/worker.ts';
import { isStaticPod } from './qos.ts';
import { needRuntimeClass, observeRuntimeClass, runtimeClassWatch } from './runtime-class.ts';
import { serve, serverMessage, startServers } from './server.ts';
import { type KubeletArgs, type KubeletState, kubeletConfig } from './state.ts';
import { handleStatusResponse, initialStatusManager, reconcileAll, syncPeriodMs } from './status/status-manager.ts';
import { handleVolumeMessage, initialVolumes, restartVolumes, startVolumes } from './volumemanager/volume-manager.ts';

export type { KubeletArgs } from './state.ts';

const syncTickMs = 1000;
const housekeepingPeriodMs = 2000;
const runtimeCheckMs = 5000;
/** A starting kubelet asks for its pods once it has seen its Node, for which it looks each second; its own start takes the rest. */
const podSourceAfterMs = 1150;

export const kubeletRoom: Room<KubeletState> = { initial, handle, serve, restart };

function initial(args: KubeletArgs, ctx: Ctx): KubeletState {
  const config = kubeletConfig({ ...args, ...readConfigFile(ctx) });
  const state: KubeletState = {
    config,
    startedAtMs: ctx.nowMs,
    counter: 0,
    pods: {},
    podsByName: {},
    mirrorPods: {},
    sourcesReady: { api: false, file: false, http: config.staticPodURL === undefined },
    services: {},
    node: null,
    rejected: {},
    workers: {},
    workQueue: {},
    waiters: {},
    podCache: initialPodCache(),
    pleg: initialPleg(),
    status: initialStatusManager(),
    prober: initialProber(),
    backOff: {},
    reasons: {},
    resizes: {},
    recorder: recorderState(),
    volumes: initialVolumes(),
    images: initialImages(),
    nodeStatus: initialNodeStatus(config),
    static: initialStatic(),
    eviction: initialEviction(),
    runtime: { ready: false, networkError: null, runtimeError: null, checkedMs: 0 },
    deadlines: {},
    sockets: {},
    calls: {},
    execs: {},
    requests: {},
    runtimeClasses: null,
  };
  start(ctx);
  return state;
}

/** What survives a restart of the process: files, mounts, image records; everything else is read again from the API server and the runtime. */
function restart(old: KubeletState, args: KubeletArgs, ctx: Ctx): KubeletState {
  const state = initial(args, ctx);
  state.nodeStatus = initialNodeStatus(state.config, true);
  state.counter = old.counter + 1;
  state.volumes = restartVolumes(old.volumes);
  return state;
}

function start(ctx: Ctx): void {
  // Everything begins with a message: rooms that are made after this one are not there yet.
  ctx.send(ctx.self, { type: 'Start' });
}

function begin(state: KubeletState, ctx: Ctx): void {
  const { nodeName } = state.config;
  log(ctx, 'kubelet.service', ['kubelet.start', state.config.node.status.nodeInfo?.kubeletVersion ?? '']);
  updateRuntimeUp(state, ctx);
  watch(ctx, 'nodes', 'nodes', `metadata.name=${nodeName}`);
  watch(ctx, 'services', 'services');
  startServers(ctx);
  ensureChains(ctx);
  startNodeStatus(state, ctx);
  startImages(state, ctx);
  startVolumes(state, ctx);
  startStatic(state, ctx);
  startEviction(state, ctx);
  relist(state, ctx);
  ctx.send(ctx.self, { type: 'StartPodSource' }, podSourceAfterMs);
  ctx.send(ctx.self, { type: 'SyncTick' }, syncTickMs);
  ctx.send(ctx.self, { type: 'Housekeeping' }, housekeepingPeriodMs);
  ctx.send(ctx.self, { type: 'RuntimeCheck' }, runtimeCheckMs);
  ctx.send(ctx.self, { type: 'StatusReconcile' }, syncPeriodMs);
  ctx.send(ctx.self, { type: 'GarbageCollect' }, garbageCollectPeriodMs);
}

function watch(ctx: Ctx, name: string, resource: string, fieldSelector?: string): void {
  ctx.send(apiserver, { type: 'Watch', watch: name, resource, ...(fieldSelector ? { fieldSelector } : {}) } as never, apiLatencyMs.request);
}

function handle(state: KubeletState, message: Message, ctx: Ctx): void {
  const { body } = message;
  switch (body.type) {
    case 'Start':
      begin(state, ctx);
      return;
    case 'StartPodSource':
      watch(ctx, 'pods', 'pods', `spec.nodeName=${state.config.nodeName}`);
      return;
    case 'WatchEvent':
      observe(state, body as WatchEvent, message, ctx);
      return;
    case 'ApiResponse':
      apiResponse(state, body as ApiResponse, message, ctx);
      return;
    case 'CriReply':
      criReply(state, body as CriReply, ctx);
      return;
    case 'Relist':
      relist(state, ctx);
      return;
    case 'RelistPod':
      relistPod(state, (body as Body & { uid: string }).uid, ctx);
      return;
    case 'SyncTick':
      syncTick(state, ctx);
      return;
    case 'Housekeeping':
      housekeeping(state, ctx);
      return;
    case 'RuntimeCheck':
      ctx.send(ctx.self, body, runtimeCheckMs);
      updateRuntimeUp(state, ctx);
      return;
    case 'StatusReconcile':
      ctx.send(ctx.self, body, syncPeriodMs);
      reconcileAll(state, ctx);
      rotateLogs(state, ctx);
      return;
    case 'GarbageCollect':
      ctx.send(ctx.self, body, garbageCollectPeriodMs);
      ensureChains(ctx);
      collectGarbage(state, ctx);
      return;
    case 'WorkerTimer': {
      const { uid, gen } = body as Body & { uid: string; gen: number };
      handleWorkerTimer(state, uid, gen, ctx);
      return;
    }
    case 'WakePod':
      resumePod(state, (body as Body & { uid: string }).uid, ctx);
      return;
    case 'KillTimer':
      handleKillTimer(state, body as Body & { uid: string; containerID: string; gen: number; stage: string }, ctx);
      return;
    case 'HookTimer':
      resume(state, handleHookTimer(state, body as Body & { key: string; error?: string }, ctx), ctx);
      return;
    case 'ProbeTick':
      handleProbeTick(state, body as Body & { key: string; gen: number }, ctx);
      return;
    case 'ProbeUpdate':
      handleProbeUpdate(state, body as Body & { uid: string; probe: ProbeType; containerID: string; result: ProbeResult }, ctx);
      return;
    case 'ProbeOutcome':
      probeOutcome(state, body as Body & { key: string; run: number; outcome: Outcome }, ctx);
      return;
    case 'Connected':
    case 'ConnectFailed':
    case 'Received':
      if (!serverMessage(state, message, ctx) && !urlSocket(state, body as Connected | ConnectFailed | Received, ctx))
        socketMessage(state, body as Connected | ConnectFailed | Received, ctx);
      return;
    case 'SocketTimeout':
      socketTimeout(state, body as Body & { key: string; tag: string }, ctx);
      return;
    case 'Accepted':
    case 'ContainerExec':
    case 'PortForward':
      serverMessage(state, message, ctx);
      return;
    case 'FsChanged':
      handleStaticMessage(state, message, ctx);
      return;
    default:
      otherManagers(state, body.type, message, ctx);
  }
}

/** Messages of the other managers bear their manager's name in front. */
function otherManagers(state: KubeletState, name: string, message: Message, ctx: Ctx): boolean {
  const lower = name.toLowerCase();
  if (lower.startsWith('volume')) handleVolumeMessage(state, message, ctx);
  else if (lower.startsWith('image')) handleImageMessage(state, message, ctx);
  else if (lower.startsWith('node')) handleNodeMessage(state, message, ctx);
  else if (lower.startsWith('static')) handleStaticMessage(state, message, ctx);
  else if (lower.startsWith('eviction')) handleEvictionMessage(state, message, ctx);
  else return false;
  return true;
}

function observe(state: KubeletState, event: WatchEvent, message: Message, ctx: Ctx): void {
  switch (event.watch) {
    case 'pods':
      if (event.object) needRuntimeClass(state, event.object as Pod, ctx);
      observePods(state, event, ctx);
      return;
    case 'services': {
      if (!event.object) return;
      const { namespace, name } = event.object.metadata;
      if (event.event === 'DELETED') delete state.services[`${namespace}/${name}`];
      else state.services[`${namespace}/${name}`] = event.object as KubeObject;
      return;
    }
    case runtimeClassWatch:
      observeRuntimeClass(state, event);
      return;
    case 'nodes':
      if (event.object) state.node = event.event === 'DELETED' ? null : (event.object as Node);
      handleNodeMessage(state, message, ctx);
      return;
    default:
      otherManagers(state, event.watch, message, ctx);
  }
}

function apiResponse(state: KubeletState, response: ApiResponse, message: Message, ctx: Ctx): void {
  if (response.id.startsWith('status-')) handleStatusResponse(state, response, ctx);
  else if (response.id.startsWith('mirror-')) handleMirrorResponse(state, response, ctx);
  else if (!response.id.startsWith('event-')) otherManagers(state, response.id, message, ctx);
}

const resume = (state: KubeletState, uid: string | null, ctx: Ctx): void => {
  if (uid !== null) resumePod(state, uid, ctx);
};

/** Ids begin with who waits. */
function criReply(state: KubeletState, reply: CriReply, ctx: Ctx): void {
  if (!takeReply(state, reply)) return;
  const [owner, uid = ''] = reply.id.split('|', 2);
  switch (owner) {
    case 'sync': {
      const worker = state.workers[uid];
      const step = worker?.task?.steps[0];
      if (!worker || !step || !('call' in step) || step.call !== reply.id) return;
      step.reply = reply;
      resumePod(state, uid, ctx);
      return;
    }
    case 'kill':
      if (handleKillReply(state, reply, ctx)) resumePod(state, uid, ctx);
      return;
    case 'hook':
      resume(state, handleHookReply(state, reply, ctx), ctx);
      return;
    case 'probe': {
      const [, podUID, container, type, run] = reply.id.split('|');
      const worker = state.prober.workers[`${podUID}|${container}|${type}`];
      if (worker && String(worker.run) === run) probeAnswered(state, worker, execOutcome(state, worker, reply), ctx);
      return;
    }
    case 'log':
      logReopened(reply, ctx);
      return;
    case 'exec':
      execReply(state, reply, ctx);
      return;
    default:
      if (owner?.startsWith('image')) handleImageReply(state, reply, ctx);
  }
}

function syncTick(state: KubeletState, ctx: Ctx): void {
  ctx.send(ctx.self, { type: 'SyncTick' }, syncTickMs);
  if (!state.runtime.ready) return;
  syncDuePods(state, ctx);
  for (const uid in state.deadlines) {
    const pod = state.pods[uid];
    const worker = state.workers[uid];
    if (pod && worker?.phase === 'sync' && activeDeadlineExceeded(state, pod, ctx)) updatePod(state, uid, 'sync', ctx);
  }
}

/** Models HandlePodCleanups. */
function housekeeping(state: KubeletState, ctx: Ctx): void {
  ctx.send(ctx.self, { type: 'Housekeeping' }, housekeepingPeriodMs);
  const { api, file, http } = state.sourcesReady;
  if (!api || !file || !http || !state.runtime.ready) return;
  for (const uid in state.workers) {
    if (state.workers[uid]?.phase !== 'finished' || state.pods[uid]) continue;
    delete state.workers[uid];
    forgetPod(state, uid, ctx);
  }
  for (const uid in state.podCache.pods) {
    if (state.workers[uid] || state.pods[uid]) continue;
    const status = cachedStatus(state.podCache, uid);
    if (!status.containers.some((c) => c.state === 'CONTAINER_RUNNING') && !status.sandboxes.some((s) => s.state === 'SANDBOX_READY')) continue;
    updatePod(state, uid, 'kill', ctx, { orphan: orphan(uid, status.namespace, status.name) });
  }
  // A static pod may have been held back by one of the same name.
  for (const uid in state.pods)
    if (!state.workers[uid] && isStaticPod(state.pods[uid] as Pod) && state.rejected[uid] === undefined) updatePod(state, uid, 'create', ctx);
  collectBackOff(state.backOff, ctx.nowMs);
  deleteOrphanedMirrorPods(state, ctx);
}

/** A pod of which only the runtime knows. */
const orphan = (uid: string, namespace: string, name: string): Pod =>
  Object.freeze({
    apiVersion: 'v1',
    kind: 'Pod' as const,
    metadata: { name, namespace, uid, resourceVersion: '', creationTimestamp: '' },
    spec: { containers: [] },
    status: { phase: 'Running' as const },
  });

/** Every 5 s. Models updateRuntimeUp. */
function updateRuntimeUp(state: KubeletState, ctx: Ctx): void {
  const answer = criRead(ctx, { rpc: 'Status' });
  const before = `${state.runtime.ready} ${state.runtime.networkError} ${state.runtime.runtimeError}`;
  if (answer.error) state.runtime = { ...state.runtime, ready: false, runtimeError: errorText(answer.error) };
  else {
    const find = (type: string): CriAnswers['Status']['conditions'][number] | undefined => answer.response.conditions.find((c) => c.type === type);
    const network = find('NetworkReady');
    const runtime = find('RuntimeReady');
    const words = (c: { reason: string; message: string }, type: string): string => `${type}=false reason:${c.reason} message:${c.message}`;
    state.runtime = {
      ready: runtime?.status ?? false,
      runtimeError: runtime && !runtime.status ? `container runtime not ready: ${words(runtime, 'RuntimeReady')}` : null,
      networkError: network && !network.status ? `container runtime network not ready: ${words(network, 'NetworkReady')}` : null,
      checkedMs: ctx.nowMs,
    };
  }
  if (before !== `${state.runtime.ready} ${state.runtime.networkError} ${state.runtime.runtimeError}`) nodeStatusChanged(state, ctx);
}

/** Tags of sockets are `KEY#n`; keys begin with `probe|` or `hook|`. */
function socketMessage(state: KubeletState, message: Connected | ConnectFailed | Received, ctx: Ctx): void {
  const key = message.tag.slice(0, message.tag.lastIndexOf('#'));
  if (key.startsWith('probe|')) {
    const worker = state.prober.workers[key.slice('probe|'.length)];
    const outcome = worker ? handleProbeSocket(state, worker, message, ctx) : null;
    if (worker && outcome) probeAnswered(state, worker, outcome, ctx);
    return;
  }
  const result = handleHttpSocket(state, key, message, ctx);
  if (result) resume(state, handleHookHttp(state, key, result.error ?? null, ctx), ctx);
}

function socketTimeout(state: KubeletState, message: { key: string; tag: string }, ctx: Ctx): void {
  const open = state.sockets[message.key];
  if (!open) return;
  const grpc = open.request.scheme === 'grpc';
  const result = handleHttpTimeout(state, message.key, message.tag, ctx);
  if (!result) return;
  const worker = state.prober.workers[message.key.slice('probe|'.length)];
  if (message.key.startsWith('probe|')) {
    if (worker) probeAnswered(state, worker, grpc ? grpcTimeout(Math.floor(open.request.timeoutMs / 1000)) : httpOutcome(result), ctx);
  } else resume(state, handleHookHttp(state, message.key, result.error ?? null, ctx), ctx);
}

function probeOutcome(state: KubeletState, message: { key: string; run: number; outcome: Outcome }, ctx: Ctx): void {
  const worker = state.prober.workers[message.key];
  if (worker?.run === message.run) probeAnswered(state, worker, message.outcome, ctx);
}
