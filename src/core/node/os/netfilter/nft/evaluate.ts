/** A packet in chains of nftables. Models net/netfilter/nf_tables_core.c. */
import { share } from '../../../../engine/share.ts';
import type { Hook } from '../../hooks.ts';
import { type Buckets, entriesOf, lookUp, put } from '../buckets.ts';
import { maxJumps, rejectCode } from '../iptables/evaluate.ts';
import { addressType } from '../iptables/matches-place.ts';
import type { Evaluation, NatRequest } from '../packet.ts';
import { snapshot } from '../steps.ts';
import { natValue } from './parse-rule.ts';
import type { Elements, Selector, Statement } from './rule.ts';
import { typeOf } from './selectors.ts';
import { type NftChain, type NftElement, type NftRule, type NftSet, type NftTable, type NftTables, tableKey } from './state.ts';
import { covers, isInterval, markText, setTypes } from './values.ts';

export interface NftBase {
  priority: number;
  type: string;
  table: string;
  chain: string;
}

/** Base chains at a hook. */
export function basesOf(tables: NftTables, hook: Hook, family: 'IPv4' | 'IPv6'): NftBase[] {
  const out: NftBase[] = [];
  for (const key in tables) {
    const table = tables[key] as NftTable;
    if (table.family !== 'inet' && (table.family === 'ip') !== (family === 'IPv4')) continue;
    for (const chain of baseChains(table))
      if (chain.base && chain.base.hook === hook.toLowerCase())
        out.push({ priority: chain.base.priority, type: chain.base.type, table: key, chain: chain.name });
  }
  return out;
}

/** A few among tens of thousands of chains; a table is replaced when it changes. */
const basesKnown = new WeakMap<NftTable, NftChain[]>();

function baseChains(table: NftTable): NftChain[] {
  let bases = basesKnown.get(table);
  if (!bases) {
    bases = entriesOf(table.chains)
      .map(([, chain]) => chain)
      .filter((chain) => chain.base !== null)
      .sort((a, b) => a.order - b.order);
    basesKnown.set(table, bases);
  }
  return bases;
}

type Verdict = 'ACCEPT' | 'DROP' | 'REJECT';
type Outcome = Verdict | 'RETURN' | null;

export function runBase(ev: Evaluation, base: NftBase): Verdict {
  const table = ev.ns.nft[base.table];
  const chain = table && lookUp(table.chains, base.chain);
  if (!table || !chain) return 'ACCEPT';
  ev.table = base.table;
  const outcome = walkChain(ev, table, chain, 0);
  if (outcome !== null && outcome !== 'RETURN') return outcome;
  if (chain.base?.policy !== 'drop') return 'ACCEPT';
  ev.by = `chain ${chain.name} policy drop`;
  return 'DROP';
}

function walkChain(ev: Evaluation, table: NftTable, chain: NftChain, depth: number): Outcome {
  if (ev.steps) ev.steps.push({ kind: 'chain', hook: ev.hook, table: `${table.family} ${table.name}`, chain: chain.name, text: chain.name, depth: depth + 1 });
  let nth = 0;
  for (const rule of chain.rules) {
    ev.looked += 1;
    nth += 1;
    const outcome = runRule(ev, table, chain, rule, nth, depth);
    if (outcome !== null) return outcome === 'RETURN' ? null : outcome;
  }
  return null;
}

function runRule(ev: Evaluation, table: NftTable, chain: NftChain, rule: NftRule, nth: number, depth: number): Outcome {
  const step: NonNullable<Evaluation['steps']>[number] | null = ev.steps
    ? {
        kind: 'rule',
        hook: ev.hook,
        table: `${table.family} ${table.name}`,
        chain: chain.name,
        text: rule.text,
        matched: true,
        depth: depth + 1,
        place: nth,
        before: snapshot(ev.skb),
      }
    : null;
  if (step) ev.steps?.push(step);
  for (const s of rule.statements) {
    switch (s.do) {
      case 'match': {
        const why = mismatch(ev, table, s);
        if (why !== null) return failed(step, why);
        break;
      }
      case 'vmap': {
        const element = findIn(ev, table, s.to, s.on);
        if (element === null) return failed(step, step ? `${keyText(ev, s.on)} is not in the map` : '');
        if (step) step.detail = `${s.on[0]?.kind === 'numgen' ? 'drawn: ' : ''}${element}`;
        const outcome = verdict(ev, table, chain, rule, element, depth);
        if (outcome !== null) return outcome;
        break;
      }
      case 'verdict': {
        const outcome = verdict(ev, table, chain, rule, s.chain === '' ? s.verdict : `${s.verdict} ${s.chain}`, depth);
        if (outcome !== null) return outcome;
        if (s.verdict !== 'continue') return null;
        break;
      }
      case 'reject':
        ev.rejectWith = rejectCode(s.with);
        ev.by = byOf(chain, rule);
        return 'REJECT';
      case 'nat': {
        const request = natRequest(ev, table, s);
        if (request === null) return failed(step, 'no element of the map fits');
        ev.nat = request;
        ev.by = byOf(chain, rule);
        if (step && s.map) step.detail = `drawn: ${request.min}${request.portMin ? `:${request.portMin}` : ''}`;
        return 'ACCEPT';
      }
      case 'mark':
        setMark(ev, s);
        if (step) step.after = snapshot(ev.skb);
        break;
      case 'element':
        if (ev.live) touchElement(ev, table, s);
        break;
      case 'notrack':
        ev.skb.ctstate = 'UNTRACKED';
        break;
      default:
        break;
    }
  }
  return null;
}

function failed(step: NonNullable<Evaluation['steps']>[number] | null, why: string): null {
  if (step) {
    step.matched = false;
    step.detail = why;
  }
  return null;
}

/** `RETURN` ends a chain; null goes on with the next rule. */
function verdict(ev: Evaluation, table: NftTable, chain: NftChain, rule: NftRule, text: string, depth: number): Outcome {
  if (text === 'accept') return 'ACCEPT';
  if (text === 'return') return 'RETURN';
  if (text === 'continue') return null;
  if (text === 'drop') {
    ev.by = byOf(chain, rule);
    return 'DROP';
  }
  const next = lookUp(table.chains, text.slice(5));
  if (!next || depth + 1 >= maxJumps) {
    ev.by = `${byOf(chain, rule)} (${next ? `more than ${maxJumps} jumps` : 'no such chain'})`;
    return 'DROP';
  }
  const outcome = walkChain(ev, table, next, depth + 1);
  if (outcome !== null) return outcome;
  return text.startsWith('goto') ? 'RETURN' : null;
}

const byOf = (chain: NftChain, rule: NftRule): string => `${chain.name} ${rule.text}`;

/** The packet's value; null when it has none. */
function packetValue(ev: Evaluation, { kind, field, mod, offset }: Selector): string | null {
  const { skb } = ev;
  switch (kind) {
    case 'ip':
    case 'ip6':
      if ((kind === 'ip6') !== skb.src.includes(':')) return null;
      return field === 'saddr' ? skb.src : field === 'daddr' ? skb.dst : protocolOf(ev);
    case 'th':
    case 'tcp':
    case 'udp':
    case 'sctp':
      if (kind !== 'th' && skb.protocol !== kind) return null;
      if (field === 'flags') return skb.flags === 'SYN' ? 'syn' : skb.flags.toLowerCase();
      return String(field === 'sport' ? skb.sport : skb.dport);
    case 'meta':
      switch (field) {
        case 'l4proto':
          return protocolOf(ev);
        case 'mark':
          return markText(skb.mark);
        case 'iifname':
        case 'iif':
          return skb.iif ?? (ev.looseDevices ? null : '');
        case 'oifname':
        case 'oif':
          return skb.oif ?? (ev.looseDevices ? null : '');
        case 'nfproto':
          return skb.src.includes(':') ? 'ipv6' : 'ipv4';
        default:
          return skb.local ? String(skb.uid ?? 0) : null;
      }
    case 'ct':
      return ctValue(ev, field);
    case 'fib':
      return addressType(ev, field === 'daddr' ? skb.dst : skb.src).toLowerCase();
    case 'numgen':
      return String(offset + ev.draws.pick(mod));
    default:
      return skb.flags === 'ECHO' ? 'echo-request' : skb.flags === 'ECHO-REPLY' ? 'echo-reply' : 'destination-unreachable';
  }
}

const protocolOf = ({ skb }: Evaluation): string =>
  skb.flags === 'UNREACHABLE' || skb.protocol === 'icmp' ? (skb.src.includes(':') ? 'ipv6-icmp' : 'icmp') : skb.protocol;

function ctValue(ev: Evaluation, field: string): string {
  const { skb } = ev;
  if (field === 'state') return (skb.ctstate ?? 'INVALID').toLowerCase();
  if (field === 'mark') return markText(ev.ctmark());
  if (field === 'direction') return (skb.ctdir ?? 'ORIGINAL').toLowerCase();
  if (field === 'status') {
    const { dnat, snat } = ev.natStatus();
    return ['confirmed', skb.ctstate === 'ESTABLISHED' ? 'seen-reply' : '', snat ? 'snat' : '', dnat ? 'dnat' : ''].filter(Boolean).join(',');
  }
  const o = ev.original();
  if (field.endsWith('saddr')) return o.src;
  if (field.endsWith('daddr')) return o.dst;
  return String(field.endsWith('proto-dst') ? o.dport : o.sport);
}

function keyText(ev: Evaluation, on: readonly Selector[]): string {
  return on.map((selector) => (selector.kind === 'numgen' ? 'the number' : (packetValue(ev, selector) ?? `no ${selector.field}`))).join(' . ');
}

/** Null: it matches. */
function mismatch(ev: Evaluation, table: NftTable, s: Extract<Statement, { do: 'match' }>): string | null {
  const first = s.on[0] as Selector;
  if (ev.looseDevices && s.on.length === 1 && typeOf(first) === 'ifname' && (first.field.startsWith('i') ? ev.skb.iif : ev.skb.oif) === undefined) return null;
  if (s.to !== null) {
    const found = findIn(ev, table, s.to, s.on) !== null;
    if (found === (s.op !== '!=')) return null;
    return ev.steps === null ? 'no' : `${keyText(ev, s.on)} is ${found ? '' : 'not '}in ${s.to.set === '' ? 'the list' : `@${s.to.set}`}`;
  }
  const type = s.on.length === 1 ? typeOf(first) : '';
  let value = '';
  for (let i = 0; i < s.on.length; i += 1) {
    const selector = s.on[i] as Selector;
    const one = packetValue(ev, selector);
    if (one === null) return `it has no ${selector.kind} ${selector.field}`;
    value = i === 0 ? one : `${value} . ${one}`;
  }
  if (s.mask !== null) value = markText(ev.skb.mark & s.mask);
  const is =
    s.op === '==' || s.op === '!='
      ? (type === '' ? value === s.value : covers(type, s.value, value)) === (s.op === '==')
      : compare(s.op, Number(value), Number(s.value));
  return is ? null : `${first.kind === 'meta' ? first.field : `${first.kind} ${first.field}`} is ${value}`;
}

const compare = (op: string, a: number, b: number): boolean => (op === '<' ? a < b : op === '>' ? a > b : op === '<=' ? a <= b : a >= b);

/** Elements that stand for more than one value; null: none. */
const intervals = new WeakMap<Buckets<NftElement>, [string[], NftElement][]>();

function intervalsOf(set: NftSet): [string[], NftElement][] {
  let list = intervals.get(set.elements);
  if (!list) {
    list = set.flags.includes('interval')
      ? entriesOf(set.elements)
          .filter(([key]) => isInterval(key))
          .map(([key, e]) => [key.split(' . '), e])
      : [];
    intervals.set(set.elements, list);
  }
  return list;
}

const inline = new WeakMap<Elements, Map<string, string>>();

/** The data of the element that fits ('' in sets); null: none does. */
function findIn(ev: Evaluation, table: NftTable, to: Elements, on: readonly Selector[]): string | null {
  const values: string[] = [];
  for (const selector of on) {
    const value = packetValue(ev, selector);
    if (value === null) return null;
    values.push(value);
  }
  const key = values.length === 1 ? (values[0] as string) : values.join(' . ');
  if (to.set === '') {
    let map = inline.get(to);
    if (!map) {
      map = new Map(to.entries.map((e) => [e.key, e.value]));
      inline.set(to, map);
    }
    const exact = map.get(key);
    if (exact !== undefined) return exact;
    const types = on.map(typeOf);
    for (const e of to.entries) if (e.key.split(' . ').every((part, i) => covers(types[i] as string, part, values[i] as string))) return e.value;
    return null;
  }
  const set = lookUp(table.sets, to.set);
  if (!set) return null;
  const element = lookUp(set.elements, key);
  if (element && (element.expiresMs === 0 || element.expiresMs > ev.nowMs)) return element.value;
  const ranges = intervalsOf(set);
  if (ranges.length === 0) return null;
  const types = set.key.map((type) => setTypes[type] as string);
  for (const [parts, e] of ranges) if (parts.every((part, i) => covers(types[i] as string, part, values[i] as string))) return e.value;
  return null;
}

function natRequest(ev: Evaluation, table: NftTable, s: Extract<Statement, { do: 'nat' }>): NatRequest | null {
  let text = s.value;
  if (s.map) {
    const data = findIn(ev, table, s.map.to, s.map.on);
    if (data === null) return null;
    const dot = data.indexOf(' . ');
    const ip = dot < 0 ? data : data.slice(0, dot);
    text = dot < 0 ? ip : ip.includes(':') ? `[${ip}]:${data.slice(dot + 3)}` : `${ip}:${data.slice(dot + 3)}`;
  }
  const { min, max, portMin, portMax } = natTarget(text);
  return { kind: s.kind, min, max, portMin, portMax, random: s.random };
}

type NatTarget = Pick<NatRequest, 'min' | 'max' | 'portMin' | 'portMax'>;
/** Not state: the same text always means the same. */
const natTargets = new Map<string, NatTarget>();

function natTarget(text: string): NatTarget {
  let target = natTargets.get(text);
  if (target === undefined) {
    target = readNatTarget(text);
    if (natTargets.size >= 20_000) natTargets.clear();
    natTargets.set(text, target);
  }
  return target;
}

function readNatTarget(text: string): NatTarget {
  const target = { min: '', max: '', portMin: 0, portMax: 0 };
  if (text === '') return target;
  const m6 = /^\[([^\]]+)\](?::(.*))?$/.exec(text);
  const colon = natValue(text)?.includes('.') || text.startsWith(':') ? text.lastIndexOf(':') : -1;
  const address = m6 ? (m6[1] as string) : colon < 0 ? text : text.slice(0, colon);
  const ports = m6 ? (m6[2] ?? '') : colon < 0 ? '' : text.slice(colon + 1);
  const dash = address.indexOf('-');
  target.min = dash < 0 ? address : address.slice(0, dash);
  target.max = dash < 0 ? address : address.slice(dash + 1);
  if (ports !== '') {
    const [min, max] = ports.split('-').map(Number) as [number, number | undefined];
    target.portMin = min;
    target.portMax = max ?? min;
  }
  return target;
}

function setMark(ev: Evaluation, s: Extract<Statement, { do: 'mark' }>): void {
  const now = s.on === 'meta' ? ev.skb.mark : ev.ctmark();
  const value =
    s.op === 'set'
      ? s.value
      : s.op === 'or'
        ? now | s.value
        : s.op === 'and'
          ? now & s.value
          : s.op === 'xor'
            ? now ^ s.value
            : s.on === 'meta'
              ? ev.ctmark()
              : ev.skb.mark;
  if (s.on === 'meta') ev.skb.mark = value >>> 0;
  else ev.ctmark(value >>> 0);
}

/** `update @set { ip saddr }`. Paths of known flows stay: this is no change of rules. */
function touchElement(ev: Evaluation, table: NftTable, s: Extract<Statement, { do: 'element' }>): void {
  const set = lookUp(table.sets, s.set);
  if (!set) return;
  const values = s.on.map((selector) => packetValue(ev, selector));
  if (values.includes(null)) return;
  const key = values.join(' . ');
  const there = lookUp(set.elements, key);
  if (s.op === 'add' && there && (there.expiresMs === 0 || there.expiresMs > ev.nowMs)) return;
  if (s.op === 'delete' && !there) return;
  let elements = set.elements;
  if (!there && s.op !== 'delete' && elements.size >= (set.size || 65_535)) {
    for (const [old, e] of entriesOf(elements)) if (e.expiresMs > 0 && e.expiresMs <= ev.nowMs) elements = put(elements, old, undefined);
    if (elements.size >= (set.size || 65_535)) return;
  }
  const time = s.timeoutMs || set.timeoutMs;
  const element: NftElement | undefined =
    s.op === 'delete' ? undefined : share({ value: '', comment: '', timeoutMs: s.timeoutMs, expiresMs: time > 0 ? ev.nowMs + time : 0 });
  const key2 = tableKey(table.family, table.name);
  const now = ev.ns.nft[key2] as NftTable;
  ev.ns.nft[key2] = share({ ...now, sets: put(now.sets, set.name, share({ ...set, elements: put(elements, key, element) })) });
}
