/** ipset: hash:ip, hash:net, hash:ip,port, hash:ip,port,ip, hash:ip,port,net, hash:net,port, bitmap:port. Models net/netfilter/ipset and its tool (7.17). */
import type { Family, IpsetAnswer, IpsetInfo, IpsetRequest } from '../../../contracts/netfilter.ts';
import { share } from '../../../engine/share.ts';
import type { Skb } from '../hooks.ts';
import { type Buckets, emptyBuckets, entriesOf, forbiddenKey, lookUp, put, update } from './buckets.ts';
import { bitsOf, formatIp, masked, maskOf, parseIp, wordsOf } from './ip.ts';
import { protocolName } from './iptables/rule.ts';
import type { Namespace } from './state.ts';

/** Replaced as a whole. */
export interface Ipset {
  readonly settype: string;
  readonly family: Family;
  readonly comment: string;
  /** Entry as it is printed → 1. */
  readonly entries: Buckets<1>;
  /** Lengths of prefixes that entries have, for types with `net`: longest first. */
  readonly prefixes: readonly number[];
}
export type Ipsets = Record<string, Ipset>;

const kinds: Readonly<Record<string, readonly ('ip' | 'net' | 'port')[]>> = {
  'hash:ip': ['ip'],
  'hash:net': ['net'],
  'hash:ip,port': ['ip', 'port'],
  'hash:net,port': ['net', 'port'],
  'hash:ip,port,ip': ['ip', 'port', 'ip'],
  'hash:ip,port,net': ['ip', 'port', 'net'],
  'bitmap:port': ['port'],
};
const maxName = 31;
const maxSets = 4096;
/** `maxelem` of hash sets. */
const maxElements = 65_536;

export interface IpsetResult extends IpsetAnswer {
  changed?: boolean;
}

const known = (sets: Ipsets, name: string): Ipset | undefined => (Object.hasOwn(sets, name) ? sets[name] : undefined);
const missing = { error: 'The set with the given name does not exist' };

export function serveIpset(ns: Namespace, request: IpsetRequest, usedBy: (name: string) => boolean): IpsetResult {
  const { sets } = ns;
  switch (request.op) {
    case 'create': {
      const { name, settype, family } = request;
      if (typeof name !== 'string' || name === '' || name.length > maxName || forbiddenKey(name))
        return { error: `Syntax error: setname '${name}' is longer than ${maxName} characters` };
      if (!Object.hasOwn(kinds, settype)) return { error: `Syntax error: unknown settype ${settype}` };
      if (known(sets, name)) return { error: 'Set cannot be created: set with the same name already exists' };
      if (Object.keys(sets).length >= maxSets) return { error: `Kernel error received: more than ${maxSets} sets` };
      sets[name] = share({ settype, family, comment: request.comment ?? '', entries: emptyBuckets, prefixes: [] });
      return { changed: true };
    }
    case 'destroy':
      if (!known(sets, request.name)) return missing;
      if (usedBy(request.name)) return { error: 'Set cannot be destroyed: it is in use by a kernel component' };
      delete sets[request.name];
      return { changed: true };
    case 'flush': {
      const set = known(sets, request.name);
      if (!set) return missing;
      sets[request.name] = share({ ...set, entries: emptyBuckets, prefixes: [] });
      return { changed: set.entries.size > 0 };
    }
    case 'add':
    case 'del': {
      const set = known(sets, request.name);
      if (!set) return missing;
      const entry = canonicalEntry(set, request.entry);
      if (typeof entry !== 'string') return entry;
      const there = lookUp(set.entries, entry) !== undefined;
      const adding = request.op === 'add';
      if (adding && there) return { error: "Element cannot be added to the set: it's already added" };
      if (!adding && !there) return { error: "Element cannot be deleted from the set: it's not added" };
      if (adding && set.entries.size >= maxElements && set.settype !== 'bitmap:port')
        return { error: `Hash is full, cannot add more elements (maxelem ${maxElements})` };
      const prefix = prefixOf(set, entry);
      const prefixes = !adding || prefix < 0 || set.prefixes.includes(prefix) ? set.prefixes : [...set.prefixes, prefix].sort((a, b) => b - a);
      sets[request.name] = share({ ...set, prefixes, entries: put(set.entries, entry, adding ? 1 : undefined) });
      return { changed: true };
    }
    case 'restore':
      return addAll(sets, request.name, request.add);
    case 'list': {
      if (request.name !== undefined && !known(sets, request.name)) return missing;
      const names = request.name === undefined ? Object.keys(sets) : [request.name];
      return { sets: names.map((name) => infoOf(name, sets[name] as Ipset)) };
    }
    default:
      return { error: 'Syntax error: unknown command' };
  }
}

function addAll(sets: Ipsets, name: string, list: readonly string[]): IpsetResult {
  const set = known(sets, name);
  if (!set) return missing;
  const added = new Map<string, 1>();
  const prefixes = new Set(set.prefixes);
  let wrong: IpsetResult | null = null;
  for (const text of list) {
    const entry = canonicalEntry(set, text);
    if (typeof entry !== 'string') wrong = entry;
    else if (added.has(entry) || lookUp(set.entries, entry) !== undefined) wrong = { error: "Element cannot be added to the set: it's already added" };
    else if (set.entries.size + added.size >= maxElements && set.settype !== 'bitmap:port')
      wrong = { error: `Hash is full, cannot add more elements (maxelem ${maxElements})` };
    if (wrong) break;
    added.set(entry as string, 1);
    const prefix = prefixOf(set, entry as string);
    if (prefix >= 0) prefixes.add(prefix);
  }
  if (added.size > 0) sets[name] = share({ ...set, prefixes: [...prefixes].sort((a, b) => b - a), entries: update(set.entries, added) });
  return { ...(wrong ?? {}), changed: added.size > 0 };
}

function infoOf(name: string, set: Ipset): IpsetInfo {
  const entries = entriesOf(set.entries).map(([entry]) => entry);
  if (set.settype === 'bitmap:port') entries.sort((a, b) => Number(a) - Number(b));
  else entries.sort();
  return { name, settype: set.settype, family: set.family, entries };
}

/** `10.0.0.1,tcp:80` as the kernel prints it: addresses short, protocols by name, full prefixes left out. */
function canonicalEntry(set: Ipset, text: string): string | { error: string } {
  const kind = kinds[set.settype] ?? [];
  const parts = String(text).split(',');
  if (parts.length !== kind.length) return { error: `Syntax error: ${set.settype} needs ${kind.length} parts: ${text}` };
  const out: string[] = [];
  for (let i = 0; i < kind.length; i += 1) {
    const part = parts[i] as string;
    if (kind[i] === 'port') {
      const colon = part.lastIndexOf(':');
      const proto = colon < 0 ? 'tcp' : protocolName(part.slice(0, colon));
      const port = colon < 0 ? part : part.slice(colon + 1);
      if (proto === null || !/^\d{1,5}$/.test(port) || Number(port) > 65535) return { error: `Syntax error: '${part}' is invalid as number` };
      out.push(set.settype === 'bitmap:port' ? String(Number(port)) : `${proto}:${Number(port)}`);
      continue;
    }
    const slash = part.indexOf('/');
    const words = parseIp(slash < 0 ? part : part.slice(0, slash), set.family);
    const full = bitsOf(set.family);
    const bits = slash < 0 ? full : Number(part.slice(slash + 1));
    if (!words || !Number.isInteger(bits) || bits < 0 || bits > full || (kind[i] === 'ip' && bits !== full))
      return { error: `Syntax error: cannot parse ${part}: resolving to ${set.family} address failed` };
    if (bits === 0) return { error: 'The value of the CIDR parameter of the IP address is invalid' };
    const ip = formatIp(masked(words, maskOf(bits, words.length)));
    out.push(bits === full ? ip : `${ip}/${bits}`);
  }
  return out.join(',');
}

/** Length of the prefix in an entry of a type with `net`; -1: the type has none. */
function prefixOf(set: Ipset, entry: string): number {
  if (!set.settype.includes('net')) return -1;
  const slash = entry.indexOf('/');
  if (slash < 0) return bitsOf(set.family);
  return Number.parseInt(entry.slice(slash + 1), 10);
}

/** `-m set --match-set NAME DIRS`. A set that is not there has nothing. */
export function setHas(ns: Namespace, name: string, dirs: readonly string[], skb: Skb): boolean {
  const set = known(ns.sets, name);
  if (!set || set.entries.size === 0) return false;
  const kind = kinds[set.settype] as readonly string[];
  let key = '';
  let net = -1;
  for (let i = 0; i < kind.length; i += 1) {
    const source = dirs[Math.min(i, dirs.length - 1)] === 'src';
    const ip = source ? skb.src : skb.dst;
    const port = source ? skb.sport : skb.dport;
    if (i > 0) key += ',';
    if (kind[i] === 'port') key += set.settype === 'bitmap:port' ? String(port) : `${skb.protocol}:${port}`;
    else if (kind[i] === 'ip') key += ip;
    else {
      net = key.length;
      key += ip;
    }
  }
  if (net < 0) return lookUp(set.entries, key) !== undefined;
  const end = key.indexOf(',', net) < 0 ? key.length : key.indexOf(',', net);
  const words = wordsOf(key.slice(net, end));
  for (const bits of set.prefixes) {
    const ip = formatIp(masked(words, maskOf(bits, words.length)));
    const part = bits === bitsOf(set.family) ? ip : `${ip}/${bits}`;
    if (lookUp(set.entries, `${key.slice(0, net)}${part}${key.slice(end)}`) !== undefined) return true;
  }
  return false;
}
