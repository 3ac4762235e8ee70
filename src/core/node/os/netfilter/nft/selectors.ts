/** What a rule asks of a packet: `ip saddr`, `meta mark`, `ct state` … */
import { NftError, type Reader } from './lexer.ts';
import type { Selector } from './rule.ts';

const starts = ['ip', 'ip6', 'th', 'tcp', 'udp', 'sctp', 'icmp', 'icmpv6', 'meta', 'ct', 'fib', 'numgen'];
const bareMeta = ['mark', 'iif', 'oif', 'iifname', 'oifname', 'l4proto', 'nfproto', 'skuid'];

export const isSelector = (r: Reader): boolean => !r.token.quoted && (starts.includes(r.text) || bareMeta.includes(r.text));

export function parseSelectors(r: Reader): Selector[] {
  const out = [parseSelector(r)];
  while (r.take('.')) out.push(parseSelector(r));
  return out;
}

const fields: Record<string, readonly string[]> = {
  ip: ['saddr', 'daddr', 'protocol'],
  ip6: ['saddr', 'daddr', 'nexthdr'],
  th: ['sport', 'dport'],
  tcp: ['sport', 'dport', 'flags'],
  udp: ['sport', 'dport'],
  sctp: ['sport', 'dport'],
  icmp: ['type'],
  icmpv6: ['type'],
  meta: [...bareMeta],
  ct: ['state', 'status', 'mark', 'direction'],
};

function parseSelector(r: Reader): Selector {
  const plain = (kind: string, field: string): Selector => ({ kind, field, mod: 0, offset: 0 });
  const token = r.token;
  const word = r.word();
  if (bareMeta.includes(word)) return plain('meta', word);
  if (word === 'fib') {
    const what = r.word();
    if (what !== 'daddr' && what !== 'saddr') throw new NftError(`syntax error, unexpected ${what}`, token);
    while (r.take('.')) r.word();
    r.expect('type');
    return plain('fib', what);
  }
  if (word === 'numgen') {
    const mode = r.word();
    if (mode !== 'random' && mode !== 'inc') throw new NftError(`syntax error, unexpected ${mode}`, token);
    r.expect('mod');
    const mod = r.number();
    if (mod < 1) throw new NftError('modulus cannot be zero', token);
    const offset = r.take('offset') ? r.number() : 0;
    return { kind: 'numgen', field: mode, mod, offset };
  }
  const known = Object.hasOwn(fields, word) ? (fields[word] as readonly string[]) : undefined;
  if (!known) throw new NftError(`syntax error, unexpected ${token.quoted ? 'quoted string' : word}`, token);
  const at = r.token;
  let field = r.word();
  if (word === 'ct' && (field === 'original' || field === 'reply')) {
    const rest = r.word();
    if (rest === 'ip' || rest === 'ip6') field = `${field} ${rest} ${r.word()}`;
    else field = `${field} ${rest}`;
    if (!/^(original|reply) ((ip|ip6) )?(saddr|daddr|proto-dst|proto-src)$/.test(field)) throw new NftError(`syntax error, unexpected ${field}`, at);
    return plain('ct', field);
  }
  if (!known.includes(field)) throw new NftError(`syntax error, unexpected ${field}`, at);
  return plain(word, field);
}

/** What values of a selector are. */
export function typeOf({ kind, field }: Selector): string {
  if (kind === 'fib') return 'fibtype';
  if (kind === 'numgen') return 'number';
  if (kind === 'ct') {
    if (field.endsWith('addr')) return field.includes('ip6') ? 'ip6' : 'ip';
    if (field.includes('proto-')) return 'port';
    return field === 'mark' ? 'mark' : field;
  }
  if (field === 'saddr' || field === 'daddr') return kind;
  if (field === 'sport' || field === 'dport') return 'port';
  if (field === 'l4proto' || field === 'protocol' || field === 'nexthdr') return 'proto';
  if (field === 'mark') return 'mark';
  if (field === 'iifname' || field === 'oifname' || field === 'iif' || field === 'oif') return 'ifname';
  if (field === 'nfproto') return 'nfproto';
  if (field === 'type') return 'icmptype';
  return field === 'flags' ? 'flags' : 'number';
}

function selectorText({ kind, field, mod, offset }: Selector): string {
  if (kind === 'fib') return `fib ${field} type`;
  if (kind === 'numgen') return `numgen ${field} mod ${mod}${offset ? ` offset ${offset}` : ''}`;
  if (kind === 'meta' && (field === 'iifname' || field === 'oifname' || field === 'iif' || field === 'oif')) return field;
  return `${kind} ${field}`;
}
export const selectorsText = (on: readonly Selector[]): string => on.map(selectorText).join(' . ');
