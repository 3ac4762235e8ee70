/** Lifecycle hooks: exec through the runtime, httpGet from the node, sleep. Models pkg/kubelet/lifecycle/handlers.go, v1.36.2. */
import type { LifecycleHandler } from '../../api/types.ts';
import type { CriAnswers, CriReply } from '../../contracts/cri.ts';
import type { Ctx } from '../../engine/types.ts';
import { criCall, errorText } from './cri.ts';
import { goQuote } from './downward.ts';
import { podDesc } from './events.ts';
import { preStopDone } from './kuberuntime/kill-container.ts';
import { containerOf } from './kuberuntime/start-container.ts';
import type { PodWorker } from './pod-workers.ts';
import { httpGet } from './prober/http-get.ts';
import { resolvePort } from './prober/resolve-port.ts';
import type { KubeletState } from './state.ts';
import { runSync } from './sync-pod.ts';

export interface Hook {
  when: 'postStart' | 'preStop';
  container: string;
  containerID: string;
  podIPs: string[];
}

const key = (worker: PodWorker, hook: Hook): string => `hook|${worker.uid}|${hook.containerID}|${hook.when}`;

/** Ends in `hookDone`, at once or later. */
export function startHook(state: KubeletState, worker: PodWorker, hook: Hook, handler: LifecycleHandler, ctx: Ctx): void {
  if (handler.exec) {
    criCall(state, key(worker, hook), { rpc: 'ExecSync', containerId: hook.containerID, cmd: handler.exec.command ?? [], timeoutSeconds: 0 }, ctx);
    return;
  }
  if (handler.sleep) {
    ctx.send(ctx.self, { type: 'HookTimer', key: key(worker, hook) } as never, handler.sleep.seconds * 1000);
    return;
  }
  if (handler.httpGet) {
    const container = containerOf(worker.pod, hook.container);
    const port = container ? resolvePort(handler.httpGet.port, container) : null;
    const host = handler.httpGet.host || hook.podIPs[0] || (worker.pod.spec.hostNetwork ? state.config.nodeIP : '');
    if (port === null || !host) {
      ctx.send(ctx.self, { type: 'HookTimer', key: key(worker, hook), error: `failed to find networking container: ${hook.container}` } as never);
      return;
    }
    httpGet(
      state,
      key(worker, hook),
      {
        host,
        port,
        path: handler.httpGet.path ?? '/',
        scheme: handler.httpGet.scheme ?? 'HTTP',
        headers: handler.httpGet.httpHeaders ?? [],
        userAgent: 'kube-lifecycle/1.36',
        timeoutMs: 30_000,
      },
      ctx,
    );
    return;
  }
  ctx.send(ctx.self, { type: 'HookTimer', key: key(worker, hook), error: 'invalid handler: {nil nil nil nil}' } as never);
}

export function handleHookReply(state: KubeletState, reply: CriReply, ctx: Ctx): void {
  const at = reply.id.lastIndexOf('|');
  if (reply.error) {
    finish(state, reply.id.slice(0, at), { kind: 'exec', error: errorText(reply.error), output: '' }, ctx);
    return;
  }
  const { exitCode, stdout, stderr } = reply.response as CriAnswers['ExecSync'];
  finish(state, reply.id.slice(0, at), exitCode === 0 ? null : { kind: 'exec', code: exitCode, error: '', output: stdout + stderr }, ctx);
}

/** sleep is over, or the hook could not run. */
export function handleHookTimer(state: KubeletState, message: { key: string; error?: string }, ctx: Ctx): void {
  finish(state, message.key, message.error === undefined ? null : { kind: 'http', error: message.error, output: '' }, ctx);
}

/** Any HTTP answer is success. */
export function handleHookHttp(state: KubeletState, hookKey: string, error: string | null, ctx: Ctx): void {
  finish(state, hookKey, error === null ? null : { kind: 'http', error, output: '' }, ctx);
}

function finish(state: KubeletState, hookKey: string, failure: { kind: 'exec' | 'http'; code?: number; error: string; output: string } | null, ctx: Ctx): void {
  const [, uid = '', containerID = '', when] = hookKey.split('|');
  const worker = state.workers[uid];
  if (!worker) return;
  if (when === 'preStop') {
    preStopDone(state, worker, containerID, failure === null ? null : failure.error, ctx);
    return;
  }
  const step = worker.task?.steps[0];
  if (step?.do !== 'start' || step.stage !== 'postStart' || step.containerID !== containerID) return;
  step.hookError = failure === null ? null : message(worker, step.container, failure);
  runSync(state, worker, ctx);
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
