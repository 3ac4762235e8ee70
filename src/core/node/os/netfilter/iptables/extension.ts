/** What a match (`-m`) or target (`-j`) brings: its options, how it prints, how it judges a packet. */
import type { Family } from '../../../../contracts/netfilter.ts';
import type { Evaluation } from '../packet.ts';

export interface OptionUse {
  /** Without dashes. */
  name: string;
  values: readonly string[];
  inv: boolean;
  family: Family;
}

export interface Extension<V = unknown> {
  /** Option without dashes → how many words follow it. */
  options: Readonly<Record<string, number>>;
  create(): V;
  /** Error text, or null. */
  option(value: V, use: OptionUse): string | null;
  /** After the last option. */
  check?(value: V): string | null;
  /** As iptables-save prints its options, each with a space before it. */
  save(value: V, family: Family): string;
  /** As `iptables -L -n` prints it. */
  list(value: V, family: Family): string;
}

export interface MatchExtension<V = unknown> extends Extension<V> {
  test(value: V, ev: Evaluation): boolean;
  /** What the packet has instead, in words. */
  why(value: V, ev: Evaluation): string;
  /** It draws numbers, or leaves traces: it must be asked exactly when a linear walk asks it. */
  effects?: boolean;
}

export const bang = (inv: boolean): string => (inv ? ' !' : '');

/** `xtables_save_string`: bare when made of plain characters, else quoted. */
export function saveString(text: string): string {
  if (/^[A-Za-z0-9_-]+$/.test(text)) return text;
  return `"${text.replace(/["\\']/g, (c) => `\\${c}`)}"`;
}

/** A 32-bit number: decimal, 0x… or 0… */
export function parseUnsigned(text: string, max = 0xffffffff): number | null {
  const value = /^0[xX][0-9a-fA-F]{1,8}$/.test(text)
    ? Number.parseInt(text.slice(2), 16)
    : /^0[0-7]{1,11}$/.test(text)
      ? Number.parseInt(text, 8)
      : /^\d{1,10}$/.test(text)
        ? Number(text)
        : -1;
  return value >= 0 && value <= max ? value : null;
}

/** `value[/mask]` as signed words. */
export function parseMarkMask(text: string): { value: number; mask: number } | null {
  const slash = text.indexOf('/');
  const value = parseUnsigned(slash < 0 ? text : text.slice(0, slash));
  const mask = slash < 0 ? 0xffffffff : parseUnsigned(text.slice(slash + 1));
  return value === null || mask === null ? null : { value: value | 0, mask: mask | 0 };
}

export const hex = (word: number): string => `0x${(word >>> 0).toString(16)}`;
export const markMask = (value: number, mask: number): string => (mask === -1 ? hex(value) : `${hex(value)}/${hex(mask)}`);

const services: Record<string, number> = {
  ssh: 22,
  domain: 53,
  http: 80,
  https: 443,
  ntp: 123,
  smtp: 25,
  bootps: 67,
  bootpc: 68,
  mysql: 3306,
  postgresql: 5432,
};

export function parsePort(text: string): number | null {
  if (Object.hasOwn(services, text)) return services[text] as number;
  return parseUnsigned(text, 65535);
}

/** `80`, `80:90`, `:90`, `80:`. */
export function parsePortRange(text: string, separator = ':'): [number, number] | null {
  const at = text.indexOf(separator);
  if (at < 0) {
    const port = parsePort(text);
    return port === null ? null : [port, port];
  }
  const min = at === 0 ? 0 : parsePort(text.slice(0, at));
  const max = at === text.length - 1 ? 65535 : parsePort(text.slice(at + 1));
  return min === null || max === null || min > max ? null : [min, max];
}

export const savePorts = ([min, max]: readonly [number, number], separator = ':'): string => (min === max ? String(min) : `${min}${separator}${max}`);
