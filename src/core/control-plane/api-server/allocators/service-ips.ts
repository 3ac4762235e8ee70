/** Cluster IPs. Models pkg/registry/core/service/ipallocator/{ipallocator,cidrallocator}.go, v1.36.2. Addresses are told apart in their canonical text. */
import type { Service } from '../../../api/types.ts';
import { familyOf, type IPFamily } from '../../../api/validation/ip.ts';
import type { Call } from '../call.ts';
import { internalError, Refusal } from '../errors.ts';
import { invalid } from '../invalid.ts';
import type { ApiServerState, Key } from '../state.ts';
import { formatAddress, parseAddress, parseCIDR, type Range } from './address.ts';

/** The families of `--service-cluster-ip-range`, the default one first. */
export const configuredFamilies = (state: Pick<ApiServerState, 'serviceCIDR'>): IPFamily[] => state.serviceCIDR.split(',').map(familyOf);

const cidrOf = (state: Pick<ApiServerState, 'serviceCIDR'>, family: IPFamily): string =>
  state.serviceCIDR.split(',').find((cidr) => familyOf(cidr) === family) ?? '';

/**
 * Takes `asked`, or a free address of `family`, which is configured: at random above the band kept for static choice, then inside it. A dry run takes none.
 * `all` is what a refusal shows: the addresses as they were asked for.
 */
export function allocateIP(call: Call, family: IPFamily, asked: string | undefined, owner: Key, all: readonly string[]): string {
  const { state } = call;
  const cidr = cidrOf(state, family);
  const range = parseCIDR(cidr);
  if (asked) return takeAsked(call, cidr, range, asked, owner, all);
  // Upstream's dry run answers with the base of the range.
  if (call.dryRun) return formatAddress(range.base, range.v6);
  const band = staticBand(range.count);
  for (const [from, to] of [
    [band, range.count],
    [0, band],
  ] as const) {
    const size = to - from;
    if (size <= 0) continue;
    const start = Math.floor(call.ctx.random() * size);
    for (let i = 0; i < size; i += 1) {
      const text = formatAddress(range.first + BigInt(from + ((start + i) % size)), range.v6);
      if (Object.hasOwn(state.serviceIPs, text)) continue;
      take(call, text, owner);
      return text;
    }
  }
  throw new Refusal(internalError('failed to allocate a serviceIP: range is full'));
}

/** Gives back what `service` holds. */
export function releaseIPs(state: ApiServerState, service: Service): void {
  for (const ip of service.spec.clusterIPs ?? []) delete state.serviceIPs[ip];
}

/** The same within a request that may still be refused; `ips` are the Service's. */
export function giveBackIPs(call: Call, ips: readonly string[]): void {
  for (const ip of ips) {
    const owner = call.state.serviceIPs[ip];
    if (owner === undefined) continue;
    delete call.state.serviceIPs[ip];
    call.undo.push(() => {
      call.state.serviceIPs[ip] = owner;
    });
  }
}

function takeAsked(call: Call, cidr: string, range: Range, asked: string, owner: Key, all: readonly string[]): string {
  const refuse = (text: string): Refusal => invalid(call, 'spec.clusterIPs', all, `failed to allocate IP ${asked}: ${text}`);
  const address = parseAddress(asked);
  const inside = address !== null && address.v6 === range.v6 && address.value >= range.first && address.value < range.first + BigInt(range.count);
  if (!inside) throw refuse(`the provided IP (${asked}) is not in the valid range. The range of valid IPs is ${cidr}`);
  const text = formatAddress(address.value, range.v6);
  if (Object.hasOwn(call.state.serviceIPs, text)) throw refuse('provided IP is already allocated');
  if (!call.dryRun) take(call, text, owner);
  return text;
}

function take(call: Call, ip: string, owner: Key): void {
  call.state.serviceIPs[ip] = owner;
  call.undo.push(() => delete call.state.serviceIPs[ip]);
}

/** How many addresses at the start of the range automatic choice leaves for last: min(max(16, size/16), 256). */
export function staticBand(count: number): number {
  if (count <= 16) return 0;
  return Math.min(Math.max(16, Math.floor(count / 16)), 256);
}
