/** kubectl rollout. Models k8s.io/kubectl/pkg/cmd/rollout and pkg/polymorphichelpers/{history,rollback,rollout_status,objectrestarter}.go, v1.36.2. */
import { clone } from '../../api/equal.ts';
import { type Resource, resourceById } from '../../api/resources.ts';
import type { KubeObject } from '../../api/types.ts';
import { rfc3339 } from '../../engine/time.ts';
import { type Found, fetch, find, report } from '../builder.ts';
import { templateText } from '../describe/template.ts';
import { replicaSetsOf } from '../describe/workloads.ts';
import { type Failure, failureOf, plainError } from '../errors.ts';
import type { PhaseCode } from '../phases.ts';
import { formatOf, printResult } from '../printers/print.ts';
import { tableTabs, tabulate } from '../printers/tabwriter.ts';
import { type Phase, printedName, type Run } from '../run.ts';
import { isManaged, patchObject, patchTo } from './send.ts';

// biome-ignore lint/suspicious/noExplicitAny: objects of kinds without types
type Any = any;

function objects(run: Run): Found {
  if (run.args.length === 0 && run.all('filename').length === 0) throw plainError('required resource not specified');
  return find(run, { args: run.args, ...(run.has('selector') ? { selector: run.flag('selector') } : {}), selectAll: false });
}

const kinds = ['Deployment', 'DaemonSet', 'StatefulSet'];
const revisionNote = 'deployment.kubernetes.io/revision';
const causeNote = 'kubernetes.io/change-cause';

interface StatusPhase extends Phase {
  kind: 'rolloutStatus';
  resource: string;
  namespace: string;
  name: string;
  revision: number;
  told: string;
}

export function rolloutStatus(run: Run): void {
  const found = objects(run);
  if (found.failures.length > 0 || found.infos.length === 0) {
    report(run, found.failures);
    return;
  }
  const info = found.infos[0] as Found['infos'][number];
  if (!kinds.includes(info.resource.kind)) throw plainError(`no status viewer has been implemented for ${info.resource.kind}`);
  const phase: StatusPhase = {
    kind: 'rolloutStatus',
    resource: info.resource.id,
    namespace: info.namespace,
    name: info.name,
    revision: run.int('revision', 0),
    told: '',
    watches: [{ resource: info.resource.id, namespace: info.namespace, fieldSelector: `metadata.name=${info.name}` }],
  };
  const timeout = run.duration('timeout', 0);
  if (timeout > 0) phase.timers = { timeout };
  phase.watch = run.flag('watch') !== 'false';
  run.state.phase = phase;
}

function checkStatus(run: Run, phase: StatusPhase): void {
  const resource = resourceById(phase.resource) as Resource;
  const got = fetch(run, resource, phase.namespace, phase.name);
  if (!('object' in got)) {
    delete run.state.phase;
    run.fail(plainError('object has been deleted'));
    return;
  }
  const status = statusOf(got.object, phase.revision);
  if ('failure' in status) {
    delete run.state.phase;
    run.fail(plainError(status.failure));
    return;
  }
  if (status.text !== phase.told) run.out(status.text);
  phase.told = status.text;
  if (status.done || phase.watch === false) delete run.state.phase;
}

type Rollout = { text: string; done: boolean } | { failure: string };

function statusOf(o: KubeObject, revision: number): Rollout {
  const { metadata, spec, status = {} } = o as Any;
  if (revision > 0) {
    const now = Number(metadata.annotations?.[revisionNote] ?? 0);
    if (now !== revision) return { failure: `desired revision (${revision}) is different from the running revision (${now})` };
  }
  const observed = (metadata.generation ?? 0) <= (status.observedGeneration ?? 0);
  const n = (value: unknown): number => (typeof value === 'number' ? value : 0);
  switch (o.kind) {
    case 'Deployment': {
      if (!observed) return { text: 'Waiting for deployment spec update to be observed...\n', done: false };
      const progressing = (status.conditions ?? []).find((c: Any) => c.type === 'Progressing');
      if (progressing?.reason === 'ProgressDeadlineExceeded') return { failure: `deployment "${metadata.name}" exceeded its progress deadline` };
      const what = `Waiting for deployment "${metadata.name}" rollout to finish: `;
      if (n(status.updatedReplicas) < n(spec.replicas))
        return { text: `${what}${n(status.updatedReplicas)} out of ${n(spec.replicas)} new replicas have been updated...\n`, done: false };
      if (n(status.replicas) > n(status.updatedReplicas))
        return { text: `${what}${n(status.replicas) - n(status.updatedReplicas)} old replicas are pending termination...\n`, done: false };
      if (n(status.availableReplicas) < n(status.updatedReplicas))
        return { text: `${what}${n(status.availableReplicas)} of ${n(status.updatedReplicas)} updated replicas are available...\n`, done: false };
      return { text: `deployment "${metadata.name}" successfully rolled out\n`, done: true };
    }
    case 'DaemonSet': {
      if (spec.updateStrategy?.type !== 'RollingUpdate') return { failure: 'rollout status is only available for RollingUpdate strategy type' };
      if (!observed) return { text: 'Waiting for daemon set spec update to be observed...\n', done: false };
      const what = `Waiting for daemon set "${metadata.name}" rollout to finish: `;
      if (n(status.updatedNumberScheduled) < n(status.desiredNumberScheduled))
        return { text: `${what}${n(status.updatedNumberScheduled)} out of ${n(status.desiredNumberScheduled)} new pods have been updated...\n`, done: false };
      if (n(status.numberAvailable) < n(status.desiredNumberScheduled))
        return { text: `${what}${n(status.numberAvailable)} of ${n(status.desiredNumberScheduled)} updated pods are available...\n`, done: false };
      return { text: `daemon set "${metadata.name}" successfully rolled out\n`, done: true };
    }
    default: {
      if (spec.updateStrategy?.type !== 'RollingUpdate') return { failure: 'rollout status is only available for RollingUpdate strategy type' };
      if (!observed || n(status.observedGeneration) === 0) return { text: 'Waiting for statefulset spec update to be observed...\n', done: false };
      const replicas = spec.replicas ?? 1;
      if (n(status.readyReplicas) < replicas) return { text: `Waiting for ${replicas - n(status.readyReplicas)} pods to be ready...\n`, done: false };
      const partition = spec.updateStrategy.rollingUpdate?.partition ?? 0;
      if (partition > 0) {
        if (n(status.updatedReplicas) < replicas - partition)
          return {
            text: `Waiting for partitioned roll out to finish: ${n(status.updatedReplicas)} out of ${replicas - partition} new pods have been updated...\n`,
            done: false,
          };
        return { text: `partitioned roll out complete: ${n(status.updatedReplicas)} new pods have been updated...\n`, done: true };
      }
      if (status.updateRevision !== status.currentRevision)
        return {
          text: `waiting for statefulset rolling update to complete ${n(status.updatedReplicas)} pods at revision ${status.updateRevision}...\n`,
          done: false,
        };
      return { text: `statefulset rolling update complete ${n(status.currentReplicas)} pods at revision ${status.currentRevision}...\n`, done: true };
    }
  }
}

export const rolloutWait: PhaseCode = {
  begin: (run, phase) => checkStatus(run, phase as StatusPhase),
  event(run, phase, event) {
    if (event.event !== 'SYNCED') checkStatus(run, phase as StatusPhase);
  },
  timer(run) {
    delete run.state.phase;
    run.fail(plainError('timed out waiting for the condition'));
  },
};

interface Revision {
  revision: number;
  template: Any;
  cause: string;
  name: string;
}

/** Revisions of what rolls out, oldest first. */
function revisionsOf(run: Run, o: KubeObject): Revision[] {
  if (o.kind === 'Deployment') {
    return replicaSetsOf(run, o)
      .all.map((rs) => ({
        revision: Number(rs.metadata.annotations?.[revisionNote] ?? 0),
        template: rs.spec?.template,
        cause: rs.metadata.annotations?.[causeNote] ?? '',
        name: rs.metadata.name,
      }))
      .filter((r) => r.revision > 0)
      .sort((a, b) => a.revision - b.revision);
  }
  const list = run.api({ verb: 'list', resource: 'controllerrevisions.apps', namespace: o.metadata.namespace ?? '' }).list?.items ?? [];
  return list
    .filter((r) => r.metadata.ownerReferences?.some((ref) => ref.controller && ref.uid === o.metadata.uid))
    .map((r) => ({
      revision: Number(r.revision ?? 0),
      template: r.data?.spec?.template,
      cause: r.metadata.annotations?.[causeNote] ?? '',
      name: r.metadata.name,
    }))
    .sort((a, b) => a.revision - b.revision);
}

export function rolloutHistory(run: Run): void {
  const { infos, failures } = objects(run);
  const wanted = run.int('revision', 0);
  if (run.has('revision') && wanted < 0) throw plainError(`revision must be a positive integer: ${wanted}`);
  for (const info of infos) {
    const o = info.object as KubeObject;
    if (!kinds.includes(o.kind)) {
      failures.push({ text: `no history viewer has been implemented for ${JSON.stringify(o.kind)}` });
      continue;
    }
    const revisions = revisionsOf(run, o);
    const name = printedName(info.resource, info.name);
    if (wanted > 0) {
      const found = revisions.find((r) => r.revision === wanted);
      if (!found) {
        failures.push({ text: `unable to find the specified revision` });
        continue;
      }
      const note = found.cause
        ? { ...found.template, metadata: { ...found.template?.metadata, annotations: { ...found.template?.metadata?.annotations, [causeNote]: found.cause } } }
        : found.template;
      run.out(`${name} with revision #${wanted}\n${templateText(note)}\n`);
      continue;
    }
    if (revisions.length === 0) {
      run.out(`${name} \nNo rollout history found.\n`);
      continue;
    }
    const rows = revisions.map((r) => `${r.revision}\t${r.cause || '<none>'}`);
    run.out(`${name} \n${tabulate(`REVISION\tCHANGE-CAUSE\n${rows.join('\n')}\n`, { ...tableTabs, padding: 2, minWidth: 0 })}\n`);
  }
  report(run, failures);
}

export function rolloutUndo(run: Run): void {
  const { infos, failures } = objects(run);
  const to = run.int('to-revision', 0);
  const format = formatOf(run);
  for (const info of infos) {
    const o = info.object as KubeObject;
    if (isManaged(o) && kinds.includes(o.kind))
      run.err(
        `Warning: resource ${info.resource.plural}/${info.name} was previously managed with 'kubectl apply'. Rolling back will not update the kubectl.kubernetes.io/last-applied-configuration annotation, which may cause unexpected behavior on future 'kubectl apply' operations. Consider using 'kubectl apply' with your previous configuration file instead.\n`,
      );
    const failure = undo(run, info, o, to, format);
    if (failure) failures.push(failure);
  }
  report(run, failures);
}

function undo(run: Run, info: Found['infos'][number], o: KubeObject, to: number, format: ReturnType<typeof formatOf>): Failure | null {
  if (!kinds.includes(o.kind)) return { text: `no rollbacker has been implemented for ${JSON.stringify(o.kind)}` };
  if (o.spec?.paused) return { text: `cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again` };
  const revisions = revisionsOf(run, o);
  const target = to > 0 ? revisions.find((r) => r.revision === to) : revisions.at(-2);
  if (!target) return { text: to > 0 ? `unable to find specified revision ${to} in history` : `no rollout history found for deployment "${info.name}"` };
  const template = clone(target.template);
  if (template?.metadata?.labels) delete template.metadata.labels['pod-template-hash'];
  delete template?.$patch;
  const current = clone(o.spec.template);
  if (JSON.stringify(sorted(current)) === JSON.stringify(sorted(template))) {
    run.line(`${printedName(info.resource, info.name)} skipped rollback (current template already matches revision ${target.revision})`);
    return null;
  }
  if (run.dryRun === 'client') {
    run.line(`${printedName(info.resource, info.name)} ${templateText(template)}`);
    return null;
  }
  const result = patchObject(run, info.resource, info.namespace, info.name, 'json', [
    { op: 'replace', path: '/spec/template', value: template },
    ...(o.kind === 'Deployment'
      ? [{ op: o.metadata.annotations ? 'replace' : 'add', path: '/metadata/annotations', value: undoneAnnotations(o, target) }]
      : []),
  ]);
  if (!result.object) return failureOf(result.status);
  printResult(run, format, info.resource, result.object, 'rolled back');
  return null;
}

/** The change cause goes back too. */
function undoneAnnotations(o: KubeObject, target: Revision): Record<string, string> {
  const out: Record<string, string> = { ...o.metadata.annotations };
  if (target.cause) out[causeNote] = target.cause;
  else delete out[causeNote];
  return out;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((k) => [k, sorted((value as Record<string, unknown>)[k])]),
  );
}

function each(run: Run, verb: string, act: (after: KubeObject, info: Found['infos'][number]) => Failure | null): void {
  const { infos, failures } = objects(run);
  const format = formatOf(run);
  for (const info of infos) {
    const before = info.object as KubeObject;
    const after = clone(before);
    const failed = act(after, info);
    if (failed) {
      failures.push(failed);
      continue;
    }
    const result = patchTo(run, info.resource, before, after);
    if (result === null) printResult(run, format, info.resource, before, verb);
    else if (result.object) printResult(run, format, info.resource, result.object, verb);
    else failures.push({ text: `failed to patch: ${result.status?.message ?? ''}` });
  }
  report(run, failures);
}

export function rolloutRestart(run: Run): void {
  each(run, 'restarted', (after, info) => {
    if (!kinds.includes(after.kind)) return { text: `${info.resource.plural} ${JSON.stringify(info.name)} restarting is not supported` };
    if (after.spec?.paused) return { text: `can't restart paused deployment (run rollout resume first)` };
    const template = after.spec.template;
    template.metadata ??= {};
    template.metadata.annotations = { ...template.metadata.annotations, 'kubectl.kubernetes.io/restartedAt': rfc3339(run.epochMs) };
    return null;
  });
}

export function rolloutPause(run: Run): void {
  each(run, 'paused', (after, info) => {
    if (after.kind !== 'Deployment') return { text: `${info.resource.plural} ${JSON.stringify(info.name)} pausing is not supported` };
    if (after.spec.paused) return { text: `deployments.apps ${JSON.stringify(info.name)} is already paused` };
    after.spec.paused = true;
    return null;
  });
}

export function rolloutResume(run: Run): void {
  each(run, 'resumed', (after, info) => {
    if (after.kind !== 'Deployment') return { text: `${info.resource.plural} ${JSON.stringify(info.name)} resuming is not supported` };
    if (!after.spec.paused) return { text: `deployments.apps ${JSON.stringify(info.name)} is not paused` };
    delete after.spec.paused;
    return null;
  });
}
