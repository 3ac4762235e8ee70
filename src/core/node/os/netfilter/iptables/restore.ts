/**
 * `iptables-restore`. All or nothing per table, as `COMMIT` is one transaction. Models iptables/xtables-restore.c (1.8.9, nf_tables).
 * A rule whose words are those of the rule that was there is that rule: a sync that changes little costs little.
 */
import type { Family, NetfilterAnswer } from '../../../../contracts/netfilter.ts';
import { type RestoreBlocks, restoreText } from '../../../../contracts/rule-blocks.ts';
import { forbiddenKey } from '../buckets.ts';
import type { Namespace } from '../state.ts';
import { compiledBefore, parsedLine } from './compile.ts';
import { clear, type Draft, emptyDraft, lineOf, splice } from './draft.ts';
import { jumpError } from './jumps.ts';
import { parseRule } from './parse-rule.ts';
import { inlaysOf, jumpsSound } from './restore-blocks.ts';
import { beginBlocks, blockChanges, chainsOf, commit, commitBlocks, type Transaction } from './restore-table.ts';
import type { Chain, Rule } from './rule.ts';
import { builtins, chainCount, chainOf, chainsInOrder, isBuiltin, keptChain, maxChains, maxRules, newTable, programOf, versionOf } from './tables.ts';
import { natOnly, rawOnly, targets } from './targets.ts';
import { splitWords } from './words.ts';

export const maxTextLength = 256 * 1024 * 1024;

export type RestoreAnswer = NetfilterAnswer & { changed: boolean };

/** Also used for a pasted text. `changed` tells whether anything is different now. */
export function restore(ns: Namespace, family: Family, text: string, noflush: boolean, blocks?: RestoreBlocks): RestoreAnswer {
  if (!blocks) return restoreLines(ns, family, text, noflush, undefined);
  const before = { ...ns.iptables[family] };
  const answer = noflush ? restoreLines(ns, family, text, true, blocks) : null;
  if (answer && answer.code === 0) return answer;
  // As text it says what is wrong, and where.
  ns.iptables[family] = before;
  return restoreLines(ns, family, restoreText(text, blocks), noflush, undefined);
}

function restoreLines(ns: Namespace, family: Family, text: string, noflush: boolean, blocks: RestoreBlocks | undefined): RestoreAnswer {
  const program = versionOf(family, '-restore');
  const hint = `Try \`${programOf(family, '-restore')} -h' or '${programOf(family, '-restore')} --help' for more information.`;
  const inlays = blocks && inlaysOf(blocks.all, ns.iptables[family].nat?.blocks);
  let changed = false;
  let tx: Transaction | null = null;
  let number = 0;
  const fail = (message: string): RestoreAnswer => ({
    error: `${program}: ${message}\nError occurred at line: ${number}\n${hint}`,
    code: 2,
    changed,
  });
  const failed = (message: string): RestoreAnswer => ({ error: `${program}: \nline ${number}: ${message}`, code: 4, changed });
  if (typeof text !== 'string' || text.length > maxTextLength)
    return { error: `${program}: input is longer than ${maxTextLength} characters`, code: 2, changed };
  for (let from = 0; from < text.length; ) {
    const again = tx?.last ? sameAgain(tx, tx.last, text, from, number + 1) : 0;
    if (again > 0) {
      from += again;
      number += 1;
      continue;
    }
    const end = text.indexOf('\n', from);
    let line = end < 0 ? text.slice(from) : text.slice(from, end);
    from = end < 0 ? text.length : end + 1;
    number += 1;
    if (line.charCodeAt(line.length - 1) === 13) line = line.slice(0, -1);
    const first = line.charCodeAt(0);
    if (line === '' || first === 35) continue;
    if (first === 42) {
      const name = line.slice(1).trim();
      if (tx) return fail('Table line in a table');
      if (!Object.hasOwn(builtins, name))
        return { error: `${program}: The table '${name}' does not exist\nError occurred at line: ${number}\n${hint}`, code: 2, changed };
      const there = ns.iptables[family][name];
      const table = there ?? newTable(name);
      tx = { name, table, drafts: new Map(), last: null, ruleCount: table.ruleCount, chainCount: chainCount(table), blocks: null };
      if (blocks && inlays && !beginBlocks(tx, blocks, inlays)) return failed('blocks');
      if (!noflush && there) flushTable(tx);
      continue;
    }
    if (!tx) return { error: `${program}: no command specified\nError occurred at line: ${number}\n${hint}`, code: 2, changed };
    if (line === 'COMMIT' || line.trim() === 'COMMIT') {
      if (tx.blocks) {
        const changes = blockChanges(tx, tx.blocks);
        if (!changes || !jumpsSound(tx.name, tx.table, changes)) return failed('blocks');
        changed = commitBlocks(ns, family, tx, tx.blocks, changes) || changed;
        tx = null;
        continue;
      }
      const changes = chainsOf(tx);
      const error = jumpError(tx.name, tx.table, changes);
      if (error) {
        number = error.line;
        return failed(error.message);
      }
      changed = commit(ns, family, tx, changes) || changed;
      tx = null;
      continue;
    }
    if (first === 58) {
      const error = chainLine(tx, line, noflush, number);
      if (error) return fail(error);
      continue;
    }
    const error = ruleLine(tx, line, family, number);
    if (error === null) continue;
    return error.kernel ? failed(error.message) : fail(error.message);
  }
  if (tx) return { error: `${programOf(family, '-restore')}: COMMIT expected at line ${number + 1}`, code: 1, changed };
  return { text: '', code: 0, changed };
}

/** Without `--noflush`, naming a table empties it. */
function flushTable(tx: Transaction): void {
  for (const chain of [...(builtins[tx.name] ?? []).map((hook) => chainOf(tx.table, hook)), ...chainsInOrder('', tx.table)])
    if (chain)
      tx.drafts.set(chain.name, { ...emptyDraft(chain.name, chain.policy, chain, 0), untouched: chain.lines.length === 0, deleted: chain.policy === '' });
  tx.ruleCount = 0;
}

function draftOf(tx: Transaction, name: string): Draft | undefined {
  const there = tx.drafts.get(name);
  if (there) return there.deleted ? undefined : there;
  const old = (tx.blocks && keptChain(tx.table, name)) ?? chainOf(tx.table, name);
  if (!old) return undefined;
  const draft: Draft = {
    ...emptyDraft(name, old.policy, old, 0),
    lines: old.lines as string[],
    jumps: old.jumps as string[],
    rules: compiledBefore(old) as Rule[] | null,
    untouched: true,
  };
  tx.drafts.set(name, draft);
  return draft;
}

/** `:CHAIN POLICY [packets:bytes]`: makes the chain, or empties it. */
function chainLine(tx: Transaction, line: string, noflush: boolean, number: number): string | null {
  const space = line.indexOf(' ');
  const name = space < 0 ? line.slice(1) : line.slice(1, space);
  const rest = space < 0 ? '' : line.slice(space + 1);
  const stop = rest.indexOf(' ');
  const policy = stop < 0 ? rest : rest.slice(0, stop);
  if (name === '' || policy === '') return 'Policy invalid';
  const bad = badChainName(name);
  if (bad) return bad;
  const counters = stop < 0 ? '' : rest.slice(stop + 1);
  if (counters !== '' && counters !== '[0:0]' && !/^\[\d+:\d+\]\s*$/.test(counters)) return `invalid policy counters for chain '${name}'`;
  const builtin = isBuiltin(tx.name, name);
  if (builtin && policy !== 'ACCEPT' && policy !== 'DROP' && policy !== '-') return `Can't set policy \`${name}' on \`${policy}': Bad policy name`;
  if (!builtin && policy !== '-') return `Can't set policy \`${policy}' on \`${name}': it is no built-in chain`;
  const draft = draftOf(tx, name);
  if (!draft) {
    tx.chainCount += 1;
    if (tx.chainCount > maxChains) return `more than ${maxChains} chains`;
    const gone = tx.drafts.get(name);
    // A chain deleted or flushed away before and named again: its rules may come back as they were.
    tx.last = null;
    tx.drafts.set(name, emptyDraft(name, '', gone?.old ?? chainOf(tx.table, name), number));
    return null;
  }
  if (builtin && policy !== '-') draft.policy = policy as Chain['policy'];
  // With --noflush a built-in chain is not emptied by its line; without, its table was.
  if (builtin && noflush) return null;
  tx.ruleCount -= draft.lines.length;
  clear(draft);
  return null;
}

export function badChainName(name: string): string | null {
  if (name.length >= 29) return `chain name \`${name}' too long (must be under 29 chars)`;
  if (name.startsWith('-') || name.startsWith('!')) return `chain name not allowed to start with \`${name[0]}'`;
  if (forbiddenKey(name) || /[\s"]/.test(name)) return `invalid chain name '${name}'`;
  if (Object.hasOwn(targets, name)) return `chain name may not clash with target name`;
  return null;
}

interface LineError {
  message: string;
  /** Said by the kernel, not the parser. */
  kernel: boolean;
}
const parserError = (message: string): LineError => ({ message, kernel: false });

function ruleLine(tx: Transaction, line: string, family: Family, number: number): LineError | null {
  // `-A CHAIN …` is nearly all there is; the same words as before are the same rule.
  if (line.startsWith('-A ')) {
    const end = line.indexOf(' ', 3);
    const last = tx.last;
    // Rules of a chain follow each other: mostly it is the chain of the line before.
    if (last && end - 3 === last.name.length && line.startsWith(last.name, 3) && !last.deleted) return append(tx, last, line, family, number);
    const draft = draftOf(tx, end < 0 ? line.slice(3) : line.slice(3, end));
    if (draft) {
      tx.last = draft;
      return append(tx, draft, line, family, number);
    }
  }
  let text = line;
  if (text.startsWith('[')) text = text.slice(text.indexOf(']') + 1).trimStart();
  const words = splitWords(text);
  if (!words) return parserError('Line too long or a quote is not closed');
  const [command, name] = words;
  if (command === undefined) return null;
  if (name === undefined) return parserError(`option "${command}" requires an argument`);
  switch (command) {
    case '-A':
    case '--append': {
      const draft = draftOf(tx, name);
      return draft ? append(tx, draft, text, family, number) : noChain(name, 'RULE_APPEND');
    }
    case '-I':
    case '--insert': {
      const draft = draftOf(tx, name);
      if (!draft) return noChain(name, 'RULE_INSERT');
      const at = /^\d+$/.test(words[2] ?? '') ? Number(words[2]) : 1;
      const from = /^\d+$/.test(words[2] ?? '') ? 3 : 2;
      const parsed = parseRule(words, from, family);
      if ('error' in parsed) return parserError(parsed.error);
      if (at < 1 || at > draft.lines.length + 1) return { message: `RULE_INSERT failed (Invalid argument): rule in chain ${name}`, kernel: true };
      const wrong = wrongTable(tx, parsed.rule, name, 'RULE_INSERT');
      if (wrong) return wrong;
      splice(draft, at - 1, 0, lineOf(name, words, from), parsed.rule);
      draft.line = number;
      return counted(tx, 1);
    }
    case '-D':
    case '--delete': {
      const draft = draftOf(tx, name);
      if (!draft) return noChain(name, 'RULE_DELETE');
      const at = deleteIndex(draft.rules ?? draft.lines.map((l) => parsedLine(l, family)), words, family);
      if (typeof at === 'string') return parserError(at);
      if (at < 0) return { message: `RULE_DELETE failed (No such file or directory): rule in chain ${name}`, kernel: true };
      splice(draft, at, 1);
      return counted(tx, -1);
    }
    case '-F':
    case '--flush': {
      const draft = draftOf(tx, name);
      if (!draft) return noChain(name, 'CHAIN_FLUSH');
      tx.ruleCount -= draft.lines.length;
      clear(draft);
      return null;
    }
    case '-N':
    case '--new-chain': {
      if (draftOf(tx, name)) return { message: `CHAIN_ADD failed (File exists): chain ${name}`, kernel: true };
      const bad = badChainName(name);
      if (bad) return parserError(bad);
      tx.chainCount += 1;
      tx.last = null;
      tx.drafts.set(name, emptyDraft(name, '', undefined, number));
      return null;
    }
    case '-X':
    case '--delete-chain': {
      const draft = draftOf(tx, name);
      if (!draft) return noChain(name, 'CHAIN_DEL');
      if (draft.policy !== '') return { message: `CHAIN_DEL failed (Operation not supported): chain ${name}`, kernel: true };
      if (draft.lines.length > 0) return { message: `CHAIN_DEL failed (Device or resource busy): chain ${name}`, kernel: true };
      draft.deleted = true;
      draft.line = number;
      tx.chainCount -= 1;
      return null;
    }
    case '-P':
    case '--policy': {
      const draft = draftOf(tx, name);
      const policy = words[2];
      if (!draft || draft.policy === '') return parserError(`Bad built-in chain name`);
      if (policy !== 'ACCEPT' && policy !== 'DROP') return parserError(`Bad policy name. Run \`dmesg' for more information.`);
      draft.policy = policy;
      draft.untouched = draft.untouched && draft.old?.policy === policy;
      return null;
    }
    case '-R':
    case '--replace': {
      const draft = draftOf(tx, name);
      const at = Number(words[2]);
      if (!draft || !Number.isInteger(at) || at < 1 || at > draft.lines.length)
        return { message: `RULE_REPLACE failed (Invalid argument): rule in chain ${name}`, kernel: true };
      const parsed = parseRule(words, 3, family);
      if ('error' in parsed) return parserError(parsed.error);
      splice(draft, at - 1, 1, lineOf(name, words, 3), parsed.rule);
      draft.line = number;
      return null;
    }
    default:
      return parserError(command.startsWith('-') ? `unknown option "${command}"` : `Bad argument \`${command}'`);
  }
}

const noChain = (name: string, what: string): LineError => ({ message: `${what} failed (No such file or directory): chain ${name}`, kernel: true });

function counted(tx: Transaction, by: number): LineError | null {
  tx.ruleCount += by;
  return tx.ruleCount > maxRules ? parserError(`more than ${maxRules} rules: this kernel holds no more`) : null;
}

/** Most lines of a sync are those of the sync before: the rule that stood at this place, met without cutting out its line. Its length, or 0. */
function sameAgain(tx: Transaction, draft: Draft, text: string, from: number, number: number): number {
  const { old, next } = draft;
  if (!old || draft.untouched || draft.deleted || next >= old.lines.length || tx.ruleCount >= maxRules) return 0;
  const line = old.lines[next] as string;
  if (text.charCodeAt(from + line.length) !== 10 || !text.startsWith(line, from)) return 0;
  draft.line = number;
  draft.next = next + 1;
  draft.lines.push(line);
  draft.jumps.push(old.jumps[next] as string);
  draft.rules?.push((compiledBefore(old) as readonly Rule[])[next] as Rule);
  tx.ruleCount += 1;
  return line.length + 1;
}

function append(tx: Transaction, draft: Draft, line: string, family: Family, number: number): LineError | null {
  draft.line = number;
  const old = draft.old;
  if (old && !draft.untouched)
    for (let k = draft.next; k < draft.next + 3 && k < old.lines.length; k += 1) {
      if (old.lines[k] !== line) continue;
      draft.next = k + 1;
      draft.lines.push(old.lines[k] as string);
      draft.jumps.push(old.jumps[k] as string);
      draft.rules?.push((compiledBefore(old) as readonly Rule[])[k] as Rule);
      return counted(tx, 1);
    }
  const words = splitWords(line);
  if (!words) return parserError('Line too long or a quote is not closed');
  const parsed = parseRule(words, 2, family);
  if ('error' in parsed) return parserError(parsed.error);
  const { rule } = parsed;
  const wrong = rule.target === null ? null : wrongTable(tx, rule, draft.name, 'RULE_APPEND');
  if (wrong) return wrong;
  if (draft.untouched) splice(draft, draft.lines.length, 0, line, rule);
  else {
    draft.lines.push(line);
    draft.jumps.push(rule.target?.chain ?? '');
    draft.rules?.push(rule);
  }
  return counted(tx, 1);
}

function wrongTable(tx: Transaction, rule: Rule, chain: string, what: string): LineError | null {
  const kind = rule.target?.kind ?? '';
  if ((natOnly.includes(kind) && tx.name !== 'nat') || (rawOnly.includes(kind) && tx.name !== 'raw'))
    return { message: `${what} failed (Invalid argument): rule in chain ${chain}`, kernel: true };
  return null;
}

/** By number, or the first rule that says the same; -1: none; a string: the parser's complaint. */
export function deleteIndex(rules: readonly Rule[], words: readonly string[], family: Family): number | string {
  if (words.length === 3 && /^\d+$/.test(words[2] as string)) {
    const at = Number(words[2]) - 1;
    return at >= 0 && at < rules.length ? at : -1;
  }
  const parsed = parseRule(words, 2, family);
  if ('error' in parsed) return parsed.error;
  return rules.findIndex((rule) => sameRule(rule, parsed.rule));
}

/** Whether two rules say the same. */
export function sameRule(a: Rule, b: Rule): boolean {
  if (a.proto !== b.proto || a.matches.length !== b.matches.length || a.target?.kind !== b.target?.kind || a.target?.chain !== b.target?.chain) return false;
  return JSON.stringify(a) === JSON.stringify(b);
}
