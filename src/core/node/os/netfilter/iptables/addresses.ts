/** Addresses and devices in rules. */
import type { Family } from '../../../../contracts/netfilter.ts';
import { bitsOf, formatIp, maskBits, masked, maskOf, parseIp, type Words } from '../ip.ts';
import type { AddressCondition, DeviceCondition } from './rule.ts';

/** `10.0.0.0/8`, `10.0.0.0/255.0.0.0`, `10.0.0.1`; null when it is none of the family. Names are not looked up. */
export function parseAddress(text: string, inv: boolean, family: Family): AddressCondition | null {
  const slash = text.indexOf('/');
  const words = parseIp(slash < 0 ? text : text.slice(0, slash), family);
  if (!words) return null;
  if (slash < 0) return { words, mask: fullMask(words.length), inv };
  const rest = text.slice(slash + 1);
  const mask = /^\d{1,3}$/.test(rest) ? (Number(rest) <= bitsOf(family) ? maskOf(Number(rest), words.length) : null) : parseIp(rest, family);
  return mask ? { words: masked(words, mask), mask, inv } : null;
}

const full4 = maskOf(32, 1);
const full6 = maskOf(128, 4);
export const fullMask = (words: number): Words => (words === 1 ? full4 : full6);

/** With the slash. */
export function maskText(mask: Words): string {
  const bits = maskBits(mask);
  return `/${bits < 0 ? formatIp(mask) : bits}`;
}

/** As iptables-save prints it; '' when it excludes nothing. */
export function saveAddress(option: string, c: AddressCondition | null): string {
  if (c === null || (!c.inv && maskBits(c.mask) === 0)) return '';
  return `${c.inv ? ' !' : ''} ${option} ${formatIp(c.words)}${maskText(c.mask)}`;
}

/** As `iptables -L -n` prints it. */
export function listAddress(c: AddressCondition | null, family: Family): string {
  if (c === null) return family === 'IPv4' ? '0.0.0.0/0' : '::/0';
  const bits = maskBits(c.mask);
  return `${c.inv ? '!' : ''}${formatIp(c.words)}${bits === bitsOf(family) ? '' : maskText(c.mask)}`;
}

export function deviceMatches(c: DeviceCondition, device: string | undefined): boolean {
  const { name } = c;
  const is = name.endsWith('+') ? (device ?? '').startsWith(name.slice(0, -1)) : device === name;
  return is !== c.inv;
}
