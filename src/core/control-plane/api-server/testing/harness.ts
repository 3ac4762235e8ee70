/** An engine with the API server and a client that writes down what it gets. Tests only. */
import type { KubeObject } from '../../../api/types.ts';
import type { ApiCall, ApiResult, StoredNote, WatchEvent } from '../../../contracts/watch.ts';
import { Engine } from '../../../engine/engine.ts';
import { strictSharing } from '../../../engine/share.ts';
import type { Body, Message, Room } from '../../../engine/types.ts';
import { type ApiServerArgs, apiServerRoom } from '../api-server.ts';
import type { ApiServerState } from '../state.ts';

const client: Room<{ inbox: { atMs: number; body: Body }[] }> = {
  initial: () => ({ inbox: [] }),
  handle: (state, message: Message) => {
    state.inbox.push({ atMs: message.atMs, body: message.body });
  },
};

export interface Harness {
  engine: Engine;
  notes: StoredNote[];
  /** As kubectl: at once, strictly decoded. */
  ask(call: ApiCall): ApiResult;
  /** As a component: a message; the answer after both latencies. */
  request(call: ApiCall): ApiResult;
  watch(body: Omit<Body, 'type'> & Record<string, unknown>): void;
  events(): WatchEvent[];
  run(ms: number): void;
  state(): ApiServerState;
}

export const account = (namespace = 'default', name = 'default'): KubeObject =>
  ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } }) as unknown as KubeObject;

export function harness(objects: unknown[] = [account()], args: Partial<ApiServerArgs> = {}): Harness {
  strictSharing(true);
  const startMs = Date.UTC(2026, 10, 20, 12, 0, 0);
  const engine = new Engine(Engine.initialState(1, startMs), {
    apiserver: { room: apiServerRoom as Room<never>, args: { serviceCIDR: '10.96.0.0/16', createdSecondsBefore: 60, objects, ...args } },
    'worker-1/kubelet': { room: client as Room<never>, args: {} },
  });
  const notes: StoredNote[] = [];
  engine.observers.push((entry) => {
    if (entry.kind === 'note' && entry.body.type === 'Stored') notes.push(entry.body as StoredNote);
  });
  engine.startAll();
  notes.length = 0;
  const self = 'worker-1/kubelet';
  const inbox = () => (engine.state.rooms[self] as { inbox: { atMs: number; body: Body }[] }).inbox;
  let id = 0;
  return {
    engine,
    notes,
    ask: (call) => engine.ask('kubectl', 'apiserver', { type: 'Api', ...call } as Body) as ApiResult,
    request(call) {
      id += 1;
      engine.send(self, 'apiserver', { type: 'ApiRequest', id: `r${id}`, ...call } as Body, 2, 0);
      engine.advance(engine.state.nowMs + 10);
      return inbox().find(({ body }) => body.type === 'ApiResponse' && (body as unknown as { id: string }).id === `r${id}`)?.body as unknown as ApiResult;
    },
    watch(body) {
      engine.send(self, 'apiserver', { type: 'Watch', ...body } as Body, 2, 0);
      engine.advance(engine.state.nowMs + 10);
    },
    events: () => inbox().flatMap(({ body }) => (body.type === 'WatchEvent' ? [body as WatchEvent] : [])),
    run: (ms) => void engine.advance(engine.state.nowMs + ms),
    state: () => engine.state.rooms.apiserver as ApiServerState,
  };
}

export const pod = (name: string, spec: object = {}, metadata: object = {}): KubeObject =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...metadata },
    spec: { containers: [{ name: 'c', image: 'nginx:1.27' }], ...spec },
  }) as unknown as KubeObject;
