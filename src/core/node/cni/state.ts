/** What the plugins keep, and what they hand each other. */
import type { CniRequest, CniResult } from '../../contracts/cni.ts';

export interface Args {
  node: string;
  nodeIP: string;
  plugin: 'bridge' | 'flannel';
  podCIDR: string;
  clusterCIDR: string;
  /** `bridge` alone: masquerade what leaves the cluster, one chain for each pod. flannel does so for all at once. */
  ipMasq?: boolean;
  /** The other nodes: where their pods are. */
  peers: { nodeIP: string; podCIDR: string; nodeIP6?: string; podCIDR6?: string }[];
  /** Of a dual-stack cluster. */
  podCIDR6?: string;
  clusterCIDR6?: string;
  /** The link to the other nodes. */
  uplink?: string;
}

export interface CniState {
  args: Args;
  /** The configuration and what a network daemon sets up are there. */
  installed: boolean;
  /** `@` and network name → host-local's store. */
  ipam: Record<string, IpamStore>;
  /** Container ID → the last result of ADD and what it needs for DEL. */
  cache: Record<string, Attachment>;
  /** The text of the file that was read last, and the network it says. Shared. */
  config: { text: string; list: NetworkList } | null;
  bridgeReady: boolean;
  portmapReady: boolean;
}

export interface IpamStore {
  /** By range set. */
  lastReserved: string[];
  /** IP → who has it. */
  reserved: Record<string, { containerId: string; ifname: string }>;
  /** `CONTAINER/IFNAME` → its addresses, one of each range set. */
  byOwner: Record<string, string[]>;
}

/** Shared. */
export interface Attachment {
  network: string;
  result: CniResult;
  portMappings: CniRequest['portMappings'] & object;
}

/** What a plugin is told and tells. A `string` is its error message. */
export interface PluginCall {
  request: CniRequest;
  network: string;
  conf: PluginConf;
  previous: CniResult | null;
}

export interface PluginConf {
  type: string;
  bridge?: string;
  mtu?: number;
  isGateway?: boolean;
  isDefaultGateway?: boolean;
  ipMasq?: boolean;
  hairpinMode?: boolean;
  ipam?: { type: string; subnet?: string; rangeStart?: string; rangeEnd?: string; gateway?: string; ranges?: Range[][]; routes?: { dst: string }[] };
  delegate?: Partial<PluginConf>;
  capabilities?: Record<string, boolean>;
}
export interface Range {
  subnet: string;
  rangeStart?: string;
  rangeEnd?: string;
  gateway?: string;
}
export interface NetworkList {
  cniVersion: string;
  name: string;
  plugins: PluginConf[];
}
