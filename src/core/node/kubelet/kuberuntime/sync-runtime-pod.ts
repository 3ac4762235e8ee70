/** From the plan to the steps of a sync. Models kuberuntime_manager.go SyncPod, v1.36.2. */
import type { Container, Pod } from '../../../api/types.ts';
import type { Ctx, FieldRef } from '../../../engine/types.ts';
import { containerField, podEvent, podField } from '../events.ts';
import type { RuntimePodStatus } from '../pod-cache.ts';
import type { PodWorker } from '../pod-worker-state.ts';
import { resultOf } from '../prober/results.ts';
import { resizeOf } from '../resize.ts';
import type { KubeletState } from '../state.ts';
import type { SyncTask } from '../sync-pod.ts';
import { computePodActions, isIdle, type PodActions } from './compute-pod-actions.ts';
import { removeLater } from './gc.ts';
import { isRestartableInit, matchingRule } from './should-restart.ts';
import type { Outcome, Step } from './steps.ts';

/** Replaces the step `runtime` by what the plan asks for. */
export function planRuntimeSync(state: KubeletState, worker: PodWorker, task: SyncTask, ctx: Ctx): Outcome {
  const { pod } = worker;
  const { status } = task;
  const plan = computePodActions(pod, {
    status,
    liveness: (id) => resultOf(state, 'liveness', id),
    startup: (id) => resultOf(state, 'startup', id),
    resize: (container) => resizeOf(state, pod, container),
  });
  task.sandboxID = plan.sandboxID;
  task.podIPs = [...status.ips];
  if (isIdle(plan)) return 'done';
  ctx.note({ type: 'PodActions', podUID: worker.uid, plan } as never, whyOf(pod, plan));
  const steps: Step[] = [];
  if (plan.killPod) {
    if (plan.createSandbox && plan.sandboxID) podEvent(state, pod, 'Normal', 'SandboxChanged', 'Pod sandbox changed, it will be killed and re-created.', ctx);
    if (status.sandboxes.length > 0 || status.containers.some((c) => c.state === 'CONTAINER_RUNNING')) steps.push({ do: 'killPod', override: null });
    if (plan.createSandbox) {
      const inits = new Set((pod.spec.initContainers ?? []).map((c) => c.name));
      const ids = status.containers.filter((c) => inits.has(c.metadata.name)).map((c) => c.id);
      if (ids.length > 0) steps.push({ do: 'removeContainers', ids });
    }
  } else for (const kill of plan.containersToKill) steps.push({ do: 'killContainer', kill, override: null });
  if (plan.containersToReset.length > 0) resetSteps(pod, status, plan, steps);
  pruneInitContainers(state, pod, status, ctx);
  if (plan.createSandbox) steps.push({ do: 'createSandbox', attempt: plan.attempt });
  if (plan.createSandbox || !plan.killPod) {
    const start = (container: string, kind: 'ephemeral' | 'init' | 'sidecar' | 'regular'): void =>
      void steps.push({ do: 'start', container, kind, stage: 'backoff' });
    for (const name of plan.ephemeralContainersToStart) start(name, 'ephemeral');
    for (const name of plan.initContainersToStart) start(name, isSidecar(pod, name) ? 'sidecar' : 'init');
    for (const name of plan.containersToUpdate) steps.push({ do: 'update', container: name });
    for (const name of plan.containersToStart) start(name, 'regular');
  }
  task.steps.push(...steps);
  return 'done';
}

const isSidecar = (pod: Pod, name: string): boolean => pod.spec.initContainers?.some((c) => c.name === name && isRestartableInit(c)) ?? false;

/** Where to look in the manifest for the reason of a plan. */
function whyOf(pod: Pod, plan: PodActions): FieldRef {
  for (const [reason, field] of [
    ['LivenessProbe', 'livenessProbe'],
    ['StartupProbe', 'startupProbe'],
  ] as const) {
    const kill = plan.containersToKill.find((k) => k.reason === reason);
    if (kill) return containerField(pod, kill.name, field);
  }
  if (plan.initContainersToStart.length > 0) return podField(pod, 'spec.initContainers');
  return podField(pod, plan.createSandbox ? 'spec' : 'spec.restartPolicy');
}

/** RestartAllContainers: everything that runs is killed without grace, then all are removed, the sources last. */
function resetSteps(pod: Pod, status: RuntimePodStatus, plan: PodActions, steps: Step[]): void {
  for (const id of plan.containersToReset) {
    const c = status.containers.find((x) => x.id === id);
    if (c?.state === 'CONTAINER_RUNNING')
      steps.push({ do: 'killContainer', kill: { containerID: id, name: c.metadata.name, message: 'killing', reason: '' }, override: 0 });
  }
  const asked = (name: string, exitCode: number): boolean => {
    const spec = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find((c: Container) => c.name === name);
    return spec !== undefined && matchingRule(spec, exitCode) === 'RestartAllContainers';
  };
  const older = status.containers.filter((c) => !plan.containersToReset.includes(c.id) && !asked(c.metadata.name, c.exitCode)).map((c) => c.id);
  const oldSources = status.containers.filter((c) => !plan.containersToReset.includes(c.id) && asked(c.metadata.name, c.exitCode)).map((c) => c.id);
  steps.push({ do: 'removeContainers', ids: [...older, ...oldSources, ...plan.containersToReset] });
}

/** Of each init container only the newest that exited is kept. */
function pruneInitContainers(state: KubeletState, pod: Pod, status: RuntimePodStatus, ctx: Ctx): void {
  for (const init of pod.spec.initContainers ?? []) {
    const dead = status.containers.filter((c) => c.metadata.name === init.name && c.state === 'CONTAINER_EXITED');
    for (const old of dead.slice(1)) removeLater(state, old.id, ctx);
  }
}
