/** Deletes Jobs some time after they ended. Models pkg/controller/ttlafterfinished/ttlafterfinished_controller.go, v1.36.2. */
import type { Condition, KubeObject } from '../../api/types.ts';
import {
  at,
  type ControllerArgs,
  type ControllerState,
  call,
  controllerRoom,
  enqueue,
  enqueueAfter,
  failedResult,
} from '../../contracts/client-go/controller.ts';
import { keyFor } from '../../contracts/client-go/owners.ts';
import { parseTime } from '../../engine/time.ts';
import type { Room } from '../../engine/types.ts';

export type Args = ControllerArgs;

const jobs = 'jobs.batch';

export const ttlAfterFinished: Room<ControllerState> = controllerRoom<ControllerState>({
  resources: [jobs],
  initial: () => ({}),
  changed(state, _resource, change) {
    const job = change.object as KubeObject;
    if (change.type !== 'deleted' && job.spec.ttlSecondsAfterFinished !== undefined && endOf(job)) enqueue(state, keyFor(job));
  },
  sync(state, key, ctx) {
    const job = at(state, jobs, key);
    const end = job && endOf(job);
    if (!job || !end || job.metadata.deletionTimestamp || job.spec.ttlSecondsAfterFinished === undefined) return;
    const leftMs = parseTime(end) + job.spec.ttlSecondsAfterFinished * 1000 - ctx.epochMs;
    if (leftMs > 0) {
      enqueueAfter(state, ctx, key, leftMs);
      return;
    }
    const { namespace, name, uid } = job.metadata;
    const why = { kind: 'Job', namespace: namespace as string, name, path: 'spec.ttlSecondsAfterFinished' };
    const options = { propagationPolicy: 'Foreground', preconditions: { uid } } as const;
    call(state, ctx, key, 'delete', { verb: 'delete', resource: jobs, namespace: namespace as string, name, options }, undefined, why);
  },
  answered(state, open, result) {
    failedResult(state, open.key, result, true);
  },
});

const endOf = (job: KubeObject): string | undefined => {
  const end = (job.status?.conditions as Condition[] | undefined)?.find((c) => (c.type === 'Complete' || c.type === 'Failed') && c.status === 'True');
  return end?.lastTransitionTime ?? undefined;
};
