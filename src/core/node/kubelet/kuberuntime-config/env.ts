/** A container's environment. Models pkg/kubelet/kubelet_pods.go makeEnvironmentVariables and pkg/kubelet/envvars, v1.36.2. */
import type { Container, EnvVar, KubeObject, Pod, ResourceList, Service } from '../../../api/types.ts';
import { decodeBase64 } from '../base64.ts';
import { containerResourceValue, findContainer, type HostAddresses, podFieldSelectorRuntimeValue } from '../downward.ts';
import { expand, mappingFor, maxMessageBytes } from './expansion.ts';
import type { Lookup, PodObjects } from './objects.ts';

export interface EnvInput {
  pod: Pod;
  container: Container;
  host: HostAddresses;
  objects: PodObjects;
  services: Readonly<Record<string, KubeObject>>;
  allocatable: ResourceList | undefined;
}
/** `tooLarge`: bytes of the values, when they are more than a message of the CRI holds. */
export type EnvAnswer = { env: Record<string, string>; events: string[] } | { error: string; tooLarge?: number };

/** In order: envFrom and env as the spec has them, then service variables. `events`: words of Warning InvalidEnvironmentVariableNames on the pod. */
export function makeEnvironmentVariables(input: EnvInput): EnvAnswer {
  const { pod, container } = input;
  const namespace = pod.metadata.namespace ?? 'default';
  const services = serviceEnvironment(input.services, namespace, pod.spec.enableServiceLinks !== false);
  const env: Record<string, string> = Object.create(null);
  const events: string[] = [];
  for (const source of container.envFrom ?? []) {
    const ref = source.configMapRef ?? source.secretRef;
    if (!ref) continue;
    const kind = source.configMapRef ? 'configMap' : 'secret';
    const found = dataOf(input.objects, kind, namespace, ref.name);
    if ('error' in found) {
      if (found.notFound && ref.optional) continue;
      return { error: found.error };
    }
    const invalid: string[] = [];
    for (const key of Object.keys(found.object)) {
      const name = (source.prefix ?? '') + key;
      if (/^[ -<>-~]+$/.test(name)) env[name] = found.object[key] as string;
      else invalid.push(name);
    }
    if (invalid.length > 0)
      events.push(
        `Keys [${invalid.sort().join(', ')}] from the EnvFrom ${kind} ${namespace}/${ref.name} were skipped since they are considered invalid environment variable names.`,
      );
  }
  const mapping = mappingFor(env, services);
  let bytes = 0;
  for (const variable of container.env ?? []) {
    if (variable.value) {
      const value = expand(variable.value, mapping);
      bytes += value.length;
      if (bytes > maxMessageBytes) return { error: 'too large', tooLarge: bytes };
      env[variable.name] = value;
      continue;
    }
    const value: { value?: string; error?: string } = variable.valueFrom ? valueFrom(variable, input, namespace) : { value: '' };
    if (value.error !== undefined) return { error: value.error };
    if (value.value !== undefined) env[variable.name] = value.value;
  }
  for (const name in services) if (!(name in env)) env[name] = services[name] as string;
  return { env, events };
}

/** No value: an optional reference whose object or key does not exist; the variable is left out. */
function valueFrom(variable: EnvVar, input: EnvInput, namespace: string): { value?: string; error?: string } {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = variable.valueFrom ?? {};
  if (fieldRef) return podFieldSelectorRuntimeValue(input.pod, fieldRef.fieldPath, input.host);
  if (resourceFieldRef) {
    const name = resourceFieldRef.containerName;
    const container = name ? findContainer(input.pod, name) : input.container;
    if (!container) return { error: `container ${name} not found` };
    return containerResourceValue(input.pod, container, resourceFieldRef, input.allocatable);
  }
  const ref = configMapKeyRef ?? secretKeyRef;
  if (!ref) return { value: '' };
  const found = dataOf(input.objects, configMapKeyRef ? 'configMap' : 'secret', namespace, ref.name);
  if ('error' in found) return found.notFound && ref.optional ? {} : { error: found.error };
  if (Object.hasOwn(found.object, ref.key)) return { value: found.object[ref.key] as string };
  if (ref.optional) return {};
  return { error: `couldn't find key ${ref.key} in ${configMapKeyRef ? 'ConfigMap' : 'Secret'} ${namespace}/${ref.name}` };
}

function dataOf(objects: PodObjects, kind: 'configMap' | 'secret', namespace: string, name: string): Lookup<Record<string, string>> {
  if (kind === 'configMap') {
    const found = objects.configMap(namespace, name);
    return 'error' in found ? found : { object: found.object.data ?? {} };
  }
  const found = objects.secret(namespace, name);
  if ('error' in found) return found;
  const data: Record<string, string> = Object.create(null);
  for (const key of Object.keys(found.object.data ?? {})) data[key] = decodeBase64(found.object.data?.[key] ?? '');
  return { object: data };
}

/** `kubernetes` of namespace default always; the services of the pod's namespace when `links`. */
export function serviceEnvironment(services: Readonly<Record<string, KubeObject>>, namespace: string, links: boolean): Record<string, string> {
  const env: Record<string, string> = Object.create(null);
  for (const key in services) {
    const service = services[key] as Service;
    const { name, namespace: of } = service.metadata;
    const master = of === 'default' && name === 'kubernetes';
    if (!master && !(links && of === namespace)) continue;
    const ip = service.spec.clusterIP;
    const ports = service.spec.ports ?? [];
    if (!ip || ip === 'None' || ports.length === 0) continue;
    addServiceVariables(env, environmentName(name), ip, ports);
  }
  return env;
}

const environmentName = (text: string): string => text.toUpperCase().replaceAll('-', '_');

function addServiceVariables(env: Record<string, string>, prefix: string, ip: string, ports: NonNullable<Service['spec']['ports']>): void {
  env[`${prefix}_SERVICE_HOST`] = ip;
  env[`${prefix}_SERVICE_PORT`] = String(ports[0]?.port);
  for (const port of ports) if (port.name) env[`${prefix}_SERVICE_PORT_${environmentName(port.name)}`] = String(port.port);
  ports.forEach((port, i) => {
    const protocol = port.protocol ?? 'TCP';
    const url = `${protocol.toLowerCase()}://${ip.includes(':') ? `[${ip}]` : ip}:${port.port}`;
    if (i === 0) env[`${prefix}_PORT`] = url;
    const link = `${prefix}_PORT_${port.port}_${protocol.toUpperCase()}`;
    env[link] = url;
    env[`${link}_PROTO`] = protocol.toLowerCase();
    env[`${link}_PORT`] = String(port.port);
    env[`${link}_ADDR`] = ip;
  });
}
