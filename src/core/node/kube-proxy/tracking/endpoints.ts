/** Endpoints of a Service from its slices. Models pkg/proxy/endpointslicecache.go and endpoint.go, v1.36.2. */
import type { EndpointSlice, Endpoint as SliceEndpoint } from '../../../api/types.ts';
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
  const found: Record<string, Endpoint[]> = {};
  for (const key in slices) {
    const slice = slices[key] as EndpointSlice;
    for (const port of slice.ports ?? []) {
      if (port?.port === undefined || port.port === null || port.port === 0) continue;
      const name = portKey(portNameText({ namespace, name: service, portName: port.name ?? '' }), port.protocol ?? 'TCP');
      let list = found[name];
      if (!list) {
        list = [];
        found[name] = list;
      }
      addEndpoints(list, slice, port.port, family, nodeName, log);
    }
  }
  const out: Record<string, Endpoint[]> = {};
  for (const name in found) {
    const list = found[name] as Endpoint[];
    if (list.length > 0) out[name] = sortedOnce(list);
  }
  return out;
}

/** Sorted by text; of equal ones the later counts, unless it is terminating. */
function sortedOnce(list: Endpoint[]): Endpoint[] {
  let inOrder = true;
  for (let i = 1; i < list.length && inOrder; i += 1) inOrder = (list[i - 1] as Endpoint).endpoint < (list[i] as Endpoint).endpoint;
  if (inOrder) return list;
  list.sort((a, b) => compareText(a.endpoint, b.endpoint));
  const out: Endpoint[] = [];
  for (const e of list) {
    if (out.at(-1)?.endpoint !== e.endpoint) out.push(e);
    else if (!e.terminating) out[out.length - 1] = e;
  }
  return out;
}

function addEndpoints(list: Endpoint[], slice: EndpointSlice, port: number, family: Family, nodeName: string, log: Log): void {
  for (const endpoint of slice.endpoints ?? none) {
    const address = (endpoint as SliceEndpoint | null)?.addresses?.[0];
    if (address === undefined) continue;
    const ip = canonicalAddress(address, family);
    if (ip === null) {
      if (!isAddress(address))
        log(`EndpointSlice ${slice.metadata.namespace ?? ''}/${slice.metadata.name}: invalid address ${JSON.stringify(address)} ignored`);
      continue;
    }
    const { conditions, hints, nodeName: node } = endpoint as SliceEndpoint;
    list.push({
      endpoint: joinHostPort(ip, port),
      ip,
      port,
      isLocal: node !== undefined && node === nodeName,
      ready: conditions?.ready ?? true,
      serving: conditions?.serving ?? true,
      terminating: conditions?.terminating ?? false,
      zoneHints: hints?.forZones?.map((hint) => hint.name) ?? none,
      nodeHints: hints?.forNodes?.map((hint) => hint.name) ?? none,
    });
  }
}

const none: string[] = [];
Object.freeze(none);

/** Most addresses are plain: told without parsing. */
function canonicalAddress(address: string, family: Family): string | null {
  if (family === 'IPv4' && typeof address === 'string' && isPlainIPv4(address)) return address;
  return addressOf(address, family);
}

function isPlainIPv4(text: string): boolean {
  let dots = 0;
  let value = -1;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === 46) {
      if (value < 0) return false;
      dots += 1;
      value = -1;
    } else {
      if (code < 48 || code > 57 || value === 0) return false;
      value = (value < 0 ? 0 : value * 10) + code - 48;
      if (value > 255) return false;
    }
  }
  return dots === 3 && value >= 0;
}
