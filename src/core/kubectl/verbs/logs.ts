/** kubectl logs. Models k8s.io/kubectl/pkg/cmd/logs/logs.go and pkg/polymorphichelpers/logsforobject.go, v1.36.2. */
import type { Container, Pod } from '../../api/types.ts';
import { type ContainerLogs, type ContainerLogsAnswer, kubeletOf } from '../../contracts/kubelet.ts';
import { parseTime } from '../../engine/time.ts';
import { resourceFor } from '../builder.ts';
import { CommandError, plainError, usageError } from '../errors.ts';
import type { PhaseCode } from '../phases.ts';
import type { Phase, Run } from '../run.ts';
import { podsOf } from './pods-of.ts';

interface Source {
  namespace: string;
  pod: string;
  node: string;
  container: string;
  prefix: string;
  /** Characters printed so far (follow). */
  told: number;
}

interface LogOptions {
  previous: boolean;
  tail: number | null;
  sinceSeconds: number | null;
  timestamps: boolean;
  limitBytes: number | null;
}

export function logs(run: Run): void {
  const { args } = run;
  const selector = run.has('selector');
  if (args.length === 0 && !selector)
    throw usageError('logs', "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command");
  if (selector && args.length > 0) throw usageError('logs', 'only a selector (-l) or a POD name is allowed');
  if (args.length > 2)
    throw usageError('logs', "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command");
  if (run.has('since') && run.has('since-time')) throw plainError('at most one of `sinceTime` or `sinceSeconds` may be specified');
  if (run.has('tail') && run.int('tail', 0) < -1) throw plainError('--tail must be greater than or equal to -1');
  const container = args[1] ?? run.flag('container');
  if (container !== '' && run.on('all-containers')) throw plainError(`--all-containers=true should not be specified with container name ${container}`);
  const sources = (selector ? bySelector(run) : byName(run, args[0] as string)).flatMap((pod) => sourcesOf(run, pod, container, selector));
  const options: LogOptions = {
    previous: run.on('previous'),
    tail: run.has('tail') ? (run.int('tail', -1) < 0 ? null : run.int('tail', -1)) : selector ? 10 : null,
    sinceSeconds: since(run),
    timestamps: run.on('timestamps'),
    limitBytes: run.has('limit-bytes') ? run.int('limit-bytes', 0) : null,
  };
  if (run.on('follow')) {
    const most = run.int('max-log-requests', 5);
    if (sources.length > most)
      throw plainError(
        `you are attempting to follow ${sources.length} log streams, but maximum allowed concurrency is ${most}, use --max-log-requests to increase the limit`,
      );
    follow(run, sources, options);
    return;
  }
  for (const source of sources) {
    const answer = ask(run, source, options);
    if (answer.error !== undefined) {
      if (run.on('ignore-errors')) {
        run.out(`error: ${answer.error}\n`);
        continue;
      }
      throw refusal(answer, source);
    }
    run.out(prefixed(answer.text ?? '', source.prefix));
  }
}

function since(run: Run): number | null {
  if (run.has('since')) return Math.ceil(run.duration('since', 0) / 1000);
  if (!run.has('since-time')) return null;
  const at = parseTime(run.flag('since-time'));
  if (Number.isNaN(at))
    throw plainError(
      `parsing time ${JSON.stringify(run.flag('since-time'))} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(run.flag('since-time'))} as "2006"`,
    );
  return Math.max(1, Math.ceil((run.epochMs - at) / 1000));
}

function bySelector(run: Run): Pod[] {
  const result = run.api({
    verb: 'list',
    resource: 'pods',
    ...(run.allNamespaces ? {} : { namespace: run.namespace }),
    labelSelector: run.flag('selector'),
  });
  const pods = (result.list?.items ?? []) as Pod[];
  if (!result.list) throw plainError(result.status?.message ?? '');
  if (pods.length === 0) run.err(`No resources found in ${run.namespace} namespace.\n`);
  return pods;
}

function byName(run: Run, word: string): Pod[] {
  const [type, name] = word.includes('/') ? (word.split('/') as [string, string]) : ['pods', word];
  const resource = resourceFor(type);
  const result = run.api({ verb: 'get', resource: resource.id, ...(resource.namespaced ? { namespace: run.namespace } : {}), name });
  if (!result.object) {
    const status = result.status;
    if (status?.code === 404)
      throw plainError(`error from server (NotFound): ${status.message}${resource.namespaced ? ` in namespace "${run.namespace}"` : ''}`);
    throw plainError(status?.message ?? '');
  }
  if (resource.id === 'pods') return [result.object as Pod];
  const pods = podsOf(run, resource, result.object);
  if (pods === null)
    throw plainError(
      `cannot get the logs from *${goPackage(resource.apiVersion)}.${resource.kind}: selector for *${goPackage(resource.apiVersion)}.${resource.kind} not implemented`,
    );
  if (pods.length === 0) throw plainError('timed out waiting for the condition');
  if (run.on('all-pods')) return pods;
  if (pods.length > 1) run.err(`Found ${pods.length} pods, using pod/${(pods[0] as Pod).metadata.name}\n`);
  return pods.slice(0, 1);
}

const goPackage = (apiVersion: string): string => apiVersion.slice(apiVersion.indexOf('/') + 1);

/** Names of all containers as errors list them. */
export function containerNames(pod: Pod): string {
  const names = [
    ...pod.spec.containers.map((c) => c.name),
    ...(pod.spec.initContainers ?? []).map((c) => `${c.name} (init)`),
    ...(pod.spec.ephemeralContainers ?? []).map((c) => `${c.name} (ephem)`),
  ];
  return names.join(', ');
}

export const allContainers = (pod: Pod): Container[] => [...pod.spec.containers, ...(pod.spec.initContainers ?? []), ...(pod.spec.ephemeralContainers ?? [])];

/** DefaultContainer: the annotation's, else the first; told when there are others. */
export function defaultContainer(run: Run, pod: Pod): string {
  const annotated = pod.metadata.annotations?.['kubectl.kubernetes.io/default-container'];
  if (annotated) {
    if (allContainers(pod).some((c) => c.name === annotated)) return annotated;
    run.err(`Default container name "${annotated}" not found in pod ${pod.metadata.name}\n`);
  }
  const first = (pod.spec.containers[0] as Container).name;
  if (allContainers(pod).length > 1) run.err(`Defaulted container "${first}" out of: ${containerNames(pod)}\n`);
  return first;
}

function sourcesOf(run: Run, pod: Pod, container: string, several: boolean): Source[] {
  const prefixing = run.on('prefix');
  const source = (name: string): Source => ({
    namespace: pod.metadata.namespace ?? '',
    pod: pod.metadata.name,
    node: pod.spec.nodeName ?? '',
    container: name,
    prefix: prefixing ? `[pod/${pod.metadata.name}/${name}] ` : '',
    told: 0,
  });
  void several;
  if (run.on('all-containers') || run.on('all-pods')) {
    const init = (pod.spec.initContainers ?? []).map((c) => c.name);
    return [...init, ...pod.spec.containers.map((c) => c.name), ...(pod.spec.ephemeralContainers ?? []).map((c) => c.name)].map(source);
  }
  if (container === '') return [source(defaultContainer(run, pod))];
  if (!allContainers(pod).some((c) => c.name === container))
    throw plainError(`container ${container} is not valid for pod ${pod.metadata.name} out of: ${containerNames(pod)}`);
  return [source(container)];
}

function ask(run: Run, source: Source, options: LogOptions): ContainerLogsAnswer {
  // Nobody runs it yet: the server answers with nothing.
  if (source.node === '') return { text: '' };
  const request: ContainerLogs = {
    type: 'ContainerLogs',
    namespace: source.namespace,
    pod: source.pod,
    container: source.container,
    ...(options.previous ? { previous: true } : {}),
    ...(options.tail !== null ? { tailLines: options.tail } : {}),
    ...(options.sinceSeconds !== null ? { sinceSeconds: options.sinceSeconds } : {}),
    ...(options.timestamps ? { timestamps: true } : {}),
    ...(options.limitBytes !== null ? { limitBytes: options.limitBytes } : {}),
  };
  const answer = run.ctx.call<ContainerLogsAnswer>(kubeletOf(source.node), request);
  if (answer.error !== 'unavailable') return answer;
  const ip = nodeIP(run, source.node);
  return {
    code: 500,
    error: `Get "https://${ip}:10250/containerLogs/${source.namespace}/${source.pod}/${source.container}": dial tcp ${ip}:10250: connect: connection refused`,
  };
}

export function nodeIP(run: Run, name: string): string {
  const node = run.api({ verb: 'get', resource: 'nodes', name }).object as { status?: { addresses?: { type: string; address: string }[] } } | undefined;
  return node?.status?.addresses?.find((a) => a.type === 'InternalIP')?.address ?? name;
}

function refusal(answer: ContainerLogsAnswer, source: Source): CommandError {
  void source;
  const code = answer.code ?? 400;
  if (code === 400) return new CommandError(`Error from server (BadRequest): ${answer.error}`);
  if (code === 404) return new CommandError(`Error from server (NotFound): ${answer.error}`);
  return new CommandError(`Error from server: ${answer.error}`);
}

function prefixed(text: string, prefix: string): string {
  if (prefix === '' || text === '') return text;
  const ended = text.endsWith('\n');
  return (
    (ended ? text.slice(0, -1) : text)
      .split('\n')
      .map((line) => prefix + line)
      .join('\n') + (ended ? '\n' : '')
  );
}

interface Follow extends Phase {
  kind: 'follow';
  sources: Source[];
  options: LogOptions;
}

const pollMs = 1000;

function follow(run: Run, sources: Source[], options: LogOptions): void {
  const phase: Follow = { kind: 'follow', sources, options, timers: { poll: 0 } };
  run.state.phase = phase;
}

export const followLogs: PhaseCode = {
  timer(run, phase) {
    const p = phase as Follow;
    for (const source of p.sources) {
      // The first piece is as asked; afterwards whatever is new.
      const first = source.told === 0;
      const all = ask(run, source, { ...p.options, tail: null, sinceSeconds: null, limitBytes: null });
      if (all.error !== undefined) {
        if (first) {
          delete run.state.phase;
          run.fail(refusal(all, source));
          return;
        }
        continue;
      }
      const text = all.text ?? '';
      if (first) {
        const asked = ask(run, source, p.options);
        run.out(prefixed(asked.text ?? '', source.prefix));
      } else if (text.length > source.told - 1) run.out(prefixed(text.slice(source.told - 1), source.prefix));
      source.told = text.length + 1;
    }
    if (p.sources.every((s) => ended(run, s))) delete run.state.phase;
    else run.timer('poll', pollMs);
  },
};

function ended(run: Run, source: Source): boolean {
  const pod = run.api({ verb: 'get', resource: 'pods', namespace: source.namespace, name: source.pod }).object as Pod | undefined;
  if (!pod) return true;
  const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.ephemeralContainerStatuses ?? [])];
  const status = statuses.find((c) => c.name === source.container);
  return status?.state.terminated !== undefined || (status?.state.waiting !== undefined && status.lastState?.terminated !== undefined);
}
