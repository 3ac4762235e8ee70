/** redis-server and redis-cli: strings alone, over their text protocol (inline commands, RESP answers). */
import type { Program } from '../kernel/program.ts';
import type { Sys } from '../kernel/sys.ts';
import { months } from './basic.ts';
import { options } from './filters.ts';
import { logDate } from './http-server.ts';

interface RedisData {
  port: number;
  keys: Record<string, string>;
  starting?: true;
}

const stamp = (sys: Sys): string => {
  const d = logDate(sys.epochMs);
  return `${sys.process.nspid}:M ${d.slice(0, 2)} ${months.find((m) => m === d.slice(3, 6))} ${d.slice(7, 11)} ${d.slice(12, 20)}.${String(sys.epochMs % 1000).padStart(3, '0')}`;
};

const maxKeys = 1000;

const server: Program = {
  rssBytes: 8 * 1024 * 1024,
  start(sys) {
    const at = sys.argv.indexOf('--port');
    const port = at > 0 ? Number(sys.argv[at + 1]) || 6379 : 6379;
    const data: RedisData = { port, keys: {} };
    sys.process.data = data;
    sys.process.title = `redis-server *:${port}`;
    if (sys.process.uid === 0) {
      // The image's entry point gives up root.
      const user = sys.files.read('/etc/passwd');
      if (!('error' in user) && user.text.includes('redis:x:999:')) {
        sys.process.uid = 999;
        sys.process.gid = 999;
      }
    }
    sys.out(`${stamp(sys).replace(':M', ':C')} * oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo\n`);
    const answer = sys.socket({ type: 'Socket', op: 'listen', netns: sys.netns, protocol: 'tcp', ip: '::', port, owner: sys.self, tag: sys.tag('l') });
    if (answer.error) {
      sys.out(
        `${stamp(sys)} # Warning: Could not create server TCP listening socket *:${port}: bind: Address already in use\n${stamp(sys)} # Failed listening on port ${port} (tcp), aborting.\n`,
      );
      return 1;
    }
    sys.out(`${stamp(sys)} * Server initialized\n${stamp(sys)} * Ready to accept connections tcp\n`);
    return undefined;
  },
  resume(sys, event) {
    if (event.type !== 'Accepted' && event.type !== 'Received') return undefined;
    const data = event.data ?? '';
    if (event.type === 'Received' && event.closed && data === '') {
      sys.socket({ type: 'Socket', op: 'close', netns: sys.netns, connection: event.connection });
      return undefined;
    }
    if (data === '') return undefined;
    let answer = '';
    let quit = false;
    for (const line of data.split('\n').slice(0, 100)) {
      const words = line
        .trim()
        .split(/\s+/)
        .filter((w) => w !== '' && !/^[*$][0-9]+$/.test(w));
      if (words.length === 0) continue;
      if (/^quit$/i.test(words[0] ?? '')) quit = true;
      answer += sys.container.fault?.fail ? '-LOADING Redis is loading the dataset in memory\r\n' : command(sys.process.data as RedisData, words);
    }
    sys.socket({ type: 'Socket', op: 'send', netns: sys.netns, connection: event.connection, data: answer, ...(quit ? { close: true } : {}) });
    return undefined;
  },
  signal(sys, signal) {
    if (signal !== 'TERM' && signal !== 'INT') return false;
    sys.out(
      `${sys.process.nspid}:signal-handler (${Math.floor(sys.epochMs / 1000)}) Received ${signal === 'TERM' ? 'SIGTERM' : 'SIGINT'} scheduling shutdown...\n`,
    );
    sys.out(`${stamp(sys)} * User requested shutdown...\n${stamp(sys)} # Redis is now ready to exit, bye bye...\n`);
    return 0;
  },
};

function command(data: RedisData, words: string[]): string {
  const [name = '', key = '', ...rest] = words;
  const own = Object.hasOwn(data.keys, `$${key}`) ? data.keys[`$${key}`] : undefined;
  switch (name.toUpperCase()) {
    case 'PING':
      return key ? `$${key.length}\r\n${key}\r\n` : '+PONG\r\n';
    case 'SET':
      if (own === undefined && Object.keys(data.keys).length >= maxKeys) return '-OOM command not allowed when used memory > maxmemory\r\n';
      data.keys[`$${key}`] = (rest[0] ?? '').slice(0, 10_000);
      return '+OK\r\n';
    case 'GET':
      return own === undefined ? '$-1\r\n' : `$${own.length}\r\n${own}\r\n`;
    case 'DEL':
      delete data.keys[`$${key}`];
      return `:${own === undefined ? 0 : 1}\r\n`;
    case 'EXISTS':
      return `:${own === undefined ? 0 : 1}\r\n`;
    case 'INCR': {
      const n = Number(own ?? 0);
      if (!Number.isInteger(n)) return '-ERR value is not an integer or out of range\r\n';
      data.keys[`$${key}`] = String(n + 1);
      return `:${n + 1}\r\n`;
    }
    case 'DBSIZE':
      return `:${Object.keys(data.keys).length}\r\n`;
    case 'QUIT':
      return '+OK\r\n';
    default:
      return `-ERR unknown command '${name}' (kubarium simulates PING, SET, GET, DEL, EXISTS, INCR, DBSIZE)\r\n`;
  }
}

const cli: Program = {
  start(sys) {
    const { opts, rest } = options(sys.argv, 'hpan');
    const host = opts.h ?? '127.0.0.1';
    const port = Number(opts.p ?? 6379);
    const words = rest.length > 0 ? rest : ['PING'];
    sys.process.data = { host, port };
    sys.socket({
      type: 'Socket',
      op: 'connect',
      netns: sys.netns,
      protocol: 'tcp',
      ip: host === 'localhost' ? '127.0.0.1' : host,
      port,
      owner: sys.self,
      tag: sys.tag('c'),
      timeoutMs: 10_000,
      data: `${words.join(' ')}\r\nQUIT\r\n`,
    });
    return undefined;
  },
  resume(sys, event) {
    const { host, port } = sys.process.data as { host: string; port: number };
    if (event.type === 'ConnectFailed') {
      sys.err(`Could not connect to Redis at ${host}:${port}: ${event.reason === 'connection refused' ? 'Connection refused' : 'Connection timed out'}\n`);
      return 1;
    }
    if (event.type !== 'Received' || event.data === '') return undefined;
    const first = event.data;
    const bulk = /^\$(-?[0-9]+)\r\n([\s\S]*)/.exec(first);
    if (bulk) sys.out(bulk[1] === '-1' ? '(nil)\n' : `${(bulk[2] ?? '').slice(0, Number(bulk[1]))}\n`);
    else sys.out(`${first.slice(1, first.indexOf('\r'))}\n`);
    return first.startsWith('-') ? 1 : 0;
  },
};

export const redis: Record<string, Program> = { 'redis-server': server, 'redis-cli': cli };
