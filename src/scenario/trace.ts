/** The golden trace: a line per fact that a reader of the scenario would name. What the kubelet asks of containerd, what objects become, what is told. */
import { type MessageRecord, type Pod, podColumns, type StoredNote, type TraceEntry } from '../core/index.ts';
import type { Scenario } from './format.ts';
import { stage } from './play.ts';

export const maxTraceLines = 4000;
/** The cluster's own add-ons are no part of the story. */
const system = 'kube-system';

/** `12.340 kubelet→containerd CreateContainer nginx attempt 2`. Played to `untilMs`, without a learner. */
export function goldenTrace(scenario: Scenario): string {
  const { world, view } = stage(scenario);
  const lines: string[] = [];
  const seen = new Map<string, string>();
  /** Of pods, by UID: what messages are about. */
  const pods = new Map<string, { namespace: string; name: string }>();
  let place = 0;
  const cap = (): boolean => lines.length >= maxTraceLines;
  const noted: { place: number; atMs: number; text: string }[] = [];
  world.observe((entry) => {
    if (entry.kind === 'note' && entry.body.type === 'Stored' && (entry.body as StoredNote).resource === 'pods') {
      const { uid, namespace = '', name } = (entry.body as StoredNote).object.metadata;
      pods.set(`pod/${uid}`, { namespace, name });
    }
    const text = storedText(entry, seen);
    if (text !== null) noted.push({ place: world.engine.state.told, atMs: entry.atMs, text });
  });
  while (world.nowMs < scenario.untilMs && !cap()) {
    world.advance(Math.min(scenario.untilMs, world.nowMs + 100));
    const told = world.engine.state.told;
    const { messages } = view.messagesBetween(place, told, 6000);
    place = told;
    const told100: { atMs: number; text: string }[] = [
      ...noted.splice(0),
      ...messages
        .filter((m) => worthALine(m) && !m.about.some((id) => pods.get(id)?.namespace === system))
        .map((m) => ({ atMs: m.atMs, text: messageText(m, pods) })),
    ];
    // Stable: within a millisecond what is stored comes before what is said.
    for (const { atMs, text } of told100.sort((a, b) => a.atMs - b.atMs)) lines.push(`${stamp(atMs)} ${text}`);
  }
  const rest = cap() ? [`… more than ${maxTraceLines} lines`] : [];
  return `${[...lines.slice(0, maxTraceLines), ...rest].join('\n')}\n`;
}

const stamp = (ms: number): string => `${Math.floor(ms / 1000)}.${String(ms % 1000).padStart(3, '0')}`;

/** Reading calls repeat every second and tell nothing. */
const writes = /^(RunPodSandbox|StopPodSandbox|RemovePodSandbox|CreateContainer|StartContainer|StopContainer|RemoveContainer|PullImage)\b/;

function worthALine(m: MessageRecord): boolean {
  switch (m.kind) {
    case 'cri':
      return !m.reply && writes.test(m.text);
    case 'cni':
    case 'command':
    case 'signal':
      return true;
    case 'rules':
      return true;
    case 'probe':
      return m.outcome !== 'ok';
    case 'tcp':
      return m.outcome !== 'ok' && m.text.startsWith('SYN ');
    default:
      return false;
  }
}

/** Containers have ids that nobody knows; the pod's name stands instead. */
function messageText(m: MessageRecord, pods: ReadonlyMap<string, { name: string }>): string {
  const pod = m.kind === 'cri' ? pods.get(m.about[0] ?? '')?.name : undefined;
  const text = pod ? `${m.text.replace(/ [0-9a-f]{12}$/, '').replace(` ${pod}`, '')} ${pod}` : m.text;
  return `${m.fromName}→${m.toName} ${text}${m.outcome === 'ok' ? '' : ` (${m.outcome})`}`.replace(/\s+/g, ' ').slice(0, 240);
}

/** What an object became, when its line differs from the last. */
function storedText(entry: TraceEntry, seen: Map<string, string>): string | null {
  if (entry.kind !== 'note' || entry.body.type !== 'Stored') return null;
  const { event, resource, object } = entry.body as StoredNote;
  const { name, namespace } = object.metadata;
  if (namespace === system) return null;
  if (resource === 'events') {
    const e = object as unknown as { reason: string; message: string; type: string; count?: number; involvedObject: { kind?: string; name?: string } };
    return `event ${e.type} ${e.reason} ${e.involvedObject.kind}/${e.involvedObject.name}: ${e.message}`.replace(/\s+/g, ' ').slice(0, 240);
  }
  const line = lineOf(resource, event, object as never);
  if (line === null || seen.get(`${resource} ${name}`) === line) return null;
  seen.set(`${resource} ${name}`, line);
  return line;
}

// biome-ignore lint/suspicious/noExplicitAny: fields of several kinds.
function lineOf(resource: string, event: string, o: any): string | null {
  const { name } = o.metadata;
  const gone = event === 'DELETED';
  switch (resource) {
    case 'pods': {
      if (gone) return `pod ${name} deleted`;
      const { readyContainers, totalContainers, status, restarts } = podColumns(o as Pod);
      return `pod ${name} ${readyContainers}/${totalContainers} ${status}, ${restarts} restarts${o.spec.nodeName ? ` on ${o.spec.nodeName}` : ''}`;
    }
    case 'nodes': {
      const ready = o.status.conditions?.find((c: { type: string }) => c.type === 'Ready');
      return `node ${name} Ready=${ready?.status} ${ready?.reason}${(o.spec.taints ?? []).map((t: { key: string; effect: string }) => ` taint ${t.key}:${t.effect}`).join('')}`;
    }
    case 'endpointslices.discovery.k8s.io': {
      const list = (o.endpoints ?? []).map(
        (e: { addresses: string[]; conditions?: { ready?: boolean } }) => `${e.addresses[0]}${e.conditions?.ready === false ? ' (not ready)' : ''}`,
      );
      return gone ? `endpoints ${name} deleted` : `endpoints ${name}: ${list.sort().join(', ') || 'none'}`;
    }
    default:
      return null;
  }
}
