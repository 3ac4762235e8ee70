/** An API server that knows what a recording's watch had shown by a moment, for tests of what kubectl prints. */
import { resourceById } from '../../api/resources.ts';
import { matchesFieldSelector, matchesRequirements, parseFieldSelector, parseLabelSelector } from '../../api/selector.ts';
import type { KubeObject } from '../../api/types.ts';
import type { ApiCall, ApiResult } from '../../contracts/watch.ts';
import { parseTime } from '../../engine/time.ts';
import type { Body, Ctx } from '../../engine/types.ts';
import { runCommand } from '../commands.ts';
import { CommandError } from '../errors.ts';
import { Run, type RunState } from '../run.ts';

export interface Recorded {
  name: string;
  steps: { kubectl?: string; atMs: number; rc: number; out: string; err: string }[];
  watch: { atMs: number; resource: string; type: string; object: KubeObject }[];
}

/** Where ms 0 of the recording lies, by the first object that the watch saw being made. */
export function startOf(recording: Recorded): number {
  const first = recording.watch.find((w) => w.resource === 'pods' && w.type === 'ADDED' && w.object.metadata.creationTimestamp);
  return first ? parseTime(first.object.metadata.creationTimestamp) - first.atMs : 0;
}

/** True when the watch told something of `resource` so close to the step that the command may have seen either. */
export const unsure = (recording: Recorded, atMs: number): boolean => recording.watch.some((w) => Math.abs(w.atMs - atMs) < 400);

export function runAt(recording: Recorded, words: string[], atMs: number): { rc: number; out: string; err: string } {
  const objects = new Map<string, KubeObject>();
  for (const w of recording.watch) {
    if (w.atMs > atMs) break;
    const key = `${w.resource} ${w.object.metadata.name}`;
    if (w.type === 'DELETED') objects.delete(key);
    else objects.set(key, w.object);
  }
  const call = (_to: string, body: Body): ApiResult => {
    const request = body as unknown as ApiCall;
    const prefix = `${resourceById(request.resource)?.plural} `;
    const all = [...objects]
      .filter(([key]) => key.startsWith(prefix))
      .map(([, object]) => ({ ...object, apiVersion: object.apiVersion ?? 'v1', kind: object.kind ?? resourceById(request.resource)?.kind ?? '' }));
    if (request.verb === 'get') {
      const object = all.find((o) => o.metadata.name === request.name) as KubeObject | undefined;
      if (object) return { code: 200, object };
      const message = `${request.resource} "${request.name}" not found`;
      return { code: 404, status: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason: 'NotFound', code: 404 } };
    }
    const fields = parseFieldSelector(request.fieldSelector ?? '').requirements ?? [];
    const labels = request.labelSelector ? (parseLabelSelector(request.labelSelector).requirements ?? []) : [];
    const items = all
      .filter((o) => matchesFieldSelector(fields, o as KubeObject) && matchesRequirements(labels, o.metadata.labels))
      .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)) as KubeObject[];
    return { code: 200, list: { kind: 'List', apiVersion: 'v1', metadata: { resourceVersion: '' }, items } };
  };
  const ctx = {
    nowMs: atMs,
    epochMs: startOf(recording) + atMs,
    self: 'kubectl',
    host: 'kubectl',
    call,
    send: () => 0,
    isUp: () => true,
    random: () => 0.5,
  } as unknown as Ctx;
  const state: RunState = {
    id: '1',
    owner: 'user',
    key: 'run user 1',
    argv: words,
    namespace: recording.name,
    files: {},
    out: '',
    err: '',
    rc: 0,
    watches: [],
    generation: 0,
  };
  const run = new Run(state, ctx);
  try {
    runCommand(run);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    run.fail(error);
  }
  return { rc: state.rc, out: state.out, err: state.err };
}
