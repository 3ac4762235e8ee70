/** A lane in words: for who listens, and for its title. */

import type { MarkRecord } from '../../core/index.ts';
import { panelWords } from '../words/panels.en.ts';
import type { Row } from './rows.ts';
import { timeText } from './time-text.ts';

const t = panelWords.time;
const most = 20;

/** The newest last; what is older than the last twenty is counted. */
export function intervalsInWords(row: Row, marks: readonly MarkRecord[], nowMs: number): string[] {
  if (row.kind === 'commands')
    return last(marks.filter((m) => (m.kind === 'command' || m.kind === 'fork') && m.atMs <= nowMs).map((m) => t.at(m.text, timeText(m.atMs))));
  if (row.kind === 'faults')
    return last(marks.filter((m) => (m.kind === 'fault' || m.kind === 'fault-end') && m.atMs <= nowMs).map((m) => t.at(m.text, timeText(m.atMs))));
  if (row.kind === 'events')
    return last(marks.filter((m) => (m.kind === 'event' || m.kind === 'warning') && m.atMs <= nowMs).map((m) => t.at(m.text, timeText(m.atMs))));
  if (!row.lane) return [];
  if (row.kind === 'connections') {
    const ticks = row.lane.ticks.filter((tick) => tick.atMs <= nowMs);
    return last(ticks.map((tick) => t.at(`${tick.text}${tick.kind === 'connection-refused' ? `, ${t.refused}` : ''}`, timeText(tick.atMs))));
  }
  return last(
    row.lane.intervals
      .filter((i) => i.fromMs <= nowMs)
      .map((i) =>
        i.toMs === null || i.toMs > nowMs
          ? t.since(i.word || t.states[i.state], timeText(i.fromMs))
          : t.fromTo(i.word || t.states[i.state], timeText(i.fromMs), timeText(i.toMs)),
      ),
  );
}

function last(all: string[]): string[] {
  return all.length <= most ? all : [t.earlier(all.length - most), ...all.slice(-most)];
}

/** Times at which something in the lane changes, ascending: where the arrow keys go. */
export function changesOf(row: Row, marks: readonly MarkRecord[]): number[] {
  if (row.kind === 'commands') return marks.filter((m) => m.kind === 'command').map((m) => m.atMs);
  if (row.kind === 'faults') return marks.filter((m) => m.kind === 'fault' || m.kind === 'fault-end').map((m) => m.atMs);
  if (row.kind === 'events') return marks.filter((m) => m.kind === 'event' || m.kind === 'warning').map((m) => m.atMs);
  if (row.kind === 'connections') return row.lane?.ticks.map((tick) => tick.atMs) ?? [];
  return row.lane?.intervals.map((i) => i.fromMs) ?? [];
}
