/** What a pod worker remembers, and what others ask about it. Models podSyncStatus of pkg/kubelet/pod_workers.go, v1.36.2. */
import type { Condition, Pod } from '../../api/types.ts';
import type { KillJob } from './kuberuntime/kill-container.ts';
import type { KubeletState } from './state.ts';
import type { SyncTask } from './sync-pod.ts';

/** Begins the error of a sync that the pod network stops; such a sync is repeated soon. */
export const networkNotReady = 'network is not ready';

export interface StatusOverride {
  phase?: 'Failed';
  reason?: string;
  message?: string;
  conditions?: Condition[];
}
export interface PodWorker {
  uid: string;
  /** `namespace/name`. */
  fullName: string;
  /** The last specification given; shared. */
  pod: Pod;
  phase: 'sync' | 'terminating' | 'terminated' | 'finished';
  /** A sync has begun (static pods with the same name wait for each other). */
  started: boolean;
  /** The API object is gone, or it has a deletionTimestamp. */
  deleted: boolean;
  /** The object is gone altogether. */
  removed: boolean;
  evicted: boolean;
  /** Not in any source: only its containers are known. */
  orphan: boolean;
  /** Seconds of grace while terminating; 0 before. It only shrinks. */
  graceSeconds: number;
  /** All containers have ended. */
  stopped: boolean;
  override: StatusOverride | null;
  /** A sync runs, or waits for the cache. */
  working: boolean;
  pending: boolean;
  waiting: boolean;
  /** Number of the look at the runtime that was the last when the last sync ended; −1: none yet. */
  syncedAtLook: number;
  task: SyncTask | null;
  kills: Record<string, KillJob>;
}

/** Could containers of this pod be running still? Status keeps a terminal phase back until not. */
export const couldHaveRunningContainers = (state: KubeletState, uid: string): boolean => {
  const worker = state.workers[uid];
  return worker !== undefined && !worker.stopped;
};

export const isFinished = (state: KubeletState, uid: string): boolean => {
  const worker = state.workers[uid];
  return worker === undefined ? state.sourcesReady.api : worker.phase === 'finished';
};
