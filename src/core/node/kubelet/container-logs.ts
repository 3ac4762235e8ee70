/** `kubectl logs` at the kubelet's server. Models kubelet_pods.go validateContainerLogStatus and cri-client/pkg/logs, v1.36.2. */
import type { ContainerStatus, Pod } from '../../api/types.ts';
import type { ContainerLogs, ContainerLogsAnswer } from '../../contracts/kubelet.ts';
import { type FsAnswer, osOf } from '../../contracts/os.ts';
import { parseTime } from '../../engine/time.ts';
import type { Ctx } from '../../engine/types.ts';
import { cachedStatus } from './pod-cache.ts';
import type { KubeletState } from './state.ts';

const badRequest = (error: string): ContainerLogsAnswer => ({ error, code: 400 });

export function containerLogs(state: KubeletState, request: ContainerLogs, ctx: Ctx): ContainerLogsAnswer {
  const uid = state.podsByName[`${request.namespace}/${request.pod}`];
  const pod = uid === undefined ? undefined : state.pods[uid];
  if (!uid || !pod) return { error: `pods "${request.pod}" not found`, code: 404 };
  const status = findStatus(state, uid, pod, request.container);
  const where = `container "${request.container}" in pod "${request.pod}"`;
  if (!status) return badRequest(`${where} is not available`);
  const id = logOf(status, request.previous ?? false, request.pod, where);
  if (typeof id !== 'string') return id;
  const path = cachedStatus(state.podCache, uid).containers.find((c) => c.id === id)?.logPath ?? '';
  const file = ctx.call<FsAnswer>(osOf(ctx.host), { type: 'Fs', op: 'read', path } as never);
  if (!path || file.error || file.text === undefined) return { text: `unable to retrieve container logs for containerd://${id}` };
  return { text: logText(file.text, request, ctx.epochMs) };
}

function findStatus(state: KubeletState, uid: string, pod: Pod, name: string): ContainerStatus | undefined {
  const status = state.status.pods[uid]?.status ?? pod.status;
  return [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? []), ...(status.ephemeralContainerStatuses ?? [])].find(
    (c) => c.name === name,
  );
}

/** The container whose log is meant, or why there is none. */
function logOf(status: ContainerStatus, previous: boolean, pod: string, where: string): string | ContainerLogsAnswer {
  const bare = (id: string | undefined): string => (id ?? '').replace('containerd://', '');
  const { state, lastState } = status;
  if (previous) {
    const id = bare(lastState.terminated?.containerID);
    return id || badRequest(`previous terminated container "${status.name}" in pod "${pod}" not found`);
  }
  if (state.running) return bare(status.containerID);
  if (state.terminated) {
    const id = bare(state.terminated.containerID);
    return id || bare(lastState.terminated?.containerID) || badRequest(`${where} is terminated`);
  }
  if (lastState.terminated?.containerID) return bare(lastState.terminated.containerID);
  const reason = state.waiting?.reason ?? '';
  if (reason === 'ErrImagePull') return badRequest(`${where} is waiting to start: image can't be pulled`);
  if (reason === 'ImagePullBackOff') return badRequest(`${where} is waiting to start: trying and failing to pull image`);
  return badRequest(`${where} is waiting to start: ${reason}`);
}

export type LogOptions = Pick<ContainerLogs, 'sinceSeconds' | 'tailLines' | 'limitBytes' | 'timestamps'>;

/** What a log in CRI's format says: `TIME STREAM TAG text`; a line with tag P goes on in the next one. */
export function logText(text: string, request: LogOptions, nowEpochMs: number): string {
  let lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  if (request.sinceSeconds !== undefined) {
    const fromMs = nowEpochMs - request.sinceSeconds * 1000;
    lines = lines.filter((line) => parseTime(line.slice(0, line.indexOf(' '))) >= fromMs);
  }
  const out: string[] = [];
  let partial = false;
  for (const line of lines) {
    const time = line.indexOf(' ');
    const stream = line.indexOf(' ', time + 1);
    const tag = line.indexOf(' ', stream + 1);
    if (time < 0 || stream < 0 || tag < 0) continue;
    const content = line.slice(tag + 1);
    const shown = request.timestamps && !partial ? `${line.slice(0, time)} ${content}` : content;
    if (partial) out[out.length - 1] += shown;
    else out.push(shown);
    partial = line.slice(stream + 1, tag).startsWith('P');
  }
  const tail = request.tailLines === undefined || request.tailLines < 0 ? out : request.tailLines === 0 ? [] : out.slice(-request.tailLines);
  const whole = tail.length === 0 ? '' : `${tail.join('\n')}${partial ? '' : '\n'}`;
  return request.limitBytes === undefined ? whole : whole.slice(0, request.limitBytes);
}
