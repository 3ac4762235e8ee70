/** ExecSync: a further process in a running container. Models containerd internal/cri/server/container_execsync.go. */
import type { CriError } from '../../contracts/cri.ts';
import type { ExecDone } from '../../contracts/process.ts';
import { goDuration } from '../../engine/time.ts';
import type { Ctx } from '../../engine/types.ts';
import { criContainerState } from './items.ts';
import { killExec, exec as runExec, timer } from './kernel.ts';
import { about, newID, reply, unknownError } from './operations.ts';
import type { RuntimeState } from './state.ts';

/** More output than this per stream is cut. */
const maxExecOutput = 16 * 1024 * 1024;
/** `runc exec`, from the call to the program's first instruction. */
const execMs = 45;

export function execSync(
  state: RuntimeState,
  call: { replyTo: string; id: string },
  containerId: string,
  request: { cmd: string[]; timeoutSeconds: number; stdin?: string },
  ctx: Ctx,
) {
  const fail = (error: CriError, ms: number) => reply(ctx, call.replyTo, call.id, 'ExecSync', { error }, ms);
  const c = state.containers[containerId];
  if (!c) return fail({ code: 'NotFound', message: `failed to exec in container: failed to find container "${containerId}" in store: not found` }, 1);
  if (c.state !== 'running') return fail(unknownError(`failed to exec in container: container is in ${criContainerState(c)} state`), 1);
  const execID = newID(ctx);
  const answer = runExec(ctx, {
    containerID: containerId,
    argv: request.cmd,
    execID,
    owner: ctx.self,
    ...(request.stdin === undefined ? {} : { stdin: request.stdin }),
  });
  if (answer.error !== undefined) {
    const words = `OCI runtime exec failed: exec failed: unable to start container process: ${answer.error}: unknown`;
    return fail(unknownError(`failed to exec in container: failed to start exec "${execID}": ${words}`), about(ctx, execMs));
  }
  const timeoutMs = request.timeoutSeconds * 1000;
  state.execs[execID] = { ...call, containerId, timeoutMs };
  if (timeoutMs > 0) timer(ctx, { type: 'ExecTimeout', execID }, timeoutMs);
}

export function execDone(state: RuntimeState, done: ExecDone, ctx: Ctx): void {
  const exec = state.execs[done.execID];
  if (!exec) return;
  delete state.execs[done.execID];
  const response = { stdout: done.stdout.slice(0, maxExecOutput), stderr: done.stderr.slice(0, maxExecOutput), exitCode: done.exitCode };
  reply(ctx, exec.replyTo, exec.id, 'ExecSync', { response }, about(ctx, execMs));
}

export function execTimeout(state: RuntimeState, execID: string, ctx: Ctx): void {
  const exec = state.execs[execID];
  if (!exec) return;
  delete state.execs[execID];
  killExec(ctx, execID);
  const message = `failed to exec in container: timeout ${goDuration(exec.timeoutMs)} exceeded: context deadline exceeded`;
  reply(ctx, exec.replyTo, exec.id, 'ExecSync', { error: { code: 'DeadlineExceeded', message } }, 5);
}

/** The container is gone, and its other processes with it: their ExecDone may never come. */
export function execsOf(state: RuntimeState, containerId: string, ctx: Ctx): void {
  for (const execID in state.execs) {
    const exec = state.execs[execID];
    if (exec?.containerId !== containerId) continue;
    delete state.execs[execID];
    reply(ctx, exec.replyTo, exec.id, 'ExecSync', { response: { stdout: '', stderr: '', exitCode: 137 } }, 5);
  }
}
