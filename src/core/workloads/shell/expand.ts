/**
 * Expansion of words: parameters, command substitution, arithmetic, splitting, globbing. Synchronous: a substitution whose output is not in
 * `subs` yet stops it with `NeedsSubstitution`, and the machine tries again from the start when it is; assignments made on the way
 * (`${x:=y}`, `$((i++))`) are kept aside until `commit`.
 */

import { evaluate } from './arithmetic.ts';
import type { Arith, Node, Word } from './ast.ts';
import { parseArith } from './parse.ts';
import { escapePattern, hasPattern, matchesPattern, removePattern, replacePattern, unescapePattern } from './pattern.ts';
import { NeedsSubstitution, ShellError, type ShellState, type Variable } from './state.ts';

/** Most fields that one command may get. */
const maxFields = 10_000;
/** Longest text of one word. */
const maxText = 1024 * 1024;
/** Long fields cost what reading them costs: as much as a step for so many characters. */
const charactersPerStep = 128;

export interface Surroundings {
  home(user: string): string | undefined;
  /** Names in a directory, sorted; undefined when it cannot be read. */
  list(path: string): string[] | undefined;
  exists(path: string): boolean;
  cwd: string;
  pid: number;
  ppid: number;
  random(): number;
  nowSeconds: number;
  host: string;
}

interface Segment {
  s: string;
  q: boolean;
}

export class Expander {
  private readonly sh: ShellState;
  private readonly around: Surroundings;
  private readonly subs: readonly string[];
  private next = 0;
  private readonly aside = new Map<string, Variable>();

  constructor(sh: ShellState, around: Surroundings, subs: readonly string[]) {
    this.sh = sh;
    this.around = around;
    this.subs = subs;
  }

  /** Writes the assignments that expansion made. */
  commit(): void {
    for (const [key, value] of this.aside) this.sh.vars[key] = value;
    this.aside.clear();
  }

  /** Fields of a command line. */
  fields(words: readonly Word[]): string[] {
    const out: string[] = [];
    for (const w of words) {
      for (const one of braces(w)) {
        for (const field of this.split(one)) {
          for (const text of this.glob(field)) {
            this.sh.steps += Math.floor(text.length / charactersPerStep);
            out.push(text);
          }
          if (out.length > maxFields) throw new ShellError('Argument list too long', 126);
        }
      }
    }
    return out;
  }

  /** One string: no splitting, no globbing. */
  text(w: Word): string {
    const out = this.split(w, true).map((f) => f.map((s) => s.s).join(''));
    return this.bounded(out.join(' '));
  }

  /** A pattern in which quoted text matches itself. */
  pattern(w: Word): string {
    return this.split(w, true)
      .map((f) => f.map((s) => (s.q ? escapePattern(s.s) : s.s)).join(''))
      .join(' ');
  }

  arithmetic(x: Arith): number {
    return evaluate(x, {
      get: (name, index) => this.element(name, index === undefined ? undefined : String(index)) ?? '',
      set: (name, index, value) => this.assign(name, index, String(value)),
      text: (w) => this.text(w),
      parse: parseArith,
    });
  }

  variable(name: string): Variable | undefined {
    const key = `$${name}`;
    return this.aside.get(key) ?? (Object.hasOwn(this.sh.vars, key) ? this.sh.vars[key] : undefined);
  }

  private assign(name: string, index: number | undefined, value: string): void {
    const old = this.variable(name);
    if (old?.readonly) throw new ShellError(`${name}: is read only`, 2);
    if (index === undefined) this.aside.set(`$${name}`, { ...old, v: value, ...(old?.a ? { a: [value, ...old.a.slice(1)] } : {}) });
    else {
      const a = [...(old?.a ?? (old ? [old.v] : []))];
      if (index < 0 || index > 1000) throw new ShellError(`${name}[${index}]: bad array subscript`, 1);
      while (a.length < index) a.push(null);
      a[index] = value;
      this.aside.set(`$${name}`, { ...old, v: a[0] ?? '', a });
    }
  }

  private bounded(text: string): string {
    if (text.length > maxText) throw new ShellError('out of memory', 2);
    return text;
  }

  private split(w: Word, whole = false): Segment[][] {
    const fields: Segment[][] = [];
    let current: Segment[] | null = null;
    const add = (s: string, q: boolean): void => {
      current ??= [];
      current.push({ s, q });
    };
    const end = (): void => {
      if (current) fields.push(current);
      current = null;
    };
    const addSplit = (text: string): void => {
      this.bounded(text);
      const ifs = this.variable('IFS')?.v ?? ' \t\n';
      let from = 0;
      let wasSpace = false;
      for (let i = 0; i < text.length; i += 1) {
        const c = text[i] as string;
        if (!ifs.includes(c)) {
          wasSpace = false;
          continue;
        }
        const space = c === ' ' || c === '\t' || c === '\n';
        if (i > from) add(text.slice(from, i), false);
        if (space) end();
        else if (current) end();
        else if (!wasSpace) {
          add('', true);
          end();
        }
        wasSpace = space;
        from = i + 1;
        if (fields.length > maxFields) throw new ShellError('Argument list too long', 126);
      }
      if (from < text.length) add(text.slice(from), false);
    };
    const put = (text: string, q: boolean): void => {
      if (q || whole) add(text, q);
      else addSplit(text);
    };
    for (const p of w) {
      switch (p.t) {
        case 'lit':
          add(p.s, p.q);
          break;
        case 'tilde':
          add(this.around.home(p.user) ?? `~${p.user}`, true);
          break;
        case 'brace':
          add(p.s, false);
          break;
        case 'cmd':
          put(this.substitution(p.body), p.q);
          break;
        case 'arith':
          put(String(this.arithmetic(p.x)), p.q);
          break;
        default: {
          const index = p.index ? plain(p.index) : undefined;
          const many = p.name === '@' || p.name === '*' || index === '@' || index === '*';
          if (many && !p.op && !p.length) {
            const values = p.indirect && index !== undefined ? this.indices(p.name) : this.all(p.name);
            const star = p.name === '*' || index === '*';
            if (whole || (star && p.q)) {
              put(values.join(star ? ((this.variable('IFS')?.v ?? ' ')[0] ?? '') : ' '), p.q);
              break;
            }
            for (const [i, value] of values.entries()) {
              if (i > 0) end();
              if (p.q) add(value, true);
              else addSplit(value);
            }
            break;
          }
          if (p.op && ['-', ':-', '+', ':+'].includes(p.op) && p.arg && !p.length) {
            const value = this.element(p.name, index === undefined ? undefined : this.subscript(p.index as Word));
            const set = value !== undefined && (p.op.length === 1 || value !== '');
            if (set !== p.op.endsWith('+')) {
              if (!p.op.endsWith('+')) put(value ?? '', p.q);
            } else {
              for (const s of this.split(p.arg, true).flat()) put(s.s, p.q || s.q);
            }
            break;
          }
          put(this.parameter(p), p.q);
        }
      }
    }
    end();
    return fields;
  }

  private substitution(body: Node): string {
    const known = this.subs[this.next];
    if (known === undefined) throw new NeedsSubstitution(body);
    this.next += 1;
    return known;
  }

  private subscript(w: Word): string {
    const text = plain(w);
    if (text !== undefined && /^[0-9]+$/.test(text)) return text;
    const inner = this.text(w);
    if (inner === '@' || inner === '*') return inner;
    const x = parseArith(inner);
    if (!x) throw new ShellError(`${inner}: bad array subscript`, 1);
    return String(this.arithmetic(x));
  }

  private all(name: string): string[] {
    if (name === '@' || name === '*') return this.sh.args;
    const value = this.variable(name);
    if (!value) return [];
    return value.a ? value.a.filter((x) => x !== null) : [value.v];
  }

  private indices(name: string): string[] {
    const value = this.variable(name);
    if (!value) return [];
    return value.a ? value.a.flatMap((x, i) => (x === null ? [] : [String(i)])) : ['0'];
  }

  private element(name: string, index?: string): string | undefined {
    if (index !== undefined && index !== '@' && index !== '*') {
      const value = this.variable(name);
      const i = Number(index);
      if (!value) return undefined;
      const list = value.a ?? [value.v];
      return list[i < 0 ? list.length + i : i] ?? undefined;
    }
    if (index !== undefined) return this.all(name).join(' ') || undefined;
    return this.value(name);
  }

  /** Value of a plain or special parameter. */
  value(name: string): string | undefined {
    switch (name) {
      case '?':
        return String(this.sh.status);
      case '$':
        return String(this.sh.shellPid);
      case '#':
        return String(this.sh.args.length);
      case '!':
        return this.sh.lastBackground ? String(this.sh.lastBackground) : undefined;
      case '0':
        return this.sh.name;
      case '@':
      case '*':
        return this.sh.args.length ? this.sh.args.join(' ') : undefined;
      case '-':
        return `${this.sh.opts.e ? 'e' : ''}${this.sh.opts.f ? 'f' : ''}${this.sh.opts.u ? 'u' : ''}${this.sh.opts.x ? 'x' : ''}`;
      default:
    }
    if (/^[0-9]+$/.test(name)) return this.sh.args[Number(name) - 1];
    const own = this.variable(name);
    if (own) return own.a ? (own.a[0] ?? undefined) : own.v;
    switch (name) {
      case 'PPID':
        return String(this.around.ppid);
      case 'RANDOM':
        return String(Math.floor(this.around.random() * 32768));
      case 'SECONDS':
        return String(this.around.nowSeconds);
      case 'BASHPID':
        return this.sh.dialect === 'bash' ? String(this.around.pid) : undefined;
      case 'BASH_VERSION':
        return this.sh.dialect === 'bash' ? '5.2.37(1)-release' : undefined;
      default:
        return undefined;
    }
  }

  private parameter(p: Extract<Word[number], { t: 'param' }>): string {
    const index = p.index ? this.subscript(p.index) : undefined;
    let name = p.name;
    if (p.indirect && index === undefined) name = this.value(p.name) ?? '';
    if (p.length && (index === '@' || index === '*' || name === '@' || name === '*')) return String(this.all(name).length);
    const value = this.element(name, index);
    const arg = (): string => (p.arg ? this.text(p.arg) : '');
    const colon = p.op?.startsWith(':') && p.op.length === 2;
    const missing = value === undefined || (colon === true && value === '');
    switch (p.op) {
      case undefined:
        if (value === undefined && this.sh.opts.u && name !== '@' && name !== '*') throw new ShellError(this.unset(name), this.sh.dialect === 'bash' ? 1 : 2);
        return p.length ? String((value ?? '').length) : (value ?? '');
      case '=':
      case ':=':
        if (!missing) return value ?? '';
        if (!/^[A-Za-z_]/.test(name)) throw new ShellError(`$${name}: cannot assign in this way`, 2);
        this.assign(name, undefined, arg());
        return this.value(name) ?? '';
      case '?':
      case ':?':
        if (!missing) return value ?? '';
        throw new ShellError(`${name}: ${p.arg && p.arg.length > 0 && arg() ? arg() : 'parameter not set'}`, this.sh.dialect === 'bash' ? 127 : 2);
      case '#':
      case '##':
      case '%':
      case '%%': {
        const pattern = p.arg ? this.pattern(p.arg) : '';
        return removePattern(value ?? '', pattern, p.op);
      }
      case '/':
      case '//':
      case '/#':
      case '/%':
        return replacePattern(value ?? '', p.arg ? this.pattern(p.arg) : '', p.arg2 ? this.text(p.arg2) : '', p.op);
      case ':':
        return this.slice(value ?? '', p);
      case '^':
        return (value ?? '').slice(0, 1).toUpperCase() + (value ?? '').slice(1);
      case '^^':
        return (value ?? '').toUpperCase();
      case ',':
        return (value ?? '').slice(0, 1).toLowerCase() + (value ?? '').slice(1);
      case ',,':
        return (value ?? '').toLowerCase();
      default:
        throw new ShellError(
          this.sh.dialect === 'bash' ? `\${${name}}: bad substitution` : 'syntax error: bad substitution',
          this.sh.dialect === 'bash' ? 1 : 2,
        );
    }
  }

  private slice(value: string, p: Extract<Word[number], { t: 'param' }>): string {
    const number = (w: Word | undefined): number | undefined => {
      if (!w) return undefined;
      const x = parseArith(this.text(w));
      return x ? this.arithmetic(x) : 0;
    };
    const offset = number(p.arg) ?? 0;
    const length = number(p.arg2);
    const from = offset < 0 ? Math.max(0, value.length + offset) : offset;
    if (length === undefined) return value.slice(from);
    return length < 0 ? value.slice(from, value.length + length) : value.slice(from, from + length);
  }

  private unset(name: string): string {
    return this.sh.dialect === 'bash' ? `${name}: unbound variable` : `${name}: parameter not set`;
  }

  private glob(field: Segment[]): string[] {
    const text = this.bounded(field.map((s) => s.s).join(''));
    if (this.sh.opts.f || !field.some((s) => !s.q && /[*?[]/.test(s.s))) return [text];
    const pattern = field.map((s) => (s.q ? escapePattern(s.s) : s.s)).join('');
    if (!hasPattern(pattern)) return [text];
    const found = this.paths(pattern);
    return found.length ? found : [text];
  }

  private paths(pattern: string): string[] {
    let bases = [pattern.startsWith('/') ? '/' : ''];
    const pieces = pattern.split('/').filter((p, i, all) => p !== '' || (i > 0 && i === all.length - 1));
    for (const [i, piece] of pieces.entries()) {
      const last = i === pieces.length - 1;
      const out: string[] = [];
      for (const base of bases) {
        if (out.length > maxFields) break;
        if (piece === '') {
          if (this.around.list(this.absolute(base)) !== undefined) out.push(base);
          continue;
        }
        if (!hasPattern(piece)) {
          const path = base + unescapePattern(piece);
          if (this.around.exists(this.absolute(path))) out.push(last ? path : `${path}/`);
          continue;
        }
        for (const name of this.around.list(this.absolute(base)) ?? []) {
          if (name.startsWith('.') && !piece.startsWith('.')) continue;
          if (!matchesPattern(piece, name)) continue;
          if (last) out.push(base + name);
          else if (this.around.list(this.absolute(base + name)) !== undefined) out.push(`${base}${name}/`);
        }
      }
      bases = out;
    }
    return bases;
  }

  private absolute(path: string): string {
    return path.startsWith('/') ? path : `${this.around.cwd === '/' ? '' : this.around.cwd}/${path}`;
  }
}

const plain = (w: Word): string | undefined => (w.length === 1 && w[0]?.t === 'lit' ? w[0].s : undefined);

/** `{a,b}` and `{1..3}` of bash; a word without them is itself. */
function braces(w: Word): Word[] {
  const at = w.findIndex((p) => p.t === 'brace');
  const brace = w[at];
  if (at < 0 || brace?.t !== 'brace') return [w];
  const inner = brace.s.slice(1, -1);
  const range = /^(-?\d{1,6})\.\.(-?\d{1,6})(?:\.\.(-?\d{1,6}))?$/.exec(inner);
  const letters = /^([A-Za-z])\.\.([A-Za-z])$/.exec(inner);
  const items: string[] = [];
  if (range || letters) {
    const from = range ? Number(range[1]) : (letters?.[1] ?? '').charCodeAt(0);
    const to = range ? Number(range[2]) : (letters?.[2] ?? '').charCodeAt(0);
    const by = Math.max(1, Math.abs(Number(range?.[3] ?? 1)));
    for (let i = from, n = 0; (from <= to ? i <= to : i >= to) && n < maxFields; i += from <= to ? by : -by, n += 1) {
      items.push(range ? String(i) : String.fromCharCode(i));
    }
  } else if (inner.includes(',') && !/[{}$]/.test(inner)) items.push(...inner.split(','));
  else return braces([...w.slice(0, at), { t: 'lit', s: brace.s, q: false }, ...w.slice(at + 1)]);
  return items.flatMap((s) => braces([...w.slice(0, at), { t: 'lit', s, q: false }, ...w.slice(at + 1)]));
}
