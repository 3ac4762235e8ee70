/** A kubelet of managers alone, between fake rooms, for tests. */
import type { KubeEvent, KubeObject, Node, Pod } from '../../../api/types.ts';
import { recorderState } from '../../../contracts/client-go/recorder.ts';
import type { CriRequest } from '../../../contracts/cri.ts';
import type { FileStat, FsAnswer, FsRequest } from '../../../contracts/os.ts';
import type { ApiRequest, ApiResult, WatchRequest } from '../../../contracts/watch.ts';
import { Engine, type Rooms } from '../../../engine/engine.ts';
import type { Body, Ctx, Message, Room } from '../../../engine/types.ts';
import { initialStatic } from '../config/static-pods.ts';
import { initialEviction } from '../eviction/eviction-manager.ts';
import { handleImageMessage, initialImages } from '../images/image-manager.ts';
import { handleNodeMessage, initialNodeStatus } from '../nodestatus/node-status.ts';
import { initialPodCache } from '../pod-cache.ts';
import { type KubeletArgs, type KubeletState, kubeletConfig } from '../state.ts';
import { handleVolumeMessage, initialVolumes, startVolumes } from '../volumemanager/volume-manager.ts';

export const testNode = (): Node =>
  ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: 'worker-1',
      uid: 'node-uid',
      resourceVersion: '1',
      creationTimestamp: '2026-11-20T12:00:00Z',
      labels: { 'kubernetes.io/hostname': 'worker-1' },
    },
    spec: {},
    status: { capacity: { cpu: '4', memory: '8388608Ki', pods: '110' }, allocatable: { cpu: '4', memory: '8286208Ki', pods: '110' } },
  }) as Node;

export function testState(args: Partial<KubeletArgs> = {}): KubeletState {
  const config = kubeletConfig({
    nodeName: 'worker-1',
    nodeIP: '10.0.0.11',
    podCIDR: '10.244.1.0/24',
    clusterDNS: '10.96.0.10',
    clusterDomain: 'cluster.local',
    cgroupDriver: 'systemd',
    node: testNode(),
    ...args,
  });
  return {
    config,
    startedAtMs: 0,
    counter: 0,
    waiters: {},
    podCache: initialPodCache(),
    pods: {},
    podsByName: {},
    services: {},
    node: testNode(),
    workers: {},
    recorder: recorderState(),
    volumes: initialVolumes(),
    images: initialImages(),
    nodeStatus: initialNodeStatus(config),
    static: initialStatic(),
    eviction: initialEviction(),
    runtime: { ready: true, networkError: null, runtimeError: null, checkedMs: 0 },
    calls: {},
  } as unknown as KubeletState;
}

export function testPod(name: string, spec: object, metadata: object = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', uid: `${name}-uid`, resourceVersion: '7', creationTimestamp: '2026-11-20T12:00:00Z', ...metadata },
    spec: { containers: [{ name: 'c', image: 'busybox:1.28' }], enableServiceLinks: true, dnsPolicy: 'ClusterFirst', nodeName: 'worker-1', ...spec },
    status: { phase: 'Pending' },
  } as Pod;
}

interface Entry {
  kind: FileStat['kind'];
  mode: number;
  uid: number;
  gid: number;
  text: string;
  target?: string;
}
/** A tree without mounts: enough of an operating system for the managers. */
export class FakeFs {
  readonly entries: Record<string, Entry> = { '/': { kind: 'dir', mode: 0o755, uid: 0, gid: 0, text: '' } };

  resolve(path: string, last = true, depth = 0): string {
    let at = '';
    const parts = path.split('/').filter((p) => p !== '');
    for (const [i, part] of parts.entries()) {
      const next = `${at}/${part}`;
      const entry = this.entries[next];
      if (entry?.kind === 'symlink' && (last || i < parts.length - 1) && depth < 8) at = this.resolve(`${at}/${entry.target}`, true, depth + 1);
      else at = next;
    }
    return at === '' ? '/' : at;
  }

  serve(r: FsRequest): FsAnswer {
    const follow = !['lstat', 'remove', 'rename', 'symlink'].includes(r.op);
    const path = 'path' in r ? this.resolve(r.path, follow) : '/';
    const entry = this.entries[path];
    const parent = this.entries[path.slice(0, path.lastIndexOf('/')) || '/'];
    const owner = (x: { uid?: number; gid?: number }) => ({ uid: x.uid ?? 0, gid: x.gid ?? 0 });
    switch (r.op) {
      case 'mkdir':
        if (entry) return entry.kind === 'dir' && r.parents ? {} : { error: 'EEXIST' };
        if (!parent) {
          if (!r.parents) return { error: 'ENOENT' };
          this.serve({ ...r, path: path.slice(0, path.lastIndexOf('/')) });
        }
        this.entries[path] = { kind: 'dir', mode: r.mode ?? 0o755, text: '', ...owner(r) };
        return {};
      case 'write':
        if (parent?.kind !== 'dir') return { error: 'ENOENT' };
        this.entries[path] = { kind: 'file', mode: r.mode ?? entry?.mode ?? 0o644, text: r.text, ...owner(r) };
        return {};
      case 'read':
        return entry ? (entry.kind === 'dir' ? { error: 'EISDIR' } : { text: entry.text }) : { error: 'ENOENT' };
      case 'stat':
      case 'lstat':
        return entry ? { stat: { ...entry, size: entry.text.length, mtimeMs: 0 } } : { error: 'ENOENT' };
      case 'list': {
        if (!entry) return { error: 'ENOENT' };
        const below = Object.keys(this.entries).filter((p) => p.startsWith(`${path}/`) && !p.slice(path.length + 1).includes('/'));
        return { names: below.map((p) => p.slice(path.length + 1)).sort() };
      }
      case 'symlink':
        this.entries[path] = { kind: 'symlink', mode: 0o777, uid: 0, gid: 0, text: '', target: r.target };
        return {};
      case 'rename':
        this.entries[r.to] = entry as Entry;
        delete this.entries[path];
        return {};
      case 'remove':
        if (!entry) return { error: 'ENOENT' };
        for (const p of Object.keys(this.entries)) if (p === path || p.startsWith(`${path}/`)) delete this.entries[p];
        return {};
      case 'chmod':
        if (entry) entry.mode = r.mode;
        return entry ? {} : { error: 'ENOENT' };
      case 'chown':
        if (entry) Object.assign(entry, { uid: r.uid, gid: r.gid });
        return entry ? {} : { error: 'ENOENT' };
      case 'usage':
        return { bytes: Object.keys(this.entries).reduce((sum, p) => (p.startsWith(path) ? sum + (this.entries[p]?.text.length ?? 0) : sum), 0) };
      default:
        return {};
    }
  }
}

export interface Told {
  atMs: number;
  type: string;
  reason: string;
  message: string;
}

export interface TestWorld {
  engine: Engine;
  state: KubeletState;
  fs: FakeFs;
  events: Told[];
  requests: { atMs: number; body: ApiRequest }[];
  cgroups: Record<string, Record<string, string>>;
  /** cgroup → bytes of memory in use. */
  memory: Record<string, number>;
  /** Objects of the fake API server by `RESOURCE/NAMESPACE/NAME`; `put` tells watches. */
  put(resource: string, object: KubeObject): void;
  act<T>(f: (ctx: Ctx) => T): T;
  run(untilMs: number): void;
}
export interface TestOptions {
  /** When the run begins, ms. */
  startMs?: number;
  args?: Partial<KubeletArgs>;
  cri?: (request: CriRequest, ctx: Ctx) => { response?: unknown; error?: unknown; afterMs?: number };
  handle?: (state: KubeletState, message: Message, ctx: Ctx) => void;
}

export function testWorld(options: TestOptions = {}): TestWorld {
  const fs = new FakeFs();
  const events: Told[] = [];
  const requests: TestWorld['requests'] = [];
  const cgroups: TestWorld['cgroups'] = {};
  const objects: Record<string, KubeObject> = {};
  const watches: Record<string, WatchRequest> = {};
  const state = testState(options.args);
  let todo: ((ctx: Ctx) => void) | undefined;
  const kubelet: Room<KubeletState> = {
    initial: (_args: never, ctx) => {
      startVolumes(state, ctx);
      return state;
    },
    handle(_state, message, ctx) {
      if (message.body.type === 'Act') todo?.(ctx);
      else if (!handleVolumeMessage(state, message, ctx) && !handleImageMessage(state, message, ctx) && !handleNodeMessage(state, message, ctx))
        options.handle?.(state, message, ctx);
    },
  };
  const answer = (r: ApiRequest): ApiResult => {
    const key = `${r.resource}/${r.namespace ?? ''}/${r.name ?? (r.object as KubeObject | undefined)?.metadata.name}`;
    const known = objects[key];
    if (r.subresource === 'token') return { code: 201, object: { apiVersion: 'v1', kind: 'TokenRequest', metadata: {} as never, status: { token: 'opaque' } } };
    if (r.verb === 'get') return known ? { code: 200, object: known } : notFound(r);
    if (r.verb === 'create') {
      if (known) return { code: 409, status: { kind: 'Status', code: 409, message: 'exists' } as never };
      objects[key] = r.object as KubeObject;
      return { code: 201, object: r.object as KubeObject };
    }
    if (r.verb === 'patch' && known) {
      objects[key] = { ...known, status: { ...known.status, ...(r.patch as { status?: object }).status } };
      return { code: 200, object: objects[key] };
    }
    if (r.verb === 'update' && known) objects[key] = r.object as KubeObject;
    return objects[key] ? { code: 200, object: objects[key] } : notFound(r);
  };
  const apiserver: Room<object> = {
    initial: () => ({}),
    handle(_s, message, ctx) {
      const body = message.body as ApiRequest | WatchRequest;
      if (body.type === 'Watch') {
        watches[body.watch] = body;
        const name = body.fieldSelector?.replace('metadata.name=', '');
        const object = objects[`${body.resource}/${body.namespace ?? ''}/${name}`];
        const tell = (event: string, o?: KubeObject): number =>
          ctx.send(message.from, { type: 'WatchEvent', watch: body.watch, event, resource: body.resource, ...(o ? { object: o } : {}) } as Body, 3);
        if (object) tell('ADDED', object);
        tell('SYNCED');
        return;
      }
      if (body.type !== 'ApiRequest') return;
      if (body.id.startsWith('event-')) {
        const told = body.object as KubeEvent | undefined;
        if (told) events.push({ atMs: ctx.nowMs - 2, type: told.type, reason: told.reason, message: told.message });
        else events.push({ atMs: ctx.nowMs - 2, type: '', reason: 'count', message: String((body.patch as { count: number }).count) });
        return;
      }
      requests.push({ atMs: ctx.nowMs, body });
      ctx.send(message.from, { type: 'ApiResponse', id: body.id, ...answer(body) } as Body, 2);
    },
  };
  const cri: NonNullable<TestOptions['cri']> = options.cri ?? (() => ({ response: { images: [], containers: [] } }));
  const runtime: Room<object> = {
    initial: () => ({}),
    handle(_s, message, ctx) {
      const body = message.body as Body & { id: string; request: CriRequest };
      const { afterMs, ...rest } = cri(body.request, ctx);
      ctx.send(message.from, { type: 'CriReply', id: body.id, rpc: body.request.rpc, ...rest } as Body & { id: string }, afterMs ?? 10);
    },
    serve: (_s, request, ctx) => cri((request as Body & { request: CriRequest }).request, ctx),
  };
  const os: Room<object> = {
    initial: () => ({}),
    handle() {},
    serve(_s, request) {
      if (request.type === 'Fs') return fs.serve(request as FsRequest);
      const r = request as Body & { op: string; path: string; values?: Record<string, string> };
      if (r.op === 'create' && cgroups[r.path]) return { error: 'EEXIST' };
      if (r.op === 'remove') delete cgroups[r.path];
      else if (r.values) cgroups[r.path] = { ...cgroups[r.path], ...r.values };
      else return { values: cgroups[r.path] ?? {}, memoryBytes: world.memory[r.path] ?? 0 };
      return {};
    },
  };
  const rooms: Rooms = {
    apiserver: { room: apiserver as never, args: {} },
    'worker-1/os': { room: os as never, args: {} },
    'worker-1/runtime': { room: runtime as never, args: {} },
    'worker-1/kubelet': { room: kubelet as never, args: {} },
  };
  const engine = new Engine(Engine.initialState(1, 1_795_176_000_000, options.startMs ?? 0), rooms);
  engine.startAll();
  const world: TestWorld = {
    memory: {},
    engine,
    state,
    fs,
    events,
    requests,
    cgroups,
    put(resource, object) {
      const key = `${resource}/${object.metadata.namespace ?? ''}/${object.metadata.name}`;
      const event = objects[key] ? 'MODIFIED' : 'ADDED';
      objects[key] = object;
      for (const w of Object.values(watches))
        if (w.resource === resource && w.namespace === object.metadata.namespace && w.fieldSelector === `metadata.name=${object.metadata.name}`)
          engine.send('apiserver', 'worker-1/kubelet', { type: 'WatchEvent', watch: w.watch, event, resource, object } as Body, 3, 0);
    },
    act(f) {
      let out: unknown;
      todo = (ctx) => {
        out = f(ctx);
      };
      engine.send('test', 'worker-1/kubelet', { type: 'Act' } as Body, 0, 0);
      engine.advance(engine.state.nowMs);
      return out as never;
    },
    run: (untilMs) => {
      engine.advance(untilMs);
    },
  };
  return world;
}

const notFound = (r: ApiRequest): ApiResult => ({
  code: 404,
  status: { kind: 'Status', code: 404, message: `${r.resource} "${r.name}" not found`, details: { name: r.name } } as never,
});
