/** Packets and their flows. Models net/netfilter/nf_conntrack_core.c. */
import type { HookEnvironment, Skb, Tuple } from '../../hooks.ts';
import type { Namespace } from '../state.ts';
import { firstState, nextState, reopens, timeoutMs } from './protocols.ts';
import { addFlow, changeFlow, type Flow, findFlow, maxFlows, removeFlow } from './table.ts';

/** A flow whose first packet is on its way: not in the table before `confirm`. */
export interface Pending {
  protocol: Skb['protocol'];
  state: string;
  orig: Tuple;
  reply: Tuple;
  dnat: boolean;
  snat: boolean;
  mark: number;
  /** Whether nat chains were asked for the destination, the source. */
  boundDst: boolean;
  boundSrc: boolean;
  ipvs: Flow['ipvs'];
  by: string | null;
}

export const pendingOf = (skb: Skb): Pending | undefined => skb.begun as Pending | undefined;

export const flowOf = (ns: Namespace, skb: Skb): Flow | null => (skb.ct === undefined ? null : (ns.ct.slots[Number(skb.ct)] ?? null));

export const reversed = ({ src, sport, dst, dport }: Tuple): Tuple => ({ src: dst, sport: dport, dst: src, dport: sport });
const tupleOf = ({ src, sport, dst, dport }: Tuple): Tuple => ({ src, sport, dst, dport });

/** `live` false: nothing is renewed. */
export function conntrackIn(ns: Namespace, skb: Skb, env: HookEnvironment, live: boolean): void {
  if (skb.ct !== undefined || (skb.begun !== undefined && skb.ctstate === 'NEW')) return;
  skb.begun = undefined;
  const nowMs = env.ctx.nowMs;
  const code = findFlow(ns.ct, skb.protocol, skb, nowMs);
  if (code >= 0) {
    const slot = code >> 1;
    const flow = ns.ct.slots[slot] as Flow;
    const dir = code & 1 ? 'REPLY' : 'ORIGINAL';
    if (dir === 'ORIGINAL' && reopens(flow, skb)) {
      if (live) removeFlow(ns.ct, slot);
      begin(skb);
      return;
    }
    skb.ct = String(slot);
    skb.ctdir = dir;
    if (skb.flags === 'UNREACHABLE') {
      skb.ctstate = 'RELATED';
      return;
    }
    skb.ctstate = dir === 'REPLY' || !flow.unreplied ? 'ESTABLISHED' : 'NEW';
    if (live) renew(ns, slot, flow, skb, dir, env);
    return;
  }
  begin(skb);
}

function begin(skb: Skb): void {
  const state = firstState(skb.protocol, skb);
  if (state === null) {
    skb.ctstate = 'INVALID';
    skb.ctdir = 'ORIGINAL';
    return;
  }
  const orig = tupleOf(skb);
  const made: Pending = {
    protocol: skb.protocol,
    state,
    orig,
    reply: reversed(orig),
    dnat: false,
    snat: false,
    mark: 0,
    boundDst: false,
    boundSrc: false,
    ipvs: null,
    by: null,
  };
  skb.begun = made;
  skb.ctstate = 'NEW';
  skb.ctdir = 'ORIGINAL';
}

function renew(ns: Namespace, slot: number, flow: Flow, segment: Pick<Skb, 'flags' | 'fin'>, dir: 'ORIGINAL' | 'REPLY', env: HookEnvironment): void {
  const next = nextState(flow, segment, dir, env.ctx.nowMs);
  if (next !== flow) changeFlow(ns.ct, slot, next);
  ns.ct.expiresMs[slot] = env.ctx.nowMs + timeoutMs(next, env.sysctl);
}

/** The first packet made it: its flow is one now. False: the table is full and the packet is lost. */
export function confirm(ns: Namespace, skb: Skb, env: HookEnvironment): boolean {
  const made = pendingOf(skb);
  if (!made || skb.ct !== undefined || skb.ctstate !== 'NEW') return true;
  skb.begun = undefined;
  const nowMs = env.ctx.nowMs;
  const limit = env.sysctl('net.netfilter.nf_conntrack_max');
  const max = Math.min(maxFlows, /^\d{1,9}$/.test(limit) && Number(limit) > 0 ? Number(limit) : maxFlows);
  const flow: Flow = {
    protocol: made.protocol,
    state: made.state,
    orig: made.orig,
    reply: made.reply,
    dnat: made.dnat,
    snat: made.snat,
    assured: false,
    unreplied: true,
    mark: made.mark,
    startedMs: nowMs,
    fin: '',
    ipvs: made.ipvs,
    by: made.by,
  };
  const slot = addFlow(ns.ct, flow, nowMs + timeoutMs(flow, env.sysctl), nowMs, max);
  if (slot < 0) return false;
  skb.ct = String(slot);
  return true;
}

/** A packet that is not walked. */
export function touchFlow(ns: Namespace, skb: Pick<Skb, 'protocol' | 'src' | 'sport' | 'dst' | 'dport' | 'flags' | 'fin'>, env: HookEnvironment): void {
  const code = findFlow(ns.ct, skb.protocol, skb, env.ctx.nowMs);
  if (code >= 0) renew(ns, code >> 1, ns.ct.slots[code >> 1] as Flow, skb, code & 1 ? 'REPLY' : 'ORIGINAL', env);
}
