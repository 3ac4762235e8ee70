/** The builtins of the shells. Each answers a status, or nothing when frames that it pushed will. */
import { errorText } from '../kernel/files.ts';
import { signalName, signalNumbers } from '../kernel/signals.ts';
import type { Sys } from '../kernel/sys.ts';
import { echoText, printfText } from '../programs/printing.ts';
import { Expander } from './expand.ts';
import { environment, leave, push, setVariable, unwind } from './frames.ts';
import { parseArith, parseScript } from './parse.ts';
import { keep } from './redirect.ts';
import { type Frame, ShellError, type ShellState } from './state.ts';
import { surroundings } from './surroundings.ts';
import { runTest } from './test.ts';
import { complain, notFound, syntaxError } from './words.ts';

export type BuiltinResult = number | 'gone' | undefined;
type Builtin = (sys: Sys, sh: ShellState, argv: string[]) => BuiltinResult;

const isName = (text: string): boolean => /^[A-Za-z_][A-Za-z0-9_]*$/.test(text);
const count = (sh: ShellState, text: string | undefined, otherwise: number): number => {
  if (text === undefined) return otherwise;
  if (!/^[0-9]+$/.test(text)) throw new ShellError(sh.dialect === 'bash' ? `${text}: numeric argument required` : `Illegal number: ${text}`, 2);
  return Number(text);
};

export const builtins: Record<string, Builtin> = {
  ':': () => 0,
  true: () => 0,
  false: () => 1,
  echo(sys, sh, argv) {
    sys.out(echoText(argv.slice(1), sh.dialect));
    return 0;
  },
  printf(sys, sh, argv) {
    const made = printfText(argv.slice(1));
    sys.out(made.text);
    if (made.error) complain(sys, sh, `printf: ${made.error}`);
    return made.error ? 1 : 0;
  },
  test: (sys, sh, argv) => runTest(sys, argv.slice(1), sh.name, 'test'),
  '['(sys, sh, argv) {
    if (argv.at(-1) !== ']') {
      complain(sys, sh, sh.dialect === 'bash' ? "[: missing `]'" : 'missing ]');
      return 2;
    }
    return runTest(sys, argv.slice(1, -1), sh.name, '[');
  },
  exit(sys, sh, argv) {
    leave(sys, sh, count(sh, argv[1], sh.status));
    return undefined;
  },
  return(sys, sh, argv) {
    const status = count(sh, argv[1], sh.status);
    while (sh.frames.length > 0) {
      const f = sh.frames.pop() as Frame;
      if (f.k === 'trap') continue;
      unwind(sys, sh, f);
      if (f.k === 'call' || f.k === 'source') break;
    }
    return status;
  },
  break: (sys, sh, argv) => loop(sys, sh, count(sh, argv[1], 1), false),
  continue: (sys, sh, argv) => loop(sys, sh, count(sh, argv[1], 1), true),
  cd(sys, sh, argv) {
    const args = argv.slice(1).filter((a) => a !== '-L' && a !== '-P' && a !== '--');
    const get = (name: string): string | undefined => (Object.hasOwn(sh.vars, `$${name}`) ? sh.vars[`$${name}`]?.v : undefined);
    const target = args[0] === '-' ? get('OLDPWD') : (args[0] ?? get('HOME'));
    if (target === undefined) return 0;
    const path = sys.files.absolute(target);
    const stat = sys.files.stat(path);
    const error = 'error' in stat ? stat.error : stat.kind !== 'dir' ? 'ENOTDIR' : sys.files.may({ ...stat }, 1) ? undefined : 'EACCES';
    if (error) {
      complain(
        sys,
        sh,
        sh.dialect === 'bash'
          ? `cd: ${target}: ${errorText(error)}`
          : sh.dialect === 'dash'
            ? `cd: can't cd to ${target}`
            : `cd: can't cd to ${target}: ${errorText(error)}`,
      );
      return sh.dialect === 'ash' || sh.dialect === 'bash' ? 1 : 2;
    }
    setVariable(sh, 'OLDPWD', sys.process.cwd);
    sys.process.cwd = path;
    setVariable(sh, 'PWD', path);
    if (args[0] === '-') sys.out(`${path}\n`);
    return 0;
  },
  pwd(sys) {
    sys.out(`${sys.process.cwd}\n`);
    return 0;
  },
  export: (sys, sh, argv) => declare(sys, sh, argv, { exported: true }),
  readonly: (sys, sh, argv) => declare(sys, sh, argv, { readonly: true }),
  declare: (sys, sh, argv) => declare(sys, sh, argv, argv.includes('-x') ? { exported: true } : {}),
  typeset: (sys, sh, argv) => declare(sys, sh, argv, {}),
  local(sys, sh, argv) {
    const call = [...sh.frames].reverse().find((f) => f.k === 'call');
    if (!call) throw new ShellError(sh.dialect === 'bash' ? 'local: can only be used in a function' : 'not in a function', sh.dialect === 'bash' ? 1 : 2);
    call.vars ??= {};
    for (const a of argv.slice(1)) {
      const name = a.split('=')[0] ?? '';
      const key = `$${name}`;
      if (!(key in call.vars)) call.vars[key] = Object.hasOwn(sh.vars, key) ? (sh.vars[key] ?? null) : null;
    }
    return declare(sys, sh, argv, {}, true);
  },
  unset(_sys, sh, argv) {
    const functions = argv[1] === '-f';
    for (const name of argv.slice(1)) {
      if (name.startsWith('-')) continue;
      const key = `$${name}`;
      if (Object.hasOwn(sh.vars, key) && !functions) {
        if (sh.vars[key]?.readonly) throw new ShellError(`${name}: is read only`, 2);
        delete sh.vars[key];
      } else delete sh.funcs[key];
    }
    return 0;
  },
  shift(_sys, sh, argv) {
    const n = count(sh, argv[1], 1);
    if (n > sh.args.length) {
      if (sh.dialect === 'dash') throw new ShellError("shift: can't shift that many", 2);
      return 1;
    }
    sh.args = sh.args.slice(n);
    return 0;
  },
  set(sys, sh, argv) {
    const args = argv.slice(1);
    if (args.length === 0) {
      for (const key of Object.keys(sh.vars).sort()) sys.out(`${key.slice(1)}='${sh.vars[key]?.v}'\n`);
      return 0;
    }
    while (args[0] !== undefined && /^[-+]/.test(args[0])) {
      const option = args.shift() as string;
      const on = option.startsWith('-');
      if (option === '--') {
        sh.args = args;
        return 0;
      }
      if (option === '-') break;
      for (const c of option.slice(1)) {
        const name = c === 'o' ? { errexit: 'e', nounset: 'u', xtrace: 'x', noglob: 'f', pipefail: 'pipefail' }[args.shift() ?? ''] : c;
        if (name === 'e' || name === 'u' || name === 'x' || name === 'f' || name === 'pipefail') {
          if (on) sh.opts[name] = true;
          else delete sh.opts[name];
        }
      }
    }
    if (args.length > 0) sh.args = args;
    return 0;
  },
  read(sys, sh, argv) {
    const names: string[] = [];
    const f: Frame = { k: 'read', i: 0, subs: [], fd: 0 };
    for (let i = 1; i < argv.length; i += 1) {
      const a = argv[i] as string;
      if (a === '-r') f.raw = true;
      else if (a === '-p' || a === '-t' || a === '-n' || a === '-d') i += 1;
      else if (a === '-u') f.fd = Number(argv[++i]);
      else if (!a.startsWith('-')) {
        if (!isName(a)) throw new ShellError(`read: '${a}': bad variable name`, 2, true);
        names.push(a);
      }
    }
    f.words = names.length > 0 ? names : ['REPLY'];
    if (!sys.description(f.fd ?? 0)) return 1;
    sh.frames.push(f);
    return undefined;
  },
  wait(_sys, sh, argv) {
    const args = argv.slice(1);
    if (args[0] === '-n') {
      sh.frames.push({ k: 'wait', i: 0, subs: [], pids: [], raw: true });
      return undefined;
    }
    const pids = args.map((a) => count(sh, a.replace('%', ''), 0));
    for (const pid of pids) if (!Object.hasOwn(sh.kids, `p${pid}`)) return 127;
    sh.frames.push({ k: 'wait', i: 0, subs: [], pids });
    return undefined;
  },
  trap(sys, sh, argv) {
    const args = argv.slice(1).filter((a) => a !== '--');
    if (args.length === 0) {
      for (const key in sh.traps) sys.out(`trap -- '${sh.traps[key]}' ${key.slice(1)}\n`);
      return 0;
    }
    const reset = args.length === 1 || args[0] === '-' || /^[0-9]+$/.test(args[0] ?? '');
    const action = reset ? '-' : (args[0] as string);
    const names = args.length === 1 || /^[0-9]+$/.test(args[0] ?? '') ? args : args.slice(1);
    let status = 0;
    for (const raw of names) {
      const name = raw === '0' || raw.toUpperCase() === 'EXIT' ? 'EXIT' : ['ERR', 'DEBUG', 'RETURN'].includes(raw) ? raw : signalName(raw);
      if (name === undefined) {
        complain(
          sys,
          sh,
          sh.dialect === 'bash'
            ? `trap: ${raw}: invalid signal specification`
            : sh.dialect === 'dash'
              ? `trap: ${raw}: bad trap`
              : `trap: ${raw}: invalid signal specification`,
        );
        status = 1;
        continue;
      }
      if (action === '-') delete sh.traps[`$${name}`];
      else sh.traps[`$${name}`] = action;
    }
    if (Object.keys(sh.traps).length > 0) sh.execLast = sh.execLast && sh.traps.$EXIT === undefined;
    return status;
  },
  kill(sys, sh, argv) {
    const args = argv.slice(1);
    let signal = 'TERM';
    if (args[0] === '-l' || args[0] === '-L') {
      sys.out(`${Object.keys(signalNumbers).join(' ')}\n`);
      return 0;
    }
    if (args[0] === '-s' || args[0] === '-n') {
      args.shift();
      args.unshift(`-${args.shift() ?? ''}`);
    }
    if (args[0]?.startsWith('-') && args[0] !== '--') {
      const name = signalName(args[0].slice(1));
      if (name === undefined) {
        complain(sys, sh, sh.dialect === 'bash' ? `kill: ${args[0].slice(1)}: invalid signal specification` : `bad signal name '${args[0].slice(1)}'`);
        return 1;
      }
      signal = name;
      args.shift();
    }
    if (args[0] === '--') args.shift();
    if (args.length === 0) {
      complain(
        sys,
        sh,
        sh.dialect === 'bash'
          ? 'kill: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]'
          : 'you need to specify whom to kill',
      );
      return sh.dialect === 'bash' ? 2 : 1;
    }
    let status = 0;
    for (const a of args) {
      const pid = a.startsWith('%') ? sh.lastBackground : Number(a);
      if (!Number.isInteger(pid)) {
        complain(sys, sh, sh.dialect === 'bash' ? `kill: ${a}: arguments must be process or job IDs` : `invalid number '${a}'`);
        status = 1;
        continue;
      }
      // Simplified: a group is its leader alone.
      const error = sys.kill(Math.abs(pid) || sh.shellPid, signal);
      if (error) {
        const words = error === 'ESRCH' ? 'No such process' : 'Operation not permitted';
        complain(sys, sh, sh.dialect === 'bash' ? `kill: (${a}) - ${words}` : sh.dialect === 'dash' ? `kill: ${words}` : `can't kill pid ${a}: ${words}`);
        status = 1;
      }
      if (!sys.alive) return 'gone';
    }
    return status;
  },
  eval(_sys, sh, argv) {
    return source(sh, argv.slice(1).join(' '));
  },
  '.': (sys, sh, argv) => sourceFile(sys, sh, argv),
  source: (sys, sh, argv) => sourceFile(sys, sh, argv),
  exec(sys, sh, argv) {
    const args = argv.slice(1);
    const env = environment(sh);
    const found = sys.lookup(args, env);
    if ('error' in found) {
      const words = notFound(sh, args[0] ?? '', found.kind);
      complain(
        sys,
        sh,
        sh.dialect === 'bash' ? `exec: ${words.text.replace('command not found', 'not found')}` : sh.dialect === 'dash' ? `exec: ${words.text}` : words.text,
      );
      leave(sys, sh, words.code);
      return undefined;
    }
    for (const f of sh.frames) if (f.saved) keep(sys, f.saved);
    sys.exec(found.argv, found.program, env);
    return 'gone';
  },
  command(sys, sh, argv) {
    if (argv[1] === '-v' || argv[1] === '-V') return describeNames(sys, sh, argv.slice(2), argv[1] === '-V');
    const rest = argv.slice(argv[1] === '-p' ? 2 : 1);
    if (rest.length === 0) return 0;
    const own = rest[0] !== undefined && Object.hasOwn(builtins, rest[0]) ? builtins[rest[0]] : undefined;
    if (own) return own(sys, sh, rest);
    push(sh, { k: 'cmd', assigns: [], words: rest.map((s) => [{ t: 'lit', s, q: true }]), redirs: [], line: 1 });
    return undefined;
  },
  type: (sys, sh, argv) => describeNames(sys, sh, argv.slice(1), true),
  hash: () => 0,
  umask(sys, _sh, argv) {
    if (argv[1] === undefined) sys.out(`${sys.process.umask.toString(8).padStart(4, '0')}\n`);
    else if (/^[0-7]{1,4}$/.test(argv[1])) sys.process.umask = Number.parseInt(argv[1], 8) & 0o777;
    return 0;
  },
  alias: () => 0,
  unalias: () => 0,
  ulimit(sys) {
    sys.out('unlimited\n');
    return 0;
  },
  jobs: () => 0,
  shopt: () => 0,
  times(sys) {
    sys.out('0m0.000s 0m0.000s\n0m0.000s 0m0.000s\n');
    return 0;
  },
  let(sys, sh, argv) {
    const x = new Expander(sh, surroundings(sys), []);
    let value = 0;
    for (const a of argv.slice(1)) {
      const parsed = parseArith(a);
      if (!parsed) throw new ShellError('arithmetic syntax error', 2);
      value = x.arithmetic(parsed);
    }
    x.commit();
    return value !== 0 ? 0 : 1;
  },
  getopts: (_sys, sh, argv) => getopts(sh, argv),
};

function loop(sys: Sys, sh: ShellState, levels: number, again: boolean): number {
  const isLoop = (f: Frame): boolean => f.k === 'while' || f.k === 'for' || f.k === 'cfor';
  let open = 0;
  for (let i = sh.frames.length - 1; i >= 0 && sh.frames[i]?.k !== 'call'; i -= 1) if (isLoop(sh.frames[i] as Frame)) open += 1;
  if (open === 0) return 0;
  let left = Math.min(Math.max(1, levels), open);
  while (sh.frames.length > 0) {
    const f = sh.frames.at(-1) as Frame;
    if (isLoop(f)) {
      left -= 1;
      if (left === 0) {
        if (!again) sh.frames.pop();
        else if (f.k === 'while') {
          f.i = 0;
          delete f.cond;
        }
        return 0;
      }
    }
    sh.frames.pop();
    unwind(sys, sh, f);
  }
  return 0;
}

function declare(sys: Sys, sh: ShellState, argv: string[], flags: { exported?: true; readonly?: true }, local = false): number {
  const names = argv.slice(1).filter((a) => !/^-[a-zA-Z]+$/.test(a));
  if (argv.includes('-n')) {
    for (const a of names) if (Object.hasOwn(sh.vars, `$${a}`)) delete sh.vars[`$${a}`]?.exported;
    return 0;
  }
  if (names.length === 0) {
    for (const key of Object.keys(sh.vars).sort()) {
      const v = sh.vars[key];
      if (flags.exported ? v?.exported : flags.readonly ? v?.readonly : true) sys.out(`${argv[0]} ${key.slice(1)}='${v?.v}'\n`);
    }
    return 0;
  }
  for (const a of names) {
    const at = a.indexOf('=');
    const append = at > 0 && a[at - 1] === '+';
    const name = at < 0 ? a : a.slice(0, append ? at - 1 : at);
    if (!isName(name))
      throw new ShellError(
        sh.dialect === 'bash' ? `${argv[0]}: \`${a}': not a valid identifier` : `${argv[0]}: ${name}: bad variable name`,
        sh.dialect === 'bash' ? 1 : 2,
      );
    const key = `$${name}`;
    const old = Object.hasOwn(sh.vars, key) ? sh.vars[key] : undefined;
    if (at >= 0) setVariable(sh, name, (append ? (old?.v ?? '') : '') + a.slice(at + 1));
    else if (local && sh.dialect !== 'dash') {
      if (!old?.readonly) setVariable(sh, name, '');
    } else if (!old) {
      if (flags.exported) continue;
      setVariable(sh, name, '');
    }
    if (Object.hasOwn(sh.vars, key)) sh.vars[key] = { ...(sh.vars[key] as object), ...flags } as ShellState['vars'][string];
  }
  return 0;
}

function source(sh: ShellState, text: string): BuiltinResult {
  const parsed = parseScript(text);
  if ('error' in parsed) throw new ShellError(syntaxError(sh, parsed.error), 2);
  push(sh, parsed.node);
  return undefined;
}

function sourceFile(sys: Sys, sh: ShellState, argv: string[]): BuiltinResult {
  const path = argv[1];
  if (path === undefined) throw new ShellError(sh.dialect === 'bash' ? '.: filename argument required' : '.: argument missing', 2);
  const got = sys.files.read(path);
  if ('error' in got)
    throw new ShellError(
      sh.dialect === 'bash'
        ? `${path}: ${errorText(got.error)}`
        : sh.dialect === 'dash'
          ? `.: cannot open ${path}: No such file`
          : `.: can't open '${path}': ${errorText(got.error)}`,
      sh.dialect === 'bash' ? 1 : 2,
    );
  const f: Frame = { k: 'source', i: 0, subs: [] };
  if (argv.length > 2) {
    f.args = sh.args;
    sh.args = argv.slice(2);
  }
  sh.frames.push(f);
  return source(sh, got.text);
}

function describeNames(sys: Sys, sh: ShellState, names: string[], verbose: boolean): number {
  let status = 0;
  for (const name of names) {
    if (Object.hasOwn(sh.funcs, `$${name}`)) sys.out(verbose ? `${name} is a function\n` : `${name}\n`);
    else if (Object.hasOwn(builtins, name)) sys.out(verbose ? `${name} is a shell builtin\n` : `${name}\n`);
    else {
      const path = whichPath(sys, name, environment(sh).PATH);
      if (path === undefined) {
        if (verbose) sys.err(`${sh.name}: ${name}: not found\n`);
        status = 127;
      } else sys.out(verbose ? `${name} is ${path}\n` : `${path}\n`);
    }
  }
  return status && !verbose && sh.dialect === 'bash' ? 1 : status;
}

/** The file that `name` would run. */
export function whichPath(sys: Sys, name: string, path: string | undefined): string | undefined {
  if (name.includes('/')) return sys.files.exists(name) ? name : undefined;
  for (const dir of (path ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin').split(':')) {
    const stat = sys.files.stat(`${dir}/${name}`);
    if (!('error' in stat) && stat.kind === 'file' && sys.files.may(stat, 1)) return `${dir}/${name}`;
  }
  return 'error' in sys.lookup([name]) ? undefined : `/usr/bin/${name}`;
}

function getopts(sh: ShellState, argv: string[]): number {
  const [, spec = '', name = 'opt', ...own] = argv;
  const args = own.length > 0 ? own : sh.args;
  const g = sh.getopts ?? { i: 0, at: 1 };
  sh.getopts = g;
  const word = args[g.i];
  const end = (): number => {
    setVariable(sh, name, '?');
    setVariable(sh, 'OPTIND', String(g.i + 1));
    delete sh.getopts;
    return 1;
  };
  if (word === undefined || !/^-./.test(word) || word === '--') return end();
  const c = word[g.at] as string;
  const takes = spec[spec.indexOf(c) + 1] === ':';
  g.at += 1;
  if (takes) {
    const rest = word.slice(g.at);
    setVariable(sh, 'OPTARG', rest !== '' ? rest : (args[g.i + 1] ?? ''));
    g.i += rest !== '' ? 1 : 2;
    g.at = 1;
  } else if (g.at >= word.length) {
    g.i += 1;
    g.at = 1;
  }
  setVariable(sh, name, c !== ':' && spec.includes(c) ? c : '?');
  setVariable(sh, 'OPTIND', String(g.i + 1));
  return 0;
}
