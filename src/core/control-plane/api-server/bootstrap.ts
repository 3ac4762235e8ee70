/** What exists when the cluster begins. Models pkg/controlplane/controller/systemnamespaces and pkg/registry/scheduling/rest, v1.36.2. */
import { applyDefaults } from '../../api/defaults/defaults.ts';
import { clone } from '../../api/equal.ts';
import { resourceOfKind } from '../../api/resources.ts';
import type { KubeObject } from '../../api/types.ts';
import { uid } from '../../engine/random.ts';
import { rfc3339 } from '../../engine/time.ts';
import type { Ctx } from '../../engine/types.ts';
import { charge } from './admission/admission.ts';
import type { ApiServerArgs } from './api-server.ts';
import type { Call } from './call.ts';
import { type ApiServerState, lookUp } from './state.ts';
import { put } from './storage.ts';
import { hasGeneration } from './strategies/generation.ts';
import { initialStatus } from './strategies/initial-status.ts';
import { strategyOf } from './strategies/strategy.ts';

export function bootstrap(args: ApiServerArgs, ctx: Ctx): ApiServerState {
  const state: ApiServerState = {
    resourceVersion: 0,
    objects: {},
    watches: {},
    serviceCIDR: args.serviceCIDR,
    nodePortRange: args.nodePortRange ?? [30_000, 32_767],
    serviceIPs: {},
    nodePorts: {},
    nextEventSweepMs: 0,
  };
  const createdMs = ctx.epochMs - (args.createdSecondsBefore ?? 0) * 1000;
  for (const object of [...systemObjects(args.serviceCIDR), ...args.objects]) store(state, clone(object), ctx, createdMs);
  return state;
}

function store(state: ApiServerState, object: KubeObject, ctx: Ctx, createdMs: number): void {
  const resource = resourceOfKind(object.apiVersion, object.kind);
  if (!resource) return;
  const metadata = object.metadata;
  if (resource.namespaced) metadata.namespace ??= 'default';
  if (lookUp(state, resource.id, metadata.namespace, metadata.name)) return;
  applyDefaults(object);
  metadata.uid ||= uid(ctx.random);
  metadata.creationTimestamp ||= rfc3339(createdMs);
  if (hasGeneration(object.kind)) metadata.generation ??= 1;
  const call: Call = {
    state,
    ctx,
    resource,
    request: { verb: 'create', resource: resource.id },
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    dryRun: false,
    untrusted: false,
    warnings: [],
    undo: [],
  };
  const given = object.status;
  const strategy = strategyOf(object.kind);
  object.status = initialStatus(object.kind);
  strategy.prepareForCreate?.(object, call);
  if (given !== undefined) object.status = given;
  if (object.status === undefined) delete object.status;
  strategy.allocate?.(object, undefined, call);
  charge(call, object, undefined);
  put(state, resource, object, undefined, ctx);
}

function systemObjects(serviceCIDR: string): KubeObject[] {
  const meta = (name: string): KubeObject['metadata'] => ({ name, uid: '', resourceVersion: '', creationTimestamp: '' });
  const namespace = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: meta(name) });
  const priorityClass = (name: string, value: number, description: string): KubeObject => ({
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: meta(name),
    value,
    description,
    preemptionPolicy: 'PreemptLowerPriority',
  });
  return [
    ...['kube-system', 'kube-public', 'kube-node-lease', 'default'].map(namespace),
    priorityClass('system-node-critical', 2_000_001_000, 'Used for system critical pods that must not be moved from their current node.'),
    priorityClass(
      'system-cluster-critical',
      2_000_000_000,
      'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
    ),
    { apiVersion: 'networking.k8s.io/v1', kind: 'ServiceCIDR', metadata: meta('kubernetes'), spec: { cidrs: serviceCIDR.split(',') } },
  ];
}
