/** One `iptables` command. Models iptables/xtables.c (1.8.9, nf_tables) and what nft_strerror says. */
import type { Family, NetfilterAnswer } from '../../../../contracts/netfilter.ts';
import { share } from '../../../../engine/share.ts';
import type { Namespace } from '../state.ts';
import { compiled, keepCompiled } from './compile.ts';
import { lineOf } from './draft.ts';
import { jumpError } from './jumps.ts';
import { listChains, listSpecs } from './list.ts';
import { parseRule } from './parse-rule.ts';
import { badChainName, deleteIndex, sameRule } from './restore.ts';
import type { Chain, Rule } from './rule.ts';
import { builtins, chainOf, chainsInOrder, hasChain, maxRules, newTable, programOf, type Table, versionOf, withChains } from './tables.ts';
import { natOnly, rawOnly } from './targets.ts';
import { maxWords } from './words.ts';

export type CommandAnswer = NetfilterAnswer & { changed: boolean };

interface Call {
  ns: Namespace;
  family: Family;
  table: string;
  /** The words after the options that are not the rule's: command first. */
  words: string[];
  numeric: boolean;
  verbose: boolean;
  lineNumbers: boolean;
  exact: boolean;
}

const commands: Record<string, string> = {
  '--append': '-A',
  '--insert': '-I',
  '--delete': '-D',
  '--check': '-C',
  '--replace': '-R',
  '--new-chain': '-N',
  '--new': '-N',
  '--flush': '-F',
  '--delete-chain': '-X',
  '--policy': '-P',
  '--list': '-L',
  '--list-rules': '-S',
  '--zero': '-Z',
  '--rename-chain': '-E',
};
const short = ['-A', '-I', '-D', '-C', '-R', '-N', '-F', '-X', '-P', '-L', '-S', '-Z', '-E'];

export function iptablesCommand(ns: Namespace, family: Family, argv: readonly string[]): CommandAnswer {
  const wrong = (message: string): CommandAnswer => ({
    error: `${versionOf(family)}: ${message}\nTry \`${programOf(family)} -h' or '${programOf(family)} --help' for more information.`,
    code: 2,
    changed: false,
  });
  if (!Array.isArray(argv) || argv.length > maxWords || !argv.every((w) => typeof w === 'string')) return wrong('too many arguments');
  const call: Call = { ns, family, table: 'filter', words: [], numeric: false, verbose: false, lineNumbers: false, exact: false };
  let command = '';
  const rest: string[] = [];
  for (let i = 0; i < argv.length; i += 1) {
    const word = argv[i] as string;
    if (word === '-t' || word === '--table') {
      i += 1;
      call.table = argv[i] ?? '';
    } else if (word.startsWith('--table=')) call.table = word.slice(8);
    else if (word === '--version' || word === '-V') return { text: `${versionOf(family)}\n`, code: 0, changed: false };
    else if (word === '-w' || word === '--wait' || word === '-W' || word === '--wait-interval') {
      if (/^\d+$/.test(argv[i + 1] ?? '')) i += 1;
    } else if (word === '--line-numbers') call.lineNumbers = true;
    else if (word === '-n' || word === '--numeric') call.numeric = true;
    else if (word === '-v' || word === '--verbose') call.verbose = true;
    else if (word === '-x' || word === '--exact') call.exact = true;
    else if (/^-[nvxLSFZ]{2,6}$/.test(word)) {
      for (const letter of word.slice(1)) {
        if (letter === 'n') call.numeric = true;
        else if (letter === 'v') call.verbose = true;
        else if (letter === 'x') call.exact = true;
        else if (command === '') command = `-${letter}`;
      }
    } else if (command === '' && (short.includes(word) || Object.hasOwn(commands, word))) command = commands[word] ?? word;
    else rest.push(word);
  }
  if (command === '') return wrong('no command specified');
  if (!Object.hasOwn(builtins, call.table)) {
    const hint = `iptables v1.8.9 (nf_tables): table '${call.table}' does not exist\nPerhaps iptables or your kernel needs to be upgraded.`;
    return { error: family === 'IPv4' ? hint : hint.replaceAll('iptables', 'ip6tables'), code: 3, changed: false };
  }
  call.words = [command, ...rest];
  return run(call, wrong);
}

function run(call: Call, wrong: (message: string) => CommandAnswer): CommandAnswer {
  const { ns, family, words } = call;
  const [command, name] = words as [string, string | undefined];
  const table = ns.iptables[family][call.table] ?? newTable(call.table);
  const say = (message: string, code = 1): CommandAnswer => ({ error: `${programOf(family)}: ${message}.`, code, changed: false });
  if (name === undefined && !['-L', '-S', '-F', '-X', '-Z'].includes(command)) return wrong(`option "${command}" requires an argument`);
  if (command === '-N' && name !== undefined && badChainName(name) === null && hasChain(table, name)) return say('Chain already exists');
  const chain = name === undefined ? undefined : chainOf(table, name);
  const noChain = (): CommandAnswer => say('No chain/target/match by that name');
  const rules = (): readonly Rule[] => (chain ? compiled(chain, call.table, family).rules : []);
  const count = chain?.lines.length ?? 0;
  /** Takes out `cut` rules from `at` on and puts one in. */
  const store = (at: number, cut: number, line?: string, rule?: Rule): CommandAnswer => {
    if (rule && table.ruleCount >= maxRules) return wrong(`more than ${maxRules} rules: this kernel holds no more`);
    const [lines, jumps, kept] = [[...(chain?.lines ?? [])], [...(chain?.jumps ?? [])], [...rules()]];
    lines.splice(at, cut, ...(line === undefined ? [] : [line]));
    jumps.splice(at, cut, ...(rule ? [rule.target?.chain ?? ''] : []));
    kept.splice(at, cut, ...(rule ? [rule] : []));
    const next = share<Chain>({ name: name as string, policy: chain?.policy ?? '', lines, jumps });
    if (chain) keepCompiled(next, call.table, kept);
    return replace(call, table, new Map([[next.name, next]]));
  };
  switch (command) {
    case '-L':
    case '-S': {
      if (name !== undefined && !name.startsWith('-') && !chain) return noChain();
      const shown = chain ? [chain] : chainsInOrder(call.table, table);
      return { text: command === '-L' ? listChains(call, table, shown) : listSpecs(call, shown), code: 0, changed: false };
    }
    case '-N': {
      const bad = badChainName(name as string);
      if (bad) return wrong(bad);
      if (chain) return say('Chain already exists');
      return store(0, 0);
    }
    case '-A':
    case '-I':
    case '-C':
    case '-R': {
      const numbered = (command === '-I' || command === '-R') && /^\d+$/.test(words[2] ?? '');
      const at = numbered ? Number(words[2]) : 1;
      if (!chain) return noChain();
      const from = numbered ? 3 : 2;
      const parsed = parseRule(words, from, family);
      if ('error' in parsed) return wrong(parsed.error);
      const { rule } = parsed;
      const { target } = rule;
      if (target && (target.kind === 'jump' || target.kind === 'goto') && !hasChain(table, target.chain))
        return wrong(`Chain '${target.chain}' does not exist`);
      if (command === '-C')
        return rules().some((r) => sameRule(r, rule)) ? { text: '', code: 0, changed: false } : say('Bad rule (does a matching rule exist in that chain?)');
      if (target && ((natOnly.includes(target.kind) && call.table !== 'nat') || (rawOnly.includes(target.kind) && call.table !== 'raw')))
        return {
          error: `${versionOf(family)}:  RULE_${command === '-A' ? 'APPEND' : 'INSERT'} failed (Invalid argument): rule in chain ${name}`,
          code: 4,
          changed: false,
        };
      const line = lineOf(name as string, words, from);
      if (command === '-A') return store(count, 0, line, rule);
      if (command === '-I') {
        if (at < 1 || at > count + 1) return say('Index of insertion too big');
        return store(at - 1, 0, line, rule);
      }
      if (at < 1 || at > count) return say('Index of replacement too big');
      return store(at - 1, 1, line, rule);
    }
    case '-D': {
      if (!chain) return noChain();
      const at = deleteIndex(rules(), words, family);
      if (typeof at === 'string') return wrong(at);
      if (at < 0) return say(/^\d+$/.test(words[2] ?? '') ? 'Index of deletion too big' : 'Bad rule (does a matching rule exist in that chain?)');
      return store(at, 1);
    }
    case '-F': {
      if (name !== undefined && !chain) return noChain();
      const flushed = chain ? [chain] : chainsInOrder(call.table, table);
      return replace(call, table, new Map(flushed.filter((c) => c.lines.length > 0).map((c) => [c.name, share<Chain>({ ...c, lines: [], jumps: [] })])));
    }
    case '-X': {
      if (name !== undefined && !chain) return noChain();
      const gone = chain ? [chain] : chainsInOrder(call.table, table).filter((c) => c.policy === '');
      if (gone.some((c) => c.policy !== '')) return say("Can't delete built-in chain");
      const full = gone.find((c) => c.lines.length > 0 && name !== undefined);
      if (full) return { error: `${versionOf(family)}:  CHAIN_DEL failed (Device or resource busy): chain ${full.name}`, code: 4, changed: false };
      return replace(call, table, new Map(gone.filter((c) => c.lines.length === 0).map((c) => [c.name, undefined])));
    }
    case '-P': {
      const policy = words[2];
      if (!chain || chain.policy === '') return say('Bad built-in chain name');
      if (policy !== 'ACCEPT' && policy !== 'DROP') return wrong(`Bad policy name. Run \`dmesg' for more information.`);
      return replace(call, table, new Map([[chain.name, share<Chain>({ ...chain, policy })]]));
    }
    case '-Z': {
      for (const key of Object.keys(ns.counters[family]))
        if (key.startsWith(`${call.table} `) && (name === undefined || key === `${call.table} ${name}`)) delete ns.counters[family][key];
      return { text: '', code: 0, changed: false };
    }
    default: {
      // -E
      const to = words[2];
      if (chain?.policy !== '') return noChain();
      if (to === undefined || badChainName(to) || chainOf(table, to)) return say('File exists');
      const changes = new Map<string, Chain | undefined>([
        [chain.name, undefined],
        [to, share<Chain>({ ...chain, name: to })],
      ]);
      for (const other of chainsInOrder(call.table, table)) {
        if (!other.jumps.includes(chain.name)) continue;
        const lines = other.lines.map((line, i) =>
          other.jumps[i] === chain.name ? line.replace(`-j ${chain.name}`, `-j ${to}`).replace(`-g ${chain.name}`, `-g ${to}`) : line,
        );
        changes.set(other.name, share<Chain>({ ...other, lines, jumps: other.jumps.map((t) => (t === chain.name ? to : t)) }));
      }
      return replace(call, table, changes);
    }
  }
}

function replace(call: Call, table: Table, changes: Map<string, Chain | undefined>): CommandAnswer {
  const { ns, family } = call;
  const checked = new Map([...changes].map(([name, chain]) => [name, { chain, old: chainOf(table, name), line: 0 }]));
  const error = jumpError(call.table, table, checked);
  if (error) return { error: `${versionOf(family)}:  ${error.message}`, code: 4, changed: false };
  for (const [name, chain] of changes) moveCounters(call, name, chainOf(table, name), chain);
  const fresh = ns.iptables[family][call.table] === undefined;
  if (changes.size === 0 && !fresh) return { text: '', code: 0, changed: false };
  ns.iptables[family][call.table] = withChains(table, changes);
  return { text: '', code: 0, changed: true };
}

/** Rules keep their counters when others come and go. */
function moveCounters(call: Call, name: string, old: Chain | undefined, chain: Chain | undefined): void {
  const counters = call.ns.counters[call.family];
  const key = `${call.table} ${name}`;
  const rows = counters[key];
  if (!rows) return;
  if (!chain || !old) {
    delete counters[key];
    return;
  }
  const moved: typeof rows = {};
  const { policy } = rows;
  if (policy) moved.policy = policy;
  let k = 0;
  chain.lines.forEach((line, i) => {
    const at = old.lines.indexOf(line, k);
    if (at < 0) return;
    k = at + 1;
    const hits = rows[`r${at}`];
    if (hits) moved[`r${i}`] = hits;
  });
  counters[key] = moved;
}
