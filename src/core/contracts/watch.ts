/**
 * The API server's interface: requests and watches. Rooms on nodes and controllers send `ApiRequest` messages and get `ApiResponse` back;
 * `kubectl` (and the page) may `ctx.call('apiserver', request)` and get the `ApiResult` at once, as a client with no distance would.
 */
import type { KubeObject, Status } from '../api/types.ts';
import type { Body } from '../engine/types.ts';

export const apiserver = 'apiserver';

/** One-way times between a client and the API server, ms. */
export const apiLatencyMs = { request: 2, response: 2, watch: 3 } as const;

export type PatchType = 'strategic' | 'merge' | 'json' | 'apply';

export interface RequestOptions {
  gracePeriodSeconds?: number;
  propagationPolicy?: 'Foreground' | 'Background' | 'Orphan';
  dryRun?: boolean;
  preconditions?: { uid?: string; resourceVersion?: string };
  fieldManager?: string;
  force?: boolean;
  fieldValidation?: 'Strict' | 'Warn' | 'Ignore';
}

export interface ApiCall {
  verb: 'get' | 'list' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';
  /** Plural with group when not core: `pods`, `deployments.apps`, `endpointslices.discovery.k8s.io`. */
  resource: string;
  namespace?: string;
  name?: string;
  subresource?: 'status' | 'scale' | 'binding' | 'eviction' | 'resize' | 'ephemeralcontainers' | 'finalize' | 'token';
  /** create, update: the object; binding: `{target: {kind, name}}`; eviction: an Eviction. */
  object?: unknown;
  patchType?: PatchType;
  patch?: unknown;
  labelSelector?: string;
  fieldSelector?: string;
  options?: RequestOptions;
  /** Who asks: `system:node:worker-1`, `kubernetes-admin`… Default: the sender's address. */
  user?: string;
}

export interface ApiRequest extends Body, ApiCall {
  readonly type: 'ApiRequest';
  /** Chosen by the client, unique among its open requests; comes back with the response. */
  readonly id: string;
}

export interface KubeList {
  kind: string;
  apiVersion: string;
  metadata: { resourceVersion: string };
  items: KubeObject[];
}

/** code 200/201 with `object` (or `list`), otherwise `status`. Objects are shared: never change them. */
export interface ApiResult {
  code: number;
  object?: KubeObject;
  list?: KubeList;
  status?: Status;
  /** HTTP Warning headers, e.g. deprecations. */
  warnings?: string[];
}

export interface ApiResponse extends Body, ApiResult {
  readonly type: 'ApiResponse';
  readonly id: string;
}

/** Opens a watch: the objects that exist come as ADDED, then one SYNCED, then changes. Watching again with the same `watch` name replaces it. */
export interface WatchRequest extends Body {
  readonly type: 'Watch';
  readonly watch: string;
  readonly resource: string;
  readonly namespace?: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}
export interface WatchStop extends Body {
  readonly type: 'WatchStop';
  readonly watch: string;
}

export interface WatchEvent extends Body {
  readonly type: 'WatchEvent';
  readonly watch: string;
  readonly event: 'ADDED' | 'MODIFIED' | 'DELETED' | 'SYNCED';
  readonly resource: string;
  /** Shared (frozen): never change it. Absent for SYNCED. */
  readonly object?: KubeObject;
}

/** Told with `ctx.note` by the API server at every write, once, in order: what a watch of everything would see. */
export interface StoredNote extends Body {
  readonly type: 'Stored';
  readonly event: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly resource: string;
  readonly object: KubeObject;
}
