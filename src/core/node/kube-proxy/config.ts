/** What kube-proxy was told: its configuration for one address family. Models pkg/proxy/apis/config KubeProxyConfiguration, v1.36.2. */
import type { Family } from '../../contracts/netfilter.ts';
import { addressOf, isZeroNetwork, networkContains, networkOf } from './address.ts';

export type ProxyMode = 'iptables' | 'ipvs' | 'nftables';

/** How a source is told to be a local pod. Models pkg/proxy/util/localdetector.go. */
export type LocalTrafficDetector =
  | { kind: 'none' }
  | { kind: 'cidr'; cidr: string }
  | { kind: 'bridgeInterface'; interface: string }
  | { kind: 'interfaceNamePrefix'; prefix: string };

export interface ProxierConfig {
  family: Family;
  nodeName: string;
  /** Of this family, canonical; '' when the node has none. */
  nodeIP: string;
  masqueradeAll: boolean;
  /** As it is written into rules: `0x00004000`. */
  masqueradeMark: string;
  detector: LocalTrafficDetector;
  /** CIDRs of both families; empty: NodePorts on all addresses. */
  nodePortAddresses: string[];
  localhostNodePorts: boolean;
  conntrackTCPLiberal: boolean;
  nfAcctCounters: string[];
  randomFully: boolean;
  syncPeriodMs: number;
  scheduler: string;
  /** CIDRs whose virtual servers IPVS mode leaves alone. */
  excludeCIDRs: string[];
  /** Comma-separated; '' when not known. */
  serviceCIDRs: string;
}

export const defaultProxierConfig: Omit<ProxierConfig, 'family' | 'nodeName' | 'nodeIP'> = {
  masqueradeAll: false,
  masqueradeMark: '0x00004000',
  detector: { kind: 'none' },
  nodePortAddresses: [],
  localhostNodePorts: true,
  conntrackTCPLiberal: false,
  nfAcctCounters: ['ct_state_invalid_dropped_pkts', 'localhost_nps_accepted_pkts'],
  randomFully: true,
  syncPeriodMs: 30_000,
  scheduler: 'rr',
  excludeCIDRs: [],
  serviceCIDRs: '',
};

export interface LocalTraffic {
  implemented: boolean;
  /** Arguments of iptables. */
  ifLocal: string;
  ifNotLocal: string;
  /** Expressions of nft. */
  nftIfLocal: string;
  nftIfNotLocal: string;
}

export function localTraffic(config: ProxierConfig): LocalTraffic {
  const d = config.detector;
  const x = config.family === 'IPv4' ? 'ip' : 'ip6';
  if (d.kind === 'cidr') {
    const cidr = networkOf(d.cidr, config.family);
    if (cidr)
      return { implemented: true, ifLocal: `-s ${cidr}`, ifNotLocal: `! -s ${cidr}`, nftIfLocal: `${x} saddr ${cidr}`, nftIfNotLocal: `${x} saddr != ${cidr}` };
  }
  if (d.kind === 'bridgeInterface' || d.kind === 'interfaceNamePrefix') {
    const [device, nft] = d.kind === 'bridgeInterface' ? [d.interface, d.interface] : [`${d.prefix}+`, `${d.prefix}*`];
    return { implemented: true, ifLocal: `-i ${device}`, ifNotLocal: `! -i ${device}`, nftIfLocal: `iifname ${nft}`, nftIfNotLocal: `iifname != ${nft}` };
  }
  return { implemented: false, ifLocal: '', ifNotLocal: '', nftIfLocal: '', nftIfNotLocal: '' };
}

/** Models pkg/proxy/util/nodeport_addresses.go. */
export interface NodePortAddresses {
  matchAll: boolean;
  cidrs: string[];
  containsIPv4Loopback: boolean;
}

export function nodePortAddresses(config: ProxierConfig): NodePortAddresses {
  const cidrs = config.nodePortAddresses.map((cidr) => networkOf(cidr, config.family)).filter((cidr) => cidr !== null);
  const matchAll = cidrs.length === 0 || cidrs.some(isZeroNetwork);
  const containsIPv4Loopback = config.family === 'IPv4' && (matchAll || cidrs.some((cidr) => cidr.startsWith('127.') || networkContains(cidr, '127.0.0.1')));
  return { matchAll, cidrs, containsIPv4Loopback };
}

/** The addresses of `local` that accept NodePorts, in the order of `local`. */
export function nodeIPs(addresses: NodePortAddresses, family: Family, local: readonly string[]): string[] {
  const out: string[] = [];
  for (const ip of local) {
    const canonical = addressOf(ip, family);
    if (canonical && !out.includes(canonical) && (addresses.matchAll || addresses.cidrs.some((cidr) => networkContains(cidr, canonical)))) out.push(canonical);
  }
  return out;
}

/** NodePorts on 127.0.0.1: a matter of IPv4 alone. */
export const localhostNodePorts = (config: ProxierConfig): boolean => config.family === 'IPv4' && config.localhostNodePorts;

/** What NewProxier makes of it: no NodePorts on 127.0.0.1 when they cover no loopback address. */
export const settle = (config: ProxierConfig): ProxierConfig => ({
  ...config,
  localhostNodePorts: config.localhostNodePorts && nodePortAddresses(config).containsIPv4Loopback,
});
