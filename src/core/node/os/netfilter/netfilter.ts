/**
 * Netfilter of a host: iptables, nftables, ipset, IPVS and conntrack behind the seam of `hooks.ts`.
 * Simplified: rules and flows live in the machine's own namespace; those of pods have none.
 */
import type {
  ConntrackAnswer,
  ConntrackEntry,
  ConntrackRequest,
  IpsetRequest,
  IptablesCommand,
  IptablesRestore,
  IptablesSave,
  IpvsRequest,
  NetfilterAnswer,
  NftList,
  NftTransaction,
  WalkRequest,
} from '../../../contracts/netfilter.ts';
import type { Body } from '../../../engine/types.ts';
import type { HookEnvironment, HookResult, Netfilter } from '../hooks.ts';
import { confirm, conntrackIn, touchFlow } from './conntrack/flows.ts';
import { livingFlows, removeFlow } from './conntrack/table.ts';
import { kernelDraws } from './draws.ts';
import { runHook } from './hook.ts';
import { serveIpset } from './ipset.ts';
import { iptablesCommand } from './iptables/command.ts';
import { restore } from './iptables/restore.ts';
import { saveKept, saveTables } from './iptables/save.ts';
import { connectionsOf } from './ipvs/forward.ts';
import { serveIpvs } from './ipvs/table.ts';
import { listNft } from './nft/print.ts';
import { transact } from './nft/transaction.ts';
import { dateStamp } from './stamp.ts';
import { type Namespace, type NetfilterTables, newNamespace } from './state.ts';
import { usedSets } from './used-sets.ts';
import { walk } from './walk.ts';

const accept: HookResult = Object.freeze({ verdict: 'ACCEPT' });

export const netfilter: Netfilter<NetfilterTables> = {
  initial: () => ({ generation: 0, host: newNamespace() }),

  active: (state, netns) => netns === 'host' && inUse(state.host),

  conntrackIn: (state, skb, env) => conntrackIn(state.host, skb, env, true),

  hook(state, hook, skb, env) {
    const { host } = state;
    const draws = kernelDraws(host, env.ctx);
    const result = runHook(host, hook, skb, env, { generation: state.generation, draws, live: true, steps: null, looseDevices: false });
    if (result.verdict === 'ACCEPT' && result.by === undefined) return accept;
    const { verdict, rejectWith, next, by } = result;
    const out: HookResult = { verdict };
    if (rejectWith !== undefined) out.rejectWith = rejectWith;
    if (next !== undefined) out.next = next;
    if (by !== undefined) out.by = by;
    return out;
  },

  confirm(state, skb, env) {
    confirm(state.host, skb, env);
  },

  touch: (state, skb, env) => touchFlow(state.host, skb, env),

  removeNamespace: () => {},

  serve(state, request, env) {
    const answer = serve(state, request, env);
    if (typeof answer !== 'object' || answer === null || !('changed' in answer)) return answer;
    const { changed, ...rest } = answer as { changed?: boolean };
    if (changed) state.generation += 1;
    return rest;
  },
};

function inUse(ns: Namespace): boolean {
  for (const _ in ns.iptables.IPv4) return true;
  for (const _ in ns.nft) return true;
  for (const _ in ns.ipvs.services) return true;
  return ns.ct.slots.length > ns.ct.free.length;
}

const families = ['IPv4', 'IPv6'];

function serve(state: NetfilterTables, body: Body, env: HookEnvironment): unknown {
  const { host } = state;
  switch (body.type) {
    case 'IptablesRestore': {
      const { family, text, noflush, blocks } = body as IptablesRestore;
      if (!families.includes(family)) return { error: 'Invalid argument', code: 2 };
      return restore(host, family, text, noflush === true, blocks);
    }
    case 'Iptables': {
      const { family, argv } = body as IptablesCommand;
      if (!families.includes(family)) return { error: 'Invalid argument', code: 2 };
      return iptablesCommand(host, family, argv);
    }
    case 'IptablesSave': {
      const { family, table, counters, blocks } = body as IptablesSave;
      if (!families.includes(family)) return { error: 'Invalid argument', code: 2 };
      if (blocks) return saveKept(host.iptables[family], family, table, dateStamp(env.ctx.epochMs));
      const answer: NetfilterAnswer = {
        text: saveTables(host.iptables[family], counters ? host.counters[family] : null, family, table, dateStamp(env.ctx.epochMs)),
        code: 0,
      };
      return answer;
    }
    case 'Nft':
      return transact(host, (body as NftTransaction).text, env.ctx.nowMs);
    case 'NftList': {
      const { family, table } = body as NftList;
      return listNft(host, family, table, env.ctx.nowMs);
    }
    case 'Ipvs':
      return serveIpvs(host.ipvs, body as IpvsRequest, () => connectionsOf(host, env.ctx.nowMs, env.sysctl));
    case 'Ipset':
      return serveIpset(host, body as IpsetRequest, (name) => usedSets(host).has(name));
    case 'Conntrack':
      return serveConntrack(state, body as ConntrackRequest, env.ctx.nowMs);
    case 'Walk':
      return walk(state, body as WalkRequest, env);
    default:
      return { error: 'unavailable' };
  }
}

function serveConntrack(state: NetfilterTables, request: ConntrackRequest, nowMs: number): ConntrackAnswer {
  const { ct } = state.host;
  if (request.op === 'list') {
    const entries = livingFlows(ct, nowMs)
      .filter(({ flow }) => request.protocol === undefined || flow.protocol === request.protocol)
      .map(({ flow, expiresMs }): ConntrackEntry => {
        const { protocol, state: name, orig, reply, assured, unreplied, mark } = flow;
        return { protocol, state: name, orig: { ...orig }, reply: { ...reply }, assured, unreplied, mark, expiresAtMs: expiresMs };
      });
    return { entries };
  }
  let deleted = 0;
  for (const { flow, slot } of livingFlows(ct, nowMs)) {
    if (flow.protocol !== request.protocol) continue;
    if (request.origSrc !== undefined && flow.orig.src !== request.origSrc) continue;
    if (request.origSport !== undefined && flow.orig.sport !== request.origSport) continue;
    if (request.origDst !== undefined && flow.orig.dst !== request.origDst) continue;
    if (request.origDport !== undefined && flow.orig.dport !== request.origDport) continue;
    if (request.replySrc !== undefined && flow.reply.src !== request.replySrc) continue;
    removeFlow(ct, slot);
    deleted += 1;
  }
  if (deleted > 0) state.generation += 1;
  return { deleted };
}
