/** Containers: create, start, stop, remove, and how they end. Models containerd internal/cri/server/container_{create,start,stop,remove}.go, events.go. */
import type { ContainerConfig, CriError, LinuxContainerResources } from '../../contracts/cri.ts';
import { share } from '../../engine/share.ts';
import type { Ctx } from '../../engine/types.ts';
import type { Args } from './args.ts';
import { createCgroup, removeCgroup, setCgroup } from './cgroups.ts';
import { findImage, imageRefOf } from './images.ts';
import { createSteps, implementationOf, startSteps, step, versionOf } from './implementations.ts';
import { containerChanged, containerItem, criContainerState } from './items.ts';
import { removeRootfs, signal, spawn, timer } from './kernel.ts';
import { closeLog, newLog, openLog } from './logs.ts';
import { about, begin, newID, reply, resume, stepNote, unknownError } from './operations.ts';
import { containerCgroup, processSpec } from './spec.ts';
import type { Container, Operation, RuntimeState, Step } from './state.ts';

type Call = { replyTo: string; id: string };

export function createContainer(state: RuntimeState, call: Call, podSandboxId: string, config: ContainerConfig, ctx: Ctx) {
  const fail = (error: CriError) => reply(ctx, call.replyTo, call.id, 'CreateContainer', { error }, 2);
  const sandbox = state.sandboxes[podSandboxId];
  if (!sandbox) return fail({ code: 'NotFound', message: `failed to find sandbox id "${podSandboxId}": not found` });
  const { name: pod, namespace, uid } = sandbox.config.metadata;
  const name = `${config.metadata.name}_${pod}_${namespace}_${uid}_${config.metadata.attempt}`;
  const holder = state.names[name];
  if (holder !== undefined) return fail(unknownError(`failed to reserve container name "${name}": name "${name}" is reserved for "${holder}"`));
  const id = newID(ctx);
  state.names[name] = id;
  const steps = createSteps(state.args).map((s) => ({ ...s, ms: about(ctx, s.ms) }));
  begin(state, ctx, { rpc: 'CreateContainer', ...call, target: id, create: { podSandboxId, name, config: share(config) } }, steps);
}

export function startContainer(state: RuntimeState, call: Call, containerId: string, ctx: Ctx) {
  const c = state.containers[containerId];
  const fail = (error: CriError) => reply(ctx, call.replyTo, call.id, 'StartContainer', { error }, 1);
  if (!c) return fail({ code: 'NotFound', message: `an error occurred when try to find container "${containerId}": not found` });
  const refused =
    c.state !== 'created'
      ? `container is in ${criContainerState(c)} state`
      : c.removing
        ? "container is in removing state, can't be started"
        : c.starting
          ? 'container is already in starting state'
          : '';
  if (refused !== '') return fail(unknownError(`failed to set starting state for container "${containerId}": ${refused}`));
  c.starting = true;
  const steps = startSteps(state.args).map((s) => ({ ...s, ms: about(ctx, s.ms) }));
  begin(state, ctx, { rpc: 'StartContainer', ...call, target: containerId }, steps);
}

export function stopContainer(state: RuntimeState, call: Call, containerId: string, timeoutSeconds: number, ctx: Ctx) {
  const c = state.containers[containerId];
  if (!c || (c.state !== 'running' && c.state !== 'unknown')) return reply(ctx, call.replyTo, call.id, 'StopContainer', { response: {} }, 1);
  const { ociRuntime, daemon } = implementationOf(state.args);
  begin(state, ctx, { rpc: 'StopContainer', ...call, target: containerId, timeoutMs: timeoutSeconds * 1000 }, [
    step('signal', ociRuntime, 4),
    step('reply', daemon, about(ctx, 18)),
  ]);
}

export function removeContainer(state: RuntimeState, call: Call, containerId: string, ctx: Ctx) {
  const c = state.containers[containerId];
  if (!c) return reply(ctx, call.replyTo, call.id, 'RemoveContainer', { response: {} }, 1);
  const fail = (why: string) =>
    reply(ctx, call.replyTo, call.id, 'RemoveContainer', { error: unknownError(`failed to set removing state for container "${containerId}": ${why}`) }, 1);
  if (c.starting) return fail("container is in starting state, can't be removed");
  if (c.removing) return fail('container is already in removing state');
  c.removing = true;
  const { ociRuntime, daemon } = implementationOf(state.args);
  begin(state, ctx, { rpc: 'RemoveContainer', ...call, target: containerId }, [step('await exits', ociRuntime, 2), step('remove', daemon, about(ctx, 10))]);
}

export function updateResources(state: RuntimeState, call: Call, containerId: string, linux: LinuxContainerResources, ctx: Ctx) {
  const c = state.containers[containerId];
  if (!c) {
    const error: CriError = { code: 'NotFound', message: `failed to find container: not found` };
    return reply(ctx, call.replyTo, call.id, 'UpdateContainerResources', { error }, 1);
  }
  c.resources = share({ ...c.resources, ...linux });
  if (c.state === 'running') setCgroup(ctx, state.args, c.cgroup, c.resources);
  reply(ctx, call.replyTo, call.id, 'UpdateContainerResources', { response: {} }, 12);
}

export function containerEffect(state: RuntimeState, op: Operation, current: Step, ctx: Ctx): undefined | 'wait' | CriError {
  if (op.rpc === 'CreateContainer') return createEffect(state, op, current, ctx);
  const c = state.containers[op.target];
  if (!c) {
    op.steps = [];
    reply(ctx, op.replyTo, op.id, op.rpc, { response: {} });
    return undefined;
  }
  const podUID = c.spec.environment.podUID;
  switch (current.name) {
    case 'task create':
      createCgroup(ctx, state.args, c.cgroup, c.resources);
      stepNote(ctx, current, c.id, podUID, { detail: c.cgroup, state: 'creating' });
      return sandboxGone(state, c) ? startFailed(state, op, c, `sandbox container "${c.sandboxId}" is not running`, ctx) : undefined;
    case 'runc create':
      stepNote(ctx, current, c.id, podUID, { detail: `runc create --bundle /run/containerd/io.containerd.runtime.v2.task/k8s.io/${c.id}`, state: 'created' });
      return undefined;
    case 'runc start':
      return start(state, op, c, current, ctx);
    case 'start failed':
      return op.error;
    case 'signal':
      return stop(op, c, current, ctx);
    case 'await exits':
      if (c.state !== 'running') return undefined;
      killNow(c, ctx);
      return 'wait';
    case 'remove':
      stepNote(ctx, current, c.id, podUID);
      removeContainerNow(state, c.id, ctx);
      reply(ctx, op.replyTo, op.id, op.rpc, { response: {} });
      return undefined;
    case 'reply':
      reply(ctx, op.replyTo, op.id, op.rpc, { response: {} });
      return undefined;
    default:
      return undefined;
  }
}

/** StopContainer's grace is over. */
export function stopTimeout(state: RuntimeState, key: string, ctx: Ctx): void {
  const op = state.operations[key];
  const c = op && state.containers[op.target];
  if (!op?.waiting || !c) return;
  stepNote(ctx, step('signal', implementationOf(state.args).ociRuntime, 0), c.id, c.spec.environment.podUID, { detail: 'SIGKILL' });
  killNow(c, ctx);
}

/** The shim saw the first process end. */
export function containerExited(state: RuntimeState, c: Container, exitCode: number, oom: boolean, ctx: Ctx, finishedAtMs = ctx.nowMs): void {
  if (c.state !== 'running') return;
  const { monitor, ociRuntime } = implementationOf(state.args);
  c.state = 'exited';
  c.finishedAtMs = finishedAtMs;
  c.exitCode = exitCode;
  c.reason = oom ? 'OOMKilled' : exitCode === 0 ? 'Completed' : 'Error';
  c.pid = 0;
  closeLog(c.log, ctx);
  removeCgroup(ctx, c.cgroup);
  stepNote(ctx, step('reply', monitor, 0), c.id, c.spec.environment.podUID, {
    detail: `exit ${exitCode}${oom ? ', OOM' : ''}; ${ociRuntime} delete`,
    state: 'stopped',
  });
  containerChanged(state, c);
  for (const key in state.operations) {
    const op = state.operations[key] as Operation;
    if (op.waiting && op.target === c.id) resume(state, op, ctx);
  }
}

export function killNow(c: Container, ctx: Ctx): void {
  signal(ctx, c.id, 'SIGKILL');
}

/** Deletes the record, the writable layer and the reserved name. The log file is the kubelet's to remove. */
export function removeContainerNow(state: RuntimeState, id: string, ctx: Ctx): void {
  const c = state.containers[id];
  if (!c) return;
  removeRootfs(ctx, id);
  delete state.names[c.name];
  delete state.containers[id];
  state.containerList = null;
}

/** The words in which runc's refusal reaches the kubelet. `tail` is runc's own. */
export function startFailure(args: Args, tail: string): string {
  if (args.implementation === 'cri-o') return `container create failed: ${tail}`;
  const init = versionOf(args)[0] >= 2 ? 'error during container init: ' : '';
  if (args.implementation === 'docker') {
    return `failed to start container "": Error response from daemon: failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ${init}${tail}: unknown`;
  }
  return `failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ${init}${tail}: unknown`;
}

function createEffect(state: RuntimeState, op: Operation, current: Step, ctx: Ctx): undefined | CriError {
  const create = op.create as NonNullable<Operation['create']>;
  const sandbox = state.sandboxes[create.podSandboxId];
  const fail = (error: CriError): CriError => {
    delete state.names[create.name];
    return error;
  };
  if (!sandbox) return fail({ code: 'NotFound', message: `failed to find sandbox id "${create.podSandboxId}": not found` });
  stepNote(ctx, current, op.target, sandbox.config.metadata.uid);
  switch (current.name) {
    case 'snapshot':
      if (!findImage(state, create.config.image)) return fail({ code: 'NotFound', message: `failed to resolve image "${create.config.image}": not found` });
      return undefined;
    case 'spec': {
      const image = findImage(state, create.config.image);
      if (!image) return fail({ code: 'NotFound', message: `failed to resolve image "${create.config.image}": not found` });
      const imageName = image.tags[0] ?? image.digests[0] ?? image.id;
      const spec = processSpec(state, op.target, sandbox, create.config, image, imageName);
      if ('error' in spec) return fail(unknownError(spec.error));
      const logPath =
        create.config.logPath === '' || sandbox.config.logDirectory === '' ? '' : `${sandbox.config.logDirectory.replace(/\/$/, '')}/${create.config.logPath}`;
      const c: Container = {
        id: op.target,
        name: create.name,
        sandboxId: sandbox.id,
        config: create.config,
        spec,
        imageID: image.id,
        imageRef: imageRefOf(image),
        imageName,
        stopSignal: signalName(create.config.stopSignal || image.config.StopSignal || 'SIGTERM'),
        state: 'created',
        starting: false,
        removing: false,
        createdAtMs: ctx.nowMs,
        startedAtMs: 0,
        finishedAtMs: 0,
        exitCode: 0,
        reason: '',
        message: '',
        pid: 0,
        stopSignalSent: false,
        cgroup: containerCgroup(state, sandbox, op.target),
        resources: share({ ...create.config.linux.resources }),
        log: newLog(logPath),
        item: undefined as never,
      };
      c.item = containerItem(c);
      op.created = c;
      return undefined;
    }
    case 'runc check': {
      const c = op.created as Container;
      const answer = spawn(ctx, { check: true, owner: ctx.self, argv: c.spec.argv, environment: c.spec.environment });
      return answer.error ? fail(unknownError(startFailure(state.args, answer.error))) : undefined;
    }
    default: {
      const c = op.created as Container;
      state.containers[c.id] = c;
      state.containerList = null;
      reply(ctx, op.replyTo, op.id, 'CreateContainer', { response: { containerId: c.id } });
      return undefined;
    }
  }
}

const numbered: Record<string, string> = {
  '1': 'SIGHUP',
  '2': 'SIGINT',
  '3': 'SIGQUIT',
  '9': 'SIGKILL',
  '10': 'SIGUSR1',
  '12': 'SIGUSR2',
  '15': 'SIGTERM',
  '28': 'SIGWINCH',
};

/** Images write `QUIT`, `SIGQUIT` or `3`. */
function signalName(text: string): string {
  if (Object.hasOwn(numbered, text)) return numbered[text] as string;
  const upper = text.toUpperCase();
  return upper.startsWith('SIG') ? upper : `SIG${upper}`;
}

const sandboxGone = (state: RuntimeState, c: Container): boolean => state.sandboxes[c.sandboxId]?.state !== 'ready';

function start(state: RuntimeState, op: Operation, c: Container, current: Step, ctx: Ctx): undefined | CriError {
  if (state.args.implementation === 'cri-o') createCgroup(ctx, state.args, c.cgroup, c.resources);
  openLog(c.log, ctx);
  const answer = spawn(ctx, { owner: ctx.self, argv: c.spec.argv, environment: c.spec.environment });
  if (answer.pid === undefined) return startFailed(state, op, c, startFailure(state.args, answer.error ?? 'unavailable'), ctx);
  stepNote(ctx, current, c.id, c.spec.environment.podUID, { detail: `pid ${answer.pid}`, state: 'running' });
  c.starting = false;
  c.state = 'running';
  c.pid = answer.pid;
  c.startedAtMs = ctx.nowMs;
  containerChanged(state, c);
  return undefined;
}

/** The container ends without having run: 128, StartError. The answer comes when the shim has cleaned up. */
function startFailed(state: RuntimeState, op: Operation, c: Container, message: string, ctx: Ctx): undefined {
  c.starting = false;
  c.state = 'exited';
  c.finishedAtMs = ctx.nowMs;
  c.exitCode = 128;
  c.reason = 'StartError';
  c.message = message;
  removeCgroup(ctx, c.cgroup);
  stepNote(ctx, step('start failed', implementationOf(state.args).ociRuntime, 0), c.id, c.spec.environment.podUID, { detail: message, state: 'stopped' });
  containerChanged(state, c);
  op.error = unknownError(message);
  op.steps = [...op.steps.slice(0, op.next + 1), step('start failed', implementationOf(state.args).monitor, about(ctx, 30))];
  return undefined;
}

function stop(op: Operation, c: Container, current: Step, ctx: Ctx): undefined | 'wait' {
  if (c.state !== 'running') return undefined;
  const timeoutMs = op.timeoutMs ?? 0;
  if (timeoutMs <= 0) {
    stepNote(ctx, current, c.id, c.spec.environment.podUID, { detail: 'SIGKILL' });
    killNow(c, ctx);
    return 'wait';
  }
  if (!c.stopSignalSent) {
    c.stopSignalSent = true;
    stepNote(ctx, current, c.id, c.spec.environment.podUID, { detail: c.stopSignal });
    signal(ctx, c.id, c.stopSignal);
  }
  timer(ctx, { type: 'StopTimeout', key: op.key }, timeoutMs);
  return 'wait';
}
