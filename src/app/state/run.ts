/** The run as frames tell it: time, speed, messages, lanes and marks. */
import { create } from 'zustand';
import type { LaneRecord, MarkRecord, MessageRecord } from '../../core/index.ts';
import type { Frame, OpenRequest, RunsState } from '../../session/protocol.ts';
import { records } from './records.ts';

/** Messages kept for the list, newest last. Older ones are asked of the session. */
export const maxMessages = 2000;

/** How the session is: `failed` when one of the model's own assertions failed, `stopped` when the worker is gone or does not answer. */
export type Health =
  | { state: 'starting' }
  /** `revived`: the session was lost, and another took its place. */
  | { state: 'open'; revived?: { message: string; atMs: number; seed: number } }
  | { state: 'failed' | 'stopped'; message: string; atMs: number; seed: number };

export interface RunState {
  opened: OpenRequest | null;
  health: Health;
  nowMs: number;
  playing: boolean;
  speed: number;
  knownUntilMs: number;
  /** Newest last. A new array when something came. */
  messages: readonly MessageRecord[];
  /** By `order`. A new array when a lane changed. */
  lanes: readonly LaneRecord[];
  marks: readonly MarkRecord[];
  /** Counts resets (open, seek back): what is drawn of the past starts anew. */
  resets: number;
  /** The run that plays and those beside it. */
  runs: RunsState;
}

export const useRun = create<RunState>()(() => ({
  opened: null,
  health: { state: 'starting' },
  nowMs: 0,
  playing: false,
  speed: 1,
  knownUntilMs: 0,
  messages: [],
  lanes: [],
  marks: [],
  resets: 0,
  runs: { list: [], current: 0, ghosts: [], ghostUntilMs: 0 },
}));

/** A slice of the run: `useFrame((run) => run.nowMs)`. */
export const useFrame = useRun;

type FrameListener = (frame: Frame) => void;
const listeners = new Set<FrameListener>();

/** Hears every frame just before it is applied: dots begin here and may hold records back. */
export function onFrame(listener: FrameListener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function applyFrame(frame: Frame): void {
  for (const listener of listeners) listener(frame);
  records.apply(frame.diff, frame.reset);
  const before = useRun.getState();
  const next: Partial<RunState> = { nowMs: frame.nowMs, playing: frame.playing, speed: frame.speed, knownUntilMs: frame.knownUntilMs };
  if (frame.reset) {
    next.messages = frame.messages.slice(-maxMessages);
    next.resets = before.resets + 1;
  } else if (frame.messages.length > 0) next.messages = [...before.messages, ...frame.messages].slice(-maxMessages);
  if (frame.reset || frame.lanes.length > 0) next.lanes = mergeLanes(frame.reset ? [] : before.lanes, frame.lanes);
  if (frame.marksReset) next.marks = frame.marks;
  else if (frame.marks.length > 0) next.marks = [...before.marks, ...frame.marks];
  if (frame.runs) next.runs = frame.runs;
  useRun.setState(next);
}

function mergeLanes(before: readonly LaneRecord[], changed: readonly LaneRecord[]): LaneRecord[] {
  const byId = new Map(before.map((lane) => [lane.id, lane]));
  for (const lane of changed) byId.set(lane.id, lane);
  const key = (lane: LaneRecord): string => `${lane.order}\n${lane.id}`;
  return [...byId.values()].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}
