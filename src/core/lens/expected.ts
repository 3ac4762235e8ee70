/** Among whom a Service's connections should be shared out: told from the objects, not from the rules. */
import type { EndpointSlice, KubeObject, Service } from '../api/types.ts';
import type { ProxyMode } from '../node/kube-proxy/config.ts';
import { endpointsOfSlices, serviceNameLabel } from '../node/kube-proxy/tracking/endpoints.ts';
import { type ServicePort, servicePorts } from '../node/kube-proxy/tracking/service-port.ts';
import { categorizeEndpoints } from '../node/kube-proxy/tracking/topology.ts';
import type { NetfilterTables } from '../node/os/netfilter/state.ts';
import type { LensPacketQuestion } from './questions.ts';
import type { Scratch, ScratchKernel } from './scratch.ts';

export interface Choice {
  how: string;
  /** `ip:port`. */
  backends: string[];
}

const nobody: Choice = { how: '', backends: [] };
const silent = (): void => {};

/** How `mode` chooses for a packet on `node`, and among whom. */
export function choiceOf(
  scratch: Scratch,
  kernel: ScratchKernel | undefined,
  node: string,
  mode: ProxyMode,
  services: number,
  { toIP, toPort, protocol }: LensPacketQuestion,
): Choice {
  if (!kernel) return nobody;
  const { host } = kernel.os.netfilter as NetfilterTables;
  if (mode === 'ipvs') {
    const key = `${toIP}:${toPort}/${protocol}`;
    const server = Object.hasOwn(host.ipvs.services, key) ? host.ipvs.services[key] : undefined;
    if (!server) return nobody;
    const backends = server.reals.filter((r) => r.weight > 0).map((r) => `${r.ip}:${r.port}`);
    if (server.persistentSeconds > 0) return { how: 'affinity', backends };
    return { how: server.scheduler === 'rr' ? 'round robin' : server.scheduler, backends };
  }
  const family = toIP.includes(':') ? 'IPv6' : 'IPv4';
  const objects = scratch.told(services);
  const onNode = Object.hasOwn(kernel.os.netns.host?.local ?? {}, toIP);
  const found = portAt(objects, family, (port) => {
    if (port.protocol.toLowerCase() !== protocol) return null;
    if (port.port === toPort && port.clusterIP === toIP) return 'internal';
    if (port.port === toPort && (port.externalIPs.includes(toIP) || port.loadBalancerVIPs.includes(toIP))) return 'external';
    return onNode && port.nodePort === toPort ? 'external' : null;
  });
  if (!found) return nobody;
  const { port, side } = found;
  const slices: EndpointSlice[] = [];
  for (const object of objects) {
    const { labels, namespace } = object.metadata;
    if (object.kind === 'EndpointSlice' && namespace === port.namespace && labels?.[serviceNameLabel] === port.name) slices.push(object as EndpointSlice);
  }
  const lists = endpointsOfSlices(port.namespace, port.name, slices, [port], family, node, silent);
  const endpoints = lists.find(([key]) => key === port.key)?.[1] ?? [];
  const { cluster, local } = categorizeEndpoints(endpoints, port, node, scratch.nodeLabels(node));
  const backends = ((side === 'internal' ? port.internalPolicyLocal : port.externalPolicyLocal) ? local : cluster).map((e) => e.endpoint);
  return { how: port.affinitySeconds > 0 ? 'affinity' : 'random', backends };
}

function portAt(
  objects: readonly KubeObject[],
  family: 'IPv4' | 'IPv6',
  sideOf: (port: ServicePort) => 'internal' | 'external' | null,
): { port: ServicePort; side: 'internal' | 'external' } | null {
  for (const object of objects) {
    if (object.kind !== 'Service') continue;
    for (const port of servicePorts(object as Service, family, silent)) {
      const side = sideOf(port);
      if (side) return { port, side };
    }
  }
  return null;
}
