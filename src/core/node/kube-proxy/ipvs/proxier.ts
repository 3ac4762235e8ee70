/** What one sync of IPVS mode changes. Models pkg/proxy/ipvs/proxier.go syncProxyRules, v1.36.2. */
import type { IpsetInfo, VirtualServer } from '../../../contracts/netfilter.ts';
import { share } from '../../../engine/share.ts';
import { compareText, joinHostPort, networkContains } from '../address.ts';
import type { ProxierConfig } from '../config.ts';
import type { Endpoint } from '../tracking/endpoints.ts';
import type { ServicePort } from '../tracking/service-port.ts';
import { categorizeEndpoints } from '../tracking/topology.ts';
import type { Applied, Tracker } from '../tracking/tracker.ts';
import { ipvsRestoreInput } from './rules.ts';
import { type IpvsPlan, ipvsPlan, type NodeAddresses, type PlannedServer, serverKey } from './service-plan.ts';
import { kernelName, type SetName, sets } from './sets.ts';

export interface IpvsState {
  /** Port key → what it was given. */
  plans: Record<string, IpvsPlan>;
  /** What the kernel holds for us: addresses and entries with the number of Service ports that want them, virtual servers by key. */
  addresses: Record<string, number>;
  entries: Record<SetName, Record<string, number>>;
  servers: Record<string, PlannedServer>;
  /** Port keys that have rules in KUBE-IPVS-OUT-FILTER. */
  outFilter: Record<string, string>;
  /** Entries of each set; a rule is written for sets that have some. */
  sizes: Record<SetName, number>;
  /** Node addresses at the last complete sync. */
  node: NodeAddresses;
  /** Real servers that finish their connections with weight 0: `SERVER|REAL`. */
  terminating: Record<string, { server: VirtualServer; real: string }>;
  /** The process has just started: weights of kept servers are set again. */
  initialSync: boolean;
}

export const dummyDevice = 'kube-ipvs0';

export function ipvsState(): IpvsState {
  const entries = {} as IpvsState['entries'];
  const sizes = {} as IpvsState['sizes'];
  for (const { name } of sets) {
    entries[name] = {};
    sizes[name] = 0;
  }
  return {
    plans: {},
    addresses: {},
    entries,
    servers: {},
    outFilter: {},
    sizes,
    node: { all: [], nodePort: [] },
    terminating: {},
    initialSync: true,
  };
}

/** What the kernel has, read at complete syncs. */
export interface IpvsKernel {
  servers: (VirtualServer & { real: { ip: string; port: number; weight: number }[] })[];
  sets: IpsetInfo[];
  addresses: string[];
}

export type IpvsOp =
  | { op: 'createSet'; name: string; settype: string }
  | { op: 'addEntry' | 'delEntry'; name: string; entry: string }
  | { op: 'addAddress' | 'delAddress'; ip: string }
  | { op: 'addService' | 'editService' | 'deleteService'; server: VirtualServer }
  | { op: 'addServer' | 'resetServer' | 'retireServer'; server: VirtualServer; real: string };

export interface IpvsSync {
  /** In upstream's order: sets, servers with their addresses, entries; superfluous things last. */
  ops: IpvsOp[];
  restoreInput: string;
}

export interface IpvsEnvironment {
  /** Decide about all Services anew: what their choice of endpoints rests on has changed. */
  remake?: boolean;
  nodeLabels: Readonly<Record<string, string>>;
  /** For a complete sync: compares everything with the kernel. Null: only what changed. */
  complete: { node: NodeAddresses; kernel: IpvsKernel } | null;
}

const none: readonly Endpoint[] = [];

export function syncIpvs(state: IpvsState, t: Tracker, applied: Applied, config: ProxierConfig, env: IpvsEnvironment): IpvsSync {
  const ops: IpvsOp[] = [];
  // A complete sync compares everything: nobody asks what it came by.
  const touched = env.complete ? null : new Touched();
  let everything = env.remake || state.initialSync;
  if (env.complete) {
    if (!sameAddresses(state.node, env.complete.node)) everything = true;
    state.node = share(env.complete.node);
  }
  const changed = everything ? t.order : applied.changed;
  for (const key of applied.removed) retire(state, key, touched);
  for (const key of changed) {
    retire(state, key, touched);
    const port = t.ports[key] as ServicePort;
    const endpoints = t.endpoints[key] ?? none;
    const plan = share(ipvsPlan(port, endpoints, categorizeEndpoints(endpoints, port, config.nodeName, env.nodeLabels), state.node, config));
    state.plans[key] = plan;
    adopt(state, key, plan, touched);
  }
  if (env.complete) compareAll(state, env.complete.kernel, config, ops);
  else if (touched) applyTouched(state, config, touched, ops);
  state.initialSync = false;
  let outFilter = '';
  for (const key of Object.keys(state.outFilter).sort(compareText)) outFilter += state.outFilter[key];
  return { ops, restoreInput: ipvsRestoreInput(config, (set) => state.sizes[set] > 0, outFilter) };
}

/** What a sync came by, with how it was before. */
class Touched {
  readonly servers = new Map<string, PlannedServer | undefined>();
  readonly addresses = new Map<string, boolean>();
  readonly entries = new Map<SetName, Map<string, boolean>>();
  entry(set: SetName, entry: string, was: boolean): void {
    let map = this.entries.get(set);
    if (!map) {
      map = new Map();
      this.entries.set(set, map);
    }
    if (!map.has(entry)) map.set(entry, was);
  }
}

function retire(state: IpvsState, key: string, touched: Touched | null): void {
  const plan = state.plans[key];
  if (!plan) return;
  delete state.plans[key];
  delete state.outFilter[key];
  for (const { server } of plan.servers) {
    const name = serverKey(server);
    if (touched && !touched.servers.has(name)) touched.servers.set(name, state.servers[name]);
    delete state.servers[name];
  }
  for (const ip of plan.addresses) {
    const count = state.addresses[ip] ?? 0;
    if (touched && !touched.addresses.has(ip)) touched.addresses.set(ip, count > 0);
    if (count <= 1) delete state.addresses[ip];
    else state.addresses[ip] = count - 1;
    countEntry(state, 'KUBE-IPVS-IPS', ip, -1, touched);
  }
  for (const [set, entry] of plan.entries) countEntry(state, set, entry, -1, touched);
}

function adopt(state: IpvsState, key: string, plan: IpvsPlan, touched: Touched | null): void {
  if (plan.outFilter !== '') state.outFilter[key] = plan.outFilter;
  for (const planned of plan.servers) {
    const name = serverKey(planned.server);
    if (touched && !touched.servers.has(name)) touched.servers.set(name, state.servers[name]);
    state.servers[name] = planned;
  }
  for (const ip of plan.addresses) {
    const count = state.addresses[ip] ?? 0;
    if (touched && !touched.addresses.has(ip)) touched.addresses.set(ip, count > 0);
    state.addresses[ip] = count + 1;
    countEntry(state, 'KUBE-IPVS-IPS', ip, 1, touched);
  }
  for (const [set, entry] of plan.entries) countEntry(state, set, entry, 1, touched);
}

function countEntry(state: IpvsState, set: SetName, entry: string, by: 1 | -1, touched: Touched | null): void {
  const list = state.entries[set];
  const count = list[entry] ?? 0;
  touched?.entry(set, entry, count > 0);
  if (count + by <= 0) {
    if (count > 0) state.sizes[set] -= 1;
    delete list[entry];
  } else {
    if (count === 0) state.sizes[set] += 1;
    list[entry] = count + by;
  }
}

function applyTouched(state: IpvsState, config: ProxierConfig, touched: Touched, ops: IpvsOp[]): void {
  const gone: VirtualServer[] = [];
  for (const [ip, was] of touched.addresses) if (!was && state.addresses[ip] !== undefined) ops.push({ op: 'addAddress', ip });
  for (const [name, was] of touched.servers) {
    const now = state.servers[name];
    if (now) syncServer(state, now, was?.server, was?.reals ?? [], ops);
    else if (was) gone.push(was.server);
  }
  for (const { name: set } of sets)
    for (const [entry, was] of touched.entries.get(set) ?? []) {
      const now = state.entries[set][entry] !== undefined;
      if (was !== now) ops.push({ op: now ? 'addEntry' : 'delEntry', name: kernelName(set, config.family), entry });
    }
  for (const [ip, was] of touched.addresses) if (was && state.addresses[ip] === undefined) ops.push({ op: 'delAddress', ip });
  for (const server of gone) removeServer(state, server, config, ops);
}

/** Brings the kernel to what it should be, whatever it has. */
function compareAll(state: IpvsState, kernel: IpvsKernel, config: ProxierConfig, ops: IpvsOp[]): void {
  const known = new Map(kernel.sets.map((set) => [set.name, set]));
  for (const { name, type } of sets) {
    const inKernel = kernelName(name, config.family);
    if (!known.has(inKernel)) ops.push({ op: 'createSet', name: inKernel, settype: type });
  }
  const bound = new Set(kernel.addresses);
  for (const ip in state.addresses) if (!bound.has(ip)) ops.push({ op: 'addAddress', ip });
  const servers = new Map(kernel.servers.filter((s) => s.ip.includes(':') === (config.family === 'IPv6')).map((s) => [serverKey(s), s]));
  for (const name in state.servers) {
    const planned = state.servers[name] as PlannedServer;
    const was = servers.get(name);
    const reals = was?.real.map((real) => joinHostPort(real.ip, real.port)) ?? [];
    if (state.initialSync && was)
      for (const real of was.real) {
        const text = joinHostPort(real.ip, real.port);
        if (real.weight !== 1 && planned.reals.includes(text)) ops.push({ op: 'resetServer', server: planned.server, real: text });
      }
    syncServer(state, planned, was, reals, ops);
  }
  for (const { name } of sets) {
    const inKernel = kernelName(name, config.family);
    const has = new Set(known.get(inKernel)?.entries ?? []);
    const wanted = state.entries[name];
    for (const entry of has) if (wanted[entry] === undefined) ops.push({ op: 'delEntry', name: inKernel, entry });
    for (const entry in wanted) if (!has.has(entry)) ops.push({ op: 'addEntry', name: inKernel, entry });
  }
  for (const ip of kernel.addresses)
    if (state.addresses[ip] === undefined && ip.includes(':') === (config.family === 'IPv6')) ops.push({ op: 'delAddress', ip });
  for (const [name, server] of servers) if (state.servers[name] === undefined) removeServer(state, server, config, ops);
}

function syncServer(state: IpvsState, planned: PlannedServer, was: VirtualServer | undefined, reals: readonly string[], ops: IpvsOp[]): void {
  const { server } = planned;
  if (!was) ops.push({ op: 'addService', server });
  else if (was.scheduler !== server.scheduler || was.persistentSeconds !== server.persistentSeconds || !sameFlags(was, server))
    ops.push({ op: 'editService', server });
  const key = serverKey(server);
  const current = new Set(reals);
  for (const real of planned.reals) {
    const waiting = `${key}|${real}`;
    if (current.has(real) && state.terminating[waiting] === undefined) continue;
    // Wanted again while it finishes its connections: it is deleted and added anew.
    delete state.terminating[waiting];
    ops.push({ op: 'addServer', server, real });
  }
  const wanted = new Set(planned.reals);
  for (const real of reals) if (!wanted.has(real) && state.terminating[`${key}|${real}`] === undefined) ops.push({ op: 'retireServer', server, real });
}

const sameFlags = (a: VirtualServer, b: VirtualServer): boolean => (a.flags?.includes('source-hash') ?? false) === (b.flags?.includes('source-hash') ?? false);

function removeServer(state: IpvsState, server: VirtualServer, config: ProxierConfig, ops: IpvsOp[]): void {
  if (config.excludeCIDRs.some((cidr) => networkContains(cidr, server.ip))) return;
  const key = `${serverKey(server)}|`;
  for (const waiting in state.terminating) if (waiting.startsWith(key)) delete state.terminating[waiting];
  ops.push({ op: 'deleteService', server });
}

const sameAddresses = (a: NodeAddresses, b: NodeAddresses): boolean => a.all.join() === b.all.join() && a.nodePort.join() === b.nodePort.join();
