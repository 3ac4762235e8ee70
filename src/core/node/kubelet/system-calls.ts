/** System calls of the node's kernel, as the kubelet's managers make them. */
import { type FileError, type FsAnswer, type FsRequest, osOf } from '../../contracts/os.ts';
import type { Ctx } from '../../engine/types.ts';

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

export const fs = (ctx: Ctx, request: DistributiveOmit<FsRequest, 'type'>): FsAnswer =>
  ctx.call<FsAnswer>(osOf(ctx.host), { type: 'Fs', ...request } as FsRequest) ?? { error: 'ENOENT' };

/** As Go's os package prints an errno: `mkdir /x: no space left on device`. */
export const pathError = (op: string, path: string, error: FileError): string => `${op} ${path}: ${errnoWords[error] ?? error}`;

const errnoWords: Record<FileError, string> = {
  ENOENT: 'no such file or directory',
  ENOTDIR: 'not a directory',
  EISDIR: 'is a directory',
  EEXIST: 'file exists',
  EACCES: 'permission denied',
  EROFS: 'read-only file system',
  ENOTEMPTY: 'directory not empty',
  ENOSPC: 'no space left on device',
  ELOOP: 'too many levels of symbolic links',
  EINVAL: 'invalid argument',
  EPERM: 'operation not permitted',
  EBUSY: 'device or resource busy',
  ENAMETOOLONG: 'file name too long',
};
