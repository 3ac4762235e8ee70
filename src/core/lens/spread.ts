/** Many connections at once: really made, each with its own port, on a copy of the kernel. */

import type { ProxyMode } from '../node/kube-proxy/config.ts';
import type { Skb } from '../node/os/hooks.ts';
import { input, newWalk, output } from '../node/os/net/walk.ts';
import type { World } from '../world.ts';
import { choiceOf } from './expected.ts';
import { nameOf, startOf } from './journey.ts';
import type { LensPacketQuestion, Spread } from './questions.ts';
import type { Scratch, ScratchKernel } from './scratch.ts';

export const mostConnections = 10_000;

export function spread(
  world: World,
  scratch: Scratch,
  question: LensPacketQuestion,
  mode: ProxyMode,
  services: number,
  wanted: number,
  clients: Spread['clients'],
): Spread {
  const count = Math.max(1, Math.min(mostConnections, Math.floor(wanted) || 1));
  const out: Spread = { mode, running: false, count, clients, rows: [], lost: 0, lostWhy: '', margin: 0, how: '' };
  const start = startOf(world, question.from, question.toIP.includes(':') ? 'IPv6' : 'IPv4');
  if (typeof start === 'string') return { ...out, error: start };
  const kernels = new Map<string, ScratchKernel | undefined>();
  let filled: string | undefined;
  const kernelOf = (host: string): ScratchKernel | undefined => {
    if (scratch.modeOf(host) !== null) filled ??= host;
    if (!kernels.has(host)) kernels.set(host, scratch.kernel(host, mode, filled === host ? services : 0, question.seed));
    return kernels.get(host);
  };
  const found = new Map<string, number>();
  const sources = sourcesOf(world, start.ip, clients);
  for (let i = 0; i < count; i += 1) {
    const end = send(kernelOf, start, question, sources(i), 32_768 + (i % 28_000));
    if (end.backend === '') {
      out.lost += 1;
      out.lostWhy ||= end.why;
    } else found.set(end.backend, (found.get(end.backend) ?? 0) + 1);
  }
  const node = [...kernels.keys()].find((host) => scratch.modeOf(host) !== null) ?? start.host;
  out.running = scratch.isRunning(node, mode, services);
  const { how, backends } = choiceOf(scratch, kernelOf(node), node, mode, services, question);
  out.how = how;
  // One client that is remembered stays where it came first.
  const stuck = how === 'affinity' && clients === 'one' ? [...found.keys()] : backends;
  const each = (count - out.lost) / Math.max(1, stuck.length);
  const places = new Set([...backends, ...found.keys()]);
  out.rows = [...places]
    .sort((a, b) => (a < b ? -1 : 1))
    .map((backend) => ({
      backend,
      name: nameOf(world, backend.slice(0, backend.lastIndexOf(':'))),
      count: found.get(backend) ?? 0,
      expected: Math.round((stuck.includes(backend) ? each : 0) * 10) / 10,
    }));
  // Two standard deviations of a binomial distribution.
  const p = 1 / Math.max(1, backends.length);
  if (how === 'random') out.margin = Math.ceil(2 * Math.sqrt((count - out.lost) * p * (1 - p)));
  return out;
}

/** One client, or as many addresses of its network as there are connections: what session affinity and hashes tell apart. */
function sourcesOf(world: World, ip: string, clients: Spread['clients']): (i: number) => string {
  if (clients === 'one' || ip.includes(':')) return () => ip;
  const pod = world.cluster.nodes.some((n) => n.podCIDR.split('.').slice(0, 3).join('.') === ip.split('.').slice(0, 3).join('.'));
  const [a, b] = ip.split('.');
  return (i) => (pod ? `${a}.${b}.${ip.split('.')[2]}.${2 + (i % 250)}` : `${a}.${b}.${Math.floor(i / 250) % 250}.${2 + (i % 250)}`);
}

interface End {
  backend: string;
  why: string;
}

function send(
  kernelOf: (host: string) => ScratchKernel | undefined,
  start: { host: string; netns: string },
  { protocol, toIP, toPort }: LensPacketQuestion,
  src: string,
  sport: number,
): End {
  const icmp = protocol === 'icmp';
  const skb = newSkb(protocol, src, icmp ? 0 : sport, toIP, icmp ? 0 : toPort, start.netns);
  let host = start.host;
  for (let leg = 0; leg < 4; leg += 1) {
    const kernel = kernelOf(host);
    if (!kernel) break;
    const { os, ctx } = kernel;
    const w = newWalk(os, ctx, 'lens', false);
    if (leg === 0) output(w, skb);
    else {
      const netns = os.netns.host;
      if (!netns) break;
      const tunnel = Object.values(netns.links).find((l) => l.kind === 'vxlan' && l.up)?.name;
      const wire = Object.values(netns.links).find((l) => l.kind === 'physical' && l.up)?.name ?? 'eth0';
      input(w, netns, skb, skb.vxlan && tunnel ? tunnel : wire);
    }
    const to = w.wire?.to;
    const translated = skb.dst !== toIP || skb.dport !== toPort;
    if (w.verdict === 'DROP' || w.verdict === 'REJECT' || (w.verdict === 'NO_ROUTE' && !translated)) return { backend: '', why: w.by ?? w.verdict };
    if (translated || to === undefined || !to.endsWith('/os')) {
      if (w.verdict === 'FORWARDED' && !translated) return { backend: '', why: 'it leaves the cluster' };
      return { backend: `${skb.dst}:${skb.dport}`, why: '' };
    }
    host = to.slice(0, to.indexOf('/'));
    skb.netns = '';
    skb.begun = undefined;
  }
  return { backend: `${skb.dst}:${skb.dport}`, why: '' };
}

function newSkb(protocol: Skb['protocol'], src: string, sport: number, dst: string, dport: number, netns: string): Skb {
  const flags: Skb['flags'] = protocol === 'udp' ? 'UDP' : protocol === 'icmp' ? 'ECHO' : 'SYN';
  return {
    protocol,
    src,
    sport,
    dst,
    dport,
    flags,
    data: '',
    fin: false,
    flow: 'lens',
    ttl: 64,
    mark: 0,
    netns,
    local: true,
    orig: { src, sport, dst, dport },
  };
}
