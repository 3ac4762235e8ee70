import type { Family } from '../../../contracts/netfilter.ts';
import type { Ctx } from '../../../engine/types.ts';
export function cleanUpNftables(_ctx: Ctx, _family: Family): void {}
