/**
 * Keeps a workload between its bounds. Models pkg/controller/podautoscaler/horizontal.go, v1.36.2, in a cluster without a metrics server.
 *
 * Simplified: no metrics exist, so that nothing is scaled by use; the conditions and events say so in upstream's words.
 */
import { equal } from '../../api/equal.ts';
import { resourceOfKind } from '../../api/resources.ts';
import type { Condition, KubeObject } from '../../api/types.ts';
import {
  at,
  type ControllerArgs,
  type ControllerCode,
  type ControllerState,
  call,
  controllerRoom,
  enqueueAfter,
  fail,
  readYourWrites,
  tell,
} from '../../contracts/client-go/controller.ts';
import { keyFor } from '../../contracts/client-go/owners.ts';
import { rfc3339 } from '../../engine/time.ts';
import type { Ctx, FieldRef, Room } from '../../engine/types.ts';
import { type MissingMetric, missingMetric } from './no-metrics.ts';

export type Args = ControllerArgs;

const resource = 'horizontalpodautoscalers.autoscaling';
const component = 'horizontal-pod-autoscaler';
const syncPeriodMs = 15_000;

const code: ControllerCode<ControllerState> = {
  resources: [resource],
  initial: () => ({}),
  changed(state, _resource, change, ctx) {
    // Every look comes a period after what asked for it, the first too.
    if (change.type === 'added' || (change.type === 'updated' && change.old?.spec !== change.object?.spec))
      enqueueAfter(state, ctx, keyFor(change.object as KubeObject), syncPeriodMs);
  },
  sync(state, key, ctx) {
    const hpa = at(state, resource, key);
    if (!hpa) return;
    enqueueAfter(state, ctx, key, syncPeriodMs);
    const target = hpa.spec.scaleTargetRef;
    const kind = resourceOfKind(target.apiVersion ?? '', target.kind);
    if (!kind?.scale) {
      unableToScale(state, ctx, key, hpa, `no matches for kind "${target.kind}" in group "${(target.apiVersion ?? '').split('/')[0]}"`);
      return;
    }
    call(
      state,
      ctx,
      key,
      'scale',
      { verb: 'get', resource: kind.id, subresource: 'scale', namespace: hpa.metadata.namespace as string, name: target.name },
      kind.id,
    );
  },
  answered(state, open, result, ctx) {
    const hpa = at(state, resource, open.key);
    if (open.step === 'status') {
      if (result.code < 400) readYourWrites(state, code, resource, result, ctx);
      else if (result.code !== 404) fail(state, open.key);
    } else if (!hpa) return;
    else if (open.step === 'scale') {
      if (result.code >= 400) unableToScale(state, ctx, open.key, hpa, result.status?.message ?? '');
      else reconcile(state, ctx, open.key, hpa, result.object as KubeObject, open.data);
    } else if (result.code < 400) tell(state, ctx, component, hpa, 'Normal', 'SuccessfulRescale', `New size: ${open.data.size}; reason: ${open.data.reason}`);
    else
      tell(
        state,
        ctx,
        component,
        hpa,
        'Warning',
        'FailedRescale',
        `New size: ${open.data.size}; reason: ${open.data.reason}; error: ${result.status?.message ?? ''}`,
      );
  },
};

export const horizontalPodAutoscaler: Room<ControllerState> = controllerRoom(code);

const why = (hpa: KubeObject, path: string): FieldRef => ({
  kind: 'HorizontalPodAutoscaler',
  namespace: hpa.metadata.namespace as string,
  name: hpa.metadata.name,
  path,
});

type Wanted = [type: string, status: string, reason: string, message: string];

function unableToScale(state: ControllerState, ctx: Ctx, key: string, hpa: KubeObject, message: string): void {
  tell(state, ctx, component, hpa, 'Warning', 'FailedGetScale', message, why(hpa, 'spec.scaleTargetRef'));
  const wanted: Wanted = ['AbleToScale', 'False', 'FailedGetScale', `the HPA controller was unable to get the target's current scale: ${message}`];
  write(state, ctx, key, hpa, [wanted], hpa.status?.currentReplicas ?? 0, hpa.status?.desiredReplicas ?? 0);
}

function reconcile(state: ControllerState, ctx: Ctx, key: string, hpa: KubeObject, scale: KubeObject, target: string): void {
  const spec: number = scale.spec?.replicas ?? 0;
  const current: number = scale.status?.replicas ?? 0;
  const min: number = hpa.spec.minReplicas ?? 1;
  const able: Wanted = ['AbleToScale', 'True', 'SucceededGetScale', "the HPA controller was able to get the target's current scale"];
  if (spec === 0 && min !== 0) {
    const off: Wanted = ['ScalingActive', 'False', 'ScalingDisabled', 'scaling is disabled since the replica count of the target is zero'];
    write(state, ctx, key, hpa, [able, off], current, 0);
    return;
  }
  const [desired, reason] =
    spec > hpa.spec.maxReplicas
      ? [hpa.spec.maxReplicas as number, 'Current number of replicas above Spec.MaxReplicas']
      : spec < min
        ? [min, 'Current number of replicas below Spec.MinReplicas']
        : [spec, ''];
  if (desired !== spec) {
    const request = { verb: 'update', resource: target, subresource: 'scale', namespace: hpa.metadata.namespace as string, name: scale.metadata.name } as const;
    const object = { ...scale, spec: { ...scale.spec, replicas: desired } };
    const path = desired === min ? 'spec.minReplicas' : 'spec.maxReplicas';
    call(state, ctx, key, 'rescale', { ...request, object }, { size: desired, reason }, why(hpa, path));
    const scaled: Wanted = ['AbleToScale', 'True', 'SucceededRescale', `the HPA controller was able to update the target scale to ${desired}`];
    write(state, ctx, key, hpa, [scaled], current, desired);
    return;
  }
  write(state, ctx, key, hpa, [able, noMetrics(state, ctx, hpa)], current, 0);
}

/** Each metric tells why it is missing; the condition is that of the first. */
function noMetrics(state: ControllerState, ctx: Ctx, hpa: KubeObject): Wanted {
  const metrics: KubeObject['spec'][] = hpa.spec.metrics?.length > 0 ? hpa.spec.metrics : [undefined];
  const missing = metrics.map((metric) => missingMetric(metric, hpa.metadata.namespace ?? 'default'));
  for (const { reason, error } of missing) tell(state, ctx, component, hpa, 'Warning', reason, error, why(hpa, 'spec.metrics'));
  const [first] = missing as [MissingMetric, ...MissingMetric[]];
  const all = `invalid metrics (${missing.length} invalid out of ${missing.length}), first error is: ${first.value}`;
  tell(state, ctx, component, hpa, 'Warning', 'FailedComputeMetricsReplicas', all);
  return ['ScalingActive', 'False', first.reason, `the HPA was unable to compute the replica count: ${first.error}`];
}

function write(
  state: ControllerState,
  ctx: Ctx,
  key: string,
  hpa: KubeObject,
  wanted: readonly Wanted[],
  currentReplicas: number,
  desiredReplicas: number,
): void {
  const conditions: Condition[] = ((hpa.status?.conditions ?? []) as Condition[]).slice();
  for (const [type, status, reason, message] of wanted) {
    const index = conditions.findIndex((c) => c.type === type);
    const known = conditions[index];
    const lastTransitionTime = known?.status === status ? (known.lastTransitionTime ?? null) : rfc3339(ctx.epochMs);
    const next: Condition = { type, status, lastTransitionTime, reason, message };
    if (known) conditions[index] = next;
    else conditions.push(next);
  }
  const status = { ...hpa.status, conditions, currentMetrics: null, ...(currentReplicas > 0 ? { currentReplicas } : {}), desiredReplicas };
  if (equal(status, hpa.status ?? {})) return;
  const { namespace, name } = hpa.metadata;
  call(state, ctx, key, 'status', { verb: 'update', resource, subresource: 'status', namespace: namespace as string, name, object: { ...hpa, status } });
}
