/** Services, EndpointSlices and namespaces of the API → the zone that is served. */
import type { KubeObject } from '../../api/types.ts';
import type { Zone, ZonePort } from './answer.ts';

interface ServiceLike {
  metadata: { name: string; namespace?: string };
  spec?: { clusterIP?: string; clusterIPs?: string[]; externalName?: string; type?: string; ports?: { name?: string; port: number; protocol?: string }[] };
}
interface SliceLike {
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
  endpoints?: { addresses?: string[]; hostname?: string; conditions?: { ready?: boolean } }[];
  ports?: { name?: string; port?: number; protocol?: string }[];
}

export const emptyZone = (domain: string): Zone => ({ domain, services: {}, slices: {}, namespaces: {}, localIPs: [], serial: 0 });

const ports = (list: { name?: string; port?: number; protocol?: string }[] | undefined): ZonePort[] =>
  (list ?? []).flatMap((p) => (p.port === undefined ? [] : [{ name: p.name ?? '', port: p.port, protocol: p.protocol ?? 'TCP' }]));

/** One change of a watch. */
export function applyToZone(zone: Zone, kind: string, object: KubeObject, deleted: boolean): void {
  const { name, namespace = '' } = (object as unknown as ServiceLike).metadata;
  const key = `${namespace}/${name}`;
  if (kind === 'namespaces') {
    if (deleted) delete zone.namespaces[name];
    else zone.namespaces[name] = true;
    return;
  }
  if (kind === 'services') {
    if (deleted) {
      delete zone.services[key];
      return;
    }
    const { spec = {} } = object as unknown as ServiceLike;
    const ips = (spec.clusterIPs ?? (spec.clusterIP ? [spec.clusterIP] : [])).filter((ip) => ip !== 'None' && ip !== '');
    zone.services[key] = {
      name,
      namespace,
      clusterIPs: ips,
      externalName: spec.type === 'ExternalName' ? (spec.externalName ?? '') : '',
      ports: ports(spec.ports),
    };
    return;
  }
  const slice = object as unknown as SliceLike;
  const service = slice.metadata.labels?.['kubernetes.io/service-name'];
  if (deleted || service === undefined) {
    delete zone.slices[key];
    return;
  }
  const endpoints: { ip: string; hostname: string }[] = [];
  for (const e of slice.endpoints ?? [])
    if (e.conditions?.ready !== false) for (const ip of e.addresses ?? []) endpoints.push({ ip, hostname: e.hostname ?? '' });
  zone.slices[key] = { namespace, service, ports: ports(slice.ports), endpoints };
}
