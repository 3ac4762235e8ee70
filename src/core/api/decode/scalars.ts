/** Scalars that decode themselves: base64, RFC 3339 times, quantities. */
import { daysFromCivil, rfc3339 } from '../../engine/time.ts';
import { parseQuantity } from '../quantity.ts';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const base64Code = new Int8Array(128).fill(-1);
for (let i = 0; i < alphabet.length; i += 1) base64Code[alphabet.charCodeAt(i)] = i;

const isBase64Char = (text: string, at: number): boolean => {
  const code = text.charCodeAt(at);
  return code < 128 && (base64Code[code] as number) >= 0;
};

/** Text without line breaks, or the index of the first illegal byte. Models encoding/base64 StdEncoding.Decode. */
export function decodeBase64(text: string): { text: string } | number {
  let inQuantum = 0;
  let plain = '';
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] as string;
    if (char === '\n' || char === '\r') continue;
    if (char === '=') {
      if (inQuantum < 2) return at;
      let end = at + 1;
      if (inQuantum === 2) {
        while (text[end] === '\n' || text[end] === '\r') end += 1;
        if (end >= text.length) return text.length;
        if (text[end] !== '=') return end;
        end += 1;
      }
      const padded = plain + (inQuantum === 2 ? '==' : '=');
      while (text[end] === '\n' || text[end] === '\r') end += 1;
      return end < text.length ? end : { text: padded };
    }
    if (!isBase64Char(text, at)) return at;
    plain += char;
    inQuantum = (inQuantum + 1) % 4;
  }
  return inQuantum === 0 ? { text: plain } : text.length - inQuantum;
}

/** Number of bytes behind canonical base64. */
export function base64Size(text: string): number {
  return (text.length / 4) * 3 - (text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0);
}

/** UTF-8 text behind canonical base64; bytes that are no text come as U+FFFD or nearby. */
export function base64Text(text: string): string {
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at += 4) {
    const word = [0, 1, 2, 3].map((i) => base64Code[text.charCodeAt(at + i)] ?? -1);
    const value = ((word[0] as number) << 18) | ((word[1] as number) << 12) | (Math.max(word[2] as number, 0) << 6) | Math.max(word[3] as number, 0);
    bytes.push((value >> 16) & 255);
    if ((word[2] as number) >= 0) bytes.push((value >> 8) & 255);
    if ((word[3] as number) >= 0) bytes.push(value & 255);
  }
  let out = '';
  for (let i = 0; i < bytes.length; i += 1) {
    const first = bytes[i] as number;
    const extra = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    let point = extra === 0 ? first : first & (0x3f >> extra);
    for (let k = 1; k <= extra; k += 1) point = (point << 6) | ((bytes[i + k] ?? 0) & 0x3f);
    out += point <= 0x10ffff ? String.fromCodePoint(point) : '\ufffd';
    i += extra;
  }
  return out;
}

/** Base64 of a text's UTF-8 bytes. */
export function encodeBase64(text: string): string {
  const bytes: number[] = [];
  for (const char of text) {
    const point = char.codePointAt(0) as number;
    if (point < 0x80) bytes.push(point);
    else if (point < 0x800) bytes.push(0xc0 | (point >> 6), 0x80 | (point & 0x3f));
    else if (point < 0x10000) bytes.push(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 0x3f), 0x80 | (point & 0x3f));
    else bytes.push(0xf0 | (point >> 18), 0x80 | ((point >> 12) & 0x3f), 0x80 | ((point >> 6) & 0x3f), 0x80 | (point & 0x3f));
  }
  let out = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const [a, b, c] = [bytes[i] as number, bytes[i + 1], bytes[i + 2]];
    out += alphabet[a >> 2] as string;
    out += alphabet[((a & 3) << 4) | ((b ?? 0) >> 4)] as string;
    out += b === undefined ? '=' : (alphabet[((b & 15) << 2) | ((c ?? 0) >> 6)] as string);
    out += c === undefined ? '=' : (alphabet[c & 63] as string);
  }
  return out;
}

const wrongFormat = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

/** '' when the text is a quantity, otherwise upstream's words. Models resource.ParseQuantity. */
export function quantityProblem(text: string): string {
  if (parseQuantity(text) !== null) return '';
  if (text.length > 256) return wrongFormat;
  const m = /^[+-]?\d*(?:\.\d*)?([eEinumkKMGTP]*)([-+]?)(\d*)(.*)$/s.exec(text);
  if (text === '' || !m || m[4] !== '') return wrongFormat;
  return "unable to parse quantity's suffix";
}

/** Models time.Parse(time.RFC3339, …), its error text included. The text comes back in UTC, to the second (or microsecond). */
export function decodeTime(text: string, micro: boolean): { text: string; problem: string } {
  const layout = micro ? '2006-01-02T15:04:05.000000Z07:00' : '2006-01-02T15:04:05Z07:00';
  const fail = (rest: string, element: string) => ({
    text: '',
    problem: `parsing time ${JSON.stringify(text)} as "${layout}": cannot parse ${JSON.stringify(rest)} as "${element}"`,
  });
  const outOfRange = (what: string) => ({ text: '', problem: `parsing time ${JSON.stringify(text)}: ${what} out of range` });
  let at = 0;
  const numbers: number[] = [];
  for (const [width, element, after] of [
    [4, '2006', '-'],
    [2, '01', '-'],
    [2, '02', 'T'],
    [2, '15', ':'],
    [2, '04', ':'],
    [2, '05', ''],
  ] as const) {
    const digits = text.slice(at, at + width);
    if (digits.length < width || !/^\d+$/.test(digits)) return fail(text.slice(at), element);
    numbers.push(Number(digits));
    at += width;
    if (after !== '') {
      if (text[at] !== after) return fail(text.slice(at), after);
      at += 1;
    }
  }
  const fraction = /^[.,](\d+)/.exec(text.slice(at));
  if (fraction) at += (fraction[0] as string).length;
  else if (micro) return fail(text.slice(at), '.000000');
  const zone = /^(?:Z|([+-])(\d\d):(\d\d))/.exec(text.slice(at));
  if (!zone) return fail(text.slice(at), 'Z07:00');
  at += (zone[0] as string).length;
  if (at < text.length) return { text: '', problem: `parsing time ${JSON.stringify(text)}: extra text: ${JSON.stringify(text.slice(at))}` };
  const [year, month, day, hour, minute, second] = numbers as [number, number, number, number, number, number];
  if (month < 1 || month > 12) return outOfRange('month');
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  if (day < 1 || day > ([31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] as number)) return outOfRange('day');
  if (hour > 23) return outOfRange('hour');
  if (minute > 59) return outOfRange('minute');
  if (second > 59) return outOfRange('second');
  const offset = zone[1] ? (zone[1] === '-' ? -1 : 1) * (Number(zone[2]) * 60 + Number(zone[3])) : 0;
  const utc = rfc3339((daysFromCivil(year, month, day) * 86_400 + hour * 3600 + (minute - offset) * 60 + second) * 1000).slice(0, -1);
  return { text: micro ? `${utc}.${(fraction?.[1] ?? '').padEnd(6, '0').slice(0, 6)}Z` : `${utc}Z`, problem: '' };
}
