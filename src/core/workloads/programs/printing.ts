/** `echo` and `printf`. */
import type { Dialect } from '../shell/state.ts';

/** Escapes of `echo -e` and of `%b`; `stop`: `\c` ended the output. */
export function interpret(text: string, octalZero: boolean): { text: string; stop: boolean } {
  let out = '';
  for (let i = 0; i < text.length; i += 1) {
    const c = text[i] as string;
    if (c !== '\\' || i + 1 >= text.length) {
      out += c;
      continue;
    }
    i += 1;
    const e = text[i] as string;
    const plain = { a: '\x07', b: '\b', e: '\x1b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\' }[e];
    if (plain !== undefined) out += plain;
    else if (e === 'c') return { text: out, stop: true };
    else if (e === 'x') {
      const hex = /^[0-9a-fA-F]{1,2}/.exec(text.slice(i + 1))?.[0];
      if (hex) {
        out += String.fromCharCode(Number.parseInt(hex, 16));
        i += hex.length;
      } else out += '\\x';
    } else if (/[0-7]/.test(e)) {
      const digits = /^[0-7]{1,3}/.exec(text.slice(e === '0' && octalZero ? i + 1 : i))?.[0] ?? '';
      out += String.fromCharCode(Number.parseInt(digits || '0', 8) & 0xff);
      i += e === '0' && octalZero ? digits.length : digits.length - 1;
    } else out += `\\${e}`;
  }
  return { text: out, stop: false };
}

/** dash's echo always interprets escapes and knows only `-n`; the others take `-n`, `-e`, `-E` together. */
export function echoText(args: string[], dialect: Dialect): string {
  let newline = true;
  let escapes = dialect === 'dash';
  let i = 0;
  for (; i < args.length; i += 1) {
    const a = args[i] as string;
    if (!(dialect === 'dash' ? /^-n$/ : /^-[neE]+$/).test(a)) break;
    for (const c of a.slice(1)) {
      if (c === 'n') newline = false;
      else escapes = c === 'e';
    }
  }
  const joined = args.slice(i).join(' ');
  if (!escapes) return newline ? `${joined}\n` : joined;
  const made = interpret(joined, true);
  return made.text + (newline && !made.stop ? '\n' : '');
}

/** The format is used again while arguments are left. */
export function printfText(args: string[]): { text: string; error?: string } {
  const format = args[0];
  if (format === undefined) return { text: '', error: 'usage: printf format [arg ...]' };
  const rest = args.slice(1);
  let text = '';
  let error: string | undefined;
  let used = 0;
  for (let round = 0; round < 10_000; round += 1) {
    const before = used;
    let at = 0;
    const spec = /%(%|([-+ 0#]*)(\*|\d{1,4})?(?:\.(\*|\d{0,4}))?([bcdiouxXeEfgGs]))/g;
    for (let m = spec.exec(format); m; m = spec.exec(format)) {
      text += interpret(format.slice(at, m.index), false).text;
      at = m.index + m[0].length;
      if (m[1] === '%') {
        text += '%';
        continue;
      }
      const next = (): string => rest[used++] ?? '';
      const width = m[3] === '*' ? Number(next()) : Number(m[3] ?? 0);
      const precision = m[4] === undefined ? undefined : m[4] === '*' ? Number(next()) : Number(m[4] || 0);
      const made = convert(m[5] as string, m[2] ?? '', Math.min(Math.abs(width) || 0, 4000), precision, next(), width < 0);
      text += made.text;
      error ??= made.error;
      if (made.stop) return error === undefined ? { text } : { text, error };
    }
    const tail = interpret(format.slice(at), false);
    text += tail.text;
    if (tail.stop || used >= rest.length || used === before || text.length > 500_000) break;
  }
  return error === undefined ? { text } : { text, error };
}

function convert(
  kind: string,
  flags: string,
  width: number,
  precision: number | undefined,
  arg: string,
  left: boolean,
): { text: string; error?: string; stop?: boolean } {
  let body: string;
  let error: string | undefined;
  let stop = false;
  if (kind === 's') body = precision === undefined ? arg : arg.slice(0, precision);
  else if (kind === 'c') body = arg.slice(0, 1);
  else if (kind === 'b') {
    const made = interpret(arg, true);
    body = made.text;
    stop = made.stop;
  } else {
    let n = arg.startsWith("'") || arg.startsWith('"') ? arg.charCodeAt(1) : arg === '' ? 0 : Number(arg);
    if (!Number.isFinite(n)) {
      error = `invalid number '${arg}'`;
      n = Number.parseFloat(arg) || 0;
    }
    if ('eEfgG'.includes(kind)) body = n.toFixed(Math.min(precision ?? 6, 20));
    else {
      const whole = Math.trunc(n);
      const radix = kind === 'o' ? 8 : kind === 'x' || kind === 'X' ? 16 : 10;
      const digits = Math.abs(whole)
        .toString(radix)
        .padStart(Math.min(precision ?? 1, 100), '0');
      body = `${whole < 0 ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : ''}${flags.includes('#') && radix === 16 ? '0x' : ''}${kind === 'X' ? digits.toUpperCase() : digits}`;
    }
    if (flags.includes('0') && !flags.includes('-') && body.length < width) {
      const sign = /^[-+ ]/.exec(body)?.[0] ?? '';
      body = sign + body.slice(sign.length).padStart(width - sign.length, '0');
    }
  }
  const text = flags.includes('-') || left ? body.padEnd(width) : body.padStart(width);
  return { text, stop, ...(error !== undefined ? { error } : {}) };
}
