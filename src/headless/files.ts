/** Manifests from the file system, as kubectl reads them: files, folders, standard input. Words are kubectl's. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { ManifestFile } from '../core/index.ts';
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
  if (path === '-') return [read('-', () => readFileSync(0))];
  let folder: boolean;
  try {
    folder = statSync(path).isDirectory();
  } catch (error) {
    return [failed(path, statWords(path, error))];
  }
  if (!folder) return [read(path, () => readFileSync(path))];
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
    .map((file) => read(file, () => readFileSync(file)));
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

function read(name: string, bytes: () => Buffer): ReadFile {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes());
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA' || error instanceof TypeError)
      return failed(name, `error: error parsing ${name}: error converting YAML to JSON: yaml: invalid leading UTF-8 octet`);
    return failed(name, `error: open ${name}: ${reasons[code ?? ''] ?? code ?? String(error)}`);
  }
  return { name, text, manifest: loadManifest(name, text) };
}
