/** READY, STATUS and RESTARTS of a pod. Models pkg/printers/internalversion/printers.go printPod, v1.36.2. */
import { parseTime } from '../../engine/time.ts';
import { condition } from '../pods.ts';
import type { Container, ContainerStatus, Pod } from '../types.ts';
import { humanDuration } from './human-duration.ts';

export interface PodColumns {
  readyContainers: number;
  totalContainers: number;
  /** As the STATUS column. */
  status: string;
  restarts: number;
  /** When the container that restarted last had ended, ms since 1970; null when none restarted. */
  lastRestartMs: number | null;
}

const isSidecar = (c: Container | undefined): boolean => c?.restartPolicy === 'Always';

export function podColumns(pod: Pod): PodColumns {
  const status = pod.status ?? {};
  const initContainers = pod.spec.initContainers ?? [];
  const out: PodColumns = {
    readyContainers: 0,
    totalContainers: pod.spec.containers.length,
    status: status.reason || status.phase || '',
    restarts: 0,
    lastRestartMs: null,
  };
  for (const c of initContainers) if (isSidecar(c)) out.totalContainers += 1;
  if (condition(pod, 'PodScheduled')?.reason === 'SchedulingGated') out.status = 'SchedulingGated';

  let sidecarRestarts = 0;
  let sidecarLastMs: number | null = null;
  let initializing = false;
  for (const [i, cs] of (status.initContainerStatuses ?? []).entries()) {
    const sidecar = isSidecar(initContainers.find((c) => c.name === cs.name));
    out.restarts += cs.restartCount;
    out.lastRestartMs = later(out.lastRestartMs, cs);
    if (sidecar) {
      sidecarRestarts += cs.restartCount;
      sidecarLastMs = later(sidecarLastMs, cs);
    }
    const { terminated, waiting } = cs.state ?? {};
    if (terminated?.exitCode === 0) continue;
    if (sidecar && cs.started) {
      if (cs.ready) out.readyContainers += 1;
      continue;
    }
    if (terminated) out.status = `Init:${terminated.reason || (terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`)}`;
    else if (waiting?.reason && waiting.reason !== 'PodInitializing') out.status = `Init:${waiting.reason}`;
    else out.status = `Init:${i}/${initContainers.length}`;
    initializing = true;
    break;
  }
  if (!initializing || condition(pod, 'Initialized')?.status === 'True') {
    out.restarts = sidecarRestarts;
    out.lastRestartMs = sidecarLastMs;
    regular(pod, out);
  }
  if (pod.metadata.deletionTimestamp !== undefined) {
    if (status.reason === 'NodeLost') out.status = 'Unknown';
    else if (status.phase !== 'Succeeded' && status.phase !== 'Failed') out.status = 'Terminating';
  }
  return out;
}

function regular(pod: Pod, out: PodColumns): void {
  let running = false;
  let error = '';
  for (const cs of (pod.status.containerStatuses ?? []).slice().reverse()) {
    out.restarts += cs.restartCount;
    out.lastRestartMs = later(out.lastRestartMs, cs);
    const { terminated, waiting } = cs.state ?? {};
    if (waiting?.reason) out.status = waiting.reason;
    else if (terminated) {
      out.status = terminated.reason || (terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`);
      if (terminated.exitCode !== 0) error = out.status;
    } else if (cs.ready && cs.state?.running) {
      running = true;
      out.readyContainers += 1;
    }
  }
  if (out.status !== 'Completed') return;
  if (running && condition(pod, 'Ready')?.status === 'True') out.status = 'Running';
  else if (error) out.status = error;
  else if (running) out.status = 'NotReady';
}

function later(ms: number | null, cs: ContainerStatus): number | null {
  const finished = cs.lastState?.terminated?.finishedAt;
  const at = typeof finished === 'string' ? parseTime(finished) : Number.NaN;
  return Number.isNaN(at) || (ms !== null && at <= ms) ? ms : at;
}

/** `3 (10s ago)`, or `0`. */
export const restartsText = (columns: PodColumns, epochMs: number): string =>
  columns.restarts > 0 && columns.lastRestartMs !== null
    ? `${columns.restarts} (${humanDuration(epochMs - columns.lastRestartMs)} ago)`
    : String(columns.restarts);
