/** Manifests from the file system, as kubectl reads them: files, folders, standard input. Words are kubectl's. */
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { ManifestFile } from '../core/index.ts';
import { maxTextBytes } from '../session/yaml/bounds.ts';
import { loadManifest } from '../session/yaml/manifest.ts';

export interface ReadFile {
  name: string;
  manifest: ManifestFile;
  text: string;
}

export const maxFiles = 1000;
const extensions = ['.json', '.yaml', '.yml'];

/** Reads one argument of the command line: a file, a folder (its manifests, not below it), or `-`. */
export function readManifests(path: string): ReadFile[] {
  if (path === '-') return [read('-', 0)];
  let folder: boolean;
  try {
    folder = statSync(path).isDirectory();
  } catch (error) {
    return [failed(path, statWords(path, error))];
  }
  if (!folder) return [read(path, path)];
  let names: string[];
  try {
    names = readdirSync(path).filter((name) => extensions.includes(extname(name)));
  } catch (error) {
    return [failed(path, statWords(path, error))];
  }
  if (names.length === 0) return [failed(path, `error: error reading [${path}]: recognized file extensions are [.json .yaml .yml]`)];
  if (names.length > maxFiles) return [failed(path, `error: ${path} has ${names.length} manifests; at most ${maxFiles} are read`)];
  return names
    .sort()
    .map((name) => join(path, name))
    .map((file) => read(file, file));
}

const failed = (name: string, error: string): ReadFile => ({ name, text: '', manifest: { documents: [], error } });

function statWords(path: string, error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return `error: the path "${path}" does not exist`;
  return `error: the path "${path}" cannot be accessed: stat ${path}: ${reasons[code ?? ''] ?? code}`;
}

const reasons: Record<string, string> = {
  EACCES: 'permission denied',
  ELOOP: 'too many levels of symbolic links',
  ENOTDIR: 'not a directory',
  EISDIR: 'is a directory',
  ENAMETOOLONG: 'file name too long',
};

/** At most one byte more than a manifest may have: a device or a pipe need not end. */
function bytesOf(from: string | number): Buffer {
  const file = typeof from === 'string' ? openSync(from, 'r') : from;
  try {
    const bytes = Buffer.allocUnsafe(maxTextBytes + 1);
    let length = 0;
    while (length < bytes.length) {
      const got = readSome(file, bytes, length);
      if (got === 0) break;
      length += got;
    }
    return bytes.subarray(0, length);
  } finally {
    if (typeof from === 'string') closeSync(file);
  }
}

/** Waits for a writer that is slow: standard input may be a pipe that does not block. */
function readSome(file: number, bytes: Buffer, at: number): number {
  for (;;) {
    try {
      return readSync(file, bytes, at, bytes.length - at, null);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

function read(name: string, from: string | number): ReadFile {
  let bytes: Buffer;
  try {
    bytes = bytesOf(from);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const verb = code === 'EISDIR' ? 'read' : 'open';
    return failed(name, `error: ${verb} ${name}: ${reasons[code ?? ''] ?? code ?? String(error)}`);
  }
  if (bytes.length > maxTextBytes) return failed(name, `error: ${name} has more than ${maxTextBytes} bytes; at most ${maxTextBytes} are read`);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return failed(name, `error: error parsing ${name}: error converting YAML to JSON: yaml: invalid leading UTF-8 octet`);
  }
  return { name, text, manifest: loadManifest(name, text) };
}
