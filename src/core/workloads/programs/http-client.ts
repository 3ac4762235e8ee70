/** What `wget` and `curl` share: a URL is resolved, connected to, asked, and read to its end. */
import { type HttpResponse, httpRequest, parseHttpResponse } from '../../contracts/http.ts';
import type { ProcessEvent } from '../kernel/program.ts';
import type { Sys } from '../kernel/sys.ts';
import { goOnResolving, type Resolved, type Resolving, startResolve } from './resolver.ts';

export interface Url {
  scheme: 'http' | 'https';
  host: string;
  port: number;
  target: string;
}

export function parseUrl(text: string): Url | undefined {
  const m = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):\/\/)?(?:[^@/?#\s]*@)?(\[[0-9a-fA-F:.]+\]|[^:/?#\s]+)(?::([0-9]{1,5}))?([/?][^#\s]*)?(?:#.*)?$/.exec(text);
  if (!m) return undefined;
  const scheme = (m[1] ?? 'http').toLowerCase();
  if (scheme !== 'http' && scheme !== 'https') return undefined;
  const port = m[3] === undefined ? (scheme === 'https' ? 443 : 80) : Number(m[3]);
  if (port > 65_535) return undefined;
  const path = m[4] ?? '/';
  return { scheme, host: (m[2] as string).replace(/^\[|\]$/g, ''), port, target: path.startsWith('?') ? `/${path}` : path };
}

export interface Fetch {
  url: Url;
  method: string;
  headers: Record<string, string>;
  body: string;
  /** Of the whole, 0 for none. */
  timeoutMs: number;
  connectTimeoutMs: number;
  startedMs: number;
  phase: 'resolve' | 'connect' | 'read' | 'done';
  resolving?: Resolving;
  ip?: string;
  connection?: string;
  text: string;
  /** Addresses given by hand (`curl --resolve`). */
  fixed?: string;
  /** Each connection gets its own tag. */
  turn: number;
}

export type FetchResult = { error: 'resolve' | 'connect' | 'timeout' | 'empty' | 'reset'; reason?: string } | { response: HttpResponse };

const hostHeader = (url: Url): string => (url.port === (url.scheme === 'https' ? 443 : 80) ? url.host : `${url.host}:${url.port}`);

/** Begins; a result when it is known at once. `connecting` is told the address. */
export function startFetch(sys: Sys, f: Fetch): FetchResult | undefined {
  f.phase = 'resolve';
  f.text = '';
  const got: Resolved | Resolving = f.fixed ? { ips: [f.fixed], records: [], name: f.url.host } : startResolve(sys, f.url.host);
  if ('candidates' in got) {
    f.resolving = got;
    return undefined;
  }
  return resolved(sys, f, got);
}

function resolved(sys: Sys, f: Fetch, got: Resolved): FetchResult | undefined {
  delete f.resolving;
  if ('failure' in got) return { error: 'resolve', reason: got.failure };
  f.ip = got.ips[0] as string;
  f.phase = 'connect';
  f.turn += 1;
  const request = (f.url.scheme === 'https' ? `tls ${f.url.host}\n` : '') + httpRequest(f.method, f.url.target, hostHeader(f.url), f.headers, f.body);
  const left = f.timeoutMs > 0 ? Math.max(1, f.timeoutMs - (sys.nowMs - f.startedMs)) : 0;
  const timeoutMs = Math.min(f.connectTimeoutMs || 130_000, left || 130_000);
  sys.socket({
    type: 'Socket',
    op: 'connect',
    netns: sys.netns,
    protocol: 'tcp',
    ip: f.ip,
    port: f.url.port,
    owner: sys.self,
    tag: sys.tag(`h${f.turn}`),
    timeoutMs,
    data: request,
    uid: sys.process.uid,
  });
  if (left > 0) sys.timer(left);
  return undefined;
}

export function goOnFetching(sys: Sys, f: Fetch, event: ProcessEvent): FetchResult | undefined {
  if (f.phase === 'resolve' && f.resolving) {
    if (f.timeoutMs > 0 && sys.nowMs - f.startedMs >= f.timeoutMs) return { error: 'timeout' };
    const got = goOnResolving(sys, f.resolving, event);
    return got ? resolved(sys, f, got) : undefined;
  }
  if (event.type === 'timer') {
    if (f.connection) sys.socket({ type: 'Socket', op: 'close', netns: sys.netns, connection: f.connection, reset: true });
    return { error: 'timeout' };
  }
  if (!('tag' in event) || event.tag !== sys.tag(`h${f.turn}`)) return undefined;
  if (event.type === 'ConnectFailed')
    return event.reason === 'i/o timeout' ? { error: 'timeout', reason: 'connect' } : { error: 'connect', reason: event.reason };
  if (event.type === 'Connected') {
    f.connection = event.connection;
    f.phase = 'read';
    return undefined;
  }
  if (event.type !== 'Received') return undefined;
  f.connection = event.connection;
  if (f.text.length < 1_000_000) f.text += event.data;
  const response = parseHttpResponse(f.text);
  const length = response ? Number(response.headers['content-length'] ?? Number.NaN) : Number.NaN;
  const whole =
    response !== undefined &&
    (f.method === 'HEAD' || response.status === 204 || response.status === 304 || (!Number.isNaN(length) && byteLength(response.body) >= length));
  if (!whole && !event.closed && !event.reset) return undefined;
  f.phase = 'done';
  sys.process.generation += 1;
  sys.socket({ type: 'Socket', op: 'close', netns: sys.netns, connection: event.connection });
  if (response) return { response };
  return event.reset ? { error: 'reset' } : { error: 'empty' };
}

function byteLength(text: string): number {
  let n = 0;
  for (let i = 0; i < text.length; i += 1) {
    const c = text.charCodeAt(i);
    n += c < 0x80 ? 1 : c < 0x800 ? 2 : c >= 0xd800 && c < 0xe000 ? 2 : 3;
  }
  return n;
}

/** Where a redirect leads. */
export function follow(url: Url, location: string): Url | undefined {
  if (/^https?:/.test(location)) return parseUrl(location);
  if (location.startsWith('/')) return { ...url, target: location };
  return { ...url, target: url.target.slice(0, url.target.lastIndexOf('/') + 1) + location };
}
