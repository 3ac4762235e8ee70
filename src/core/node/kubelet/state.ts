/** The kubelet's state: a part per manager. Plain JSON; objects from the API server and runtime statuses are shared (frozen). */
import type { KubeObject, Node, Pod, ResourceRequirements } from '../../api/types.ts';
import type { RecorderState } from '../../contracts/client-go/recorder.ts';
import type { CriRequest } from '../../contracts/cri.ts';
import type { StaticPodsState } from './config/static-pods.ts';
import type { EvictionManagerState } from './eviction/eviction-manager.ts';
import type { ImageManagerState } from './images/image-manager.ts';
import type { NodeStatusState } from './nodestatus/node-status.ts';
import type { PlegState } from './pleg.ts';
import type { PodCacheState } from './pod-cache.ts';
import type { PodWorker } from './pod-worker-state.ts';
import type { OpenRequest } from './prober/http-get.ts';
import type { ProbeManagerState } from './prober/prober-manager.ts';
import type { StatusManagerState } from './status/status-manager.ts';
import type { VolumeManagerState } from './volumemanager/volume-manager.ts';

/** KubeletConfiguration and flags: what `world.ts` must give. The rest has defaults (`kubeletConfig`). */
export interface KubeletArgs {
  nodeName: string;
  nodeIP: string;
  /** Of a dual-stack cluster: the address of the other family. */
  nodeIP6?: string;
  podCIDR: string;
  /** null: no cluster DNS; pods get the node's resolv.conf. */
  clusterDNS: string | null;
  clusterDomain: string;
  cgroupDriver: 'systemd' | 'cgroupfs';
  /** Of the node's kernel; default 2. */
  cgroupVersion?: 1 | 2;
  /** The Node object as this kubelet registers it: labels, capacity, allocatable, nodeInfo. */
  node: Node;
  /** `containerd://…` endpoint is `NODE/runtime`; this only appears in errors. */
  containerRuntimeEndpoint?: string;
  maxPods?: number;
  rootDir?: string;
  podLogsDir?: string;
  /** Directory of static pod manifests. */
  staticPodPath?: string;
  staticPodURL?: string;
  serializeImagePulls?: boolean;
  /** e.g. `{'memory.available': '100Mi', 'nodefs.available': '10%'}`. */
  evictionHard?: Record<string, string>;
  /** ms; crash-loop back-off: 10 s doubling to 300 s. */
  maxContainerRestartPeriodMs?: number;
  /** The node object exists already and the kubelet has run before 0 s: nothing to register. */
  registered?: boolean;
}
export type KubeletConfig = Required<Omit<KubeletArgs, 'staticPodURL' | 'registered' | 'nodeIP6'>> &
  Pick<KubeletArgs, 'staticPodURL' | 'registered' | 'nodeIP6'>;

export function kubeletConfig(args: KubeletArgs): KubeletConfig {
  return {
    containerRuntimeEndpoint: 'unix:///run/containerd/containerd.sock',
    maxPods: 110,
    cgroupVersion: 2,
    rootDir: '/var/lib/kubelet',
    podLogsDir: '/var/log/pods',
    staticPodPath: '/etc/kubernetes/manifests',
    serializeImagePulls: true,
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '10%', 'nodefs.inodesFree': '5%', 'imagefs.available': '15%', 'imagefs.inodesFree': '5%' },
    maxContainerRestartPeriodMs: 300_000,
    ...args,
  };
}

/** client-go back-off per key. Models util/flowcontrol/backoff.go backoffEntry. */
export interface BackOffEntry {
  delayMs: number;
  lastUpdateMs: number;
}

export interface KubeletState {
  config: KubeletConfig;
  /** When this kubelet process started. */
  startedAtMs: number;
  /** Last number given out, for ids and generations. */
  counter: number;
  /** Pods this kubelet must run, by UID, API and static (not mirror) pods; shared objects. Models pod.Manager. */
  pods: Record<string, Pod>;
  /** `namespace/name` → UID of the pod in `pods`. */
  podsByName: Record<string, string>;
  /** Mirror pods as the API server has them, by `namespace/name`. */
  mirrorPods: Record<string, Pod>;
  /** Sources that have delivered once: housekeeping removes nothing before all have. */
  sourcesReady: { api: boolean; file: boolean; http: boolean };
  /** Services of all namespaces, by `namespace/name`: for service environment variables. */
  services: Record<string, KubeObject>;
  /** The Node object as last seen. */
  node: Node | null;
  /** UIDs of rejected or evicted pods (never synced), with the time. */
  rejected: Record<string, number>;
  workers: Record<string, PodWorker>;
  /** Work queue: UID → when it is due, ms. Looked at once a second. */
  workQueue: Record<string, number>;
  /** Workers that wait for the next look at the runtime. */
  waiters: Record<string, true>;
  podCache: PodCacheState;
  pleg: PlegState;
  status: StatusManagerState;
  prober: ProbeManagerState;
  /** Crash-loop back-off by `uid_container_hash`. */
  backOff: Record<string, BackOffEntry>;
  /** Why a container could not start, by `uid_container`. Models reasonCache. */
  reasons: Record<string, { reason: string; message: string }>;
  /** By UID, while specified, allocated and applied resources differ. */
  resizes: Record<string, ResizeState>;
  recorder: RecorderState;
  volumes: VolumeManagerState;
  images: ImageManagerState;
  nodeStatus: NodeStatusState;
  static: StaticPodsState;
  eviction: EvictionManagerState;
  /** What the last look at the runtime's Status said (every 5 s). `networkError`: null when the network is ready. */
  runtime: { ready: boolean; networkError: string | null; runtimeError: string | null; checkedMs: number };
  /** Pods with an active deadline. */
  deadlines: Record<string, true>;
  /** Open connections of probes and hooks, by key. */
  sockets: Record<string, OpenRequest>;
  /** CRI calls that wait for a reply, by id. */
  calls: Record<string, CriRequest['rpc']>;
  /** `kubectl exec` under way: CRI id → who asked. */
  execs: Record<string, { from: string; id: string }>;
  /** Begun HTTP requests to the kubelet's own servers, by connection. */
  requests: Record<string, string>;
  /** RuntimeClass → handler, as watched; null before a pod named one. */
  runtimeClasses: Record<string, string> | null;
}

/** In-place resize of one pod (allocation manager): container name → resources. */
export interface ResizeState {
  allocated: Record<string, ResourceRequirements>;
  actuated: Record<string, ResourceRequirements>;
  pending: { reason: 'Deferred' | 'Infeasible'; message: string } | null;
  inProgress: boolean;
}

/** Next number for ids. */
export function nextId(state: KubeletState): number {
  state.counter += 1;
  return state.counter;
}

/** A pod of this kubelet: as its source has it, or, when it has gone from there, as its worker knows it. */
export const podOf = (state: KubeletState, uid: string): Pod | undefined => state.pods[uid] ?? state.workers[uid]?.pod;
