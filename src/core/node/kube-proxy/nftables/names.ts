/** Names of the objects of nftables mode. Models pkg/proxy/nftables/proxier.go, v1.36.2. */
import { hash16 } from '../../../contracts/hash16.ts';
import type { Endpoint } from '../tracking/endpoints.ts';
import type { ServicePort } from '../tracking/service-port.ts';

export const table = 'kube-proxy';

const maxNameLength = 240;

const cut = (name: string): string => (name.length > maxNameLength ? `${name.slice(0, maxNameLength - 3)}...` : name);

/** Hash and readable name, what all chains of a Service port end with. */
export function baseName(port: ServicePort): string {
  const name = `${port.namespace}/${port.name}/${port.protocol.toLowerCase()}/${port.portName}`;
  return `${hash16(name).slice(0, 8)}-${name}`;
}

export const serviceChain = (base: string): string => cut(`service-${base}`);
export const localChain = (base: string): string => cut(`local-${base}`);
export const externalChain = (base: string): string => cut(`external-${base}`);
export const firewallChain = (base: string): string => cut(`firewall-${base}`);

/** Colons are not allowed in names: IPv6 addresses have dots instead. */
export function endpointName(port: ServicePort, endpoint: Endpoint): string {
  const name = `${port.namespace}/${port.name}/${port.protocol.toLowerCase()}/${port.portName}__${endpoint.ip.replaceAll(':', '.')}/${endpoint.port}`;
  return `${hash16(name).slice(0, 8)}-${name}`;
}
export const endpointChain = (name: string): string => cut(`endpoint-${name}`);
export const affinitySet = (name: string): string => cut(`affinity-${name}`);

/** A chain of one Service; a base chain or helper is none. */
export const isServiceChain = (chain: string): boolean => chain.includes('/');
export const isAffinitySet = (set: string): boolean => set.startsWith('affinity-');
