/** What is odd in a pod but accepted. Models pkg/api/pod/warnings.go and pkg/api/node/util.go, v1.36.2 (the commoner ones). */
import { canonicalQuantity, quantityMilli } from '../../../api/quantity.ts';
import type { Container, ContainerPort, PodSpec } from '../../../api/types.ts';

const deprecatedLabels: Record<string, string> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};

const deprecatedAnnotations: Record<string, string> = {
  'scheduler.alpha.kubernetes.io/critical-pod': 'non-functional in v1.16+; use the "priorityClassName" field instead',
  'security.alpha.kubernetes.io/sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
  'security.alpha.kubernetes.io/unsafe-sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
};

const deprecatedVolumes: Record<string, string> = {
  photonPersistentDisk: 'deprecated in v1.11, non-functional in v1.16+',
  gitRepo: 'deprecated in v1.11',
  scaleIO: 'deprecated in v1.16, non-functional in v1.22+',
  flocker: 'deprecated in v1.22, non-functional in v1.25+',
  storageos: 'deprecated in v1.22, non-functional in v1.25+',
  quobyte: 'deprecated in v1.22, non-functional in v1.25+',
  glusterfs: 'deprecated in v1.25, non-functional in v1.26+',
  cephfs: 'deprecated in v1.28, non-functional in v1.31+',
  rbd: 'deprecated in v1.28, non-functional in v1.31+',
};

/** `path` is where the template stands, '' for a pod. */
export function podWarnings(spec: PodSpec, annotations: Record<string, string> | undefined, path: string): string[] {
  const at = (field: string): string => (path ? `${path}.${field}` : field);
  const out: string[] = [];
  for (const key of Object.keys(spec.nodeSelector ?? {}))
    if (Object.hasOwn(deprecatedLabels, key)) out.push(`${at('spec.nodeSelector')}[${key}]: ${deprecatedLabels[key]}`);
  for (const key of Object.keys(deprecatedAnnotations))
    if (annotations?.[key] !== undefined) out.push(`${at('metadata.annotations')}[${key}]: ${deprecatedAnnotations[key]}`);
  (spec.volumes ?? []).forEach((volume, i) => {
    for (const field of Object.keys(deprecatedVolumes))
      if (volume[field] !== undefined) out.push(`${at('spec.volumes')}[${i}].${field}: ${deprecatedVolumes[field]}`);
  });
  duplicates(spec.hostAliases, 'ip', at('spec.hostAliases'), out);
  duplicates(spec.imagePullSecrets, 'name', at('spec.imagePullSecrets'), out);
  const containers = allContainers(spec, at);
  for (const [container, where] of containers) {
    fractions(container, where, out);
    hiddenEnv(container, where, out);
  }
  ports(containers, out);
  return out;
}

type Placed = [container: Container, path: string];

const allContainers = (spec: PodSpec, at: (field: string) => string): Placed[] =>
  (['initContainers', 'containers', 'ephemeralContainers'] as const).flatMap((list) =>
    (spec[list] ?? []).map((c, i): Placed => [c, `${at(`spec.${list}`)}[${i}]`]),
  );

function duplicates(list: unknown[] | undefined, key: string, path: string, out: string[]): void {
  const seen = new Set<unknown>();
  (list ?? []).forEach((item, i) => {
    const value = (item as Record<string, unknown>)[key];
    if (seen.has(value)) out.push(`${path}[${i}].${key}: duplicate ${key} ${JSON.stringify(value)}`);
    seen.add(value);
  });
}

function fractions({ resources }: Container, path: string, out: string[]): void {
  for (const name of ['memory', 'ephemeral-storage']) {
    for (const list of ['limits', 'requests'] as const) {
      const quantity = resources?.[list]?.[name];
      if (quantity !== undefined && quantityMilli(quantity) % 1000 !== 0)
        out.push(`${path}.resources.${list}[${name}]: fractional byte value "${canonicalQuantity(quantity)}" is invalid, must be an integer`);
    }
  }
}

/** A second definition is fine only when it refers to the first. */
function hiddenEnv({ env }: Container, path: string, out: string[]): void {
  const seen = new Set<string>();
  (env ?? []).forEach(({ name, value, valueFrom }, i) => {
    const reference = `$(${name})`;
    if (seen.has(name) && (valueFrom !== undefined || value === reference || !(value ?? '').includes(reference)))
      out.push(`${path}.env[${i}]: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`);
    seen.add(name);
  });
}

function ports(containers: Placed[], out: string[]): void {
  const seen = new Map<string, { port: ContainerPort; path: string }[]>();
  for (const [container, where] of containers) {
    (container.ports ?? []).forEach((port, i) => {
      const path = `${where}.ports[${i}]`;
      const key = `${port.containerPort}/${port.protocol}`;
      const others = seen.get(key) ?? [];
      for (const other of others) {
        const how = overlap(port, other.port);
        if (how) out.push(`${path}: ${how} port definition with ${other.path}`);
      }
      seen.set(key, [...others, { port, path }]);
    });
  }
}

function overlap(a: ContainerPort, b: ContainerPort): string {
  const [hostA, hostB] = [a.hostPort ?? 0, b.hostPort ?? 0];
  const [ipA, ipB] = [a.hostIP ?? '', b.hostIP ?? ''];
  if (ipA === ipB && hostA === hostB) return 'duplicate';
  if (hostA === 0 || hostB === 0) return 'overlapping';
  return hostA === hostB && (ipA === '') !== (ipB === '') ? 'dangerously ambiguous' : '';
}
