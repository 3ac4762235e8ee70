/**
 * host-local IPAM: a file for each address under /var/lib/cni/networks/NAME, and round robin from the last one reserved.
 * Models plugins/ipam/host-local (backend/allocator/allocator.go), v1.
 */
import type { Ctx } from '../../engine/types.ts';
import { formatIP, parseCIDR, parseIP } from './address.ts';
import { fs } from './config.ts';
import type { CniState, IpamStore, PluginConf, Range } from './state.ts';

export interface Lease {
  /** With the subnet's prefix length. */
  address: string;
  gateway: string;
}

const dataDir = '/var/lib/cni/networks';

/** An address of each range set: `ranges` has one for each family. Nothing is kept when one set has none left. */
export function allocate(state: CniState, network: string, ipam: PluginConf['ipam'], containerId: string, ifname: string, ctx: Ctx): Lease[] | string {
  const sets: Range[] = ipam?.ranges?.flatMap((set) => set.slice(0, 1)) ?? (ipam?.subnet ? [{ ...ipam, subnet: ipam.subnet }] : []);
  if (sets.length === 0) return 'no IP ranges specified';
  const store = storeOf(state, network);
  const owner = `${containerId}/${ifname}`;
  const held = store.byOwner[owner]?.[0];
  if (held !== undefined) return `failed to allocate for range 0: ${held} has been allocated to ${containerId}, duplicate allocation is not allowed`;
  const leases: Lease[] = [];
  for (const [set, range] of sets.entries()) {
    const lease = allocateFrom(store, network, range, set, containerId, ifname, ctx);
    if (typeof lease !== 'string') {
      leases.push(lease);
      continue;
    }
    if (leases.length > 0) release(state, network, containerId, ifname, ctx);
    return lease;
  }
  return leases;
}

function allocateFrom(store: IpamStore, network: string, range: Range, set: number, containerId: string, ifname: string, ctx: Ctx): Lease | string {
  const cidr = parseCIDR(range.subnet);
  if (!cidr) return 'no IP ranges specified';
  const { v6 } = cidr;
  const given = (text: string | undefined, otherwise: bigint): bigint => (text === undefined ? otherwise : (parseIP(text)?.value ?? otherwise));
  const first = given(range.rangeStart, cidr.network + 1n);
  const last = given(range.rangeEnd, cidr.last);
  const gateway = given(range.gateway, cidr.network + 1n);
  const before = parseIP(store.lastReserved[set] ?? '')?.value ?? -1n;
  let candidate = before >= first && before < last ? before + 1n : first;
  for (let tried = first; tried <= last; tried += 1n) {
    const ip = formatIP({ value: candidate, v6 });
    if (candidate !== gateway && !store.reserved[ip]) {
      store.reserved[ip] = { containerId, ifname };
      const owner = `${containerId}/${ifname}`;
      store.byOwner[owner] = [...(store.byOwner[owner] ?? []), ip];
      store.lastReserved[set] = ip;
      const dir = `${dataDir}/${network}`;
      if (before < 0n) fs(ctx, { type: 'Fs', op: 'mkdir', path: dir, parents: true, mode: 0o755 });
      fs(ctx, { type: 'Fs', op: 'write', path: `${dir}/${ip}`, text: `${containerId}\r\n${ifname}`, mode: 0o600 });
      fs(ctx, { type: 'Fs', op: 'write', path: `${dir}/last_reserved_ip.${set}`, text: ip, mode: 0o600 });
      return { address: `${ip}/${cidr.bits}`, gateway: formatIP({ value: gateway, v6 }) };
    }
    candidate = candidate < last ? candidate + 1n : first;
  }
  return `failed to allocate for range ${set}: no IP addresses available in range set: ${formatIP({ value: first, v6 })}-${formatIP({ value: last, v6 })}`;
}

/** The addresses of the container's interface; none is no error. */
export function release(state: CniState, network: string, containerId: string, ifname: string, ctx: Ctx): void {
  const store = storeOf(state, network);
  const owner = `${containerId}/${ifname}`;
  for (const ip of store.byOwner[owner] ?? []) {
    delete store.reserved[ip];
    fs(ctx, { type: 'Fs', op: 'remove', path: `${dataDir}/${network}/${ip}` });
  }
  delete store.byOwner[owner];
}

function storeOf(state: CniState, network: string): IpamStore {
  const key = `@${network}`;
  let store = state.ipam[key];
  if (!store) {
    store = { lastReserved: [], reserved: {}, byOwner: {} };
    state.ipam[key] = store;
  }
  return store;
}
