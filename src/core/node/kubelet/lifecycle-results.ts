/** How lifecycle hooks end. Each handler returns the UID of the pod whose sync waited for it, if any. Models pkg/kubelet/lifecycle/handlers.go, v1.36.2. */
import type { CriAnswers, CriReply } from '../../contracts/cri.ts';
import type { Ctx } from '../../engine/types.ts';
import { errorText } from './cri.ts';
import { goQuote } from './downward.ts';
import { podDesc } from './events.ts';
import { containerOf } from './kuberuntime/container-of.ts';
import { preStopDone } from './kuberuntime/kill-container.ts';
import type { PodWorker } from './pod-worker-state.ts';
import type { KubeletState } from './state.ts';

export function handleHookReply(state: KubeletState, reply: CriReply, ctx: Ctx): string | null {
  const at = reply.id.lastIndexOf('|');
  if (reply.error) {
    return finish(state, reply.id.slice(0, at), { kind: 'exec', error: errorText(reply.error), output: '' }, ctx);
  }
  const { exitCode, stdout, stderr } = reply.response as CriAnswers['ExecSync'];
  return finish(state, reply.id.slice(0, at), exitCode === 0 ? null : { kind: 'exec', code: exitCode, error: '', output: stdout + stderr }, ctx);
}

/** sleep is over, or the hook could not run. */
export function handleHookTimer(state: KubeletState, message: { key: string; error?: string }, ctx: Ctx): string | null {
  return finish(state, message.key, message.error === undefined ? null : { kind: 'http', error: message.error, output: '' }, ctx);
}

/** Any HTTP answer is success. */
export function handleHookHttp(state: KubeletState, hookKey: string, error: string | null, ctx: Ctx): string | null {
  return finish(state, hookKey, error === null ? null : { kind: 'http', error, output: '' }, ctx);
}

function finish(
  state: KubeletState,
  hookKey: string,
  failure: { kind: 'exec' | 'http'; code?: number; error: string; output: string } | null,
  ctx: Ctx,
): string | null {
  const [, uid = '', containerID = '', when] = hookKey.split('|');
  const worker = state.workers[uid];
  if (!worker) return null;
  if (when === 'preStop') {
    preStopDone(state, worker, containerID, failure === null ? null : failure.error, ctx);
    return null;
  }
  const step = worker.task?.steps[0];
  if (step?.do !== 'start' || step.stage !== 'postStart' || step.containerID !== containerID) return null;
  step.hookError = failure === null ? null : message(worker, step.container, failure);
  return uid;
}

function message(worker: PodWorker, name: string, failure: { kind: 'exec' | 'http'; code?: number; error: string; output: string }): string {
  const hook = containerOf(worker.pod, name)?.lifecycle?.postStart;
  const pod = podDesc(worker.pod);
  if (failure.kind === 'exec') {
    const cmd = hook?.exec?.command ?? [];
    const error = failure.code === undefined ? failure.error : `command '${cmd.join(' ')}' exited with ${failure.code}: ${failure.error}`;
    return `Exec lifecycle hook ([${cmd.join(' ')}]) for Container "${name}" in Pod "${pod}" failed - error: ${error}, message: ${goQuote(failure.output)}`;
  }
  return `HTTP lifecycle hook (${hook?.httpGet?.path ?? ''}) for Container "${name}" in Pod "${pod}" failed - error: ${failure.error}`;
}
