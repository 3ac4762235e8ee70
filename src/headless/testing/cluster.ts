/** A cluster to try cases on, as a person does: manifests, kubectl and shell lines, faults, time. Tests only. */
import { type Command, type CommandResult, type KubeObject, type Pod, type StoredNote, World, type WorldOptions } from '../../core/index.ts';
import { splitWords } from '../../scenario/words.ts';
import '../field-docs.ts';
import { loadManifest } from '../../session/yaml/manifest.ts';

interface KubeEvent extends KubeObject {
  involvedObject: { name: string };
  reason: string;
  message: string;
  count?: number;
}

export interface Told {
  atMs: number;
  type: string;
  object: KubeObject;
}

export interface Cluster {
  world: World;
  /** Every write of pods and events since the start, oldest first. */
  told: Told[];
  /** kubectl apply; the moment is 0 for `at`. Refusals throw. */
  apply(manifest: string): void;
  /** Runs on until `seconds` after the last `mark` or apply. */
  at(seconds: number): void;
  /** From now on `at` counts from this moment. */
  mark(): void;
  kubectl(line: string, waitSeconds?: number, stdin?: string): CommandResult;
  /** A line for the shell of a host. */
  sh(line: string, waitSeconds?: number, host?: string): CommandResult;
  give(command: Command): string;
  pod(name?: string): Pod;
  /** The newest object seen, even one that is gone. */
  last(name?: string): Pod;
  status(container: string, pod?: string): NonNullable<Pod['status']['containerStatuses']>[number];
  /** `s.s Reason message xCOUNT` of the events about an object, in the order in which they were first told. */
  events(name: string, ...reasons: string[]): string[];
  /** The same without times and counts. */
  words(name: string, ...reasons: string[]): string[];
  /** Seconds after the mark at which the event was told, each time. */
  times(name: string, reason: string): number[];
}

export function testCluster(options: Partial<WorldOptions> = {}): Cluster {
  const world = new World({ dns: false, workers: 1, images: ['busybox:1.28', 'nginx:1.27'], ...options }, { rewinds: false });
  const told: Told[] = [];
  world.observe((entry) => {
    if (entry.kind !== 'note' || entry.body.type !== 'Stored') return;
    const { event, resource, object } = entry.body as StoredNote;
    if (resource === 'pods' || resource === 'events') told.push({ atMs: entry.atMs, type: event, object });
  });
  world.advance(1000);
  let zero = world.nowMs;
  const give = (command: Command): string => world.command(command).id;
  const run = (command: Command, waitSeconds: number): CommandResult => {
    const id = give(command);
    const until = world.nowMs + waitSeconds * 1000;
    while (world.nowMs < until && !world.resultOf(id)) world.advance(Math.min(until, world.nowMs + 20));
    const result = world.resultOf(id);
    if (!result) throw new Error(`not ended after ${waitSeconds} s: ${JSON.stringify(command)}`);
    return result;
  };
  const eventsOf = (name: string, reasons: string[]): Told[] =>
    told.filter(
      ({ object }) =>
        object.kind === 'Event' &&
        (object as KubeEvent).involvedObject.name === name &&
        (reasons.length === 0 || reasons.includes((object as KubeEvent).reason)),
    );
  const self: Cluster = {
    world,
    told,
    give,
    apply(manifest) {
      zero = world.nowMs;
      const file = loadManifest('m.yaml', manifest);
      const { rc, err } = run({ type: 'kubectl', argv: ['apply', '-f', 'm.yaml'], namespace: 'default', files: { 'm.yaml': file } }, 5);
      if (rc !== 0) throw new Error(err);
    },
    at: (seconds) => void world.advance(zero + Math.round(seconds * 1000)),
    mark: () => {
      zero = world.nowMs;
    },
    kubectl: (line, waitSeconds = 5, stdin) =>
      run({ type: 'kubectl', argv: splitWords(line), namespace: 'default', files: {}, ...(stdin === undefined ? {} : { stdin }) }, waitSeconds),
    sh: (command, waitSeconds = 5, host = 'worker-1') => run({ type: 'shell', host, command }, waitSeconds),
    pod(name = 'p') {
      const { object } = world.request({ verb: 'get', resource: 'pods', namespace: 'default', name });
      if (!object) throw new Error(`no pod ${name}`);
      return object as Pod;
    },
    last: (name = 'p') => told.findLast(({ object }) => object.kind === 'Pod' && object.metadata.name === name)?.object as Pod,
    status(container, pod) {
      const { status } = self.last(pod);
      const all = [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? []), ...(status.ephemeralContainerStatuses ?? [])];
      return all.find((s) => s.name === container) as (typeof all)[number];
    },
    events(name, ...reasons) {
      const seen = new Map<string, { atMs: number; object: KubeEvent }>();
      for (const { atMs, object } of eventsOf(name, reasons))
        seen.set(object.metadata.name, { atMs: seen.get(object.metadata.name)?.atMs ?? atMs, object: object as KubeEvent });
      return [...seen.values()].map(
        ({ atMs, object }) => `${((atMs - zero) / 1000).toFixed(1)} ${object.reason} ${object.message}${(object.count ?? 1) > 1 ? ` x${object.count}` : ''}`,
      );
    },
    words: (name, ...reasons) => self.events(name, ...reasons).map((line) => line.replace(/^\S+ /, '').replace(/ x\d+$/, '')),
    times: (name, reason) => eventsOf(name, [reason]).map(({ atMs }) => (atMs - zero) / 1000),
  };
  return self;
}

/** A pod of busybox shells: `name: script` each; lines of the spec and of single containers beside. */
export function podOf(containers: Record<string, string | { script?: string; more?: string }>, spec = '', init: typeof containers = {}, name = 'p'): string {
  const list = (all: typeof containers): string =>
    Object.entries(all)
      .map(([container, what]) => {
        const { script, more } = typeof what === 'string' ? { script: what, more: '' } : { more: '', ...what };
        const command = script === undefined ? '' : `\n    command: ["sh", "-c", ${JSON.stringify(script)}]`;
        return `  - name: ${JSON.stringify(container)}\n    image: busybox:1.28${command}\n${indent(more, 4)}`;
      })
      .join('');
  const inits = Object.keys(init).length > 0 ? `  initContainers:\n${list(init)}` : '';
  return `apiVersion: v1\nkind: Pod\nmetadata:\n  name: ${name}\nspec:\n${indent(spec, 2)}${inits}  containers:\n${list(containers)}`;
}

const indent = (text: string, columns: number): string =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => `${' '.repeat(columns)}${line}\n`)
    .join('');
