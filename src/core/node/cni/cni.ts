/**
 * The CNI plugins of a node, address `NODE/cni`, with the part of libcni that runs them: ADD in order, DEL in reverse, results cached.
 * Models containernetworking/cni libcni (spec 1.1.0) and containernetworking/plugins bridge, host-local, portmap; flannel's delegate and backend.
 */
import type { CniAnswer, CniError, CniRequest, CniResult } from '../../contracts/cni.ts';
import { share } from '../../engine/share.ts';
import type { Body, Ctx, Room } from '../../engine/types.ts';
import { bridgeAdd, bridgeDel } from './bridge.ts';
import { installConfig, loadConfig } from './config.ts';
import { delegate, setUpBackend } from './flannel.ts';
import { portmapAdd, portmapDel } from './portmap.ts';
import type { Args, Attachment, CniState, NetworkList, PluginCall, PluginConf } from './state.ts';

export type { Args, CniState };

const notInitialized: CniError = { cniVersion: '1.0.0', code: 50, msg: 'cni plugin not initialized' };

export const cniRoom: Room<CniState> = {
  initial: (args: Args): CniState => ({ args: share(args), installed: false, ipam: {}, cache: {}, config: null, bridgeReady: false, portmapReady: false }),
  restart: (old: CniState): CniState => old,
  handle() {},
  serve(state: CniState, request: Body, ctx: Ctx): CniAnswer | { error: string } {
    if (request.type !== 'Cni') return { error: 'unavailable' };
    if (!state.installed) {
      state.installed = true;
      installConfig(state.args, ctx);
      setUpBackend(state.args, ctx);
    }
    const call = request as CniRequest;
    const list = loadConfig(state, ctx);
    if (!list) return { error: notInitialized, tookMs: 1 };
    switch (call.command) {
      case 'VERSION':
        return { result: { cniVersion: list.cniVersion, interfaces: [], ips: [], routes: [] }, tookMs: 2 };
      case 'STATUS':
        return { tookMs: 1 };
      case 'ADD':
        return add(state, call, list, ctx);
      case 'DEL':
        return del(state, call, list, ctx);
      case 'CHECK':
        return check(state, call, list);
    }
  },
};

/** The binaries in /opt/cni/bin. */
const installed = new Set(['bandwidth', 'bridge', 'firewall', 'flannel', 'host-local', 'loopback', 'portmap', 'tuning']);

function add(state: CniState, request: CniRequest, list: NetworkList, ctx: Ctx): CniAnswer {
  let previous: CniResult | null = null;
  let tookMs = 0;
  for (const plugin of list.plugins) {
    if (!installed.has(plugin.type)) return failed(list, plugin, 'add', `failed to find plugin "${plugin.type}" in path [/opt/cni/bin]`, tookMs);
    const conf = plugin.type === 'flannel' ? delegate(plugin, ctx) : plugin;
    if (typeof conf === 'string') return failed(list, plugin, 'add', conf, tookMs + 5);
    const call: PluginCall = { request, network: list.name, conf, previous };
    let result: CniResult | string | null = previous;
    if (conf.type === 'bridge') {
      tookMs += about(ctx, 78);
      result = bridgeAdd(state, call, ctx);
    } else if (conf.type === 'portmap') {
      tookMs += about(ctx, (request.portMappings ?? []).length > 0 ? 28 : 6);
      result = portmapAdd(state, call, ctx);
    } else tookMs += about(ctx, 5);
    if (typeof result === 'string') return failed(list, plugin, 'add', result, tookMs);
    previous = result;
  }
  const result = previous ?? { cniVersion: list.cniVersion, interfaces: [], ips: [], routes: [] };
  state.cache[request.containerId] = share<Attachment>({ network: list.name, result, portMappings: request.portMappings ?? [] });
  return { result, tookMs };
}

/** Succeeds when things are gone already. */
function del(state: CniState, request: CniRequest, list: NetworkList, ctx: Ctx): CniAnswer {
  const attachment = state.cache[request.containerId] ?? null;
  let tookMs = 0;
  for (let i = list.plugins.length - 1; i >= 0; i -= 1) {
    const plugin = list.plugins[i] as PluginConf;
    if (!installed.has(plugin.type)) return failed(list, plugin, 'delete', `failed to find plugin "${plugin.type}" in path [/opt/cni/bin]`, tookMs);
    if (plugin.type === 'portmap') {
      tookMs += about(ctx, 8);
      portmapDel(state, request, list.name, attachment, ctx);
    } else if (plugin.type === 'bridge' || plugin.type === 'flannel') {
      tookMs += about(ctx, 32);
      bridgeDel(state, request, list.name, attachment, ctx);
    }
  }
  delete state.cache[request.containerId];
  return { tookMs };
}

function check(state: CniState, request: CniRequest, list: NetworkList): CniAnswer {
  const attachment = state.cache[request.containerId];
  const first = list.plugins[0] as PluginConf;
  if (!attachment) return failed(list, first, 'check', 'Required prevResult missing', 5);
  const store = state.ipam[`@${list.name}`];
  for (const { address } of attachment.result.ips) {
    const ip = address.slice(0, address.indexOf('/'));
    if (store?.reserved[ip]?.containerId !== request.containerId)
      return failed(list, first, 'check', `host-local: Failed to find address added by container ${request.containerId}`, 5);
  }
  return { tookMs: 12 };
}

function failed(list: NetworkList, plugin: PluginConf, verb: string, message: string, tookMs: number): CniAnswer {
  return { error: { cniVersion: list.cniVersion, code: 999, msg: `plugin type="${plugin.type}" failed (${verb}): ${message}` }, tookMs };
}

const about = (ctx: Ctx, ms: number): number => Math.round(ms * (0.85 + 0.3 * ctx.random()));
