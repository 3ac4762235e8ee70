/** cordon, uncordon, drain. Models k8s.io/kubectl/pkg/{drain,cmd/drain}, v1.36.2. */
import { type Resource, resourceById } from '../../api/resources.ts';
import { matchesRequirements, parseLabelSelector } from '../../api/selector.ts';
import type { Node, Pod } from '../../api/types.ts';
import { goDuration } from '../../engine/time.ts';
import { fetch, find } from '../builder.ts';
import { CommandError, checkAll, plainError, usageError } from '../errors.ts';
import type { PhaseCode } from '../phases.ts';
import { type Phase, printedName, type Run } from '../run.ts';
import { patchObject } from './send.ts';

const nodes = resourceById('nodes') as Resource;

function nodesOf(run: Run, verb: string): Node[] {
  if (run.args.length === 0 && !run.has('selector')) throw usageError(verb, `USAGE: ${verb} NODE [flags]`);
  if (run.args.length > 0 && run.has('selector')) throw plainError('error: cannot specify both a node name and a --selector option');
  const named = run.args.map((a) => a.replace(/^nodes?\//, ''));
  const found = find(run, { args: ['nodes', ...named], ...(run.has('selector') ? { selector: run.flag('selector') } : {}), selectAll: false });
  if (found.failures.length > 0) throw checkAll(found.failures);
  return found.infos.map((i) => i.object as Node);
}

/** False when it was so already. */
function mark(run: Run, node: Node, unschedulable: boolean): void {
  const word = unschedulable ? 'cordoned' : 'uncordoned';
  const name = printedName(nodes, node.metadata.name);
  if ((node.spec.unschedulable ?? false) === unschedulable) {
    run.line(`${name} already ${run.done(word)}`);
    return;
  }
  if (run.dryRun !== 'client') {
    const result = patchObject(run, nodes, '', node.metadata.name, 'strategic', { spec: { unschedulable: unschedulable ? true : null } });
    if (!result.object) {
      run.err(`error: unable to ${unschedulable ? 'cordon' : 'uncordon'} node ${JSON.stringify(node.metadata.name)}: ${result.status?.message ?? ''}\n`);
      run.state.rc = 1;
      return;
    }
  }
  run.line(`${name} ${run.done(word)}`);
}

export function cordon(run: Run): void {
  for (const node of nodesOf(run, 'cordon')) mark(run, node, true);
}

export function uncordon(run: Run): void {
  for (const node of nodesOf(run, 'uncordon')) mark(run, node, false);
}

interface Victim {
  namespace: string;
  name: string;
  uid: string;
  state: 'evict' | 'wait' | 'retry' | 'gone';
  delete: boolean;
}

interface DrainPhase extends Phase {
  kind: 'drain';
  node: string;
  rest: string[];
  victims: Victim[];
  timeoutMs: number;
  options: DrainOptions;
  errors: [string, string[]][];
  /** The timeout is over. */
  expired: boolean;
}

interface DrainOptions {
  force: boolean;
  ignoreDaemonSets: boolean;
  deleteEmptyDir: boolean;
  graceSeconds: number;
  disableEviction: boolean;
  podSelector: string;
  dryRun: string;
}

const daemonSetFatal = 'cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore)';
const daemonSetWarning = 'ignoring DaemonSet-managed Pods';
const localFatal = 'cannot delete Pods with local storage (use --delete-emptydir-data to override)';
const localWarning = 'deleting Pods with local storage';
const unmanagedFatal = 'cannot delete Pods that declare no controller (use --force to override)';
const unmanagedWarning = 'deleting Pods that declare no controller';

export function drain(run: Run): void {
  const list = nodesOf(run, 'drain');
  const options: DrainOptions = {
    force: run.on('force'),
    ignoreDaemonSets: run.on('ignore-daemonsets'),
    deleteEmptyDir: run.on('delete-emptydir-data') || run.on('delete-local-data'),
    graceSeconds: run.int('grace-period', -1),
    disableEviction: run.on('disable-eviction'),
    podSelector: run.flag('pod-selector'),
    dryRun: run.dryRun,
  };
  for (const node of list) mark(run, node, true);
  next(
    run,
    list.map((n) => n.metadata.name),
    options,
    run.duration('timeout', 0),
    [],
  );
}

/** The next node, or the end. */
function next(run: Run, names: string[], options: DrainOptions, timeoutMs: number, errors: [string, string[]][]): void {
  const [name, ...rest] = names;
  if (name === undefined) {
    if (errors.length > 0) fail(run, errors);
    return;
  }
  const result = choose(run, name, options);
  if ('errors' in result) {
    errors.push([name, result.errors]);
    unable(run, name, result.errors);
    next(run, rest, options, timeoutMs, errors);
    return;
  }
  if (result.warning !== '') run.err(`Warning: ${result.warning}\n`);
  if (options.dryRun !== 'none') {
    for (const v of result.victims) run.line(`evicting pod ${v.namespace}/${v.name} (${options.dryRun === 'client' ? 'dry run' : 'server dry run'})`);
    run.line(`node/${name} drained (${options.dryRun === 'client' ? 'dry run' : 'server dry run'})`);
    next(run, rest, options, timeoutMs, errors);
    return;
  }
  if (result.victims.length === 0) {
    run.line(`node/${name} drained`);
    next(run, rest, options, timeoutMs, errors);
    return;
  }
  const phase: DrainPhase = {
    kind: 'drain',
    node: name,
    rest,
    victims: result.victims,
    timeoutMs,
    options,
    errors,
    expired: false,
    watches: [{ resource: 'pods', fieldSelector: `spec.nodeName=${name}` }],
    timers: { retry: retryMs, ...(timeoutMs > 0 ? { timeout: timeoutMs } : {}) },
  };
  run.state.phase = phase;
}

const retryMs = 5000;

function unable(run: Run, name: string, errors: string[]): void {
  const text = errors.length === 1 ? errors[0] : `[${errors.join(', ')}]`;
  run.err(`error: unable to drain node ${JSON.stringify(name)} due to error: ${text}, continuing command...\n`);
}

function fail(run: Run, errors: [string, string[]][]): void {
  run.err(`There are pending nodes to be drained:\n${errors.map(([name]) => ` ${name}\n`).join('')}`);
  const all = errors.flatMap(([, list]) => list);
  // A single error is told as one, without the word before it, as of an aggregate.
  run.fail(new CommandError(all.join('\n')));
}

/** Which pods go, or why none do. Models pkg/drain/filters.go. */
function choose(run: Run, node: string, options: DrainOptions): { victims: Victim[]; warning: string } | { errors: string[] } {
  const list = (run.api({ verb: 'list', resource: 'pods', fieldSelector: `spec.nodeName=${node}` }).list?.items ?? []) as Pod[];
  const selector = options.podSelector ? parseLabelSelector(options.podSelector) : undefined;
  const fatal: Record<string, string[]> = {};
  const warnings: Record<string, string[]> = {};
  const victims: Victim[] = [];
  const note = (into: Record<string, string[]>, key: string, pod: Pod): void => {
    into[key] ??= [];
    into[key]?.push(`${pod.metadata.namespace}/${pod.metadata.name}`);
  };
  for (const pod of list) {
    if (selector?.requirements && !matchesRequirements(selector.requirements, pod.metadata.labels)) continue;
    const owner = pod.metadata.ownerReferences?.find((r) => r.controller);
    const finished = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
    if (owner?.kind === 'DaemonSet' && !finished) {
      const exists = run.api({ verb: 'get', resource: 'daemonsets.apps', namespace: pod.metadata.namespace ?? '', name: owner.name }).object;
      if (exists) {
        if (options.ignoreDaemonSets) note(warnings, daemonSetWarning, pod);
        else note(fatal, daemonSetFatal, pod);
        continue;
      }
      if (!options.force) {
        note(fatal, unmanagedFatal, pod);
        continue;
      }
    }
    if (pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined) continue;
    let warned = '';
    if (!finished) {
      if ((pod.spec.volumes ?? []).some((v) => v.emptyDir !== undefined)) {
        if (!options.deleteEmptyDir) {
          note(fatal, localFatal, pod);
          continue;
        }
        warned = localWarning;
      }
      if (!owner) {
        if (!options.force) {
          note(fatal, unmanagedFatal, pod);
          continue;
        }
        warned = unmanagedWarning;
      }
    }
    // Local storage that goes is not told of (recorded): the last filter's word counts.
    if (warned === unmanagedWarning) note(warnings, warned, pod);
    victims.push({ namespace: pod.metadata.namespace ?? '', name: pod.metadata.name, uid: pod.metadata.uid, state: 'evict', delete: options.disableEviction });
  }
  // Upstream walks a small Go map: in the order in which the kinds came up, but from the middle on one time in eight. Simplified: from the first on always.
  const told = (kinds: Record<string, string[]>): string[] => Object.entries(kinds).map(([key, pods]) => `${key}: ${pods.join(', ')}`);
  const errors = told(fatal);
  if (errors.length > 0) return { errors };
  const texts = told(warnings);
  return { victims, warning: texts.join('; ') };
}

function evict(run: Run, phase: DrainPhase): void {
  for (const v of phase.victims) {
    if (v.state !== 'evict' && v.state !== 'retry') continue;
    run.line(`${v.delete ? 'deleting' : 'evicting'} pod ${v.namespace}/${v.name}`);
    const deleteOptions = phase.options.graceSeconds >= 0 ? { gracePeriodSeconds: phase.options.graceSeconds } : {};
    const result = v.delete
      ? run.api({ verb: 'delete', resource: 'pods', namespace: v.namespace, name: v.name, options: deleteOptions })
      : run.api({
          verb: 'create',
          resource: 'pods',
          subresource: 'eviction',
          namespace: v.namespace,
          name: v.name,
          object: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: v.name, namespace: v.namespace }, deleteOptions },
        });
    if (result.code < 300) v.state = 'wait';
    else if (result.code === 404) v.state = 'gone';
    else if (result.code === 429) {
      v.state = 'retry';
      run.err(`error when evicting pods/${JSON.stringify(v.name)} -n ${JSON.stringify(v.namespace)} (will retry after 5s): ${result.status?.message ?? ''}\n`);
    } else {
      // Anything else ends the drain of this node.
      delete run.state.phase;
      const text = `error when evicting pods/${JSON.stringify(v.name)} -n ${JSON.stringify(v.namespace)}: ${result.status?.message ?? ''}`;
      giveUp(run, phase, [text]);
      return;
    }
  }
  check(run, phase);
}

function giveUp(run: Run, phase: DrainPhase, texts: string[]): void {
  delete run.state.phase;
  const pending = phase.victims.filter((v) => v.state !== 'gone');
  const list = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  run.err(`There are pending pods in node ${JSON.stringify(phase.node)} when an error occurred: ${list}\n${pending.map((v) => `pod/${v.name}\n`).join('')}`);
  unable(run, phase.node, texts);
  phase.errors.push([phase.node, texts]);
  next(run, phase.rest, phase.options, phase.timeoutMs, phase.errors);
}

const pods = resourceById('pods') as Resource;

function check(run: Run, phase: DrainPhase): void {
  for (const v of phase.victims) {
    if (v.state !== 'wait') continue;
    const got = fetch(run, pods, v.namespace, v.name);
    if ('object' in got && got.object.metadata.uid === v.uid) continue;
    v.state = 'gone';
    run.line(`pod/${v.name} ${v.delete ? 'deleted' : 'evicted'}`);
  }
  if (phase.victims.some((v) => v.state !== 'gone')) return;
  delete run.state.phase;
  run.line(`node/${phase.node} drained`);
  next(run, phase.rest, phase.options, phase.timeoutMs, phase.errors);
}

const timeouts = (p: DrainPhase): string[] =>
  p.victims
    .filter((v) => v.state !== 'gone')
    .map((v) => {
      const what =
        v.state === 'wait'
          ? `error when waiting for pod ${JSON.stringify(v.name)} in namespace ${JSON.stringify(v.namespace)} to terminate`
          : `error when evicting pods/${JSON.stringify(v.name)} -n ${JSON.stringify(v.namespace)}`;
      return `${what}: global timeout reached: ${goDuration(p.timeoutMs)}`;
    });

export const drainPhase: PhaseCode = {
  begin: (run, phase) => evict(run, phase as DrainPhase),
  event(run, phase, event) {
    if (event.event === 'DELETED') check(run, phase as DrainPhase);
  },
  timer(run, phase, name) {
    const p = phase as DrainPhase;
    if (name === 'retry' && p.expired) {
      // The deadline is only seen at the next try.
      for (const v of p.victims) if (v.state === 'retry') run.line(`${v.delete ? 'deleting' : 'evicting'} pod ${v.namespace}/${v.name}`);
      giveUp(run, p, timeouts(p));
      return;
    }
    if (name === 'retry') {
      evict(run, p);
      if (run.state.phase === phase) run.timer('retry', retryMs);
      return;
    }
    if (p.victims.some((v) => v.state === 'retry')) p.expired = true;
    else giveUp(run, p, timeouts(p));
  },
};
