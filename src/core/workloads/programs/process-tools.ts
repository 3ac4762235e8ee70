/** `ps`, `kill`, `killall`, `pgrep`, `pkill`, `pidof`, `top`. */
import { machineOf, memoryOf } from '../kernel/machine.ts';
import { visible } from '../kernel/proc-files.ts';
import type { Program } from '../kernel/program.ts';
import { signalName, signalNumbers } from '../kernel/signals.ts';
import type { Process } from '../kernel/state.ts';
import type { Sys } from '../kernel/sys.ts';
import { once, strftime, userName } from './basic.ts';
import { isBusybox, options } from './filters.ts';
import { compileRegex, findRegex } from './regex.ts';

const title = (p: Process): string => p.title ?? p.argv.join(' ');
const nameOf = (p: Process): string => {
  const first = (p.title ?? p.argv[0] ?? '').split(' ')[0] ?? '';
  return first.slice(first.lastIndexOf('/') + 1).replace(/:$/, '');
};
const elapsed = (sys: Sys, p: Process): string => {
  const s = Math.floor((sys.nowMs - p.startedAtMs) / 1000);
  return `${String(Math.floor(s / 60)).padStart(2, '0')}:${String(s % 60).padStart(2, '0')}`;
};

/** As the namespace numbers it. */
const parentPid = (sys: Sys, p: Process): number => (sys.container.environment.pidns === 'host' ? p.ppid : (sys.kernel.process(p.ppid)?.nspid ?? 0));

const ps = once((sys) => {
  const processes = visible(sys.kernel.state, sys.container, sys.kernel.ctx);
  const args = sys.argv.slice(1).join('').replaceAll('-', '');
  if (isBusybox(sys)) {
    const at = sys.argv.indexOf('-o');
    if (at > 0) {
      const columns = (sys.argv[at + 1] ?? '').split(',');
      sys.out(
        `${columns.map((c) => c.toUpperCase().replace('ARGS', 'COMMAND').replace('COMM', 'COMMAND').replace('COMMANDAND', 'COMMAND').padEnd(5)).join(' ')}\n`,
      );
      for (const p of processes) sys.out(`${columns.map((c) => column(sys, p, c).padEnd(5)).join(' ')}\n`);
      return 0;
    }
    sys.out('PID   USER     TIME  COMMAND\n');
    for (const p of processes) sys.out(`${String(p.nspid).padStart(5)} ${userName(sys, p.uid).slice(0, 8).padEnd(8)}  0:00 ${title(p)}\n`);
    return 0;
  }
  if (args.includes('u')) {
    sys.out('USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\n');
    for (const p of processes) {
      const kb = Math.ceil(p.rssBytes / 1024);
      sys.out(
        `${userName(sys, p.uid).slice(0, 8).padEnd(8)} ${String(p.nspid).padStart(7)} ${((p.cpu ?? 0) / 10).toFixed(1).padStart(4)} ${((kb * 100) / memoryOf(machineOf(sys.kernel.state, sys.kernel.ctx)).total).toFixed(1).padStart(4)} ${String(kb * 3).padStart(6)} ${String(kb).padStart(5)} ?        ${(p.cpu ? 'R' : 'S') + (p.nspid === 1 ? 's' : '')}${p.nspid === 1 ? '  ' : '   '} ${strftime('%H:%M', sys.epochMs - sys.nowMs + p.startedAtMs)}   0:00 ${title(p)}\n`,
      );
    }
  } else if (args.includes('f')) {
    sys.out('UID          PID    PPID  C STIME TTY          TIME CMD\n');
    for (const p of processes) {
      const parent = parentPid(sys, p);
      sys.out(
        `${userName(sys, p.uid).padEnd(8)} ${String(p.nspid).padStart(7)} ${String(parent).padStart(7)}  0 ${strftime('%H:%M', sys.epochMs - sys.nowMs + p.startedAtMs)} ?        00:00:00 ${title(p)}\n`,
      );
    }
  } else if (args.includes('x')) {
    sys.out('    PID TTY      STAT   TIME COMMAND\n');
    for (const p of processes) sys.out(`${String(p.nspid).padStart(7)} ?        ${p.nspid === 1 ? 'Ss' : 'S '}     0:00 ${title(p)}\n`);
  } else {
    sys.out('    PID TTY          TIME CMD\n');
    for (const p of processes) sys.out(`${String(p.nspid).padStart(7)} ?        00:00:00 ${nameOf(p)}\n`);
  }
  return 0;
});

function column(sys: Sys, p: Process, name: string): string {
  switch (name) {
    case 'pid':
      return String(p.nspid).padStart(5);
    case 'ppid':
      return String(parentPid(sys, p));
    case 'user':
      return userName(sys, p.uid).padEnd(8);
    case 'args':
      return title(p);
    case 'comm':
      return nameOf(p);
    case 'time':
    case 'etime':
      return elapsed(sys, p);
    case 'rss':
      return String(Math.ceil(p.rssBytes / 1024));
    default:
      return '-';
  }
}

const kill = once((sys) => {
  const args = sys.argv.slice(1);
  if (args[0] === '-l') {
    sys.out(`${Object.keys(signalNumbers).join(' ')}\n`);
    return 0;
  }
  let signal = 'TERM';
  if (args[0] === '-s') {
    args.shift();
    args[0] = `-${args[0] ?? ''}`;
  }
  if (args[0]?.startsWith('-')) {
    const name = signalName((args.shift() as string).slice(1));
    if (name === undefined) {
      sys.complain('bad signal name');
      return 1;
    }
    signal = name;
  }
  let code = 0;
  for (const a of args) {
    const error = sys.kill(Number(a), signal);
    if (!error) continue;
    sys.complain(
      isBusybox(sys)
        ? `can't kill pid ${a}: ${error === 'ESRCH' ? 'No such process' : 'Operation not permitted'}`
        : `sending signal to ${a} failed: ${error === 'ESRCH' ? 'No such process' : 'Operation not permitted'}`,
    );
    code = 1;
  }
  return code;
});

/** Signals every process that fits; answers how many there were. */
function signalAll(sys: Sys, fits: (p: Process) => boolean, signal: string): number {
  let n = 0;
  for (const p of visible(sys.kernel.state, sys.container, sys.kernel.ctx)) {
    if (p.pid === sys.process.pid || !fits(p)) continue;
    if (sys.process.uid !== 0 && sys.process.uid !== p.uid) continue;
    n += 1;
    const target = sys.kernel.process(p.pid);
    if (target) sys.kernel.signal(target, signal);
  }
  return n;
}

const killall = once((sys) => {
  const args = sys.argv.slice(1);
  let signal = 'TERM';
  let quiet = false;
  while (args[0]?.startsWith('-')) {
    const option = args.shift() as string;
    if (option === '-q') quiet = true;
    else if (option === '-s') signal = signalName(args.shift() ?? '') ?? 'TERM';
    else signal = signalName(option.slice(1)) ?? signal;
  }
  let code = 0;
  for (const name of args) {
    if (signalAll(sys, (p) => nameOf(p) === name, signal) > 0) continue;
    if (!quiet) sys.err(`${isBusybox(sys) ? 'killall: ' : ''}${name}: no process ${isBusybox(sys) ? 'killed' : 'found'}\n`);
    code = 1;
  }
  return code;
});

const pgrep = once((sys) => {
  const { opts, rest } = options(
    sys.argv.map((a) => (/^-(SIG)?[A-Z0-9]{2,}$/.test(a) ? a : a)),
    'us',
  );
  const wanted = rest[0] ?? '';
  const regex = compileRegex(wanted, true);
  if ('error' in regex) return 2;
  const fits = (p: Process): boolean => {
    const text = opts.f !== undefined ? title(p) : nameOf(p);
    return p.pid !== sys.process.pid && (opts.x !== undefined ? text === wanted : findRegex(regex, text) !== undefined);
  };
  if (sys.name === 'pkill') {
    const option = sys.argv.slice(1).find((a) => a.startsWith('-') && signalName(a.slice(1)) !== undefined);
    return signalAll(sys, fits, option ? (signalName(option.slice(1)) ?? 'TERM') : 'TERM') > 0 ? 0 : 1;
  }
  const found = visible(sys.kernel.state, sys.container, sys.kernel.ctx).filter(fits);
  for (const p of found) sys.out(`${p.nspid}${opts.l !== undefined || opts.a !== undefined ? ` ${opts.a !== undefined ? title(p) : nameOf(p)}` : ''}\n`);
  return found.length > 0 ? 0 : 1;
});

const pidof = once((sys) => {
  const names = sys.argv.slice(1).filter((a) => !a.startsWith('-'));
  const found = visible(sys.kernel.state, sys.container, sys.kernel.ctx).filter((p) => names.includes(nameOf(p)));
  if (found.length > 0)
    sys.out(
      `${found
        .map((p) => p.nspid)
        .reverse()
        .join(' ')}\n`,
    );
  return found.length > 0 ? 0 : 1;
});

export const processTools: Record<string, Program> = { ps, kill, killall, pgrep, pkill: pgrep, pidof, top: ps };
