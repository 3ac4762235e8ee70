/** `kubectl exec` at the kubelet's server. Simplified: by ExecSync with its whole standard input; there is no terminal. */
import type { CriAnswers, CriReply } from '../../contracts/cri.ts';
import type { ContainerExec } from '../../contracts/kubelet.ts';
import type { Ctx } from '../../engine/types.ts';
import { criCall, errorText } from './cri.ts';
import { cachedStatus } from './pod-cache.ts';
import type { KubeletState } from './state.ts';

/** `ExecReply` goes to `from` when the command has ended. */
export function exec(state: KubeletState, request: ContainerExec, from: string, ctx: Ctx): void {
  const uid = state.podsByName[`${request.namespace}/${request.pod}`] ?? '';
  const running = cachedStatus(state.podCache, uid).containers.find((c) => c.metadata.name === request.container && c.state === 'CONTAINER_RUNNING');
  if (!running) {
    ctx.send(from, { type: 'ExecReply', id: request.id, stdout: '', stderr: '', exitCode: 1, error: `container not found ("${request.container}")` } as never);
    return;
  }
  const stdin = request.stdin === undefined ? {} : { stdin: request.stdin };
  const id = criCall(state, 'exec', { rpc: 'ExecSync', containerId: running.id, cmd: request.cmd, timeoutSeconds: 0, ...stdin }, ctx);
  state.execs[id] = { from, id: request.id };
}

export function execReply(state: KubeletState, reply: CriReply, ctx: Ctx): void {
  const asked = state.execs[reply.id];
  if (!asked) return;
  delete state.execs[reply.id];
  const answer = reply.error ? { stdout: '', stderr: '', exitCode: 126, error: errorText(reply.error) } : (reply.response as CriAnswers['ExecSync']);
  ctx.send(asked.from, { type: 'ExecReply', id: asked.id, ...answer } as never);
}
