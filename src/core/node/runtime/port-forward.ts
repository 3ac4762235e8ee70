/** PortForward: bytes to a port inside a sandbox's network namespace. Models containerd internal/cri/server/sandbox_portforward_linux.go, v2.1. */
import type { PortForwardStream } from '../../contracts/cri.ts';
import type { ForwardedData } from '../../contracts/kubelet.ts';
import { osOf } from '../../contracts/os.ts';
import type { Connected, ConnectFailed, Received, SocketAnswer, SocketRequest } from '../../contracts/socket.ts';
import type { Ctx } from '../../engine/types.ts';
import type { RuntimeState } from './state.ts';

/** Open at one time on a node. */
const maxForwards = 1000;
const connectTimeoutMs = 30_000;
const tagPrefix = 'forward ';

const socket = (ctx: Ctx, request: SocketRequest): SocketAnswer => ctx.call<SocketAnswer>(osOf(ctx.host), request);

export function portForward(state: RuntimeState, stream: PortForwardStream, ctx: Ctx): void {
  const { id, replyTo, podSandboxId, port, data, closed } = stream;
  const sandbox = state.sandboxes[podSandboxId];
  const open = state.forwards[id];
  if (open) {
    socket(ctx, { type: 'Socket', op: 'send', netns: open.netns, connection: open.connection, data, close: closed });
    return;
  }
  if (closed) return;
  if (sandbox?.state !== 'ready' || Object.keys(state.forwards).length >= maxForwards) {
    tell(ctx, replyTo, id, '', true, `failed to find sandbox "${podSandboxId}" in store: not found`);
    return;
  }
  const { netns } = sandbox;
  const answer = socket(ctx, {
    type: 'Socket',
    op: 'connect',
    netns,
    protocol: 'tcp',
    ip: '127.0.0.1',
    port,
    owner: ctx.self,
    tag: `${tagPrefix}${id}`,
    timeoutMs: connectTimeoutMs,
    ...(data === '' ? {} : { data }),
  });
  state.forwards[id] = { replyTo, netns, connection: answer.connection ?? '', port, podSandboxId };
}

/** True when the message was about a forwarded connection. */
export function forwardedSocket(state: RuntimeState, message: Connected | ConnectFailed | Received, ctx: Ctx): boolean {
  const id = message.tag.startsWith(tagPrefix) ? message.tag.slice(tagPrefix.length) : '';
  const open = state.forwards[id];
  if (!open) return false;
  if (message.type === 'Connected') open.connection = message.connection;
  else if (message.type === 'ConnectFailed') {
    delete state.forwards[id];
    tell(ctx, open.replyTo, id, '', true, connectError(open.netns, open.podSandboxId, open.port, message.reason));
  } else {
    const closed = message.closed || message.reset === true;
    tell(ctx, open.replyTo, id, message.data, closed);
    if (!closed) return true;
    delete state.forwards[id];
    socket(ctx, { type: 'Socket', op: 'close', netns: open.netns, connection: open.connection });
  }
  return true;
}

function connectError(netns: string, sandbox: string, port: number, reason: string): string {
  const place = `failed to execute portforward in network namespace ${JSON.stringify(netns === 'host' ? 'host' : `/var/run/netns/${netns}`)}`;
  const tried = `IPv4: dial tcp4 127.0.0.1:${port}: connect: ${reason} IPv6 dial tcp6 [::1]:${port}: connect: ${reason} `;
  return `${place}: failed to connect to localhost:${port} inside namespace ${JSON.stringify(sandbox)}, ${tried}`;
}

/** Simplified: answers go straight to who asked; really they pass the kubelet and the API server. */
function tell(ctx: Ctx, to: string, id: string, data: string, closed: boolean, error?: string): void {
  const body: ForwardedData = { type: 'ForwardedData', id, data, closed, ...(error === undefined ? {} : { error }) };
  ctx.send(to, body);
}
