/** One request on its way through the server. */

import type { Resource } from '../../api/resources.ts';
import type { ApiCall, ApiResult } from '../../contracts/watch.ts';
import type { Ctx, FieldRef } from '../../engine/types.ts';
import type { ApiServerState } from './state.ts';

export interface Call {
  readonly state: ApiServerState;
  readonly ctx: Ctx;
  readonly resource: Resource;
  readonly request: ApiCall;
  /** '' for what has no namespace, and for lists over all. */
  readonly namespace: string;
  readonly name: string;
  readonly dryRun: boolean;
  /** True for what people typed: decoded strictly. Objects of the model's own components are typed already. */
  readonly untrusted: boolean;
  readonly warnings: string[];
  /** What gives back what was allocated, when the request is refused after all. */
  readonly undo: (() => void)[];
  readonly why?: FieldRef;
}

export type Answer = ApiResult;
