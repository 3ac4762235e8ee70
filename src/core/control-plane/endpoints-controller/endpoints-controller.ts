/** Writes the old Endpoints objects of Services with a selector. Models pkg/controller/endpoint/endpoints_controller.go, v1.36.2. */
import { equal } from '../../api/equal.ts';
import { isPodReady, isPodTerminal } from '../../api/pods.ts';
import type { EndpointPort, KubeObject, Labels, Pod, Service } from '../../api/types.ts';
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
  readYourWrites,
  tell,
} from '../../contracts/client-go/controller.ts';
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
import type { Ctx, Room } from '../../engine/types.ts';

export type Args = ControllerArgs;

interface State extends ControllerState {
  index: ServiceIndex;
  triggers: Record<string, TriggerTimes>;
}
interface Address {
  ip: string;
  hostname?: string;
  nodeName?: string;
  targetRef?: unknown;
}
interface Subset {
  addresses?: Address[];
  notReadyAddresses?: Address[];
  ports?: EndpointPort[];
}

const component = 'endpoint-controller';
const headlessLabel = 'service.kubernetes.io/headless';
const managedByLabel = 'endpoints.kubernetes.io/managed-by';
const overCapacity = 'endpoints.kubernetes.io/over-capacity';
const triggerTimeAnnotation = 'endpoints.kubernetes.io/last-change-trigger-time';
const maxCapacity = 1000;
/** Large Services' Endpoints, one object that nothing in the cluster reads, are gathered longer than slices. */
const batchFactor = 5;

const code: ControllerCode<State> = {
  resources: ['services', 'pods', 'endpoints'],
  backOffMs: { base: 1000, max: 1_000_000 },
  initial: () => ({ index: serviceIndex(), triggers: {} }),
  changed(state, from, change, ctx) {
    const object = change.object as KubeObject;
    if (from === 'pods') {
      indexPodLabels(state.index, change);
      const [pod, old] = [object as Pod, change.old as Pod | undefined];
      const labelsChanged = old !== undefined && old.metadata.labels !== pod.metadata.labels;
      if (change.type === 'updated' && old && !labelsChanged && !podEndpointChanged(old, pod)) return;
      enqueueSelecting(state, ctx, pod);
      if (labelsChanged && old) enqueueSelecting(state, ctx, old);
    } else if (from === 'services') {
      indexService(state.index, change);
      enqueue(state, keyFor(object));
    } else if (change.type === 'deleted') enqueue(state, keyFor(object));
  },
  sync(state, key, ctx) {
    const service = at<Service>(state, 'services', key);
    const known = at(state, 'endpoints', key);
    if (!service) {
      delete state.triggers[key];
      if (known && known.metadata.labels?.[managedByLabel] === component)
        call(state, ctx, key, 'delete', { verb: 'delete', resource: 'endpoints', namespace: known.metadata.namespace as string, name: known.metadata.name });
      return;
    }
    if (!service.spec.selector || Object.keys(service.spec.selector).length === 0) return;
    const pods = podsSelected(state.index, state.informers.pods?.objects ?? {}, service);
    const trigger = computeTriggerTime(state.triggers[key], service, pods);
    state.triggers[key] = trigger.after;
    const { subsets, total } = subsetsOf(service, pods);
    const labels = labelsOf(service);
    const kept = annotationsOf(known?.metadata.annotations ?? {}, total);
    if (known && equal(known.subsets ?? [], subsets) && equal(known.metadata.labels ?? {}, labels) && equal(known.metadata.annotations ?? {}, kept)) return;
    const annotations = withTriggerTime(kept, trigger.time);
    const { namespace, name } = service.metadata;
    const metadata = {
      ...(known?.metadata ?? { name, namespace }),
      labels,
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    };
    const object = { apiVersion: 'v1', kind: 'Endpoints', metadata, ...(subsets.length > 0 ? { subsets } : {}) };
    const target = { resource: 'endpoints', namespace: namespace as string, object };
    if (known) call(state, ctx, key, 'update', { verb: 'update', name, ...target });
    else call(state, ctx, key, 'create', { verb: 'create', ...target });
  },
  answered(state, open, result, ctx) {
    if (result.code < 400) {
      if (open.step !== 'delete') readYourWrites(state, code, 'endpoints', result, ctx);
      return;
    }
    if (result.code === 404 || result.status?.details?.causes?.some((c) => c.reason === 'NamespaceTerminating')) return;
    fail(state, open.key);
    const service = at(state, 'services', open.key);
    if (!service || result.code === 409) return;
    const { namespace, name } = service.metadata;
    const reason = open.step === 'create' ? 'FailedToCreateEndpoint' : 'FailedToUpdateEndpoint';
    const verb = open.step === 'create' ? 'create' : 'update';
    tell(state, ctx, component, service, 'Warning', reason, `Failed to ${verb} endpoint ${namespace}/${name}: ${result.status?.message ?? ''}`);
  },
};

export const endpointsController: Room<State> = controllerRoom(code);

function labelsOf(service: Service): Labels {
  const labels: Labels = { ...(service.metadata.labels ?? {}), [managedByLabel]: component };
  if (service.spec.clusterIP === 'None') labels[headlessLabel] = '';
  else delete labels[headlessLabel];
  return labels;
}

function annotationsOf(has: Record<string, string>, total: number): Record<string, string> {
  const { [overCapacity]: _, ...rest } = has;
  return total > maxCapacity ? { ...rest, [overCapacity]: 'truncated' } : rest;
}

function withTriggerTime(annotations: Record<string, string>, time: string): Record<string, string> {
  const { [triggerTimeAnnotation]: _, ...rest } = annotations;
  return time === '' ? rest : { ...rest, [triggerTimeAnnotation]: time };
}

/** Addresses with the same ports together, sorted by address. Models RepackSubsets. */
function subsetsOf(service: Service, pods: readonly Pod[]): { subsets: Subset[]; total: number } {
  const groups: Record<string, { ports: EndpointPort[]; ready: Address[]; notReady: Address[] }> = {};
  const family = service.spec.ipFamilies?.[0] ?? 'IPv4';
  let total = 0;
  // Without named ports all pods offer the same.
  const named = (service.spec.ports ?? []).some((port) => typeof port.targetPort === 'string');
  let group: { ports: EndpointPort[]; ready: Address[]; notReady: Address[] } | undefined;
  for (const pod of pods) {
    if (isPodTerminal(pod) || (pod.metadata.deletionTimestamp && !service.spec.publishNotReadyAddresses)) continue;
    const ips = pod.status.podIPs?.map((each) => each.ip) ?? (pod.status.podIP ? [pod.status.podIP] : []);
    const ip = ips.find((each) => each.includes(':') === (family === 'IPv6'));
    if (!ip || total >= maxCapacity) {
      if (ip) total += 1;
      continue;
    }
    total += 1;
    const { hostname, subdomain, nodeName } = pod.spec;
    const { name, namespace, uid } = pod.metadata;
    const address: Address = {
      ip,
      ...(hostname && subdomain === service.metadata.name ? { hostname } : {}),
      ...(nodeName ? { nodeName } : {}),
      targetRef: { kind: 'Pod', name, namespace, uid },
    };
    if (!group || named) {
      const ports = portsOf(service, pod);
      const key = `p${JSON.stringify(ports)}`;
      group = groups[key];
      if (!group) {
        group = { ports, ready: [], notReady: [] };
        groups[key] = group;
      }
    }
    (service.spec.publishNotReadyAddresses || isPodReady(pod) ? group.ready : group.notReady).push(address);
  }
  const subsets = Object.values(groups)
    .filter((each) => each.ports.length > 0 || (service.spec.ports?.length ?? 0) === 0)
    .map(({ ports, ready, notReady }) => ({
      ...(ready.length > 0 ? { addresses: ready.sort(byIP) } : {}),
      ...(notReady.length > 0 ? { notReadyAddresses: notReady.sort(byIP) } : {}),
      ...(ports.length > 0 ? { ports } : {}),
    }));
  return { subsets, total };
}

const numeric = (ip: string): string =>
  ip.includes(':')
    ? ip
    : ip
        .split('.')
        .map((part) => part.padStart(3, '0'))
        .join('.');
const byIP = (a: Address, b: Address): number => (numeric(a.ip) < numeric(b.ip) ? -1 : 1);

function portsOf(service: Service, pod: Pod): EndpointPort[] {
  const ports: EndpointPort[] = [];
  for (const port of service.spec.ports ?? []) {
    const target = port.targetPort ?? port.port;
    const protocol = port.protocol ?? 'TCP';
    const sidecars = (pod.spec.initContainers ?? []).filter((c) => c.restartPolicy === 'Always');
    const number =
      typeof target === 'number'
        ? target
        : [...pod.spec.containers, ...sidecars].flatMap((c) => c.ports ?? []).find((p) => p.name === target && (p.protocol ?? 'TCP') === protocol)
            ?.containerPort;
    if (number === undefined) continue;
    ports.push({ ...(port.name ? { name: port.name } : {}), port: number, protocol, ...(port.appProtocol ? { appProtocol: port.appProtocol } : {}) });
  }
  return ports;
}

function enqueueSelecting(state: State, ctx: Ctx, pod: Pod): void {
  const services = state.informers.services?.objects ?? {};
  for (const key of servicesSelecting(state.index, services, pod)) enqueueAfter(state, ctx, key, batchFactor * batchMs(state.index, services[key]));
}
