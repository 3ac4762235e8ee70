/** New results of probes reach the status and the pod's worker. Models syncLoopIteration's probe channels of pkg/kubelet/kubelet.go, v1.36.2. */
import type { Ctx } from '../../../engine/types.ts';
import { updatePod } from '../pod-workers.ts';
import { type KubeletState, podOf } from '../state.ts';
import { setContainerReadiness, setContainerStartup } from '../status/status-manager.ts';
import type { ProbeResult, ProbeType } from './results.ts';

export function handleProbeUpdate(state: KubeletState, message: { uid: string; probe: ProbeType; containerID: string; result: ProbeResult }, ctx: Ctx): void {
  const pod = podOf(state, message.uid);
  if (!pod) return;
  if (message.probe === 'readiness') setContainerReadiness(state, pod, message.containerID, message.result === 'Success', ctx);
  else if (message.probe === 'startup') setContainerStartup(state, pod, message.containerID, message.result === 'Success', ctx);
  updatePod(state, message.uid, 'sync', ctx);
}
