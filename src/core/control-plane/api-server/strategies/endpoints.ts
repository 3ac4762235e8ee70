/**
 * The layout of Endpoints: each port with the addresses that offer it, ports with the same addresses together, everything in an order that hashes decide.
 * Models pkg/registry/core/endpoint/strategy.go Canonicalize and pkg/api/endpoints/util.go RepackSubsets, v1.36.2.
 */
import { md5 } from '@noble/hashes/legacy.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { EndpointPort, KubeObject, ObjectReference } from '../../../api/types.ts';
import type { Strategy } from './strategy.ts';

export const endpointsStrategy: Strategy = {
  canonicalize(object) {
    const { subsets } = object as KubeObject & { subsets?: Subset[] };
    if (subsets) (object as KubeObject & { subsets?: Subset[] }).subsets = repackSubsets(subsets);
  },
};

export interface EndpointAddress {
  ip: string;
  hostname?: string;
  nodeName?: string;
  targetRef?: ObjectReference;
}
export interface Subset {
  addresses?: EndpointAddress[];
  notReadyAddresses?: EndpointAddress[];
  ports?: EndpointPort[];
}

export function repackSubsets(subsets: readonly Subset[]): Subset[] {
  const known = new Map<string, EndpointAddress>();
  /** Dump of a port → the port, and key of an address → ready. */
  const byPort = new Map<string, { port: EndpointPort; addresses: Map<string, boolean> }>();
  const add = (address: EndpointAddress, port: EndpointPort, ready: boolean): void => {
    const key = `${address.ip} ${address.targetRef?.uid ?? ''}`;
    if (!known.has(key)) known.set(key, address);
    const name = dumpPort(port);
    const entry = byPort.get(name) ?? { port, addresses: new Map<string, boolean>() };
    byPort.set(name, entry);
    // Not ready always trumps ready.
    entry.addresses.set(key, ready && entry.addresses.get(key) !== false);
  };
  for (const subset of subsets)
    for (const port of subset.ports ?? []) {
      for (const address of subset.addresses ?? []) add(address, port, true);
      for (const address of subset.notReadyAddresses ?? []) add(address, port, false);
    }
  const groups = new Map<string, { ports: EndpointPort[]; addresses: Map<string, boolean> }>();
  for (const { port, addresses } of byPort.values()) {
    const key = [...addresses].map(([address, ready]) => `${address} ${ready}`).sort();
    const group = groups.get(key.join('\n')) ?? { ports: [], addresses };
    group.ports.push(port);
    groups.set(key.join('\n'), group);
  }
  const packed = [...groups.values()].map(({ ports, addresses }): Subset => {
    const those = (ready: boolean): EndpointAddress[] => [...addresses].filter(([, is]) => is === ready).map(([key]) => known.get(key) as EndpointAddress);
    const [ready, notReady] = [those(true).sort(byAddress), those(false).sort(byAddress)];
    return {
      ...(ready.length > 0 ? { addresses: ready } : {}),
      ...(notReady.length > 0 ? { notReadyAddresses: notReady } : {}),
      ports: byHash(ports, dumpPort),
    };
  });
  return byHash(packed, dumpSubset);
}

/** Addresses as text, byte by byte: .10 comes before .2. */
const byAddress = (a: EndpointAddress, b: EndpointAddress): number => compare(a.ip, b.ip) || compare(a.targetRef?.uid ?? '', b.targetRef?.uid ?? '');
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function byHash<T>(items: readonly T[], dump: (item: T) => string): T[] {
  if (items.length < 2) return [...items];
  return items
    .map((item) => ({ item, hash: bytesToHex(md5(utf8ToBytes(dump(item)))) }))
    .sort((a, b) => compare(a.hash, b.hash))
    .map(({ item }) => item);
}

// What Go's spew prints of the internal types with %#v, which is what is hashed.

const pointer = (value: string | undefined): string => `(*string)${value ?? '<nil>'}`;
const portFields = (p: EndpointPort): string =>
  `{Name:(string)${p.name ?? ''} Port:(int32)${p.port ?? 0} Protocol:(core.Protocol)${p.protocol ?? ''} AppProtocol:${pointer(p.appProtocol)}}`;
const dumpPort = (p: EndpointPort): string => `(core.EndpointPort)${portFields(p)}`;

const dumpSubset = (s: Subset): string =>
  `(core.EndpointSubset){Addresses:${addressList(s.addresses)} NotReadyAddresses:${addressList(s.notReadyAddresses)} Ports:([]core.EndpointPort)[${(s.ports ?? []).map(portFields).join(' ')}]}`;

function addressList(addresses: readonly EndpointAddress[] | undefined): string {
  if (!addresses) return '([]core.EndpointAddress)<nil>';
  const one = (a: EndpointAddress): string =>
    `{IP:(string)${a.ip} Hostname:(string)${a.hostname ?? ''} NodeName:${pointer(a.nodeName)} TargetRef:(*core.ObjectReference)${reference(a.targetRef)}}`;
  return `([]core.EndpointAddress)[${addresses.map(one).join(' ')}]`;
}

const reference = (r: ObjectReference | undefined): string =>
  r
    ? `{Kind:(string)${r.kind ?? ''} Namespace:(string)${r.namespace ?? ''} Name:(string)${r.name ?? ''} UID:(types.UID)${r.uid ?? ''} APIVersion:(string)${r.apiVersion ?? ''} ResourceVersion:(string)${r.resourceVersion ?? ''} FieldPath:(string)${r.fieldPath ?? ''}}`
    : '<nil>';
