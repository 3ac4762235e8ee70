/** From back-off to postStart. Models kuberuntime_manager.go doBackOff and kuberuntime_container.go startContainer, v1.36.2. */
import type { Container } from '../../../api/types.ts';
import type { CriAnswers } from '../../../contracts/cri.ts';
import { fnv1a } from '../../../engine/random.ts';
import { goDuration } from '../../../engine/time.ts';
import type { Ctx } from '../../../engine/types.ts';
import { doBackOff } from '../backoff.ts';
import { generateContainerConfig, generatePodSandboxConfig } from '../container-config.ts';
import { criCall, errorText } from '../cri.ts';
import { containerEvent, containerField, podDesc } from '../events.ts';
import { ensureImageExists } from '../images/image-manager.ts';
import { startHook } from '../lifecycle.ts';
import { findContainerStatus } from '../pod-cache.ts';
import type { PodWorker } from '../pod-worker-state.ts';
import { resizeActuated } from '../resize.ts';
import type { KubeletState } from '../state.ts';
import type { SyncTask } from '../sync-pod.ts';
import { containerOf, reasonKey } from './container-of.ts';
import { killsDone, startKill } from './kill-container.ts';
import { restartField } from './should-restart.ts';
import type { Outcome, StartStep } from './steps.ts';

export function startContainer(state: KubeletState, worker: PodWorker, task: SyncTask, step: StartStep, ctx: Ctx): Outcome {
  const container = containerOf(worker.pod, step.container);
  if (!container) return 'done';
  for (;;) {
    switch (step.stage) {
      case 'backoff': {
        task.didWork = true;
        const refused = inBackOff(state, worker, task, container, ctx);
        if (refused) return fail(state, worker, task, step, 'CrashLoopBackOff', refused);
        step.stage = 'image';
        break;
      }
      case 'image': {
        const image = ensureImageExists(state, worker.pod, container, ctx);
        if ('waiting' in image) return 'wait';
        if ('error' in image) {
          containerEvent(
            state,
            worker.pod,
            step.container,
            'Warning',
            'Failed',
            `Error: ${image.error.reason}`,
            ctx,
            containerField(worker.pod, step.container, 'image'),
          );
          return fail(state, worker, task, step, image.error.reason, image.error.message);
        }
        step.stage = 'create';
        const refused = create(state, worker, task, step, container, image.imageRef, ctx);
        return refused ?? 'wait';
      }
      case 'create': {
        if (!step.reply) return 'wait';
        const { response, error } = take(step);
        if (error) return failWithEvent(state, worker, task, step, 'CreateContainerError', error.message, ctx);
        step.containerID = (response as CriAnswers['CreateContainer']).containerId;
        containerEvent(state, worker.pod, step.container, 'Normal', 'Created', 'Container created', ctx);
        step.stage = 'start';
        step.call = criCall(
          state,
          `sync|${worker.uid}`,
          { rpc: 'StartContainer', containerId: step.containerID },
          ctx,
          containerField(worker.pod, step.container, programField(container)),
        );
        return 'wait';
      }
      case 'start': {
        if (!step.reply) return 'wait';
        const { error } = take(step);
        if (error) return failWithEvent(state, worker, task, step, 'RunContainerError', error.message, ctx);
        containerEvent(state, worker.pod, step.container, 'Normal', 'Started', 'Container started', ctx);
        const hook = container.lifecycle?.postStart;
        if (!hook) return succeed(state, worker, step, ctx);
        step.stage = 'postStart';
        startHook(state, worker, { when: 'postStart', container: step.container, containerID: step.containerID as string, podIPs: task.podIPs }, hook, ctx);
        return 'wait';
      }
      case 'postStart': {
        if (step.hookError === undefined) return 'wait';
        if (step.hookError === null) return succeed(state, worker, step, ctx);
        containerEvent(
          state,
          worker.pod,
          step.container,
          'Warning',
          'FailedPostStartHook',
          'PostStartHook failed',
          ctx,
          containerField(worker.pod, step.container, 'lifecycle.postStart'),
        );
        step.stage = 'kill';
        worker.kills = {};
        startKill(
          state,
          worker,
          { containerID: step.containerID as string, name: step.container, message: 'FailedPostStartHook', reason: '', override: null, ordered: false },
          ctx,
        );
        break;
      }
      case 'kill':
        if (killsDone(worker) === null) return 'wait';
        return fail(state, worker, task, step, 'PostStartHookError', step.hookError ?? '');
    }
  }
}

function take(step: StartStep): { response?: unknown; error?: { code: string; message: string } } {
  const { response, error } = step.reply as NonNullable<StartStep['reply']>;
  delete step.reply;
  delete step.call;
  return {
    ...(response ? { response } : {}),
    ...(error ? { error: { code: error.code, message: errorText({ code: 'Unknown', message: error.message }) } } : {}),
  };
}

/** The message of CrashLoopBackOff, or null when the container may start (the series has been advanced). */
function inBackOff(state: KubeletState, worker: PodWorker, task: SyncTask, container: Container, ctx: Ctx): string | null {
  const last = task.status.containers.find((c) => c.metadata.name === container.name && c.state === 'CONTAINER_EXITED');
  if (!last) return null;
  const key = `${worker.uid}_${container.name}_${fnv1a(JSON.stringify([container.image, container.resources ?? {}])).toString(16)}`;
  const delayMs = doBackOff(state.backOff, key, last.finishedAtMs, ctx.nowMs, state.config.maxContainerRestartPeriodMs);
  if (delayMs === 0) return null;
  const expiryMs = last.finishedAtMs + delayMs;
  task.backOffUntilMs = task.backOffUntilMs === null ? expiryMs : Math.min(task.backOffUntilMs, expiryMs);
  containerEvent(
    state,
    worker.pod,
    container.name,
    'Warning',
    'BackOff',
    `Back-off restarting failed container ${container.name} in pod ${podDesc(worker.pod)}`,
    ctx,
    containerField(worker.pod, container.name, restartField(container)),
  );
  return `back-off ${goDuration(delayMs)} restarting failed container=${container.name} pod=${podDesc(worker.pod)}`;
}

function create(state: KubeletState, worker: PodWorker, task: SyncTask, step: StartStep, container: Container, imageRef: string, ctx: Ctx): Outcome | null {
  const { pod } = worker;
  const target = container.targetContainerName
    ? task.status.containers.find((c) => c.metadata.name === container.targetContainerName && c.state === 'CONTAINER_RUNNING')?.id
    : undefined;
  if (container.targetContainerName && target === undefined)
    return failWithEvent(state, worker, task, step, 'CreateContainerConfigError', `unable to find target container ${container.targetContainerName}`, ctx);
  const made = generateContainerConfig(state, pod, container, restartCount(state, worker, task, container), task.podIPs, imageRef, ctx, target);
  if ('error' in made) return failWithEvent(state, worker, task, step, made.error.reason, made.error.message, ctx);
  step.call = criCall(
    state,
    `sync|${worker.uid}`,
    { rpc: 'CreateContainer', podSandboxId: task.sandboxID, config: made.config, sandboxConfig: generatePodSandboxConfig(state, pod, 0, ctx) },
    ctx,
  );
  return null;
}

/** Of the container to be made: one more than the last one known, from the runtime or else from the pod's status. */
function restartCount(state: KubeletState, worker: PodWorker, task: SyncTask, container: Container): number {
  const last = findContainerStatus(task.status, container.name);
  if (last) return last.metadata.attempt + 1;
  const status = state.status.pods[worker.uid]?.status ?? worker.pod.status;
  const told = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])].find((c) => c.name === container.name);
  return told?.restartCount ?? 0;
}

function succeed(state: KubeletState, worker: PodWorker, step: StartStep, ctx: Ctx): Outcome {
  resizeActuated(state, worker.pod, step.container, ctx);
  delete state.reasons[reasonKey(worker.uid, step.container)];
  return 'done';
}

function failWithEvent(state: KubeletState, worker: PodWorker, task: SyncTask, step: StartStep, reason: string, message: string, ctx: Ctx): Outcome {
  containerEvent(state, worker.pod, step.container, 'Warning', 'Failed', `Error: ${message}`, ctx, containerField(worker.pod, step.container, 'command'));
  return fail(state, worker, task, step, reason, message);
}

/** A failed init container ends the sync; others do not hinder those that come after. */
function fail(state: KubeletState, worker: PodWorker, task: SyncTask, step: StartStep, reason: string, message: string): Outcome {
  state.reasons[reasonKey(worker.uid, step.container)] = { reason, message };
  task.errors.push(`failed to "StartContainer" for "${step.container}" with ${reason}: ${message}`);
  return step.kind === 'init' ? 'abort' : 'done';
}

/** The field that says what runs: what ends with an error did so because of it. */
const programField = (container: { command?: string[]; args?: string[] }): string => (container.command ? 'command' : container.args ? 'args' : 'image');
