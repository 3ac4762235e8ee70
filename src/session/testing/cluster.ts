/** A whole cluster to be rude to: what a person types, what is printed, and what was stored. Tests only. */
import { type CommandResult, type KubeObject, type StoredNote, World, type WorldOptions } from '../../core/index.ts';
import { applyCommand, manifestName } from '../commands.ts';
import { loadManifest } from '../yaml/manifest.ts';

export class Cluster {
  readonly world: World;
  /** `VERB Kind name` of everything stored in namespace default, events left out. */
  readonly stored: string[] = [];

  constructor(options: Partial<WorldOptions> = {}) {
    this.world = new World(
      { workers: 1, dns: false, images: ['docker.io/library/busybox:1.36', 'docker.io/library/nginx:1.27'], ...options },
      { rewinds: false },
    );
    this.world.observe((entry) => {
      if (entry.kind !== 'note' || entry.body.type !== 'Stored') return;
      const { event, object } = entry.body as StoredNote;
      if (object.metadata.namespace === 'default' && object.kind !== 'Event') this.stored.push(`${event} ${object.kind} ${object.metadata.name}`);
    });
  }

  run(ms: number): this {
    this.world.advance(this.world.nowMs + ms);
    return this;
  }

  /** Messages handled in the next `ms`. */
  busy(ms: number): number {
    const before = this.world.engine.state.handled;
    this.run(ms);
    return this.world.engine.state.handled - before;
  }

  private result(id: string, ms: number): CommandResult {
    this.run(ms);
    const result = this.world.results[id];
    if (!result) throw new Error(`no result within ${ms} ms`);
    return result;
  }

  /** `kubectl apply -f manifest.yaml` of this text, as the editor does. */
  apply(text: string, ms = 500): CommandResult {
    return this.result(this.world.command(applyCommand(text, 'default')).id, ms);
  }

  /** `kubectl VERB -f manifest.yaml`. */
  file(argv: string[], text: string, ms = 500): CommandResult {
    const files = { [manifestName]: loadManifest(manifestName, text) };
    return this.result(this.world.command({ type: 'kubectl', argv: [...argv, '-f', manifestName], namespace: 'default', files }).id, ms);
  }

  kubectl(line: string, ms = 500): CommandResult {
    return this.result(this.world.command({ type: 'kubectl', argv: line.split(' '), namespace: 'default', files: {} }).id, ms);
  }

  shell(command: string, ms = 2000): CommandResult {
    return this.result(this.world.command({ type: 'shell', host: 'worker-1', command }).id, ms);
  }

  /** One field, as text. */
  field(what: string, path: string): string {
    return this.kubectl(`get ${what} -o jsonpath={${path}}`).out;
  }
}

export const pod = (name: string, container: object = {}, spec: object = {}): KubeObject =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { containers: [{ name: 'c', image: 'busybox:1.36', command: ['sleep', 'inf'], ...container }], ...spec },
  }) as unknown as KubeObject;

export const configMap = (name: string, metadata: object = {}): KubeObject =>
  ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata } }) as KubeObject;

export const service = (name: string, spec: object): KubeObject => ({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec }) as unknown as KubeObject;

export const deployment = (name: string, spec: object = {}, labels: object = { app: name }): KubeObject =>
  ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'busybox:1.36', command: ['sleep', 'inf'] }] } },
      ...spec,
    },
  }) as unknown as KubeObject;
