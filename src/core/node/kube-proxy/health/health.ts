/** kube-proxy's health servers: its own on 10256, and one for each Service with a health check node port. Models pkg/proxy/healthcheck, v1.36.2. */
import { recordEvent } from '../../../contracts/client-go/recorder.ts';
import { httpResponse, parseHttpRequest } from '../../../contracts/http.ts';
import { osOf } from '../../../contracts/os.ts';
import type { Accepted, Received, SocketAnswer, SocketRequest } from '../../../contracts/socket.ts';
import { rfc3339Micro } from '../../../engine/time.ts';
import type { Body, Ctx } from '../../../engine/types.ts';
import type { KubeProxyState } from '../state.ts';
import type { Applied } from '../tracking/tracker.ts';

export interface HealthState {
  /** `namespace/name` → its port and the number of local ready endpoints. */
  services: Record<string, { port: number; localEndpoints: number; listening: boolean }>;
  /** Begun requests by connection. */
  requests: Record<string, { tag: string; text: string }>;
}

export const initialHealth = (): HealthState => ({ services: {}, requests: {} });

const healthzPort = 10256;
const metricsPort = 10249;
const prefix = 'kube-proxy:';
const maxRequests = 256;

const socket = (ctx: Ctx, request: SocketRequest): SocketAnswer => ctx.call<SocketAnswer>(osOf(ctx.host), request) ?? {};

const listen = (ctx: Ctx, port: number, tag: string, ip = '::'): string | undefined =>
  socket(ctx, { type: 'Socket', op: 'listen', netns: 'host', protocol: 'tcp', ip, port, owner: ctx.self, tag: prefix + tag }).error;

/** Sockets of the process before this one are gone with it. */
export function startHealthz(_state: KubeProxyState, ctx: Ctx): void {
  socket(ctx, { type: 'Socket', op: 'releaseOwner', tagPrefix: prefix, netns: 'host' });
  listen(ctx, healthzPort, 'healthz');
  listen(ctx, metricsPort, 'metrics', '127.0.0.1');
}

/** Opens, closes and counts for the Services that changed. */
export function syncServiceHealth(state: KubeProxyState, applied: Applied, ctx: Ctx): void {
  const { services } = state.health;
  if (!applied.health && Object.keys(services).length === 0) return;
  for (const name of applied.services) {
    const port = healthCheckPort(state, name);
    const known = services[name];
    if (known && known.port !== port) {
      if (known.listening) socket(ctx, { type: 'Socket', op: 'unlisten', netns: 'host', tag: `${prefix}${name}` });
      delete services[name];
    }
    if (port === 0) continue;
    let entry = services[name];
    if (!entry) {
      const error = listen(ctx, port, name);
      entry = { port, localEndpoints: 0, listening: error === undefined };
      services[name] = entry;
      if (error !== undefined) tellFailure(state, name, port, error, ctx);
    }
    entry.localEndpoints = localReady(state, name);
  }
}

function healthCheckPort(state: KubeProxyState, name: string): number {
  for (const p of Object.values(state.families))
    for (const key of p.tracker.services[name] ?? []) {
      const port = p.tracker.ports[key]?.healthCheckNodePort ?? 0;
      if (port !== 0) return port;
    }
  return 0;
}

/** Distinct addresses of ready endpoints on this node. */
function localReady(state: KubeProxyState, name: string): number {
  const ips = new Set<string>();
  for (const p of Object.values(state.families))
    for (const key of p.tracker.endpointKeys[name] ?? []) for (const e of p.tracker.endpoints[key] ?? []) if (e.isLocal && e.ready) ips.add(e.ip);
  return ips.size;
}

function tellFailure(state: KubeProxyState, name: string, port: number, error: string, ctx: Ctx): void {
  const slash = name.indexOf('/');
  const about = { kind: 'Service', namespace: name.slice(0, slash), name: name.slice(slash + 1), uid: name.slice(slash + 1) };
  const words = error === 'EADDRINUSE' ? `listen tcp :${port}: bind: address already in use` : error;
  const source = { component: 'kube-proxy', host: state.args.nodeName };
  const message = `node ${state.args.nodeName} failed to start healthcheck "${name}" on port ${port}: ${words}`;
  recordEvent(state.recorder, ctx, source, about, 'Warning', 'FailedToStartServiceHealthcheck', message);
}

export const isSocketMessage = (body: Body): boolean => body.type === 'Accepted' || body.type === 'Received';

export function handleSocket(state: KubeProxyState, body: Body, ctx: Ctx): void {
  const { requests } = state.health;
  if (body.type === 'Accepted') {
    const { connection, tag, data } = body as Accepted;
    if (Object.keys(requests).length >= maxRequests) socket(ctx, { type: 'Socket', op: 'close', netns: 'host', connection, reset: true });
    else {
      requests[connection] = { tag, text: data ?? '' };
      answer(state, connection, ctx);
    }
    return;
  }
  const { connection, data, closed, reset } = body as Received;
  const request = requests[connection];
  if (request) {
    request.text += data;
    answer(state, connection, ctx);
  }
  if (!closed && !reset) return;
  if (requests[connection] || !request) socket(ctx, { type: 'Socket', op: 'close', netns: 'host', connection });
  delete requests[connection];
}

function answer(state: KubeProxyState, connection: string, ctx: Ctx): void {
  const { tag, text } = state.health.requests[connection] as { tag: string; text: string };
  const request = parseHttpRequest(text);
  if (request === 'more') return;
  delete state.health.requests[connection];
  const data =
    request === 'bad'
      ? httpResponse(400, { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' }, '400 Bad Request')
      : respond(state, tag, request.target, ctx);
  socket(ctx, { type: 'Socket', op: 'send', netns: 'host', connection, data, close: true });
}

function respond(state: KubeProxyState, tag: string, target: string, ctx: Ctx): string {
  const headers = { 'Content-Type': 'application/json', 'X-Content-Type-Options': 'nosniff' };
  const healthy = isHealthy(state, ctx);
  if (tag === `${prefix}healthz`) {
    const path = target.split('?')[0];
    if (path !== '/healthz' && path !== '/livez') return httpResponse(404, { 'Content-Type': 'text/plain; charset=utf-8' }, '404 page not found\n');
    const good = healthy && (path === '/livez' || state.nodeEligible);
    const eligible = path === '/healthz' ? `, "nodeEligible": ${state.nodeEligible}` : '';
    const updated = healthy ? ctx.epochMs : ctx.epochMs - ctx.nowMs + (state.lastSyncMs ?? 0);
    const body = `{"lastUpdated": "${goTime(updated)}","currentTime": "${goTime(ctx.epochMs)}"${eligible}}`;
    return httpResponse(good ? 200 : 503, { ...headers, 'Content-Length': String(body.length) }, body);
  }
  if (tag === `${prefix}metrics`) return metrics(state, target);
  const name = tag.slice(prefix.length);
  const entry = state.health.services[name];
  if (!entry) return httpResponse(404, { 'Content-Type': 'text/plain; charset=utf-8' }, '404 page not found\n');
  const [namespace, service] = name.split('/') as [string, string];
  const body = `{\n\t"service": {\n\t\t"namespace": ${JSON.stringify(namespace)},\n\t\t"name": ${JSON.stringify(service)}\n\t},\n\t"localEndpoints": ${entry.localEndpoints},\n\t"serviceProxyHealthy": ${healthy}\n}`;
  const good = entry.localEndpoints !== 0 && healthy;
  return httpResponse(
    good ? 200 : 503,
    { ...headers, 'X-Load-Balancing-Endpoint-Weight': String(entry.localEndpoints), 'Content-Length': String(body.length) },
    body,
  );
}

/** Simplified: of the metrics server only what is no metric. */
function metrics(state: KubeProxyState, target: string): string {
  const path = target.split('?')[0];
  const body = path === '/proxyMode' ? state.mode : path === '/healthz' ? 'ok' : '404 page not found\n';
  const type = { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff', 'Content-Length': String(body.length) };
  return httpResponse(path === '/proxyMode' || path === '/healthz' ? 200 : 404, type, body);
}

/** time.Time as Go prints it, to the millisecond. */
const goTime = (epochMs: number): string => `${rfc3339Micro(epochMs).slice(0, 23).replace('T', ' ')} +0000 UTC`;

/** Unhealthy: a change has waited for longer than two sync periods. */
export function isHealthy(state: KubeProxyState, ctx: Ctx): boolean {
  for (const p of Object.values(state.families)) {
    const since = p.runner.pendingSinceMs;
    if (since !== null && ctx.nowMs - since > 2 * p.config.syncPeriodMs) return false;
  }
  return true;
}
