/** Trace entries in words, with the way they take over the map. */

import type { CniRequest } from '../contracts/cni.ts';
import type { CriCall, CriReply } from '../contracts/cri.ts';
import type { IptablesRestore, NftTransaction } from '../contracts/netfilter.ts';
import type { Signal } from '../contracts/process.ts';
import { restoreLines } from '../contracts/rule-blocks.ts';
import type { PacketNote } from '../contracts/socket.ts';
import type { ApiRequest, ApiResponse, WatchEvent, WatchRequest } from '../contracts/watch.ts';
import type { TraceEntry } from '../engine/types.ts';
import type { MessageKind, MessageRecord } from './records.ts';

/** What words need to know of the world at that moment. */
export interface Names {
  /** `namespace/name` or '' of the pod that has this address (host network aside), and its UID. */
  podAt(ip: string): { name: string; uid: string } | undefined;
  podOf(uid: string): { name: string } | undefined;
  podOfContainer(containerID: string): { name: string; uid: string; container: string } | undefined;
  podNamed(namespace: string, name: string): { uid: string } | undefined;
  serviceAt(ip: string): string | undefined;
}

const parts: Record<string, [string, string]> = {
  kubelet: ['kubelet', 'kubelet'],
  runtime: ['containerd', 'runtime'],
  cni: ['CNI', 'cni'],
  'kube-proxy': ['kube-proxy', 'kubeProxy'],
  os: ['kernel', 'netfilter'],
  workloads: ['processes', 'runtime'],
  storage: ['storage', 'storage'],
};

/** Name for reading, and vertex of the map. */
export function place(address: string): { name: string; vertex: string } {
  if (address === 'apiserver') return { name: 'API server', vertex: 'apiServer' };
  if (address === 'scheduler') return { name: 'scheduler', vertex: 'scheduler' };
  if (address === 'registry') return { name: 'registry', vertex: 'registry' };
  if (address === 'kubectl' || address === 'user' || address === '') return { name: address === 'kubectl' ? 'kubectl' : 'you', vertex: 'apiServer' };
  const slash = address.indexOf('/');
  const [host, part] = [address.slice(0, slash), address.slice(slash + 1)];
  if (host === 'controller-manager') return { name: `${part} controller`, vertex: 'controllerManager' };
  if (host === 'client') return { name: 'outside client', vertex: 'client' };
  if (host === 'control-plane') return { name: 'control plane', vertex: 'apiServer' };
  const [name, vertex] = parts[part] ?? [part, part];
  return { name: host === 'worker-1' ? name : `${name} (${host})`, vertex: `${host}/${vertex}` };
}

const short = (resource: string): string => resource.split('.')[0] as string;

/** undefined for entries that are of no interest to a reader: timers, memory accounting, file system calls. */
export function messageRecord(entry: TraceEntry, names: Names): MessageRecord | undefined {
  const record = recordOf(entry, names);
  // A pull, say, names no pod; the field that asked for it does.
  if (record && record.about.length === 0 && entry.why?.kind === 'Pod') {
    const pod = names.podNamed(entry.why.namespace ?? '', entry.why.name);
    if (pod) return { ...record, about: [`pod/${pod.uid}`] };
  }
  return record;
}

function recordOf(entry: TraceEntry, names: Names): MessageRecord | undefined {
  const body = entry.body;
  switch (body.type) {
    case 'ApiRequest': {
      const r = body as ApiRequest;
      const what = `${r.verb === 'patch' && r.subresource === 'status' ? 'status of' : r.verb} ${short(r.resource)} ${nameOf(r)}${r.subresource && r.subresource !== 'status' ? ` ${r.subresource}` : ''}`;
      return message(entry, 'api', what.trim(), { about: aboutRequest(r, names) });
    }
    case 'ApiResponse': {
      const r = body as ApiResponse;
      const refused = r.code >= 400;
      return message(entry, 'api', refused ? `${r.code} ${r.status?.reason ?? ''}: ${r.status?.message ?? ''}` : `${r.code} ${objectName(r)}`.trim(), {
        reply: true,
        outcome: refused ? 'refused' : 'ok',
        about: aboutObject(r.object),
      });
    }
    case 'Watch':
      return message(entry, 'api', `watch ${short((body as WatchRequest).resource)}`, {});
    case 'WatchEvent': {
      const e = body as WatchEvent;
      if (e.event === 'SYNCED') return undefined;
      return message(entry, 'api', `${e.event} ${e.object?.kind ?? short(e.resource)} ${e.object?.metadata.name ?? ''}`, {
        reply: true,
        about: aboutObject(e.object),
      });
    }
    case 'Cri': {
      const { request } = body as CriCall;
      if (entry.kind === 'call') return undefined;
      return message(entry, 'cri', criText(request as unknown as Record<string, unknown>), {
        about: aboutCri(request as unknown as Record<string, unknown>, names),
      });
    }
    case 'CriReply': {
      const r = body as CriReply;
      return message(entry, 'cri', r.error ? `${r.rpc}: ${r.error.message}` : r.rpc, { reply: true, outcome: r.error ? 'refused' : 'ok' });
    }
    case 'ProbeResult': {
      const p = body as unknown as { podUID: string; container: string; probe: string; result: string; output?: string };
      const text = `${p.probe} probe of ${p.container}: ${p.result}${p.output ? `, ${p.output}` : ''}`;
      return message(entry, 'probe', text, {
        to: `pod/${p.podUID}`,
        toName: names.podOf(p.podUID)?.name ?? 'pod',
        outcome: p.result === 'Success' ? 'ok' : 'refused',
        about: [`pod/${p.podUID}`],
      });
    }
    case 'PodActions': {
      const p = body as unknown as { podUID: string };
      return message(entry, 'internal', 'computePodActions decides', { about: [`pod/${p.podUID}`] });
    }
    case 'PodStatus': {
      const p = body as unknown as { podUID: string; status: { phase?: string } };
      return message(entry, 'internal', `status manager: ${p.status.phase ?? 'status'} of ${names.podOf(p.podUID)?.name ?? 'pod'}`, {
        about: [`pod/${p.podUID}`],
      });
    }
    case 'ContainerdStep': {
      const s = body as unknown as { component: string; step: string; subject: string; podUID: string };
      return message(entry, 'internal', `${s.component}: ${s.step} ${s.subject.slice(0, 12)}`, { about: [`pod/${s.podUID}`] });
    }
    case 'ProcessExited': {
      const p = body as unknown as { containerID: string; exitCode: number; oom: boolean };
      const pod = names.podOfContainer(p.containerID);
      return message(entry, 'signal', `exit code ${p.exitCode}${p.oom ? ', out of memory' : ''}`, {
        about: pod ? [`pod/${pod.uid}`] : [],
        from: pod ? `pod/${pod.uid}` : entry.from,
        fromName: pod ? `${pod.name} ${pod.container}` : undefined,
        reply: true,
      });
    }
    case 'Signal': {
      const s = body as Signal;
      const pod = names.podOfContainer(s.containerID);
      return message(entry, 'signal', s.signal, {
        about: pod ? [`pod/${pod.uid}`] : [],
        to: pod ? `pod/${pod.uid}` : entry.to,
        toName: pod ? `${pod.name} ${pod.container}` : undefined,
      });
    }
    case 'Cni': {
      const c = body as CniRequest;
      if (!c.args?.K8S_POD_UID || entry.kind !== 'call') return undefined;
      const pod = names.podOf(c.args.K8S_POD_UID);
      return message(entry, 'cni', `CNI ${c.command} ${pod?.name ?? c.args.K8S_POD_NAME}`, { about: [`pod/${c.args.K8S_POD_UID}`] });
    }
    case 'IptablesRestore':
      return message(entry, 'rules', `iptables-restore, ${restoreLines((body as IptablesRestore).text, (body as IptablesRestore).blocks)} lines`, {});
    case 'Nft':
      return message(entry, 'rules', `nft -f, ${lines((body as NftTransaction).text)} lines`, {});
    case 'KubectlRun':
      return message(entry, 'command', `kubectl ${((body as unknown as { argv: string[] }).argv ?? []).join(' ')}`.slice(0, 300), {});
    case 'ResolveImage':
      return message(entry, 'tcp', `HEAD manifest of ${(body as unknown as { reference: string }).reference}`, {});
    case 'PullProgress': {
      const p = body as unknown as { image: string; layers: { done: number; total: number }[] };
      const done = p.layers.reduce((sum, l) => sum + l.done, 0);
      const total = p.layers.reduce((sum, l) => sum + l.total, 0);
      return message(entry, 'tcp', `layers of ${p.image}: ${megabytes(done)} of ${megabytes(total)} MB`, { from: 'registry', to: entry.from, reply: true });
    }
    case 'PacketPath':
      return packet(entry, names);
    default:
      return undefined;
  }
}

interface Extra {
  reply?: boolean;
  outcome?: MessageRecord['outcome'];
  about?: string[];
  from?: string;
  to?: string;
  fromName?: string | undefined;
  toName?: string | undefined;
  path?: string[];
}

function message(entry: TraceEntry, kind: MessageKind, text: string, extra: Extra): MessageRecord {
  const [from, to] = [extra.from ?? entry.from, extra.to ?? entry.to];
  const vertex = (address: string): string => (address.startsWith('pod/') ? address : place(address).vertex);
  const path = extra.path ?? (vertex(from) === vertex(to) ? [] : [vertex(from), vertex(to)]);
  return {
    seq: entry.seq,
    atMs: entry.atMs,
    sentMs: entry.sentMs,
    cause: entry.cause,
    kind,
    reply: extra.reply ?? false,
    outcome: entry.kind === 'dropped' ? 'lost' : (extra.outcome ?? 'ok'),
    from,
    to,
    fromName: extra.fromName ?? place(from).name,
    toName: extra.toName ?? place(to).name,
    text,
    path,
    about: extra.about ?? [],
    why: entry.why ?? null,
  };
}

const megabytes = (bytes: number): string => String(Math.round(bytes / 100_000) / 10);

const lines = (text: string): number => text.split('\n').length - 1;

function nameOf(r: ApiRequest): string {
  const object = r.object as { metadata?: { name?: string; generateName?: string }; reason?: string } | undefined;
  if (short(r.resource) === 'events' && object?.reason) return object.reason;
  return r.name ?? object?.metadata?.name ?? (object?.metadata?.generateName ? `${object.metadata.generateName}…` : '');
}

const objectName = (r: ApiResponse): string =>
  r.object ? `${r.object.kind} ${r.object.metadata.name}` : r.list ? `${r.list.items.length} ${r.list.kind}` : '';

function aboutObject(
  object: { kind: string; metadata: { name: string; namespace?: string; uid: string }; involvedObject?: { uid?: string } } | undefined,
): string[] {
  if (!object) return [];
  const { name, namespace, uid } = object.metadata;
  if (object.kind === 'Pod') return [`pod/${uid}`];
  if (object.kind === 'Node') return [`node/${name}`];
  if (object.kind === 'Service') return [`service/${uid}`];
  if (object.kind === 'Event') return [`event/${uid}`, ...(object.involvedObject?.uid ? [`pod/${object.involvedObject.uid}`] : [])];
  return [`object/${object.kind}/${namespace ?? ''}/${name}`];
}

function aboutRequest(r: ApiRequest, names: Names): string[] {
  const resource = short(r.resource);
  if (resource === 'pods' && r.name) {
    const pod = names.podNamed(r.namespace ?? '', r.name);
    return pod ? [`pod/${pod.uid}`] : [];
  }
  if (resource === 'nodes' && r.name) return [`node/${r.name}`];
  const about = (r.object as { involvedObject?: { uid?: string } } | undefined)?.involvedObject?.uid;
  return about ? [`pod/${about}`] : [];
}

function criText(request: Record<string, unknown>): string {
  const config = request.config as { metadata?: { name?: string; attempt?: number } } | undefined;
  const rpc = String(request.rpc);
  if (rpc === 'CreateContainer') return `${rpc} ${config?.metadata?.name ?? ''} attempt ${config?.metadata?.attempt ?? 0}`;
  if (config?.metadata?.name) return `${rpc} ${config.metadata.name}`;
  if (Array.isArray(request.cmd)) return `${rpc} ${request.cmd.join(' ')}`.slice(0, 200);
  const id = request.containerId ?? request.podSandboxId ?? request.image;
  return typeof id === 'string' ? `${rpc} ${/^[0-9a-f]{64}$/.test(id) ? id.slice(0, 12) : id}` : rpc;
}

function aboutCri(request: Record<string, unknown>, names: Names): string[] {
  const config = (request.sandboxConfig ?? request.config) as { metadata?: { uid?: string } } | undefined;
  if (config?.metadata?.uid) return [`pod/${config.metadata.uid}`];
  const pod = typeof request.containerId === 'string' ? names.podOfContainer(request.containerId) : undefined;
  return pod ? [`pod/${pod.uid}`] : [];
}

/** A packet within one host: its hops become the way over the map. */
function packet(entry: TraceEntry, names: Names): MessageRecord | undefined {
  const note = entry.body as PacketNote;
  const { packet: p, hops, verdict } = note;
  const host = entry.from.slice(0, entry.from.indexOf('/'));
  const about: string[] = [];
  const path: string[] = [];
  const vertexOf = (hop: string): string | undefined => {
    if (hop.startsWith('pod:')) {
      const [namespace, name] = hop.slice(4).split('/');
      const pod = names.podNamed(namespace ?? '', name ?? '');
      if (!pod) return undefined;
      about.push(`pod/${pod.uid}`);
      return `pod/${pod.uid}`;
    }
    if (hop === 'cni0') return `${host}/cni0`;
    if (hop === 'netfilter') return `${host}/netfilter`;
    if (hop === 'client' || hop === 'external') return host === 'client' ? 'client' : `${host}/eth0`;
    if (hop.startsWith('host:')) return hop === `host:${host}` ? `${host}/netfilter` : hop.slice(5);
    if (hop.startsWith('eth')) return host === 'client' ? undefined : `${host}/eth0`;
    return undefined;
  };
  for (const hop of hops) {
    const vertex = vertexOf(hop);
    if (vertex && path[path.length - 1] !== vertex) path.push(vertex);
  }
  const kind: MessageKind = p.protocol === 'udp' ? 'udp' : 'tcp';
  const to = note.translated ? ` ⇒ ${note.translated.dst}:${note.translated.dport}` : '';
  const first = p.data ? ` ${(p.data.split('\r\n')[0] as string).slice(0, 80)}` : '';
  const text = `${p.flags} ${p.dst}:${p.dport}${to}${first}${note.by && verdict !== 'DELIVERED' && verdict !== 'FORWARDED' ? ` (${note.by})` : ''}`;
  const sender = names.podAt(p.src)?.name ?? (host === 'client' ? 'outside client' : host);
  const receiver = names.serviceAt(p.dst) ?? names.podAt(p.dst)?.name ?? p.dst;
  const outcome = verdict === 'DELIVERED' || verdict === 'FORWARDED' ? 'ok' : verdict === 'DROP' || verdict === 'NO_ROUTE' ? 'lost' : 'refused';
  return message(entry, kind, text, {
    path,
    about,
    outcome,
    reply: p.flags === 'SYN-ACK' || p.flags === 'ECHO-REPLY' || p.flags === 'RST',
    fromName: sender,
    toName: receiver,
  });
}
