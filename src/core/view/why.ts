/** "Why?": the chain of messages that led to one, back to a command or a manifest's field. */
import type { FieldRef, TraceEntry } from '../engine/types.ts';
import { messageRecord, type Names } from './messages.ts';
import type { MessageRecord } from './records.ts';
import type { TraceLog } from './trace-log.ts';

export interface WhyLink {
  seq: number;
  atMs: number;
  kind: MessageRecord['kind'] | 'timer' | 'start';
  text: string;
  about: string[];
  /** The manifest field that decided, when one did. */
  field: FieldRef | null;
}

export const maxLinks = 60;

/** Newest first. Plain timers and repeats are left out; the end is a command, the start of the run, or what is no longer kept. */
export function whyChain(log: TraceLog, seq: number, names: Names): WhyLink[] {
  const links: WhyLink[] = [];
  let entry = log.bySeq(seq);
  for (let steps = 0; entry && links.length < maxLinks && steps < 10_000; steps += 1) {
    const link = linkOf(entry, names);
    const last = links[links.length - 1];
    if (link && !(last && last.text === link.text && last.atMs === link.atMs)) links.push(link);
    if (entry.cause === 0) return links;
    const next: TraceEntry | undefined = log.bySeq(entry.cause);
    if (!next) {
      links.push({
        seq: entry.cause,
        atMs: entry.sentMs,
        kind: 'start',
        text: log.dropped > 0 ? 'earlier than what is kept' : 'since the cluster started',
        about: [],
        field: null,
      });
      return links;
    }
    entry = next;
  }
  return links;
}

function linkOf(entry: TraceEntry, names: Names): WhyLink | undefined {
  const record = messageRecord(entry, names);
  const field = entry.why ?? null;
  if (record) {
    const who = record.toName === record.fromName || entry.kind === 'note' ? record.fromName : `${record.fromName} → ${record.toName}`;
    return { seq: entry.seq, atMs: entry.atMs, kind: record.kind, text: `${who}: ${record.text}`, about: record.about, field };
  }
  if (entry.body.type === 'GiveCommand' || entry.body.type === 'Stored') return undefined;
  // A timer that a field set (a period, a delay) explains when something came.
  return field
    ? { seq: entry.seq, atMs: entry.atMs, kind: 'timer', text: `${entry.body.type} after ${(entry.atMs - entry.sentMs) / 1000} s`, about: [], field }
    : undefined;
}
