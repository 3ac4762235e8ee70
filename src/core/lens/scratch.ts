/**
 * Kernels to try packets on: copies of a node's as it is, or with the rules that kube-proxy would write in another mode or with more Services.
 * The world never hears of them. The rules come from kube-proxy's own code, told of the API objects of the present.
 */
import type { KubeObject, Node } from '../api/types.ts';
import type { Family } from '../contracts/netfilter.ts';
import { nextRandom, randomState } from '../engine/random.ts';
import { copyUnfrozen } from '../engine/share.ts';
import type { Body, Ctx, Message } from '../engine/types.ts';
import type { ProxyMode } from '../node/kube-proxy/config.ts';
import { cleanUpIptables } from '../node/kube-proxy/iptables/cleanup.ts';
import { cleanUpIpvs } from '../node/kube-proxy/ipvs/cleanup.ts';
import type { KubeProxyState } from '../node/kube-proxy/kube-proxy.ts';
import { cleanUpNftables } from '../node/kube-proxy/nftables/cleanup.ts';
import { runProxyRules } from '../node/kube-proxy/proxy-rules.ts';
import type { Link } from '../node/os/net/links.ts';
import { newConntrack } from '../node/os/netfilter/conntrack/table.ts';
import type { NetfilterTables } from '../node/os/netfilter/state.ts';
import { osRoom } from '../node/os/os.ts';
import type { OsState } from '../node/os/state.ts';
import { apiServerState, osState } from '../view/rooms.ts';
import type { World } from '../world.ts';
import { generatedServices } from './generated.ts';

const slices = 'endpointslices.discovery.k8s.io';
const dummy = 'kube-ipvs0';

/** What a mode brings to a machine: its tables, and the device with the Services' addresses. */
interface Rules {
  netfilter: NetfilterTables;
  link: Link | undefined;
  /** Sysctls that kube-proxy sets. */
  sysctls: Record<string, string>;
}

export interface ScratchKernel {
  os: OsState;
  ctx: Ctx;
}

export class Scratch {
  private readonly world: World;
  /** What the rules were made of; another object is another cluster. */
  private objects: readonly KubeObject[] = [];
  private filled: { count: number; objects: readonly KubeObject[] } = { count: 0, objects: [] };
  private readonly made = new Map<string, Rules>();

  constructor(world: World) {
    this.world = world;
  }

  /** The mode `node`'s kube-proxy runs in; null: it has none. */
  modeOf(node: string): ProxyMode | null {
    return (this.world.engine.state.rooms[`${node}/kube-proxy`] as KubeProxyState | undefined)?.mode ?? null;
  }

  isRunning(node: string, mode: ProxyMode, services: number): boolean {
    return this.modeOf(node) === mode && services <= this.own();
  }

  /** Services that kube-proxy knows of, of the cluster itself. */
  own(): number {
    return Object.values(apiServerState(this.world.engine.state).objects.services ?? {}).filter((s) => {
      const { clusterIP, type } = (s as unknown as { spec: { clusterIP?: string; type?: string } }).spec;
      return type !== 'ExternalName' && clusterIP !== undefined && clusterIP !== '' && clusterIP !== 'None';
    }).length;
  }

  /** A copy of a host's kernel: what is done to it nobody sees. `seed`: of every random choice. Undefined: there is no such host. */
  kernel(host: string, mode: ProxyMode, services: number, seed: number): ScratchKernel | undefined {
    const live = osState(this.world.engine.state, host);
    if (!live) return undefined;
    const ctx = this.ctx(host, seed);
    const node = this.modeOf(host);
    if (node === null || this.isRunning(host, mode, services)) return { os: copyOf(live, live.netfilter as NetfilterTables), ctx };
    const rules = this.rules(live, host, mode, services);
    const os = copyOf(live, rules.netfilter);
    os.netfilter.generation = live.netfilter.generation;
    const netns = os.netns.host as NonNullable<OsState['netns'][string]>;
    withoutDummy(netns);
    if (rules.link) {
      netns.links[dummy] = copyUnfrozen(rules.link);
      for (const cidr of rules.link.addresses) netns.local[cidr.slice(0, cidr.indexOf('/'))] = dummy;
    }
    Object.assign(os.sysctls, rules.sysctls);
    return { os, ctx };
  }

  /** The tables of a node, to be read only. */
  tables(node: string, mode: ProxyMode, services: number): NetfilterTables | undefined {
    const live = osState(this.world.engine.state, node);
    if (!live) return undefined;
    if (this.modeOf(node) === null || this.isRunning(node, mode, services)) return live.netfilter as NetfilterTables;
    return this.rules(live, node, mode, services).netfilter;
  }

  private rules(live: OsState, host: string, mode: ProxyMode, services: number): Rules {
    const objects = this.present();
    const count = Math.max(0, services - this.own());
    const key = `${host} ${mode} ${count}`;
    const known = this.made.get(key);
    if (known) {
      // Asked for last: forgotten last.
      this.made.delete(key);
      this.made.set(key, known);
      return known;
    }
    const large = [...this.made.keys()].filter((other) => sizeOf(other) > largeCount);
    if (count > largeCount) for (const other of large.slice(0, Math.max(0, large.length - mostLarge + 1))) this.made.delete(other);
    const made = this.make(live, host, mode, [...objects, ...this.fill(count, objects)]);
    this.made.set(key, made);
    return made;
  }

  private make(live: OsState, host: string, mode: ProxyMode, objects: readonly KubeObject[]): Rules {
    const os = copyOf(live, live.netfilter as NetfilterTables);
    (os.netfilter as NetfilterTables).host.ct = newConntrack();
    const ctx = this.ctx(host, 1);
    const call = (request: Body): unknown => (request.type === 'Socket' ? {} : osRoom.serve?.(os, request, ctx));
    const cleaner: Ctx = { ...ctx, nowMs: ctx.nowMs, epochMs: ctx.epochMs, self: `${host}/kube-proxy`, host, call: (_to, request) => call(request) as never };
    for (const family of ['IPv4', 'IPv6'] as Family[]) {
      cleanUpIpvs(cleaner, family);
      cleanUpIptables(cleaner, family);
      cleanUpNftables(cleaner, family);
    }
    const { args } = this.world.engine.state.rooms[`${host}/kube-proxy`] as KubeProxyState;
    const families: Family[] = mode === 'nftables' ? ['IPv4', 'IPv6'] : args.nodeIP.includes(':') ? ['IPv4', 'IPv6'] : ['IPv4'];
    runProxyRules(
      { args: { ...args, mode }, mode, families: args.families ?? families, overrides: {}, localAddresses: [], objects: objects as KubeObject[] },
      call,
    );
    const sysctls: Record<string, string> = {};
    for (const name in os.sysctls) if (os.sysctls[name] !== live.sysctls[name]) sysctls[name] = os.sysctls[name] as string;
    return { netfilter: os.netfilter as NetfilterTables, link: os.netns.host?.links[dummy], sysctls };
  }

  /** What kube-proxy is told of: Services and slices, those that fill up the cluster among them. */
  told(services: number): readonly KubeObject[] {
    const objects = this.present();
    return [...objects, ...this.fill(Math.max(0, services - this.own()), objects)];
  }

  nodeLabels(node: string): Readonly<Record<string, string>> {
    return (this.world.engine.state.rooms[`${node}/kube-proxy`] as KubeProxyState | undefined)?.nodeLabels ?? {};
  }

  /** Services, slices and nodes of the present. When one is another, all that was made is forgotten. */
  private present(): readonly KubeObject[] {
    const { objects } = apiServerState(this.world.engine.state);
    const now: KubeObject[] = [];
    for (const resource of ['services', slices]) for (const key in objects[resource]) now.push(objects[resource]?.[key] as KubeObject);
    const same = now.length === this.objects.length && now.every((object, i) => object === this.objects[i]);
    if (!same) {
      this.objects = now;
      this.made.clear();
      this.filled = { count: 0, objects: [] };
    }
    return [...this.objects, ...Object.values((objects.nodes ?? {}) as Record<string, Node>)];
  }

  private fill(count: number, objects: readonly KubeObject[]): readonly KubeObject[] {
    if (count === 0) return [];
    if (this.filled.count !== count) {
      const taken = new Set(objects.map((o) => String((o as { spec?: { clusterIP?: string } }).spec?.clusterIP ?? '')));
      this.filled = { count, objects: generatedServices(count, this.world.cluster.serviceCIDR, taken) };
    }
    return this.filled.objects;
  }

  private ctx(host: string, seed: number): Ctx {
    const { nowMs, startEpochMs } = this.world.engine.state;
    const random = randomState(seed, 'lens');
    const message: Message = { seq: 0, atMs: nowMs, sentMs: nowMs, from: '', to: '', cause: 0, body: { type: 'Nothing' } };
    return {
      nowMs,
      epochMs: startEpochMs + nowMs,
      self: `${host}/os`,
      host,
      message,
      send: () => 0,
      call: () => ({ error: 'unavailable' }) as never,
      note: () => {},
      random: () => nextRandom(random),
      isUp: () => true,
    };
  }
}

/** Each set of rules for so many Services is a hundred megabytes and more: one for each mode is kept. */
const largeCount = 2000;
const mostLarge = 3;
const sizeOf = (key: string): number => Number(key.slice(key.lastIndexOf(' ') + 1));

/** What packets may change is copied, the rest is the kernel's own. */
function copyOf(live: OsState, netfilter: NetfilterTables): OsState {
  const host = live.netns.host;
  return {
    ...live,
    netns: host ? { ...live.netns, host: copyUnfrozen(host) } : live.netns,
    sysctls: { ...live.sysctls },
    netfilter: copyUnfrozen(netfilter),
  };
}

function withoutDummy(netns: NonNullable<OsState['netns'][string]>): void {
  delete netns.links[dummy];
  for (const ip in netns.local) if (netns.local[ip] === dummy) delete netns.local[ip];
  netns.routes = netns.routes.filter((route) => route.dev !== dummy);
}
