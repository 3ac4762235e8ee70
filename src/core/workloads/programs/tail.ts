/** `tail`: last lines, following files that grow or come later, and the `/dev/zero` that eats memory. */
import { errorText } from '../kernel/files.ts';
import type { Outcome, Program } from '../kernel/program.ts';
import type { Sys } from '../kernel/sys.ts';
import { isBusybox, maxHeld, options } from './filters.ts';

interface TailState {
  files: { path: string; size: number; missing: boolean }[];
  follow: boolean;
  byName: boolean;
  lines: number;
  fromStart: boolean;
  bytes: boolean;
  stdin: string;
  shown: string;
  rss?: number;
}

/** busybox looks once a second. */
const pollMs = 1000;
/** What `/dev/zero` costs: bytes by step. */
const growBytes = 4 * 1024 * 1024;
const growMs = 50;

export const tail: Program = {
  start(sys) {
    const argv = sys.argv.map((a) =>
      /^[-+][0-9]+f?$/.test(a) ? `-n${a.startsWith('+') ? '+' : ''}${a.replace(/[^0-9]/g, '')}${a.endsWith('f') ? '' : ''}` : a,
    );
    const { opts, rest } = options(argv, 'ncs', { lines: 'n', bytes: 'c', follow: 'f', retry: 'R' });
    const count = opts.c ?? opts.n ?? '10';
    const st: TailState = {
      files: [],
      follow: opts.f !== undefined || opts.F !== undefined || sys.argv.some((a) => /^-[0-9]+f$/.test(a)),
      byName: opts.F !== undefined || opts.f === 'name',
      lines: Math.abs(Number.parseInt(count.replace('+', ''), 10)) || 0,
      fromStart: count.startsWith('+'),
      bytes: opts.c !== undefined,
      stdin: '',
      shown: '',
    };
    sys.process.data = st;
    if (rest.some((f) => sys.files.absolute(f) === '/dev/zero')) {
      st.rss = 0;
      sys.timer(growMs);
      return undefined;
    }
    if (rest.length === 0 || (rest.length === 1 && rest[0] === '-')) return fromStdin(sys, st);
    let code = 0;
    for (const path of rest) {
      const got = sys.files.read(path);
      if ('error' in got) {
        sys.err(
          isBusybox(sys) ? `tail: can't open '${path}': ${errorText(got.error)}\n` : `tail: cannot open '${path}' for reading: ${errorText(got.error)}\n`,
        );
        code = 1;
        if (st.byName || (isBusybox(sys) && st.follow && st.byName)) st.files.push({ path, size: 0, missing: true });
        continue;
      }
      show(sys, st, path, lastOf(st, got.text), rest.length > 1);
      st.files.push({ path, size: got.text.length, missing: false });
    }
    if (!st.follow || st.files.length === 0) {
      if (st.follow) sys.complain('no files');
      return code;
    }
    sys.timer(pollMs);
    return undefined;
  },
  resume(sys, event) {
    const st = sys.process.data as TailState;
    if (st.rss !== undefined) {
      if (event.type !== 'timer') return undefined;
      st.rss += growBytes;
      sys.kernel.charge(sys.process, st.rss);
      if (sys.alive) sys.timer(st.rss > 64 * 1024 ** 3 ? 3_600_000 : growMs);
      return undefined;
    }
    if (st.files.length === 0) return fromStdin(sys, st);
    if (event.type !== 'timer') return undefined;
    for (const f of st.files) {
      const got = sys.files.read(f.path);
      if ('error' in got) {
        f.missing = f.missing || st.byName;
        continue;
      }
      if (f.missing) {
        sys.err(isBusybox(sys) ? `tail: ${f.path} has appeared; following end of new file\n` : `tail: '${f.path}' has appeared;  following new file\n`);
        f.missing = false;
        f.size = 0;
      }
      if (got.text.length < f.size) f.size = 0;
      if (got.text.length > f.size) show(sys, st, f.path, got.text.slice(f.size), st.files.length > 1);
      f.size = got.text.length;
      if (!sys.alive) return undefined;
    }
    sys.timer(pollMs);
    return undefined;
  },
};

function show(sys: Sys, st: TailState, path: string, text: string, many: boolean): void {
  if (many && st.shown !== path) sys.out(`${st.shown === '' ? '' : '\n'}==> ${path} <==\n`);
  st.shown = path;
  sys.out(text);
}

function lastOf(st: TailState, text: string): string {
  if (st.bytes) return st.fromStart ? text.slice(st.lines - 1) : st.lines === 0 ? '' : text.slice(-st.lines);
  if (st.fromStart) {
    let at = 0;
    for (let n = 1; n < st.lines && at < text.length; n += 1) {
      const end = text.indexOf('\n', at);
      if (end < 0) return '';
      at = end + 1;
    }
    return text.slice(at);
  }
  if (st.lines === 0) return '';
  let at = text.endsWith('\n') ? text.length - 1 : text.length;
  for (let n = 0; n < st.lines; n += 1) {
    at = text.lastIndexOf('\n', at - 1);
    if (at < 0) return text;
  }
  return text.slice(at + 1);
}

function fromStdin(sys: Sys, st: TailState): Outcome {
  for (;;) {
    const got = sys.read(0);
    if (got === 'wait') return undefined;
    if (got === 'eof' || 'error' in got) break;
    st.stdin += got.text;
    if (st.stdin.length > maxHeld) st.stdin = st.stdin.slice(-maxHeld / 2);
  }
  sys.out(lastOf(st, st.stdin));
  return 0;
}
