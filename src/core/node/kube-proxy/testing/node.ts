/** A node's kernel with kube-proxy and an API server that says what it is told to, for tests. */

import type { NetfilterAnswer } from '../../../contracts/netfilter.ts';
import type { WatchEvent, WatchRequest } from '../../../contracts/watch.ts';
import { Engine, type Rooms } from '../../../engine/engine.ts';
import { strictSharing } from '../../../engine/share.ts';
import type { Body, Message, Room, TraceEntry } from '../../../engine/types.ts';
import { osRoom } from '../../os/os.ts';
import { osArgs } from '../../os/testing/hosts.ts';
import { type KubeProxyArgs, type KubeProxyState, kubeProxyRoom } from '../kube-proxy.ts';
import type { ProxySyncNote } from '../sync.ts';

type Collected = { bodies: Body[] };
const collector: Room<Collected> = { initial: () => ({ bodies: [] }), handle: (state, message: Message) => void state.bodies.push(message.body) };

const slices = 'endpointslices.discovery.k8s.io';

export class TestNode {
  readonly engine: Engine;
  readonly trace: TraceEntry[] = [];
  readonly syncs: (ProxySyncNote & { atMs: number })[] = [];

  constructor(args: Partial<KubeProxyArgs> = {}) {
    strictSharing(true);
    const rooms: Rooms = {
      apiserver: { room: collector as Room<never>, args: {} },
      'worker-1/os': { room: osRoom as Room<never>, args: osArgs('worker-1', '10.200.0.2') },
      'worker-1/workloads': { room: collector as Room<never>, args: {} },
      'worker-1/kube-proxy': {
        room: kubeProxyRoom as Room<never>,
        args: { nodeName: 'worker-1', nodeIP: '10.200.0.2', mode: 'iptables', clusterCIDR: '10.244.0.0/16', families: ['IPv4'], ...args },
      },
    };
    this.engine = new Engine(Engine.initialState(1, 1_700_000_000_000), rooms);
    this.engine.observers.push((entry) => {
      this.trace.push(entry);
      if (entry.kind === 'note' && entry.body.type === 'ProxySync') this.syncs.push({ ...(entry.body as ProxySyncNote), atMs: entry.atMs });
    });
    this.engine.startAll();
    this.engine.advance(10);
  }

  get state(): KubeProxyState {
    return this.engine.state.rooms['worker-1/kube-proxy'] as KubeProxyState;
  }
  /** What the API server was asked. */
  get asked(): Body[] {
    return (this.engine.state.rooms.apiserver as Collected).bodies;
  }
  /** The newest watch of a resource. */
  private watch(resource: string): string {
    return (this.asked.filter((body) => body.type === 'Watch' && (body as WatchRequest).resource === resource).at(-1) as WatchRequest).watch;
  }
  tell(event: WatchEvent['event'], object: { kind: string; [other: string]: unknown }): void {
    const resource = object.kind === 'Service' ? 'services' : object.kind === 'Node' ? 'nodes' : slices;
    this.engine.send('apiserver', 'worker-1/kube-proxy', { type: 'WatchEvent', watch: this.watch(resource), resource, event, object } as Body, 0, 0);
  }
  synced(): void {
    for (const resource of ['services', slices])
      this.engine.send('apiserver', 'worker-1/kube-proxy', { type: 'WatchEvent', watch: this.watch(resource), resource, event: 'SYNCED' } as Body, 0, 0);
  }
  advance(ms: number): void {
    this.engine.advance(this.engine.state.nowMs + ms);
  }
  ask<T>(request: Body): T {
    return this.engine.ask('worker-1/workloads', 'worker-1/os', request) as T;
  }
  save(table: string): string {
    return this.ask<NetfilterAnswer>({ type: 'IptablesSave', family: 'IPv4', table } as Body).text ?? '';
  }
  calls(type: string): number {
    return this.trace.filter((entry) => entry.kind === 'call' && entry.body.type === type).length;
  }
}

export const service = (name: string, clusterIP: string, spec: object = {}, status: object = {}): { kind: string } => ({
  kind: 'Service',
  ...{
    apiVersion: 'v1',
    metadata: { name, namespace: 'default', uid: name, resourceVersion: '1' },
    spec: { type: 'ClusterIP', clusterIP, clusterIPs: [clusterIP], ipFamilies: ['IPv4'], ports: [{ name: 'http', port: 80, protocol: 'TCP' }], ...spec },
    status,
  },
});

/** Endpoints on worker-1, or `IP@NODE`. */
export const slice = (name: string, ips: string[], more: object = {}): { kind: string } => ({
  kind: 'EndpointSlice',
  ...{
    apiVersion: 'discovery.k8s.io/v1',
    metadata: { name: `${name}-x`, namespace: 'default', labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    endpoints: ips.map((ip) => ({ addresses: [ip.split('@')[0]], nodeName: ip.split('@')[1] ?? 'worker-1', conditions: { ready: true } })),
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    ...more,
  },
});
