/** `wget` of busybox and `curl`. */
import { errorText } from '../kernel/files.ts';
import type { Outcome, Program } from '../kernel/program.ts';
import type { Sys } from '../kernel/sys.ts';
import { durationMs } from './basic.ts';
import { type Fetch, type FetchResult, follow, goOnFetching, parseUrl, startFetch } from './http-client.ts';

interface Client {
  fetch: Fetch;
  flags: Record<string, string>;
  redirects: number;
  url: string;
  announced?: true;
}

const newFetch = (sys: Sys, url: Fetch['url'], timeoutMs: number): Fetch => ({
  url,
  method: 'GET',
  headers: {},
  body: '',
  timeoutMs,
  connectTimeoutMs: 0,
  startedMs: sys.nowMs,
  phase: 'resolve',
  text: '',
  turn: 0,
});

const errno = (reason: string | undefined): string =>
  ({ 'connection refused': 'Connection refused', 'no route to host': 'No route to host', 'network is unreachable': 'Network is unreachable' })[reason ?? ''] ??
  'Connection timed out';

const wget: Program = {
  start(sys) {
    const flags: Record<string, string> = Object.create(null);
    const headers: Record<string, string> = {};
    let url = '';
    const args = sys.argv.slice(1);
    while (args.length > 0) {
      const a = args.shift() as string;
      const long = /^--([a-z-]+)(?:=(.*))?$/.exec(a);
      if (long) {
        const value = (): string => long[2] ?? args.shift() ?? '';
        if (long[1] === 'timeout') flags.T = value();
        else if (long[1] === 'output-document') flags.O = value();
        else if (long[1] === 'header') header(headers, value());
        else if (long[1] === 'post-data') flags.post = value();
        else if (long[1] === 'tries') value();
        else flags[{ spider: 'spider', quiet: 'q', 'server-response': 'S', 'no-check-certificate': 'k' }[long[1] as string] ?? 'z'] = '';
      } else if (/^-./.test(a)) {
        for (let j = 1; j < a.length; j += 1) {
          const c = a[j] as string;
          if ('OTUtPY'.includes(c)) {
            flags[c] = a.slice(j + 1) || (args.shift() ?? '');
            break;
          }
          flags[c] = '';
        }
      } else url = a;
    }
    const parsed = parseUrl(url);
    if (!parsed) {
      sys.err(url === '' ? 'Usage: wget [-cqS] [--spider] [-O FILE] [-T SEC] URL...\n' : `wget: bad address '${url}'\n`);
      return 1;
    }
    const fetch = newFetch(sys, parsed, flags.T !== undefined ? durationMs(flags.T) || 0 : 0);
    fetch.headers = { 'User-Agent': flags.U ?? 'Wget', Connection: 'close', ...headers };
    if (flags.spider !== undefined) fetch.method = 'HEAD';
    if (flags.post !== undefined) {
      fetch.method = 'POST';
      fetch.body = flags.post;
      fetch.headers['Content-Length'] = String(flags.post.length);
    }
    const st: Client = { fetch, flags, redirects: 0, url };
    sys.process.data = st;
    return wgetOn(sys, st, startFetch(sys, fetch));
  },
  resume(sys, event) {
    const st = sys.process.data as Client;
    return wgetOn(sys, st, goOnFetching(sys, st.fetch, event));
  },
};

function header(headers: Record<string, string>, text: string): void {
  const at = text.indexOf(':');
  if (at > 0) headers[text.slice(0, at).trim()] = text.slice(at + 1).trim();
}

function wgetOn(sys: Sys, st: Client, result: FetchResult | undefined): Outcome {
  const { fetch, flags } = st;
  const quiet = flags.q !== undefined;
  if (fetch.ip !== undefined && !st.announced && !quiet) {
    st.announced = true;
    sys.err(`Connecting to ${fetch.url.host}${fetch.url.port === 80 || fetch.url.port === 443 ? '' : `:${fetch.url.port}`} (${fetch.ip}:${fetch.url.port})\n`);
  }
  if (!result) return undefined;
  if ('error' in result) {
    if (result.error === 'resolve') sys.complain(`bad address '${fetch.url.host}${fetch.url.port === 80 ? '' : `:${fetch.url.port}`}'`);
    else if (result.error === 'timeout' && fetch.timeoutMs > 0) sys.complain('download timed out');
    else if (result.error === 'empty' || result.error === 'reset') sys.complain('error getting response');
    else sys.complain(`can't connect to remote host (${fetch.ip}): ${errno(result.reason)}`);
    return 1;
  }
  const { response } = result;
  if (flags.S !== undefined) {
    sys.err(`  HTTP/1.1 ${response.status} ${response.reason}\n`);
    for (const name in response.headers) sys.err(`  ${name}: ${response.headers[name]}\n`);
    sys.err('  \n');
  }
  const location = response.headers.location;
  if (response.status >= 300 && response.status < 400 && location && st.redirects < 5) {
    const next = follow(fetch.url, location);
    if (next) {
      st.redirects += 1;
      fetch.url = next;
      delete fetch.ip;
      delete st.announced;
      return wgetOn(sys, st, startFetch(sys, fetch));
    }
  }
  if (response.status < 200 || response.status > 299) {
    sys.complain(`server returned error: HTTP/1.1 ${response.status} ${response.reason}`);
    return 1;
  }
  if (flags.spider !== undefined) {
    if (!quiet) sys.err('remote file exists\n');
    return 0;
  }
  const name = flags.O ?? (fetch.url.target.split('?')[0]?.split('/').pop() || 'index.html');
  if (name === '-') {
    if (!quiet) sys.err('writing to stdout\n');
    sys.out(response.body);
    if (!quiet) sys.err(`${'-'.padEnd(20)} 100% |${'*'.repeat(32)}| ${String(response.body.length).padStart(5)}  0:00:00 ETA\nwritten to stdout\n`);
    return 0;
  }
  const path = flags.P !== undefined ? `${flags.P}/${name}` : name;
  if (flags.O === undefined && sys.files.exists(path)) {
    sys.complain(`can't open '${path}': File exists`);
    return 1;
  }
  if (!quiet) sys.err(`saving to '${path}'\n`);
  const error = path === '/dev/null' ? undefined : sys.files.write(path, response.body);
  if (error) {
    sys.complain(`can't open '${path}': ${errorText(error)}`);
    return 1;
  }
  if (!quiet) sys.err(`${name.slice(0, 20).padEnd(20)} 100% |${'*'.repeat(32)}| ${String(response.body.length).padStart(5)}  0:00:00 ETA\n'${path}' saved\n`);
  return 0;
}

const curl: Program = {
  start(sys) {
    const flags: Record<string, string> = Object.create(null);
    const headers: Record<string, string> = {};
    const urls: string[] = [];
    const long: Record<string, string> = {
      silent: 's',
      output: 'o',
      'write-out': 'w',
      insecure: 'k',
      head: 'I',
      verbose: 'v',
      'max-time': 'm',
      location: 'L',
      fail: 'f',
      request: 'X',
      data: 'd',
      header: 'H',
      include: 'i',
      'show-error': 'S',
      'connect-timeout': 'C',
      'user-agent': 'A',
      'data-raw': 'd',
      user: 'u',
      cacert: 'E',
      cert: 'E',
      key: 'E',
      url: 'U',
      resolve: 'R',
      retry: 'Y',
      'retry-delay': 'Y',
      'max-redirs': 'Y',
      'no-progress-meter': 's',
    };
    const takes = 'owmXdHCAuERYU';
    const set = (c: string, value: string): void => {
      if (c === 'H') header(headers, value);
      else if (c === 'd') flags.d = flags.d === undefined ? value : `${flags.d}&${value}`;
      else if (c === 'U') urls.push(value);
      else flags[c] = value;
    };
    const args = sys.argv.slice(1);
    while (args.length > 0) {
      const a = args.shift() as string;
      if (a.startsWith('--')) {
        const name = a.slice(2);
        const c = Object.hasOwn(long, name) ? (long[name] as string) : '';
        if (c === '') {
          if (!['compressed', 'http1.1', 'ipv4', 'globoff', 'no-keepalive', 'no-buffer'].includes(name)) {
            sys.err(`curl: option ${a}: is unknown\ncurl: try 'curl --help' or 'curl --manual' for more information\n`);
            return 2;
          }
        } else set(c, takes.includes(c) ? (args.shift() ?? '') : '');
      } else if (/^-./.test(a)) {
        for (let j = 1; j < a.length; j += 1) {
          const c = a[j] as string;
          if ('owmXdHAu'.includes(c)) {
            set(c, a.slice(j + 1) || (args.shift() ?? ''));
            break;
          }
          flags[c] = '';
        }
      } else urls.push(a);
    }
    const url = urls[0];
    if (url === undefined) {
      sys.err("curl: try 'curl --help' or 'curl --manual' for more information\n");
      return 2;
    }
    const parsed = parseUrl(url);
    if (!parsed) {
      sys.err(
        /^[a-z]+:\/\//.test(url) ? `curl: (1) Protocol "${url.split(':')[0]}" not supported\n` : 'curl: (3) URL rejected: Malformed input to a URL function\n',
      );
      return /^[a-z]+:\/\//.test(url) ? 1 : 3;
    }
    const fetch = newFetch(sys, parsed, flags.m !== undefined ? durationMs(flags.m) || 0 : 0);
    fetch.connectTimeoutMs = flags.C !== undefined ? durationMs(flags.C) || 0 : 0;
    const agent = flags.A ?? 'curl/8.14.1';
    fetch.headers = { 'User-Agent': agent, Accept: '*/*', ...headers };
    if (flags.I !== undefined) fetch.method = 'HEAD';
    if (flags.d !== undefined) {
      fetch.method = 'POST';
      fetch.body = flags.d;
      fetch.headers['Content-Length'] = String(flags.d.length);
      fetch.headers['Content-Type'] ??= 'application/x-www-form-urlencoded';
    }
    if (flags.X !== undefined && /^[A-Z]{1,20}$/.test(flags.X)) fetch.method = flags.X;
    const fixed = flags.R?.split(':');
    if (fixed && fixed[0] === parsed.host && Number(fixed[1]) === parsed.port) fetch.fixed = fixed.slice(2).join(':');
    const st: Client = { fetch, flags, redirects: 0, url };
    sys.process.data = st;
    return curlOn(sys, st, startFetch(sys, fetch));
  },
  resume(sys, event) {
    const st = sys.process.data as Client;
    return curlOn(sys, st, goOnFetching(sys, st.fetch, event));
  },
};

function curlOn(sys: Sys, st: Client, result: FetchResult | undefined): Outcome {
  if (!result) return undefined;
  const { fetch, flags } = st;
  const took = sys.nowMs - fetch.startedMs;
  const finish = (code: number, words: string, status = 0, size = 0): number => {
    if (words && (flags.s === undefined || flags.S !== undefined)) sys.err(`curl: (${code}) ${words}\n`);
    if (flags.w !== undefined) sys.out(writeOut(flags.w, st, status, size, took));
    return code;
  };
  if ('error' in result) {
    const { host, port } = fetch.url;
    if (result.error === 'resolve') return finish(6, `Could not resolve host: ${host}`);
    if (result.error === 'timeout')
      return fetch.connection === undefined
        ? finish(
            28,
            result.reason === 'connect' && fetch.timeoutMs === 0 && fetch.connectTimeoutMs === 0
              ? `Failed to connect to ${host} port ${port} after ${took} ms: Couldn't connect to server`
              : `Connection timed out after ${took} milliseconds`,
          )
        : finish(28, `Operation timed out after ${took} milliseconds with ${fetch.text.length} bytes received`);
    if (result.error === 'connect')
      return finish(
        7,
        `Failed to connect to ${host} port ${port} after ${took} ms: ${result.reason === 'connection refused' ? "Couldn't connect to server" : errno(result.reason)}`,
      );
    return result.error === 'reset' ? finish(56, 'Recv failure: Connection reset by peer') : finish(52, 'Empty reply from server');
  }
  const { response } = result;
  if (flags.v !== undefined) {
    sys.err(
      `*   Trying ${fetch.ip}:${fetch.url.port}...\n* Connected to ${fetch.url.host} (${fetch.ip}) port ${fetch.url.port}\n> ${fetch.method} ${fetch.url.target} HTTP/1.1\n> Host: ${fetch.url.host}\n`,
    );
    for (const name in fetch.headers) sys.err(`> ${name}: ${fetch.headers[name]}\n`);
    sys.err(`> \n< HTTP/1.1 ${response.status} ${response.reason}\n`);
    for (const name in response.headers) sys.err(`< ${name}: ${response.headers[name]}\n`);
    sys.err('< \n');
  }
  const location = response.headers.location;
  if (flags.L !== undefined && response.status >= 300 && response.status < 400 && location && st.redirects < 30) {
    const next = follow(fetch.url, location);
    if (next) {
      st.redirects += 1;
      fetch.url = next;
      delete fetch.fixed;
      return curlOn(sys, st, startFetch(sys, fetch));
    }
  }
  if (flags.f !== undefined && response.status >= 400) return finish(22, `The requested URL returned error: ${response.status}`, response.status);
  let text = '';
  if (flags.i !== undefined || flags.I !== undefined) {
    text += `HTTP/1.1 ${response.status} ${response.reason}\r\n`;
    for (const name in response.headers) text += `${name.replace(/(^|-)[a-z]/g, (c) => c.toUpperCase())}: ${response.headers[name]}\r\n`;
    text += '\r\n';
  }
  if (fetch.method !== 'HEAD') text += response.body;
  const target = flags.O !== undefined ? (fetch.url.target.split('/').pop() ?? '') : flags.o;
  if (target !== undefined && target !== '-') {
    const error = target === '/dev/null' ? undefined : sys.files.write(target, text);
    if (error) return finish(23, `Failure writing output to destination`);
  } else sys.out(text);
  return finish(0, '', response.status, response.body.length);
}

function writeOut(format: string, st: Client, status: number, size: number, tookMs: number): string {
  const seconds = (tookMs / 1000).toFixed(6);
  return format
    .replace(/%\{([a-z_]+)\}/g, (_, name: string) => {
      const values: Record<string, string> = {
        http_code: String(status).padStart(3, '0'),
        response_code: String(status).padStart(3, '0'),
        size_download: String(size),
        time_total: seconds,
        time_connect: seconds,
        time_namelookup: '0.000000',
        remote_ip: st.fetch.ip ?? '',
        remote_port: String(st.fetch.url.port),
        url_effective: st.url,
        num_redirects: String(st.redirects),
      };
      return values[name] ?? '';
    })
    .replace(/\\n/g, '\n')
    .replace(/\\t/g, '\t');
}

export const webClients: Record<string, Program> = { wget, curl };
