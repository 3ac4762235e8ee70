/** Pod sandboxes: network namespace, addresses, pause. Models containerd internal/cri/server/sandbox_run.go, sandbox_stop.go, sandbox_remove.go. */
import { type CniAnswer, type CniRequest, cniOf } from '../../contracts/cni.ts';
import type { CriError, PodSandboxConfig } from '../../contracts/cri.ts';
import { uid } from '../../engine/random.ts';
import { share } from '../../engine/share.ts';
import type { Ctx } from '../../engine/types.ts';
import { createCgroup, removeCgroup } from './cgroups.ts';
import { killNow, removeContainerNow, startFailure } from './container.ts';
import { ensurePauseImage } from './images.ts';
import { implementationOf, sandboxSteps, step, teardownSteps } from './implementations.ts';
import { hostNetwork, sandboxChanged, sandboxItem } from './items.ts';
import { fs, netlink, removeRootfs, signal, spawn } from './kernel.ts';
import { about, begin, newID, reply, resume, stepNote, unknownError } from './operations.ts';
import { containerCgroup, hostnameOf, sandboxDir } from './spec.ts';
import type { Container, Operation, RuntimeState, Sandbox, Step } from './state.ts';

type Call = { replyTo: string; id: string };

export function runPodSandbox(state: RuntimeState, call: Call, config: PodSandboxConfig, runtimeHandler: string, ctx: Ctx) {
  const fail = (message: string) => reply(ctx, call.replyTo, call.id, 'RunPodSandbox', { error: unknownError(message) }, 2);
  if (runtimeHandler !== '' && !(state.args.runtimeHandlers ?? ['runc']).includes(runtimeHandler)) {
    return fail(`failed to get sandbox runtime: no runtime for "${runtimeHandler}" is configured`);
  }
  const { name: pod, namespace, uid: podUID, attempt } = config.metadata;
  const name = `${pod}_${namespace}_${podUID}_${attempt}`;
  const id = newID(ctx);
  const holder = state.names[name];
  if (holder !== undefined) return fail(`failed to reserve sandbox name "${name}": name "${name}" is reserved for "${holder}"`);
  state.names[name] = id;
  const sandbox: Sandbox = {
    id,
    name,
    config: share(config),
    runtimeHandler,
    state: 'init',
    createdAtMs: ctx.nowMs,
    netns: 'host',
    ip: '',
    networked: false,
    pid: 0,
    cgroup: '',
    item: undefined as never,
  };
  sandbox.cgroup = containerCgroup(state, sandbox, id);
  sandbox.item = sandboxItem(sandbox);
  state.sandboxes[id] = sandbox;
  const steps = sandboxSteps(state.args, hostNetwork(sandbox), sharesPid(sandbox)).map((s) => ({ ...s, ms: about(ctx, s.ms) }));
  begin(state, ctx, { rpc: 'RunPodSandbox', ...call, target: id }, steps);
}

export function stopPodSandbox(state: RuntimeState, call: Call, id: string, ctx: Ctx) {
  const sandbox = state.sandboxes[id];
  if (!sandbox || (sandbox.state === 'notready' && !sandbox.networked && sandbox.pid === 0 && !hasRunning(state, id))) {
    return reply(ctx, call.replyTo, call.id, 'StopPodSandbox', { response: {} }, 1);
  }
  begin(state, ctx, { rpc: 'StopPodSandbox', ...call, target: id }, [
    ...jittered(teardownSteps(state.args), ctx),
    step('reply', implementationOf(state.args).daemon, 1),
  ]);
}

export function removePodSandbox(state: RuntimeState, call: Call, id: string, ctx: Ctx) {
  const sandbox = state.sandboxes[id];
  if (!sandbox) return reply(ctx, call.replyTo, call.id, 'RemovePodSandbox', { response: {} }, 1);
  const { daemon, monitor } = implementationOf(state.args);
  const stopped = sandbox.state === 'notready' && !sandbox.networked && sandbox.pid === 0 && !hasRunning(state, id);
  begin(state, ctx, { rpc: 'RemovePodSandbox', ...call, target: id }, [
    ...(stopped ? [] : jittered(teardownSteps(state.args), ctx)),
    step('remove containers', daemon, 2),
    step('shim shutdown', monitor, 8),
    step('remove', daemon, 6),
  ]);
}

/** Effects of the steps of the three calls. */
export function sandboxEffect(state: RuntimeState, op: Operation, current: Step, ctx: Ctx): undefined | 'wait' | CriError {
  const sandbox = state.sandboxes[op.target];
  if (!sandbox) {
    // Removed meanwhile by another call.
    if (op.rpc !== 'RunPodSandbox') reply(ctx, op.replyTo, op.id, op.rpc, { response: {} });
    op.steps = [];
    return op.rpc === 'RunPodSandbox' ? unknownError(`sandbox "${op.target}" was removed`) : undefined;
  }
  stepNote(ctx, current, sandbox.id, sandbox.config.metadata.uid, detailOf(current, sandbox));
  switch (current.name) {
    case 'netns':
      sandbox.netns = `cni-${uid(ctx.random)}`;
      netlink(ctx, {
        type: 'Netlink',
        op: 'netns.add',
        netns: sandbox.netns,
        label: `pod:${sandbox.config.metadata.namespace}/${sandbox.config.metadata.name}`,
      });
      return addNetwork(state, op, sandbox, ctx);
    case 'cni add':
      if (!sandbox.networked) return roll(state, op, sandbox, op.error ?? unknownError(`failed to find network info for sandbox "${sandbox.id}"`), ctx);
      return undefined;
    case 'pause image': {
      const pull = ensurePauseImage(state, ctx);
      if ('error' in pull) return roll(state, op, sandbox, pull.error, ctx);
      const next = op.steps[op.next + 1];
      if (next) next.ms += pull.ms;
      return undefined;
    }
    case 'snapshot':
      writeSandboxFiles(state, sandbox, ctx);
      return undefined;
    case 'pause create':
      createCgroup(ctx, state.args, sandbox.cgroup, { cpuShares: 2 });
      return undefined;
    case 'pause start':
      return startPause(state, op, sandbox, ctx);
    case 'kill containers':
      killContainers(state, sandbox.id, ctx);
      return hasRunning(state, sandbox.id) ? 'wait' : undefined;
    case 'kill pause':
      killPause(state, sandbox, ctx);
      return undefined;
    case 'cni del':
      return removeNetwork(sandbox, op, ctx);
    case 'netns delete':
      deleteNetns(sandbox, ctx);
      return undefined;
    case 'remove containers':
      for (const cid in state.containers) if ((state.containers[cid] as Container).sandboxId === sandbox.id) removeContainerNow(state, cid, ctx);
      return undefined;
    case 'remove':
      forget(state, sandbox, ctx);
      reply(ctx, op.replyTo, op.id, op.rpc, { response: {} });
      return undefined;
    case 'reply':
      if (op.rpc === 'RunPodSandbox') {
        sandbox.state = 'ready';
        sandboxChanged(state, sandbox);
        reply(ctx, op.replyTo, op.id, op.rpc, { response: { podSandboxId: sandbox.id } });
      } else reply(ctx, op.replyTo, op.id, op.rpc, { response: {} });
      return undefined;
    default:
      return undefined;
  }
}

/** A container of the sandbox ended: whoever waited for the last of them goes on. */
export function sandboxContainerExited(state: RuntimeState, sandboxId: string, ctx: Ctx): void {
  for (const key in state.operations) {
    const op = state.operations[key] as Operation;
    if (op.waiting && op.target === sandboxId && !hasRunning(state, sandboxId)) resume(state, op, ctx);
  }
}

/** pause died (or was killed): nobody holds the namespaces for new containers. */
export function pauseExited(state: RuntimeState, sandbox: Sandbox, ctx: Ctx): void {
  sandbox.pid = 0;
  removeCgroup(ctx, sandbox.cgroup);
  if (sandbox.state === 'notready') return;
  sandbox.state = 'notready';
  sandboxChanged(state, sandbox);
}

const sharesPid = (sandbox: Sandbox): boolean => sandbox.config.linux.securityContext.namespaceOptions?.pid === 'POD';
const jittered = (steps: Step[], ctx: Ctx): Step[] => steps.map((s) => ({ ...s, ms: about(ctx, s.ms) }));

function hasRunning(state: RuntimeState, sandboxId: string): boolean {
  for (const id in state.containers) {
    const c = state.containers[id] as Container;
    if (c.sandboxId === sandboxId && (c.state === 'running' || c.starting)) return true;
  }
  return false;
}

function killContainers(state: RuntimeState, sandboxId: string, ctx: Ctx): void {
  for (const id in state.containers) {
    const c = state.containers[id] as Container;
    if (c.sandboxId === sandboxId && c.state === 'running') killNow(c, ctx);
  }
}

function cniRequest(command: CniRequest['command'], sandbox: Sandbox): CniRequest {
  const { name, namespace, uid: podUID } = sandbox.config.metadata;
  const ports = sandbox.config.portMappings.filter((p) => p.hostPort > 0);
  return {
    type: 'Cni',
    command,
    containerId: sandbox.id,
    netns: sandbox.netns,
    ifname: 'eth0',
    args: { K8S_POD_NAMESPACE: namespace, K8S_POD_NAME: name, K8S_POD_INFRA_CONTAINER_ID: sandbox.id, K8S_POD_UID: podUID },
    ...(ports.length > 0
      ? {
          portMappings: ports.map((p) => ({
            hostPort: p.hostPort,
            containerPort: p.containerPort,
            protocol: p.protocol.toLowerCase(),
            ...(p.hostIp ? { hostIP: p.hostIp } : {}),
          })),
        }
      : {}),
  };
}

/** The plugins are asked now; what they did is there when their time is over. */
function addNetwork(state: RuntimeState, op: Operation, sandbox: Sandbox, ctx: Ctx): undefined {
  const answer = ctx.call<CniAnswer>(cniOf(ctx.host), cniRequest('ADD', sandbox));
  const wait = op.steps[op.next + 1];
  if (wait) wait.ms = answer.tookMs ?? 1;
  const ip = answer.result?.ips[0]?.address;
  if (ip) {
    sandbox.networked = true;
    sandbox.ip = ip.slice(0, ip.indexOf('/'));
    const more = (answer.result?.ips ?? []).slice(1).map(({ address }) => address.slice(0, address.indexOf('/')));
    if (more.length > 0) sandbox.additionalIps = more;
  } else if (state.args.implementation === 'cri-o') {
    const { namespace, name } = sandbox.config.metadata;
    op.error = unknownError(
      `failed to create pod network sandbox k8s_${name}_${namespace}_${sandbox.config.metadata.uid}_${sandbox.config.metadata.attempt}(${sandbox.id}): error adding pod ${namespace}_${name} to CNI network: ${cniWords(answer)}`,
    );
  } else
    op.error = unknownError(
      answer.result ? `failed to find network info for sandbox "${sandbox.id}"` : `failed to setup network for sandbox "${sandbox.id}": ${cniWords(answer)}`,
    );
  return undefined;
}

const cniWords = (answer: CniAnswer): string => {
  const error = answer.error as CniAnswer['error'] | string;
  if (typeof error === 'string') return 'cni plugin not initialized';
  return error?.msg ?? 'cni plugin not initialized';
};

function removeNetwork(sandbox: Sandbox, op: Operation, ctx: Ctx): undefined | CriError {
  if (!sandbox.networked) return undefined;
  const answer = ctx.call<CniAnswer>(cniOf(ctx.host), cniRequest('DEL', sandbox));
  if (answer.error) return unknownError(`failed to destroy network for sandbox "${sandbox.id}": ${cniWords(answer)}`);
  sandbox.networked = false;
  const next = op.steps[op.next + 1];
  if (next) next.ms += answer.tookMs ?? 0;
  return undefined;
}

function deleteNetns(sandbox: Sandbox, ctx: Ctx): void {
  if (sandbox.netns === 'host' || sandbox.netns === '') return;
  netlink(ctx, { type: 'Netlink', op: 'netns.delete', netns: sandbox.netns });
  sandbox.netns = '';
}

function startPause(state: RuntimeState, op: Operation, sandbox: Sandbox, ctx: Ctx): undefined | CriError {
  const { name, namespace, uid: podUID } = sandbox.config.metadata;
  const answer = spawn(ctx, {
    owner: ctx.self,
    argv: ['/pause'],
    environment: {
      containerID: sandbox.id,
      podUID,
      podName: name,
      podNamespace: namespace,
      containerName: 'POD',
      image: state.args.pauseImage,
      env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
      cwd: '/',
      user: { uid: 65535, gid: 65535, groups: [] },
      hostname: hostnameOf(state, sandbox),
      mounts: [],
      readonlyRootfs: true,
      capabilities: [],
      netns: sandbox.netns,
      cgroup: sandbox.cgroup,
      pidns: sandbox.config.linux.securityContext.namespaceOptions?.pid === 'NODE' ? 'host' : sandbox.id,
      tty: false,
      ports: [],
      behaviour: {},
      oomScoreAdj: -998,
    },
  });
  if (answer.pid === undefined) return roll(state, op, sandbox, unknownError(startFailure(state.args, answer.error ?? 'unavailable')), ctx);
  sandbox.pid = answer.pid;
  return undefined;
}

export function killPause(state: RuntimeState, sandbox: Sandbox, ctx: Ctx): void {
  if (sandbox.pid !== 0) {
    signal(ctx, sandbox.id, 'SIGKILL');
    removeRootfs(ctx, sandbox.id);
  }
  pauseExited(state, sandbox, ctx);
}

/** RunPodSandbox failed: everything is taken back in reverse order, and no sandbox remains. */
function roll(state: RuntimeState, _op: Operation, sandbox: Sandbox, error: CriError, ctx: Ctx): CriError {
  ctx.call(cniOf(ctx.host), cniRequest('DEL', sandbox));
  sandbox.networked = false;
  deleteNetns(sandbox, ctx);
  forget(state, sandbox, ctx);
  return error;
}

function forget(state: RuntimeState, sandbox: Sandbox, ctx: Ctx): void {
  delete state.names[sandbox.name];
  delete state.sandboxes[sandbox.id];
  state.sandboxList = null;
  fs(ctx, { type: 'Fs', op: 'remove', path: sandboxDir(state, sandbox.id), recursive: true });
}

function writeSandboxFiles(state: RuntimeState, sandbox: Sandbox, ctx: Ctx): void {
  const dir = sandboxDir(state, sandbox.id);
  const { servers, searches, options } = sandbox.config.dnsConfig;
  const lines: string[] = [];
  if (searches.length > 0) lines.push(`search ${searches.join(' ')}`);
  for (const server of servers) lines.push(`nameserver ${server}`);
  if (options.length > 0) lines.push(`options ${options.join(' ')}`);
  const resolv = lines.length > 0 ? `${lines.join('\n')}\n` : (fs(ctx, { type: 'Fs', op: 'read', path: '/etc/resolv.conf' }).text ?? '');
  fs(ctx, { type: 'Fs', op: 'mkdir', path: `${dir}/shm`, parents: true, mode: 0o1777 });
  fs(ctx, { type: 'Fs', op: 'write', path: `${dir}/hostname`, text: `${hostnameOf(state, sandbox)}\n`, mode: 0o644 });
  fs(ctx, { type: 'Fs', op: 'write', path: `${dir}/resolv.conf`, text: resolv, mode: 0o644 });
}

function detailOf(current: Step, sandbox: Sandbox): { detail?: string; state?: 'created' | 'running' | 'stopped' } {
  switch (current.name) {
    case 'netns':
      return { detail: '/var/run/netns/cni-…' };
    case 'cni add':
      return { detail: sandbox.ip };
    case 'pause create':
      return { detail: sandbox.cgroup, state: 'created' };
    case 'pause start':
      return { state: 'running' };
    case 'kill pause':
      return { detail: 'SIGKILL', state: 'stopped' };
    default:
      return {};
  }
}
