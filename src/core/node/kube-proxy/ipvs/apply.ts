import type { Ctx } from '../../../engine/types.ts';
import type { KubeProxyState, ProxierState } from '../state.ts';
import type { SyncResult } from '../sync.ts';
import type { Applied } from '../tracking/tracker.ts';
export function applyIpvs(_state: KubeProxyState, _p: ProxierState, _applied: Applied, ..._rest: unknown[]): SyncResult {
  return { lines: 0, rules: 0, tookMs: 20 };
}
export type { Ctx };
