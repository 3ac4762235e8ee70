/** agnhost of Kubernetes' tests: the subcommands that manifests use. Models test/images/agnhost, v2.53. */
import type { HttpRequest } from '../../contracts/http.ts';
import { rfc3339 } from '../../engine/time.ts';
import type { Outcome, Program } from '../kernel/program.ts';
import type { Sys } from '../kernel/sys.ts';
import { type Answer, httpServer, type ServerData } from './http-server.ts';

const text = (body: string, status = 200): Answer => ({ status, type: 'text/plain; charset=utf-8', body });

/** `--name=value` or `--name value`. */
function flag(sys: Sys, name: string, otherwise: string): string {
  for (const [i, a] of sys.argv.entries()) {
    if (a === `--${name}`) return sys.argv[i + 1] ?? otherwise;
    if (a.startsWith(`--${name}=`)) return a.slice(name.length + 3);
  }
  return otherwise;
}

const inUse = (sys: Sys, port: number): Outcome => {
  sys.err(`${goDate(sys)} listen tcp :${port}: bind: address already in use\n`);
  return 1;
};
const goDate = (sys: Sys): string => rfc3339(sys.epochMs).replaceAll('-', '/').replace('T', ' ').replace('Z', '');

const terminates: NonNullable<Program['signal']> = (sys, signal) => (signal === 'TERM' || signal === 'INT' ? (sys.process.nspid === 1 ? 2 : false) : false);

const commands: Record<string, Program> = {
  pause: {
    rssBytes: 10 * 1024 * 1024,
    start(sys) {
      sys.out('Paused\n');
      return undefined;
    },
    signal: (_sys, signal) => (signal === 'INT' ? 1 : signal === 'TERM' ? 2 : false),
  },
  netexec: httpServer({
    rssBytes: 14 * 1024 * 1024,
    begin(sys) {
      const port = Number(flag(sys, 'http-port', '8080'));
      return { ports: [port], more: { udp: Number(flag(sys, 'udp-port', '8081')), delay: Number(flag(sys, 'delay-shutdown', '0')) } };
    },
    inUse,
    ready(sys) {
      const data = sys.process.data as ServerData;
      sys.err(`${goDate(sys)} Started HTTP server on port ${data.ports[0]}\n`);
      const udp = data.udp as number;
      if (udp > 0) {
        sys.socket({ type: 'Socket', op: 'listen', netns: sys.netns, protocol: 'udp', ip: '::', port: udp, owner: sys.self, tag: sys.tag('u') });
        sys.err(`${goDate(sys)} Started UDP server on port  ${udp}\n`);
      }
    },
    answer: netexec,
    log: (sys, request, _answer, peer) => sys.err(`${goDate(sys)} GET ${request.target} from ${peer}\n`),
    event(sys, event) {
      if (event.type !== 'Datagram' || event.error) return undefined;
      const words = event.data.trim().split(/\s+/);
      const name = sys.container.environment.hostname;
      const answer =
        words[0] === 'hostname' || words[0] === 'hostName'
          ? name
          : words[0] === 'echo'
            ? words.slice(1).join(' ')
            : words[0] === 'clientip'
              ? `${event.peerIP}:${event.peerPort}`
              : undefined;
      if (answer !== undefined)
        sys.socket({
          type: 'Socket',
          op: 'sendto',
          netns: sys.netns,
          protocol: 'udp',
          ip: event.peerIP,
          port: event.peerPort,
          fromPort: event.localPort,
          data: answer,
          owner: sys.self,
          tag: sys.tag('u'),
        });
      return undefined;
    },
    signal: terminates,
  }),
  'serve-hostname': httpServer({
    rssBytes: 10 * 1024 * 1024,
    begin: (sys) => ({ ports: [Number(flag(sys, 'port', '9376'))] }),
    inUse,
    ready: (sys) => sys.err(`${goDate(sys)} Serving on port ${(sys.process.data as ServerData).ports[0]}.\n`),
    answer: (sys) => text(sys.container.environment.hostname),
    signal: terminates,
  }),
  'test-webserver': httpServer({
    rssBytes: 10 * 1024 * 1024,
    begin: (sys) => ({ ports: [Number(flag(sys, 'port', '80'))] }),
    inUse,
    answer(sys, request) {
      const path = (request.target.split('?')[0] ?? '/').slice(0, 1000);
      if (path === '/') return { status: 200, type: 'text/html; charset=utf-8', body: '<pre>\n<a href="agnhost">agnhost</a>\n</pre>\n' };
      const got = sys.files.read(path);
      return 'error' in got ? text('404 page not found\n', 404) : text(got.text);
    },
    signal: terminates,
  }),
  /** Answers 200 for the first ten seconds, then 500. */
  liveness: httpServer({
    rssBytes: 10 * 1024 * 1024,
    begin: (sys) => ({ ports: [8080], more: { started: sys.nowMs } }),
    inUse,
    answer(sys, request) {
      if (!request.target.startsWith('/healthz')) return text('', 404);
      const seconds = (sys.nowMs - ((sys.process.data as ServerData).started as number)) / 1000;
      return seconds > 10 ? text(`error: ${seconds}`, 500) : text('ok');
    },
    signal: terminates,
  }),
  porter: httpServer({
    begin(sys) {
      const ports = Object.keys(sys.env).flatMap((k) => (k.startsWith('SERVE_PORT_') ? [Number(k.slice(11))] : []));
      return { ports: ports.filter((p) => p > 0) };
    },
    inUse,
    answer: (sys) => text(sys.env[`SERVE_PORT_${(sys.process.data as ServerData).ports[0]}`] ?? ''),
    signal: terminates,
  }),
  'grpc-health-checking': {
    rssBytes: 14 * 1024 * 1024,
    start(sys) {
      const port = Number(flag(sys, 'port', '5000'));
      const http = Number(flag(sys, 'http-port', '8080'));
      for (const p of [port, http]) {
        if (sys.socket({ type: 'Socket', op: 'listen', netns: sys.netns, protocol: 'tcp', ip: '::', port: p, owner: sys.self, tag: sys.tag(`l${p}`) }).error)
          return inUse(sys, p);
      }
      sys.process.data = { service: flag(sys, 'service', ''), serving: true };
      sys.err(`${goDate(sys)} Http server starting to listen on :${http}\n${goDate(sys)} gRPC server starting to listen on :${port}\n`);
      return undefined;
    },
    resume(sys, event) {
      if (event.type !== 'Accepted' && event.type !== 'Received') return undefined;
      const data = event.data ?? '';
      const st = sys.process.data as { service: string; serving: boolean };
      const send = (answer: string): void => {
        sys.socket({ type: 'Socket', op: 'send', netns: sys.netns, connection: event.connection, data: answer, close: true });
      };
      const check = /^GRPC grpc\.health\.v1\.Health\/Check service=([^\r\n]*)\r?\n/.exec(data);
      if (check)
        send(
          check[1] === '' || check[1] === st.service
            ? `status: ${st.serving && !sys.container.fault?.fail ? 'SERVING' : 'NOT_SERVING'}\r\n`
            : 'error: NotFound unknown service\r\n',
        );
      else if (/^GET \/make-(not-)?serving/.test(data)) {
        st.serving = !data.startsWith('GET /make-not');
        send('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      } else if (data !== '') send('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      else if (event.type === 'Received' && event.closed) sys.socket({ type: 'Socket', op: 'close', netns: sys.netns, connection: event.connection });
      return undefined;
    },
    signal: terminates,
  },
  connect: {
    start(sys) {
      const target = sys.argv.slice(2).find((a) => /:[0-9]+$/.test(a)) ?? '';
      const at = target.lastIndexOf(':');
      const timeout = /^([0-9.]+)(ms|s)?$/.exec(flag(sys, 'timeout', '10s'));
      sys.socket({
        type: 'Socket',
        op: 'connect',
        netns: sys.netns,
        protocol: 'tcp',
        ip: target.slice(0, at).replace('localhost', '127.0.0.1'),
        port: Number(target.slice(at + 1)),
        owner: sys.self,
        tag: sys.tag('c'),
        timeoutMs: timeout ? Number(timeout[1]) * (timeout[2] === 'ms' ? 1 : 1000) : 10_000,
      });
      return undefined;
    },
    resume(sys, event) {
      if (event.type === 'Connected') return 0;
      if (event.type !== 'ConnectFailed') return undefined;
      sys.err(`${event.reason === 'connection refused' ? 'REFUSED' : event.reason === 'i/o timeout' ? 'TIMEOUT' : 'OTHER'}\n`);
      return 1;
    },
  },
  'dns-suffix': {
    start(sys) {
      sys.out(search(sys).join(','));
      return 0;
    },
  },
  'dns-server-list': {
    start(sys) {
      const conf = sys.files.read('/etc/resolv.conf');
      sys.out('error' in conf ? '' : [...conf.text.matchAll(/^nameserver\s+(\S+)/gm)].map((m) => m[1]).join(','));
      return 0;
    },
  },
  'etc-hosts': {
    start(sys) {
      const hosts = sys.files.read('/etc/hosts');
      sys.out('error' in hosts ? '' : hosts.text);
      return 0;
    },
  },
  help: {
    start(sys) {
      sys.out(
        'Usage:\n  app [command]\n\nAvailable Commands:\n  connect, dns-server-list, dns-suffix, etc-hosts, grpc-health-checking, liveness, netexec, pause, porter, serve-hostname, test-webserver\n',
      );
      return 0;
    },
  },
};

function search(sys: Sys): string[] {
  const conf = sys.files.read('/etc/resolv.conf');
  return 'error' in conf ? [] : (/^search\s+(.*)$/m.exec(conf.text)?.[1] ?? '').split(/\s+/).filter((s) => s !== '');
}

function netexec(sys: Sys, request: HttpRequest, peer: string): Answer {
  const [path = '/', query = ''] = request.target.split('?');
  const params = new Map(query.split('&').map((p) => [p.split('=')[0] ?? '', decode(p.split('=')[1] ?? '')]));
  const data = sys.process.data as ServerData;
  switch (path) {
    case '/':
      return text(`NOW: ${rfc3339(sys.epochMs).replace('T', ' ').replace('Z', '')} +0000 UTC m=+${((sys.nowMs - sys.process.startedAtMs) / 1000).toFixed(9)}`);
    case '/hostname':
    case '/hostName':
      return text(sys.container.environment.hostname);
    case '/clientip':
      return text(`${peer}:0`);
    case '/echo': {
      const code = Number(params.get('code') ?? 200);
      return text(params.get('msg') ?? '', code >= 100 && code < 600 ? code : 200);
    }
    case '/healthz':
      return data.unhealthy ? text('', 412) : text('');
    case '/header':
      return text(request.headers[(params.get('key') ?? '').toLowerCase()] ?? '');
    case '/redirect':
      return { status: Number(params.get('code') ?? 302) || 302, headers: { Location: params.get('location') ?? '/' }, body: '' };
    case '/exit': {
      const code = Number(params.get('code') ?? 0) & 0xff;
      sys.kernel.exit(sys.process, code);
      return text('');
    }
    case '/shutdown':
      sys.kernel.exit(sys.process, 0);
      return text('');
    default:
      return text('404 page not found\n', 404);
  }
}

const decode = (s: string): string => s.replaceAll('+', ' ').replace(/%([0-9a-fA-F]{2})/g, (_, h: string) => String.fromCharCode(Number.parseInt(h, 16)));

const chosen = (sys: Sys): Program | undefined => {
  const name = sys.argv.slice(1).find((a) => !a.startsWith('-')) ?? 'help';
  return Object.hasOwn(commands, name) ? commands[name] : undefined;
};

export const agnhost: Program = {
  rssBytes: 12 * 1024 * 1024,
  start(sys) {
    const program = chosen(sys);
    if (program) return program.start(sys);
    sys.err(`Error: unknown command ${JSON.stringify(sys.argv[1] ?? '')} for "app" (or not simulated by kubarium)\nRun 'app --help' for usage.\n`);
    return 1;
  },
  resume: (sys, event) => chosen(sys)?.resume?.(sys, event),
  signal: (sys, signal) => chosen(sys)?.signal?.(sys, signal) ?? false,
};
