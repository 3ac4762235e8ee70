/** `ls`, in busybox's form: `-l`, `-a`, `-A`, `-R`, `-1`, `-d`, `-n`, `-h`, `-t`. */
import { civil } from '../../engine/time.ts';
import { errorText, join, type Stat } from '../kernel/files.ts';
import type { Sys } from '../kernel/sys.ts';
import { groupNameOrId, months, once, userName } from './basic.ts';
import { isBusybox, options } from './filters.ts';

export function modeText(stat: { kind: string; mode: number }): string {
  const kind = { dir: 'd', symlink: 'l', socket: 's', device: 'c' }[stat.kind] ?? '-';
  let text = kind;
  for (let shift = 6; shift >= 0; shift -= 3) {
    const bits = (stat.mode >> shift) & 7;
    const special = shift === 6 ? stat.mode & 0o4000 : shift === 3 ? stat.mode & 0o2000 : stat.mode & 0o1000;
    const x = (bits & 1) !== 0;
    text += (bits & 4 ? 'r' : '-') + (bits & 2 ? 'w' : '-') + (special ? (shift === 0 ? (x ? 't' : 'T') : x ? 's' : 'S') : x ? 'x' : '-');
  }
  return text;
}

/** Directories: 2 and one for each below; 1 where an overlay merges the image's with the container's. */
export function linksOf(sys: Sys, path: string, stat: Stat): number {
  if (stat.kind !== 'dir') return 1;
  if (!stat.onHost && sys.container.files[sys.files.real(path) ?? path] === undefined) return 1;
  const names = sys.files.list(path);
  if (!Array.isArray(names)) return 2;
  let n = 2;
  for (const name of names.slice(0, 500)) {
    const inner = sys.files.stat(join(path, name), false);
    if (!('error' in inner) && inner.kind === 'dir') n += 1;
  }
  return n;
}

const two = (n: number, fill = '0'): string => String(n).padStart(2, fill);

function timeText(sys: Sys, mtimeMs: number): string {
  const at = civil(sys.epochMs - sys.nowMs + mtimeMs);
  const age = sys.nowMs - mtimeMs;
  const old = age > 15_552_000_000 || age < -900_000;
  const day = isBusybox(sys) ? two(at.day, ' ') : two(at.day, ' ');
  return `${months[at.month - 1]} ${day} ${old ? ` ${at.year}` : `${two(at.hour)}:${two(at.minute)}`}`;
}

interface Entry {
  name: string;
  path: string;
  stat: Stat;
}

/** The file system a host path is on: `tmpfs` keeps directories without blocks. */
function onTmpfs(sys: Sys, path: string): boolean {
  const full = sys.files.absolute(path);
  const mount = sys.container.environment.mounts
    .filter((m) => full === m.containerPath || full.startsWith(`${m.containerPath}/`))
    .sort((a, b) => b.containerPath.length - a.containerPath.length)[0];
  if (!mount) return false;
  const mounts = sys.files.fs({ type: 'Fs', op: 'mounts' }).mounts ?? [];
  const best = mounts
    .filter((m) => mount.hostPath === m.path || mount.hostPath.startsWith(m.path === '/' ? '/' : `${m.path}/`))
    .sort((a, b) => b.path.length - a.path.length)[0];
  return best?.fstype === 'tmpfs';
}

export const ls = once((sys) => {
  const { opts, rest } = options(sys.argv, '', { all: 'a', color: 'z', 'full-time': 'l' });
  const long = opts.l !== undefined || opts.n !== undefined;
  const paths = rest.length > 0 ? rest : ['.'];
  let code = 0;
  let first = true;
  const entries: Entry[] = [];
  const dirs: string[] = [];
  for (const path of paths) {
    const stat = sys.files.stat(path, !long && opts.d === undefined ? true : path.endsWith('/') || false);
    const link = 'error' in stat || stat.kind !== 'symlink' ? stat : stat;
    if ('error' in link) {
      sys.err(isBusybox(sys) ? `ls: ${path}: ${errorText(link.error)}\n` : `ls: cannot access '${path}': ${errorText(link.error)}\n`);
      code = isBusybox(sys) ? 1 : 2;
      continue;
    }
    if (link.kind === 'dir' && opts.d === undefined) dirs.push(path);
    else entries.push({ name: path, path, stat: link });
  }
  if (entries.length > 0) {
    print(sys, entries, opts, long);
    first = false;
  }
  const many = paths.length > 1 || opts.R !== undefined;
  let left = 2000;
  const directory = (path: string, depth: number): void => {
    left -= 1;
    if (left < 0 || depth > 40) return;
    const names = sys.files.list(path);
    if (!Array.isArray(names)) {
      sys.err(isBusybox(sys) ? `ls: can't open '${path}': ${errorText(names.error)}\n` : `ls: cannot open directory '${path}': ${errorText(names.error)}\n`);
      code = isBusybox(sys) ? 1 : 2;
      return;
    }
    const shown = [...(opts.a !== undefined ? ['.', '..'] : []), ...names.filter((n) => opts.a !== undefined || opts.A !== undefined || !n.startsWith('.'))];
    const list: Entry[] = [];
    for (const name of shown) {
      const inner = name === '.' ? path : name === '..' ? `${path}/..` : path === '/' ? `/${name}` : `${path}/${name}`;
      const stat = sys.files.stat(inner, name === '.' || name === '..');
      if (!('error' in stat)) list.push({ name, path: inner, stat });
    }
    if (opts.t !== undefined) list.sort((a, b) => b.stat.mtimeMs - a.stat.mtimeMs);
    if (opts.r !== undefined) list.reverse();
    if (many) {
      sys.out(`${first ? '' : '\n'}${path}:\n`);
      first = false;
    }
    if (long || opts.s !== undefined) {
      let blocks = 0;
      for (const e of list) {
        const tmpfs = onTmpfs(sys, e.path);
        if (e.stat.kind === 'dir') blocks += tmpfs ? 0 : 4;
        else if (e.stat.kind === 'file') blocks += Math.ceil(e.stat.size / 4096) * 4;
      }
      sys.out(`total ${blocks}\n`);
    }
    print(sys, list, opts, long);
    if (opts.R !== undefined) for (const e of list) if (e.stat.kind === 'dir' && e.name !== '.' && e.name !== '..') directory(e.path, depth + 1);
  };
  for (const path of dirs) directory(path, 0);
  return code;
});

function print(sys: Sys, list: Entry[], opts: Record<string, string>, long: boolean): void {
  let out = '';
  for (const e of list) {
    if (!long) {
      out += `${e.name}${opts.F !== undefined && e.stat.kind === 'dir' ? '/' : ''}\n`;
      continue;
    }
    const user = opts.n !== undefined ? String(e.stat.uid) : userName(sys, e.stat.uid);
    const group = opts.n !== undefined ? String(e.stat.gid) : groupNameOrId(sys, e.stat.gid);
    const size = opts.h !== undefined ? human(e.stat.size) : String(e.stat.size);
    const target = e.stat.kind === 'symlink' ? ` -> ${e.stat.target}` : '';
    const links = linksOf(sys, e.path, e.stat);
    out += isBusybox(sys)
      ? `${modeText(e.stat)} ${String(links).padStart(4)} ${user.padEnd(8)} ${group.padEnd(8)} ${size.padStart(9)} ${timeText(sys, e.stat.mtimeMs)} ${e.name}${target}\n`
      : `${modeText(e.stat)} ${links} ${user} ${group} ${size.padStart(4)} ${timeText(sys, e.stat.mtimeMs)} ${e.name}${target}\n`;
  }
  sys.out(out);
}

/** `4.0K`, `1.2M`. */
export function human(bytes: number): string {
  if (bytes < 1024) return String(bytes);
  let value = bytes;
  let unit = '';
  for (const u of ['K', 'M', 'G', 'T']) {
    if (value < 1024) break;
    value /= 1024;
    unit = u;
  }
  return `${value.toFixed(1)}${unit}`;
}
