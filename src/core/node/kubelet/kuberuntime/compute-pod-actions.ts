/** What one sync must do to a pod: a plan made from specification and observation alone. Models kuberuntime_manager.go computePodActions, v1.36.2. */
import type { Container, Pod } from '../../../api/types.ts';
import type { PodSandboxStatus } from '../../../contracts/cri.ts';
import { definitionChanged } from '../container-hash.ts';
import { findContainerStatus, type RuntimePodStatus } from '../pod-cache.ts';
import { computeInitContainerActions } from './compute-init-container-actions.ts';
import { matchingRule, restartWanted, shouldContainerBeRestarted } from './should-restart.ts';

export interface ContainerToKill {
  containerID: string;
  name: string;
  message: string;
  /** Decides the grace period of probe kills. */
  reason: 'LivenessProbe' | 'StartupProbe' | '';
}
export interface PodActions {
  killPod: boolean;
  createSandbox: boolean;
  /** Of the sandbox to create. */
  attempt: number;
  sandboxID: string;
  containersToKill: ContainerToKill[];
  ephemeralContainersToStart: string[];
  initContainersToStart: string[];
  containersToStart: string[];
  /** RestartAllContainers: removed one after the other, the sources last. */
  containersToReset: string[];
  /** In-place resizes to apply to running containers. */
  containersToUpdate: string[];
}

/** What else the kubelet knows when it plans. */
export interface Observation {
  status: RuntimePodStatus;
  liveness(containerID: string): ProbeVerdict;
  startup(containerID: string): ProbeVerdict;
  /** A resize of this running container: in place, or by a restart. */
  resize(container: Container): 'none' | 'update' | 'restart';
}
export type ProbeVerdict = 'Success' | 'Failure' | 'Unknown' | undefined;

export function computePodActions(pod: Pod, seen: Observation): PodActions {
  const { status } = seen;
  const { needed, attempt, sandboxID } = sandboxToCreate(pod, status);
  const plan: PodActions = {
    killPod: needed,
    createSandbox: needed,
    attempt,
    sandboxID,
    containersToKill: [],
    ephemeralContainersToStart: [],
    initContainersToStart: [],
    containersToStart: [],
    containersToReset: [],
    containersToUpdate: [],
  };
  if (!needed) {
    plan.containersToReset = containersToReset(pod, status);
    if (plan.containersToReset.length > 0) return plan;
  }
  if (needed) {
    planNewSandbox(pod, status, plan);
    return plan;
  }
  for (const c of pod.spec.ephemeralContainers ?? []) if (!findContainerStatus(status, c.name)) plan.ephemeralContainersToStart.push(c.name);
  const initialized = computeInitContainerActions(pod, seen, plan);
  if (plan.killPod || !initialized) return plan;
  let kept = 0;
  for (const container of pod.spec.containers) if (planContainer(pod, container, seen, plan)) kept += 1;
  if (kept === 0 && plan.containersToStart.length === 0) {
    plan.killPod = true;
    // Sidecars need not come up again for a pod that has ended.
    plan.initContainersToStart = [];
  }
  return plan;
}

/** Decided anything at all? */
export const isIdle = (plan: PodActions): boolean =>
  !plan.killPod &&
  !plan.createSandbox &&
  plan.containersToKill.length === 0 &&
  plan.ephemeralContainersToStart.length === 0 &&
  plan.initContainersToStart.length === 0 &&
  plan.containersToStart.length === 0 &&
  plan.containersToReset.length === 0 &&
  plan.containersToUpdate.length === 0;

/** Models pkg/kubelet/kuberuntime/util/util.go PodSandboxChanged. */
export function sandboxToCreate(pod: Pod, status: RuntimePodStatus): { needed: boolean; attempt: number; sandboxID: string } {
  const newest = status.sandboxes[0];
  if (!newest) return { needed: true, attempt: 0, sandboxID: '' };
  const ready = status.sandboxes.filter((s) => s.state === 'SANDBOX_READY').length;
  const next = { needed: true, attempt: newest.metadata.attempt + 1, sandboxID: newest.id };
  if (ready > 1 || newest.state !== 'SANDBOX_READY') return next;
  if (newest.networkMode !== networkMode(pod)) return { ...next, sandboxID: '' };
  if (!pod.spec.hostNetwork && !hasIP(newest)) return next;
  return { needed: false, attempt: newest.metadata.attempt, sandboxID: newest.id };
}

const networkMode = (pod: Pod): 'NODE' | 'POD' => (pod.spec.hostNetwork ? 'NODE' : 'POD');
const hasIP = (sandbox: PodSandboxStatus): boolean => sandbox.network.ip !== '';

function planNewSandbox(pod: Pod, status: RuntimePodStatus, plan: PodActions): void {
  if (pod.spec.restartPolicy === 'Never' && plan.attempt !== 0 && status.containers.length > 0) {
    plan.createSandbox = false;
    return;
  }
  const toStart = pod.spec.containers.filter((c) => {
    const newest = findContainerStatus(status, c.name);
    const policy = c.restartPolicy ?? pod.spec.restartPolicy ?? 'Always';
    return !(policy === 'OnFailure' && newest?.state === 'CONTAINER_EXITED' && newest.exitCode === 0);
  });
  if (toStart.length === 0 && pod.spec.containers.some((c) => findContainerStatus(status, c.name))) {
    plan.createSandbox = false;
    return;
  }
  const init = pod.spec.initContainers?.[0];
  if (init) plan.initContainersToStart.push(init.name);
  else plan.containersToStart = toStart.map((c) => c.name);
}

/** True when the container is kept as it is. */
function planContainer(pod: Pod, container: Container, seen: Observation, plan: PodActions): boolean {
  const { name } = container;
  const newest = findContainerStatus(seen.status, name);
  if (newest?.state !== 'CONTAINER_RUNNING') {
    if (!shouldContainerBeRestarted(container, pod, seen.status)) return false;
    plan.containersToStart.push(name);
    if (newest?.state === 'CONTAINER_UNKNOWN')
      plan.containersToKill.push({ containerID: newest.id, name, reason: '', message: `Container is in "unknown" state, try killing it before restart` });
    return false;
  }
  let message: string;
  let reason: ContainerToKill['reason'] = '';
  let restart = restartWanted(container, pod);
  const resize = seen.resize(container);
  if (definitionChanged(container, newest.annotations)) {
    message = `Container ${name} definition changed`;
    restart = true;
  } else if (seen.liveness(newest.id) === 'Failure') {
    message = `Container ${name} failed liveness probe`;
    reason = 'LivenessProbe';
  } else if (seen.startup(newest.id) === 'Failure') {
    message = `Container ${name} failed startup probe`;
    reason = 'StartupProbe';
  } else if (resize === 'restart') {
    plan.containersToKill.push({ containerID: newest.id, name, reason, message: `Container ${name} resize requires restart` });
    plan.containersToStart.push(name);
    return false;
  } else {
    if (resize === 'update') plan.containersToUpdate.push(name);
    return true;
  }
  if (restart) {
    message = `${message}, will be restarted`;
    plan.containersToStart.push(name);
  }
  plan.containersToKill.push({ containerID: newest.id, name, reason, message });
  return false;
}

/**
 * Containers to remove because one exited with a RestartAllContainers rule: regular ones, then inits, then those that asked for it.
 * They are gone from the runtime afterwards, so the next plan starts from the first init container.
 */
function containersToReset(pod: Pod, status: RuntimePodStatus): string[] {
  const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  if (!all.some((c) => c.restartPolicyRules?.some((r) => r.action === 'RestartAllContainers'))) return [];
  const sources: string[] = [];
  const targets: string[] = [];
  for (const c of all) {
    const newest = findContainerStatus(status, c.name);
    if (!newest) continue;
    const asked = newest.state === 'CONTAINER_EXITED' && matchingRule(c, newest.exitCode) === 'RestartAllContainers';
    (asked ? sources : targets).push(newest.id);
  }
  return sources.length > 0 ? [...targets, ...sources] : [];
}
