/** Maglev hashing. Models net/netfilter/ipvs/ip_vs_mh.c with a table of 4093 slots. */
import { wordsOf } from '../ip.ts';
import { realKey } from './keys.ts';
import type { Real } from './table.ts';

const size = 4093;
const key1 = 2654435761 | 0;
const key2 = 2654446892 | 0;

/** Derived from the servers; made anew when one changes. */
const tables = new WeakMap<readonly Real[], { signature: string; slots: Int32Array }>();

/** `port` 0: the address alone decides. */
export function maglev(reals: readonly Real[], ip: string, port: number): Real | null {
  const signature = reals.map((r) => `${realKey(r)} ${r.weight}`).join(' ');
  let table = tables.get(reals);
  if (table?.signature !== signature) {
    table = { signature, slots: populate(reals) };
    tables.set(reals, table);
  }
  const slot = table.slots[hashOf(ip, port, key1, 0) % size] as number;
  return slot < 0 ? null : (reals[slot] as Real);
}

function populate(reals: readonly Real[]): Int32Array {
  const slots = new Int32Array(size).fill(-1);
  const g = reals.reduce((d, r) => gcd(r.weight, d), 0);
  if (g === 0) return slots;
  const most = Math.max(...reals.map((r) => r.weight)) / g;
  const shift = Math.max(0, 32 - Math.clz32(most) - 6);
  const state = reals.map((r) => ({
    at: hashOf(r.ip, r.port, key1, 0) % size,
    skip: (hashOf(r.ip, r.port, key2, 0) % (size - 1)) + 1,
    turns: r.weight === 0 ? 0 : Math.max(1, Math.floor(r.weight / g) >> shift),
  }));
  let filled = 0;
  while (filled < size)
    for (let i = 0; i < state.length && filled < size; i += 1) {
      const s = state[i] as (typeof state)[number];
      for (let turn = 0; turn < s.turns && filled < size; turn += 1) {
        while (slots[s.at] !== -1) s.at = (s.at + s.skip) % size;
        slots[s.at] = i;
        filled += 1;
      }
    }
  return slots;
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

const rotl = (x: number, b: number): number => (x << b) | (x >>> (32 - b));

/** HalfSipHash-1-3 of one 32-bit word. */
function hashOf(ip: string, port: number, key: number, offset: number): number {
  const value = (offset + port + wordsOf(ip).reduce((a, b) => a ^ b, 0)) | 0;
  let v0 = key;
  let v1 = key;
  let v2 = 0x6c796765 ^ key;
  let v3 = 0x74656462 ^ key;
  const round = (): void => {
    v0 = (v0 + v1) | 0;
    v1 = rotl(v1, 5) ^ v0;
    v0 = rotl(v0, 16);
    v2 = (v2 + v3) | 0;
    v3 = rotl(v3, 8) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = rotl(v3, 7) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = rotl(v1, 13) ^ v2;
    v2 = rotl(v2, 16);
  };
  for (const word of [value, 4 << 24]) {
    v3 ^= word;
    round();
    v0 ^= word;
  }
  v2 ^= 0xff;
  round();
  round();
  round();
  return (v1 ^ v3) >>> 0;
}
