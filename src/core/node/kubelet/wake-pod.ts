/** Something that a pod's sync waits for has happened (an image is there): the sync is taken up again. */
import type { Ctx } from '../../engine/types.ts';
import type { KubeletState } from './state.ts';

export function wakePod(_state: KubeletState, uid: string, ctx: Ctx): void {
  ctx.send(ctx.self, { type: 'WakePod', uid } as never);
}
