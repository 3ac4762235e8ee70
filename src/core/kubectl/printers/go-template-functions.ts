/** What templates may call. Models text/template/funcs.go (go 1.25) and kubectl's own base64decode, exists. */
import { plainError } from '../errors.ts';
import { goValue } from './custom-columns.ts';
import { goString } from './json.ts';

export const truth = (v: unknown): boolean =>
  !(
    v === null ||
    v === undefined ||
    v === false ||
    v === 0 ||
    v === '' ||
    (typeof v === 'object' && (Array.isArray(v) ? v.length === 0 : Object.keys(v as object).length === 0))
  );

export const functions: Record<string, (args: unknown[]) => unknown> = {
  and: (args) => args.find((a) => !truth(a)) ?? args.at(-1),
  or: (args) => args.find(truth) ?? args.at(-1),
  not: ([a]) => !truth(a),
  eq: ([a, ...rest]) => rest.some((b) => a === b),
  ne: ([a, b]) => a !== b,
  lt: ([a, b]) => (a as number) < (b as number),
  le: ([a, b]) => (a as number) <= (b as number),
  gt: ([a, b]) => (a as number) > (b as number),
  ge: ([a, b]) => (a as number) >= (b as number),
  len: ([a]) => (typeof a === 'string' || Array.isArray(a) ? a.length : Object.keys((a as object) ?? {}).length),
  index: ([a, ...keys]) =>
    keys.reduce((v: unknown, key) => {
      if (Array.isArray(v)) {
        if (typeof key !== 'number' || key < 0 || key >= v.length)
          throw plainError(`error executing template: error calling index: index out of range: ${String(key)}`);
        return v[key];
      }
      return typeof v === 'object' && v !== null && Object.hasOwn(v, String(key)) ? (v as Record<string, unknown>)[String(key)] : undefined;
    }, a),
  slice: ([a, from, to]) => (a as string | unknown[]).slice(Number(from ?? 0), to === undefined ? undefined : Number(to)),
  print: (args) => args.map(printed).join(''),
  println: (args) => `${args.map(printed).join(' ')}\n`,
  printf: ([format, ...args]) => sprintf(String(format), args),
  exists: ([a, ...keys]) => {
    let v = a;
    for (const key of keys) {
      if (Array.isArray(v) ? !(typeof key === 'number' && key >= 0 && key < v.length) : typeof v !== 'object' || v === null || !Object.hasOwn(v, String(key)))
        return false;
      v = (v as Record<string, unknown>)[String(key)];
    }
    return true;
  },
  base64decode: ([a]) => base64(String(a)),
  js: ([a]) => goString(printed(a)).slice(1, -1),
  html: ([a]) => printed(a).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`),
  urlquery: ([a]) => encodeURIComponent(printed(a)),
};

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
function base64(text: string): string {
  const bytes: number[] = [];
  let bits = 0;
  let have = 0;
  for (const c of text.replace(/=+$/, '')) {
    const value = letters.indexOf(c);
    if (value < 0) continue;
    bits = ((bits << 6) | value) & 0xffffff;
    have += 6;
    if (have >= 8) {
      have -= 8;
      bytes.push((bits >> have) & 0xff);
    }
  }
  try {
    return decodeURIComponent(bytes.map((b) => `%${b.toString(16).padStart(2, '0')}`).join(''));
  } catch {
    return bytes.map((b) => String.fromCharCode(b)).join('');
  }
}

function sprintf(format: string, args: unknown[]): string {
  let at = 0;
  return format.slice(0, 10_000).replace(/%([-0]?)(\d{0,3})([vsdqfxt%])/g, (_, flag: string, width: string, verb: string) => {
    if (verb === '%') return '%';
    const value = args[at];
    at += 1;
    const text = verb === 'q' ? JSON.stringify(printed(value)) : verb === 'x' ? Number(value).toString(16) : printed(value);
    return flag === '-' ? text.padEnd(Number(width || 0)) : text.padStart(Number(width || 0), flag === '0' ? '0' : ' ');
  });
}

export const printed = (value: unknown): string =>
  value === undefined || value === null ? '<no value>' : typeof value === 'object' ? goValue(value) : String(value);
