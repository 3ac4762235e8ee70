/** The whole way of one packet, on every machine it comes to, and the way of the answer. */
import type { Pod } from '../api/types.ts';
import type { WalkAnswer, WalkRequest } from '../contracts/netfilter.ts';
import { nextRandom, randomState } from '../engine/random.ts';
import type { ProxyMode } from '../node/kube-proxy/config.ts';
import { environmentOf } from '../node/os/net/environment.ts';
import type { NetfilterTables } from '../node/os/netfilter/state.ts';
import { walk } from '../node/os/netfilter/walk.ts';
import { apiServerState, osState } from '../view/rooms.ts';
import type { World } from '../world.ts';
import { compact, counted } from './counts.ts';
import { estimateNs } from './estimate.ts';
import type { Cost, Journey, Leg, LensPacketQuestion, Outcome } from './questions.ts';
import type { Scratch, ScratchKernel } from './scratch.ts';

/** Machines a packet may come to before it is given up as going round. */
const maxLegs = 6;
const defaultFromPort = 41_874;

export interface Start {
  host: string;
  netns: string;
  ip: string;
}

/** Where a packet begins; a sentence when it cannot. */
export function startOf(world: World, from: string, family: 'IPv4' | 'IPv6'): Start | string {
  const place = placeOf(world, from);
  if (!place) return `${from} is no pod, node or client of this cluster`;
  const os = osState(world.engine.state, place.host);
  const netns = Object.values(os?.netns ?? {}).find((n) => Object.hasOwn(n.local, place.ip));
  if (!os || !netns) return `${from} has no network`;
  if (family === 'IPv6') {
    const ip = Object.keys(netns.local).find((a) => a.includes(':') && a !== '::1');
    return ip === undefined ? `${from} has no IPv6 address` : { host: place.host, netns: netns.name, ip };
  }
  return { ...place, netns: netns.name };
}

function placeOf(world: World, from: string): { host: string; ip: string } | undefined {
  const { cluster, engine } = world;
  if (from === 'client') return { host: 'client', ip: cluster.clientIP };
  const node = cluster.nodes.find((n) => n.name === from);
  if (node) return { host: node.name, ip: node.ip };
  const pods = apiServerState(engine.state).objects.pods;
  const pod = pods && Object.hasOwn(pods, from) ? pods[from] : undefined;
  const ip = pod?.status?.podIP;
  return typeof ip === 'string' ? { host: String(pod?.spec.nodeName), ip } : undefined;
}

/** Random choices, the same for the same seed in every mode. */
export function drawsOf(seed: number): number[] {
  const stream = randomState(seed, 'draws');
  return Array.from({ length: 64 }, () => nextRandom(stream));
}

const failed = (mode: ProxyMode, services: number, error: string): Journey => ({
  mode,
  running: false,
  services,
  legs: [],
  outcome: 'noroute',
  backend: '',
  backendName: '',
  rules: 0,
  lookups: 0,
  strip: [],
  countedOn: '',
  others: 0,
  looked: 0,
  ns: 0,
  error,
});

/** What the packet's first node with a kube-proxy costs it: no further machine is asked. */
export function costOf(world: World, scratch: Scratch, question: LensPacketQuestion, mode: ProxyMode, services: number): Cost {
  const { rules, ns, services: filled, error } = travel(world, scratch, question, mode, services, true);
  return error === undefined ? { mode, services: filled, rules, ns } : { mode, services, rules, ns, error };
}

export const journey = (world: World, scratch: Scratch, question: LensPacketQuestion, mode: ProxyMode, services: number): Journey =>
  travel(world, scratch, question, mode, services, false);

function travel(world: World, scratch: Scratch, question: LensPacketQuestion, mode: ProxyMode, services: number, short: boolean): Journey {
  const start = startOf(world, question.from, question.toIP.includes(':') ? 'IPv6' : 'IPv4');
  if (typeof start === 'string') return failed(mode, services, start);
  const trip = new Trip(world, scratch, question, mode, services, short);
  const error = trip.go(start);
  if (error !== null) return failed(mode, services, error);
  const out = trip.legs.filter((leg) => leg.way === 'out');
  const node = out.find((leg) => scratch.modeOf(leg.host) !== null);
  const last = (out[out.length - 1] as Leg).answer;
  const looked = out.reduce((sum, leg) => sum + leg.answer.rulesLookedAt, 0);
  const { rules, lookups, strip } = counted(node?.answer.steps ?? []);
  const others = out.filter((leg) => leg !== node).reduce((sum, leg) => sum + counted(leg.answer.steps).rules, 0);
  return {
    mode,
    running: scratch.isRunning(node?.host ?? start.host, mode, services),
    countedOn: node?.host ?? '',
    services: Math.max(services, scratch.own()),
    legs: trip.legs.map((leg) => ({ ...leg, answer: { ...leg.answer, steps: compact(leg.answer.steps) } })),
    outcome: outcomeOf(last, trip.legs),
    backend: last.end ? `${last.end.dst}${last.end.dport ? `:${last.end.dport}` : ''}` : '',
    backendName: last.end ? nameOf(world, last.end.dst) : '',
    rules,
    lookups,
    strip,
    others,
    looked,
    ns: estimateNs(rules + others),
  };
}

function outcomeOf(last: WalkAnswer, legs: readonly Leg[]): Outcome {
  if (last.verdict.startsWith('REJECT')) return 'rejected';
  switch (last.verdict) {
    case 'DELIVERED':
      return legs[legs.length - 1]?.answer.verdict === 'DELIVERED' ? 'answered' : 'dropped';
    case 'NO_LISTENER':
      return 'refused';
    case 'FORWARDED':
      return 'outside';
    case 'NO_ROUTE':
      return 'noroute';
    default:
      return 'dropped';
  }
}

/** `namespace/pod` or a machine that has the address. */
export function nameOf(world: World, ip: string): string {
  const node = world.cluster.nodes.find((n) => n.ip === ip || n.ip6 === ip);
  if (node) return node.name;
  if (ip === world.cluster.controlPlaneIP || ip === world.cluster.ip6?.controlPlane) return 'control-plane';
  if (ip === world.cluster.clientIP || ip === world.cluster.ip6?.client) return 'client';
  const pods = apiServerState(world.engine.state).objects.pods ?? {};
  for (const key in pods) if ((pods[key] as Pod).status?.podIPs?.some((each) => each.ip === ip)) return key;
  return '';
}

class Trip {
  readonly legs: Leg[] = [];
  private readonly world: World;
  private readonly scratch: Scratch;
  private readonly question: LensPacketQuestion;
  private readonly mode: ProxyMode;
  private readonly services: number;
  private readonly short: boolean;
  /** The first machine with a kube-proxy. Simplified: it alone has the Services that fill up the cluster, or each machine would cost as much memory. */
  private filled: string | undefined;
  private readonly kernels = new Map<string, ScratchKernel>();

  constructor(world: World, scratch: Scratch, question: LensPacketQuestion, mode: ProxyMode, services: number, short: boolean) {
    this.world = world;
    this.scratch = scratch;
    this.question = question;
    this.mode = mode;
    this.services = services;
    this.short = short;
  }

  /** Null, or what is wrong with the question. */
  go(start: Start): string | null {
    const { question } = this;
    const { protocol, toIP, toPort } = question;
    const sport = protocol === 'icmp' ? 0 : (question.fromPort ?? defaultFromPort);
    const first: WalkRequest = { type: 'Walk', netns: start.netns, protocol, src: start.ip, sport, dst: toIP, dport: protocol === 'icmp' ? 0 : toPort };
    let legs = this.follow(start.host, { ...first, draws: drawsOf(question.seed) }, 'out');
    const error = legs[0]?.answer.error;
    if (error !== undefined) return error;
    if (question.packet === 'later') {
      // The connection exists now: its next packet goes the same way.
      if (this.answers(legs)) this.back(legs);
      this.legs.length = 0;
      legs = this.follow(start.host, { ...first, packet: 'later' }, 'out');
    }
    this.legs.push(...legs);
    if (!this.short && this.answers(legs)) this.legs.push(...this.back(legs));
    return null;
  }

  private answers(legs: readonly Leg[]): boolean {
    const last = legs[legs.length - 1]?.answer.verdict;
    return last === 'DELIVERED' || last === 'NO_LISTENER';
  }

  private back(legs: readonly Leg[]): Leg[] {
    const { host, answer } = legs[legs.length - 1] as Leg;
    const kernel = this.kernel(host);
    const { end } = answer;
    if (!kernel || !end) return [];
    const owner = environmentOf(kernel.os, kernel.ctx).ownerOf(end.dst)?.netns ?? 'host';
    return this.follow(
      host,
      {
        type: 'Walk',
        netns: owner,
        protocol: this.question.protocol,
        src: end.dst,
        sport: end.dport,
        dst: end.src,
        dport: end.sport,
        packet: answer.verdict === 'NO_LISTENER' ? 'reset' : 'reply',
      },
      'back',
    );
  }

  private follow(from: string, first: WalkRequest, way: Leg['way']): Leg[] {
    const legs: Leg[] = [];
    let host: string | undefined = from;
    let request = first;
    while (host !== undefined && legs.length < maxLegs) {
      const kernel = this.kernel(host);
      if (!kernel) break;
      const { os, ctx } = kernel;
      const answer = walk(os.netfilter as NetfilterTables, request, environmentOf(os, ctx), true);
      legs.push({ host, way, answer });
      if (answer.verdict !== 'FORWARDED' || !answer.end || (this.short && this.scratch.modeOf(host) !== null)) break;
      const { src, sport, dst, dport } = answer.end;
      const next = this.hostOf(kernel, dst);
      host = next === host ? undefined : next;
      request = { ...first, netns: 'host', incoming: true, src, sport, dst, dport };
    }
    return legs;
  }

  private kernel(host: string): ScratchKernel | undefined {
    let kernel = this.kernels.get(host);
    if (!kernel) {
      if (this.scratch.modeOf(host) !== null) this.filled ??= host;
      kernel = this.scratch.kernel(host, this.mode, this.filled === host ? this.services : 0, this.question.seed);
      if (kernel) this.kernels.set(host, kernel);
    }
    return kernel;
  }

  /** The machine an address is of, or of whose pods it is. */
  private hostOf({ os }: ScratchKernel, ip: string): string | undefined {
    const direct = os.neighbours[ip];
    if (direct !== undefined) return direct.slice(0, direct.indexOf('/'));
    for (const node of this.world.cluster.nodes) if (osState(this.world.engine.state, node.name)?.owners[ip] !== undefined) return node.name;
    return undefined;
  }
}
