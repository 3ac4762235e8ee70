/** IPv4 and IPv6 addresses as 32-bit words (signed, so that bit operations need no correction): one word or four. */
import type { Family } from '../../../contracts/netfilter.ts';

export type Words = readonly number[];

/** Null when `text` is no address of the family. */
export function parseIp(text: string, family: Family): Words | null {
  return family === 'IPv4' ? parse4(text) : parse6(text);
}

/** Whatever family `text` has. */
export const parseAny = (text: string): Words | null => (text.includes(':') ? parse6(text) : parse4(text));

const cache = { text: '', words: [0] as Words };
/** `parse4` for addresses of packets, which come in rows of equal ones. 0 when it is none. */
export function wordsOf(text: string): Words {
  if (text === cache.text) return cache.words;
  const words = parseAny(text) ?? none;
  cache.text = text;
  cache.words = words;
  return words;
}
const none: Words = [];

function parse4(text: string): Words | null {
  let value = 0;
  let octet = -1;
  let dots = 0;
  for (let i = 0; i < text.length; i += 1) {
    const c = text.charCodeAt(i);
    if (c === 46) {
      if (octet < 0) return null;
      value = (value << 8) | octet;
      octet = -1;
      dots += 1;
    } else if (c >= 48 && c <= 57) {
      octet = (octet < 0 ? 0 : octet * 10) + (c - 48);
      if (octet > 255) return null;
    } else return null;
  }
  return dots === 3 && octet >= 0 ? [(value << 8) | octet] : null;
}

function parse6(text: string): Words | null {
  if (text.length > 45 || !text.includes(':')) return null;
  const gap = text.indexOf('::');
  if (gap >= 0 && text.indexOf('::', gap + 1) >= 0) return null;
  const head = groups(gap < 0 ? text : text.slice(0, gap));
  const tail = gap < 0 ? [] : groups(text.slice(gap + 2));
  if (!head || !tail) return null;
  const missing = 8 - head.length - tail.length;
  if (gap < 0 ? missing !== 0 : missing < 1) return null;
  const all = [...head, ...new Array<number>(missing).fill(0), ...tail];
  return [0, 2, 4, 6].map((i) => ((all[i] as number) << 16) | (all[i + 1] as number));
}

function groups(text: string): number[] | null {
  if (text === '') return [];
  const out: number[] = [];
  for (const part of text.split(':')) {
    const four = part.includes('.') ? parse4(part) : null;
    if (four) out.push(((four[0] as number) >>> 16) & 0xffff, (four[0] as number) & 0xffff);
    else if (/^[0-9a-fA-F]{1,4}$/.test(part)) out.push(Number.parseInt(part, 16));
    else return null;
  }
  return out;
}

/** As inet_ntop prints it. */
export function formatIp(words: Words): string {
  if (words.length === 1) {
    const w = words[0] as number;
    return `${(w >>> 24) & 255}.${(w >>> 16) & 255}.${(w >>> 8) & 255}.${w & 255}`;
  }
  const parts = words.flatMap((w) => [(w >>> 16) & 0xffff, w & 0xffff]);
  let best = -1;
  let length = 1;
  for (let i = 0; i < 8; i += 1) {
    let j = i;
    while (j < 8 && parts[j] === 0) j += 1;
    if (j - i > length) {
      best = i;
      length = j - i;
    }
  }
  const hex = (from: number, to: number): string =>
    parts
      .slice(from, to)
      .map((p) => p.toString(16))
      .join(':');
  return best < 0 ? hex(0, 8) : `${hex(0, best)}::${hex(best + length, 8)}`;
}

export const bitsOf = (family: Family): number => (family === 'IPv4' ? 32 : 128);

/** The words of a mask of so many leading ones. */
export function maskOf(bits: number, words: number): Words {
  const out: number[] = [];
  for (let i = 0; i < words; i += 1) {
    const here = Math.max(0, Math.min(32, bits - i * 32));
    out.push(here === 0 ? 0 : (-1 << (32 - here)) | 0);
  }
  return out;
}

/** Leading ones, or -1 when the mask has holes. */
export function maskBits(mask: Words): number {
  let bits = 0;
  for (const word of mask) bits += Math.clz32(~word);
  return maskOf(bits, mask.length).every((word, i) => word === mask[i]) ? bits : -1;
}

export const masked = (words: Words, mask: Words): Words => words.map((w, i) => w & (mask[i] as number));

export function equalWords(a: Words, b: Words): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}

/** Whether `ip` is in `net`/`mask`; never across families. */
export function within(ip: Words, net: Words, mask: Words): boolean {
  if (ip.length !== net.length) return false;
  for (let i = 0; i < net.length; i += 1) if (((ip[i] as number) & (mask[i] as number)) !== net[i]) return false;
  return true;
}

/** Order of unsigned addresses. */
export function compareWords(a: Words, b: Words): number {
  for (let i = 0; i < a.length && i < b.length; i += 1) if (a[i] !== b[i]) return ((a[i] as number) >>> 0) - ((b[i] as number) >>> 0);
  return a.length - b.length;
}
