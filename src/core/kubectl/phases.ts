/** Everything a command may wait for, by kind. */
import type { ExecReply } from '../contracts/kubelet.ts';
import type { WatchEvent } from '../contracts/watch.ts';
import type { Body } from '../engine/types.ts';
import type { Phase, Run } from './run.ts';
import { applyPhase } from './verbs/apply.ts';
import { deleteWait } from './verbs/delete.ts';
import { drainPhase } from './verbs/drain.ts';
import { attachWait, execWait } from './verbs/exec.ts';
import { getWatch } from './verbs/get.ts';
import { followLogs } from './verbs/logs.ts';
import { portForwardWait } from './verbs/port-forward.ts';
import { rolloutWait } from './verbs/rollout.ts';
import { waitPhase } from './verbs/wait.ts';

/** A phase ends when `run.state.phase` is another one or gone. It names its `watches` and `timers` (ms) before `begin` returns. */
export interface PhaseCode {
  begin?(run: Run, phase: Phase): void;
  event?(run: Run, phase: Phase, event: WatchEvent): void;
  reply?(run: Run, phase: Phase, reply: ExecReply): void;
  timer?(run: Run, phase: Phase, name: string): void;
  /** Of a socket, or of a stream to a pod. */
  message?(run: Run, phase: Phase, body: Body): void;
  /** The person pressed Ctrl-C. */
  stopped?(run: Run, phase: Phase): void;
}

export const phases: Record<string, PhaseCode> = {
  apply: applyPhase,
  deleteWait,
  getWatch,
  follow: followLogs,
  exec: execWait,
  attach: attachWait,
  portForward: portForwardWait,
  wait: waitPhase,
  drain: drainPhase,
  rolloutStatus: rolloutWait,
};
