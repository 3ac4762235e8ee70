import type { Body, Ctx } from '../../../engine/types.ts';
import type { KubeProxyState } from '../state.ts';
export function gracefulTick(_state: KubeProxyState, _body: Body, _ctx: Ctx): void {}
