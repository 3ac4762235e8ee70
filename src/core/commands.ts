/** What a person does to the world: the commands of the log. Plain data; a link holds them. `user` is the room that gives them and hears how they ended. */
import type { Fault } from './contracts/fault.ts';
import { type KubectlDone, type KubectlRun, kubectl, type ManifestFile } from './contracts/kubectl.ts';
import { type Exec, type ExecDone, workloadsOf } from './contracts/process.ts';
import type { Body, Ctx, Message, Room } from './engine/types.ts';

export type Command =
  /** `kubectl` with these words. `files`: what -f names, parsed; `text` beside it is what was parsed, for links. */
  | { type: 'kubectl'; argv: string[]; namespace: string; stdin?: string; files: Record<string, ManifestFile & { text?: string }> }
  /** A line for the shell of a host: a worker, or `client`. */
  | { type: 'shell'; host: string; command: string; env?: Record<string, string> }
  /** A fault begins; `id` ends it. */
  | { type: 'inject'; id: string; fault: Fault }
  | { type: 'endFault'; id: string }
  | { type: 'setOption'; option: 'proxyMode'; value: 'iptables' | 'ipvs' | 'nftables' };

export interface CommandResult {
  rc: number;
  out: string;
  err: string;
  atMs: number;
}

/** Told when a kubectl or shell command has ended. */
export interface CommandDone extends Body, CommandResult {
  readonly type: 'CommandDone';
  readonly id: string;
}

export const user = 'user';

interface UserState {
  /** Commands under way. */
  open: Record<string, true>;
}

export const userRoom: Room<UserState> = {
  initial: () => ({ open: {} }),
  handle(state, message, ctx) {
    const body = message.body;
    if (body.type === 'KubectlDone') done(state, body as KubectlDone, ctx);
    else if (body.type === 'ExecDone') {
      const { execID, exitCode, stdout, stderr } = body as ExecDone;
      done(state, { type: 'KubectlDone', id: execID, rc: exitCode, out: stdout, err: stderr }, ctx);
    } else if (body.type === 'GiveCommand') give(state, message as Message<GiveCommand>, ctx);
  },
};

/** To `user`: from `world.ts`. Only commands that are carried out by rooms. */
export interface GiveCommand extends Body {
  readonly type: 'GiveCommand';
  readonly id: string;
  readonly command: Extract<Command, { type: 'kubectl' | 'shell' }>;
}

function give(state: UserState, message: Message<GiveCommand>, ctx: Ctx): void {
  const { id, command } = message.body;
  state.open[id] = true;
  if (command.type === 'kubectl') {
    const { argv, files, namespace, stdin } = command;
    const run: KubectlRun = { type: 'KubectlRun', id, argv, files, namespace, ...(stdin !== undefined ? { stdin } : {}) };
    ctx.send(kubectl, run);
    return;
  }
  const exec: Exec = {
    type: 'Exec',
    containerID: 'host',
    argv: ['sh', '-c', command.command],
    execID: id,
    owner: user,
    ...(command.env ? { env: command.env } : {}),
  };
  const answer = ctx.call<{ pid?: number; error?: string }>(workloadsOf(command.host), exec);
  if (answer.error !== undefined)
    done(state, { type: 'KubectlDone', id, rc: 126, out: '', err: `${answer.error === 'unavailable' ? `no host ${command.host}` : answer.error}\n` }, ctx);
}

function done(state: UserState, { id, rc, out, err }: KubectlDone, ctx: Ctx): void {
  if (!state.open[id]) return;
  delete state.open[id];
  const note: CommandDone = { type: 'CommandDone', id, rc, out, err, atMs: ctx.nowMs };
  ctx.note(note);
}
