/**
 * The frame that all controllers share: informers, a work queue, open requests, a recorder of events. A key is being processed until the last of its requests
 * is answered, as a worker of a real controller blocks in its calls. Models k8s.io/kubernetes/pkg/controller (the common shape of its controllers).
 */
import type { KubeObject } from '../../api/types.ts';
import type { Ctx, FieldRef, Message, Room } from '../../engine/types.ts';
import { type ApiCall, type ApiResponse, apiLatencyMs, apiserver, type WatchEvent, type WatchRequest } from '../watch.ts';
import { type Informer, type InformerChange, informer, lookUp, observe, storeKey } from './informer.ts';
import { type EventSource, type RecorderState, recordEvent, recorderState, referenceTo } from './recorder.ts';
import { type OpenRequest, type Requests, requests, sendRequest, takeResponse } from './requests.ts';
import { add, addAfter, addRateLimited, done, due, forget, takeAll, type WorkQueue, type WorkQueueDue, workQueue } from './workqueue.ts';

export interface ControllerState {
  informers: Record<string, Informer>;
  queue: WorkQueue;
  requests: Requests;
  recorder: RecorderState;
  /** Keys whose present processing has failed: they come back after back-off. */
  failed: Record<string, true>;
}

export interface ControllerArgs {
  /** Requests per second and burst of its client; default kube-controller-manager's. */
  limit?: { qps: number; burst: number };
}

export interface ControllerCode<S extends ControllerState> {
  /** Resources watched from the start; more can be opened with `watchResource`. */
  resources: readonly string[];
  initial(args: never, ctx: Ctx): Omit<S, keyof ControllerState>;
  /** One object was added, updated or deleted: keep indexes, enqueue keys. */
  changed(state: S, resource: string, change: InformerChange, ctx: Ctx): void;
  /** Brings one key nearer to what it should be. */
  sync(state: S, key: string, ctx: Ctx): void;
  /** An answer to a request made with `call`. */
  answered?(state: S, open: OpenRequest, result: ApiResponse, ctx: Ctx): void;
  /** Messages of its own. */
  other?(state: S, message: Message, ctx: Ctx): void;
  /** Called once, when all informers have synced. */
  started?(state: S, ctx: Ctx): void;
  /** Base and longest back-off of its queue, ms; default 5 ms and 1000 s. */
  backOffMs?: { base: number; max: number };
}

export function controllerRoom<S extends ControllerState>(code: ControllerCode<S>): Room<S> {
  return {
    initial: ((args: ControllerArgs, ctx: Ctx): S => {
      const common: ControllerState = {
        informers: {},
        queue: workQueue(),
        requests: requests(args?.limit, ctx.nowMs),
        recorder: recorderState(),
        failed: {},
      };
      const state = { ...common, ...code.initial(args as never, ctx) } as S;
      for (const resource of code.resources) watchResource(state, ctx, resource);
      return state;
    }) as Room<S>['initial'],
    handle(state, message, ctx) {
      switch (message.body.type) {
        case 'WatchEvent': {
          const event = message.body as WatchEvent;
          const store = state.informers[event.watch];
          if (!store || (event.object && isStale(store, event.object))) return;
          const change = observe(store, event);
          if (!change) return;
          if (change.type !== 'synced') code.changed(state, event.watch, change, ctx);
          else if (hasSynced(state)) code.started?.(state, ctx);
          break;
        }
        case 'ApiResponse': {
          const response = message.body as ApiResponse;
          const open = takeResponse(state.requests, response);
          if (!open) return;
          code.answered?.(state, open, response, ctx);
          finish(state, open.key, ctx, code);
          break;
        }
        case 'WorkQueueDue':
          due(state.queue, ctx, (message.body as WorkQueueDue).key);
          break;
        default:
          code.other?.(state, message, ctx);
      }
      drain(state, ctx, code);
    },
  };
}

/** What its own answers have told already (`readYourWrites`) is newer than what the watch still brings. */
function isStale(store: Informer, object: KubeObject): boolean {
  const known = store.objects[storeKey(object.metadata.namespace, object.metadata.name)];
  return known !== undefined && Number(object.metadata.resourceVersion) < Number(known.metadata.resourceVersion);
}

/** Passes over the queue at one message: a key that enqueues itself each time without a request would never end. */
const maxPasses = 100;

function drain<S extends ControllerState>(state: S, ctx: Ctx, code: ControllerCode<S>): void {
  for (let pass = 0; pass < maxPasses; pass += 1) {
    if (isEmpty(state.queue.waiting) || !hasSynced(state)) return;
    for (const key of takeAll(state.queue)) {
      code.sync(state, key, ctx);
      finish(state, key, ctx, code);
    }
  }
}

const isEmpty = (record: Record<string, unknown>): boolean => {
  for (const _ in record) return false;
  return true;
};

/** Takes the object of an answer into the informer at once, so that the next step sees what the last one wrote. */
export function readYourWrites<S extends ControllerState>(
  state: S,
  code: Pick<ControllerCode<S>, 'changed'>,
  resource: string,
  result: ApiResponse,
  ctx: Ctx,
): void {
  const store = state.informers[resource];
  if (result.code >= 400 || !result.object || !store || isStale(store, result.object)) return;
  const change = observe(store, { type: 'WatchEvent', watch: resource, event: 'MODIFIED', resource, object: result.object });
  if (change) code.changed(state, resource, change, ctx);
}

function finish<S extends ControllerState>(state: S, key: string, ctx: Ctx, code: ControllerCode<S>): void {
  if (state.requests.perKey[key] !== undefined || !state.queue.processing[key]) return;
  done(state.queue, key);
  if (state.failed[key]) {
    delete state.failed[key];
    addRateLimited(state.queue, ctx, key, code.backOffMs?.base, code.backOffMs?.max);
  } else forget(state.queue, key);
}

/** Opens a watch unless it is open. The key of the informer is the resource. */
export function watchResource(state: ControllerState, ctx: Ctx, resource: string, fieldSelector?: string): void {
  if (state.informers[resource]) return;
  state.informers[resource] = informer();
  const watch: WatchRequest = { type: 'Watch', watch: resource, resource, ...(fieldSelector ? { fieldSelector } : {}) };
  ctx.send(apiserver, watch, apiLatencyMs.request);
}

export function hasSynced(state: ControllerState): boolean {
  for (const resource in state.informers) if (!state.informers[resource]?.synced) return false;
  return true;
}

/** A request on behalf of `key`; `answered` gets `step` and `data` back. */
export function call(state: ControllerState, ctx: Ctx, key: string, step: string, request: ApiCall, data?: unknown, why?: FieldRef): void {
  sendRequest(state.requests, ctx, { user: userOf(ctx.self), ...request }, data === undefined ? { key, step } : { key, step, data }, why);
}

/** `system:serviceaccount:kube-system:deployment-controller` for `controller-manager/deployment`. */
const userOf = (self: string): string => `system:serviceaccount:kube-system:${self.slice(self.indexOf('/') + 1)}-controller`;

/** This key's work did not succeed: it is tried again after back-off. */
export function fail(state: ControllerState, key: string): void {
  state.failed[key] = true;
}

/** True when an answer is an error. A conflict or anything but `notFoundIsFine` makes the key come back. */
export function failedResult(state: ControllerState, key: string, result: ApiResponse, notFoundIsFine = false): boolean {
  if (result.code < 400) return false;
  if (!(notFoundIsFine && result.code === 404)) fail(state, key);
  return true;
}

export const enqueue = (state: ControllerState, key: string): void => add(state.queue, key);
export const enqueueAfter = (state: ControllerState, ctx: Ctx, key: string, delayMs: number): void => addAfter(state.queue, ctx, key, delayMs);

export const get = <T extends KubeObject = KubeObject>(state: ControllerState, resource: string, namespace: string | undefined, name: string): T | undefined =>
  lookUp(state.informers[resource] ?? informer(), namespace, name) as T | undefined;

/** The object at a store key. */
export const at = <T extends KubeObject = KubeObject>(state: ControllerState, resource: string, key: string): T | undefined =>
  state.informers[resource]?.objects[key] as T | undefined;

export const all = <T extends KubeObject = KubeObject>(state: ControllerState, resource: string): T[] =>
  Object.values(state.informers[resource]?.objects ?? {}) as T[];

/** An event of the legacy recorder about `object`. */
export function tell(
  state: ControllerState,
  ctx: Ctx,
  component: string,
  object: KubeObject,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
  why?: FieldRef,
): void {
  const source: EventSource = { component };
  recordEvent(state.recorder, ctx, source, referenceTo(object), type, reason, message, why);
}
