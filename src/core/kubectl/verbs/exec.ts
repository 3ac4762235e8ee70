/** exec, attach, and the rest of `run -it`. Models k8s.io/kubectl/pkg/cmd/{exec,attach,run}, v1.36.2. */
import type { ContainerStatus, Pod } from '../../api/types.ts';
import { type ContainerExec, type ContainerLogs, type ContainerLogsAnswer, kubeletOf } from '../../contracts/kubelet.ts';
import { fetch, resourceFor } from '../builder.ts';
import { CommandError, checkErr, plainError, usageError } from '../errors.ts';
import type { PhaseCode } from '../phases.ts';
import type { Phase, Run } from '../run.ts';
import { waitForDeletion } from './delete.ts';
import { allContainers, defaultContainer, nodeIP } from './logs.ts';
import { podsOf } from './pods-of.ts';

export function exec(run: Run): void {
  const { args } = run;
  const dash = run.flags.dash;
  if (args.length === 0 && run.all('filename').length === 0) throw usageError('exec', 'pod, type/name or --filename must be specified');
  if (dash < 0) {
    if (args.length === 1) throw usageError('exec', 'you must specify at least one command for the container');
    throw usageError('exec', 'exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead');
  }
  if (dash === 0) throw usageError('exec', 'pod, type/name or --filename must be specified');
  if (dash > 1) throw usageError('exec', 'exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead');
  const words = args.slice(dash);
  if (words.length === 0) throw usageError('exec', 'you must specify at least one command for the container');
  const pod = podFor(run, args[0] as string);
  const phase = pod.status?.phase;
  if (phase === 'Succeeded' || phase === 'Failed') throw plainError(`cannot exec into a container in a completed pod; current phase is ${phase}`);
  const container = containerFor(run, pod);
  const node = hostOf(run, pod);
  const tty = run.on('tty');
  const request: ContainerExec = {
    type: 'ContainerExec',
    id: run.state.key,
    namespace: pod.metadata.namespace ?? '',
    pod: pod.metadata.name,
    container,
    cmd: words,
    ...(run.on('stdin') && run.state.stdin !== undefined ? { stdin: run.state.stdin } : {}),
    ...(tty ? { tty: true } : {}),
  };
  run.ctx.send(kubeletOf(node), request);
  const waiting: ExecPhase = { kind: 'exec', node };
  run.state.phase = waiting;
}

interface ExecPhase extends Phase {
  kind: 'exec';
  node: string;
}

/** A pod by name, or one of a workload's. */
export function podFor(run: Run, word: string): Pod {
  const [type, name] = word.includes('/') ? (word.split('/') as [string, string]) : ['pods', word];
  const resource = resourceFor(type);
  const got = fetch(run, resource, run.namespace, name);
  if (!('object' in got)) throw checkErr(got.failure);
  if (resource.id === 'pods') return got.object as Pod;
  const pods = podsOf(run, resource, got.object);
  if (pods === null)
    throw plainError(`cannot attach to *${resource.version}.${resource.kind}: selector for *${resource.version}.${resource.kind} not implemented`);
  if (pods.length === 0) throw plainError('timed out waiting for the condition');
  return pods[0] as Pod;
}

function containerFor(run: Run, pod: Pod): string {
  const name = run.flag('container');
  if (name === '') return defaultContainer(run, pod);
  if (!allContainers(pod).some((c) => c.name === name)) throw plainError(`container ${name} not found in pod ${pod.metadata.name}`);
  return name;
}

/** The node that runs it, or why there is no way to it. */
export function hostOf(run: Run, pod: Pod): string {
  const node = pod.spec.nodeName ?? '';
  if (node === '') throw plainError(`unable to upgrade connection: pod ${pod.metadata.name} does not have a host assigned`);
  if (!run.ctx.isUp(kubeletOf(node)))
    throw new CommandError(`Error from server: error dialing backend: dial tcp ${nodeIP(run, node)}:10250: connect: connection refused`);
  return node;
}

export const execWait: PhaseCode = {
  reply(run, _phase, reply) {
    delete run.state.phase;
    run.out(reply.stdout);
    run.err(reply.stderr);
    if (reply.error !== undefined && reply.error !== '') {
      run.fail(plainError(execError(reply.error)));
      return;
    }
    if (reply.exitCode !== 0) {
      run.err(`command terminated with exit code ${reply.exitCode}\n`);
      run.state.rc = reply.exitCode;
    }
  },
};

/** What the kubelet's streaming server makes of a refusal. */
function execError(error: string): string {
  if (error.startsWith('container not found')) return `unable to upgrade connection: ${error}`;
  if (error.startsWith('Internal error occurred') || error.startsWith('unable to upgrade')) return error;
  return `Internal error occurred: Internal error occurred: error executing command in container: ${error}`;
}

export interface Attach {
  namespace: string;
  pod: string;
  container: string;
  /** Delete the pod at the end (--rm). */
  remove: boolean;
  timeoutMs: number;
  /** What the container has printed before is not shown. */
  fromNow?: boolean;
  /** The pod ends by itself, and its exit code is the command's. */
  never: boolean;
  tty: boolean;
}

interface AttachPhase extends Phase {
  kind: 'attach';
  what: Attach;
  attached: boolean;
  /** Characters of the log that were there already, or have been shown. */
  told: number;
}

export function attachTo(run: Run, what: Attach): void {
  const phase: AttachPhase = {
    kind: 'attach',
    what,
    attached: false,
    told: what.fromNow ? Number.MAX_SAFE_INTEGER : 0,
    watches: [{ resource: 'pods', namespace: what.namespace, fieldSelector: `metadata.name=${what.pod}` }],
    timers: { timeout: what.timeoutMs },
  };
  run.state.phase = phase;
}

export function attach(run: Run): void {
  const { args } = run;
  if (args.length === 0) throw usageError('attach', 'at least 1 argument is required for attach');
  if (args.length > 1) throw usageError('attach', `expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw ${args.length}: [${args.join(' ')}]`);
  const pod = podFor(run, args[0] as string);
  const phase = pod.status?.phase;
  if (phase === 'Succeeded' || phase === 'Failed') throw plainError(`cannot attach a container in a completed pod; current phase is ${phase}`);
  const container = containerFor(run, pod);
  hostOf(run, pod);
  attachTo(run, {
    namespace: pod.metadata.namespace ?? '',
    pod: pod.metadata.name,
    container,
    remove: false,
    timeoutMs: run.duration('pod-running-timeout', 60_000),
    never: false,
    fromNow: true,
    tty: run.on('tty'),
  });
}

const pollMs = 500;

function statusOf(pod: Pod, container: string): ContainerStatus | undefined {
  return [...(pod.status?.containerStatuses ?? []), ...(pod.status?.ephemeralContainerStatuses ?? [])].find((c) => c.name === container);
}

function podOf(run: Run, what: Attach): Pod | undefined {
  return run.api({ verb: 'get', resource: 'pods', namespace: what.namespace, name: what.pod }).object as Pod | undefined;
}

/** New text of the container's log: what an attached terminal would have shown. */
function showOutput(run: Run, phase: AttachPhase, pod: Pod): void {
  const { what } = phase;
  const request: ContainerLogs = { type: 'ContainerLogs', namespace: what.namespace, pod: what.pod, container: what.container };
  const answer = run.ctx.call<ContainerLogsAnswer>(kubeletOf(pod.spec.nodeName ?? ''), request);
  const text = answer.error === undefined ? (answer.text ?? '') : '';
  if (phase.told === Number.MAX_SAFE_INTEGER) phase.told = text.length;
  if (text.length > phase.told) run.out(text.slice(phase.told));
  phase.told = Math.max(phase.told, text.length);
}

function follow(run: Run, phase: AttachPhase): void {
  const pod = podOf(run, phase.what);
  if (!pod) {
    delete run.state.phase;
    run.fail(plainError(`pods "${phase.what.pod}" not found`));
    return;
  }
  const status = statusOf(pod, phase.what.container);
  const ended = status?.state?.terminated !== undefined || pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
  if (!phase.attached && (status?.state?.running || ended)) {
    phase.attached = true;
    if (phase.what.tty && !ended) run.err("If you don't see a command prompt, try pressing enter.\n");
    run.timer('poll', pollMs);
  }
  if (!phase.attached) return;
  showOutput(run, phase, pod);
  if (!ended) return;
  finish(run, phase, status?.state?.terminated?.exitCode ?? 0, pod);
}

function finish(run: Run, phase: AttachPhase, exitCode: number, pod: Pod): void {
  const { what } = phase;
  delete run.state.phase;
  if (what.remove) {
    run.api({ verb: 'delete', resource: 'pods', namespace: what.namespace, name: what.pod, options: { propagationPolicy: 'Background' } });
    run.line(`pod "${what.pod}" deleted from ${what.namespace} namespace`);
    run.state.phase = waitForDeletion([{ resource: 'pods', namespace: what.namespace, name: what.pod, uid: pod.metadata.uid }], 168 * 3_600_000);
  }
  if (what.never && exitCode !== 0) {
    run.err(`pod ${what.namespace}/${what.pod} terminated (${pod.status?.containerStatuses?.[0]?.state?.terminated?.reason ?? 'Error'})\n`);
    run.state.rc = exitCode;
  }
}

export const attachWait: PhaseCode = {
  begin: (run, phase) => follow(run, phase as AttachPhase),
  event(run, phase, event) {
    if (event.event !== 'SYNCED') follow(run, phase as AttachPhase);
  },
  timer(run, phase, name) {
    const p = phase as AttachPhase;
    if (name === 'poll') {
      follow(run, p);
      if (run.state.phase === phase) run.timer('poll', pollMs);
    } else if (!p.attached) {
      delete run.state.phase;
      run.fail(plainError('timed out waiting for the condition'));
    }
  },
};

/** debug --image: an ephemeral container in a running pod. */
export function debug(run: Run): void {
  const word = run.args[0];
  if (word === undefined) throw usageError('debug', 'NAME is required for debug');
  if (!run.has('image')) throw plainError('you must specify --image or --profile');
  if (/^nodes?\//.test(word)) throw plainError('debugging nodes is not simulated: use the shell of the node');
  if (run.has('copy-to')) throw plainError('--copy-to is not simulated');
  const pod = podFor(run, word);
  const taken = new Set(allContainers(pod).map((c) => c.name));
  let name = run.flag('container');
  if (name === '') {
    const letters = 'bcdfghjklmnpqrstvwxz2456789';
    do {
      name = 'debugger-';
      for (let i = 0; i < 5; i += 1) name += letters[Math.floor(run.ctx.random() * letters.length)];
    } while (taken.has(name));
    run.out(`Defaulting debug container name to ${name}.\n`);
  } else if (taken.has(name)) throw plainError(`container ${name} already exists in pod ${pod.metadata.name}`);
  const words = run.flags.dash >= 0 ? run.args.slice(run.flags.dash) : run.args.slice(1);
  const container = {
    name,
    image: run.flag('image'),
    ...(words.length > 0 ? (run.on('arguments-only') ? { args: words } : { command: words }) : {}),
    ...(run.has('target') ? { targetContainerName: run.flag('target') } : {}),
    ...(run.on('stdin') ? { stdin: true } : {}),
    ...(run.on('tty') ? { tty: true } : {}),
  };
  if (run.has('target'))
    run.out(
      `Targeting container ${JSON.stringify(run.flag('target'))}. If you don't see processes from this container it may be because the container runtime doesn't support this feature.\n`,
    );
  const result = run.api({
    verb: 'patch',
    resource: 'pods',
    namespace: pod.metadata.namespace ?? '',
    name: pod.metadata.name,
    subresource: 'ephemeralcontainers',
    patchType: 'strategic',
    patch: { spec: { ephemeralContainers: [container] } },
    options: { fieldManager: 'kubectl-debug' },
  });
  run.must(result);
  if (!run.on('stdin') && !run.on('attach')) return;
  attachTo(run, {
    namespace: pod.metadata.namespace ?? '',
    pod: pod.metadata.name,
    container: name,
    remove: false,
    timeoutMs: 60_000,
    never: false,
    tty: run.on('tty'),
  });
}
