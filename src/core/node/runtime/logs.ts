/**
 * Log files of containers in CRI's format: `2026-01-02T03:04:05.12Z stdout F text`.
 * Models containerd internal/cri/io/logger.go, v2.1.
 */
import type { FsRequest } from '../../contracts/os.ts';
import { rfc3339 } from '../../engine/time.ts';
import type { Body, Ctx } from '../../engine/types.ts';
import { fs, timer } from './kernel.ts';
import type { Container, LogState, RuntimeState } from './state.ts';

/** A longer line is split into pieces of this many bytes (max_container_log_line_size). */
export const maxLineBytes = 16_384;
/** A live log file does not grow beyond this: what comes after is dropped until it is rotated. Bounds the memory a container that only writes can take. */
export const maxLogFileBytes = 32 * 1024 * 1024;
/** Output that comes faster than this is written in one go. */
const flushEveryMs = 100;

export const newLog = (path: string): LogState => ({
  path,
  size: 0,
  stdout: '',
  stderr: '',
  buffer: '',
  flushing: false,
  lastFlushMs: -flushEveryMs,
  stampMs: -1,
  stamped: 0,
  dropped: false,
});

/** Creates the file, and its directory when the kubelet did not. */
export function openLog(log: LogState, ctx: Ctx): void {
  if (log.path === '') return;
  const empty: FsRequest = { type: 'Fs', op: 'write', path: log.path, text: '', append: true, mode: 0o640 };
  if (fs(ctx, empty).error !== 'ENOENT') return;
  fs(ctx, { type: 'Fs', op: 'mkdir', path: log.path.slice(0, log.path.lastIndexOf('/')), parents: true, mode: 0o755 });
  fs(ctx, empty);
}

export function writeOutput(c: Container, stream: 'stdout' | 'stderr', text: string, ctx: Ctx): void {
  const log = c.log;
  if (log.path === '') return;
  const lines: string[] = [];
  let from = 0;
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
    let line = log[stream] + text.slice(from, end);
    log[stream] = '';
    if (line.endsWith('\r')) line = line.slice(0, -1);
    pieces(log, stream, line, true, lines, ctx);
    from = end + 1;
  }
  let rest = log[stream] + text.slice(from);
  if (rest.length > maxLineBytes) rest = pieces(log, stream, rest, false, lines, ctx);
  log[stream] = rest;
  if (lines.length === 0) return;
  log.buffer += lines.join('');
  if (ctx.nowMs - log.lastFlushMs >= flushEveryMs) flush(log, ctx);
  else if (!log.flushing) {
    log.flushing = true;
    timer(ctx, { type: 'FlushLog', containerId: c.id }, flushEveryMs - (ctx.nowMs - log.lastFlushMs));
  }
}

/** The process is gone: what has no newline is written as a partial line. */
export function closeLog(log: LogState, ctx: Ctx): void {
  for (const stream of ['stdout', 'stderr'] as const) {
    if (log[stream] === '') continue;
    log.buffer += `${stamp(log, ctx)} ${stream} P ${log[stream]}\n`;
    log[stream] = '';
  }
  flush(log, ctx);
}

export function flushLog(state: RuntimeState, containerId: string, ctx: Ctx): void {
  const log = state.containers[containerId]?.log;
  if (!log) return;
  log.flushing = false;
  flush(log, ctx);
}

/** ReopenContainerLog: the old file was renamed; the next line goes to a new one. */
export function reopenLog(log: LogState, ctx: Ctx): void {
  flush(log, ctx);
  log.size = 0;
  log.dropped = false;
  openLog(log, ctx);
}

/** Writes `line` in pieces; without `end` only whole pieces, and returns what is left. */
function pieces(log: LogState, stream: string, line: string, end: boolean, out: string[], ctx: Ctx): string {
  let rest = line;
  while (rest.length * 3 > maxLineBytes) {
    const cut = unitsOfBytes(rest, maxLineBytes);
    if (cut >= rest.length) break;
    out.push(`${stamp(log, ctx)} ${stream} P ${rest.slice(0, cut)}\n`);
    rest = rest.slice(cut);
  }
  if (!end) return rest;
  out.push(`${stamp(log, ctx)} ${stream} F ${rest}\n`);
  return '';
}

/** How many UTF-16 units of `text` make at most `bytes` bytes of UTF-8, not splitting a character. */
function unitsOfBytes(text: string, bytes: number): number {
  let used = 0;
  for (let i = 0; i < text.length; i += 1) {
    const c = text.charCodeAt(i);
    const pair = c >= 0xd800 && c <= 0xdbff;
    used += c < 0x80 ? 1 : c < 0x800 ? 2 : pair ? 4 : 3;
    if (used > bytes) return i;
    if (pair) i += 1;
  }
  return text.length;
}

/** RFC3339Nano. The model's clock has milliseconds; lines of the same one are told apart by the digits below. */
function stamp(log: LogState, ctx: Ctx): string {
  if (log.stampMs !== ctx.epochMs) {
    log.stampMs = ctx.epochMs;
    log.stamped = 0;
  }
  const below = Math.min(999_999, 103_741 + log.stamped * 1_709);
  log.stamped += 1;
  const nanos = String((((ctx.epochMs % 1000) + 1000) % 1000) * 1_000_000 + below).padStart(9, '0');
  let width = 9;
  while (width > 1 && nanos.charCodeAt(width - 1) === 48) width -= 1;
  return `${rfc3339(ctx.epochMs).slice(0, -1)}.${nanos.slice(0, width)}Z`;
}

function flush(log: LogState, ctx: Ctx): void {
  log.lastFlushMs = ctx.nowMs;
  if (log.buffer === '') return;
  const text = log.buffer;
  log.buffer = '';
  if (log.size + text.length > maxLogFileBytes) {
    if (!log.dropped) ctx.note({ type: 'LogFull', path: log.path, maxLogFileBytes } as Body);
    log.dropped = true;
    return;
  }
  log.size += text.length;
  fs(ctx, { type: 'Fs', op: 'write', path: log.path, text, append: true });
}
