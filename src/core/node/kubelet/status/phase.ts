/** The phase of a pod from its container statuses. Models pkg/kubelet/kubelet_pods.go getPhase, v1.36.2. */
import type { Container, ContainerStatus, Pod, PodStatus } from '../../../api/types.ts';
import { containerShouldRestart, isRestartableInit } from '../kuberuntime/should-restart.ts';

/**
 * @param terminal the pod is being torn down: no container will be started again
 * @param isStatic static pods never end
 */
export function getPhase(
  pod: Pod,
  init: readonly ContainerStatus[],
  regular: readonly ContainerStatus[],
  terminal: boolean,
  isStatic: boolean,
): PodStatus['phase'] {
  const find = (list: readonly ContainerStatus[], c: Container): ContainerStatus | undefined => list.find((s) => s.name === c.name);
  let pendingInit = 0;
  let failedInitFinal = 0;
  let pendingSidecar = 0;
  let [unknown, running, waiting, stopped, stoppedFinal, succeeded] = [0, 0, 0, 0, 0, 0];
  for (const c of pod.spec.initContainers ?? []) {
    const s = find(init, c);
    if (isRestartableInit(c)) {
      if (!s) unknown += 1;
      else if (s.state.running) {
        if (!s.started) pendingSidecar += 1;
        running += 1;
      } else if (s.state.waiting && !s.lastState.terminated) {
        pendingSidecar += 1;
        waiting += 1;
      }
      continue;
    }
    const last = s?.state.terminated ?? (s?.state.waiting ? s.lastState.terminated : undefined);
    if (!last) pendingInit += 1;
    else if (last.exitCode !== 0 && !containerShouldRestart(c, pod, last.exitCode)) failedInitFinal += 1;
  }
  for (const c of pod.spec.containers) {
    const s = find(regular, c);
    if (!s) unknown += 1;
    else if (s.state.running) running += 1;
    else if (s.state.terminated) {
      stopped += 1;
      if (!containerShouldRestart(c, pod, s.state.terminated.exitCode)) stoppedFinal += 1;
      if (s.state.terminated.exitCode === 0) succeeded += 1;
    } else if (s.state.waiting && s.lastState.terminated) {
      stopped += 1;
      if (!containerShouldRestart(c, pod, s.lastState.terminated.exitCode)) stoppedFinal += 1;
    } else if (s.state.waiting) waiting += 1;
    else unknown += 1;
  }
  if (failedInitFinal > 0) return 'Failed';
  const regularExists = pod.spec.containers.some((c) => {
    const s = find(regular, c);
    return s?.containerID !== undefined;
  });
  if (pendingInit > 0 || (pendingSidecar > 0 && !regularExists)) return 'Pending';
  if (waiting > 0) return 'Pending';
  if (running > 0 && unknown === 0) return 'Running';
  if (running === 0 && stopped > 0 && unknown === 0) {
    if (terminal && !isStatic) return stopped === succeeded ? 'Succeeded' : 'Failed';
    if (stopped !== stoppedFinal) return 'Running';
    return stopped === succeeded ? 'Succeeded' : 'Failed';
  }
  return 'Pending';
}
