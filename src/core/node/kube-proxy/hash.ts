/** SHA-256 in base32, as rules' names are made of it. */
import { sha256 } from '@noble/hashes/sha2.js';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Not state: the same text always has the same hash. */
const cache = new Map<string, string>();
const cacheEntries = 200_000;

/** The first 16 characters of the RFC 4648 base32 of SHA-256(text). */
export function hash16(text: string): string {
  const known = cache.get(text);
  if (known !== undefined) return known;
  const digest = sha256(utf8(text));
  let out = '';
  for (let i = 0; i < 10; i += 5) {
    const [a, b, c, d, e] = [digest[i], digest[i + 1], digest[i + 2], digest[i + 3], digest[i + 4]] as [number, number, number, number, number];
    out +=
      (alphabet[a >> 3] as string) +
      alphabet[((a & 7) << 2) | (b >> 6)] +
      alphabet[(b >> 1) & 31] +
      alphabet[((b & 1) << 4) | (c >> 4)] +
      alphabet[((c & 15) << 1) | (d >> 7)] +
      alphabet[(d >> 2) & 31] +
      alphabet[((d & 3) << 3) | (e >> 5)] +
      alphabet[e & 31];
  }
  if (cache.size >= cacheEntries) cache.clear();
  cache.set(text, out);
  return out;
}

function utf8(text: string): Uint8Array {
  const ascii = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code > 127) return wide(text);
    ascii[i] = code;
  }
  return ascii;
}

function wide(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
  }
  return Uint8Array.from(bytes);
}
