/**
 * Lines of the daemons' logs, kept as their parts: whoever reads them makes the text. Texts that exist anyway are referred to, so that a log costs little.
 * `kind` and its values, in order; the words are in node/tools/journal-text.ts.
 */
import type { Body, Ctx } from '../engine/types.ts';
import { osOf } from './os.ts';

export type JournalEntry =
  // The kubelet.
  | readonly ['kubelet.start', version: string]
  | readonly ['kubelet.registered', node: string]
  | readonly ['kubelet.syncLoop', op: 'ADD' | 'DELETE' | 'REMOVE', source: string, pod: string]
  | readonly ['kubelet.pleg', pod: string, uid: string, type: 'ContainerStarted' | 'ContainerDied' | 'ContainerRemoved', id: string]
  | readonly ['kubelet.probe', probe: string, pod: string, uid: string, container: string, output: string]
  | readonly ['kubelet.mount', pod: string, uid: string, error: string]
  | readonly ['kubelet.rejected', pod: string, uid: string, reason: string, message: string]
  | readonly ['kubelet.kill', pod: string, uid: string, container: string, id: string, seconds: string]
  | readonly ['kubelet.syncError', error: string, pod: string, uid: string]
  | readonly ['kubelet.manifest', words: string]
  /** Empty: it could be read again. */
  | readonly ['kubelet.url', error: string]
  // containerd.
  | readonly ['containerd.sandbox', stage: Stage, name: string, uid: string, namespace: string, attempt: string, id: string, error: string]
  | readonly ['containerd.create', stage: Stage, sandbox: string, name: string, attempt: string, id: string, error: string]
  | readonly ['containerd.call', stage: Stage, rpc: string, target: string, error: string]
  | readonly ['containerd.exit', id: string, pid: string, exitCode: string];

type Stage = 'begin' | 'done' | 'failed';

export type Unit = 'kubelet.service' | 'containerd.service';

/** To the journal of the host. */
export function log(ctx: Ctx, unit: Unit, entry: JournalEntry): void {
  const request: Body & { op: string; unit: Unit; entry: JournalEntry } = { type: 'Systemd', op: 'journal', unit, entry };
  ctx.call(osOf(ctx.host), request);
}
