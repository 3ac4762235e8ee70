/** The opened kubelet: its loop's channels, workers, managers, and what it decided about one pod. Read from its state and from the newest messages. */
import { quantityValue } from '../api/quantity.ts';
import type { Pod } from '../api/types.ts';
import type { EngineState } from '../engine/engine.ts';
import type { TraceEntry } from '../engine/types.ts';
import type { PodActions } from '../node/kubelet/kuberuntime/compute-pod-actions.ts';
import type { Step } from '../node/kubelet/kuberuntime/steps.ts';
import type { PodWorker } from '../node/kubelet/pod-worker-state.ts';
import type { KubeletState } from '../node/kubelet/state.ts';
import { lookBack } from './recent.ts';
import { kubeletState, osState, runtimeState } from './rooms.ts';
import type { KubeletSceneRecord, LoopChannel, SyncStep, WorkerRow } from './scene-records.ts';
import type { TraceLog } from './trace-log.ts';

/** How far back the channels are shown, ms. */
export const channelSpanMs = 10_000;
const maxTicks = 80;
const maxWorkers = 110;
const reconcilePeriodMs = 10_000;

const channelNames: readonly LoopChannel[] = ['configCh', 'plegCh', 'probes', 'syncCh', 'housekeepingCh'];

export function kubeletSceneRecord(s: EngineState, log: TraceLog, node: string, about: string): KubeletSceneRecord | undefined {
  const kubelet = kubeletState(s, node);
  if (!kubelet) return undefined;
  const recent = recentOf(s, log, node);
  const wanted = about.startsWith('pod/') ? about.slice(4) : '';
  const uids = Object.keys(kubelet.workers);
  const uid = kubelet.workers[wanted] ? wanted : (uids.find((id) => kubelet.workers[id]?.working) ?? recent.planned.keys().next().value ?? uids[0] ?? '');
  const worker = kubelet.workers[uid];
  const backOffs = Object.values(kubelet.workers).flatMap((w) => backOffsOf(kubelet, w, s.nowMs));
  const rows = uids.slice(0, maxWorkers).map((id) => workerRow(kubelet, kubelet.workers[id] as PodWorker, backOffs));
  const found = planOf(s, log, node, uid);
  return {
    id: `scene/${node}/kubelet`,
    type: 'kubeletScene',
    node,
    up: !s.stopped[`${node}/kubelet`],
    channels: channelNames.map((name) => ({ name, atMs: (recent.ticks[name] as number[]).slice(0, maxTicks).reverse() })),
    workers: rows,
    moreWorkers: uids.length - rows.length,
    pod: worker ? { uid, name: worker.pod.metadata.name } : null,
    sync: {
      kind: worker?.task ? kinds[worker.task.kind] : worker && worker.phase === 'sync' ? 'SyncPod' : '',
      steps: worker ? syncSteps(kubelet, worker) : [],
    },
    plan: worker && found ? { atMs: found.atMs, seq: found.seq, lines: reasonsOf(kubelet, worker, found) } : null,
    backOffs,
    probeWorkers: Object.keys(kubelet.prober.workers).length,
    pleg: {
      lastRelistMs: kubelet.pleg.lastRelistMs,
      pods: Object.keys(kubelet.pleg.pods).length,
      containers: kubelet.pleg.containers?.length ?? 0,
      died: recent.died,
      started: recent.started,
      onDemand: recent.onDemand,
    },
    status: statusOf(kubelet, uid, recent.reconciledMs),
    volumes: volumesOf(kubelet, worker),
    images: imagesOf(s, kubelet, node, worker),
    eviction: evictionOf(s, kubelet, node),
  };
}

const kinds = { sync: 'SyncPod', terminating: 'SyncTerminatingPod', terminated: 'SyncTerminatedPod' } as const;

interface Recent {
  ticks: Record<LoopChannel, number[]>;
  /** Pods that something was decided about, newest first. */
  planned: Set<string>;
  died: number;
  started: number;
  onDemand: number;
  reconciledMs: number | null;
}

/** What came through the loop's channels in the last seconds. Changes of containers reach plegCh with the relist that finds them. */
function recentOf(s: EngineState, log: TraceLog, node: string): Recent {
  const out: Recent = {
    ticks: { configCh: [], plegCh: [], probes: [], syncCh: [], housekeepingCh: [] },
    planned: new Set(),
    died: 0,
    started: 0,
    onDemand: 0,
    reconciledMs: null,
  };
  const [kubelet, runtime] = [`${node}/kubelet`, `${node}/runtime`];
  // Seen backwards: a relist before (in this order) what it found.
  let lookedMs: number | null = null;
  const changed = (): void => {
    if (lookedMs === null) return;
    if (out.ticks.plegCh.at(-1) !== lookedMs) out.ticks.plegCh.push(lookedMs);
  };
  const see = (entry: TraceEntry): boolean => {
    const { body, to, from, atMs } = entry;
    if (to === kubelet && from === kubelet) {
      switch (body.type) {
        case 'Relist':
          lookedMs = atMs;
          break;
        case 'RelistPod':
          lookedMs = atMs;
          out.onDemand += 1;
          changed();
          break;
        case 'SyncTick':
          out.ticks.syncCh.push(atMs);
          break;
        case 'Housekeeping':
          out.ticks.housekeepingCh.push(atMs);
          break;
        case 'ProbeUpdate':
          out.ticks.probes.push(atMs);
          break;
        case 'StatusReconcile':
          out.reconciledMs ??= atMs;
          break;
        case 'PodActions':
          out.planned.add((body as unknown as { podUID: string }).podUID);
          break;
      }
    } else if (to === kubelet && body.type === 'WatchEvent') {
      if ((body as unknown as { resource: string }).resource === 'pods') out.ticks.configCh.push(atMs);
    } else if (to === runtime && (body.type === 'ProcessExited' || body.type === 'TaskExit')) {
      if (body.type === 'TaskExit') out.died += 1;
      changed();
    } else if (from === runtime && body.type === 'ContainerdStep' && (body as unknown as { state?: string }).state === 'running') {
      out.started += 1;
      changed();
    }
    return true;
  };
  lookBack(log, s.told, s.nowMs - channelSpanMs + 1, see);
  return out;
}

function workerRow(kubelet: KubeletState, worker: PodWorker, backOffs: KubeletSceneRecord['backOffs']): WorkerRow {
  const step = worker.task?.steps[0];
  const waits = backOffs.find((b) => b.uid === worker.uid);
  return {
    uid: worker.uid,
    name: worker.pod.metadata.name,
    phase: worker.phase === 'finished' ? 'FINISHED' : (worker.phase.toUpperCase() as WorkerRow['phase']),
    doing: worker.waiting
      ? 'waits for newer status'
      : worker.working
        ? step
          ? stepText(step)
          : worker.task
            ? kinds[worker.task.kind]
            : 'syncs'
        : worker.pending
          ? 'update pending'
          : '',
    dueAtMs: kubelet.workQueue[worker.uid] ?? null,
    backOff: waits ? { container: waits.container, fromMs: waits.fromMs, untilMs: waits.untilMs } : null,
  };
}

/** Containers of a pod that wait for the end of their crash back-off: counted from their last exit. */
function backOffsOf(kubelet: KubeletState, worker: PodWorker, nowMs: number): KubeletSceneRecord['backOffs'] {
  const out: KubeletSceneRecord['backOffs'] = [];
  if (worker.phase !== 'sync') return out;
  const seen = new Set<string>();
  for (const c of kubelet.podCache.pods[worker.uid]?.status.containers ?? []) {
    if (seen.has(c.metadata.name)) continue;
    seen.add(c.metadata.name);
    if (c.state !== 'CONTAINER_EXITED') continue;
    for (const key in kubelet.backOff) {
      if (!key.startsWith(`${worker.uid}_${c.metadata.name}_`)) continue;
      const untilMs = c.finishedAtMs + (kubelet.backOff[key]?.delayMs ?? 0);
      if (untilMs > nowMs && restarts(worker.pod, c.exitCode))
        out.push({ uid: worker.uid, pod: worker.pod.metadata.name, container: c.metadata.name, fromMs: c.finishedAtMs, untilMs });
    }
  }
  return out;
}

const restarts = (pod: Pod, exitCode: number): boolean => {
  const policy = pod.spec.restartPolicy ?? 'Always';
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
};

function stepText(step: Step): string {
  switch (step.do) {
    case 'volumes':
      return 'waits for volumes';
    case 'runtime':
      return 'computePodActions';
    case 'unmount':
      return 'waits for unmount';
    case 'killPod':
      return 'kills the pod';
    case 'killContainer':
      return `kills ${step.kill.name}`;
    case 'removeContainers':
      return 'removes containers';
    case 'createSandbox':
      return 'creates the sandbox';
    case 'update':
      return `resizes ${step.container}`;
    case 'start':
      return `${startStages[step.stage]} ${step.container}`;
  }
}
const startStages = { backoff: 'doBackOff,', image: 'ensures image of', create: 'creates', start: 'starts', postStart: 'postStart of', kill: 'kills' } as const;

/** SyncPod's order. What begins a sync is done in one go; then come volumes, probe workers and the runtime. */
function syncSteps(kubelet: KubeletState, worker: PodWorker): SyncStep[] {
  const { pod, task, uid } = worker;
  const status = kubelet.status.pods[uid];
  if (worker.phase !== 'sync') return terminatingSteps(kubelet, worker);
  const current = task?.steps[0];
  const at = !task ? 14 : !task.begun ? 0 : current === undefined ? 13 : current.do === 'volumes' ? 9 : 12;
  const mounted = Object.keys(kubelet.volumes.mounted[uid] ?? {}).length;
  const desired = Object.keys(kubelet.volumes.desired[uid]?.volumes ?? {}).length;
  const probes = kubelet.prober.byPod[uid]?.length ?? 0;
  const facts: [string, string][] = [
    ['resize bookkeeping', kubelet.resizes[uid] ? 'in progress' : 'none'],
    ['build API status', status?.status.phase ?? ''],
    ['terminal phase?', status?.status.phase === 'Succeeded' || status?.status.phase === 'Failed' ? 'yes' : 'no'],
    ['store status', status ? (status.version === status.written ? 'written' : 'to be written') : ''],
    ['network ready?', pod.spec.hostNetwork ? 'host network' : kubelet.runtime.networkError === null ? 'yes' : 'no'],
    ['pod cgroup', kubelet.config.cgroupDriver],
    ['mirror pod', pod.metadata.annotations?.['kubernetes.io/config.source'] === 'file' ? 'kept' : 'not static'],
    ['pod directories', kubelet.config.rootDir],
    ['wait for volumes', `${mounted} of ${Math.max(mounted, desired)}`],
    ['pull secrets', String(pod.spec.imagePullSecrets?.length ?? 0) === '0' ? 'none' : String(pod.spec.imagePullSecrets?.length)],
    ['probe workers', probes === 0 ? 'none' : String(probes)],
    [current && at === 12 ? `runtime SyncPod: ${stepText(current)}` : 'runtime SyncPod', ''],
    ['ask for relist', task?.didWork ? 'it did something' : ''],
  ];
  return facts.map(([name, fact], i) => ({ name, fact, state: i + 1 < at ? 'done' : i + 1 === at ? 'here' : 'ahead' }));
}

function terminatingSteps(kubelet: KubeletState, worker: PodWorker): SyncStep[] {
  const order = ['terminating', 'terminated', 'finished'].indexOf(worker.phase);
  const state = (i: number): SyncStep['state'] => (i < order ? 'done' : i === order ? 'here' : 'ahead');
  return [
    { name: 'SyncTerminatingPod: stop containers', fact: worker.graceSeconds > 0 ? `grace ${worker.graceSeconds} s` : '', state: state(0) },
    { name: 'SyncTerminatedPod: unmount, remove cgroup', fact: `${Object.keys(kubelet.volumes.mounted[worker.uid] ?? {}).length} mounted`, state: state(1) },
    { name: 'finished', fact: worker.removed ? 'object gone' : '', state: state(2) },
  ];
}

interface Plan {
  atMs: number;
  seq: number;
  plan: PodActions;
}

const maxPlanAgeEntries = 20_000;

/** The newest decision about a pod; remembered, as it may lie far back. */
function planOf(s: EngineState, log: TraceLog, node: string, uid: string): Plan | undefined {
  const end = log.indexAfter(s.told);
  const known = plans.get(log);
  const from = known && known.uid === uid && known.end <= end ? known.end : Math.max(0, end - maxPlanAgeEntries);
  let found = known && known.uid === uid && known.end <= end ? known.plan : undefined;
  for (let i = end - 1; i >= from; i -= 1) {
    const entry = log.at(i);
    if (entry?.body.type !== 'PodActions' || entry.from !== `${node}/kubelet`) continue;
    const body = entry.body as unknown as { podUID: string; plan: PodActions };
    if (body.podUID !== uid) continue;
    found = { atMs: entry.atMs, seq: entry.seq, plan: body.plan };
    break;
  }
  plans.set(log, { uid, end, plan: found });
  return found;
}
const plans = new WeakMap<TraceLog, { uid: string; end: number; plan: Plan | undefined }>();

/** The plan in words, each line with what was seen that led to it. */
function reasonsOf(kubelet: KubeletState, worker: PodWorker, { plan, atMs }: Plan): { text: string; reason: string }[] {
  const out: { text: string; reason: string }[] = [];
  const { pod } = worker;
  const cached = kubelet.podCache.pods[worker.uid]?.status;
  const exited = (name: string) => cached?.containers.find((c) => c.metadata.name === name && c.state === 'CONTAINER_EXITED' && c.finishedAtMs <= atMs);
  if (plan.killPod && !(plan.createSandbox && !plan.sandboxID))
    out.push({ text: 'kill the pod', reason: plan.createSandbox ? 'the sandbox cannot be used' : 'nothing is to be kept' });
  if (plan.createSandbox) out.push({ text: `create sandbox, attempt ${plan.attempt}`, reason: plan.sandboxID ? 'the old one is not READY' : 'there is none' });
  else if (plan.sandboxID) out.push({ text: `keep sandbox ${plan.sandboxID.slice(0, 8)}…`, reason: 'READY' });
  for (const kill of plan.containersToKill) out.push({ text: `kill ${kill.name}`, reason: kill.message });
  for (const id of plan.containersToReset) out.push({ text: `reset ${id.slice(0, 8)}…`, reason: 'RestartAllContainers' });
  const start = (kind: string, names: string[]): void => {
    for (const name of names) {
      const last = exited(name);
      const policy = kind === 'init' ? 'init containers in order' : `restartPolicy ${pod.spec.restartPolicy ?? 'Always'}`;
      out.push({ text: `start ${kind === '' ? '' : `${kind} `}${name}`, reason: last ? `exited ${last.exitCode}, ${policy}` : 'never started' });
    }
  };
  start('ephemeral', plan.ephemeralContainersToStart);
  start('init', plan.initContainersToStart);
  start('', plan.containersToStart);
  for (const name of plan.containersToUpdate) out.push({ text: `resize ${name}`, reason: 'in place' });
  return out.slice(0, 24);
}

function statusOf(kubelet: KubeletState, uid: string, reconciledMs: number | null): KubeletSceneRecord['status'] {
  const { status } = kubelet;
  const own = status.pods[uid];
  const stage = status.current?.uid === uid ? `${status.current.stage.toUpperCase()} sent` : '';
  const containers = own?.status.containerStatuses ?? [];
  const waiting = containers.find((c) => c.state.waiting ?? c.state.terminated)?.state;
  return {
    text: stage || (!own ? '' : status.queue.includes(uid) ? 'queued' : own.version === own.written ? 'written' : 'to be written'),
    phase: own?.status.phase ?? '',
    ready: own ? `${containers.filter((c) => c.ready).length}/${containers.length}` : '',
    reason: own?.status.reason ?? waiting?.waiting?.reason ?? waiting?.terminated?.reason ?? '',
    reconcileAtMs: reconciledMs === null ? null : reconciledMs + reconcilePeriodMs,
    queue: status.queue.length,
  };
}

function volumesOf(kubelet: KubeletState, worker: PodWorker | undefined): KubeletSceneRecord['volumes'] {
  const { desired, mounted, operations } = kubelet.volumes;
  const sum = (of: Record<string, object>): number => Object.values(of).reduce((n, pod) => n + Object.keys(pod).length, 0);
  const own = worker ? (desired[worker.uid]?.volumes ?? {}) : {};
  return {
    desired: Object.values(desired).reduce((n, pod) => n + (pod.gone ? 0 : Object.keys(pod.volumes).length), 0),
    mounted: sum(mounted),
    operations: Object.keys(operations).length,
    ofPod: Object.entries(own)
      .slice(0, 20)
      .map(([name, { volume }]) => ({
        name: name.replace(/^(kube-api-access)-.*$/, '$1'),
        kind: Object.keys(volume).find((key) => key !== 'name') ?? '',
        mounted: worker !== undefined && mounted[worker.uid]?.[name] !== undefined,
      })),
  };
}

function imagesOf(s: EngineState, kubelet: KubeletState, node: string, worker: PodWorker | undefined): KubeletSceneRecord['images'] {
  const pulls = Object.values(kubelet.images.pulls).filter((p) => p.result === null);
  const image = worker?.pod.spec.containers[0]?.image ?? '';
  const runtime = runtimeState(s, node);
  const own = pulls.find((p) => p.uid === worker?.uid);
  const present = Object.keys(runtime?.imageNames ?? {}).some((name) => name === image || name.endsWith(`/${image}`) || name.endsWith(`/${image}:latest`));
  return {
    image: image.replace(/^.*\//, ''),
    state: own ? (own.started ? 'pulling' : 'waits to be pulled') : present ? 'present' : image ? 'absent' : '',
    pulls: pulls.filter((p) => p.started).length,
    waiting: pulls.filter((p) => !p.started).length,
    backOffs: Object.keys(kubelet.images.backOff).length,
  };
}

function evictionOf(s: EngineState, kubelet: KubeletState, node: string): KubeletSceneRecord['eviction'] {
  const os = osState(s, node);
  const capacity = os?.machine.memoryBytes ?? 0;
  const threshold = kubelet.config.evictionHard['memory.available'] ?? '';
  return {
    signal: 'memory.available',
    available: Math.max(0, capacity - (os?.cgroups.groups['/']?.memoryBytes ?? 0)),
    threshold: /%$/.test(threshold)
      ? String(Math.floor((capacity * Number(threshold.slice(0, -1))) / 100))
      : threshold === ''
        ? ''
        : String(quantityValue(threshold)),
    conditions: Object.keys(kubelet.eviction.conditions),
  };
}
