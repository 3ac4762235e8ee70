/** Flags as spf13/pflag reads them: `--name=value`, `--name value`, `-n value`, `-nvalue`, bundles of booleans, `--`. */
import { CommandError } from './errors.ts';

/** b boolean, s text, i integer, a list (may be given again), d duration, o text that may stand without a value. */
type FlagType = 'b' | 's' | 'i' | 'a' | 'd' | 'o';

interface FlagSpec {
  name: string;
  short: string;
  type: FlagType;
  /** What it means without a value (type o). */
  bare: string;
}

export interface Parsed {
  /** Last value given to each flag; booleans `true` and `false`. */
  values: Record<string, string>;
  /** Every value, in order. */
  all: Record<string, string[]>;
  args: string[];
  /** How many of `args` stand before `--`; -1 when there is none. */
  dash: number;
}

/** Flags of every command. */
const globals =
  'help,h:b namespace,n:s context:s cluster:s user:s kubeconfig:s server,s:s request-timeout:s token:s as:s as-group:a as-uid:s v,v:i vmodule:s cache-dir:s certificate-authority:s client-certificate:s client-key:s insecure-skip-tls-verify:b match-server-version:b password:s username:s tls-server-name:s warnings-as-errors:b disable-compression:b profile:s profile-output:s log-flush-frequency:s as-user-extra:a kuberc:s';

const cache = new Map<string, Map<string, FlagSpec>>();

/** `text`: words `name[,short]:type[=bare]`. */
function specsOf(text: string): Map<string, FlagSpec> {
  const known = cache.get(text);
  if (known) return known;
  const specs = new Map<string, FlagSpec>();
  for (const word of `${globals} ${text}`.split(/\s+/)) {
    if (word === '') continue;
    const [names, type] = word.split(':') as [string, string];
    const [name, short] = names.split(',') as [string, string | undefined];
    const spec: FlagSpec = { name, short: short ?? '', type: type[0] as FlagType, bare: type.slice(2) };
    specs.set(`--${name}`, spec);
    // A command's own shorthand hides a global one.
    if (short) specs.set(`-${short}`, spec);
  }
  cache.set(text, specs);
  return specs;
}

/** Throws a CommandError in kubectl's words. `command` as in `kubectl create secret`. */
export function parseFlags(command: string, words: readonly string[], flags: string): Parsed {
  const specs = specsOf(flags);
  const parsed: Parsed = { values: {}, all: {}, args: [], dash: -1 };
  const fail = (text: string): CommandError => new CommandError(`error: ${text}\nSee 'kubectl ${command} --help' for usage.`);
  const set = (spec: FlagSpec, shown: string, value: string): void => {
    if (spec.type === 'b' && !/^(1|0|t|f|T|F|true|false|TRUE|FALSE|True|False)$/.test(value))
      throw fail(`invalid argument ${quote(value)} for ${quote(shown)} flag: strconv.ParseBool: parsing ${quote(value)}: invalid syntax`);
    if (spec.type === 'i' && !/^[+-]?\d{1,10}$/.test(value))
      throw fail(`invalid argument ${quote(value)} for ${quote(shown)} flag: strconv.ParseInt: parsing ${quote(value)}: invalid syntax`);
    if (spec.type === 'd' && durationMs(value) === null) throw fail(`invalid argument ${quote(value)} for ${quote(shown)} flag: ${durationError(value)}`);
    const plain = spec.type === 'b' ? String(/^(1|t|true)$/i.test(value)) : value;
    parsed.values[spec.name] = plain;
    parsed.all[spec.name] ??= [];
    parsed.all[spec.name]?.push(plain);
  };
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i] as string;
    if (word === '--') {
      parsed.dash = parsed.args.length;
      parsed.args.push(...words.slice(i + 1));
      break;
    }
    if (word.length < 2 || word[0] !== '-') {
      parsed.args.push(word);
      continue;
    }
    if (word[1] === '-') {
      const at = word.indexOf('=');
      const name = at < 0 ? word : word.slice(0, at);
      if (name.length < 3 || name[2] === '-' || name[2] === '=') throw fail(`bad flag syntax: ${word}`);
      const spec = specs.get(name);
      if (!spec) throw fail(`unknown flag: ${name}`);
      const shown = spec.short ? `-${spec.short}, ${name}` : name;
      if (at >= 0) set(spec, shown, word.slice(at + 1));
      else if (spec.type === 'b') set(spec, shown, 'true');
      else if (spec.type === 'o') set(spec, shown, spec.bare);
      else if (i + 1 < words.length) set(spec, shown, words[++i] as string);
      else throw fail(`flag needs an argument: ${name}`);
      continue;
    }
    for (let at = 1; at < word.length; at += 1) {
      const letter = word[at] as string;
      const spec = specs.get(`-${letter}`);
      if (!spec) throw fail(`unknown shorthand flag: '${letter}' in ${word}`);
      const shown = `-${spec.short}, --${spec.name}`;
      const rest = word.slice(at + 1);
      if (rest[0] === '=') set(spec, shown, rest.slice(1));
      else if (spec.type === 'b') {
        set(spec, shown, 'true');
        continue;
      } else if (spec.type === 'o') set(spec, shown, spec.bare);
      else if (rest !== '') set(spec, shown, rest);
      else if (i + 1 < words.length) set(spec, shown, words[++i] as string);
      else throw fail(`flag needs an argument: '${letter}' in ${word}`);
      break;
    }
  }
  return parsed;
}

/** Go's %q for words of a command line. */
export const quote = (text: string): string => JSON.stringify(text.length > 2000 ? `${text.slice(0, 2000)}…` : text);

const unitMs: Record<string, number> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Go's time.ParseDuration in ms, or null. */
export function durationMs(text: string): number | null {
  if (text === '0') return 0;
  if (text.length > 64) return null;
  const m = /^([+-]?)((?:\d+(?:\.\d*)?(?:ns|us|µs|ms|s|m|h))+)$/.exec(text);
  if (!m) return null;
  let total = 0;
  for (const part of (m[2] as string).matchAll(/(\d+(?:\.\d*)?)(ns|us|µs|ms|s|m|h)/g)) total += Number(part[1]) * (unitMs[part[2] as string] as number);
  return m[1] === '-' ? -total : total;
}

function durationError(text: string): string {
  if (/^[+-]?\d+(\.\d*)?$/.test(text)) return `time: missing unit in duration ${quote(text)}`;
  return `time: invalid duration ${quote(text)}`;
}
