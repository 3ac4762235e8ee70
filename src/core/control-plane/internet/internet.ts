/**
 * The rest of the world as the machines see it through their gateway, address `internet`: a resolver for public names, web servers that have a page for
 * every host, and the cloud's load balancers, which hand packets for a Service's external address to a node.
 * Simplified: one page for each host whatever the path; ports other than 80 and 443 do not answer; nothing is lost and nothing is slow.
 */
import type { Endpoint, EndpointSlice, Service } from '../../api/types.ts';
import type { Packet } from '../../contracts/socket.ts';
import { apiserver, type WatchEvent, type WatchRequest } from '../../contracts/watch.ts';
import { fnv1a } from '../../engine/random.ts';
import type { Address, Body, Ctx, Message, Room } from '../../engine/types.ts';
import { answerName } from './names.ts';
import { answerPage } from './pages.ts';

export interface InternetArgs {
  /** Asked for names, beside every public address: the resolver of the machines' network. */
  resolver: string;
  /** Kernels of the nodes, for load balancers. */
  nodes: { name: string; os: Address }[];
}

export interface InternetState {
  args: InternetArgs;
  /** External address → its Service. */
  balanced: Record<string, { service: string; local: boolean }>;
  /** `namespace/service` → nodes with a ready endpoint, for `externalTrafficPolicy: Local`. */
  nodesOf: Record<string, Record<string, string[]>>;
  /** Requests that have not come whole. */
  open: Record<string, string>;
}

const maxOpen = 500;
const maxRequest = 65_536;

export const internetRoom: Room<InternetState> = {
  initial(args: InternetArgs, ctx: Ctx): InternetState {
    for (const resource of ['services', 'endpointslices.discovery.k8s.io']) ctx.send(apiserver, { type: 'Watch', watch: resource, resource } as WatchRequest);
    return { args, balanced: {}, nodesOf: {}, open: {} };
  },
  handle(state: InternetState, message: Message, ctx: Ctx): void {
    if (message.body.type === 'WatchEvent') watched(state, message.body as WatchEvent);
    else if (message.body.type === 'Packet') arrive(state, message.body as Packet, message.from, ctx);
  },
};

function watched(state: InternetState, { event, resource, object }: WatchEvent): void {
  if (!object || event === 'SYNCED') return;
  const { namespace, name } = object.metadata;
  if (resource === 'services') {
    const key = `${namespace}/${name}`;
    for (const ip of Object.keys(state.balanced)) if (state.balanced[ip]?.service === key) delete state.balanced[ip];
    if (event === 'DELETED') return;
    const service = object as Service;
    for (const { ip } of service.status?.loadBalancer?.ingress ?? []) {
      if (ip) state.balanced[ip] = { service: key, local: service.spec.externalTrafficPolicy === 'Local' };
    }
    return;
  }
  const service = object.metadata.labels?.['kubernetes.io/service-name'];
  if (service === undefined) return;
  const key = `${namespace}/${service}`;
  const slices = state.nodesOf[key] ?? {};
  delete slices[name];
  if (event !== 'DELETED') slices[name] = readyNodes((object as EndpointSlice).endpoints ?? []);
  if (Object.keys(slices).length > 0) state.nodesOf[key] = slices;
  else delete state.nodesOf[key];
}

function readyNodes(endpoints: readonly Endpoint[]): string[] {
  const out = new Set<string>();
  for (const { conditions, nodeName } of endpoints) if (nodeName && conditions?.ready !== false) out.add(nodeName);
  return [...out];
}

function arrive(state: InternetState, packet: Packet, from: Address, ctx: Ctx): void {
  const balancer = Object.hasOwn(state.balanced, packet.dst) ? state.balanced[packet.dst] : undefined;
  if (balancer) {
    const to = nodeFor(state, balancer, packet);
    if (to !== undefined) ctx.send(to, { ...packet, ttl: packet.ttl - 1 } as Body, balancerMs);
    return;
  }
  const resolver = packet.dst === state.args.resolver;
  if (!resolver && !isPublic(packet.dst)) return;
  const reply = (flags: Packet['flags'], data = '', fin = false): void => {
    const { protocol, src, sport, dst, dport, flow } = packet;
    const answer: Packet = { type: 'Packet', protocol, src: dst, sport: dport, dst: src, dport: sport, flags, data, flow, ttl: 55, ...(fin ? { fin } : {}) };
    ctx.send(from, answer as Body, wayMs);
  };
  if (packet.protocol === 'udp' && packet.dport === 53 && packet.flags === 'UDP') {
    const answer = answerName(packet.data);
    if (answer !== undefined) reply('UDP', answer);
  } else if (packet.protocol === 'icmp' && packet.flags === 'ECHO') {
    const { src, sport, dst, flow } = packet;
    ctx.send(
      from,
      { type: 'Packet', protocol: 'icmp', src: dst, sport: 0, dst: src, dport: sport, flags: 'ECHO-REPLY', data: packet.data, flow, ttl: 55 } as Body,
      wayMs,
    );
  } else if (packet.protocol === 'tcp' && !resolver && (packet.dport === 80 || packet.dport === 443)) web(state, packet, reply);
}

/** One way to a server on the internet, ms; the gateway's own share is the kernel's. */
const wayMs = 15;
const balancerMs = 1;

function nodeFor(state: InternetState, { service, local }: { service: string; local: boolean }, packet: Packet): Address | undefined {
  const ready = new Set(local ? Object.values(state.nodesOf[service] ?? {}).flat() : []);
  const nodes = local ? state.args.nodes.filter((n) => ready.has(n.name)) : state.args.nodes;
  return nodes[fnv1a(`${packet.src} ${packet.sport} ${packet.dst} ${packet.dport}`) % Math.max(1, nodes.length)]?.os;
}

function web(state: InternetState, packet: Packet, reply: (flags: Packet['flags'], data?: string, fin?: boolean) => void): void {
  const key = `${packet.src}:${packet.sport} ${packet.dst}:${packet.dport}`;
  if (packet.flags === 'SYN') reply('SYN-ACK');
  else if (packet.flags === 'DATA') {
    const text = (state.open[key] ?? '') + packet.data;
    const answer = text.length > maxRequest ? '' : answerPage(text, packet.dport === 443);
    if (answer !== undefined) {
      delete state.open[key];
      reply('DATA', answer, true);
    } else if (Object.keys(state.open).length < maxOpen) state.open[key] = text;
    else reply('RST');
  } else if (packet.flags === 'FIN' || packet.flags === 'RST') {
    if (Object.hasOwn(state.open, key)) {
      delete state.open[key];
      if (packet.flags === 'FIN') reply('FIN', '', true);
    }
  }
}

/** Not for private use, documentation, this host, or multicast (RFC 6890). */
function isPublic(ip: string): boolean {
  const [a = 0, b = 0, c = 0] = ip.split('.').map(Number);
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(ip) || a === 0 || a === 10 || a === 127 || a >= 224) return false;
  if ((a === 100 && b >= 64 && b < 128) || (a === 169 && b === 254) || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168)) return false;
  return !(
    (a === 192 && b === 0 && (c === 0 || c === 2)) ||
    (a === 198 && (b === 18 || b === 19 || (b === 51 && c === 100))) ||
    (a === 203 && b === 0 && c === 113)
  );
}
