/** Words of the frame, the header and the map. Kubernetes' terms, reasons and messages are never translated. */
import type { LowerTab, PhoneTab, UpperTab } from '../state/ui.ts';

const plural = (n: number, one: string, many: string): string => `${number(n)} ${n === 1 ? one : many}`;

/** Thin space between thousands. */
export function number(n: number): string {
  const text = String(Math.trunc(n));
  return text.replace(/\B(?=(\d{3})+(?!\d))/g, '\u2009');
}

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

export const words = {
  product: 'Kubarium',
  absent: '–',
  close: 'Close',
  /** Opened components, as the breadcrumb names them. */
  scenes: { kubelet: 'kubelet', runtime: 'containerd', kernel: 'kernel' },
  header: {
    place: 'Place',
    cluster: 'cluster',
    runs: 'runs',
    pair: (a: number, b: number) => `${a} and ${b}`,
    proxyMode: 'kube-proxy mode',
    modes: { iptables: 'iptables', ipvs: 'IPVS', nftables: 'nftables' },
    lens: 'Packet lens',
    faults: 'Faults',
    share: 'Share',
    find: 'Find or do',
    findKeys: 'Ctrl K',
    more: 'More',
    notSet: (error: string) => `The mode was not set: ${error}`,
  },
  regions: {
    upper: 'Manifest, lessons and gallery',
    lower: 'Inspector, messages and shell',
    map: 'Map',
    dock: 'Time',
    skip: 'Skip to the map',
  },
  splitters: {
    all: 'Sizes',
    column: 'Width of the left column',
    halves: 'Height of the upper half',
    dock: 'Height of the time bar',
  },
  rail: { expand: 'Show manifest and panels', hide: 'Hide manifest and panels' },
  upper: { manifest: 'Manifest', lesson: 'Lesson', gallery: 'Gallery' } satisfies Record<UpperTab, string>,
  lower: { inspector: 'Inspector', messages: 'Messages', shell: 'Shell', runs: 'Runs' } satisfies Record<LowerTab, string>,
  phone: { map: 'Map', manifest: 'Manifest', why: 'Why?', shell: 'Shell' } satisfies Record<PhoneTab, string>,
  health: {
    failed: 'The model contradicted itself',
    stopped: 'The simulator stopped',
    revived: (atMs: number) => `The simulator stopped at ${(atMs / 1000).toFixed(3)} s and was started again from the commands given.`,
    dismiss: 'Dismiss',
    seed: (seed: number, atMs: number) => `seed ${seed}, at ${(atMs / 1000).toFixed(3)} s`,
    copy: 'Copy report',
    copied: 'Copied',
    back: (atMs: number) => `Return to ${(atMs / 1000).toFixed(1)} s`,
    restart: 'Start again',
  },
  map: {
    label: 'Map of the cluster',
    busLabels: { apiBus: 'watch, list, patch', nodeBus: 'probes, CRI, mounts' },
    podBus: (gateway: string) => `cni0 ${gateway}`,
    wire: 'node network 10.0.0.0/24',
    kernel: 'Linux kernel 6.12',
    legend: 'Shapes of messages',
    kinds: { api: 'API', cri: 'CRI', probe: 'probe', cni: 'CNI', tcp: 'TCP', udp: 'UDP, DNS' },
    controllers: 'controllers',
    stopped: 'stopped',
    off: 'off',
    units: (active: number, total: number) => `systemd: ${active} of ${total} ${total === 1 ? 'unit' : 'units'} active`,
    unitsShort: (active: number, total: number) => `${active} of ${total} units active`,
    noController: 'no controller',
    noProbes: 'no probes',
    notProbed: 'not probed',
    ready: (n: number, of: number) => `${n}/${of} ready`,
    restarts: (n: number) => plural(n, 'restart', 'restarts'),
    exit: (code: number) => `exit ${code}`,
    more: (n: number) => `+${n}`,
    hooks: ['pre', 'in', 'fwd', 'out', 'post'],
    eth0: 'eth0',
    noEntries: 'no entries',
    entries: (n: string) => `${n} entries`,
    podsOf: (n: number) => `${n} of 110 pods`,
    podsOn: (n: number, status: string) => `${plural(n, 'pod', 'pods')}, ${status}`,
    registry: 'registry',
    registryIdle: 'idle',
    pulls: (n: number) => plural(n, 'pull', 'pulls'),
    noPull: 'no image pulled',
    loadBalancer: 'load balancer',
    noLoadBalancer: 'no Service uses it',
    client: 'outside client',
    clientIP: '192.168.0.100',
    noConnection: 'no open connection',
    connections: (n: number) => plural(n, 'connection', 'connections'),
    notReady: 'Not ready',
    notReadyOf: (n: number, of: number) => `${number(n)} of ${plural(of, 'pod', 'pods')}`,
    allReady: 'every pod is ready or done',
    on: (node: string) => `on ${node}`,
    onNodes: (n: number) => `on ${plural(n, 'node', 'nodes')}`,
    inQueue: 'in the scheduler’s queue',
    gone: 'gone',
    podName: (p: { name: string; status: string; ready: number; total: number; restarts: number; node: string }) =>
      `Pod ${p.name}, ${p.status}, ${p.ready} of ${p.total} ready, ${plural(p.restarts, 'restart', 'restarts')}${p.node ? `, on ${p.node}` : ', on no node yet'}`,
    gaugeName: (kind: string, passes: number, of: number, nextMs: number | null) =>
      `${kind} probe, ${passes} of ${of} passes${nextMs === null ? '' : `, next in ${seconds(Math.max(0, nextMs))}`}`,
    gaugeFailing: (kind: string, failures: number, of: number, nextMs: number | null) =>
      `${kind} probe, ${failures} of ${of} failures${nextMs === null ? '' : `, next in ${seconds(Math.max(0, nextMs))}`}`,
    nodeName: (name: string, status: string, facts: string) => `Node ${name}, ${status}, ${facts}`,
    componentName: (title: string, facts: string) => `${title}${facts ? `, ${facts}` : ''}`,
    keys: 'Arrow keys go to the nearest part, Enter selects, plus and minus zoom, 0 fits.',
    opening: 'Starting the cluster',
  },
  glyphs: {
    ready: 'ready',
    notReady: 'running, not ready',
    progress: 'in progress',
    pending: 'pending',
    backoff: 'backing off',
    failed: 'failed',
    done: 'completed',
    terminating: 'terminating',
    off: 'off',
    unknown: 'unknown',
  },
} as const;
