/** What one kernel holds: plain data, copied by every checkpoint. */
import type { Address } from '../../engine/types.ts';
import type { CgroupTree } from './cgroup.ts';
import type { FileSystem } from './fs/tree.ts';
import type { Watch } from './fs/watch.ts';
import type { NetfilterState } from './hooks.ts';
import type { Netns } from './net/links.ts';
import type { SocketTable } from './net/sockets.ts';
import type { SystemdState } from './systemd.ts';

/** Facts of the machine that never change. */
export interface Machine {
  host: string;
  ip: string;
  /** The prefix length of the wire `ip` is on. */
  networkBits: number;
  network: string;
  gateway: string | null;
  /** Of a dual-stack cluster: the address and the gateway of IPv6. */
  ip6: string | null;
  gateway6: string | null;
  /** Who answers for what lies behind the gateway and is no machine of the model; null: nobody. */
  outside: Address | null;
  cpus: number;
  memoryBytes: number;
  kernelVersion: string;
  cgroupVersion: 1 | 2;
  /** How packets from outside name the host in hops: `host:worker-1`, `client`. */
  place: string;
}

export interface OsState {
  machine: Machine;
  fs: FileSystem;
  /** Directories somebody watches. */
  watches: Watch[];
  cgroups: CgroupTree;
  systemd: SystemdState;
  /** name → namespace; `host` is the machine's own. */
  netns: Record<string, Netns>;
  /** `net.ipv4.ip_forward` → value, of the host's namespace. */
  sysctls: Record<string, string>;
  /** IP on the wire → the kernel that answers there. */
  neighbours: Record<string, Address>;
  /** Pod network of another machine (CIDR) → its IP on the wire: where a VXLAN device sends. */
  vteps: Record<string, string>;
  /** IP of a pod's namespace → that namespace: what ARP on a bridge finds. */
  owners: Record<string, string>;
  sockets: SocketTable;
  /** Goes up with every change of links, addresses, routes and sysctls: paths found before are looked up again. */
  netGeneration: number;
  netfilter: NetfilterState;
}
