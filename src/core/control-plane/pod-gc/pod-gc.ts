/** Clears away pods that nothing else will. Models pkg/controller/podgc/gc_controller.go, v1.36.2. */
import { isPodTerminal } from '../../api/pods.ts';
import type { Condition, KubeObject, Node, Pod } from '../../api/types.ts';
import { type ControllerArgs, type ControllerState, call, controllerRoom, get } from '../../contracts/client-go/controller.ts';
import { keyFor } from '../../contracts/client-go/owners.ts';
import type { ApiCall } from '../../contracts/watch.ts';
import { rfc3339 } from '../../engine/time.ts';
import type { Ctx, Room } from '../../engine/types.ts';

export interface Args extends ControllerArgs {
  /** Ended pods kept in the cluster; default 12500. */
  terminatedPodThreshold?: number;
}

interface State extends ControllerState {
  threshold: number;
  /** Names (prefixed `@`) of nodes that are missing, and since when, ms. */
  missing: Record<string, number>;
}

const gcCheckPeriodMs = 20_000;
const quarantineMs = 40_000;
const outOfService = 'node.kubernetes.io/out-of-service';

export const podGC: Room<State> = controllerRoom<State>({
  resources: ['nodes'],
  initial(args: Args, ctx: Ctx) {
    ctx.send(ctx.self, { type: 'CollectPods' }, gcCheckPeriodMs);
    return { threshold: args?.terminatedPodThreshold ?? 12_500, missing: {} };
  },
  changed() {},
  sync() {},
  other(state, message, ctx) {
    if (message.body.type !== 'CollectPods') return;
    ctx.send(ctx.self, { type: 'CollectPods' }, gcCheckPeriodMs);
    call(state, ctx, '@pods', 'list', { verb: 'list', resource: 'pods' });
  },
  answered(state, open, result, ctx) {
    if (open.step === 'list') collect(state, ctx, (result.list?.items ?? []) as Pod[]);
    else if (open.step === 'mark' && result.code < 400) remove(state, ctx, result.object as Pod);
  },
});

function collect(state: State, ctx: Ctx, pods: readonly Pod[]): void {
  const ended: Pod[] = [];
  const missing: Record<string, number> = {};
  for (const pod of pods) {
    const name = pod.spec.nodeName;
    if (isPodTerminal(pod) && !pod.metadata.deletionTimestamp) ended.push(pod);
    if (!name) {
      if (pod.metadata.deletionTimestamp) end(state, ctx, pod, undefined);
      continue;
    }
    const node = get<Node>(state, 'nodes', undefined, name);
    if (!node) {
      const since = state.missing[`@${name}`] ?? ctx.nowMs;
      missing[`@${name}`] = since;
      if (ctx.nowMs - since >= quarantineMs) end(state, ctx, pod, 'PodGC: node no longer exists');
    } else if (pod.metadata.deletionTimestamp && isOutOfService(node)) end(state, ctx, pod, undefined);
  }
  state.missing = missing;
  const surplus = ended.length - state.threshold;
  if (surplus <= 0) return;
  ended.sort((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1));
  for (const pod of ended.slice(0, surplus)) remove(state, ctx, pod);
}

const isOutOfService = (node: Node): boolean =>
  (node.spec.taints?.some((taint) => taint.key === outOfService) ?? false) && node.status.conditions?.find((c) => c.type === 'Ready')?.status !== 'True';

const target = (pod: KubeObject): Pick<ApiCall, 'resource' | 'namespace' | 'name' | 'user'> => ({
  resource: 'pods',
  namespace: pod.metadata.namespace as string,
  name: pod.metadata.name,
  user: 'system:serviceaccount:kube-system:pod-garbage-collector',
});

/** Marks a pod that has not ended as Failed, then deletes it. */
function end(state: State, ctx: Ctx, pod: Pod, message: string | undefined): void {
  if (isPodTerminal(pod)) {
    remove(state, ctx, pod);
    return;
  }
  const disrupted: Condition | undefined = message
    ? {
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'DeletionByPodGC',
        message,
        lastTransitionTime: rfc3339(ctx.epochMs),
        ...(pod.metadata.generation !== undefined ? { observedGeneration: pod.metadata.generation } : {}),
      }
    : undefined;
  const patch = { status: { phase: 'Failed', ...(disrupted ? { conditions: [disrupted] } : {}) } };
  call(state, ctx, keyFor(pod), 'mark', { ...target(pod), verb: 'patch', subresource: 'status', patchType: 'strategic', patch });
}

function remove(state: State, ctx: Ctx, pod: KubeObject): void {
  call(state, ctx, keyFor(pod), 'delete', {
    ...target(pod),
    verb: 'delete',
    options: { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid } },
  });
}
