/** Values in nft's language: how they are written, compared and printed. */
import { compareWords, formatIp, masked, maskOf, parseAny, type Words, within, wordsOf } from '../ip.ts';
import { protocolName, protocolNumbers } from '../iptables/rule.ts';

/** 3h, 10m, 10800s, 1d2h → ms; null when it is none. */
export function parseTime(text: string): number | null {
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const m = /^(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,9})s)?(?:(\d{1,9})ms)?$/.exec(text);
  if (!m || text === '') return null;
  const [d, h, min, s, ms] = m.slice(1).map((part) => Number(part ?? 0)) as [number, number, number, number, number];
  return (((d * 24 + h) * 60 + min) * 60 + s) * 1000 + ms;
}

export function timeText(ms: number): string {
  const parts: string[] = [];
  let rest = ms;
  for (const [unit, size] of [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
    ['ms', 1],
  ] as const) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count}${unit}`);
  }
  return parts.join('') || '0s';
}

export const markText = (value: number): string => `0x${(value >>> 0).toString(16).padStart(8, '0')}`;

const ctBits: Record<string, string[]> = {
  state: ['invalid', 'established', 'related', 'new', 'untracked'],
  status: ['expected', 'seen-reply', 'assured', 'confirmed', 'snat', 'dnat', 'dying'],
  direction: ['original', 'reply'],
};
export const ctNames = (field: string): readonly string[] => ctBits[field] ?? [];

const services: Record<string, number> = { ssh: 22, domain: 53, http: 80, https: 443, ntp: 123 };

/** A value of a type as it is printed; null when it is none. `type`: what the selector gives. */
export function canonical(type: string, text: string): string | null {
  switch (type) {
    case 'ip':
    case 'ip6': {
      const dash = text.indexOf('-');
      if (dash > 0) {
        const [from, to] = [address(type, text.slice(0, dash)), address(type, text.slice(dash + 1))];
        return from !== null && to !== null && compareWords(wordsOf(from), wordsOf(to)) <= 0 ? `${from}-${to}` : null;
      }
      return address(type, text);
    }
    case 'proto': {
      const name = protocolName(text);
      return name === null || name === '' ? null : name;
    }
    case 'port': {
      if (Object.hasOwn(services, text)) return String(services[text]);
      const m = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
      if (!m || Number(m[1]) > 65535 || Number(m[2] ?? 0) > 65535) return null;
      return m[2] === undefined ? String(Number(m[1])) : `${Number(m[1])}-${Number(m[2])}`;
    }
    case 'mark': {
      const value = /^0x[0-9a-fA-F]{1,8}$/.test(text) ? Number.parseInt(text.slice(2), 16) : /^\d{1,10}$/.test(text) ? Number(text) : -1;
      return value >= 0 && value <= 0xffffffff ? markText(value) : null;
    }
    case 'number':
      return /^\d{1,10}$/.test(text) ? String(Number(text)) : null;
    case 'ifname':
      return text.length > 0 && text.length <= 16 ? text : null;
    case 'fibtype':
      return ['unspec', 'unicast', 'local', 'broadcast', 'anycast', 'multicast', 'blackhole', 'unreachable', 'prohibit'].includes(text) ? text : null;
    case 'state':
    case 'status':
    case 'direction': {
      const parts = text.split(',');
      const names = ctNames(type);
      return parts.every((p) => names.includes(p)) ? names.filter((name) => parts.includes(name)).join(',') : null;
    }
    case 'nfproto':
      return text === 'ipv4' || text === 'ipv6' ? text : null;
    case 'icmptype':
      return /^[a-z-]{3,30}$/.test(text) ? text : null;
    case 'flags':
      return /^[a-z|,]{3,40}$/.test(text) ? text : null;
    default:
      return text;
  }
}

function address(type: string, text: string): string | null {
  const slash = text.indexOf('/');
  const words = parseAny(slash < 0 ? text : text.slice(0, slash));
  if (!words || (words.length === 1) !== (type === 'ip')) return null;
  const full = words.length * 32;
  const bits = slash < 0 ? full : Number(text.slice(slash + 1) || 'x');
  if (!Number.isInteger(bits) || bits < 0 || bits > full) return null;
  const ip = formatIp(masked(words, maskOf(bits, words.length)));
  return bits === full ? ip : `${ip}/${bits}`;
}

/** Whether a packet's value is `pattern`: equal, in a prefix or range, with a device's wildcard, one of the bits. */
export function covers(type: string, pattern: string, value: string): boolean {
  if (pattern === value || pattern === '*') return true;
  if (type === 'ip' || type === 'ip6') {
    const slash = pattern.indexOf('/');
    const dash = slash < 0 ? pattern.indexOf('-') : -1;
    if (slash < 0 && dash < 0) return false;
    const ip = wordsOf(value);
    if (slash >= 0) {
      const net = wordsOf(pattern.slice(0, slash));
      return within(ip, net, maskOf(Number(pattern.slice(slash + 1)), net.length));
    }
    return compareWords(ip, wordsOf(pattern.slice(0, dash))) >= 0 && compareWords(ip, wordsOf(pattern.slice(dash + 1))) <= 0;
  }
  if (type === 'port') {
    const dash = pattern.indexOf('-');
    return dash > 0 && Number(value) >= Number(pattern.slice(0, dash)) && Number(value) <= Number(pattern.slice(dash + 1));
  }
  if (type === 'ifname') return pattern.endsWith('*') && value.startsWith(pattern.slice(0, -1));
  if (type === 'state' || type === 'status') {
    const has = value.split(',');
    return pattern.split(',').some((p) => has.includes(p));
  }
  return false;
}

export const isInterval = (text: string): boolean => text.includes('/') || text.includes('-') || text.includes('*');

/** What values of a type are ordered by. */
export type Rank = Words | number | string;

export function rankOf(type: string, text: string): Rank {
  if (type === 'ip' || type === 'ip6') return wordsOf(text.split(/[/-]/)[0] as string);
  if (type === 'port' || type === 'number') return Number.parseInt(text, 10);
  return type === 'proto' ? (protocolNumbers[text] ?? Number(text)) : text;
}

/** Of two values of one type. */
export function compareRanks(a: Rank, b: Rank): number {
  if (typeof a === 'number') return a - (b as number);
  if (typeof a === 'string') return a < (b as string) ? -1 : a > (b as string) ? 1 : 0;
  return compareWords(a, b as Words);
}

export const compareValues = (type: string, a: string, b: string): number => compareRanks(rankOf(type, a), rankOf(type, b));

/** Data types of sets → what the values are. */
export const setTypes: Readonly<Record<string, string>> = {
  ipv4_addr: 'ip',
  ipv6_addr: 'ip6',
  inet_proto: 'proto',
  inet_service: 'port',
  mark: 'mark',
  ifname: 'ifname',
  ct_state: 'state',
  ct_status: 'status',
  verdict: 'verdict',
  nf_proto: 'nfproto',
};

/** Values as they are printed in rules. */
export const shown = (type: string, value: string): string => (type === 'ifname' ? `"${value}"` : value);
