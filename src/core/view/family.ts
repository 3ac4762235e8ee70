/** The family of a state word: which glyph and colour it gets. The table of the design's section 5. */
import type { StateFamily } from './records.ts';

const words: Record<string, StateFamily> = {
  ContainerCreating: 'progress',
  PodInitializing: 'progress',
  Pulling: 'progress',
  Pending: 'pending',
  SchedulingGated: 'pending',
  CrashLoopBackOff: 'backoff',
  ImagePullBackOff: 'backoff',
  MemoryPressure: 'backoff',
  DiskPressure: 'backoff',
  PIDPressure: 'backoff',
  Completed: 'done',
  Succeeded: 'done',
  Terminating: 'terminating',
  SchedulingDisabled: 'off',
  Unknown: 'unknown',
  ContainerStatusUnknown: 'unknown',
  NodeLost: 'unknown',
  Error: 'failed',
  Failed: 'failed',
  ErrImagePull: 'failed',
  ErrImageNeverPull: 'failed',
  InvalidImageName: 'failed',
  RunContainerError: 'failed',
  StartError: 'failed',
  OOMKilled: 'failed',
  Evicted: 'failed',
  ContainerCannotRun: 'failed',
  DeadlineExceeded: 'failed',
};

/** Of a STATUS cell of `kubectl get pods`. `ready`: all containers are. */
export function podFamily(status: string, ready: boolean): StateFamily {
  if (status === 'Running') return ready ? 'ready' : 'notReady';
  if (status === 'NotReady') return 'notReady';
  if (/^Init:\d+\/\d+$/.test(status)) return 'progress';
  const word = status.startsWith('Init:') ? status.slice(5) : status;
  return words[word] ?? (/Error$|^ExitCode:|^Signal:|^OutOf|^Unexpected|^NodeAffinity|Failed$/.test(word) ? 'failed' : 'progress');
}

/** Of a container: its state, its reason, and whether it is ready. */
export function containerFamily(state: 'waiting' | 'running' | 'terminated', reason: string, exitCode: number | null, ready: boolean): StateFamily {
  if (state === 'running') return ready ? 'ready' : 'notReady';
  if (state === 'terminated') return exitCode === 0 ? 'done' : (words[reason] ?? 'failed');
  return reason === '' ? 'pending' : (words[reason] ?? (/Error$/.test(reason) ? 'failed' : 'progress'));
}
