/** One running command: its flags, its output, its way to the API server. */
import type { Resource } from '../api/resources.ts';
import type { KubeObject } from '../api/types.ts';
import type { ManifestFile } from '../contracts/kubectl.ts';
import { type ApiCall, type ApiResult, apiserver } from '../contracts/watch.ts';
import type { Body, Ctx } from '../engine/types.ts';
import { CommandError, checkAll, type Failure, plainError } from './errors.ts';
import { durationMs, type Parsed } from './flags.ts';

/** What a command is that has not ended: plain data. */
export interface RunState {
  id: string;
  /** Where KubectlDone goes. */
  owner: string;
  /** Owner and id: the name of the command in watches, timers and requests. */
  key: string;
  argv: string[];
  namespace: string;
  stdin?: string;
  files: Record<string, ManifestFile>;
  out: string;
  err: string;
  rc: number;
  /** What it waits for. */
  phase?: Phase;
  /** Names of open watches. */
  watches: string[];
  /** Timers of older phases are stale. */
  generation: number;
}

/** Plain data; `kind` names its code in `phases.ts`. */
export interface Phase {
  kind: string;
  [field: string]: unknown;
}

export interface WatchWish {
  resource: string;
  namespace?: string;
  fieldSelector?: string;
  labelSelector?: string;
}

/** A timer of a phase; `generation` tells whether it is still that phase. */
export interface PhaseTimer extends Body {
  readonly type: 'PhaseTimer';
  readonly run: string;
  readonly generation: number;
  readonly name: string;
}

export const maxOutput = 4_000_000;

/** kubectl's own user. */
const user = 'kubernetes-admin';

export class Run {
  readonly state: RunState;
  readonly ctx: Ctx;
  /** The words of the command, `create secret`. */
  command = '';
  flags: Parsed = { values: {}, all: {}, args: [], dash: -1 };

  constructor(state: RunState, ctx: Ctx) {
    this.state = state;
    this.ctx = ctx;
  }

  get epochMs(): number {
    return this.ctx.epochMs;
  }

  out(text: string): void {
    if (this.state.out.length < maxOutput) this.state.out += text;
  }
  err(text: string): void {
    if (this.state.err.length < maxOutput) this.state.err += text;
  }
  line(text: string): void {
    this.out(`${text}\n`);
  }

  timer(name: string, delayMs: number): void {
    const body: PhaseTimer = { type: 'PhaseTimer', run: this.state.key, generation: this.state.generation, name };
    this.ctx.send(this.ctx.self, body, Math.min(delayMs, 2 ** 45));
  }

  /** A failure that does not end the command at once. */
  fail(error: CommandError): void {
    this.err(error.text);
    this.state.rc = error.rc;
  }

  api(call: ApiCall): ApiResult {
    const result = this.ctx.call<ApiResult & { error?: string }>(apiserver, { type: 'ApiRequest', id: 'kubectl', user, ...call } as never);
    if (result.error !== undefined) throw new CommandError('The connection to the server 10.0.0.1:6443 was refused - did you specify the right host or port?');
    for (const warning of result.warnings ?? []) this.err(`Warning: ${warning}\n`);
    return result;
  }

  /** The object, or a failure thrown as kubectl shows it. */
  must(result: ApiResult): KubeObject {
    if (result.object) return result.object;
    throw checkAll([{ status: result.status } as Failure]);
  }

  has(flag: string): boolean {
    return Object.hasOwn(this.flags.values, flag);
  }
  flag(name: string, otherwise = ''): string {
    return this.has(name) ? (this.flags.values[name] as string) : otherwise;
  }
  on(name: string): boolean {
    return this.flag(name) === 'true';
  }
  all(name: string): string[] {
    return Object.hasOwn(this.flags.all, name) ? (this.flags.all[name] as string[]) : [];
  }
  /** A list whose values may also be parted by commas. */
  list(name: string): string[] {
    return this.all(name).flatMap((value) => value.split(','));
  }
  int(name: string, otherwise: number): number {
    return this.has(name) ? Number(this.flag(name)) : otherwise;
  }
  /** ms. */
  duration(name: string, otherwise: number): number {
    return this.has(name) ? (durationMs(this.flag(name)) ?? otherwise) : otherwise;
  }

  get args(): string[] {
    return this.flags.args;
  }
  get allNamespaces(): boolean {
    return this.on('all-namespaces');
  }
  /** The namespace for what has one. */
  get namespace(): string {
    return this.flag('namespace') || this.state.namespace || 'default';
  }
  /** True when -n was given. */
  get explicitNamespace(): boolean {
    return this.flag('namespace') !== '';
  }

  /** A namespace other than the usual one was chosen: by -n, or by the context. What kubectl says on -n alone it says here on both. */
  get chosenNamespace(): boolean {
    return this.explicitNamespace || this.state.namespace !== 'default';
  }

  get dryRun(): 'none' | 'client' | 'server' {
    if (!this.has('dry-run')) return 'none';
    const value = this.flag('dry-run');
    if (value === 'none' || value === 'client' || value === 'server') return value;
    if (value === 'unchanged') throw plainError('--dry-run flag without a value was specified. A value must be set: "none", "server", or "client".');
    throw plainError(`Invalid dry-run value (${value}). Must be "none", "server", or "client".`);
  }

  /** `created`, with what a dry run adds. */
  done(verb: string): string {
    const dry = this.dryRun;
    return dry === 'none' ? verb : `${verb} (${dry === 'client' ? 'dry run' : 'server dry run'})`;
  }
}

/** `pod/p`, `deployment.apps/d`. */
export const printedName = (resource: Resource, name: string): string => `${typeName(resource)}/${name}`;

/** `pod`, `deployment.apps`. */
export const typeName = (resource: Resource): string => (resource.group ? `${resource.singular}.${resource.group}` : resource.singular);
