/** Calls to the runtime: sent as messages whose ids tell who waits. A runtime that does not run answers `Unavailable` at once, as a refused connection does. */
import { type CriAnswers, type CriError, type CriReply, type CriRequest, runtimeOf } from '../../contracts/cri.ts';
import type { Ctx, FieldRef } from '../../engine/types.ts';
import { type KubeletState, nextId } from './state.ts';

const unavailable: CriError = {
  code: 'Unavailable',
  message: 'connection error: desc = "transport: Error while dialing: dial unix /run/containerd/containerd.sock: connect: connection refused"',
};

/** Sends `request`; the reply comes with the returned id, `OWNER|n`. `owner` must not end in a number of its own. */
export function criCall(state: KubeletState, owner: string, request: CriRequest, ctx: Ctx, why?: FieldRef): string {
  const id = `${owner}|${nextId(state)}`;
  state.calls[id] = request.rpc;
  const runtime = runtimeOf(ctx.host);
  if (ctx.isUp(runtime)) ctx.send(runtime, { type: 'Cri', id, request } as never, 0, why);
  else ctx.send(ctx.self, { type: 'CriReply', id, rpc: request.rpc, error: unavailable } as never);
  return id;
}

/** A read, answered at once. `error` when the runtime refuses or does not run. */
export function criRead<R extends CriRequest['rpc']>(
  ctx: Ctx,
  request: CriRequest & { rpc: R },
): { response: CriAnswers[R]; error?: undefined } | { error: CriError; response?: undefined } {
  const answer = ctx.call<CriReply | { error: string }>(runtimeOf(ctx.host), { type: 'Cri', id: '', request } as never);
  if (typeof answer?.error === 'string' || answer === undefined) return { error: unavailable };
  const reply = answer as CriReply;
  return reply.error ? { error: reply.error } : { response: reply.response as CriAnswers[R] };
}

/** True when the reply is awaited; forgets it. */
export function takeReply(state: KubeletState, reply: CriReply): boolean {
  if (state.calls[reply.id] === undefined) return false;
  delete state.calls[reply.id];
  return true;
}

/** The runtime died under open calls: each fails as its connection does. */
export function failOpenCalls(state: KubeletState, ctx: Ctx): void {
  if (ctx.isUp(runtimeOf(ctx.host))) return;
  for (const id in state.calls) ctx.send(ctx.self, { type: 'CriReply', id, rpc: state.calls[id], error: unavailable } as never);
}

/** gRPC errors as the kubelet prints them: of code Unknown the message alone. */
export const errorText = (error: CriError): string => (error.code === 'Unknown' ? error.message : `rpc error: code = ${error.code} desc = ${error.message}`);
