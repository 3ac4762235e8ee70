import { describe, expect, it } from 'vitest';
import type { LaneInterval, LaneRecord, MarkRecord, PodRecord } from '../../core/index.ts';
import { intervalsInWords } from './lane-list.ts';
import { rowsOf, shortName } from './rows.ts';
import { eventsOf, flagsOf, forksOf, pointsOf, spansOf, waitsOf } from './shapes.ts';

const axis = { fromMs: 0, toMs: 100_000, width: 1000 };
const interval = (fromMs: number, toMs: number | null, state: LaneInterval['state']): LaneInterval => ({ fromMs, toMs, state, word: state });
const mark = (atMs: number, kind: MarkRecord['kind'], text = kind as string): MarkRecord => ({ atMs, kind, text, about: '', seq: 0 });

describe('lanes as shapes', () => {
  it('draws each state its way', () => {
    const intervals = [interval(0, 1000, 'waiting'), interval(1000, 5000, 'running'), interval(5000, null, 'ready')];
    expect(spansOf(intervals, axis, 40_000, 40_000)).toEqual([
      { stroke: 'dashed', x1: 0, x2: 10 },
      { stroke: 'hollow', x1: 10, x2: 50 },
      { stroke: 'bar', x1: 50, x2: 400 },
    ]);
  });
  it('outlines the future that is known', () => {
    expect(spansOf([interval(5000, 60_000, 'ready'), interval(60_000, null, 'failed')], axis, 40_000, 80_000)).toEqual([
      { stroke: 'bar', x1: 50, x2: 400 },
      { stroke: 'ghost', x1: 400, x2: 600 },
      { stroke: 'ghost', x1: 600, x2: 800 },
    ]);
  });
  it('draws a node thin and red when it is not ready', () => {
    expect(spansOf([interval(0, 50_000, 'ready'), interval(50_000, null, 'failed')], axis, 60_000, 60_000, true).map((s) => s.stroke)).toEqual(['node', 'red']);
  });
  it('draws at most one sign of a kind per 3 px', () => {
    const ticks: LaneRecord['ticks'] = Array.from({ length: 4000 }, (_, i) => ({ atMs: i * 10, kind: 'probe-ok', text: '' }));
    expect(pointsOf(ticks, axis, 40_000).length).toBeLessThan(140);
    expect(pointsOf(ticks, axis, 40_000, new Set(['exit']))).toEqual([]);
  });
  it('measures the waits between an end and the next start', () => {
    const intervals = [interval(0, 1000, 'ready'), interval(1000, 11_000, 'failed'), interval(11_000, 12_000, 'ready'), interval(12_000, null, 'backoff')];
    expect(waitsOf(intervals, axis, 30_000)).toEqual([
      { x1: 10, x2: 110, text: '10s', open: false },
      { x1: 120, x2: 300, text: '18s', open: true },
    ]);
  });
});

describe('marks', () => {
  const measure = (text: string): number => text.length * 6;
  it('gives a fault its span, to its end or to the present', () => {
    const marks = [mark(10_000, 'fault', 'a'), mark(30_000, 'fault-end'), mark(50_000, 'fault', 'b')];
    expect(flagsOf(marks, 'fault', axis, 60_000, [50_000], measure).map((f) => [f.x, f.x2])).toEqual([
      [100, 300],
      [500, 600],
    ]);
  });
  it('puts words where there is room', () => {
    const marks = [mark(10_000, 'command', 'apply web.yaml'), mark(99_000, 'command', 'replicas: 2')];
    expect(flagsOf(marks, 'command', axis, 99_000, [], measure).map((f) => f.side)).toEqual(['right', 'left']);
    expect(flagsOf([mark(1000, 'command', 'a long command'), mark(2000, 'command', 'x')], 'command', axis, 99_000, [], measure).map((f) => f.side)).toEqual([
      '',
      'right',
    ]);
  });
  it('lets a warning win over events beside it', () => {
    expect(eventsOf([mark(1000, 'event'), mark(1100, 'warning'), mark(9000, 'event')], axis, 5000)).toEqual([
      { x: 10, warning: true, ghost: false },
      { x: 90, warning: false, ghost: true },
    ]);
  });
  it('numbers forks by the run that begins there', () => {
    expect(forksOf([mark(1000, 'fork'), mark(2000, 'fork')], axis)).toEqual([
      { x: 10, run: 2 },
      { x: 20, run: 3 },
    ]);
  });
});

describe('rows', () => {
  const words = { commands: 'commands', faults: 'faults', backoff: 'back-off', connections: 'connections', events: 'events' };
  const lane = (id: string, label: string, about: string, ticks: LaneRecord['ticks'] = []): LaneRecord => ({
    id,
    label,
    about,
    order: id,
    intervals: [interval(0, null, 'ready')],
    ticks,
  });
  const pod = (uid: string, node: string): PodRecord => ({ id: `pod/${uid}`, uid, node, family: 'ready', containers: [] }) as unknown as PodRecord;
  const lanes = [
    lane('lane/node/worker-1', 'worker-1', 'node/worker-1'),
    lane('lane/pod/a', 'web-6d4cf56db6-tz7mn', 'pod/a'),
    lane('lane/pod/b', 'far', 'pod/b'),
    lane('lane/container/a/nginx', 'x', 'pod/a', [{ atMs: 5, kind: 'exit', text: '' }]),
    lane('lane/connections', 'connections', ''),
  ];
  const source = {
    lanes,
    marks: [],
    podOf: (uid: string) => pod(uid, uid === 'a' ? 'worker-1' : 'worker-2'),
    nodeFamily: () => 'ready' as const,
    selectedId: '',
    node: 'worker-1',
    axis,
  };
  it('shows commands, the node, its pods, connections, events', () => {
    expect(rowsOf(source, words).map((row) => row.label)).toEqual(['commands', 'worker-1', 'web-…-tz7mn', 'connections', 'events']);
  });
  it('opens the selected pod to its containers and waits, wherever it runs', () => {
    expect(rowsOf({ ...source, selectedId: 'pod/a' }, words).map((row) => row.label)).toContain('web-…-tz7mn / nginx');
    expect(rowsOf({ ...source, selectedId: 'pod/a' }, words).map((row) => row.kind)).toContain('backoff');
    expect(rowsOf({ ...source, selectedId: 'pod/b' }, words).map((row) => row.about)).toContain('pod/b');
  });
  it('has faults only when there was one', () => {
    expect(rowsOf({ ...source, marks: [mark(1, 'fault')] }, words)[1]?.kind).toBe('faults');
  });
  it('says a lane as a list of intervals', () => {
    const row = rowsOf(source, words)[2];
    expect(row && intervalsInWords(row, [], 9000)).toEqual(['ready since 0.000 s']);
  });
  it('shortens names with hashes only', () => {
    expect(shortName('client')).toBe('client');
    expect(shortName('coredns-7db6d8ff4d-qn5fj')).toBe('coredns-…-qn5fj');
  });
});
