/** Which init containers to start or kill. Models kuberuntime_container.go computeInitContainerActions, v1.36.2. */
import type { Container, Pod } from '../../../api/types.ts';
import { definitionChanged } from '../container-hash.ts';
import { findContainerStatus, type RuntimePodStatus } from '../pod-cache.ts';
import type { Observation, PodActions } from './compute-pod-actions.ts';
import { containerShouldRestart, isRestartableInit } from './should-restart.ts';

/** Adds to `plan`; true when regular containers may start. From the last init container to the first: the last that was reached decides. */
export function computeInitContainerActions(pod: Pod, seen: Observation, plan: PodActions): boolean {
  const inits = pod.spec.initContainers ?? [];
  if (inits.length === 0) return true;
  const regularExists = hasAnyRegularContainerCreated(pod, seen.status);
  const start: number[] = [];
  let initialized = regularExists;
  let previousInitialized = regularExists;
  let anyStatus = false;
  for (let i = inits.length - 1; i >= 0; i -= 1) {
    const container = inits[i] as Container;
    const newest = findContainerStatus(seen.status, container.name);
    const restartable = isRestartableInit(container);
    if (!newest) {
      // A sidecar that is gone while what comes after it has begun.
      if (previousInitialized && restartable) start.push(i);
      continue;
    }
    const was = previousInitialized;
    anyStatus = true;
    previousInitialized = true;
    if (was && !restartable) continue;
    const verdict = restartable ? sidecar(container, i, newest, was) : normal(container, i, newest);
    if (verdict === 'kill pod') {
      plan.killPod = true;
      plan.initContainersToStart = [];
      return false;
    }
  }
  if (!anyStatus && !regularExists) start.push(0);
  plan.initContainersToStart = start.reverse().map((i) => (inits[i] as Container).name);
  return initialized;

  /** Done: the next one may start, or everything is initialized. */
  function done(i: number): void {
    if (i === inits.length - 1) initialized = true;
    else if (!start.includes(i + 1)) start.push(i + 1);
  }

  function kill(containerID: string, container: Container, message: string, reason: 'LivenessProbe' | 'StartupProbe' | ''): void {
    plan.containersToKill.push({ containerID, name: container.name, message, reason });
  }

  function normal(container: Container, i: number, newest: NonNullable<ReturnType<typeof findContainerStatus>>): 'kill pod' | undefined {
    switch (newest.state) {
      case 'CONTAINER_CREATED':
        start.push(i);
        return undefined;
      case 'CONTAINER_RUNNING':
        return undefined;
      case 'CONTAINER_EXITED':
        if (newest.exitCode === 0 && newest.reason !== 'OOMKilled') {
          done(i);
          return undefined;
        }
        if (!containerShouldRestart(container, pod, newest.exitCode || 1)) return 'kill pod';
        start.push(i);
        return undefined;
      default:
        if ((container.restartPolicy ?? pod.spec.restartPolicy) === 'Never') return 'kill pod';
        kill(newest.id, container, 'Init container is in "unknown" state, try killing it before restart', '');
        start.push(i);
        return undefined;
    }
  }

  function sidecar(container: Container, i: number, newest: NonNullable<ReturnType<typeof findContainerStatus>>, was: boolean): undefined {
    switch (newest.state) {
      case 'CONTAINER_RUNNING': {
        if (container.startupProbe) {
          const verdict = seen.startup(newest.id);
          if (verdict === undefined || verdict === 'Unknown') return undefined;
          if (verdict === 'Failure') {
            kill(newest.id, container, `Init container ${container.name} failed startup probe`, 'StartupProbe');
            start.push(i);
            return undefined;
          }
        }
        if (i === inits.length - 1) initialized = true;
        else if (!was && !start.includes(i + 1)) start.push(i + 1);
        if (definitionChanged(container, newest.annotations)) {
          kill(newest.id, container, `Init container ${container.name} definition changed`, '');
          start.push(i);
        } else if (seen.liveness(newest.id) === 'Failure') {
          kill(newest.id, container, `Init container ${container.name} failed liveness probe`, 'LivenessProbe');
          start.push(i);
        } else {
          const resize = seen.resize(container);
          if (resize === 'update') plan.containersToUpdate.push(container.name);
        }
        return undefined;
      }
      case 'CONTAINER_UNKNOWN':
        kill(newest.id, container, 'Init container is in "unknown" state, try killing it before restart', '');
        start.push(i);
        return undefined;
      default:
        // Created or exited, whatever the code and the pod's policy.
        start.push(i);
        return undefined;
    }
  }
}

/** Any regular container created or running (an exited one does not count). */
function hasAnyRegularContainerCreated(pod: Pod, status: RuntimePodStatus): boolean {
  return pod.spec.containers.some((c) => {
    const newest = findContainerStatus(status, c.name);
    return newest?.state === 'CONTAINER_CREATED' || newest?.state === 'CONTAINER_RUNNING';
  });
}
