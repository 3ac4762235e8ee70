/** `events`, `event`: what was told of an object, each time it was told. */
import { inOrder, matches, patternOf, regexOf } from '../patterns.ts';
import { namesOf, select } from '../select.ts';
import { inThisRelease } from '../wording.ts';
import { brief, type Check, list, type Scope, when } from './check.ts';

interface Occurrence {
  atMs: number;
  uid: string;
  reason: string;
  type: string;
  message: string;
  from: string;
  count: number;
  fieldPath: string;
}

/** Each writing of an event of these objects is one time that it happened. */
function occurrences({ stage, sinceMs, untilMs, namespace }: Scope, text: string): Occurrence[][] {
  const { objects, resource } = select(stage, text, namespace, sinceMs);
  const uids = new Map<string, Occurrence[]>();
  for (const o of objects) uids.set(o.metadata.uid, []);
  // What is gone still has its events.
  const name = /\/(\S+)$/.exec(text)?.[1];
  for (const t of stage.told)
    if (t.resource === resource && t.event === 'DELETED' && t.object.metadata.name === name && t.atMs >= sinceMs) uids.set(t.object.metadata.uid, []);
  if (text === 'old pod') for (const t of stage.told) if (t.resource === 'pods' && t.event === 'DELETED') uids.set(t.object.metadata.uid, []);
  for (const t of stage.told) {
    // kubectl shows what happened before the step too.
    if (t.resource !== 'events' || t.event === 'DELETED' || t.atMs > untilMs) continue;
    const e = t.object;
    const list = uids.get(e.involvedObject?.uid);
    if (!list) continue;
    const count = Number(e.series?.count ?? e.count ?? 1);
    list.push({
      atMs: t.atMs,
      uid: e.metadata.uid,
      reason: e.reason,
      type: e.type,
      message: e.message ?? e.note ?? '',
      count,
      from: e.source?.component || e.reportingComponent || '',
      fieldPath: e.involvedObject?.fieldPath ?? '',
    });
  }
  return [...uids.values()];
}

const shown = (all: Occurrence[]): string => brief(all.map((o) => `${(o.atMs / 1000).toFixed(1)} ${o.reason} ${o.message}`).join('; '), 900);

export const events: Check = (scope) => {
  const { fact, stage, namespace } = scope;
  const each = occurrences(scope, String(fact.events));
  const names = namesOf(stage, namespace);
  const from = list(fact.from);
  const check = (all: Occurrence[]): boolean => {
    // Repetitions of one event are one event to those who ask for the list.
    const once = fact.exact ? all.filter((o, i) => all.findIndex((p) => p.uid === o.uid) === i) : all;
    const reasons = list(fact.reasons);
    const patterns = list(fact.message_regex);
    const is = (i: number, o: Occurrence): boolean =>
      o.reason === reasons[i] &&
      (fact.object_field === undefined || o.reason === 'Scheduled' || o.fieldPath === fact.object_field) &&
      (from.length === 0 || o.from === (from[i] ?? from[0])) &&
      (patterns[i] === undefined || regexOf(inThisRelease(patterns[i] as string), names).test(o.message)) &&
      list(fact.message_contains).every((text) => o.message.includes(text));
    if (fact.exact && once.length !== reasons.length) return false;
    if (
      !inOrder(
        reasons.map((_, i) => i),
        once,
        is,
      )
    )
      return false;
    if (list(fact.absent).some((reason) => all.some((o) => o.reason === reason))) return false;
    if (fact.reasons_all && all.some((o) => o.reason !== fact.reasons_all || (fact.type !== undefined && o.type !== fact.type) || o.from !== from[0]))
      return false;
    const sequence = list(fact.message_sequence).map((text) => new RegExp(`^${patternOf(text, names).replace(/ to (?=\d)/, '(?: from \\d+)? to ')}$`));
    return inOrder(sequence, all, (pattern, o) => pattern.test(o.message));
  };
  const found = each.filter((all) => all.length > 0);
  const absentOnly = fact.reasons === undefined && fact.message_sequence === undefined;
  return when((found.length > 0 || absentOnly) && found.every(check), shown(found.flat()));
};

export const event: Check = (scope) => {
  const { fact, stage, namespace } = scope;
  const all = occurrences(scope, String(fact.event)).flat();
  const names = namesOf(stage, namespace);
  const ok = all.some(
    (o) =>
      o.reason === fact.reason &&
      (fact.type === undefined || o.type === fact.type) &&
      (fact.count === undefined || o.count === fact.count) &&
      (fact.message_equals === undefined || matches(fact.message_equals, o.message, names)) &&
      list(fact.message_contains).every((text) => o.message.includes(text)),
  );
  return when(ok, shown(all));
};
