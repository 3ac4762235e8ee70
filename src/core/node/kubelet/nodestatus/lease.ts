/** The node's heartbeat: a Lease renewed every 10 s. Models k8s.io/component-helpers/apimachinery/lease/controller.go, v1.36.2. */
import type { KubeObject } from '../../../api/types.ts';
import { type ApiRequest, type ApiResponse, apiLatencyMs, apiserver } from '../../../contracts/watch.ts';
import { rfc3339Micro } from '../../../engine/time.ts';
import type { Body, Ctx } from '../../../engine/types.ts';
import type { KubeletState } from '../state.ts';

const leaseDurationSeconds = 40;
const renewIntervalMs = 10_000;
/** Jitter: up to this part more, in hundredths. */
const jitterPercent = 4;
const namespace = 'kube-node-lease';
const resource = 'leases.coordination.k8s.io';

/** At once, then each 10 s. */
export function renewLease(state: KubeletState, ctx: Ctx): void {
  ctx.send(ctx.self, { type: 'NodeLease' } as Body, renewIntervalMs + Math.floor((ctx.random() * renewIntervalMs * jitterPercent) / 100));
  const { lease } = state.nodeStatus;
  if (lease) update(state, lease, ctx);
  else ask(state, 'node-lease-get', { verb: 'get' }, ctx);
}

export function leaseAnswered(state: KubeletState, response: ApiResponse, ctx: Ctx): void {
  if (response.object) {
    state.nodeStatus.lease = response.object;
    if (response.id === 'node-lease-get') update(state, response.object, ctx);
    return;
  }
  state.nodeStatus.lease = null;
  if (response.code === 404 && response.id !== 'node-lease-create')
    ask(state, 'node-lease-create', { verb: 'create', object: renewed(state, undefined, ctx) }, ctx);
  else if (response.code === 409) ask(state, 'node-lease-get', { verb: 'get' }, ctx);
}

const update = (state: KubeletState, lease: KubeObject, ctx: Ctx): void =>
  ask(state, 'node-lease-renew', { verb: 'update', object: renewed(state, lease, ctx) }, ctx);

function renewed(state: KubeletState, lease: KubeObject | undefined, ctx: Ctx): unknown {
  const name = state.config.nodeName;
  const uid = state.node?.metadata.uid;
  const metadata = lease?.metadata ?? {
    name,
    namespace,
    ...(uid ? { ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid }] } : {}),
  };
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata,
    spec: { ...lease?.spec, holderIdentity: name, leaseDurationSeconds, renewTime: rfc3339Micro(ctx.epochMs) },
  };
}

function ask(state: KubeletState, id: string, call: Pick<ApiRequest, 'verb' | 'object'>, ctx: Ctx): void {
  const name = state.config.nodeName;
  const request: ApiRequest = { type: 'ApiRequest', id, resource, namespace, name, user: `system:node:${name}`, ...call };
  ctx.send(apiserver, request, apiLatencyMs.request);
}
