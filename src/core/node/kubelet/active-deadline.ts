/** Models pkg/kubelet/active_deadline.go, v1.36.2. */
import type { Pod } from '../../api/types.ts';
import { parseTime } from '../../engine/time.ts';
import type { Ctx } from '../../engine/types.ts';
import type { KubeletState } from './state.ts';

/** The pod has run longer than activeDeadlineSeconds since status.startTime. */
export function activeDeadlineExceeded(state: KubeletState, pod: Pod, ctx: Ctx): boolean {
  const seconds = pod.spec.activeDeadlineSeconds;
  if (seconds === undefined || seconds === null) return false;
  const start = state.status.pods[pod.metadata.uid]?.status.startTime ?? pod.status?.startTime;
  return start !== undefined && ctx.epochMs - parseTime(start) >= seconds * 1000;
}
