/**
 * host-local IPAM: a file for each address under /var/lib/cni/networks/NAME, and round robin from the last one reserved.
 * Models plugins/ipam/host-local (backend/allocator/allocator.go), v1.
 */
import type { Ctx } from '../../engine/types.ts';
import { formatIPv4, parseCIDR, parseIPv4 } from './address.ts';
import { fs } from './config.ts';
import type { CniState, IpamStore, PluginConf, Range } from './state.ts';

export interface Lease {
  /** With the subnet's prefix length. */
  address: string;
  gateway: string;
}

const dataDir = '/var/lib/cni/networks';

export function allocate(state: CniState, network: string, ipam: PluginConf['ipam'], containerId: string, ifname: string, ctx: Ctx): Lease | string {
  const range: Range | undefined = ipam?.ranges?.[0]?.[0] ?? (ipam?.subnet ? { ...ipam, subnet: ipam.subnet } : undefined);
  const cidr = range ? parseCIDR(range.subnet) : null;
  if (!range || !cidr) return 'no IP ranges specified';
  const first = range.rangeStart ? parseIPv4(range.rangeStart) : cidr.network + 1;
  const last = range.rangeEnd ? parseIPv4(range.rangeEnd) : cidr.last;
  const gateway = range.gateway ? parseIPv4(range.gateway) : cidr.network + 1;
  const store = storeOf(state, network);
  const owner = `${containerId}/${ifname}`;
  const held = store.byOwner[owner];
  if (held !== undefined) return `failed to allocate for range 0: ${held} has been allocated to ${containerId}, duplicate allocation is not allowed`;
  const before = parseIPv4(store.lastReserved);
  let candidate = before >= first && before < last ? before + 1 : first;
  for (let tried = first; tried <= last; tried += 1) {
    const ip = formatIPv4(candidate);
    if (candidate !== gateway && !store.reserved[ip]) {
      store.reserved[ip] = { containerId, ifname };
      store.byOwner[owner] = ip;
      store.lastReserved = ip;
      const dir = `${dataDir}/${network}`;
      if (before < 0) fs(ctx, { type: 'Fs', op: 'mkdir', path: dir, parents: true, mode: 0o755 });
      fs(ctx, { type: 'Fs', op: 'write', path: `${dir}/${ip}`, text: `${containerId}\r\n${ifname}`, mode: 0o600 });
      fs(ctx, { type: 'Fs', op: 'write', path: `${dir}/last_reserved_ip.0`, text: ip, mode: 0o600 });
      return { address: `${ip}/${cidr.bits}`, gateway: formatIPv4(gateway) };
    }
    candidate = candidate < last ? candidate + 1 : first;
  }
  return `failed to allocate for range 0: no IP addresses available in range set: ${formatIPv4(first)}-${formatIPv4(last)}`;
}

/** The address of the container's interface; none is no error. */
export function release(state: CniState, network: string, containerId: string, ifname: string, ctx: Ctx): void {
  const store = storeOf(state, network);
  const owner = `${containerId}/${ifname}`;
  const ip = store.byOwner[owner];
  if (ip === undefined) return;
  delete store.byOwner[owner];
  delete store.reserved[ip];
  fs(ctx, { type: 'Fs', op: 'remove', path: `${dataDir}/${network}/${ip}` });
}

function storeOf(state: CniState, network: string): IpamStore {
  const key = `@${network}`;
  let store = state.ipam[key];
  if (!store) {
    store = { lastReserved: '', reserved: {}, byOwner: {} };
    state.ipam[key] = store;
  }
  return store;
}
