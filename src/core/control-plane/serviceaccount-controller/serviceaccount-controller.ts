/** Sees to it that every namespace has the ServiceAccount `default`. Models pkg/controller/serviceaccount/serviceaccounts_controller.go, v1.36.2. */
import type { KubeObject } from '../../api/types.ts';
import { at, type ControllerArgs, type ControllerState, call, controllerRoom, enqueue, failedResult, get } from '../../contracts/client-go/controller.ts';
import { storeKey } from '../../contracts/client-go/informer.ts';
import { keyFor } from '../../contracts/client-go/owners.ts';
import type { Room } from '../../engine/types.ts';

export type Args = ControllerArgs;

export const serviceAccountController: Room<ControllerState> = controllerRoom<ControllerState>({
  resources: ['namespaces', 'serviceaccounts'],
  initial: () => ({}),
  changed(state, resource, change) {
    const object = change.object as KubeObject;
    if (resource === 'namespaces') {
      if (change.type !== 'deleted') enqueue(state, keyFor(object));
    } else if (change.type === 'deleted') enqueue(state, storeKey(undefined, object.metadata.namespace as string));
  },
  sync(state, key, ctx) {
    const namespace = at(state, 'namespaces', key);
    if (namespace?.status?.phase !== 'Active') return;
    const { name } = namespace.metadata;
    if (get(state, 'serviceaccounts', name, 'default')) return;
    const object = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: name } };
    call(state, ctx, key, 'create', { verb: 'create', resource: 'serviceaccounts', namespace: name, object });
  },
  answered(state, open, result) {
    if (result.code !== 409 && result.code !== 403) failedResult(state, open.key, result, true);
  },
});
