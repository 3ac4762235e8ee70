/** A world: the engine with its rooms, its past, its commands and faults. Headless, worker and page all run this and nothing else. */
import { resourceOfKind } from './api/resources.ts';
import type { KubeObject } from './api/types.ts';
import type { Cluster, WorldOptions } from './clusters/cluster.ts';
import { defaultOptions } from './clusters/cluster.ts';
import { defaultCluster } from './clusters/default.ts';
import { recordedCluster } from './clusters/recorded.ts';
import { type Command, type CommandDone, type CommandResult, type GiveCommand, user } from './commands.ts';
import { type KubectlSoFar, type KubectlSoFarAnswer, kubectl } from './contracts/kubectl.ts';
import type { UnitNote } from './contracts/os.ts';
import { type ApiCall, type ApiRequest, type ApiResult, apiserver } from './contracts/watch.ts';
import { AssertionError, Engine } from './engine/engine.ts';
import { History, type LoggedCommand } from './engine/history.ts';
import { parseTime } from './engine/time.ts';
import type { Body, Observer } from './engine/types.ts';
import { beginFault, endFault } from './faults.ts';
import { roomsOf, unitRooms } from './rooms.ts';

/** How long after the machines were started the add-ons are installed. */
const addonsMs = 15_000;

/** A command of the log, with the name under which its result is told. */
export interface GivenCommand {
  id: string;
  command: Command;
}

export class World {
  readonly options: WorldOptions;
  readonly cluster: Cluster;
  readonly engine: Engine;
  readonly history: History<GivenCommand>;
  /** How commands ended, by id; those that end ahead of a past one has gone back to too. */
  readonly results: Record<string, CommandResult> = {};

  /** Boots the cluster and plays its past, up to 0 s. `rewinds: false`: the run only goes forward, and costs less. */
  constructor(options: Partial<WorldOptions> = {}, { rewinds = true } = {}) {
    this.options = { ...defaultOptions, ...options };
    this.cluster = this.options.cluster === 'recorded' ? recordedCluster() : defaultCluster(this.options);
    const epochMs = parseTime(this.options.startTime);
    const state = Engine.initialState(
      this.options.seed,
      Number.isNaN(epochMs) ? parseTime(defaultOptions.startTime) : epochMs,
      -this.cluster.bootSeconds * 1000,
    );
    this.engine = new Engine(state, roomsOf(this.cluster, this.options));
    this.engine.onNote = (body) => this.attend(body);
    this.engine.startAll();
    this.engine.advance(addonsMs - this.cluster.bootSeconds * 1000);
    for (const object of this.cluster.addons) this.create(object);
    this.engine.advance(-1);
    this.history = new History<GivenCommand>(this.engine, ({ id, command }) => this.execute(id, command), rewinds);
    this.history.advance(0);
  }

  private create(object: KubeObject): void {
    const request: ApiRequest = {
      type: 'ApiRequest',
      id: '',
      verb: 'create',
      resource: resourceOfKind(object.apiVersion, object.kind)?.id ?? '',
      namespace: object.metadata.namespace,
      object,
      user: 'kubernetes-admin',
    };
    const answer = this.engine.ask(user, apiserver, request) as ApiResult;
    if (answer.code >= 400) throw new AssertionError(`add-on ${object.kind} ${object.metadata.name}: ${answer.status?.message}`);
  }

  get nowMs(): number {
    return this.engine.state.nowMs;
  }

  /** Equal in two runs when everything that happened is. */
  get traceHash(): number {
    return this.engine.state.traceHash;
  }

  /** Runs on to the end of millisecond `atMs`, at most `maxMessages`. True when it got there. */
  advance(atMs: number, maxMessages?: number): boolean {
    return this.history.advance(atMs, maxMessages);
  }

  /** Goes to the end of millisecond `atMs`, back or forth. True when it jumped: observers did not hear what lies between. */
  seek(atMs: number): boolean {
    return this.history.seek(Math.max(0, atMs));
  }

  /** Back, or forth over what was played before, to the last checkpoint at or before `atMs`; from there one plays on. False: the present is as near. */
  approach(atMs: number): boolean {
    if (!this.history.jumps(atMs)) return false;
    this.history.restore(atMs);
    return true;
  }

  /** Gives a command now; in the past this forks, and what lay ahead is returned. */
  command(command: Command): { id: string; dropped: LoggedCommand<GivenCommand>[] } {
    const id = `command-${this.history.executedCount + 1}`;
    const given = this.history.command({ id, command });
    // What ended in the future that was given up has not ended.
    for (const each of [id, ...given.dropped.map((c) => c.command.id)]) delete this.results[each];
    for (const each of Object.keys(this.results)) if ((this.results[each] as CommandResult).atMs > this.nowMs) delete this.results[each];
    return { id, ...given };
  }

  /** How a command ended, if by now it has. */
  resultOf(id: string): CommandResult | null {
    const result = Object.hasOwn(this.results, id) ? this.results[id] : undefined;
    return result && result.atMs <= this.nowMs ? result : null;
  }

  /** What a kubectl command that has not ended has printed so far. */
  outputSoFar(id: string): KubectlSoFarAnswer {
    const request: KubectlSoFar = { type: 'KubectlSoFar', owner: user, id };
    return this.engine.query(kubectl, request) as KubectlSoFarAnswer;
  }

  /** Puts a command into the future of the log. */
  schedule(atMs: number, command: Command): string {
    const id = `command-${this.history.log.length + 1}`;
    this.history.schedule(atMs, { id, command });
    return id;
  }

  /** Observers hear every entry of the trace, also while the past is played again. */
  observe(observer: Observer): void {
    this.engine.observers.push(observer);
  }

  /** A question that changes nothing: a synchronous call to a room. */
  ask<T = unknown>(to: string, request: Body): T {
    return this.engine.query(to, request) as T;
  }

  /** A client outside asks the API server, now. Writes become part of the run, but not of the log of commands: such a run cannot be replayed. */
  request(call: ApiCall): ApiResult {
    const request: ApiRequest = { type: 'ApiRequest', id: '', user: 'kubernetes-admin', ...call };
    if (call.verb === 'get' || call.verb === 'list') return this.engine.query(apiserver, request) as ApiResult;
    this.engine.touched.add(apiserver);
    return this.engine.ask(user, apiserver, request) as ApiResult;
  }

  private execute(id: string, command: Command): void {
    const { engine } = this;
    switch (command.type) {
      case 'kubectl':
      case 'shell': {
        const give: GiveCommand = { type: 'GiveCommand', id, command };
        engine.send('', user, give, 0, 0);
        break;
      }
      case 'inject':
        beginFault(engine, command.id, command.fault);
        break;
      case 'endFault':
        endFault(engine, command.id);
        break;
      case 'setOption':
        for (const node of this.cluster.nodes) engine.send('', `${node.name}/kube-proxy`, { type: 'SetMode', mode: command.value } as Body, 0, 0);
        break;
    }
  }

  private attend(body: Body): void {
    const { type } = body;
    if (type === 'CommandDone') {
      const { id, rc, out, err, atMs } = body as CommandDone;
      this.results[id] = { rc, out, err, atMs };
    } else if (type === 'Unit') {
      const { op, unit, host } = body as UnitNote;
      for (const address of unitRooms(host, unit)) {
        if (op === 'start') this.engine.start(address);
        else this.engine.stop(address);
      }
    }
  }
}
