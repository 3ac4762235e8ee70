/** Static pods from a URL: one pod, or a list of them. Models pkg/kubelet/config/http.go, v1.36.2. */
import type { Pod } from '../../../api/types.ts';
import { httpRequest, parseHttpResponse } from '../../../contracts/http.ts';
import { log } from '../../../contracts/journal.ts';
import { osOf } from '../../../contracts/os.ts';
import type { Connected, ConnectFailed, Received, SocketRequest } from '../../../contracts/socket.ts';
import { rfc3339Micro } from '../../../engine/time.ts';
import type { Body, Ctx } from '../../../engine/types.ts';
import { setSourcePods } from '../pod-config.ts';
import type { KubeletState } from '../state.ts';
import { parseManifest } from './manifest-yaml.ts';
import { staticPod } from './pod-defaults.ts';

/** httpCheckFrequency. */
const checkFrequencyMs = 20_000;
const timeoutMs = 10_000;
/** maxConfigLength of upstream is ten times this. */
const maxBytes = 1024 * 1024;
const maxPods = 200;
const tagPrefix = 'static-url#';

export interface UrlState {
  /** Of the request under way; '' when there is none. */
  tag: string;
  connection: string;
  received: string;
  /** What was read last; null: nothing yet. */
  data: string | null;
  /** Failures in a row: of the first few the log tells. */
  failures: number;
}
export const initialUrl = (): UrlState => ({ tag: '', connection: '', received: '', data: null, failures: 0 });

const socket = (ctx: Ctx, request: SocketRequest): unknown => ctx.call(osOf(ctx.host), request);

interface Target {
  host: string;
  port: number;
  path: string;
}

/** Simplified: the host is an address, as the kubelet looks up no names; HTTPS is spoken in the clear. */
function targetOf(url: string): Target | undefined {
  const m = /^(https?):\/\/(\[[0-9a-fA-F:]+\]|[^/:?#]+)(?::(\d{1,5}))?([/?][^#]*)?$/.exec(url);
  if (!m) return undefined;
  const host = m[2] === 'localhost' ? '127.0.0.1' : (m[2] as string).replace(/^\[|\]$/g, '');
  return { host, port: m[3] ? Number(m[3]) : m[1] === 'https' ? 443 : 80, path: m[4] ?? '/' };
}

/** Without a URL the source has delivered at once: there are no pods of it. */
export function startUrl(state: KubeletState, ctx: Ctx): void {
  if (state.config.staticPodURL) readUrl(state, ctx);
  else setSourcePods(state, 'http', [], ctx);
}

export function readUrl(state: KubeletState, ctx: Ctx): void {
  const { staticPodURL: url = '' } = state.config;
  const u = state.static.url;
  ctx.send(ctx.self, { type: 'StaticURL' } as Body, checkFrequencyMs);
  if (u.connection !== '') close(u, ctx);
  const target = targetOf(url);
  if (!target) {
    failed(u, `parse ${JSON.stringify(url)}: invalid URI for request`, ctx);
    return;
  }
  if (!/^[\d.]+$|:/.test(target.host)) {
    failed(u, `Get ${JSON.stringify(url)}: dial tcp: lookup ${target.host}: no such host`, ctx);
    return;
  }
  state.counter += 1;
  Object.assign(u, { tag: `${tagPrefix}${state.counter}`, connection: '', received: '' });
  const data = httpRequest('GET', target.path, target.port === 80 ? target.host : `${target.host}:${target.port}`, { 'User-Agent': 'Go-http-client/1.1' });
  socket(ctx, {
    type: 'Socket',
    op: 'connect',
    netns: 'host',
    protocol: 'tcp',
    ip: target.host,
    port: target.port,
    owner: ctx.self,
    tag: u.tag,
    timeoutMs,
    data,
  });
}

/** True when the message was about this source's connection. */
export function urlSocket(state: KubeletState, message: Connected | ConnectFailed | Received, ctx: Ctx): boolean {
  if (!message.tag.startsWith(tagPrefix)) return false;
  const u = state.static.url;
  if (message.tag !== u.tag) return true;
  const { staticPodURL: url = '' } = state.config;
  if (message.type === 'Connected') u.connection = message.connection;
  else if (message.type === 'ConnectFailed') {
    u.tag = '';
    const { host, port } = targetOf(url) as Target;
    failed(u, `Get ${JSON.stringify(url)}: dial tcp ${host}:${port}: ${message.reason === 'i/o timeout' ? '' : 'connect: '}${message.reason}`, ctx);
  } else {
    u.connection = message.connection;
    u.received += message.data.slice(0, Math.max(0, maxBytes - u.received.length));
    const ended = message.closed || message.reset === true;
    const response = parseHttpResponse(u.received);
    const length = Number(response?.headers['content-length'] ?? Number.NaN);
    if (!ended && !(response && response.body.length >= length)) return true;
    close(u, ctx);
    if (!response) failed(u, `Get ${JSON.stringify(url)}: EOF`, ctx);
    else if (response.status !== 200) failed(u, `${url}: ${u.received.slice(9, u.received.indexOf('\r\n'))}`, ctx);
    else take(state, response.body, ctx);
    u.received = '';
  }
  return true;
}

function close(u: UrlState, ctx: Ctx): void {
  socket(ctx, { type: 'Socket', op: 'close', netns: 'host', connection: u.connection });
  Object.assign(u, { tag: '', connection: '' });
}

function take(state: KubeletState, text: string, ctx: Ctx): void {
  const u = state.static.url;
  const { staticPodURL: url = '', nodeName } = state.config;
  if (text === '') {
    u.data = text;
    setSourcePods(state, 'http', [], ctx);
    failed(u, `zero-length data received from ${url}`, ctx);
    return;
  }
  if (text !== u.data) {
    u.data = text;
    const parsed = parseManifest(text);
    const value = 'error' in parsed ? undefined : (parsed.value as { kind?: unknown; items?: unknown });
    const list = value && /^(Pod)?List$/.test(String(value.kind)) && Array.isArray(value.items) ? value.items.slice(0, maxPods) : [value];
    const pods: Pod[] = [];
    for (const manifest of list) {
      const made = staticPod(withKind(manifest), { kind: 'http', path: url, nodeName, seen: rfc3339Micro(ctx.epochMs) });
      if ('error' in made) {
        failed(u, `${url}: received '${text.slice(0, 2000)}', but couldn't parse as single (${made.error}) or multiple pods (invalid pod list)`, ctx);
        return;
      }
      pods.push(Object.freeze(made.pod));
    }
    setSourcePods(state, 'http', pods, ctx);
  }
  if (u.failures > 0) log(ctx, 'kubelet.service', ['kubelet.url', '']);
  u.failures = 0;
}

/** Items of a PodList need not say what they are. */
const withKind = (manifest: unknown): unknown =>
  typeof manifest === 'object' && manifest !== null && !('kind' in manifest) ? { apiVersion: 'v1', kind: 'Pod', ...manifest } : manifest;

/** Told three times, and once more that it will not be told again. */
function failed(u: UrlState, error: string, ctx: Ctx): void {
  if (u.failures < 4) log(ctx, 'kubelet.service', ['kubelet.url', error]);
  u.failures += 1;
}
