/** A kubelet among doubles, for tests: give it pods, let time pass, read what it told the API server. */
import type { Container, ContainerStatus, KubeEvent, Pod } from '../../../api/types.ts';
import type { ApiCall } from '../../../contracts/watch.ts';
import { Engine } from '../../../engine/engine.ts';
import type { Body, Ctx, Room } from '../../../engine/types.ts';
import { kubeletRoom } from '../kubelet.ts';
import type { KubeletArgs, KubeletState } from '../state.ts';
import { type FakeApiState, fakeApiServer } from './fake-api-server.ts';
import { type Behaviour, type FakeRuntimeState, fakeRuntime } from './fake-runtime.ts';

/** What a server in a pod answers, by port: an HTTP status, or how connecting fails. */
export type Answers = Record<string, { status?: number; body?: string; fail?: string; afterMs?: number; location?: string; data?: string; silent?: boolean }>;

const fakeOs: Room<{ files: Record<string, string>; answers: Answers; connects: string[]; next: number }> = {
  initial: (answers: Answers) => ({ files: {}, answers, connects: [], next: 0 }),
  handle: () => {},
  serve(state, request, ctx) {
    const r = request as Body & { op: string; path: string; text: string; port: number; ip: string; tag: string; owner: string; data?: string };
    if (r.type === 'Fs') {
      if (r.op === 'write') state.files[r.path] = r.text;
      if (r.op === 'read') return state.files[r.path] === undefined ? { error: 'ENOENT' } : { text: state.files[r.path] };
      if (r.op === 'list') return { names: [] };
      if (r.op === 'usage') return { bytes: 0 };
      return {};
    }
    if (r.type !== 'Socket' || r.op !== 'connect') return {};
    state.connects.push(`${ctx.nowMs} ${r.ip}:${r.port} ${r.data ?? ''}`);
    const answer = state.answers[`p${r.port}`] ?? { fail: 'connection refused' };
    state.next += 1;
    const connection = `conn${state.next}`;
    if (answer.fail) ctx.send(r.owner, { type: 'ConnectFailed', tag: r.tag, reason: answer.fail } as Body, answer.afterMs ?? 1);
    else {
      ctx.send(r.owner, { type: 'Connected', tag: r.tag, connection, localIP: '', localPort: 1 } as Body, 1);
      if (answer.data !== undefined)
        ctx.send(r.owner, { type: 'Received', tag: r.tag, connection, data: answer.data, closed: true } as Body, answer.afterMs ?? 2);
      else if (answer.status !== undefined && !answer.silent) {
        const body = answer.body ?? '';
        const data = `HTTP/1.1 ${answer.status} X\r\nContent-Length: ${body.length}\r\n${answer.location ? `Location: ${answer.location}\r\n` : ''}\r\n${body}`;
        ctx.send(r.owner, { type: 'Received', tag: r.tag, connection, data, closed: true } as Body, answer.afterMs ?? 2);
      }
    }
    return { connection };
  },
};

export interface TestNode {
  engine: Engine;
  kubelet: KubeletState;
  runtime: FakeRuntimeState;
  api: FakeApiState;
  notes: { atMs: number; body: Body }[];
  /** Runs something inside the kubelet's room, now. */
  inside(act: (state: KubeletState, ctx: Ctx) => void): void;
  call(request: ApiCall): void;
  create(pod: Pod): void;
  at(ms: number): TestNode;
  pod(name?: string): Pod;
  status(container: string, pod?: string): ContainerStatus;
  /** `ms Reason message xCOUNT` of events in order of what happened. */
  events(...reasons: string[]): string[];
  /** ms at which a pod object was written, with it. */
  writes(name?: string): { atMs: number; pod: Pod; verb: string }[];
}

const startMs = 0;

export function testNode(
  options: { behaviours?: Record<string, Behaviour>; images?: string[]; answers?: Answers; args?: Partial<KubeletArgs>; seed?: number } = {},
): TestNode {
  const allocatable = { cpu: '2', memory: '8Gi', 'ephemeral-storage': '100Gi', pods: '110' };
  const node = {
    apiVersion: 'v1',
    kind: 'Node' as const,
    metadata: { name: 'worker-1', uid: 'node-uid', resourceVersion: '', creationTimestamp: '', labels: { 'kubernetes.io/hostname': 'worker-1' } },
    spec: {},
    status: { capacity: allocatable, allocatable, nodeInfo: {} },
  };
  const args: KubeletArgs = {
    nodeName: 'worker-1',
    nodeIP: '10.0.0.1',
    podCIDR: '10.244.0.0/24',
    clusterDNS: null,
    clusterDomain: 'cluster.local',
    cgroupDriver: 'systemd',
    node,
    ...options.args,
  };
  const rooms = {
    apiserver: { room: fakeApiServer as Room<never>, args: {} },
    'worker-1/os': { room: fakeOs as Room<never>, args: options.answers ?? {} },
    'worker-1/runtime': { room: fakeRuntime as Room<never>, args: { behaviours: options.behaviours ?? {}, images: options.images ?? ['busybox:1.28'] } },
    'worker-1/kubelet': { room: kubeletRoom as unknown as Room<never>, args },
  };
  const engine = new Engine(Engine.initialState(options.seed ?? 1, 1_795_000_000_000, startMs), rooms);
  const notes: TestNode['notes'] = [];
  engine.observers.push((entry) => {
    if (entry.kind === 'note') notes.push({ atMs: entry.atMs, body: entry.body });
  });
  engine.startAll();
  // The kubelet has been up for a while before the first pod comes.
  engine.advance(upMs);
  const self: TestNode = {
    engine,
    notes,
    get kubelet() {
      return engine.state.rooms['worker-1/kubelet'] as KubeletState;
    },
    get runtime() {
      return engine.state.rooms['worker-1/runtime'] as FakeRuntimeState;
    },
    get api() {
      return engine.state.rooms.apiserver as FakeApiState;
    },
    inside(act) {
      const entry = rooms['worker-1/kubelet'];
      const { room } = entry;
      entry.room = { ...room, handle: (state: KubeletState, _message: unknown, ctx: Ctx) => act(state, ctx) } as unknown as Room<never>;
      engine.send('', 'worker-1/kubelet', { type: 'Test' }, 0, 0);
      engine.advance(engine.state.nowMs, 1);
      entry.room = room;
    },
    call(request) {
      engine.send('test', 'apiserver', { type: 'ApiRequest', id: '', ...request } as Body, 0, 0);
      engine.advance(engine.state.nowMs);
    },
    create(pod) {
      self.call({ verb: 'create', resource: 'pods', namespace: 'default', object: pod });
    },
    at(ms) {
      engine.advance(upMs + ms);
      return self;
    },
    pod(name = 'p') {
      return self.api.objects[`pods|default/${name}`] as Pod;
    },
    status(container, name = 'p') {
      const { status } = self.pod(name);
      return [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])].find((c) => c.name === container) as ContainerStatus;
    },
    events(...reasons) {
      return self.api.log
        .filter((l) => l.resource === 'events')
        .map((l) => ({ atMs: l.atMs - upMs, e: l.object as KubeEvent }))
        .filter(({ e }) => e.involvedObject.kind === 'Pod' && (reasons.length === 0 || reasons.includes(e.reason)))
        .map(({ atMs, e }) => `${atMs} ${e.reason} ${e.message}${(e.count ?? 1) > 1 ? ` x${e.count}` : ''}`);
    },
    writes(name = 'p') {
      return self.api.log
        .filter((l) => l.resource === 'pods' && l.object.metadata.name === name)
        .map((l) => ({ atMs: l.atMs - upMs, pod: l.object as Pod, verb: l.verb }));
    },
  };
  return self;
}

/** Age of the kubelet at the tests' 0 s. */
const upMs = 60_500;

export const container = (name: string, more: Partial<Container> = {}): Container => ({
  name,
  image: 'busybox:1.28',
  imagePullPolicy: 'IfNotPresent',
  ...more,
});

export function aPod(containers: Container[], spec: Partial<Pod['spec']> = {}, meta: Partial<Pod['metadata']> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'default', uid: '', resourceVersion: '', creationTimestamp: '', generation: 1, ...meta },
    spec: { containers, restartPolicy: 'Always', terminationGracePeriodSeconds: 30, nodeName: 'worker-1', ...spec },
    status: {
      phase: 'Pending',
      qosClass: 'BestEffort',
      conditions: [{ type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: '2026-11-18T12:00:00Z' }],
    },
  };
}

/** `ms state` of one container over the writes of its pod: `running`, `waiting Reason`, `terminated Reason code`. */
export function historyOf(node: TestNode, name: string, podName = 'p'): string[] {
  const out: string[] = [];
  let last = '';
  for (const { atMs, pod } of node.writes(podName)) {
    const s = [...(pod.status.containerStatuses ?? []), ...(pod.status.initContainerStatuses ?? [])].find((c) => c.name === name);
    if (!s) continue;
    const { running, waiting, terminated } = s.state;
    const text = `${running ? 'running' : waiting ? `waiting ${waiting.reason ?? ''}` : `terminated ${terminated?.reason} ${terminated?.exitCode}`} rc=${s.restartCount}${s.ready ? ' ready' : ''}`;
    if (text !== last) out.push(`${atMs} ${text}`);
    last = text;
  }
  return out;
}
