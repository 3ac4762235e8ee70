/** Lifecycle hooks: exec through the runtime, httpGet from the node, sleep. Models pkg/kubelet/lifecycle/handlers.go, v1.36.2. */
import type { LifecycleHandler } from '../../api/types.ts';
import type { Ctx } from '../../engine/types.ts';
import { criCall } from './cri.ts';
import { containerOf } from './kuberuntime/container-of.ts';
import type { PodWorker } from './pod-worker-state.ts';
import { httpGet } from './prober/http-get.ts';
import { resolvePort } from './prober/resolve-port.ts';
import type { KubeletState } from './state.ts';

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
