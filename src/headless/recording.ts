/** Recordings: the steps of one played in the recorded cluster, and a run written down in the same form. */
import { type Command, type KubeObject, type StoredNote, World } from '../core/index.ts';
import { splitWords } from '../scenario/words.ts';
import './field-docs.ts';
import { loadManifest } from '../session/yaml/manifest.ts';

export interface Step {
  /** Seconds. */
  at: number;
  apply?: string;
  kubectl?: string;
  node?: string;
  fault?: string;
  atMs?: number;
  rc?: number;
  out?: string;
  err?: string;
}
export interface Recording {
  name: string;
  title?: string;
  untilMs: number;
  steps: Step[];
  watch?: { atMs: number; resource: string; type: string; object: KubeObject }[];
}

/** kubectl's process start and client discovery before its request leaves, and its end, ms; measured on the recording machine. */
const kubectlStartMs = 220;
const kubectlTotalMs = 450;
const readTotalMs = 90;

export const staticPodDirectory = '/etc/kubernetes/manifests';

/** Throws with a sentence when `value` is no recording. */
export function asRecording(value: unknown): Recording {
  const r = value as Recording;
  if (typeof r !== 'object' || r === null || typeof r.name !== 'string' || !Array.isArray(r.steps))
    throw new Error('not a recording: it needs a name and steps');
  if (!Number.isFinite(r.untilMs) || r.untilMs < 0) throw new Error('not a recording: untilMs must be a number of milliseconds');
  for (const [i, step] of r.steps.entries()) {
    if (typeof step !== 'object' || step === null || !Number.isFinite(step.at)) throw new Error(`steps[${i}].at must be a number of seconds`);
    const kinds = (['apply', 'kubectl', 'node', 'fault'] as const).filter((kind) => step[kind] !== undefined);
    if (kinds.length !== 1 || typeof step[kinds[0] as 'apply'] !== 'string') throw new Error(`steps[${i}] needs one of apply, kubectl, node, fault, as text`);
  }
  return r;
}

export interface Played {
  step: Step;
  atMs: number;
  /** Name of the command in the log, when it has a result. */
  id: string | null;
}

/** Schedules the steps; each begins when it is due and the one before has ended. */
export function scheduleSteps(world: World, recording: Recording): Played[] {
  let freeMs = 0;
  return recording.steps.map((step) => {
    const atMs = Math.max(Math.round(step.at * 1000), freeMs);
    if (step.fault !== undefined) {
      for (const command of faultCommands(world, recording.name, step.fault)) world.schedule(atMs, command);
      return { step, atMs, id: null };
    }
    const command = stepCommand(world, recording.name, step);
    const writes = step.apply !== undefined || (step.kubectl !== undefined && !/^(get|describe|logs|top|explain|api-|version)/.test(step.kubectl));
    freeMs = atMs + (writes ? kubectlTotalMs : step.kubectl !== undefined ? readTotalMs : 20);
    return { step, atMs, id: world.schedule(atMs + (writes ? kubectlStartMs : 0), command) };
  });
}

function stepCommand(world: World, namespace: string, step: Step): Command {
  if (step.apply !== undefined) return { type: 'kubectl', argv: ['apply', '-f', '-'], namespace, files: { '-': loadManifest('-', step.apply) } };
  if (step.kubectl !== undefined) return kubectlCommand(step.kubectl, namespace);
  const host = world.cluster.nodes[0]?.name ?? 'worker-1';
  return { type: 'shell', host, command: step.node as string, env: { W: staticPodDirectory.replace(/\/manifests$/, '') } };
}

/** Words of a kubectl command line; quotes as a shell has them. */
export function kubectlCommand(line: string, namespace: string): Command {
  return { type: 'kubectl', argv: splitWords(line), namespace, files: {} };
}

/** `stop|start kubelet|containerd|kube-proxy`, `cut|restore apiserver`, `kill pause POD`. */
function faultCommands(world: World, namespace: string, words: string): Command[] {
  const node = world.cluster.nodes[0]?.name ?? 'worker-1';
  const [verb, what, pod] = words.split(/\s+/);
  const id = `fault-${what}`;
  if ((verb === 'stop' || verb === 'start') && (what === 'kubelet' || what === 'containerd' || what === 'kube-proxy'))
    return [verb === 'stop' ? { type: 'inject', id, fault: { kind: 'stopUnit', node, unit: what } } : { type: 'endFault', id }];
  if ((verb === 'cut' || verb === 'restore') && what === 'apiserver')
    return [verb === 'cut' ? { type: 'inject', id, fault: { kind: 'cutApiServer', node } } : { type: 'endFault', id }];
  if (verb === 'kill' && what === 'pause' && pod) return [{ type: 'inject', id: 'fault-pause', fault: { kind: 'killPause', namespace, pod } }];
  throw new Error(`unknown fault: ${words}`);
}

const watched: Record<string, string> = { pods: 'pods', events: 'events', 'endpointslices.discovery.k8s.io': 'endpointslices', nodes: 'nodes' };

/** Listens from now on; the notifications of a namespace's pods, events and endpoint slices, and with `nodes` those of nodes and their events. */
export function watchAll(world: World, namespace: string, nodes: boolean): NonNullable<Recording['watch']> {
  const watch: NonNullable<Recording['watch']> = [];
  world.observe((entry) => {
    if (entry.kind !== 'note' || entry.body.type !== 'Stored') return;
    const { event, resource, object } = entry.body as StoredNote;
    const name = watched[resource];
    if (name === undefined) return;
    const ours =
      object.metadata.namespace === namespace ||
      (nodes && (name === 'nodes' || (name === 'events' && (object.involvedObject as { kind?: string }).kind === 'Node')));
    if (ours) watch.push({ atMs: entry.atMs, resource: name, type: event, object });
  });
  return watch;
}

/** The run in the form of a recording. */
export function recordingOf(
  world: World,
  recording: Pick<Recording, 'name' | 'title' | 'untilMs'>,
  played: Played[],
  watch: NonNullable<Recording['watch']>,
): object {
  return {
    name: recording.name,
    title: recording.title ?? '',
    kubernetes: 'v1.36.2',
    containerRuntime: world.cluster.nodes[0]?.object.status.nodeInfo?.containerRuntimeVersion ?? '',
    untilMs: recording.untilMs,
    steps: played.map(({ step, atMs, id }) => {
      const { rc: _rc, out: _out, err: _err, atMs: _atMs, ...what } = step;
      if (id === null) return { ...what, atMs };
      const result = world.results[id] ?? { rc: 124, out: '', err: 'not ended when the run did\n' };
      return { ...what, atMs, rc: result.rc, out: result.out, err: result.err };
    }),
    watch,
  };
}

/** Plays a recording in the recorded cluster and writes the run down in the same form. */
export function playRecording(script: Recording, seed = 1): object {
  const world = new World({ cluster: 'recorded', namespaces: [script.name], seed }, { rewinds: false });
  const watch = watchAll(world, script.name, watchesNodes(script));
  const played = scheduleSteps(world, script);
  world.advance(script.untilMs);
  return recordingOf(world, script, played, watch);
}

export const watchesNodes = (script: Recording | null): boolean => script?.watch?.some((w) => w.resource === 'nodes') ?? false;
