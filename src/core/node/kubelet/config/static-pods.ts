/** Static pods from a directory of the node. Models pkg/kubelet/config/{file,file_linux,http}.go, v1.36.2. */
import type { Pod } from '../../../api/types.ts';
import { log } from '../../../contracts/journal.ts';
import { rfc3339Micro } from '../../../engine/time.ts';
import type { Body, Ctx, Message } from '../../../engine/types.ts';
import { setSourcePods } from '../pod-config.ts';
import type { KubeletState } from '../state.ts';
import { fs } from '../system-calls.ts';
import { initialUrl, readUrl, startUrl, type UrlState } from './http.ts';
import { parseManifest } from './manifest-yaml.ts';
import { staticPod } from './pod-defaults.ts';

/** The directory is read this often whatever is told of it, ms … */
const fileCheckFrequencyMs = 20_000;
/** … and where the kernel tells nothing, looked at this often. */
const pollMs = 1000;
/** Files that are read. */
const maxFiles = 200;

interface ManifestState {
  text: string;
  pod: Pod | null;
}
export interface StaticPodsState {
  /** By path, as last read. */
  files: Record<string, ManifestState>;
  /** The kernel tells of changes. */
  watched: boolean;
  /** Of the directory, when it has to be polled. */
  mtimeMs: number;
  url: UrlState;
}
export const initialStatic = (): StaticPodsState => ({ files: {}, watched: false, mtimeMs: -1, url: initialUrl() });

export function startStatic(state: KubeletState, ctx: Ctx): void {
  const path = state.config.staticPodPath;
  startUrl(state, ctx);
  if (path === '') {
    setSourcePods(state, 'file', [], ctx);
    return;
  }
  state.static.watched = fs(ctx, { op: 'watch', path, owner: ctx.self }).error === undefined;
  readDirectory(state, ctx, true);
  ctx.send(ctx.self, { type: 'StaticScan' } as Body, fileCheckFrequencyMs);
  if (!state.static.watched) ctx.send(ctx.self, { type: 'StaticPoll' } as Body, pollMs);
}

export function handleStaticMessage(state: KubeletState, message: Message, ctx: Ctx): boolean {
  switch (message.body.type) {
    case 'StaticScan':
      ctx.send(ctx.self, { type: 'StaticScan' } as Body, fileCheckFrequencyMs);
      readDirectory(state, ctx, false);
      return true;
    case 'StaticURL':
      readUrl(state, ctx);
      return true;
    case 'StaticPoll':
      ctx.send(ctx.self, { type: 'StaticPoll' } as Body, pollMs);
      if (lastChange(state, ctx) !== state.static.mtimeMs) readDirectory(state, ctx, false);
      return true;
    case 'FsChanged':
      readDirectory(state, ctx, false);
      return true;
    default:
      return false;
  }
}

/** The directory's, or that of a file in it that was written anew. */
function lastChange(state: KubeletState, ctx: Ctx): number {
  let last = fs(ctx, { op: 'stat', path: state.config.staticPodPath }).stat?.mtimeMs ?? -1;
  for (const path in state.static.files) last = Math.max(last, fs(ctx, { op: 'stat', path }).stat?.mtimeMs ?? -1);
  return last;
}

/** Hands on all pods of the directory when a file came, changed or went (and at the first time). */
function readDirectory(state: KubeletState, ctx: Ctx, first: boolean): void {
  const dir = state.config.staticPodPath;
  const old = state.static.files;
  const files: Record<string, ManifestState> = {};
  let changed = first;
  for (const name of (fs(ctx, { op: 'list', path: dir }).names ?? []).slice(0, maxFiles)) {
    const path = `${dir}/${name}`;
    if (name.startsWith('.') || fs(ctx, { op: 'stat', path }).stat?.kind !== 'file') continue;
    const text = fs(ctx, { op: 'read', path }).text ?? '';
    const known = old[path];
    if (known && known.text === text) files[path] = known;
    else {
      changed = true;
      files[path] = { text, pod: readManifest(state, path, text, ctx) };
    }
  }
  for (const path in old) if (!files[path]) changed = true;
  state.static.files = files;
  state.static.mtimeMs = lastChange(state, ctx);
  if (!changed) return;
  const pods = Object.values(files).flatMap((file) => (file.pod ? [file.pod] : []));
  setSourcePods(state, 'file', pods, ctx);
}

function readManifest(state: KubeletState, path: string, text: string, ctx: Ctx): Pod | null {
  const parsed = parseManifest(text);
  const seen = rfc3339Micro(ctx.epochMs);
  const made = 'error' in parsed ? parsed : staticPod(parsed.value, { kind: 'file', path, nodeName: state.config.nodeName, seen });
  if ('pod' in made) return Object.freeze(made.pod);
  const words = `"Could not process manifest file" err=${JSON.stringify(`${path}: couldn't parse as pod(${made.error}), please check config file`)} path=${JSON.stringify(path)}`;
  journal(words, ctx);
  return null;
}

/** A line of the kubelet's own log. */
function journal(text: string, ctx: Ctx): void {
  log(ctx, 'kubelet.service', ['kubelet.manifest', text]);
}
