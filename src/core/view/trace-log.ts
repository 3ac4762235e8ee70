/**
 * What happened, kept for Messages, Why and the dots, in the order in which it happened. Each entry has its place: how many were told before it,
 * which is part of the engine's state. When the past is played again the same entries come at the same places, which changes nothing; a fork cuts.
 */
import type { TraceEntry } from '../engine/types.ts';

/** Beyond this the older half goes; chains that lead there say so. */
export const maxEntries = 300_000;

/** System calls that nobody asks about one by one: they would be nine tenths of the log. */
const dull: ReadonlySet<string> = new Set([
  'Fs',
  'Cgroup',
  'Socket',
  'Netlink',
  'Conntrack',
  'Systemd',
  'ListProcesses',
  'IptablesSave',
  'NftList',
  'Walk',
  'Api',
]);

export class TraceLog {
  private entries: TraceEntry[] = [];
  private places: number[] = [];
  private bySequence = new Map<number, TraceEntry>();
  /** Entries that were dropped at the old end. */
  dropped = 0;

  /** `place`: `told` of the engine's state when the entry was told. */
  add(entry: TraceEntry, place: number): void {
    if (place <= (this.places[this.places.length - 1] ?? 0)) return;
    if (entry.kind === 'call' && dull.has(entry.body.type)) return;
    this.entries.push(entry);
    this.places.push(place);
    this.bySequence.set(entry.seq, entry);
    if (this.entries.length > maxEntries) this.dropOldest(this.entries.length >> 1);
  }

  private dropOldest(count: number): void {
    for (let i = 0; i < count; i += 1) this.bySequence.delete((this.entries[i] as TraceEntry).seq);
    this.entries = this.entries.slice(count);
    this.places = this.places.slice(count);
    this.dropped += count;
  }

  /** What was told after `place` never happened. */
  cutAfter(place: number): void {
    const keep = this.indexAfter(place);
    for (let i = keep; i < this.entries.length; i += 1) this.bySequence.delete((this.entries[i] as TraceEntry).seq);
    this.entries.length = keep;
    this.places.length = keep;
  }

  /** How many kept entries have a place up to and including `place`: the index of the first one after it. */
  indexAfter(place: number): number {
    let [low, high] = [0, this.places.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.places[middle] as number) <= place) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** By index among those kept. */
  at(index: number): TraceEntry | undefined {
    return this.entries[index];
  }

  get length(): number {
    return this.entries.length;
  }

  bySeq(seq: number): TraceEntry | undefined {
    return this.bySequence.get(seq);
  }
}
