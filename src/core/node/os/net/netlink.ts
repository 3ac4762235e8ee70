/** rtnetlink: namespaces, links, addresses, routes, neighbours, sysctls. Errors are in the words of `ip`. */
import type { LinkInfo, NetlinkAnswer, NetlinkRequest, RouteInfo } from '../../../contracts/socket.ts';
import { netfilter } from '../hooks.ts';
import { compareWords } from '../netfilter/ip.ts';
import type { OsState } from '../state.ts';
import { canonicalIP, formatPrefix, isAddress, type Prefix, parsePrefix, vtepKey } from './address.ts';
import { insertRoute, type Link, type Netns, newNetns, type Route, routesOf } from './links.ts';
import { neighboursOf } from './neighbours.ts';
import { releaseNamespace } from './sockets.ts';
import { getSysctl, setSysctl } from './sysctls.ts';

/** Bounds of what a host may be asked to hold. */
export const maxLinks = 10_000;
export const maxRoutes = 10_000;
const maxAddresses = 25_000;

const exists: NetlinkAnswer = { error: 'RTNETLINK answers: File exists' };
const noDevice = (name: string): NetlinkAnswer => ({ error: `Cannot find device "${name}"` });
const noNamespace = (name: string): NetlinkAnswer => ({ error: `Cannot open network namespace "${name}": No such file or directory` });
const invalid: NetlinkAnswer = { error: 'RTNETLINK answers: Invalid argument' };
const tooMany: NetlinkAnswer = { error: 'RTNETLINK answers: No buffer space available' };

/** `random` draws MAC addresses. */
export function serveNetlink(s: OsState, request: NetlinkRequest, random: () => number): NetlinkAnswer {
  if (request.op === 'sysctl.get') return getSysctl(s, request.name);
  if (request.op === 'dump') {
    const netns = s.netns[request.netns ?? 'host'];
    return netns ? dump(s, netns) : noNamespace(request.netns ?? 'host');
  }
  if (request.op === 'neigh.list') {
    const netns = s.netns[request.netns ?? 'host'];
    return netns ? { neighbours: neighboursOf(s, netns) } : noNamespace(request.netns ?? 'host');
  }
  s.netGeneration += 1;
  switch (request.op) {
    case 'netns.add':
      if (!plain(request.netns)) return invalid;
      if (s.netns[request.netns]) return { error: `Cannot create namespace file "/var/run/netns/${request.netns}": File exists` };
      s.netns[request.netns] = newNetns(request.netns, request.label ?? `netns:${request.netns}`);
      return {};
    case 'netns.delete':
      return deleteNamespace(s, request.netns);
    case 'veth.add':
      return addVeth(s, request, random);
    case 'link.add':
      return addLink(s, request, random);
    case 'link.delete': {
      const netns = s.netns[request.netns ?? 'host'];
      if (!netns) return noNamespace(request.netns ?? 'host');
      return deleteLink(s, netns, request.name);
    }
    case 'addr.add':
    case 'addr.delete':
      return changeAddress(s, request);
    case 'route.add':
      return addRoute(s, request);
    case 'route.delete':
      return deleteRoute(s, request);
    case 'neigh.add':
      if (!isAddress(request.ip)) return invalid;
      if (s.netns.host?.links[request.dev]?.kind === 'vxlan') s.vteps[vtepKey(request.ip)] = request.to;
      else s.neighbours[request.ip] = request.to;
      return {};
    case 'neigh.delete':
      delete s.vteps[vtepKey(request.ip)];
      delete s.neighbours[request.ip];
      return {};
    case 'sysctl.set':
      return setSysctl(s, request.name, request.value);
    default:
      return invalid;
  }
}

/** Names go into records: neither numbers nor names of Object.prototype, at most 64 characters. */
const plain = (name: string): boolean => typeof name === 'string' && /^[A-Za-z_][A-Za-z0-9_.:@-]{0,63}$/.test(name) && !(name in Object.prototype);

export function drawMac(random: () => number): string {
  const octets: string[] = [];
  for (let i = 0; i < 6; i += 1) octets.push(((Math.floor(random() * 256) & (i === 0 ? 0xfe : 0xff)) | (i === 0 ? 2 : 0)).toString(16).padStart(2, '0'));
  return octets.join(':');
}

function addVeth(s: OsState, request: Extract<NetlinkRequest, { op: 'veth.add' }>, random: () => number): NetlinkAnswer {
  const inner = s.netns[request.netns];
  const host = s.netns.host as Netns;
  if (!inner) return noNamespace(request.netns);
  if (!plain(request.name) || !plain(request.peer)) return invalid;
  if (request.bridge !== '' && host.links[request.bridge]?.kind !== 'bridge') return noDevice(request.bridge);
  if (inner.links[request.name] || host.links[request.peer]) return exists;
  if (host.nextIndex > maxLinks + 1_000_000 || Object.keys(host.links).length >= maxLinks) return tooMany;
  const port: Link = {
    index: host.nextIndex++,
    name: request.peer,
    kind: 'veth',
    mac: drawMac(random),
    mtu: request.mtu,
    up: true,
    addresses: [],
    hairpin: request.hairpin,
    peer: { netns: inner.name, name: request.name },
  };
  if (request.bridge !== '') port.master = request.bridge;
  host.links[request.peer] = port;
  inner.links[request.name] = {
    index: inner.nextIndex++,
    name: request.name,
    kind: 'veth',
    mac: request.mac || drawMac(random),
    mtu: request.mtu,
    up: true,
    addresses: [],
    peer: { netns: 'host', name: request.peer },
  };
  return {};
}

function addLink(s: OsState, request: Extract<NetlinkRequest, { op: 'link.add' }>, random: () => number): NetlinkAnswer {
  const host = s.netns.host as Netns;
  if (!plain(request.name)) return invalid;
  if (host.links[request.name]) return exists;
  if (Object.keys(host.links).length >= maxLinks) return tooMany;
  const link: Link = {
    index: host.nextIndex++,
    name: request.name,
    kind: request.kind,
    mac: request.mac ?? (request.kind === 'loopback' ? '00:00:00:00:00:00' : drawMac(random)),
    mtu: request.mtu,
    up: request.up !== false,
    addresses: [],
  };
  if (request.network !== undefined) link.network = request.network;
  host.links[request.name] = link;
  return {};
}

function deleteNamespace(s: OsState, name: string): NetlinkAnswer {
  const netns = s.netns[name];
  if (!netns || name === 'host') return { error: `Cannot remove namespace file "/var/run/netns/${name}": No such file or directory` };
  releaseNamespace(s, name);
  for (const link of Object.keys(netns.links)) deleteLink(s, netns, link);
  netfilter.removeNamespace(s.netfilter, name);
  delete s.netns[name];
  return {};
}

/** Deleting one end of a veth pair deletes the other; a bridge lets go of its ports. */
function deleteLink(s: OsState, netns: Netns, name: string): NetlinkAnswer {
  const link = Object.hasOwn(netns.links, name) ? netns.links[name] : undefined;
  if (!link) return noDevice(name);
  if (link.kind === 'loopback' && s.netns[netns.name]?.links[name] && netns.name === 'host') return { error: 'RTNETLINK answers: Operation not supported' };
  drop(s, netns, link);
  const peer = link.peer ? s.netns[link.peer.netns] : undefined;
  const other = link.peer ? peer?.links[link.peer.name] : undefined;
  if (peer && other) drop(s, peer, other);
  if (link.kind === 'bridge') for (const port of Object.values(netns.links)) if (port.master === name) delete port.master;
  return {};
}

function drop(s: OsState, netns: Netns, link: Link): void {
  for (const cidr of link.addresses) forget(s, netns, link.name, cidr.slice(0, cidr.indexOf('/')));
  delete netns.links[link.name];
  netns.routes = netns.routes.filter((route) => route.dev !== link.name);
  netns.routes6 = netns.routes6.filter((route) => route.dev !== link.name);
}

function forget(s: OsState, netns: Netns, dev: string, ip: string): void {
  if (netns.local[ip] === dev) delete netns.local[ip];
  if (s.owners[ip] === netns.name) delete s.owners[ip];
}

/** With an address comes the route to its subnet, as the kernel adds it: `proto kernel scope link src ADDRESS`. */
function changeAddress(s: OsState, request: Extract<NetlinkRequest, { op: 'addr.add' | 'addr.delete' }>): NetlinkAnswer {
  const netns = s.netns[request.netns ?? 'host'];
  if (!netns) return noNamespace(request.netns ?? 'host');
  const link = Object.hasOwn(netns.links, request.dev) ? netns.links[request.dev] : undefined;
  if (!link) return noDevice(request.dev);
  const prefix = request.cidr === 'default' ? null : parsePrefix(request.cidr);
  if (!prefix) return { error: `Error: any valid prefix is expected rather than "${request.cidr}".` };
  const ip = canonicalIP(request.cidr.split('/')[0] as string);
  const cidr = `${ip}/${prefix.bits}`;
  if (request.op === 'addr.add') {
    if (netns.local[ip] === link.name && link.addresses.includes(cidr)) return { error: 'RTNETLINK answers: File exists' };
    if (link.addresses.length >= maxAddresses) return tooMany;
    link.addresses.push(cidr);
    netns.local[ip] = link.name;
    if (netns.name !== 'host') s.owners[ip] = netns.name;
    // Of IPv6, a single address has a route, too, and none says a source.
    if (prefix.words !== undefined && link.up) insertRoute(netns, { destination: formatPrefix(prefix), dev: link.name, proto: 'kernel', metric: 256, prefix });
    else if (prefix.words === undefined && prefix.bits < 32 && link.kind !== 'loopback')
      insertRoute(netns, { destination: formatPrefix(prefix), dev: link.name, proto: 'kernel', scope: 'link', src: ip, prefix });
    return {};
  }
  const at = link.addresses.indexOf(cidr);
  if (at < 0) return { error: 'RTNETLINK answers: Cannot assign requested address' };
  link.addresses.splice(at, 1);
  forget(s, netns, link.name, ip);
  netns.routes = netns.routes.filter((route) => route.src !== ip || route.dev !== link.name);
  if (prefix.words !== undefined) {
    const gone = netns.routes6.findIndex((route) => route.proto === 'kernel' && route.dev === link.name && same(route.prefix, prefix));
    if (gone >= 0) netns.routes6.splice(gone, 1);
  }
  return {};
}

function addRoute(s: OsState, request: Extract<NetlinkRequest, { op: 'route.add' }>): NetlinkAnswer {
  const netns = s.netns[request.netns ?? 'host'];
  if (!netns) return noNamespace(request.netns ?? 'host');
  if (!Object.hasOwn(netns.links, request.dev)) return noDevice(request.dev);
  const prefix = destinationOf(request.destination, request.via);
  if (!prefix) return { error: `Error: any valid prefix is expected rather than "${request.destination}".` };
  if (request.via !== undefined && (!isAddress(request.via) || request.via.includes(':') !== (prefix.words !== undefined)))
    return { error: `Error: any valid address is expected rather than "${request.via}".` };
  const routes = routesOf(netns, prefix);
  if (routes.length >= maxRoutes) return tooMany;
  const metric = request.metric ?? (prefix.words === undefined ? 0 : 1024);
  if (routes.some((route) => same(route.prefix, prefix) && (route.metric ?? 0) === metric)) return exists;
  const { op: _op, type: _type, netns: _netns, ...route } = request;
  insertRoute(netns, {
    ...route,
    ...(prefix.words === undefined ? {} : { metric }),
    destination: prefix.bits === 0 ? 'default' : formatPrefix(prefix),
    prefix,
  });
  return {};
}

function deleteRoute(s: OsState, request: Extract<NetlinkRequest, { op: 'route.delete' }>): NetlinkAnswer {
  const netns = s.netns[request.netns ?? 'host'];
  if (!netns) return noNamespace(request.netns ?? 'host');
  const prefix = destinationOf(request.destination);
  const routes = prefix ? routesOf(netns, prefix) : [];
  const at = prefix ? routes.findIndex((route) => same(route.prefix, prefix)) : -1;
  if (at < 0) return { error: 'RTNETLINK answers: No such process' };
  routes.splice(at, 1);
  return {};
}

/** `default` is of the family of its next hop. */
const destinationOf = (destination: string, via = ''): Prefix | null =>
  parsePrefix(destination === '0.0.0.0/0' ? 'default' : destination === 'default' && via.includes(':') ? '::/0' : destination);

const same = (a: Prefix, b: Prefix): boolean => a.bits === b.bits && a.net === b.net && formatPrefix(a) === formatPrefix(b);

/** Of IPv6 the default route is last. */
const order6 = (a: Route, b: Route): number =>
  Number(a.prefix.bits === 0) - Number(b.prefix.bits === 0) ||
  compareWords(a.prefix.words ?? [], b.prefix.words ?? []) ||
  a.prefix.bits - b.prefix.bits ||
  (a.metric ?? 0) - (b.metric ?? 0);

const infoOf = ({ prefix: _, ...route }: Route): RouteInfo => route;

/** Links by index; routes as `ip route` orders them: by address, the default route first. */
function dump(s: OsState, netns: Netns): NetlinkAnswer {
  const links = Object.values(netns.links).map((link): LinkInfo => {
    const info: LinkInfo = {
      index: link.index,
      name: link.name,
      kind: link.kind,
      mac: link.mac,
      mtu: link.mtu,
      up: link.up,
      addresses: link.addresses.slice(),
    };
    if (link.master !== undefined) info.master = link.master;
    const peer = link.peer ? s.netns[link.peer.netns]?.links[link.peer.name] : undefined;
    if (peer) {
      info.peer = peer.name;
      info.peerIndex = peer.index;
    }
    return info;
  });
  const routes = netns.routes
    .slice()
    .sort((a, b) => a.prefix.net - b.prefix.net || a.prefix.bits - b.prefix.bits || (a.metric ?? 0) - (b.metric ?? 0))
    .map(infoOf);
  return { links, routes, routes6: netns.routes6.slice().sort(order6).map(infoOf) };
}
