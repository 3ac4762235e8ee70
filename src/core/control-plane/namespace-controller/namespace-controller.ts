/** Empties and ends namespaces that are being deleted. Models pkg/controller/namespace (deletion/namespaced_resources_deleter.go), v1.36.2. */
import { resources } from '../../api/resources.ts';
import type { KubeObject } from '../../api/types.ts';
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
} from '../../contracts/client-go/controller.ts';
import { keyFor } from '../../contracts/client-go/owners.ts';
import type { Ctx, Room } from '../../engine/types.ts';
import { type Remaining, withConditions } from './conditions.ts';

export type Args = ControllerArgs;

interface State extends ControllerState {
  /** What was found left in this pass, by key. */
  found: Record<string, { pods: boolean; estimateSeconds: number; left: Remaining }>;
}

/** A namespace's first pass waits, for caches of other API servers. Source: namespaceDeletionGracePeriod */
const deletionGraceMs = 5000;
/** The namespace controller's client may do more than others. Source: cmd/kube-controller-manager/app/core.go */
const limit = { qps: 400, burst: 3000 };

const namespaced = resources.filter((resource) => resource.namespaced).map((resource) => resource.id);
const others = namespaced.filter((id) => id !== 'pods' && id !== 'events');
const allOthers = [...others, 'events'];

const code: ControllerCode<State> = {
  resources: ['namespaces'],
  backOffMs: { base: 5, max: 60_000 },
  initial: () => ({ found: {} }),
  changed(state, _resource, change, ctx) {
    const object = change.object as KubeObject;
    if (change.type !== 'deleted' && object.metadata.deletionTimestamp && !change.old?.metadata.deletionTimestamp)
      enqueueAfter(state, ctx, keyFor(object), deletionGraceMs);
  },
  sync(state, key, ctx) {
    const namespace = at(state, 'namespaces', key);
    if (!namespace?.metadata.deletionTimestamp || !namespace.spec?.finalizers?.includes('kubernetes')) return;
    state.found[key] = { pods: true, estimateSeconds: 0, left: { resources: {}, finalizers: {} } };
    // Pods go first, so that nothing they rely on goes before them [OrderedNamespaceDeletion].
    empty(state, ctx, key, namespace, ['pods']);
  },
  answered(state, open, result, ctx) {
    const { key } = open;
    const found = state.found[key];
    if (open.step === 'finalize' || !found) {
      if (result.code >= 400 && result.code !== 404) fail(state, key);
      return;
    }
    if (open.step === 'status') readYourWrites(state, code, 'namespaces', result, ctx);
    const namespace = at(state, 'namespaces', key);
    if (!namespace) return;
    if (open.step === 'list') take(found, open.data.resource, result.list?.items ?? []);
    if (state.requests.perKey[key] !== undefined) return;
    if (open.step === 'delete') {
      for (const resource of found.pods ? ['pods'] : allOthers)
        call(state, ctx, key, 'list', { verb: 'list', resource, namespace: namespace.metadata.name }, { resource });
    } else if (open.step === 'list') passed(state, ctx, key, namespace, found);
    else finishPass(state, ctx, key, namespace, found);
  },
};

const room = controllerRoom<State>(code);
export const namespaceController: Room<State> = {
  ...room,
  initial: ((args: Args, ctx: Ctx) => room.initial({ ...args, limit: args?.limit ?? limit } as never, ctx)) as Room<State>['initial'],
};

function empty(state: State, ctx: Ctx, key: string, namespace: KubeObject, which: readonly string[]): void {
  for (const resource of which)
    call(state, ctx, key, 'delete', {
      verb: 'deletecollection',
      resource,
      namespace: namespace.metadata.name,
      options: { propagationPolicy: 'Background' },
    });
}

function take(found: State['found'][string], resource: string, items: readonly KubeObject[]): void {
  if (items.length === 0) return;
  found.left.resources[resource] = items.length;
  for (const item of items) {
    for (const finalizer of item.metadata.finalizers ?? []) found.left.finalizers[finalizer] = (found.left.finalizers[finalizer] ?? 0) + 1;
    if (resource === 'pods') found.estimateSeconds = Math.max(found.estimateSeconds, item.spec?.terminationGracePeriodSeconds ?? 30);
  }
  if (found.estimateSeconds === 0) found.estimateSeconds = 15;
}

/** Pods or everything was looked at. */
function passed(state: State, ctx: Ctx, key: string, namespace: KubeObject, found: State['found'][string]): void {
  if (found.pods && Object.keys(found.left.resources).length === 0) {
    found.pods = false;
    empty(state, ctx, key, namespace, allOthers);
    return;
  }
  const status = withConditions(namespace, found.left, ctx.epochMs);
  if (status)
    call(state, ctx, key, 'status', {
      verb: 'update',
      resource: 'namespaces',
      subresource: 'status',
      name: namespace.metadata.name,
      object: { ...namespace, status },
    });
  else finishPass(state, ctx, key, namespace, found);
}

function finishPass(state: State, ctx: Ctx, key: string, namespace: KubeObject, found: State['found'][string]): void {
  delete state.found[key];
  if (Object.keys(found.left.resources).length > 0) {
    enqueueAfter(state, ctx, key, (Math.floor(found.estimateSeconds / 2) + 1) * 1000);
    return;
  }
  const spec = { ...namespace.spec, finalizers: (namespace.spec.finalizers ?? []).filter((f: string) => f !== 'kubernetes') };
  call(state, ctx, key, 'finalize', {
    verb: 'update',
    resource: 'namespaces',
    subresource: 'finalize',
    name: namespace.metadata.name,
    object: { ...namespace, spec },
  });
}
