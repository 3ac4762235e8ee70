/** `nft -s list table`. Models nftables 1.0.6 src/rule.c and expression.c. */
import type { NetfilterAnswer } from '../../../../contracts/netfilter.ts';
import { entriesOf } from '../buckets.ts';
import type { Namespace } from '../state.ts';
import { inOrder, type NftChain, type NftElement, type NftHook, type NftSet, type NftTable, priorities, tableKey } from './state.ts';
import { compareRanks, type Rank, rankOf, setTypes, timeText } from './values.ts';

/** Without a table: all of the family; without a family: all. */
export function listNft(ns: Namespace, family: string | undefined, name: string | undefined, nowMs: number): NetfilterAnswer {
  if (name !== undefined) {
    const key = tableKey(family ?? 'ip', name);
    const table = Object.hasOwn(ns.nft, key) ? ns.nft[key] : undefined;
    if (!table)
      return {
        error: `Error: No such file or directory\nlist table ${family ?? 'ip'} ${name}\n${' '.repeat(12 + (family ?? 'ip').length)}${'^'.repeat(name.length)}`,
        code: 1,
      };
    return { text: tableText(table, nowMs), code: 0 };
  }
  const tables = Object.values(ns.nft).filter((table) => family === undefined || table.family === family);
  tables.sort((a, b) => a.order - b.order);
  return { text: tables.map((table) => tableText(table, nowMs)).join(''), code: 0 };
}

function tableText(table: NftTable, nowMs: number): string {
  const parts = [...inOrder(table.sets).map((set) => setText(set, nowMs)), ...inOrder(table.chains).map(chainText)];
  return `table ${table.family} ${table.name} {\n${table.comment ? `\tcomment "${table.comment}"\n` : ''}${parts.join('\n')}}\n`;
}

function setText(set: NftSet, nowMs: number): string {
  const lines = [`\t${set.map ? 'map' : 'set'} ${set.name} {`, `\t\ttype ${set.key.join(' . ')}${set.map ? ` : ${set.data.join(' . ')}` : ''}`];
  const dynamic = set.flags.includes('dynamic');
  if (set.size > 0 || dynamic) lines.push(`\t\tsize ${set.size || 65535}`);
  if (set.flags.length > 0) lines.push(`\t\tflags ${['constant', 'interval', 'dynamic', 'timeout'].filter((f) => set.flags.includes(f)).join(',')}`);
  if (set.timeoutMs > 0) lines.push(`\t\ttimeout ${timeText(set.timeoutMs)}`);
  if (set.comment) lines.push(`\t\tcomment "${set.comment}"`);
  const elements = elementsText(set, nowMs);
  if (elements !== '') lines.push(`\t\telements = { ${elements} }`);
  lines.push('\t}\n');
  return lines.join('\n');
}

function elementsText(set: NftSet, nowMs: number): string {
  const entries = entriesOf(set.elements).filter(([, e]) => e.expiresMs === 0 || e.expiresMs > nowMs);
  const types = set.key.map((type) => setTypes[type] as string);
  const ranks = new Map(entries.map(([key]) => [key, key.split(' . ').map((part, i) => rankOf(types[i] ?? '', part))]));
  entries.sort(([a], [b]) => {
    const [x, y] = [ranks.get(a) as Rank[], ranks.get(b) as Rank[]];
    for (let i = 0; i < types.length; i += 1) {
      const order = compareRanks(x[i] ?? '', y[i] ?? '');
      if (order !== 0) return order;
    }
    return 0;
  });
  const perLine = set.map || set.key.length > 1 || set.key[0] === 'ipv6_addr' || set.flags.includes('timeout') ? 1 : 2;
  return entries.map(([key, e], i) => `${i === 0 ? '' : i % perLine === 0 ? ',\n\t\t\t     ' : ', '}${elementText(set, key, e)}`).join('');
}

const elementText = (set: NftSet, key: string, e: NftElement): string =>
  `${key}${e.timeoutMs > 0 && e.timeoutMs !== set.timeoutMs ? ` timeout ${timeText(e.timeoutMs)}` : ''}${e.comment ? ` comment "${e.comment}"` : ''}${
    e.value ? ` : ${e.value}` : ''
  }`;

function chainText(chain: NftChain): string {
  const lines = [`\tchain ${chain.name} {`];
  if (chain.comment) lines.push(`\t\tcomment "${chain.comment}"`);
  if (chain.base) lines.push(`\t\ttype ${chain.base.type} hook ${chain.base.hook} priority ${priorityText(chain.base)}; policy ${chain.base.policy};`);
  for (const rule of chain.rules) lines.push(`\t\t${rule.text}`);
  lines.push('\t}\n');
  return lines.join('\n');
}

/** `dstnat` is a name at prerouting only, `srcnat` at postrouting; ten steps around a name are said by it. */
function priorityText({ hook, priority }: NftHook): string {
  for (const name in priorities) {
    if ((name === 'dstnat' && hook !== 'prerouting') || (name === 'srcnat' && hook !== 'postrouting')) continue;
    const offset = priority - (priorities[name] as number);
    if (offset === 0) return name;
    if (offset >= -10 && offset <= 10) return `${name} ${offset < 0 ? '-' : '+'} ${Math.abs(offset)}`;
  }
  return String(priority);
}
