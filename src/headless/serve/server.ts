/** The API server's HTTP: discovery, OpenAPI, resources, watches, logs, exec. Loopback only, no credentials asked for. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { WebSocketServer } from 'ws';
import type { ApiResult, KubeObject, Resource } from '../../core/index.ts';
import { discovery } from './discovery.ts';
import type { LiveCluster } from './live-cluster.ts';
import { openapi } from './openapi.ts';
import { podExec, podLogs } from './pods.ts';
import { callOf, maxBodyBytes, type Refused } from './request.ts';
import { reviewed } from './reviews.ts';
import { type Route, routeOf } from './route.ts';
import { metadataOf, type Shape, shapeOf, tableOf } from './table.ts';
import { beginWatch } from './watch.ts';

/** Open watches and followed logs at one time. */
const maxStreams = 500;

export function apiServer(cluster: LiveCluster): Server {
  const server = createServer((request, response) => {
    answer(cluster, request, response).catch((error: Error) =>
      refuse(response, { code: 500, reason: 'InternalError', message: error.message.split('\n')[0] as string }),
    );
  });
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: 1 << 20,
    handleProtocols: (offered) => (offered.has('v5.channel.k8s.io') ? 'v5.channel.k8s.io' : offered.has('v4.channel.k8s.io') ? 'v4.channel.k8s.io' : false),
  });
  server.on('upgrade', (request, socket, head) => {
    const url = urlOf(request);
    const route = routeOf(url.pathname);
    if (!isLocal(request) || route?.resource.kind !== 'Pod' || route.subresource !== 'exec') {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (ws) => {
      podExec(cluster, route, url.searchParams, ws).catch(() => ws.close(1011));
    });
  });
  return server;
}

const urlOf = (request: IncomingMessage): URL => new URL(request.url ?? '/', 'http://localhost');

/** A page in a browser that was lured here names another host: it gets nothing. */
function isLocal(request: IncomingMessage): boolean {
  const host = (request.headers.host ?? '').replace(/:\d+$/, '');
  return (host === '127.0.0.1' || host === 'localhost' || host === '[::1]') && request.headers.origin === undefined;
}

let streams = 0;

async function answer(cluster: LiveCluster, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!isLocal(request)) return refuse(response, { code: 403, reason: 'Forbidden', message: 'only clients of this machine are served, and no web pages' });
  const url = urlOf(request);
  const path = url.pathname.length > 1 ? url.pathname.replace(/\/$/, '') : url.pathname;
  const accept = request.headers.accept ?? '';
  const method = request.method ?? 'GET';
  if (/^\/(healthz|livez|readyz)(\/|$)/.test(path)) {
    response.writeHead(200, { 'Content-Type': 'text/plain' }).end('ok');
    return;
  }
  if (method === 'GET') {
    const found = discovery(path, accept, request.headers.host ?? '') ?? openapi(path);
    if (found !== undefined) return json(response, 200, found, /as=APIGroupDiscoveryList/.test(accept) ? discoveryType(path) : undefined);
  }
  const body = await readBody(request);
  if (body === null) return refuse(response, { code: 413, reason: 'RequestEntityTooLarge', message: `Request entity too large: limit is ${maxBodyBytes}` });
  const review = method === 'POST' ? reviewed(path, body) : undefined;
  if (review !== undefined) return json(response, 201, review);
  const route = routeOf(path);
  if (!route) return refuse(response, { code: 404, reason: 'NotFound', message: 'the server could not find the requested resource' });
  const shape = shapeOf(accept);
  if (shape === null)
    return refuse(response, { code: 406, reason: 'NotAcceptable', message: 'only the following media types are accepted: application/json, application/yaml' });
  const query = url.searchParams;
  if (method === 'GET' && route.subresource === 'log' && route.resource.kind === 'Pod') {
    const refused = podLogs(cluster, route, query, response);
    if (refused) refuse(response, refused);
    return;
  }
  if (method === 'GET' && route.subresource === '' && (route.watch || query.get('watch') === 'true' || query.get('watch') === '1'))
    return watch(cluster, route, query, shape, response);
  const call = callOf(method, route, query, request.headers['content-type'] ?? '', body);
  if ('code' in call) return refuse(response, call);
  reply(cluster, route.resource, cluster.request(call), shape, query, response);
}

const discoveryType = (path: string): string | undefined =>
  path === '/api' || path === '/apis' ? 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList' : undefined;

function reply(cluster: LiveCluster, resource: Resource, result: ApiResult, shape: Shape, query: URLSearchParams, response: ServerResponse): void {
  for (const warning of result.warnings ?? []) response.appendHeader('Warning', `299 - "${warning.replace(/["\\]/g, '\\$&').replace(/[^\x20-\x7e]/g, '?')}"`);
  if (result.list) json(response, result.code, listAs(cluster, resource, result.list, shape, query));
  else if (result.object && result.object.kind === resource.kind && shape !== 'object')
    json(
      response,
      result.code,
      shape === 'table' ? tableAs(cluster, resource, [result.object], result.object.metadata.resourceVersion ?? '', query) : metadataOf(result.object),
    );
  else json(response, result.code, result.object ?? result.status);
}

function listAs(cluster: LiveCluster, resource: Resource, list: NonNullable<ApiResult['list']>, shape: Shape, query: URLSearchParams): unknown {
  if (shape === 'table') return tableAs(cluster, resource, list.items, list.metadata.resourceVersion, query);
  if (shape === 'metadata')
    return { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata: list.metadata, items: list.items.map(metadataOf) };
  return list;
}

const tableAs = (cluster: LiveCluster, resource: Resource, items: KubeObject[], resourceVersion: string, query: URLSearchParams): unknown =>
  tableOf(resource, items, { epochMs: cluster.epochMs, include: query.get('includeObject') ?? 'Metadata', resourceVersion, columns: true });

function watch(cluster: LiveCluster, route: Route, query: URLSearchParams, shape: Shape, response: ServerResponse): void {
  if (streams >= maxStreams) {
    refuse(response, { code: 429, reason: 'TooManyRequests', message: `${maxStreams} watches are open; no more are served` });
    return;
  }
  cluster.catchUp();
  let begun = false;
  const waiting: string[] = [];
  const write = (line: unknown): void => {
    const text = `${JSON.stringify(line)}\n`;
    if (begun) response.write(text);
    else waiting.push(text);
  };
  const end = beginWatch(
    cluster,
    route,
    {
      shape,
      labelSelector: query.get('labelSelector') ?? undefined,
      fieldSelector: query.get('fieldSelector') ?? undefined,
      resourceVersion: query.get('resourceVersion') ?? '',
      bookmarks: query.get('allowWatchBookmarks') === 'true',
      sendInitialEvents: query.get('sendInitialEvents') === 'true',
      include: query.get('includeObject') ?? 'Metadata',
    },
    { write, end: () => setImmediate(() => response.end()) },
  );
  if (typeof end === 'string') {
    refuse(response, { code: 400, reason: 'BadRequest', message: end });
    return;
  }
  response.writeHead(200, { 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' });
  response.flushHeaders();
  begun = true;
  for (const text of waiting) response.write(text);
  streams += 1;
  const seconds = Number(query.get('timeoutSeconds') ?? '0');
  const timer = seconds > 0 ? setTimeout(() => response.end(), Math.min(seconds, 86_400) * 1000) : undefined;
  response.on('close', () => {
    streams -= 1;
    clearTimeout(timer);
    end();
  });
}

/** The body as text; null when it is longer than the limit. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length <= maxBodyBytes) parts.push(part);
  }
  return length > maxBodyBytes ? null : Buffer.concat(parts).toString('utf8');
}

function json(response: ServerResponse, code: number, value: unknown, type = 'application/json'): void {
  response.writeHead(code, { 'Content-Type': type, 'Cache-Control': 'no-cache, private' }).end(`${JSON.stringify(value)}\n`);
}

function refuse(response: ServerResponse, refused: Refused): void {
  if (response.headersSent) {
    response.end();
    return;
  }
  const status = 'kind' in refused ? refused : { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', ...refused };
  json(response, refused.code, status);
}
