/**
 * Files as a container sees them: the image's tree, an overlay of what it changed, /proc and /dev made on the fly, and mounts, which are
 * host paths asked of `HOST/os`. Paths are resolved name by name, so that links inside a volume lead where they would.
 */
import type { FileError, FileStat, FsAnswer, FsRequest } from '../../contracts/os.ts';
import type { Ctx } from '../../engine/types.ts';
import { baseTree } from '../rootfs.ts';
import { procFile, visible } from './proc-files.ts';
import { type Container, type FileNode, limits, type Process, utf8Length, type WorkloadsState } from './state.ts';

export interface Stat extends FileStat {
  /** Where it is: a path of the host behind a mount, or of the container's own tree. */
  onHost: boolean;
}
export interface Place {
  path: string;
  host?: string;
  readonly: boolean;
}

export class Files {
  private readonly state: WorkloadsState;
  private readonly container: Container;
  private readonly process: Process;
  private readonly ctx: Ctx;

  constructor(state: WorkloadsState, container: Container, process: Process, ctx: Ctx) {
    this.state = state;
    this.container = container;
    this.process = process;
    this.ctx = ctx;
  }

  absolute(path: string): string {
    return normalise(path.startsWith('/') ? path : `${this.process.cwd}/${path}`);
  }

  /** The text of a file. */
  read(path: string): { text: string; padBytes?: number } | { error: FileError } {
    const other = this.elsewhere(path);
    if (other) return other.files.read(other.path);
    const at = this.walk(path, true);
    if ('error' in at) return at;
    if (at.stat.kind === 'dir') return { error: 'EISDIR' };
    if (!this.may(at.stat, 4)) return { error: 'EACCES' };
    if (at.place.host !== undefined) {
      const own = this.ofMachine(at.place.path);
      if (own?.kind === 'file') return { text: own.text ?? '' };
      const answer = this.fs({ type: 'Fs', op: 'read', path: at.place.host });
      return answer.error ? { error: answer.error } : { text: answer.text ?? '', ...padOf(at.stat.size, answer.text ?? '') };
    }
    const made = this.made(at.place.path);
    if (made?.kind === 'file') return { text: made.text ?? '' };
    const node = this.node(at.place.path);
    return { text: node?.text ?? '', ...(node?.padBytes ? { padBytes: node.padBytes } : {}) };
  }

  stat(path: string, follow = true): Stat | { error: FileError } {
    const other = this.elsewhere(path);
    if (other) return other.files.stat(other.path, follow);
    const at = this.walk(path, follow);
    return 'error' in at ? at : { ...at.stat, onHost: at.place.host !== undefined };
  }

  exists(path: string): boolean {
    return !('error' in this.walk(path, true));
  }

  /** The path with every link followed. */
  real(path: string): string | undefined {
    const at = this.walk(path, true);
    return 'error' in at ? undefined : at.place.path;
  }

  list(path: string): string[] | { error: FileError } {
    const other = this.elsewhere(path);
    if (other) return other.files.list(other.path);
    const at = this.walk(path, true);
    if ('error' in at) return at;
    if (at.stat.kind !== 'dir') return { error: 'ENOTDIR' };
    if (!this.may(at.stat, 4)) return { error: 'EACCES' };
    if (at.place.host !== undefined) {
      const own = this.ofMachine(at.place.path);
      if (own?.kind === 'dir' && at.place.path !== '/proc/sys') return (own.text ?? '').split('\n').filter(Boolean).sort();
      const answer = this.fs({ type: 'Fs', op: 'list', path: at.place.host });
      return answer.error ? { error: answer.error } : (answer.names ?? []);
    }
    return this.names(at.place.path);
  }

  write(path: string, text: string, options: { append?: boolean; mode?: number; padBytes?: number; create?: boolean } = {}): FileError | undefined {
    const at = this.forWriting(path);
    if ('error' in at) return at.error;
    if (at.stat?.kind === 'dir') return 'EISDIR';
    // As the kernel asks: whether the mount may be written comes first, but for a file that is only opened to append.
    if (at.place.readonly && !(at.stat && options.append)) return 'EROFS';
    if (at.stat ? !this.may(at.stat, 2) : !this.may(at.parent, 2)) return 'EACCES';
    if (at.place.readonly) return 'EROFS';
    const mode = options.mode ?? 0o666 & ~this.process.umask;
    if (at.place.host !== undefined) {
      const gid = at.parent.mode & 0o2000 ? at.parent.gid : this.process.gid;
      const owner = at.stat ? {} : { mode, uid: this.process.uid, gid };
      const pad = options.padBytes ? { padBytes: options.padBytes } : {};
      return this.fs({ type: 'Fs', op: 'write', path: at.place.host, text, ...(options.append ? { append: true } : {}), ...owner, ...pad } as FsRequest).error;
    }
    if (this.made(at.place.path)) return at.stat?.kind === 'device' ? undefined : 'EACCES';
    const old = this.node(at.place.path);
    const own = this.container.files[at.place.path];
    const whole = options.append ? (old?.text ?? '') + text : text;
    const padBytes = (options.append ? (old?.padBytes ?? 0) : 0) + (options.padBytes ?? 0);
    if (whole.length > limits.textPerFile) return 'ENOSPC';
    const node: FileNode = {
      ...(old ?? { kind: 'file' as const, mode, uid: this.process.uid, gid: at.parent.mode & 0o2000 ? at.parent.gid : this.process.gid }),
      mtimeMs: this.ctx.nowMs,
      text: whole,
    };
    if (padBytes) node.padBytes = padBytes;
    else delete node.padBytes;
    // An append counts what it adds: counting the whole each time would take ever longer.
    const added = options.append && own ? utf8Length(text) : undefined;
    node.bytes = added === undefined ? utf8Length(whole) : (own?.bytes ?? utf8Length(own?.text ?? '')) + added;
    return this.put(at.place.path, node, added);
  }

  mkdir(path: string, mode = 0o777 & ~this.process.umask): FileError | undefined {
    const at = this.forWriting(path);
    if ('error' in at) return at.error;
    if (at.stat) return 'EEXIST';
    if (at.place.readonly) return 'EROFS';
    if (!this.may(at.parent, 2)) return 'EACCES';
    const setgid = at.parent.mode & 0o2000;
    const gid = setgid ? at.parent.gid : this.process.gid;
    if (at.place.host !== undefined) return this.fs({ type: 'Fs', op: 'mkdir', path: at.place.host, mode: mode | setgid, uid: this.process.uid, gid }).error;
    return this.put(at.place.path, { kind: 'dir', mode: mode | setgid, uid: this.process.uid, gid, mtimeMs: this.ctx.nowMs });
  }

  symlink(path: string, target: string): FileError | undefined {
    const at = this.forWriting(path, false);
    if ('error' in at) return at.error;
    if (at.stat) return 'EEXIST';
    if (at.place.readonly) return 'EROFS';
    if (!this.may(at.parent, 2)) return 'EACCES';
    if (at.place.host !== undefined) return this.fs({ type: 'Fs', op: 'symlink', path: at.place.host, target }).error;
    return this.put(at.place.path, { kind: 'symlink', mode: 0o777, uid: this.process.uid, gid: this.process.gid, mtimeMs: this.ctx.nowMs, target });
  }

  remove(path: string, recursive = false): FileError | undefined {
    const at = this.forWriting(path, false);
    if ('error' in at) return at.error;
    if (!at.stat) return 'ENOENT';
    if (at.mountPoint) return 'EBUSY';
    if (at.place.readonly) return 'EROFS';
    if (!this.may(at.parent, 2) || (at.parent.mode & 0o1000 && this.process.uid !== 0 && at.stat.uid !== this.process.uid)) return 'EACCES';
    if (at.place.host !== undefined) return this.fs({ type: 'Fs', op: 'remove', path: at.place.host, recursive }).error;
    if (at.stat.kind === 'dir') {
      if (!recursive && this.names(at.place.path).length > 0) return 'ENOTEMPTY';
      const prefix = `${at.place.path}/`;
      for (const key of Object.keys(this.container.files)) if (key.startsWith(prefix)) this.drop(key);
    }
    return this.gone(at.place.path);
  }

  rename(from: string, to: string): FileError | undefined {
    const a = this.forWriting(from, false);
    const b = this.forWriting(to, false);
    if ('error' in a) return a.error;
    if ('error' in b) return b.error;
    if (!a.stat) return 'ENOENT';
    if (a.place.readonly || b.place.readonly) return 'EROFS';
    if (!this.may(a.parent, 2) || !this.may(b.parent, 2)) return 'EACCES';
    if (a.place.host !== undefined && b.place.host !== undefined) return this.fs({ type: 'Fs', op: 'rename', path: a.place.host, to: b.place.host }).error;
    if (a.stat.kind === 'dir') return this.renameDir(a.place.path, b.place.path, a.place.host !== undefined || b.place.host !== undefined);
    const source = this.nodeAt(from);
    if ('error' in source) return source.error;
    if (b.stat) {
      if (b.stat.kind === 'dir') return 'EISDIR';
      const error = this.remove(to);
      if (error) return error;
    }
    const error =
      source.kind === 'symlink'
        ? this.symlink(to, source.target ?? '')
        : this.write(to, source.text ?? '', { mode: source.mode, ...(source.padBytes ? { padBytes: source.padBytes } : {}) });
    return error ?? this.remove(from);
  }

  change(path: string, to: { mode?: number; uid?: number; gid?: number; mtimeMs?: number }): FileError | undefined {
    const at = this.walk(path, true);
    if ('error' in at) return at.error;
    if (at.place.readonly) return 'EROFS';
    if (this.process.uid !== 0 && this.process.uid !== at.stat.uid) return 'EPERM';
    if (at.place.host !== undefined) {
      if (to.mode !== undefined) return this.fs({ type: 'Fs', op: 'chmod', path: at.place.host, mode: to.mode }).error;
      if (to.uid !== undefined || to.gid !== undefined)
        return this.fs({ type: 'Fs', op: 'chown', path: at.place.host, uid: to.uid ?? at.stat.uid, gid: to.gid ?? at.stat.gid }).error;
      if (to.mtimeMs !== undefined) return this.fs({ type: 'Fs', op: 'write', path: at.place.host, text: '', append: true }).error;
      return undefined;
    }
    const node = this.node(at.place.path);
    if (!node) return this.made(at.place.path) ? 'EPERM' : 'ENOENT';
    return this.put(at.place.path, { ...node, ...to });
  }

  /** May the process do it (4 read, 2 write, 1 execute)? */
  may(stat: { mode: number; uid: number; gid: number; kind?: string }, want: number): boolean {
    if (this.process.uid === 0) return want !== 1 || stat.kind === 'dir' || (stat.mode & 0o111) !== 0;
    const shift = stat.uid === this.process.uid ? 6 : stat.gid === this.process.gid || this.process.groups.includes(stat.gid) ? 3 : 0;
    return ((stat.mode >> shift) & want) === want;
  }

  fs(request: FsRequest): FsAnswer {
    return this.ctx.call<FsAnswer>(`${this.state.host}/os`, request);
  }

  /** `/proc/PID/root/…` of a process in another container that shares the PID namespace. Simplified: for reading alone. */
  private elsewhere(path: string): { files: Files; path: string } | undefined {
    if (!path.startsWith('/proc/')) return undefined;
    const m = /^\/proc\/([0-9]{1,9})\/root(\/.*)?$/.exec(path);
    const target = m ? visible(this.state, this.container, this.ctx).find((p) => String(p.nspid) === m[1]) : undefined;
    const container = target ? this.state.containers[target.containerID] : undefined;
    if (!target || !container || container === this.container || (this.process.uid !== 0 && this.process.uid !== target.uid)) return undefined;
    return { files: new Files(this.state, container, { ...this.process, cwd: '/' }, this.ctx), path: m?.[2] ?? '/' };
  }

  private nodeAt(path: string): FileNode | { error: FileError } {
    const at = this.walk(path, false);
    if ('error' in at) return at;
    const { kind, mode, uid, gid, mtimeMs, target } = at.stat;
    if (kind === 'symlink') return { kind, mode, uid, gid, mtimeMs, target: target ?? '' };
    const got = this.read(path);
    if ('error' in got) return got;
    return { kind: 'file', mode, uid, gid, mtimeMs, text: got.text, ...(got.padBytes ? { padBytes: got.padBytes } : {}) };
  }

  private renameDir(from: string, to: string, crosses: boolean): FileError | undefined {
    if (crosses) return 'EINVAL';
    const move = (a: string, b: string, depth: number): void => {
      const node = this.node(a);
      if (!node || depth > 40) return;
      this.put(b, node);
      if (node.kind === 'dir') for (const name of this.names(a)) move(`${a}/${name}`, `${b}/${name}`, depth + 1);
    };
    move(from, to, 0);
    return this.remove(from, true);
  }

  /** Where a path leads, its parent, and what is there already. Follows the last link when it leads somewhere. */
  private forWriting(path: string, follow = true): { place: Place; parent: Stat; stat?: Stat; mountPoint?: true } | { error: FileError } {
    const full = this.absolute(path);
    if (full.length > 4096) return { error: 'ENAMETOOLONG' };
    const found = this.walk(full, follow);
    if (!('error' in found)) {
      const parent = this.stat(parentOf(found.place.path));
      if ('error' in parent) return parent;
      const mountPoint = this.container.environment.mounts.some((m) => m.containerPath === found.place.path);
      return {
        place: found.place,
        parent,
        stat: { ...found.stat, onHost: found.place.host !== undefined },
        ...(mountPoint ? { mountPoint: true as const } : {}),
      };
    }
    if (found.error !== 'ENOENT') return found;
    if (follow) {
      const link = this.walk(full, false);
      if (!('error' in link) && link.stat.kind === 'symlink') {
        const target = link.stat.target ?? '';
        return this.forWriting(target.startsWith('/') ? target : `${parentOf(link.place.path)}/${target}`, false);
      }
    }
    const parent = this.walk(parentOf(full), true);
    if ('error' in parent) return parent;
    if (parent.stat.kind !== 'dir') return { error: 'ENOTDIR' };
    const name = full.slice(full.lastIndexOf('/') + 1);
    const place: Place = { path: join(parent.place.path, name), readonly: parent.place.readonly };
    if (parent.place.host !== undefined) place.host = join(parent.place.host, name);
    return { place, parent: { ...parent.stat, onHost: parent.place.host !== undefined } };
  }

  private walk(path: string, follow: boolean): { place: Place; stat: FileStat } | { error: FileError } {
    let full = this.absolute(path);
    for (let links = 0; links < 40; links += 1) {
      const names = full === '/' ? [] : full.slice(1).split('/');
      let at = '';
      let link: string | undefined;
      let place = this.place('/');
      let stat = this.lstat(place);
      for (const [i, name] of names.entries()) {
        if (stat?.kind !== 'dir') return { error: stat ? 'ENOTDIR' : 'ENOENT' };
        if (this.process.uid !== 0 && !this.may(stat, 1)) return { error: 'EACCES' };
        const here = `${at}/${name}`;
        place = this.place(here);
        stat = this.lstat(place);
        if (!stat) return { error: 'ENOENT' };
        if (stat.kind === 'symlink' && (follow || i < names.length - 1)) {
          const target = stat.target ?? '';
          const rest = names.slice(i + 1).join('/');
          link = normalise(`${target.startsWith('/') ? target : `${at}/${target}`}/${rest}`);
          break;
        }
        at = here;
      }
      if (link === undefined) return stat ? { place, stat } : { error: 'ENOENT' };
      full = link;
    }
    return { error: 'ELOOP' };
  }

  /** Rootfs or the mount that covers `path`. */
  private place(path: string): Place {
    const { mounts, readonlyRootfs } = this.container.environment;
    if (mounts.length === 0) return { path, readonly: readonlyRootfs };
    let best: (typeof mounts)[number] | undefined;
    for (const m of mounts) {
      const covers = path === m.containerPath || m.containerPath === '/' || (path.startsWith(m.containerPath) && path[m.containerPath.length] === '/');
      if (covers && (!best || m.containerPath.length > best.containerPath.length)) best = m;
    }
    if (!best) return { path, readonly: readonlyRootfs };
    const below = best.containerPath === '/' ? path : path.slice(best.containerPath.length);
    return { path, host: normalise(`${best.hostPath}/${below}`), readonly: best.readonly };
  }

  private lstat(place: Place): FileStat | undefined {
    if (place.host !== undefined) {
      const own = this.ofMachine(place.path);
      if (own) return statOf(own);
      const direct = this.container.environment.mounts.some((m) => m.containerPath === place.path);
      const answer = this.fs({ type: 'Fs', op: direct ? 'stat' : 'lstat', path: place.host });
      return answer.stat;
    }
    const node = this.made(place.path) ?? this.node(place.path);
    return node ? statOf(node) : undefined;
  }

  /** In the shell of a host /proc and /dev are made as in a container, while /sys is the kernel's. */
  private ofMachine(path: string): FileNode | undefined {
    return this.container.id === 'host' && !path.startsWith('/sys') ? this.made(path) : undefined;
  }

  private made(path: string): FileNode | undefined {
    return path.startsWith('/proc') || path.startsWith('/sys') || path.startsWith('/dev')
      ? procFile(path, this.state, this.container, this.process, this.ctx)
      : undefined;
  }

  private node(path: string): FileNode | undefined {
    const over = Object.hasOwn(this.container.files, path) ? this.container.files[path] : undefined;
    if (over !== undefined) return over ?? undefined;
    const base = baseTree(this.container.environment.image);
    const node = base.nodes.get(path);
    if (!node) return undefined;
    return node;
  }

  private names(path: string): string[] {
    const out = new Set<string>();
    const prefix = path === '/' ? '/' : `${path}/`;
    for (const name of baseTree(this.container.environment.image).children.get(path) ?? []) out.add(name);
    for (const key of Object.keys(this.container.files)) {
      if (!key.startsWith(prefix)) continue;
      const name = key.slice(prefix.length);
      if (name.includes('/') || name === '') continue;
      if (this.container.files[key]) out.add(name);
      else out.delete(name);
    }
    const made = this.made(path);
    if (made?.kind === 'dir') for (const name of (made.text ?? '').split('\n')) if (name) out.add(name);
    return [...out].sort();
  }

  private put(path: string, node: FileNode, added?: number): FileError | undefined {
    const files = this.container.files;
    const old = files[path];
    const bytes = this.container.bytes + (added ?? (node.bytes ?? utf8Length(node.text ?? '')) - (old?.bytes ?? utf8Length(old?.text ?? '')));
    if (bytes > limits.bytesPerContainer) return 'ENOSPC';
    if (old === undefined && Object.keys(files).length >= limits.filesPerContainer) return 'ENOSPC';
    files[path] = node;
    this.container.bytes = bytes;
    return undefined;
  }

  private drop(path: string): void {
    const old = this.container.files[path];
    if (old?.text) this.container.bytes -= old.bytes ?? utf8Length(old.text);
    delete this.container.files[path];
  }

  private gone(path: string): undefined {
    this.drop(path);
    const base = baseTree(this.container.environment.image);
    const hide = (at: string): void => {
      this.container.files[at] = null;
      for (const name of base.children.get(at) ?? []) hide(join(at, name));
    };
    if (base.nodes.has(path)) hide(path);
    return undefined;
  }
}

const padOf = (size: number, text: string): { padBytes?: number } => (size > text.length * 3 ? { padBytes: size - text.length } : {});

function statOf(node: FileNode): FileStat {
  const size =
    node.kind === 'dir' ? 4096 : node.kind === 'symlink' ? (node.target ?? '').length : (node.bytes ?? utf8Length(node.text ?? '')) + (node.padBytes ?? 0);
  return {
    kind: node.kind,
    mode: node.mode,
    uid: node.uid,
    gid: node.gid,
    size,
    mtimeMs: node.mtimeMs,
    ...(node.target !== undefined ? { target: node.target } : {}),
  };
}

export const parentOf = (path: string): string => {
  const at = path.lastIndexOf('/');
  return at <= 0 ? '/' : path.slice(0, at);
};

export const join = (dir: string, name: string): string => (dir === '/' ? `/${name}` : `${dir}/${name}`);

/** Without `.`, `..` and doubled slashes. */
export function normalise(path: string): string {
  if (!path.includes('//') && !path.includes('/.') && !path.endsWith('/')) return path;
  const out: string[] = [];
  for (const name of path.split('/')) {
    if (name === '' || name === '.') continue;
    if (name === '..') out.pop();
    else out.push(name);
  }
  return `/${out.join('/')}`;
}

/** strerror of glibc and musl, as programs print them. */
export function errorText(error: FileError): string {
  switch (error) {
    case 'ENOENT':
      return 'No such file or directory';
    case 'ENOTDIR':
      return 'Not a directory';
    case 'EISDIR':
      return 'Is a directory';
    case 'EEXIST':
      return 'File exists';
    case 'EACCES':
      return 'Permission denied';
    case 'EROFS':
      return 'Read-only file system';
    case 'ENOTEMPTY':
      return 'Directory not empty';
    case 'ENOSPC':
      return 'No space left on device';
    case 'ELOOP':
      return 'Too many levels of symbolic links';
    case 'EPERM':
      return 'Operation not permitted';
    case 'EBUSY':
      return 'Resource busy';
    case 'ENAMETOOLONG':
      return 'File name too long';
    default:
      return 'Invalid argument';
  }
}
