/** The host's tree of files: nested plain records, mounts beside it, and the walk from a path to a node. */
import type { FileError } from '../../../contracts/os.ts';

/** `path_max`, `name_max` of Linux; deeper trees than `maxDepth` do not exist on nodes and would exhaust whoever copies the state. */
export const maxPathLength = 4096;
export const maxNameLength = 255;
export const maxDepth = 256;
/** Of one file's text; larger writes answer ENOSPC. */
export const maxFileBytes = 64 * 1024 * 1024;
/** Of all text held: what a simulated machine may cost the page. */
export const maxHeldBytes = 256 * 1024 * 1024;
/** Symbolic links followed in one walk, as in Linux. */
export const maxLinks = 40;

interface Meta {
  mode: number;
  uid: number;
  gid: number;
  mtimeMs: number;
}
/** Keys are `/name`, so that a name can be a number or `__proto__`. */
export interface Dir extends Meta {
  kind: 'dir';
  entries: Record<string, FsNode>;
}
/** Text = chunks joined + tail: appending touches the tail only, and chunks never change. */
export interface File extends Meta {
  kind: 'file';
  chunks: string[];
  tail: string;
  size: number;
  /** Bytes of `size` that are allocated and have no text. */
  hole: number;
}
export interface Symlink extends Meta {
  kind: 'symlink';
  target: string;
}
export interface Special extends Meta {
  kind: 'socket' | 'device';
}
export type FsNode = Dir | File | Symlink | Special;

export interface Mount {
  path: string;
  device: string;
  fstype: string;
  options: string;
  sizeBytes?: number;
  usedBytes: number;
  /** A bind mount shows this path; any other has a root of its own. */
  source?: string;
  root?: FsNode;
}

export interface FileSystem {
  root: Dir;
  /** Canonical path → mounts there, the last one on top. */
  mounts: Record<string, Mount[]>;
  /** Order of mounting, for the table. */
  mountOrder: string[];
  capacityBytes: number;
  usedBytes: number;
  heldBytes: number;
}

export const newDir = (mode: number, uid: number, gid: number, nowMs: number): Dir => ({ kind: 'dir', mode, uid, gid, mtimeMs: nowMs, entries: {} });

/** Where a walk ended. `mount`: the topmost mount crossed, that decides read-only and size. */
export interface Place {
  node: FsNode;
  path: string;
  mount: Mount | null;
}
export interface Found extends Place {
  error?: undefined;
}
export interface NotFound {
  error: FileError;
}

/** The parts of an absolute path, or why it is none. `..` stays: it is resolved on the way, after symbolic links. */
export function split(path: string): string[] | FileError {
  if (typeof path !== 'string' || path.length === 0 || path[0] !== '/' || path.includes('\0')) return path === '' ? 'ENOENT' : 'EINVAL';
  if (path.length > maxPathLength) return 'ENAMETOOLONG';
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part.length > maxNameLength) return 'ENAMETOOLONG';
    parts.push(part);
  }
  return parts;
}

/** Walks to `path`; the last part is followed when it is a symbolic link, unless `nofollow`. */
export function find(fs: FileSystem, path: string, nofollow = false): Found | NotFound {
  if (typeof path === 'string' && path.length <= maxPathLength) {
    const slash = path.lastIndexOf('/');
    const places = directories.get(fs)?.places;
    const known = nofollow ? undefined : places?.get(path);
    if (known !== undefined) return known;
    const parent = slash > 0 ? places?.get(path.slice(0, slash)) : undefined;
    const name = path.slice(slash + 1);
    if (parent !== undefined && isPlain(name)) {
      const child = (parent.node as Dir).entries[`/${name}`];
      if (child === undefined) return { error: 'ENOENT' };
      if (child.kind !== 'symlink' || nofollow) return enter(fs, { node: child, path: join(parent.path, name), mount: parent.mount });
    }
  }
  const parts = split(path);
  if (typeof parts === 'string') return { error: parts };
  return walk(fs, parts, nofollow);
}

/** Where directories are that were asked for: path as written → its place. Not state: what is missing is walked again. */
interface Directories {
  places: Map<string, Place>;
  /** Every directory and link that the walks to them passed. */
  passed: Set<string>;
}
const directories = new WeakMap<FileSystem, Directories>();
const maxDirectories = 2000;

/** To be called when the directory or link at the canonical `path` was removed or renamed, or something was mounted on it or unmounted: ways through it lead elsewhere now. */
export function forgetDirectories(fs: FileSystem, path: string): void {
  const known = directories.get(fs);
  if (!known?.passed.has(path)) return;
  known.places.clear();
  known.passed.clear();
}

function remember(fs: FileSystem, path: string, place: Place, trail: readonly string[]): void {
  let known = directories.get(fs);
  if (!known) {
    known = { places: new Map(), passed: new Set() };
    directories.set(fs, known);
  }
  if (known.places.size >= maxDirectories) {
    known.places.clear();
    known.passed.clear();
  }
  known.places.set(path, place);
  for (const at of trail) known.passed.add(at);
}

const isPlain = (name: string): boolean => name !== '' && name !== '.' && name !== '..' && name.length <= maxNameLength && !name.includes('\0');

/** The directory that holds (or would hold) the last part of `path`, and that part. */
export function findParent(fs: FileSystem, path: string): (Found & { node: Dir; name: string; child: FsNode | undefined; depth: number }) | NotFound {
  const slash = typeof path === 'string' && path.length <= maxPathLength ? path.lastIndexOf('/') : 0;
  const directory = slash > 0 ? path.slice(0, slash) : '';
  if (slash > 0) {
    const known = directories.get(fs)?.places.get(directory);
    const last = path.slice(slash + 1);
    if (known !== undefined && isPlain(last)) {
      const node = known.node as Dir;
      return { node, path: known.path, mount: known.mount, name: last, child: node.entries[`/${last}`], depth: depthOf(known.path) + 1 };
    }
  }
  const parts = split(path);
  if (typeof parts === 'string') return { error: parts };
  const name = parts.pop();
  if (name === undefined) return { error: 'EBUSY' };
  if (name === '..') return { error: 'EINVAL' };
  const trail: string[] = [];
  const parent = walk(fs, parts, false, trail);
  if (parent.error !== undefined) return parent;
  if (parent.node.kind !== 'dir') return { error: 'ENOTDIR' };
  if (slash > 0 && path.endsWith(`/${name}`) && trail[0] !== elsewhere) remember(fs, directory, parent, trail);
  return { node: parent.node, path: parent.path, mount: parent.mount, name, child: parent.node.entries[`/${name}`], depth: depthOf(parent.path) + 1 };
}

export const join = (dir: string, name: string): string => (dir === '/' ? `/${name}` : `${dir}/${name}`);

export function depthOf(path: string): number {
  if (path === '/') return 0;
  let depth = 0;
  for (let i = 0; i < path.length; i += 1) if (path.charCodeAt(i) === 47) depth += 1;
  return depth;
}

/** First of a trail that crossed a bind mount: it does not tell all that the way depends on. */
const elsewhere = '';

/** `trail` gets the paths of all directories and links on the way. */
function walk(fs: FileSystem, start: string[], nofollow: boolean, trail?: string[]): Found | NotFound {
  let parts = start;
  let links = 0;
  let at = rooted(fs);
  /** Places above `at`, for `..`. */
  let above: Place[] = [];
  for (let i = 0; i < parts.length; i += 1) {
    const part = parts[i] as string;
    if (at.node.kind !== 'dir') return { error: 'ENOTDIR' };
    if (part === '..') {
      at = above.pop() ?? at;
      continue;
    }
    const child: FsNode | undefined = at.node.entries[`/${part}`];
    const path = join(at.path, part);
    if (!child) return { error: 'ENOENT' };
    if (child.kind === 'symlink' && !(nofollow && i === parts.length - 1)) {
      trail?.push(path);
      links += 1;
      if (links > maxLinks) return { error: 'ELOOP' };
      const target = split(child.target[0] === '/' ? child.target : `/${child.target}`);
      if (typeof target === 'string') return { error: target };
      const rest = parts.slice(i + 1);
      if (child.target[0] === '/') {
        at = rooted(fs);
        above = [];
      }
      parts = target.concat(rest);
      if (parts.length > maxPathLength) return { error: 'ENAMETOOLONG' };
      i = -1;
      continue;
    }
    above.push(at);
    at = enter(fs, { node: child, path, mount: at.mount });
    if (at.path === path) trail?.push(path);
    else trail?.unshift(elsewhere);
  }
  return at;
}

const rooted = (fs: FileSystem): Place => enter(fs, { node: fs.root, path: '/', mount: null });

/** Crosses what is mounted on a place. A bind mount leads to its source's node; paths below are then the source's. */
function enter(fs: FileSystem, place: Place, depth = 0): Place {
  const stack = fs.mounts[place.path];
  const top = stack?.[stack.length - 1];
  if (!top) return place;
  if (top.root) return { node: top.root, path: place.path, mount: top };
  if (top.source === undefined || top.source === place.path || depth > 8) return { ...place, mount: top };
  const source = bound(fs, top.source, depth + 1);
  if (!source) return place;
  return { node: source.node, path: source.path, mount: top.options.split(',').includes('ro') || source.mount === null ? top : source.mount };
}

/** Sources are canonical when mounted: no links, no dots. */
function bound(fs: FileSystem, path: string, depth: number): Place | null {
  let at: Place = enter(fs, { node: fs.root, path: '/', mount: null }, depth);
  if (path === '/') return at;
  for (const part of path.slice(1).split('/')) {
    if (at.node.kind !== 'dir') return null;
    const child: FsNode | undefined = at.node.entries[`/${part}`];
    if (!child) return null;
    const next = join(at.path, part);
    at = enter(fs, { node: child, path: next, mount: at.mount }, depth);
  }
  return at;
}
