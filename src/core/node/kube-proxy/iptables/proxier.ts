/** What one sync of iptables mode writes. Models pkg/proxy/iptables/proxier.go syncProxyRules, v1.36.2. */
import { share } from '../../../engine/share.ts';
import { compareText, isLoopback } from '../address.ts';
import { localhostNodePorts, localTraffic, type NodePortAddresses, nodeIPs, nodePortAddresses, type ProxierConfig } from '../config.ts';
import type { Endpoint } from '../tracking/endpoints.ts';
import type { ServicePort } from '../tracking/service-port.ts';
import { categorizeEndpoints } from '../tracking/topology.ts';
import type { Applied, Tracker } from '../tracking/tracker.ts';
import {
  isServiceChain,
  kubeExternalServices,
  kubeFirewall,
  kubeForward,
  kubeMarkMasq,
  kubeNodePorts,
  kubePostrouting,
  kubeProxyFirewall,
  kubeServices,
} from './chains.ts';
import { type RuleSettings, type ServiceRules, serviceRules } from './service-rules.ts';

/** More endpoints than this: no comments on endpoints, stale chains removed seldom. */
const largeClusterEndpoints = 1000;

export interface IptablesState {
  /** Port key → its rules as last written. */
  rules: Record<string, ServiceRules>;
  largeCluster: boolean;
  /** Chains of ours that nothing refers to any more. */
  stale: Record<string, true>;
  lastCleanupMs: number;
}

export const iptablesState = (): IptablesState => ({ rules: {}, largeCluster: false, stale: {}, lastCleanupMs: -Number.MAX_SAFE_INTEGER });

export interface SyncEnvironment {
  nowMs: number;
  full: boolean;
  nodeLabels: Readonly<Record<string, string>>;
  /** Addresses of the node's devices. */
  localAddresses: readonly string[];
  /** Chains of table nat as the kernel has them: asked on full syncs. */
  natChains(): readonly string[];
}

export interface IptablesSync {
  restoreInput: string;
  lines: number;
}

const none: readonly Endpoint[] = [];

export function syncIptables(state: IptablesState, t: Tracker, applied: Applied, config: ProxierConfig, env: SyncEnvironment): IptablesSync {
  const addresses = nodePortAddresses(config);
  const localhost = localhostNodePorts(config);
  state.largeCluster = t.totalEndpoints > largeClusterEndpoints;
  const settings: RuleSettings = {
    config,
    local: localTraffic(config),
    countsLocalhost: localhost && config.nfAcctCounters.includes('localhost_nps_accepted_pkts'),
    largeCluster: state.largeCluster,
  };
  for (const key of applied.removed) retire(state, key);
  const changed = env.full ? t.order : applied.changed;
  for (const key of changed) {
    retire(state, key);
    const port = t.ports[key] as ServicePort;
    const rules = share(serviceRules(port, categorizeEndpoints(t.endpoints[key] ?? none, port, config.nodeName, env.nodeLabels), settings));
    state.rules[key] = rules;
    for (const chain of rules.chains) delete state.stale[chain];
  }
  if (env.full) findStale(state, env.natChains());
  return write(state, t, config, addresses, localhost, new Set(changed), env);
}

function retire(state: IptablesState, key: string): void {
  const old = state.rules[key];
  if (!old) return;
  delete state.rules[key];
  for (const chain of old.chains) state.stale[chain] = true;
}

function findStale(state: IptablesState, inKernel: readonly string[]): void {
  const ours = inKernel.filter(isServiceChain);
  if (ours.length === 0) return;
  const active = new Set<string>();
  for (const key in state.rules) for (const chain of (state.rules[key] as ServiceRules).chains) active.add(chain);
  for (const chain of ours) if (!active.has(chain)) state.stale[chain] = true;
}

function write(
  state: IptablesState,
  t: Tracker,
  config: ProxierConfig,
  addresses: NodePortAddresses,
  localhost: boolean,
  changed: ReadonlySet<string>,
  env: SyncEnvironment,
): IptablesSync {
  const mark = config.masqueradeMark;
  let filter = '*filter\n';
  for (const chain of [kubeServices, kubeExternalServices, kubeForward, kubeNodePorts, kubeProxyFirewall]) filter += `:${chain} - [0:0]\n`;
  if (localhost) {
    filter += `:${kubeFirewall} - [0:0]\n`;
    filter += `-A ${kubeFirewall} -m comment --comment "block incoming localnet connections" -d 127.0.0.0/8 ! -s 127.0.0.0/8 -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP\n`;
  }
  let chains = '*nat\n';
  for (const chain of [kubeServices, kubeNodePorts, kubePostrouting, kubeMarkMasq]) chains += `:${chain} - [0:0]\n`;
  let nat = `-A ${kubePostrouting} -m mark ! --mark ${mark}/${mark} -j RETURN\n`;
  nat += `-A ${kubePostrouting} -j MARK --xor-mark ${mark}\n`;
  nat += `-A ${kubePostrouting} -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE${config.randomFully ? ' --random-fully' : ''}\n`;
  nat += `-A ${kubeMarkMasq} -j MARK --or-mark ${mark}\n`;
  let lines = 24;
  for (const key of t.order) {
    const rules = state.rules[key] as ServiceRules;
    lines += rules.lines;
    filter += rules.filter;
    nat += rules.entry;
    if (!changed.has(key)) continue;
    chains += rules.chainLines;
    nat += rules.chainRules;
  }
  if (!state.largeCluster || env.nowMs - state.lastCleanupMs > config.syncPeriodMs) {
    for (const chain of Object.keys(state.stale).sort(compareText)) {
      chains += `:${chain} - [0:0]\n`;
      nat += `-X ${chain}\n`;
    }
    state.stale = {};
    state.lastCleanupMs = env.nowMs;
  }
  nat += nodePortJumps(config, addresses, localhost, env);
  filter += forwardRules(config);
  return { restoreInput: `${filter}COMMIT\n${chains}${nat}COMMIT\n`, lines };
}

/** The last of KUBE-SERVICES: what is for the node itself may be for a NodePort. */
function nodePortJumps(config: ProxierConfig, addresses: NodePortAddresses, localhost: boolean, env: SyncEnvironment): string {
  const begin = `-A ${kubeServices} -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain"`;
  if (addresses.matchAll) {
    const not = config.family === 'IPv6' ? ' ! -d ::1/128' : localhost ? '' : ' ! -d 127.0.0.0/8';
    return `${begin} -m addrtype --dst-type LOCAL${not} -j ${kubeNodePorts}\n`;
  }
  let out = '';
  for (const ip of nodeIPs(addresses, config.family, env.localAddresses)) if (localhost || !isLoopback(ip)) out += `${begin} -d ${ip} -j ${kubeNodePorts}\n`;
  return out;
}

function forwardRules(config: ProxierConfig): string {
  const mark = config.masqueradeMark;
  let out = '';
  if (!config.conntrackTCPLiberal) {
    const counter = config.nfAcctCounters.includes('ct_state_invalid_dropped_pkts') ? ' -m nfacct --nfacct-name ct_state_invalid_dropped_pkts' : '';
    out += `-A ${kubeForward} -m conntrack --ctstate INVALID${counter} -j DROP\n`;
  }
  out += `-A ${kubeForward} -m comment --comment "kubernetes forwarding rules" -m mark --mark ${mark}/${mark} -j ACCEPT\n`;
  out += `-A ${kubeForward} -m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n`;
  return out;
}
