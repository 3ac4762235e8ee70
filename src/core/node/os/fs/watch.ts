/** inotify on directories: who wants to hear of changes in them. Models inotify(7), as far as the kubelet uses it. */
import type { FileError, FsChanged, FsRequest } from '../../../contracts/os.ts';
import type { Address, Ctx } from '../../../engine/types.ts';
import { type FileSystem, find } from './tree.ts';

export interface Watch {
  path: string;
  owner: Address;
}

const maxWatches = 64;

/** Watching again with the same owner changes nothing. */
export function addWatch(watches: Watch[], fs: FileSystem, request: { path: string; owner: Address }): { error?: FileError } {
  const at = find(fs, request.path);
  if (at.error !== undefined) return { error: at.error };
  if (at.node.kind !== 'dir') return { error: 'ENOTDIR' };
  const { path, owner } = request;
  if (watches.some((w) => w.path === path && w.owner === owner)) return {};
  if (watches.length >= maxWatches) return { error: 'ENOSPC' };
  watches.push({ path, owner });
  return {};
}

/** After a call that changed something. */
export function tellWatches(watches: readonly Watch[], request: FsRequest, ctx: Ctx): void {
  for (const { path, owner } of watches) {
    const inside = 'path' in request && isDirectlyIn(request.path, path);
    if (inside || (request.op === 'rename' && isDirectlyIn(request.to, path))) ctx.send(owner, { type: 'FsChanged', path } as FsChanged);
  }
}

const isDirectlyIn = (path: string, dir: string): boolean => path.startsWith(dir) && path.lastIndexOf('/') === dir.length;

export const changesFiles = (request: FsRequest): boolean => changing.includes(request.op);
const changing: readonly string[] = ['write', 'allocate', 'mkdir', 'remove', 'rename', 'symlink'];
