/** `sh`, `sh -c …`, `sh script`: what the command line says. */

import { errorText } from '../kernel/files.ts';
import type { Sys } from '../kernel/sys.ts';
import { onlyCommand } from './ast.ts';
import { parseScript } from './parse.ts';
import type { Dialect, ShellState } from './state.ts';
import { complain, syntaxError } from './words.ts';

/** Sets `sys.process.data`; a number: it ends at once. */
export function startShell(sys: Sys): number | undefined {
  const dialect: Dialect = sys.process.program === 'bash' ? 'bash' : sys.process.program === 'dash' ? 'dash' : 'ash';
  const first = sys.argv[0] ?? 'sh';
  const sh: ShellState = {
    dialect,
    name: first,
    frames: [],
    vars: imported(sys, dialect),
    funcs: {},
    args: [],
    status: 0,
    opts: {},
    traps: {},
    pending: [],
    lastBackground: 0,
    kids: {},
    shellPid: sys.process.nspid,
    subshell: false,
    execLast: false,
    steps: 0,
    stepsMs: sys.nowMs,
    slices: 0,
    script: false,
    depth: 0,
  };
  sys.process.data = sh;
  const args = sys.argv.slice(1);
  let command = false;
  while (args[0] !== undefined && /^[-+]./.test(args[0])) {
    const option = args.shift() as string;
    if (option === '--') break;
    if (option.startsWith('--')) {
      if (option === '--version' && dialect === 'bash') {
        sys.out('GNU bash, version 5.2.37(1)-release (x86_64-pc-linux-gnu)\n');
        return 0;
      }
      continue;
    }
    for (const c of option.slice(1)) {
      if (c === 'c') command = true;
      else if (c === 'o') {
        if (args.shift() === 'pipefail') sh.opts.pipefail = true;
      } else if (c === 'e' || c === 'u' || c === 'x' || c === 'f') sh.opts[c] = true;
      else if (!'ilsmvabnh'.includes(c)) {
        sys.err(
          `${first}: ${dialect === 'dash' ? '0: Illegal option' : dialect === 'bash' ? `-${c}: invalid option` : 'illegal option'}${dialect === 'bash' ? '' : ` -${c}`}\n`,
        );
        return 2;
      }
    }
  }
  if (command) {
    const text = args.shift();
    if (text === undefined) {
      sys.err(dialect === 'bash' ? `${first}: -c: option requires an argument\n` : `${first}: -c requires an argument\n`);
      return 2;
    }
    const name = args.shift();
    if (name !== undefined) sh.name = name;
    sh.args = args;
    return load(sys, sh, text, true);
  }
  const path = args.shift();
  if (path === undefined) {
    sh.interactive = true;
    delete sh.interactive;
    sh.frames.push({ k: 'stdin', i: 0, subs: [] });
    return undefined;
  }
  const got = sys.files.read(path);
  if ('error' in got) {
    if (dialect === 'bash') sys.err(`${first}: ${path}: ${errorText(got.error)}\n`);
    else if (dialect === 'dash') sys.err(`${first}: 0: cannot open ${path}: No such file\n`);
    else sys.err(`${first}: can't open '${path}': ${errorText(got.error)}\n`);
    return got.error === 'ENOENT' ? (dialect === 'ash' ? 2 : 127) : 126;
  }
  sh.name = path;
  sh.args = args;
  sh.script = true;
  return load(sys, sh, got.text, false);
}

function load(sys: Sys, sh: ShellState, text: string, replace: boolean): number | undefined {
  const parsed = parseScript(text);
  if ('error' in parsed) {
    complain(sys, sh, syntaxError(sh, parsed.error), parsed.line);
    return sh.dialect === 'bash' && !sh.script ? 2 : 2;
  }
  sh.frames.push({ k: parsed.node.k, n: parsed.node, i: 0, subs: [] });
  sh.execLast = replace && onlyCommand(parsed.node) !== undefined;
  return undefined;
}

function imported(sys: Sys, dialect: Dialect): ShellState['vars'] {
  const vars: ShellState['vars'] = {};
  for (const name in sys.env) if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) vars[`$${name}`] = { v: sys.env[name] as string, exported: true };
  const level = Number(vars.$SHLVL?.v ?? 0);
  if (dialect !== 'dash') vars.$SHLVL = { v: String(Number.isInteger(level) ? level + 1 : 1), exported: true };
  vars.$PWD = { v: sys.process.cwd, exported: true };
  if (dialect === 'bash') vars.$_ = { v: sys.argv[0] ?? 'bash', exported: true };
  vars.$OPTIND = { v: '1' };
  return vars;
}
