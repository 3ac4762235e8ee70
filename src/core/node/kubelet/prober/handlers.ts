/** The four ways to probe. Models pkg/kubelet/prober/prober.go and pkg/probe/*, v1.36.2. */
import type { Container, Pod, Probe } from '../../../api/types.ts';
import type { CriAnswers, CriReply } from '../../../contracts/cri.ts';
import type { Connected, ConnectFailed, Received } from '../../../contracts/socket.ts';
import type { Ctx } from '../../../engine/types.ts';
import { criCall, errorText } from '../cri.ts';
import { expand, mappingFor } from '../kuberuntime-config/expansion.ts';
import { type KubeletState, podOf } from '../state.ts';
import { type HttpResult, handleHttpSocket, httpGet, socket } from './http-get.ts';
import { resolvePort } from './resolve-port.ts';
import type { ProbeWorker } from './worker.ts';

export interface Outcome {
  /** `error`: no result; the probe is tried again, then dropped. */
  result: 'success' | 'warning' | 'failure' | 'error';
  output: string;
  /** Of an error: the raw result beside it. */
  state?: 'unknown' | 'failure';
}

/** Output of probes is cut to this, bytes. */
const maxOutput = 10_240;
const userAgent = 'kube-probe/1.36';

export const socketKey = (worker: ProbeWorker): string => `probe|${worker.key}`;

export function runProbe(state: KubeletState, worker: ProbeWorker, pod: Pod, container: Container, probe: Probe, ctx: Ctx): void {
  const timeoutSeconds = probe.timeoutSeconds ?? 1;
  const timeoutMs = timeoutSeconds * 1000;
  if (probe.exec) {
    const env: Record<string, string> = {};
    for (const e of container.env ?? []) if (e.value !== undefined) env[e.name] = e.value;
    const mapping = mappingFor(env);
    const cmd = (probe.exec.command ?? []).map((word) => (word.includes('$') ? expand(word, mapping) : word));
    criCall(state, `probe|${worker.key}|${worker.run}`, { rpc: 'ExecSync', containerId: worker.containerID, cmd, timeoutSeconds }, ctx);
    return;
  }
  const podIP = state.status.pods[worker.uid]?.status.podIP ?? '';
  if (probe.httpGet) {
    const port = resolvePort(probe.httpGet.port, container);
    if (port === null) {
      later(worker, { result: 'error', output: portError(probe.httpGet.port), state: 'unknown' }, ctx);
      return;
    }
    const { path = '/', scheme = 'HTTP', httpHeaders = [], host } = probe.httpGet;
    httpGet(state, socketKey(worker), { host: host || podIP, port, path, scheme, headers: httpHeaders, userAgent, timeoutMs }, ctx);
    return;
  }
  if (probe.tcpSocket) {
    const port = resolvePort(probe.tcpSocket.port, container);
    if (port === null) {
      later(worker, { result: 'error', output: portError(probe.tcpSocket.port), state: 'unknown' }, ctx);
      return;
    }
    connect(state, worker, probe.tcpSocket.host || podIP, port, timeoutMs, ctx);
    return;
  }
  if (probe.grpc) {
    const service = probe.grpc.service ?? '';
    // Simplified: the health protocol's messages are shown as text, not as HTTP/2 frames.
    const data = `GRPC grpc.health.v1.Health/Check service=${service}\r\n`;
    connect(state, worker, podIP, probe.grpc.port, timeoutMs, ctx, data);
    ctx.send(ctx.self, { type: 'SocketTimeout', key: socketKey(worker), tag: state.sockets[socketKey(worker)]?.tag ?? '' } as never, timeoutMs);
    return;
  }
  later(worker, { result: 'error', output: `missing probe handler for ${pod.metadata.name}:${container.name}`, state: 'unknown' }, ctx);
}

const portError = (port: number | string): string => (typeof port === 'string' ? `port ${port} not found` : `invalid port number: ${port}`);

/** An outcome known at once; told as a message, as a retry must not recurse. */
function later(worker: ProbeWorker, outcome: Outcome, ctx: Ctx): void {
  ctx.send(ctx.self, { type: 'ProbeOutcome', key: worker.key, run: worker.run, outcome } as never);
}

function connect(state: KubeletState, worker: ProbeWorker, host: string, port: number, timeoutMs: number, ctx: Ctx, data?: string): void {
  state.counter += 1;
  const key = socketKey(worker);
  const tag = `${key}#${state.counter}`;
  const request = { host, port, path: '', scheme: data === undefined ? 'tcp' : 'grpc', headers: [], userAgent: '', timeoutMs };
  state.sockets[key] = { url: '', host, port, connection: null, received: '', redirects: 0, tag, deadlineMs: ctx.nowMs + timeoutMs, request };
  socket(ctx, {
    type: 'Socket',
    op: 'connect',
    netns: 'host',
    protocol: 'tcp',
    ip: host,
    port,
    owner: ctx.self,
    tag,
    timeoutMs,
    ...(data === undefined ? {} : { data }),
  });
}

/** Of an ExecSync. */
export function execOutcome(state: KubeletState, worker: ProbeWorker, reply: CriReply): Outcome {
  if (reply.error) {
    if (reply.error.code === 'DeadlineExceeded') return { result: 'failure', output: timeoutText(state, worker, reply.error.message) };
    return { result: 'error', output: errorText(reply.error), state: 'unknown' };
  }
  const { exitCode, stdout, stderr } = reply.response as CriAnswers['ExecSync'];
  return { result: exitCode === 0 ? 'success' : 'failure', output: (stdout + stderr).slice(0, maxOutput) };
}

function timeoutText(state: KubeletState, worker: ProbeWorker, message: string): string {
  if (message.startsWith('command ')) return `command timed out: ${message.slice('command '.length)}`;
  const pod = podOf(state, worker.uid);
  const probe = [...(pod?.spec.containers ?? []), ...(pod?.spec.initContainers ?? [])].find((c) => c.name === worker.container)?.[`${worker.type}Probe`];
  return `command timed out: "${(probe?.exec?.command ?? []).join(' ')}" timed out after ${probe?.timeoutSeconds ?? 1}s`;
}

/** A message of the worker's socket; the outcome when the probe is over. */
export function handleProbeSocket(state: KubeletState, worker: ProbeWorker, message: Connected | ConnectFailed | Received, ctx: Ctx): Outcome | null {
  const open = state.sockets[socketKey(worker)];
  if (!open || open.tag !== message.tag) {
    // It came up after the time for it: nobody waits any more.
    if (message.type === 'Connected') socket(ctx, { type: 'Socket', op: 'close', netns: 'host', connection: message.connection });
    return null;
  }
  if (open.request.scheme === 'tcp') {
    delete state.sockets[socketKey(worker)];
    if (message.type === 'ConnectFailed') {
      const detail = message.reason === 'i/o timeout' ? 'i/o timeout' : `connect: ${message.reason}`;
      return { result: 'failure', output: `dial tcp ${open.host}:${open.port}: ${detail}` };
    }
    socket(ctx, { type: 'Socket', op: 'close', netns: 'host', connection: message.connection });
    return { result: 'success', output: '' };
  }
  if (open.request.scheme === 'grpc') return grpcMessage(state, worker, open.host, open.port, message, ctx);
  const result = handleHttpSocket(state, socketKey(worker), message, ctx);
  return result ? httpOutcome(result) : null;
}

function grpcMessage(
  state: KubeletState,
  worker: ProbeWorker,
  host: string,
  port: number,
  message: Connected | ConnectFailed | Received,
  ctx: Ctx,
): Outcome | null {
  const open = state.sockets[socketKey(worker)];
  if (!open) return null;
  if (message.type === 'Connected') {
    open.connection = message.connection;
    return null;
  }
  delete state.sockets[socketKey(worker)];
  const seconds = Math.floor(open.request.timeoutMs / 1000);
  if (message.type === 'ConnectFailed') {
    // The client dials again until the time is up.
    const output = `timeout: failed to connect service "${host}:${port}" within ${seconds}s: context deadline exceeded`;
    ctx.send(
      ctx.self,
      { type: 'ProbeOutcome', key: worker.key, run: worker.run, outcome: { result: 'failure', output } } as never,
      Math.max(0, open.deadlineMs - ctx.nowMs),
    );
    return null;
  }
  if (!message.reset) socket(ctx, { type: 'Socket', op: 'close', netns: 'host', connection: message.connection });
  const status = /status[=:]\s*"?([A-Z_]+)/.exec(message.data.slice(0, 200))?.[1];
  if (status === 'SERVING') return { result: 'success', output: 'service healthy' };
  if (status === undefined)
    return {
      result: 'failure',
      output: 'error: this server does not implement the grpc health protocol (grpc.health.v1.Health): unknown service grpc.health.v1.Health',
    };
  return { result: 'failure', output: `service unhealthy (responded with "${status}")` };
}

/** Time is up for a gRPC call. */
export const grpcTimeout = (seconds: number): Outcome => ({ result: 'failure', output: `timeout: health rpc did not complete within ${seconds}s` });

export function httpOutcome(result: HttpResult): Outcome {
  if (result.error !== undefined) return { result: 'failure', output: result.error };
  const status = result.status ?? 0;
  const body = result.body ?? '';
  if (status >= 200 && status < 400) {
    if (status >= 300) return { result: 'warning', output: `Probe terminated redirects, Response body: ${body}` };
    return { result: 'success', output: body };
  }
  return { result: 'failure', output: `HTTP probe failed with statuscode: ${status}` };
}
