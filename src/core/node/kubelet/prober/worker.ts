/** One probe worker: its ticks, thresholds and results. Models pkg/kubelet/prober/worker.go, v1.36.2. */
import type { Container, Pod, Probe } from '../../../api/types.ts';
import { parseTime } from '../../../engine/time.ts';
import type { Ctx } from '../../../engine/types.ts';
import { containerEvent, containerField } from '../events.ts';
import { containerOf } from '../kuberuntime/container-of.ts';
import { containerShouldRestart, isRestartableInit, matchingRule } from '../kuberuntime/should-restart.ts';
import { type KubeletState, podOf } from '../state.ts';
import { type Outcome, runProbe } from './handlers.ts';
import { type ProbeResult, type ProbeType, probeOf, removeWorker, setResult } from './results.ts';

/** Tries of a probe that ends in an error rather than a result. */
const maxAttempts = 3;

export interface ProbeWorker {
  uid: string;
  container: string;
  type: ProbeType;
  key: string;
  /** Of its ticker: stale ticks are ignored. */
  gen: number;
  /** The container whose results it holds; '' before the first. */
  containerID: string;
  lastResult: ProbeResult | '';
  resultRun: number;
  /** No more probes until there is a new container. */
  onHold: boolean;
  /** A probe is under way, since when, and which try. */
  running: boolean;
  attempt: number;
  /** Number of the probe under way: late answers of earlier ones are ignored. */
  run: number;
  /** A tick or a poke that came meanwhile. */
  due: boolean;
  /** The pod was being deleted when the worker was made. */
  deleting: boolean;
  /** Before this it sleeps, ms: nothing wakes it. */
  firstTickMs: number;
}

export const periodMs = (probe: Probe): number => (probe.periodSeconds ?? 10) * 1000;

export function newProbeWorker(state: KubeletState, pod: Pod, container: Container, type: ProbeType, key: string, ctx: Ctx): ProbeWorker {
  const worker: ProbeWorker = {
    uid: pod.metadata.uid,
    container: container.name,
    type,
    key,
    gen: 0,
    containerID: '',
    lastResult: '',
    resultRun: 0,
    onHold: false,
    running: false,
    attempt: 0,
    run: 0,
    due: false,
    deleting: pod.metadata.deletionTimestamp !== undefined,
    firstTickMs: ctx.nowMs,
  };
  const period = periodMs(probeOf(container, type) as Probe);
  // Right after its start the kubelet spreads the probes of all its pods.
  const delayMs = ctx.nowMs - state.startedAtMs < period ? Math.floor(ctx.random() * period) : 0;
  worker.firstTickMs += delayMs;
  ctx.send(ctx.self, { type: 'ProbeTick', key, gen: 0 } as never, delayMs);
  return worker;
}

/** Probe now, and count the period from here. */
export function poke(state: KubeletState, worker: ProbeWorker, ctx: Ctx): void {
  if (worker.due || ctx.nowMs < worker.firstTickMs) return;
  worker.gen += 1;
  // The worker's goroutine wakes a moment after the status was made.
  ctx.send(ctx.self, { type: 'ProbeTick', key: worker.key, gen: worker.gen } as never, pokeDelayMs);
  void state;
}
const pokeDelayMs = 17;

export function handleProbeTick(state: KubeletState, message: { key: string; gen: number }, ctx: Ctx): void {
  const worker = state.prober.workers[message.key];
  if (!worker || worker.gen !== message.gen) return;
  const pod = podOf(state, worker.uid);
  const container = pod ? containerOf(pod, worker.container) : undefined;
  const probe = container ? probeOf(container, worker.type) : undefined;
  if (!pod || !container || !probe) {
    removeWorker(state, worker.key);
    return;
  }
  ctx.send(ctx.self, message as never, periodMs(probe));
  if (worker.running) worker.due = true;
  else doProbe(state, worker, pod, container, probe, ctx);
}

/** Decides whether to probe, and begins. */
function doProbe(state: KubeletState, worker: ProbeWorker, pod: Pod, container: Container, probe: Probe, ctx: Ctx): void {
  const status = state.status.pods[worker.uid]?.status;
  if (!status) return;
  if (status.phase === 'Failed' || status.phase === 'Succeeded') {
    removeWorker(state, worker.key);
    return;
  }
  const c = status.containerStatuses?.find((s) => s.name === worker.container) ?? status.initContainerStatuses?.find((s) => s.name === worker.container);
  if (!c?.containerID) return;
  const id = c.containerID.slice('containerd://'.length);
  if (worker.containerID !== id) {
    if (worker.containerID) delete state.prober.results[worker.type][worker.containerID];
    worker.containerID = id;
    const startedMs = c.state.running ? parseTime(c.state.running.startedAt) - (ctx.epochMs - ctx.nowMs) : ctx.nowMs;
    // A container older than this kubelet keeps what the API server shows.
    if (!(startedMs < state.startedAtMs - 10_000 && c.started)) setResult(state, worker, pod, initialResult[worker.type], ctx);
    else if (worker.type === 'readiness' && !c.ready) setResult(state, worker, pod, 'Failure', ctx);
    else setResult(state, worker, pod, 'Success', ctx);
    worker.onHold = false;
  }
  if (worker.onHold) return;
  if (!c.state.running) {
    setResult(state, worker, pod, 'Failure', ctx);
    if (c.state.terminated && !staysForRestart(container, pod, c.state.terminated.exitCode)) removeWorker(state, worker.key);
    return;
  }
  if (worker.deleting && worker.type !== 'readiness') {
    setResult(state, worker, pod, 'Success', ctx);
    removeWorker(state, worker.key);
    return;
  }
  const initialDelay = probe.initialDelaySeconds ?? 0;
  if (initialDelay > 0 && Math.floor((ctx.epochMs - parseTime(c.state.running.startedAt)) / 1000) < initialDelay) return;
  if (c.started ? worker.type === 'startup' : worker.type !== 'startup') return;
  worker.running = true;
  worker.attempt = 1;
  worker.run += 1;
  runProbe(state, worker, pod, container, probe, ctx);
}

const initialResult: Record<ProbeType, ProbeResult> = { liveness: 'Success', readiness: 'Failure', startup: 'Unknown' };

function staysForRestart(container: Container, pod: Pod, exitCode: number): boolean {
  if (isRestartableInit(container)) return true;
  return matchingRule(container, exitCode) === 'RestartAllContainers' || containerShouldRestart(container, pod, exitCode);
}

/** A probe of this worker has answered. */
export function probeAnswered(state: KubeletState, worker: ProbeWorker, outcome: Outcome, ctx: Ctx): void {
  if (!worker.running) return;
  const pod = podOf(state, worker.uid);
  const container = pod ? containerOf(pod, worker.container) : undefined;
  const probe = container ? probeOf(container, worker.type) : undefined;
  if (!pod || !container || !probe) {
    worker.running = false;
    return;
  }
  if (outcome.result === 'error' && worker.attempt < maxAttempts) {
    worker.attempt += 1;
    worker.run += 1;
    runProbe(state, worker, pod, container, probe, ctx);
    return;
  }
  worker.running = false;
  tellOutcome(state, worker, pod, outcome, ctx);
  if (outcome.result !== 'error') count(state, worker, pod, probe, outcome.result === 'failure' ? 'Failure' : 'Success', ctx);
  if (!worker.due) return;
  worker.due = false;
  doProbe(state, worker, pod, container, probe, ctx);
}

const words: Record<ProbeType, string> = { liveness: 'Liveness', readiness: 'Readiness', startup: 'Startup' };

function tellOutcome(state: KubeletState, worker: ProbeWorker, pod: Pod, outcome: Outcome, ctx: Ctx): void {
  if (outcome.result === 'success') return;
  const word = words[worker.type];
  const why = containerField(pod, worker.container, `${worker.type}Probe`);
  if (outcome.result === 'failure') containerEvent(state, pod, worker.container, 'Warning', 'Unhealthy', `${word} probe failed: ${outcome.output}`, ctx, why);
  else if (outcome.result === 'warning')
    containerEvent(state, pod, worker.container, 'Warning', 'ProbeWarning', `${word} probe warning: ${outcome.output}`, ctx, why);
  else
    containerEvent(
      state,
      pod,
      worker.container,
      'Warning',
      'Unhealthy',
      `${word} probe errored and resulted in ${outcome.state ?? 'unknown'} state: ${outcome.output}`,
      ctx,
      why,
    );
}

/** The result counts once it has come as often in a row as its threshold says. */
export function count(state: KubeletState, worker: ProbeWorker, pod: Pod, probe: Probe, result: 'Success' | 'Failure', ctx: Ctx): void {
  if (worker.lastResult === result) worker.resultRun += 1;
  else {
    worker.lastResult = result;
    worker.resultRun = 1;
  }
  const threshold = result === 'Failure' ? (probe.failureThreshold ?? 3) : (probe.successThreshold ?? 1);
  ctx.note(
    { type: 'ProbeResult', podUID: worker.uid, container: worker.container, probe: worker.type, result, run: worker.resultRun, threshold } as never,
    containerField(pod, worker.container, `${worker.type}Probe`),
  );
  if (worker.resultRun < threshold) return;
  setResult(state, worker, pod, result, ctx);
  if ((worker.type === 'liveness' && result === 'Failure') || worker.type === 'startup') {
    worker.onHold = true;
    worker.resultRun = 0;
  }
}
