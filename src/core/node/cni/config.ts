/** `/etc/cni/net.d`: the first file by name is the network. Removing it on the node takes the network away, as on a real one. */
import { type FsAnswer, type FsRequest, osOf } from '../../contracts/os.ts';
import { share } from '../../engine/share.ts';
import type { Ctx } from '../../engine/types.ts';
import type { Args, CniState, NetworkList, PluginConf } from './state.ts';

export const confDir = '/etc/cni/net.d';

export const fs = (ctx: Ctx, request: FsRequest): FsAnswer => ctx.call<FsAnswer>(osOf(ctx.host), request) ?? {};

/** The file that the network's installer put there. */
export function configFile(args: Args): { path: string; text: string } {
  const list: NetworkList =
    args.plugin === 'flannel'
      ? {
          name: 'cbr0',
          cniVersion: '0.3.1',
          plugins: [
            { type: 'flannel', delegate: { hairpinMode: true, isDefaultGateway: true } },
            { type: 'portmap', capabilities: { portMappings: true } },
          ],
        }
      : {
          cniVersion: '1.0.0',
          name: 'bridge',
          plugins: [
            {
              type: 'bridge',
              bridge: 'cni0',
              isGateway: true,
              ipMasq: args.ipMasq === true,
              hairpinMode: true,
              ipam: {
                type: 'host-local',
                ranges: [args.podCIDR, ...(args.podCIDR6 ? [args.podCIDR6] : [])].map((subnet) => [{ subnet }]),
                routes: [{ dst: '0.0.0.0/0' }, ...(args.podCIDR6 ? [{ dst: '::/0' }] : [])],
              },
            },
            { type: 'portmap', capabilities: { portMappings: true } },
          ],
        };
  return { path: `${confDir}/10-${args.plugin === 'flannel' ? 'flannel' : 'bridge'}.conflist`, text: `${JSON.stringify(list, null, 2)}\n` };
}

export function installConfig(args: Args, ctx: Ctx): void {
  const { path, text } = configFile(args);
  for (const dir of [confDir, '/opt/cni/bin', '/var/lib/cni/networks']) fs(ctx, { type: 'Fs', op: 'mkdir', path: dir, parents: true, mode: 0o755 });
  fs(ctx, { type: 'Fs', op: 'write', path, text, mode: 0o644 });
}

const maxConfigBytes = 65_536;

/** The network of the node, or null when there is no usable file. */
export function loadConfig(state: CniState, ctx: Ctx): NetworkList | null {
  const listing = fs(ctx, { type: 'Fs', op: 'list', path: confDir });
  // A node whose kernel serves no files (a test, say) has the configuration it was given.
  if ((listing.error as string | undefined) === 'unavailable') return parsed(state, configFile(state.args).text);
  for (const name of listing.names ?? []) {
    if (!name.endsWith('.conflist') && !name.endsWith('.conf') && !name.endsWith('.json')) continue;
    const list = parsed(state, fs(ctx, { type: 'Fs', op: 'read', path: `${confDir}/${name}` }).text ?? '');
    if (list) return list;
  }
  return null;
}

/** A file that did not change is not parsed again. */
function parsed(state: CniState, text: string): NetworkList | null {
  if (state.config?.text === text) return state.config.list;
  const list = parseConfig(text);
  if (list) state.config = share({ text, list });
  return list;
}

function parseConfig(text: string): NetworkList | null {
  if (text.length > maxConfigBytes) return null;
  try {
    const value = JSON.parse(text) as Partial<NetworkList> & Partial<PluginConf>;
    if (typeof value !== 'object' || value === null || typeof value.name !== 'string') return null;
    const plugins = Array.isArray(value.plugins) ? value.plugins : typeof value.type === 'string' ? [value as PluginConf] : [];
    if (plugins.length === 0 || plugins.length > 16 || plugins.some((p) => typeof p?.type !== 'string')) return null;
    return { cniVersion: value.cniVersion ?? '0.2.0', name: value.name, plugins };
  } catch {
    return null;
  }
}
