/** Mirrors hand-made Endpoints of Services without a selector into EndpointSlices. Models pkg/controller/endpointslicemirroring, v1.36.2. */
import { equal } from '../../api/equal.ts';
import type { Endpoint, EndpointPort, EndpointSlice, KubeObject, Labels, Service } from '../../api/types.ts';
import {
  at,
  type ControllerArgs,
  type ControllerCode,
  type ControllerState,
  call,
  controllerRoom,
  enqueue,
  failedResult,
  readYourWrites,
} from '../../contracts/client-go/controller.ts';
import { storeKey } from '../../contracts/client-go/informer.ts';
import { keyFor } from '../../contracts/client-go/owners.ts';
import type { ApiCall } from '../../contracts/watch.ts';
import type { Room } from '../../engine/types.ts';

export type Args = ControllerArgs;

interface State extends ControllerState {
  /** Store key of a Service → store keys of its mirrored slices. */
  slicesOf: Record<string, Record<string, true>>;
}
interface Address {
  ip: string;
  hostname?: string;
  nodeName?: string;
  targetRef?: unknown;
}

const slices = 'endpointslices.discovery.k8s.io';
const managedBy = 'endpointslicemirroring-controller.k8s.io';
const managedByLabel = 'endpointslice.kubernetes.io/managed-by';
const serviceNameLabel = 'kubernetes.io/service-name';
const skipMirrorLabel = 'endpointslice.kubernetes.io/skip-mirror';
const leaderAnnotation = 'control-plane.alpha.kubernetes.io/leader';
const maxEndpointsPerSubset = 1000;

const code: ControllerCode<State> = {
  resources: ['endpoints', 'services', slices],
  initial: () => ({ slicesOf: {} }),
  changed(state, from, change) {
    const object = change.object as KubeObject;
    if (from !== slices) {
      enqueue(state, keyFor(object));
      return;
    }
    const labels = object.metadata.labels ?? {};
    const name = labels[serviceNameLabel];
    if (labels[managedByLabel] !== managedBy || name === undefined) return;
    const key = storeKey(object.metadata.namespace, name);
    const keys = state.slicesOf[key] ?? {};
    if (change.type === 'deleted') delete keys[keyFor(object)];
    else keys[keyFor(object)] = true;
    state.slicesOf[key] = keys;
    if (change.old?.metadata.resourceVersion !== object.metadata.resourceVersion) enqueue(state, key);
  },
  sync(state, key, ctx) {
    const endpoints = at(state, 'endpoints', key);
    const service = at<Service>(state, 'services', key);
    const existing = Object.keys(state.slicesOf[key] ?? {})
      .map((each) => at<EndpointSlice>(state, slices, each))
      .filter((slice) => slice !== undefined);
    const mirrored = endpoints && service && !service.spec.selector && shouldMirror(endpoints);
    const wanted = mirrored ? slicesFor(endpoints) : [];
    for (const slice of wanted) {
      const known = existing.find((each) => each.addressType === slice.addressType && equal(each.ports ?? [], slice.ports ?? []));
      const namespace = slice.metadata.namespace as string;
      if (!known) call(state, ctx, key, 'write', { verb: 'create', resource: slices, namespace, object: slice });
      else {
        existing.splice(existing.indexOf(known), 1);
        if (equal(known.endpoints ?? [], slice.endpoints ?? []) && equal(known.metadata.labels ?? {}, slice.metadata.labels ?? {})) continue;
        const object = { ...known, endpoints: slice.endpoints, metadata: { ...known.metadata, labels: slice.metadata.labels } };
        call(state, ctx, key, 'write', { verb: 'update', resource: slices, namespace, name: known.metadata.name, object } as ApiCall);
      }
    }
    for (const slice of existing)
      call(state, ctx, key, 'delete', { verb: 'delete', resource: slices, namespace: slice.metadata.namespace as string, name: slice.metadata.name });
  },
  answered(state, open, result, ctx) {
    if (!failedResult(state, open.key, result, true) && open.step === 'write') readYourWrites(state, code, slices, result, ctx);
  },
};

export const endpointSliceMirroringController: Room<State> = controllerRoom(code);

const shouldMirror = (endpoints: KubeObject): boolean =>
  endpoints.metadata.labels?.[skipMirrorLabel] !== 'true' && endpoints.metadata.annotations?.[leaderAnnotation] === undefined;

function slicesFor(endpoints: KubeObject): EndpointSlice[] {
  const { name, namespace, uid } = endpoints.metadata;
  const labels: Labels = { ...(endpoints.metadata.labels ?? {}), [serviceNameLabel]: name, [managedByLabel]: managedBy };
  const made: EndpointSlice[] = [];
  for (const subset of endpoints.subsets ?? [])
    for (const addressType of ['IPv4', 'IPv6'] as const) {
      const list: Endpoint[] = [];
      for (const [addresses, ready] of [
        [subset.addresses ?? [], true],
        [subset.notReadyAddresses ?? [], false],
      ] as [Address[], boolean][])
        for (const address of addresses)
          if (address.ip.includes(':') === (addressType === 'IPv6') && list.length < maxEndpointsPerSubset) list.push(mirrored(address, ready));
      if (list.length === 0) continue;
      const ports: EndpointPort[] = (subset.ports ?? []).map((port: EndpointPort) => ({ name: '', protocol: 'TCP', ...port }));
      const ownerReferences = [{ apiVersion: 'v1', kind: 'Endpoints', name, uid, controller: true, blockOwnerDeletion: true }];
      const metadata = { generateName: `${name}-`, namespace, labels, ownerReferences } as unknown as EndpointSlice['metadata'];
      made.push({ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata, addressType, endpoints: list, ports });
    }
  return made;
}

function mirrored(address: Address, ready: boolean): Endpoint {
  return {
    addresses: [address.ip],
    conditions: { ready },
    ...(address.hostname ? { hostname: address.hostname } : {}),
    ...(address.nodeName ? { nodeName: address.nodeName } : {}),
    ...(address.targetRef ? { targetRef: address.targetRef as NonNullable<Endpoint['targetRef']> } : {}),
  };
}
