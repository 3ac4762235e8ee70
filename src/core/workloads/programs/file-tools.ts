/** Programs that make, move, remove and describe files. */
import type { FileError } from '../../contracts/os.ts';
import { errorText, join, normalise, parentOf } from '../kernel/files.ts';
import type { Program } from '../kernel/program.ts';
import type { Sys } from '../kernel/sys.ts';
import { groupNameOrId, once, strftime, userName } from './basic.ts';
import { dd, fallocate, truncate } from './dd.ts';
import { isBusybox, options } from './filters.ts';
import { find } from './find.ts';
import { human, linksOf, ls, modeText } from './ls.ts';

const why = (e: FileError): string => errorText(e);

const touch = once((sys) => {
  const { opts, rest } = options(sys.argv, 'dtr');
  let code = 0;
  for (const path of rest) {
    if (opts.c !== undefined && !sys.files.exists(path)) continue;
    const error = sys.files.exists(path) ? sys.files.change(path, { mtimeMs: sys.nowMs }) : sys.files.write(path, '', { append: true });
    if (!error) continue;
    sys.err(isBusybox(sys) ? `touch: ${path}: ${why(error)}\n` : `touch: cannot touch '${path}': ${why(error)}\n`);
    code = 1;
  }
  return code;
});

const rm = once((sys) => {
  const { opts, rest } = options(sys.argv, '', { recursive: 'r', force: 'f' });
  const recursive = opts.r !== undefined || opts.R !== undefined;
  let code = 0;
  if (rest.length === 0 && opts.f === undefined) {
    sys.err(isBusybox(sys) ? 'Usage: rm [-irf] FILE...\n' : "rm: missing operand\nTry 'rm --help' for more information.\n");
    return 1;
  }
  for (const path of rest) {
    const stat = sys.files.stat(path, false);
    let error: FileError | undefined = 'error' in stat ? stat.error : undefined;
    if (!error && !('error' in stat)) {
      if (stat.kind === 'dir' && !recursive) error = 'EISDIR';
      else error = sys.files.remove(path, recursive);
    }
    if (!error || (error === 'ENOENT' && opts.f !== undefined)) continue;
    sys.err(
      isBusybox(sys)
        ? error === 'EISDIR'
          ? `rm: '${path}' is a directory\n`
          : `rm: can't remove '${path}': ${why(error)}\n`
        : `rm: cannot remove '${path}': ${why(error)}\n`,
    );
    code = 1;
  }
  return code;
});

const mkdir = once((sys) => {
  const { opts, rest } = options(sys.argv, 'm', { parents: 'p', mode: 'm' });
  let code = 0;
  for (const path of rest) {
    const mode = opts.m !== undefined && /^[0-7]{1,4}$/.test(opts.m) ? Number.parseInt(opts.m, 8) : undefined;
    const full = sys.files.absolute(path);
    const todo: string[] = [full];
    if (opts.p !== undefined) for (let up = parentOf(full); up !== '/' && !sys.files.exists(up); up = parentOf(up)) todo.push(up);
    for (const dir of todo.reverse()) {
      const error = sys.files.mkdir(dir, dir === full ? mode : undefined);
      if (!error || (opts.p !== undefined && error === 'EEXIST')) continue;
      sys.err(isBusybox(sys) ? `mkdir: can't create directory '${path}': ${why(error)}\n` : `mkdir: cannot create directory '${path}': ${why(error)}\n`);
      code = 1;
      break;
    }
  }
  return code;
});

const rmdir = once((sys) => {
  let code = 0;
  for (const path of options(sys.argv).rest) {
    const stat = sys.files.stat(path, false);
    const error = 'error' in stat ? stat.error : stat.kind !== 'dir' ? 'ENOTDIR' : sys.files.remove(path);
    if (!error) continue;
    sys.err(isBusybox(sys) ? `rmdir: '${path}': ${why(error)}\n` : `rmdir: failed to remove '${path}': ${why(error)}\n`);
    code = 1;
  }
  return code;
});

/** Where `mv a b` or `cp a b` puts it: into `b` when that is a directory. */
function destination(sys: Sys, from: string, to: string): string {
  const stat = sys.files.stat(to);
  if ('error' in stat || stat.kind !== 'dir') return to;
  const name = from.replace(/\/+$/, '').split('/').pop() ?? '';
  return join(to === '/' ? '/' : to.replace(/\/+$/, ''), name);
}

const mv = once((sys) => {
  const { rest } = options(sys.argv, 't');
  const to = rest.pop();
  if (to === undefined || rest.length === 0) {
    sys.complain('missing file operand');
    return 1;
  }
  let code = 0;
  for (const from of rest) {
    const error = sys.files.rename(from, destination(sys, from, to));
    if (!error) continue;
    sys.err(
      isBusybox(sys)
        ? `mv: can't rename '${from}': ${why(error)}\n`
        : error === 'ENOENT'
          ? `mv: cannot stat '${from}': ${why(error)}\n`
          : `mv: cannot move '${from}' to '${to}': ${why(error)}\n`,
    );
    code = 1;
  }
  return code;
});

function copy(sys: Sys, from: string, to: string, recursive: boolean, keepLinks: boolean, depth: number): { path: string; error: FileError } | undefined {
  const stat = sys.files.stat(from, !keepLinks);
  if ('error' in stat) return { path: from, error: stat.error };
  if (stat.kind === 'symlink') {
    const error = sys.files.symlink(to, stat.target ?? '');
    return error ? { path: to, error } : undefined;
  }
  if (stat.kind === 'dir') {
    if (!recursive || depth > 30) return { path: from, error: 'EISDIR' };
    const error = sys.files.exists(to) ? undefined : sys.files.mkdir(to, stat.mode);
    if (error) return { path: to, error };
    const names = sys.files.list(from);
    for (const name of Array.isArray(names) ? names : []) {
      const failed = copy(sys, join(from, name), join(to, name), true, keepLinks, depth + 1);
      if (failed) return failed;
    }
    return undefined;
  }
  const got = sys.files.read(from);
  if ('error' in got) return { path: from, error: got.error };
  const error = sys.files.write(to, got.text, { mode: stat.mode & ~sys.process.umask, ...(got.padBytes ? { padBytes: got.padBytes } : {}) });
  return error ? { path: to, error } : undefined;
}

const cp = once((sys) => {
  const { opts, rest } = options(sys.argv, 't');
  const to = rest.pop();
  if (to === undefined || rest.length === 0) {
    sys.complain('missing file operand');
    return 1;
  }
  const recursive = opts.r !== undefined || opts.R !== undefined || opts.a !== undefined;
  let code = 0;
  for (const from of rest) {
    const failed = copy(sys, from, destination(sys, from, to), recursive, opts.a !== undefined || opts.d !== undefined || opts.P !== undefined, 0);
    if (!failed) continue;
    if (failed.error === 'EISDIR' && !recursive)
      sys.err(isBusybox(sys) ? `cp: omitting directory '${from}'\n` : `cp: -r not specified; omitting directory '${from}'\n`);
    else
      sys.err(
        isBusybox(sys)
          ? `cp: can't ${failed.path === from ? 'stat' : 'create'} '${failed.path}': ${why(failed.error)}\n`
          : `cp: cannot ${failed.path === from ? 'stat' : 'create regular file'} '${failed.path}': ${why(failed.error)}\n`,
      );
    code = 1;
  }
  return code;
});

const ln = once((sys) => {
  const { opts, rest } = options(sys.argv);
  const [target, link] = rest;
  if (target === undefined) return 1;
  const to = destination(sys, target, link ?? '.');
  if (opts.f !== undefined && !('error' in sys.files.stat(to, false))) sys.files.remove(to);
  // Simplified: a hard link is a copy.
  let error: FileError | undefined;
  if (opts.s !== undefined) error = sys.files.symlink(to, target);
  else error = copy(sys, target, to, false, true, 0)?.error;
  if (!error) return 0;
  sys.err(isBusybox(sys) ? `ln: ${to}: ${why(error)}\n` : `ln: failed to create ${opts.s !== undefined ? 'symbolic' : 'hard'} link '${to}': ${why(error)}\n`);
  return 1;
});

/** `755`, `u+x`, `a-w`, `g=rX`. */
function newMode(text: string, old: number, isDir: boolean): number | undefined {
  if (/^[0-7]{1,4}$/.test(text)) return Number.parseInt(text, 8);
  let mode = old;
  for (const clause of text.split(',')) {
    const m = /^([ugoa]*)([-+=])([rwxXst]*)$/.exec(clause);
    if (!m) return undefined;
    const who = m[1] || 'a';
    let bits = 0;
    for (const p of m[3] ?? '') bits |= p === 'r' ? 4 : p === 'w' ? 2 : p === 'x' || (p === 'X' && (isDir || old & 0o111)) ? 1 : 0;
    let mask = 0;
    for (const [c, shift] of [
      ['u', 6],
      ['g', 3],
      ['o', 0],
    ] as const)
      if (who.includes(c) || who.includes('a')) mask |= bits << shift;
    if ((m[3] ?? '').includes('t')) mask |= 0o1000;
    if ((m[3] ?? '').includes('s')) mask |= (who.includes('u') || who.includes('a') ? 0o4000 : 0) | (who.includes('g') || who.includes('a') ? 0o2000 : 0);
    if (m[2] === '+') mode |= mask;
    else if (m[2] === '-') mode &= ~mask;
    else {
      for (const [c, shift] of [
        ['u', 6],
        ['g', 3],
        ['o', 0],
      ] as const)
        if (who.includes(c) || who.includes('a')) mode &= ~(7 << shift);
      mode |= mask;
    }
  }
  return mode;
}

/** Each path, and with `-R` what is below. */
function each(
  sys: Sys,
  paths: string[],
  recursive: boolean,
  act: (path: string) => FileError | undefined,
  words: (path: string, e: FileError) => string,
): number {
  let code = 0;
  let left = 5000;
  const visit = (path: string, depth: number): void => {
    left -= 1;
    if (left < 0 || depth > 40) return;
    const error = act(path);
    if (error) {
      sys.err(`${words(path, error)}\n`);
      code = 1;
    }
    const stat = sys.files.stat(path, false);
    if (recursive && !('error' in stat) && stat.kind === 'dir') {
      const names = sys.files.list(path);
      for (const name of Array.isArray(names) ? names : []) visit(join(path, name), depth + 1);
    }
  };
  for (const path of paths) visit(path, 0);
  return code;
}

const chmod = once((sys) => {
  const args = sys.argv.slice(1);
  const recursive = args[0] === '-R' && args.shift() !== undefined;
  const text = args.shift() ?? '';
  return each(
    sys,
    args,
    recursive,
    (path) => {
      const stat = sys.files.stat(path);
      if ('error' in stat) return stat.error;
      const mode = newMode(text, stat.mode, stat.kind === 'dir');
      return mode === undefined ? 'EINVAL' : sys.files.change(path, { mode });
    },
    (path, e) =>
      e === 'EINVAL' ? `chmod: invalid mode '${text}'` : isBusybox(sys) ? `chmod: ${path}: ${why(e)}` : `chmod: changing permissions of '${path}': ${why(e)}`,
  );
});

const chown = once((sys) => {
  const { opts, rest } = options(sys.argv);
  const [owner = '', ...paths] = rest;
  const [user = '', group = ''] = sys.name === 'chgrp' ? ['', owner] : owner.split(/[:.]/);
  const number = (file: string, name: string): number | undefined => {
    if (name === '') return undefined;
    if (/^[0-9]+$/.test(name)) return Number(name);
    const got = sys.files.read(file);
    const line = 'error' in got ? undefined : got.text.split('\n').find((l) => l.startsWith(`${name}:`));
    return line ? Number(line.split(':')[2]) : Number.NaN;
  };
  const [uid, gid] = [number('/etc/passwd', user), number('/etc/group', group)];
  if (Number.isNaN(uid) || Number.isNaN(gid)) {
    sys.complain(Number.isNaN(uid) ? `unknown user ${user}` : `unknown group ${group}`);
    return 1;
  }
  return each(
    sys,
    paths,
    opts.R !== undefined,
    (path) => (sys.process.uid !== 0 ? 'EPERM' : sys.files.change(path, { ...(uid !== undefined ? { uid } : {}), ...(gid !== undefined ? { gid } : {}) })),
    (path, e) => (isBusybox(sys) ? `${sys.name}: ${path}: ${why(e)}` : `${sys.name}: changing ownership of '${path}': ${why(e)}`),
  );
});

const stat = once((sys) => {
  const { opts, rest } = options(sys.argv, 'c', { format: 'c' });
  let code = 0;
  for (const path of rest) {
    const s = sys.files.stat(path, opts.L !== undefined);
    if ('error' in s) {
      sys.err(isBusybox(sys) ? `stat: can't stat '${path}': ${why(s.error)}\n` : `stat: cannot statx '${path}': ${why(s.error)}\n`);
      code = 1;
      continue;
    }
    const at = sys.epochMs - sys.nowMs + s.mtimeMs;
    const kind = {
      dir: 'directory',
      symlink: 'symbolic link',
      file: s.size === 0 ? 'regular empty file' : 'regular file',
      device: 'character special file',
      socket: 'socket',
    }[s.kind];
    const blocks = s.kind === 'file' ? Math.ceil(s.size / 4096) * 8 : s.kind === 'dir' ? 8 : 0;
    const field = (k: string): string => {
      const all: Record<string, string> = {
        a: (s.mode & 0o7777).toString(8),
        A: modeText(s),
        n: path,
        N: s.kind === 'symlink' ? `'${path}' -> '${s.target}'` : path,
        s: String(s.size),
        u: String(s.uid),
        U: userName(sys, s.uid),
        g: String(s.gid),
        G: groupNameOrId(sys, s.gid),
        F: kind,
        f: ({ dir: 0o40000, symlink: 0o120000, file: 0o100000, device: 0o20000, socket: 0o140000 }[s.kind] | s.mode).toString(16),
        h: String(linksOf(sys, path, s)),
        i: '1',
        Y: String(Math.floor(at / 1000)),
        X: String(Math.floor(at / 1000)),
        Z: String(Math.floor(at / 1000)),
        y: `${strftime('%F %T', at)}.${String(at % 1000).padStart(3, '0')}000000 +0000`,
        b: String(blocks),
        B: '512',
        '%': '%',
      };
      return all[k] ?? `%${k}`;
    };
    if (opts.c !== undefined) sys.out(`${opts.c.replace(/%([a-zA-Z%])/g, (_, k: string) => field(k))}\n`);
    else {
      const name = s.kind === 'symlink' ? `'${path}' -> '${s.target}'` : path;
      sys.out(
        `  File: ${name}\n  Size: ${String(s.size).padEnd(10)}\tBlocks: ${String(blocks).padEnd(10)} IO Block: 4096   ${kind}\nDevice: 1h/1d\tInode: 1           Links: ${field('h')}\nAccess: (${(s.mode & 0o7777).toString(8).padStart(4, '0')}/${modeText(s)})  Uid: (${String(s.uid).padStart(5)}/${userName(sys, s.uid).padStart(8)})   Gid: (${String(s.gid).padStart(5)}/${groupNameOrId(sys, s.gid).padStart(8)})\nAccess: ${field('y')}\nModify: ${field('y')}\nChange: ${field('y')}\n`,
      );
    }
  }
  return code;
});

const readlink = once((sys) => {
  const { opts, rest } = options(sys.argv);
  let code = 0;
  for (const path of rest) {
    if (opts.f !== undefined || sys.name === 'realpath') {
      const real = sys.files.real(path) ?? (sys.files.exists(parentOf(sys.files.absolute(path))) ? sys.files.absolute(path) : undefined);
      if (real !== undefined) sys.out(`${real}${opts.n !== undefined ? '' : '\n'}`);
      else {
        code = 1;
        if (sys.name === 'realpath') sys.complain(`${path}: No such file or directory`);
      }
      continue;
    }
    const s = sys.files.stat(path, false);
    if ('error' in s || s.kind !== 'symlink') code = 1;
    else sys.out(`${s.target}${opts.n !== undefined ? '' : '\n'}`);
  }
  return code;
});

const du = once((sys) => {
  const { opts, rest } = options(sys.argv, 'd');
  const show = (kb: number, path: string): void =>
    sys.out(`${opts.h !== undefined ? human(kb * 1024) : opts.m !== undefined ? Math.ceil(kb / 1024) : kb}\t${path}\n`);
  let left = 5000;
  const size = (path: string, depth: number): number => {
    left -= 1;
    const s = sys.files.stat(path, false);
    if ('error' in s || left < 0 || depth > 40) return 0;
    if (s.kind !== 'dir') return s.kind === 'file' ? Math.ceil(s.size / 4096) * 4 : 0;
    if (['/proc', '/sys', '/dev'].includes(normalise(sys.files.absolute(path)))) return 0;
    let kb = 4;
    const names = sys.files.list(path);
    for (const name of Array.isArray(names) ? names : []) kb += size(join(path, name), depth + 1);
    if (opts.s === undefined && depth > 0 && depth <= Number(opts.d ?? 99)) show(kb, path);
    return kb;
  };
  for (const path of rest.length > 0 ? rest : ['.']) show(size(path, 0), path);
  return 0;
});

export const fileTools: Record<string, Program> = {
  ls,
  touch,
  rm,
  mkdir,
  rmdir,
  mv,
  cp,
  ln,
  chmod,
  chown,
  chgrp: chown,
  stat,
  readlink,
  realpath: readlink,
  du,
  dd,
  fallocate,
  truncate,
  find,
  unlink: rm,
  install: cp,
};
