/** Runs in words. */
import type { FieldChange } from '../../session/changes.ts';
import type { CompareResult, RunsState } from '../../session/protocol.ts';
import { timeText } from '../timebar/time-text.ts';
import { compareWords as t } from '../words/compare.en.ts';
import { words } from '../words/en.ts';

export type Run = RunsState['list'][number];

/** `spec.template.spec.containers[nginx].readinessProbe` → `readinessProbe`; a whole object by its name. */
export function fieldName({ object, path }: FieldChange): string {
  if (path === '') return object;
  const last = path.slice(path.lastIndexOf('.') + 1);
  return last.replace(/^(.*)\[(.*)\]$/, '$2');
}

const fieldText = (field: FieldChange): string => t.field(fieldName(field), field.kind, field.after);

export function runName(run: Run): string {
  const { change } = run;
  if (change.what === 'opened') return t.begun;
  if (change.what === 'mode') return words.header.modes[change.mode];
  if (change.what === 'seed') return t.seed(change.seed);
  if (change.what === 'command') return change.text;
  const [first] = change.fields;
  const more = change.fields.length - 1;
  return `${first ? fieldText(first) : ''}${more > 0 ? `, ${t.more(more)}` : ''}`;
}

/** Where it left its parent; '' for the first. */
export const runOrigin = (run: Run): string => (run.parent === null ? '' : t.from(run.parent, timeText(run.forkAtMs)));

/** One sentence. */
export function causeText({ a, b, cause, first }: CompareResult): string {
  if (cause.fields.length > 0) {
    for (const field of cause.fields) {
      const effect = t.effects.find(([path, kind]) => kind === field.kind && path.test(field.path));
      if (effect) return effect[2];
    }
    return t.causes.fields(b.id, cause.fields.slice(0, 3).map(fieldText).join(', '));
  }
  if (cause.command) return t.causes.command(cause.command.run, cause.command.text, timeText(cause.command.atMs));
  if (cause.mode) return t.causes.mode(words.header.modes[a.mode], words.header.modes[b.mode]);
  if (cause.seed) return t.causes.seed(a.seed, b.seed);
  return first ? '' : t.causes.none;
}
