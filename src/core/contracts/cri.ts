/**
 * CRI v1 between kubelet and runtime: `CriCall` messages answered by `CriReply`. Reads (`List…`, `…Status`, `Version`, `Status`, `ImageFsInfo`) may
 * also be made with `ctx.call(runtime, {type:'Cri', …})`, which answers the same at once.
 * Models k8s.io/cri-api/pkg/apis/runtime/v1/api.proto; field names in camelCase.
 */
import type { Body } from '../engine/types.ts';
import { addressOf } from './addresses.ts';

export const runtimeOf = addressOf('runtime');

export interface Mount {
  containerPath: string;
  hostPath: string;
  readonly: boolean /** for messages: volume name */;
  name?: string;
  propagation?: string;
  recursiveReadOnly?: boolean;
}
export interface LinuxContainerResources {
  cpuPeriod?: number;
  cpuQuota?: number;
  cpuShares?: number;
  memoryLimitInBytes?: number;
  oomScoreAdj?: number;
  cpusetCpus?: string;
  unified?: Record<string, string>;
}
export type NamespaceMode = 'POD' | 'CONTAINER' | 'NODE' | 'TARGET';
export interface LinuxSecurityContext {
  capabilities?: { add?: string[]; drop?: string[] };
  privileged?: boolean;
  readonlyRootfs?: boolean;
  noNewPrivs?: boolean;
  runAsUser?: number;
  runAsGroup?: number;
  runAsUsername?: string;
  supplementalGroups?: number[];
  namespaceOptions?: { network: NamespaceMode; pid: NamespaceMode; ipc: NamespaceMode; targetId?: string };
  seccomp?: string;
  apparmor?: string;
  selinux?: Record<string, string>;
}
export interface PodSandboxConfig {
  metadata: { name: string; uid: string; namespace: string; attempt: number };
  hostname: string;
  logDirectory: string;
  dnsConfig: { servers: string[]; searches: string[]; options: string[] };
  portMappings: { protocol: string; containerPort: number; hostPort: number; hostIp: string }[];
  labels: Record<string, string>;
  annotations: Record<string, string>;
  linux: { cgroupParent: string; securityContext: LinuxSecurityContext; sysctls: Record<string, string> };
}
export interface ContainerConfig {
  metadata: { name: string; attempt: number };
  image: string;
  /** Empty: the image's. */
  command: string[];
  args: string[];
  workingDir: string;
  envs: { key: string; value: string }[];
  mounts: Mount[];
  labels: Record<string, string>;
  annotations: Record<string, string>;
  /** Relative to the sandbox's logDirectory. */
  logPath: string;
  stdin: boolean;
  tty: boolean;
  linux: { resources: LinuxContainerResources; securityContext: LinuxSecurityContext };
  stopSignal?: string;
}
export type SandboxState = 'SANDBOX_READY' | 'SANDBOX_NOTREADY';
export type CriContainerState = 'CONTAINER_CREATED' | 'CONTAINER_RUNNING' | 'CONTAINER_EXITED' | 'CONTAINER_UNKNOWN';
export interface PodSandbox {
  id: string;
  metadata: PodSandboxConfig['metadata'];
  state: SandboxState;
  createdAtMs: number;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  runtimeHandler: string;
}
export interface PodSandboxStatus extends PodSandbox {
  network: { ip: string; additionalIps: string[] };
  networkMode: NamespaceMode;
}
export interface CriContainer {
  id: string;
  podSandboxId: string;
  metadata: ContainerConfig['metadata'];
  image: string;
  imageRef: string;
  state: CriContainerState;
  createdAtMs: number;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}
export interface CriContainerStatus extends CriContainer {
  /** Milliseconds since the start of the run; 0 when it never happened (shown as 1970-01-01T00:00:00Z). */
  startedAtMs: number;
  finishedAtMs: number;
  exitCode: number;
  reason: string;
  message: string;
  mounts: Mount[];
  logPath: string;
  resources: LinuxContainerResources;
  /** The first tag of the image, as pod status shows it, e.g. `docker.io/library/busybox:1.28`. */
  imageName: string;
  pid: number;
}
export interface CriImage {
  id: string;
  repoTags: string[];
  repoDigests: string[];
  size: number;
  uid?: number;
  username?: string;
  pinned: boolean;
}

export type CriRequest =
  | { rpc: 'Version' }
  | { rpc: 'Status' }
  | { rpc: 'RunPodSandbox'; config: PodSandboxConfig; runtimeHandler: string }
  | { rpc: 'StopPodSandbox' | 'RemovePodSandbox' | 'PodSandboxStatus'; podSandboxId: string }
  | { rpc: 'ListPodSandbox'; filter?: CriFilter }
  | { rpc: 'CreateContainer'; podSandboxId: string; config: ContainerConfig; sandboxConfig: PodSandboxConfig }
  | { rpc: 'StartContainer' | 'RemoveContainer' | 'ContainerStatus' | 'ContainerStats' | 'ReopenContainerLog'; containerId: string }
  | { rpc: 'StopContainer'; containerId: string; timeoutSeconds: number }
  | { rpc: 'ListContainers'; filter?: CriFilter }
  | { rpc: 'UpdateContainerResources'; containerId: string; linux: LinuxContainerResources }
  | {
      rpc: 'ExecSync';
      containerId: string;
      cmd: string[] /** 0: none */;
      timeoutSeconds: number /** What is typed, then the end of it; absent: nothing. */;
      stdin?: string;
    }
  | { rpc: 'ListImages' | 'ImageFsInfo' }
  | { rpc: 'ImageStatus' | 'RemoveImage'; image: string }
  | { rpc: 'PullImage'; image: string; auth?: { username: string; password: string } };

/** Only what belongs to the pod with this UID (upstream: a label selector on `io.kubernetes.pod.uid`). */
export interface CriFilter {
  podUID: string;
}

/** Answers, by rpc. Without a filter, ListPodSandbox and ListContainers hand out the same (shared) array until something changed. */
export interface CriAnswers {
  Version: { runtimeName: string; runtimeVersion: string };
  Status: { conditions: { type: 'RuntimeReady' | 'NetworkReady'; status: boolean; reason: string; message: string }[] };
  RunPodSandbox: { podSandboxId: string };
  StopPodSandbox: Record<string, never>;
  RemovePodSandbox: Record<string, never>;
  PodSandboxStatus: { status: PodSandboxStatus };
  ListPodSandbox: { items: readonly PodSandbox[] };
  CreateContainer: { containerId: string };
  StartContainer: Record<string, never>;
  StopContainer: Record<string, never>;
  RemoveContainer: Record<string, never>;
  ContainerStatus: { status: CriContainerStatus };
  /** Of the statistics only what has no other source. */
  ContainerStats: { writableLayer: { usedBytes: number; inodesUsed: number } };
  ReopenContainerLog: Record<string, never>;
  ListContainers: { containers: readonly CriContainer[] };
  UpdateContainerResources: Record<string, never>;
  ExecSync: { stdout: string; stderr: string; exitCode: number };
  ListImages: { images: CriImage[] };
  /** No image: not present (an empty response, no error). */
  ImageStatus: { image?: CriImage };
  RemoveImage: Record<string, never>;
  PullImage: { imageRef: string };
  ImageFsInfo: { usedBytes: number; capacityBytes: number; availableBytes: number; mountpoint: string };
}
export type GrpcCode = 'Unknown' | 'NotFound' | 'DeadlineExceeded' | 'Unavailable' | 'InvalidArgument' | 'AlreadyExists' | 'Unimplemented';
export interface CriError {
  code: GrpcCode;
  message: string;
}

export interface CriCall extends Body {
  readonly type: 'Cri' /** Chosen by the caller; '' in a ctx.call. */;
  readonly id: string;
  readonly request: CriRequest;
}
export interface CriReply extends Body {
  readonly type: 'CriReply';
  readonly id: string;
  readonly rpc: CriRequest['rpc'];
  readonly response?: CriAnswers[CriRequest['rpc']];
  readonly error?: CriError;
}

/** A message, standing for the stream that the URL of PortForward leads to: `ForwardedData` (kubelet.ts) goes to `replyTo`. */
export interface PortForwardStream extends Body {
  readonly type: 'PortForwardStream';
  readonly id: string;
  readonly replyTo: string;
  readonly podSandboxId: string;
  readonly port: number;
  readonly data: string;
  readonly closed: boolean;
}

/** A call to `NODE/runtime`: the bundle's `config.json` of a container or sandbox, as the OCI runtime gets it. */
export interface OciSpecRequest extends Body {
  readonly type: 'OciSpec';
  readonly containerId: string;
}
export interface OciSpecAnswer {
  spec?: Record<string, unknown>;
  error?: string;
}

/** A note of the runtime: one inner step of a CRI call. `subject` is the container, sandbox or image; `state` the OCI state after it. */
export interface ContainerdStepNote extends Body {
  readonly type: 'ContainerdStep';
  /** Who does it: `containerd`, `shim`, `runc`, `crio`, `conmon`, `dockerd`, `cri-dockerd`, `cni`. */
  readonly component: string;
  readonly step: string;
  readonly subject: string;
  readonly podUID?: string;
  readonly detail?: string;
  readonly state?: 'creating' | 'created' | 'running' | 'stopped';
  readonly tookMs: number;
}
/** A note of the runtime: how far a pull is. */
export interface PullProgressNote extends Body {
  readonly type: 'PullProgress';
  readonly image: string;
  readonly layers: { digest: string; done: number; total: number }[];
}
