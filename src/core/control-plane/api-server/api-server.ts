/**
 * The API server: the only door to the cluster's objects. Requests come as `ApiRequest` messages (the answer leaves after `apiLatencyMs.response`) or as calls
 * (`type: 'Api'` or `'ApiRequest'`, answered at once); `Watch` opens a watch. Models kube-apiserver v1.36.2 with etcd behind it.
 */
import type { KubeObject } from '../../api/types.ts';
import { type ApiRequest, type ApiResponse, type ApiResult, apiLatencyMs, type WatchRequest, type WatchStop } from '../../contracts/watch.ts';
import type { Body, Room } from '../../engine/types.ts';
import { answer } from './answer.ts';
import { bootstrap } from './bootstrap.ts';
import { badRequest } from './errors.ts';
import type { ApiServerState } from './state.ts';
import { closeWatch, openWatch } from './watches.ts';

export interface ApiServerArgs {
  /** IPv4 or IPv6, e.g. `10.96.0.0/16`. */
  serviceCIDR: string;
  /** Inclusive; default 30000–32767. */
  nodePortRange?: [number, number];
  /**
   * Objects that exist at the start. Each goes through defaulting and its kind's strategy, without admission and validation; empty uid, resourceVersion and
   * creationTimestamp are filled in. The four system namespaces and the two system priority classes are made first.
   */
  objects: KubeObject[];
  /** How long before the start these were created, seconds. Default 0. */
  createdSecondsBefore?: number;
}

export const apiServerRoom: Room<ApiServerState> = {
  initial(args: never, ctx): ApiServerState {
    return bootstrap(args as ApiServerArgs, ctx);
  },

  handle(state, message, ctx): void {
    const body = message.body;
    switch (body.type) {
      case 'ApiRequest': {
        const request = body as ApiRequest;
        const response: ApiResponse = { type: 'ApiResponse', id: request.id, ...answer(state, request, message.from, ctx, message.why) };
        ctx.send(message.from, response, apiLatencyMs.response);
        return;
      }
      case 'Watch':
        openWatch(state, message.from, body as WatchRequest, ctx);
        return;
      case 'WatchStop':
        closeWatch(state, message.from, (body as WatchStop).watch);
        return;
    }
  },

  serve(state, request: Body, ctx): ApiResult {
    if (request.type !== 'Api' && request.type !== 'ApiRequest') return { code: 400, status: badRequest(`unknown request ${request.type}`) };
    return answer(state, request as unknown as ApiRequest, undefined, ctx);
  },

  /** etcd survives; connections do not, so every client watches again. */
  restart(old): ApiServerState {
    return { ...old, watches: {} };
  },
};
