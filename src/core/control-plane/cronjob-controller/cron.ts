/** Cron schedules: five fields or a macro. Models github.com/robfig/cron/v3 parser.go and spec.go as used by pkg/controller/cronjob, v1.36.2. Times are UTC. */
import { civil } from '../../engine/time.ts';

export type Schedule =
  | { kind: 'fields'; minutes: boolean[]; hours: boolean[]; days: boolean[]; months: boolean[]; weekdays: boolean[]; anyDay: boolean; anyWeekday: boolean }
  | { kind: 'every'; ms: number };

const macros: Record<string, string> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};
const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const maxLength = 256;

/** undefined when it is not a schedule. */
export function parseSchedule(text: string): Schedule | undefined {
  if (text.length > maxLength) return undefined;
  const every = /^@every (\d{1,6})(s|m|h)$/.exec(text);
  if (every) return { kind: 'every', ms: Number(every[1]) * { s: 1000, m: 60_000, h: 3_600_000 }[every[2] as 's' | 'm' | 'h'] };
  const fields = (Object.hasOwn(macros, text) ? (macros[text] as string) : text).trim().split(/\s+/);
  if (fields.length !== 5) return undefined;
  const [minute, hour, day, month, weekday] = fields as [string, string, string, string, string];
  const minutes = field(minute, 0, 59);
  const hours = field(hour, 0, 23);
  const days = field(day, 1, 31);
  const months = field(month, 1, 12, monthNames, 1);
  const weekdays = field(weekday, 0, 6, dayNames, 0);
  if (!minutes || !hours || !days || !months || !weekdays) return undefined;
  const any = (part: string): boolean => part.split(',').some((each) => each.startsWith('*') || each.startsWith('?'));
  return { kind: 'fields', minutes, hours, days, months, weekdays, anyDay: any(day), anyWeekday: any(weekday) };
}

function field(text: string, min: number, max: number, names: readonly string[] = [], firstName = 0): boolean[] | undefined {
  const set = new Array<boolean>(max + 1).fill(false);
  const number = (word: string): number => {
    const at = names.indexOf(word.toLowerCase());
    return at >= 0 ? at + firstName : /^\d{1,4}$/.test(word) ? Number(word) : Number.NaN;
  };
  for (const part of text.split(',')) {
    const [range, stepText, extra] = part.split('/');
    if (extra !== undefined || range === undefined) return undefined;
    const step = stepText === undefined ? 1 : /^\d{1,4}$/.test(stepText) ? Number(stepText) : 0;
    if (step === 0) return undefined;
    let [from, to] = [min, max];
    if (range !== '*' && range !== '?') {
      const [first, last, more] = range.split('-');
      if (more !== undefined) return undefined;
      from = number(first as string);
      to = last !== undefined ? number(last) : stepText !== undefined ? max : from;
    }
    if (!(from >= min && to <= max && from <= to)) return undefined;
    for (let i = from; i <= to; i += step) set[i] = true;
  }
  return set;
}

const minuteMs = 60_000;
const dayMs = 86_400_000;
/** A schedule that never comes (31 February) is given up after so many days. */
const maxDays = 366 * 5;

/** The first time after `epochMs`; undefined when there is none within five years. */
export function nextTime(schedule: Schedule, epochMs: number): number | undefined {
  if (schedule.kind === 'every') return epochMs - (epochMs % 1000) + Math.max(1000, schedule.ms);
  let at = epochMs - (epochMs % minuteMs) + minuteMs;
  const limit = at + maxDays * dayMs;
  while (at < limit) {
    const t = civil(at);
    if (!schedule.months[t.month] || !dayMatches(schedule, t.day, t.weekday)) {
      at += dayMs - (at % dayMs);
      continue;
    }
    if (!schedule.hours[t.hour]) {
      at += 3_600_000 - (at % 3_600_000);
      continue;
    }
    if (schedule.minutes[t.minute]) return at;
    at += minuteMs;
  }
  return undefined;
}

/** When both day fields are restricted, either may match. */
function dayMatches(schedule: Extract<Schedule, { kind: 'fields' }>, day: number, weekday: number): boolean {
  const [byDay, byWeekday] = [schedule.days[day] === true, schedule.weekdays[weekday] === true];
  return schedule.anyDay || schedule.anyWeekday ? byDay && byWeekday : byDay || byWeekday;
}
