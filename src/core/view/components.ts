/** Components and nodes as cards: their facts, read from the states of their rooms. */
import { quantityValue } from '../api/quantity.ts';
import type { KubeObject, Node, Pod } from '../api/types.ts';
import type { EngineState } from '../engine/engine.ts';
import type { RuntimeState } from '../node/runtime/state.ts';
import type { ComponentRecord, NodeRecord } from './records.ts';
import { apiServerState, kubeletState, objectsOf, osState, runtimeState } from './rooms.ts';

type Card = Omit<ComponentRecord, 'id' | 'type'>;
const card = (c: Card): ComponentRecord => ({ id: `component/${c.address}`, type: 'component', ...c });
const count = (record: object | undefined): number => (record ? Object.keys(record).length : 0);

export function controlPlaneCards(s: EngineState): ComponentRecord[] {
  const api = apiServerState(s);
  let watches = 0;
  for (const resource in api.watches) watches += count(api.watches[resource]);
  const pods = objectsOf<Pod>(s, 'pods');
  const bound = pods.filter((p) => p.spec.nodeName).length;
  const deployments = objectsOf<KubeObject>(s, 'deployments.apps').filter((d) => d.metadata.namespace !== 'kube-system');
  const first = deployments[0];
  return [
    card({
      address: 'apiserver',
      title: 'API server',
      up: true,
      words: '',
      right: `rev ${api.resourceVersion}`,
      facts: [[`${pods.length} pods, ${count(api.objects.services)} Services`, `${watches} watches`]],
    }),
    card({ address: 'scheduler', title: 'scheduler', up: true, words: '', right: '', facts: [[`queue ${pods.length - bound}`, `${bound} bound`]] }),
    card({
      address: 'controller-manager',
      title: 'controller manager',
      up: true,
      words: '',
      right: '',
      facts: first
        ? [[`Deployment ${first.metadata.name}`, `${first.status?.readyReplicas ?? 0} of ${first.spec?.replicas ?? 1} ready`]]
        : [['no Deployment', '']],
    }),
  ];
}

/** The world around the nodes: registry and outside client. */
export function outsideCards(s: EngineState, clientIP: string): ComponentRecord[] {
  const registry = s.rooms.registry as { reachable?: boolean } | undefined;
  const reachable = registry?.reachable !== false;
  const pulling: string[] = [];
  for (const address of Object.keys(s.rooms)) {
    if (!address.endsWith('/runtime')) continue;
    const operations = (s.rooms[address] as RuntimeState).operations;
    for (const key in operations) if (operations[key]?.pull) pulling.push(operations[key]?.target ?? '');
  }
  const connections = Object.values(osState(s, 'client')?.sockets.connections ?? {}).length;
  const shortName = (image: string): string => image.replace(/^docker\.io\/(library\/)?/, '');
  return [
    card({
      address: 'registry',
      title: 'registry',
      up: reachable,
      words: reachable ? '' : 'unreachable',
      right: '',
      facts: pulling.length > 0 ? pulling.slice(0, 2).map((image) => [shortName(image), 'pulling']) : [['no pull', 'idle']],
    }),
    card({
      address: 'client',
      title: 'outside client',
      up: true,
      words: '',
      right: '',
      facts: [
        [clientIP, ''],
        [connections === 0 ? 'no open connection' : `${connections} open connection${connections === 1 ? '' : 's'}`, ''],
      ],
    }),
  ];
}

const size = (bytes: number): string => {
  const mb = bytes / 1_000_000;
  return mb >= 10 ? `${Math.round(mb)} MB` : `${Math.round(mb * 10) / 10} MB`;
};

const seconds = (ms: number): string =>
  ms < 10_000 ? `${Math.floor(ms / 100) / 10} s` : ms < 120_000 ? `${Math.floor(ms / 1000)} s` : `${Math.floor(ms / 60_000)}m ${Math.floor(ms / 1000) % 60} s`;

/** The five cards of a worker. */
export function nodeCards(s: EngineState, node: Node, cni: string): ComponentRecord[] {
  const name = node.metadata.name;
  const kubelet = kubeletState(s, name);
  const runtime = runtimeState(s, name);
  const os = osState(s, name);
  const proxy = s.rooms[`${name}/kube-proxy`] as { lastSyncMs?: number; rules?: number; mode?: string } | undefined;
  const up = (part: string): boolean => !s.stopped[`${name}/${part}`] && s.rooms[`${name}/${part}`] !== undefined;
  const words = (unit: string): string => {
    const status = os?.systemd.units[`${unit}.service`];
    return status && status.active !== 'active' ? `${status.active} (${status.sub})` : '';
  };
  const workers = kubelet ? Object.values(kubelet.workers) : [];
  const busy = workers.filter((w) => (w as { inFlight?: unknown; working?: boolean }).working === true).length;
  const containers = runtime ? Object.values(runtime.containers) : [];
  const running = containers.filter((c) => c.state === 'running').length;
  const images = runtime ? Object.values(runtime.images) : [];
  const imageBytes = images.reduce((sum, image) => sum + image.size, 0);
  const hostLinks = os?.netns.host?.links ?? {};
  const pods = os ? Object.keys(os.netns).length - 1 : 0;
  const relisted = kubelet ? ((kubelet.pleg as { lastRelistMs?: number; relistMs?: number }).lastRelistMs ?? null) : null;
  return [
    card({
      address: `${name}/storage`,
      title: 'storage',
      up: true,
      words: '',
      right: '',
      facts: [
        [`${mounts(kubelet)} mounts`, ''],
        ['CSI 0', ''],
      ],
    }),
    card({
      address: `${name}/kubelet`,
      title: 'kubelet',
      up: up('kubelet'),
      words: words('kubelet'),
      right: '',
      facts: [
        [`${workers.length} pod workers`, busy > 0 ? `${busy} busy` : 'idle'],
        ['PLEG relist', relisted === null ? '' : `${seconds(Math.max(0, s.nowMs - relisted))} ago`],
      ],
    }),
    card({
      address: `${name}/runtime`,
      title: runtime?.args.implementation ?? 'containerd',
      up: up('runtime'),
      words: words(runtime?.args.implementation ?? 'containerd'),
      right: '',
      facts: [
        ['containers', running === containers.length ? String(running) : `${running} of ${containers.length}`],
        ['images', `${images.length}, ${size(imageBytes)}`],
      ],
    }),
    card({
      address: `${name}/cni`,
      title: 'CNI',
      up: true,
      words: '',
      right: cni,
      facts: [
        [`${pods} of 253 IPs`, ''],
        [`MTU ${hostLinks.cni0?.mtu ?? 1500}`, ''],
      ],
    }),
    card({
      address: `${name}/kube-proxy`,
      title: 'kube-proxy',
      up: up('kube-proxy'),
      words: words('kube-proxy'),
      right: '',
      facts: [
        [proxy?.lastSyncMs === undefined ? 'not synced' : `sync ${seconds(Math.max(0, s.nowMs - proxy.lastSyncMs))} ago`, ''],
        [proxy?.mode ?? '', ''],
      ],
    }),
  ];
}

function mounts(kubelet: ReturnType<typeof kubeletState>): number {
  const volumes = kubelet?.volumes as unknown as { actual?: object; mounted?: object; actualStateOfWorld?: object } | undefined;
  return count(volumes?.actualStateOfWorld ?? volumes?.actual ?? volumes?.mounted);
}

export function nodeRecord(s: EngineState, node: Node, glassed: boolean): NodeRecord {
  const name = node.metadata.name;
  const ready = node.status.conditions?.find((c) => c.type === 'Ready')?.status;
  const words = [ready === 'True' ? 'Ready' : 'NotReady', ...(node.spec.unschedulable ? ['SchedulingDisabled'] : [])];
  const os = osState(s, name);
  const units = Object.values(os?.systemd.units ?? {});
  const pressure = (type: string): boolean => node.status.conditions?.find((c) => c.type === type)?.status === 'True';
  const parts = ['kubelet', 'runtime', 'kube-proxy'];
  return {
    id: `node/${name}`,
    type: 'node',
    name,
    ip: node.status.addresses?.find((a) => a.type === 'InternalIP')?.address ?? '',
    status: words.join(','),
    family:
      ready !== 'True'
        ? ready === 'Unknown'
          ? 'failed'
          : 'failed'
        : pressure('MemoryPressure') || pressure('DiskPressure') || pressure('PIDPressure')
          ? 'backoff'
          : node.spec.unschedulable
            ? 'off'
            : 'ready',
    kubeletVersion: node.status.nodeInfo?.kubeletVersion ?? '',
    podCIDR: node.spec.podCIDR ?? '',
    runtime: node.status.nodeInfo?.containerRuntimeVersion ?? '',
    unitsActive: units.filter((u) => u.active === 'active').length,
    unitsTotal: units.length,
    failedUnits: units.filter((u) => u.active !== 'active').map((u) => ({ unit: u.unit, words: `${u.active} (${u.sub})` })),
    components: parts.map((part) => ({ name: part === 'runtime' ? 'containerd' : part, up: !s.stopped[`${name}/${part}`] })),
    memoryPressure: pressure('MemoryPressure'),
    diskPressure: pressure('DiskPressure'),
    pidPressure: pressure('PIDPressure'),
    glassed,
  };
}

/** Memory of the node, bytes. */
export const nodeMemory = (node: Node): number => quantityValue(node.status.capacity?.memory ?? 0);
