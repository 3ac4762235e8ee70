/** How endpoints are packed into slices. Models staging/src/k8s.io/endpointslice/reconciler.go, v1.36.2. */
import { equal } from '../../api/equal.ts';
import type { Endpoint, EndpointPort, EndpointSlice, Labels, Service } from '../../api/types.ts';
import { controllerRef } from '../../contracts/client-go/owners.ts';
import { endpointHash, endpointsEqual } from './endpoints.ts';

export const serviceNameLabel = 'kubernetes.io/service-name';
export const managedByLabel = 'endpointslice.kubernetes.io/managed-by';
export const managedBy = 'endpointslice-controller.k8s.io';
const headlessLabel = 'service.kubernetes.io/headless';

/** Endpoints that have the same ports. */
export interface PortGroup {
  ports: EndpointPort[];
  endpoints: Endpoint[];
}
export interface SliceChanges {
  create: EndpointSlice[];
  update: EndpointSlice[];
  remove: EndpointSlice[];
  unchanged: EndpointSlice[];
}

/** @param groups wanted, by `portMapKey`; @param existing the Service's slices of this address type, by `portMapKey` */
export function reconcileByAddressType(
  service: Service,
  addressType: string,
  groups: Record<string, PortGroup>,
  existing: Record<string, EndpointSlice[]>,
  maxEndpointsPerSlice: number,
): SliceChanges {
  const changes: SliceChanges = { create: [], update: [], remove: [], unchanged: [] };
  let any = false;
  for (const key in groups) {
    any = true;
    reconcileByPortMapping(service, addressType, groups[key] as PortGroup, existing[key] ?? [], maxEndpointsPerSlice, changes);
  }
  for (const key in existing) if (!groups[key]) changes.remove.push(...(existing[key] as EndpointSlice[]));
  if (!any) {
    // A Service without endpoints has one empty slice.
    const placeholder = newSlice(service, addressType, null);
    const [only] = changes.remove;
    if (changes.remove.length === 1 && only && isPlaceholder(only) && equal(only.metadata.labels, placeholder.metadata.labels)) {
      changes.remove = [];
      changes.unchanged.push(only);
    } else changes.create.push(placeholder);
  }
  reuseNames(changes);
  return changes;
}

const isPlaceholder = (slice: EndpointSlice): boolean => (slice.endpoints?.length ?? 0) === 0 && (slice.ports?.length ?? 0) === 0;

/** One to delete and one to create make one to update. */
function reuseNames(changes: SliceChanges): void {
  while (changes.remove.length > 0 && changes.create.length > 0) {
    const old = changes.remove.shift() as EndpointSlice;
    const slice = changes.create.pop() as EndpointSlice;
    changes.update.push({ ...old, metadata: { ...old.metadata, labels: slice.metadata.labels as Labels }, endpoints: slice.endpoints, ports: slice.ports });
  }
}

function reconcileByPortMapping(service: Service, addressType: string, group: PortGroup, existing: EndpointSlice[], max: number, changes: SliceChanges): void {
  const wanted = new Map(group.endpoints.map((endpoint) => [endpointHash(endpoint), endpoint]));
  const toUpdate: EndpointSlice[] = [];
  let unchanged: EndpointSlice[] = [];
  for (const slice of existing) {
    const kept: Endpoint[] = [];
    let changed = false;
    for (const endpoint of slice.endpoints ?? []) {
      const hash = endpointHash(endpoint);
      const want = wanted.get(hash);
      if (!want) continue;
      wanted.delete(hash);
      if (endpointsEqual(want, endpoint)) kept.push(endpoint);
      else {
        kept.push(want);
        changed = true;
      }
    }
    const labels = sliceLabels(service, slice.metadata.labels ?? {});
    if (kept.length === 0) changes.remove.push(slice);
    else if (changed || kept.length !== (slice.endpoints?.length ?? 0) || !equal(labels, slice.metadata.labels ?? {}))
      toUpdate.push({ ...slice, metadata: { ...slice.metadata, labels }, endpoints: kept });
    else unchanged.push(slice);
  }
  const rest = [...wanted.values()];
  if (rest.length > 0) {
    toUpdate.sort((a, b) => (b.endpoints?.length ?? 0) - (a.endpoints?.length ?? 0));
    for (const slice of toUpdate) slice.endpoints = [...(slice.endpoints ?? []), ...rest.splice(0, max - (slice.endpoints?.length ?? 0))];
  }
  while (rest.length > 0) {
    const fill = rest.length < max ? sliceToFill(unchanged, rest.length, max) : undefined;
    if (fill) {
      unchanged = unchanged.filter((slice) => slice !== fill);
      const labels = sliceLabels(service, fill.metadata.labels ?? {});
      toUpdate.push({ ...fill, metadata: { ...fill.metadata, labels }, endpoints: [...(fill.endpoints ?? []), ...rest.splice(0)] });
    } else {
      const slice = newSlice(service, addressType, group.ports);
      slice.endpoints = rest.splice(0, max);
      changes.create.push(slice);
    }
  }
  changes.update.push(...toUpdate);
  changes.unchanged.push(...unchanged);
}

/** The fullest slice that still takes `count` more. */
function sliceToFill(slices: readonly EndpointSlice[], count: number, max: number): EndpointSlice | undefined {
  let best: EndpointSlice | undefined;
  for (const slice of slices) {
    const has = slice.endpoints?.length ?? 0;
    if (has + count <= max && (!best || has > (best.endpoints?.length ?? 0))) best = slice;
  }
  return best;
}

/** The labels of a slice: the Service's, and those that belong to the controller. */
function sliceLabels(service: Service, has: Labels): Labels {
  const labels: Labels = {};
  const from = service.metadata.labels ?? {};
  for (const key of Object.keys(from)) if (key !== headlessLabel && key !== serviceNameLabel && key !== managedByLabel) labels[key] = from[key] as string;
  if (service.spec.clusterIP === 'None' || (!service.spec.clusterIP && has[headlessLabel] !== undefined)) labels[headlessLabel] = '';
  labels[serviceNameLabel] = service.metadata.name;
  labels[managedByLabel] = managedBy;
  return labels;
}

function newSlice(service: Service, addressType: string, ports: EndpointPort[] | null): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      generateName: `${service.metadata.name}-`,
      namespace: service.metadata.namespace,
      labels: sliceLabels(service, {}),
      ownerReferences: [{ ...controllerRef(service), apiVersion: 'v1', kind: 'Service' }],
    } as unknown as EndpointSlice['metadata'],
    addressType: addressType as EndpointSlice['addressType'],
    endpoints: null,
    ports,
  };
}
