/**
 * The kernel of a host (`HOST/os`) with its systemd: files and mounts, cgroups, links and routes, sockets and packets, netfilter.
 * Everything is a system call (`serve`); messages are packets from other machines and the kernel's own timers.
 */
import type { CgroupRequest, FsRequest, MachineAnswer, SystemdAnswer, SystemdRequest } from '../../contracts/os.ts';
import type { NetlinkRequest, Packet, SocketRequest } from '../../contracts/socket.ts';
import type { Address, Body, Ctx, Message, Room } from '../../engine/types.ts';
import { newCgroupTree, serveCgroup } from './cgroup.ts';
import { newFileSystem, serveFs } from './fs/fs.ts';
import { serveVirtual } from './fs/virtual.ts';
import { addWatch, changesFiles, tellWatches } from './fs/watch.ts';
import { netfilter } from './hooks.ts';
import { environmentOf } from './net/environment.ts';
import type { PingTimer, SynTimer } from './net/kernel.ts';
import { insertRoute, newNetns } from './net/links.ts';
import { serveNetlink } from './net/netlink.ts';
import { serveSocket } from './net/serve.ts';
import { newSocketTable, unlisten } from './net/sockets.ts';
import { newSysctls } from './net/sysctls.ts';
import { onSynTimer } from './net/tcp.ts';
import { arrive, kernelOf, type RefuseLater, refuseLater } from './net/transmit.ts';
import { onPingTimer } from './net/udp.ts';
import { placeOf } from './net/walk.ts';
import type { OsState } from './state.ts';
import { listUnits, newSystemd, restartUnit, serveSystemd, type UnitRestart } from './systemd.ts';

export interface OsArgs {
  /** `worker-1`, `client`, `control-plane`. */
  host: string;
  /** Its address on the wire, on `eth0` with `networkBits`. */
  ip: string;
  networkBits: number;
  /** Name of the wire. */
  network: string;
  /** The default route goes there. A gateway routes: what lies behind it is reached if `neighbours` knows it, else it is outside the model. */
  gateway?: string;
  /** Of a dual-stack cluster: the address of IPv6 with its prefix length, and its gateway. */
  ip6?: { ip: string; bits: number; gateway?: string };
  /** The room that answers for the rest of the world behind the gateway, and for the gateway itself; absent: what goes there is lost. */
  outside?: Address;
  cpus: number;
  memoryBytes: number;
  kernelVersion: string;
  cgroupVersion: 1 | 2;
  units: { unit: string; description: string }[];
  /** Path → text of what is on the disk at the start; directories come into being. */
  files: Record<string, string>;
  /** Bytes of the disk; default 100 GiB. */
  diskBytes?: number;
  /** IP → the kernel that answers there, on this wire or behind the gateway. Itself is left out or ignored. */
  neighbours: Record<string, Address>;
  /** Pod networks of other machines: CIDR → the machine's IP. `flannel.1` (VXLAN devices) sends there; routes are the CNI plugin's to add. */
  podNetworks?: Record<string, string>;
}

export const osRoom: Room<OsState> = { initial, handle, serve };

function initial(args: OsArgs, ctx: Ctx): OsState {
  const { host, ip, networkBits, network, cpus, memoryBytes, kernelVersion, cgroupVersion } = args;
  const s: OsState = {
    machine: {
      host,
      ip,
      networkBits,
      network,
      gateway: args.gateway ?? null,
      ip6: args.ip6?.ip ?? null,
      gateway6: args.ip6?.gateway ?? null,
      outside: args.outside ?? null,
      cpus,
      memoryBytes,
      kernelVersion,
      cgroupVersion,
      place: placeOf(`${host}/os`),
    },
    fs: newFileSystem(args.diskBytes ?? 100 * 1024 * 1024 * 1024, args.files, ctx.nowMs),
    watches: [],
    cgroups: newCgroupTree(memoryBytes, cpus),
    systemd: newSystemd(args.units, ctx.nowMs),
    netns: { host: newNetns('host', placeOf(`${host}/os`)) },
    sysctls: newSysctls(cpus, kernelVersion, host),
    neighbours: { ...args.neighbours },
    vteps: { ...(args.podNetworks ?? {}) },
    owners: {},
    sockets: newSocketTable(),
    netGeneration: 0,
    netfilter: netfilter.initial(),
  };
  const random = (): number => ctx.random();
  serveNetlink(s, { type: 'Netlink', op: 'link.add', name: 'eth0', kind: 'physical', mtu: 1500, up: true, network }, random);
  serveNetlink(s, { type: 'Netlink', op: 'addr.add', dev: 'eth0', cidr: `${ip}/${networkBits}` }, random);
  if (args.ip6) serveNetlink(s, { type: 'Netlink', op: 'addr.add', dev: 'eth0', cidr: `${args.ip6.ip}/${args.ip6.bits}` }, random);
  // As the machine's own network set-up prints it: `default via GATEWAY dev eth0`, without a protocol.
  const netns = s.netns.host;
  if (args.gateway !== undefined && netns) insertRoute(netns, { destination: 'default', via: args.gateway, dev: 'eth0', prefix: { net: 0, bits: 0 } });
  if (args.ip6?.gateway !== undefined)
    serveNetlink(s, { type: 'Netlink', op: 'route.add', destination: '::/0', via: args.ip6.gateway, dev: 'eth0', proto: 'static' }, random);
  return s;
}

function handle(s: OsState, message: Message, ctx: Ctx): void {
  switch (message.body.type) {
    case 'Packet':
      arrive(s, ctx, message.body as Packet, message.from);
      return;
    case 'SynTimer':
      onSynTimer(kernelOf(s, ctx), message.body as SynTimer);
      return;
    case 'PingTimer':
      onPingTimer(kernelOf(s, ctx), message.body as PingTimer);
      return;
    case 'UnitRestart':
      restartUnit(s.systemd, message.body as UnitRestart, ctx);
      return;
    case 'RefuseLater':
      refuseLater(s, ctx, message.body as RefuseLater);
      return;
    default:
      return;
  }
}

function serve(s: OsState, request: Body, ctx: Ctx): unknown {
  switch (request.type) {
    case 'Fs': {
      const call = request as FsRequest;
      if (call.op === 'watch') return addWatch(s.watches, s.fs, call);
      const answer = serveVirtual(s, call, ctx) ?? serveFs(s.fs, call, ctx.nowMs);
      if (s.watches.length > 0 && changesFiles(call) && answer.error === undefined) tellWatches(s.watches, call, ctx);
      return answer;
    }
    case 'Cgroup':
      return serveCgroup(s.cgroups, request as CgroupRequest, ctx);
    case 'Machine':
      return machineAnswer(s);
    case 'Systemd':
      return systemd(s, request as SystemdRequest, ctx);
    case 'Netlink':
    case 'Socket':
      return serveNamespaced(s, request as NetlinkRequest | SocketRequest, ctx);
    default:
      return netfilter.serve(s.netfilter, request, environmentOf(s, ctx));
  }
}

/** What a unit listened on goes with its process. Tags of the sockets of daemons begin with their name and a colon. */
function systemd(s: OsState, request: SystemdRequest, ctx: Ctx): SystemdAnswer {
  const answer = serveSystemd(s.systemd, request, ctx);
  if (request.op === 'stop' || request.op === 'kill' || request.op === 'restart') {
    const name = `${request.unit.replace(/\.service$/, '')}:`;
    unlisten(s, 'host', (tag) => tag.startsWith(name));
  }
  return answer;
}

function machineAnswer(s: OsState): MachineAnswer {
  const { cpus, memoryBytes, kernelVersion, cgroupVersion } = s.machine;
  return {
    cpus,
    memoryBytes,
    memoryUsedBytes: s.cgroups.groups['/']?.memoryBytes ?? 0,
    kernelVersion,
    cgroupVersion,
    diskBytes: s.fs.capacityBytes,
    diskUsedBytes: s.fs.usedBytes,
    units: listUnits(s.systemd),
  };
}

const everyObjects = new Set(Object.getOwnPropertyNames(Object.prototype));

/** Names of namespaces are keys: those every object has are nobody's. */
function serveNamespaced(s: OsState, request: NetlinkRequest | SocketRequest, ctx: Ctx): unknown {
  if ('netns' in request && request.netns !== undefined && everyObjects.has(request.netns)) return { error: 'EINVAL' };
  return request.type === 'Netlink' ? serveNetlink(s, request, () => ctx.random()) : serveSocket(kernelOf(s, ctx), request);
}
