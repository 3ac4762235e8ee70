/**
 * Databases and other servers whose protocol is not simulated: they start, complain, listen and stop as the real ones do, take connections, and answer nothing.
 * With them the clients that probes and scripts use to ask whether a server is there.
 */
import type { Program } from '../kernel/program.ts';
import type { Sys } from '../kernel/sys.ts';

interface ServerFacts {
  ports: number[];
  /** One of these variables must be set (or with `_FILE`), else the entry point complains and ends. */
  needs?: string[];
  complaint?: string;
  /** What its log says once it listens. */
  ready: string;
  rssMiB: number;
  startMs: number;
}

const uninitialized = (name: string, variables: string[]): string =>
  `[ERROR] [Entrypoint]: Database is uninitialized and password option is not specified\n    You need to specify one of the following as an environment variable:\n${variables.map((v) => `    - ${v}\n`).join('')}`.replaceAll(
    'NAME',
    name,
  );
const mysqlNeeds = ['MYSQL_ROOT_PASSWORD', 'MYSQL_ALLOW_EMPTY_PASSWORD', 'MYSQL_RANDOM_ROOT_PASSWORD'];
const mariadbNeeds = ['MARIADB_ROOT_PASSWORD', 'MARIADB_ROOT_PASSWORD_HASH', 'MARIADB_ALLOW_EMPTY_ROOT_PASSWORD', 'MARIADB_RANDOM_ROOT_PASSWORD'];

const facts: Record<string, ServerFacts> = {
  mysqld: {
    ports: [3306],
    needs: mysqlNeeds,
    complaint: uninitialized('mysql', mysqlNeeds),
    ready: 'mysqld: ready for connections. port: 3306',
    rssMiB: 350,
    startMs: 4000,
  },
  mariadbd: {
    ports: [3306],
    needs: [...mariadbNeeds, ...mysqlNeeds],
    complaint: uninitialized('mariadb', mariadbNeeds),
    ready: 'mariadbd: ready for connections. port: 3306',
    rssMiB: 90,
    startMs: 3000,
  },
  postgres: {
    ports: [5432],
    needs: ['POSTGRES_PASSWORD', 'POSTGRES_HOST_AUTH_METHOD'],
    complaint:
      'Error: Database is uninitialized and superuser password is not specified.\n       You must specify POSTGRES_PASSWORD to a non-empty value for the\n       superuser. For example, "-e POSTGRES_PASSWORD=password" on "docker run".\n',
    ready: 'LOG:  database system is ready to accept connections',
    rssMiB: 40,
    startMs: 2000,
  },
  mongod: { ports: [27017], ready: '{"s":"I","c":"NETWORK","msg":"Waiting for connections","attr":{"port":27017,"ssl":"off"}}', rssMiB: 160, startMs: 1500 },
  memcached: { ports: [11211], ready: '', rssMiB: 3, startMs: 0 },
  rabbitmq: { ports: [5672, 15672], ready: 'Server startup complete; 4 plugins started.', rssMiB: 130, startMs: 6000 },
  zookeeper: { ports: [2181, 2888, 3888], ready: 'INFO  binding to port 0.0.0.0/0.0.0.0:2181', rssMiB: 90, startMs: 2000 },
  kafka: { ports: [9092], ready: 'INFO [KafkaServer id=0] started (kafka.server.KafkaServer)', rssMiB: 350, startMs: 5000 },
  cassandra: { ports: [9042, 7000, 7199], ready: 'INFO  Starting listening for CQL clients on /0.0.0.0:9042 (unencrypted)...', rssMiB: 600, startMs: 15_000 },
  elasticsearch: { ports: [9200, 9300], ready: '{"type":"server","level":"INFO","message":"started"}', rssMiB: 700, startMs: 10_000 },
  prometheus: { ports: [9090], ready: 'level=INFO msg="Server is ready to receive web requests."', rssMiB: 60, startMs: 500 },
  idle: { ports: [], ready: '', rssMiB: 40, startMs: 0 },
};

function server(f: ServerFacts): Program {
  const listen = (sys: Sys): number | undefined => {
    for (const port of f.ports) {
      const answer = sys.socket({
        type: 'Socket',
        op: 'listen',
        netns: sys.netns,
        protocol: 'tcp',
        ip: '::',
        port,
        owner: sys.self,
        tag: sys.tag(`l${port}`),
      });
      if (answer.error) {
        sys.err(`${sys.name}: port ${port}: Address already in use\n`);
        return 1;
      }
    }
    if (f.ready !== '') sys.out(`${f.ready}\n`);
    return undefined;
  };
  return {
    rssBytes: f.rssMiB * 1024 * 1024,
    start(sys) {
      if (sys.argv.some((word) => word === '--version' || word === '-V')) {
        sys.out(`${sys.name} (kubarium stand-in)\n`);
        return 0;
      }
      const given = (f.needs ?? []).some((name) => (sys.env[name] ?? '') !== '' || (sys.env[`${name}_FILE`] ?? '') !== '');
      if (f.needs && !given) {
        sys.err(f.complaint ?? '');
        return 1;
      }
      sys.out(`kubarium: ${sys.name} is a stand-in: it takes connections, its protocol is not simulated\n`);
      if (f.startMs === 0) return listen(sys);
      sys.timer(f.startMs);
      return undefined;
    },
    resume(sys, event) {
      if (event.type === 'timer') return listen(sys);
      if (event.type === 'Received' && event.closed) sys.socket({ type: 'Socket', op: 'close', netns: sys.netns, connection: event.connection });
      return undefined;
    },
    signal: (_sys, signal) => (signal === 'TERM' || signal === 'INT' || signal === 'QUIT' ? 0 : false),
  };
}

interface ClientFacts {
  port: number;
  alive: string;
  /** `HOST`, `PORT` are filled in. */
  dead: string;
  code: number;
  /** The flags that name a port. */
  portFlag: string;
}
const mysqlDead = "ERROR 2003 (HY000): Can't connect to MySQL server on 'HOST:PORT' (111)\n";
const clients: Record<string, ClientFacts> = {
  mysql: { port: 3306, alive: '', dead: mysqlDead, code: 1, portFlag: '-P' },
  mysqladmin: {
    port: 3306,
    alive: 'mysqld is alive\n',
    dead: "mysqladmin: connect to server at 'HOST' failed\nerror: 'Can't connect to MySQL server on 'HOST:PORT' (111)'\n",
    code: 1,
    portFlag: '-P',
  },
  psql: { port: 5432, alive: '', dead: 'psql: error: connection to server at "HOST", port PORT failed: Connection refused\n', code: 2, portFlag: '-p' },
  pg_isready: { port: 5432, alive: 'HOST:PORT - accepting connections\n', dead: 'HOST:PORT - no response\n', code: 2, portFlag: '-p' },
  mongosh: { port: 27017, alive: '{ ok: 1 }\n', dead: 'MongoNetworkError: connect ECONNREFUSED HOST:PORT\n', code: 1, portFlag: '--port' },
  cqlsh: {
    port: 9042,
    alive: '',
    dead: "Connection error: ('Unable to connect to any servers', {'HOST:PORT': ConnectionRefusedError(111)})\n",
    code: 1,
    portFlag: '-p',
  },
  nodetool: {
    port: 7199,
    alive: 'Datacenter: DC1\nUN  127.0.0.1\n',
    dead: "nodetool: Failed to connect to 'HOST:PORT' - ConnectException: 'Connection refused'.\n",
    code: 1,
    portFlag: '-p',
  },
  'zookeeper-ready': { port: 2181, alive: '', dead: '', code: 1, portFlag: '-p' },
};

/** Connects, says that the server is there, and ends: no statement is carried out. Simplified: hosts are addresses or `localhost`. */
function client(c: ClientFacts): Program {
  const target = (sys: Sys): { host: string; port: number } => {
    const after = (flags: string[]): string | undefined => {
      for (const [i, word] of sys.argv.entries()) {
        if (flags.includes(word)) return sys.argv[i + 1];
        for (const flag of flags) if (flag.startsWith('--') && word.startsWith(`${flag}=`)) return word.slice(flag.length + 1);
      }
      return undefined;
    };
    const bare = sys.argv.slice(1).find((word) => /^[0-9]{2,5}$/.test(word));
    const host = after(['-h', '--host']) ?? '127.0.0.1';
    return { host: /^[0-9.]+$/.test(host) ? host : '127.0.0.1', port: Number(after([c.portFlag, '--port']) ?? bare ?? c.port) || c.port };
  };
  const words = (sys: Sys, text: string): string => {
    const { host, port } = target(sys);
    return text.replaceAll('HOST', host).replaceAll('PORT', String(port));
  };
  return {
    start(sys) {
      const { host, port } = target(sys);
      sys.socket({ type: 'Socket', op: 'connect', netns: sys.netns, protocol: 'tcp', ip: host, port, owner: sys.self, tag: sys.tag('c'), timeoutMs: 3000 });
      return undefined;
    },
    resume(sys, event) {
      if (event.type === 'Connected') {
        sys.socket({ type: 'Socket', op: 'close', netns: sys.netns, connection: event.connection });
        sys.out(words(sys, c.alive));
        return 0;
      }
      if (event.type !== 'ConnectFailed') return undefined;
      sys.err(words(sys, c.dead));
      return c.code;
    },
  };
}

export const standIns: Record<string, Program> = {
  ...Object.fromEntries(Object.entries(facts).map(([name, f]) => [name, server(f)])),
  ...Object.fromEntries(Object.entries(clients).map(([name, c]) => [`${name}-client`, client(c)])),
};
