/** The opened container runtime: its conversation, image store, shims, and one container with its cgroup. */

import type { CniRequest } from '../contracts/cni.ts';
import type { CriCall, CriReply } from '../contracts/cri.ts';
import type { EngineState } from '../engine/engine.ts';
import type { TraceEntry } from '../engine/types.ts';
import type { Container, Operation, RuntimeState, Sandbox, Step } from '../node/runtime/state.ts';
import { lookBack } from './recent.ts';
import { osState, runtimeState } from './rooms.ts';
import type { ConversationRow, LayerRow, Lifeline, RuntimeSceneRecord } from './scene-records.ts';
import type { TraceLog } from './trace-log.ts';

/** Rows of the conversation that are drawn. */
export const conversationRows = 15;
const maxShims = 110;

export function runtimeSceneRecord(s: EngineState, log: TraceLog, node: string, about: string): RuntimeSceneRecord | undefined {
  const runtime = runtimeState(s, node);
  if (!runtime) return undefined;
  const container = selectedContainer(runtime, about.startsWith('pod/') ? about.slice(4) : '');
  return {
    id: `scene/${node}/runtime`,
    type: 'runtimeScene',
    node,
    up: !s.stopped[`${node}/runtime`],
    implementation: runtime.args.implementation,
    parallel: runtime.args.maxParallelDownloads,
    rows: conversation(s, log, node, runtime),
    images: Object.values(runtime.images).map((image) => ({
      name: shortImage(image.tags[0] ?? image.digests[0] ?? image.id),
      layers: image.layers.length,
      bytes: image.size,
      pinned: image.pinned,
    })),
    image: imageOf(runtime, container),
    shims: Object.values(runtime.sandboxes)
      .slice(-maxShims)
      .map((sandbox) => shimOf(runtime, sandbox)),
    container: container ? containerOf(s, node, runtime, container) : null,
    cgroupDriver: runtime.args.cgroupDriver,
  };
}

const shortImage = (name: string): string => name.replace(/^.*\//, '').replace(/@sha256:([0-9a-f]{12}).*$/, '@$1');
const short = (id: string): string => (/^[0-9a-f]{64}$/.test(id) ? `${id.slice(0, 6)}…` : shortImage(id));

const label = (c: { config: { labels?: Readonly<Record<string, string>> } }, name: string): string => c.config.labels?.[`io.kubernetes.${name}`] ?? '';

/** The pod's container that something happens to, else its newest; without a pod the newest of all. */
function selectedContainer(runtime: RuntimeState, uid: string): Container | undefined {
  const all = Object.values(runtime.containers);
  const own = all.reverse().filter((c) => uid === '' || label(c, 'pod.uid') === uid);
  const busy = new Set(Object.values(runtime.operations).map((op) => op.target));
  return own.find((c) => busy.has(c.id) || c.starting || c.removing) ?? own.find((c) => c.state === 'running' || c.state === 'created') ?? own[0];
}

function conversation(s: EngineState, log: TraceLog, node: string, runtime: RuntimeState): ConversationRow[] {
  const now = underWay(s, runtime);
  const rows: ConversationRow[] = [];
  const room = conversationRows - now.length;
  const uidOf = (id: unknown): string => {
    if (typeof id !== 'string') return '';
    const c = runtime.containers[id];
    return c ? label(c, 'pod.uid') : (runtime.sandboxes[id]?.config.metadata.uid ?? '');
  };
  const uids = new Map<string, string>();
  lookBack(log, s.told, 0, (entry) => {
    const row = rowOf(entry, node, uidOf);
    if (row) rows.push(row);
    return rows.length < Math.max(0, room);
  });
  rows.reverse();
  // A reply speaks of what its request named.
  for (const row of rows) {
    const entry = log.bySeq(row.seq);
    const id = (entry?.body as { id?: string } | undefined)?.id ?? '';
    if (entry?.body.type === 'Cri') uids.set(id, row.uid);
    else if (entry?.body.type === 'CriReply') row.uid = uids.get(id) ?? uidOfCall(id);
  }
  return [...rows, ...now].slice(-conversationRows);
}

/** Calls of a sync carry the pod's UID in their id. */
const uidOfCall = (id: string): string => /\|([0-9a-f-]{36})\|/.exec(id)?.[1] ?? '';

function rowOf(entry: TraceEntry, node: string, uidOf: (id: unknown) => string): ConversationRow | undefined {
  const runtime = `${node}/runtime`;
  const { body } = entry;
  const base = { seq: entry.seq, atMs: entry.atMs, reply: false, refused: false, now: false };
  if (entry.to === runtime && body.type === 'Cri' && entry.kind !== 'call') {
    const request = (body as CriCall).request as unknown as Record<string, unknown> & { rpc: string };
    const config = request.config as { metadata?: { name?: string; uid?: string } } | undefined;
    const sandbox = request.sandboxConfig as { metadata?: { uid?: string } } | undefined;
    const uid = sandbox?.metadata?.uid ?? config?.metadata?.uid ?? (uidOf(request.containerId ?? request.podSandboxId) || uidOfCall((body as CriCall).id));
    const what =
      config?.metadata?.name ?? request.containerId ?? request.podSandboxId ?? (request.image as { image?: string } | undefined)?.image ?? request.image;
    return { ...base, from: 'kubelet', to: 'cri', text: `${request.rpc} ${typeof what === 'string' ? short(what) : ''}`.trim(), uid };
  }
  if (entry.from === runtime && body.type === 'CriReply') {
    const reply = body as CriReply;
    const response = (reply as { response?: Record<string, unknown> }).response;
    const id = response?.containerId ?? response?.podSandboxId ?? response?.imageRef;
    const text = reply.error ? `${reply.rpc}: ${reply.error.message}` : `${reply.rpc}${typeof id === 'string' ? `, ${short(id.replace(/^sha256:/, ''))}` : ''}`;
    return { ...base, from: 'cri', to: 'kubelet', text, reply: true, refused: reply.error !== undefined, uid: '' };
  }
  if (entry.from === runtime && entry.kind === 'call' && body.type === 'Cni' && (body as CniRequest).command !== 'STATUS')
    return { ...base, from: 'cri', to: 'cni', text: (body as CniRequest).command, uid: (body as CniRequest).args?.K8S_POD_UID ?? '' };
  if (entry.from === runtime && body.type === 'ContainerdStep') {
    const step = body as unknown as { component: string; step: string; subject: string; podUID?: string; detail?: string; state?: string };
    if (step.step === 'reply' && step.component === 'containerd') return undefined;
    // The call itself is a row already; what came of it goes back.
    const cni = step.component === 'cni';
    const [from, to]: [Lifeline, Lifeline] = cni ? ['cni', 'cri'] : legOf(step.component);
    const detail = step.state === 'running' && step.detail ? `, ${step.detail}` : cni && step.detail && step.detail.length < 24 ? `, ${step.detail}` : '';
    const refused = step.step === 'start failed';
    return { ...base, from, to, text: `${step.step} ${detail ? '' : short(step.subject)}`.trim() + detail, reply: cni, refused, uid: step.podUID ?? '' };
  }
  if (entry.to === runtime && body.type === 'TaskExit') {
    const exit = body as unknown as { containerID: string; exitCode: number };
    return { ...base, from: 'shim', to: 'cri', text: `TaskExit ${exit.exitCode}`, reply: true, uid: uidOf(exit.containerID) };
  }
  return undefined;
}

/** Who speaks to whom when a component takes a step. Docker's and CRI-O's parts stand on the lines of theirs. */
function legOf(component: string): [Lifeline, Lifeline] {
  if (component === 'shim' || component === 'conmon') return ['cri', 'shim'];
  if (component === 'runc' || component === 'crun') return ['shim', 'runc'];
  return ['cri', 'cri'];
}

function underWay(s: EngineState, runtime: RuntimeState): ConversationRow[] {
  const out: ConversationRow[] = [];
  for (const op of Object.values(runtime.operations)) {
    const step = op.steps[op.next] as Step | undefined;
    if (!step || step.name === 'reply') continue;
    const [from, to] = step.component === 'cni' ? (['cri', 'cni'] as const) : legOf(step.component);
    out.push({
      seq: 0,
      atMs: s.nowMs,
      from,
      to,
      text: `${step.name} ${short(op.target)}`.trim(),
      reply: false,
      refused: false,
      now: true,
      uid: podOfOperation(runtime, op),
    });
  }
  return out.slice(-4);
}

function podOfOperation(runtime: RuntimeState, op: Operation): string {
  const container = op.created ?? runtime.containers[op.target];
  const sandbox = runtime.sandboxes[op.create?.podSandboxId ?? op.target];
  return container ? label(container, 'pod.uid') : (sandbox?.config.metadata.uid ?? uidOfCall(op.id));
}

function imageOf(runtime: RuntimeState, container: Container | undefined): RuntimeSceneRecord['image'] {
  const op = Object.values(runtime.operations).find((o) => o.pull);
  if (op?.pull) {
    const step = op.steps[op.next]?.name ?? '';
    const snapshot: LayerRow['snapshot'] = step === 'unpack' ? 'unpacking' : step === 'reply' ? 'committed' : 'waiting';
    const layers = op.pull.layers.map((l) => ({ digest: digest(l.digest), bytes: l.total, done: l.done, snapshot }));
    return { name: shortImage(op.target), pulling: true, step, layers };
  }
  const image = runtime.images[container?.imageID ?? ''] ?? Object.values(runtime.images).at(-1);
  if (!image) return null;
  const layers = image.layers.map((l) => ({ digest: digest(l.digest), bytes: l.sizeBytes, done: l.sizeBytes, snapshot: 'committed' as const }));
  return { name: shortImage(image.tags[0] ?? image.id), pulling: false, step: '', layers };
}

const digest = (text: string): string => text.replace(/^sha256:/, '').slice(0, 12);

function shimOf(runtime: RuntimeState, sandbox: Sandbox): RuntimeSceneRecord['shims'][number] {
  const containers = Object.values(runtime.containers).filter((c) => c.sandboxId === sandbox.id);
  return {
    id: sandbox.id,
    uid: sandbox.config.metadata.uid,
    pod: sandbox.config.metadata.name,
    pid: sandbox.pid,
    family: sandbox.state === 'ready' ? 'ready' : sandbox.state === 'init' ? 'progress' : 'off',
    word: sandbox.state === 'ready' ? 'READY' : sandbox.state === 'init' ? 'starting' : 'NOTREADY',
    containers: containers.slice(-12).map((c) => ({ id: c.id, name: c.config.metadata.name, ...look(c) })),
  };
}

function look(c: Container): { family: RuntimeSceneRecord['shims'][number]['family']; word: string } {
  if (c.state === 'running') return { family: 'ready', word: 'running' };
  if (c.state === 'created') return { family: c.starting ? 'progress' : 'pending', word: c.starting ? 'starting' : 'created' };
  return { family: c.exitCode === 0 ? 'done' : 'failed', word: `exited ${c.exitCode}` };
}

function containerOf(s: EngineState, node: string, runtime: RuntimeState, c: Container): NonNullable<RuntimeSceneRecord['container']> {
  const sandbox = runtime.sandboxes[c.sandboxId];
  const op = Object.values(runtime.operations).find((o) => o.target === c.id || o.created?.id === c.id);
  const step = op?.steps[op.next];
  const runc = step && (step.component === 'runc' || step.component === 'crun') ? step.name : '';
  const os = osState(s, node);
  const group = os?.cgroups.groups[c.cgroup];
  const limit = group?.values['memory.max'];
  const bytes = limit === undefined || limit === 'max' ? null : Number(limit);
  const host = sandbox?.netns === '' || sandbox?.netns === 'host';
  const values: [string, string][] = [
    ['memory.max', limit ?? 'max'],
    ['cpu.weight', group?.values['cpu.weight'] ?? ''],
    ...(group?.values['cpu.max'] ? ([['cpu.max', group.values['cpu.max']]] as [string, string][]) : []),
    [
      'cgroup.procs',
      Object.values(group?.processes ?? {})
        .map((p) => p.pid)
        .join(' '),
    ],
  ];
  const state =
    c.state === 'running'
      ? 'running'
      : c.state === 'exited'
        ? 'stopped'
        : c.pid > 0
          ? 'created'
          : runc === 'runc create' || step?.name === 'task create'
            ? 'creating'
            : 'none';
  return {
    id: c.id,
    name: c.config.metadata.name,
    uid: label(c, 'pod.uid'),
    pod: label(c, 'pod.name'),
    state,
    call: runc,
    facts: [
      ['call', runc ? `${runc} ${short(c.id)}` : 'none'],
      ['process', c.pid > 0 ? `${c.config.metadata.name}, pid ${c.pid}` : c.state === 'exited' ? `exited ${c.exitCode}` : ''],
      ['joins', host ? 'ipc of pause, net and uts of the host' : `net, ipc, uts of pause ${sandbox?.pid ?? ''}`],
      ['image', shortImage(c.imageName)],
    ],
    cgroup: c.cgroup.split('/').filter(Boolean),
    values,
    memory: { bytes: group?.memoryBytes ?? 0, limit: bytes, of: os?.machine.memoryBytes ?? 0 },
  };
}
