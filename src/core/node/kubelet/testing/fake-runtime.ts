/** A runtime for tests: CRI with fixed durations and containers that do what their image name says in `behaviours`. */
import type {
  CriCall,
  CriContainer,
  CriContainerStatus,
  CriReply,
  CriRequest,
  PodSandbox,
  PodSandboxConfig,
  PodSandboxStatus,
} from '../../../contracts/cri.ts';
import type { Body, Ctx, Message, Room } from '../../../engine/types.ts';

export interface Behaviour {
  exitAfterMs?: number;
  exitCode?: number;
  /** How long after SIGTERM it exits; absent: it ignores the signal. */
  termMs?: number;
  termCode?: number;
  startError?: string;
  createError?: string;
  /** By the last word of the command; default exit 0. */
  exec?: Record<string, { afterMs?: number; exitCode?: number; output?: string; error?: { code: 'Unknown' | 'DeadlineExceeded'; message: string } }>;
  /** From the n-th instance on (restart count) another behaviour holds. */
  later?: Record<string, Behaviour>;
}
interface FakeContainer extends CriContainerStatus {
  behaviour: Behaviour;
  stopping: boolean;
  stops: string[];
}
export interface FakeRuntimeState {
  behaviours: Record<string, Behaviour>;
  images: string[];
  sandboxes: Record<string, PodSandboxStatus>;
  containers: Record<string, FakeContainer>;
  lists: { sandboxes: readonly PodSandbox[] | null; containers: readonly CriContainer[] | null };
  next: number;
  calls: string[];
  networkReady: boolean;
  sandboxError: string;
}

const durations: Partial<Record<CriRequest['rpc'], number>> = {
  RunPodSandbox: 180,
  CreateContainer: 18,
  StartContainer: 85,
  StopPodSandbox: 100,
  ExecSync: 20,
  PullImage: 500,
};

export const fakeRuntime: Room<FakeRuntimeState> = {
  initial: (args: { behaviours: Record<string, Behaviour>; images: string[] }): FakeRuntimeState => ({
    ...args,
    sandboxes: {},
    containers: {},
    lists: { sandboxes: null, containers: null },
    next: 0,
    calls: [],
    networkReady: true,
    sandboxError: '',
  }),
  handle,
  serve: (state, request) => read(state, (request as CriCall).request),
};

function handle(state: FakeRuntimeState, message: Message, ctx: Ctx): void {
  const body = message.body as Body & { id: string; request: CriRequest; containerId: string; code: number; generation: number; to: string };
  if (body.type === 'Exit') {
    exit(state, body.containerId, body.code, ctx);
    return;
  }
  if (body.type === 'KillPause') {
    for (const id in state.sandboxes) (state.sandboxes[id] as PodSandboxStatus).state = 'SANDBOX_NOTREADY';
    state.lists.sandboxes = null;
    return;
  }
  if (body.type === 'Finish') {
    const { response, error } = act(state, body.request, body, ctx);
    if (response === null) return;
    ctx.send(body.to, { type: 'CriReply', id: body.id, rpc: body.request.rpc, ...(error ? { error } : { response }) } as CriReply);
    return;
  }
  const { request } = body;
  state.calls.push(`${ctx.nowMs} ${request.rpc}${'timeoutSeconds' in request ? ` ${request.timeoutSeconds}` : ''}`);
  let afterMs = durations[request.rpc] ?? 1;
  if (request.rpc === 'ExecSync') {
    const c = state.containers[request.containerId];
    afterMs = c?.behaviour.exec?.[request.cmd.at(-1) ?? '']?.afterMs ?? afterMs;
  }
  ctx.send(ctx.self, { type: 'Finish', id: body.id, request, to: message.from } as Body, afterMs);
}

function act(
  state: FakeRuntimeState,
  request: CriRequest,
  body: { id: string; to: string },
  ctx: Ctx,
): { response?: unknown; error?: { code: string; message: string } } {
  switch (request.rpc) {
    case 'RunPodSandbox': {
      if (state.sandboxError) return { error: { code: 'Unknown', message: state.sandboxError } };
      state.next += 1;
      const id = `sandbox${state.next}`;
      const { config } = request;
      state.sandboxes[id] = {
        id,
        metadata: config.metadata,
        state: 'SANDBOX_READY',
        createdAtMs: ctx.nowMs,
        labels: labelsOf(config),
        annotations: config.annotations,
        runtimeHandler: '',
        network: { ip: `10.244.0.${state.next + 1}`, additionalIps: [] },
        networkMode: config.linux.securityContext.namespaceOptions?.network ?? 'POD',
      };
      state.lists.sandboxes = null;
      return { response: { podSandboxId: id } };
    }
    case 'StopPodSandbox': {
      const s = state.sandboxes[request.podSandboxId];
      for (const id in state.containers) if (state.containers[id]?.podSandboxId === request.podSandboxId) exit(state, id, 137, ctx);
      if (s) s.state = 'SANDBOX_NOTREADY';
      state.lists.sandboxes = null;
      return { response: {} };
    }
    case 'RemovePodSandbox':
      delete state.sandboxes[request.podSandboxId];
      state.lists.sandboxes = null;
      return { response: {} };
    case 'CreateContainer': {
      state.next += 1;
      const id = `container${state.next}`;
      const { config } = request;
      const image = config.image;
      let behaviour = state.behaviours[config.metadata.name] ?? {};
      for (const from in behaviour.later) if (config.metadata.attempt >= Number(from.slice(1))) behaviour = { ...behaviour, ...behaviour.later[from] };
      if (behaviour.createError) return { error: { code: 'Unknown', message: behaviour.createError } };
      state.containers[id] = {
        id,
        podSandboxId: request.podSandboxId,
        metadata: config.metadata,
        image,
        imageRef: `sha256:${image}`,
        state: 'CONTAINER_CREATED',
        createdAtMs: ctx.nowMs,
        labels: { ...config.labels, 'io.kubernetes.pod.uid': request.sandboxConfig.metadata.uid },
        annotations: config.annotations,
        startedAtMs: 0,
        finishedAtMs: 0,
        exitCode: 0,
        reason: '',
        message: '',
        mounts: [],
        logPath: '',
        resources: {},
        imageName: `docker.io/library/${image}`,
        pid: 1,
        behaviour,
        stopping: false,
        stops: [],
      };
      state.lists.containers = null;
      return { response: { containerId: id } };
    }
    case 'StartContainer': {
      const c = state.containers[request.containerId] as FakeContainer;
      state.lists.containers = null;
      if (c.behaviour.startError) {
        Object.assign(c, { state: 'CONTAINER_EXITED', exitCode: 128, reason: 'StartError', message: c.behaviour.startError, finishedAtMs: ctx.nowMs });
        return { error: { code: 'Unknown', message: c.behaviour.startError } };
      }
      c.state = 'CONTAINER_RUNNING';
      c.startedAtMs = ctx.nowMs;
      if (c.behaviour.exitAfterMs !== undefined)
        ctx.send(ctx.self, { type: 'Exit', containerId: c.id, code: c.behaviour.exitCode ?? 0 } as Body, c.behaviour.exitAfterMs);
      return { response: {} };
    }
    case 'StopContainer': {
      const c = state.containers[request.containerId];
      if (c?.state !== 'CONTAINER_RUNNING') return { response: {} };
      c.stops.push(`${body.to} ${body.id}`);
      const { termMs, termCode = 143 } = c.behaviour;
      if (!c.stopping && termMs !== undefined) ctx.send(ctx.self, { type: 'Exit', containerId: c.id, code: termCode } as Body, termMs);
      c.stopping = true;
      ctx.send(ctx.self, { type: 'Exit', containerId: c.id, code: 137 } as Body, request.timeoutSeconds * 1000);
      return { response: null };
    }
    case 'RemoveContainer':
      delete state.containers[request.containerId];
      state.lists.containers = null;
      return { response: {} };
    case 'ExecSync': {
      const c = state.containers[request.containerId];
      if (c?.state !== 'CONTAINER_RUNNING') return { error: { code: 'Unknown', message: 'container is not running' } };
      const result = c.behaviour.exec?.[request.cmd.at(-1) ?? ''] ?? {};
      if (result.error) return { error: result.error };
      return { response: { stdout: result.output ?? '', stderr: '', exitCode: result.exitCode ?? 0 } };
    }
    case 'PullImage':
      if (request.image.includes('nope')) return { error: { code: 'Unknown', message: `failed to pull and unpack image "${request.image}": no such host` } };
      state.images.push(request.image);
      return { response: { imageRef: `sha256:${request.image}` } };
    default:
      return { response: read(state, request).response ?? {} };
  }
}

function exit(state: FakeRuntimeState, id: string, code: number, ctx: Ctx): void {
  const c = state.containers[id];
  if (c?.state !== 'CONTAINER_RUNNING') return;
  Object.assign(c, { state: 'CONTAINER_EXITED', exitCode: code, finishedAtMs: ctx.nowMs, reason: code === 0 ? 'Completed' : 'Error' });
  state.lists.containers = null;
  for (const stop of c.stops) {
    const [to = '', ...rest] = stop.split(' ');
    ctx.send(to, { type: 'CriReply', id: rest.join(' '), rpc: 'StopContainer', response: {} } as Body);
  }
  c.stops = [];
}

const labelsOf = (config: PodSandboxConfig): Record<string, string> => ({ ...config.labels, 'io.kubernetes.pod.uid': config.metadata.uid });

function read(state: FakeRuntimeState, request: CriRequest): { response?: unknown; error?: unknown } {
  switch (request.rpc) {
    case 'Status':
      return {
        response: {
          conditions: [
            { type: 'RuntimeReady', status: true, reason: '', message: '' },
            {
              type: 'NetworkReady',
              status: state.networkReady,
              reason: state.networkReady ? '' : 'NetworkPluginNotReady',
              message: state.networkReady ? '' : 'cni plugin not initialized',
            },
          ],
        },
      };
    case 'ListPodSandbox':
      state.lists.sandboxes ??= Object.freeze(Object.values(state.sandboxes).map((s) => structuredCopy(s)));
      return { response: { items: state.lists.sandboxes } };
    case 'ListContainers':
      state.lists.containers ??= Object.freeze(Object.values(state.containers).map((c) => structuredCopy(c)));
      return { response: { containers: state.lists.containers } };
    case 'PodSandboxStatus': {
      const s = state.sandboxes[request.podSandboxId];
      return s ? { response: { status: structuredCopy(s) } } : { error: { code: 'NotFound', message: 'not found' } };
    }
    case 'ContainerStatus': {
      const c = state.containers[request.containerId];
      return c ? { response: { status: structuredCopy(c) } } : { error: { code: 'NotFound', message: 'not found' } };
    }
    case 'ImageStatus': {
      const found = state.images.some((i) => i === request.image || `docker.io/library/${i}` === request.image);
      return { response: found ? { image: { id: `sha256:${request.image}`, repoTags: [request.image], repoDigests: [], size: 1, pinned: false } } : {} };
    }
    case 'ListImages':
      return { response: { images: [] } };
    case 'ImageFsInfo':
      return { response: { usedBytes: 1, capacityBytes: 100_000_000_000, availableBytes: 90_000_000_000, mountpoint: '/var/lib/containerd' } };
    default:
      return { response: {} };
  }
}

const structuredCopy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
