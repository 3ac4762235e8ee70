/** `dd`, `truncate`, `fallocate`: files whose bytes count but are not held. */
import { errorText } from '../kernel/files.ts';
import type { Sys } from '../kernel/sys.ts';
import { once } from './basic.ts';
import { isBusybox, options } from './filters.ts';
import { human } from './ls.ts';

/** `1M`, `4k`, `512` → bytes. */
function size(text: string): number {
  const m = /^([0-9]{1,12})(c|w|b|kB|k|K|KiB|MB|M|MiB|GB|G|GiB|T)?$/.exec(text);
  if (!m) return Number.NaN;
  const unit = {
    c: 1,
    w: 2,
    b: 512,
    kB: 1000,
    k: 1024,
    K: 1024,
    KiB: 1024,
    MB: 1e6,
    M: 1024 ** 2,
    MiB: 1024 ** 2,
    GB: 1e9,
    G: 1024 ** 3,
    GiB: 1024 ** 3,
    T: 1024 ** 4,
  }[m[2] ?? 'c'];
  return Number(m[1]) * (unit ?? 1);
}

/** More than this in one file is refused as a full disk would. */
const most = 1024 ** 4;

export const dd = once((sys) => {
  const o: Record<string, string> = Object.create(null);
  for (const a of sys.argv.slice(1)) {
    const at = a.indexOf('=');
    if (at < 0) {
      sys.complain(`unrecognized operand '${a}'`);
      return 1;
    }
    o[a.slice(0, at)] = a.slice(at + 1);
  }
  const block = size(o.bs ?? '512');
  const count = o.count === undefined ? undefined : size(o.count);
  if (Number.isNaN(block) || Number.isNaN(count) || block === 0) {
    sys.complain(`invalid number '${Number.isNaN(block) ? o.bs : o.count}'`);
    return 1;
  }
  const endless = o.if === '/dev/zero' || o.if === '/dev/urandom' || o.if === '/dev/random';
  let text = '';
  let padBytes = 0;
  if (endless) padBytes = count === undefined ? most : block * count;
  else {
    const got = o.if === undefined ? slurp(sys) : sys.files.read(o.if);
    if ('error' in got) {
      sys.err(isBusybox(sys) ? `dd: can't open '${o.if}': ${errorText(got.error)}\n` : `dd: failed to open '${o.if}': ${errorText(got.error)}\n`);
      return 1;
    }
    text = count === undefined ? got.text : got.text.slice(0, block * count);
  }
  const total = text.length + padBytes;
  if (o.of === undefined || o.of === '/dev/stdout') sys.out(text || '\0'.repeat(Math.min(padBytes, 65536)));
  else {
    const append = o.conv?.includes('notrunc') || o.oflag?.includes('append');
    const error = sys.files.write(o.of, text, { ...(append ? { append } : {}), ...(o.of === '/dev/null' ? {} : { padBytes: Math.min(padBytes, most) }) });
    if (error) {
      sys.err(error === 'ENOSPC' ? `dd: error writing '${o.of}': No space left on device\n` : `dd: can't open '${o.of}': ${errorText(error)}\n`);
      return 1;
    }
  }
  if (o.status !== 'none') {
    const blocks = Math.floor(total / block);
    const part = total % block === 0 ? 0 : 1;
    const seconds = Math.max(0.000_1, total / 1e9);
    sys.err(`${blocks}+${part} records in\n${blocks}+${part} records out\n`);
    sys.err(
      isBusybox(sys)
        ? `${total} bytes (${human(total)}B) copied, ${seconds.toFixed(6)} seconds, ${human(Math.floor(total / seconds))}B/s\n`
        : `${total} bytes copied, ${seconds.toFixed(6)} s, ${human(Math.floor(total / seconds))}B/s\n`,
    );
  }
  return 0;
});

/** Simplified: standard input is what has come so far. */
function slurp(sys: Sys): { text: string } {
  let text = '';
  for (let got = sys.read(0); typeof got === 'object' && 'text' in got && text.length < 1_000_000; got = sys.read(0)) text += got.text;
  return { text };
}

const sized = once((sys) => {
  const { opts, rest } = options(sys.argv, 'slo');
  const bytes = size(opts.s ?? opts.l ?? '');
  if (Number.isNaN(bytes)) {
    sys.complain(`invalid number '${opts.s ?? opts.l ?? ''}'`);
    return 1;
  }
  for (const path of rest) {
    const error = sys.files.write(path, '', { padBytes: bytes });
    if (error) {
      sys.complain(`${path}: ${errorText(error)}`);
      return 1;
    }
  }
  return 0;
});
export const truncate = sized;
export const fallocate = sized;
