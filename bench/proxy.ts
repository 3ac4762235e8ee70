/** kube-proxy with its kernel, alone: 10 000 Services of five endpoints each, on five hundred nodes. */
import type { EndpointSlice } from '../src/core/api/types.ts';
import type { WalkAnswer } from '../src/core/contracts/netfilter.ts';
import { strictSharing } from '../src/core/engine/share.ts';
import type { Ctx } from '../src/core/engine/types.ts';
import { service, slice, TestNode } from '../src/core/node/kube-proxy/testing/node.ts';
import { netfilter } from '../src/core/node/os/hooks.ts';
import { environmentOf } from '../src/core/node/os/net/environment.ts';
import { newSkb } from '../src/core/node/os/net/transmit.ts';
import type { OsState } from '../src/core/node/os/state.ts';
import { cpuMs, liveBytes, median } from './measure.ts';

export const modes = ['iptables', 'ipvs', 'nftables'] as const;
export type Mode = (typeof modes)[number];

export interface ProxyFigures {
  fullMs: number;
  /** A sync that compares or writes everything again when nothing has changed. */
  againMs: number;
  changedMs: number;
  /** A connection of which neither rules nor route were asked before: everything derived is made on the way. */
  coldMicros: number;
  /** The first packet of a connection, from conntrack to POSTROUTING. */
  packetMicros: number;
  /** The lens on a packet, for each step that is shown. */
  stepMicros: number;
  megabytes: number;
}

const count = 10_000;
const known: Partial<Record<Mode, ProxyFigures>> = {};

const ipOf = (network: string, i: number): string => `${network}.${(i >> 8) & 255}.${i & 255}`;
/** A node holds 110 pods: of 50 000 it takes some five hundred. */
const endpointsOf = (i: number, from: number): string[] => [0, 1, 2, 3, 4].map((k) => `${ipOf(`10.${100 + k}`, i + from)}@worker-${((i * 5 + k) % 500) + 1}`);

/** Measured once for each mode: its rows show the same run. */
export function proxy(mode: Mode): ProxyFigures {
  known[mode] ??= measure(mode);
  return known[mode];
}

function measure(mode: Mode): ProxyFigures {
  const node = new TestNode({ mode });
  // Freezing deeply is for tests.
  strictSharing(false);
  node.engine.observers.length = 0;
  for (let i = 0; i < count; i += 1) {
    node.tell('ADDED', service(`s${i}`, ipOf('10.96', i + 1)));
    node.tell('ADDED', slice(`s${i}`, endpointsOf(i, 1)));
  }
  node.advance(10);
  node.synced();
  const before = liveBytes();
  const fullMs = cpuMs(() => node.advance(5_000));
  const megabytes = (liveBytes() - before) / 1024 / 1024;
  const changed: number[] = [];
  for (let round = 0; round < 25; round += 1) {
    const next = slice(`s${500 + round}`, endpointsOf(500 + round, 2 + round)) as unknown as EndpointSlice & { kind: string };
    node.tell('MODIFIED', next as never);
    changed.push(cpuMs(() => node.advance(1_500)));
  }
  const coldMicros = cold(node);
  const packetMicros = warm(node);
  const stepMicros = lens(node);
  const p = node.state.families.IPv4;
  if (p) p.needFullSync = true;
  node.tell('MODIFIED', slice('s400', endpointsOf(400, 3)));
  const againMs = cpuMs(() => node.advance(5_000));
  return { fullMs, againMs, changedMs: median(changed), coldMicros, packetMicros, stepMicros, megabytes };
}

const destination = (i: number): string => ipOf('10.96', ((i * 7919) % count) + 1);

function cold(node: TestNode): number {
  const connections = 2000;
  const ms = cpuMs(() => {
    for (let i = 0; i < connections; i += 1)
      node.ask({
        type: 'Socket',
        op: 'connect',
        netns: 'host',
        protocol: 'tcp',
        ip: destination(i),
        port: 80,
        owner: 'apiserver',
        tag: `t${i}`,
        timeoutMs: 1,
      } as never);
  });
  return (ms / connections) * 1000;
}

function warm(node: TestNode): number {
  const os = node.engine.state.rooms['worker-1/os'] as OsState;
  let random = 1;
  const next = (): number => {
    random = (random * 48_271) % 2_147_483_647;
    return random / 2_147_483_647;
  };
  const env = environmentOf(os, { nowMs: node.engine.state.nowMs, random: next, self: 'worker-1/os' } as unknown as Ctx);
  const destinations = Array.from({ length: 2000 }, (_, i) => destination(i));
  let arrived = 0;
  const packet = (i: number): void => {
    const dst = destinations[i % destinations.length] as string;
    const src = '10.200.0.2';
    const sport = 20_000 + (i % 1000);
    const skb = newSkb({ protocol: 'tcp', src, sport, dst, dport: 80, flags: 'SYN', data: '', flow: '' }, 64, 'host', true);
    skb.oif = 'eth0';
    netfilter.conntrackIn(os.netfilter, skb, env);
    const out = netfilter.hook(os.netfilter, 'OUTPUT', skb, env);
    if (out.verdict === 'ACCEPT') netfilter.hook(os.netfilter, 'POSTROUTING', skb, env);
    if (skb.dst !== dst) arrived += 1;
  };
  for (let i = 0; i < 10_000; i += 1) packet(i);
  arrived = 0;
  const packets = 50_000;
  const ms = cpuMs(() => {
    for (let i = 0; i < packets; i += 1) packet(i);
  });
  if (arrived !== packets) throw new Error(`${arrived} of ${packets} packets were translated`);
  return (ms / packets) * 1000;
}

function lens(node: TestNode): number {
  let steps = 0;
  const walk = (i: number): void => {
    const { length } = node.ask<WalkAnswer>({
      ...{ type: 'Walk', netns: 'host', protocol: 'tcp', src: '10.200.0.2', sport: 40_000, dst: destination(i), dport: 80 },
    } as never).steps;
    steps += length;
  };
  for (let i = 0; i < 5; i += 1) walk(i);
  steps = 0;
  const ms = cpuMs(() => {
    for (let i = 5; i < 30; i += 1) walk(i);
  });
  return (ms / steps) * 1000;
}
