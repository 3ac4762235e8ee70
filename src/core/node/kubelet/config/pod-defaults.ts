/** Defaults that a static pod gets on the node, as no API server has seen it. Models pkg/apis/core/v1/defaults.go and pkg/kubelet/config/common.go, v1.36.2. */
import { clone } from '../../../api/equal.ts';
import type { Container, Pod, PodSpec, Probe, Volume } from '../../../api/types.ts';
import { fnv1a } from '../../../engine/random.ts';

export type StaticPodAnswer = { pod: Pod } | { error: string };

export interface StaticPodSource {
  /** `file` or `http`. */
  kind: 'file' | 'http';
  /** The file's path, or the URL. */
  path: string;
  nodeName: string;
  /** When the kubelet first saw it, RFC 3339 with nanoseconds. */
  seen: string;
}

/** A pod from a manifest: named after the node, with a UID that is the hash of its contents. An error is what the kubelet logs. */
export function staticPod(manifest: unknown, source: StaticPodSource): StaticPodAnswer {
  const given = manifest as Partial<Pod> | null;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return { error: 'invalid pod: expected an object' };
  if (given.kind !== 'Pod' || given.apiVersion !== 'v1')
    return { error: `invalid pod: no kind "${given.kind ?? ''}" is registered for version "${given.apiVersion ?? ''}"` };
  const problem = invalid(given);
  if (problem !== undefined) return { error: `invalid pod: ${problem}` };
  const pod = clone(given) as Pod;
  const metadata = pod.metadata;
  const uid = typeof metadata.uid === 'string' && metadata.uid !== '' ? metadata.uid : contentHash(given, source);
  const annotations: Record<string, string> = {
    ...metadata.annotations,
    'kubernetes.io/config.hash': uid,
    'kubernetes.io/config.seen': source.seen,
    'kubernetes.io/config.source': source.kind,
  };
  pod.metadata = {
    ...metadata,
    name: `${metadata.name}-${source.nodeName.toLowerCase()}`,
    namespace: metadata.namespace || 'default',
    uid,
    resourceVersion: '',
    creationTimestamp: '',
    annotations,
  };
  pod.spec = defaultSpec(pod.spec);
  pod.spec.nodeName = source.nodeName;
  if (source.kind === 'file') pod.spec.tolerations = [...(pod.spec.tolerations ?? []), { effect: 'NoExecute', operator: 'Exists' }];
  pod.status = { phase: 'Pending' };
  return { pod };
}

/** The first thing that validation would refuse, of what the kubelet itself relies on. */
function invalid(pod: Partial<Pod>): string | undefined {
  const name: unknown = pod.metadata?.name;
  if (typeof name !== 'string' || name === '') return 'metadata.name: Required value';
  if (name.length > 253 || !/^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/.test(name)) return `metadata.name: Invalid value: ${JSON.stringify(name)}`;
  const containers: unknown = pod.spec?.containers;
  if (!Array.isArray(containers) || containers.length === 0) return 'spec.containers: Required value';
  const all: unknown[] = [...containers, ...(Array.isArray(pod.spec?.initContainers) ? pod.spec.initContainers : [])];
  for (const [i, container] of all.entries()) {
    const { name: own, image } = (container ?? {}) as { name?: unknown; image?: unknown };
    if (typeof own !== 'string' || own === '') return `spec.containers[${i}].name: Required value`;
    if (typeof image !== 'string' || image === '') return `spec.containers[${i}].image: Required value`;
  }
  return undefined;
}

/** 32 hexadecimal digits. Simplified: upstream's MD5; here four FNV hashes of the same contents. */
function contentHash(manifest: unknown, source: StaticPodSource): string {
  const text = `host:${source.nodeName}${source.kind === 'file' ? 'file' : 'url'}:${source.path}${JSON.stringify(manifest)}`;
  return [0x811c9dc5, 1, 2, 3].map((seed) => fnv1a(text, seed).toString(16).padStart(8, '0')).join('');
}

function defaultSpec(given: PodSpec): PodSpec {
  const spec: PodSpec = {
    dnsPolicy: 'ClusterFirst',
    enableServiceLinks: true,
    restartPolicy: 'Always',
    schedulerName: 'default-scheduler',
    securityContext: {},
    terminationGracePeriodSeconds: 30,
    ...given,
  };
  spec.containers = spec.containers.map((container) => defaultContainer(container, spec.hostNetwork === true));
  if (Array.isArray(spec.initContainers)) spec.initContainers = spec.initContainers.map((container) => defaultContainer(container, spec.hostNetwork === true));
  if (Array.isArray(spec.volumes)) spec.volumes = spec.volumes.map(defaultVolume);
  return spec;
}

function defaultContainer(given: Container, hostNetwork: boolean): Container {
  const name = given.image.slice(given.image.lastIndexOf('/') + 1);
  const latest = !name.includes(':') || name.endsWith(':latest');
  const container: Container = {
    imagePullPolicy: latest && !name.includes('@') ? 'Always' : 'IfNotPresent',
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    ...given,
  };
  const { limits, requests } = given.resources ?? {};
  container.resources = limits ? { ...given.resources, requests: { ...limits, ...requests } } : (given.resources ?? {});
  if (Array.isArray(given.ports))
    container.ports = given.ports.map((port) => ({
      protocol: 'TCP',
      ...(hostNetwork && port.hostPort === undefined ? { hostPort: port.containerPort } : {}),
      ...port,
    }));
  for (const kind of ['livenessProbe', 'readinessProbe', 'startupProbe'] as const) if (given[kind]) container[kind] = defaultProbe(given[kind] as Probe);
  return container;
}

function defaultProbe(given: Probe): Probe {
  const probe: Probe = { failureThreshold: 3, periodSeconds: 10, successThreshold: 1, timeoutSeconds: 1, ...given };
  if (given.httpGet) probe.httpGet = { path: '/', scheme: 'HTTP', ...given.httpGet };
  return probe;
}

function defaultVolume(given: Volume): Volume {
  const volume: Volume = { ...given };
  for (const kind of ['configMap', 'secret', 'projected', 'downwardAPI'] as const)
    if (given[kind]) (volume as Record<string, unknown>)[kind] = { defaultMode: 420, ...given[kind] };
  if (given.hostPath) volume.hostPath = { type: '', ...given.hostPath };
  if (Object.keys(given).length === 1) volume.emptyDir = {};
  return volume;
}
