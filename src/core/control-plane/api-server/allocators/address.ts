/** IP addresses as numbers. */

export interface Range {
  v6: boolean;
  base: bigint;
  /** The first address that can be given out, and how many follow from it (at most 65535 of IPv6, as upstream). */
  first: bigint;
  count: number;
}

/** `cidr` is the server's own setting and valid. */
export function parseCIDR(cidr: string): Range {
  const [address, bits] = cidr.split('/') as [string, string];
  const parsed = parseAddress(address) ?? { value: 0n, v6: false };
  const hostBits = (parsed.v6 ? 128 : 32) - Number(bits);
  const size = 1n << BigInt(Math.min(hostBits, parsed.v6 ? 16 : 32));
  const base = (parsed.value >> BigInt(hostBits)) << BigInt(hostBits);
  // Network and (IPv4) broadcast address are never given.
  const count = Number(size) - (parsed.v6 ? 1 : 2);
  return { v6: parsed.v6, base, first: base + 1n, count: Math.max(count, 0) };
}

export function parseAddress(text: string): { value: bigint; v6: boolean } | null {
  if (text.length > 45) return null;
  if (!text.includes(':')) {
    const parts = text.split('.');
    if (parts.length !== 4 || !parts.every((p) => /^(0|[1-9]\d{0,2})$/.test(p) && Number(p) < 256)) return null;
    return { value: parts.reduce((sum, p) => sum * 256n + BigInt(p), 0n), v6: false };
  }
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const groups = (half: string | undefined): string[] => (half ? half.split(':') : []);
  const [head, tail] = [groups(halves[0]), groups(halves[1])];
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  const all = [...head, ...new Array<string>(missing).fill('0'), ...tail];
  if (!all.every((g) => /^[0-9a-fA-F]{1,4}$/.test(g))) return null;
  return { value: all.reduce((sum, g) => sum * 65536n + BigInt(`0x${g}`), 0n), v6: true };
}

/** Canonical text; the longest run of zero groups of IPv6 is `::`. */
export function formatAddress(value: bigint, v6: boolean): string {
  if (!v6) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.');
  const groups: number[] = [];
  for (let i = 7; i >= 0; i -= 1) groups.push(Number((value >> BigInt(i * 16)) & 65535n));
  let [start, length] = [-1, 1];
  for (let i = 0; i < 8; i += 1) {
    let end = i;
    while (end < 8 && groups[end] === 0) end += 1;
    if (end - i > length) [start, length] = [i, end - i];
  }
  const hex = (part: number[]): string => part.map((g) => g.toString(16)).join(':');
  return start < 0 ? hex(groups) : `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`;
}
