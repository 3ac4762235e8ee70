/** What a container that ended left as its message. Models kuberuntime getTerminationMessage and readLastStringFromContainerLogs, v1.36.2. */
import type { CriContainerStatus } from '../../../contracts/cri.ts';
import { type FsAnswer, osOf } from '../../../contracts/os.ts';
import type { Ctx } from '../../../engine/types.ts';
import { type LogOptions, logText } from '../container-logs.ts';

/** Of the file, bytes; its end counts. */
const maxFileLength = 4096;
/** Of the log. */
const maxLogLength = 2048;
const maxLogLines = 80;

/** The runtime's status, with the program's own words behind the runtime's. */
export function withTerminationMessage(status: CriContainerStatus, ctx: Ctx): CriContainerStatus {
  if (status.state !== 'CONTAINER_EXITED') return status;
  const { annotations } = status;
  // A container that cannot even be started has no log.
  const fallback =
    annotations['io.kubernetes.container.terminationMessagePolicy'] === 'FallbackToLogsOnError' &&
    status.exitCode !== 0 &&
    status.reason !== 'ContainerCannotRun';
  let text = fileText(status, annotations['io.kubernetes.container.terminationMessagePath'] ?? '', ctx);
  if (text === '' && fallback) text = tail(logText(read(status.logPath, ctx) ?? '', lastLines, 0), maxLogLength);
  if (text === '') return status;
  return { ...status, message: status.message ? `${status.message}: ${text}` : text };
}

const lastLines: LogOptions = { tailLines: maxLogLines };

function fileText(status: CriContainerStatus, path: string, ctx: Ctx): string {
  const mount = path === '' ? undefined : status.mounts.find((m) => m.containerPath === path);
  return mount ? tail(read(mount.hostPath, ctx) ?? '', maxFileLength) : '';
}

const read = (path: string, ctx: Ctx): string | undefined => ctx.call<FsAnswer>(osOf(ctx.host), { type: 'Fs', op: 'read', path } as never).text;

/** Simplified: lengths count characters, not bytes. */
const tail = (text: string, length: number): string => (text.length > length ? text.slice(-length) : text);
