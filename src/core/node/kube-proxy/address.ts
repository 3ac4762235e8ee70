/** Addresses as kube-proxy reads them: leniently (leading zeros), printed canonically, sorted by family. Models pkg/proxy/util/utils.go, v1.36.2. */
import { containsIp, ipText, parseCidr, parseIp } from '../../api/validation/ip.ts';
import type { Family } from '../../contracts/netfilter.ts';

/** Canonical text of `ip` when it is of `family`; null for the other family and for what is no address. */
export function addressOf(ip: unknown, family: Family): string | null {
  if (typeof ip !== 'string') return null;
  const parsed = parseIp(ip);
  if (!parsed || parsed.v4 !== (family === 'IPv4')) return null;
  return ipText(parsed.bytes);
}

export const isAddress = (ip: unknown): boolean => typeof ip === 'string' && parseIp(ip) !== undefined;

/** The network of `cidr`, canonical, when it is of `family`; null otherwise. Blanks around it are ignored. */
export function networkOf(cidr: unknown, family: Family): string | null {
  if (typeof cidr !== 'string') return null;
  const parsed = parseCidr(cidr.trim());
  if (!parsed || parsed.v4 !== (family === 'IPv4')) return null;
  return `${ipText(parsed.masked)}/${parsed.prefix}`;
}

export const isNetwork = (cidr: unknown): boolean => typeof cidr === 'string' && parseCidr(cidr.trim()) !== undefined;

export const isZeroNetwork = (cidr: string): boolean => cidr === '0.0.0.0/0' || cidr === '::/0';

export function networkContains(cidr: string, ip: string): boolean {
  const [network, address] = [parseCidr(cidr), parseIp(ip)];
  return network !== undefined && address !== undefined && containsIp(network, address.bytes);
}

export function isLoopback(ip: string): boolean {
  return ip === '::1' || (ip.startsWith('127.') && !ip.includes(':'));
}

/** `ip:port`, `[v6]:port`. */
export const joinHostPort = (ip: string, port: number): string => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`);

export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
