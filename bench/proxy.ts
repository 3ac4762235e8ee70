/** kube-proxy with its kernel, alone: 10 000 Services of five endpoints each. */
import type { EndpointSlice } from '../src/core/api/types.ts';
import { strictSharing } from '../src/core/engine/share.ts';
import { service, slice, TestNode } from '../src/core/node/kube-proxy/testing/node.ts';
import { cpuMs, median } from './measure.ts';

export const modes = ['iptables', 'ipvs', 'nftables'] as const;
export type Mode = (typeof modes)[number];

export interface ProxyFigures {
  fullMs: number;
  changedMs: number;
  packetMicros: number;
}

const count = 10_000;
const known: Partial<Record<Mode, ProxyFigures>> = {};

const ipOf = (network: string, i: number): string => `${network}.${(i >> 8) & 255}.${i & 255}`;
const endpointsOf = (i: number, from: number): string[] => [0, 1, 2, 3, 4].map((k) => ipOf(`10.${100 + k}`, i + from));

/** Measured once for each mode: the three rows show the same run. */
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
  const fullMs = cpuMs(() => node.advance(60_000));
  const changed: number[] = [];
  for (let round = 0; round < 15; round += 1) {
    const next = slice(`s${500 + round}`, endpointsOf(500 + round, 2 + round)) as unknown as EndpointSlice & { kind: string };
    node.tell('MODIFIED', next as never);
    changed.push(cpuMs(() => node.advance(5_000)));
  }
  const packets = 2000;
  const packetMs = cpuMs(() => {
    for (let i = 0; i < packets; i += 1)
      node.ask({
        type: 'Socket',
        op: 'connect',
        netns: 'host',
        protocol: 'tcp',
        ip: ipOf('10.96', ((i * 7919) % count) + 1),
        port: 80,
        owner: 'apiserver',
        tag: `t${i}`,
        timeoutMs: 1,
      } as never);
  });
  return { fullMs, changedMs: median(changed), packetMicros: (packetMs / packets) * 1000 };
}
