/** The rules of a kernel by table and chain, a page of rows at a time. */
import type { Family } from '../contracts/netfilter.ts';
import { entriesOf, lookUp } from '../node/os/netfilter/buckets.ts';
import type { Ipset } from '../node/os/netfilter/ipset.ts';
import { parsedLine } from '../node/os/netfilter/iptables/compile.ts';
import { ruleText } from '../node/os/netfilter/iptables/print-rule.ts';
import type { Chain } from '../node/os/netfilter/iptables/rule.ts';
import { chainOf, chainsInOrder, tableNames } from '../node/os/netfilter/iptables/tables.ts';
import { inOrder, type NftChain, type NftSet } from '../node/os/netfilter/nft/state.ts';
import type { Namespace, NetfilterTables } from '../node/os/netfilter/state.ts';
import type { ChainList, Found, RuleRow, RuleRows } from './questions.ts';

/** Rows of one page. */
export const mostRows = 400;
/** Chains a table tells by name; the others are found by jumping to them. */
const mostChains = 400;

const ipvsTable = 'ipvs';
const setsTable = 'ipset';
const families: [string, Family][] = [
  ['', 'IPv4'],
  ['6 ', 'IPv6'],
];

/** A list of rows by any way in: their number, and the text of each. */
interface Rows {
  total: number;
  row(i: number): RuleRow;
}

const place = (name: string): { family: Family; table: string } | null => {
  if (tableNames.includes(name)) return { family: 'IPv4', table: name };
  return name.startsWith('6 ') && tableNames.includes(name.slice(2)) ? { family: 'IPv6', table: name.slice(2) } : null;
};

export function chainList(state: NetfilterTables): ChainList['tables'] {
  const ns = state.host;
  const out: ChainList['tables'] = [];
  for (const [prefix, family] of families)
    for (const name of ['nat', 'filter', 'mangle', 'raw', 'security']) {
      const table = ns.iptables[family][name];
      if (!table) continue;
      const chains = chainsInOrder(name, table).map((c) => ({ name: c.name, rules: c.lines.length, policy: c.policy as string }));
      const total = chains.reduce((sum, c) => sum + c.rules, 0);
      if (total > 0) out.push(tableOf(`${prefix}${name}`, total, chains));
    }
  for (const key in ns.nft) {
    const table = ns.nft[key];
    if (!table) continue;
    const sets = inOrder(table.sets).map((s) => ({ name: `@${s.name}`, rules: s.elements.size, policy: '' }));
    const chains = inOrder(table.chains).map((c) => ({ name: c.name, rules: c.rules.length, policy: c.base?.policy ?? '' }));
    const total = chains.reduce((sum, c) => sum + c.rules, 0);
    if (total > 0) out.push(tableOf(key, total, [...chains, ...sets]));
  }
  if (ns.ipvs.count > 0) out.push(tableOf(ipvsTable, ns.ipvs.count, [{ name: 'virtual servers', rules: ipvsRows(ns).total, policy: '' }]));
  const sets = Object.entries(ns.sets);
  if (sets.length > 0) {
    const chains = sets.map(([name, set]) => ({ name, rules: set.entries.size, policy: set.settype }));
    out.push(
      tableOf(
        setsTable,
        chains.reduce((sum, c) => sum + c.rules, 0),
        chains,
      ),
    );
  }
  return out;
}

function tableOf(name: string, rules: number, chains: ChainList['tables'][number]['chains']): ChainList['tables'][number] {
  // Chains of single Services are many, and met where they are called.
  const many = chains.length > mostChains;
  const told = many
    ? chains.filter((c) => !/^(KUBE-(SVC|SVL|SEP|EXT|FW)-|service-|endpoint-|local-|external-|firewall-\w{8}-|@affinity-)/.test(c.name)).slice(0, mostChains)
    : chains;
  return { name, rules, chains: told, more: chains.length - told.length };
}

export function ruleRows(state: NetfilterTables, table: string, chain: string, from: number, count: number): RuleRows {
  const rows = rowsOf(state.host, table, chain);
  const start = Math.max(0, Math.min(rows.total, Math.floor(from) || 0));
  const end = Math.min(rows.total, start + Math.max(0, Math.min(mostRows, Math.floor(count) || 0)));
  const out: RuleRow[] = [];
  for (let i = start; i < end; i += 1) out.push(rows.row(i));
  return { total: rows.total, from: start, rows: out };
}

/** Looks from row `after` on, and from the top when nothing follows. */
export function findRule(state: NetfilterTables, table: string, chain: string, text: string, after: number): Found {
  const ns = state.host;
  const wanted = text.toLowerCase();
  const out: Found = { place: 0, inChain: 0, inTable: 0, elsewhere: '' };
  if (wanted === '') return out;
  let first = 0;
  const rows = rowsOf(ns, table, chain);
  for (let i = 0; i < rows.total; i += 1) {
    if (!rows.row(i).text.toLowerCase().includes(wanted)) continue;
    out.inChain += 1;
    if (first === 0) first = i + 1;
    if (out.place === 0 && i + 1 > after) out.place = i + 1;
  }
  out.place ||= first;
  for (const [name, text] of textsOf(ns, table)) {
    if (!text.toLowerCase().includes(wanted)) continue;
    out.inTable += 1;
    if (out.elsewhere === '' && name !== chain) out.elsewhere = name;
  }
  return out;
}

/** Rules of a table as they were written, with their chain. */
function* textsOf(ns: Namespace, table: string): Generator<[string, string]> {
  const at = place(table);
  if (at) {
    const there = ns.iptables[at.family][at.table];
    if (there) for (const c of chainsInOrder(at.table, there)) for (const line of c.lines) yield [c.name, line];
    return;
  }
  const nft = Object.hasOwn(ns.nft, table) ? ns.nft[table] : undefined;
  if (!nft) return;
  for (const [, c] of entriesOf(nft.chains)) for (const rule of c.rules) yield [c.name, rule.text];
  for (const [, s] of entriesOf(nft.sets)) for (const [key, e] of entriesOf(s.elements)) yield [`@${s.name}`, `${key} ${e.value} ${e.comment}`];
}

const nothing: Rows = {
  total: 0,
  row: () => ({ place: 0, packets: 0, text: '', calls: '', origin: '' }),
};

function rowsOf(ns: Namespace, table: string, chain: string): Rows {
  const at = place(table);
  if (at) {
    const there = ns.iptables[at.family][at.table];
    const found = chainOf(there, chain);
    return found ? iptablesRows(ns, at.family, at.table, found) : nothing;
  }
  if (table === ipvsTable) return ipvsRows(ns);
  if (table === setsTable) {
    const set = Object.hasOwn(ns.sets, chain) ? ns.sets[chain] : undefined;
    return set ? textRows(setEntries(set)) : nothing;
  }
  const nft = Object.hasOwn(ns.nft, table) ? ns.nft[table] : undefined;
  if (!nft) return nothing;
  if (chain.startsWith('@')) {
    const set = lookUp(nft.sets, chain.slice(1));
    return set ? elementRows(set) : nothing;
  }
  const found = lookUp(nft.chains, chain);
  return found ? nftRows(found) : nothing;
}

function iptablesRows(ns: Namespace, family: Family, table: string, chain: Chain): Rows {
  const hits = ns.counters[family][`${table} ${chain.name}`];
  return {
    total: chain.lines.length,
    row: (i) => {
      const text = `-A ${chain.name}${ruleText(parsedLine(chain.lines[i] as string, family), family)}`;
      const comment = /--comment (?:"((?:[^"\\]|\\.)*)"|(\S+))/.exec(text);
      return { place: i + 1, packets: hits?.[`r${i}`]?.[0] ?? 0, text, calls: chain.jumps[i] ?? '', origin: originOf(comment?.[1] ?? comment?.[2] ?? '') };
    },
  };
}

/** kube-proxy's comments begin with the Service port they are about. */
export const originOf = (comment: string): string => /(?:^|\s)([a-z0-9-]+\/[a-z0-9-]+(?::[a-z0-9-]+)?)(?=\s|$)/.exec(comment)?.[1] ?? '';

function nftRows(chain: NftChain): Rows {
  const own = /^(?:service|local|external|firewall|endpoint)-\w{8}-([^/]+)\/([^/]+)\/(\w+)\/([^_]*)/.exec(chain.name);
  const origin = own ? `${own[1]}/${own[2]}${own[4] ? `:${own[4]}` : ''}` : '';
  return {
    total: chain.rules.length,
    row: (i) => {
      const text = chain.rules[i]?.text ?? '';
      return { place: i + 1, packets: 0, text, calls: /\b(?:jump|goto) (\S+)/.exec(text)?.[1] ?? /vmap (@\S+)/.exec(text)?.[1] ?? '', origin };
    },
  };
}

function elementRows(set: NftSet): Rows {
  const entries = entriesOf(set.elements);
  return {
    total: entries.length,
    row: (i) => {
      const [key, e] = entries[i] as [string, { value: string; comment: string }];
      const calls = /^(?:goto|jump) (\S+)/.exec(e.value)?.[1] ?? '';
      const own = /-\w{8}-([^/]+)\/([^/]+)\/(\w+)\/([^_]*)/.exec(calls);
      const origin = own ? `${own[1]}/${own[2]}${own[4] ? `:${own[4]}` : ''}` : originOf(e.comment);
      return { place: i + 1, packets: 0, text: `${key}${e.comment ? ` comment "${e.comment}"` : ''}${e.value ? ` : ${e.value}` : ''}`, calls, origin };
    },
  };
}

/** A row for each virtual server and each of its real servers. Rows are made once for each state of the table. */
function ipvsRows(ns: Namespace): Rows {
  const lines: { text: string; packets: number }[] = [];
  for (const key in ns.ipvs.services) {
    const s = ns.ipvs.services[key];
    if (!s) continue;
    lines.push({
      text: `${s.protocol.toUpperCase()}  ${s.ip}:${s.port} ${s.scheduler}${s.persistentSeconds > 0 ? ` persistent ${s.persistentSeconds}` : ''}`,
      packets: s.connections,
    });
    for (const r of s.reals) lines.push({ text: `  -> ${r.ip}:${r.port} Masq ${r.weight}`, packets: 0 });
  }
  return { total: lines.length, row: (i) => ({ place: i + 1, packets: lines[i]?.packets ?? 0, text: lines[i]?.text ?? '', calls: '', origin: '' }) };
}

const textRows = (lines: readonly string[]): Rows => ({
  total: lines.length,
  row: (i) => ({ place: i + 1, packets: 0, text: lines[i] ?? '', calls: '', origin: '' }),
});

const setEntries = (set: Ipset): string[] => entriesOf(set.entries).map(([entry]) => entry);
