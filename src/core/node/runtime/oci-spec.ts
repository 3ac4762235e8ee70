/** The bundle's `config.json`. Models opencontainers/runtime-spec 1.2, as containerd's CRI plugin fills it. */
import type { OciSpecAnswer } from '../../contracts/cri.ts';
import { cgroupValues } from './cgroups.ts';
import { implementationOf } from './implementations.ts';
import type { Container, RuntimeState, Sandbox } from './state.ts';

export function ociSpec(state: RuntimeState, id: string): OciSpecAnswer {
  const c = state.containers[id];
  if (c) {
    const sandbox = state.sandboxes[c.sandboxId];
    return sandbox ? { spec: containerSpec(state, c, sandbox) } : { error: `sandbox "${c.sandboxId}" not found` };
  }
  const sandbox = state.sandboxes[id];
  return sandbox ? { spec: sandboxSpec(state, sandbox) } : { error: `container "${id}" not found` };
}

function containerSpec(state: RuntimeState, c: Container, sandbox: Sandbox): Record<string, unknown> {
  const { environment: e, argv } = c.spec;
  const security = c.config.linux.securityContext;
  return {
    ociVersion: '1.2.1',
    process: {
      ...(e.tty ? { terminal: true } : {}),
      user: { uid: e.user.uid, gid: e.user.gid, ...(e.user.groups.length > 0 ? { additionalGids: e.user.groups } : {}) },
      args: argv,
      env: Object.entries(e.env).map(([key, value]) => `${key}=${value}`),
      cwd: e.cwd,
      capabilities: { bounding: e.capabilities, effective: e.capabilities, permitted: e.capabilities },
      ...(security.noNewPrivs ? { noNewPrivileges: true } : {}),
      oomScoreAdj: e.oomScoreAdj ?? 0,
    },
    root: { path: 'rootfs', ...(e.readonlyRootfs ? { readonly: true } : {}) },
    mounts: [
      ...kernelMounts,
      ...e.mounts.map((m) => ({
        destination: m.containerPath,
        type: 'bind',
        source: m.hostPath,
        options: ['rbind', propagation(m.propagation), m.readonly ? 'ro' : 'rw'],
      })),
    ],
    annotations: {
      'io.kubernetes.cri.container-name': e.containerName,
      'io.kubernetes.cri.container-type': 'container',
      'io.kubernetes.cri.image-name': c.imageName,
      'io.kubernetes.cri.sandbox-id': sandbox.id,
      'io.kubernetes.cri.sandbox-name': e.podName,
      'io.kubernetes.cri.sandbox-namespace': e.podNamespace,
      'io.kubernetes.cri.sandbox-uid': e.podUID,
    },
    linux: {
      resources: resourcesOf(state, c),
      cgroupsPath: cgroupsPath(state, sandbox, c.id, c.cgroup),
      namespaces: namespacesOf(sandbox, e.pidns, c.id, security.privileged === true),
      ...(security.privileged ? {} : { maskedPaths, readonlyPaths }),
      ...(security.seccomp && security.seccomp !== 'Unconfined' && !security.privileged
        ? { seccomp: { defaultAction: 'SCMP_ACT_ERRNO', architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'] } }
        : {}),
    },
  };
}

function sandboxSpec(state: RuntimeState, s: Sandbox): Record<string, unknown> {
  const { name, namespace, uid } = s.config.metadata;
  const hostNet = s.netns === 'host';
  return {
    ociVersion: '1.2.1',
    process: {
      user: { uid: 65535, gid: 65535 },
      args: ['/pause'],
      env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      cwd: '/',
      noNewPrivileges: true,
      oomScoreAdj: -998,
    },
    root: { path: 'rootfs', readonly: true },
    ...(s.config.hostname ? { hostname: s.config.hostname } : {}),
    mounts: kernelMounts,
    annotations: {
      'io.kubernetes.cri.container-type': 'sandbox',
      'io.kubernetes.cri.sandbox-id': s.id,
      'io.kubernetes.cri.sandbox-log-directory': s.config.logDirectory,
      'io.kubernetes.cri.sandbox-name': name,
      'io.kubernetes.cri.sandbox-namespace': namespace,
      'io.kubernetes.cri.sandbox-uid': uid,
    },
    linux: {
      resources: { cpu: { shares: 2 } },
      cgroupsPath: cgroupsPath(state, s, s.id, s.cgroup),
      namespaces: [
        { type: 'pid' },
        { type: 'ipc' },
        ...(hostNet ? [] : [{ type: 'uts' }]),
        { type: 'mount' },
        ...(hostNet ? [] : [{ type: 'network', path: `/var/run/netns/${s.netns}` }]),
      ],
      maskedPaths,
      readonlyPaths,
      ...(Object.keys(s.config.linux.sysctls).length > 0 ? { sysctl: s.config.linux.sysctls } : {}),
    },
  };
}

function resourcesOf(state: RuntimeState, c: Container): Record<string, unknown> {
  const r = c.resources;
  const unified = cgroupValues(state.args, { unified: r.unified ?? {} });
  return {
    devices: [{ allow: false, access: 'rwm' }],
    memory: r.memoryLimitInBytes ? { limit: r.memoryLimitInBytes, swap: r.memoryLimitInBytes } : {},
    cpu: {
      ...(r.cpuShares ? { shares: r.cpuShares } : {}),
      ...(r.cpuQuota ? { quota: r.cpuQuota } : {}),
      ...(r.cpuPeriod ? { period: r.cpuPeriod } : {}),
      ...(r.cpusetCpus ? { cpus: r.cpusetCpus } : {}),
    },
    ...(Object.keys(unified).length > 0 ? { unified } : {}),
  };
}

/** systemd: `SLICE:PREFIX:ID`, the slice by its base name; cgroupfs: the path. */
function cgroupsPath(state: RuntimeState, sandbox: Sandbox, id: string, path: string): string {
  if (state.args.cgroupDriver !== 'systemd') return path;
  const parent = sandbox.config.linux.cgroupParent;
  return `${parent.slice(parent.lastIndexOf('/') + 1)}:${implementationOf(state.args).scope}:${id}`;
}

function namespacesOf(sandbox: Sandbox, pidns: string, id: string, privileged: boolean): { type: string; path?: string }[] {
  const of = (name: string): string => `/proc/${sandbox.pid}/ns/${name}`;
  const options = sandbox.config.linux.securityContext.namespaceOptions;
  return [
    ...(pidns === 'host' ? [] : [pidns === id ? { type: 'pid' } : { type: 'pid', path: of('pid') }]),
    ...(options?.ipc === 'NODE' ? [] : [{ type: 'ipc', path: of('ipc') }]),
    ...(sandbox.netns === 'host' ? [] : [{ type: 'uts', path: of('uts') }]),
    { type: 'mount' },
    ...(sandbox.netns === 'host' ? [] : [{ type: 'network', path: of('net') }]),
    ...(privileged ? [] : [{ type: 'cgroup' }]),
  ];
}

const propagation = (p: string | undefined): string => (p === 'Bidirectional' ? 'rshared' : p === 'HostToContainer' ? 'rslave' : 'rprivate');

const kernelMounts = [
  { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] },
  { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'] },
  { destination: '/dev/pts', type: 'devpts', source: 'devpts', options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'] },
  { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: ['nosuid', 'noexec', 'nodev'] },
  { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', 'ro'] },
  { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: ['nosuid', 'noexec', 'nodev', 'relatime', 'ro'] },
];
const maskedPaths = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
  '/proc/scsi',
];
const readonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];
