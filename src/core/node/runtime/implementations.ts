/** What differs between containerd, CRI-O, and Docker behind cri-dockerd. */
import type { Args } from './args.ts';
import type { Step, StepName } from './state.ts';

export interface Implementation {
  /** As `Version` tells it; the Node object says `NAME://VERSION`. */
  runtimeName: string;
  socket: string;
  /** Prefix of the systemd scope, and of the third part of cgroupsPath. */
  scope: string;
  /** Directory of a sandbox's `hostname`, `hosts`, `resolv.conf`. */
  sandboxDir: string;
  /** Where the layers of images take their space. */
  contentDir: string;
  capabilities: readonly string[];
  ociRuntime: string;
  /** Who answers CRI, who keeps the container's stdio. */
  daemon: string;
  monitor: string;
}

const wide = [
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
];
const narrow = ['CAP_CHOWN', 'CAP_DAC_OVERRIDE', 'CAP_FSETID', 'CAP_FOWNER', 'CAP_SETGID', 'CAP_SETUID', 'CAP_SETPCAP', 'CAP_NET_BIND_SERVICE', 'CAP_KILL'];

const implementations: Record<Args['implementation'], Implementation> = {
  containerd: {
    runtimeName: 'containerd',
    socket: '/run/containerd/containerd.sock',
    scope: 'cri-containerd',
    sandboxDir: '/var/lib/containerd/io.containerd.grpc.v1.cri/sandboxes',
    contentDir: '/var/lib/containerd/io.containerd.content.v1.content/blobs/sha256',
    capabilities: wide,
    ociRuntime: 'runc',
    daemon: 'containerd',
    monitor: 'shim',
  },
  'cri-o': {
    runtimeName: 'cri-o',
    socket: '/var/run/crio/crio.sock',
    scope: 'crio',
    sandboxDir: '/run/containers/storage/overlay-containers',
    contentDir: '/var/lib/containers/storage/overlay',
    capabilities: narrow,
    ociRuntime: 'crun',
    daemon: 'crio',
    monitor: 'conmon',
  },
  docker: {
    runtimeName: 'docker',
    socket: '/var/run/cri-dockerd.sock',
    scope: 'docker',
    sandboxDir: '/var/lib/docker/containers',
    contentDir: '/var/lib/docker/overlay2',
    capabilities: wide,
    ociRuntime: 'runc',
    daemon: 'cri-dockerd',
    monitor: 'dockerd',
  },
};

export const implementationOf = (args: Args): Implementation => implementations[args.implementation];

/** `1.6.20` → [1, 6]. */
export function versionOf(args: Args): [number, number] {
  const [major, minor] = args.version.split('.');
  return [Number(major) || 0, Number(minor) || 0];
}

/** 2.1 made pulls go through the transfer service, whose errors read otherwise. */
export function usesTransferService(args: Args): boolean {
  const [major, minor] = versionOf(args);
  return args.implementation === 'containerd' && (major > 2 || (major === 2 && minor >= 1));
}

/** CRI-O keeps a sandbox's namespaces pinned instead of running pause, unless the containers share its PID namespace. */
export const runsPause = (args: Args, sharesPid: boolean): boolean => args.implementation !== 'cri-o' || sharesPid;

/** The inner steps of RunPodSandbox and how long they take on an idle machine, chosen to agree with what was recorded (≈ 160 ms; 70 ms on the host's network). */
export function sandboxSteps(args: Args, hostNetwork: boolean, sharesPid: boolean): Step[] {
  const { daemon, monitor, ociRuntime } = implementationOf(args);
  const network: Step[] = hostNetwork ? [] : [step('netns', daemon, 3), step('cni add', 'cni', 0)];
  const image = [step('pause image', daemon, 1)];
  const pause = runsPause(args, sharesPid)
    ? [step('snapshot', daemon, 7), step('shim', monitor, 24), step('pause create', ociRuntime, 28), step('pause start', ociRuntime, 8)]
    : [step('snapshot', daemon, 7)];
  // containerd 1.x looked for the pause image before it made the network; cri-dockerd starts pause first, as the network is made in its namespace.
  if (args.implementation === 'docker') return [...image, ...pause, ...network, step('reply', daemon, 1)];
  const first = args.implementation === 'containerd' && versionOf(args)[0] < 2 ? [...image, ...network] : [...network, ...image];
  return [...first, ...pause, step('reply', daemon, 1)];
}

export function createSteps(args: Args): Step[] {
  const { daemon, ociRuntime } = implementationOf(args);
  const create = [step('snapshot', daemon, 7), step('spec', daemon, 7)];
  return args.implementation === 'cri-o' ? [...create, step('runc check', ociRuntime, 45), step('reply', daemon, 1)] : [...create, step('reply', daemon, 1)];
}

export function startSteps(args: Args): Step[] {
  const { daemon, monitor, ociRuntime } = implementationOf(args);
  const tail = [step('runc start', ociRuntime, 18), step('reply', daemon, 2)];
  return args.implementation === 'cri-o' ? tail : [step('task create', monitor, 6), step('runc create', ociRuntime, 42), ...tail];
}

export function teardownSteps(args: Args): Step[] {
  const { daemon, ociRuntime } = implementationOf(args);
  return [
    step('kill containers', ociRuntime, 2),
    step('kill pause', ociRuntime, 12),
    step('unmount', daemon, 8),
    step('cni del', 'cni', 1),
    step('netns delete', daemon, 4),
  ];
}

export const step = (name: StepName, component: string, ms: number): Step => ({ name, component, ms });
