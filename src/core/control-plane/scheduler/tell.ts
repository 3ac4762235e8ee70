/** What the scheduler tells of a pod: events and the condition PodScheduled. Models pkg/scheduler/schedule_one.go handleSchedulingFailure, v1.36.2. */
import { condition } from '../../api/pods.ts';
import type { Condition, Pod } from '../../api/types.ts';
import { call } from '../../contracts/client-go/controller.ts';
import { keyFor } from '../../contracts/client-go/owners.ts';
import { recordSchedulerEvent, referenceTo } from '../../contracts/client-go/recorder.ts';
import { rfc3339 } from '../../engine/time.ts';
import type { Ctx, FieldRef } from '../../engine/types.ts';
import { type State, schedulerName, schedulerUser } from './state.ts';

export const patchStatus = (pod: Pod) =>
  ({
    verb: 'patch',
    resource: 'pods',
    subresource: 'status',
    namespace: pod.metadata.namespace as string,
    name: pod.metadata.name,
    patchType: 'strategic',
    user: schedulerUser,
  }) as const;

export const field = (pod: Pod, path: string): FieldRef => ({
  kind: 'Pod',
  namespace: pod.metadata.namespace as string,
  name: pod.metadata.name,
  path,
});

/** Longer notes are refused by the API. Source: pkg/scheduler/schedule_one.go truncateMessage */
const noteLengthLimit = 1024;
const truncated = (message: string): string => (message.length <= noteLengthLimit ? message : `${message.slice(0, noteLengthLimit - 4)} ...`);

export function event(state: State, ctx: Ctx, pod: Pod, type: 'Normal' | 'Warning', reason: string, action: string, message: string, why?: FieldRef): void {
  recordSchedulerEvent(state.recorder, ctx, { component: schedulerName, host: state.host }, referenceTo(pod), type, reason, action, truncated(message), why);
}

/** PodScheduled=False, written when it says something new. */
export function tellStatus(state: State, ctx: Ctx, pod: Pod, reason: string, message: string, nominatedNode?: string, why?: FieldRef): void {
  const known = condition(pod, 'PodScheduled');
  const same = known?.status === 'False' && known.reason === reason && known.message === message;
  if (same && (nominatedNode === undefined || nominatedNode === pod.status.nominatedNodeName)) return;
  const next: Condition = {
    type: 'PodScheduled',
    status: 'False',
    lastProbeTime: null,
    lastTransitionTime: known?.status === 'False' ? (known.lastTransitionTime ?? null) : rfc3339(ctx.epochMs),
    reason,
    message,
    ...(pod.metadata.generation !== undefined ? { observedGeneration: pod.metadata.generation } : {}),
  };
  const status = { ...(same ? {} : { conditions: [next] }), ...(nominatedNode !== undefined ? { nominatedNodeName: nominatedNode } : {}) };
  call(state, ctx, keyFor(pod), 'status', { ...patchStatus(pod), patch: { status } }, undefined, why);
}
