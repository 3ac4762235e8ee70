/** What a program is: a small machine that is started, and resumed by events. Its state is `sys.data`, plain JSON. */
import type { Body } from '../../engine/types.ts';
import type { ProcessEvent } from './events.ts';
import type { Sys } from './sys.ts';

export type { ProcessEvent };

/** A number ends the process with that code; nothing: it waits for its next event. */
export type Outcome = number | undefined;

export interface Program {
  /** Resident memory once it runs; default 700 KiB. */
  rssBytes?: number;
  start(sys: Sys): Outcome;
  resume?(sys: Sys, event: ProcessEvent): Outcome;
  /** True: it has its own handler for that signal (`TERM`), which has run; a number: it exits with that code. Otherwise the default action. */
  signal?(sys: Sys, signal: string): boolean | number;
}

/** Requests to itself of the room. */
export interface Wake extends Body {
  readonly type: 'Wake';
  readonly pid: number;
  readonly generation: number;
}
export interface Resume extends Body {
  readonly type: 'Resume';
  readonly pid: number;
  readonly event: ProcessEvent;
}
