/** systemd and its journal on a host: which units run, since when, what they logged. World.ts starts and stops what a unit runs. */
import type { JournalLine, SystemdAnswer, SystemdRequest, UnitNote, UnitStatus } from '../../contracts/os.ts';
import { share } from '../../engine/share.ts';
import type { Body, Ctx } from '../../engine/types.ts';

/** Lines kept per host; journald itself bounds by disk. */
export const maxJournalLines = 4000;
const maxLineLength = 8192;

interface Unit extends UnitStatus {
  restarts: number;
}
export interface SystemdState {
  units: Record<string, Unit>;
  journal: JournalLine[];
  nextPid: number;
}

export function newSystemd(units: { unit: string; description: string }[], nowMs: number): SystemdState {
  const state: SystemdState = { units: {}, journal: [], nextPid: 612 };
  for (const { unit, description } of units) {
    state.units[unit] = { unit, description, active: 'active', sub: 'running', sinceMs: nowMs, mainPid: state.nextPid, restarts: 0 };
    state.nextPid += 97;
  }
  return state;
}

export const listUnits = (state: SystemdState): UnitStatus[] => Object.values(state.units).map(statusOf);

/** `kubelet` means `kubelet.service`. An unknown unit answers `Unit X.service could not be found.` */
export function serveSystemd(state: SystemdState, request: SystemdRequest, ctx: Ctx): SystemdAnswer {
  if (request.op === 'list') return { units: listUnits(state) };
  if (request.op === 'readJournal') return readJournal(state, request.unit === undefined ? undefined : fullName(request.unit), request.lines);
  const name = fullName(request.unit);
  const unit = Object.hasOwn(state.units, name) ? state.units[name] : undefined;
  if (!unit) return { error: `Unit ${name} could not be found.` };
  switch (request.op) {
    case 'status':
      return { status: statusOf(unit) };
    case 'journal':
      push(state, { atMs: ctx.nowMs, unit: name, identifier: tagOf(name), pid: unit.mainPid, text: '', entry: request.entry });
      return {};
    case 'start':
      if (unit.active === 'active') return {};
      start(state, unit, ctx);
      return {};
    case 'stop':
      stop(state, unit, ctx);
      return {};
    case 'restart':
      if (unit.active === 'active') stop(state, unit, ctx);
      start(state, unit, ctx);
      return {};
    case 'kill':
      kill(state, unit, ctx);
      return {};
    default:
      return { error: 'Unknown operation.' };
  }
}

function start(state: SystemdState, unit: Unit, ctx: Ctx): void {
  if (unit.sub === 'auto-restart') {
    unit.restarts += 1;
    log(state, ctx, unit.unit, 'systemd', `${unit.unit}: Scheduled restart job, restart counter is at ${unit.restarts}.`, 1);
  } else unit.restarts = 0;
  unit.active = 'active';
  unit.sub = 'running';
  unit.sinceMs = ctx.nowMs;
  unit.mainPid = state.nextPid;
  state.nextPid += 97;
  log(state, ctx, unit.unit, 'systemd', `Started ${unit.unit} - ${unit.description}.`, 1);
  tell(ctx, 'start', unit.unit);
}

function stop(state: SystemdState, unit: Unit, ctx: Ctx): void {
  const ran = unit.active === 'active';
  if (!ran && unit.active === 'inactive') return;
  if (ran) log(state, ctx, unit.unit, 'systemd', `Stopping ${unit.unit} - ${unit.description}...`, 1);
  unit.active = 'inactive';
  unit.sub = 'dead';
  unit.sinceMs = ctx.nowMs;
  unit.mainPid = 0;
  if (ran) log(state, ctx, unit.unit, 'systemd', `${unit.unit}: Deactivated successfully.`, 1);
  log(state, ctx, unit.unit, 'systemd', `Stopped ${unit.unit} - ${unit.description}.`, 1);
  if (ran) tell(ctx, 'stop', unit.unit);
}

/** RestartSec of the units' files, ms. */
const restartAfterMs: Record<string, number> = { 'containerd.service': 5000, 'kubelet.service': 10_000 };

/** To the os itself: RestartSec is over. */
export interface UnitRestart extends Body {
  readonly type: 'UnitRestart';
  readonly unit: string;
  readonly sinceMs: number;
}

export function restartUnit(state: SystemdState, { unit, sinceMs }: UnitRestart, ctx: Ctx): void {
  const known = state.units[unit];
  if (known?.sub === 'auto-restart' && known.sinceMs === sinceMs) start(state, known, ctx);
}

/** SIGKILL: with Restart=always the unit waits for its next start (`activating (auto-restart)`). */
function kill(state: SystemdState, unit: Unit, ctx: Ctx): void {
  if (unit.active !== 'active') return;
  log(state, ctx, unit.unit, 'systemd', `${unit.unit}: Main process exited, code=killed, status=9/KILL`, 1);
  log(state, ctx, unit.unit, 'systemd', `${unit.unit}: Failed with result 'signal'.`, 1);
  unit.active = 'activating';
  unit.sub = 'auto-restart';
  unit.sinceMs = ctx.nowMs;
  unit.mainPid = 0;
  tell(ctx, 'stop', unit.unit);
  const again: UnitRestart = { type: 'UnitRestart', unit: unit.unit, sinceMs: ctx.nowMs };
  ctx.send(ctx.self, again, restartAfterMs[unit.unit] ?? 100);
}

function tell(ctx: Ctx, op: 'start' | 'stop', unit: string): void {
  const note: UnitNote = { type: 'Unit', op, unit, host: ctx.host };
  ctx.note(note);
}

function log(state: SystemdState, ctx: Ctx, unit: string, identifier: string, text: string, pid: number): void {
  push(state, { atMs: ctx.nowMs, unit, identifier, pid, text: text.slice(0, maxLineLength) });
}

function push(state: SystemdState, line: JournalLine): void {
  state.journal.push(share(line));
  // Cut in blocks, so that a full journal does not move on every line.
  if (state.journal.length > maxJournalLines + 500) state.journal = state.journal.slice(-maxJournalLines);
}

function readJournal(state: SystemdState, unit: string | undefined, lines: number | undefined): SystemdAnswer {
  const all = unit === undefined ? state.journal : state.journal.filter((line) => line.unit === unit);
  return { lines: lines === undefined ? all.slice() : lines > 0 ? all.slice(-lines) : [] };
}

function statusOf(unit: Unit): UnitStatus {
  const { restarts: _, ...status } = unit;
  return status;
}

const fullName = (unit: string): string => (/\.[a-z]+$/.test(unit) ? unit : `${unit}.service`);
const tagOf = (unit: string): string => unit.slice(0, unit.lastIndexOf('.'));
