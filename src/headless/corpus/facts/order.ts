/** `order`: moments of the past, by the words that name them. */
import type { KubeObject } from '../../../core/index.ts';
import type { Stage } from '../stage.ts';
import { type Check, list, when } from './check.ts';
import { conditionsOf } from './objects.ts';

type Status = { containerStatuses?: Container[]; initContainerStatuses?: Container[] };
interface Container {
  name: string;
  started?: boolean;
  state?: { running?: unknown; terminated?: unknown };
}

export const order: Check = ({ stage, fact, namespace, sinceMs }) => {
  const words = list(fact.order);
  const times: (number | undefined)[] = [];
  for (const text of words) {
    const time = moment(stage, text, namespace, sinceMs);
    // A state that had come before is also there after the moment before it.
    times.push(time !== undefined && /^all /.test(text) ? Math.max(time, times[times.length - 1] ?? 0) : time);
  }
  const ok = times.every((t, i) => t !== undefined && (i === 0 || (times[i - 1] as number) <= t));
  return when(ok, words.map((text, i) => `${text} ${times[i] === undefined ? 'not seen' : `${(times[i] as number) / 1000} s`}`).join(', '));
};

const containers = (o: KubeObject): Container[] => {
  const status = (o.status ?? {}) as Status;
  return [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
};

function moment(stage: Stage, text: string, namespace: string, sinceMs: number): number | undefined {
  const first = (resource: string, is: (o: KubeObject, event: string) => boolean): number | undefined =>
    stage.told.find((t) => t.resource === resource && t.object.metadata.namespace === namespace && t.atMs >= sinceMs && is(t.object, t.event))?.atMs;
  const acted = (what: string): number | undefined => stage.acts.find((a) => a.what === what && a.atMs >= sinceMs)?.atMs;
  const container = /^(?:initContainer|container) (\S+) (.*)$/.exec(text);
  if (container && container[1] !== 'state') {
    const [, name, what = ''] = container;
    const is: Record<string, (c: Container) => boolean> = {
      terminated: (c) => c.state?.terminated !== undefined,
      stopped: (c) => c.state?.terminated !== undefined,
      started: (c) => c.state?.running !== undefined,
      'status.started == true': (c) => c.started === true,
    };
    // A pod that is taken away in one write has ended then at the latest.
    return first('pods', (o, event) =>
      containers(o).some((c) => c.name === name && (is[what]?.(c) === true || (event === 'DELETED' && /^(stopped|terminated)$/.test(what)))),
    );
  }
  if (text === 'container state set to Running') return first('pods', (o) => containers(o).some((c) => c.state?.running !== undefined));
  if (/^(postStart|preStop) handler completed$/.test(text)) return acted('exec done');
  if (text === 'SIGTERM sent') return acted('stop container');
  const condition = /^condition (\S+) set$/.exec(text)?.[1];
  if (condition) return first('jobs.batch', (o) => conditionsOf(o).some((c) => c.type === condition && c.status === 'True'));
  if (text === 'all pods of the Job terminated') return allEnded(stage, sinceMs);
  throw new Error(`not understood: moment ${JSON.stringify(text)}`);
}

function allEnded(stage: Stage, sinceMs: number): number | undefined {
  const open = new Set<string>();
  let ended: number | undefined;
  for (const t of stage.told) {
    if (t.resource !== 'pods' || t.atMs < sinceMs || t.object.metadata.ownerReferences?.[0]?.kind !== 'Job') continue;
    const done = t.event === 'DELETED' || /^(Succeeded|Failed)$/.test((t.object.status as { phase?: string } | undefined)?.phase ?? '');
    if (!done) {
      open.add(t.object.metadata.uid);
      ended = undefined;
    } else if (open.delete(t.object.metadata.uid) && open.size === 0) ended = t.atMs;
  }
  return ended;
}
