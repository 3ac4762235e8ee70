/** Images of databases and other servers whose program is a stand-in, and samples of the documentation. Data as in `catalogue.ts`. */
import type { CatalogueImage, Family } from './catalogue.ts';

const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const MiB = 1024 * 1024;
/** A version, a name, or both. */
const tags = 'latest|[a-z]+|v?\\d{1,3}(\\.\\d{1,4}){0,3}([-._+][A-Za-z0-9._+-]+)?|[a-z]+-[a-z0-9.-]+';

interface Server {
  repositories: string[];
  sizeMiB: number;
  /** As the shell of the entry point would run it. */
  cmd: string[];
  programs: Record<string, string>;
  ports?: number[];
  env?: string[];
  family?: Family;
  files?: Record<string, string>;
  /** No entry point of its own before the command. */
  bare?: true;
  user?: string;
}

const library = (...names: string[]): string[] => names.map((name) => `docker.io/library/${name}`);
const mysqlClients = { '/usr/bin/mysql': 'mysql-client', '/usr/bin/mysqladmin': 'mysqladmin-client' };

const servers: Server[] = [
  {
    repositories: [...library('mysql', 'percona'), 'docker.io/mysql/mysql-server', 'registry.k8s.io/mysql', 'gcr.io/google-samples/mysql'],
    sizeMiB: 180,
    cmd: ['mysqld'],
    programs: { '/usr/sbin/mysqld': 'mysqld', ...mysqlClients },
    ports: [3306],
  },
  {
    repositories: library('mariadb'),
    sizeMiB: 120,
    cmd: ['mariadbd'],
    programs: {
      '/usr/sbin/mariadbd': 'mariadbd',
      '/usr/sbin/mysqld': 'mariadbd',
      ...mysqlClients,
      '/usr/bin/mariadb': 'mysql-client',
      '/usr/bin/mariadb-admin': 'mysqladmin-client',
    },
    ports: [3306],
  },
  {
    repositories: library('postgres'),
    sizeMiB: 150,
    cmd: ['postgres'],
    programs: { '/usr/local/bin/postgres': 'postgres', '/usr/local/bin/psql': 'psql-client', '/usr/local/bin/pg_isready': 'pg_isready-client' },
    ports: [5432],
  },
  {
    repositories: library('mongo'),
    sizeMiB: 260,
    cmd: ['mongod'],
    programs: { '/usr/bin/mongod': 'mongod', '/usr/bin/mongos': 'mongod', '/usr/bin/mongosh': 'mongosh-client', '/usr/bin/mongo': 'mongosh-client' },
    ports: [27017],
  },
  { repositories: library('memcached'), sizeMiB: 35, cmd: ['memcached'], programs: { '/usr/local/bin/memcached': 'memcached' }, ports: [11211] },
  {
    repositories: [...library('rabbitmq'), 'docker.io/rabbitmq/rabbitmq'],
    sizeMiB: 110,
    cmd: ['rabbitmq-server'],
    programs: { '/opt/rabbitmq/sbin/rabbitmq-server': 'rabbitmq', '/usr/sbin/rabbitmq-server': 'rabbitmq', '/usr/sbin/rabbitmqctl': 'unsimulated' },
    ports: [5672],
  },
  {
    repositories: [
      ...library('zookeeper'),
      'registry.k8s.io/kubernetes-zookeeper',
      'k8s.gcr.io/kubernetes-zookeeper',
      'gcr.io/google_samples/k8szk',
      'gcr.io/google_containers/kubernetes-zookeeper',
    ],
    sizeMiB: 160,
    cmd: ['start-zookeeper'],
    programs: {
      '/usr/bin/start-zookeeper': 'zookeeper',
      '/opt/zookeeper/bin/zkServer.sh': 'zookeeper',
      '/usr/bin/zkServer.sh': 'zookeeper',
      '/usr/bin/zookeeper-ready': 'zookeeper-ready-client',
      '/usr/bin/zkCli.sh': 'unsimulated',
    },
    ports: [2181, 2888, 3888],
  },
  {
    repositories: ['docker.io/apache/kafka', 'docker.io/confluentinc/cp-kafka', 'docker.io/bitnami/kafka', 'gcr.io/google_samples/k8skafka'],
    sizeMiB: 380,
    cmd: ['kafka-server-start'],
    programs: { '/usr/bin/kafka-server-start': 'kafka' },
    ports: [9092],
  },
  {
    repositories: [...library('cassandra'), 'gcr.io/google-samples/cassandra', 'gcr.io/google_samples/cassandra'],
    sizeMiB: 190,
    cmd: ['cassandra'],
    programs: { '/usr/sbin/cassandra': 'cassandra', '/usr/bin/nodetool': 'nodetool-client', '/usr/bin/cqlsh': 'cqlsh-client', '/run.sh': 'cassandra' },
    files: { '/ready-probe.sh': '#!/bin/bash\ncqlsh 127.0.0.1 9042\n' },
    ports: [9042, 7000, 7001, 7199],
  },
  {
    repositories: [...library('elasticsearch'), 'docker.elastic.co/elasticsearch/elasticsearch', 'quay.io/fluentd_elasticsearch/elasticsearch'],
    sizeMiB: 600,
    cmd: ['elasticsearch'],
    programs: { '/usr/local/bin/elasticsearch': 'elasticsearch' },
    ports: [9200, 9300],
  },
  {
    repositories: ['docker.io/prom/prometheus', 'quay.io/prometheus/prometheus'],
    sizeMiB: 110,
    cmd: ['/bin/prometheus'],
    programs: { '/bin/prometheus': 'generic' },
    ports: [9090],
    bare: true,
    family: 'busybox',
    user: '65534',
  },
  {
    repositories: ['docker.io/prom/node-exporter', 'quay.io/prometheus/node-exporter'],
    sizeMiB: 12,
    cmd: ['/bin/node_exporter'],
    programs: { '/bin/node_exporter': 'generic' },
    ports: [9100],
    bare: true,
    family: 'busybox',
    user: '65534',
  },
  {
    repositories: [
      ...library('fluentd'),
      'docker.io/fluent/fluentd',
      'docker.io/fluent/fluent-bit',
      'quay.io/fluentd_elasticsearch/fluentd',
      'docker.io/fluent/fluentd-kubernetes-daemonset',
      'registry.k8s.io/fluentd-elasticsearch',
      'registry.k8s.io/fluentd-gcp',
      'k8s.gcr.io/fluentd-elasticsearch',
      'k8s.gcr.io/fluentd-gcp',
      'gcr.io/google-containers/fluentd-elasticsearch',
      'registry.k8s.io/node-problem-detector',
      'registry.k8s.io/node-problem-detector/node-problem-detector',
    ],
    sizeMiB: 60,
    cmd: ['fluentd'],
    programs: { '/usr/local/bin/fluentd': 'idle', '/usr/bin/fluentd': 'idle', '/fluent-bit/bin/fluent-bit': 'idle', '/node-problem-detector': 'idle' },
  },
  {
    repositories: library('wordpress', 'drupal', 'joomla', 'nextcloud', 'phpmyadmin', 'matomo'),
    sizeMiB: 240,
    cmd: ['apache2-foreground'],
    programs: { '/usr/local/bin/apache2-foreground': 'apache' },
    ports: [80],
    files: { '/var/www/html/index.html': '<html><body><h1>It works!</h1><p>The site behind this server is not simulated.</p></body></html>\n' },
  },
  {
    repositories: ['registry.k8s.io/hpa-example', 'k8s.gcr.io/hpa-example', 'gcr.io/google_containers/hpa-example'],
    sizeMiB: 180,
    cmd: ['apache2-foreground'],
    programs: { '/usr/local/bin/apache2-foreground': 'apache' },
    ports: [80],
    files: { '/var/www/html/index.html': 'OK!' },
  },
  {
    repositories: [
      'gcr.io/google-samples/gb-redis-follower',
      'us-docker.pkg.dev/google-samples/containers/gke/gb-redis-follower',
      'gcr.io/google_samples/gb-redis-follower',
      'gcr.io/google_samples/gb-redisslave',
      'gcr.io/google-samples/gb-redisslave',
    ],
    sizeMiB: 50,
    cmd: ['redis-server'],
    programs: { '/usr/local/bin/redis-server': 'redis-server', '/usr/local/bin/redis-cli': 'redis-cli' },
    ports: [6379],
  },
  {
    repositories: ['gcr.io/google-samples/kubernetes-bootcamp', 'docker.io/jocatalin/kubernetes-bootcamp'],
    sizeMiB: 80,
    cmd: ['/bin/sh', '-c', 'node server.js'],
    programs: { '/usr/local/bin/node': 'bootcamp' },
    ports: [8080],
    bare: true,
  },
  {
    repositories: ['registry.k8s.io/liveness', 'k8s.gcr.io/liveness'],
    sizeMiB: 5,
    cmd: ['/server'],
    programs: { '/agnhost': 'agnhost' },
    ports: [8080],
    bare: true,
    family: 'alpine',
    files: { '/server': '#!/bin/sh\nexec /agnhost liveness\n' },
  },
  {
    repositories: [
      'registry.k8s.io/echoserver',
      'k8s.gcr.io/echoserver',
      'gcr.io/google_containers/echoserver',
      'docker.io/kicbase/echo-server',
      'docker.io/ealen/echo-server',
    ],
    sizeMiB: 40,
    cmd: ['/usr/bin/echo-server'],
    programs: { '/usr/bin/echo-server': 'echo-server' },
    ports: [8080],
    bare: true,
  },
  {
    repositories: ['docker.io/traefik/whoami', 'docker.io/containous/whoami'],
    sizeMiB: 3,
    cmd: ['/whoami'],
    programs: { '/whoami': 'whoami-server' },
    ports: [80],
    bare: true,
    family: 'scratch',
  },
  {
    repositories: [
      'registry.k8s.io/serve_hostname',
      'registry.k8s.io/e2e-test-images/serve-hostname',
      'k8s.gcr.io/serve_hostname',
      'gcr.io/google_containers/serve_hostname',
    ],
    sizeMiB: 6,
    cmd: ['/serve_hostname'],
    programs: { '/agnhost': 'agnhost' },
    ports: [9376],
    bare: true,
    family: 'alpine',
    files: { '/serve_hostname': '#!/bin/sh\nexec /agnhost serve-hostname\n' },
  },
  { repositories: library('hello-world'), sizeMiB: 1, cmd: ['/hello'], programs: { '/hello': 'hello-world' }, bare: true, family: 'scratch' },
];

export const serverImages: readonly CatalogueImage[] = servers.map((s) => {
  const family = s.family ?? 'debian';
  const base = family === 'debian' ? [28 * MiB] : family === 'alpine' ? [3_797_319] : [];
  const first = s.cmd[0] ?? '';
  return {
    repositories: s.repositories,
    tags,
    sizeBytes: s.sizeMiB * MiB,
    layers: [...base, Math.max(1 * MiB, s.sizeMiB * MiB - (base[0] ?? 0))],
    config: {
      Env: [path, ...(s.env ?? [])],
      ...(s.bare ? {} : { Entrypoint: ['docker-entrypoint.sh'] }),
      Cmd: s.cmd,
      ...(s.user ? { User: s.user } : {}),
      ...(s.ports ? { ExposedPorts: Object.fromEntries(s.ports.map((port) => [`${port}/tcp`, {}])) } : {}),
    },
    family,
    programs: s.programs,
    files: {
      ...(s.bare ? {} : { '/usr/local/bin/docker-entrypoint.sh': `#!/bin/sh\nset -e\nif [ "\${1#-}" != "$1" ]; then set -- ${first} "$@"; fi\nexec "$@"\n` }),
      ...s.files,
    },
  };
});
