/** Lanes and marks of the time bar, drawn from what the run told. Fed with each entry once; replaying tells them again, which changes nothing. */

import { isPodReady } from '../api/pods.ts';
import { podColumns } from '../api/print/pod-columns.ts';
import type { ContainerStatus, KubeEvent, Node, Pod } from '../api/types.ts';
import type { PacketNote } from '../contracts/socket.ts';
import type { StoredNote } from '../contracts/watch.ts';
import type { TraceEntry } from '../engine/types.ts';
import { podFamily } from './family.ts';
import type { LaneInterval, LaneRecord, LaneState, MarkRecord, StateFamily } from './records.ts';

const maxTicks = 4000;
const maxMarks = 4000;

const stateOf: Record<StateFamily, LaneState> = {
  ready: 'ready',
  notReady: 'running',
  progress: 'waiting',
  pending: 'waiting',
  backoff: 'backoff',
  failed: 'failed',
  done: 'done',
  terminating: 'terminating',
  off: 'waiting',
  unknown: 'failed',
};

export class Lanes {
  readonly lanes = new Map<string, LaneRecord>();
  readonly marks: MarkRecord[] = [];
  /** Lanes that changed since they were last taken. */
  private changed = new Set<string>();
  private marksChanged = 0;
  private seenPlace = 0;

  /** What is there when the run begins. */
  begin(nodes: readonly Node[], pods: readonly Pod[], atMs: number): void {
    for (const node of nodes) this.node(node, atMs);
    for (const pod of pods) this.pod(pod, false, atMs);
  }

  add(entry: TraceEntry, place: number): void {
    if (place <= this.seenPlace) return;
    this.seenPlace = place;
    const { body, atMs } = entry;
    if (entry.kind !== 'note') return;
    if (body.type === 'Stored') this.stored(body as StoredNote, atMs, entry.seq);
    else if (body.type === 'ProbeResult') {
      const p = body as unknown as { podUID: string; container: string; probe: string; result: string };
      this.tick(`lane/pod/${p.podUID}`, atMs, p.result === 'Success' ? 'probe-ok' : 'probe-failed', `${p.probe} probe of ${p.container}: ${p.result}`);
    } else if (body.type === 'PacketPath') this.packet(body as PacketNote, atMs);
  }

  /** A command, a fault, a fork. */
  mark(mark: MarkRecord): void {
    if (this.marks.length >= maxMarks) this.marks.splice(0, maxMarks / 2);
    this.marks.push(mark);
    this.marksChanged += 1;
  }

  /** Forgets what comes after `atMs` (a fork), up to entry `place`. */
  cutAfter(atMs: number, place: number): void {
    this.seenPlace = Math.min(this.seenPlace, place);
    for (const [id, lane] of this.lanes) {
      const intervals = lane.intervals.filter((i) => i.fromMs <= atMs).map((i): LaneInterval => (i.toMs !== null && i.toMs > atMs ? { ...i, toMs: null } : i));
      if (intervals.length === 0) this.lanes.delete(id);
      else this.lanes.set(id, { ...lane, intervals, ticks: lane.ticks.filter((t) => t.atMs <= atMs) });
    }
    const kept = this.marks.filter((m) => m.atMs <= atMs);
    this.marks.splice(0, this.marks.length, ...kept);
  }

  /** Lanes that changed since the last call. */
  take(): LaneRecord[] {
    const out: LaneRecord[] = [];
    for (const id of this.changed) {
      const lane = this.lanes.get(id);
      if (lane) out.push({ ...lane, intervals: lane.intervals.slice(), ticks: lane.ticks.slice() });
    }
    this.changed.clear();
    return out;
  }

  private stored({ event, resource, object }: StoredNote, atMs: number, seq: number): void {
    if (resource === 'pods') this.pod(object as Pod, event === 'DELETED', atMs);
    else if (resource === 'nodes') this.node(object as Node, atMs);
    else if (resource === 'events') {
      const e = object as KubeEvent;
      this.mark({ atMs, kind: e.type === 'Warning' ? 'warning' : 'event', text: `${e.reason}: ${e.message}`, about: `event/${e.metadata.uid}`, seq });
    }
  }

  private pod(pod: Pod, deleted: boolean, atMs: number): void {
    const { uid, name, namespace } = pod.metadata;
    const about = `pod/${uid}`;
    const order = `2 ${namespace} ${pod.metadata.ownerReferences?.[0]?.name ?? name} ${name}`;
    const columns = podColumns(pod);
    this.state(`lane/pod/${uid}`, name, about, order, atMs, deleted ? null : stateOf[podFamily(columns.status, isPodReady(pod))], columns.status);
    const statuses = [...(pod.status.initContainerStatuses ?? []), ...(pod.status.containerStatuses ?? []), ...(pod.status.ephemeralContainerStatuses ?? [])];
    for (const cs of statuses) {
      const id = `lane/container/${uid}/${cs.name}`;
      const [state, word] = containerState(cs);
      const before = this.lanes.get(id)?.intervals.at(-1);
      this.state(id, `${name} / ${cs.name}`, about, `${order} ${cs.name}`, atMs, deleted ? null : state, word);
      const ended = cs.state.terminated ?? (cs.state.waiting ? cs.lastState?.terminated : undefined);
      if (ended && before && before.toMs === null && (before.state === 'running' || before.state === 'ready') && !cs.state.running)
        this.tick(id, atMs, 'exit', `exit code ${ended.exitCode}`);
    }
    if (deleted) for (const cs of statuses) this.end(`lane/container/${uid}/${cs.name}`, atMs);
  }

  private node(node: Node, atMs: number): void {
    const ready = node.status.conditions?.find((c) => c.type === 'Ready')?.status ?? 'Unknown';
    this.state(
      `lane/node/${node.metadata.name}`,
      node.metadata.name,
      `node/${node.metadata.name}`,
      `1 ${node.metadata.name}`,
      atMs,
      ready === 'True' ? 'ready' : 'failed',
      ready === 'True' ? 'Ready' : 'NotReady',
    );
  }

  /** Connections that a client opened, in one lane. */
  private packet(note: PacketNote, atMs: number): void {
    const { packet: p, verdict, hops } = note;
    if (p.protocol !== 'tcp' || (p.flags !== 'SYN' && p.flags !== 'RST') || !(hops[0]?.startsWith('pod:') || hops[0] === 'client')) return;
    const id = 'lane/connections';
    if (!this.lanes.has(id))
      this.lanes.set(id, { id, label: 'connections', about: '', order: '8', intervals: [{ fromMs: atMs, toMs: null, state: 'waiting', word: '' }], ticks: [] });
    const ok = p.flags === 'SYN' && (verdict === 'DELIVERED' || verdict === 'FORWARDED');
    this.tick(id, atMs, ok ? 'connection-ok' : 'connection-refused', `${p.src} to ${p.dst}:${p.dport}${note.translated ? ` ⇒ ${note.translated.dst}` : ''}`);
  }

  private state(id: string, label: string, about: string, order: string, atMs: number, state: LaneState | null, word: string): void {
    let lane = this.lanes.get(id);
    if (!lane) {
      if (state === null) return;
      lane = { id, label, about, order, intervals: [], ticks: [] };
      this.lanes.set(id, lane);
    }
    const last = lane.intervals[lane.intervals.length - 1];
    if (last && last.toMs === null) {
      if (state !== null && last.state === state && last.word === word) return;
      lane.intervals[lane.intervals.length - 1] = { ...last, toMs: atMs };
    }
    if (state !== null) lane.intervals.push({ fromMs: atMs, toMs: null, state, word });
    this.changed.add(id);
  }

  private end(id: string, atMs: number): void {
    const lane = this.lanes.get(id);
    const last = lane?.intervals[lane.intervals.length - 1];
    if (lane && last?.toMs === null) {
      lane.intervals[lane.intervals.length - 1] = { ...last, toMs: atMs };
      this.changed.add(id);
    }
  }

  private tick(id: string, atMs: number, kind: LaneRecord['ticks'][number]['kind'], text: string): void {
    const lane = this.lanes.get(id);
    if (!lane) return;
    if (lane.ticks.length >= maxTicks) lane.ticks.splice(0, maxTicks / 2);
    lane.ticks.push({ atMs, kind, text });
    this.changed.add(id);
  }
}

function containerState(cs: ContainerStatus): [LaneState, string] {
  const { running, terminated, waiting } = cs.state;
  if (running) return cs.ready ? ['ready', 'Running'] : ['running', 'Running'];
  if (terminated) return terminated.exitCode === 0 ? ['done', terminated.reason ?? 'Completed'] : ['failed', terminated.reason ?? 'Error'];
  const reason = waiting?.reason ?? '';
  return reason.endsWith('BackOff') ? ['backoff', reason] : /^Err|Error$/.test(reason) ? ['failed', reason] : ['waiting', reason];
}
