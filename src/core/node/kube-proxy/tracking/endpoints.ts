/** Endpoints of a Service from its slices. Models pkg/proxy/endpointslicecache.go and endpoint.go, v1.36.2. */
import type { EndpointSlice, Endpoint as SliceEndpoint } from '../../../api/types.ts';
import type { Family } from '../../../contracts/netfilter.ts';
import { addressOf, compareText, isAddress, joinHostPort } from '../address.ts';
import { type Log, portKey, portNameText, type ServicePort } from './service-port.ts';

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
 * Port keys with the endpoints of all `slices` of one Service, sorted by text. The same address and port in two places: the later one counts,
 * unless it is terminating. `known`: ports of the Service, whose keys need not be made again.
 */
export function endpointsOfSlices(
  namespace: string,
  service: string,
  slices: readonly EndpointSlice[],
  known: readonly ServicePort[],
  family: Family,
  nodeName: string,
  log: Log,
): [key: string, endpoints: Endpoint[]][] {
  const found: [string, Endpoint[]][] = [];
  for (const slice of slices)
    for (const port of slice.ports ?? none) {
      if (port?.port === undefined || port.port === null || port.port === 0) continue;
      const key = keyOf(known, namespace, service, port.name ?? '', port.protocol ?? 'TCP');
      let entry = found.find((each) => each[0] === key);
      if (!entry) {
        entry = [key, []];
        found.push(entry);
      }
      addEndpoints(entry[1], slice, port.port, family, nodeName, log);
    }
  for (const entry of found) entry[1] = sortedOnce(entry[1]);
  return found.every(hasSome) ? found : found.filter(hasSome);
}

const hasSome = (entry: [string, Endpoint[]]): boolean => entry[1].length > 0;

function keyOf(known: readonly ServicePort[], namespace: string, name: string, portName: string, protocol: string): string {
  for (const port of known) if (port.portName === portName && port.protocol === protocol) return port.key;
  return portKey(portNameText({ namespace, name, portName }), protocol);
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
  const suffix = `:${port}`;
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
      endpoint: family === 'IPv4' ? ip + suffix : joinHostPort(ip, port),
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

const none: never[] = [];
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
