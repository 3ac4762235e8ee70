/** The mount table: file systems with a root of their own (tmpfs, overlay) and bind mounts, which show another path. */
import type { FsAnswer, FsRequest } from '../../../contracts/os.ts';
import { bytesBelow } from './content.ts';
import { type FileSystem, find, findParent, forgetDirectories, join, type Mount, newDir } from './tree.ts';

/** Linux's fs.mount-max is 100 000; a node of this model never needs so many. */
export const maxMounts = 20_000;

/**
 * Mounts on an existing path. A bind mount (`fstype` `bind`, or `bind`/`rbind` among the options) takes `device` as the path it shows;
 * `remount` among the options changes those of the mount there.
 */
export function mount(fs: FileSystem, request: Extract<FsRequest, { op: 'mount' }>, nowMs: number): FsAnswer {
  const at = find(fs, request.path);
  if (at.error !== undefined) return { error: at.error };
  const options = request.options.split(',');
  const path = mountPoint(fs, request.path, at.path);
  if (options.includes('remount')) {
    const stack = fs.mounts[path];
    const top = stack?.[stack.length - 1];
    if (!top) return { error: 'EINVAL' };
    forgetDirectories(fs, path);
    top.options = options.filter((option) => option !== 'remount' && option !== 'bind').join(',');
    return {};
  }
  if (fs.mountOrder.length >= maxMounts) return { error: 'ENOSPC' };
  const entry: Mount = { path, device: request.device, fstype: request.fstype, options: request.options, usedBytes: 0 };
  if (request.sizeBytes !== undefined) entry.sizeBytes = request.sizeBytes;
  if (request.fstype === 'bind' || options.includes('bind') || options.includes('rbind')) {
    const source = find(fs, request.device);
    if (source.error !== undefined) return { error: source.error };
    if ((source.node.kind === 'dir') !== (at.node.kind === 'dir')) return { error: 'ENOTDIR' };
    entry.source = source.path;
  } else {
    if (at.node.kind !== 'dir') return { error: 'ENOTDIR' };
    entry.root = newDir(request.fstype === 'tmpfs' ? 0o1777 : 0o755, 0, 0, nowMs);
  }
  const stack = fs.mounts[path];
  forgetDirectories(fs, path);
  if (stack) stack.push(entry);
  else fs.mounts[path] = [entry];
  fs.mountOrder.push(path);
  return {};
}

/** Unmounts what is on top of `path`. EINVAL: nothing is mounted there; EBUSY: something is mounted below. */
export function unmount(fs: FileSystem, path: string): FsAnswer {
  const at = find(fs, path);
  if (at.error !== undefined) return { error: at.error };
  const key = mountPoint(fs, path, at.path);
  const stack = fs.mounts[key];
  if (!stack) return { error: 'EINVAL' };
  const top = stack[stack.length - 1] as Mount;
  if (top.root && stack.length === 1) {
    const prefix = `${key}/`;
    for (const other in fs.mounts) if (other.startsWith(prefix)) return { error: 'EBUSY' };
  }
  forgetDirectories(fs, key);
  stack.pop();
  if (top.root) fs.heldBytes -= bytesBelow(top.root).held;
  if (stack.length === 0) delete fs.mounts[key];
  fs.mountOrder.splice(fs.mountOrder.lastIndexOf(key), 1);
  return {};
}

/** As `mount` lists them: in the order of mounting. */
export function mountTable(fs: FileSystem): { path: string; device: string; fstype: string; options: string }[] {
  const seen: Record<string, number> = {};
  return fs.mountOrder.map((path) => {
    const index = seen[path] ?? 0;
    seen[path] = index + 1;
    const entry = fs.mounts[path]?.[index] as Mount;
    return { path, device: entry.device, fstype: entry.fstype, options: entry.options };
  });
}

/** Where a path lies before what is mounted on it is entered (`canonical`: after). */
function mountPoint(fs: FileSystem, path: string, canonical: string): string {
  const parent = findParent(fs, path);
  if (parent.error !== undefined || !parent.child || parent.child.kind === 'symlink') return canonical;
  return join(parent.path, parent.name);
}
