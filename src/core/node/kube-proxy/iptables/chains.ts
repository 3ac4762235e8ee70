/** The chains of iptables mode. Models pkg/proxy/iptables/proxier.go, v1.36.2. */
import { hash16 } from '../../../contracts/hash16.ts';

export const kubeServices = 'KUBE-SERVICES';
export const kubeExternalServices = 'KUBE-EXTERNAL-SERVICES';
export const kubeNodePorts = 'KUBE-NODEPORTS';
export const kubePostrouting = 'KUBE-POSTROUTING';
export const kubeMarkMasq = 'KUBE-MARK-MASQ';
export const kubeForward = 'KUBE-FORWARD';
export const kubeProxyFirewall = 'KUBE-PROXY-FIREWALL';
export const kubeProxyCanary = 'KUBE-PROXY-CANARY';
/** kubelet's, of which kube-proxy keeps the jumps and the one rule. */
export const kubeFirewall = 'KUBE-FIREWALL';

export interface ServiceChains {
  cluster: string;
  local: string;
  external: string;
  firewall: string;
}

/** `nameText`: ServicePortName; `protocol` in lower case. */
export function serviceChains(nameText: string, protocol: string): ServiceChains {
  const hash = hash16(nameText + protocol);
  return { cluster: `KUBE-SVC-${hash}`, local: `KUBE-SVL-${hash}`, external: `KUBE-EXT-${hash}`, firewall: `KUBE-FW-${hash}` };
}

export const endpointChain = (nameText: string, protocol: string, endpoint: string): string => `KUBE-SEP-${hash16(nameText + protocol + endpoint)}`;

/** Also those that older versions made. */
export const isServiceChain = (chain: string): boolean => /^KUBE-(?:SVC|SVL|SEP|FW|EXT|XLB)-/.test(chain);

export interface BaseJump {
  table: 'filter' | 'nat';
  from: string;
  to: string;
  /** Arguments before the target. */
  match: string[];
  comment: string;
}

const isNew = ['-m', 'conntrack', '--ctstate', 'NEW'];
const jump = (table: BaseJump['table'], from: string, to: string, match: string[], comment: string): BaseJump => ({ table, from, to, match, comment });

/** In the order in which they are put in front. */
export const baseJumps: readonly BaseJump[] = [
  jump('filter', 'INPUT', kubeExternalServices, isNew, 'kubernetes externally-visible service portals'),
  jump('filter', 'FORWARD', kubeExternalServices, isNew, 'kubernetes externally-visible service portals'),
  jump('filter', 'INPUT', kubeNodePorts, [], 'kubernetes health check service ports'),
  jump('filter', 'FORWARD', kubeServices, isNew, 'kubernetes service portals'),
  jump('filter', 'OUTPUT', kubeServices, isNew, 'kubernetes service portals'),
  jump('filter', 'FORWARD', kubeForward, [], 'kubernetes forwarding rules'),
  jump('filter', 'INPUT', kubeProxyFirewall, isNew, 'kubernetes load balancer firewall'),
  jump('filter', 'OUTPUT', kubeProxyFirewall, isNew, 'kubernetes load balancer firewall'),
  jump('filter', 'FORWARD', kubeProxyFirewall, isNew, 'kubernetes load balancer firewall'),
  jump('nat', 'OUTPUT', kubeServices, [], 'kubernetes service portals'),
  jump('nat', 'PREROUTING', kubeServices, [], 'kubernetes service portals'),
  jump('nat', 'POSTROUTING', kubePostrouting, [], 'kubernetes postrouting rules'),
  jump('filter', 'INPUT', kubeFirewall, [], ''),
  jump('filter', 'OUTPUT', kubeFirewall, [], ''),
];

/** What follows `-C CHAIN`, `-I CHAIN`, `-D CHAIN`. */
export const jumpArgs = (j: BaseJump): string[] => [...j.match, ...(j.comment === '' ? [] : ['-m', 'comment', '--comment', j.comment]), '-j', j.to];
