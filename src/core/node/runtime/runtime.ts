/**
 * The container runtime of a node, address `NODE/runtime`: answers CRI, asks CNI for networks, the kernel for namespaces, cgroups and files,
 * and `NODE/workloads` for processes. Models containerd's CRI plugin; CRI-O and cri-dockerd by what differs.
 */
import { type CniAnswer, cniOf } from '../../contracts/cni.ts';
import type { CriAnswers, CriCall, CriReply, CriRequest, OciSpecRequest, PortForwardStream } from '../../contracts/cri.ts';
import type { KillPause } from '../../contracts/fault.ts';
import type { ExecDone, ProcessExited, ProcessOutput } from '../../contracts/process.ts';
import type { Connected, ConnectFailed, Received } from '../../contracts/socket.ts';
import { share } from '../../engine/share.ts';
import type { Body, Ctx, Message, Room } from '../../engine/types.ts';
import type { Args, PreloadedImage } from './args.ts';
import {
  containerEffect,
  containerExited,
  createContainer,
  removeContainer,
  startContainer,
  stopContainer,
  stopTimeout,
  updateResources,
} from './container.ts';
import { execDone, execSync, execsOf, execTimeout } from './exec.ts';
import { criImage, ensureImages, findImage, imageFsInfo, listImages, removeImage } from './images.ts';
import { implementationOf } from './implementations.ts';
import { containerChanged, containerStatus, containersOf, listContainers, listPodSandbox, sandboxChanged, sandboxesOf, sandboxStatus } from './items.ts';
import { logExit } from './journal.ts';
import { rootfsUsage, signal, wait } from './kernel.ts';
import { flushLog, reopenLog, writeOutput } from './logs.ts';
import { ociSpec } from './oci-spec.ts';
import { type Effect, reply, runStep } from './operations.ts';
import { forwardedSocket, portForward } from './port-forward.ts';
import { pullEffect, pullImage, pullTick } from './pull.ts';
import { pauseExited, removePodSandbox, runPodSandbox, sandboxContainerExited, sandboxEffect, stopPodSandbox } from './sandbox.ts';
import type { Container, RuntimeState, RuntimeTimer, Sandbox } from './state.ts';

export type { Args, PreloadedImage };

/** From a process's end to containerd's state, ms; on the recording machine a program that ends at once is still seen running. */
const taskExitMs = 25;

export const runtimeRoom: Room<RuntimeState> = {
  initial(args: Args): RuntimeState {
    return {
      args: share(args),
      sandboxes: {},
      containers: {},
      names: {},
      images: {},
      imageNames: {},
      imagesReady: false,
      sandboxList: null,
      containerList: null,
      imageList: null,
      operations: {},
      execs: {},
      forwards: {},
      lastKey: 0,
    };
  },

  /** Shims and containers live on without the daemon; what was under way is lost, and nobody answers for it. */
  restart(old: RuntimeState, args: Args, ctx: Ctx): RuntimeState {
    const state: RuntimeState = { ...old, args: share(args), operations: {}, execs: {}, forwards: {} };
    for (const id in state.sandboxes) recoverSandbox(state, state.sandboxes[id] as Sandbox, ctx);
    for (const id in state.containers) recoverContainer(state, state.containers[id] as Container, ctx);
    state.names = {};
    for (const id in state.sandboxes) state.names[(state.sandboxes[id] as Sandbox).name] = id;
    for (const id in state.containers) state.names[(state.containers[id] as Container).name] = id;
    state.sandboxList = null;
    state.containerList = null;
    return state;
  },

  handle(state: RuntimeState, message: Message, ctx: Ctx): void {
    const body = message.body as
      | CriCall
      | PortForwardStream
      | Connected
      | ConnectFailed
      | Received
      | ProcessExited
      | ProcessOutput
      | ExecDone
      | KillPause
      | RuntimeTimer;
    switch (body.type) {
      case 'Cri':
        criCall(state, message.from, body, ctx);
        return;
      case 'PortForwardStream':
        portForward(state, body, ctx);
        return;
      case 'Connected':
      case 'ConnectFailed':
      case 'Received':
        forwardedSocket(state, body, ctx);
        return;
      case 'RuntimeStep':
        runStep(state, body.key, ctx, effect);
        return;
      case 'ProcessOutput': {
        const c = state.containers[body.containerID];
        if (c) writeOutput(c, body.stream, body.text, ctx);
        return;
      }
      case 'ProcessExited':
        // The shim reaps the process and publishes TaskExit; containerd's event loop then takes it up.
        ctx.send(ctx.self, { ...body, type: 'TaskExit' } as Body, taskExitMs);
        return;
      case 'TaskExit':
        processExited(state, { ...body, type: 'ProcessExited' }, ctx);
        return;
      case 'ExecDone':
        execDone(state, body, ctx);
        return;
      case 'ExecTimeout':
        execTimeout(state, body.execID, ctx);
        return;
      case 'StopTimeout':
        stopTimeout(state, body.key, ctx);
        return;
      case 'PullTick':
        pullTick(state, body.key, body.generation, ctx);
        return;
      case 'FlushLog':
        flushLog(state, body.containerId, ctx);
        return;
      case 'KillPause':
        for (const id in state.sandboxes) {
          const s = state.sandboxes[id] as Sandbox;
          if (s.config.metadata.uid === body.podUID && s.pid !== 0) signal(ctx, id, 'SIGKILL');
        }
        return;
    }
  },

  serve(state: RuntimeState, request: Body, ctx: Ctx): unknown {
    if (request.type === 'OciSpec') return ociSpec(state, (request as OciSpecRequest).containerId);
    if (request.type !== 'Cri') return { error: 'unavailable' };
    ensureImages(state, ctx);
    const criRequest = (request as CriCall).request;
    const answer = read(state, criRequest, ctx) ?? { error: { code: 'Unimplemented', message: `${criRequest.rpc} is not a read` } };
    return { type: 'CriReply', id: (request as CriCall).id, rpc: criRequest.rpc, ...answer } as CriReply;
  },
};

const effect: Effect = (state, op, step, ctx) => {
  switch (op.rpc) {
    case 'RunPodSandbox':
    case 'StopPodSandbox':
    case 'RemovePodSandbox':
      return sandboxEffect(state, op, step, ctx);
    case 'PullImage':
      return pullEffect(state, op, step, ctx);
    default:
      return containerEffect(state, op, step, ctx);
  }
};

function criCall(state: RuntimeState, from: string, call: CriCall, ctx: Ctx) {
  ensureImages(state, ctx);
  const r = call.request;
  const to = { replyTo: from, id: call.id };
  switch (r.rpc) {
    case 'RunPodSandbox':
      return runPodSandbox(state, to, r.config, r.runtimeHandler, ctx);
    case 'StopPodSandbox':
      return stopPodSandbox(state, to, r.podSandboxId, ctx);
    case 'RemovePodSandbox':
      return removePodSandbox(state, to, r.podSandboxId, ctx);
    case 'CreateContainer':
      return createContainer(state, to, r.podSandboxId, r.config, ctx);
    case 'StartContainer':
      return startContainer(state, to, r.containerId, ctx);
    case 'StopContainer':
      return stopContainer(state, to, r.containerId, r.timeoutSeconds, ctx);
    case 'RemoveContainer':
      return removeContainer(state, to, r.containerId, ctx);
    case 'UpdateContainerResources':
      return updateResources(state, to, r.containerId, r.linux, ctx);
    case 'ExecSync':
      return execSync(state, to, r.containerId, r, ctx);
    case 'PullImage':
      return pullImage(state, to, r.image, r.auth, ctx);
    case 'RemoveImage':
      removeImage(state, r.image, ctx);
      return reply(ctx, from, call.id, r.rpc, { response: {} }, 8);
    case 'ReopenContainerLog': {
      const c = state.containers[r.containerId];
      if (!c)
        return reply(
          ctx,
          from,
          call.id,
          r.rpc,
          { error: { code: 'NotFound', message: `an error occurred when try to find container "${r.containerId}": not found` } },
          1,
        );
      if (c.state !== 'running') return reply(ctx, from, call.id, r.rpc, { error: { code: 'Unknown', message: 'container is not running' } }, 1);
      reopenLog(c.log, ctx);
      return reply(ctx, from, call.id, r.rpc, { response: {} }, 1);
    }
    default: {
      const answer = read(state, r, ctx);
      if (answer) reply(ctx, from, call.id, r.rpc, answer, 1);
    }
  }
}

type Read = { response: CriAnswers[CriRequest['rpc']] } | { error: NonNullable<CriReply['error']> };

/** Calls that change nothing, and so take no time worth modelling. */
function read(state: RuntimeState, r: CriRequest, ctx: Ctx): Read | undefined {
  switch (r.rpc) {
    case 'Version':
      return { response: { runtimeName: implementationOf(state.args).runtimeName, runtimeVersion: state.args.version } };
    case 'Status':
      return { response: status(state, ctx) };
    case 'ListPodSandbox':
      return { response: { items: r.filter ? sandboxesOf(state, r.filter.podUID) : listPodSandbox(state) } };
    case 'ListContainers':
      return { response: { containers: r.filter ? containersOf(state, r.filter.podUID) : listContainers(state) } };
    case 'PodSandboxStatus': {
      const s = state.sandboxes[r.podSandboxId];
      if (!s) return { error: { code: 'NotFound', message: `an error occurred when try to find sandbox: not found` } };
      return { response: { status: sandboxStatus(s) } };
    }
    case 'ContainerStatus': {
      const c = state.containers[r.containerId];
      if (!c) return { error: { code: 'NotFound', message: `an error occurred when try to find container "${r.containerId}": not found` } };
      return { response: { status: containerStatus(c) } };
    }
    case 'ContainerStats': {
      const { bytes, inodes } = rootfsUsage(ctx, r.containerId);
      return { response: { writableLayer: { usedBytes: bytes, inodesUsed: inodes } } };
    }
    case 'ListImages':
      return { response: { images: listImages(state) as CriAnswers['ListImages']['images'] } };
    case 'ImageStatus': {
      const image = findImage(state, r.image);
      return { response: image ? { image: criImage(image) } : {} };
    }
    case 'ImageFsInfo':
      return { response: imageFsInfo(state, ctx) };
    default:
      return undefined;
  }
}

function status(state: RuntimeState, ctx: Ctx): CriAnswers['Status'] {
  const answer = ctx.call<CniAnswer>(cniOf(ctx.host), { type: 'Cni', command: 'STATUS' } as never);
  const bad = answer?.error !== undefined;
  const message =
    state.args.implementation === 'cri-o'
      ? 'Network plugin returns error: no CNI configuration file in /etc/cni/net.d/. Has your network provider started?'
      : `Network plugin returns error: ${typeof answer?.error === 'object' ? answer.error.msg : 'cni plugin not initialized'}`;
  return {
    conditions: [
      { type: 'RuntimeReady', status: true, reason: '', message: '' },
      { type: 'NetworkReady', status: !bad, reason: bad ? 'NetworkPluginNotReady' : '', message: bad ? message : '' },
    ],
  };
}

function processExited(state: RuntimeState, body: ProcessExited, ctx: Ctx): void {
  const sandbox = state.sandboxes[body.containerID];
  if (sandbox) {
    if (sandbox.pid === body.pid || sandbox.pid !== 0) pauseExited(state, sandbox, ctx);
    return;
  }
  const c = state.containers[body.containerID];
  if (c?.state !== 'running') return;
  logExit(state, c.id, body.pid, body.exitCode, ctx);
  containerExited(state, c, body.exitCode, body.oom, ctx);
  execsOf(state, c.id, ctx);
  sandboxContainerExited(state, c.sandboxId, ctx);
}

/** A sandbox that was not finished when the daemon died is left to the kubelet to remove. */
function recoverSandbox(state: RuntimeState, s: Sandbox, ctx: Ctx): void {
  if (s.state === 'init') {
    s.state = 'notready';
    sandboxChanged(state, s);
  }
  if (s.pid === 0) return;
  const answer = wait(ctx, s.id);
  if (!answer.running && answer.error === undefined) pauseExited(state, s, ctx);
}

function recoverContainer(state: RuntimeState, c: Container, ctx: Ctx): void {
  c.removing = false;
  c.starting = false;
  if (c.log.flushing) flushLog(state, c.id, ctx);
  if (c.state !== 'running') return;
  const answer = wait(ctx, c.id);
  if (answer.running) return;
  if (answer.exitCode !== undefined) {
    containerExited(state, c, answer.exitCode, answer.oom === true, ctx, answer.finishedAtMs ?? ctx.nowMs);
    return;
  }
  if (answer.error !== undefined) return;
  c.state = 'exited';
  c.exitCode = 255;
  c.reason = 'Unknown';
  c.finishedAtMs = ctx.nowMs;
  c.pid = 0;
  containerChanged(state, c);
}
