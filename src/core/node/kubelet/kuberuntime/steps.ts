/** The steps of a sync and what each does next. A step that waits is called again by its reply. */
import type { CriReply } from '../../../contracts/cri.ts';
import type { Ctx } from '../../../engine/types.ts';
import { criCall, errorText } from '../cri.ts';
import type { PodWorker } from '../pod-worker-state.ts';
import { actuateResize } from '../resize.ts';
import type { KubeletState } from '../state.ts';
import type { SyncTask } from '../sync-pod.ts';
import type { ContainerToKill } from './compute-pod-actions.ts';
import { createSandbox } from './create-sandbox.ts';
import { killsDone, startKill, startKillsOfPod } from './kill-container.ts';
import { startContainer } from './start-container.ts';

/** `call` names the reply that is awaited; `reply` is it. */
interface Waiting {
  call?: string;
  reply?: CriReply;
}
export type Step =
  | { do: 'volumes'; sinceMs: number; wakeMs?: number }
  | { do: 'runtime' }
  | { do: 'unmount'; begun?: boolean }
  /** `override`: seconds of grace instead of the containers' own; null for none. */
  | ({ do: 'killPod'; override: number | null; begun?: boolean; sandboxes?: string[] } & Waiting)
  | { do: 'killContainer'; kill: ContainerToKill; override: number | null; begun?: boolean }
  | ({ do: 'removeContainers'; ids: string[] } & Waiting)
  | ({ do: 'createSandbox'; attempt: number } & Waiting)
  | ({ do: 'update'; container: string } & Waiting)
  | StartStep;
export type StartStep = {
  do: 'start';
  container: string;
  kind: 'ephemeral' | 'init' | 'sidecar' | 'regular';
  stage: 'backoff' | 'image' | 'create' | 'start' | 'postStart' | 'kill';
  containerID?: string;
  /** Of the postStart hook: null success. */
  hookError?: string | null;
} & Waiting;

export type Outcome = 'done' | 'wait' | 'abort';

export function runStep(state: KubeletState, worker: PodWorker, task: SyncTask, step: Step, ctx: Ctx): Outcome {
  switch (step.do) {
    case 'killPod':
      return killPod(state, worker, task, step, ctx);
    case 'killContainer':
      return killContainer(state, worker, task, step, ctx);
    case 'removeContainers':
      return removeContainers(state, worker, step, ctx);
    case 'createSandbox':
      return createSandbox(state, worker, task, step, ctx);
    case 'update':
      return actuateResize(state, worker, task, step, ctx);
    case 'start':
      return startContainer(state, worker, task, step, ctx);
    default:
      return 'done';
  }
}

/** Containers in parallel, then every sandbox. Models kuberuntime_container.go killContainersWithSyncResult and killPodWithSyncResult. */
function killPod(state: KubeletState, worker: PodWorker, task: SyncTask, step: Step & { do: 'killPod' }, ctx: Ctx): Outcome {
  if (!step.begun) {
    step.begun = true;
    step.sandboxes = task.status.sandboxes.map((s) => s.id);
    startKillsOfPod(state, worker, task.status, step.override, ctx);
    task.didWork = true;
  }
  const errors = killsDone(worker);
  if (errors === null) return 'wait';
  if (errors.length > 0) {
    task.errors.push(...errors);
    return 'abort';
  }
  if (step.reply) {
    const { error } = step.reply;
    delete step.reply;
    delete step.call;
    step.sandboxes?.shift();
    if (error && error.code !== 'NotFound') {
      task.errors.push(errorText(error));
      return 'abort';
    }
  } else if (step.call) return 'wait';
  const id = step.sandboxes?.[0];
  if (id === undefined) return 'done';
  step.call = criCall(state, `sync|${worker.uid}`, { rpc: 'StopPodSandbox', podSandboxId: id }, ctx);
  return 'wait';
}

function killContainer(state: KubeletState, worker: PodWorker, task: SyncTask, step: Step & { do: 'killContainer' }, ctx: Ctx): Outcome {
  if (!step.begun) {
    step.begun = true;
    task.didWork = true;
    worker.kills = {};
    startKill(state, worker, { ...step.kill, override: step.override, ordered: false }, ctx);
  }
  const errors = killsDone(worker);
  if (errors === null) return 'wait';
  if (errors.length === 0) return 'done';
  task.errors.push(...errors);
  return 'abort';
}

function removeContainers(state: KubeletState, worker: PodWorker, step: Step & { do: 'removeContainers' }, ctx: Ctx): Outcome {
  if (step.call && !step.reply) return 'wait';
  if (step.reply) step.ids.shift();
  delete step.reply;
  delete step.call;
  const id = step.ids[0];
  if (id === undefined) return 'done';
  step.call = criCall(state, `sync|${worker.uid}`, { rpc: 'RemoveContainer', containerId: id }, ctx);
  return 'wait';
}
