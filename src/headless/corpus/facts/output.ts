/** `logs`, `exec`, `describe`, `stdout_of_step`, `stdout_of`, `rejected`: what commands print. */
import { contains, inOrder, patternOf, regexOf } from '../patterns.ts';
import { namesOf, select } from '../select.ts';
import type { Output } from '../stage.ts';
import { inThisRelease, unresolved } from '../wording.ts';
import { brief, type Check, failed, list, type Scope, type Verdict, when } from './check.ts';

const linesOf = (text: string): string[] => text.replace(/\n$/, '').split('\n');

/** Holds the modifiers of texts against an output. */
function holds(scope: Scope, out: string, prefix = ''): boolean {
  const { fact, stage, namespace } = scope;
  const names = namesOf(stage, namespace);
  const of = (key: string): unknown => fact[`${prefix}${key}`];
  const trimmed = out.trimEnd();
  if (of('equals') !== undefined && !new RegExp(`^${patternOf(String(of('equals')), names)}$`).test(trimmed)) return false;
  if (!list(of('contains')).every((text) => contains(out, text, names))) return false;
  if (list(of('absent')).some((text) => contains(out, text, names))) return false;
  if (of('regex') !== undefined && !regexOf(String(of('regex')), names).test(out)) return false;
  if (of('lines') !== undefined && JSON.stringify(list(of('lines'))) !== JSON.stringify(linesOf(out))) return false;
  if (!list(of('lines_contain')).every((line) => linesOf(out).some((l) => new RegExp(`^${patternOf(line, names)}$`).test(l)))) return false;
  if (of('words') !== undefined && JSON.stringify(list(of('words'))) !== JSON.stringify(trimmed.split(/\s+/))) return false;
  return of('last_line') === undefined || linesOf(trimmed).pop() === of('last_line');
}

const printed = ({ rc, out, err }: Output): string => brief(`${out}${err}${rc === 0 ? '' : ` (exit ${rc})`}`, 700);

export const stdoutOfStep: Check = (scope) => {
  const output = scope.stage.stepOutput[scope.fact.stdout_of_step as number];
  if (!output) return failed('the step has not ended');
  return when(holds(renamed(scope), output.out) || (scope.fact.contains !== undefined && holds(scope, output.out + output.err)), printed(output));
};

export const stdoutOf: Check = (scope) => {
  const line = String(scope.fact.stdout_of);
  const output = scope.stage.runKubectl(/rollout status/.test(line) ? `${line} --timeout=25s` : line, scope.namespace);
  return when(holds(scope, output.out), printed(output));
};

export const rejected: Check = (scope) => {
  const { stage, fact, namespace } = scope;
  const want = fact.rejected as { step?: number; status?: string; message_contains?: string[] };
  const output = want.step === undefined ? stage.stepOutput[-1] : stage.stepOutput[want.step];
  if (!output) return failed('the step has not ended');
  const names = namesOf(stage, namespace);
  const words = list(want.message_contains).every((text) => contains(output.err, text, names));
  // kubectl says "The Pod "x" is invalid" for Invalid, "Error from server (Reason)" for the rest.
  const status = want.status === undefined || output.err.includes(`(${want.status})`) || (want.status === 'Invalid' && / is invalid/.test(output.err));
  return when(output.rc !== 0 && words && status, printed(output));
};

/** Texts as this release words them. */
function renamed(scope: Scope): Scope {
  const fact: Record<string, unknown> = { ...scope.fact };
  for (const key of Object.keys(fact)) {
    const value = fact[key];
    if (key === 'lines') continue;
    if (typeof value === 'string') fact[key] = inThisRelease(value);
    else if (Array.isArray(value)) fact[key] = value.map((one) => (typeof one === 'string' ? inThisRelease(one) : one));
  }
  return { ...scope, fact };
}

export const describe: Check = (scope) => {
  const { stage, fact, namespace, sinceMs } = scope;
  const text = String(fact.describe);
  const output = stage.runKubectl(`describe ${text === 'node' ? 'node' : select(stage, text, namespace, sinceMs).argument}`, namespace);
  return when(output.rc === 0 && holds(renamed(scope), output.out), printed(output));
};

function podOf(scope: Scope, text: string): string {
  const { objects } = select(scope.stage, text, scope.namespace, scope.sinceMs);
  return objects[objects.length - 1]?.metadata.name ?? 'none';
}
const containerFlag = (scope: Scope): string => (scope.fact.container === undefined ? '' : ` -c ${scope.fact.container}`);

export const logs: Check = (scope) => {
  const { stage, fact, namespace, sinceMs } = scope;
  const text = String(fact.logs);
  const targets = text === 'each pod' ? select(stage, text, namespace, sinceMs).objects.map((o) => o.metadata.name) : [podOf(scope, text)];
  if (targets.length === 0) return failed('no pod');
  const verdicts = targets.map((name) => logOf(scope, name));
  return when(
    verdicts.every((v) => v.held),
    verdicts.map((v) => v.seen).join('; '),
  );
};

function logOf(scope: Scope, name: string): Verdict {
  const { stage, fact, namespace } = scope;
  const output = stage.runKubectl(`logs ${name}${containerFlag(scope)}`, namespace);
  const names = namesOf(stage, namespace, stage.get('pods', namespace, name));
  let found = linesOf(output.out);
  if (fact.ignore_blank_lines) found = found.filter((line) => line.trim() !== '');
  const wanted = list(fact.lines);
  const is = (want: string, line: string): boolean =>
    String(fact.match).startsWith('regex') ? regexOf(want, names).test(line) : new RegExp(`^${patternOf(want, names)}$`).test(line);
  if (fact.repeats_every !== undefined)
    return when(repeats(stage.runKubectl(`logs ${name} --timestamps`, namespace).out, String(fact.repeats_every)), printed(output));
  const match = String(fact.match ?? 'contains');
  if (match === 'exact') return when(wanted.length === found.length && wanted.every((w, i) => is(w, found[i] ?? '')), printed(output));
  if (match === 'first' || match === 'regex per line')
    return when(
      wanted.every((w, i) => is(w, found[i] ?? '')),
      printed(output),
    );
  if (match.startsWith('first line starts')) return when((found[0] ?? '').startsWith(wanted[0] ?? ''), printed(output));
  return when(
    inOrder(wanted, found, (w, line) => is(w, line) || line.includes(w)) ||
      (!match.includes('order') && wanted.every((w) => found.some((l) => is(w, l) || l.includes(w)))),
    printed(output),
  );
}

/** The first line that is not empty comes again after that time. */
function repeats(text: string, every: string): boolean {
  const rows = linesOf(text).map((line) => ({ at: Date.parse(line.slice(0, line.indexOf(' '))), line: line.slice(line.indexOf(' ') + 1) }));
  const first = rows.find((r) => r.line.trim() !== '');
  const again = first && rows.find((r) => r !== first && r.line === first.line && r.at > first.at + 1000);
  return first !== undefined && again !== undefined && Math.abs(again.at - first.at - Number.parseFloat(every) * 1000) < 1000;
}

export const logsByIndex: Check = (scope) => {
  const { stage, fact, namespace } = scope;
  const wanted = fact.equals as Record<string, string>;
  const seen: Record<string, string> = {};
  for (const index of Object.keys(wanted)) seen[index] = stage.runKubectl(`logs ${podOf(scope, `pod with index ${index}`)}`, namespace).out.trimEnd();
  return when(
    Object.keys(wanted).every((index) => wanted[index] === seen[index]),
    brief(seen),
  );
};

/** A command of words, or a line for the container's shell. */
const commandOf = (text: string): string => (/[;&|><$]/.test(text) ? `sh -c '${text.replaceAll("'", "'\\''")}'` : text);

export const exec: Check = (scope) => {
  const { stage, fact, namespace } = scope;
  const pod = podOf(scope, String(fact.exec));
  const object = stage.get('pods', namespace, pod);
  const flags = containerFlag(scope);
  const inside = (command: string): Output => stage.runKubectl(`exec ${pod}${flags} -- ${commandOf(command)}`, namespace);
  const before = /<pid of (\S+) master>/.test(String(fact.command)) ? processes(inside('ps ax').out) : undefined;
  const command = String(fact.command).replace(/<pid of .*?>|<pid>/g, String(before?.master ?? ''));
  const output = inside(command);
  if (fact.then !== undefined) {
    const after = processes(inside('ps ax').out);
    return when(before?.master === after.master && (after.worker ?? 0) > (before?.worker ?? 0), brief({ before, after }));
  }
  if (fact.stdout !== undefined) return when(output.rc === 0 && output.out.trim() !== '' && output.out === downloaded(scope, pod), printed(output));
  if (unresolved(list(fact.stdout_contains), output)) return when(true, printed(output));
  const names = namesOf(stage, namespace, object);
  const wants: Record<string, unknown> = renamed(scope).fact;
  for (const key of Object.keys(wants)) if (key.startsWith('stdout')) wants[key] = named(wants[key], names);
  return when(
    holds({ ...scope, fact: wants }, output.out, 'stdout_') || (output.rc !== 0 && holds({ ...scope, fact: wants }, output.out + output.err, 'stdout_')),
    printed(output),
  );
};

const named = (value: unknown, names: (words: string) => string | undefined): unknown =>
  Array.isArray(value) ? value.map((one) => named(one, names)) : String(value).replace(/<([a-z][^<>]*)>/g, (whole, words: string) => names(words) ?? whole);

/** What the init container of the pod left for the server: the first file of a shared directory. */
function downloaded({ stage, namespace }: Scope, pod: string): string {
  return stage.runKubectl(`exec ${pod} -- sh -c 'cat /usr/share/nginx/html/index.html'`, namespace).out;
}

const processes = (ps: string): { master?: number; worker?: number } => ({
  master: Number(/^ *(\d+).*nginx: master/m.exec(ps)?.[1]),
  worker: Number(/^ *(\d+).*nginx: worker/m.exec(ps)?.[1]),
});
