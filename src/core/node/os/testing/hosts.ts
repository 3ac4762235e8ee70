/** Hosts on one wire with pods, for tests: an engine with kernels and a room that owns every socket. */

import type { NetlinkRequest, PacketNote, SocketAnswer, SocketRequest } from '../../../contracts/socket.ts';
import { Engine, type Rooms } from '../../../engine/engine.ts';
import { strictSharing } from '../../../engine/share.ts';
import type { Body, Message, Room, TraceEntry } from '../../../engine/types.ts';
import { type OsArgs, osRoom } from '../os.ts';
import type { OsState } from '../state.ts';

type Collected = { bodies: Body[] };
const collector: Room<Collected> = { initial: () => ({ bodies: [] }), handle: (state, message: Message) => void state.bodies.push(message.body) };

export const neighbours = { '10.200.0.2': 'worker-1/os', '10.200.0.3': 'worker-2/os', '10.200.0.10': 'control-plane/os', '192.168.0.100': 'client/os' };

export function osArgs(host: string, ip: string, more: Partial<OsArgs> = {}): OsArgs {
  return {
    host,
    ip,
    networkBits: 24,
    network: 'nodes',
    gateway: '10.200.0.1',
    cpus: 2,
    memoryBytes: 8 * 1024 * 1024 * 1024,
    kernelVersion: '6.18.0',
    cgroupVersion: 2,
    units: [{ unit: 'kubelet.service', description: 'kubelet: The Kubernetes Node Agent' }],
    files: { '/etc/hostname': `${host}\n` },
    neighbours,
    ...more,
  };
}

export class Hosts {
  readonly engine: Engine;
  readonly notes: PacketNote[] = [];
  readonly trace: TraceEntry[] = [];

  constructor(mode: 'bridge' | 'flannel' = 'bridge') {
    strictSharing(true);
    const rooms: Rooms = {};
    const add = (args: OsArgs): void => {
      rooms[`${args.host}/os`] = { room: osRoom as Room<never>, args };
      rooms[`${args.host}/workloads`] = { room: collector as Room<never>, args: {} };
    };
    add(osArgs('worker-1', '10.200.0.2', { podNetworks: { '10.244.1.0/24': '10.200.0.3' } }));
    add(osArgs('worker-2', '10.200.0.3', { podNetworks: { '10.244.0.0/24': '10.200.0.2' } }));
    add(osArgs('client', '192.168.0.100', { gateway: '192.168.0.1', network: 'outside' }));
    this.engine = new Engine(Engine.initialState(1, 1_700_000_000_000), rooms);
    this.engine.observers.push((entry) => {
      this.trace.push(entry);
      if (entry.kind === 'note' && entry.body.type === 'PacketPath') this.notes.push(entry.body as PacketNote);
    });
    this.engine.startAll();
    for (const [host, own, other, via] of [
      ['worker-1', 0, 1, '10.200.0.3'],
      ['worker-2', 1, 0, '10.200.0.2'],
    ] as const) {
      this.netlink(host, { type: 'Netlink', op: 'link.add', name: 'cni0', kind: 'bridge', mtu: 1500, up: true });
      this.netlink(host, { type: 'Netlink', op: 'addr.add', dev: 'cni0', cidr: `10.244.${own}.1/24` });
      if (mode === 'flannel') {
        this.netlink(host, { type: 'Netlink', op: 'link.add', name: 'flannel.1', kind: 'vxlan', mtu: 1450, up: true });
        this.netlink(host, { type: 'Netlink', op: 'addr.add', dev: 'flannel.1', cidr: `10.244.${own}.0/32` });
        this.netlink(host, { type: 'Netlink', op: 'route.add', destination: `10.244.${other}.0/24`, via: `10.244.${other}.0`, dev: 'flannel.1' });
      } else this.netlink(host, { type: 'Netlink', op: 'route.add', destination: `10.244.${other}.0/24`, via, dev: 'eth0' });
    }
    this.notes.length = 0;
  }

  state(host: string): OsState {
    return this.engine.state.rooms[`${host}/os`] as OsState;
  }
  ask<T>(host: string, request: Body): T {
    return this.engine.ask(`${host}/workloads`, `${host}/os`, request) as T;
  }
  netlink(host: string, request: NetlinkRequest): { error?: string } {
    return this.ask(host, request);
  }
  socket(host: string, request: SocketRequest): SocketAnswer {
    return this.ask(host, request);
  }

  /** A pod's namespace on `host` with an address, as the bridge plugin makes it. */
  pod(host: string, name: string, ip: string, hairpin = false): string {
    const netns = `cni-${name}`;
    this.netlink(host, { type: 'Netlink', op: 'netns.add', netns, label: `pod:default/${name}` });
    this.netlink(host, { type: 'Netlink', op: 'veth.add', netns, name: 'eth0', peer: `veth${name}`, bridge: 'cni0', mac: '', mtu: 1500, hairpin });
    this.netlink(host, { type: 'Netlink', op: 'addr.add', netns, dev: 'eth0', cidr: `${ip}/24` });
    this.netlink(host, { type: 'Netlink', op: 'route.add', netns, destination: 'default', via: `${ip.slice(0, ip.lastIndexOf('.'))}.1`, dev: 'eth0' });
    return netns;
  }
  listen(host: string, netns: string, port: number, protocol: 'tcp' | 'udp' = 'tcp', ip = '0.0.0.0', accept = true): SocketAnswer {
    return this.socket(host, { type: 'Socket', op: 'listen', netns, protocol, ip, port, owner: `${host}/workloads`, tag: `server ${netns} ${port}`, accept });
  }
  connect(host: string, netns: string, ip: string, port: number, data?: string, timeoutMs = 5000): SocketAnswer {
    const base = { type: 'Socket', op: 'connect', netns, protocol: 'tcp', ip, port, owner: `${host}/workloads`, tag: `client ${netns}`, timeoutMs } as const;
    return this.socket(host, data === undefined ? base : { ...base, data });
  }

  /** Runs until `untilMs` and hands out what the sockets' owner on `host` was told since. */
  told<T extends Body = Body & Record<string, unknown>>(host: string, untilMs: number): T[] {
    this.engine.advance(untilMs);
    const collected = this.engine.state.rooms[`${host}/workloads`] as Collected;
    return collected.bodies.splice(0) as T[];
  }
}
