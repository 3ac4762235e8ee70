/** Sends packets on their way and carries out what the walk found: a note for observers, a socket, the wire, an answer to the sender. */
import type { Packet, PacketNote } from '../../../contracts/socket.ts';
import { share } from '../../../engine/share.ts';
import type { Body, Ctx } from '../../../engine/types.ts';
import type { Skb } from '../hooks.ts';
import type { OsState } from '../state.ts';
import type { Kernel, Outgoing } from './kernel.ts';
import type { LinkKind, Netns } from './links.ts';
import { locate, receive, unclaimed } from './receive.ts';
import { connectionOf } from './sockets.ts';
import { input, newWalk, output, placeOf, type Unreachable, type Walk } from './walk.ts';

/** To itself: the answer to a packet that is refused later (ARP gave up). */
export interface RefuseLater extends Body {
  readonly type: 'RefuseLater';
  readonly netns: string;
  readonly code: Unreachable;
  readonly packet: Packet;
  readonly local: boolean;
}

const defaultTtl = 64;

/** The transports' view of this host. */
export const kernelOf = (s: OsState, ctx: Ctx): Kernel => ({ s, ctx, transmit: (packet) => transmit(s, ctx, packet) });

/** Sends a packet of a socket of `packet.netns`. `bypass`: the kernel's own answer, which netfilter does not see here. */
export function transmit(s: OsState, ctx: Ctx, packet: Outgoing, bypass = false): void {
  const skb = newSkb(packet, defaultTtl, packet.netns, true);
  const netns = s.netns[skb.netns];
  if (!netns) return;
  const w = newWalk(s, ctx, netns.label, bypass);
  const sent = packetOf(skb);
  output(w, skb);
  finish(w, ctx, sent, skb);
}

/** Every field from the start: a packet that grows fields on its way costs the engine that runs this a new shape for each. */
export function newSkb(packet: Omit<Outgoing, 'netns' | 'fin'> & { fin?: boolean }, ttl: number, netns: string, local: boolean): Skb {
  const { src, sport, dst, dport } = packet;
  return {
    protocol: packet.protocol,
    src,
    sport,
    dst,
    dport,
    flags: packet.flags,
    data: packet.data,
    fin: packet.fin === true,
    flow: packet.flow,
    ttl,
    mark: 0,
    netns,
    iif: undefined,
    oif: undefined,
    physin: undefined,
    physout: undefined,
    local,
    uid: packet.uid,
    orig: { src, sport, dst, dport },
    ct: undefined,
    ctstate: undefined,
    ctdir: undefined,
    begun: undefined,
    origin: packet.origin,
    vxlan: undefined,
  };
}

/** A packet from the wire. */
export function arrive(s: OsState, ctx: Ctx, packet: Packet, from: string): void {
  const host = s.netns.host;
  if (!host) return;
  const skb = newSkb(packet, packet.ttl, 'host', false);
  const w = newWalk(s, ctx, placeOf(from), false);
  const wire = deviceOf(host, 'physical');
  if (wire !== undefined) w.hops.push(wire);
  const iif = packet.vxlan ? overlayOf(host, packet.dst) : wire;
  if (packet.vxlan && iif !== undefined) w.hops.push(iif);
  if (iif === undefined) w.by = packet.vxlan ? 'no VXLAN device' : 'no device on the wire';
  else input(w, host, skb, iif);
  finish(w, ctx, packet, skb);
}

/** The first device of a kind that is up. */
function deviceOf(netns: Netns, kind: LinkKind): string | undefined {
  for (const name in netns.links) {
    const link = netns.links[name];
    if (link?.kind === kind && link.up) return name;
  }
  return undefined;
}

/** flannel has a device for each family; the packet's is the one that has an address of it. */
function overlayOf(netns: Netns, dst: string): string | undefined {
  const six = dst.includes(':');
  for (const name in netns.links) {
    const link = netns.links[name];
    if (link?.kind === 'vxlan' && link.up && link.addresses.some((cidr) => cidr.includes(':')) === six) return name;
  }
  return deviceOf(netns, 'vxlan');
}

/** The time of an answer that had to wait has come. */
export function refuseLater(s: OsState, ctx: Ctx, { packet, netns, code, local }: RefuseLater): void {
  refuse(s, ctx, netns, packet, code, local);
}

function finish(w: Walk, ctx: Ctx, sent: Packet, skb: Skb): void {
  const { s } = w;
  const socket = w.deliveredTo === undefined ? null : locate(s, w.deliveredTo, skb);
  if (w.deliveredTo !== undefined && unclaimed(skb, socket)) w.verdict = 'NO_LISTENER';
  const hops = share(w.hops);
  const note: { -readonly [K in keyof PacketNote]: PacketNote[K] } = { type: 'PacketPath', packet: sent, verdict: w.verdict, hops };
  if (skb.dst !== sent.dst || skb.dport !== sent.dport) note.translated = { dst: skb.dst, dport: skb.dport };
  if (w.by !== undefined) note.by = w.by;
  ctx.note(note);
  if (w.wire) {
    const packet = packetOf(skb);
    ctx.send(w.wire.to, skb.vxlan ? { ...packet, vxlan: skb.vxlan } : packet, w.wire.delayMs);
    return;
  }
  if (w.deliveredTo !== undefined) {
    const sender = skb.origin === undefined ? undefined : connectionOf(s, skb.origin);
    if (sender) {
      sender.path = { net: s.netGeneration, filter: s.netfilter.generation, hops, translated: note.translated ?? null, by: w.by ?? null };
    }
    receive(kernelOf(s, ctx), w.deliveredTo, skb, socket);
    return;
  }
  if (!w.answer || sent.flags === 'RST' || sent.flags === 'UNREACHABLE') return;
  // A later packet may find the connection gone: what is refused is the packet as it entered the namespace that refuses.
  const refused: Packet = { ...sent, src: skb.orig.src, sport: skb.orig.sport, dst: skb.orig.dst, dport: skb.orig.dport, data: '' };
  if (w.answer.delayMs > 0) {
    const later: RefuseLater = { type: 'RefuseLater', netns: w.answer.netns, code: w.answer.code, packet: refused, local: skb.local };
    ctx.send(ctx.self, later, w.answer.delayMs);
  } else refuse(s, ctx, w.answer.netns, refused, w.answer.code, skb.local);
}

/** RST, or an ICMP error as a packet in the reply direction of the flow it is about. */
function refuse(s: OsState, ctx: Ctx, netns: string, packet: Packet, code: Unreachable, local: boolean): void {
  const answer: Outgoing = {
    protocol: packet.protocol,
    src: packet.dst,
    sport: packet.dport,
    dst: packet.src,
    dport: packet.sport,
    flags: code === 'tcp-reset' ? 'RST' : 'UNREACHABLE',
    data: code === 'tcp-reset' ? '' : code,
    fin: false,
    flow: packet.flow,
    netns,
  };
  if (local) {
    const skb = newSkb(answer, defaultTtl, netns, false);
    receive(kernelOf(s, ctx), netns, skb, locate(s, netns, skb));
  } else transmit(s, ctx, answer, true);
}

export function packetOf(skb: Skb): Packet {
  const packet: { -readonly [K in keyof Packet]: Packet[K] } = {
    type: 'Packet',
    protocol: skb.protocol,
    src: skb.src,
    sport: skb.sport,
    dst: skb.dst,
    dport: skb.dport,
    flags: skb.flags,
    data: skb.data,
    flow: skb.flow,
    ttl: skb.ttl,
  };
  if (skb.fin) packet.fin = true;
  return packet;
}
