/**
 * Neighbours of a namespace as `ip neigh` lists them: ports of bridges, next hops of an overlay (flannel writes them, PERMANENT), machines on the wire.
 * Simplified: everybody that can be reached is known, whether a packet was sent or not; hardware addresses of other machines are made of their IP.
 */
import type { NeighbourInfo } from '../../../contracts/socket.ts';
import { fnv1a } from '../../../engine/random.ts';
import type { OsState } from '../state.ts';
import { holds, isAddress } from './address.ts';
import type { Netns } from './links.ts';

export function neighboursOf(s: OsState, netns: Netns): NeighbourInfo[] {
  const out: NeighbourInfo[] = [];
  for (const name in netns.links) {
    const link = netns.links[name];
    if (!link?.up) continue;
    if (link.kind === 'bridge') out.push(...behindBridge(s, netns, name));
    else if (link.kind === 'vxlan') out.push(...overlay(s, name));
    else if (link.kind === 'physical') out.push(...onWire(s, netns, name));
    else if (link.kind === 'veth' && link.master === undefined) out.push(...gateways(s, netns, name));
  }
  return out;
}

function behindBridge(s: OsState, netns: Netns, bridge: string): NeighbourInfo[] {
  const out: NeighbourInfo[] = [];
  for (const ip in s.owners) {
    const inner = s.netns[s.owners[ip] as string];
    const link = inner?.links[inner.local[ip] ?? ''];
    if (link?.peer && netns.links[link.peer.name]?.master === bridge) out.push({ ip, dev: bridge, lladdr: link.mac, state: 'REACHABLE' });
  }
  return out;
}

/** The next hop of a pod network is its first address. */
function overlay(s: OsState, dev: string): NeighbourInfo[] {
  const six = s.netns.host?.links[dev]?.addresses.some((cidr) => cidr.includes(':')) === true;
  const ips = new Set(Object.keys(s.vteps).map((cidr) => cidr.slice(0, cidr.indexOf('/'))));
  return [...ips].filter((ip) => ip.includes(':') === six).map((ip) => ({ ip, dev, lladdr: madeOf(`${dev} ${ip}`), state: 'PERMANENT' }));
}

function onWire(s: OsState, netns: Netns, dev: string): NeighbourInfo[] {
  const prefixes = [...netns.routes, ...netns.routes6].filter((r) => r.dev === dev && r.via === undefined && r.prefix.bits > 0).map((r) => r.prefix);
  const near = (ip: string): boolean => prefixes.some((prefix) => holds(prefix, ip));
  const ips = Object.keys(s.neighbours).filter((ip) => isAddress(ip) && near(ip) && netns.local[ip] === undefined);
  for (const gateway of [s.machine.gateway, s.machine.gateway6]) if (gateway !== null && !ips.includes(gateway)) ips.push(gateway);
  return ips.map((ip) => ({ ip, dev, lladdr: madeOf(ip), state: 'REACHABLE' as const }));
}

/** In a pod: the bridge that its routes lead by. */
function gateways(s: OsState, netns: Netns, dev: string): NeighbourInfo[] {
  const host = s.netns.host;
  const vias = new Set([...netns.routes, ...netns.routes6].filter((r) => r.dev === dev && r.via !== undefined).map((r) => r.via as string));
  const out: NeighbourInfo[] = [];
  for (const ip of vias) {
    const bridge = host?.links[host.local[ip] ?? ''];
    if (bridge) out.push({ ip, dev, lladdr: bridge.mac, state: 'REACHABLE' });
  }
  return out;
}

/** Locally administered, the same for the same words. */
function madeOf(words: string): string {
  const [a, b] = [fnv1a(words), fnv1a(`${words} `)];
  const octets = [0x02 | ((a >>> 24) & 0xfc), (a >>> 16) & 0xff, (a >>> 8) & 0xff, a & 0xff, (b >>> 8) & 0xff, b & 0xff];
  return octets.map((o) => o.toString(16).padStart(2, '0')).join(':');
}
