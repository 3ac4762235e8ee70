/** Addresses of both families as numbers. */
import { type IPFamily, ipText, parseCidr, parseIp } from '../../api/validation/ip.ts';

export interface Ip {
  value: bigint;
  v6: boolean;
}

export function parseIP(text: string): Ip | null {
  const parsed = parseIp(text);
  return parsed ? { value: numberOf(parsed.bytes), v6: !parsed.v4 } : null;
}

export function formatIP({ value, v6 }: Ip): string {
  const bytes: number[] = [];
  for (let i = v6 ? 15 : 3; i >= 0; i -= 1) bytes.push(Number((value >> BigInt(i * 8)) & 255n));
  return ipText(bytes);
}

/** Network, last usable address (IPv4 keeps its last one for broadcasts) and prefix length of `10.244.1.0/24`; null when it is none. */
export function parseCIDR(text: string): { network: bigint; last: bigint; bits: number; v6: boolean } | null {
  const parsed = parseCidr(text);
  if (!parsed) return null;
  const v6 = !parsed.v4;
  const network = numberOf(parsed.masked);
  const size = 1n << BigInt((v6 ? 128 : 32) - parsed.prefix);
  return { network, last: network + size - (v6 ? 1n : 2n), bits: parsed.prefix, v6 };
}

/** `10.244.1.0/24` of any address inside; what is none stays. */
export function networkOf(address: string): string {
  const cidr = parseCIDR(address);
  return cidr ? `${formatIP({ value: cidr.network, v6: cidr.v6 })}/${cidr.bits}` : address;
}

/** Everything, and all multicast groups, of a family. */
export const anyOf = (family: IPFamily): string => (family === 'IPv6' ? '::/0' : '0.0.0.0/0');
export const multicastOf = (family: IPFamily): string => (family === 'IPv6' ? 'ff00::/8' : '224.0.0.0/4');

const numberOf = (bytes: readonly number[]): bigint => bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
