/** containerd's own log of the calls that change something. */
import { log } from '../../contracts/journal.ts';
import type { Ctx } from '../../engine/types.ts';
import type { Operation, RuntimeState } from './state.ts';

export function logCall(state: RuntimeState, op: Operation, stage: 'begin' | 'done' | 'failed', error: string, ctx: Ctx): void {
  if (state.args.implementation !== 'containerd') return;
  const { rpc, target } = op;
  if (rpc === 'RunPodSandbox') {
    const config = state.sandboxes[target]?.config.metadata;
    if (config) log(ctx, unit, ['containerd.sandbox', stage, config.name, config.uid, config.namespace, String(config.attempt), target, error]);
  } else if (rpc === 'CreateContainer') {
    if (!op.create) return;
    const { name, attempt } = op.create.config.metadata;
    log(ctx, unit, ['containerd.create', stage, op.create.podSandboxId, name, String(attempt), target, error]);
  } else log(ctx, unit, ['containerd.call', stage, rpc, target, error]);
}

export function logExit(state: RuntimeState, id: string, pid: number, exitCode: number, ctx: Ctx): void {
  if (state.args.implementation === 'containerd') log(ctx, unit, ['containerd.exit', id, String(pid), String(exitCode)]);
}

const unit = 'containerd.service';
