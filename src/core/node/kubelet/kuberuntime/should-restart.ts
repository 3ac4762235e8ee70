/** Who is started again after an exit. Models pkg/kubelet/container/helpers.go and pkg/api/v1/pod/util.go ContainerShouldRestart, v1.36.2. */
import type { Container, Pod } from '../../../api/types.ts';
import { findContainerStatus, type RuntimePodStatus } from '../pod-cache.ts';

export const isRestartableInit = (container: Container): boolean => container.restartPolicy === 'Always';

/** The action of the first restart rule that matches the exit code. */
export function matchingRule(container: Container, exitCode: number): 'Restart' | 'RestartAllContainers' | undefined {
  for (const rule of container.restartPolicyRules ?? []) {
    const values = rule.exitCodes?.values ?? [];
    const inside = values.includes(exitCode);
    if (rule.exitCodes && (rule.exitCodes.operator === 'NotIn' ? !inside : inside)) return rule.action as 'Restart' | 'RestartAllContainers';
  }
  return undefined;
}

/** After an exit with this code. */
export function containerShouldRestart(container: Container, pod: Pod, exitCode: number): boolean {
  if (container.restartPolicy) {
    if (matchingRule(container, exitCode)) return true;
    return byPolicy(container.restartPolicy, exitCode);
  }
  return byPolicy(pod.spec.restartPolicy ?? 'Always', exitCode);
}

const byPolicy = (policy: string, exitCode: number): boolean => policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);

/** May the container be started at all once it is not running? The policy of a container goes before that of the pod. */
export const restartWanted = (container: Container, pod: Pod): boolean => (container.restartPolicy ?? pod.spec.restartPolicy ?? 'Always') !== 'Never';

/** Must a container that does not run be started, from what the runtime shows? Models ShouldContainerBeRestarted. */
export function shouldContainerBeRestarted(container: Container, pod: Pod, status: RuntimePodStatus): boolean {
  if (pod.metadata.deletionTimestamp) return false;
  const newest = findContainerStatus(status, container.name);
  if (!newest) return true;
  if (newest.state === 'CONTAINER_RUNNING') return false;
  if (newest.state === 'CONTAINER_CREATED' || newest.state === 'CONTAINER_UNKNOWN') return true;
  return containerShouldRestart(container, pod, newest.exitCode);
}

/** Why: the field that decided. */
export const restartField = (container: Container): string => (container.restartPolicy ? 'restartPolicy' : '../restartPolicy');
