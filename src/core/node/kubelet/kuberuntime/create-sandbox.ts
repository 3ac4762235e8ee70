/** Models kuberuntime_sandbox.go createPodSandbox and the part of SyncPod around it, v1.36.2. */
import type { CriAnswers } from '../../../contracts/cri.ts';
import type { Ctx } from '../../../engine/types.ts';
import { generatePodSandboxConfig, podSandboxConfigError, tellDNSEvents } from '../container-config.ts';
import { criCall, criRead } from '../cri.ts';
import { podEvent } from '../events.ts';
import { nodeIPsOf } from '../node-ips.ts';
import type { PodWorker } from '../pod-worker-state.ts';
import { lookupRuntimeHandler } from '../runtime-class.ts';
import type { KubeletState } from '../state.ts';
import { setReadyToStartContainers } from '../status/status-manager.ts';
import type { SyncTask } from '../sync-pod.ts';
import type { Outcome, Step } from './steps.ts';

export function createSandbox(state: KubeletState, worker: PodWorker, task: SyncTask, step: Step & { do: 'createSandbox' }, ctx: Ctx): Outcome {
  const { pod } = worker;
  if (!step.call) {
    task.didWork = true;
    const refused = podSandboxConfigError(state, pod);
    if (refused !== undefined) {
      podEvent(state, pod, 'Warning', 'FailedCreatePodSandBox', `Failed to create pod sandbox: ${refused}`, ctx);
      task.errors.push(refused);
      return 'abort';
    }
    const runtime = lookupRuntimeHandler(state, pod);
    if ('error' in runtime) {
      podEvent(state, pod, 'Warning', 'FailedCreatePodSandBox', `Failed to create pod sandbox: ${runtime.error}`, ctx);
      task.errors.push(runtime.error);
      return 'abort';
    }
    tellDNSEvents(state, pod, ctx);
    const config = generatePodSandboxConfig(state, pod, step.attempt, ctx);
    ctx.call(`${ctx.host}/os`, { type: 'Fs', op: 'mkdir', path: config.logDirectory, parents: true, mode: 0o755 } as never);
    step.call = criCall(state, `sync|${worker.uid}`, { rpc: 'RunPodSandbox', config, runtimeHandler: runtime.handler }, ctx);
    return 'wait';
  }
  if (!step.reply) return 'wait';
  const { response, error } = step.reply;
  if (error) {
    const text = `rpc error: code = ${error.code} desc = ${error.message}`;
    if (!task.cancelled) podEvent(state, pod, 'Warning', 'FailedCreatePodSandBox', `Failed to create pod sandbox: ${text}`, ctx);
    task.errors.push(text);
    return 'abort';
  }
  task.sandboxID = (response as CriAnswers['RunPodSandbox']).podSandboxId;
  const status = criRead(ctx, { rpc: 'PodSandboxStatus', podSandboxId: task.sandboxID });
  if (status.error) {
    const text = `rpc error: code = ${status.error.code} desc = ${status.error.message}`;
    podEvent(state, pod, 'Warning', 'FailedPodSandBoxStatus', `Unable to get pod sandbox status: ${text}`, ctx);
    task.errors.push(text);
    return 'abort';
  }
  const { network } = status.response.status;
  task.podIPs = pod.spec.hostNetwork ? nodeIPsOf(state.config) : [network.ip, ...network.additionalIps].filter((ip) => ip !== '');
  setReadyToStartContainers(state, pod, ctx);
  return 'done';
}
