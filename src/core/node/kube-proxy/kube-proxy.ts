/**
 * kube-proxy of a node, address `NODE/kube-proxy`: watches Services and EndpointSlices and keeps the kernel's rules as they say.
 * Models cmd/kube-proxy and pkg/proxy, v1.36.2, in the modes iptables, IPVS and nftables.
 */

import { equal } from '../../api/equal.ts';
import type { EndpointSlice, Node, Service } from '../../api/types.ts';
import { recorderState } from '../../contracts/client-go/recorder.ts';
import type { Family, SetMode } from '../../contracts/netfilter.ts';
import { apiLatencyMs, apiserver, type WatchEvent, type WatchRequest } from '../../contracts/watch.ts';
import { share } from '../../engine/share.ts';
import type { Body, Ctx, FieldRef, Message, Room } from '../../engine/types.ts';
import { cleanUpOtherModes } from './cleanup.ts';
import type { ProxyMode } from './config.ts';
import { handleSocket, initialHealth, isSocketMessage, startHealthz } from './health/health.ts';
import { checkCanary, startCanary } from './iptables/canary.ts';
import { iptablesState } from './iptables/proxier.ts';
import { gracefulTick } from './ipvs/graceful.ts';
import { ipvsState } from './ipvs/proxier.ts';
import { nftablesState } from './nftables/proxier.ts';
import { proxierConfig } from './proxier-config.ts';
import { requestSync, type SyncMessage, syncDue } from './runner.ts';
import type { KubeProxyArgs, KubeProxyState, ProxierState } from './state.ts';
import { type LogNote, syncProxyRules } from './sync.ts';
import { setUpConntrack } from './sysctls.ts';
import { endpointSliceUpdate, serviceUpdate, tracker } from './tracking/tracker.ts';

export type { KubeProxyArgs, KubeProxyState };

export const kubeProxyRoom: Room<KubeProxyState> = {
  initial: (args: KubeProxyArgs, ctx: Ctx): KubeProxyState => started(args, args.mode, 1, ctx),
  restart: (old: KubeProxyState, _args: KubeProxyArgs, ctx: Ctx): KubeProxyState => started(old.args, old.mode, old.generation + 1, ctx),
  handle,
};

function started(args: KubeProxyArgs, mode: ProxyMode, generation: number, ctx: Ctx): KubeProxyState {
  // Everything begins with a message: rooms that are made after this one are not there yet.
  ctx.send(ctx.self, { type: 'Start' } as Body);
  return newState(args, mode, generation);
}

/** The state of a process that has seen nothing yet. */
export function newState(args: KubeProxyArgs, mode: ProxyMode, generation: number): KubeProxyState {
  const shared = share(args);
  const families: KubeProxyState['families'] = {};
  for (const family of args.families ?? (['IPv4', 'IPv6'] as Family[])) families[family] = proxierOf(shared, mode, family);
  return {
    args: shared,
    mode,
    fullSync: true,
    services: 0,
    endpoints: 0,
    rules: 0,
    generation,
    synced: { services: false, slices: false },
    nodeLabels: share({ ...args.nodeLabels }),
    nodeEligible: true,
    families,
    health: initialHealth(),
    recorder: recorderState(),
  };
}

export function proxierOf(args: KubeProxyArgs, mode: ProxyMode, family: Family): ProxierState {
  return {
    config: share(proxierConfig(args, mode, family)),
    tracker: tracker(family, args.nodeName),
    iptables: mode === 'iptables' ? iptablesState() : null,
    ipvs: mode === 'ipvs' ? ipvsState() : null,
    nftables: mode === 'nftables' ? nftablesState() : null,
    needFullSync: true,
    lastFullMs: 0,
    runner: { endedMs: null, dueMs: null, generation: 0, pendingSinceMs: null },
  };
}

function handle(state: KubeProxyState, message: Message, ctx: Ctx): void {
  const { body } = message;
  switch (body.type) {
    case 'Start':
      begin(state, ctx);
      return;
    case 'WatchEvent':
      observe(state, body as WatchEvent, ctx);
      return;
    case 'Sync': {
      const { family } = body as SyncMessage;
      const p = state.families[family];
      if (p && syncDue(p, body as SyncMessage)) syncProxyRules(state, p, ctx);
      return;
    }
    case 'Canary':
      checkCanary(state, body, ctx);
      return;
    case 'GracefulTermination':
      gracefulTick(state, body, ctx);
      return;
    case 'SetMode':
      setMode(state, body as SetMode, ctx);
      return;
    default:
      if (isSocketMessage(body)) handleSocket(state, body, ctx);
  }
}

/** Models ProxyServer.Run: what is left of other modes goes, the health server listens, the informers start. */
function begin(state: KubeProxyState, ctx: Ctx): void {
  cleanUpOtherModes(state.mode, ctx);
  setUpConntrack(state, ctx);
  startHealthz(state, ctx);
  if (state.mode === 'iptables') startCanary(state, ctx);
  watch(state, ctx, { resource: 'services', fieldSelector: 'spec.clusterIP!=None', labelSelector: '!service.kubernetes.io/service-proxy-name' });
  const slices = '!service.kubernetes.io/service-proxy-name,!service.kubernetes.io/headless';
  watch(state, ctx, { resource: 'endpointslices.discovery.k8s.io', labelSelector: slices });
  watch(state, ctx, { resource: 'nodes', fieldSelector: `metadata.name=${state.args.nodeName}` });
}

function watch(state: KubeProxyState, ctx: Ctx, request: Pick<WatchRequest, 'resource' | 'fieldSelector' | 'labelSelector'>): void {
  ctx.send(apiserver, { type: 'Watch', watch: `${request.resource}#${state.generation}`, ...request } as WatchRequest, apiLatencyMs.request);
}

function observe(state: KubeProxyState, event: WatchEvent, ctx: Ctx): void {
  const [resource, generation] = event.watch.split('#');
  if (generation !== String(state.generation)) return;
  if (resource === 'nodes') {
    if (event.object) observeNode(state, event, ctx);
    return;
  }
  if (event.event === 'SYNCED') {
    if (resource === 'services') state.synced.services = true;
    else state.synced.slices = true;
    if (isInitialized(state)) for (const p of proxiers(state)) syncProxyRules(state, p, ctx);
    return;
  }
  const object = event.object as Service | EndpointSlice;
  const removed = event.event === 'DELETED';
  const log = (line: string): void => ctx.note({ type: 'Log', text: line } as LogNote);
  for (const p of proxiers(state)) {
    const changed =
      resource === 'services'
        ? serviceUpdate(p.tracker, `${object.metadata.namespace ?? ''}/${object.metadata.name}`, removed ? null : (object as Service), log)
        : endpointSliceUpdate(p.tracker, object as EndpointSlice, removed, log);
    if (changed && isInitialized(state)) requestSync(state, p, ctx, whyOf(object));
  }
}

function whyOf(object: Service | EndpointSlice): FieldRef {
  const { name, namespace } = object.metadata;
  return { kind: object.kind, ...(namespace ? { namespace } : {}), name, path: object.kind === 'Service' ? 'spec' : 'endpoints' };
}

const isInitialized = (state: KubeProxyState): boolean => state.synced.services && state.synced.slices;
const proxiers = (state: KubeProxyState): ProxierState[] => Object.values(state.families);

const topologyLabels = ['kubernetes.io/hostname', 'topology.kubernetes.io/zone', 'topology.kubernetes.io/region'];

/** Topology labels decide about hints; another label changes nothing. Models pkg/proxy/node.go and OnTopologyChange. */
function observeNode(state: KubeProxyState, event: WatchEvent, ctx: Ctx): void {
  const node = event.object as Node;
  const leaving = (node.spec?.taints ?? []).some((taint) => taint.key === 'ToBeDeletedByClusterAutoscaler');
  state.nodeEligible = event.event !== 'DELETED' && !leaving && (node.metadata as { deletionTimestamp?: string }).deletionTimestamp === undefined;
  if (event.event === 'DELETED') return;
  const labels: Record<string, string> = {};
  for (const label of topologyLabels) {
    const value = node.metadata.labels?.[label];
    if (value !== undefined) labels[label] = value;
  }
  if (equal(labels, state.nodeLabels)) return;
  state.nodeLabels = share(labels);
  for (const p of proxiers(state)) {
    p.needFullSync = true;
    if (isInitialized(state)) requestSync(state, p, ctx, { kind: 'Node', name: state.args.nodeName, path: 'metadata.labels' });
  }
}

/** As the process that is started again with another mode. */
function setMode(state: KubeProxyState, { mode }: SetMode, ctx: Ctx): void {
  if (mode === state.mode) return;
  for (const resource of ['services', 'endpointslices.discovery.k8s.io', 'nodes'])
    ctx.send(apiserver, { type: 'WatchStop', watch: `${resource}#${state.generation}` } as Body, apiLatencyMs.request);
  const next = started(state.args, mode, state.generation + 1, ctx);
  for (const key of Object.keys(state)) delete (state as unknown as Record<string, unknown>)[key];
  Object.assign(state, next);
}
