/** From the choice of a node to the binding, volumes first. Models pkg/scheduler/schedule_one.go bindingCycle and plugins/volumebinding/binder.go, v1.36.2. */
import type { Pod } from '../../api/types.ts';
import { at, call, get } from '../../contracts/client-go/controller.ts';
import { storeKey } from '../../contracts/client-go/informer.ts';
import { keyFor } from '../../contracts/client-go/owners.ts';
import type { OpenRequest } from '../../contracts/client-go/requests.ts';
import { selectedNode, withClaim } from '../../contracts/client-go/volume-matching.ts';
import type { ApiResponse } from '../../contracts/watch.ts';
import type { Body, Ctx } from '../../engine/types.ts';
import { addPod, type NodeInfo, removePod } from './node-info.ts';
import { backoffMs } from './scheduling-queue.ts';
import { type State, schedulerUser } from './state.ts';
import { event, field, patchStatus, tellStatus } from './tell.ts';
import { allBound, claims, filter, type PodVolumes, volumes } from './volume-binding.ts';

/** Look whether the volumes of a pod are bound. */
export interface VolumesDue extends Body {
  readonly type: 'VolumesDue';
  readonly key: string;
}
const volumePollMs = 1000;
const bindTimeoutMs = 600_000;

/** Takes the pod as placed and starts its binding. */
export function bind(state: State, ctx: Ctx, pod: Pod, info: NodeInfo, wanted: PodVolumes | undefined): void {
  const key = keyFor(pod);
  state.assumed[key] = { node: info.name };
  delete state.nominated[key];
  const placed = { ...pod, spec: { ...pod.spec, nodeName: info.name } };
  addPod(info, Object.freeze(placed));
  if (wanted && wanted.delayed.length > 0) bindVolumes(state, ctx, pod, info, wanted);
  else sendBinding(state, ctx, pod, info.name);
}

function sendBinding(state: State, ctx: Ctx, pod: Pod, node: string): void {
  const { namespace, name, uid } = pod.metadata;
  const object = { apiVersion: 'v1', kind: 'Binding', metadata: { name, namespace, uid }, target: { kind: 'Node', name: node } };
  const path = pod.spec.nodeSelector ? 'spec.nodeSelector' : pod.spec.affinity ? 'spec.affinity' : undefined;
  call(
    state,
    ctx,
    keyFor(pod),
    'bind',
    { verb: 'create', resource: 'pods', subresource: 'binding', namespace: namespace as string, name, object, user: schedulerUser },
    { node },
    path ? field(pod, path) : undefined,
  );
}

/** PreBind: writes claims and volumes, then looks each second whether the PV controller has finished. */
function bindVolumes(state: State, ctx: Ctx, pod: Pod, info: NodeInfo, wanted: PodVolumes): void {
  const key = keyFor(pod);
  const result = filter(state, pod, wanted, info, state.assumedVolumes);
  if ('refusal' in result) return;
  state.preBinding[key] = { node: info.name, deadlineMs: ctx.nowMs + bindTimeoutMs };
  call(state, ctx, key, 'nominate', { ...patchStatus(pod), patch: { status: { nominatedNodeName: info.name } } });
  for (const { claim, volume } of result.bindings) {
    if (volume) {
      state.assumedVolumes[keyFor(volume)] = keyFor(claim);
      call(state, ctx, key, 'bind-volume', {
        verb: 'update',
        resource: volumes,
        name: volume.metadata.name,
        object: withClaim(volume, claim),
        user: schedulerUser,
      });
    } else
      call(state, ctx, key, 'bind-volume', {
        verb: 'patch',
        resource: claims,
        namespace: claim.metadata.namespace as string,
        name: claim.metadata.name,
        patchType: 'merge',
        patch: { metadata: { annotations: { [selectedNode]: info.name } } },
        user: schedulerUser,
      });
  }
  poll(ctx, key);
}

function poll(ctx: Ctx, key: string): void {
  const body: VolumesDue = { type: 'VolumesDue', key };
  ctx.send(ctx.self, body, volumePollMs);
}

export function checkVolumes(state: State, ctx: Ctx, { key }: VolumesDue): void {
  const waiting = state.preBinding[key];
  const pod = at<Pod>(state, 'pods', key);
  if (!waiting || !pod) return;
  if (allBound(state, pod)) {
    delete state.preBinding[key];
    sendBinding(state, ctx, pod, waiting.node);
  } else if (ctx.nowMs >= waiting.deadlineMs) giveUp(state, ctx, key, pod, 'binding volumes: context deadline exceeded');
  else poll(ctx, key);
}

export function bindAnswered(state: State, open: OpenRequest, result: ApiResponse, ctx: Ctx): void {
  const pod = at<Pod>(state, 'pods', open.key);
  switch (open.step) {
    case 'bind':
      if (!pod) return;
      if (result.code < 400) {
        const message = `Successfully assigned ${pod.metadata.namespace}/${pod.metadata.name} to ${open.data.node}`;
        event(state, ctx, pod, 'Normal', 'Scheduled', 'Binding', message);
      } else giveUp(state, ctx, open.key, pod, `binding rejected: running Bind plugin "DefaultBinder": ${result.status?.message ?? ''}`);
      return;
    case 'bind-volume':
      if (result.code >= 400 && pod) giveUp(state, ctx, open.key, pod, `binding volumes: ${result.status?.message ?? ''}`);
      return;
    case 'mark-victim':
    case 'delete-victim': {
      const victim = at<Pod>(state, 'pods', open.data.victim);
      if (!victim || result.code >= 400) return;
      if (open.step === 'delete-victim') {
        event(state, ctx, victim, 'Normal', 'Preempted', 'Preempting', `Preempted by pod ${open.data.preemptor} on node ${open.data.node}`);
        return;
      }
      const { namespace, name } = victim.metadata;
      call(state, ctx, open.key, 'delete-victim', { verb: 'delete', resource: 'pods', namespace: namespace as string, name, user: schedulerUser }, open.data);
    }
  }
}

/** The pod is not placed after all: it is tried again after back-off. */
function giveUp(state: State, ctx: Ctx, key: string, pod: Pod, message: string): void {
  const assumed = state.assumed[key];
  if (!assumed) return;
  const info = state.nodes[storeKey(undefined, assumed.node)];
  const placed = info?.pods[key];
  if (info && placed) removePod(info, placed);
  delete state.assumed[key];
  delete state.preBinding[key];
  const entry = state.sched.pods[key];
  if (!entry || get(state, 'pods', pod.metadata.namespace, pod.metadata.name)?.spec.nodeName) return;
  entry.where = 'backoff';
  entry.error = true;
  entry.backoffUntilMs = ctx.nowMs + backoffMs(entry.attempts);
  event(state, ctx, pod, 'Warning', 'FailedScheduling', 'Scheduling', message);
  tellStatus(state, ctx, pod, 'SchedulerError', message);
  ctx.send(ctx.self, { type: 'BackoffDue', key } as Body, backoffMs(entry.attempts));
}
