/** A container's mounts: volumes, /etc/hosts, termination log. Models pkg/kubelet/kubelet_pods.go makeMounts and pkg/volume/util/subpath, v1.36.2. */
import type { Container, Pod, VolumeMount } from '../../../api/types.ts';
import type { Mount } from '../../../contracts/cri.ts';
import { hexId } from '../../../engine/random.ts';
import type { Ctx } from '../../../engine/types.ts';
import { podDir } from '../pod-directories.ts';
import type { KubeletConfig } from '../state.ts';
import { fs } from '../system-calls.ts';
import type { MountedVolume } from '../volumemanager/volume-plugins.ts';
import { expand, mappingFor, missingReference } from './expansion.ts';
import { hostsFile, podHostnameAndDomain } from './hosts.ts';

export interface MountsInput {
  config: KubeletConfig;
  pod: Pod;
  container: Container;
  podIPs: string[];
  volumes: Readonly<Record<string, MountedVolume>>;
  env: Readonly<Record<string, string>>;
}

const etcHosts = '/etc/hosts';
const propagations: Record<string, string> = {
  HostToContainer: 'PROPAGATION_HOST_TO_CONTAINER',
  Bidirectional: 'PROPAGATION_BIDIRECTIONAL',
};

/** In the order of volumeMounts; an error is the words of CreateContainerConfigError. */
export function makeMounts(input: MountsInput, ctx: Ctx): { mounts: Mount[] } | { error: string } {
  const { container, podIPs, volumes } = input;
  const mounts: Mount[] = [];
  let managesHosts = podIPs.length > 0;
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    if (mount.mountPath === etcHosts) managesHosts = false;
    const volume = Object.hasOwn(volumes, mount.name) ? volumes[mount.name] : undefined;
    if (!volume) return { error: `cannot find volume ${JSON.stringify(mount.name)} to mount into container ${JSON.stringify(container.name)}` };
    const source = sourceOf(input, mount, volume, index, ctx);
    if ('error' in source) return source;
    const readonly = mount.readOnly === true || volume.readOnly;
    mounts.push({
      containerPath: mount.mountPath.startsWith('/') ? mount.mountPath : `/${mount.mountPath}`,
      hostPath: source.path,
      readonly,
      name: mount.name,
      ...(mount.mountPropagation && propagations[mount.mountPropagation] ? { propagation: propagations[mount.mountPropagation] } : {}),
      ...(readonly && mount.recursiveReadOnly === 'Enabled' ? { recursiveReadOnly: true } : {}),
    });
  }
  if (managesHosts) mounts.push(hostsMount(input, ctx));
  const log = terminationLogMount(input, ctx);
  if (log) mounts.push(log);
  return { mounts };
}

function sourceOf(input: MountsInput, mount: VolumeMount, volume: MountedVolume, index: number, ctx: Ctx): { path: string } | { error: string } {
  let subPath = mount.subPath ?? '';
  if (mount.subPathExpr) {
    const missing = missingReference(mount.subPathExpr, input.env);
    if (missing !== undefined) return { error: `missing value for ${JSON.stringify(missing)}` };
    subPath = expand(mount.subPathExpr, mappingFor(input.env));
  }
  if (subPath === '') {
    // The runtime makes the source of a bind mount that does not exist.
    if (volume.plugin === 'kubernetes.io/host-path' && !fs(ctx, { op: 'stat', path: volume.path }).stat)
      fs(ctx, { op: 'mkdir', path: volume.path, parents: true, mode: 0o755 });
    return { path: volume.path };
  }
  if (subPath.startsWith('/')) return { error: `error SubPath \`${subPath}\` must not be an absolute path` };
  if (subPath.split('/').includes('..')) return { error: `unable to provision SubPath \`${subPath}\`: must not contain '..'` };
  const path = `${volume.path}/${subPath}`;
  if (!fs(ctx, { op: 'stat', path }).stat) {
    const mode = fs(ctx, { op: 'stat', path: volume.path }).stat?.mode ?? 0o755;
    if (fs(ctx, { op: 'mkdir', path, parents: true, mode: mode & 0o7777 }).error)
      return {
        error: `failed to create subPath directory for volumeMount ${JSON.stringify(mount.name)} of container ${JSON.stringify(input.container.name)}`,
      };
  }
  if (volume.signature === '') return { path };
  return frozen(input, mount, path, index, ctx);
}

/**
 * A subPath of a volume that is rewritten (configMap, …) keeps what it was at the start of the container.
 * Simplified: upstream binds the file itself to this place, so that it lives on after its directory is gone; here it is a copy.
 */
function frozen(input: MountsInput, mount: VolumeMount, path: string, index: number, ctx: Ctx): { path: string } | { error: string } {
  const target = `${podDir(input.config, input.pod.metadata.uid)}/volume-subpaths/${mount.name}/${input.container.name}/${index}`;
  fs(ctx, { op: 'mkdir', path: target.slice(0, target.lastIndexOf('/')), parents: true, mode: 0o750 });
  fs(ctx, { op: 'remove', path: target, recursive: true });
  if (copyTree(ctx, path, target, 0)) return { path: target };
  return { error: `failed to prepare subPath for volumeMount ${JSON.stringify(mount.name)} of container ${JSON.stringify(input.container.name)}` };
}

const maxDepth = 16;

function copyTree(ctx: Ctx, from: string, to: string, depth: number): boolean {
  const stat = fs(ctx, { op: 'stat', path: from }).stat;
  if (!stat || depth > maxDepth) return false;
  const { mode, uid, gid } = stat;
  if (stat.kind !== 'dir') return fs(ctx, { op: 'write', path: to, text: fs(ctx, { op: 'read', path: from }).text ?? '', mode, uid, gid }).error === undefined;
  fs(ctx, { op: 'mkdir', path: to, mode, uid, gid });
  const names = fs(ctx, { op: 'list', path: from }).names ?? [];
  return names.every((name) => copyTree(ctx, `${from}/${name}`, `${to}/${name}`, depth + 1));
}

function hostsMount(input: MountsInput, ctx: Ctx): Mount {
  const { config, pod } = input;
  const path = `${podDir(config, pod.metadata.uid)}/etc-hosts`;
  const { hostname, domain } = podHostnameAndDomain(pod, config.clusterDomain);
  const nodeHosts = pod.spec.hostNetwork ? (fs(ctx, { op: 'read', path: etcHosts }).text ?? '') : '';
  const file = { op: 'write', path, text: hostsFile(pod, input.podIPs, hostname, domain, nodeHosts), mode: 0o644 } as const;
  if (fs(ctx, file).error === 'ENOENT') {
    fs(ctx, { op: 'mkdir', path: podDir(config, pod.metadata.uid), parents: true, mode: 0o750 });
    fs(ctx, file);
  }
  return { containerPath: etcHosts, hostPath: path, readonly: false, name: 'k8s-managed-etc-hosts' };
}

/** A new empty file for each start. */
function terminationLogMount(input: MountsInput, ctx: Ctx): Mount | undefined {
  const containerPath = input.container.terminationMessagePath;
  if (!containerPath) return undefined;
  const dir = `${podDir(input.config, input.pod.metadata.uid)}/containers/${input.container.name}`;
  const path = `${dir}/${hexId(ctx.random, 8)}`;
  fs(ctx, { op: 'mkdir', path: dir, parents: true, mode: 0o750 });
  fs(ctx, { op: 'write', path, text: '', mode: 0o666 });
  return { containerPath, hostPath: path, readonly: false };
}
