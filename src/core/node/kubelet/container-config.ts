/** What the runtime gets for a container and for a sandbox. Models pkg/kubelet/kuberuntime/kuberuntime_{container,sandbox}{,_linux}.go, v1.36.2. */
import { quantityValue } from '../../api/quantity.ts';
import type { Container, Pod } from '../../api/types.ts';
import type { ContainerConfig, PodSandboxConfig } from '../../contracts/cri.ts';
import type { Ctx } from '../../engine/types.ts';
import { podCgroup } from './cgroups.ts';
import { containerHash, containerHashAnnotation } from './container-hash.ts';
import { criRead } from './cri.ts';
import { nodeEvent, podEvent, podField } from './events.ts';
import { getPodDNS, parseResolvConf } from './kuberuntime-config/dns.ts';
import { makeEnvironmentVariables } from './kuberuntime-config/env.ts';
import { expand, mappingFor, maxMessageBytes } from './kuberuntime-config/expansion.ts';
import { kernelHostname, podHostnameAndDomain } from './kuberuntime-config/hosts.ts';
import { makeMounts } from './kuberuntime-config/mounts.ts';
import { generateLinuxContainerResources } from './kuberuntime-config/resources.ts';
import {
  determineEffectiveSecurityContext,
  type ImageUser,
  namespacesForPod,
  type SecurityContext,
  supplementalGroups,
  verifyRunAsNonRoot,
} from './kuberuntime-config/security-context.ts';
import { nodeIPsOf } from './node-ips.ts';
import { podLogsDirectory } from './pod-directories.ts';
import type { KubeletState } from './state.ts';
import { fs } from './system-calls.ts';
import { podObjects } from './volumemanager/object-manager.ts';
import { mountedVolumesForPod } from './volumemanager/volume-manager.ts';

export type ContainerConfigAnswer = { config: ContainerConfig } | { error: { reason: 'CreateContainerConfigError' | 'CreateContainerError'; message: string } };

const refuse = (message: string): ContainerConfigAnswer => ({ error: { reason: 'CreateContainerConfigError', message } });

/** The words of grpc-go's server, as containerd's CRI service answers. */
const tooLarge = (bytes: number): ContainerConfigAnswer => ({
  error: {
    reason: 'CreateContainerError',
    message: `rpc error: code = ResourceExhausted desc = grpc: received message larger than max (${bytes} vs. ${maxMessageBytes})`,
  },
});

/**
 * Writes the files that are mounted (`/etc/hosts`, termination log) on the way.
 *
 * @param attempt restarts of this container so far
 * @param imageRef what EnsureImageExists returned
 * @param targetId container ID whose PID namespace an ephemeral container shares
 */
export function generateContainerConfig(
  state: KubeletState,
  pod: Pod,
  container: Container,
  attempt: number,
  podIPs: string[],
  imageRef: string,
  ctx: Ctx,
  targetId?: string,
): ContainerConfigAnswer {
  const allocatable = state.node?.status.allocatable ?? state.config.node.status.allocatable;
  const capacity = state.node?.status.capacity ?? state.config.node.status.capacity;
  if (container.targetContainerName && targetId === undefined) return refuse(`unable to find target container ${container.targetContainerName}`);
  const environment = makeEnvironmentVariables({
    pod,
    container,
    host: { nodeName: state.config.nodeName, hostIPs: nodeIPsOf(state.config), podIPs },
    objects: podObjects(state.volumes.objects),
    services: state.services,
    allocatable,
  });
  if ('error' in environment && environment.tooLarge !== undefined) return tooLarge(environment.tooLarge);
  if ('error' in environment) return refuse(environment.error);
  for (const message of environment.events) podEvent(state, pod, 'Warning', 'InvalidEnvironmentVariableNames', message, ctx);
  const mounted = makeMounts(
    { config: state.config, pod, container, podIPs, volumes: mountedVolumesForPod(state, pod.metadata.uid), env: environment.env },
    ctx,
  );
  if ('error' in mounted) return refuse(mounted.error);
  const image = imageUser(imageRef, ctx);
  if (typeof image === 'string') return refuse(image);
  const asRoot = verifyRunAsNonRoot(pod, container, image);
  if (asRoot !== undefined) return refuse(asRoot);
  const mapping = mappingFor(environment.env);
  const command = (container.command ?? []).map((word) => expand(word, mapping));
  const args = (container.args ?? []).map((word) => expand(word, mapping));
  const bytes = [...command, ...args, ...Object.values(environment.env)].reduce((sum, word) => sum + word.length, 0);
  if (bytes > maxMessageBytes) return tooLarge(bytes);
  return {
    config: {
      metadata: { name: container.name, attempt },
      image: imageRef,
      command,
      args,
      workingDir: container.workingDir ?? '',
      envs: Object.keys(environment.env).map((key) => ({ key, value: environment.env[key] as string })),
      mounts: mounted.mounts,
      labels: {
        'io.kubernetes.container.name': container.name,
        'io.kubernetes.pod.name': pod.metadata.name,
        'io.kubernetes.pod.namespace': pod.metadata.namespace ?? 'default',
        'io.kubernetes.pod.uid': pod.metadata.uid,
      },
      annotations: containerAnnotations(pod, container, attempt),
      logPath: `${container.name}/${attempt}.log`,
      stdin: container.stdin === true,
      tty: container.tty === true,
      linux: {
        resources: generateLinuxContainerResources(pod, container, quantityValue(capacity?.memory)),
        securityContext: determineEffectiveSecurityContext(pod, container, image, targetId),
      },
      ...(container.lifecycle?.stopSignal ? { stopSignal: container.lifecycle.stopSignal } : {}),
    },
  };
}

/** A text: ImageStatus failed. Models getImageUser. */
function imageUser(image: string, ctx: Ctx): ImageUser | string {
  const answer = criRead(ctx, { rpc: 'ImageStatus', image });
  if (answer.error) return answer.error.message;
  const found = answer.response.image;
  if (found?.uid !== undefined) return { uid: found.uid };
  return found?.username ? { username: found.username } : { uid: 0 };
}

function containerAnnotations(pod: Pod, container: Container, attempt: number): Record<string, string> {
  const annotations: Record<string, string> = {
    [containerHashAnnotation]: containerHash(container),
    'io.kubernetes.container.restartCount': String(attempt),
    'io.kubernetes.container.terminationMessagePath': container.terminationMessagePath ?? '',
    'io.kubernetes.container.terminationMessagePolicy': container.terminationMessagePolicy ?? '',
  };
  if (container.ports && container.ports.length > 0) annotations['io.kubernetes.container.ports'] = JSON.stringify(container.ports);
  if (container.lifecycle?.preStop) annotations['io.kubernetes.container.preStopHandler'] = JSON.stringify(container.lifecycle.preStop);
  const { deletionGracePeriodSeconds } = pod.metadata;
  if (deletionGracePeriodSeconds !== undefined) annotations['io.kubernetes.pod.deletionGracePeriod'] = String(deletionGracePeriodSeconds);
  annotations['io.kubernetes.pod.terminationGracePeriod'] = String(pod.spec.terminationGracePeriodSeconds ?? 30);
  return annotations;
}

export function generatePodSandboxConfig(state: KubeletState, pod: Pod, attempt: number, ctx: Ctx): PodSandboxConfig {
  const { config } = state;
  const hostname = sandboxHostname(state, pod);
  const ofPod: SecurityContext = pod.spec.securityContext ?? {};
  const sysctls: Record<string, string> = {};
  for (const { name, value } of ofPod.sysctls ?? []) sysctls[name] = value;
  return {
    metadata: { name: pod.metadata.name, uid: pod.metadata.uid, namespace: pod.metadata.namespace ?? 'default', attempt },
    hostname: 'name' in hostname ? hostname.name : pod.metadata.name,
    logDirectory: podLogsDirectory(config, pod),
    dnsConfig: podDNS(state, pod, ctx).dns,
    portMappings: portMappings(pod),
    labels: {
      ...pod.metadata.labels,
      'io.kubernetes.pod.name': pod.metadata.name,
      'io.kubernetes.pod.namespace': pod.metadata.namespace ?? 'default',
      'io.kubernetes.pod.uid': pod.metadata.uid,
    },
    annotations: { ...pod.metadata.annotations },
    linux: {
      cgroupParent: podCgroup(config.cgroupDriver, pod),
      securityContext: {
        privileged: [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].some((c) => c.securityContext?.privileged === true),
        namespaceOptions: namespacesForPod(pod),
        supplementalGroups: supplementalGroups(ofPod),
        seccomp: 'RuntimeDefault',
        ...(ofPod.runAsUser === undefined ? {} : { runAsUser: ofPod.runAsUser }),
        ...(ofPod.runAsGroup === undefined ? {} : { runAsGroup: ofPod.runAsGroup }),
      },
      sysctls,
    },
  };
}

/** Empty with the node's network: the runtime takes the node's. */
function sandboxHostname(state: KubeletState, pod: Pod): { name: string } | { error: string } {
  if (pod.spec.hostNetwork) return { name: '' };
  const { hostname, domain } = podHostnameAndDomain(pod, state.config.clusterDomain);
  return kernelHostname(pod, hostname, domain);
}

/** The words after `Failed to create pod sandbox: ` when no sandbox can be described. */
export function podSandboxConfigError(state: KubeletState, pod: Pod): string | undefined {
  const hostname = sandboxHostname(state, pod);
  return 'error' in hostname ? hostname.error : undefined;
}

function podDNS(state: KubeletState, pod: Pod, ctx: Ctx): ReturnType<typeof getPodDNS> {
  const host = parseResolvConf(fs(ctx, { op: 'read', path: '/etc/resolv.conf' }).text ?? '');
  return getPodDNS(pod, { server: state.config.clusterDNS, domain: state.config.clusterDomain }, host);
}

/** DNSConfigForming and MissingClusterDNS: told at each sync that starts something. */
export function tellDNSEvents(state: KubeletState, pod: Pod, ctx: Ctx): void {
  for (const event of podDNS(state, pod, ctx).events) {
    if (event.about === 'node') nodeEvent(state, 'Warning', event.reason, event.message, ctx);
    else podEvent(state, pod, 'Warning', event.reason, event.message, ctx, podField(pod, 'spec.dnsPolicy'));
  }
}

/** Of regular containers and sidecars, host ports or not. */
function portMappings(pod: Pod): PodSandboxConfig['portMappings'] {
  const sidecars = (pod.spec.initContainers ?? []).filter((c) => c.restartPolicy === 'Always');
  return [...pod.spec.containers, ...sidecars].flatMap((container) =>
    (container.ports ?? []).map((port) => ({
      protocol: port.protocol ?? 'TCP',
      containerPort: port.containerPort,
      hostPort: port.hostPort ?? 0,
      hostIp: port.hostIP ?? '',
    })),
  );
}
