import type { Family } from '../../../contracts/netfilter.ts';
import type { Ctx } from '../../../engine/types.ts';
export function cleanUpIpvs(_ctx: Ctx, _family: Family): void {}
