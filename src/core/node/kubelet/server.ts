/**
 * The kubelet's servers: what the API server asks on 10250 (logs, exec, port-forward), as messages and calls, and the health check on 10248 over sockets.
 * Models pkg/kubelet/server/server.go and cmd/kubelet/app/server.go, v1.36.2.
 */
import { httpResponse, parseHttpRequest } from '../../contracts/http.ts';
import type { ContainerExec, ContainerLogs, PortForward } from '../../contracts/kubelet.ts';
import { osOf } from '../../contracts/os.ts';
import type { Accepted, Received, SocketRequest } from '../../contracts/socket.ts';
import type { Body, Ctx, Message } from '../../engine/types.ts';
import { exec, portForward } from './container-exec.ts';
import { containerLogs } from './container-logs.ts';
import type { KubeletState } from './state.ts';

const prefix = 'kubelet:';
const ports = { healthz: { ip: '127.0.0.1', port: 10_248 }, server: { ip: '::', port: 10_250 } };
const maxRequests = 256;

const socket = (ctx: Ctx, request: SocketRequest): unknown => ctx.call(osOf(ctx.host), request);

/** Sockets of the process before this one are gone with it. */
export function startServers(ctx: Ctx): void {
  socket(ctx, { type: 'Socket', op: 'releaseOwner', tagPrefix: prefix, netns: 'host' });
  for (const [name, { ip, port }] of Object.entries(ports))
    socket(ctx, { type: 'Socket', op: 'listen', netns: 'host', protocol: 'tcp', ip, port, owner: ctx.self, tag: prefix + name });
}

/** True when the message was for one of the servers. */
export function serverMessage(state: KubeletState, message: Message, ctx: Ctx): boolean {
  const { body } = message;
  switch (body.type) {
    case 'ContainerExec':
      exec(state, body as ContainerExec, message.from, ctx);
      return true;
    case 'PortForward':
      portForward(state, body as PortForward, message.from, ctx);
      return true;
    case 'Accepted': {
      const { connection, tag, data } = body as Accepted;
      if (Object.keys(state.requests).length >= maxRequests) socket(ctx, { type: 'Socket', op: 'close', netns: 'host', connection, reset: true });
      else {
        state.requests[connection] = data ?? '';
        answer(state, connection, tag, ctx);
      }
      return true;
    }
    case 'Received': {
      const { connection, tag, data, closed, reset } = body as Received;
      if (!tag.startsWith(prefix)) return false;
      const known = state.requests[connection];
      if (known !== undefined) {
        state.requests[connection] = known + data;
        answer(state, connection, tag, ctx);
      }
      if (!closed && !reset) return true;
      socket(ctx, { type: 'Socket', op: 'close', netns: 'host', connection });
      delete state.requests[connection];
      return true;
    }
    default:
      return false;
  }
}

function answer(state: KubeletState, connection: string, tag: string, ctx: Ctx): void {
  const text = state.requests[connection] as string;
  const tls = text.startsWith('tls ');
  const request = parseHttpRequest(tls ? text.slice(text.indexOf('\n') + 1) : text);
  if (request === 'more') return;
  delete state.requests[connection];
  const data =
    tag === `${prefix}healthz`
      ? healthz(request === 'bad' ? '' : request.target)
      : tls
        ? unauthorized()
        : plain(400, 'Client sent an HTTP request to an HTTPS server.\n');
  socket(ctx, { type: 'Socket', op: 'send', netns: 'host', connection, data, close: true });
}

const plain = (code: number, body: string): string =>
  httpResponse(code, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': String(body.length) }, body);

const healthz = (target: string): string => (target.split('?')[0] === '/healthz' ? plain(200, 'ok') : plain(404, '404 page not found\n'));

/** Simplified: nobody has a certificate or token for it. */
const unauthorized = (): string => plain(401, 'Unauthorized');

export function serve(state: KubeletState, request: Body, ctx: Ctx): unknown {
  if (request.type === 'ContainerLogs') return containerLogs(state, request as ContainerLogs, ctx);
  return { error: 'unknown request' };
}
