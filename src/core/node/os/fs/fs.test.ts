import { describe, expect, test } from 'vitest';
import type { FsAnswer, FsRequest } from '../../../contracts/os.ts';
import { byteLength } from './content.ts';
import { newFileSystem, serveFs } from './fs.ts';
import { type FileSystem, maxDepth } from './tree.ts';

type Ask = FsRequest extends infer R ? (R extends FsRequest ? Omit<R, 'type'> : never) : never;
const disk = (capacity = 1_000_000): FileSystem => newFileSystem(capacity, { '/etc/hosts': '127.0.0.1 localhost\n' }, 0);
const on = (fs: FileSystem) => (request: Ask) => serveFs(fs, { type: 'Fs', ...request } as FsRequest, 5) as FsAnswer;

describe('files', () => {
  test('write, append, read, stat, list, rename, remove', () => {
    const ask = on(disk());
    expect(ask({ op: 'write', path: '/tmp/a', text: 'é', mode: 0o600, uid: 7 })).toEqual({});
    ask({ op: 'write', path: '/tmp/a', text: '😀\n', append: true });
    expect(ask({ op: 'read', path: '/tmp/a' }).text).toBe('é😀\n');
    expect(ask({ op: 'stat', path: '/tmp/a' }).stat).toEqual({ kind: 'file', mode: 0o600, uid: 7, gid: 0, size: 7, mtimeMs: 5 });
    expect(ask({ op: 'usage', path: '/tmp' }).bytes).toBe(7);
    ask({ op: 'mkdir', path: '/tmp/d/e', parents: true });
    ask({ op: 'rename', path: '/tmp/a', to: '/tmp/d/10' });
    ask({ op: 'write', path: '/tmp/d/9', text: '' });
    expect(ask({ op: 'list', path: '/tmp/d' }).names).toEqual(['10', '9', 'e']);
    expect(ask({ op: 'remove', path: '/tmp/d' }).error).toBe('ENOTEMPTY');
    expect(ask({ op: 'remove', path: '/tmp/d', recursive: true })).toEqual({});
    expect(ask({ op: 'list', path: '/tmp' }).names).toEqual([]);
  });

  test.each(
    (
      [
        [{ op: 'read', path: '/no' }, 'ENOENT'],
        [{ op: 'read', path: '/etc' }, 'EISDIR'],
        [{ op: 'read', path: '/etc/hosts/x' }, 'ENOTDIR'],
        [{ op: 'read', path: 'etc/hosts' }, 'EINVAL'],
        [{ op: 'write', path: '/no/file', text: '' }, 'ENOENT'],
        [{ op: 'mkdir', path: '/etc' }, 'EEXIST'],
        [{ op: 'mkdir', path: '/a/b' }, 'ENOENT'],
        [{ op: 'mkdir', path: '/etc/hosts/b', parents: true }, 'ENOTDIR'],
        [{ op: 'list', path: '/etc/hosts' }, 'ENOTDIR'],
        [{ op: 'remove', path: '/' }, 'EBUSY'],
        [{ op: 'remove', path: '/no' }, 'ENOENT'],
        [{ op: 'rename', path: '/etc', to: '/etc/below' }, 'EINVAL'],
        [{ op: 'symlink', path: '/etc/hosts', target: '/x' }, 'EEXIST'],
        [{ op: 'unmount', path: '/etc' }, 'EINVAL'],
        [{ op: 'stat', path: `/${'n'.repeat(256)}` }, 'ENAMETOOLONG'],
        [{ op: 'stat', path: '/a'.repeat(10_000) }, 'ENAMETOOLONG'],
        [{ op: 'write', path: '/tmp/big', text: 'x'.repeat(1_000_001) }, 'ENOSPC'],
        [{ op: 'write', path: '/tmp/nul\0', text: '' }, 'EINVAL'],
      ] as [Ask, string][]
    ).map(([request, error]) => ({ name: `${request.op} ${'path' in request ? request.path.slice(0, 30) : ''}`, request, error })),
  )('$name → $error', ({ request, error }) => {
    expect(on(disk())(request).error).toBe(error);
  });

  test('dots are resolved where they stand, never above the root', () => {
    const ask = on(disk());
    expect(ask({ op: 'read', path: '/../../etc/./hosts' }).text).toContain('localhost');
    ask({ op: 'mkdir', path: '/tmp/a/b', parents: true });
    ask({ op: 'symlink', path: '/link', target: '/tmp/a/b' });
    ask({ op: 'write', path: '/tmp/a/x', text: 'up' });
    expect(ask({ op: 'read', path: '/link/../x' }).text).toBe('up');
    expect(ask({ op: 'lstat', path: '/link' }).stat).toMatchObject({ kind: 'symlink', target: '/tmp/a/b' });
    ask({ op: 'symlink', path: '/tmp/rel', target: 'a/x' });
    expect(ask({ op: 'read', path: '/tmp/rel' }).text).toBe('up');
    ask({ op: 'symlink', path: '/tmp/loop', target: 'loop' });
    expect(ask({ op: 'read', path: '/tmp/loop' }).error).toBe('ELOOP');
  });

  test('names that are properties of objects are names', () => {
    const ask = on(disk());
    for (const name of ['__proto__', 'constructor', '0']) expect(ask({ op: 'write', path: `/tmp/${name}`, text: name })).toEqual({});
    expect(ask({ op: 'list', path: '/tmp' }).names).toEqual(['0', '__proto__', 'constructor']);
    expect(ask({ op: 'read', path: '/tmp/toString' }).error).toBe('ENOENT');
  });

  test('depth is bounded, also by renaming', () => {
    const ask = on(disk());
    expect(ask({ op: 'mkdir', path: '/d'.repeat(maxDepth), parents: true })).toEqual({});
    expect(ask({ op: 'mkdir', path: `${'/d'.repeat(maxDepth)}/d`, parents: true }).error).toBe('ENAMETOOLONG');
    ask({ op: 'mkdir', path: '/x/y', parents: true });
    expect(ask({ op: 'rename', path: '/x', to: `${'/d'.repeat(maxDepth - 1)}/x` }).error).toBe('ENAMETOOLONG');
    expect(ask({ op: 'usage', path: '/d' }).bytes).toBe(0);
  });

  test('the disk fills and empties', () => {
    const fs = disk(1000);
    const ask = on(fs);
    const before = fs.usedBytes;
    expect(ask({ op: 'write', path: '/tmp/a', text: 'x'.repeat(900) })).toEqual({});
    expect(ask({ op: 'write', path: '/tmp/a', text: 'x'.repeat(200), append: true }).error).toBe('ENOSPC');
    expect(ask({ op: 'write', path: '/tmp/a', text: 'x'.repeat(100) })).toEqual({});
    ask({ op: 'remove', path: '/tmp/a' });
    expect(fs.usedBytes).toBe(before);
  });

  test('allocated bytes fill the disk without being held', () => {
    const fs = disk(1_000_000_000_000);
    const ask = on(fs);
    const { bytes, heldBytes } = { bytes: ask({ op: 'statfs', path: '/' }).bytes ?? 0, heldBytes: fs.heldBytes };
    expect(ask({ op: 'allocate', path: '/tmp/layer', bytes: 999_000_000_000 })).toEqual({});
    expect(ask({ op: 'statfs', path: '/tmp' })).toEqual({ bytes: bytes + 999_000_000_000, capacityBytes: 1_000_000_000_000 });
    expect(ask({ op: 'allocate', path: '/tmp/more', bytes: 2_000_000_000 }).error).toBe('ENOSPC');
    expect(ask({ op: 'write', path: '/tmp/layer', text: 'short' })).toEqual({});
    expect(ask({ op: 'statfs', path: '/' }).bytes).toBe(bytes + 5);
    ask({ op: 'allocate', path: '/tmp/layer', bytes: 50 });
    ask({ op: 'remove', path: '/tmp/layer' });
    expect([ask({ op: 'statfs', path: '/' }).bytes, fs.heldBytes]).toEqual([bytes, heldBytes]);
  });

  test('bytes written without text count in size and usage, and are not held', () => {
    const fs = disk(1_000_000_000);
    const ask = on(fs);
    const { bytes, heldBytes } = { bytes: ask({ op: 'statfs', path: '/' }).bytes ?? 0, heldBytes: fs.heldBytes };
    expect(ask({ op: 'write', path: '/tmp/x', text: 'ab', padBytes: 300_000_000 })).toEqual({});
    expect(ask({ op: 'write', path: '/tmp/x', text: 'c', padBytes: 10, append: true })).toEqual({});
    expect(ask({ op: 'stat', path: '/tmp/x' }).stat?.size).toBe(300_000_013);
    expect([ask({ op: 'usage', path: '/tmp' }).bytes, ask({ op: 'statfs', path: '/' }).bytes]).toEqual([300_000_013, bytes + 300_000_013]);
    expect(fs.heldBytes).toBe(heldBytes + 3);
    expect(ask({ op: 'write', path: '/tmp/y', text: '', padBytes: 800_000_000 }).error).toBe('ENOSPC');
    ask({ op: 'write', path: '/tmp/x', text: 'new' });
    expect([ask({ op: 'statfs', path: '/' }).bytes, fs.heldBytes]).toEqual([bytes + 3, heldBytes + 3]);
    ask({ op: 'remove', path: '/tmp/x' });
    expect([ask({ op: 'statfs', path: '/' }).bytes, fs.heldBytes]).toEqual([bytes, heldBytes]);
  });

  test('a log grows in pieces that stay as they are', () => {
    const fs = disk(100_000_000);
    const ask = on(fs);
    const line = `${'l'.repeat(99)}\n`;
    ask({ op: 'write', path: '/tmp/log', text: '' });
    for (let i = 0; i < 10_000; i += 1) ask({ op: 'write', path: '/tmp/log', text: line, append: true });
    expect(ask({ op: 'stat', path: '/tmp/log' }).stat?.size).toBe(1_000_000);
    expect(ask({ op: 'read', path: '/tmp/log' }).text).toBe(line.repeat(10_000));
    const file = (fs.root.entries['/tmp'] as { entries: Record<string, unknown> }).entries['/log'] as { chunks: string[]; tail: string };
    expect(file.chunks.length).toBeGreaterThan(20);
    expect(file.tail.length).toBeLessThan(33_000);
  });

  test('tmpfs and bind mounts', () => {
    const ask = on(disk());
    ask({ op: 'mkdir', path: '/var/lib/pod/secret', parents: true });
    ask({ op: 'mkdir', path: '/mnt/here', parents: true });
    ask({ op: 'mount', path: '/var/lib/pod/secret', device: 'tmpfs', fstype: 'tmpfs', options: 'rw,size=64k', sizeBytes: 64 });
    expect(ask({ op: 'write', path: '/var/lib/pod/secret/token', text: 'abc' })).toEqual({});
    expect(ask({ op: 'write', path: '/var/lib/pod/secret/more', text: 'x'.repeat(62) }).error).toBe('ENOSPC');
    ask({ op: 'mount', path: '/mnt/here', device: '/var/lib/pod/secret', fstype: 'bind', options: 'bind,ro' });
    expect(ask({ op: 'read', path: '/mnt/here/token' }).text).toBe('abc');
    expect(ask({ op: 'write', path: '/mnt/here/token', text: 'no' }).error).toBe('EROFS');
    expect(ask({ op: 'remove', path: '/var/lib/pod', recursive: true }).error).toBe('EBUSY');
    expect(ask({ op: 'mounts' }).mounts).toEqual([
      { path: '/var/lib/pod/secret', device: 'tmpfs', fstype: 'tmpfs', options: 'rw,size=64k' },
      { path: '/mnt/here', device: '/var/lib/pod/secret', fstype: 'bind', options: 'bind,ro' },
    ]);
    expect(ask({ op: 'unmount', path: '/mnt/here' })).toEqual({});
    expect(ask({ op: 'list', path: '/mnt/here' }).names).toEqual([]);
    expect(ask({ op: 'unmount', path: '/var/lib/pod/secret' })).toEqual({});
    expect(ask({ op: 'list', path: '/var/lib/pod/secret' }).names).toEqual([]);
  });

  test('a directory on tmpfs is as long as its names are many', () => {
    const ask = on(disk());
    ask({ op: 'mkdir', path: '/v/sub', parents: true });
    ask({ op: 'mount', path: '/v', device: 'tmpfs', fstype: 'tmpfs', options: 'rw' });
    for (const name of ['a', 'b', 'c']) ask({ op: 'write', path: `/v/${name}`, text: '' });
    expect(ask({ op: 'stat', path: '/v' }).stat?.size).toBe(100);
    expect(ask({ op: 'stat', path: '/tmp' }).stat?.size).toBe(4096);
  });

  test('UTF-8 lengths', () => {
    expect(['', 'a', 'é', '€', '😀', '\ud800'].map(byteLength)).toEqual([0, 1, 2, 3, 4, 3]);
  });
});
