import type { WalkAnswer, WalkRequest } from '../../../contracts/netfilter.ts';
import type { HookEnvironment } from '../hooks.ts';
import type { NetfilterTables } from './state.ts';
export const walk = (_s: NetfilterTables, _r: WalkRequest, _e: HookEnvironment): WalkAnswer => ({
  steps: [],
  verdict: '',
  rulesLookedAt: 0,
  masquerade: false,
});
