/** IPv4 addresses and prefixes as numbers. IPv6 addresses are kept as text and matched exactly. */

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
  net: number;
  bits: number;
}

/** `10.244.0.0/24`, a bare address (/32) or `default` (/0); null when it is none. */
export function parsePrefix(text: string): Prefix | null {
  if (text === 'default') return { net: 0, bits: 0 };
  const slash = text.indexOf('/');
  const value = parseIPv4(slash < 0 ? text : text.slice(0, slash));
  const bits = slash < 0 ? 32 : Number(text.slice(slash + 1));
  if (value < 0 || !Number.isInteger(bits) || bits < 0 || bits > 32 || text.endsWith('/')) return null;
  return { net: masked(value, bits), bits };
}

/** `value` without the bits beyond the prefix. */
export const masked = (value: number, bits: number): number => (bits === 0 ? 0 : bits === 32 ? value : value - (value % sizeOf(bits)));

export const within = (value: number, prefix: Prefix): boolean => masked(value, prefix.bits) === prefix.net;

/** Whether a socket may be asked to go there: an IPv4 address, or something with the letters of an IPv6 address. */
export const isAddress = (ip: string): boolean =>
  typeof ip === 'string' && (parseIPv4(ip) >= 0 || (ip.length <= 45 && ip.includes(':') && /^[0-9a-fA-F:.]+$/.test(ip)));

export const isLoopback = (ip: string): boolean => ip.startsWith('127.') || ip === '::1';

/** Addresses of a prefix with `bits` bits, 1 ≤ bits ≤ 31. */
function sizeOf(bits: number): number {
  return (1 << (31 - bits)) * 2;
}
