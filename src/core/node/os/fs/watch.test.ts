import { expect, test } from 'vitest';
import type { FsRequest } from '../../../contracts/os.ts';
import { newFileSystem } from './fs.ts';
import { addWatch, changesFiles, tellWatches, type Watch } from './watch.ts';

test('what is directly in a watched directory is told, the rest is not', () => {
  const fs = newFileSystem(1_000_000, { '/etc/m/a': '1' }, 0);
  const watches: Watch[] = [];
  expect(addWatch(watches, fs, { path: '/etc/none', owner: 'k' })).toEqual({ error: 'ENOENT' });
  expect(addWatch(watches, fs, { path: '/etc/m/a', owner: 'k' })).toEqual({ error: 'ENOTDIR' });
  for (let i = 0; i < 2; i += 1) expect(addWatch(watches, fs, { path: '/etc/m', owner: 'k' })).toEqual({});
  const told: string[] = [];
  const tell = (request: object): void =>
    tellWatches(watches, { type: 'Fs', ...request } as FsRequest, { send: (to: string) => told.push(`${to} ${JSON.stringify(request)}`) } as never);
  tell({ op: 'write', path: '/etc/m/b' });
  tell({ op: 'write', path: '/etc/m/sub/b' });
  tell({ op: 'write', path: '/etc/mm' });
  tell({ op: 'rename', path: '/tmp/x', to: '/etc/m/x' });
  expect(told).toEqual(['k {"op":"write","path":"/etc/m/b"}', 'k {"op":"rename","path":"/tmp/x","to":"/etc/m/x"}']);
  expect([changesFiles({ type: 'Fs', op: 'read', path: '/' }), changesFiles({ type: 'Fs', op: 'remove', path: '/x' })]).toEqual([false, true]);
});
