/** What the lesson leaves clear of its veil, and what a word of its text points at. Small: the map reads it whether there is a lesson or not. */
import { create } from 'zustand';
import type { PodRecord, ServiceRecord } from '../../core/index.ts';

export interface Veil {
  /** Parts by name; null: no veil. */
  clear: readonly string[] | null;
  /** Under the pointer in the text; '' for none. */
  pointed: string;
  /** The run rests because the lesson says so. */
  rests: boolean;
}
export const useVeil = create<Veil>()(() => ({ clear: null, pointed: '', rests: false }));

export interface Known {
  glass: string;
  pods: readonly PodRecord[];
  services: readonly ServiceRecord[];
}

const tables: ReadonlySet<string> = new Set(['cgroups', 'routes', 'conntrack', 'netfilter']);
const addresses: Record<string, string> = { apiServer: 'apiserver', controllerManager: 'controller-manager', kubeProxy: 'kube-proxy' };

/** Records that `name` (`pod/web-*`, `service/web`, `node/worker-1`, `worker-1/kubelet`, `client`) stands for. */
export function recordsNamed(name: string, { glass, pods, services }: Known): string[] {
  const slash = name.indexOf('/');
  const [kind, rest] = slash < 0 ? ['', name] : [name.slice(0, slash), name.slice(slash + 1)];
  const ours = pods.filter((pod) => pod.namespace !== 'kube-system');
  if (kind === 'pod') return (rest.startsWith('coredns') ? pods : ours).filter((pod) => fits(rest, pod.name)).map((pod) => pod.id);
  if (kind === 'service') {
    const found = services.filter((service) => fits(rest, service.name));
    const names = new Set(found.flatMap((service) => service.endpoints.map((e) => `${service.namespace}/${e.pod}`)));
    return [...found.map((service) => service.id), ...pods.filter((pod) => names.has(`${pod.namespace}/${pod.name}`)).map((pod) => pod.id)];
  }
  if (kind === 'node') return [`node/${rest}`];
  const part = addresses[rest] ?? rest;
  if (kind !== '') return tables.has(rest) ? [`kernel/${kind}/${rest}`] : [`component/${kind}/${part}`, ...(kind === glass ? [] : [`node/${kind}`])];
  return tables.has(rest) ? [`kernel/${glass}/${rest}`] : [`component/${part}`, `component/${glass}/${part}`];
}

/** `*` stands for any characters. */
function fits(pattern: string, text: string): boolean {
  const parts = pattern.split('*');
  if (parts.length === 1) return pattern === text;
  let at = 0;
  for (const [i, part] of parts.entries()) {
    if (i === parts.length - 1) return text.length >= at + part.length && text.endsWith(part);
    const found = text.indexOf(part, at);
    if (found < 0 || (i === 0 && found !== 0)) return false;
    at = found + part.length;
  }
  return true;
}
