/** Records of opened components: made only while the page watches the scene. Flat; lists are bounded. */
import type { StateFamily } from './records.ts';

/** A component that is looked into: `NODE/kubelet`, `NODE/runtime`, `NODE/kernel`. */
export type SceneName = `${string}/${'kubelet' | 'runtime' | 'kernel'}`;

/** What the page looks into, and what it has selected there: `pod/UID` or '', and a message's `seq` or 0. */
export interface Watched {
  scene: SceneName;
  about: string;
  seq: number;
}

export type LoopChannel = 'configCh' | 'plegCh' | 'probes' | 'syncCh' | 'housekeepingCh';

export interface WorkerRow {
  uid: string;
  name: string;
  /** As upstream names the states of a pod worker. */
  phase: 'SYNC' | 'TERMINATING' | 'TERMINATED' | 'FINISHED';
  /** What it does now; '' when idle. */
  doing: string;
  /** When the work queue wakes it; null: it is not queued. */
  dueAtMs: number | null;
  /** A container's crash back-off that it waits for. */
  backOff: { container: string; fromMs: number; untilMs: number } | null;
}

export interface SyncStep {
  name: string;
  fact: string;
  state: 'done' | 'here' | 'ahead';
}

export interface KubeletSceneRecord {
  id: string; // scene/NODE/kubelet
  type: 'kubeletScene';
  node: string;
  up: boolean;
  /** Times of the last 10 s, ms, oldest first. */
  channels: { name: LoopChannel; atMs: number[] }[];
  workers: WorkerRow[];
  moreWorkers: number;
  /** The pod that the other parts speak of; null: the kubelet has none. */
  pod: { uid: string; name: string } | null;
  sync: { kind: '' | 'SyncPod' | 'SyncTerminatingPod' | 'SyncTerminatedPod'; steps: SyncStep[] };
  /** What computePodActions returned last for that pod, and why. */
  plan: { atMs: number; seq: number; lines: { text: string; reason: string }[] } | null;
  backOffs: { uid: string; pod: string; container: string; fromMs: number; untilMs: number }[];
  probeWorkers: number;
  pleg: { lastRelistMs: number | null; pods: number; containers: number; died: number; started: number; onDemand: number };
  status: { text: string; phase: string; ready: string; reason: string; reconcileAtMs: number | null; queue: number };
  volumes: { desired: number; mounted: number; operations: number; ofPod: { name: string; kind: string; mounted: boolean }[] };
  images: { image: string; state: string; pulls: number; waiting: number; backOffs: number };
  eviction: { signal: string; available: number; threshold: string; conditions: string[] };
}

/** Lifelines, from left: kubelet, CRI plugin, CNI, shim, runc. */
export type Lifeline = 'kubelet' | 'cri' | 'cni' | 'shim' | 'runc';
export interface ConversationRow {
  seq: number;
  atMs: number;
  from: Lifeline;
  to: Lifeline;
  text: string;
  reply: boolean;
  refused: boolean;
  /** Under way: it has begun and not ended. */
  now: boolean;
  /** Pod that it is about; '' for none. */
  uid: string;
}
export interface ImageRow {
  name: string;
  layers: number;
  bytes: number;
  pinned: boolean;
}
export interface LayerRow {
  digest: string;
  bytes: number;
  done: number;
  snapshot: 'waiting' | 'unpacking' | 'committed';
}
export interface RuntimeSceneRecord {
  id: string; // scene/NODE/runtime
  type: 'runtimeScene';
  node: string;
  up: boolean;
  implementation: string;
  parallel: number;
  rows: ConversationRow[];
  images: ImageRow[];
  /** The pull under way, else the image of the selected container. */
  image: { name: string; pulling: boolean; step: string; layers: LayerRow[] } | null;
  shims: {
    id: string;
    uid: string;
    pod: string;
    pid: number;
    family: StateFamily;
    word: string;
    containers: { id: string; name: string; family: StateFamily; word: string }[];
  }[];
  container: {
    id: string;
    name: string;
    uid: string;
    pod: string;
    state: 'none' | 'creating' | 'created' | 'running' | 'stopped';
    /** The call under way: from which state to which; '' when runc is not running. */
    call: string;
    facts: [string, string][];
    cgroup: string[];
    values: [string, string][];
    memory: { bytes: number; limit: number | null; of: number };
  } | null;
  cgroupDriver: string;
}

export type HookName = 'PREROUTING' | 'INPUT' | 'FORWARD' | 'OUTPUT' | 'POSTROUTING';
export interface HookRow {
  priority: string;
  table: string;
  chains: { name: string; matched: boolean }[];
  here: boolean;
}
export interface HookCard {
  name: HookName;
  right: string;
  walked: boolean;
  rows: HookRow[];
}
export interface KernelSceneRecord {
  id: string; // scene/NODE/kernel
  type: 'kernelScene';
  node: string;
  mode: string;
  version: string;
  hooks: HookCard[];
  /** The packet whose way is drawn; null: none yet. */
  packet: {
    seq: number;
    atMs: number;
    flags: string;
    before: string;
    after: string;
    verdict: string;
    /** Channels and cards passed, in order: ids of the design's scene. */
    way: string[];
    here: string;
    rulesLookedAt: number;
    /** The packet had a flow already: its first packet made the choices. */
    known: boolean;
  } | null;
  conntrack: { count: number; max: number; lines: string[] };
  routes: { destination: string; dev: string; taken: boolean }[];
  ipvs: { used: boolean; servers: number; title: string; rows: { text: string; counts: string; taken: boolean }[] };
  devices: { name: string; kind: string; facts: string[]; walked: boolean }[];
  veths: { name: string; pod: string; uid: string; walked: boolean }[];
  cgroups: { depth: number; name: string; memory: number; max: string; weight: string }[];
  neighbours: [string, string][];
}

export type SceneRecord = KubeletSceneRecord | RuntimeSceneRecord | KernelSceneRecord;
