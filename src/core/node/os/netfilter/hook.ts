/** A packet at a hook: the tables that have chains there, in the order of their priorities, and translation among them. */
import type { Hook, HookEnvironment, HookResult, Skb } from '../hooks.ts';
import { flowOf, pendingOf } from './conntrack/flows.ts';
import { bind, type Side, translate } from './conntrack/nat.ts';
import { changeFlow } from './conntrack/table.ts';
import { wordsOf } from './ip.ts';
import { runTable } from './iptables/evaluate.ts';
import { chainOf, type Tables } from './iptables/tables.ts';
import { hasServices, ipvsIn } from './ipvs/forward.ts';
import { basesOf, type NftBase, runBase } from './nft/evaluate.ts';
import { type Draws, type Evaluation, lengthOf } from './packet.ts';
import type { Namespace } from './state.ts';
import { snapshot } from './steps.ts';

/** NF_IP_PRI_*. */
const tablePriority: Readonly<Record<string, number>> = { raw: -300, mangle: -150, filter: 0, security: 50 };

type Item =
  | { priority: number; kind: 'table'; table: string }
  | { priority: number; kind: 'base'; base: NftBase }
  | { priority: number; kind: 'ipvs' }
  | { priority: number; kind: 'nat'; side: Side; chains: Item[] };

/** What is registered at each hook. Derived from the rules: valid while `generation` stands. */
const registered = new WeakMap<Namespace, { generation: number; family: string; items: Partial<Record<Hook, Item[]>> }>();

function itemsAt(ns: Namespace, hook: Hook, family: 'IPv4' | 'IPv6', generation: number): Item[] {
  let known = registered.get(ns);
  if (known?.generation !== generation || known.family !== family) {
    known = { generation, family, items: {} };
    registered.set(ns, known);
  }
  let items = known.items[hook];
  if (!items) {
    items = register(ns, hook, family);
    known.items[hook] = items;
  }
  return items;
}

function register(ns: Namespace, hook: Hook, family: 'IPv4' | 'IPv6'): Item[] {
  const tables: Tables = ns.iptables[family];
  const items: Item[] = [];
  for (const table of ['raw', 'mangle', 'filter', 'security']) {
    const chain = chainOf(tables[table], hook);
    if (chain && (chain.lines.length > 0 || chain.policy === 'DROP')) items.push({ priority: tablePriority[table] as number, kind: 'table', table });
  }
  const side: Side = hook === 'PREROUTING' || hook === 'OUTPUT' ? 'destination' : 'source';
  const natChains: Item[] = [];
  if (chainOf(tables.nat, hook)) natChains.push({ priority: side === 'destination' ? -100 : 100, kind: 'table', table: 'nat' });
  for (const base of basesOf(ns.nft, hook, family)) {
    const item: Item = { priority: base.priority, kind: 'base', base };
    if (base.type === 'nat') natChains.push(item);
    else items.push(item);
  }
  natChains.sort((a, b) => a.priority - b.priority);
  if (hook !== 'FORWARD') items.push({ priority: side === 'destination' ? -100 : 100, kind: 'nat', side, chains: natChains });
  if (hook === 'INPUT' || hook === 'OUTPUT') items.push({ priority: hook === 'INPUT' ? 98 : -98, kind: 'ipvs' });
  return items.sort((a, b) => a.priority - b.priority);
}

export interface HookOptions {
  generation: number;
  draws: Draws;
  live: boolean;
  steps: Evaluation['steps'];
  looseDevices: boolean;
}

export interface HookOutcome extends HookResult {
  looked: number;
  natKind: string | null;
}

export function runHook(ns: Namespace, hook: Hook, skb: Skb, env: HookEnvironment, options: HookOptions): HookOutcome {
  const family = skb.src.includes(':') ? 'IPv6' : 'IPv4';
  const items = itemsAt(ns, hook, family, options.generation);
  const ev: Evaluation = new PacketEvaluation(ns, hook, skb, env, options);
  let natKind: string | null = null;
  for (const item of items) {
    if (item.kind === 'ipvs') {
      if (!hasServices(ns.ipvs)) continue;
      const result = ipvsIn(ev);
      if (result?.verdict === 'REJECT') return { ...result, looked: ev.looked, natKind };
      if (!result) continue;
      if (hook === 'INPUT' && result.verdict === 'STOLEN') {
        // It leaves as a packet of this host: through the hooks of its OUTPUT.
        const out = runHook(ns, 'OUTPUT', skb, env, options);
        if (out.verdict !== 'ACCEPT') return { ...out, looked: out.looked + ev.looked };
        return { ...result, looked: out.looked + ev.looked, natKind };
      }
      ev.src = wordsOf(skb.src);
      ev.dst = wordsOf(skb.dst);
      continue;
    }
    if (item.kind !== 'nat') {
      const verdict = evaluate(ev, item, family);
      if (verdict !== 'ACCEPT') return outcomeOf(ev, verdict, natKind);
      continue;
    }
    const p = pendingOf(skb);
    if (p && skb.ctstate === 'NEW' && !(item.side === 'destination' ? p.boundDst : p.boundSrc)) {
      ev.nat = null;
      for (const chain of item.chains) {
        const verdict = evaluate(ev, chain, family);
        if (verdict !== 'ACCEPT') return outcomeOf(ev, verdict, natKind);
        if (ev.nat !== null) break;
      }
      const request = ev.nat as Evaluation['nat'];
      if (!bind(ns, p, item.side, request, skb, env, options.draws)) {
        ev.by ??= 'no address to translate to';
        return outcomeOf(ev, 'DROP', natKind);
      }
      if (request !== null) {
        natKind = request.kind;
        p.by = ev.by ?? null;
      } else ev.by = undefined;
    }
    const before = ev.steps ? snapshot(skb) : undefined;
    translate(ns, skb, item.side);
    if (before && (before.src !== skb.src || before.dst !== skb.dst || before.sport !== skb.sport || before.dport !== skb.dport))
      ev.steps?.push({ kind: 'nat', hook, text: natWords(skb, before, item.side), depth: 1, before, after: snapshot(skb) });
    ev.src = wordsOf(skb.src);
    ev.dst = wordsOf(skb.dst);
  }
  return outcomeOf(ev, 'ACCEPT', natKind);
}

function outcomeOf(ev: Evaluation, verdict: HookResult['verdict'], natKind: string | null): HookOutcome {
  const out: HookOutcome = { verdict, looked: ev.looked, natKind };
  if (verdict === 'REJECT') out.rejectWith = ev.rejectWith;
  if (ev.by !== undefined) out.by = ev.by;
  return out;
}

function natWords(skb: Skb, before: ReturnType<typeof snapshot>, side: Side): string {
  return side === 'destination'
    ? `destination ${before.dst}:${before.dport} becomes ${skb.dst}:${skb.dport}`
    : `source ${before.src}:${before.sport} becomes ${skb.src}:${skb.sport}`;
}

function evaluate(ev: Evaluation, item: Item, family: 'IPv4' | 'IPv6'): 'ACCEPT' | 'DROP' | 'REJECT' {
  if (item.kind === 'base') return runBase(ev, item.base);
  if (item.kind !== 'table') return 'ACCEPT';
  const table = ev.ns.iptables[family][item.table];
  const chain = chainOf(table, ev.hook);
  return table && chain ? runTable(ev, { family, name: item.table, table }, chain) : 'ACCEPT';
}

/** All fields from the start, and its questions on the prototype: one is made for every packet at every hook. */
class PacketEvaluation implements Evaluation {
  ns: Namespace;
  skb: Skb;
  env: HookEnvironment;
  hook: Hook;
  table = '';
  nowMs: number;
  draws: Draws;
  nat: Evaluation['nat'] = null;
  rejectWith: Evaluation['rejectWith'] = 'icmp-port-unreachable';
  by: string | undefined = undefined;
  looked = 0;
  steps: Evaluation['steps'];
  live: boolean;
  looseDevices: boolean;
  src: Evaluation['src'];
  dst: Evaluation['dst'];
  bytes: number;

  constructor(ns: Namespace, hook: Hook, skb: Skb, env: HookEnvironment, options: HookOptions) {
    this.ns = ns;
    this.skb = skb;
    this.env = env;
    this.hook = hook;
    this.nowMs = env.ctx.nowMs;
    this.draws = options.draws;
    this.steps = options.steps;
    this.live = options.live;
    this.looseDevices = options.looseDevices;
    this.src = wordsOf(skb.src);
    this.dst = wordsOf(skb.dst);
    this.bytes = lengthOf(skb);
  }

  natStatus(): { dnat: boolean; snat: boolean } {
    const flow = pendingOf(this.skb) ?? flowOf(this.ns, this.skb);
    return { dnat: flow?.dnat === true, snat: flow?.snat === true };
  }

  ctmark(value?: number): number {
    const { ns, skb } = this;
    const p = pendingOf(skb);
    const flow = p ?? flowOf(ns, skb);
    if (!flow || value === undefined) return flow?.mark ?? 0;
    if (p) p.mark = value >>> 0;
    else if (this.live && flow.mark !== value >>> 0)
      changeFlow(ns.ct, Number(skb.ct), { ...(flow as never as Parameters<typeof changeFlow>[2]), mark: value >>> 0 });
    return value >>> 0;
  }

  original(): { src: string; sport: number; dst: string; dport: number } {
    return (pendingOf(this.skb) ?? flowOf(this.ns, this.skb))?.orig ?? this.skb.orig;
  }
}
