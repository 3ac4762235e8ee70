/** What one Service port needs in IPVS mode. Models the loop of pkg/proxy/ipvs/proxier.go syncProxyRules, v1.36.2. */
import type { VirtualServer } from '../../../contracts/netfilter.ts';
import type { Protocol } from '../../../contracts/socket.ts';
import { joinHostPort, networkContains } from '../address.ts';
import type { ProxierConfig } from '../config.ts';
import type { Endpoint } from '../tracking/endpoints.ts';
import type { ServicePort } from '../tracking/service-port.ts';
import type { Categorized } from '../tracking/topology.ts';
import type { SetName } from './sets.ts';

export interface PlannedServer {
  server: VirtualServer;
  /** `ip:port`, sorted as text. */
  reals: readonly string[];
}

export interface IpvsPlan {
  servers: readonly PlannedServer[];
  /** For kube-ipvs0. */
  addresses: readonly string[];
  entries: readonly (readonly [SetName, string])[];
  /** Rules of KUBE-IPVS-OUT-FILTER, whole lines. */
  outFilter: string;
}

export interface NodeAddresses {
  /** Addresses on devices other than kube-ipvs0. */
  all: readonly string[];
  /** Those that accept NodePorts. */
  nodePort: readonly string[];
}

export const serverKey = (s: VirtualServer): string => `${s.protocol} ${joinHostPort(s.ip, s.port)}`;

export function ipvsPlan(port: ServicePort, all: readonly Endpoint[], endpoints: Categorized, node: NodeAddresses, config: ProxierConfig): IpvsPlan {
  const protocol = port.protocol.toLowerCase() as Protocol;
  const entries: [SetName, string][] = [];
  const servers: PlannedServer[] = [];
  const addresses: string[] = [];
  let outFilter = '';
  const cluster = endpoints.cluster.map((e) => e.endpoint);
  // Without a local endpoint the others are used, unlike in the other modes.
  const local = endpoints.local.length > 0 ? endpoints.local.map((e) => e.endpoint) : cluster;
  const flags = config.scheduler === 'mh' ? { flags: ['source-hash'] } : {};
  const serve = (ip: string, number: number, onlyLocal: boolean): void => {
    const server: VirtualServer = { ip, port: number, protocol, scheduler: config.scheduler, persistentSeconds: port.affinitySeconds, ...flags };
    servers.push({ server, reals: onlyLocal ? local : cluster });
  };
  const bind = (ip: string): void => void (node.all.includes(ip) || addresses.push(ip));
  const entry = (ip: string): string => `${ip},${protocol}:${port.port}`;

  for (const e of all) if (e.isLocal) entries.push(['KUBE-LOOP-BACK', `${e.ip},${protocol}:${e.port},${e.ip}`]);
  entries.push(['KUBE-CLUSTER-IP', entry(port.clusterIP)]);
  serve(port.clusterIP, port.port, port.internalPolicyLocal);
  addresses.push(port.clusterIP);
  for (const ip of port.externalIPs) {
    entries.push([port.externalPolicyLocal ? 'KUBE-EXTERNAL-IP-LOCAL' : 'KUBE-EXTERNAL-IP', entry(ip)]);
    serve(ip, port.port, port.externalPolicyLocal);
    bind(ip);
  }
  for (const ip of port.loadBalancerVIPs) {
    entries.push(['KUBE-LOAD-BALANCER', entry(ip)]);
    if (port.externalPolicyLocal) entries.push(['KUBE-LOAD-BALANCER-LOCAL', entry(ip)]);
    if (port.loadBalancerSourceRanges.length > 0) {
      entries.push(['KUBE-LOAD-BALANCER-FW', entry(ip)]);
      for (const range of port.loadBalancerSourceRanges) entries.push(['KUBE-LOAD-BALANCER-SOURCE-CIDR', `${entry(ip)},${range}`]);
      if (config.nodeIP !== '' && port.loadBalancerSourceRanges.some((range) => networkContains(range, config.nodeIP)))
        entries.push(['KUBE-LOAD-BALANCER-SOURCE-IP', `${entry(ip)},${ip}`]);
      else outFilter += `-A KUBE-IPVS-OUT-FILTER -s ${ip} -m ipvs --vaddr ${ip} --vproto ${protocol} --vport ${port.port} -j DROP\n`;
    }
    serve(ip, port.port, port.externalPolicyLocal);
    bind(ip);
  }
  if (port.nodePort !== 0 && node.nodePort.length > 0) {
    const list = port.protocol === 'SCTP' ? node.nodePort.map((ip) => `${ip},sctp:${port.nodePort}`) : [String(port.nodePort)];
    const suffix = port.protocol === 'SCTP' ? 'SCTP-HASH' : port.protocol;
    for (const each of list) entries.push([`KUBE-NODE-PORT-${suffix}` as SetName, each]);
    if (port.externalPolicyLocal) for (const each of list) entries.push([`KUBE-NODE-PORT-LOCAL-${suffix}` as SetName, each]);
    for (const ip of node.nodePort) serve(ip, port.nodePort, port.externalPolicyLocal);
  }
  if (port.healthCheckNodePort !== 0) entries.push(['KUBE-HEALTH-CHECK-NODE-PORT', String(port.healthCheckNodePort)]);
  return { servers, addresses, entries, outFilter };
}
