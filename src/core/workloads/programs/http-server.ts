/** HTTP servers: listening, requests put together from pieces, answers. What is served is the program's. */
import { type HttpRequest, httpResponse, parseHttpRequest } from '../../contracts/http.ts';
import type { Accepted, Received } from '../../contracts/socket.ts';
import { civil } from '../../engine/time.ts';
import type { Outcome, ProcessEvent, Program } from '../kernel/program.ts';
import { utf8Length } from '../kernel/state.ts';
import type { Sys } from '../kernel/sys.ts';
import { durationMs, months } from './basic.ts';

export interface Answer {
  status: number;
  type?: string;
  headers?: Record<string, string>;
  body: string;
  /** Of the body, once it was counted. */
  bytes?: number;
}

/** What every server keeps in `data`. */
export interface ServerData {
  ports: number[];
  /** Connections whose request is not complete. */
  partial: Record<string, string>;
  /** Until it listens: a `startup-seconds` of the pod. */
  starting?: true;
  peers: Record<string, string>;
  [more: string]: unknown;
}

export interface HttpServer {
  rssBytes?: number;
  /** Reads the command line; a number ends the program. */
  begin(sys: Sys): { ports: number[]; more?: Record<string, unknown> } | number;
  /** Once it listens. */
  ready?(sys: Sys): void;
  inUse(sys: Sys, port: number): Outcome;
  /** Undefined: the program answers later, with `respond`. */
  answer(sys: Sys, request: HttpRequest, peer: string, connection: string): Answer | undefined;
  /** Headers of every answer. */
  server?: string;
  log?(sys: Sys, request: HttpRequest, answer: Answer, peer: string): void;
  event?(sys: Sys, event: ProcessEvent): Outcome;
  signal?: Program['signal'];
}

export function httpServer(s: HttpServer): Program {
  const listen = (sys: Sys): Outcome => {
    const data = sys.process.data as ServerData;
    delete data.starting;
    for (const port of data.ports) {
      const answer = sys.socket({
        type: 'Socket',
        op: 'listen',
        netns: sys.netns,
        protocol: 'tcp',
        ip: '::',
        port,
        owner: sys.self,
        tag: sys.tag(`l${port}`),
      });
      if (answer.error) return s.inUse(sys, port);
    }
    s.ready?.(sys);
    return undefined;
  };
  return {
    rssBytes: s.rssBytes ?? 4 * 1024 * 1024,
    start(sys) {
      const begun = s.begin(sys);
      if (typeof begun === 'number') return begun;
      const data: ServerData = { ports: begun.ports, partial: {}, peers: {}, ...begun.more };
      sys.process.data = data;
      const wait = durationMs(sys.behaviour('startup-seconds') ?? '0');
      if (!(wait > 0)) return listen(sys);
      data.starting = true;
      sys.timer(wait);
      return undefined;
    },
    resume(sys, event) {
      const data = sys.process.data as ServerData;
      if (event.type === 'timer' && data.starting) return listen(sys);
      if (event.type === 'Accepted' || event.type === 'Received') {
        receive(sys, s, data, event);
        return undefined;
      }
      return s.event?.(sys, event);
    },
    ...(s.signal ? { signal: s.signal } : {}),
  };
}

const notHttp = (): Answer => ({
  status: 400,
  type: 'text/html',
  body: '<html>\r\n<head><title>400 Bad Request</title></head>\r\n<body>\r\n<center><h1>400 Bad Request</h1></center>\r\n</body>\r\n</html>\r\n',
});

/** One piece of a connection came: answers when the request is whole. */
function receive(sys: Sys, s: HttpServer, data: ServerData, event: Accepted | Received): void {
  const { connection } = event;
  const piece = event.data ?? '';
  let peer: string;
  let text = piece;
  // A new connection has nothing waiting: looking its name up would only cost.
  const before = event.type === 'Accepted' ? undefined : data.partial[connection];
  if (event.type === 'Accepted') peer = event.peerIP;
  else {
    peer = data.peers[connection] ?? '';
    if ((event.closed || event.reset) && piece === '') {
      // Without anything waiting it was answered, and closed, before.
      if (before === undefined) return;
      delete data.partial[connection];
      delete data.peers[connection];
      if (!event.reset) sys.socket({ type: 'Socket', op: 'close', netns: sys.netns, connection });
      return;
    }
    if (before !== undefined) text = before + piece;
  }
  const request = parseHttpRequest(text);
  if (request === 'more') {
    // Simplified: a server holds at most 1000 unfinished requests and refuses the next.
    if (before === undefined && Object.keys(data.partial).length >= 1000)
      sys.socket({ type: 'Socket', op: 'close', netns: sys.netns, connection, reset: true });
    else {
      data.partial[connection] = text;
      data.peers[connection] = peer;
    }
    return;
  }
  if (before !== undefined) {
    delete data.partial[connection];
    delete data.peers[connection];
  }
  const answer = request === 'bad' || request.tls !== undefined ? notHttp() : (failing(sys, request) ?? s.answer(sys, request, peer, connection));
  if (answer) respond(sys, s, connection, request, answer, peer);
}

/** Sends the answer to a request, and closes. */
export function respond(sys: Sys, s: HttpServer, connection: string, request: HttpRequest | 'bad', answer: Answer, peer: string): void {
  const headers: Record<string, string> = {};
  if (s.server) headers.Server = s.server;
  headers.Date = httpDate(sys.epochMs);
  if (answer.type) headers['Content-Type'] = answer.type;
  answer.bytes = utf8Length(answer.body);
  headers['Content-Length'] = String(answer.bytes);
  if (answer.headers) for (const name in answer.headers) headers[name] = answer.headers[name] as string;
  headers.Connection = 'close';
  const head = typeof request === 'object' && request.method === 'HEAD';
  sys.socket({ type: 'Socket', op: 'send', netns: sys.netns, connection, data: httpResponse(answer.status, headers, head ? '' : answer.body), close: true });
  if (typeof request === 'object') s.log?.(sys, request, answer, peer);
}

/** Faults that a person injected, and `kubarium.dev/fail-path`. */
function failing(sys: Sys, request: HttpRequest): Answer | undefined {
  if (sys.container.fault?.fail) return { status: 503, type: 'text/plain', body: 'Service Unavailable\n' };
  const path = sys.behaviour('fail-path');
  if (path !== undefined && request.target.split('?')[0] === path) return { status: 500, type: 'text/plain', body: 'Internal Server Error\n' };
  return undefined;
}

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const two = (n: number): string => String(n).padStart(2, '0');

/** `Tue, 24 Nov 2026 10:00:00 GMT`. */
export function httpDate(epochMs: number): string {
  const second = Math.floor(epochMs / 1000);
  if (dates.second !== second) {
    dates.second = second;
    dates.http = makeHttpDate(epochMs);
    dates.log = makeLogDate(epochMs);
  }
  return dates.http;
}

/** The last second's dates: many answers share one. */
const dates = { second: Number.NaN, http: '', log: '' };

function makeHttpDate(epochMs: number): string {
  const c = civil(epochMs);
  return `${weekdays[c.weekday]}, ${two(c.day)} ${months[c.month - 1]} ${c.year} ${two(c.hour)}:${two(c.minute)}:${two(c.second)} GMT`;
}

/** `24/Nov/2026:10:00:00 +0000`, as access logs have it. */
export function logDate(epochMs: number): string {
  httpDate(epochMs);
  return dates.log;
}

function makeLogDate(epochMs: number): string {
  const c = civil(epochMs);
  return `${two(c.day)}/${months[c.month - 1]}/${c.year}:${two(c.hour)}:${two(c.minute)}:${two(c.second)} +0000`;
}

/** The combined log format of nginx and Apache. */
export function accessLine(sys: Sys, request: HttpRequest, answer: Answer, peer: string, forwarded: boolean): string {
  const h = request.headers;
  return `${peer} - - [${logDate(sys.epochMs)}] "${request.method} ${request.target} HTTP/1.1" ${answer.status} ${answer.bytes ?? utf8Length(answer.body)} "${h.referer ?? '-'}" "${h['user-agent'] ?? '-'}"${forwarded ? ` "${h['x-forwarded-for'] ?? '-'}"` : ''}\n`;
}

/** The file under `root` that a request asks for: its text, or what stands in the way. */
export function staticFile(sys: Sys, root: string, target: string): { text: string; path: string } | 'missing' | 'denied' | 'directory' {
  const path = (target.split('?')[0] ?? '/').replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  if (!path.startsWith('/') || path.split('/').includes('..') || path.length > 2000) return 'missing';
  const direct = path.endsWith('/') ? `${path}index.html` : path;
  const got = sys.files.read(`${root}${direct}`);
  if (!('error' in got)) return { text: got.text, path: direct };
  if (got.error === 'EISDIR') return 'directory';
  if (got.error === 'EACCES') return 'denied';
  // A directory without an index is there, but is not listed.
  return path.endsWith('/') && sys.files.exists(`${root}${path}`) ? 'denied' : 'missing';
}

export function contentType(path: string): string {
  const extension = path.slice(path.lastIndexOf('.') + 1);
  return (
    {
      html: 'text/html',
      htm: 'text/html',
      css: 'text/css',
      js: 'application/javascript',
      json: 'application/json',
      txt: 'text/plain',
      xml: 'text/xml',
      png: 'image/png',
      svg: 'image/svg+xml',
    }[extension] ?? 'application/octet-stream'
  );
}
