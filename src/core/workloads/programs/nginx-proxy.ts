/**
 * nginx as a reverse proxy: `proxy_pass` to a host that is looked up once, when nginx starts.
 * Simplified: one upstream with its first server for every location; the body comes when it is whole.
 */
import { type HttpRequest, httpRequest, parseHttpResponse } from '../../contracts/http.ts';
import type { Outcome, ProcessEvent, Program } from '../kernel/program.ts';
import type { Sys } from '../kernel/sys.ts';
import { type Answer, type HttpServer, respond, type ServerData } from './http-server.ts';
import { goOnResolving, type Resolved, type Resolving, startResolve } from './resolver.ts';

interface Upstream {
  /** As the configuration has it, and `path:line`. */
  name: string;
  host: string;
  port: number;
  where: string;
}
interface Open {
  connection: string;
  request: HttpRequest;
  peer: string;
  text: string;
}
interface ProxyData extends ServerData {
  proxy: { ip: string; port: number; host: string };
  passed: Record<string, Open>;
  turn: number;
}

const connectMs = 60_000;
const maxOpen = 1000;
const maxBody = 1_000_000;
const folder = '/etc/nginx/conf.d';

/** Of the first `proxy_pass` below conf.d. */
function upstreamOf(sys: Sys): Upstream | undefined {
  const names = sys.files.list(folder);
  if (!Array.isArray(names)) return undefined;
  for (const file of names.filter((n) => n.endsWith('.conf')).slice(0, 20)) {
    const got = sys.files.read(`${folder}/${file}`);
    if ('error' in got) continue;
    const text = got.text.slice(0, 50_000);
    const pass = /^[^#\n]*\bproxy_pass\s+http:\/\/([A-Za-z0-9._-]{1,253})(?::([0-9]{1,5}))?/m.exec(text);
    if (!pass) continue;
    const [whole, name = '', port] = pass;
    const group = text.indexOf(`upstream ${name}`);
    const server = group < 0 ? null : /\bserver\s+([A-Za-z0-9._-]{1,253})(?::([0-9]{1,5}))?/.exec(text.slice(group, group + 2000));
    const at = server ? group + server.index : pass.index + whole.length;
    return {
      name,
      host: server?.[1] ?? name,
      port: Number(server?.[2] ?? port ?? 80),
      where: `${folder}/${file}:${text.slice(0, at).split('\n').length}`,
    };
  }
  return undefined;
}

/** `server` with its upstream, if its configuration has one. `stamp`: the time as nginx's error log has it. */
export function withUpstream(http: HttpServer, server: Program, stamp: (sys: Sys) => string): Program {
  const begin = (sys: Sys, upstream: Upstream, got: Resolved): Outcome => {
    if ('failure' in got || got.ips.length === 0) {
      const words = `host not found in upstream "${upstream.host}" in ${upstream.where}`;
      sys.err(`${stamp(sys)} [emerg] ${sys.process.nspid}#${sys.process.nspid}: ${words}\nnginx: [emerg] ${words}\n`);
      return 1;
    }
    const outcome = server.start(sys);
    const data = sys.process.data as ProxyData;
    if (outcome === undefined) Object.assign(data, { proxy: { ip: got.ips[0], port: upstream.port, host: upstream.name }, passed: {}, turn: 0 });
    return outcome;
  };
  return {
    ...server,
    start(sys) {
      const upstream = sys.argv.some((word) => /^-[svVt]$/.test(word)) ? undefined : upstreamOf(sys);
      if (!upstream) return server.start(sys);
      const got = startResolve(sys, upstream.host);
      if (!('candidates' in got)) return begin(sys, upstream, got);
      sys.process.data = { resolving: got, upstream };
      return undefined;
    },
    resume(sys, event) {
      const data = sys.process.data as (Partial<ProxyData> & { resolving?: Resolving; upstream?: Upstream }) | null;
      if (data?.resolving && data.upstream) {
        const got = goOnResolving(sys, data.resolving, event);
        return got ? begin(sys, data.upstream, got) : undefined;
      }
      if (data?.passed && 'tag' in event && upstreamEvent(sys, http, data as ProxyData, event)) return undefined;
      return server.resume?.(sys, event);
    },
  };
}

/** Sends a request on; the answer comes later. Undefined, or what is answered at once. */
export function pass(sys: Sys, data: ServerData, request: HttpRequest, peer: string, connection: string): Answer | undefined {
  const own = data as ProxyData;
  const { ip, port, host } = own.proxy;
  if (Object.keys(own.passed).length >= maxOpen) return { status: 502, type: 'text/html', body: '' };
  own.turn += 1;
  const tag = sys.tag(`u${own.turn}`);
  own.passed[tag] = { connection, request, peer, text: '' };
  const headers: Record<string, string> = {};
  for (const name in request.headers) if (!/^(host|connection)$/.test(name)) headers[name] = request.headers[name] as string;
  const text = httpRequest(request.method, request.target, host, { Connection: 'close', ...headers }, request.body);
  sys.socket({ type: 'Socket', op: 'connect', netns: sys.netns, protocol: 'tcp', ip, port, owner: sys.self, tag, timeoutMs: connectMs, data: text });
  return undefined;
}

function upstreamEvent(sys: Sys, http: HttpServer, data: ProxyData, event: ProcessEvent & { tag: string }): boolean {
  const open = Object.hasOwn(data.passed, event.tag) ? data.passed[event.tag] : undefined;
  if (!open) return false;
  let answer: Answer | undefined;
  if (event.type === 'ConnectFailed') answer = { status: event.reason === 'i/o timeout' ? 504 : 502, type: 'text/html', body: `${event.reason}\n` };
  else if (event.type === 'Received') {
    if (open.text.length < maxBody) open.text += event.data;
    const response = parseHttpResponse(open.text);
    const length = Number(response?.headers['content-length'] ?? Number.NaN);
    if (!event.closed && !(response && response.body.length >= length)) return true;
    sys.socket({ type: 'Socket', op: 'close', netns: sys.netns, connection: event.connection });
    const type = response?.headers['content-type'];
    answer = response
      ? { status: response.status, ...(type === undefined ? {} : { type }), body: response.body }
      : { status: 502, type: 'text/html', body: '' };
  }
  if (!answer) return true;
  delete data.passed[event.tag];
  respond(sys, http, open.connection, open.request, answer, open.peer);
  return true;
}
