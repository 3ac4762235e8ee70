/** The state of kube-proxy: one proxier for each address family, as upstream's meta proxier has them. */
import type { RecorderState } from '../../contracts/client-go/recorder.ts';
import type { Family } from '../../contracts/netfilter.ts';
import type { ProxierConfig, ProxyMode } from './config.ts';
import type { HealthState } from './health/health.ts';
import type { IptablesState } from './iptables/proxier.ts';
import type { IpvsState } from './ipvs/proxier.ts';
import type { NftablesState } from './nftables/proxier.ts';
import type { Tracker } from './tracking/tracker.ts';

export interface KubeProxyArgs {
  nodeName: string;
  /** The node's address; with dual stack its addresses, comma-separated. */
  nodeIP: string;
  mode: ProxyMode;
  /** Comma-separated, at most one of each family; absent: sources cannot be told, rules that need it are left out. */
  clusterCIDR?: string;
  /** Comma-separated; only nftables mode uses it. */
  serviceCIDR?: string;
  /** Default ClusterCIDR. */
  detectLocalMode?: 'ClusterCIDR' | 'NodeCIDR' | 'BridgeInterface' | 'InterfaceNamePrefix';
  /** Of detectLocalMode BridgeInterface and InterfaceNamePrefix. */
  detectLocalInterface?: string;
  /** Of detectLocalMode NodeCIDR. */
  podCIDR?: string;
  masqueradeAll?: boolean;
  /** Default: all; in nftables mode `primary`, the node's own. */
  nodePortAddresses?: string[];
  localhostNodePorts?: boolean;
  ipvsScheduler?: string;
  ipvsExcludeCIDRs?: string[];
  minSyncPeriodMs?: number;
  syncPeriodMs?: number;
  /** Until the Node object has been seen. */
  nodeLabels?: Record<string, string>;
  /** Address families that are proxied; default both. */
  families?: Family[];
}

export interface ProxierState {
  config: ProxierConfig;
  tracker: Tracker;
  iptables: IptablesState | null;
  ipvs: IpvsState | null;
  nftables: NftablesState | null;
  needFullSync: boolean;
  lastFullMs: number;
  runner: Runner;
}

/** Models pkg/proxy/runner/bounded_frequency_runner.go: at most one sync in a while, at least one in a long while. */
export interface Runner {
  /** When the last sync ended; null: none yet. */
  endedMs: number | null;
  /** When the next begins; null: none is planned. */
  dueMs: number | null;
  /** Of the planned one: others are stale. */
  generation: number;
  /** Since when a change waits; null: none does. */
  pendingSinceMs: number | null;
}

export interface KubeProxyState {
  args: KubeProxyArgs;
  mode: ProxyMode;
  /** Begin of the last successful sync; absent before the first. */
  lastSyncMs?: number;
  /** It rewrote everything. */
  fullSync: boolean;
  /** Service ports, endpoints and lines of rules of the last sync, all families. */
  services: number;
  endpoints: number;
  rules: number;
  /** Of this process: watches of earlier ones are ignored. */
  generation: number;
  synced: { services: boolean; slices: boolean };
  nodeLabels: Readonly<Record<string, string>>;
  /** The Node is being deleted or drained by the autoscaler: `/healthz` says so. */
  nodeEligible: boolean;
  families: Partial<Record<Family, ProxierState>>;
  health: HealthState;
  recorder: RecorderState;
}
