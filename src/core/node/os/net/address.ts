/** Addresses and prefixes: IPv4 as numbers, which every packet asks for, IPv6 as four words. */
import { formatIp, maskOf, parseAny, type Words, within as withinWords } from '../netfilter/ip.ts';

/** A 32-bit unsigned number, or -1 when `ip` is no IPv4 address. */
export function parseIPv4(ip: string): number {
  let value = 0;
  let octet = -1;
  let dots = 0;
  for (let i = 0; i < ip.length; i += 1) {
    const c = ip.charCodeAt(i);
    if (c === 46) {
      if (octet < 0) return -1;
      value = value * 256 + octet;
      octet = -1;
      dots += 1;
    } else if (c >= 48 && c <= 57) {
      octet = (octet < 0 ? 0 : octet * 10) + (c - 48);
      if (octet > 255) return -1;
    } else return -1;
  }
  return dots === 3 && octet >= 0 ? value * 256 + octet : -1;
}

export const formatIPv4 = (value: number): string => `${(value >>> 24) & 255}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;

export interface Prefix {
  /** 0 of an IPv6 prefix. */
  net: number;
  bits: number;
  /** The network of an IPv6 prefix. */
  words?: Words;
}

/** `10.244.0.0/24`, `fd00::/64`, a bare address (/32, /128) or `default` (/0, IPv4); null when it is none. */
export function parsePrefix(text: string): Prefix | null {
  if (text === 'default') return { net: 0, bits: 0 };
  if (text.includes(':')) return parsePrefix6(text);
  const slash = text.indexOf('/');
  const value = parseIPv4(slash < 0 ? text : text.slice(0, slash));
  const bits = slash < 0 ? 32 : Number(text.slice(slash + 1));
  if (value < 0 || !Number.isInteger(bits) || bits < 0 || bits > 32 || text.endsWith('/')) return null;
  return { net: masked(value, bits), bits };
}

function parsePrefix6(text: string): Prefix | null {
  const slash = text.indexOf('/');
  const words = parseAny(slash < 0 ? text : text.slice(0, slash));
  const digits = slash < 0 ? '128' : text.slice(slash + 1);
  if (!words || !/^\d{1,3}$/.test(digits) || Number(digits) > 128) return null;
  const mask = maskOf(Number(digits), 4);
  return { net: 0, bits: Number(digits), words: words.map((w, i) => w & (mask[i] as number)) };
}

/** Whether an address is inside; never across families. */
export function holds(prefix: Prefix, ip: string): boolean {
  if (prefix.words === undefined) {
    const value = parseIPv4(ip);
    return value >= 0 && within(value, prefix);
  }
  const words = ip.includes(':') ? parseAny(ip) : null;
  return words !== null && withinWords(words, prefix.words, maskOf(prefix.bits, 4));
}

/** As it is written: `10.244.0.0/24`, `fd00::/64`, a bare address for one address alone. */
export function formatPrefix(prefix: Prefix): string {
  const text = prefix.words === undefined ? formatIPv4(masked(prefix.net, prefix.bits)) : formatIp(prefix.words);
  return prefix.bits === (prefix.words === undefined ? 32 : 128) ? text : `${text}/${prefix.bits}`;
}

/** The one way an address is written; what is none stays. Addresses are compared by their text. */
export function canonicalIP(ip: string): string {
  const words = ip.includes(':') ? parseAny(ip) : null;
  return words ? formatIp(words) : ip;
}

/** `value` without the bits beyond the prefix. */
export const masked = (value: number, bits: number): number => (bits === 0 ? 0 : bits === 32 ? value : value - (value % sizeOf(bits)));

export const within = (value: number, prefix: Prefix): boolean => masked(value, prefix.bits) === prefix.net;

/** Whether a socket may be asked to go there. */
export const isAddress = (ip: string): boolean =>
  typeof ip === 'string' && (parseIPv4(ip) >= 0 || (ip.length <= 45 && ip.includes(':') && parseAny(ip) !== null));

export const isLoopback = (ip: string): boolean => ip.startsWith('127.') || ip === '::1';

/** Addresses of a prefix with `bits` bits, 1 ≤ bits ≤ 31. */
function sizeOf(bits: number): number {
  return (1 << (31 - bits)) * 2;
}

/** A next hop on a VXLAN device is a network of one address. */
export const vtepKey = (ip: string): string => `${ip}/${ip.includes(':') ? 128 : 32}`;
