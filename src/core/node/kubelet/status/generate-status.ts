/** The API status of a pod. Models pkg/kubelet/kubelet_pods.go generateAPIPodStatus and convertStatusToAPIStatus, v1.36.2. */
import { clone } from '../../../api/equal.ts';
import { addQuantity } from '../../../api/quantity.ts';
import type { Condition, Container, ContainerStatus, Pod, PodStatus, ResourceRequirements } from '../../../api/types.ts';
import type { Ctx } from '../../../engine/types.ts';
import { activeDeadlineExceeded } from '../active-deadline.ts';
import { podEvent, podField } from '../events.ts';
import { sandboxToCreate } from '../kuberuntime/compute-pod-actions.ts';
import { nodeIPsOf } from '../node-ips.ts';
import { findContainerStatus, type RuntimePodStatus } from '../pod-cache.ts';
import { updatePodStatusWithProbes } from '../prober/prober-manager.ts';
import { computePodQOS, isStaticPod } from '../qos.ts';
import { resizeConditions, resourcesInStatus } from '../resize.ts';
import type { KubeletState } from '../state.ts';
import { containersReadyCondition, initializedCondition, kubeletConditions, readyCondition } from './conditions.ts';
import { asksForAll, convertToAPIContainerStatuses, type StatusInput } from './container-statuses.ts';
import { getPhase } from './phase.ts';

/** @param terminal all containers have been stopped for good: nothing will be restarted */
export function generateAPIPodStatus(state: KubeletState, pod: Pod, runtime: RuntimePodStatus, terminal: boolean, ctx: Ctx): PodStatus {
  const old = state.status.pods[pod.metadata.uid]?.status ?? pod.status ?? { phase: 'Pending' };
  const input: StatusInput = {
    reasons: state.reasons,
    startEpochMs: ctx.epochMs - ctx.nowMs,
    restarting: old.conditions?.some((c) => c.type === 'AllContainersRestarting' && c.status === 'True') ?? false,
    resources: (container) => resourcesInStatus(state, pod, container),
  };
  const convert = (
    containers: readonly Container[] | undefined,
    previous: ContainerStatus[] | undefined,
    kind: 'init' | 'regular' | 'ephemeral',
  ): ContainerStatus[] => convertToAPIContainerStatuses(input, pod, runtime, previous, containers ?? [], kind);
  const init = convert(pod.spec.initContainers, old.initContainerStatuses, 'init');
  const regular = convert(pod.spec.containers, old.containerStatuses, 'regular');
  const ephemeral = convert(pod.spec.ephemeralContainers, old.ephemeralContainerStatuses, 'ephemeral');
  updatePodStatusWithProbes(state, pod, init, regular, ctx);
  const status: PodStatus = { phase: getPhase(pod, init, regular, terminal, isStaticPod(pod)) };
  if (old.phase === 'Failed' || old.phase === 'Succeeded') status.phase = old.phase;
  if (pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded') status.phase = pod.status.phase;
  if (status.phase === old.phase) {
    if (old.reason) status.reason = old.reason;
    if (old.message) status.message = old.message;
  }
  if (activeDeadlineExceeded(state, pod, ctx)) {
    const message = 'Pod was active on the node longer than the specified deadline';
    podEvent(state, pod, 'Normal', 'DeadlineExceeded', message, ctx, podField(pod, 'spec.activeDeadlineSeconds'));
    if (status.phase !== 'Succeeded') Object.assign(status, { phase: 'Failed', reason: 'DeadlineExceeded', message });
  }
  status.qosClass = pod.status?.qosClass ?? computePodQOS(pod);
  status.containerStatuses = regular;
  if (init.length > 0) status.initContainerStatuses = init;
  if (ephemeral.length > 0) status.ephemeralContainerStatuses = ephemeral;
  if (old.startTime) status.startTime = old.startTime;
  addAddresses(state, pod, runtime, old, status);
  addPodResources(pod, regular, status);
  status.conditions = conditionsOf(state, pod, runtime, old, status, init, regular, ctx);
  return status;
}

function addAddresses(state: KubeletState, pod: Pod, runtime: RuntimePodStatus, old: PodStatus, status: PodStatus): void {
  const nodeIPs = nodeIPsOf(state.config);
  const nodeIP = nodeIPs[0] as string;
  status.hostIP = nodeIP;
  status.hostIPs = nodeIPs.map((ip) => ({ ip }));
  if (pod.spec.hostNetwork) {
    status.podIP = nodeIP;
    status.podIPs = nodeIPs.map((ip) => ({ ip }));
  } else if (runtime.ips.length > 0) {
    status.podIP = runtime.ips[0] as string;
    status.podIPs = runtime.ips.map((ip) => ({ ip }));
  } else if (old.podIP) {
    status.podIP = old.podIP;
    if (old.podIPs) status.podIPs = old.podIPs;
  }
}

/** Sums over the containers, also without resources of the pod itself. */
function addPodResources(pod: Pod, regular: readonly ContainerStatus[], status: PodStatus): void {
  const resources: ResourceRequirements = {};
  const allocated: Record<string, string> = {};
  const add = (into: Record<string, string>, from: Container['resources'] | undefined, kind: 'limits' | 'requests'): void => {
    for (const name in from?.[kind]) {
      const amount = from[kind]?.[name] as string;
      into[name] = into[name] === undefined ? String(amount) : addQuantity(into[name], amount);
    }
  };
  for (const kind of ['limits', 'requests'] as const) {
    const sum: Record<string, string> = {};
    for (const c of pod.spec.containers) add(sum, regular.find((s) => s.name === c.name)?.resources ?? c.resources, kind);
    // A limit holds for the pod only when every container has it.
    if (kind === 'limits') for (const name in sum) if (pod.spec.containers.some((c) => c.resources?.limits?.[name] === undefined)) delete sum[name];
    if (Object.keys(sum).length > 0) resources[kind] = sum;
  }
  for (const c of pod.spec.containers) add(allocated, c.resources, 'requests');
  status.resources = resources;
  if (Object.keys(allocated).length > 0) status.allocatedResources = allocated;
}

function conditionsOf(
  state: KubeletState,
  pod: Pod,
  runtime: RuntimePodStatus,
  old: PodStatus,
  status: PodStatus,
  init: ContainerStatus[],
  regular: ContainerStatus[],
  _ctx: Ctx,
): Condition[] {
  const before = new Map((old.conditions ?? []).map((c) => [c.type, c]));
  const foreign = (pod.status?.conditions ?? []).filter((c) => !kubeletConditions.has(c.type));
  const isStatic = isStaticPod(pod);
  const make = (c: { type: string; status: string; reason?: string; message?: string }): Condition => ({
    lastProbeTime: null,
    lastTransitionTime: before.get(c.type)?.status === c.status ? (before.get(c.type)?.lastTransitionTime ?? null) : null,
    ...(c.message ? { message: c.message } : {}),
    ...(pod.metadata.generation !== undefined && !isStatic ? { observedGeneration: pod.metadata.generation } : {}),
    ...(c.reason ? { reason: c.reason } : {}),
    status: c.status,
    type: c.type,
  });
  const containersReady = containersReadyCondition(pod, regular, init, status.phase);
  const own = [
    ...resizeConditions(state, pod),
    ...restartingCondition(pod, runtime),
    { type: 'PodReadyToStartContainers', status: sandboxToCreate(pod, runtime).needed ? 'False' : 'True' },
    initializedCondition(pod, regular, init, status.phase, before.get('Initialized')?.status === 'True'),
    readyCondition(pod, foreign, containersReady),
    containersReady,
    { type: 'PodScheduled', status: 'True' },
  ];
  if (pod.metadata.generation !== undefined && !isStatic) status.observedGeneration = pod.metadata.generation;
  return [...clone(foreign), ...own.map(make)];
}

/** Only for pods with such a rule. */
function restartingCondition(pod: Pod, runtime: RuntimePodStatus): { type: string; status: string; reason?: string; message?: string }[] {
  const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  if (!all.some((c) => c.restartPolicyRules?.some((r) => r.action === 'RestartAllContainers'))) return [];
  const type = 'AllContainersRestarting';
  const active = all.some((c) => {
    const newest = findContainerStatus(runtime, c.name);
    return newest?.state === 'CONTAINER_EXITED' && asksForAll(c, newest.exitCode);
  });
  return [
    active ? { type, status: 'True', reason: 'RestartAllContainersStarted', message: 'container exited with restart policy rule' } : { type, status: 'False' },
  ];
}
