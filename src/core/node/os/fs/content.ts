/** Text of files: appended in O(what is appended), kept in chunks that checkpoints share. */
import type { File, FsNode } from './tree.ts';

const chunkLength = 32 * 1024;

export function newFile(text: string, mode: number, uid: number, gid: number, nowMs: number): File {
  const file: File = { kind: 'file', mode, uid, gid, mtimeMs: nowMs, chunks: [], tail: '', size: 0, hole: 0 };
  append(file, text, byteLength(text));
  return file;
}

/** Adds `text` of `bytes` UTF-8 bytes. */
export function append(file: File, text: string, bytes: number): void {
  file.tail += text;
  file.size += bytes;
  if (file.tail.length >= chunkLength) {
    file.chunks.push(file.tail);
    file.tail = '';
  }
}

export function textOf(file: File): string {
  return file.chunks.length === 0 ? file.tail : file.chunks.join('') + file.tail;
}

/** Bytes of `text` in UTF-8. */
export function byteLength(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i += 1) {
    const c = text.charCodeAt(i);
    if (c < 0x80) continue;
    if (c < 0x800) bytes += 1;
    else if (c >= 0xd800 && c < 0xdc00 && i + 1 < text.length) {
      bytes += 2;
      i += 1;
    } else bytes += 2;
  }
  return bytes;
}

/** What `stat` says of a node's size. */
export function sizeOf(node: FsNode): number {
  if (node.kind === 'file') return node.size;
  if (node.kind === 'symlink') return node.target.length;
  return node.kind === 'dir' ? 4096 : 0;
}

/** Bytes of every file at and below `node`, mounts not entered; `held` of them are text. */
export function bytesBelow(node: FsNode): { bytes: number; held: number } {
  let bytes = 0;
  let held = 0;
  const todo: FsNode[] = [node];
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    if (next.kind === 'file') {
      bytes += next.size;
      held += next.size - next.hole;
    } else if (next.kind === 'dir') for (const key in next.entries) todo.push(next.entries[key] as FsNode);
  }
  return { bytes, held };
}

/** Levels of directories below `node`: 0 for a file or an empty directory. */
export function height(node: FsNode): number {
  let most = 0;
  const todo: [FsNode, number][] = [[node, 0]];
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    most = Math.max(most, next[1]);
    if (next[0].kind === 'dir') for (const key in next[0].entries) todo.push([next[0].entries[key] as FsNode, next[1] + 1]);
  }
  return most;
}
