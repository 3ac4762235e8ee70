/** Fields and resources of a pod as text: the downward API. Models pkg/fieldpath/fieldpath.go and pkg/api/v1/resource/helpers.go, v1.36.2. */
import { quantityMilli, quantityValue } from '../../api/quantity.ts';
import type { Container, Pod, Quantity, ResourceList } from '../../api/types.ts';

export type DownwardValue = { value: string } | { error: string };

/** strconv.Quote, of what labels and annotations hold. */
export const goQuote = (text: string): string =>
  JSON.stringify(text)
    .replace(/\\u00([01][0-9a-f])/g, '\\x$1')
    .replaceAll('\u007f', '\\x7f');

/** `key="value"` lines, sorted by key, without a newline at the end. */
export function formatMap(map: Readonly<Record<string, string>> | undefined): string {
  return Object.keys(map ?? {})
    .sort()
    .map((key) => `${key}=${goQuote(map?.[key] ?? '')}`)
    .join('\n');
}

/** A field of metadata or spec, as volumes may have it. */
export function extractFieldPath(pod: Pod, path: string): DownwardValue {
  const subscript = /^(metadata\.(?:annotations|labels))\['(.*)'\]$/.exec(path);
  if (subscript) {
    const map = subscript[1] === 'metadata.labels' ? pod.metadata.labels : pod.metadata.annotations;
    const key = subscript[2] as string;
    return { value: map && Object.hasOwn(map, key) ? (map[key] as string) : '' };
  }
  switch (path) {
    case 'metadata.annotations':
      return { value: formatMap(pod.metadata.annotations) };
    case 'metadata.labels':
      return { value: formatMap(pod.metadata.labels) };
    case 'metadata.name':
      return { value: pod.metadata.name };
    case 'metadata.namespace':
      return { value: pod.metadata.namespace ?? '' };
    case 'metadata.uid':
      return { value: pod.metadata.uid };
    default:
      return { error: `unsupported fieldPath: ${path}` };
  }
}

export interface HostAddresses {
  nodeName: string;
  hostIPs: readonly string[];
  podIPs: readonly string[];
}

/** A field as environment variables may have it. Models podFieldSelectorRuntimeValue. */
export function podFieldSelectorRuntimeValue(pod: Pod, path: string, host: HostAddresses): DownwardValue {
  switch (path) {
    case 'spec.nodeName':
      return { value: pod.spec.nodeName ?? host.nodeName };
    case 'spec.serviceAccountName':
      return { value: pod.spec.serviceAccountName ?? '' };
    case 'status.hostIP':
      return { value: host.hostIPs[0] ?? '' };
    case 'status.hostIPs':
      return { value: host.hostIPs.join(',') };
    case 'status.podIP':
      return { value: host.podIPs[0] ?? '' };
    case 'status.podIPs':
      return { value: host.podIPs.join(',') };
    default:
      return extractFieldPath(pod, path);
  }
}

/**
 * `limits.cpu`, `requests.memory`, … in units of `divisor`, rounded up. A limit that is not set is the pod's or what the node can allocate.
 * Models ExtractContainerResourceValue with defaultPodLimitsForDownwardAPI.
 */
export function containerResourceValue(
  pod: Pod,
  container: Container,
  ref: { resource: string; divisor?: Quantity },
  allocatable: ResourceList | undefined,
): DownwardValue {
  const dot = ref.resource.indexOf('.');
  const [kind, name] = [ref.resource.slice(0, dot), ref.resource.slice(dot + 1)];
  if ((kind !== 'limits' && kind !== 'requests') || !/^(cpu|memory|ephemeral-storage|hugepages-.+)$/.test(name))
    return { error: `unsupported container resource : ${ref.resource}` };
  let quantity = container.resources?.[kind]?.[name];
  if (kind === 'limits' && quantity === undefined && !name.startsWith('hugepages-')) quantity = pod.spec.resources?.limits?.[name] ?? allocatable?.[name];
  if (name === 'cpu') {
    const divisor = quantityMilli(ref.divisor) || 1000;
    return { value: String(Math.ceil(quantityMilli(quantity) / divisor)) };
  }
  const divisor = quantityValue(ref.divisor) || 1;
  return { value: String(Math.ceil(quantityValue(quantity) / divisor)) };
}

/** The container that a resourceFieldRef of a volume names. */
export const findContainer = (pod: Pod, name: string | undefined): Container | undefined =>
  [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find((c) => c.name === name);
