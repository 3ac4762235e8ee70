/** A network namespace: its links, addresses and routes. */
import type { RouteInfo } from '../../../contracts/socket.ts';
import { holds, isLoopback, type Prefix, parseIPv4, parsePrefix, within } from './address.ts';

export type LinkKind = 'loopback' | 'physical' | 'bridge' | 'dummy' | 'vxlan' | 'veth';

export interface Link {
  index: number;
  name: string;
  kind: LinkKind;
  mac: string;
  mtu: number;
  up: boolean;
  /** `10.244.0.1/24`, in the order they were added. */
  addresses: string[];
  /** Bridge this is a port of. */
  master?: string;
  /** A bridge port sends frames back where they came from. */
  hairpin?: boolean;
  /** The other end of a veth pair. */
  peer?: { netns: string; name: string };
  /** Of a physical link: the wire. */
  network?: string;
}

export interface Route extends RouteInfo {
  prefix: Prefix;
}

export interface Netns {
  name: string;
  /** How hops call it: `pod:default/web`. */
  label: string;
  links: Record<string, Link>;
  /** Longest prefix first, then lowest metric, then as added. */
  routes: Route[];
  /** The same of IPv6. */
  routes6: Route[];
  /** Address → link that has it. */
  local: Record<string, string>;
  nextIndex: number;
}

export const newNetns = (name: string, label: string): Netns => {
  const lo: Link = { index: 1, name: 'lo', kind: 'loopback', mac: '00:00:00:00:00:00', mtu: 65536, up: true, addresses: ['127.0.0.1/8', '::1/128'] };
  return { name, label, links: { lo }, routes: [], routes6: [], local: { '127.0.0.1': 'lo', '::1': 'lo' }, nextIndex: 2 };
};

/** Whether the namespace answers at `ip` itself: an address of any link, or 127/8. */
export const isLocal = (netns: Netns, ip: string): boolean => netns.local[ip] !== undefined || isLoopback(ip);

/** The route a packet to `ip` takes, longest prefix first; null: network is unreachable. Local addresses are not asked here. */
export function lookupRoute(netns: Netns, ip: string): Route | null {
  const value = parseIPv4(ip);
  if (value < 0) {
    if (ip.includes(':')) for (const route of netns.routes6) if (holds(route.prefix, ip) && netns.links[route.dev]?.up) return route;
    return null;
  }
  for (const route of netns.routes) if (within(value, route.prefix) && netns.links[route.dev]?.up) return route;
  return null;
}

/** The address a packet to `ip` leaves with when its socket has none: the route's `src`, or the first of the device. Null: no route. */
export function sourceFor(netns: Netns, ip: string): string | null {
  if (isLocal(netns, ip)) return ip;
  const route = lookupRoute(netns, ip);
  if (!route) return null;
  if (route.src !== undefined) return route.src;
  return addressOf(netns, route.dev, route.via ?? ip) ?? anyAddress(netns, ip);
}

/** The address of `dev` that is on the same subnet as `towards`, else its first one. */
export function addressOf(netns: Netns, dev: string, towards: string): string | null {
  const addresses = netns.links[dev]?.addresses ?? [];
  if (towards.includes(':')) return addressOf6(addresses, towards);
  const value = parseIPv4(towards);
  let first: string | null = null;
  for (const cidr of addresses) {
    const slash = cidr.indexOf('/');
    const ip = cidr.slice(0, slash);
    const own = parseIPv4(ip);
    if (own < 0) continue;
    first ??= ip;
    const bits = Number(cidr.slice(slash + 1));
    const size = bits === 0 ? 4294967296 : bits === 32 ? 1 : (1 << (31 - bits)) * 2;
    if (value >= 0 && Math.floor(value / size) === Math.floor(own / size)) return ip;
  }
  return first;
}

function addressOf6(addresses: readonly string[], towards: string): string | null {
  let first: string | null = null;
  for (const cidr of addresses) {
    if (!cidr.includes(':')) continue;
    const ip = cidr.slice(0, cidr.indexOf('/'));
    const prefix = parsePrefix(cidr);
    if (prefix && holds(prefix, towards)) return ip;
    first ??= ip;
  }
  return first;
}

/** Of the family of `towards`. */
function anyAddress(netns: Netns, towards: string): string | null {
  for (const name in netns.links) {
    if (name === 'lo') continue;
    const ip = addressOf(netns, name, towards);
    if (ip !== null) return ip;
  }
  return null;
}

export function insertRoute(netns: Netns, route: Route): void {
  const routes = routesOf(netns, route.prefix);
  let at = 0;
  for (const other of routes) {
    if (other.prefix.bits < route.prefix.bits || (other.prefix.bits === route.prefix.bits && (other.metric ?? 0) > (route.metric ?? 0))) break;
    at += 1;
  }
  routes.splice(at, 0, route);
}

export const routesOf = (netns: Netns, prefix: Prefix): Route[] => (prefix.words === undefined ? netns.routes : netns.routes6);
