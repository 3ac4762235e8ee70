/** Puts the cluster's certificate into every namespace. Models pkg/controller/certificates/rootcacertpublisher/publisher.go, v1.36.2. */
import type { ConfigMap, KubeObject } from '../../api/types.ts';
import { at, type ControllerArgs, type ControllerState, call, controllerRoom, enqueue, failedResult, get } from '../../contracts/client-go/controller.ts';
import { storeKey } from '../../contracts/client-go/informer.ts';
import { keyFor } from '../../contracts/client-go/owners.ts';
import { draw } from '../../engine/random.ts';
import type { Ctx, Room } from '../../engine/types.ts';

export type Args = ControllerArgs;

interface State extends ControllerState {
  certificate: string;
}

export const rootCACertConfigMapName = 'kube-root-ca.crt';
const description =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. ' +
  'No other usage is guaranteed across distributions of Kubernetes clusters.';

export const rootCAPublisher: Room<State> = controllerRoom<State>({
  resources: ['namespaces', 'configmaps'],
  initial: (_args: never, ctx: Ctx) => ({ certificate: pem(ctx) }),
  changed(state, resource, change) {
    const object = change.object as KubeObject;
    if (resource === 'namespaces') {
      if (change.type !== 'deleted') enqueue(state, keyFor(object));
    } else if (object.metadata.name === rootCACertConfigMapName && change.type !== 'added')
      enqueue(state, storeKey(undefined, object.metadata.namespace as string));
  },
  sync(state, key, ctx) {
    const namespace = at(state, 'namespaces', key);
    if (namespace?.status?.phase !== 'Active') return;
    const { name } = namespace.metadata;
    const known = get<ConfigMap>(state, 'configmaps', name, rootCACertConfigMapName);
    if (known && known.data?.['ca.crt'] === state.certificate) return;
    const object = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: rootCACertConfigMapName, namespace: name, annotations: { 'kubernetes.io/description': description } },
      data: { 'ca.crt': state.certificate },
    };
    if (known) call(state, ctx, key, 'update', { verb: 'update', resource: 'configmaps', namespace: name, name: rootCACertConfigMapName, object });
    else call(state, ctx, key, 'create', { verb: 'create', resource: 'configmaps', namespace: name, object });
  },
  answered(state, open, result) {
    if (result.code !== 409 && result.code !== 403) failedResult(state, open.key, result, true);
  },
});

const base64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const bodyLines = 17;

/** Simplified: the shape of a certificate as kubeadm makes it, with chance in place of its contents. */
function pem(ctx: Ctx): string {
  const lines = [`MIIDBTCCAe2gAwIBAgII${draw(ctx.random, base64, 44)}`];
  for (let i = 1; i < bodyLines; i += 1) lines.push(draw(ctx.random, base64, i === bodyLines - 1 ? 12 : 64));
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
