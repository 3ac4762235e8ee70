/** Servers of the sample images, and the one that stands for any image that is not known. */
import { catalogueImage } from '../catalogue.ts';
import type { Outcome, Program } from '../kernel/program.ts';
import type { Sys } from '../kernel/sys.ts';
import { agnhost } from './agnhost.ts';
import { options } from './filters.ts';
import { type Answer, httpServer, logDate } from './http-server.ts';
import { redis } from './redis.ts';
import { standIns } from './stand-ins.ts';
import { webServers } from './web-servers.ts';

/** A Go program without a handler for SIGTERM: the runtime ends it, with code 2 where the kernel lets an init go on. */
export const goSignals: NonNullable<Program['signal']> = (sys, signal) => {
  if (signal !== 'TERM' && signal !== 'INT' && signal !== 'HUP' && signal !== 'QUIT') return false;
  const init = sys.process.nspid === 1;
  return init ? 2 : false;
};

const goInUse = (sys: Sys, port: number): Outcome => {
  sys.err(`listen tcp :${port}: bind: address already in use\n`);
  return 1;
};
const text = (body: string): Answer => ({ status: 200, type: 'text/plain; charset=utf-8', body });

const helloApp = httpServer({
  begin: (sys) => ({ ports: [Number(sys.env.PORT ?? 8080) || 8080] }),
  inUse: goInUse,
  ready: (sys) => sys.err(`${goStamp(sys)} Server listening on port ${Number(sys.env.PORT ?? 8080) || 8080}\n`),
  answer(sys) {
    const version = /:([12])\.0/.exec(sys.container.environment.image)?.[1] === '2' ? '2.0.0' : '1.0.0';
    return text(`Hello, world!\nVersion: ${version}\nHostname: ${sys.container.environment.hostname}\n`);
  },
  log: (sys, request) => sys.err(`${goStamp(sys)} Serving request: ${request.target.split('?')[0]}\n`),
  signal: goSignals,
});

/** `2026/11/24 10:00:00`, as Go's log writes it. */
export function goStamp(sys: Sys): string {
  const d = logDate(sys.epochMs);
  const month = String(['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'].indexOf(d.slice(3, 6)) + 1).padStart(2, '0');
  return `${d.slice(7, 11)}/${month}/${d.slice(0, 2)} ${d.slice(12, 20)}`;
}

const httpEcho = httpServer({
  begin(sys) {
    let said = '';
    let port = 5678;
    for (const [i, a] of sys.argv.entries()) {
      const m = /^--?(text|listen)(?:=(.*))?$/s.exec(a);
      if (!m) continue;
      const value = m[2] ?? sys.argv[i + 1] ?? '';
      if (m[1] === 'text') said = value;
      else port = Number(value.split(':').pop()) || 5678;
    }
    if (said === '') said = sys.env.ECHO_TEXT ?? '';
    if (said === '') {
      sys.err('Missing -text option!\n');
      return 127;
    }
    return { ports: [port], more: { said } };
  },
  inUse: goInUse,
  ready: (sys) => sys.err(`${goStamp(sys)} [INFO] server is listening on :${(sys.process.data as { ports: number[] }).ports[0]}\n`),
  answer: (sys) => ({ ...text(`${(sys.process.data as { said: string }).said}\n`), headers: { 'X-App-Name': 'http-echo', 'X-App-Version': '1.0.0' } }),
  signal: (_sys, signal) => (signal === 'TERM' || signal === 'INT' ? 0 : false),
});

const simple = (ports: number[], answer: (sys: Sys) => Answer, signal: NonNullable<Program['signal']> = goSignals): Program =>
  httpServer({ begin: () => ({ ports }), inUse: goInUse, answer, signal });

/** Those the container names, else those its image exposes. */
function portsOf(sys: Sys): { port: number; protocol: string }[] {
  const { ports, image } = sys.container.environment;
  if (ports.length > 0) return ports;
  return Object.keys(catalogueImage(image)?.config.ExposedPorts ?? {}).map((text) => ({
    port: Number.parseInt(text, 10),
    protocol: text.endsWith('/udp') ? 'UDP' : 'TCP',
  }));
}

/** Listens on the container's ports and says what it is. */
const generic = httpServer({
  rssBytes: 8 * 1024 * 1024,
  begin(sys) {
    const e = { ...sys.container.environment, ports: portsOf(sys) };
    sys.out(
      `kubarium: the program of ${e.image} is not simulated; a stand-in answers HTTP 200 on ${e.ports.length > 0 ? `port ${e.ports.map((p) => p.port).join(', ')}` : 'no port, as the container names none'}\n`,
    );
    return { ports: [...new Set(e.ports.filter((p) => p.protocol !== 'UDP' && p.protocol !== 'SCTP').map((p) => p.port))] };
  },
  inUse: goInUse,
  answer(sys) {
    const e = sys.container.environment;
    return text(`${e.image} (stand-in, not simulated) in pod ${e.podNamespace}/${e.podName}, container ${e.containerName}\n`);
  },
  signal: (_sys, signal) => (signal === 'TERM' || signal === 'INT' || signal === 'QUIT' ? 0 : false),
});

const etcd: Program = {
  rssBytes: 30 * 1024 * 1024,
  start(sys) {
    const at = sys.argv.findIndex((a) => a.startsWith('--listen-client-urls'));
    const urls = at < 0 ? 'http://localhost:2379' : (sys.argv[at]?.split('=')[1] ?? sys.argv[at + 1] ?? '');
    const port = Number(/:([0-9]+)/.exec(urls.replace(/^https?:/, ''))?.[1] ?? 2379);
    sys.err('{"level":"info","msg":"starting etcd (stand-in: only health is simulated)"}\n');
    const answer = sys.socket({ type: 'Socket', op: 'listen', netns: sys.netns, protocol: 'tcp', ip: '::', port, owner: sys.self, tag: sys.tag('l') });
    if (answer.error) return 1;
    sys.err(`{"level":"info","msg":"ready to serve client requests","address":"[::]:${port}"}\n`);
    return undefined;
  },
  resume(sys, event) {
    if (event.type !== 'Accepted' && event.type !== 'Received') return undefined;
    const data = event.data ?? '';
    if (data === '') {
      if (event.type === 'Received' && event.closed) sys.socket({ type: 'Socket', op: 'close', netns: sys.netns, connection: event.connection });
      return undefined;
    }
    const failing = sys.container.fault?.fail === true;
    const service = /^GRPC grpc\.health\.v1\.Health\/Check service=([^\r\n]*)\r?\n/.exec(data);
    if (service) grpc(sys, event.connection, service[1] === '' ? (failing ? 'status: NOT_SERVING' : 'status: SERVING') : 'error: NotFound unknown service');
    else {
      const body = failing ? '{"health":"false"}' : '{"health":"true","reason":""}';
      sys.socket({
        type: 'Socket',
        op: 'send',
        netns: sys.netns,
        connection: event.connection,
        data: `HTTP/1.1 ${failing ? '503 Service Unavailable' : '200 OK'}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
        close: true,
      });
    }
    return undefined;
  },
  signal: (_sys, signal) => (signal === 'TERM' || signal === 'INT' ? 143 - (signal === 'INT' ? 13 : 0) : false),
};

export function grpc(sys: Sys, connection: string, answer: string): void {
  sys.socket({ type: 'Socket', op: 'send', netns: sys.netns, connection, data: `${answer}\r\n`, close: true });
}

export const servers: Record<string, Program> = {
  ...webServers,
  ...standIns,
  ...redis,
  agnhost,
  generic,
  etcd,
  'hello-app': helloApp,
  'http-echo': httpEcho,
  'node-hello': {
    ...simple(
      [8080],
      () => ({ status: 200, body: 'Hello Kubernetes!' }),
      () => false,
    ),
    rssBytes: 30 * 1024 * 1024,
  },
  bootcamp: simple([8080], (sys) =>
    text(`Hello Kubernetes bootcamp! | Running on: ${sys.container.environment.hostname} | v=${/:v?2/.test(sys.container.environment.image) ? 2 : 1}\n`),
  ),
  'whoami-server': simple([80], (sys) => text(`Hostname: ${sys.container.environment.hostname}\nIP: 127.0.0.1\n`)),
  'echo-server': simple([8080], (sys) => text(`Hostname: ${sys.container.environment.hostname}\n\nPod Information:\n\t-no pod information available-\n`)),
  'hello-world': {
    start(sys) {
      sys.out('\nHello from Docker!\nThis message shows that your installation appears to be working correctly.\n\n');
      return 0;
    },
  },
  goproxy: simple([8080], () => text('')),
  'hello-go-gke': simple([80], () => ({ status: 200, type: 'application/json', body: '{"message":"Hello"}\n' })),
};

export { options };
