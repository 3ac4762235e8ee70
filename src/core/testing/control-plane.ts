/** A control plane to test with: the API server, controllers, the scheduler, and nodes whose kubelets start every pod at once. Tests only. */
import type { KubeObject, Pod } from '../api/types.ts';
import { type ApiCall, type ApiResult, apiLatencyMs, apiserver, type StoredNote, type WatchEvent } from '../contracts/watch.ts';
import { apiServerRoom } from '../control-plane/api-server/api-server.ts';
import { Engine, type Rooms } from '../engine/engine.ts';
import { strictSharing } from '../engine/share.ts';
import { rfc3339 } from '../engine/time.ts';
import type { Body, Room } from '../engine/types.ts';

interface FakeKubeletState {
  next: number;
  /** uid → phase reached. */
  seen: Record<string, string>;
  args: FakeKubeletArgs;
}
export interface FakeKubeletArgs {
  /** From being bound to Running and Ready, ms. */
  startMs?: number;
  /** From DELETE until the object is gone, ms. */
  stopMs?: number;
}

/** Starts what is bound to any node, ends what is deleted. A pod annotated `test/exit: CODE` ends after `test/after` ms. */
const fakeKubelet: Room<FakeKubeletState> = {
  initial: ((args: FakeKubeletArgs, ctx) => {
    ctx.send(apiserver, { type: 'Watch', watch: 'pods', resource: 'pods' } as Body, apiLatencyMs.request);
    return { next: 0, seen: {}, args };
  }) as Room<FakeKubeletState>['initial'],
  handle(state, message, ctx) {
    const send = (call: ApiCall, delayMs = 0): void => {
      state.next += 1;
      ctx.send(apiserver, { type: 'ApiRequest', id: `k${state.next}`, user: 'system:node:fake', ...call } as Body, apiLatencyMs.request + delayMs);
    };
    if (message.body.type !== 'WatchEvent') return;
    const { event, object } = message.body as WatchEvent;
    if (!object || event === 'DELETED') return;
    const pod = object as Pod;
    const { namespace, name, uid } = pod.metadata;
    if (!pod.spec.nodeName) return;
    const common = { resource: 'pods', namespace: namespace as string, name };
    if (pod.metadata.deletionTimestamp) {
      if (state.seen[uid] === 'stopping') return;
      state.seen[uid] = 'stopping';
      send({ verb: 'delete', ...common, options: { gracePeriodSeconds: 0 } }, state.args.stopMs ?? 500);
      return;
    }
    if (state.seen[uid]) return;
    state.seen[uid] = 'started';
    const startMs = state.args.startMs ?? 1000;
    const index = Object.keys(state.seen).length;
    const ip = `10.244.${Math.floor(index / 250)}.${(index % 250) + 2}`;
    const status = (ready: boolean, atMs: number, phase = 'Running', exitCode?: number): unknown => ({
      status: {
        phase,
        podIP: ip,
        podIPs: [{ ip }],
        startTime: rfc3339(ctx.epochMs),
        conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: rfc3339(ctx.epochMs + atMs), lastProbeTime: null }],
        containerStatuses: pod.spec.containers.map((c) => ({
          name: c.name,
          image: c.image,
          imageID: '',
          ready,
          restartCount: 0,
          lastState: {},
          state:
            exitCode === undefined
              ? { running: { startedAt: rfc3339(ctx.epochMs) } }
              : { terminated: { exitCode, startedAt: rfc3339(ctx.epochMs), finishedAt: rfc3339(ctx.epochMs + atMs) } },
        })),
      },
    });
    const patch = (body: unknown, delayMs: number): void =>
      send({ verb: 'patch', ...common, subresource: 'status', patchType: 'strategic', patch: body }, delayMs);
    const readyNever = pod.metadata.annotations?.['test/ready'] === 'never';
    patch(status(!readyNever, startMs), startMs);
    const exit = pod.metadata.annotations?.['test/exit'];
    if (exit !== undefined) {
      const after = startMs + Number(pod.metadata.annotations?.['test/after'] ?? 1000);
      patch(status(false, after, exit === '0' ? 'Succeeded' : 'Failed', Number(exit)), after);
    }
  },
};

export const testNode = (name: string, changes: Record<string, unknown> = {}, labels: Record<string, string> = {}): KubeObject =>
  ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } },
    spec: { ...(changes.spec ?? {}) },
    status: {
      capacity: { cpu: '4', memory: '8Gi', pods: '110', 'ephemeral-storage': '50Gi' },
      allocatable: { cpu: '4', memory: '8Gi', pods: '110', 'ephemeral-storage': '50Gi' },
      conditions: [{ type: 'Ready', status: 'True' }],
      ...(changes.status ?? {}),
    },
  }) as unknown as KubeObject;

export const serviceAccount = (namespace = 'default'): KubeObject =>
  ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } }) as unknown as KubeObject;

export interface ControlPlane {
  engine: Engine;
  /** Everything written, in order. */
  notes: (StoredNote & { atMs: number })[];
  /** As kubectl, at once. */
  ask(call: ApiCall): ApiResult;
  create(object: unknown, namespace?: string): KubeObject;
  get(resource: string, name: string, namespace?: string): KubeObject | undefined;
  list(resource: string, namespace?: string): KubeObject[];
  /** `reason: message` of the events about an object of this name, oldest first, with counts above 1. */
  events(name: string, namespace?: string): string[];
  run(ms: number): void;
}

/** @param rooms the rooms under test, by address */
export function controlPlane(
  rooms: Record<string, { room: unknown; args?: unknown }>,
  objects: unknown[] = [],
  kubelet: FakeKubeletArgs | null = {},
): ControlPlane {
  strictSharing(true);
  const all: Rooms = {
    [apiserver]: {
      room: apiServerRoom as Room<never>,
      args: { serviceCIDR: '10.96.0.0/16', createdSecondsBefore: 60, objects: [serviceAccount(), ...objects] },
    },
    ...(kubelet ? { kubelets: { room: fakeKubelet as Room<never>, args: kubelet } } : {}),
  };
  for (const address of Object.keys(rooms)) {
    const { room, args } = rooms[address] as { room: unknown; args?: unknown };
    all[address] = { room: room as Room<never>, args: args ?? {} };
  }
  const engine = new Engine(Engine.initialState(7, Date.UTC(2026, 10, 20, 12, 0, 0)), all);
  const notes: ControlPlane['notes'] = [];
  engine.observers.push((entry) => {
    if (entry.kind === 'note' && entry.body.type === 'Stored') notes.push({ ...(entry.body as StoredNote), atMs: entry.atMs });
  });
  engine.startAll();
  engine.advance(100);
  notes.length = 0;
  const ask = (call: ApiCall): ApiResult => engine.ask('kubectl', apiserver, { type: 'Api', ...call } as Body) as ApiResult;
  const plane: ControlPlane = {
    engine,
    notes,
    ask,
    create(object, namespace = 'default') {
      const { kind, apiVersion } = object as KubeObject;
      const result = ask({
        verb: 'create',
        resource: resourceName(apiVersion, kind),
        namespace: clusterScoped.has(kind) ? undefined : namespace,
        object,
      } as ApiCall);
      if (!result.object) throw new Error(result.status?.message ?? 'refused');
      return result.object;
    },
    get: (resource, name, namespace = 'default') => ask({ verb: 'get', resource, namespace, name }).object,
    list: (resource, namespace = 'default') => ask({ verb: 'list', resource, namespace }).list?.items ?? [],
    events: (name, namespace = 'default') =>
      plane
        .list('events', namespace)
        .filter((event) => event.involvedObject.name === name)
        .map((event) => `${event.reason}: ${event.message}${(event.count ?? event.series?.count ?? 1) > 1 ? ` x${event.count ?? event.series?.count}` : ''}`),
    run: (ms) => {
      engine.advance(engine.state.nowMs + ms);
    },
  };
  return plane;
}

const clusterScoped = new Set(['Node', 'Namespace', 'PersistentVolume', 'StorageClass', 'PriorityClass']);
function resourceName(apiVersion: string, kind: string): string {
  const group = apiVersion.includes('/') ? `.${apiVersion.split('/')[0]}` : '';
  const plural = kind.endsWith('ss') ? `${kind}es` : kind.endsWith('y') ? `${kind.slice(0, -1)}ies` : `${kind}s`;
  return `${kind === 'Endpoints' ? 'endpoints' : plural.toLowerCase()}${group}`;
}
