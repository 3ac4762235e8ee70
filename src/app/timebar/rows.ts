/** Which lanes the time bar shows, in which order. */
import type { ContainerRecord, LaneRecord, MarkRecord, PodRecord, StateFamily } from '../../core/index.ts';
import type { Axis } from './axis.ts';

export type RowKind = 'commands' | 'faults' | 'node' | 'lane' | 'backoff' | 'connections' | 'events';

export interface Row {
  id: string;
  kind: RowKind;
  label: string;
  /** Selected by a click; '' for none. */
  about: string;
  strong: boolean;
  /** State now, null where there is none. */
  family: StateFamily | null;
  lane: LaneRecord | null;
  /** Exits of the containers of a pod's lane. */
  exits: readonly LaneRecord[];
  /** When a wait is due to end. */
  nextMs: number | null;
  /** What the run that this one forked from did after the fork. */
  ghost: LaneRecord | null;
  /** Compare: the other run's lane, null where it has none; `lane` is the first run's. undefined: not compared. */
  twin?: LaneRecord | null;
}

export interface RowWords {
  commands: string;
  faults: string;
  backoff: string;
  connections: string;
  events: string;
}

export interface RowSource {
  lanes: readonly LaneRecord[];
  marks: readonly MarkRecord[];
  /** Pod by UID. */
  podOf(uid: string): PodRecord | undefined;
  nodeFamily(name: string): StateFamily | undefined;
  selectedId: string;
  /** The node whose lanes are shown; '': all. */
  node: string;
  axis: Pick<Axis, 'fromMs' | 'toMs'>;
}

/** `web-6d4cf56db6-tz7mn` → `web-…-tz7mn`. */
export function shortName(name: string): string {
  if (name.length <= 16) return name;
  const parts = name.split('-');
  return parts.length >= 3 ? `${parts[0]}-…-${parts[parts.length - 1]}` : `${name.slice(0, 14)}…`;
}

const touches = (lane: LaneRecord, axis: RowSource['axis']): boolean =>
  lane.intervals.some((i) => i.fromMs <= axis.toMs && (i.toMs === null || i.toMs >= axis.fromMs));

/** A row of which nothing but its name is known. */
export const plainRow = (id: string, kind: RowKind, label: string): Row => ({
  id,
  kind,
  label,
  about: '',
  strong: false,
  family: null,
  lane: null,
  exits: [],
  nextMs: null,
  ghost: null,
});

export function rowsOf(source: RowSource, words: RowWords): Row[] {
  const { lanes, marks, selectedId, node, axis } = source;
  const rows: Row[] = [plainRow('commands', 'commands', words.commands)];
  if (marks.some((m) => m.kind === 'fault')) rows.push(plainRow('faults', 'faults', words.faults));
  const containers = new Map<string, LaneRecord[]>();
  for (const lane of lanes) if (lane.id.startsWith('lane/container/')) containers.set(lane.about, [...(containers.get(lane.about) ?? []), lane]);
  const pods: Row[] = [];
  const gone: Row[] = [];
  for (const lane of lanes) {
    if (lane.id.startsWith('lane/node/')) {
      const family = source.nodeFamily(lane.label) ?? null;
      if (node && lane.label !== node && selectedId !== lane.about && family === 'ready') continue;
      rows.push({ ...plainRow(lane.id, 'node', lane.label), about: lane.about, strong: true, family, lane });
    } else if (lane.id.startsWith('lane/pod/')) {
      const uid = lane.about.slice('pod/'.length);
      const pod = source.podOf(uid);
      const selected = lane.about === selectedId;
      if (!selected && node && pod && pod.node !== '' && pod.node !== node) continue;
      if (!selected && !touches(lane, axis)) continue;
      (pod ? pods : gone).push(...podRows(lane, containers.get(lane.about) ?? [], pod, selected, words));
    }
  }
  // What is gone lies below what lives.
  rows.push(...pods, ...gone);
  const connections = lanes.find((lane) => lane.id === 'lane/connections');
  if (connections) rows.push({ ...plainRow(connections.id, 'connections', words.connections), lane: connections });
  rows.push(plainRow('events', 'events', words.events));
  return rows;
}

function podRows(lane: LaneRecord, containers: LaneRecord[], pod: PodRecord | undefined, selected: boolean, words: RowWords): Row[] {
  const row = (from: LaneRecord, label: string, family: StateFamily | null): Row => ({
    id: from.id,
    kind: 'lane',
    label,
    about: lane.about,
    strong: selected,
    family,
    lane: from,
    exits: [],
    nextMs: null,
    ghost: null,
  });
  const whole: Row = { ...row(lane, shortName(lane.label), pod?.family ?? null), exits: containers };
  if (!selected || containers.length === 0) return [whole];
  const familyOf = (name: string): StateFamily | null => pod?.containers.find((c: ContainerRecord) => c.name === name)?.family ?? null;
  const nameOf = (from: LaneRecord): string => from.id.slice(from.id.lastIndexOf('/') + 1);
  const one = containers.length === 1 ? (containers[0] as LaneRecord) : null;
  const rows: Row[] = one
    ? [{ ...row(one, `${shortName(lane.label)} / ${nameOf(one)}`, familyOf(nameOf(one))), lane: { ...one, ticks: [...one.ticks, ...lane.ticks] } }]
    : [whole, ...containers.map((c) => ({ ...row(c, `/ ${nameOf(c)}`, familyOf(nameOf(c))), strong: false }))];
  for (const c of containers)
    if (c.ticks.some((tick) => tick.kind === 'exit'))
      rows.push({
        ...row(c, one ? words.backoff : `${words.backoff} ${nameOf(c)}`, null),
        id: `${c.id}/backoff`,
        kind: 'backoff',
        strong: false,
        nextMs: pod?.containers.find((p) => p.name === nameOf(c))?.backoff?.untilMs ?? null,
      });
  return rows;
}
