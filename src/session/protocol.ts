/** Between the page and the session that owns the world (in a Web Worker, or directly). Versioned; every message is plain data. */
import type { Command, FieldError, LaneRecord, LensQuestion, MarkRecord, MessageRecord, ViewDiff, WalkQuestion, Watched, WorldOptions } from '../core/index.ts';
import type { Condition, Verdict } from '../scenario/format.ts';
import type { Moment } from '../scenario/judge.ts';
import type { CompareResult } from './comparison.ts';
import type { RunsState } from './runs.ts';

export type { CompareResult } from './comparison.ts';
export type { RunsState } from './runs.ts';
export type { CleanResult } from './yaml/clean.ts';
export type { StoredLine } from './yaml/stored.ts';

export const protocolVersion = 1;

/** What to run: a scenario's manifests, seed and options, and the commands already given. */
export interface OpenRequest {
  title: string;
  /** The scenario of the gallery that this is a run of, if it is. */
  scenario?: string;
  /** Text of the editor: multi-document YAML, applied at 0 s. */
  manifest: string;
  seed: number;
  options: Partial<WorldOptions>;
  commands: { atMs: number; command: Command }[];
  /** Go there first. */
  atMs: number;
  /** From this one on `commands` are a script: a command given before them does not drop them. */
  scriptFrom?: number;
}

export type ToSession = { v: typeof protocolVersion } & (
  | { type: 'open'; id: number; request: OpenRequest }
  | { type: 'play'; speed: number }
  | { type: 'pause' }
  | { type: 'seek'; id: number; atMs: number }
  /** Runs to just after the next (or, negative, the previous) message, or `seconds`. */
  | { type: 'step'; id: number; by: 'message' | 'second' | 'event'; count: number; about?: string }
  | { type: 'command'; id: number; command: Command }
  /**
   * Rests where the condition first holds, or at `limitMs`, and answers Waited then. `go`: a speed to play at until then, `at once` as a seek does,
   * or null: as it is played. Only the newest is waited for; null: none. Opening, and a newer one, answer the old with `given up`.
   */
  | { type: 'until'; id: number; condition: Condition | null; since: Moment; limitMs: number; go: number | 'at once' | null }
  | { type: 'query'; id: number; query: Query }
  /** The run `of` anew with another mode or seed, beside the others. Answered with its number. */
  | { type: 'beside'; id: number; of: number; change: { mode?: WorldOptions['proxyMode']; seed?: number } }
  /** Plays another run on, at the moment that is shown. Answered with SwitchAnswer. */
  | { type: 'switch'; id: number; run: number }
  /** Plays two runs side by side, in slices. Answered with CompareResult; a newer question ends an older one. */
  | { type: 'compare'; id: number; runs: [number, number] }
  /** Answered at once: whether anybody is there. */
  | { type: 'ping'; id: number }
  /** The page looks into a component, or into none: its scene's record is made only then. */
  | { type: 'watch'; watched: Watched | null }
  /** The page drew frame `frame`: the session may send the next. */
  | { type: 'ack'; frame: number }
);

/** Questions that change nothing. */
export type Query =
  | { q: 'object'; kind: string; namespace: string; name: string } // → {yaml, object}
  | { q: 'messages'; beforeSeq: number; limit: number; about?: string; kinds?: string[] } // → MessageRecord[]
  | { q: 'why'; seq?: number; about?: string } // → WhyStep[]
  | { q: 'logs'; namespace: string; pod: string; container: string; previous: boolean; tailLines: number } // → text
  | { q: 'tool'; node: string; command: string } // → text of iptables-save …
  | ({ q: 'walk' } & WalkQuestion) // → WalkAnswer
  | { q: 'lens'; ask: LensQuestion } // → LensAnswer
  | { q: 'check'; text: string } // → CheckResult: YAML and API errors, as apply would say, nothing applied
  | { q: 'clean'; text: string } // → CleanResult: a real cluster's manifests without what only it knows
  | { q: 'pipe'; text: string; stages: string[][] } // → Piped: filters on what a command printed
  | { q: 'stored'; text: string; line: number } // → {lines: StoredLine[] | null}: the document at the line as the API server has it
  | { q: 'result'; id: string } // → CommandResult | null: how a command ended, null while it runs on
  | { q: 'judge'; conditions: Condition[]; since: Moment } // → Judged
  | { q: 'history' } // → {seed, options, commands, forks}: what a link holds
  | { q: 'hash' }; // → {nowMs, seq, traceHash}

/** `executed`: commands behind it. */
export interface Place extends Moment {
  executed: number;
}
export interface Judged {
  verdicts: Verdict[];
  now: Place;
}
export interface Waited extends Verdict {
  end: 'holds' | 'limit' | 'given up';
  now: Place;
}

export interface WhyStep {
  seq: number;
  atMs: number;
  kind: string;
  text: string;
  about: string[];
  field: { path: string; line: number | null; text: string } | null;
}

/** One problem at its place in the editor; lines and columns from 1. */
export interface Diagnostic {
  severity: 'error' | 'warning' | 'info';
  line: number;
  column: number;
  endLine: number;
  endColumn: number;
  message: string;
  source: 'yaml' | 'api' | 'kubarium';
}
export interface CheckResult {
  diagnostics: Diagnostic[];
  documents: { kind: string; namespace: string; name: string; line: number; endLine: number }[];
  fieldErrors: FieldError[];
}
export interface ApplyResult {
  out: string;
  err: string;
  rc: number;
  diagnostics: Diagnostic[];
}

/** The run that plays now: for a session to begin anew, and what its editor last applied. */
export interface SwitchAnswer {
  request: OpenRequest;
  applied: string;
}
export type CompareAnswer = CompareResult | { ended: true };

export interface Frame {
  frame: number;
  nowMs: number;
  playing: boolean;
  speed: number;
  /** First frame after open, seek or resync: `diff` is the whole view and messages start anew. */
  reset: boolean;
  diff: ViewDiff;
  /** Messages since the last frame, the newest at the end; at high speeds only counts (see `rates`). */
  messages: MessageRecord[];
  /** Messages not sent one by one, per `kind path`. */
  rates: { kind: string; path: string[]; count: number }[];
  lanes: LaneRecord[];
  marks: MarkRecord[];
  /** `marks` are all there are; otherwise they are those added since the last frame. */
  marksReset: boolean;
  /** How far the run has been computed: later lanes are drawn as ghosts. */
  knownUntilMs: number;
  /** All runs, when one was added or left. */
  runs?: RunsState;
}

export type FromSession = { v: typeof protocolVersion } & (
  | { type: 'frame'; frame: Frame }
  | { type: 'reply'; id: number; ok: true; result: unknown }
  | { type: 'reply'; id: number; ok: false; error: string }
  /** One of the model's own assertions failed. */
  | { type: 'failed'; message: string; atMs: number; seed: number }
);
