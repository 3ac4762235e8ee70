/** Base64 and UTF-8 without the platform's help: Secret data, binaryData, tokens. */

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

export function utf8Bytes(text: string): number[] {
  const out: number[] = [];
  for (const char of text) {
    const point = char.codePointAt(0) as number;
    if (point < 0x80) out.push(point);
    else if (point < 0x800) out.push(0xc0 | (point >> 6), 0x80 | (point & 63));
    else if (point < 0x10000) out.push(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63));
    else out.push(0xf0 | (point >> 18), 0x80 | ((point >> 12) & 63), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63));
  }
  return out;
}

/** Bytes that are no UTF-8 become U+FFFD. */
export function utf8Text(bytes: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < bytes.length; ) {
    const first = bytes[i] as number;
    const length = first < 0x80 ? 1 : first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
    let point = length === 0 ? -1 : length === 1 ? first : first & (0xff >> (length + 1));
    for (let k = 1; k < length; k += 1) {
      const next = bytes[i + k];
      if (next === undefined || (next & 0xc0) !== 0x80) {
        point = -1;
        break;
      }
      point = (point << 6) | (next & 63);
    }
    const valid = point >= 0 && point <= 0x10ffff && !(point >= 0xd800 && point < 0xe000);
    parts.push(valid ? String.fromCodePoint(point) : '\ufffd');
    i += valid ? length : 1;
  }
  return parts.join('');
}

export function decodeBase64(text: string): string {
  const bytes: number[] = [];
  let [bits, have] = [0, 0];
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i] as string;
    const value = alphabet.indexOf(char === '-' ? '+' : char === '_' ? '/' : char);
    if (value < 0) continue;
    bits = ((bits << 6) | value) & 0xffffff;
    have += 6;
    if (have >= 8) {
      have -= 8;
      bytes.push((bits >> have) & 255);
    }
  }
  return utf8Text(bytes);
}

/** Without padding, URL-safe, as JSON Web Tokens have it. */
export function encodeBase64URL(text: string): string {
  const bytes = utf8Bytes(text);
  let out = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const [a, b, c] = [bytes[i] as number, bytes[i + 1], bytes[i + 2]];
    const word = (a << 16) | ((b ?? 0) << 8) | (c ?? 0);
    out += alphabet[word >> 18];
    out += alphabet[(word >> 12) & 63];
    if (b !== undefined) out += alphabet[(word >> 6) & 63];
    if (c !== undefined) out += alphabet[word & 63];
  }
  return out.replaceAll('+', '-').replaceAll('/', '_');
}
