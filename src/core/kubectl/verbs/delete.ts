/** kubectl delete. Models k8s.io/kubectl/pkg/cmd/delete/delete.go and pkg/cmd/wait, v1.36.2. */
import { resourceById } from '../../api/resources.ts';
import type { RequestOptions } from '../../contracts/watch.ts';
import { type Found, fetch, find, type Info, nothingGiven, report } from '../builder.ts';
import { type Failure, failureOf, nameProblem, plainError } from '../errors.ts';
import type { PhaseCode } from '../phases.ts';
import { type Phase, type Run, typeName } from '../run.ts';

/** Longer than anybody waits: a week. */
const weekMs = 168 * 3_600_000;

export function deleteVerb(run: Run): void {
  const output = run.flag('output');
  if (output !== '' && output !== 'name') throw plainError(`unexpected -o output mode: ${output}. We only support '-o name'`);
  let grace = run.int('grace-period', -1);
  const force = run.on('force');
  if (run.on('now') && run.has('grace-period')) throw plainError('--now and --grace-period cannot be specified together');
  if (run.on('now')) grace = 1;
  if (grace === 0 && !force) grace = 1;
  else if (force && grace < 0) grace = 0;
  if (force && grace > 0) throw plainError('--force and --grace-period greater than 0 cannot be specified together');
  if (run.on('all') && run.has('selector')) throw plainError('cannot set --all and --selector at the same time');
  if (run.on('all') && run.has('field-selector')) throw plainError('cannot set --all and --field-selector at the same time');
  const policy = propagation(run);
  if (run.args.length === 0 && run.all('filename').length === 0) throw nothingGiven('delete');
  const found = find(run, {
    args: run.args,
    local: run.all('filename').length > 0,
    ...(run.has('selector') ? { selector: run.flag('selector') } : {}),
    ...(run.has('field-selector') ? { fieldSelector: run.flag('field-selector') } : {}),
    selectAll: run.on('all'),
    ignoreNotFound: run.on('ignore-not-found') || run.on('all'),
  });
  warn(run, found, force);
  const options: RequestOptions = {
    ...(grace >= 0 ? { gracePeriodSeconds: grace } : {}),
    ...(run.dryRun === 'server' ? { dryRun: true } : {}),
    propagationPolicy: policy,
  };
  const failures: Failure[] = [...found.failures];
  const deleted: Waiting[] = [];
  for (const info of found.infos) deleteOne(run, info, options, grace === 0, failures, deleted);
  report(run, failures);
  if (found.infos.length === 0) {
    if (failures.length === 0 && !found.named) run.line('No resources found');
    return;
  }
  if (run.flag('wait') === 'false' || run.dryRun !== 'none' || deleted.length === 0 || failures.length > 0) return;
  const timeout = run.duration('timeout', 0);
  run.state.phase = waitForDeletion(deleted, timeout === 0 ? weekMs : timeout < 0 ? weekMs : timeout);
}

function propagation(run: Run): NonNullable<RequestOptions['propagationPolicy']> {
  switch (run.flag('cascade', 'background')) {
    case 'true':
      run.err('warning: --cascade=true is deprecated (boolean value) and can be replaced with --cascade=background.\n');
      return 'Background';
    case 'false':
      run.err('warning: --cascade=false is deprecated (boolean value) and can be replaced with --cascade=orphan.\n');
      return 'Orphan';
    case 'background':
      return 'Background';
    case 'foreground':
      return 'Foreground';
    case 'orphan':
      return 'Orphan';
    default:
      throw plainError(`invalid cascade value (${run.flag('cascade')}). Must be "background", "foreground", or "orphan"`);
  }
}

function warn(run: Run, found: Found, force: boolean): void {
  if (run.chosenNamespace && found.infos.some((i) => !i.resource.namespaced))
    run.err('Warning: deleting cluster-scoped resources, not scoped to the provided namespace\n');
  if (force)
    run.err(
      'Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.\n',
    );
}

interface Waiting {
  resource: string;
  namespace: string;
  name: string;
  uid: string;
}

function deleteOne(run: Run, info: Info, options: RequestOptions, forced: boolean, failures: Failure[], deleted: Waiting[]): void {
  const { resource, namespace, name } = info;
  const problem = nameProblem(name);
  if (problem !== undefined) {
    failures.push({ text: problem });
    return;
  }
  const where = { resource: resource.id, ...(resource.namespaced ? { namespace } : {}), name };
  let uid = info.object?.metadata?.uid;
  if (run.dryRun !== 'client') {
    if (info.source !== '') {
      const got = run.api({ verb: 'get', ...where });
      uid = got.object?.metadata.uid;
    }
    const result = run.api({ verb: 'delete', ...where, options });
    if (result.code >= 300) {
      if (!(result.code === 404 && (run.on('ignore-not-found') || run.on('all')))) failures.push(failureOf(result.status));
      return;
    }
  }
  if (uid) deleted.push({ resource: resource.id, namespace, name, uid });
  if (run.flag('output') === 'name') {
    run.line(`${typeName(resource)}/${name}`);
    return;
  }
  const operation = run.done(forced ? 'force deleted' : 'deleted');
  run.line(`${typeName(resource)} "${name}" ${operation}${resource.namespaced ? ` from ${namespace} namespace` : ''}`);
}

interface DeleteWait extends Phase {
  kind: 'deleteWait';
  left: Waiting[];
}

export function waitForDeletion(objects: Waiting[], timeoutMs: number): Phase {
  const phase: DeleteWait = { kind: 'deleteWait', left: objects, timers: { timeout: timeoutMs }, watches: [] };
  const seen = new Set<string>();
  const watches: { resource: string; namespace?: string; fieldSelector?: string }[] = [];
  const one = objects.length === 1 ? objects[0] : undefined;
  for (const o of objects) {
    const key = `${o.resource} ${o.namespace}`;
    if (seen.has(key)) continue;
    seen.add(key);
    watches.push({ resource: o.resource, ...(o.namespace ? { namespace: o.namespace } : {}), ...(one ? { fieldSelector: `metadata.name=${one.name}` } : {}) });
  }
  phase.watches = watches;
  return phase;
}

function check(run: Run, phase: DeleteWait): void {
  phase.left = phase.left.filter((o) => {
    const resource = resourceById(o.resource);
    if (!resource) return false;
    const got = fetch(run, resource, o.namespace, o.name);
    return 'object' in got && got.object.metadata.uid === o.uid;
  });
  if (phase.left.length === 0) delete run.state.phase;
}

export const deleteWait: PhaseCode = {
  begin: (run, phase) => check(run, phase as DeleteWait),
  event(run, phase, event) {
    if (event.event === 'DELETED' || event.event === 'SYNCED') check(run, phase as DeleteWait);
  },
  timer(run, phase) {
    const first = (phase as DeleteWait).left[0];
    delete run.state.phase;
    if (first) run.fail(plainError(`timed out waiting for the condition on ${resourceById(first.resource)?.plural}/${first.name}`));
  },
};
