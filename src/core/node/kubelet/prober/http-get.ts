/**
 * A GET from the node to a pod, over a socket of `NODE/os`. One request at a time per tag. Models what pkg/probe/http does with net/http, v1.36.2.
 * Simplified: no TLS handshake; HTTPS is spoken in the clear.
 */

import { osOf } from '../../../contracts/os.ts';
import type { Connected, ConnectFailed, Received, SocketAnswer, SocketRequest } from '../../../contracts/socket.ts';
import type { Ctx } from '../../../engine/types.ts';
import type { KubeletState } from '../state.ts';

/** Of a body more than this is not read, bytes. */
const maxBody = 10_240;
const maxRedirects = 10;

export interface HttpRequest {
  host: string;
  port: number;
  path: string;
  scheme: string;
  headers: readonly { name: string; value: string }[];
  userAgent: string;
  timeoutMs: number;
}
export interface OpenRequest {
  url: string;
  host: string;
  port: number;
  connection: string | null;
  received: string;
  redirects: number;
  /** Distinguishes this request from earlier ones with the same key. */
  tag: string;
  deadlineMs: number;
  request: HttpRequest;
}
export interface HttpResult {
  status?: number;
  body?: string;
  /** A redirect that leads to another host: not followed. */
  redirected?: boolean;
  /** Go's error, with method and URL. */
  error?: string;
}

const urlOf = (r: HttpRequest, path: string): string =>
  `${r.scheme.toLowerCase()}://${r.host.includes(':') ? `[${r.host}]` : r.host}:${r.port}${path.startsWith('/') ? path : `/${path}`}`;

/** The answer comes to `finishHttp` of the kubelet's room through `handleSocket`. `timeoutMs` is watched by a timer here. */
export function httpGet(state: KubeletState, key: string, request: HttpRequest, ctx: Ctx): void {
  open(state, key, { ...request }, request.path, 0, ctx.nowMs + request.timeoutMs, ctx);
  ctx.send(ctx.self, { type: 'SocketTimeout', key, tag: state.sockets[key]?.tag ?? '' } as never, request.timeoutMs);
}

function open(state: KubeletState, key: string, request: HttpRequest, path: string, redirects: number, deadlineMs: number, ctx: Ctx): void {
  state.counter += 1;
  const tag = `${key}#${state.counter}`;
  state.sockets[key] = {
    url: urlOf(request, path),
    host: request.host,
    port: request.port,
    connection: null,
    received: '',
    redirects,
    tag,
    deadlineMs,
    request,
  };
  const data = requestText(request, path);
  socket(ctx, {
    type: 'Socket',
    op: 'connect',
    netns: 'host',
    protocol: 'tcp',
    ip: request.host,
    port: request.port,
    owner: ctx.self,
    tag,
    timeoutMs: deadlineMs - ctx.nowMs,
    data,
  });
}

export const socket = (ctx: Ctx, request: SocketRequest): SocketAnswer => ctx.call<SocketAnswer>(osOf(ctx.host), request);

// Probes send the same text each time. Not state.
const texts = new Map<string, string>();

function requestText(request: HttpRequest, path: string): string {
  if (request.headers.length > 0) return writeRequest(request, path);
  const key = `${request.host} ${request.port} ${request.userAgent} ${path}`;
  let text = texts.get(key);
  if (text === undefined) {
    text = writeRequest(request, path);
    if (texts.size >= 2000) texts.clear();
    texts.set(key, text);
  }
  return text;
}

function writeRequest(request: HttpRequest, path: string): string {
  const given = new Map(request.headers.map((h) => [h.name.toLowerCase(), h]));
  const host = given.get('host')?.value ?? `${request.host}:${request.port}`;
  const lines = [`GET ${path.startsWith('/') ? path : `/${path}`} HTTP/1.1`, `Host: ${host}`];
  if (!given.has('user-agent')) lines.push(`User-Agent: ${request.userAgent}`);
  for (const h of request.headers)
    if (h.name.toLowerCase() !== 'host' && !(h.name.toLowerCase() === 'accept' && h.value === '')) lines.push(`${h.name}: ${h.value}`);
  if (!given.has('accept')) lines.push('Accept: */*');
  lines.push('Connection: close', '', '');
  return lines.join('\r\n');
}

/** A message of the socket with this key; the result when the request is over. */
export function handleHttpSocket(state: KubeletState, key: string, message: Connected | ConnectFailed | Received, ctx: Ctx): HttpResult | null {
  const request = state.sockets[key];
  if (!request || request.tag !== message.tag) return null;
  if (message.type === 'Connected') {
    request.connection = message.connection;
    return null;
  }
  if (message.type === 'ConnectFailed') {
    delete state.sockets[key];
    const detail =
      message.reason === 'i/o timeout'
        ? `context deadline exceeded (Client.Timeout exceeded while awaiting headers)`
        : `dial tcp ${request.host}:${request.port}: connect: ${message.reason}`;
    return { error: `Get "${request.url}": ${detail}` };
  }
  request.connection = message.connection;
  request.received += message.data.slice(0, maxBody * 2 - request.received.length);
  const answer = parseResponse(request.received, message.closed || message.reset === true);
  if (answer === null) {
    if (!message.closed && !message.reset) return null;
    close(request, ctx, message.reset === true);
    delete state.sockets[key];
    if (message.reset)
      return { error: `Get "${request.url}": read tcp ${state.config.nodeIP}->${request.host}:${request.port}: read: connection reset by peer` };
    return { error: `Get "${request.url}": EOF` };
  }
  close(request, ctx, message.reset === true);
  delete state.sockets[key];
  const location = answer.location;
  if (answer.status < 300 || answer.status >= 400 || location === undefined) return { status: answer.status, body: answer.body };
  const target = redirectTarget(location, request.request);
  if (target === null) return { status: answer.status, body: answer.body, redirected: true };
  if (request.redirects + 1 > maxRedirects) return { error: `Get "${location}": stopped after 10 redirects` };
  open(state, key, { ...request.request, port: target.port }, target.path, request.redirects + 1, request.deadlineMs, ctx);
  return null;
}

/** The whole exchange took too long. */
export function handleHttpTimeout(state: KubeletState, key: string, tag: string, ctx: Ctx): HttpResult | null {
  const request = state.sockets[key];
  if (!request || (request.tag !== tag && request.deadlineMs > ctx.nowMs)) return null;
  close(request, ctx, false);
  delete state.sockets[key];
  return { error: `Get "${request.url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)` };
}

/** Also when the peer closed first: its FIN leaves our half open. After a reset there is nothing left. */
function close(request: OpenRequest, ctx: Ctx, reset: boolean): void {
  if (request.connection === null || reset) return;
  socket(ctx, { type: 'Socket', op: 'close', netns: 'host', connection: request.connection });
}

/** null: not all there yet. */
function parseResponse(text: string, ended: boolean): { status: number; body: string; location?: string } | null {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const head = text.slice(0, end);
  const status = Number(head.slice(9, 12));
  if (!head.startsWith('HTTP/1.') || !(status >= 100)) return null;
  const body = text.slice(end + 4);
  const length = header(head, 'content-length');
  if (!ended && body.length < maxBody && (length === undefined || body.length < Number(length))) return null;
  const location = header(head, 'location');
  return { status, body: body.slice(0, maxBody), ...(location === undefined ? {} : { location }) };
}

function header(head: string, name: string): string | undefined {
  for (let from = 0; from < head.length; ) {
    const next = head.indexOf('\r\n', from);
    const end = next < 0 ? head.length : next;
    const colon = head.indexOf(':', from);
    if (colon === from + name.length && colon < end && head.slice(from, colon).toLowerCase() === name) return head.slice(colon + 1, end).trim();
    from = end + 2;
  }
  return undefined;
}

/** null: another host. */
function redirectTarget(location: string, request: HttpRequest): { port: number; path: string } | null {
  if (location.startsWith('/') && !location.startsWith('//')) return { port: request.port, path: location };
  const match = /^(https?):\/\/([^/:?#]+|\[[^\]]+\])(?::(\d{1,5}))?([/?][^#]*)?/.exec(location);
  if (!match || match[2] !== request.host) return null;
  return { port: match[3] ? Number(match[3]) : match[1] === 'https' ? 443 : 80, path: match[4] ?? '/' };
}
