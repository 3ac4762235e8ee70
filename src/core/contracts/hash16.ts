/**
 * SHA-256 in base32, as rules' names are made of it. Written out for one short text at a time: a full sync of 10 000 Services asks for
 * 60 000 of them, which a general implementation spends most of its time on setting up.
 */

/** Of A–Z and 2–7, by the lowest five bits. */
function letter(bits: number): number {
  const value = bits & 31;
  return value < 26 ? 65 + value : 24 + value;
}

/** Not state: the same text always has the same hash. */
const cache = new Map<string, string>();
const cacheEntries = 200_000;

/** The first 16 characters of the RFC 4648 base32 of SHA-256(text). */
export function hash16(text: string): string {
  const known = cache.get(text);
  if (known !== undefined) return known;
  digest(text);
  const a = h[0] as number;
  const b = h[1] as number;
  const c = h[2] as number;
  // 80 bits, five at a time: 32 of a, 32 of b, 16 of c.
  const out = String.fromCharCode(
    letter(a >>> 27),
    letter(a >>> 22),
    letter(a >>> 17),
    letter(a >>> 12),
    letter(a >>> 7),
    letter(a >>> 2),
    letter((a << 3) | (b >>> 29)),
    letter(b >>> 24),
    letter(b >>> 19),
    letter(b >>> 14),
    letter(b >>> 9),
    letter(b >>> 4),
    letter((b << 1) | (c >>> 31)),
    letter(c >>> 26),
    letter(c >>> 21),
    letter(c >>> 16),
  );
  if (cache.size >= cacheEntries) cache.clear();
  cache.set(text, out);
  return out;
}

const primes = firstPrimes(64);
/** The first 32 bits of the fractional parts of the cube roots of the first 64 primes, and of the square roots of the first 8. */
const k = Int32Array.from(primes, (p) => fraction(p, 3n));
const start = Int32Array.from(primes.slice(0, 8), (p) => fraction(p, 2n));
const w = new Int32Array(64);
const h = new Int32Array(8);

/** Leaves the digest in `h`. */
function digest(text: string): void {
  const length = encode(text);
  const blocks = ((length + 8) >> 6) + 1;
  buffer.fill(0, length, blocks * 64);
  buffer[length] = 0x80;
  h.set(start);
  for (let at = 0; at < blocks * 64; at += 64) {
    for (let i = 0; i < 16; i += 1) {
      const b = at + i * 4;
      w[i] = ((buffer[b] as number) << 24) | ((buffer[b + 1] as number) << 16) | ((buffer[b + 2] as number) << 8) | (buffer[b + 3] as number);
    }
    if (at + 64 === blocks * 64) w[15] = length * 8;
    compress();
  }
}

let buffer = new Uint8Array(512);

/** Puts the UTF-8 of a text into `buffer`; returns its length. */
function encode(text: string): number {
  if (text.length * 3 + 72 > buffer.length) buffer = new Uint8Array(text.length * 3 + 128);
  let n = 0;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code > 127) return encodeWide(text);
    buffer[n] = code;
    n += 1;
  }
  return n;
}

function encodeWide(text: string): number {
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
  }
  buffer.set(bytes);
  return bytes.length;
}

function compress(): void {
  for (let i = 16; i < 64; i += 1) {
    const x = w[i - 15] as number;
    const y = w[i - 2] as number;
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[i] = ((w[i - 16] as number) + s0 + (w[i - 7] as number) + s1) | 0;
  }
  let a = h[0] as number;
  let b = h[1] as number;
  let c = h[2] as number;
  let d = h[3] as number;
  let e = h[4] as number;
  let f = h[5] as number;
  let g = h[6] as number;
  let last = h[7] as number;
  for (let i = 0; i < 64; i += 1) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (last + s1 + ((e & f) ^ (~e & g)) + (k[i] as number) + (w[i] as number)) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    last = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  h[0] = ((h[0] as number) + a) | 0;
  h[1] = ((h[1] as number) + b) | 0;
  h[2] = ((h[2] as number) + c) | 0;
  h[3] = ((h[3] as number) + d) | 0;
  h[4] = ((h[4] as number) + e) | 0;
  h[5] = ((h[5] as number) + f) | 0;
  h[6] = ((h[6] as number) + g) | 0;
  h[7] = ((h[7] as number) + last) | 0;
}

function firstPrimes(count: number): number[] {
  const out: number[] = [];
  for (let n = 2; out.length < count; n += 1) if (out.every((p) => n % p !== 0)) out.push(n);
  return out;
}

/** ⌊root(p) · 2³²⌋ mod 2³², with whole numbers alone. */
function fraction(p: number, root: bigint): number {
  const scaled = BigInt(p) << (32n * root);
  let low = 0n;
  let high = 1n << 40n;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** root <= scaled) low = middle;
    else high = middle;
  }
  return Number(BigInt.asIntN(32, low));
}
