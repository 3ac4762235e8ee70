/** What a container's first process will be: the CRI config, laid over the image's. Models containerd internal/cri/server/container_create_linux.go. */
import type { ContainerConfig, LinuxSecurityContext, Mount } from '../../contracts/cri.ts';
import type { ProcessEnvironment } from '../../contracts/process.ts';
import { share } from '../../engine/share.ts';
import { implementationOf } from './implementations.ts';
import type { Image, ProcessSpec, RuntimeState, Sandbox } from './state.ts';

const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export function processSpec(
  state: RuntimeState,
  id: string,
  sandbox: Sandbox,
  config: ContainerConfig,
  image: Image,
  imageName: string,
): ProcessSpec | { error: string } {
  const argv = processArgs(config, image);
  if (argv.length === 0) return { error: `failed to generate container "${id}" spec: failed to generate spec: no command specified` };
  const security = config.linux.securityContext;
  const user = userOf(security, image.config.User ?? '');
  if ('error' in user) return user;
  const hostname = hostnameOf(state, sandbox);
  const environment: ProcessEnvironment = {
    containerID: id,
    podUID: sandbox.config.metadata.uid,
    podName: sandbox.config.metadata.name,
    podNamespace: sandbox.config.metadata.namespace,
    containerName: config.metadata.name,
    image: imageName,
    env: environmentOf(config, image, hostname),
    cwd: config.workingDir || image.config.WorkingDir || '/',
    user,
    hostname,
    mounts: [...config.mounts, ...runtimeMounts(state, sandbox, config.mounts)],
    readonlyRootfs: security.readonlyRootfs === true,
    capabilities: capabilitiesOf(security, implementationOf(state.args).capabilities),
    netns: sandbox.netns,
    cgroup: containerCgroup(state, sandbox, id),
    pidns: pidNamespace(state, sandbox, security, id),
    tty: config.tty,
    stdin: config.stdin,
    ports: portsOf(config.annotations['io.kubernetes.container.ports']),
    behaviour: behaviourOf(sandbox.config.annotations),
    oomScoreAdj: config.linux.resources.oomScoreAdj ?? 0,
  };
  return share<ProcessSpec>({ argv, environment });
}

/** Pod `command` replaces the entry point and drops Cmd; `args` replaces Cmd. */
function processArgs(config: ContainerConfig, image: Image): string[] {
  if (config.command.length > 0) return [...config.command, ...config.args];
  const args = config.args.length > 0 ? config.args : (image.config.Cmd ?? []);
  return [...(image.config.Entrypoint ?? []), ...args];
}

function environmentOf(config: ContainerConfig, image: Image, hostname: string): Record<string, string> {
  const env: Record<string, string> = Object.create(null);
  env.PATH = defaultPath;
  env.HOSTNAME = hostname;
  if (config.tty) env.TERM = 'xterm';
  for (const pair of image.config.Env ?? []) {
    const at = pair.indexOf('=');
    if (at > 0) env[pair.slice(0, at)] = pair.slice(at + 1);
  }
  for (const { key, value } of config.envs) env[key] = value;
  return { ...env };
}

export function hostnameOf(state: RuntimeState, sandbox: Sandbox): string {
  return sandbox.config.hostname || state.args.node;
}

/** Files of the sandbox that every container gets unless the kubelet mounts its own. */
function runtimeMounts(state: RuntimeState, sandbox: Sandbox, mounts: readonly Mount[]): Mount[] {
  const dir = sandboxDir(state, sandbox.id);
  const files: [string, string, boolean][] = [
    ['/etc/hostname', `${dir}/hostname`, false],
    ['/etc/resolv.conf', `${dir}/resolv.conf`, false],
    ['/dev/shm', `${dir}/shm`, false],
  ];
  const out: Mount[] = [];
  for (const [containerPath, hostPath, readonly] of files) {
    if (!mounts.some((m) => m.containerPath === containerPath)) out.push({ containerPath, hostPath, readonly });
  }
  return out;
}

export const sandboxDir = (state: RuntimeState, id: string): string => `${implementationOf(state.args).sandboxDir}/${id}`;

/** Users that common images have; the catalogue's numeric ones need no table. */
const users: Record<string, [number, number]> = {
  root: [0, 0],
  daemon: [1, 1],
  bin: [2, 2],
  sys: [3, 3],
  'www-data': [33, 33],
  http: [33, 33],
  nginx: [101, 101],
  redis: [999, 999],
  postgres: [999, 999],
  mysql: [999, 999],
  mongodb: [999, 999],
  rabbitmq: [999, 999],
  node: [1000, 1000],
  nobody: [65534, 65534],
  nonroot: [65532, 65532],
};

function userOf(security: LinuxSecurityContext, imageUser: string): ProcessEnvironment['user'] | { error: string } {
  const groups = [...(security.supplementalGroups ?? [])];
  const at = imageUser.indexOf(':');
  const [name, groupName] = at < 0 ? [imageUser, ''] : [imageUser.slice(0, at), imageUser.slice(at + 1)];
  let [uid, gid] = [0, 0];
  if (security.runAsUser !== undefined) uid = security.runAsUser;
  else {
    const text = security.runAsUsername || name;
    const known = Object.hasOwn(users, text) ? users[text] : undefined;
    if (text === '') [uid, gid] = [0, 0];
    else if (isNumber(text)) uid = Number(text);
    else if (known) [uid, gid] = known;
    // Simplified: an image's own user name that is not in the table is taken to be in its /etc/passwd as 1000.
    else if (text === name) [uid, gid] = [1000, 1000];
    else return { error: 'failed to create containerd container: mount callback failed on /var/lib/containerd/tmpmounts/containerd-mount: no users found' };
    if (groupName !== '') gid = isNumber(groupName) ? Number(groupName) : ((Object.hasOwn(users, groupName) ? users[groupName]?.[1] : undefined) ?? gid);
  }
  if (security.runAsGroup !== undefined) gid = security.runAsGroup;
  return { uid, gid, groups };
}

function isNumber(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) if (text.charCodeAt(i) < 48 || text.charCodeAt(i) > 57) return false;
  return text !== '' && text.length < 11;
}

const otherCapabilities = [
  'CAP_AUDIT_CONTROL',
  'CAP_AUDIT_READ',
  'CAP_BLOCK_SUSPEND',
  'CAP_BPF',
  'CAP_CHECKPOINT_RESTORE',
  'CAP_DAC_READ_SEARCH',
  'CAP_IPC_LOCK',
  'CAP_IPC_OWNER',
  'CAP_LEASE',
  'CAP_LINUX_IMMUTABLE',
  'CAP_MAC_ADMIN',
  'CAP_MAC_OVERRIDE',
  'CAP_NET_ADMIN',
  'CAP_NET_BROADCAST',
  'CAP_PERFMON',
  'CAP_SYSLOG',
  'CAP_SYS_ADMIN',
  'CAP_SYS_BOOT',
  'CAP_SYS_MODULE',
  'CAP_SYS_NICE',
  'CAP_SYS_PACCT',
  'CAP_SYS_PTRACE',
  'CAP_SYS_RAWIO',
  'CAP_SYS_RESOURCE',
  'CAP_SYS_TIME',
  'CAP_SYS_TTY_CONFIG',
  'CAP_WAKE_ALARM',
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FSETID',
  'CAP_FOWNER',
  'CAP_MKNOD',
  'CAP_NET_RAW',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETFCAP',
  'CAP_SETPCAP',
  'CAP_NET_BIND_SERVICE',
  'CAP_SYS_CHROOT',
  'CAP_KILL',
  'CAP_AUDIT_WRITE',
]; // prettier-ignore

function capabilitiesOf(security: LinuxSecurityContext, defaults: readonly string[]): string[] {
  if (security.privileged) return [...otherCapabilities];
  const name = (c: string): string => (c.toUpperCase().startsWith('CAP_') ? c.toUpperCase() : `CAP_${c.toUpperCase()}`);
  const add = (security.capabilities?.add ?? []).map(name);
  const drop = (security.capabilities?.drop ?? []).map(name);
  let set: string[] = drop.includes('CAP_ALL') ? [] : [...defaults];
  if (add.includes('CAP_ALL')) set = [...otherCapabilities];
  for (const c of add) if (c !== 'CAP_ALL' && !set.includes(c)) set.push(c);
  return set.filter((c) => !drop.includes(c) || (drop.includes('CAP_ALL') && add.includes(c)));
}

function pidNamespace(state: RuntimeState, sandbox: Sandbox, security: LinuxSecurityContext, id: string): string {
  const options = security.namespaceOptions;
  if (options?.pid === 'NODE') return 'host';
  if (options?.pid === 'POD') return sandbox.id;
  if (options?.pid === 'TARGET') return state.containers[options.targetId ?? '']?.spec.environment.pidns ?? id;
  return id;
}

/** The container's cgroup under the pod's. The kubelet names that one as its driver does: a path, or a slice. */
export function containerCgroup(state: RuntimeState, sandbox: Sandbox, id: string): string {
  const parent = cgroupParent(sandbox.config.linux.cgroupParent);
  return state.args.cgroupDriver === 'systemd' ? `${parent}/${implementationOf(state.args).scope}-${id}.scope` : `${parent}/${id}`;
}

/** `kubepods-burstable.slice` lies in `/kubepods.slice`. */
function cgroupParent(parent: string): string {
  if (parent.includes('/') || !parent.endsWith('.slice')) return parent.startsWith('/') ? parent : parent === '' ? '' : `/${parent}`;
  let path = '';
  let prefix = '';
  for (const part of parent.slice(0, -'.slice'.length).split('-')) {
    prefix = prefix === '' ? part : `${prefix}-${part}`;
    path += `/${prefix}.slice`;
  }
  return path;
}

function portsOf(text: string | undefined): ProcessEnvironment['ports'] {
  if (!text) return [];
  try {
    const ports: unknown = JSON.parse(text);
    if (!Array.isArray(ports)) return [];
    return ports.map((p: { containerPort: number; protocol?: string; name?: string }) => ({
      port: p.containerPort,
      protocol: p.protocol ?? 'TCP',
      ...(p.name ? { name: p.name } : {}),
    }));
  } catch {
    return [];
  }
}

function behaviourOf(annotations: Record<string, string>): Record<string, string> {
  const out: Record<string, string> = {};
  for (const key in annotations) if (key.startsWith('kubarium.dev/')) out[key] = annotations[key] as string;
  return out;
}
