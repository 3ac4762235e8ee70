/** `kubectl exec` and `port-forward` at the kubelet's server. Simplified: by ExecSync with its whole standard input; there is no terminal. */
import { type CriAnswers, type CriReply, type PortForwardStream, runtimeOf } from '../../contracts/cri.ts';
import type { ContainerExec, ForwardedData, PortForward } from '../../contracts/kubelet.ts';
import type { Ctx } from '../../engine/types.ts';
import { criCall, errorText } from './cri.ts';
import { cachedStatus, readySandbox } from './pod-cache.ts';
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

/** To the runtime's stream of the sandbox. Models kubelet_pods.go GetPortForward. */
export function portForward(state: KubeletState, request: PortForward, from: string, ctx: Ctx): void {
  const { id, namespace, pod, port, data, closed } = request;
  const sandbox = readySandbox(cachedStatus(state.podCache, state.podsByName[`${namespace}/${pod}`] ?? ''));
  if (!sandbox) {
    const answer: ForwardedData = { type: 'ForwardedData', id, data: '', closed: true, error: `pod not found ("${pod}_${namespace}")` };
    ctx.send(from, answer);
    return;
  }
  const stream: PortForwardStream = { type: 'PortForwardStream', id, replyTo: from, podSandboxId: sandbox.id, port, data, closed };
  ctx.send(runtimeOf(ctx.host), stream);
}

export function execReply(state: KubeletState, reply: CriReply, ctx: Ctx): void {
  const asked = state.execs[reply.id];
  if (!asked) return;
  delete state.execs[reply.id];
  const answer = reply.error ? { stdout: '', stderr: '', exitCode: 126, error: errorText(reply.error) } : (reply.response as CriAnswers['ExecSync']);
  ctx.send(asked.from, { type: 'ExecReply', id: asked.id, ...answer } as never);
}
