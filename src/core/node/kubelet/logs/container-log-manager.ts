/** Rotates the logs of running containers. Models pkg/kubelet/logs/container_log_manager.go, v1.36.2. */
import type { CriReply } from '../../../contracts/cri.ts';
import { rfc3339 } from '../../../engine/time.ts';
import type { Ctx } from '../../../engine/types.ts';
import { criCall } from '../cri.ts';
import type { KubeletState } from '../state.ts';
import { fs } from '../system-calls.ts';

/** containerLogMaxSize and containerLogMaxFiles of KubeletConfiguration. */
export const maxLogBytes = 10 * 1024 * 1024;
const maxLogFiles = 5;
const packed = '.gz';

/** Looks at every running container's log; called every 10 s (containerLogMonitorInterval). */
export function rotateLogs(state: KubeletState, ctx: Ctx): void {
  for (const uid in state.podCache.pods)
    for (const container of state.podCache.pods[uid]?.status.containers ?? []) {
      const { id, logPath } = container;
      if (container.state !== 'CONTAINER_RUNNING' || logPath === '') continue;
      if ((fs(ctx, { op: 'stat', path: logPath }).stat?.size ?? 0) < maxLogBytes) continue;
      rotateLog(state, uid, id, logPath, ctx);
    }
}

function rotateLog(state: KubeletState, uid: string, containerId: string, path: string, ctx: Ctx): void {
  const cut = path.lastIndexOf('/') + 1;
  const name = `${path.slice(cut)}.`;
  let rotated = (fs(ctx, { op: 'list', path: path.slice(0, cut) }).names ?? [])
    .filter((file) => file.startsWith(name))
    .map((file) => path.slice(0, cut) + file);
  const remove = (file: string): void => {
    fs(ctx, { op: 'remove', path: file });
    rotated = rotated.filter((other) => other !== file);
  };
  for (const file of [...rotated]) if (file.endsWith('.tmp') || rotated.includes(`${file}${packed}`)) remove(file);
  rotated.sort();
  // One place is kept for the file that is being written, one for the one that is made now.
  for (const file of rotated.slice(0, Math.max(0, rotated.length - (maxLogFiles - 2)))) remove(file);
  for (const file of rotated) if (!file.endsWith(packed)) pack(file, ctx);
  const to = `${path}.${rfc3339(ctx.epochMs).replace(/[-:Z]/g, '').replace('T', '-')}`;
  if (fs(ctx, { op: 'rename', path, to }).error) return;
  criCall(state, `log|${uid}|${path}|${to}`, { rpc: 'ReopenContainerLog', containerId }, ctx);
}

/** Simplified: of a packed file its size is kept, about a tenth, and not its text. */
function pack(file: string, ctx: Ctx): void {
  const size = fs(ctx, { op: 'stat', path: file }).stat?.size ?? 0;
  fs(ctx, { op: 'write', path: `${file}${packed}`, text: '', mode: 0o640, padBytes: Math.ceil(size / 10) });
  fs(ctx, { op: 'remove', path: file });
}

/** The container would not reopen its log: the file gets its name back. */
export function logReopened(reply: CriReply, ctx: Ctx): void {
  const [, , path = '', to = ''] = reply.id.split('|');
  if (reply.error) fs(ctx, { op: 'rename', path: to, to: path });
}
