/** The command line of `sim`, as a value or a sentence that says what is wrong (exit 2). */

export interface RunArgs {
  command: 'run';
  files: string[];
  untilMs: number | null;
  seed: number | null;
  /** null: iptables, or what a scenario says. */
  proxyMode: 'iptables' | 'ipvs' | 'nftables' | null;
  workers: number | null;
  /** IPv4 and IPv6 everywhere. */
  dualStack: boolean;
  at: { atMs: number; label: string; command: string }[];
  trace: boolean;
  script: string | null;
  json: boolean;
}
export interface ProxyRulesArgs {
  command: 'proxy-rules';
  input: string;
  mode: 'iptables' | 'ipvs' | 'nftables' | null;
  format: 'save' | 'restore';
}
export interface ServeArgs {
  command: 'serve';
  files: string[];
  port: number;
  speed: number;
  seed: number | null;
  workers: number | null;
  /** IPv4 and IPv6 everywhere. */
  dualStack: boolean;
  proxyMode: 'iptables' | 'ipvs' | 'nftables';
}
export type Args = RunArgs | ProxyRulesArgs | ServeArgs | { command: 'help' } | { command: 'bad'; message: string };

export const usage = `Usage:
  sim FILE… [options]            apply the manifests at 0 s and play virtual time
  sim SCENARIO [options]         play a folder of scenarios/, by its path or name
  sim proxy-rules INPUT.json     print the rules that kube-proxy makes of {config, objects}
  sim serve FILE… [--port 6443] [--speed 1]   serve the simulated cluster's API on loopback, in real time

Options:
  --until 60s                    how long to play (default 60s)
  --seed 1                       the seed of everything random
  --proxy-mode MODE              iptables, ipvs or nftables
  --workers 2                    worker nodes, 1 to 12
  --dual-stack                   a cluster of IPv4 and IPv6
  --at 30s 'kubectl get pods'    run a command at that time and print its output (repeatable);
                                 'node worker-1: iptables-save -t nat' runs on a node
  --trace                        a line per message
  --script RECORDING.json        play the steps of a recording in the recorded cluster
  --json                         print a recording of the run
  proxy-rules: --mode MODE, --format save|restore
FILE may be a folder of manifests, or - for standard input.
`;

export const maxUntilMs = 10 * 365 * 86_400_000;
export const maxWorkers = 12;

/** Go's duration: `60s`, `1m30s`, `500ms`, `1.5h`. Milliseconds, or null. */
export function parseDuration(text: string): number | null {
  if (text === '0') return 0;
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(text) || text.length > 40) return null;
  let ms = 0;
  for (const m of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) ms += Number(m[1]) * { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[m[2] as 'ms' | 's' | 'm' | 'h'];
  return Math.round(ms);
}

const modes = ['iptables', 'ipvs', 'nftables'] as const;
type Mode = (typeof modes)[number];
const isMode = (text: string): text is Mode => (modes as readonly string[]).includes(text);

class Bad extends Error {}

export function parseArgs(argv: readonly string[]): Args {
  try {
    return parse(argv);
  } catch (error) {
    if (error instanceof Bad) return { command: 'bad', message: error.message };
    throw error;
  }
}

function parse(argv: readonly string[]): Args {
  const kind = argv[0] === 'proxy-rules' || argv[0] === 'serve' ? argv[0] : 'run';
  const words = kind === 'run' ? argv.slice() : argv.slice(1);
  const options = allowed[kind];
  const files: string[] = [];
  const values: Record<string, string> = {};
  const at: RunArgs['at'] = [];
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i] as string;
    if (word === '--help' || word === '-h') return { command: 'help' };
    if (!word.startsWith('--')) {
      if (word.startsWith('-') && word !== '-') throw new Bad(`unknown option ${word}`);
      files.push(word);
      continue;
    }
    const equals = word.indexOf('=');
    const name = equals > 0 ? word.slice(2, equals) : word.slice(2);
    if (!options.includes(name)) throw new Bad(`unknown option --${name}`);
    if (flags.includes(name)) {
      values[name] = 'true';
      continue;
    }
    const value = equals > 0 ? word.slice(equals + 1) : words[++i];
    if (value === undefined) throw new Bad(`--${name} needs a value`);
    if (name === 'at') at.push(command(value, words[++i]));
    else values[name] = value;
  }
  if (kind === 'proxy-rules') return proxyRules(files, values);
  const proxyMode = values['proxy-mode'] === undefined ? null : mode(values['proxy-mode'], 'proxy-mode');
  const common = {
    files,
    seed: integer(values, 'seed', 0, Number.MAX_SAFE_INTEGER),
    workers: integer(values, 'workers', 1, maxWorkers),
    dualStack: 'dual-stack' in values,
  };
  if (kind === 'serve') {
    const speed = Number(values.speed ?? '1');
    if (!(speed >= 0.1 && speed <= 1000)) throw new Bad(`--speed is a number from 0.1 to 1000, not ${values.speed}`);
    return { command: 'serve', ...common, proxyMode: proxyMode ?? 'iptables', port: integer(values, 'port', 0, 65_535) ?? 6443, speed };
  }
  if (files.length === 0 && values.script === undefined) throw new Bad('no manifest given');
  return {
    command: 'run',
    ...common,
    proxyMode,
    untilMs: values.until === undefined ? null : duration(values.until, 'until'),
    at,
    trace: 'trace' in values,
    script: values.script ?? null,
    json: 'json' in values,
  };
}

const flags = ['trace', 'json', 'dual-stack'];
const allowed = {
  run: ['until', 'seed', 'proxy-mode', 'workers', 'at', 'trace', 'script', 'json', 'dual-stack'],
  'proxy-rules': ['mode', 'proxy-mode', 'format'],
  serve: ['port', 'speed', 'seed', 'workers', 'proxy-mode', 'dual-stack'],
};

function proxyRules(files: string[], values: Record<string, string>): Args {
  if (files.length !== 1) throw new Bad('proxy-rules takes one input file');
  const format = values.format ?? 'save';
  if (format !== 'save' && format !== 'restore') throw new Bad(`--format is save or restore, not ${format}`);
  const name = values.mode ?? values['proxy-mode'];
  return { command: 'proxy-rules', input: files[0] as string, mode: name === undefined ? null : mode(name, 'mode'), format };
}

function mode(text: string, option: string): Mode {
  if (!isMode(text)) throw new Bad(`--${option} is iptables, ipvs or nftables, not ${text}`);
  return text;
}

function duration(text: string, option: string): number {
  const ms = parseDuration(text);
  if (ms === null) throw new Bad(`--${option} is a duration such as 60s or 1m30s, not ${text}`);
  if (ms > maxUntilMs) throw new Bad(`--${option} ${text} is more than ten years`);
  return ms;
}

function integer(values: Record<string, string>, option: string, least: number, most: number): number | null {
  const text = values[option];
  if (text === undefined) return null;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) throw new Bad(`--${option} is a whole number from ${least} to ${most}, not ${text}`);
  return value;
}

function command(time: string, text: string | undefined): RunArgs['at'][number] {
  if (text === undefined) throw new Bad(`--at ${time} needs a command`);
  return { atMs: duration(time, 'at'), label: time, command: text };
}
