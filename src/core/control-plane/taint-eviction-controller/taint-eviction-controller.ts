/** Deletes pods from nodes with NoExecute taints. Models pkg/controller/tainteviction/taint_eviction.go, v1.36.2. */
import { isPodTerminal } from '../../api/pods.ts';
import type { Condition, KubeObject, Node, Pod, Taint } from '../../api/types.ts';
import {
  at,
  type ControllerArgs,
  type ControllerState,
  call,
  controllerRoom,
  get,
  hasSynced,
  tell,
  watchResource,
} from '../../contracts/client-go/controller.ts';
import type { InformerChange } from '../../contracts/client-go/informer.ts';
import { tolerates } from '../../contracts/client-go/node-matching.ts';
import { keyFor } from '../../contracts/client-go/owners.ts';
import type { ApiCall } from '../../contracts/watch.ts';
import { rfc3339 } from '../../engine/time.ts';
import type { Body, Ctx, Room } from '../../engine/types.ts';

export type Args = ControllerArgs;

interface State extends ControllerState {
  /** Node name (prefixed `@`) → store keys of its pods. */
  podsOn: Record<string, Record<string, true>>;
  /** Pods to be deleted, and when. */
  evictions: Record<string, { fireMs: number; createdMs: number; uid: string }>;
}
interface EvictPod extends Body {
  readonly type: 'EvictPod';
  readonly key: string;
  readonly uid: string;
}

const component = 'taint-eviction-controller';

export const taintEvictionController: Room<State> = controllerRoom<State>({
  resources: ['nodes'],
  initial: () => ({ podsOn: {}, evictions: {} }),
  changed(state, resource, change, ctx) {
    if (resource === 'pods') podChanged(state, change, ctx);
    else if (change.type !== 'deleted') {
      const node = change.object as Node;
      // Pods matter only once a node has such a taint: they are watched from then on.
      if (!state.informers.pods) {
        if (noExecute(node).length > 0) watchResource(state, ctx, 'pods');
      } else if (taintsOf(change.old as Node | undefined) !== taintsOf(node)) nodeChanged(state, node, ctx);
    }
  },
  started(state, ctx) {
    if (!state.informers.pods) return;
    for (const node of Object.values(state.informers.nodes?.objects ?? {})) if (noExecute(node as Node).length > 0) nodeChanged(state, node as Node, ctx);
  },
  sync() {},
  other(state, message, ctx) {
    if (message.body.type === 'EvictPod') evict(state, message.body as EvictPod, ctx);
  },
  answered(state, open, result, ctx) {
    const pod = at<Pod>(state, 'pods', open.key);
    if (open.step === 'mark' && pod && result.code < 400) call(state, ctx, open.key, 'delete', { ...target(pod), verb: 'delete' });
  },
});

const noExecute = (node: Node): Taint[] => (node.spec.taints ?? []).filter((taint) => taint.effect === 'NoExecute');
const taintsOf = (node: Node | undefined): string => (node ? JSON.stringify(noExecute(node).map((t) => [t.key, t.value ?? ''])) : '[]');

function podChanged(state: State, change: InformerChange, ctx: Ctx): void {
  const pod = change.object as Pod;
  const key = keyFor(pod);
  const name = pod.spec.nodeName;
  if (!name) return;
  if (change.type === 'deleted' || isPodTerminal(pod)) {
    const keys = state.podsOn[`@${name}`];
    if (keys) delete keys[key];
    delete state.evictions[key];
    return;
  }
  const keys = state.podsOn[`@${name}`];
  const isNew = !keys?.[key];
  if (keys) keys[key] = true;
  else state.podsOn[`@${name}`] = { [key]: true };
  const node = get<Node>(state, 'nodes', undefined, name);
  const tolerationsChanged = change.old !== undefined && change.old.spec.tolerations !== pod.spec.tolerations;
  if (node && hasSynced(state) && (isNew || tolerationsChanged)) processPod(state, pod, noExecute(node), ctx);
}

function nodeChanged(state: State, node: Node, ctx: Ctx): void {
  const taints = noExecute(node);
  for (const key in state.podsOn[`@${node.metadata.name}`]) {
    const pod = at<Pod>(state, 'pods', key);
    if (pod) processPod(state, pod, taints, ctx);
  }
}

/** Plans, advances or cancels the deletion of one pod. */
function processPod(state: State, pod: Pod, taints: readonly Taint[], ctx: Ctx): void {
  const key = keyFor(pod);
  const planned = state.evictions[key];
  if (taints.length === 0) {
    if (planned) cancel(state, key, pod, ctx);
    return;
  }
  if (pod.metadata.deletionTimestamp) return;
  const tolerations = (pod.spec.tolerations ?? []).filter((toleration) => taints.some((taint) => tolerates(toleration, taint)));
  if (!taints.every((taint) => tolerations.some((toleration) => tolerates(toleration, taint)))) {
    plan(state, key, pod, 0, ctx);
    return;
  }
  const limits = tolerations.filter((t) => t.tolerationSeconds !== undefined).map((t) => Math.max(0, t.tolerationSeconds as number));
  if (limits.length === 0) {
    if (planned) cancel(state, key, pod, ctx);
    return;
  }
  const afterMs = Math.min(...limits) * 1000;
  // One that is planned already is not put off.
  if (planned && planned.createdMs + afterMs >= planned.fireMs) return;
  plan(state, key, pod, Math.max(0, (planned?.createdMs ?? ctx.nowMs) + afterMs - ctx.nowMs), ctx);
}

function plan(state: State, key: string, pod: Pod, delayMs: number, ctx: Ctx): void {
  const createdMs = state.evictions[key]?.createdMs ?? ctx.nowMs;
  state.evictions[key] = { fireMs: ctx.nowMs + delayMs, createdMs, uid: pod.metadata.uid };
  const body: EvictPod = { type: 'EvictPod', key, uid: pod.metadata.uid };
  const index = (pod.spec.tolerations ?? []).findIndex((t) => t.tolerationSeconds !== undefined);
  const path = index >= 0 ? `spec.tolerations[${index}].tolerationSeconds` : 'spec.tolerations';
  ctx.send(ctx.self, body, delayMs, { kind: 'Pod', namespace: pod.metadata.namespace as string, name: pod.metadata.name, path });
}

function cancel(state: State, key: string, pod: KubeObject, ctx: Ctx): void {
  delete state.evictions[key];
  tell(state, ctx, component, pod, 'Normal', 'TaintManagerEviction', `Cancelling deletion of Pod ${pod.metadata.namespace}/${pod.metadata.name}`);
}

const target = (pod: KubeObject): Pick<ApiCall, 'resource' | 'namespace' | 'name'> => ({
  resource: 'pods',
  namespace: pod.metadata.namespace as string,
  name: pod.metadata.name,
});

function evict(state: State, { key, uid }: EvictPod, ctx: Ctx): void {
  const planned = state.evictions[key];
  const pod = at<Pod>(state, 'pods', key);
  if (!planned || planned.uid !== uid || planned.fireMs > ctx.nowMs) return;
  delete state.evictions[key];
  if (!pod || pod.metadata.uid !== uid || pod.metadata.deletionTimestamp) return;
  tell(state, ctx, component, pod, 'Normal', 'TaintManagerEviction', `Marking for deletion Pod ${pod.metadata.namespace}/${pod.metadata.name}`);
  const disrupted: Condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'DeletionByTaintManager',
    message: 'Taint manager: deleting due to NoExecute taint',
    lastTransitionTime: rfc3339(ctx.epochMs),
    ...(pod.metadata.generation !== undefined ? { observedGeneration: pod.metadata.generation } : {}),
  };
  call(state, ctx, key, 'mark', {
    ...target(pod),
    verb: 'patch',
    subresource: 'status',
    patchType: 'strategic',
    patch: { status: { conditions: [disrupted] } },
  });
}
