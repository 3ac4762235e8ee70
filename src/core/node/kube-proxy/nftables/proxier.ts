/** What one sync of nftables mode writes. Models pkg/proxy/nftables/proxier.go syncProxyRules, v1.36.2. */
import { share } from '../../../engine/share.ts';
import { compareText } from '../address.ts';
import { localTraffic, type ProxierConfig } from '../config.ts';
import type { Endpoint } from '../tracking/endpoints.ts';
import type { ServicePort } from '../tracking/service-port.ts';
import { categorizeEndpoints } from '../tracking/topology.ts';
import type { Applied, Tracker } from '../tracking/tracker.ts';
import { cleanUp, type ElementStore, elementStore, ensure, type Leftovers, leftovers, release } from './elements.ts';
import { isAffinitySet, isServiceChain, table } from './names.ts';
import { type Container, containers, type ServicePlan, servicePlan } from './service-plan.ts';
import { setUp } from './setup.ts';

export interface NftablesState {
  /** Port key → what it was given. */
  plans: Record<string, ServicePlan>;
  elements: ElementStore;
  /** Chains that were emptied, with the time: the kernel lets them go a little later. */
  stale: Record<string, number>;
  /** Affinity sets of Services that are gone or changed, while a sync runs. */
  staleSets: Record<string, true>;
}

export const nftablesState = (): NftablesState => ({ plans: {}, elements: elementStore(), stale: {}, staleSets: {} });

/** What the kernel's table holds: read at full syncs. null: no table. */
export interface TableContents {
  chains: string[];
  sets: string[];
  elements: Partial<Record<Container, Record<string, string>>>;
}

export interface NftSyncEnvironment {
  nowMs: number;
  full: boolean;
  nodeLabels: Readonly<Record<string, string>>;
  localAddresses: readonly string[];
  contents(): TableContents | null;
}

const none: readonly Endpoint[] = [];

/** Chains that have been empty for a second can go, in a transaction of their own before the sync's. '' when there are none. */
export function deleteStaleChains(state: NftablesState, config: ProxierConfig, nowMs: number): string {
  const where = whereOf(config);
  let out = '';
  for (const chain of Object.keys(state.stale).sort(compareText)) {
    if ((state.stale[chain] as number) >= nowMs - 1000) continue;
    delete state.stale[chain];
    out += `delete chain ${where} ${chain}\n`;
  }
  return out;
}

const whereOf = (config: ProxierConfig): string => `${config.family === 'IPv4' ? 'ip' : 'ip6'} ${table}`;

export function syncNftables(state: NftablesState, t: Tracker, applied: Applied, config: ProxierConfig, env: NftSyncEnvironment): string {
  const where = whereOf(config);
  const local = localTraffic(config);
  const left = leftovers();
  let out = '';
  if (env.full) {
    out += setUp(config, env.localAddresses);
    readOrReset(state, left, env.contents());
  }
  for (const key of applied.removed) retire(state, left, key, env);
  const changed = env.full ? t.order : applied.changed;
  if (!env.full) for (const key of changed) retire(state, left, key, env);
  for (const key of changed) {
    const port = t.ports[key] as ServicePort;
    const plan = share(servicePlan(port, categorizeEndpoints(t.endpoints[key] ?? none, port, config.nodeName, env.nodeLabels), config, local));
    state.plans[key] = plan;
    for (const step of plan.steps)
      out += 'chain' in step ? `add chain ${where} ${step.chain}\nflush chain ${where} ${step.chain}\n` : ensure(state.elements, left, where, step);
    out += plan.rules;
    for (const chain of plan.chains) delete state.stale[chain];
    for (const set of plan.affinitySets) delete state.staleSets[set];
  }
  for (const chain of Object.keys(state.stale).sort(compareText)) {
    out += `flush chain ${where} ${chain}\n`;
    state.stale[chain] = env.nowMs;
  }
  for (const set of Object.keys(state.staleSets).sort(compareText)) out += `delete set ${where} ${set}\n`;
  state.staleSets = {};
  return out + cleanUp(state.elements, left, where);
}

function retire(state: NftablesState, left: Leftovers, key: string, env: NftSyncEnvironment): void {
  const plan = state.plans[key];
  if (!plan) return;
  delete state.plans[key];
  release(state.elements, left, plan.steps);
  for (const chain of plan.chains) state.stale[chain] = env.nowMs;
  for (const set of plan.affinitySets) state.staleSets[set] = true;
}

/** A full sync believes nothing but the kernel. */
function readOrReset(state: NftablesState, left: Leftovers, contents: TableContents | null): void {
  state.plans = {};
  state.elements = elementStore();
  state.stale = {};
  state.staleSets = {};
  for (const chain of contents?.chains ?? []) if (isServiceChain(chain)) state.stale[chain] = 0;
  for (const set of contents?.sets ?? []) if (isAffinitySet(set)) state.staleSets[set] = true;
  for (const name of containers) {
    const { values } = state.elements[name];
    const found = contents?.elements[name] ?? {};
    for (const key in found) {
      values[key] = found[key] as string;
      left[name].add(key);
    }
  }
}
