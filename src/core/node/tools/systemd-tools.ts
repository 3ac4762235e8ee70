/** `systemctl` of a node. Models systemd's own output, as far as units and their logs go. */
import { osOf, type SystemdAnswer, type SystemdRequest, type Tool, type ToolEnvironment, type ToolResult, type UnitStatus } from '../../contracts/os.ts';
import { civil } from '../../engine/time.ts';
import { fullName, journalLine, two } from './journalctl.ts';

const ok = (stdout: string, code = 0): ToolResult => ({ stdout, stderr: '', code });
const ask = (env: ToolEnvironment, request: Omit<SystemdRequest, 'type'> & { op: string }): SystemdAnswer =>
  env.call<SystemdAnswer>(osOf(env.host), { type: 'Systemd', ...request } as never);

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

export const systemctl: Tool = (argv, env) => {
  const words = argv.slice(1).filter((w) => !w.startsWith('-'));
  const [verb, ...units] = words;
  switch (verb) {
    case 'status':
      return units.length === 0 ? ok(`● ${env.host}\n    State: running\n`) : joined(units.map((unit) => status(env, unit)));
    case 'is-active': {
      const states = units.map((unit) => ask(env, { op: 'status', unit } as never).status?.active ?? 'inactive');
      return ok(states.map((s) => `${s}\n`).join(''), states.some((s) => s === 'active') ? 0 : 3);
    }
    case 'start':
    case 'stop':
    case 'restart':
    case 'kill': {
      for (const unit of units) {
        const answer = ask(env, { op: verb, unit } as never);
        if (answer.error) return { stdout: '', stderr: `Failed to ${verb} ${fullName(unit)}: Unit ${fullName(unit)} not found.\n`, code: 5 };
      }
      return ok('');
    }
    case undefined:
    case 'list-units':
      return ok(list(ask(env, { op: 'list' } as never).units ?? []));
    case 'cat':
    case 'show':
    case 'enable':
    case 'disable':
    case 'daemon-reload':
      return verb === 'daemon-reload' ? ok('') : { stdout: '', stderr: `systemctl: ${verb}: not simulated\n`, code: 1 };
    default:
      return { stdout: '', stderr: `Unknown command verb '${verb.slice(0, 60)}'.\n`, code: 1 };
  }
};

const joined = (results: ToolResult[]): ToolResult => ({
  stdout: results.map((r) => r.stdout).join('\n'),
  stderr: results.map((r) => r.stderr).join(''),
  code: results.reduce((code, r) => Math.max(code, r.code), 0),
});

function since(env: ToolEnvironment, atMs: number): string {
  const c = civil(env.epochMs - env.nowMs + atMs);
  const s = Math.max(0, Math.floor((env.nowMs - atMs) / 1000));
  const ago =
    s < 60
      ? `${s}s`
      : s < 3600
        ? `${Math.floor(s / 60)}min${s < 600 && s % 60 ? ` ${s % 60}s` : ''}`
        : `${Math.floor(s / 3600)}h ${Math.floor(s / 60) % 60}min`;
  return `${days[c.weekday]} ${c.year}-${two(c.month)}-${two(c.day)} ${two(c.hour)}:${two(c.minute)}:${two(c.second)} UTC; ${ago} ago`;
}

function status(env: ToolEnvironment, unit: string): ToolResult {
  const answer = ask(env, { op: 'status', unit } as never);
  const u = answer.status;
  if (!u) return { stdout: '', stderr: `${answer.error ?? `Unit ${fullName(unit)} could not be found.`}\n`, code: 4 };
  const active = u.active === 'active';
  const lines = [
    `${active ? '●' : u.active === 'failed' ? '×' : '○'} ${u.unit} - ${u.description}`,
    `     Loaded: loaded (/lib/systemd/system/${u.unit}; enabled; preset: enabled)`,
    `     Active: ${u.active} (${u.sub}) since ${since(env, u.sinceMs)}`,
    ...(active
      ? [
          `   Main PID: ${u.mainPid} (${u.unit.replace('.service', '')})`,
          `     CGroup: /system.slice/${u.unit}`,
          `             └─${u.mainPid} /usr/bin/${u.unit.replace('.service', '')}`,
        ]
      : []),
  ];
  const journal = (ask(env, { op: 'readJournal', unit: u.unit, lines: 10 } as never).lines ?? []).map((line) => journalLine(env, line));
  return ok(`${[...lines, ...(journal.length > 0 ? ['', ...journal] : [])].join('\n')}\n`, active ? 0 : 3);
}

function list(units: UnitStatus[]): string {
  const width = Math.max(4, ...units.map((u) => u.unit.length));
  const rows = units.map((u) => `  ${u.unit.padEnd(width)} loaded ${u.active.padEnd(8)} ${u.sub.padEnd(12)} ${u.description}`);
  return `  ${'UNIT'.padEnd(width)} LOAD   ${'ACTIVE'.padEnd(8)} ${'SUB'.padEnd(12)} DESCRIPTION\n${rows.join('\n')}\n\n${units.length} loaded units listed.\n`;
}
