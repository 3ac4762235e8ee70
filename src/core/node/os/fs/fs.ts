/** System calls on files, as root. Answers errno; never throws. */
import type { FileError, FileStat, FsAnswer, FsRequest } from '../../../contracts/os.ts';
import { append, byteLength, bytesBelow, height, newFile, sizeOf, textOf } from './content.ts';
import { mount, mountTable, unmount } from './mounts.ts';
import {
  type Dir,
  type FileSystem,
  type FsNode,
  find,
  findParent,
  forgetDirectories,
  join,
  type Mount,
  maxDepth,
  maxFileBytes,
  maxHeldBytes,
  newDir,
  split,
} from './tree.ts';

/** An empty disk of `capacityBytes` with `files` (path → text) on it. */
export function newFileSystem(capacityBytes: number, files: Record<string, string>, nowMs: number): FileSystem {
  const fs: FileSystem = { root: newDir(0o755, 0, 0, nowMs), mounts: {}, mountOrder: [], capacityBytes, usedBytes: 0, heldBytes: 0 };
  for (const path of ['/etc', '/proc', '/root', '/run', '/sys/fs/cgroup', '/tmp', '/var/lib', '/var/log', '/var/run'])
    mkdir(fs, { path, parents: true }, nowMs);
  for (const path of Object.keys(files)) {
    mkdir(fs, { path: path.slice(0, path.lastIndexOf('/')) || '/', parents: true }, nowMs);
    write(fs, { path, text: files[path] as string }, nowMs);
  }
  return fs;
}

export function serveFs(fs: FileSystem, request: FsRequest, nowMs: number): FsAnswer {
  switch (request.op) {
    case 'read':
      return read(fs, request.path);
    case 'write':
      return write(fs, request, nowMs);
    case 'mkdir':
      return mkdir(fs, request, nowMs);
    case 'remove':
      return remove(fs, request.path, request.recursive === true, nowMs);
    case 'rename':
      return rename(fs, request.path, request.to, nowMs);
    case 'symlink':
      return symlink(fs, request.path, request.target, nowMs);
    case 'list':
      return list(fs, request.path);
    case 'stat':
    case 'lstat':
      return stat(fs, request.path, request.op === 'lstat');
    case 'chmod':
    case 'chown':
      return change(fs, request);
    case 'usage':
      return usage(fs, request.path);
    case 'allocate':
      return allocate(fs, request.path, request.bytes, nowMs);
    case 'statfs':
      return statfs(fs, request.path);
    case 'mount':
      return mount(fs, request, nowMs);
    case 'unmount':
      return unmount(fs, request.path);
    case 'mounts':
      return { mounts: mountTable(fs) };
    default:
      return { error: 'EINVAL' };
  }
}

function read(fs: FileSystem, path: string): FsAnswer {
  const at = find(fs, path);
  if (at.error !== undefined) return { error: at.error };
  if (at.node.kind === 'dir') return { error: 'EISDIR' };
  return at.node.kind === 'file' ? { text: textOf(at.node) } : { error: 'EINVAL' };
}

interface WriteRequest {
  path: string;
  text: string;
  append?: boolean;
  mode?: number;
  uid?: number;
  gid?: number;
  padBytes?: number;
}

function write(fs: FileSystem, request: WriteRequest, nowMs: number): FsAnswer {
  if (typeof request.text !== 'string') return { error: 'EINVAL' };
  const there = find(fs, request.path);
  const bytes = byteLength(request.text);
  const pad = Math.max(0, Math.floor(request.padBytes ?? 0));
  if (!Number.isSafeInteger(pad)) return { error: 'EINVAL' };
  if (there.error === undefined) {
    const { node } = there;
    if (node.kind === 'dir') return { error: 'EISDIR' };
    if (node.kind !== 'file') return { error: 'EINVAL' };
    const [keptBytes, keptHole] = request.append ? [node.size, node.hole] : [0, 0];
    const text = keptBytes - keptHole + bytes;
    const error = readOnly(there.mount) ?? charge(fs, there.mount, keptBytes + bytes + pad - node.size, text - (node.size - node.hole), text);
    if (error) return { error };
    if (!request.append) {
      node.chunks = [];
      node.tail = '';
      node.size = 0;
      node.hole = 0;
    }
    append(node, request.text, bytes);
    node.size += pad;
    node.hole += pad;
    node.mtimeMs = nowMs;
    if (request.mode !== undefined) node.mode = request.mode & 0o7777;
    if (request.uid !== undefined) node.uid = request.uid;
    if (request.gid !== undefined) node.gid = request.gid;
    return {};
  }
  if (there.error !== 'ENOENT') return { error: there.error };
  const parent = findParent(fs, request.path);
  if (parent.error !== undefined) return { error: parent.error };
  if (request.path.endsWith('/')) return { error: 'EISDIR' };
  // Simplified: writing through a symbolic link whose target is missing answers ENOENT and does not make the target.
  if (parent.child) return { error: 'ENOENT' };
  if (parent.depth > maxDepth) return { error: 'ENAMETOOLONG' };
  const error = readOnly(parent.mount) ?? charge(fs, parent.mount, bytes + pad, bytes, bytes);
  if (error) return { error };
  const file = newFile(request.text, (request.mode ?? 0o644) & 0o7777, request.uid ?? 0, request.gid ?? 0, nowMs);
  file.size += pad;
  file.hole = pad;
  parent.node.entries[`/${parent.name}`] = file;
  parent.node.mtimeMs = nowMs;
  return {};
}

interface MkdirRequest {
  path: string;
  parents?: boolean;
  mode?: number;
  uid?: number;
  gid?: number;
}

function mkdir(fs: FileSystem, request: MkdirRequest, nowMs: number): FsAnswer {
  const there = find(fs, request.path);
  if (there.error === undefined) return request.parents && there.node.kind === 'dir' ? {} : { error: 'EEXIST' };
  if (there.error !== 'ENOENT') return { error: there.error };
  let parent = findParent(fs, request.path);
  if (parent.error === 'ENOENT' && request.parents) {
    const parts = split(request.path);
    if (typeof parts === 'string') return { error: parts };
    if (parts.length > maxDepth) return { error: 'ENAMETOOLONG' };
    // One directory at a time, from the first that is missing; from the top where `..` may lead to others, as links are resolved as they come.
    let from = 1;
    if (!parts.includes('..')) {
      from = parts.length - 1;
      while (from > 1 && find(fs, `/${parts.slice(0, from).join('/')}`).error !== undefined) from -= 1;
    }
    for (let i = from; i < parts.length; i += 1) {
      const path = `/${parts.slice(0, i).join('/')}`;
      if (find(fs, path).error === undefined) continue;
      const made = mkdir(fs, { path, uid: request.uid, gid: request.gid } as MkdirRequest, nowMs);
      if (made.error) return made;
    }
    parent = findParent(fs, request.path);
  }
  if (parent.error !== undefined) return { error: parent.error };
  if (parent.child) return { error: 'EEXIST' };
  if (parent.depth > maxDepth) return { error: 'ENAMETOOLONG' };
  const error = readOnly(parent.mount);
  if (error) return { error };
  parent.node.entries[`/${parent.name}`] = newDir((request.mode ?? 0o755) & 0o7777, request.uid ?? 0, request.gid ?? 0, nowMs);
  parent.node.mtimeMs = nowMs;
  return {};
}

function remove(fs: FileSystem, path: string, recursive: boolean, nowMs: number): FsAnswer {
  const parent = findParent(fs, path);
  if (parent.error !== undefined) return { error: parent.error };
  if (!parent.child) return { error: 'ENOENT' };
  const error = readOnly(parent.mount) ?? (mountedBelow(fs, join(parent.path, parent.name), parent.child) ? 'EBUSY' : undefined);
  if (error) return { error };
  if (parent.child.kind === 'dir' && !recursive) for (const _ in parent.child.entries) return { error: 'ENOTEMPTY' };
  release(fs, parent.mount, parent.child);
  if (parent.child.kind !== 'file') forgetDirectories(fs, join(parent.path, parent.name));
  delete parent.node.entries[`/${parent.name}`];
  parent.node.mtimeMs = nowMs;
  return {};
}

function rename(fs: FileSystem, path: string, to: string, nowMs: number): FsAnswer {
  const from = findParent(fs, path);
  if (from.error !== undefined) return { error: from.error };
  if (!from.child) return { error: 'ENOENT' };
  const target = findParent(fs, to);
  if (target.error !== undefined) return { error: target.error };
  const [source, destination] = [join(from.path, from.name), join(target.path, target.name)];
  if (source === destination) return {};
  if (destination.startsWith(`${source}/`)) return { error: 'EINVAL' };
  const error = readOnly(from.mount) ?? readOnly(target.mount);
  if (error) return { error };
  if (from.mount !== target.mount || mountedBelow(fs, source, from.child) || fs.mounts[destination]) return { error: 'EBUSY' };
  if (target.child) {
    if (target.child.kind === 'dir' && from.child.kind !== 'dir') return { error: 'EISDIR' };
    if (target.child.kind !== 'dir' && from.child.kind === 'dir') return { error: 'ENOTDIR' };
    if (target.child.kind === 'dir') for (const _ in target.child.entries) return { error: 'ENOTEMPTY' };
    release(fs, target.mount, target.child);
  }
  if (from.child.kind === 'dir' && target.depth + height(from.child) > maxDepth) return { error: 'ENAMETOOLONG' };
  if (from.child.kind !== 'file') forgetDirectories(fs, source);
  if (target.child && target.child.kind !== 'file') forgetDirectories(fs, destination);
  delete from.node.entries[`/${from.name}`];
  target.node.entries[`/${target.name}`] = from.child;
  from.node.mtimeMs = nowMs;
  target.node.mtimeMs = nowMs;
  return {};
}

function symlink(fs: FileSystem, path: string, target: string, nowMs: number): FsAnswer {
  if (typeof target !== 'string' || target === '') return { error: 'ENOENT' };
  if (target.length > 4095) return { error: 'ENAMETOOLONG' };
  const parent = findParent(fs, path);
  if (parent.error !== undefined) return { error: parent.error };
  if (parent.child) return { error: 'EEXIST' };
  const error = readOnly(parent.mount);
  if (error) return { error };
  if (parent.depth > maxDepth) return { error: 'ENAMETOOLONG' };
  parent.node.entries[`/${parent.name}`] = { kind: 'symlink', mode: 0o777, uid: 0, gid: 0, mtimeMs: nowMs, target };
  parent.node.mtimeMs = nowMs;
  return {};
}

function list(fs: FileSystem, path: string): FsAnswer {
  const at = find(fs, path);
  if (at.error !== undefined) return { error: at.error };
  if (at.node.kind !== 'dir') return { error: 'ENOTDIR' };
  return {
    names: Object.keys((at.node as Dir).entries)
      .map((key) => key.slice(1))
      .sort(),
  };
}

function stat(fs: FileSystem, path: string, nofollow: boolean): FsAnswer {
  const at = find(fs, path, nofollow);
  if (at.error !== undefined) return { error: at.error };
  const { node } = at;
  const info: FileStat = {
    kind: node.kind,
    mode: node.mode,
    uid: node.uid,
    gid: node.gid,
    size: onTmpfs(at.mount) ? tmpfsSize(node) : sizeOf(node),
    mtimeMs: node.mtimeMs,
  };
  if (node.kind === 'symlink') info.target = node.target;
  return { stat: info };
}

const onTmpfs = (mount: Mount | null): boolean => mount?.root !== undefined && mount.fstype === 'tmpfs';

/** Directories of a tmpfs count 20 bytes for each name, `.` and `..` among them. Source: BOGO_DIRENT_SIZE, mm/shmem.c */
function tmpfsSize(node: FsNode): number {
  return node.kind === 'dir' ? 20 * (Object.keys(node.entries).length + 2) : sizeOf(node);
}

function change(fs: FileSystem, request: Extract<FsRequest, { op: 'chmod' | 'chown' }>): FsAnswer {
  const at = find(fs, request.path);
  if (at.error !== undefined) return { error: at.error };
  const error = readOnly(at.mount);
  if (error) return { error };
  if (request.op === 'chmod') at.node.mode = request.mode & 0o7777;
  else {
    at.node.uid = request.uid;
    at.node.gid = request.gid;
  }
  return {};
}

function usage(fs: FileSystem, path: string): FsAnswer {
  const at = find(fs, path);
  if (at.error !== undefined) return { error: at.error };
  return { bytes: at.path === '/' ? fs.usedBytes : bytesBelow(at.node as FsNode).bytes };
}

/** Gives a file (made when missing) that many bytes without text, or takes them away again. */
function allocate(fs: FileSystem, path: string, bytes: number, nowMs: number): FsAnswer {
  if (!Number.isFinite(bytes) || bytes < 0) return { error: 'EINVAL' };
  if (find(fs, path).error === 'ENOENT') {
    const made = write(fs, { path, text: '' }, nowMs);
    if (made.error) return made;
  }
  const at = find(fs, path);
  if (at.error !== undefined) return { error: at.error };
  if (at.node.kind !== 'file') return { error: at.node.kind === 'dir' ? 'EISDIR' : 'EINVAL' };
  const more = Math.floor(bytes) - at.node.hole;
  const error = readOnly(at.mount) ?? charge(fs, at.mount, more, 0, 0);
  if (error) return { error };
  at.node.hole += more;
  at.node.size += more;
  at.node.mtimeMs = nowMs;
  return {};
}

function statfs(fs: FileSystem, path: string): FsAnswer {
  const at = find(fs, path);
  if (at.error !== undefined) return { error: at.error };
  if (at.mount?.root && at.mount.sizeBytes !== undefined) return { bytes: at.mount.usedBytes, capacityBytes: at.mount.sizeBytes };
  return { bytes: fs.usedBytes, capacityBytes: fs.capacityBytes };
}

function readOnly(mount: Mount | null): FileError | undefined {
  return mount?.options.split(',').includes('ro') ? 'EROFS' : undefined;
}

/** Space for `more` bytes (`held` of them text) of a file that will have `text` bytes of text, or why there is none. */
function charge(fs: FileSystem, mount: Mount | null, more: number, held: number, text: number): FileError | undefined {
  if (text > maxFileBytes || (held > 0 && fs.heldBytes + held > maxHeldBytes)) return 'ENOSPC';
  if (mount?.root) {
    if (more > 0 && mount.sizeBytes !== undefined && mount.usedBytes + more > mount.sizeBytes) return 'ENOSPC';
    mount.usedBytes += more;
  } else {
    if (more > 0 && fs.usedBytes + more > fs.capacityBytes) return 'ENOSPC';
    fs.usedBytes += more;
  }
  fs.heldBytes += held;
  return undefined;
}

function release(fs: FileSystem, mount: Mount | null, node: FsNode): void {
  const { bytes, held } = bytesBelow(node);
  if (mount?.root) mount.usedBytes -= bytes;
  else fs.usedBytes -= bytes;
  fs.heldBytes -= held;
}

function mountedBelow(fs: FileSystem, path: string, node: FsNode): boolean {
  if (fs.mounts[path]) return true;
  if (node.kind !== 'dir') return false;
  const prefix = `${path}/`;
  for (const at in fs.mounts) if (at.startsWith(prefix)) return true;
  return false;
}
