/** Runs a line of the shell. */
import type { CommandResult } from '../../core/index.ts';
import { useText } from '../editor/text.ts';
import { records } from '../state/records.ts';
import { useRun } from '../state/run.ts';
import { session } from '../state/session.ts';
import { panelWords } from '../words/panels.en.ts';
import type { Known } from './complete.ts';
import { give } from './give.ts';
import { parseLine } from './line.ts';
import { beginEntry, clearLog, endEntry, useShell } from './log.ts';

const t = panelWords.shell;

export async function runLine(line: string): Promise<void> {
  if (line.trim() === '') return;
  const nodes = records.list('node').map((node) => node.name);
  const parsed = parseLine(line, nodes, useText.getState().text);
  if ('local' in parsed && parsed.local === 'clear') {
    clearLog();
    return;
  }
  const id = beginEntry(line.trim(), useRun.getState().nowMs);
  if ('error' in parsed) {
    endEntry(id, { rc: 2, err: parsed.error });
    return;
  }
  if ('local' in parsed) {
    endEntry(id, { rc: 0, out: t.help });
    return;
  }
  try {
    const { id: given, result, run } = await give(parsed.command);
    const note = run === null ? '' : t.forked(run);
    if (result) {
      const piped = await through(result, parsed.pipes);
      endEntry(id, { ...piped, note });
    } else {
      endEntry(id, { rc: 0, note: t.running });
      await follow(id, given, note, parsed.pipes);
    }
  } catch (error) {
    endEntry(id, { rc: 1, err: error instanceof Error ? error.message : String(error) });
  }
}

/** Errors are not piped. */
async function through({ rc, out, err }: CommandResult, pipes: string[][]): Promise<{ rc: number; out: string; err: string }> {
  if (pipes.length === 0) return { rc, out, err };
  const piped = await session.query({ q: 'pipe', text: out, stages: pipes });
  return { rc: piped.rc, out: piped.out, err: err + piped.err };
}

const followMs = 1000;

/** A command that runs on with the clock: its end is asked for now and then, as long as the run is the same. */
async function follow(id: number, given: string, note: string, pipes: string[][]): Promise<void> {
  const { opened } = useRun.getState();
  while (useRun.getState().opened === opened && useShell.getState().entries.some((entry) => entry.id === id)) {
    await new Promise((resolve) => setTimeout(resolve, followMs));
    if (!useRun.getState().playing) continue;
    const result = await session.query({ q: 'result', id: given });
    if (!result) continue;
    endEntry(id, { ...(await through(result, pipes)), note });
    return;
  }
}

const plurals: Record<string, string> = { NetworkPolicy: 'networkpolicies', Endpoints: 'endpoints' };

/** What Tab knows: the records of the page. */
export function known(): Known {
  const names: Record<string, [string, string][]> = Object.create(null);
  const containers: Record<string, string[]> = Object.create(null);
  const namespaces = new Set(['default', 'kube-system']);
  const add = (kind: string, namespace: string, name: string): void => {
    (names[kind] ??= []).push([namespace, name]);
    if (namespace) namespaces.add(namespace);
  };
  for (const pod of records.list('pod')) {
    add('pods', pod.namespace, pod.name);
    containers[`${pod.namespace}/${pod.name}`] = pod.containers.map((c) => c.name);
  }
  for (const service of records.list('service')) add('services', service.namespace, service.name);
  for (const object of records.list('object')) {
    if (object.kind === 'Namespace') namespaces.add(object.name);
    add(plurals[object.kind] ?? `${object.kind.toLowerCase()}s`, object.namespace, object.name);
  }
  return { nodes: records.list('node').map((node) => node.name), namespaces: [...namespaces], names, containers };
}
