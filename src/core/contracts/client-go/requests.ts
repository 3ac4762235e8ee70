/** Open requests of a client of the API server, and its own rate limit. Models client-go rest/request.go and util/flowcontrol/throttle.go (token bucket). */
import type { Ctx, FieldRef } from '../../engine/types.ts';
import { type ApiCall, type ApiRequest, type ApiResponse, apiLatencyMs, apiserver } from '../watch.ts';

export interface OpenRequest {
  /** For whom: a key of the work queue. */
  key: string;
  /** What to do with the answer. */
  step: string;
  /** Plain JSON that comes back with the answer. */
  // biome-ignore lint/suspicious/noExplicitAny: each step knows its own
  data?: any;
}

export interface Requests {
  next: number;
  open: Record<string, OpenRequest>;
  /** key → how many of its requests are open. */
  perKey: Record<string, number>;
  qps: number;
  burst: number;
  tokens: number;
  lastMs: number;
}

/** kube-controller-manager's defaults for each of its controllers' clients. Source: cmd/kube-controller-manager/app/options, `--kube-api-qps`, `--kube-api-burst`. */
export const controllerManagerLimit = { qps: 20, burst: 30 } as const;

export const requests = (limit: { qps: number; burst: number } = controllerManagerLimit, nowMs = 0): Requests => ({
  next: 0,
  open: {},
  perKey: {},
  qps: limit.qps,
  burst: limit.burst,
  tokens: limit.burst,
  lastMs: nowMs,
});

/** Sends a request; its answer is taken with `takeResponse`. Above the rate limit it leaves later. */
export function sendRequest(state: Requests, ctx: Ctx, call: ApiCall, open: OpenRequest, why?: FieldRef): void {
  state.tokens = Math.min(state.burst, state.tokens + ((ctx.nowMs - state.lastMs) * state.qps) / 1000) - 1;
  state.lastMs = ctx.nowMs;
  const waitMs = state.tokens < 0 ? Math.ceil((-state.tokens * 1000) / state.qps) : 0;
  state.next += 1;
  const id = `r-${state.next}`;
  state.open[id] = open;
  state.perKey[open.key] = (state.perKey[open.key] ?? 0) + 1;
  const body: ApiRequest = { type: 'ApiRequest', id, ...call };
  ctx.send(apiserver, body, apiLatencyMs.request + waitMs, why);
}

/** What an answer was for; undefined for events' and unknown ones. */
export function takeResponse(state: Requests, response: ApiResponse): OpenRequest | undefined {
  const open = state.open[response.id];
  if (!open) return undefined;
  delete state.open[response.id];
  const left = (state.perKey[open.key] ?? 1) - 1;
  if (left > 0) state.perKey[open.key] = left;
  else delete state.perKey[open.key];
  return open;
}
