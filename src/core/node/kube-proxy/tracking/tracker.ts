/**
 * What changed since the last sync, and what the sync then works on. Models pkg/proxy/servicechangetracker.go and endpointschangetracker.go,
 * v1.36.2: changes are gathered per Service; one that ends where it began is none.
 */
import { equal } from '../../../api/equal.ts';
import type { EndpointSlice, Service } from '../../../api/types.ts';
import type { Family } from '../../../contracts/netfilter.ts';
import { share } from '../../../engine/share.ts';
import { type Endpoint, endpointsOfSlices, serviceNameLabel } from './endpoints.ts';
import { type Log, type ServicePort, servicePorts } from './service-port.ts';

/** Services are named `namespace/name`, ports by `portKey`. */
export interface Tracker {
  family: Family;
  nodeName: string;
  /** Service → its port keys as of the last sync. */
  services: Record<string, readonly string[]>;
  pendingServices: Record<string, readonly ServicePort[]>;
  pendingCount: number;
  /** Service → its slices as of the last sync, and those that changed since (null: gone). */
  slices: Record<string, readonly EndpointSlice[]>;
  pendingSlices: Record<string, PendingSlice[]>;
  /** Service → port keys that have endpoints. */
  endpointKeys: Record<string, readonly string[]>;
  ports: Record<string, ServicePort>;
  endpoints: Record<string, readonly Endpoint[]>;
  /** The keys of `ports`, sorted. */
  order: readonly string[];
  /** Endpoints of all `ports`. */
  totalEndpoints: number;
}

interface PendingSlice {
  readonly name: string;
  readonly slice: EndpointSlice | null;
}

export const tracker = (family: Family, nodeName: string): Tracker => ({
  family,
  nodeName,
  services: {},
  pendingServices: {},
  pendingCount: 0,
  slices: {},
  pendingSlices: {},
  endpointKeys: {},
  ports: {},
  endpoints: {},
  order: share<string[]>([]),
  totalEndpoints: 0,
});

const none: readonly never[] = Object.freeze([]);

/** A Service was added, changed or (null) deleted. True when a sync is needed. */
export function serviceUpdate(t: Tracker, name: string, service: Service | null, log: Log): boolean {
  const current = service ? servicePorts(service, t.family, log) : none;
  const previous = (t.services[name] ?? none).map((key) => t.ports[key] as ServicePort);
  const known = t.pendingServices[name] !== undefined;
  if (equal(previous, current)) {
    if (known) t.pendingCount -= 1;
    delete t.pendingServices[name];
  } else {
    if (!known) t.pendingCount += 1;
    t.pendingServices[name] = current.length === 0 ? none : share(current.map((port) => share(port)) as readonly ServicePort[]);
  }
  return t.pendingCount > 0;
}

/** The Service a slice is of, `namespace/name`; null when it does not say. */
export function serviceOfSlice(slice: EndpointSlice): string | null {
  const service = slice.metadata.labels?.[serviceNameLabel];
  return service ? `${slice.metadata.namespace ?? ''}/${service}` : null;
}

/** A slice was added, changed or deleted. True when a sync is needed. */
export function endpointSliceUpdate(t: Tracker, slice: EndpointSlice, removed: boolean, log: Log): boolean {
  if (slice.addressType !== t.family) return false;
  const service = serviceOfSlice(slice);
  if (service === null) {
    log(`EndpointSlice ${slice.metadata.namespace ?? ''}/${slice.metadata.name}: no ${serviceNameLabel} label set`);
    return false;
  }
  const { name } = slice.metadata;
  const pending = t.pendingSlices[service];
  const waiting = pending?.find((each) => each.name === name);
  const known = waiting ? waiting.slice : t.slices[service]?.find((each) => each.metadata.name === name);
  if (removed ? !known : known && sameSlice(known, slice)) return false;
  const change: PendingSlice = { name, slice: removed ? null : slice };
  if (waiting) (pending as PendingSlice[])[(pending as PendingSlice[]).indexOf(waiting)] = change;
  else if (pending) pending.push(change);
  else t.pendingSlices[service] = [change];
  return true;
}

const sameSlice = (a: EndpointSlice, b: EndpointSlice): boolean => equal(a.endpoints ?? [], b.endpoints ?? []) && equal(a.ports ?? [], b.ports ?? []);

export interface Applied {
  /** Services of which something changed. */
  services: string[];
  /** Port keys whose rules must be made again, sorted. */
  changed: string[];
  /** Port keys that are gone, sorted. */
  removed: string[];
  /** A changed Service has, or had, a UDP port. */
  udp: boolean;
  /** A changed Service has a health check port. */
  health: boolean;
}

/** Takes what is pending into what is applied: the first step of a sync. */
export function applyChanges(t: Tracker, log: Log): Applied {
  const services = Object.keys(t.pendingServices);
  for (const name in t.pendingSlices) if (t.pendingServices[name] === undefined) services.push(name);
  const changed: string[] = [];
  const removed: string[] = [];
  const added: string[] = [];
  let udp = false;
  let health = false;
  for (const name of services) {
    const before = t.services[name] ?? none;
    for (const key of before) t.totalEndpoints -= t.endpoints[key]?.length ?? 0;
    const pending = t.pendingServices[name];
    if (pending) {
      const after: string[] = [];
      for (const port of pending) after.push(port.key);
      for (const key of before) {
        if (after.includes(key)) continue;
        delete t.ports[key];
        removed.push(key);
        if (key.endsWith(' UDP')) udp = true;
      }
      for (const port of pending) {
        if (port.healthCheckNodePort !== 0) health = true;
        if (t.ports[port.key] === undefined) added.push(port.key);
        t.ports[port.key] = port;
      }
      if (after.length === 0) delete t.services[name];
      else t.services[name] = share(after as readonly string[]);
    }
    const slices = t.pendingSlices[name];
    if (slices) applySlices(t, name, slices, log);
    for (const key of t.services[name] ?? none) {
      changed.push(key);
      t.totalEndpoints += t.endpoints[key]?.length ?? 0;
      if (key.endsWith(' UDP')) udp = true;
    }
  }
  t.pendingServices = {};
  t.pendingCount = 0;
  t.pendingSlices = {};
  changed.sort();
  reorder(t, changed, added, removed);
  return { services, changed, removed: removed.sort(), udp, health };
}

function applySlices(t: Tracker, name: string, pending: readonly PendingSlice[], log: Log): void {
  const slices = (t.slices[name] ?? none).slice();
  for (const { name: sliceName, slice } of pending) {
    const at = slices.findIndex((each) => each.metadata.name === sliceName);
    if (at < 0) {
      if (slice) slices.push(slice);
    } else if (slice) slices[at] = slice;
    else slices.splice(at, 1);
  }
  for (const key of t.endpointKeys[name] ?? none) delete t.endpoints[key];
  const slash = name.indexOf('/');
  const known = (t.services[name] ?? none).map((key) => t.ports[key] as ServicePort);
  const found = endpointsOfSlices(name.slice(0, slash), name.slice(slash + 1), slices, known, t.family, t.nodeName, log);
  for (const [key, endpoints] of found) t.endpoints[key] = share(endpoints as readonly Endpoint[]);
  if (slices.length > 0) t.slices[name] = share(slices as readonly EndpointSlice[]);
  else delete t.slices[name];
  if (found.length > 0) t.endpointKeys[name] = keysOf(found, t.services[name]);
  else delete t.endpointKeys[name];
}

/** Mostly they are the keys of the Service's ports: the same list then. */
function keysOf(found: readonly [string, unknown][], ports: readonly string[] | undefined): readonly string[] {
  if (ports && ports.length === found.length && found.every(([key], i) => key === ports[i])) return ports;
  return share(found.map(([key]) => key) as readonly string[]);
}

/** Few keys are put in their places, many are sorted anew. */
function reorder(t: Tracker, changed: readonly string[], added: readonly string[], removed: readonly string[]): void {
  if (added.length === 0 && removed.length === 0) return;
  if (added.length + removed.length > 16) {
    const count = t.order.length + added.length - removed.length;
    t.order = share((changed.length === count ? changed.slice() : Object.keys(t.ports).sort()) as readonly string[]);
    return;
  }
  const order = [...t.order];
  for (const key of removed) order.splice(placeOf(order, key), 1);
  for (const key of added) order.splice(placeOf(order, key), 0, key);
  t.order = share(order as readonly string[]);
}

export function placeOf(order: readonly string[], key: string): number {
  let [low, high] = [0, order.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((order[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
