import { ageOf } from '../../api/print/human-duration.ts';
import { formatLabelSelector } from '../../api/selector.ts';
import type { Endpoint, EndpointSlice, KubeObject, Labels, Service } from '../../api/types.ts';
import { byCodePoint } from './json.ts';
import type { Table } from './tables.ts';

// biome-ignore lint/suspicious/noExplicitAny: objects of kinds without types
type Any = any;

const age = (o: KubeObject, epochMs: number): string => ageOf(o.metadata.creationTimestamp, epochMs);

/** labels.FormatLabels. */
export function formatLabels(labels: Labels | undefined): string {
  const keys = Object.keys(labels ?? {}).sort(byCodePoint);
  return keys.length === 0 ? '<none>' : keys.map((k) => `${k}=${(labels as Labels)[k]}`).join(',');
}

function externalIP(svc: Service, wide: boolean): string {
  const ips = svc.spec.externalIPs ?? [];
  switch (svc.spec.type) {
    case 'NodePort':
    case 'ClusterIP':
    case undefined:
      return ips.length > 0 ? ips.join(',') : '<none>';
    case 'LoadBalancer': {
      const ingress = [...new Set((svc.status?.loadBalancer?.ingress ?? []).map((i) => i.ip || i.hostname || ''))].filter((i) => i !== '').sort(byCodePoint);
      let text = ingress.join(',');
      if (!wide && text.length > 16) text = `${text.slice(0, 13)}...`;
      if (ips.length > 0) return [...(text === '' ? [] : [text]), ...ips].join(',');
      return text === '' ? '<pending>' : text;
    }
    case 'ExternalName':
      return svc.spec.externalName ?? '';
    default:
      return '<unknown>';
  }
}

function ports(svc: Service): string {
  const out = (svc.spec.ports ?? []).map((p) => (p.nodePort ? `${p.port}:${p.nodePort}/${p.protocol ?? 'TCP'}` : `${p.port}/${p.protocol ?? 'TCP'}`));
  return out.length === 0 ? '<none>' : out.join(',');
}

const serviceRow = (object: KubeObject, epochMs: number, wide: boolean): string[] => {
  const svc = object as Service;
  const ip = svc.spec.clusterIPs?.[0] || svc.spec.clusterIP;
  return [svc.metadata.name, svc.spec.type ?? 'ClusterIP', ip || '<none>', externalIP(svc, wide), ports(svc), age(svc, epochMs)];
};

/** At most three, then how many more. */
function three(list: string[], count: number, none: string): string {
  if (count === 0) return none;
  return list.slice(0, 3).join(',') + (count > 3 ? ` + ${count - 3} more...` : '');
}

/** formatEndpoints: `ip:port` by port, ready addresses only. */
export function formatEndpoints(subsets: { addresses?: { ip: string }[]; ports?: { name?: string; port: number }[] }[] | undefined, portName?: string): string {
  const all: string[] = [];
  let any = false;
  for (const subset of subsets ?? []) {
    const named = subset.ports ?? [];
    if (named.length === 0) {
      for (const a of subset.addresses ?? []) {
        all.push(a.ip);
        any = true;
      }
    } else
      for (const p of named) {
        if (portName !== undefined && (p.name ?? '') !== portName) continue;
        for (const a of subset.addresses ?? []) {
          all.push(`${a.ip.includes(':') ? `[${a.ip}]` : a.ip}:${p.port}`);
          any = true;
        }
      }
  }
  return any ? three(all, all.length, '<none>') : '<none>';
}

function sliceRow(object: KubeObject, epochMs: number): string[] {
  const slice = object as EndpointSlice;
  const numbers = (slice.ports ?? []).map((p) => (p.port === undefined || p.port === null ? '*' : String(p.port)));
  const addresses = (slice.endpoints ?? []).flatMap((e: Endpoint) => e.addresses);
  return [
    slice.metadata.name,
    slice.addressType,
    three(numbers, numbers.length, '<unset>'),
    three(addresses, addresses.length, '<unset>'),
    age(slice, epochMs),
  ];
}

function ingressRow(object: KubeObject, epochMs: number): string[] {
  const spec = object.spec ?? {};
  const hosts = [...new Set((spec.rules ?? []).map((r: Any) => r.host || '*'))] as string[];
  const address = ((object.status?.loadBalancer?.ingress ?? []) as Any[]).map((i) => i.ip || i.hostname || '').join(',');
  return [
    object.metadata.name,
    spec.ingressClassName ?? '<none>',
    hosts.length === 0 ? '*' : three(hosts, hosts.length, '*'),
    address,
    (spec.tls ?? []).length > 0 ? '80, 443' : '80',
    age(object, epochMs),
  ];
}

export const serviceTables: Record<string, Table> = {
  services: {
    columns: ['NAME', 'TYPE', 'CLUSTER-IP', 'EXTERNAL-IP', 'PORT(S)', 'AGE'],
    wide: ['SELECTOR'],
    row: (o, epochMs) => serviceRow(o, epochMs, false),
    wideRow: (o, epochMs) => [...serviceRow(o, epochMs, true), formatLabels(o.spec.selector)],
  },
  endpoints: {
    columns: ['NAME', 'ENDPOINTS', 'AGE'],
    row: (o, epochMs) => [o.metadata.name, formatEndpoints(o.subsets), age(o, epochMs)],
  },
  'endpointslices.discovery.k8s.io': { columns: ['NAME', 'ADDRESSTYPE', 'PORTS', 'ENDPOINTS', 'AGE'], row: sliceRow },
  'ingresses.networking.k8s.io': { columns: ['NAME', 'CLASS', 'HOSTS', 'ADDRESS', 'PORTS', 'AGE'], row: ingressRow },
  'ingressclasses.networking.k8s.io': {
    columns: ['NAME', 'CONTROLLER', 'PARAMETERS', 'AGE'],
    row: (o, epochMs) => {
      const p = o.spec?.parameters;
      return [o.metadata.name, o.spec?.controller ?? '', p ? `${p.kind}${p.apiGroup ? `.${p.apiGroup}` : ''}/${p.name}` : '<none>', age(o, epochMs)];
    },
  },
  'networkpolicies.networking.k8s.io': {
    columns: ['NAME', 'POD-SELECTOR', 'AGE'],
    row: (o, epochMs) => [o.metadata.name, formatLabelSelector(o.spec?.podSelector), age(o, epochMs)],
  },
  'servicecidrs.networking.k8s.io': {
    columns: ['NAME', 'CIDRS', 'AGE'],
    row: (o, epochMs) => [o.metadata.name, (o.spec?.cidrs ?? []).join(','), age(o, epochMs)],
  },
  'ipaddresses.networking.k8s.io': {
    columns: ['NAME', 'PARENTREF'],
    row: (o) => {
      const p = o.spec?.parentRef;
      return [o.metadata.name, p ? `${p.resource}${p.group ? `.${p.group}` : ''}/${p.namespace ? `${p.namespace}/` : ''}${p.name}` : '<none>'];
    },
  },
};
