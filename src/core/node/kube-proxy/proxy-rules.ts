/** kube-proxy without a cluster: objects in, one full sync on a given kernel. For the command line and for tests. */
import type { EndpointSlice, KubeObject, Node, Service } from '../../api/types.ts';
import type { Family, IptablesRestore, NftTransaction } from '../../contracts/netfilter.ts';
import type { RestoreBlocks } from '../../contracts/rule-blocks.ts';
import { share } from '../../engine/share.ts';
import type { Body, Ctx } from '../../engine/types.ts';
import type { ProxierConfig, ProxyMode } from './config.ts';
import { startCanary } from './iptables/canary.ts';
import { type KubeProxyArgs, newState, proxierOf } from './kube-proxy.ts';
import { InputError, readConfig, readObjects } from './proxy-rules-input.ts';
import type { KubeProxyState, ProxierState } from './state.ts';
import { type LogNote, syncProxyRules } from './sync.ts';
import { type Log, portNameText, type ServicePort } from './tracking/service-port.ts';
import { endpointSliceUpdate, serviceUpdate } from './tracking/tracker.ts';

export { InputError };

/** As `recordings/kube-proxy` and the vectors have it. */
export interface ProxyRulesInput {
  args: KubeProxyArgs;
  mode: ProxyMode;
  families: Family[];
  /** What replaces parts of a proxier's configuration. */
  overrides: Partial<ProxierConfig>;
  /** Addresses of the node's devices. */
  localAddresses: string[];
  objects: KubeObject[];
}

/** Reads what the user gave. Throws `InputError` with a sentence that says what is wrong and where. */
export function readProxyRulesInput(json: unknown, mode: ProxyMode | null): ProxyRulesInput {
  return { ...readConfig(json, mode), objects: readObjects(json) };
}

/** What the sync handed over, in order; `log`: what was ignored, and why. */
export interface Handed {
  restore: { family: Family; text: string; blocks?: RestoreBlocks }[];
  nft: string[];
  log: string[];
}

/** One full sync of each family on the kernel behind `call`. */
export function runProxyRules(input: ProxyRulesInput, call: (request: Body) => unknown): Handed {
  const handed: Handed = { restore: [], nft: [], log: [] };
  const log: Log = (line) => void (handed.log.includes(line) || handed.log.push(line));
  const ctx = offlineCtx((request) => {
    const body = request as IptablesRestore | NftTransaction;
    if (body.type === 'IptablesRestore') handed.restore.push({ family: body.family, text: body.text, ...(body.blocks ? { blocks: body.blocks } : {}) });
    if (body.type === 'Nft') handed.nft.push(body.text);
    return call(request);
  }, log);
  const state = newState({ ...input.args, families: input.families }, input.mode, 1);
  state.synced = { services: true, slices: true };
  for (const object of input.objects) if (object.kind === 'Node' && object.metadata.name === input.args.nodeName) labelsOf(state, object as Node);
  if (input.mode === 'iptables') startCanary(state, ctx);
  for (const family of input.families) {
    const p = proxierOf(state.args, input.mode, family);
    p.config = share({ ...p.config, ...input.overrides });
    state.families[family] = p;
    feed(p, input.objects, log);
    syncProxyRules(state, p, ctx);
    tellClashes(p, log);
  }
  return handed;
}

function labelsOf(state: KubeProxyState, node: Node): void {
  state.nodeLabels = share({ ...node.metadata.labels });
}

function feed(p: ProxierState, objects: readonly KubeObject[], log: Log): void {
  for (const object of objects) {
    const labels = object.metadata.labels ?? {};
    if (labels['service.kubernetes.io/service-proxy-name'] !== undefined) continue;
    if (object.kind === 'Service') serviceUpdate(p.tracker, `${object.metadata.namespace ?? ''}/${object.metadata.name}`, object as Service, log);
    else if (object.kind === 'EndpointSlice' && labels['service.kubernetes.io/headless'] === undefined)
      endpointSliceUpdate(p.tracker, object as EndpointSlice, false, log);
  }
}

/** The API server does not let two Services have one port or address: here the first rule or the last element counts, as in a real kernel. */
function tellClashes(p: ProxierState, log: Log): void {
  const owners: Record<string, ServicePort> = {};
  for (const key of p.tracker.order) {
    const port = p.tracker.ports[key] as ServicePort;
    const places = [`clusterIP ${port.clusterIP} port ${port.port}/${port.protocol}`];
    if (port.nodePort !== 0) places.push(`nodePort ${port.nodePort}/${port.protocol}`);
    for (const place of places) {
      const other = owners[place];
      if (other) log(`${place} is used by both ${portNameText(other)} and ${portNameText(port)}`);
      else owners[place] = port;
    }
  }
}

/** Nothing but the calls comes of it, and what is logged. */
function offlineCtx(call: (request: Body) => unknown, log: Log): Ctx {
  const message = { seq: 0, atMs: 0, sentMs: 0, from: '', to: '', cause: 0, body: { type: 'Nothing' } };
  return {
    nowMs: 0,
    epochMs: 0,
    self: 'node/kube-proxy',
    host: 'node',
    message,
    send: () => 0,
    call: (_to, request) => call(request) as never,
    note: (body) => {
      if (body.type === 'Log') log((body as LogNote).text);
    },
    random: () => 0,
    isUp: () => true,
  };
}
