/** What the runtime keeps: sandboxes, containers, images, and the calls that are under way. */
import type { ContainerConfig, CriContainer, CriError, CriImage, LinuxContainerResources, PodSandbox, PodSandboxConfig } from '../../contracts/cri.ts';
import type { ProcessEnvironment, ProcessExited } from '../../contracts/process.ts';
import type { ImageInfo } from '../../contracts/registry.ts';
import type { Args } from './args.ts';

export interface RuntimeState {
  args: Args;
  /** id → sandbox, oldest first. */
  sandboxes: Record<string, Sandbox>;
  containers: Record<string, Container>;
  /** Reserved names (`POD_NS_UID_ATTEMPT`, `CTR_POD_NS_UID_ATTEMPT`) → id. */
  names: Record<string, string>;
  /** image ID (`sha256:…`) → image. Values are shared. */
  images: Record<string, Image>;
  /** Canonical reference → image ID. */
  imageNames: Record<string, string>;
  /** The preloaded images were entered. */
  imagesReady: boolean;
  /** What ListPodSandbox and ListContainers hand out until something changes. */
  sandboxList: readonly PodSandbox[] | null;
  containerList: readonly CriContainer[] | null;
  imageList: readonly CriImage[] | null;
  /** Calls under way by key. */
  operations: Record<string, Operation>;
  /** execID → the ExecSync that waits for it. */
  execs: Record<string, Exec>;
  /** Forwarded connections, by the id that the client chose. */
  forwards: Record<string, { replyTo: string; netns: string; connection: string; port: number; podSandboxId: string }>;
  lastKey: number;
}

export interface Sandbox {
  id: string;
  name: string;
  config: PodSandboxConfig;
  runtimeHandler: string;
  /** `init` until RunPodSandbox is through; such a one is listed NOTREADY. */
  state: 'init' | 'ready' | 'notready';
  createdAtMs: number;
  netns: string;
  ip: string;
  /** Of a dual-stack network. */
  additionalIps?: string[];
  /** ADD succeeded and DEL did not yet. */
  networked: boolean;
  /** PID of pause; 0: none, or it ended. */
  pid: number;
  cgroup: string;
  item: PodSandbox;
}

/** What `runc create` needs; made once at CreateContainer. Shared. */
export interface ProcessSpec {
  argv: string[];
  environment: ProcessEnvironment;
}

export interface Container {
  id: string;
  name: string;
  sandboxId: string;
  config: ContainerConfig;
  /** Shared. */
  spec: ProcessSpec;
  imageID: string;
  imageRef: string;
  imageName: string;
  stopSignal: string;
  state: 'created' | 'running' | 'exited' | 'unknown';
  /** StartContainer, RemoveContainer under way. */
  starting: boolean;
  removing: boolean;
  createdAtMs: number;
  startedAtMs: number;
  finishedAtMs: number;
  exitCode: number;
  reason: string;
  message: string;
  pid: number;
  /** The stop signal goes out once, however many StopContainer calls there are. */
  stopSignalSent: boolean;
  cgroup: string;
  resources: LinuxContainerResources;
  log: LogState;
  item: CriContainer;
}

export interface LogState {
  /** Absolute path; '' when nothing is written. */
  path: string;
  size: number;
  /** Text after the last newline, per stream. */
  stdout: string;
  stderr: string;
  /** Finished lines that are not in the file yet. */
  buffer: string;
  flushing: boolean;
  lastFlushMs: number;
  /** Lines stamped at `stampMs` so far. */
  stampMs: number;
  stamped: number;
  dropped: boolean;
}

export interface Image {
  id: string;
  tags: string[];
  digests: string[];
  size: number;
  config: ImageInfo['config'];
  layers: ImageInfo['layers'];
  pinned: boolean;
}

/** One timed inner step of a call: its effect happens when `ms` are over. */
export interface Step {
  name: StepName;
  component: string;
  ms: number;
}

export type StepName =
  | 'netns'
  | 'cni add'
  | 'pause image'
  | 'snapshot'
  | 'shim'
  | 'pause create'
  | 'pause start'
  | 'spec'
  | 'runc create'
  | 'runc check'
  | 'task create'
  | 'runc start'
  | 'start failed'
  | 'signal'
  | 'await exits'
  | 'kill containers'
  | 'kill pause'
  | 'unmount'
  | 'cni del'
  | 'netns delete'
  | 'shim shutdown'
  | 'remove containers'
  | 'remove'
  | 'resolve'
  | 'download'
  | 'unpack'
  | 'reply';

export interface Operation {
  key: string;
  rpc: 'RunPodSandbox' | 'StopPodSandbox' | 'RemovePodSandbox' | 'CreateContainer' | 'StartContainer' | 'StopContainer' | 'RemoveContainer' | 'PullImage';
  /** Whom to answer, and under which id. */
  replyTo: string;
  id: string;
  /** The sandbox, container, or (PullImage) canonical image name. */
  target: string;
  steps: Step[];
  next: number;
  /** Waiting for exits, not for a timer. */
  waiting: boolean;
  /** StopContainer: milliseconds until SIGKILL. */
  timeoutMs?: number;
  error?: CriError;
  /** CreateContainer: the request, and what it made so far. */
  create?: { podSandboxId: string; name: string; config: ContainerConfig };
  created?: Container;
  pull?: Pull;
}

export interface Pull {
  image: ImageInfo | null;
  resolveError?: CriError;
  layers: { digest: string; done: number; total: number }[];
  lastTickMs: number;
  generation: number;
}

export interface Exec {
  replyTo: string;
  id: string;
  containerId: string;
  timeoutMs: number;
}

/** Timers. */
export type RuntimeTimer =
  | { type: 'RuntimeStep'; key: string }
  | { type: 'StopTimeout'; key: string }
  | { type: 'PullTick'; key: string; generation: number }
  | { type: 'ExecTimeout'; execID: string }
  | { type: 'FlushLog'; containerId: string }
  /** An exit that reached the event loop. */
  | (Omit<ProcessExited, 'type'> & { type: 'TaskExit' });

export const nextKey = (state: RuntimeState, prefix: string): string => {
  state.lastKey += 1;
  return `${prefix}${state.lastKey}`;
};
