/**
 * What the page sees of the world: flat records with an `id`, made by `view.ts` from the state of the rooms, sent as differences.
 * The page draws these and nothing else; it never computes a state of its own.
 */
import type { FieldRef } from '../engine/types.ts';
import type { SceneRecord } from './scene-records.ts';

export type * from './scene-records.ts';

/** Families of `glass.md` §5: each has a glyph, a colour and the word beside it. */
export type StateFamily = 'ready' | 'notReady' | 'progress' | 'pending' | 'backoff' | 'failed' | 'done' | 'terminating' | 'off' | 'unknown';

/** `=` exact, `≈` simplified, `∅` not modelled. */
export interface Fidelity {
  mark: '=' | '≈' | '∅';
  reason: string;
}

export interface GaugeRecord {
  kind: 'startup' | 'liveness' | 'readiness';
  handler: 'exec' | 'httpGet' | 'tcpSocket' | 'grpc';
  /** What the kubelet holds to be so now. */
  result: 'success' | 'failure' | 'unknown';
  /** Successes (after a failure) or failures in a row counted towards the other result, and how many it takes. */
  run: number;
  runOf: 'success' | 'failure';
  threshold: number;
  /** Failures in a row that it takes to fail: how many cells the gauge has. */
  failureThreshold: number;
  periodMs: number;
  /** When the next probe runs; null while on hold, not started, or the kubelet is stopped. */
  nextAtMs: number | null;
  lastAtMs: number | null;
}

export interface ContainerRecord {
  name: string;
  role: 'init' | 'sidecar' | 'regular' | 'ephemeral';
  /** As the spec says it. */
  image: string;
  state: 'waiting' | 'running' | 'terminated';
  reason: string;
  message: string;
  exitCode: number | null;
  ready: boolean;
  started: boolean;
  restarts: number;
  containerID: string;
  memoryBytes: number | null;
  memoryLimitBytes: number | null;
  probes: GaugeRecord[];
  /** Back-off in force: when the next try is due and how long the wait is. */
  backoff: { untilMs: number; totalMs: number } | null;
  family: StateFamily;
}

export interface PodRecord {
  id: string; // pod/UID
  type: 'pod';
  uid: string;
  name: string;
  namespace: string;
  /** Empty until scheduled. */
  node: string;
  ip: string;
  owner: { kind: string; name: string } | null;
  /** Exactly as `kubectl get pods` prints it. */
  status: string;
  family: StateFamily;
  readyContainers: number;
  totalContainers: number;
  restarts: number;
  phase: string;
  deleting: boolean;
  hostNetwork: boolean;
  labels: Record<string, string>;
  qosClass: string;
  createdAtMs: number;
  containers: ContainerRecord[];
  /** The message behind the state, verbatim ('' when there is none). */
  message: string;
  memoryBytes: number | null;
}

export interface NodeRecord {
  id: string; // node/NAME
  type: 'node';
  name: string;
  ip: string;
  status: string; // Ready, NotReady, Ready,SchedulingDisabled …
  family: StateFamily;
  kubeletVersion: string;
  podCIDR: string;
  runtime: string;
  /** systemd: `2 of 2 units active`. */
  unitsActive: number;
  unitsTotal: number;
  failedUnits: { unit: string; words: string }[];
  components: { name: string; up: boolean }[];
  memoryPressure: boolean;
  diskPressure: boolean;
  pidPressure: boolean;
  glassed: boolean;
}

/** A component's card: apiServer, scheduler, controllerManager, `NODE/kubelet`, `NODE/runtime`, `NODE/cni`, `NODE/kubeProxy`, `NODE/storage`, registry, loadBalancer, client. */
export interface ComponentRecord {
  id: string; // component/ADDRESS
  type: 'component';
  address: string;
  title: string;
  up: boolean;
  /** systemd's words when it is down. */
  words: string;
  /** The fact at the right of the title, and up to two lines of [left, right]. */
  right: string;
  facts: [string, string][];
}

/** A kernel table's card and rows in tool notation. */
export interface KernelRecord {
  id: string; // kernel/NODE/cgroups|routes|conntrack|netfilter|ipvs
  type: 'kernel';
  node: string;
  table: 'cgroups' | 'routes' | 'conntrack' | 'netfilter' | 'ipvs';
  right: string;
  rows: string[];
  facts: [string, string][];
  /** cgroups: QoS class → bytes used of the node's memory. */
  /** netfilter: hooks that the packet of this moment passes, as the map names them. */
  walking?: string[];
  bars?: { label: string; value: string; fraction: number }[];
}

export interface ServiceRecord {
  id: string; // service/UID
  type: 'service';
  uid: string;
  name: string;
  namespace: string;
  serviceType: string;
  clusterIP: string;
  ports: { name: string; protocol: string; port: number; targetPort: string; nodePort: number | null }[];
  endpoints: { ip: string; pod: string; ready: boolean; serving: boolean; terminating: boolean }[];
}

/** Any other object that is listed (Deployment, ReplicaSet, Job …), and margin facts for the editor. */
export interface ObjectRecord {
  id: string; // object/KIND/NAMESPACE/NAME
  type: 'object';
  kind: string;
  apiVersion: string;
  namespace: string;
  name: string;
  uid: string;
  /** One line: `2 of 3 ready`. */
  summary: string;
  family: StateFamily;
  /** Accepted but not acted on. */
  notSimulated: { path: string; reason: string }[];
}

export interface EventRecord {
  id: string; // event/UID
  type: 'event';
  atMs: number;
  lastMs: number;
  warning: boolean;
  reason: string;
  message: string;
  count: number;
  source: string;
  about: { kind: string; namespace: string; name: string; uid: string; fieldPath: string };
}

export interface ClusterRecord {
  id: 'cluster';
  type: 'cluster';
  seed: number;
  startEpochMs: number;
  resourceVersion: number;
  messages: number;
  proxyMode: 'iptables' | 'ipvs' | 'nftables';
  workers: number;
  faults: { id: string; label: string; sinceMs: number; target: string }[];
}

export type ViewRecord = PodRecord | NodeRecord | ComponentRecord | KernelRecord | ServiceRecord | ObjectRecord | EventRecord | ClusterRecord | SceneRecord;

/** From one view to the next. `removed` are ids. */
export interface ViewDiff {
  changed: ViewRecord[];
  removed: string[];
}

/** Shape = kind (glass.md §7). */
export type MessageKind = 'api' | 'cri' | 'probe' | 'cni' | 'tcp' | 'udp' | 'signal' | 'command' | 'mount' | 'rules' | 'internal';

/** A trace entry in words: the Messages list, the dots, the Why chain. */
export interface MessageRecord {
  seq: number;
  atMs: number;
  sentMs: number;
  cause: number;
  kind: MessageKind;
  reply: boolean;
  outcome: 'ok' | 'refused' | 'lost';
  /** Addresses as rooms have them, for reading. */
  from: string;
  to: string;
  /** Short names for reading: `kubelet`, `API server`, `web-…-tz7mn`. */
  fromName: string;
  toName: string;
  text: string;
  /** Vertices of the map it passes, from first to last (`apiServer`, `worker-1/kubelet`, `pod/UID`, `worker-1/netfilter`, `client` …). Empty: not drawn. */
  path: string[];
  /** Records it is about. */
  about: string[];
  why: FieldRef | null;
}

/** Lanes of the time bar: per pod and per container. Times in ms; `toMs` null: still so. */
export type LaneState = 'waiting' | 'running' | 'ready' | 'failed' | 'backoff' | 'done' | 'terminating';
export interface LaneInterval {
  fromMs: number;
  toMs: number | null;
  state: LaneState;
  word: string;
}
export interface LaneRecord {
  id: string; // lane/node/NAME, lane/pod/UID, lane/container/UID/NAME
  label: string;
  about: string;
  order: string;
  intervals: LaneInterval[];
  ticks: { atMs: number; kind: 'probe-ok' | 'probe-failed' | 'exit' | 'connection-ok' | 'connection-refused'; text: string }[];
}
export interface MarkRecord {
  atMs: number;
  kind: 'command' | 'fault' | 'fault-end' | 'fork' | 'event' | 'warning';
  text: string;
  about: string /** sequence number of its message, 0 if none */;
  seq: number;
  command?: number;
  /** Of a fork: the run that begins there. */
  run?: number;
}
