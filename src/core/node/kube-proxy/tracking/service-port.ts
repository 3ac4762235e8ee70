/** One port of a Service as a proxier sees it. Models pkg/proxy/serviceport.go and servicechangetracker.go, v1.36.2. */
import type { Service } from '../../../api/types.ts';
import type { Family } from '../../../contracts/netfilter.ts';
import { addressOf, isAddress, isNetwork, isZeroNetwork, networkOf } from '../address.ts';

export type ServiceProtocol = 'TCP' | 'UDP' | 'SCTP';

export interface ServicePort {
  /** `portKey` of its name and protocol. */
  key: string;
  namespace: string;
  name: string;
  portName: string;
  protocol: ServiceProtocol;
  clusterIP: string;
  port: number;
  nodePort: number;
  externalIPs: string[];
  loadBalancerVIPs: string[];
  loadBalancerSourceRanges: string[];
  /** 0: no session affinity. */
  affinitySeconds: number;
  externalPolicyLocal: boolean;
  internalPolicyLocal: boolean;
  healthCheckNodePort: number;
}

/** Told where upstream logs that it ignores something. */
export type Log = (line: string) => void;

/** ServicePortName: `namespace/name`, and `:port` where the port has a name. */
export const portNameText = (p: { namespace: string; name: string; portName: string }): string =>
  p.portName === '' ? `${p.namespace}/${p.name}` : `${p.namespace}/${p.name}:${p.portName}`;

/** Sorted as text these are sorted by name and protocol: a blank is less than all that names are made of. */
export const portKey = (nameText: string, protocol: string): string => `${nameText} ${protocol}`;

export const externallyAccessible = (p: ServicePort): boolean => p.nodePort !== 0 || p.loadBalancerVIPs.length > 0 || p.externalIPs.length > 0;
export const usesClusterEndpoints = (p: ServicePort): boolean => !p.internalPolicyLocal || externallyAccessible(p);
export const usesLocalEndpoints = (p: ServicePort): boolean => p.internalPolicyLocal || (p.externalPolicyLocal && externallyAccessible(p));

/** The ports that `family` proxies; empty for headless and ExternalName Services and those without an address of the family. */
export function servicePorts(service: Service, family: Family, log: Log): ServicePort[] {
  const spec = service.spec as unknown as Record<string, unknown> | undefined;
  if (!spec || spec.clusterIP === 'None' || spec.clusterIP === '' || spec.clusterIP === undefined || spec.type === 'ExternalName') return [];
  const clusterIP = clusterIPOf(spec, family);
  if (!clusterIP) return [];
  const namespace = service.metadata.namespace ?? '';
  const { name } = service.metadata;
  const out: ServicePort[] = [];
  const shared = destinations(service, spec, family, log);
  for (const port of list(spec.ports) as { name?: string; protocol?: string; port?: number; nodePort?: number }[]) {
    const portName = port.name ?? '';
    const protocol = (port.protocol ?? 'TCP') as ServiceProtocol;
    const made: ServicePort = {
      key: portKey(portNameText({ namespace, name, portName }), protocol),
      namespace,
      name,
      portName,
      protocol,
      clusterIP,
      port: port.port ?? 0,
      nodePort: port.nodePort ?? 0,
      ...shared,
    };
    const twin = out.findIndex((other) => other.portName === made.portName && other.protocol === made.protocol);
    if (twin >= 0) out[twin] = made;
    else out.push(made);
  }
  return out;
}

type Shared = Omit<ServicePort, 'key' | 'namespace' | 'name' | 'portName' | 'protocol' | 'clusterIP' | 'port' | 'nodePort'>;

function destinations(service: Service, spec: Record<string, unknown>, family: Family, log: Log): Shared {
  const who = `${service.metadata.namespace ?? ''}/${service.metadata.name}`;
  const externalIPs = addresses(list(spec.externalIPs), family, (ip) => log(`Service ${who}: invalid external IP ${JSON.stringify(ip)} ignored`));
  const ingress = list((service.status as { loadBalancer?: { ingress?: unknown } } | undefined)?.loadBalancer?.ingress) as { ip?: string; ipMode?: string }[];
  const vips = ingress.filter((entry) => entry.ip && entry.ipMode !== 'Proxy').map((entry) => entry.ip);
  const loadBalancerVIPs = addresses(vips, family, (ip) => log(`Service ${who}: invalid load balancer IP ${JSON.stringify(ip)} ignored`));
  let ranges: string[] = [];
  for (const range of list(spec.loadBalancerSourceRanges)) {
    const network = networkOf(range, family);
    if (network) ranges.push(network);
    else if (!isNetwork(range)) log(`Service ${who}: invalid load balancer source range ${JSON.stringify(range)} ignored`);
  }
  if (ranges.some(isZeroNetwork)) ranges = [];
  const type = spec.type as string | undefined;
  const externallyReachable = type === 'LoadBalancer' || type === 'NodePort' || ((type ?? 'ClusterIP') === 'ClusterIP' && list(spec.externalIPs).length > 0);
  const externalPolicyLocal = externallyReachable && spec.externalTrafficPolicy === 'Local';
  const timeout = (spec.sessionAffinityConfig as { clientIP?: { timeoutSeconds?: number } } | undefined)?.clientIP?.timeoutSeconds;
  return {
    externalIPs,
    loadBalancerVIPs,
    loadBalancerSourceRanges: ranges,
    affinitySeconds: spec.sessionAffinity === 'ClientIP' ? (timeout ?? 10_800) : 0,
    externalPolicyLocal,
    internalPolicyLocal: spec.internalTrafficPolicy === 'Local',
    healthCheckNodePort: type === 'LoadBalancer' && externalPolicyLocal ? ((spec.healthCheckNodePort as number | undefined) ?? 0) : 0,
  };
}

/** Models pkg/proxy/util GetClusterIPByFamily. */
function clusterIPOf(spec: Record<string, unknown>, family: Family): string | null {
  const families = list(spec.ipFamilies);
  if (families.length === 0) return addressOf(spec.clusterIP, family);
  const i = families.indexOf(family);
  return i < 0 ? null : addressOf(list(spec.clusterIPs)[i], family);
}

function addresses(ips: unknown[], family: Family, bad: (ip: unknown) => void): string[] {
  const out: string[] = [];
  for (const ip of ips) {
    const canonical = addressOf(ip, family);
    if (canonical) out.push(canonical);
    else if (!isAddress(ip)) bad(ip);
  }
  return out;
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
