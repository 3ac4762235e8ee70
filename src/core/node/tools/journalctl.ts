/** `journalctl` of a node. Models systemd's own output, as far as the units of the model go. */
import { type JournalLine, osOf, type SystemdAnswer, type Tool, type ToolEnvironment, type ToolResult } from '../../contracts/os.ts';
import { civil, daysFromCivil, rfc3339 } from '../../engine/time.ts';
import { journalText } from './journal-text.ts';

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
export const two = (n: number): string => String(n).padStart(2, '0');

export function journalLine(env: ToolEnvironment, line: JournalLine, output = 'short'): string {
  const epochMs = env.epochMs - env.nowMs + line.atMs;
  const c = civil(epochMs);
  const text = line.entry ? journalText(line.entry, epochMs, line.pid) : line.text;
  if (output === 'cat') return text;
  const clock = `${two(c.hour)}:${two(c.minute)}:${two(c.second)}`;
  const at = output.startsWith('short-iso')
    ? `${rfc3339(epochMs).slice(0, -1)}+00:00`
    : output === 'short-precise'
      ? `${months[c.month - 1]} ${two(c.day)} ${clock}.${String(c.ms).padStart(3, '0')}000`
      : `${months[c.month - 1]} ${two(c.day)} ${clock}`;
  return `${at} ${env.host} ${line.identifier}[${line.pid}]: ${text}`;
}

const outputs = ['short', 'short-iso', 'short-iso-precise', 'short-precise', 'cat'];
const valued = ['u', 'n', 'S', 'U', 'o', 'g', 'p', 't'];
const long: Record<string, string> = { unit: 'u', lines: 'n', since: 'S', until: 'U', output: 'o', grep: 'g', priority: 'p', identifier: 't', reverse: 'r' };

/** By letter, the last value; `u` gathers. Undefined: an argument that is none. */
function parse(argv: readonly string[]): { opts: Record<string, string>; units: string[] } | { error: string } {
  const opts: Record<string, string> = Object.create(null);
  const units: string[] = [];
  const put = (letter: string, value: string): void => {
    if (letter === 'u') units.push(value);
    else opts[letter] = value;
  };
  for (let i = 1; i < argv.length; i += 1) {
    const word = argv[i] as string;
    if (word.startsWith('--')) {
      const [name = '', value] = word.slice(2).split(/=(.*)/s);
      const letter = Object.hasOwn(long, name) ? (long[name] as string) : '';
      if (valued.includes(letter)) put(letter, value ?? argv[++i] ?? '');
      else if (letter !== '') put(letter, '');
    } else if (word.startsWith('-')) {
      for (let j = 1; j < word.length; j += 1) {
        const letter = word[j] as string;
        if (!valued.includes(letter)) {
          put(letter, '');
          continue;
        }
        // -n may stand alone.
        const rest = word.slice(j + 1);
        if (rest === '' && letter === 'n' && !/^\d+$|^all$/.test(argv[i + 1] ?? '') && (argv[i + 1] ?? '-').startsWith('-')) put(letter, '10');
        else put(letter, rest || (argv[++i] ?? ''));
        break;
      }
    } else return { error: `Failed to add match '${word.slice(0, 60)}': Invalid argument` };
  }
  return { opts, units };
}

const unitMs: Record<string, number> = {
  s: 1000,
  sec: 1000,
  second: 1000,
  m: 60_000,
  min: 60_000,
  minute: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
};

/** systemd.time(7), its usual forms, in ms since 1970. */
export function momentOf(text: string, epochMs: number): number | undefined {
  const today = epochMs - (((epochMs % 86_400_000) + 86_400_000) % 86_400_000);
  if (text === 'now') return epochMs;
  if (text === 'today') return today;
  if (text === 'yesterday') return today - 86_400_000;
  const relative = /^-?\s*((?:\d+\s*[a-z]+\s*)+?)(\bago)?$/.exec(text.trim());
  if (relative && (text.trim().startsWith('-') || relative[2])) {
    let ms = 0;
    for (const [, count, unit = ''] of (relative[1] as string).matchAll(/(\d+)\s*([a-z]+)/g)) {
      const size = unitMs[unit] ?? unitMs[unit.replace(/s$/, '')];
      if (size === undefined) return undefined;
      ms += Number(count) * size;
    }
    return epochMs - ms;
  }
  const m = /^(?:(\d{4})-(\d\d)-(\d\d))?[ T]?(?:(\d\d):(\d\d)(?::(\d\d))?)?(?: ?UTC|Z)?$/.exec(text.trim());
  if (!m || (m[1] === undefined && m[4] === undefined)) return undefined;
  const day = m[1] === undefined ? today : daysFromCivil(Number(m[1]), Number(m[2]), Number(m[3])) * 86_400_000;
  return day + (Number(m[4] ?? 0) * 3600 + Number(m[5] ?? 0) * 60 + Number(m[6] ?? 0)) * 1000;
}

/** `kubelet` means `kubelet.service`. */
export const fullName = (unit: string): string => (/\.[a-z]+$/.test(unit) ? unit : `${unit}.service`);

const failed = (stderr: string): ToolResult => ({ stdout: '', stderr: `${stderr}\n`, code: 1 });

export const journalctl: Tool = (argv, env) => {
  const parsed = parse(argv);
  if ('error' in parsed) return failed(parsed.error);
  const { opts, units } = parsed;
  const output = opts.o ?? 'short';
  if (!outputs.includes(output)) return failed(`Unknown output format '${output.slice(0, 60)}'.`);
  if (opts.n !== undefined && opts.n !== 'all' && !/^\d{1,9}$/.test(opts.n)) return failed('Failed to parse lines argument');
  const moments: Record<string, number | undefined> = {};
  for (const letter of ['S', 'U']) {
    if (opts[letter] === undefined) continue;
    moments[letter] = momentOf(opts[letter] as string, env.epochMs);
    if (moments[letter] === undefined) return failed(`Failed to parse timestamp: ${(opts[letter] as string).slice(0, 60)}`);
  }
  const names = units.map(fullName);
  const answer = env.call<SystemdAnswer>(osOf(env.host), { type: 'Systemd', op: 'readJournal', ...(names.length === 1 ? { unit: names[0] } : {}) } as never);
  const zero = env.epochMs - env.nowMs;
  const lines = (answer.lines ?? []).filter(
    (line) =>
      (names.length === 0 || names.includes(line.unit)) &&
      (opts.t === undefined || line.identifier === opts.t) &&
      zero + line.atMs >= (moments.S ?? Number.NEGATIVE_INFINITY) &&
      zero + line.atMs <= (moments.U ?? Number.POSITIVE_INFINITY),
  );
  let texts = lines.map((line) => journalLine(env, line, output));
  if (opts.g !== undefined) texts = texts.filter((text) => text.toLowerCase().includes((opts.g as string).toLowerCase()));
  const count = opts.n === undefined ? (opts.e !== undefined ? 1000 : opts.f !== undefined ? 10 : undefined) : opts.n === 'all' ? undefined : Number(opts.n);
  if (count !== undefined) texts = count === 0 ? [] : texts.slice(-count);
  if (opts.r !== undefined) texts.reverse();
  return { stdout: texts.length === 0 ? '-- No entries --\n' : `${texts.join('\n')}\n`, stderr: '', code: 0 };
};
