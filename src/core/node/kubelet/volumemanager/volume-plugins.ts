/** How each kind of volume is set up and torn down. Models pkg/volume/{emptydir,hostpath,local,configmap,secret,downwardapi,projected}, v1.36.2. */
import { quantityValue } from '../../../api/quantity.ts';
import type { KubeObject, Pod, ResourceList, Volume } from '../../../api/types.ts';
import type { FileStat } from '../../../contracts/os.ts';
import type { Ctx } from '../../../engine/types.ts';
import { podVolumeDir } from '../pod-directories.ts';
import type { KubeletConfig } from '../state.ts';
import { fs, pathError } from '../system-calls.ts';
import { writePayload } from './atomic-writer.ts';
import { collectPayload, type PayloadInput } from './payload.ts';

/** Actual state of the world: a volume that is mounted for a pod. */
export interface MountedVolume {
  /** On the host. */
  path: string;
  plugin: string;
  readOnly: boolean;
  /** Of what was written; equal ones need no rewriting. Empty for kinds that never change. */
  signature: string;
  /** Below the pod's directory: removed when it is unmounted. */
  owned: boolean;
  tmpfs: boolean;
}

export interface SetUpInput extends PayloadInput {
  config: KubeletConfig;
  volume: Volume;
  /** The volume a claim is bound to. */
  persistentVolume?: KubeObject;
  allocatable: ResourceList | undefined;
}
/** `operation`: the step that failed, as events name it. */
export type SetUpAnswer = { mounted: MountedVolume } | { operation: string; error: string } | { waiting: string };

const atomicPlugins = ['configMap', 'secret', 'downwardAPI', 'projected'] as const;
const pluginNames = {
  configMap: 'kubernetes.io/configmap',
  secret: 'kubernetes.io/secret',
  downwardAPI: 'kubernetes.io/downward-api',
  projected: 'kubernetes.io/projected',
} as const;

const setUpFailed = (error: string): SetUpAnswer => ({ operation: 'MountVolume.SetUp', error });

/** Its content follows objects: it is set up again at every sync of the pod. */
export const isRemountable = (volume: Volume): boolean => atomicPlugins.some((kind) => volume[kind] !== undefined);

/** Sets up (or brings up to date) one volume of one pod. */
export function setUpVolume(input: SetUpInput, old: MountedVolume | undefined, ctx: Ctx): SetUpAnswer {
  const { volume } = input;
  for (const kind of atomicPlugins) if (volume[kind] !== undefined) return setUpAtomic(input, kind, old, ctx);
  if (volume.emptyDir) return setUpEmptyDir(input, ctx);
  if (volume.hostPath) return setUpHostPath(volume.hostPath, false, ctx);
  if (input.persistentVolume) return setUpPersistent(input, input.persistentVolume, ctx);
  if (volume.csi) {
    const driver = String((volume.csi as { driver?: unknown }).driver ?? '');
    return setUpFailed(`kubernetes.io/csi: mounter.SetUpAt failed to get CSI client: driver name ${driver} not found in the list of registered CSI drivers`);
  }
  const kind = Object.keys(volume).find((key) => key !== 'name') ?? 'emptyDir';
  // Simplified: nfs, iscsi, fc, image, … are accepted by the API and never mount.
  return setUpFailed(`${kind}: not simulated`);
}

function setUpAtomic(input: SetUpInput, kind: (typeof atomicPlugins)[number], old: MountedVolume | undefined, ctx: Ctx): SetUpAnswer {
  const collected = collectPayload(input.volume, input);
  if ('waiting' in collected) return collected;
  if ('error' in collected) return setUpFailed(collected.error);
  if (old && old.signature === collected.signature) return { mounted: old };
  const plugin = pluginNames[kind];
  const path = podVolumeDir(input.config, input.pod.metadata.uid, plugin, input.volume.name);
  const tmpfs = kind !== 'configMap';
  const gid = fsGroup(input.pod);
  if (!old) {
    const error = makeVolumeDir(ctx, path, tmpfs ? 0o1777 : 0o777, gid, tmpfs ? tmpfsOptions(input) : undefined);
    if (error !== undefined) return setUpFailed(error);
  }
  const error = writePayload(ctx, path, collected.payload, old === undefined, gid);
  if (error !== undefined) return setUpFailed(error);
  return { mounted: { path, plugin, readOnly: true, signature: collected.signature, owned: true, tmpfs } };
}

function setUpEmptyDir(input: SetUpInput, ctx: Ctx): SetUpAnswer {
  const plugin = 'kubernetes.io/empty-dir';
  const path = podVolumeDir(input.config, input.pod.metadata.uid, plugin, input.volume.name);
  const medium = input.volume.emptyDir?.medium ?? '';
  const tmpfs = medium !== '';
  const options = medium === 'Memory' ? tmpfsOptions(input) : medium.startsWith('HugePages') ? { fstype: 'hugetlbfs', options: hugePages(medium) } : undefined;
  const error = makeVolumeDir(ctx, path, tmpfs ? 0o1777 : 0o777, fsGroup(input.pod), options);
  if (error !== undefined) return setUpFailed(error);
  return { mounted: { path, plugin, readOnly: false, signature: '', owned: true, tmpfs } };
}

const hugePages = (medium: string): string => {
  const size = medium.slice('HugePages-'.length);
  return size === '' ? '' : `pagesize=${quantityValue(size) / 1_048_576}M`;
};

interface MountOptions {
  fstype: string;
  options: string;
  sizeBytes?: number;
}

/** The least of what the node can allocate, the pod's memory limit and sizeLimit. */
function tmpfsOptions(input: SetUpInput): MountOptions {
  const limits = input.pod.spec.containers.map((c) => quantityValue(c.resources?.limits?.memory));
  const podLimit = limits.every((limit) => limit > 0) ? limits.reduce((sum, limit) => sum + limit, 0) : 0;
  const candidates = [quantityValue(input.allocatable?.memory), podLimit, quantityValue(input.volume.emptyDir?.sizeLimit)].filter((bytes) => bytes > 0);
  if (candidates.length === 0) return { fstype: 'tmpfs', options: 'rw,relatime,noswap' };
  const sizeBytes = Math.min(...candidates);
  return { fstype: 'tmpfs', options: `rw,relatime,size=${Math.floor(sizeBytes / 1024)}k,noswap`, sizeBytes };
}

/** A directory with fsGroup applied, and what is mounted on it. */
function makeVolumeDir(ctx: Ctx, path: string, mode: number, gid: number | undefined, mount: MountOptions | undefined): string | undefined {
  const made = fs(ctx, { op: 'mkdir', path, parents: true, mode: 0o750 });
  if (made.error && made.error !== 'EEXIST') return pathError('mkdir', path, made.error);
  if (mount) {
    const size = mount.sizeBytes === undefined ? {} : { sizeBytes: mount.sizeBytes };
    fs(ctx, { op: 'mount', path, device: mount.fstype, fstype: mount.fstype, options: mount.options, ...size });
  }
  fs(ctx, { op: 'chmod', path, mode: gid === undefined ? mode : mode | 0o2770 });
  if (gid !== undefined) fs(ctx, { op: 'chown', path, uid: 0, gid });
  return undefined;
}

const fsGroup = (pod: Pod): number | undefined => pod.spec.securityContext?.fsGroup as number | undefined;

const hostPathChecks: Record<string, { kind: FileStat['kind']; words: string }> = {
  Directory: { kind: 'dir', words: 'is not a directory' },
  DirectoryOrCreate: { kind: 'dir', words: 'is not a directory' },
  File: { kind: 'file', words: 'is not a file' },
  FileOrCreate: { kind: 'file', words: 'is not a file' },
  Socket: { kind: 'socket', words: 'is not a socket file' },
  CharDevice: { kind: 'device', words: 'is not a character device' },
  BlockDevice: { kind: 'device', words: 'is not a block device' },
};

function setUpHostPath(source: { path: string; type?: string }, readOnly: boolean, ctx: Ctx): SetUpAnswer {
  const { path } = source;
  const check = hostPathChecks[source.type ?? ''];
  if (check) {
    let stat = fs(ctx, { op: 'stat', path }).stat;
    if (!stat && source.type === 'DirectoryOrCreate') {
      fs(ctx, { op: 'mkdir', path, parents: true, mode: 0o755 });
      stat = fs(ctx, { op: 'stat', path }).stat;
    } else if (!stat && source.type === 'FileOrCreate') {
      const written = fs(ctx, { op: 'write', path, text: '', mode: 0o644 });
      if (written.error) return setUpFailed(pathError('open', path, written.error));
      stat = fs(ctx, { op: 'stat', path }).stat;
    }
    if (stat?.kind !== check.kind) return setUpFailed(`hostPath type check failed: ${path} ${check.words}`);
  }
  return { mounted: { path, plugin: 'kubernetes.io/host-path', readOnly, signature: '', owned: false, tmpfs: false } };
}

function setUpPersistent(input: SetUpInput, volume: KubeObject, ctx: Ctx): SetUpAnswer {
  const { hostPath, local, csi } = volume.spec as { hostPath?: { path: string; type?: string }; local?: { path: string }; csi?: { driver: string } };
  const readOnly = input.volume.persistentVolumeClaim?.readOnly === true;
  if (hostPath) return setUpHostPath(hostPath, readOnly, ctx);
  if (local) {
    const { path } = local;
    if (!fs(ctx, { op: 'stat', path }).stat) return { operation: 'MountVolume.NewMounter initialization', error: `path "${path}" does not exist` };
    // Simplified: containers get the directory itself; upstream binds it below the pod's directory first.
    return { mounted: { path, plugin: 'kubernetes.io/local-volume', readOnly, signature: '', owned: false, tmpfs: false } };
  }
  if (csi)
    return {
      operation: 'MountVolume.MountDevice',
      error: `kubernetes.io/csi: attacher.MountDevice failed to create newCsiDriverClient: driver name ${csi.driver} not found in the list of registered CSI drivers`,
    };
  const kind = Object.keys(volume.spec).find((key) => typeof volume.spec[key] === 'object' && /^(nfs|iscsi|fc|rbd|cephfs|glusterfs|azure|aws|gce)/.test(key));
  return setUpFailed(`${kind ?? 'this kind of persistent volume'}: not simulated`);
}

/** Takes a volume away again; false when something is still there. */
export function tearDownVolume(mounted: MountedVolume, ctx: Ctx): boolean {
  if (!mounted.owned) return true;
  if (mounted.tmpfs) fs(ctx, { op: 'unmount', path: mounted.path });
  const answer = fs(ctx, { op: 'remove', path: mounted.path, recursive: true });
  return answer.error === undefined || answer.error === 'ENOENT';
}
