/** The packet lens: how a packet would go, asked of the kernel where it starts. Nothing is sent. */
import type { WalkAnswer, WalkRequest } from './contracts/netfilter.ts';
import { osOf } from './contracts/os.ts';
import type { Protocol } from './contracts/socket.ts';
import { apiServerState, osState } from './view/rooms.ts';
import type { World } from './world.ts';

export interface WalkQuestion {
  /** `client`, a node's name, or `namespace/pod`. */
  from: string;
  toIP: string;
  toPort: number;
  protocol: Protocol;
  /** Random choices to take, in [0, 1). */
  draws?: number[];
}

const ephemeralPort = 41_874;

/** The way through the host where the packet starts. `error` says why there is none. */
export function walkPacket(world: World, question: WalkQuestion): WalkAnswer {
  const nothing = (error: string): WalkAnswer => ({ steps: [], verdict: '', rulesLookedAt: 0, masquerade: false, error });
  const start = placeOf(world, question.from, question.toIP.includes(':'));
  if (!start) return nothing(`${question.from} is no pod, node or client of this cluster`);
  const os = osState(world.engine.state, start.host);
  const netns = Object.values(os?.netns ?? {}).find((n) => Object.keys(n.local).includes(start.ip));
  if (!os || !netns) return nothing(`${question.from} has no network`);
  const { draws, protocol, toIP, toPort } = question;
  const request: WalkRequest = {
    type: 'Walk',
    netns: netns.name,
    protocol,
    src: start.ip,
    sport: ephemeralPort,
    dst: toIP,
    dport: toPort,
    ...(draws ? { draws } : {}),
  };
  const answer = world.ask<WalkAnswer | { error: string }>(osOf(start.host), request);
  return 'steps' in answer ? answer : nothing(answer.error);
}

/** `six`: its address of IPv6, where it has one. */
function placeOf(world: World, from: string, six: boolean): { host: string; ip: string } | undefined {
  const { cluster, engine } = world;
  if (from === 'client') return { host: 'client', ip: six ? (cluster.ip6?.client ?? cluster.clientIP) : cluster.clientIP };
  const node = cluster.nodes.find((n) => n.name === from);
  if (node) return { host: node.name, ip: six ? (node.ip6 ?? node.ip) : node.ip };
  const pod = apiServerState(engine.state).objects.pods?.[from];
  const ips = (pod?.status?.podIPs ?? []) as { ip: string }[];
  const ip = (six ? ips.find((each) => each.ip.includes(':'))?.ip : undefined) ?? pod?.status?.podIP;
  return typeof ip === 'string' ? { host: pod?.spec.nodeName, ip } : undefined;
}
