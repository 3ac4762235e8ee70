/** A packet in a chain. Models net/ipv4/netfilter/ip_tables.c ipt_do_table, with nf_tables' bound on jumps. */
import type { Family } from '../../../../contracts/netfilter.ts';
import type { RuleBlock } from '../../../../contracts/rule-blocks.ts';
import { within } from '../ip.ts';
import type { Evaluation } from '../packet.ts';
import { snapshot } from '../steps.ts';
import { deviceMatches } from './addresses.ts';
import { chainsOfBlock, entriesAt, plainChain } from './blocks.ts';
import { Candidates, compiled } from './compile.ts';
import { eachCandidate, entryRule, inlayIndex } from './inlay.ts';
import { matchExtension } from './parse-rule.ts';
import { ruleText } from './print-rule.ts';
import type { Chain, DeviceCondition, Inlay, Rule, Target } from './rule.ts';
import { chainOf, keptChain, type Table } from './tables.ts';
import type { ConnmarkTarget, MarkTarget, NatValue, RejectTarget } from './targets.ts';

export type Outcome = 'ACCEPT' | 'DROP' | 'REJECT' | 'RETURN';

/** Steps after which a walk tells only of rules that match. */
const maxTold = 100_000;

/** NFT_JUMP_STACK_SIZE. */
export const maxJumps = 16;
/** Chains that jump twice to the next double the way at each step: nobody waits for its end. */
export const maxLooked = 1_000_000;

export interface Place {
  family: Family;
  name: string;
  table: Table;
}

/** A hook's own chain with its policy. */
export function runTable(ev: Evaluation, place: Place, chain: Chain): Exclude<Outcome, 'RETURN'> {
  ev.table = place.name;
  const outcome = walkChain(ev, place, chain, 0, null);
  if (outcome !== null && outcome !== 'RETURN') return outcome;
  if (chain.policy === 'DROP') ev.by = `${place.name} :${chain.name} DROP`;
  if (ev.live) count(ev, place.family, `${place.name} ${chain.name}`, 'policy');
  ev.steps?.push({ kind: 'chain', hook: ev.hook, table: place.name, chain: chain.name, text: `policy ${chain.policy}`, depth: 1 });
  return chain.policy === 'DROP' ? 'DROP' : 'ACCEPT';
}

/** `block`: of which the chain is. */
function walkChain(ev: Evaluation, place: Place, given: Chain, depth: number, block: RuleBlock | null): Outcome | null {
  let chain = given;
  let before = 0;
  if (chain.inlay) {
    if (ev.steps === null && ev.dst.length === 1) {
      const outcome = walkInlay(ev, place, chain, chain.inlay, depth);
      if (outcome !== null) return outcome;
      before = chain.inlay.count;
    } else chain = plainChain(chain);
  }
  if (chain.lines.length === 0) return null;
  const code = compiled(chain, place.name, place.family);
  const { rules } = code;
  if (ev.steps === null && code.index !== null && ev.dst.length === 1) {
    const candidates = new Candidates(code.index, ev.dst[0] as number, ev.src[0] as number, ev.skb.dport);
    let looked = 0;
    for (let i = candidates.next(); i >= 0; i = candidates.next()) {
      ev.looked += i + 1 - looked;
      looked = i + 1;
      const outcome = runRule(ev, place, chain, code.key, rules[i] as Rule, before + i, depth, block);
      if (outcome !== null) return outcome;
    }
    ev.looked += rules.length - looked;
    return null;
  }
  for (let i = 0; i < rules.length; i += 1) {
    ev.looked += 1;
    const outcome = runRule(ev, place, chain, code.key, rules[i] as Rule, before + i, depth, block);
    if (outcome !== null) return outcome;
  }
  return null;
}

/** Only blocks with a rule that may fit are asked; the others count as looked at. */
function walkInlay(ev: Evaluation, place: Place, chain: Chain, inlay: Inlay, depth: number): Outcome | null {
  const index = inlayIndex(inlay, place.family);
  let looked = 0;
  const outcome = eachCandidate(index, ev.dst[0] as number, ev.skb.dport, (i) => {
    const block = inlay.blocks[i] as RuleBlock;
    const entries = entriesAt(block, inlay.place);
    for (let k = 0; k < entries.length; k += 1) {
      const rule = entryRule(block, entries[k] as number, place.family);
      const number = (index.starts[i] as number) + k;
      ev.looked += number + 1 - looked;
      looked = number + 1;
      const answer = runRule(ev, place, chain, inlay.place, rule, number, depth, block);
      if (answer !== null) return answer;
    }
    return null;
  });
  if (outcome === null) ev.looked += inlay.count - looked;
  return outcome;
}

/** Null: the next rule. */
function runRule(ev: Evaluation, place: Place, chain: Chain, key: string, rule: Rule, number: number, depth: number, block: RuleBlock | null): Outcome | null {
  const before = ev.steps === null ? undefined : snapshot(ev.skb);
  const failed = failing(rule, ev);
  if (ev.steps !== null) tell(ev, place, chain, rule, number + 1, failed, depth, before);
  if (failed !== matched) return null;
  if (ev.live) count(ev, place.family, key, rowKey(number));
  return rule.target === null ? null : act(ev, place, chain, rule, rule.target, depth, block);
}

/** Null: the next rule. */
function act(ev: Evaluation, place: Place, chain: Chain, rule: Rule, target: Target, depth: number, block: RuleBlock | null): Outcome | null {
  switch (target.kind) {
    case 'jump':
    case 'goto': {
      const kept = keptChain(place.table, target.chain);
      const own = kept === undefined && block !== null ? chainsOfBlock(block).get(target.chain) : undefined;
      const next = kept ?? own ?? chainOf(place.table, target.chain);
      if (!next || depth + 1 >= maxJumps || ev.looked > maxLooked) {
        const bound = ev.looked > maxLooked ? `more than ${maxLooked} rules looked at` : `more than ${maxJumps} jumps`;
        ev.by = `${byOf(chain, rule, place.family)} (${next ? bound : 'no such chain'})`;
        return 'DROP';
      }
      ev.steps?.push({ kind: 'chain', hook: ev.hook, table: place.name, chain: next.name, text: next.name, depth: depth + 2 });
      const outcome = walkChain(ev, place, next, depth + 1, own === undefined ? null : block);
      if (outcome !== null && outcome !== 'RETURN') return outcome;
      return target.kind === 'goto' ? 'RETURN' : null;
    }
    case 'ACCEPT':
      return 'ACCEPT';
    case 'DROP':
    case 'QUEUE':
      ev.by = byOf(chain, rule, place.family);
      return 'DROP';
    case 'RETURN':
      return 'RETURN';
    case 'REJECT': {
      ev.by = byOf(chain, rule, place.family);
      ev.rejectWith = rejectCode((target.value as RejectTarget).with);
      return 'REJECT';
    }
    case 'DNAT':
    case 'SNAT':
    case 'MASQUERADE':
    case 'REDIRECT': {
      const v = target.value as NatValue;
      ev.by = byOf(chain, rule, place.family);
      ev.nat = { kind: target.kind, min: v.min, max: v.max, portMin: v.portMin, portMax: v.portMax, random: v.random || v.randomFully };
      return 'ACCEPT';
    }
    case 'MARK': {
      const v = target.value as MarkTarget;
      setMark(ev, (ev.skb.mark & ~v.mask) ^ v.value);
      return null;
    }
    case 'CONNMARK': {
      const v = target.value as ConnmarkTarget;
      if (v.mode === 'set') ev.ctmark((ev.ctmark() & ~v.mask) ^ v.value);
      else if (v.mode === 'save') ev.ctmark((ev.ctmark() & ~v.ctmask) ^ (ev.skb.mark & v.nfmask));
      else setMark(ev, (ev.skb.mark & ~v.nfmask) ^ (ev.ctmark() & v.ctmask));
      return null;
    }
    case 'NOTRACK':
      ev.skb.ctstate = 'UNTRACKED';
      return null;
    case 'CT':
      if ((target.value as { text: string }).text.includes('--notrack')) ev.skb.ctstate = 'UNTRACKED';
      return null;
    default:
      // LOG, NFLOG, TCPMSS, TRACE, CHECKSUM: the packet goes on.
      return null;
  }
}

function setMark(ev: Evaluation, mark: number): void {
  ev.skb.mark = mark >>> 0;
  const last = ev.steps?.[ev.steps.length - 1];
  if (last?.kind === 'rule') last.after = snapshot(ev.skb);
}

const texts = new WeakMap<Rule, string>();

/** The deciding rule as iptables-save prints it. */
function byOf(chain: Chain, rule: Rule, family: Family): string {
  let text = texts.get(rule);
  if (text === undefined) {
    text = ruleText(rule, family);
    texts.set(rule, text);
  }
  return `-A ${chain.name}${text}`;
}

const rowKeys: string[] = [];

/** Of the Nth rule's counters. */
function rowKey(i: number): string {
  let key = rowKeys[i];
  if (key === undefined) {
    key = `r${i}`;
    if (i < 1024) rowKeys[i] = key;
  }
  return key;
}

export function rejectCode(name: string): Evaluation['rejectWith'] {
  if (name === 'tcp-reset' || name === 'icmp-host-unreachable' || name === 'icmp-net-unreachable' || name === 'icmp-admin-prohibited') return name;
  if (name.endsWith('prohibited')) return 'icmp-admin-prohibited';
  if (name === 'icmp6-no-route') return 'icmp-net-unreachable';
  return name === 'icmp6-addr-unreachable' ? 'icmp-host-unreachable' : 'icmp-port-unreachable';
}

export function count(ev: Evaluation, family: Family, chain: string, rule: string): void {
  const counters = ev.ns.counters[family];
  let rows = counters[chain];
  if (rows === undefined) {
    rows = {};
    counters[chain] = rows;
  }
  const hits = rows[rule];
  if (hits === undefined) rows[rule] = [1, ev.bytes];
  else {
    hits[0] += 1;
    hits[1] += ev.bytes;
  }
}

const matched = -1;
const failedSrc = -2;
const failedDst = -3;
const failedIif = -4;
const failedOif = -5;
const failedProto = -6;

/** `matched`, what failed first, or the number of the match that failed. */
function failing(rule: Rule, ev: Evaluation): number {
  if (rule.src !== null && within(ev.src, rule.src.words, rule.src.mask) === rule.src.inv) return failedSrc;
  if (rule.dst !== null && within(ev.dst, rule.dst.words, rule.dst.mask) === rule.dst.inv) return failedDst;
  if (rule.iif !== null && !device(rule.iif, ev.skb.iif, ev)) return failedIif;
  if (rule.oif !== null && !device(rule.oif, ev.skb.oif, ev)) return failedOif;
  if (rule.proto !== '' && (rule.proto === protocolOf(ev)) === rule.protoInv) return failedProto;
  const { matches } = rule;
  for (let i = 0; i < matches.length; i += 1) {
    const match = matches[i] as Rule['matches'][number];
    if (match.ext !== 'comment' && !matchExtension(match).test(match.value as never, ev)) return i;
  }
  return matched;
}

const device = (c: DeviceCondition, name: string | undefined, ev: Evaluation): boolean => (ev.looseDevices && name === undefined) || deviceMatches(c, name);

/** An ICMP error is no packet of the protocol it tells about. */
const protocolOf = ({ skb }: Evaluation): string =>
  skb.flags === 'UNREACHABLE' || skb.protocol === 'icmp' ? (skb.src.includes(':') ? 'ipv6-icmp' : 'icmp') : skb.protocol;

function tell(
  ev: Evaluation,
  place: Place,
  chain: Chain,
  rule: Rule,
  nth: number,
  failed: number,
  depth: number,
  before: ReturnType<typeof snapshot> | undefined,
): void {
  if (failed !== matched && (ev.steps?.length ?? 0) > maxTold) return;
  const step: NonNullable<Evaluation['steps']>[number] = {
    kind: 'rule',
    hook: ev.hook,
    table: place.name,
    chain: chain.name,
    text: byOf(chain, rule, place.family),
    matched: failed === matched,
    depth: depth + 1,
    place: nth,
  };
  if (failed !== matched) step.detail = whyNot(rule, ev, failed);
  else if (rule.matches.some((m) => m.ext === 'statistic')) step.detail = 'drawn';
  if (before) step.before = before;
  (ev.steps as NonNullable<Evaluation['steps']>).push(step);
}

function whyNot(rule: Rule, ev: Evaluation, failed: number): string {
  const { skb } = ev;
  if (failed === failedSrc) return `source is ${skb.src}`;
  if (failed === failedDst) return `destination is ${skb.dst}`;
  if (failed === failedIif) return skb.iif === undefined ? 'it came in by no device' : `it came in by ${skb.iif}`;
  if (failed === failedOif) return skb.oif === undefined ? 'it leaves by no device' : `it leaves by ${skb.oif}`;
  if (failed === failedProto) return `protocol is ${protocolOf(ev)}`;
  const match = rule.matches[failed] as Rule['matches'][number];
  return matchExtension(match).why(match.value as never, ev);
}
