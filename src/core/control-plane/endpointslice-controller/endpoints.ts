/** What a pod's endpoint and ports look like for a Service. Models staging/src/k8s.io/endpointslice/utils.go, v1.36.2. */
import { isPodReady, isPodTerminal } from '../../api/pods.ts';
import type { Endpoint, EndpointPort, Node, Pod, Service } from '../../api/types.ts';
import { familyOf } from '../../api/validation/ip.ts';

/** A pod that ended or has no address is no endpoint; one that is being deleted still is. */
export const shouldPodBeInEndpoints = (pod: Pod): boolean => !isPodTerminal(pod) && ((pod.status.podIPs?.length ?? 0) > 0 || !!pod.status.podIP);

// Pods are frozen: what was made of one for one kind of Service stays true. Not state.
const memo = new WeakMap<Pod, Map<string, Endpoint | undefined>>();

/** undefined when the pod has no address of the family. */
export function endpointOf(pod: Pod, node: Node | undefined, service: Service, addressType: string): Endpoint | undefined {
  const zone = node?.metadata.labels?.['topology.kubernetes.io/zone'] ?? '';
  const { publishNotReadyAddresses, trafficDistribution } = service.spec;
  const named = !!pod.spec.hostname && pod.spec.subdomain === service.metadata.name;
  const kind = `${addressType}|${zone}|${publishNotReadyAddresses === true}|${wantsTopologyHints(service) ? '' : (trafficDistribution ?? '')}|${named}`;
  let made = memo.get(pod);
  if (!made) {
    made = new Map();
    memo.set(pod, made);
  }
  if (!made.has(kind)) made.set(kind, makeEndpoint(pod, node, service, addressType));
  return made.get(kind);
}

function makeEndpoint(pod: Pod, node: Node | undefined, service: Service, addressType: string): Endpoint | undefined {
  const ips = pod.status.podIPs?.map((each) => each.ip) ?? (pod.status.podIP ? [pod.status.podIP] : []);
  const addresses = ips.filter((ip) => familyOf(ip) === addressType);
  if (addresses.length === 0) return undefined;
  const serving = isPodReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const ready = service.spec.publishNotReadyAddresses === true || (serving && !terminating);
  const zone = node?.metadata.labels?.['topology.kubernetes.io/zone'];
  const { hostname, subdomain, nodeName } = pod.spec;
  const endpoint: Endpoint = {
    addresses,
    conditions: { ready, serving, terminating },
    ...(hostname && subdomain === service.metadata.name && pod.metadata.namespace === service.metadata.namespace ? { hostname } : {}),
    ...(nodeName ? { nodeName } : {}),
    targetRef: { kind: 'Pod', name: pod.metadata.name, namespace: pod.metadata.namespace as string, uid: pod.metadata.uid },
    ...(zone ? { zone } : {}),
  };
  const hints = ready ? hintsOf(service, zone, nodeName) : undefined;
  return hints ? { ...endpoint, hints } : endpoint;
}

/** Models staging/src/k8s.io/endpointslice/trafficdist/trafficdist.go. */
function hintsOf(service: Service, zone: string | undefined, nodeName: string | undefined): Endpoint['hints'] | undefined {
  if (wantsTopologyHints(service)) return undefined;
  const distribution = service.spec.trafficDistribution;
  const zones = zone ? { forZones: [{ name: zone }] } : {};
  if (distribution === 'PreferClose' || distribution === 'PreferSameZone') return zone ? zones : undefined;
  if (distribution === 'PreferSameNode') return { ...zones, ...(nodeName ? { forNodes: [{ name: nodeName }] } : {}) };
  return undefined;
}

/** The annotation asks for hints by the zones' shares of CPU. */
export const wantsTopologyHints = (service: Service): boolean => {
  const mode = service.metadata.annotations?.['service.kubernetes.io/topology-mode'];
  return mode === 'Auto' || mode === 'auto';
};

/** The ports a pod offers for a Service, in the order in which slices list them. A named port that the pod lacks is left out. */
export function portsOf(service: Service, pod: Pod): EndpointPort[] {
  const ports: EndpointPort[] = [];
  for (const port of service.spec.ports ?? []) {
    const target = port.targetPort ?? port.port;
    const protocol = port.protocol ?? 'TCP';
    const number = typeof target === 'number' && target !== 0 ? target : typeof target === 'string' ? namedPort(pod, target, protocol) : port.port;
    if (number === undefined) continue;
    ports.push({ name: port.name ?? '', port: number, protocol, ...(port.appProtocol ? { appProtocol: port.appProtocol } : {}) });
  }
  return ports;
}

function namedPort(pod: Pod, name: string, protocol: string): number | undefined {
  const sidecars = (pod.spec.initContainers ?? []).filter((c) => c.restartPolicy === 'Always');
  for (const container of [...pod.spec.containers, ...sidecars])
    for (const port of container.ports ?? []) if (port.name === name && (port.protocol ?? 'TCP') === protocol) return port.containerPort;
  return undefined;
}

export const hasNamedTarget = (service: Service): boolean => (service.spec.ports ?? []).some((port) => typeof port.targetPort === 'string');

const portText = (port: EndpointPort): string =>
  `(v1.EndpointPort){Name:(*string)${port.name ?? ''} Protocol:(*v1.Protocol)${port.protocol ?? 'TCP'} Port:(*int32)${port.port ?? 0} AppProtocol:(*string)${port.appProtocol ?? '<nil>'}}`;

/** Slices list ports by the hash of each port's Go structure. Models staging/src/k8s.io/endpointslice/util/controller_utils.go. */
export const sortPorts = (ports: EndpointPort[]): EndpointPort[] =>
  ports.length < 2
    ? ports
    : ports
        .map((port) => ({ port, hash: fnv1a128(portText(port)) }))
        .sort((a, b) => (a.hash < b.hash ? -1 : 1))
        .map((each) => each.port);

/** Groups endpoints with equal ports. */
export const portMapKey = (ports: readonly EndpointPort[] | null): string => (ports ?? []).map(portText).sort().join(';');

const prime = 0x0000000001000000000000000000013bn;
const mask = (1n << 128n) - 1n;
function fnv1a128(text: string): bigint {
  let hash = 0x6c62272e07bb014262b821756295c58dn;
  for (let i = 0; i < text.length; i += 1) hash = ((hash ^ BigInt(text.charCodeAt(i) & 0xff)) * prime) & mask;
  return hash;
}

/** What makes an endpoint the same one: address, node and pod. */
export const endpointHash = (e: Endpoint): string => `${e.addresses.join(',')}|${e.nodeName ?? ''}|${e.targetRef?.namespace ?? ''}|${e.targetRef?.name ?? ''}`;

export function endpointsEqual(a: Endpoint, b: Endpoint): boolean {
  return (
    a.conditions?.ready === b.conditions?.ready &&
    a.conditions?.serving === b.conditions?.serving &&
    a.conditions?.terminating === b.conditions?.terminating &&
    a.targetRef?.uid === b.targetRef?.uid &&
    a.zone === b.zone &&
    a.hostname === b.hostname &&
    hintText(a) === hintText(b)
  );
}
const hintText = (e: Endpoint): string => (e.hints ? JSON.stringify([e.hints.forZones ?? [], e.hints.forNodes ?? []]) : '');
