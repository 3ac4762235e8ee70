/** World → flat records, as differences. Marks what changed while the run tells of it, and makes anew only that. */

import { equal } from '../api/equal.ts';
import { resourceNamed } from '../api/resources.ts';
import type { EndpointSlice, KubeEvent, KubeObject, Node, Pod, Service } from '../api/types.ts';
import { type ContainerLogs, type ContainerLogsAnswer, kubeletOf } from '../contracts/kubelet.ts';
import type { CgroupRequest } from '../contracts/os.ts';
import type { StoredNote } from '../contracts/watch.ts';
import type { TraceEntry } from '../engine/types.ts';
import { runningFaults } from '../faults.ts';
import type { World } from '../world.ts';
import { controlPlaneCards, nodeCards, nodeRecord, outsideCards } from './components.ts';
import { detailOf } from './detail.ts';
import { faultText } from './fault-text.ts';
import { kernelRecords } from './kernel.ts';
import { Lanes } from './lanes.ts';
import { messageRecord, type Names } from './messages.ts';
import { nodeFacts } from './node-facts.ts';
import { eventRecord, objectId, objectRecord, serviceRecord } from './objects.ts';
import { podId, podRecord } from './pods.ts';
import type { ClusterRecord, MessageRecord, ObjectRecord, PodRecord, ViewDiff, ViewRecord } from './records.ts';
import { apiServerState, objectsOf, runtimeState } from './rooms.ts';
import type { SceneRecord, Watched } from './scene-records.ts';
import { sceneRecord } from './scenes.ts';
import { TraceLog } from './trace-log.ts';
import { type WhyLink, whyChain } from './why.ts';

/** Entries of one frame that are turned into messages at the most. */
const maxCounted = 6000;
/** Events kept in the view, newest. */
const maxEvents = 500;
/** Kinds that are listed as objects; pods, nodes, services and events have records of their own. */
const unlisted: ReadonlySet<string> = new Set(['pods', 'nodes', 'services', 'events', 'leases.coordination.k8s.io']);

export class View {
  readonly world: World;
  readonly log = new TraceLog();
  readonly lanes = new Lanes();
  private records = new Map<string, ViewRecord>();
  private dirtyPods = new Set<string>();
  private dirtyServices = true;
  private changedObjects = new Map<string, KubeObject | null>();
  private events: KubeEvent[] = [];
  private lastProbeMs = new Map<string, number>();
  private podsByIp = new Map<string, { name: string; uid: string }>();
  private podsByUid = new Map<string, Pod>();
  private servicesByIp = new Map<string, string>();
  private watched: Watched | null = null;

  constructor(world: World) {
    this.world = world;
    world.observe((entry) => this.attend(entry));
    this.rebuild();
    const s = world.engine.state;
    this.lanes.begin(objectsOf<Node>(s, 'nodes'), objectsOf<Pod>(s, 'pods'), world.nowMs);
  }

  /** An opened component: only it costs anything. */
  watch(watched: Watched | null): void {
    this.watched = watched;
  }

  /** After the present was put elsewhere: everything is looked at anew. */
  rebuild(): void {
    const s = this.world.engine.state;
    this.podsByUid = new Map(objectsOf<Pod>(s, 'pods').map((p) => [p.metadata.uid, p]));
    this.dirtyPods = new Set(this.podsByUid.keys());
    this.dirtyServices = true;
    this.events = objectsOf<KubeEvent>(s, 'events').slice(-maxEvents);
    this.changedObjects.clear();
    for (const resource of Object.keys(apiServerState(s).objects))
      if (!unlisted.has(resource)) for (const o of objectsOf<KubeObject>(s, resource)) this.changedObjects.set(objectId(o), o);
    for (const id of this.records.keys()) if (id.startsWith('object/') && !this.changedObjects.has(id)) this.changedObjects.set(id, null);
    for (const [key, atMs] of this.lastProbeMs) if (atMs > this.world.nowMs) this.lastProbeMs.delete(key);
    this.indexAddresses();
  }

  /** What lay ahead of the present never happened. */
  fork(): void {
    this.log.cutAfter(this.world.engine.state.told);
    this.lanes.cutAfter(this.world.nowMs, this.world.engine.state.told);
  }

  private attend(entry: TraceEntry): void {
    const place = this.world.engine.state.told;
    this.log.add(entry, place);
    this.lanes.add(entry, place);
    const { body } = entry;
    if (entry.kind === 'call' && body.type === 'Cgroup') this.memoryChanged(body as CgroupRequest);
    if (entry.kind !== 'note') return;
    // What a kubelet decided may have changed its back-off; a unit that stops takes its gauges with it.
    if (body.type === 'PodActions') this.dirtyPods.add((body as unknown as { podUID: string }).podUID);
    else if (body.type === 'Unit') for (const uid of this.podsByUid.keys()) this.dirtyPods.add(uid);
    if (body.type === 'Stored') this.stored(body as StoredNote);
    else if (body.type === 'ProbeResult') {
      const p = body as unknown as { podUID: string; container: string; probe: string };
      this.lastProbeMs.set(`${p.podUID}|${p.container}|${p.probe}`, entry.atMs);
      this.dirtyPods.add(p.podUID);
    }
  }

  private memoryChanged(request: CgroupRequest): void {
    if (request.op !== 'charge') return;
    const pod = this.names.podOfContainer(request.containerID);
    if (pod) this.dirtyPods.add(pod.uid);
  }

  private stored({ event, resource, object }: StoredNote): void {
    const gone = event === 'DELETED';
    if (resource === 'pods') {
      const { uid } = object.metadata;
      if (gone) this.podsByUid.delete(uid);
      else this.podsByUid.set(uid, object as Pod);
      this.dirtyPods.add(uid);
      const ip = (object as Pod).status?.podIP;
      if (ip && !(object as Pod).spec.hostNetwork) {
        if (!gone) this.podsByIp.set(ip, { name: object.metadata.name, uid });
        else if (this.podsByIp.get(ip)?.uid === uid) this.podsByIp.delete(ip);
      }
    } else if (resource === 'services') {
      this.dirtyServices = true;
      for (const cluster of [(object as Service).spec.clusterIP]) if (cluster && cluster !== 'None') this.servicesByIp.set(cluster, object.metadata.name);
    } else if (resource === 'events') {
      let at = this.events.length - 1;
      while (at >= 0 && this.events[at]?.metadata.uid !== object.metadata.uid) at -= 1;
      if (at >= 0) this.events[at] = object as KubeEvent;
      else this.events.push(object as KubeEvent);
      if (this.events.length > maxEvents * 2) this.events = this.events.slice(-maxEvents);
    } else if (!unlisted.has(resource)) {
      if (resource === 'endpointslices.discovery.k8s.io') this.dirtyServices = true;
      this.changedObjects.set(objectId(object), gone ? null : object);
    }
  }

  private indexAddresses(): void {
    this.podsByIp.clear();
    for (const pod of this.podsByUid.values())
      if (pod.status.podIP && !pod.spec.hostNetwork) this.podsByIp.set(pod.status.podIP, { name: pod.metadata.name, uid: pod.metadata.uid });
    this.servicesByIp.clear();
    for (const service of objectsOf<Service>(this.world.engine.state, 'services'))
      if (service.spec.clusterIP && service.spec.clusterIP !== 'None') this.servicesByIp.set(service.spec.clusterIP, service.metadata.name);
  }

  /** The differences since the last call. `whole`: everything, as if nothing had been told. */
  diff(whole: boolean): ViewDiff {
    const out: ViewDiff = { changed: [], removed: [] };
    if (whole) {
      this.records.clear();
      this.rebuild();
    }
    const present = new Set<string>();
    const put = (record: ViewRecord): void => {
      present.add(record.id);
      const before = this.records.get(record.id);
      if (before && equal(before, record)) return;
      this.records.set(record.id, record);
      out.changed.push(record);
    };
    const s = this.world.engine.state;
    for (const uid of this.dirtyPods) {
      const pod = this.podsByUid.get(uid);
      if (pod) put(podRecord(pod, nodeFacts(s, pod, this.lastProbeMs), s.startEpochMs));
      else this.remove(podId(uid), out);
    }
    this.dirtyPods.clear();
    for (const [id, o] of this.changedObjects) {
      if (o) put(this.objectRecordOf(o));
      else this.remove(id, out);
    }
    this.changedObjects.clear();
    const always: ViewRecord[] = [...this.clusterCards(), ...this.services(), ...this.eventRecords()];
    for (const record of always) put(record);
    const scene: SceneRecord | undefined = this.watched ? sceneRecord(this.world.engine, this.log, this.proxyMode(), this.watched) : undefined;
    if (scene) put(scene);
    for (const id of this.records.keys())
      if (!present.has(id) && /^(service|event|node|component|kernel|scene)\//.test(id) && !this.unchangedKinds.has(id.slice(0, id.indexOf('/'))))
        this.remove(id, out);
    return out;
  }

  /** Kinds that were not looked at in this round: what they hold stays. */
  private unchangedKinds = new Set<string>();

  private remove(id: string, out: ViewDiff): void {
    if (this.records.delete(id)) out.removed.push(id);
  }

  /** What a manifest says is only read anew when its generation changed. */
  private objectRecordOf(o: KubeObject): ObjectRecord {
    return objectRecord(o);
  }

  private clusterCards(): ViewRecord[] {
    const { engine, cluster, options } = this.world;
    const s = engine.state;
    const mode = this.proxyMode();
    const nodes = objectsOf<Node>(s, 'nodes').sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
    const glassed = nodes[0]?.metadata.name ?? '';
    const clusterRecord: ClusterRecord = {
      id: 'cluster',
      type: 'cluster',
      seed: options.seed,
      startEpochMs: s.startEpochMs,
      resourceVersion: apiServerState(s).resourceVersion,
      messages: s.handled,
      proxyMode: mode,
      workers: nodes.length,
      faults: Object.entries(runningFaults(engine)).map(([id, { fault, sinceMs }]) => ({
        id: id.slice(1),
        label: faultText(fault),
        sinceMs,
        target: 'node' in fault ? fault.node : 'pod' in fault ? `${fault.namespace}/${fault.pod}` : 'registry',
      })),
    };
    return [
      clusterRecord,
      ...controlPlaneCards(s),
      ...outsideCards(s, cluster.clientIP),
      ...nodes.map((n) => nodeRecord(s, n, n.metadata.name === glassed)),
      ...nodes.flatMap((n) => nodeCards(s, n, cluster.cni)),
      ...(glassed ? kernelRecords(engine, this.log, glassed, mode) : []),
    ];
  }

  private proxyMode(): ClusterRecord['proxyMode'] {
    const first = this.world.cluster.nodes[0]?.name ?? '';
    return (this.world.engine.state.rooms[`${first}/kube-proxy`] as { mode?: ClusterRecord['proxyMode'] } | undefined)?.mode ?? this.world.options.proxyMode;
  }

  private services(): ViewRecord[] {
    this.unchangedKinds.delete('service');
    if (!this.dirtyServices) {
      this.unchangedKinds.add('service');
      return [];
    }
    this.dirtyServices = false;
    const s = this.world.engine.state;
    const slices = new Map<string, EndpointSlice[]>();
    for (const slice of objectsOf<EndpointSlice>(s, 'endpointslices.discovery.k8s.io')) {
      const key = `${slice.metadata.namespace}/${slice.metadata.labels?.['kubernetes.io/service-name'] ?? ''}`;
      const known = slices.get(key);
      if (known) known.push(slice);
      else slices.set(key, [slice]);
    }
    return objectsOf<Service>(s, 'services').map((service) =>
      serviceRecord(service, slices.get(`${service.metadata.namespace}/${service.metadata.name}`) ?? []),
    );
  }

  private eventRecords(): ViewRecord[] {
    return this.events.slice(-maxEvents).map((e) => eventRecord(e, this.world.engine.state.startEpochMs));
  }

  /** Names at the present moment. */
  readonly names: Names = {
    podAt: (ip) => this.podsByIp.get(ip),
    podOf: (uid) => {
      const pod = this.podsByUid.get(uid);
      return pod && { name: pod.metadata.name };
    },
    podOfContainer: (id) => {
      for (const { name: node } of this.world.cluster.nodes) {
        const labels = runtimeState(this.world.engine.state, node)?.containers[id]?.config.labels;
        if (labels)
          return {
            name: labels['io.kubernetes.pod.name'] ?? '',
            uid: labels['io.kubernetes.pod.uid'] ?? '',
            container: labels['io.kubernetes.container.name'] ?? '',
          };
      }
      return undefined;
    },
    podNamed: (namespace, name) => {
      const pod = apiServerState(this.world.engine.state).objects.pods?.[`${namespace}/${name}`];
      return pod && { uid: pod.metadata.uid };
    },
    serviceAt: (ip) => this.servicesByIp.get(ip),
  };

  /**
   * Messages between two places of the run (`told` of the engine), oldest first: the last `limit` one by one, those before them counted by kind and way.
   * Beyond `maxCounted` entries the oldest are not looked at.
   */
  messagesBetween(fromPlace: number, toPlace: number, limit: number): { messages: MessageRecord[]; rates: { kind: string; path: string[]; count: number }[] } {
    const messages: MessageRecord[] = [];
    const rates = new Map<string, { kind: string; path: string[]; count: number }>();
    const end = this.log.indexAfter(toPlace);
    const first = Math.max(this.log.indexAfter(fromPlace), end - maxCounted);
    for (let i = end - 1; i >= first; i -= 1) {
      const entry = this.log.at(i);
      const record = entry && messageRecord(entry, this.names);
      if (!record) continue;
      if (messages.length < limit) {
        messages.push(record);
        continue;
      }
      if (record.path.length === 0) continue;
      const key = `${record.kind} ${record.path.join(' ')}`;
      const known = rates.get(key);
      if (known) known.count += 1;
      else rates.set(key, { kind: record.kind, path: record.path, count: 1 });
    }
    return { messages: messages.reverse(), rates: [...rates.values()] };
  }

  /** Every message between two places of the run, oldest first, each with what its object says. For comparing runs; decisions within a part are left out. */
  told(fromPlace: number, toPlace: number): { message: MessageRecord; detail: string }[] {
    const out: { message: MessageRecord; detail: string }[] = [];
    for (let i = this.log.indexAfter(fromPlace); i < this.log.indexAfter(toPlace); i += 1) {
      const entry = this.log.at(i);
      const message = entry && messageRecord(entry, this.names);
      if (entry && message && message.kind !== 'internal') out.push({ message, detail: detailOf(entry) });
    }
    return out;
  }

  /** Up to `limit` messages before the present, newest last, that pass `wanted`. */
  messagesBefore(beforeSeq: number | null, limit: number, wanted: (m: MessageRecord) => boolean): MessageRecord[] {
    const out: MessageRecord[] = [];
    let passed = beforeSeq === null;
    for (let i = this.log.indexAfter(this.world.engine.state.told) - 1; i >= 0 && out.length < limit; i -= 1) {
      const entry = this.log.at(i);
      if (!entry) continue;
      if (!passed) {
        passed = entry.seq === beforeSeq;
        continue;
      }
      const record = messageRecord(entry, this.names);
      if (record && wanted(record)) out.push(record);
    }
    return out.reverse();
  }

  /** Why a message came, or why a record is as it is (its newest message). */
  why(question: { seq?: number; about?: string }): WhyLink[] {
    const seq = question.seq ?? this.newestAbout(question.about ?? '');
    return seq === undefined ? [] : whyChain(this.log, seq, this.names);
  }

  /** The message that made the state: the newest status written about it, else the newest of any kind. */
  private newestAbout(about: string): number | undefined {
    let any: number | undefined;
    for (let i = this.log.indexAfter(this.world.engine.state.told) - 1; i >= 0; i -= 1) {
      const entry = this.log.at(i);
      const record = entry && messageRecord(entry, this.names);
      if (!record?.about.includes(about)) continue;
      if (record.kind === 'api' && record.text.startsWith('status of')) return record.seq;
      any ??= record.seq;
    }
    return any;
  }

  /** Records of the present, made for a question: what the next difference tells is not changed. */
  podsNow(wanted: (pod: Pod) => boolean): PodRecord[] {
    const s = this.world.engine.state;
    return objectsOf<Pod>(s, 'pods')
      .filter(wanted)
      .map((pod) => podRecord(pod, nodeFacts(s, pod, this.lastProbeMs), s.startEpochMs));
  }

  /** An object as the API server has it; `kind` as manifests write it. */
  objectOf(kind: string, namespace: string, name: string): KubeObject | undefined {
    const resource = resourceNamed(kind)?.id;
    return resource === undefined ? undefined : apiServerState(this.world.engine.state).objects[resource]?.[`${namespace}/${name}`];
  }

  /** What a container wrote, or the kubelet's words why not. */
  logs(q: { namespace: string; pod: string; container: string; previous: boolean; tailLines: number }): { text: string; error: string } {
    const pod = this.objectOf('Pod', q.namespace, q.pod) as Pod | undefined;
    if (!pod?.spec.nodeName) return { text: '', error: pod ? 'the pod is not on a node yet' : 'no such pod' };
    const answer = this.world.ask<ContainerLogsAnswer>(kubeletOf(pod.spec.nodeName), { type: 'ContainerLogs', ...q } as ContainerLogs);
    return { text: answer.text ?? '', error: answer.error ?? '' };
  }
}
