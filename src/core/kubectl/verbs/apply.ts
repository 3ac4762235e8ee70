/** kubectl apply. Models k8s.io/kubectl/pkg/cmd/apply/apply.go, v1.36.2. */
import type { KubeObject } from '../../api/types.ts';
import { applyObject } from '../apply/apply-object.ts';
import { type Info, readFiles, report } from '../builder.ts';
import { type Failure, failureOf, nameProblem, plainError, usageError, withSource } from '../errors.ts';
import type { PhaseCode } from '../phases.ts';
import { goJsonIndent } from '../printers/json.ts';
import { formatOf, listOf, printResult, printValue } from '../printers/print.ts';
import type { Phase, Run } from '../run.ts';

export function apply(run: Run): void {
  if (run.args.length > 0) throw usageError('apply', `Unexpected args: [${run.args.join(' ')}]`);
  if (run.has('kustomize')) throw plainError('kustomize is not simulated: build the manifests and use -f');
  if (run.all('filename').length === 0) throw plainError('must specify one of -f and -k');
  if (run.on('prune')) throw plainError('--prune is not simulated');
  const format = formatOf(run);
  const serverSide = run.on('server-side');
  if (serverSide && run.dryRun === 'client') throw plainError("--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)");
  if (run.on('force-conflicts') && !serverSide) throw plainError('--force-conflicts only works with --server-side');
  const { infos, failures } = readFiles(run, validation(run) !== 'Ignore');
  if (infos.length === 0 && failures.length === 0) {
    throw plainError('no objects passed to apply');
  }
  const phase: Applying = { kind: 'apply', flags: run.flags, infos, next: 0, failures, printed: [] };
  if (run.dryRun === 'none' && infos.length > 1) run.state.phase = phase as unknown as Phase;
  else {
    while (phase.next < infos.length) applyNext(run, phase, format, serverSide);
    endApply(run, phase, format);
  }
}

/** An object after the other. */
interface Applying {
  kind: 'apply';
  flags: Run['flags'];
  infos: Info[];
  next: number;
  failures: Failure[];
  /** To be printed at the end. */
  printed: KubeObject[];
}

/** From one object to the next, ms: a GET and a POST or PATCH, measured. */
const objectMs = 22;

export const applyPhase: PhaseCode = {
  begin: (run, phase) => applyStep(run, phase),
  timer: (run, phase) => applyStep(run, phase),
};

function applyStep(run: Run, state: Phase): void {
  const phase = state as unknown as Applying;
  run.flags = phase.flags;
  const format = formatOf(run);
  applyNext(run, phase, format, run.on('server-side'));
  if (phase.next < phase.infos.length) run.timer('next', objectMs);
  else {
    delete run.state.phase;
    endApply(run, phase, format);
  }
}

function applyNext(run: Run, phase: Applying, format: ReturnType<typeof formatOf>, serverSide: boolean): void {
  const info = phase.infos[phase.next] as Info;
  phase.next += 1;
  const done = serverSide ? applyServerSide(run, info) : applyOne(run, info);
  if ('failure' in done) phase.failures.push(done.failure);
  else if (format.kind === '' || format.kind === 'name') printResult(run, format, info.resource, done.object, done.verb);
  else phase.printed.push(done.object);
}

function endApply(run: Run, phase: Applying, format: ReturnType<typeof formatOf>): void {
  const { printed } = phase;
  if (printed.length === 1 && phase.infos.length === 1) run.out(printValue(run, format, printed[0]));
  else if (printed.length > 0) run.out(printValue(run, format, listOf(printed)));
  report(run, phase.failures);
}

type Done = { object: KubeObject; verb: string } | { failure: Failure };

function applyOne(run: Run, info: Info): Done {
  const object = info.object as KubeObject;
  const metadata = (object.metadata ?? {}) as { generateName?: unknown };
  if (info.name === '' && typeof metadata.generateName === 'string' && metadata.generateName !== '')
    return { failure: { text: `from ${metadata.generateName}: cannot use generate name with apply` } };
  const problem = nameProblem(info.name);
  if (problem !== undefined) return { failure: retrieving(info, { text: problem }) };
  const applied = applyObject((call) => run.api(call), info.resource, info.namespace, object, {
    dryRun: run.dryRun,
    fieldValidation: validation(run),
    overwrite: run.flag('overwrite') !== 'false',
  });
  for (const warning of applied.warnings) run.err(`Warning: ${warning}\n`);
  if (applied.result.object) return { object: applied.result.object, verb: applied.verb };
  const failure = failureOf(applied.result.status);
  if (applied.step === 'get') return { failure: retrieving(info, failure) };
  if (applied.step === 'create') return { failure: withSource(failure, 'creating', info.source) };
  return {
    failure: withSource(failure, `applying patch:\n${goJsonIndent({})}\nto:\n${described(info)}\nfor:`, info.source),
  };
}

const described = (info: Info): string => {
  const { resource } = info;
  const gv = `${resource.group}/${resource.version}`;
  return `Resource: "${gv}, Resource=${resource.plural}", GroupVersionKind: "${gv}, Kind=${resource.kind}"\nName: "${info.name}", Namespace: "${info.namespace}"`;
};

function retrieving(info: Info, failure: Failure): Failure {
  const text = `error when retrieving current configuration of:\n${described(info)}\nfrom server for: "${info.source}"`;
  if (!failure.status) return { text: `${text}: ${failure.text}` };
  return { status: { ...failure.status, message: `${text}: ${failure.status.message}` } };
}

export function validation(run: Run): 'Strict' | 'Warn' | 'Ignore' {
  switch (run.flag('validate', 'strict')) {
    case 'true':
    case 'strict':
      return 'Strict';
    case 'warn':
      return 'Warn';
    case 'false':
    case 'ignore':
      return 'Ignore';
    default:
      throw plainError(`invalid - validate option ${JSON.stringify(run.flag('validate'))}; must be one of: strict (or true), warn, ignore (or false)`);
  }
}

function applyServerSide(run: Run, info: Info): Done {
  if (info.name === '') return { failure: { text: 'metadata.name is required for server-side apply' } };
  const problem = nameProblem(info.name);
  if (problem !== undefined) return { failure: { text: problem } };
  const object = info.object as KubeObject;
  const sent = { ...object, metadata: { ...object.metadata, ...(info.namespace ? { namespace: info.namespace } : {}) } };
  const result = run.api({
    verb: 'patch',
    resource: info.resource.id,
    ...(info.resource.namespaced ? { namespace: info.namespace } : {}),
    name: info.name,
    patchType: 'apply',
    patch: sent,
    options: {
      fieldManager: run.flag('field-manager', 'kubectl'),
      force: run.on('force-conflicts'),
      fieldValidation: validation(run),
      ...(run.dryRun === 'server' ? { dryRun: true } : {}),
    },
  });
  if (!result.object) return { failure: failureOf(result.status) };
  return { object: result.object, verb: 'serverside-applied' };
}
