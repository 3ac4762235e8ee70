/** `nft -f`: all commands or none. Models nftables 1.0.6 src/parser_bison.y, evaluate.c, and the kernel's answers. */
import type { NetfilterAnswer } from '../../../../contracts/netfilter.ts';
import { share } from '../../../../engine/share.ts';
import { forbiddenKey, lookUp, update } from '../buckets.ts';
import type { Namespace } from '../state.ts';
import { checkTable, type TableChange } from './check.ts';
import { type ChainDraft, enoent, type TableDraft, type Transaction } from './drafts.ts';
import { NftError, Reader, type Token } from './lexer.ts';
import { parseNftRule } from './parse-rule.ts';
import { elementCommand, setCommand } from './set-commands.ts';
import {
  type NftChain,
  type NftElement,
  type NftFamily,
  type NftHook,
  type NftSet,
  type NftTable,
  type NftTables,
  newNftTable,
  priorities,
  tableKey,
} from './state.ts';

export const maxNftLength = 256 * 1024 * 1024;
export const maxNftRules = 600_000;

export function transact(ns: Namespace, text: string, nowMs: number): NetfilterAnswer & { changed: boolean } {
  if (typeof text !== 'string' || text.length > maxNftLength)
    return { error: `Error: input is longer than ${maxNftLength} characters`, code: 1, changed: false };
  const tx: Transaction = { tables: ns.nft, drafts: new Map(), nowMs, rules: 0, changed: false };
  for (const key in ns.nft) tx.rules += (ns.nft[key] as NftTable).ruleCount;
  const r = new Reader(text);
  try {
    for (;;) {
      r.skipLines();
      if (r.done) break;
      command(tx, r);
      if (!r.ended()) r.unexpected();
    }
    if (r.unclosed() > 0) return notClosed(r.unclosed());
    const changes: TableChange[] = [];
    const after = finish(tx, changes);
    let wrong: string | null = null;
    for (const change of changes) wrong ??= checkTable(change);
    if (wrong !== null) return { error: `Error: ${wrong}`, code: 1, changed: false };
    ns.nft = after;
  } catch (error) {
    if (!(error instanceof NftError)) throw error;
    const unclosed = r.unclosed();
    return unclosed > 0 ? notClosed(unclosed) : { error: complaint(error, text), code: 1, changed: false };
  }
  return { text: '', code: 0, changed: tx.changed };
}

/** The words are told apart before any command is carried out. */
const notClosed = (line: number): NetfilterAnswer & { changed: boolean } => ({
  error: `/dev/stdin:${line}:1-1: Error: syntax error, unexpected string without end`,
  code: 1,
  changed: false,
});

function complaint({ message, token }: NftError, text: string): string {
  const line = text.split('\n', token.line)[token.line - 1] ?? '';
  const length = Math.max(1, token.text === '\n' ? 1 : token.text.length);
  return `/dev/stdin:${token.line}:${token.column}-${token.column + length - 1}: Error: ${message}\n${line.replaceAll('\t', ' ')}\n${' '.repeat(token.column - 1)}${'^'.repeat(length)}`;
}

const verbs = ['add', 'create', 'delete', 'destroy', 'flush', 'insert', 'replace', 'reset', 'list'];

function command(tx: Transaction, r: Reader): void {
  const verb = verbs.includes(r.text) ? r.next().text : 'add';
  const token = r.token;
  const kind = r.word();
  if (verb === 'flush' && kind === 'ruleset') {
    const only = r.ended() ? null : familyOf(r);
    for (const key of Object.keys(tx.tables)) if (only === null || key.startsWith(`${only} `)) tx.drafts.set(key, null);
    for (const key of [...tx.drafts.keys()]) if (only === null || key.startsWith(`${only} `)) tx.drafts.set(key, null);
    tx.changed = true;
    return;
  }
  if (verb === 'list' || verb === 'reset') throw new NftError(`${verb} is no part of a transaction here`, token);
  tx.changed = true;
  const family = r.is('ip') || r.is('ip6') || r.is('inet') || r.is('arp') || r.is('bridge') || r.is('netdev') ? familyOf(r) : 'ip';
  const at = r.token;
  const name = r.word();
  if (kind === 'table') {
    tableCommand(tx, r, verb, family, name, at);
    return;
  }
  const table = draftOf(tx, family, name);
  if (!table) {
    if (verb === 'destroy') {
      skip(r);
      return;
    }
    throw new NftError(enoent, at);
  }
  const what = r.token;
  switch (kind) {
    case 'chain':
      chainCommand(tx, r, verb, table, r.word(), what);
      return;
    case 'rule':
      ruleCommand(tx, r, verb, table, r.word(), what);
      return;
    case 'set':
    case 'map':
      setCommand(r, verb, kind, table, r.word(), what, tx);
      return;
    case 'element':
      elementCommand(tx, r, verb, table, r.word(), what);
      return;
    default:
      throw new NftError(`syntax error, unexpected ${kind}`, token);
  }
}

function skip(r: Reader): void {
  let depth = 0;
  while (!r.done && (depth > 0 || !(r.is('\n') || r.is(';')))) {
    if (r.is('{')) depth += 1;
    if (r.is('}')) depth -= 1;
    r.next();
  }
}

function familyOf(r: Reader): NftFamily {
  const token = r.token;
  const word = r.word();
  if (word !== 'ip' && word !== 'ip6' && word !== 'inet') throw new NftError(`family ${word} is not part of the model`, token);
  return word;
}

function draftOf(tx: Transaction, family: NftFamily, name: string): TableDraft | undefined {
  const key = tableKey(family, name);
  const there = tx.drafts.get(key);
  if (there !== undefined) return there ?? undefined;
  const table = Object.hasOwn(tx.tables, key) ? tx.tables[key] : undefined;
  if (!table) return undefined;
  const draft: TableDraft = { table, next: table.next, comment: table.comment, chains: new Map(), sets: new Map() };
  tx.drafts.set(key, draft);
  return draft;
}

function tableCommand(tx: Transaction, r: Reader, verb: string, family: NftFamily, name: string, token: Token): void {
  if (forbiddenKey(name)) throw new NftError('syntax error, unexpected name', token);
  let draft = draftOf(tx, family, name);
  if (verb === 'delete' || verb === 'destroy') {
    if (!draft && verb === 'delete') throw new NftError(enoent, token);
    if (draft) tx.rules -= draft.table.ruleCount;
    tx.drafts.set(tableKey(family, name), null);
    return;
  }
  if (verb === 'flush') {
    if (!draft) throw new NftError(enoent, token);
    for (const row of draft.table.chains.rows) for (const chain in row) chainDraft(draft, chain)?.rules.splice(0);
    for (const chain of draft.chains.values()) chain?.rules.splice(0);
    return;
  }
  if (draft && verb === 'create') throw new NftError('Could not process rule: File exists', token);
  if (!draft) {
    const orders = Object.values(tx.tables).map((t) => t.order);
    for (const d of tx.drafts.values()) if (d) orders.push(d.table.order);
    draft = { table: newNftTable(family, name, Math.max(0, ...orders) + 1, ''), next: 1, comment: '', chains: new Map(), sets: new Map() };
    tx.drafts.set(tableKey(family, name), draft);
  }
  if (!r.take('{')) return;
  for (;;) {
    r.skipLines();
    if (r.take('}')) return;
    const at = r.token;
    const word = r.word();
    if (word === 'comment') draft.comment = r.next().text;
    else if (word === 'flags') r.word();
    else if (word === 'chain') chainCommand(tx, r, 'add', draft, r.word(), at);
    else if (word === 'set' || word === 'map') setCommand(r, 'add', word, draft, r.word(), at, tx);
    else if (word === 'counter') {
      r.word();
      if (r.is('{')) skip(r);
    } else throw new NftError(`syntax error, unexpected ${word}`, at);
  }
}

function chainDraft(draft: TableDraft, name: string): ChainDraft | undefined {
  const there = draft.chains.get(name);
  if (there !== undefined) return there ?? undefined;
  const chain = lookUp(draft.table.chains, name);
  if (!chain) return undefined;
  const made = { chain, rules: chain.rules.slice() };
  draft.chains.set(name, made);
  return made;
}

function chainCommand(tx: Transaction, r: Reader, verb: string, table: TableDraft, name: string, token: Token): void {
  if (forbiddenKey(name) || name.length > 255) throw new NftError('Chain name too long', token);
  let draft = chainDraft(table, name);
  if (verb === 'delete' || verb === 'destroy') {
    if (!draft) {
      if (verb === 'destroy') return;
      throw new NftError(enoent, token);
    }
    tx.rules -= draft.rules.length;
    table.chains.set(name, null);
    return;
  }
  if (verb === 'flush') {
    if (!draft) throw new NftError(enoent, token);
    tx.rules -= draft.rules.length;
    draft.rules = [];
    return;
  }
  if (draft && verb === 'create') throw new NftError('Could not process rule: File exists', token);
  if (!draft) {
    draft = { chain: { name, order: table.next, comment: '', base: null, rules: [] }, rules: [] };
    table.next += 1;
    table.chains.set(name, draft);
  }
  if (!r.take('{')) return;
  for (;;) {
    r.skipLines();
    if (r.take('}')) return;
    if (r.is('type')) draft.chain = { ...draft.chain, base: parseHook(r) };
    else if (r.take('policy')) {
      const policy = r.word();
      if (draft.chain.base) draft.chain = { ...draft.chain, base: { ...draft.chain.base, policy: policy === 'drop' ? 'drop' : 'accept' } };
    } else if (r.is('comment') && (r.peek(2) === ';' || r.peek(2) === '\n' || r.peek(2) === '}')) {
      r.next();
      draft.chain = { ...draft.chain, comment: r.next().text };
    } else addRule(tx, table, draft, r, draft.rules.length);
  }
}

function parseHook(r: Reader): NftHook {
  r.expect('type');
  const at = r.token;
  const type = r.word();
  if (!['filter', 'nat', 'route'].includes(type)) throw new NftError(`unknown chain type`, at);
  r.expect('hook');
  const where = r.token;
  const hook = r.word();
  if (!['prerouting', 'input', 'forward', 'output', 'postrouting'].includes(hook)) throw new NftError('unknown chain hook', where);
  r.expect('priority');
  let priority: number;
  if (Object.hasOwn(priorities, r.text)) {
    priority = priorities[r.next().text] as number;
    if (r.is('+') || r.is('-')) priority += (r.next().text === '-' ? -1 : 1) * r.number();
    else if (/^[+-]\d+$/.test(r.text)) priority += Number(r.next().text);
  } else priority = r.number();
  return { type, hook, priority, policy: 'accept' };
}

function addRule(tx: Transaction, table: TableDraft, draft: ChainDraft, r: Reader, at: number): void {
  const token = r.token;
  if (tx.rules >= maxNftRules) throw new NftError(`more than ${maxNftRules} rules: this kernel holds no more`, token);
  const parsed = parseNftRule(r);
  draft.rules.splice(at, 0, { handle: table.next, ...parsed });
  table.next += 1;
  tx.rules += 1;
}

function ruleCommand(tx: Transaction, r: Reader, verb: string, table: TableDraft, name: string, token: Token): void {
  const draft = chainDraft(table, name);
  if (!draft) throw new NftError(enoent, token);
  let at = verb === 'insert' ? 0 : draft.rules.length;
  if (r.is('handle') || r.is('position') || r.is('index')) {
    const word = r.next().text;
    const n = r.number();
    const found = word === 'index' ? n : draft.rules.findIndex((rule) => rule.handle === n);
    if (found < 0 || found >= draft.rules.length) throw new NftError(enoent, token);
    if (verb === 'delete' || verb === 'destroy') {
      draft.rules.splice(found, 1);
      tx.rules -= 1;
      return;
    }
    if (verb === 'replace') {
      draft.rules.splice(found, 1);
      tx.rules -= 1;
      at = found;
    } else at = verb === 'insert' ? found : found + 1;
  } else if (verb === 'delete' || verb === 'replace') throw new NftError('syntax error, unexpected rule, expecting handle', token);
  addRule(tx, table, draft, r, at);
}

/** The tables after the transaction. */
function finish(tx: Transaction, changes: TableChange[]): NftTables {
  const out: NftTables = { ...tx.tables };
  for (const [key, draft] of tx.drafts) {
    if (!draft) {
      delete out[key];
      continue;
    }
    const chains = new Map<string, NftChain | undefined>();
    let { ruleCount } = draft.table;
    for (const [name, d] of draft.chains) {
      const old = lookUp(draft.table.chains, name);
      ruleCount -= old?.rules.length ?? 0;
      if (!d) chains.set(name, undefined);
      else {
        ruleCount += d.rules.length;
        const same = old === d.chain && old.rules.length === d.rules.length && old.rules.every((rule, i) => rule === d.rules[i]);
        if (!same) chains.set(name, share({ ...d.chain, rules: d.rules }));
      }
    }
    const sets = new Map<string, NftSet | undefined>();
    for (const [name, d] of draft.sets) {
      if (!d) sets.set(name, undefined);
      else if (d.changes.size > 0 || lookUp(draft.table.sets, name) !== d.set) sets.set(name, share({ ...d.set, elements: update(d.set.elements, d.changes) }));
    }
    const elements = new Map<string, ReadonlyMap<string, NftElement | undefined> | null>();
    for (const [name, d] of draft.sets) elements.set(name, d && lookUp(draft.table.sets, name) === d.set ? d.changes : null);
    const table: NftTable = share({
      ...draft.table,
      comment: draft.comment,
      next: draft.next,
      ruleCount,
      chains: update(draft.table.chains, chains),
      sets: update(draft.table.sets, sets),
    });
    out[key] = table;
    changes.push({ from: draft.table, to: table, chains, elements });
  }
  return out;
}
