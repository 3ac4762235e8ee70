/** A sync of IPVS mode in the kernel. */
import type { IpsetAnswer, IpsetRequest, IpvsAnswer, IpvsRequest, RealServer, VirtualServer } from '../../../contracts/netfilter.ts';
import { osOf } from '../../../contracts/os.ts';
import type { Ctx } from '../../../engine/types.ts';
import { addressOf, isLoopback } from '../address.ts';
import { nodeIPs, nodePortAddresses, type ProxierConfig } from '../config.ts';
import { jumpArgs } from '../iptables/chains.ts';
import { ensureChain, ensureRule, failed, iptablesRestore } from '../iptables/command.ts';
import type { KubeProxyState, ProxierState } from '../state.ts';
import type { SyncResult } from '../sync.ts';
import { localAddresses, netlink } from '../sysctls.ts';
import type { Applied } from '../tracking/tracker.ts';
import { retireServer } from './graceful.ts';
import { dummyDevice, type IpvsKernel, type IpvsOp, type IpvsState, syncIpvs } from './proxier.ts';
import { filterChains, ipvsJumps, natChains } from './rules.ts';
import type { NodeAddresses } from './service-plan.ts';

export const ipvs = (ctx: Ctx, request: IpvsRequest): IpvsAnswer => ctx.call<IpvsAnswer>(osOf(ctx.host), request) ?? {};
export const ipset = (ctx: Ctx, request: IpsetRequest): IpsetAnswer => ctx.call<IpsetAnswer>(osOf(ctx.host), request) ?? {};

/** `complete`: the periodic sync, which compares everything with the kernel; in between only what changed is written. */
export function applyIpvs(state: KubeProxyState, p: ProxierState, applied: Applied, complete: boolean, ctx: Ctx): SyncResult {
  const { config } = p;
  const own = p.ipvs as IpvsState;
  if (complete) {
    const error = linkChains(config, ctx);
    if (error !== undefined) return { lines: 0, rules: 0, tookMs: 30, error };
    netlink(ctx, { type: 'Netlink', op: 'link.add', name: dummyDevice, kind: 'dummy', mtu: 1500, up: false });
  }
  const known = complete ? kernelOf(config, ctx) : null;
  const { ops, restoreInput } = syncIpvs(own, p.tracker, applied, config, {
    remake: p.needFullSync,
    nodeLabels: state.nodeLabels,
    complete: known ? { node: nodeAddresses(config, ctx), kernel: known } : null,
  });
  for (let i = 0; i < ops.length; i += 1) {
    const op = ops[i] as IpvsOp;
    if (op.op === 'addEntry') i = addEntries(ops, i, ctx);
    else perform(state, p, op, ctx);
  }
  const answer = iptablesRestore(ctx, config.family, restoreInput);
  const lines = ops.length + restoreInput.split('\n').length - 1;
  const result: SyncResult = { lines, rules: restoreInput.split('\n').length, tookMs: 40 + Math.floor(lines / 50) };
  return failed(answer) ? { ...result, error: answer.error ?? 'iptables-restore failed' } : result;
}

function linkChains(config: ProxierConfig, ctx: Ctx): string | undefined {
  for (const chain of natChains) ensureChain(ctx, config.family, 'nat', chain);
  for (const chain of filterChains) ensureChain(ctx, config.family, 'filter', chain);
  for (const jump of ipvsJumps) {
    const answer = ensureRule(ctx, config.family, jump.table, jump.from, jumpArgs(jump));
    if (failed(answer)) return answer.error ?? `Failed to ensure chain jumps: ${jump.table} ${jump.from}`;
  }
  return undefined;
}

function kernelOf(config: ProxierConfig, ctx: Ctx): IpvsKernel {
  const links = netlink(ctx, { type: 'Netlink', op: 'dump' }).links ?? [];
  const addresses: string[] = [];
  for (const address of links.find((link) => link.name === dummyDevice)?.addresses ?? []) {
    const ip = addressOf(address.split('/')[0], config.family);
    if (ip) addresses.push(ip);
  }
  return { servers: ipvs(ctx, { type: 'Ipvs', op: 'list' }).servers ?? [], sets: ipset(ctx, { type: 'Ipset', op: 'list' }).sets ?? [], addresses };
}

function nodeAddresses(config: ProxierConfig, ctx: Ctx): NodeAddresses {
  const all: string[] = [];
  for (const address of localAddresses(ctx, dummyDevice)) {
    const ip = addressOf(address, config.family);
    if (ip && !isLoopback(ip) && !all.includes(ip)) all.push(ip);
  }
  return { all, nodePort: nodeIPs(nodePortAddresses(config), config.family, all) };
}

/**
 * Entries of one set that follow each other go in together; answers with the number of the last. One that the kernel refuses keeps none of the
 * others out. Simplified: upstream runs the tool once for each.
 */
function addEntries(ops: readonly IpvsOp[], from: number, ctx: Ctx): number {
  const { name } = ops[from] as Extract<IpvsOp, { op: 'addEntry' }>;
  const add: string[] = [];
  let i = from;
  for (; i < ops.length; i += 1) {
    const op = ops[i] as IpvsOp;
    if (op.op !== 'addEntry' || op.name !== name) break;
    add.push(op.entry);
  }
  if (add.length === 1 || ipset(ctx, { type: 'Ipset', op: 'restore', name, add }).error !== undefined)
    for (const entry of add) ipset(ctx, { type: 'Ipset', op: 'add', name, entry });
  return i - 1;
}

function perform(state: KubeProxyState, p: ProxierState, op: IpvsOp, ctx: Ctx): void {
  const { family } = p.config;
  switch (op.op) {
    case 'createSet':
      ipset(ctx, { type: 'Ipset', op: 'create', name: op.name, settype: op.settype, family });
      return;
    case 'addEntry':
    case 'delEntry':
      ipset(ctx, { type: 'Ipset', op: op.op === 'addEntry' ? 'add' : 'del', name: op.name, entry: op.entry });
      return;
    case 'addAddress':
    case 'delAddress':
      netlink(ctx, {
        type: 'Netlink',
        op: op.op === 'addAddress' ? 'addr.add' : 'addr.delete',
        dev: dummyDevice,
        cidr: `${op.ip}/${family === 'IPv4' ? 32 : 128}`,
      });
      return;
    case 'addService':
    case 'editService':
    case 'deleteService':
      ipvs(ctx, { type: 'Ipvs', op: op.op, server: op.server });
      return;
    case 'addServer': {
      const real = realOf(op.real, 1);
      if (ipvs(ctx, { type: 'Ipvs', op: 'addServer', server: op.server, real }).error !== undefined) {
        ipvs(ctx, { type: 'Ipvs', op: 'deleteServer', server: op.server, real });
        ipvs(ctx, { type: 'Ipvs', op: 'addServer', server: op.server, real });
      }
      return;
    }
    case 'resetServer':
      ipvs(ctx, { type: 'Ipvs', op: 'editServer', server: op.server, real: realOf(op.real, 1) });
      return;
    case 'retireServer':
      retireServer(state, p, op.server, op.real, ctx);
  }
}

/** From `ip:port`, `[v6]:port`. */
export function realOf(text: string, weight: number): RealServer {
  const colon = text.lastIndexOf(':');
  return { ip: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)), weight };
}

export type { VirtualServer };
