/** Cron schedules and time zones. Models github.com/robfig/cron/v3 ParseStandard and pkg/apis/batch/validation, v1.36.2. */

interface Bounds {
  min: number;
  max: number;
  names?: readonly string[];
}

const months = ['', 'jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const bounds: readonly Bounds[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: months },
  { min: 0, max: 6, names: weekdays },
];
const descriptors = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'];
const maxLength = 10_000;

/** Why the schedule cannot be parsed, or ''. */
export function scheduleProblem(schedule: string): string {
  if (schedule === '') return 'empty spec string';
  let rest = schedule.slice(0, maxLength);
  if (rest.startsWith('TZ=') || rest.startsWith('CRON_TZ=')) {
    const space = rest.indexOf(' ');
    const zone = rest.slice(rest.indexOf('=') + 1, space < 0 ? undefined : space);
    const problem = timeZoneProblem(zone);
    if (problem !== '') return `provided bad location ${zone}: ${problem}`;
    rest = rest.slice(space < 0 ? rest.length : space).trim();
  }
  if (rest.startsWith('@')) return descriptorProblem(rest);
  const fields = rest.split(/\s+/).filter((field) => field !== '');
  if (fields.length !== 5) return `expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`;
  for (let i = 0; i < 5; i += 1) {
    for (const expression of (fields[i] as string).split(',').filter((part) => part !== '')) {
      const problem = rangeProblem(expression, bounds[i] as Bounds);
      if (problem !== '') return problem;
    }
  }
  return '';
}

function descriptorProblem(text: string): string {
  if (descriptors.includes(text)) return '';
  if (!text.startsWith('@every ')) return `unrecognized descriptor: ${text}`;
  const duration = text.slice('@every '.length);
  if (/^[+-]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/.test(duration)) return '';
  const why =
    duration === '' || !/^[+-]?[.\d]/.test(duration)
      ? 'invalid duration'
      : /^[+-]?[.\d]+$/.test(duration)
        ? 'missing unit in duration'
        : 'unknown unit in duration';
  return `failed to parse duration ${text}: time: ${why} "${duration}"`;
}

function rangeProblem(expression: string, { min, max, names }: Bounds): string {
  const rangeAndStep = expression.split('/');
  const lowAndHigh = (rangeAndStep[0] as string).split('-');
  let [start, end, step] = [min, max, 1];
  if (lowAndHigh[0] !== '*' && lowAndHigh[0] !== '?') {
    const low = parseIntOrName(lowAndHigh[0] as string, names);
    if (typeof low === 'string') return low;
    [start, end] = [low, low];
    if (lowAndHigh.length === 2) {
      const high = parseIntOrName(lowAndHigh[1] as string, names);
      if (typeof high === 'string') return high;
      end = high;
    } else if (lowAndHigh.length > 2) return `too many hyphens: ${expression}`;
  }
  if (rangeAndStep.length === 2) {
    const parsed = parseInteger(rangeAndStep[1] as string);
    if (typeof parsed === 'string') return parsed;
    step = parsed;
    if (lowAndHigh.length === 1) end = max;
  } else if (rangeAndStep.length > 2) return `too many slashes: ${expression}`;
  if (start < min) return `beginning of range (${start}) below minimum (${min}): ${expression}`;
  if (end > max) return `end of range (${end}) above maximum (${max}): ${expression}`;
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${expression}`;
  return step === 0 ? `step of range should be a positive number: ${expression}` : '';
}

function parseIntOrName(text: string, names: readonly string[] | undefined): number | string {
  const named = names?.indexOf(text.toLowerCase()) ?? -1;
  return named >= 0 && text !== '' ? named : parseInteger(text);
}

function parseInteger(text: string): number | string {
  if (!/^[+-]?\d+$/.test(text)) return `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
  const value = Number(text);
  if (value >= 2 ** 63) return `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: value out of range`;
  return value < 0 ? `negative number (${value}) not allowed: ${text}` : value;
}

const areas = 'Africa America Antarctica Arctic Asia Atlantic Australia Brazil Canada Chile Etc Europe Indian Mexico Pacific US'.split(' ');
const plainZones = new Set(
  'CET CST6CDT Cuba EET EST EST5EDT Egypt Eire GB GB-Eire GMT GMT+0 GMT-0 GMT0 Greenwich HST Hongkong Iceland Iran Israel Jamaica Japan Kwajalein Libya MET MST MST7MDT NZ NZ-CHAT Navajo PRC PST8PDT Poland Portugal ROC ROK Singapore Turkey UCT UTC Universal W-SU WET Zulu'.split(
    ' ',
  ),
);

/** Why the name is no time zone, or ''. Simplified: within a known area every well-formed place is taken to exist. */
export function timeZoneProblem(name: string): string {
  if (plainZones.has(name)) return '';
  if (name.includes('..') || name.startsWith('/') || name.includes('\\')) return 'time: invalid location name';
  const known = areas.includes(name.split('/')[0] as string) && /^[A-Za-z]+(?:\/[A-Z][A-Za-z0-9_+-]*){1,2}$/.test(name);
  return known ? '' : `unknown time zone ${name}`;
}
