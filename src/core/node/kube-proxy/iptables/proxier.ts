/** What one sync of iptables mode writes. Models pkg/proxy/iptables/proxier.go syncProxyRules, v1.36.2. */
import { chainNames, type RestoreBlocks, type RuleBlock, restoreText } from '../../../contracts/rule-blocks.ts';
import { share } from '../../../engine/share.ts';
import { compareText, isLoopback } from '../address.ts';
import { localhostNodePorts, localTraffic, type NodePortAddresses, nodeIPs, nodePortAddresses, type ProxierConfig } from '../config.ts';
import type { Endpoint } from '../tracking/endpoints.ts';
import type { ServicePort } from '../tracking/service-port.ts';
import { categorizeEndpoints } from '../tracking/topology.ts';
import { type Applied, placeOf, type Tracker } from '../tracking/tracker.ts';
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
import { plainName, serviceBlock } from './service-block.ts';
import type { RuleSettings } from './service-rules.ts';

/** More endpoints than this: no comments on endpoints, stale chains removed seldom. */
const largeClusterEndpoints = 1000;

export interface IptablesState {
  /** Port key → its rules as last written. */
  rules: Record<string, RuleBlock>;
  /** The same in the order of the port keys, as of the last sync, with that order. Shared. */
  inOrder: { readonly all: readonly RuleBlock[]; readonly order: readonly string[] };
  /** Lines and chains of `rules`; those that are entries; blocks that can be handed over as text only. */
  lines: number;
  entries: number;
  odd: number;
  largeCluster: boolean;
  /** Chains of ours that nothing refers to any more. */
  stale: Record<string, true>;
  lastCleanupMs: number;
}

export const iptablesState = (): IptablesState => ({
  rules: {},
  inOrder: share({ all: [], order: [] }),
  lines: 0,
  entries: 0,
  odd: 0,
  largeCluster: false,
  stale: {},
  lastCleanupMs: -Number.MAX_SAFE_INTEGER,
});

export interface SyncEnvironment {
  nowMs: number;
  full: boolean;
  nodeLabels: Readonly<Record<string, string>>;
  /** Addresses of the node's devices. */
  localAddresses: readonly string[];
  /** Chains of table nat as the kernel has them, but for those of blocks it was given: asked on full syncs. */
  natChains(): { names: readonly string[]; blocks: readonly RuleBlock[] };
}

/** What is restored: `restoreText` gives it as text. */
export interface IptablesSync {
  text: string;
  blocks?: RestoreBlocks;
  /** Rules in place afterwards. */
  rules: number;
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
    const port = t.ports[key] as ServicePort;
    const block = serviceBlock(key, port, categorizeEndpoints(t.endpoints[key] ?? none, port, config.nodeName, env.nodeLabels), settings);
    const old = state.rules[key];
    if (old === undefined || !sameBlock(old, block)) {
      if (old) retire(state, key);
      state.rules[key] = block;
      count(state, block, 1);
    }
    if (hasEntries(state.stale)) for (const chain of chainNames(state.rules[key] as RuleBlock)) delete state.stale[chain];
  }
  if (env.full) findStale(state, env.natChains());
  return write(state, t, config, addresses, localhost, changed, env);
}

function sameBlock(a: RuleBlock, b: RuleBlock): boolean {
  if (a.form !== b.form) return false;
  for (let i = 0; i < a.words.length; i += 1) if (a.words[i] !== b.words[i]) return false;
  return true;
}

function retire(state: IptablesState, key: string): void {
  const old = state.rules[key];
  if (!old) return;
  delete state.rules[key];
  count(state, old, -1);
  for (const chain of chainNames(old)) state.stale[chain] = true;
}

function count(state: IptablesState, { key, form }: RuleBlock, by: 1 | -1): void {
  state.lines += by * (form.entries.length + form.rules.length + form.chains.length);
  state.entries += by * form.entries.length;
  if (form.given === 0 && !plainName.test(key.slice(0, key.lastIndexOf(' ')))) state.odd += by;
}

/** All blocks in the order of the keys. */
function inOrder(state: IptablesState, { order }: Tracker, changed: readonly string[]): readonly RuleBlock[] {
  let { all } = state.inOrder;
  if (state.inOrder.order !== order || changed.length > 100) all = order.map((key) => state.rules[key] as RuleBlock);
  else if (changed.length > 0) {
    const next = all.slice();
    for (const key of changed) next[placeOf(order, key)] = state.rules[key] as RuleBlock;
    all = next;
  }
  state.inOrder = share({ all, order });
  return all;
}

function findStale(state: IptablesState, inKernel: ReturnType<SyncEnvironment['natChains']>): void {
  const ours = inKernel.names.filter((chain) => isServiceChain(chain) && state.stale[chain] === undefined);
  for (const block of inKernel.blocks) if (state.rules[block.key] !== block) ours.push(...chainNames(block));
  if (ours.length === 0) return;
  const active = new Set<string>();
  for (const key in state.rules) for (const chain of chainNames(state.rules[key] as RuleBlock)) active.add(chain);
  for (const chain of ours) if (!active.has(chain)) state.stale[chain] = true;
}

function hasEntries(record: Record<string, unknown>): boolean {
  for (const _ in record) return true;
  return false;
}

function write(
  state: IptablesState,
  t: Tracker,
  config: ProxierConfig,
  addresses: NodePortAddresses,
  localhost: boolean,
  changed: readonly string[],
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
  let rules = `-A ${kubePostrouting} -m mark ! --mark ${mark}/${mark} -j RETURN\n`;
  rules += `-A ${kubePostrouting} -j MARK --xor-mark ${mark}\n`;
  rules += `-A ${kubePostrouting} -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE${config.randomFully ? ' --random-fully' : ''}\n`;
  rules += `-A ${kubeMarkMasq} -j MARK --or-mark ${mark}\n`;
  let staleChains = '';
  let removals = '';
  if (!state.largeCluster || env.nowMs - state.lastCleanupMs > config.syncPeriodMs) {
    for (const chain of Object.keys(state.stale).sort(compareText)) {
      staleChains += `:${chain} - [0:0]\n`;
      removals += `-X ${chain}\n`;
    }
    state.stale = {};
    state.lastCleanupMs = env.nowMs;
  }
  const afterFilter = `${forwardRules(config)}COMMIT\n${chains}`;
  const afterChains = `${staleChains}${rules}`;
  const text = `${filter}${afterFilter}${afterChains}${removals}${nodePortJumps(config, addresses, localhost, env)}COMMIT\n`;
  const at: RestoreBlocks['at'] = [filter.length, filter.length + afterFilter.length, filter.length + afterFilter.length + afterChains.length];
  const all = inOrder(state, t, changed);
  const written = changed === t.order ? all : changed.map((key) => state.rules[key] as RuleBlock);
  const blocks: RestoreBlocks = share({ at, all, written, entries: state.entries });
  const inPlace = 24 + state.lines;
  // Blocks whose words are not all of one piece are handed over as text.
  return state.odd > 0 ? { text: restoreText(text, blocks), rules: inPlace } : { text, blocks, rules: inPlace };
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
