/** Sets, maps and their elements in a transaction. */
import { type Buckets, emptyBuckets, forbiddenKey, lookUp } from '../buckets.ts';
import { enoent, type SetDraft, type TableDraft, type Transaction } from './drafts.ts';
import { NftError, type Reader, type Token } from './lexer.ts';
import { parseData, parseKey, parseVerdict } from './parse-rule.ts';
import type { NftElement, NftSet } from './state.ts';
import { parseTime, setTypes } from './values.ts';

const maxElements = 1_000_000;

function setDraft(table: TableDraft, name: string): SetDraft | undefined {
  const there = table.sets.get(name);
  if (there !== undefined) return there ?? undefined;
  const set = lookUp(table.table.sets, name);
  if (!set) return undefined;
  const made: SetDraft = { set, changes: new Map(), size: set.elements.size };
  table.sets.set(name, made);
  return made;
}

const noElements = (set: NftSet): Buckets<NftElement> => ({ size: 0, rows: set.elements.rows.map(() => ({})) });

export function setCommand(r: Reader, verb: string, kind: string, table: TableDraft, name: string, token: Token, tx: Transaction): void {
  if (forbiddenKey(name) || name.length > 255) throw new NftError('Set name too long', token);
  const draft = setDraft(table, name);
  if (verb === 'delete' || verb === 'destroy') {
    if (!draft && verb === 'delete') throw new NftError(enoent, token);
    table.sets.set(name, null);
    return;
  }
  if (verb === 'flush') {
    if (!draft) throw new NftError(enoent, token);
    draft.set = { ...draft.set, elements: noElements(draft.set) };
    draft.changes.clear();
    draft.size = 0;
    return;
  }
  if (draft && verb === 'create') throw new NftError('Could not process rule: File exists', token);
  const made = { key: [] as string[], data: [] as string[], flags: [] as string[], timeoutMs: 0, size: 0, comment: '' };
  let target = draft;
  const ensure = (): SetDraft => {
    if (target) return target;
    if (made.key.length === 0) throw new NftError('set definition does not specify key', token);
    target = { set: { name, order: table.next, map: kind === 'map', ...made, elements: emptyElements }, changes: new Map(), size: 0 };
    table.next += 1;
    table.sets.set(name, target);
    return target;
  };
  r.expect('{');
  for (;;) {
    r.skipLines();
    if (r.take('}')) break;
    const at = r.token;
    switch (r.word()) {
      case 'type':
        made.key = typeList(r);
        if (r.take(':')) made.data = typeList(r);
        break;
      case 'typeof':
        throw new NftError('typeof is not part of the model: name the type', at);
      case 'flags':
        do made.flags.push(r.word());
        while (r.take(','));
        break;
      case 'timeout':
        made.timeoutMs = parseTime(r.word()) ?? 0;
        break;
      case 'gc-interval':
        r.word();
        break;
      case 'size':
        made.size = r.number();
        break;
      case 'comment':
        made.comment = r.next().text;
        break;
      case 'policy':
        r.word();
        break;
      case 'auto-merge':
        break;
      case 'counter':
        break;
      case 'elements':
        r.expect('=');
        readElements(tx, r, 'add', ensure());
        break;
      default:
        throw new NftError(`syntax error, unexpected ${at.text}`, at);
    }
  }
  ensure();
}

const emptyElements: Buckets<NftElement> = emptyBuckets;

function typeList(r: Reader): string[] {
  const out: string[] = [];
  do {
    const token = r.token;
    const type = r.word();
    if (!Object.hasOwn(setTypes, type)) throw new NftError(`unknown datatype ${type}`, token);
    out.push(type);
  } while (r.take('.'));
  return out;
}

export function elementCommand(tx: Transaction, r: Reader, verb: string, table: TableDraft, name: string, token: Token): void {
  const draft = setDraft(table, name);
  if (!draft) throw new NftError(enoent, token);
  readElements(tx, r, verb, draft);
}

const types = new WeakMap<readonly string[], readonly string[]>();

/** What the parts of a set's keys are. */
function typesOf(key: readonly string[]): readonly string[] {
  let known = types.get(key);
  if (!known) {
    known = key.map((type) => setTypes[type] as string);
    types.set(key, known);
  }
  return known;
}

function readElements(tx: Transaction, r: Reader, verb: string, draft: SetDraft): void {
  const { set } = draft;
  const types = typesOf(set.key);
  r.expect('{');
  for (;;) {
    r.skipBreaks();
    if (r.take('}')) return;
    const token = r.token;
    const key = parseKey(r, types);
    let comment = '';
    let timeoutMs = 0;
    let value = '';
    for (;;) {
      r.skipBreaks();
      if (r.take('comment')) comment = r.next().text;
      else if (r.take('timeout')) timeoutMs = parseTime(r.word()) ?? 0;
      else if (r.take('expires')) r.word();
      else if (r.take('counter')) {
        if (r.take('packets')) r.number();
        if (r.take('bytes')) r.number();
      } else if (r.take(':')) value = set.data[0] === 'verdict' ? parseVerdict(r) : parseData(r);
      else break;
    }
    const there = draft.changes.has(key) ? draft.changes.get(key) : lookUp(set.elements, key);
    if (verb === 'delete' || verb === 'destroy') {
      if (!there && verb === 'delete') throw new NftError(enoent, token);
      if (there) draft.size -= 1;
      draft.changes.set(key, undefined);
    } else {
      if (set.map && value === '') throw new NftError('map elements need data', token);
      if (there && (verb === 'create' || (set.map && there.value !== value))) throw new NftError('Could not process rule: File exists', token);
      if (!there) {
        draft.size += 1;
        if (draft.size > maxElements || (set.size > 0 && draft.size > set.size))
          throw new NftError('Could not process rule: Too many open files in system', token);
        const time = timeoutMs || set.timeoutMs;
        draft.changes.set(key, { value, comment, timeoutMs, expiresMs: time > 0 ? tx.nowMs + time : 0 });
      }
    }
    r.skipBreaks();
    if (!r.take(',')) {
      r.skipBreaks();
      r.expect('}');
      return;
    }
  }
}
