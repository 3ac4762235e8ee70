/** `iptables -L` and `-S`. Models iptables/xshared.c print_rule_details and friends (1.8.9). */
import type { Family } from '../../../../contracts/netfilter.ts';
import type { Namespace } from '../state.ts';
import { listAddress } from './addresses.ts';
import { compiled } from './compile.ts';
import { usersOf } from './jumps.ts';
import { matchExtension } from './parse-rule.ts';
import { ruleText } from './print-rule.ts';
import { type Chain, protocolNumber, type Rule } from './rule.ts';
import { chainOf, type Table } from './tables.ts';
import { targets } from './targets.ts';

export interface ListOptions {
  ns: Namespace;
  family: Family;
  table: string;
  numeric: boolean;
  verbose: boolean;
  lineNumbers: boolean;
  exact: boolean;
}

export function listSpecs(options: ListOptions, chains: readonly Chain[]): string {
  const { family, ns, table, verbose } = options;
  const lines: string[] = [];
  const counts = (chain: Chain, row: string): string => {
    const hits = ns.counters[family][`${table} ${chain.name}`]?.[row] ?? [0, 0];
    return verbose ? ` -c ${hits[0]} ${hits[1]}` : '';
  };
  for (const chain of chains) lines.push(chain.policy ? `-P ${chain.name} ${chain.policy}${counts(chain, 'policy')}` : `-N ${chain.name}`);
  for (const chain of chains)
    compiled(chain, table, family).rules.forEach((rule, i) => {
      const text = ruleText(rule, family);
      if (!verbose) lines.push(`-A ${chain.name}${text}`);
      else {
        const jump = rule.target ? text.lastIndexOf(rule.target.kind === 'goto' ? ' -g ' : ' -j ') : text.length;
        lines.push(`-A ${chain.name}${text.slice(0, jump)}${counts(chain, `r${i}`)}${text.slice(jump)}`);
      }
    });
  return lines.map((line) => `${line}\n`).join('');
}

export function listChains(options: ListOptions, table: Table, chains: readonly Chain[]): string {
  return chains.map((chain) => listChain(options, table, chain)).join('\n');
}

function listChain(options: ListOptions, table: Table, chain: Chain): string {
  const { ns, family, verbose } = options;
  const rows = ns.counters[family][`${options.table} ${chain.name}`];
  const policy = rows?.policy ?? [0, 0];
  const lines: string[] = [];
  if (chain.policy)
    lines.push(`Chain ${chain.name} (policy ${chain.policy}${verbose ? ` ${total(policy[0], options)} packets, ${total(policy[1], options)} bytes` : ''})`);
  else lines.push(`Chain ${chain.name} (${references(table, chain.name)} references)`);
  const number = options.lineNumbers ? 'num  ' : '';
  lines.push(
    verbose
      ? `${number} pkts bytes target     prot opt in     out     source               destination         `
      : `${number}target     prot opt source               destination         `,
  );
  compiled(chain, options.table, family).rules.forEach((rule, i) => {
    const [packets, bytes] = rows?.[`r${i}`] ?? [0, 0];
    const before = `${options.lineNumbers ? `${String(i + 1).padEnd(4)} ` : ''}${verbose ? `${figure(packets, options)}${figure(bytes, options)}` : ''}`;
    lines.push(before + ruleRow(rule, options));
  });
  return `${lines.join('\n')}\n`;
}

function ruleRow(rule: Rule, { family, numeric, verbose }: ListOptions): string {
  const { target } = rule;
  const name = target === null ? '' : target.kind === 'jump' || target.kind === 'goto' ? target.chain : target.kind;
  const proto = numeric ? String(protocolNumber(rule.proto)) : rule.proto === '' ? 'all' : rule.proto;
  let row = `${name.padEnd(9)} ${rule.protoInv ? '!' : ' '}${proto.padEnd(4)} `;
  row += family === 'IPv4' ? '-- ' : '   ';
  if (verbose) row += ` ${device(rule.iif).padEnd(6)} ${device(rule.oif).padEnd(6)} `;
  const address = (c: Rule['src']): string => {
    const text = listAddress(c, family);
    const any = !numeric && c === null ? 'anywhere' : text.replace('!', '');
    return `${c?.inv ? '!' : ' '}${any.padEnd(19)} `;
  };
  row += address(rule.src) + address(rule.dst);
  if (target?.kind === 'goto') row += '[goto] ';
  for (const match of rule.matches) {
    const text = matchExtension(match).list(match.value as never, family);
    if (text !== '') row += ` ${text}`;
  }
  const extension = target ? targets[target.kind] : undefined;
  const text = extension ? extension.list(target?.value as never, family) : '';
  return text === '' ? row : `${row} ${text}`;
}

const device = (c: Rule['iif']): string => (c === null ? '*' : `${c.inv ? '!' : ''}${c.name}`);

/** Five places; thousands and millions when it is more than 99999, unless exact. */
function figure(value: number, { exact }: ListOptions): string {
  if (exact) return `${String(value).padStart(8)} `;
  if (value <= 99_999) return `${String(value).padStart(5)} `;
  let rest = Math.floor((value + 500) / 1000);
  for (const unit of ['K', 'M', 'G']) {
    if (rest <= 9999 || unit === 'G') return `${String(rest).padStart(4)}${unit} `;
    rest = Math.floor((rest + 500) / 1000);
  }
  return '';
}

const total = (value: number, options: ListOptions): string => figure(value, options).trim();

/** Rules that jump to a chain. */
function references(table: Table, name: string): number {
  let count = 0;
  for (const user of usersOf(table, name)) for (const target of chainOf(table, user)?.jumps ?? []) if (target === name) count += 1;
  return count;
}
