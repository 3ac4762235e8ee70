/** Small programs that end at once or only sleep. */
import { civil } from '../../engine/time.ts';
import { errorText } from '../kernel/files.ts';
import { bootMs, machineOf } from '../kernel/machine.ts';
import type { Program } from '../kernel/program.ts';
import type { Sys } from '../kernel/sys.ts';
import { whichPath } from '../shell/builtins.ts';
import { passwdOf } from '../shell/surroundings.ts';
import { runTest } from '../shell/test.ts';
import { isBusybox, options } from './filters.ts';
import { echoText, printfText } from './printing.ts';

/** Prints and ends. */
function say(sys: Sys, text: string, code: number): number {
  sys.out(text);
  return code;
}

/** A program that ends at once. */
export const once = (run: (sys: Sys) => number): Program => ({ start: run });

/** `30`, `1h`, `0.5`, `1m30s` of busybox → milliseconds; NaN when it is none. */
export function durationMs(text: string): number {
  if (text === 'infinity' || text === 'inf') return 1e12;
  if (!/^([0-9]+\.?[0-9]*|\.[0-9]+)[smhd]?$/.test(text)) return Number.NaN;
  const unit = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[text.slice(-1)] ?? 1000;
  return Math.min(1e12, Math.round(Number.parseFloat(text) * unit));
}

export const sleep: Program = {
  rssBytes: 500 * 1024,
  start(sys) {
    const args = sys.argv.slice(1);
    if (args.length === 0) {
      sys.err(
        isBusybox(sys) ? `BusyBox v1.36.1 multi-call binary.\n\nUsage: sleep [N]...\n` : "sleep: missing operand\nTry 'sleep --help' for more information.\n",
      );
      return 1;
    }
    let total = 0;
    for (const a of args) {
      const ms = durationMs(a);
      if (Number.isNaN(ms)) {
        sys.err(isBusybox(sys) ? `sleep: invalid number '${a}'\n` : `sleep: invalid time interval '${a}'\nTry 'sleep --help' for more information.\n`);
        return 1;
      }
      total += ms;
    }
    if (total === 0) return 0;
    sys.timer(total);
    return undefined;
  },
  resume: (_sys, event) => (event.type === 'timer' ? 0 : undefined),
};

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const dayNames = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
export const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const monthNames = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
const pad = (n: number, width = 2, fill = '0'): string => String(n).padStart(width, fill);

/** strftime, UTC. */
export function strftime(format: string, epochMs: number): string {
  const c = civil(epochMs);
  const yearDay = Math.floor((epochMs - Date0(c.year)) / 86_400_000) + 1;
  return format.replace(/%([-_0^]?)([a-zA-Z%])/g, (all, _flag: string, k: string) => {
    switch (k) {
      case '%':
        return '%';
      case 'Y':
        return String(c.year);
      case 'y':
        return pad(c.year % 100);
      case 'm':
        return pad(c.month);
      case 'd':
        return pad(c.day);
      case 'e':
        return pad(c.day, 2, ' ');
      case 'H':
        return pad(c.hour);
      case 'I':
        return pad(c.hour % 12 || 12);
      case 'M':
        return pad(c.minute);
      case 'S':
        return pad(c.second);
      case 'N':
        return `${pad(c.ms, 3)}000000`;
      case 's':
        return String(Math.floor(epochMs / 1000));
      case 'p':
        return c.hour < 12 ? 'AM' : 'PM';
      case 'a':
        return days[c.weekday] as string;
      case 'A':
        return dayNames[c.weekday] as string;
      case 'b':
      case 'h':
        return months[c.month - 1] as string;
      case 'B':
        return monthNames[c.month - 1] as string;
      case 'j':
        return pad(yearDay, 3);
      case 'u':
        return String(c.weekday || 7);
      case 'w':
        return String(c.weekday);
      case 'Z':
        return 'UTC';
      case 'z':
        return '+0000';
      case 'F':
        return `${c.year}-${pad(c.month)}-${pad(c.day)}`;
      case 'T':
        return `${pad(c.hour)}:${pad(c.minute)}:${pad(c.second)}`;
      case 'R':
        return `${pad(c.hour)}:${pad(c.minute)}`;
      case 'D':
        return `${pad(c.month)}/${pad(c.day)}/${pad(c.year % 100)}`;
      case 'c':
        return strftime('%a %b %e %H:%M:%S %Y', epochMs);
      case 'n':
        return '\n';
      case 't':
        return '\t';
      default:
        return all;
    }
  });
}

function Date0(year: number): number {
  let n = 0;
  for (let y = 1970; y < year; y += 1) n += (y % 4 === 0 && y % 100 !== 0) || y % 400 === 0 ? 366 : 365;
  return n * 86_400_000;
}

const date = once((sys) => {
  const { opts, rest } = options(sys.argv, 'dDr', { utc: 'u', date: 'd', 'iso-8601': 'I' });
  let at = sys.epochMs;
  if (opts.d !== undefined) {
    const seconds = /^@(-?[0-9]{1,12})$/.exec(opts.d);
    if (!seconds) {
      sys.complain(`date ${opts.d}: not simulated`);
      return 1;
    }
    at = Number(seconds[1]) * 1000;
  }
  const format = rest.find((a) => a.startsWith('+'));
  if (opts.I !== undefined) sys.out(`${strftime(opts.I.startsWith('s') ? '%Y-%m-%dT%H:%M:%S+00:00' : '%F', at)}\n`);
  else sys.out(`${strftime(format ? format.slice(1) : opts.R !== undefined ? '%a, %d %b %Y %H:%M:%S +0000' : '%a %b %e %H:%M:%S UTC %Y', at)}\n`);
  return 0;
});

const printenv = once((sys) => {
  const names = sys.argv.slice(1).filter((a) => !a.startsWith('-'));
  if (names.length === 0) for (const name in sys.env) sys.out(`${name}=${sys.env[name]}\n`);
  let code = 0;
  for (const name of names) {
    if (Object.hasOwn(sys.env, name)) sys.out(`${sys.env[name]}\n`);
    else code = 1;
  }
  return code;
});

const env: Program = {
  start(sys) {
    const made: Record<string, string> = { ...sys.env };
    const args = sys.argv.slice(1);
    while (args[0]?.startsWith('-') && args[0] !== '-') {
      const option = args.shift() as string;
      if (option === '-i' || option === '--ignore-environment') for (const k of Object.keys(made)) delete made[k];
      else if (option === '-u') delete made[args.shift() ?? ''];
      else if (option.startsWith('-u')) delete made[option.slice(2)];
      else if (option === '--') break;
    }
    while (args[0] !== undefined && /^[^=]+=/.test(args[0])) {
      const [name = '', value = ''] = (args.shift() as string).split(/=(.*)/s);
      if (name !== '__proto__') made[name] = value;
    }
    if (args.length === 0) {
      for (const name in made) sys.out(`${name}=${made[name]}\n`);
      return 0;
    }
    return become(sys, args, made);
  },
};

/** execvp, with the complaint of the program that does it. */
export function become(sys: Sys, argv: string[], environment = sys.env): number | undefined {
  const found = sys.lookup(argv, environment);
  if ('error' in found) {
    sys.complain(
      isBusybox(sys)
        ? `can't execute '${argv[0]}': ${found.code === 126 ? 'Permission denied' : 'No such file or directory'}`
        : `'${argv[0]}': ${found.code === 126 ? 'Permission denied' : 'No such file or directory'}`,
    );
    return found.code;
  }
  sys.exec(found.argv, found.program, environment);
  return undefined;
}

const groupName = (sys: Sys, gid: number): string | undefined => {
  const got = sys.files.read('/etc/group');
  if ('error' in got) return undefined;
  return got.text
    .split('\n')
    .find((l) => l.split(':')[2] === String(gid))
    ?.split(':')[0];
};
export const userName = (sys: Sys, uid: number): string =>
  passwdOf(sys, (f) => f[2] === String(uid))?.[0] ?? (uid === 0 && sys.container.id === 'host' ? 'root' : String(uid));
export const groupNameOrId = (sys: Sys, gid: number): string => groupName(sys, gid) ?? (gid === 0 && sys.container.id === 'host' ? 'root' : String(gid));

const id = once((sys) => {
  const { opts } = options(sys.argv);
  const { uid, gid, groups } = sys.process;
  const named = (n: number, name: string | undefined): string => (name === undefined || name === String(n) ? String(n) : `${n}(${name})`);
  const all = [gid, ...groups.filter((g) => g !== gid)];
  if (opts.u !== undefined) sys.out(`${opts.n !== undefined ? userName(sys, uid) : uid}\n`);
  else if (opts.g !== undefined) sys.out(`${opts.n !== undefined ? groupNameOrId(sys, gid) : gid}\n`);
  else if (opts.G !== undefined) sys.out(`${all.map((g) => (opts.n !== undefined ? groupNameOrId(sys, g) : g)).join(' ')}\n`);
  else {
    // busybox lists what the kernel holds, which is sorted; coreutils puts the primary group first.
    const list = (isBusybox(sys) ? [...all].sort((a, b) => a - b) : all).map((g) => named(g, groupName(sys, g)));
    sys.out(`uid=${named(uid, userName(sys, uid))} gid=${named(gid, groupName(sys, gid))} groups=${list.join(',')}\n`);
  }
  return 0;
});

const hostname = once((sys) => {
  const { opts } = options(sys.argv, 'F');
  const name = sys.container.environment.hostname;
  if (opts.i !== undefined || opts.I !== undefined || opts.f !== undefined || opts.d !== undefined) {
    const hosts = sys.files.read('/etc/hosts');
    const lines = 'error' in hosts ? [] : hosts.text.split('\n');
    const line = lines.map((l) => l.replace(/#.*/, '').trim().split(/\s+/)).find((f) => f.slice(1).includes(name));
    if (!line) {
      if (opts.f !== undefined) sys.out(`${name}\n`);
      else if (opts.d === undefined) sys.complain(`${name}: Unknown host`);
      return opts.f !== undefined || opts.d !== undefined ? 0 : 1;
    }
    const full = line[1] ?? name;
    if (opts.f !== undefined) sys.out(`${full}\n`);
    else if (opts.d !== undefined) sys.out(`${full.includes('.') ? full.slice(full.indexOf('.') + 1) : ''}\n`);
    else sys.out(`${line[0]}${opts.I !== undefined ? ' ' : ''}\n`);
    return 0;
  }
  if (opts.s !== undefined) sys.out(`${name.split('.')[0]}\n`);
  else sys.out(`${name}\n`);
  return 0;
});

const uname = once((sys) => {
  const { opts } = options(sys.argv);
  const node = sys.container.environment.hostname;
  const all = opts.a !== undefined;
  const parts = [
    all || opts.s !== undefined || Object.keys(opts).length === 0 ? 'Linux' : '',
    all || opts.n !== undefined ? node : '',
    all || opts.r !== undefined ? machineOf(sys.kernel.state, sys.kernel.ctx).kernelVersion : '',
    all || opts.v !== undefined ? '#1 SMP PREEMPT_DYNAMIC' : '',
    all || opts.m !== undefined ? 'x86_64' : '',
    all || opts.o !== undefined ? (all && isBusybox(sys) ? 'GNU/Linux' : 'GNU/Linux') : '',
  ];
  sys.out(`${parts.filter((p) => p !== '').join(' ')}\n`);
  return 0;
});

const which = once((sys) => {
  let code = 0;
  for (const name of sys.argv.slice(1)) {
    const path = whichPath(sys, name, sys.env.PATH);
    if (path === undefined) code = 1;
    else sys.out(`${path}\n`);
  }
  return code;
});

const seq = once((sys) => {
  const { opts, rest } = options(
    sys.argv.map((a) => (/^-[0-9.]/.test(a) ? ` ${a}` : a)),
    's',
  );
  const numbers = rest.map((a) => Number(a.trim()));
  if (numbers.length === 0 || numbers.some((n) => Number.isNaN(n))) {
    sys.complain(numbers.length === 0 ? 'missing operand' : `invalid number '${rest.find((a) => Number.isNaN(Number(a)))}'`);
    return 1;
  }
  const [first = 1, step = 1, last = 1] = numbers.length === 1 ? [1, 1, numbers[0]] : numbers.length === 2 ? [numbers[0], 1, numbers[1]] : numbers;
  const decimals = Math.max(...rest.map((a) => (a.trim().split('.')[1] ?? '').length));
  const out: string[] = [];
  if (step !== 0)
    for (let i = 0; i < 100_000; i += 1) {
      const value = first + i * step;
      if (step > 0 ? value > last + 1e-9 : value < last - 1e-9) break;
      out.push(value.toFixed(decimals));
    }
  const width = opts.w !== undefined ? Math.max(...out.map((s) => s.length)) : 0;
  if (out.length > 0) sys.out(`${out.map((s) => s.padStart(width, '0')).join(opts.s ?? '\n')}\n`);
  return 0;
});

const basename = once((sys) => {
  const [path = '', suffix = ''] = sys.argv.slice(1);
  const bare = path.replace(/(.)\/+$/, '$1');
  const name = bare === '/' ? '/' : bare.slice(bare.lastIndexOf('/') + 1);
  sys.out(`${suffix !== '' && name !== suffix && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name}\n`);
  return 0;
});
const dirname = once((sys) => {
  const path = (sys.argv[1] ?? '').replace(/(.)\/+$/, '$1');
  const at = path.lastIndexOf('/');
  sys.out(`${at < 0 ? '.' : at === 0 ? '/' : path.slice(0, at)}\n`);
  return 0;
});

const timeout: Program = {
  start(sys) {
    const args = sys.argv.slice(1);
    let signal = 'TERM';
    while (args[0]?.startsWith('-')) {
      const option = args.shift() as string;
      if (option === '-s' || option === '-k') {
        const value = args.shift() ?? '';
        if (option === '-s') signal = value.replace(/^SIG/, '');
      } else if (option === '-t') break;
    }
    const ms = durationMs(args.shift() ?? '');
    const found = sys.lookup(args);
    if (Number.isNaN(ms) || 'error' in found) {
      sys.complain(Number.isNaN(ms) ? 'invalid time interval' : `can't execute '${args[0]}': No such file or directory`);
      return Number.isNaN(ms) ? 125 : 127;
    }
    const child = sys.fork(found.argv, found.program);
    sys.process.data = { pid: child?.nspid ?? 0, signal };
    if (ms > 0) sys.timer(ms);
    return undefined;
  },
  resume(sys, event) {
    const st = sys.process.data as { pid: number; signal: string; late?: boolean };
    if (event.type === 'child' && event.pid === st.pid) return st.late ? (isBusybox(sys) ? 143 : 124) : event.code;
    if (event.type === 'timer') {
      st.late = true;
      sys.kill(st.pid, st.signal);
    }
    return undefined;
  },
};

const yes: Program = {
  start: (sys) => yesPiece(sys),
  resume: (sys) => yesPiece(sys),
};
function yesPiece(sys: Sys): undefined {
  const line = `${sys.argv.slice(1).join(' ') || 'y'}\n`;
  sys.write(1, line.repeat(Math.max(1, Math.floor(4096 / line.length))));
  if (sys.alive && !sys.blocked(1)) sys.timer(sys.description(1)?.kind === 'pipe' ? 1 : 100);
  return undefined;
}

export const basic: Record<string, Program> = {
  sleep,
  usleep: {
    ...sleep,
    start(sys) {
      sys.timer(Math.max(1, Math.floor(Number(sys.argv[1] ?? 0) / 1000) || 1));
      return undefined;
    },
  },
  date,
  env,
  printenv,
  id,
  hostname,
  uname,
  which,
  seq,
  basename,
  dirname,
  timeout,
  yes,
  true: once(() => 0),
  false: once(() => 1),
  clear: once(() => 0),
  sync: once(() => 0),
  nproc: once((sys) => say(sys, `${machineOf(sys.kernel.state, sys.kernel.ctx).cpus}\n`, 0)),
  tty: once((sys) => say(sys, 'not a tty\n', 1)),
  whoami: once((sys) => {
    const name = passwdOf(sys, (f) => f[2] === String(sys.process.uid))?.[0];
    if (name === undefined) {
      sys.complain(isBusybox(sys) ? `unknown uid ${sys.process.uid}` : `cannot find name for user ID ${sys.process.uid}: No such file or directory`);
      return 1;
    }
    sys.out(`${name}\n`);
    return 0;
  }),
  pwd: once((sys) => say(sys, `${sys.process.cwd}\n`, 0)),
  echo: once((sys) => say(sys, echoText(sys.argv.slice(1), 'bash'), 0)),
  printf: once((sys) => {
    const made = printfText(sys.argv.slice(1));
    sys.out(made.text);
    if (made.error) sys.complain(made.error);
    return made.error ? 1 : 0;
  }),
  test: once((sys) => runTest(sys, sys.argv.slice(1), 'test', 'test')),
  '[': once((sys) => {
    if (sys.argv.at(-1) === ']') return runTest(sys, sys.argv.slice(1, -1), '[', '[');
    sys.err('[: missing ]\n');
    return 2;
  }),
  uptime: once((sys) => {
    const minutes = Math.floor((sys.nowMs - bootMs) / 60_000);
    const days = Math.floor(minutes / 1440);
    const up = `${days > 0 ? `${days} day${days > 1 ? 's' : ''}, ` : ''}${Math.floor(minutes / 60) % 24}:${String(minutes % 60).padStart(2, '0')}`;
    return say(sys, ` ${strftime('%H:%M:%S', sys.epochMs)} up ${up},  0 users,  load average: 0.10, 0.08, 0.05\n`, 0);
  }),
  nice: { start: (sys) => become(sys, sys.argv.slice(sys.argv[1] === '-n' ? 3 : 1)) },
  nohup: { start: (sys) => become(sys, sys.argv.slice(1)) },
  setsid: {
    start: (sys) =>
      become(
        sys,
        sys.argv.slice(1).filter((a) => a !== '-c' && a !== '-w'),
      ),
  },
  time: { start: (sys) => become(sys, sys.argv.slice(1)) },
  expr: once((sys) => expr(sys)),
  mktemp: once((sys) => {
    const dir = sys.argv.includes('-d');
    const path = (sys.argv.slice(1).find((a) => !a.startsWith('-')) ?? '/tmp/tmp.XXXXXX').replace(/X+$/, (x) => {
      let text = '';
      for (const _ of x) text += 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'[Math.floor(sys.kernel.ctx.random() * 52)];
      return text;
    });
    const error = dir ? sys.files.mkdir(path, 0o700) : sys.files.write(path, '', { mode: 0o600 });
    if (error) {
      sys.complain(`${path}: ${errorText(error)}`);
      return 1;
    }
    sys.out(`${path}\n`);
    return 0;
  }),
};

function expr(sys: Sys): number {
  const args = sys.argv.slice(1);
  let at = 0;
  const fail = (): never => {
    throw new Error('syntax error');
  };
  const precedence = [['|'], ['&'], ['=', '==', '!=', '<', '<=', '>', '>='], ['+', '-'], ['*', '/', '%'], [':']];
  const level = (n: number): string => {
    if (n >= precedence.length) {
      const a = args[at++] ?? fail();
      if (a === 'length') return String((args[at++] ?? fail()).length);
      if (a !== '(') return a;
      const inner = level(0);
      if (args[at++] !== ')') fail();
      return inner;
    }
    let l = level(n + 1);
    while (args[at] !== undefined && precedence[n]?.includes(args[at] as string)) {
      const op = args[at++] as string;
      const r = level(n + 1);
      const [x, y] = [Number(l), Number(r)];
      const numeric = /^-?[0-9]+$/.test(l) && /^-?[0-9]+$/.test(r);
      if (n === 0) l = l !== '' && l !== '0' ? l : r;
      else if (n === 1) l = l !== '' && l !== '0' && r !== '' && r !== '0' ? l : '0';
      else if (n === 2) {
        const order = numeric ? x - y : l < r ? -1 : l > r ? 1 : 0;
        l =
          ({ '=': order === 0, '==': order === 0, '!=': order !== 0, '<': order < 0, '<=': order <= 0, '>': order > 0, '>=': order >= 0 }[op] ?? false)
            ? '1'
            : '0';
      } else if (op === ':') l = String(l.startsWith(r.replace(/^\^/, '').replace(/\.\*$/, '')) ? l.length : 0);
      else {
        if (!numeric) throw new Error('non-integer argument');
        if ((op === '/' || op === '%') && y === 0) throw new Error('division by zero');
        l = String(op === '+' ? x + y : op === '-' ? x - y : op === '*' ? x * y : op === '/' ? Math.trunc(x / y) : x % y);
      }
    }
    return l;
  };
  try {
    if (args.length > 500) fail();
    const value = level(0);
    if (at < args.length) fail();
    sys.out(`${value}\n`);
    return value === '' || value === '0' ? 1 : 0;
  } catch (error) {
    sys.complain((error as Error).message);
    return 2;
  }
}
