/** Endpoints of a Service from its slices. Models pkg/proxy/endpointslicecache.go and endpoint.go, v1.36.2. */
import type { EndpointSlice } from '../../../api/types.ts';
import type { Family } from '../../../contracts/netfilter.ts';
import { addressOf, compareText, isAddress, joinHostPort } from '../address.ts';
import { type Log, portKey, portNameText } from './service-port.ts';

export interface Endpoint {
  /** `ip:port`, `[v6]:port`. */
  endpoint: string;
  ip: string;
  port: number;
  isLocal: boolean;
  ready: boolean;
  serving: boolean;
  terminating: boolean;
  zoneHints: string[];
  nodeHints: string[];
}

export const serviceNameLabel = 'kubernetes.io/service-name';

/**
 * Port key → endpoints of all `slices` of one Service, sorted by text. The same address and port in two places: the later one counts,
 * unless it is terminating.
 */
export function endpointsOfSlices(
  namespace: string,
  service: string,
  slices: Record<string, EndpointSlice>,
  family: Family,
  nodeName: string,
  log: Log,
): Record<string, Endpoint[]> {
  const found: Record<string, Record<string, Endpoint>> = {};
  for (const key in slices) {
    const slice = slices[key] as EndpointSlice;
    for (const port of slice.ports ?? []) {
      if (port?.port === undefined || port.port === null || port.port === 0) continue;
      const name = portKey(portNameText({ namespace, name: service, portName: port.name ?? '' }), port.protocol ?? 'TCP');
      let set = found[name];
      if (!set) {
        set = {};
        found[name] = set;
      }
      addEndpoints(set, slice, port.port, family, nodeName, log);
    }
  }
  const out: Record<string, Endpoint[]> = {};
  for (const name in found) {
    const sorted = Object.values(found[name] as Record<string, Endpoint>).sort((a, b) => compareText(a.endpoint, b.endpoint));
    if (sorted.length > 0) out[name] = sorted;
  }
  return out;
}

function addEndpoints(set: Record<string, Endpoint>, slice: EndpointSlice, port: number, family: Family, nodeName: string, log: Log): void {
  for (const endpoint of slice.endpoints ?? []) {
    const address = endpoint?.addresses?.[0];
    if (address === undefined) continue;
    const ip = canonicalAddress(address, family);
    if (ip === null) {
      if (!isAddress(address))
        log(`EndpointSlice ${slice.metadata.namespace ?? ''}/${slice.metadata.name}: invalid address ${JSON.stringify(address)} ignored`);
      continue;
    }
    const conditions = endpoint.conditions ?? {};
    const made: Endpoint = {
      endpoint: joinHostPort(ip, port),
      ip,
      port,
      isLocal: endpoint.nodeName !== undefined && endpoint.nodeName === nodeName,
      ready: conditions.ready ?? true,
      serving: conditions.serving ?? true,
      terminating: conditions.terminating ?? false,
      zoneHints: endpoint.hints?.forZones?.map((hint) => hint.name) ?? none,
      nodeHints: endpoint.hints?.forNodes?.map((hint) => hint.name) ?? none,
    };
    if (set[made.endpoint] === undefined || !made.terminating) set[made.endpoint] = made;
  }
}

const none: string[] = [];
Object.freeze(none);

const plainIPv4 = /^(?:[1-9]?\d|1\d\d|2[0-4]\d|25[0-5])(?:\.(?:[1-9]?\d|1\d\d|2[0-4]\d|25[0-5])){3}$/;

function canonicalAddress(address: string, family: Family): string | null {
  if (family === 'IPv4' && typeof address === 'string' && plainIPv4.test(address)) return address;
  return addressOf(address, family);
}
