/** nginx, busybox httpd, Apache. */
import type { Program } from '../kernel/program.ts';
import type { Sys } from '../kernel/sys.ts';
import { options } from './filters.ts';
import { type Answer, accessLine, contentType, type HttpServer, httpServer, logDate, type ServerData, staticFile } from './http-server.ts';
import { pass, withUpstream } from './nginx-proxy.ts';

const page = (title: string, server: string): string =>
  `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>${server}</center>\r\n</body>\r\n</html>\r\n`;

function nginxVersion(sys: Sys): string {
  const tag = /:([0-9]+\.[0-9]+(?:\.[0-9]+)?)/.exec(sys.container.environment.image)?.[1];
  if (tag === undefined) return 'nginx/1.29.3';
  return `nginx/${tag.split('.').length === 2 ? `${tag}.${tag === '1.27' ? 5 : 0}` : tag}`;
}

function nginxAnswer(sys: Sys, target: string, root: string): Answer {
  const server = nginxVersion(sys);
  const got = staticFile(sys, root, target);
  if (typeof got === 'object') return { status: 200, type: contentType(got.path), headers: { 'Accept-Ranges': 'bytes' }, body: got.text };
  if (got === 'directory') return { status: 301, type: 'text/html', headers: { Location: `${target}/` }, body: page('301 Moved Permanently', server) };
  if (got === 'denied') return { status: 403, type: 'text/html', body: page('403 Forbidden', server) };
  return { status: 404, type: 'text/html', body: page('404 Not Found', server) };
}

/** `YYYY/MM/DD hh:mm:ss`, as nginx's error log has it. */
function errorStamp(sys: Sys): string {
  const [date = '', time = ''] = [logDate(sys.epochMs).slice(0, 11), logDate(sys.epochMs).slice(12, 20)];
  const month = String(['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'].indexOf(date.slice(3, 6)) + 1).padStart(2, '0');
  return `${date.slice(7)}/${month}/${date.slice(0, 2)} ${time}`;
}

const notice = (sys: Sys, text: string): void => sys.err(`${errorStamp(sys)} [notice] ${sys.process.nspid}#${sys.process.nspid}: ${text}\n`);

/** What nginx.conf and conf.d say that matters here: ports and the root. Simplified: `listen` and `root` of the first server alone. */
function configuration(sys: Sys): { ports: number[]; root: string; returns?: { status: number; body: string } } {
  let text = '';
  const dir = sys.files.list('/etc/nginx/conf.d');
  const main = sys.files.read('/etc/nginx/nginx.conf');
  if (!('error' in main) && /\blisten\b/.test(main.text)) text += main.text;
  if (Array.isArray(dir) && ('error' in main || /conf\.d/.test(main.text))) {
    for (const name of dir.filter((n) => n.endsWith('.conf')).slice(0, 20)) {
      const got = sys.files.read(`/etc/nginx/conf.d/${name}`);
      if (!('error' in got)) text += got.text;
    }
  }
  const ports = new Set<number>();
  for (const m of text.slice(0, 50_000).matchAll(/^\s*listen\s+(?:[0-9.*]+:)?([0-9]{1,5})\b/gm)) ports.add(Number(m[1]));
  const root = /^\s*root\s+([^;\s]+);/m.exec(text)?.[1] ?? '/usr/share/nginx/html';
  const returns = /^\s*return\s+([0-9]{3})\s*(?:'([^']*)'|"([^"]*)"|([^;]*));/m.exec(text);
  const out = { ports: ports.size > 0 ? [...ports] : [80], root };
  return returns ? { ...out, returns: { status: Number(returns[1]), body: (returns[2] ?? returns[3] ?? returns[4] ?? '').replaceAll('\\n', '\n') } } : out;
}

const nginxHttp: HttpServer = {
  rssBytes: 7 * 1024 * 1024,
  begin(sys) {
    const { opts } = options(sys.argv, 'gcsp');
    if (opts.s !== undefined) return control(sys, opts.s);
    if (opts.v !== undefined || opts.V !== undefined) {
      sys.err(`nginx version: ${nginxVersion(sys)}\n`);
      return 0;
    }
    if (opts.t !== undefined) {
      sys.err('nginx: the configuration file /etc/nginx/nginx.conf syntax is ok\nnginx: configuration file /etc/nginx/nginx.conf test is successful\n');
      return 0;
    }
    const found = configuration(sys);
    sys.process.title = `nginx: master process ${sys.argv.join(' ')}`;
    return { ports: found.ports, more: { root: found.root, ...(found.returns ? { returns: found.returns } : {}), workers: [] } };
  },
  inUse(sys, port) {
    const stamp = errorStamp(sys);
    for (let i = 0; i < 5; i += 1)
      sys.err(`${stamp} [emerg] ${sys.process.nspid}#${sys.process.nspid}: bind() to 0.0.0.0:${port} failed (98: Address in use)\n`);
    sys.err(`nginx: [emerg] still could not bind()\n`);
    return 1;
  },
  ready(sys) {
    notice(sys, 'using the "epoll" event method');
    notice(sys, nginxVersion(sys));
    notice(sys, 'start worker processes');
    startWorker(sys);
  },
  answer(sys, request, peer, connection): Answer | undefined {
    const data = sys.process.data as ServerData;
    if (data.proxy) return pass(sys, data, request, peer, connection);
    const returns = data.returns as { status: number; body: string } | undefined;
    if (returns) return { status: returns.status, type: 'text/plain', body: returns.body };
    if (request.method !== 'GET' && request.method !== 'HEAD') return { status: 405, type: 'text/html', body: page('405 Not Allowed', nginxVersion(sys)) };
    return nginxAnswer(sys, request.target, data.root as string);
  },
  server: 'nginx',
  log: (sys, request, answer, peer) => sys.out(accessLine(sys, request, answer, peer, true)),
  event(sys, event) {
    const data = sys.process.data as ServerData;
    if (event.type !== 'child') return undefined;
    const workers = data.workers as number[];
    if (!workers.includes(event.pid)) return undefined;
    data.workers = workers.filter((pid) => pid !== event.pid);
    if (!data.stopping && !data.reloading) {
      notice(sys, `worker process ${event.pid} exited with code ${event.code}`);
      startWorker(sys);
    }
    return undefined;
  },
  signal(sys, signal) {
    const data = sys.process.data as ServerData | null;
    if (!data?.workers) return false;
    switch (signal) {
      case 'QUIT':
      case 'TERM':
      case 'INT': {
        notice(
          sys,
          `signal ${signal === 'QUIT' ? '3 (SIGQUIT)' : signal === 'TERM' ? '15 (SIGTERM)' : '2 (SIGINT)'} received, ${signal === 'QUIT' ? 'shutting down' : 'exiting'}`,
        );
        data.stopping = true;
        stopWorkers(sys);
        notice(sys, 'exit');
        return 0;
      }
      case 'HUP':
        notice(sys, 'signal 1 (SIGHUP) received, reconfiguring');
        data.reloading = true;
        stopWorkers(sys);
        data.root = configuration(sys).root;
        delete data.reloading;
        startWorker(sys);
        return true;
      case 'USR1':
      case 'USR2':
      case 'WINCH':
      case 'CHLD':
        return true;
      default:
        return false;
    }
  },
};
const nginxServer = withUpstream(nginxHttp, httpServer(nginxHttp), errorStamp);

function startWorker(sys: Sys): void {
  const worker = sys.fork(['nginx:', 'worker', 'process'], 'nginx-worker');
  if (!worker) return;
  worker.uid = sys.process.uid === 0 ? 101 : sys.process.uid;
  worker.gid = sys.process.gid === 0 ? 101 : sys.process.gid;
  worker.title = 'nginx: worker process';
  ((sys.process.data as ServerData).workers as number[]).push(worker.nspid);
  notice(sys, `start worker process ${worker.nspid}`);
}

function stopWorkers(sys: Sys): void {
  for (const pid of (sys.process.data as ServerData).workers as number[]) {
    const worker = sys.byNspid(pid);
    if (worker) sys.kernel.exit(worker, 0);
  }
  (sys.process.data as ServerData).workers = [];
}

/** `nginx -s SIGNAL`. */
function control(sys: Sys, action: string): number {
  const signal = { stop: 'TERM', quit: 'QUIT', reload: 'HUP', reopen: 'USR1' }[action];
  if (signal === undefined) {
    sys.err(`nginx: invalid option: "-s ${action}"\n`);
    return 1;
  }
  for (const pid of sys.container.pids) {
    const p = sys.kernel.process(pid);
    if (p?.program === sys.process.program && p.pid !== sys.process.pid) {
      notice(sys, 'signal process started');
      sys.kernel.signal(p, signal);
      return 0;
    }
  }
  sys.err(
    `${errorStamp(sys)} [error] ${sys.process.nspid}#${sys.process.nspid}: open() "/run/nginx.pid" failed (2: No such file or directory)\nnginx: [error] open() "/run/nginx.pid" failed (2: No such file or directory)\n`,
  );
  return 1;
}

const busyboxPage = (status: number, title: string, text: string): string =>
  `<HTML><HEAD><TITLE>${status} ${title}</TITLE></HEAD>\n<BODY><H1>${status} ${title}</H1>\n${text}\n</BODY></HTML>\n`;

const httpd = httpServer({
  rssBytes: 400 * 1024,
  begin(sys) {
    const { opts } = options(sys.argv, 'pchur');
    const port = Number((opts.p ?? '80').split(':').pop());
    const root = sys.files.absolute(opts.h ?? '.');
    const stat = sys.files.stat(root);
    if ('error' in stat) {
      sys.complain(`can't change directory to '${opts.h}': No such file or directory`);
      return 1;
    }
    // Without -f it goes to the background and its parent ends.
    if (opts.f === undefined) {
      const child = sys.fork([sys.argv[0] ?? 'httpd', '-f', ...sys.argv.slice(1)], 'httpd');
      return child ? 0 : 1;
    }
    return { ports: [port], more: { root, verbose: opts.v !== undefined } };
  },
  inUse(sys) {
    sys.complain('bind: Address already in use');
    return 1;
  },
  answer(sys, request): Answer {
    if (request.method !== 'GET' && request.method !== 'HEAD' && request.method !== 'POST')
      return { status: 501, type: 'text/html', body: busyboxPage(501, 'Not Implemented', 'The requested method is not recognized') };
    const got = staticFile(sys, (sys.process.data as ServerData).root as string, request.target);
    if (typeof got === 'object') return { status: 200, type: contentType(got.path), headers: { 'Accept-Ranges': 'bytes' }, body: got.text };
    if (got === 'directory') return { status: 302, type: 'text/html', headers: { Location: `${request.target}/` }, body: '' };
    return { status: 404, type: 'text/html', body: busyboxPage(404, 'Not Found', 'The requested URL was not found') };
  },
});

const apache = httpServer({
  rssBytes: 9 * 1024 * 1024,
  begin: () => ({ ports: [80] }),
  inUse(sys) {
    sys.err(
      '(98)Address already in use: AH00072: make_sock: could not bind to address 0.0.0.0:80\nno listening sockets available, shutting down\nAH00015: Unable to open logs\n',
    );
    return 1;
  },
  ready(sys) {
    const name = sys.container.environment.hostname;
    sys.err(
      `AH00558: httpd: Could not reliably determine the server's fully qualified domain name, using ${name}. Set the 'ServerName' directive globally to suppress this message\n`,
    );
  },
  answer(sys, request): Answer {
    const root = sys.files.exists('/var/www/html/index.html') ? '/var/www/html' : '/usr/local/apache2/htdocs';
    const got = staticFile(sys, root, request.target);
    if (typeof got === 'object') return { status: 200, type: contentType(got.path), headers: { 'Accept-Ranges': 'bytes' }, body: got.text };
    return {
      status: got === 'denied' ? 403 : 404,
      type: 'text/html; charset=iso-8859-1',
      body: `<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\n<html><head>\n<title>404 Not Found</title>\n</head><body>\n<h1>Not Found</h1>\n<p>The requested URL was not found on this server.</p>\n</body></html>\n`,
    };
  },
  server: 'Apache/2.4.65 (Unix)',
  log: (sys, request, answer, peer) => sys.out(accessLine(sys, request, answer, peer, false).replace(/ "[^"]*" "[^"]*"\n$/, '\n')),
  signal: (_sys, signal) => (signal === 'TERM' || signal === 'WINCH' || signal === 'INT' ? 0 : signal === 'HUP' || signal === 'USR1'),
});

const worker: Program = {
  rssBytes: 3 * 1024 * 1024,
  start: () => undefined,
  signal: (_sys, signal) => (signal === 'QUIT' || signal === 'TERM' || signal === 'INT' ? 0 : signal === 'HUP'),
};

export const webServers: Record<string, Program> = { nginx: nginxServer, 'nginx-worker': worker, httpd, apache, 'gb-frontend': apache };
export { errorStamp, notice as nginxNotice };
