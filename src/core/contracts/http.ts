/**
 * HTTP over the simulated sockets is HTTP/1.1 text as on the wire: request line, headers, empty line, body. One request for each connection: the server
 * answers and closes. A client may send the whole request with `connect` (`data`), a server may answer with `send` and `close: true`. The body's
 * characters are its bytes (UTF-16 units stand for characters; `Content-Length` counts UTF-8 bytes).
 * Anything on a TCP connection that is no HTTP request is answered by HTTP servers with 400 Bad Request.
 * TLS is a prefix of the text: `tls SERVERNAME\n` before a request, `tls\n` before an answer; a server that speaks plain HTTP answers such a request with 400.
 *
 * gRPC health (`grpc` probes) is one line each way on the same connection: `GRPC grpc.health.v1.Health/Check service=SERVICE\r\n` is answered by
 * `status: SERVING\r\n`, `status: NOT_SERVING\r\n`, or `error: NotFound unknown service\r\n`; another server answers what it does to any text.
 */

export interface HttpRequest {
  method: string;
  /** Path with query. */
  target: string;
  headers: Record<string, string>;
  body: string;
  tls?: string;
}
export interface HttpResponse {
  status: number;
  reason: string;
  /** Lower-case names. */
  headers: Record<string, string>;
  body: string;
}

const reasons: Record<string, string> = {
  s200: 'OK',
  s201: 'Created',
  s204: 'No Content',
  s301: 'Moved Permanently',
  s302: 'Found',
  s304: 'Not Modified',
  s307: 'Temporary Redirect',
  s308: 'Permanent Redirect',
  s400: 'Bad Request',
  s401: 'Unauthorized',
  s403: 'Forbidden',
  s404: 'Not Found',
  s405: 'Method Not Allowed',
  s418: "I'm a teapot",
  s429: 'Too Many Requests',
  s500: 'Internal Server Error',
  s501: 'Not Implemented',
  s502: 'Bad Gateway',
  s503: 'Service Unavailable',
  s504: 'Gateway Timeout',
};
export const httpReason = (status: number): string => reasons[`s${status}`] ?? 'Unknown';

/** The text of a request. `headers` keep their spelling and order; `Host` comes from `host`. */
export function httpRequest(method: string, target: string, host: string, headers: Record<string, string> = {}, body = ''): string {
  let text = `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n`;
  for (const name in headers) text += `${name}: ${headers[name]}\r\n`;
  return `${text}\r\n${body}`;
}

/** The text of an answer. */
export function httpResponse(status: number, headers: Record<string, string>, body: string): string {
  let text = `HTTP/1.1 ${status} ${httpReason(status)}\r\n`;
  for (const name in headers) text += `${name}: ${headers[name]}\r\n`;
  return `${text}\r\n${body}`;
}

/** A whole request; `more`: its end has not come yet; `bad`: it is none. */
export function parseHttpRequest(text: string): Readonly<HttpRequest> | 'more' | 'bad' {
  const known = requests.get(text);
  if (known) return known;
  const parsed = parseRequest(text);
  if (typeof parsed === 'string' || text.length > 1000) return parsed;
  Object.freeze(parsed.headers);
  if (requests.size >= 1000) requests.clear();
  requests.set(text, Object.freeze(parsed));
  return parsed;
}

// Probes ask the same each time. Not state.
const requests = new Map<string, Readonly<HttpRequest>>();

function parseRequest(text: string): HttpRequest | 'more' | 'bad' {
  let rest = text;
  let tls: string | undefined;
  if (rest.startsWith('tls ')) {
    const at = rest.indexOf('\n');
    if (at < 0) return 'more';
    tls = rest.slice(4, at);
    rest = rest.slice(at + 1);
  }
  const end = rest.indexOf('\r\n\r\n');
  if (end < 0) return rest.length > 65_536 || (rest.includes('\n') && !/^[A-Z]{1,20} \S+ HTTP\/1\.[01]\r?\n/.test(rest)) ? 'bad' : 'more';
  const lines = rest.slice(0, end).split('\r\n');
  const first = /^([A-Z]{1,20}) (\S+) HTTP\/1\.[01]$/.exec(lines[0] ?? '');
  if (!first) return 'bad';
  const headers = headersOf(lines);
  const body = rest.slice(end + 4);
  if (Number(headers['content-length'] ?? 0) > body.length * 3) return 'more';
  return { method: first[1] as string, target: first[2] as string, headers, body, ...(tls === undefined ? {} : { tls }) };
}

/** The answer in `text`, as far as it has come; undefined when its head is not complete or it is none. */
export function parseHttpResponse(text: string): HttpResponse | undefined {
  const rest = text.startsWith('tls\n') ? text.slice(4) : text;
  const end = rest.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const lines = rest.slice(0, end).split('\r\n');
  const first = /^HTTP\/1\.[01] ([0-9]{3})(?: (.*))?$/.exec(lines[0] ?? '');
  if (!first) return undefined;
  return { status: Number(first[1]), reason: first[2] ?? '', headers: headersOf(lines), body: rest.slice(end + 4) };
}

function headersOf(lines: string[]): Record<string, string> {
  const headers: Record<string, string> = Object.create(null);
  for (const line of lines.slice(1, 200)) {
    const colon = line.indexOf(':');
    if (colon > 0) headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return headers;
}
