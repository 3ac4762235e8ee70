/** What netfilter sees of the kernel around it. */
import type { Ctx } from '../../../engine/types.ts';
import type { HookEnvironment } from '../hooks.ts';
import type { OsState } from '../state.ts';
import { addressOf, isLocal, lookupRoute } from './links.ts';
import { listenerAt } from './sockets.ts';

/** One environment per state and engine: it holds no data of its own. */
const environments = new WeakMap<OsState, HookEnvironment>();

export function environmentOf(s: OsState, ctx: Ctx): HookEnvironment {
  const known = environments.get(s);
  if (known && known.ctx === ctx) return known;
  const env: HookEnvironment = {
    ctx,
    isLocal: (netns, ip) => {
      const ns = s.netns[netns];
      return ns !== undefined && isLocal(ns, ip);
    },
    addressOf: (netns, dev, towards) => {
      const ns = s.netns[netns];
      return ns ? addressOf(ns, dev, towards) : null;
    },
    addresses: (netns, dev) => s.netns[netns]?.links[dev]?.addresses ?? [],
    route: (netns, ip) => {
      const ns = s.netns[netns];
      if (!ns) return null;
      if (isLocal(ns, ip)) return { dev: 'lo' };
      const route = lookupRoute(ns, ip);
      if (!route) return null;
      return route.via === undefined ? { dev: route.dev } : { dev: route.dev, via: route.via };
    },
    sysctl: (name) => s.sysctls[name] ?? '',
    listener: (netns, protocol, ip, port) => listenerAt(s, netns, protocol, ip, port)?.owner ?? null,
    ownerOf: (ip) => {
      const netns = s.owners[ip];
      const ns = netns === undefined ? undefined : s.netns[netns];
      return ns ? { netns: ns.name, label: ns.label } : null;
    },
  };
  environments.set(s, env);
  return env;
}
