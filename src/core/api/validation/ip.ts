/** IP addresses and CIDRs as the API server judges them. Models apimachinery pkg/util/validation/ip.go with StrictIPCIDRValidation on, v1.36.2. */
import { type FieldError, invalid } from './field.ts';

/** 4 or 16 bytes; leading zeros in IPv4 octets are read as decimal (ParseIPSloppy). */
export function parseIp(text: string): { bytes: number[]; v4: boolean; leadingZero: boolean; mapped: boolean } | undefined {
  if (text.length > 64) return undefined;
  if (!text.includes(':')) {
    const octets = parseOctets(text);
    return octets && { bytes: octets.bytes, v4: true, leadingZero: octets.leadingZero, mapped: false };
  }
  let head = text;
  let tail: number[] = [];
  let leadingZero = false;
  const lastColon = text.lastIndexOf(':');
  if (text.includes('.')) {
    const octets = parseOctets(text.slice(lastColon + 1));
    if (!octets) return undefined;
    tail = octets.bytes;
    leadingZero = octets.leadingZero;
    head = text.slice(0, lastColon + 1);
    if (head.endsWith(':') && !head.endsWith('::')) head = head.slice(0, -1);
  }
  const wanted = 16 - tail.length;
  const halves = head.split('::');
  if (halves.length > 2) return undefined;
  const left = groupsOf(halves[0] as string);
  const right = halves.length === 2 ? groupsOf(halves[1] as string) : [];
  if (!left || !right) return undefined;
  const known = left.length + right.length;
  if (halves.length === 2 ? known >= wanted : known !== wanted) return undefined;
  const bytes = [...left, ...new Array<number>(wanted - known).fill(0), ...right, ...tail];
  const mapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  return mapped ? { bytes: bytes.slice(12), v4: true, leadingZero, mapped } : { bytes, v4: false, leadingZero, mapped };
}

function parseOctets(text: string): { bytes: number[]; leadingZero: boolean } | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)) return undefined;
  return { bytes: parts.map(Number), leadingZero: parts.some((part) => part.length > 1 && part.startsWith('0')) };
}

function groupsOf(text: string): number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  for (const group of text.split(':')) {
    if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
    const value = Number.parseInt(group, 16);
    bytes.push(value >> 8, value & 255);
  }
  return bytes;
}

/** net.IP.String(): RFC 5952. */
export function ipText(bytes: readonly number[]): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => ((bytes[i * 2] as number) << 8) | (bytes[i * 2 + 1] as number));
  let best = -1;
  let length = 1;
  for (let i = 0; i < 8; i += 1) {
    let end = i;
    while (end < 8 && groups[end] === 0) end += 1;
    if (end - i > length) {
      best = i;
      length = end - i;
    }
  }
  const hex = (list: number[]): string => list.map((group) => group.toString(16)).join(':');
  return best < 0 ? hex(groups) : `${hex(groups.slice(0, best))}::${hex(groups.slice(best + length))}`;
}

/** A legacy field: need not be in canonical form. */
export function validateIp(text: string, path: string): FieldError[] {
  const ip = parseIp(text);
  if (!ip) return [invalid(path, text, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')];
  const errors: FieldError[] = [];
  if (ip.leadingZero) errors.push(invalid(path, text, 'must not have leading 0s'));
  if (ip.mapped) errors.push(invalid(path, text, 'must not be an IPv4-mapped IPv6 address'));
  return errors;
}

/** A newer field: canonical form only. */
export function validateCanonicalIp(text: string, path: string): FieldError[] {
  const errors = validateIp(text, path);
  const ip = parseIp(text);
  if (errors.length === 0 && ip && ipText(ip.bytes) !== text) errors.push(invalid(path, text, `must be in canonical form ("${ipText(ip.bytes)}")`));
  return errors;
}

export interface ParsedCidr {
  bytes: number[];
  masked: number[];
  prefix: number;
  v4: boolean;
}

export function parseCidr(text: string): (ParsedCidr & { leadingZero: boolean; mapped: boolean }) | undefined {
  const slash = text.indexOf('/');
  if (slash < 0) return undefined;
  const ip = parseIp(text.slice(0, slash));
  const digits = text.slice(slash + 1);
  if (!ip || !/^\d{1,3}$/.test(digits)) return undefined;
  const total = ip.mapped || !ip.v4 ? 128 : 32;
  let prefix = Number(digits);
  if (prefix > total) return undefined;
  if (ip.mapped) prefix = Math.max(0, prefix - 96);
  const masked = ip.bytes.map((byte, i) => byte & (255 << (8 - Math.min(8, Math.max(0, prefix - i * 8)))) & 255);
  return { bytes: ip.bytes, masked, prefix, v4: ip.v4, leadingZero: ip.leadingZero || (digits.length > 1 && digits.startsWith('0')), mapped: ip.mapped };
}

export function validateCidr(text: string, path: string): FieldError[] {
  const cidr = parseCidr(text);
  if (!cidr) return [invalid(path, text, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)')];
  if (cidr.leadingZero) return [invalid(path, text, 'must not have leading 0s in IP or prefix length')];
  if (cidr.mapped) return [invalid(path, text, 'must not have an IPv4-mapped IPv6 address')];
  if (cidr.bytes.some((byte, i) => byte !== cidr.masked[i])) return [invalid(path, text, 'must not have bits set beyond the prefix length')];
  return [];
}

export const containsIp = (cidr: ParsedCidr, bytes: readonly number[]): boolean =>
  bytes.length === cidr.masked.length &&
  cidr.masked.every((byte, i) => byte === ((bytes[i] as number) & (255 << (8 - Math.min(8, Math.max(0, cidr.prefix - i * 8)))) & 255));

/** External IPs and endpoints must not be special. Models ValidateNonSpecialIP. */
export function validateNonSpecialIp(text: string, path: string): FieldError[] {
  const ip = parseIp(text);
  if (!ip) return [invalid(path, text, 'must be a valid IP address')];
  const errors: FieldError[] = [];
  const [a, b, c] = ip.bytes as [number, number, number];
  const zeroUntilLast = ip.bytes.slice(0, -1).every((byte) => byte === 0);
  const last = ip.bytes[ip.bytes.length - 1];
  if (zeroUntilLast && last === 0) errors.push(invalid(path, text, `may not be unspecified (${text})`));
  if (ip.v4 ? a === 127 : zeroUntilLast && last === 1) errors.push(invalid(path, text, 'may not be in the loopback range (127.0.0.0/8, ::1/128)'));
  if (ip.v4 ? a === 169 && b === 254 : a === 0xfe && (b & 0xc0) === 0x80) {
    errors.push(invalid(path, text, 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'));
  }
  if (ip.v4 ? a === 224 && b === 0 && c === 0 : a === 0xff && (b & 0x0f) === 0x02) {
    errors.push(invalid(path, text, 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'));
  }
  return errors;
}

export type IPFamily = 'IPv4' | 'IPv6';

/** Of an address or a prefix that is one. */
export const familyOf = (ip: string): IPFamily => (ip.includes(':') ? 'IPv6' : 'IPv4');
