/** kubectl wait. Models k8s.io/kubectl/pkg/cmd/wait, v1.36.2. */
import { type Resource, resourceById } from '../../api/resources.ts';
import type { KubeObject } from '../../api/types.ts';
import { fetch, find, nothingGiven, resourcesFor } from '../builder.ts';
import { CommandError, checkErr, type Failure, plainError } from '../errors.ts';
import { quote } from '../flags.ts';
import type { PhaseCode } from '../phases.ts';
import { findValues, printedValue } from '../printers/jsonpath.ts';
import { parseJsonPath, relaxed } from '../printers/jsonpath-parse.ts';
import { type Phase, printedName, type Run } from '../run.ts';

type For =
  | { kind: 'delete' }
  | { kind: 'create' }
  | { kind: 'condition'; name: string; value: string }
  | { kind: 'jsonpath'; path: string; value: string | null };

interface Target {
  resource: string;
  namespace: string;
  name: string;
  uid: string;
}

interface WaitPhase extends Phase {
  kind: 'wait';
  what: For;
  left: Target[];
  allFailed: boolean;
}

const weekMs = 168 * 3_600_000;

function forOf(run: Run): For {
  const text = run.flag('for');
  if (text === '') throw plainError('required flag(s) "for" not set');
  const lower = text.toLowerCase();
  if (lower === 'delete') return { kind: 'delete' };
  if (lower === 'create') return { kind: 'create' };
  if (text.startsWith('condition=')) {
    const rest = text.slice('condition='.length);
    const at = rest.indexOf('=');
    return { kind: 'condition', name: at < 0 ? rest : rest.slice(0, at), value: at < 0 ? 'true' : rest.slice(at + 1) };
  }
  if (text.startsWith('jsonpath=')) {
    const rest = text.slice('jsonpath='.length);
    const m = /^('?)(\{.*\}|[^=']+)\1(?:=(.*))?$/s.exec(rest);
    if (!m) throw plainError(`jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or --for=jsonpath='{.status.readyReplicas}'`);
    const value = m[3];
    if (value === '') throw plainError('jsonpath wait has to have a value after equal sign');
    const path = relaxed(m[2] as string);
    parseJsonPath(path);
    return { kind: 'jsonpath', path, value: value === undefined ? null : value.replace(/^'(.*)'$/s, '$1').replace(/^"(.*)"$/s, '$1') };
  }
  throw plainError(`unrecognized condition: ${quote(text)}`);
}

export function wait(run: Run): void {
  const what = forOf(run);
  if (run.args.length === 0 && run.all('filename').length === 0) throw nothingGiven('wait');
  const timeout = run.duration('timeout', 30_000);
  const timeoutMs = timeout < 0 ? weekMs : timeout;
  const found =
    what.kind === 'create' && run.args.length > 0
      ? wanted(run)
      : find(run, {
          args: run.args,
          ...(run.has('selector') ? { selector: run.flag('selector') } : {}),
          ...(run.has('field-selector') ? { fieldSelector: run.flag('field-selector') } : {}),
          selectAll: run.on('all'),
          ignoreNotFound: what.kind === 'delete' || what.kind === 'create',
        });
  if (found.failures.length > 0) throw checkErr(found.failures[0] as Failure);
  if (found.infos.length === 0) {
    if (what.kind === 'delete') return;
    throw plainError('no matching resources found');
  }
  const left = found.infos.map((i) => ({ resource: i.resource.id, namespace: i.namespace, name: i.name, uid: i.object?.metadata.uid ?? '' }));
  const seen = new Set<string>();
  const watches: { resource: string; namespace?: string; fieldSelector?: string }[] = [];
  for (const t of left) {
    if (seen.has(`${t.resource} ${t.namespace}`)) continue;
    seen.add(`${t.resource} ${t.namespace}`);
    watches.push({
      resource: t.resource,
      ...(t.namespace ? { namespace: t.namespace } : {}),
      ...(left.length === 1 ? { fieldSelector: `metadata.name=${t.name}` } : {}),
    });
  }
  const phase: WaitPhase = { kind: 'wait', what, left, allFailed: false, watches, timers: { timeout: timeoutMs } };
  run.state.phase = phase;
}

/** What is to be created has only a name yet. */
function wanted(run: Run): { infos: { resource: Resource; namespace: string; name: string; object: KubeObject | undefined }[]; failures: Failure[] } {
  const [first, ...rest] = run.args as [string, ...string[]];
  const pairs = first.includes('/') ? run.args.map((a) => a.split('/') as [string, string]) : rest.map((name) => [first, name] as [string, string]);
  return {
    infos: pairs.flatMap(([type, name]) =>
      resourcesFor(type).map((resource) => ({ resource, namespace: resource.namespaced ? run.namespace : '', name, object: undefined })),
    ),
    failures: [],
  };
}

function holds(what: For, object: KubeObject | undefined, target: Target): boolean {
  switch (what.kind) {
    case 'delete':
      return !object || object.metadata.uid !== target.uid;
    case 'create':
      return object !== undefined;
    case 'condition': {
      if (!object) return false;
      const generation = object.metadata.generation;
      const c = (object.status?.conditions ?? []).find((x: { type?: string }) => String(x.type ?? '').toLowerCase() === what.name.toLowerCase());
      if (!c || String(c.status ?? '').toLowerCase() !== what.value.toLowerCase()) return false;
      const observed = c.observedGeneration ?? object.status?.observedGeneration;
      return !(generation !== undefined && observed !== undefined && observed < generation);
    }
    case 'jsonpath': {
      if (!object) return false;
      const values = findValues(parseJsonPath(what.path), object);
      if (values.length === 0) return false;
      if (what.value === null) return true;
      return values.length === 1 && printedValue(values[0]) === what.value;
    }
  }
}

function check(run: Run, phase: WaitPhase): void {
  const left: Target[] = [];
  for (const target of phase.left) {
    const resource = resourceById(target.resource) as Resource;
    const got = fetch(run, resource, target.namespace, target.name);
    const object = 'object' in got ? got.object : undefined;
    if (!object && phase.what.kind !== 'delete' && phase.what.kind !== 'create') {
      delete run.state.phase;
      run.fail(checkErr((got as { failure: Failure }).failure));
      return;
    }
    // One after the other: the first that does not hold keeps those after it.
    if (left.length === 0 && holds(phase.what, object, target)) run.line(`${printedName(resource, target.name)} condition met`);
    else left.push(target);
  }
  phase.left = left;
  if (left.length === 0) delete run.state.phase;
}

export const waitPhase: PhaseCode = {
  begin: (run, phase) => check(run, phase as WaitPhase),
  event(run, phase, event) {
    if (event.event !== 'SYNCED') check(run, phase as WaitPhase);
  },
  timer(run, phase) {
    const p = phase as WaitPhase;
    const told: string[] = [];
    for (const target of p.left) {
      const resource = resourceById(target.resource) as Resource;
      const got = fetch(run, resource, target.namespace, target.name);
      if (holds(p.what, 'object' in got ? got.object : undefined, target)) run.line(`${printedName(resource, target.name)} condition met`);
      else told.push(`timed out waiting for the condition on ${resource.plural}/${target.name}`);
    }
    delete run.state.phase;
    if (told.length > 0) run.fail(told.length === 1 ? plainError(told[0] as string) : new CommandError(told.join('\n')));
  },
};
