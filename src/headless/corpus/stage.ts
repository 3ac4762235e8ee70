/** A fresh world that a case is played in, and its past as the API server told it. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type ApiResult, type Command, type CommandResult, type KubeObject, type StoredNote, World } from '../../core/index.ts';
import { splitWords } from '../../scenario/words.ts';
import { loadManifest } from '../../session/yaml/manifest.ts';

export interface Told {
  atMs: number;
  event: 'ADDED' | 'MODIFIED' | 'DELETED';
  resource: string;
  object: KubeObject;
}
/** What a runtime was asked, or a program that it started did. */
export interface Act {
  atMs: number;
  what: string;
}
export interface Output extends CommandResult {
  ended: boolean;
}

/** Words of kubectl for kinds → the API's. */
const resources: Record<string, string> = {
  po: 'pods',
  pod: 'pods',
  pods: 'pods',
  svc: 'services',
  service: 'services',
  services: 'services',
  rs: 'replicasets.apps',
  replicaset: 'replicasets.apps',
  replicasets: 'replicasets.apps',
  deployment: 'deployments.apps',
  deployments: 'deployments.apps',
  statefulset: 'statefulsets.apps',
  daemonset: 'daemonsets.apps',
  job: 'jobs.batch',
  jobs: 'jobs.batch',
  cronjob: 'cronjobs.batch',
  pv: 'persistentvolumes',
  pvc: 'persistentvolumeclaims',
  persistentvolumeclaim: 'persistentvolumeclaims',
  persistentvolume: 'persistentvolumes',
  secret: 'secrets',
  configmap: 'configmaps',
  cm: 'configmaps',
  limitrange: 'limitranges',
  resourcequota: 'resourcequotas',
  node: 'nodes',
  nodes: 'nodes',
  endpointslice: 'endpointslices.discovery.k8s.io',
  endpointslices: 'endpointslices.discovery.k8s.io',
  namespace: 'namespaces',
  networkpolicy: 'networkpolicies.networking.k8s.io',
  ingress: 'ingresses.networking.k8s.io',
};
export const resourceOf = (word: string): string | undefined => resources[word];

const tickMs = 50;
const longestMs = 200_000;

export class Stage {
  readonly world = new World({}, { rewinds: false });
  readonly told: Told[] = [];
  readonly acts: Act[] = [];
  readonly folder: string;
  /** The manifest under test, below the folder. */
  readonly file: string;
  /** Texts that stand in for files of the folder, by path below it. */
  readonly edited: Record<string, string> = {};
  stepStartMs: Record<number, number> = {};
  stepOutput: Record<number, Output> = {};

  constructor(folder: string, file: string) {
    this.folder = folder;
    this.file = file;
    this.world.observe((entry) => {
      const body = entry.body as unknown as Record<string, never> & { type: string };
      if (entry.kind === 'note' && body.type === 'Stored') {
        const { event, resource, object } = entry.body as StoredNote;
        this.told.push({ atMs: entry.atMs, event, resource, object });
      } else if (body.type === 'ExecDone' && entry.to.endsWith('/runtime')) this.acts.push({ atMs: entry.atMs, what: 'exec done' });
      else if (body.type === 'Cri' && (body.request as { rpc?: string } | undefined)?.rpc === 'StopContainer')
        this.acts.push({ atMs: entry.atMs, what: 'stop container' });
    });
  }

  get nowMs(): number {
    return this.world.nowMs;
  }
  advance(toMs: number): void {
    if (toMs > this.nowMs) this.world.advance(toMs);
  }

  list(resource: string, namespace?: string, labelSelector?: string): KubeObject[] {
    const request = {
      type: 'ApiRequest',
      id: '',
      verb: 'list',
      resource,
      user: 'kubernetes-admin',
      ...(namespace ? { namespace } : {}),
      ...(labelSelector ? { labelSelector } : {}),
    };
    return this.world.ask<ApiResult>('apiserver', request).list?.items ?? [];
  }
  get(resource: string, namespace: string, name: string): KubeObject | undefined {
    return this.list(resource, clusterWide.has(resource) ? undefined : namespace).find((o) => o.metadata.name === name);
  }

  /** The text of a manifest that a command names: beside the case's own, or by its path below the folder. */
  manifest(name: string): { text: string } | undefined {
    for (const path of [join(dirname(this.file), basename(name)), name, join('inline', name)]) {
      const edited = this.edited[path];
      if (edited !== undefined) return { text: edited };
      if (existsSync(join(this.folder, path))) return { text: readFileSync(join(this.folder, path), 'utf8') };
    }
    return undefined;
  }

  /** Gives a command and does not wait for its end. */
  give(command: Command): () => Output | undefined {
    const { id } = this.world.command(command);
    return () => {
      const result = this.world.results[id];
      return result && { ...result, ended: true };
    };
  }
  kubectl(line: string, namespace: string, stdin?: string): Command {
    const argv = splitWords(line.replace(/^kubectl\s+/, '')).filter((word) => word !== '--watch' && word !== '-w');
    const files: Extract<Command, { type: 'kubectl' }>['files'] = {};
    for (const [i, word] of argv.entries()) {
      const name = word === '-f' || word === '--filename' ? argv[i + 1] : /^(?:-f=|--filename=)(.*)$/.exec(word)?.[1];
      const manifest = name === undefined ? undefined : this.manifest(name);
      if (name !== undefined && manifest) files[name] = loadManifest(name, manifest.text);
    }
    return { type: 'kubectl', argv, namespace, files, ...(stdin === undefined ? {} : { stdin }) };
  }
  shell(host: string, command: string): Command {
    return { type: 'shell', host, command };
  }

  /** Gives a command and plays until it ended. */
  run(command: Command, limitMs = longestMs): Output {
    const done = this.give(command);
    const until = this.nowMs + limitMs;
    while (!done() && this.nowMs < until) this.advance(this.nowMs + tickMs);
    return done() ?? { rc: 124, out: '', err: `not ended after ${limitMs / 1000} s`, atMs: this.nowMs, ended: false };
  }
  runKubectl(line: string, namespace = 'default', stdin?: string): Output {
    return this.run(this.kubectl(line, namespace, stdin), 30_000);
  }

  /** A pod of the runner's own from which names are asked and pages fetched. */
  helper(namespace: string): string {
    const name = 'onlooker';
    if (!this.get('pods', namespace, name)) {
      if (!this.get('namespaces', '', namespace)) this.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, 'default');
      const container = { name: 'c', image: 'busybox:1.28', command: ['sleep', '100000'] };
      this.advance(this.nowMs + 200);
      this.apply(
        { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace }, spec: { containers: [container], terminationGracePeriodSeconds: 0 } },
        namespace,
      );
      const until = this.nowMs + 30_000;
      while (this.nowMs < until && (this.get('pods', namespace, name)?.status as { phase?: string } | undefined)?.phase !== 'Running')
        this.advance(this.nowMs + 200);
    }
    return name;
  }
  apply(object: unknown, namespace: string): Output {
    return this.run({ type: 'kubectl', argv: ['apply', '-f', '-'], namespace, files: { '-': loadManifest('-', JSON.stringify(object)) } }, 10_000);
  }
}

const clusterWide: ReadonlySet<string> = new Set(['nodes', 'namespaces', 'persistentvolumes']);
