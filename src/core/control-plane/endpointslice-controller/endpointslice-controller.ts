/** Writes the EndpointSlices of Services with a selector. Models pkg/controller/endpointslice/endpointslice_controller.go, v1.36.2. */
import type { EndpointSlice, KubeObject, Node, Pod, Service } from '../../api/types.ts';
import {
  at,
  type ControllerArgs,
  type ControllerCode,
  type ControllerState,
  call,
  controllerRoom,
  enqueue,
  enqueueAfter,
  fail,
  get,
  readYourWrites,
  tell,
} from '../../contracts/client-go/controller.ts';
import { storeKey } from '../../contracts/client-go/informer.ts';
import { keyFor } from '../../contracts/client-go/owners.ts';
import {
  batchMs,
  indexPodLabels,
  indexService,
  podEndpointChanged,
  podsSelected,
  type ServiceIndex,
  serviceIndex,
  servicesSelecting,
} from '../../contracts/client-go/service-index.ts';
import { computeTriggerTime, type TriggerTimes } from '../../contracts/client-go/trigger-time.ts';
import type { Ctx, FieldRef, Room } from '../../engine/types.ts';
import { endpointOf, hasNamedTarget, portMapKey, portsOf, shouldPodBeInEndpoints, sortPorts } from './endpoints.ts';
import { managedBy, managedByLabel, type PortGroup, reconcileByAddressType, serviceNameLabel } from './reconciler.ts';

export interface Args extends ControllerArgs {
  /** Default 100. */
  maxEndpointsPerSlice?: number;
}

interface State extends ControllerState {
  maxEndpointsPerSlice: number;
  index: ServiceIndex;
  /** Store key of a Service → store keys of its slices. */
  slicesOf: Record<string, Record<string, true>>;
  triggers: Record<string, TriggerTimes>;
  /** uids of slices whose deletion was asked for. */
  deleting: Record<string, true>;
}

const component = 'endpoint-slice-controller';
const slices = 'endpointslices.discovery.k8s.io';
const triggerTimeAnnotation = 'endpoints.kubernetes.io/last-change-trigger-time';
/** A foreign change of a slice is looked at this much later. Source: endpointSliceChangeMinSyncDelay. */
const sliceChangeMinDelayMs = 1000;

const code: ControllerCode<State> = {
  resources: ['services', 'pods', 'nodes', slices],
  backOffMs: { base: 1000, max: 1_000_000 },
  initial: (args: Args) => ({
    maxEndpointsPerSlice: args?.maxEndpointsPerSlice ?? 100,
    index: serviceIndex(),
    slicesOf: {},
    triggers: {},
    deleting: {},
  }),

  changed(state, from, change, ctx) {
    const object = change.object as KubeObject;
    if (from === 'pods') {
      indexPodLabels(state.index, change);
      const [pod, old] = [object as Pod, change.old as Pod | undefined];
      if (change.type !== 'updated' || !old) enqueueSelecting(state, ctx, pod);
      else {
        const labelsChanged = old.metadata.labels !== pod.metadata.labels || old.spec.hostname !== pod.spec.hostname;
        if (!labelsChanged && !podEndpointChanged(old, pod)) return;
        enqueueSelecting(state, ctx, pod);
        if (labelsChanged) enqueueSelecting(state, ctx, old);
      }
    } else if (from === 'services') {
      indexService(state.index, change);
      enqueue(state, keyFor(object));
    } else if (from === slices) sliceChanged(state, change.type, object as EndpointSlice, change.old as EndpointSlice | undefined, ctx);
    else nodeChanged(state, object as Node, change.old as Node | undefined);
  },

  sync(state, key, ctx) {
    const service = at<Service>(state, 'services', key);
    if (!service) {
      delete state.triggers[key];
      return;
    }
    if (!service.spec.selector || Object.keys(service.spec.selector).length === 0 || service.spec.type === 'ExternalName') return;
    const pods = podsSelected(state.index, state.informers.pods?.objects ?? {}, service);
    const trigger = computeTriggerTime(state.triggers[key], service, pods);
    state.triggers[key] = trigger.after;
    const families = service.spec.ipFamilies?.length ? service.spec.ipFamilies : ['IPv4'];
    const existing = existingSlices(state, key, service);
    for (const slice of existing) if (!families.includes(slice.addressType)) remove(state, ctx, key, slice);
    for (const family of families) reconcile(state, ctx, key, service, family, pods, existing, trigger.time);
  },

  answered(state, open, result, ctx) {
    if (result.code < 400) {
      if (open.step !== 'delete') readYourWrites(state, code, slices, result, ctx);
      return;
    }
    if (result.code === 404 && open.step === 'delete') return;
    const service = at(state, 'services', open.key);
    fail(state, open.key);
    if (service && result.code !== 409 && !result.status?.details?.causes?.some((c) => c.reason === 'NamespaceTerminating'))
      tell(
        state,
        ctx,
        component,
        service,
        'Warning',
        'FailedToUpdateEndpointSlices',
        `Error updating Endpoint Slices for Service ${service.metadata.namespace}/${service.metadata.name}: ${result.status?.message ?? ''}`,
      );
  },
};

export const endpointSliceController: Room<State> = controllerRoom(code);

function sliceChanged(state: State, type: string, slice: EndpointSlice, old: EndpointSlice | undefined, ctx: Ctx): void {
  const labels = slice.metadata.labels ?? {};
  const name = labels[serviceNameLabel];
  if (name === undefined || labels[managedByLabel] !== managedBy) return;
  const key = storeKey(slice.metadata.namespace, name);
  let keys = state.slicesOf[key];
  if (type === 'deleted') {
    if (keys) {
      delete keys[keyFor(slice)];
      if (Object.keys(keys).length === 0) delete state.slicesOf[key];
    }
    if (state.deleting[slice.metadata.uid]) delete state.deleting[slice.metadata.uid];
    else if (at(state, 'services', key)) enqueueAfter(state, ctx, key, sliceChangeMinDelayMs);
    return;
  }
  if (!keys) {
    keys = {};
    state.slicesOf[key] = keys;
  }
  keys[keyFor(slice)] = true;
  // Its own write, seen already with the answer.
  if (old?.metadata.resourceVersion === slice.metadata.resourceVersion || state.queue.processing[key]) return;
  if (state.triggers[key]) enqueueAfter(state, ctx, key, sliceChangeMinDelayMs);
}

/** A node that comes, goes or changes its zone changes the endpoints of its pods. */
function nodeChanged(state: State, node: Node, old: Node | undefined): void {
  const zone = (n: Node | undefined): string | undefined => n?.metadata.labels?.['topology.kubernetes.io/zone'];
  if (old && zone(old) === zone(node)) return;
  if (!old && zone(node) === undefined) return;
  for (const key in state.informers.services?.objects) enqueue(state, key);
}

function existingSlices(state: State, key: string, service: Service): EndpointSlice[] {
  const found: EndpointSlice[] = [];
  for (const each in state.slicesOf[key]) {
    const slice = at<EndpointSlice>(state, slices, each);
    if (slice && !slice.metadata.deletionTimestamp && slice.metadata.ownerReferences?.some((ref) => ref.uid === service.metadata.uid)) found.push(slice);
  }
  return found;
}

function reconcile(
  state: State,
  ctx: Ctx,
  key: string,
  service: Service,
  family: string,
  pods: readonly Pod[],
  existing: readonly EndpointSlice[],
  triggerTime: string,
): void {
  const groups = groupsOf(state, key, service, family, pods);
  const byPorts: Record<string, EndpointSlice[]> = {};
  for (const slice of existing) {
    if (slice.addressType !== family) continue;
    const ports = portMapKey(slice.ports);
    const list = byPorts[ports];
    if (list) list.push(slice);
    else byPorts[ports] = [slice];
  }
  const changes = reconcileByAddressType(service, family, groups, byPorts, state.maxEndpointsPerSlice);
  const why: FieldRef = { kind: 'Service', namespace: service.metadata.namespace as string, name: service.metadata.name, path: 'spec.selector' };
  const namespace = service.metadata.namespace as string;
  for (const slice of changes.create)
    call(state, ctx, key, 'create', { verb: 'create', resource: slices, namespace, object: withTriggerTime(slice, triggerTime) }, undefined, why);
  for (const slice of changes.update)
    call(
      state,
      ctx,
      key,
      'update',
      { verb: 'update', resource: slices, namespace, name: slice.metadata.name, object: withTriggerTime(slice, triggerTime) },
      undefined,
      why,
    );
  for (const slice of changes.remove) remove(state, ctx, key, slice);
}

function groupsOf(state: State, key: string, service: Service, family: string, pods: readonly Pod[]): Record<string, PortGroup> {
  const groups: Record<string, PortGroup> = {};
  // Without named ports all pods offer the same.
  const named = hasNamedTarget(service);
  let shared: { group: string; ports: ReturnType<typeof portsOf> } | undefined;
  for (const pod of pods) {
    if (!shouldPodBeInEndpoints(pod)) continue;
    const node = pod.spec.nodeName ? get<Node>(state, 'nodes', undefined, pod.spec.nodeName) : undefined;
    if (!node && !service.spec.publishNotReadyAddresses) {
      fail(state, key);
      continue;
    }
    const endpoint = endpointOf(pod, node, service, family);
    if (!endpoint) continue;
    if (!shared || named) {
      const ports = sortPorts(portsOf(service, pod));
      shared = { group: portMapKey(ports), ports };
    }
    const group = groups[shared.group];
    if (group) group.endpoints.push(endpoint);
    else groups[shared.group] = { ports: shared.ports, endpoints: [endpoint] };
  }
  return groups;
}

function withTriggerTime(slice: EndpointSlice, time: string): EndpointSlice {
  const { annotations: _, ...metadata } = slice.metadata;
  const { [triggerTimeAnnotation]: __, ...rest } = slice.metadata.annotations ?? {};
  const annotations = time === '' ? rest : { ...rest, [triggerTimeAnnotation]: time };
  return { ...slice, metadata: { ...metadata, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) } };
}

function remove(state: State, ctx: Ctx, key: string, slice: EndpointSlice): void {
  state.deleting[slice.metadata.uid] = true;
  call(state, ctx, key, 'delete', {
    verb: 'delete',
    resource: slices,
    namespace: slice.metadata.namespace as string,
    name: slice.metadata.name,
  });
}

function enqueueSelecting(state: State, ctx: Ctx, pod: Pod): void {
  const services = state.informers.services?.objects ?? {};
  for (const key of servicesSelecting(state.index, services, pod)) enqueueAfter(state, ctx, key, batchMs(state.index, services[key]));
}
