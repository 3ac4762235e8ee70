/** Files that change all at once behind a `..data` link. Models pkg/volume/util/atomic_writer.go, v1.36.2. */
import { civil } from '../../../engine/time.ts';
import type { Ctx } from '../../../engine/types.ts';
import { fs, pathError } from '../system-calls.ts';

export interface ProjectedFile {
  text: string;
  mode: number;
  /** Owner, when all containers run as one user. */
  uid?: number;
}
/** By path below the volume, `meta/labels`. */
export type Payload = Record<string, ProjectedFile>;

const dataDir = '..data';

/** Writes the payload below `dir`, which exists, and removes what it replaces. `fresh`: the directory is empty. `gid`: fsGroup. An error is an os.PathError's words. */
export function writePayload(ctx: Ctx, dir: string, payload: Payload, fresh: boolean, gid: number | undefined): string | undefined {
  const old = fresh ? undefined : fs(ctx, { op: 'lstat', path: `${dir}/${dataDir}` }).stat?.target;
  const stamp = `..${timestamp(ctx.epochMs)}.${suffix(ctx)}`;
  const target = `${dir}/${stamp}`;
  const group = gid === undefined ? {} : { gid };
  const made = fs(ctx, { op: 'mkdir', path: target, mode: gid === undefined ? 0o755 : 0o2755, ...group });
  if (made.error) return pathError('mkdir', target, made.error);
  const directories = new Set<string>();
  for (const path in payload) {
    const file = payload[path] as ProjectedFile;
    const slash = path.lastIndexOf('/');
    if (slash > 0 && !directories.has(path.slice(0, slash))) {
      directories.add(path.slice(0, slash));
      fs(ctx, { op: 'mkdir', path: `${target}/${path.slice(0, slash)}`, parents: true, mode: 0o755, ...group });
    }
    const owner = file.uid === undefined ? {} : { uid: file.uid };
    const mode = gid === undefined ? file.mode : file.mode | 0o440;
    const written = fs(ctx, { op: 'write', path: `${target}/${path}`, text: file.text, mode, ...owner, ...group });
    if (written.error) return pathError('open', `${target}/${path}`, written.error);
  }
  if (old === undefined) fs(ctx, { op: 'symlink', path: `${dir}/${dataDir}`, target: stamp });
  else {
    fs(ctx, { op: 'symlink', path: `${dir}/..data_tmp`, target: stamp });
    fs(ctx, { op: 'rename', path: `${dir}/..data_tmp`, to: `${dir}/${dataDir}` });
  }
  linkVisible(ctx, dir, payload, old !== undefined);
  if (old !== undefined) fs(ctx, { op: 'remove', path: `${dir}/${old}`, recursive: true });
  return undefined;
}

/** The first parts of the payload's paths, as links into `..data`. */
function linkVisible(ctx: Ctx, dir: string, payload: Payload, update: boolean): void {
  const visible = new Set<string>();
  for (const path in payload) visible.add(path.split('/', 1)[0] as string);
  const present = update ? (fs(ctx, { op: 'list', path: dir }).names ?? []) : [];
  for (const name of present) if (!name.startsWith('..') && !visible.has(name)) fs(ctx, { op: 'remove', path: `${dir}/${name}` });
  for (const name of visible) if (!present.includes(name)) fs(ctx, { op: 'symlink', path: `${dir}/${name}`, target: `${dataDir}/${name}` });
}

const two = (n: number): string => String(n).padStart(2, '0');

/** `2026_01_02_03_04_05`. */
function timestamp(epochMs: number): string {
  const c = civil(epochMs);
  return `${c.year}_${two(c.month)}_${two(c.day)}_${two(c.hour)}_${two(c.minute)}_${two(c.second)}`;
}

/** Go's os.MkdirTemp: a random 32-bit number in decimal. */
const suffix = (ctx: Ctx): string => String(Math.floor(ctx.random() * 4_294_967_296));
