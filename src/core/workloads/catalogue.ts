/** Known images, as plain data: what a registry says of them, and which kind of root file system and programs they carry. */
import type { ImageConfig } from '../contracts/process.ts';
import { serverImages } from './catalogue-servers.ts';

export type Family = 'busybox' | 'alpine' | 'debian' | 'scratch' | 'none';

export interface CatalogueImage {
  /** Canonical repositories (`docker.io/library/nginx`) this stands for. */
  repositories: string[];
  /** Tags that exist, as a regular expression over the whole tag. */
  tags: string;
  /** Compressed, as a registry counts. */
  sizeBytes: number;
  layers: number[];
  config: ImageConfig;
  /** What the root file system holds. */
  family: Family;
  /** Programs beyond the family's: path → program. */
  programs?: Record<string, string>;
  files?: Record<string, string>;
}

const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const MiB = 1024 * 1024;
const version = '(latest|stable|v?\\d{1,2}(\\.\\d{1,2}){0,2}([-.][a-z0-9.-]+)?)';

const welcome = `<!DOCTYPE html>
<html>
<head>
<title>Welcome to nginx!</title>
<style>
html { color-scheme: light dark; }
body { width: 35em; margin: 0 auto;
font-family: Tahoma, Verdana, Arial, sans-serif; }
</style>
</head>
<body>
<h1>Welcome to nginx!</h1>
<p>If you see this page, the nginx web server is successfully installed and
working. Further configuration is required.</p>

<p>For online documentation and support please refer to
<a href="http://nginx.org/">nginx.org</a>.<br/>
Commercial support is available at
<a href="http://nginx.com/">nginx.com</a>.</p>

<p><em>Thank you for using nginx.</em></p>
</body>
</html>
`;

/** The one-line page that the recorded cluster's stand-in for nginx (busybox httpd) serves. */
const shortWelcome = '<!DOCTYPE html>\n<html><head><title>Welcome to nginx!</title></head><body><h1>Welcome to nginx!</h1></body></html>\n';

const nginxConf = `
user  nginx;
worker_processes  auto;

error_log  /var/log/nginx/error.log notice;
pid        /run/nginx.pid;


events {
    worker_connections  1024;
}


http {
    include       /etc/nginx/mime.types;
    default_type  application/octet-stream;

    log_format  main  '$remote_addr - $remote_user [$time_local] "$request" '
                      '$status $body_bytes_sent "$http_referer" '
                      '"$http_user_agent" "$http_x_forwarded_for"';

    access_log  /var/log/nginx/access.log  main;

    sendfile        on;
    #tcp_nopush     on;

    keepalive_timeout  65;

    #gzip  on;

    include /etc/nginx/conf.d/*.conf;
}
`;

const nginxDefault = `server {
    listen       80;
    listen  [::]:80;
    server_name  localhost;

    location / {
        root   /usr/share/nginx/html;
        index  index.html index.htm;
    }

    error_page   500 502 503 504  /50x.html;
    location = /50x.html {
        root   /usr/share/nginx/html;
    }
}
`;

const nginxFiles: Record<string, string> = {
  '/usr/share/nginx/html/index.html': welcome,
  '/usr/share/nginx/html/50x.html': '<!DOCTYPE html>\n<html>\n<head>\n<title>Error</title>\n</head>\n<body>\n<h1>An error occurred.</h1>\n</body>\n</html>\n',
  '/etc/nginx/nginx.conf': nginxConf,
  '/etc/nginx/conf.d/default.conf': nginxDefault,
  '/www/index.html': shortWelcome,
};

export const catalogue: readonly CatalogueImage[] = [
  {
    repositories: [
      'docker.io/library/busybox',
      'registry.k8s.io/busybox',
      'k8s.gcr.io/busybox',
      'gcr.io/google-containers/busybox',
      'registry.k8s.io/e2e-test-images/busybox',
      'quay.io/prometheus/busybox',
    ],
    tags: `(${version}|(uclibc|glibc|musl|stable-[a-z]+))`,
    sizeBytes: 2_156_519,
    layers: [2_156_519],
    config: { Env: [path], Cmd: ['sh'] },
    family: 'busybox',
  },
  {
    repositories: ['docker.io/library/alpine', 'public.ecr.aws/docker/library/alpine'],
    tags: `(${version}|edge|3)`,
    sizeBytes: 3_797_319,
    layers: [3_797_319],
    config: { Env: [path], Cmd: ['/bin/sh'], WorkingDir: '/' },
    family: 'alpine',
  },
  {
    repositories: ['docker.io/library/bash'],
    tags: `(${version}|devel.*)`,
    sizeBytes: 6 * MiB,
    layers: [3_797_319, 2_400_000],
    config: { Env: [path, '_BASH_VERSION=5.3'], Entrypoint: ['docker-entrypoint.sh'], Cmd: ['bash'] },
    family: 'alpine',
    programs: { '/usr/local/bin/bash': 'bash' },
    files: { '/usr/local/bin/docker-entrypoint.sh': '#!/bin/sh\nset -e\nif [ "${1#-}" != "$1" ]; then set -- bash "$@"; fi\nexec "$@"\n' },
  },
  {
    repositories: ['docker.io/curlimages/curl', 'quay.io/curl/curl'],
    tags: version,
    sizeBytes: 9 * MiB,
    layers: [3_797_319, 5_500_000],
    config: { Env: [path], Entrypoint: ['/entrypoint.sh'], Cmd: ['curl'], User: '100' },
    family: 'alpine',
    programs: { '/usr/bin/curl': 'curl' },
    files: { '/entrypoint.sh': '#!/bin/sh\nset -e\nif [ "${1#-}" != "$1" ]; then set -- curl "$@"; fi\nexec "$@"\n' },
  },
  {
    repositories: [
      'docker.io/library/debian',
      'docker.io/library/ubuntu',
      'docker.io/library/fedora',
      'docker.io/library/centos',
      'docker.io/library/rockylinux',
      'docker.io/library/amazonlinux',
    ],
    tags: `(${version}|[a-z]+(-slim|-[0-9]+)?|\\d+(\\.\\d+)?-slim)`,
    sizeBytes: 48 * MiB,
    layers: [48 * MiB],
    config: { Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'], Cmd: ['bash'] },
    family: 'debian',
  },
  {
    repositories: [
      'docker.io/library/nginx',
      'docker.io/nginxinc/nginx-unprivileged',
      'k8s.gcr.io/nginx',
      'registry.k8s.io/nginx',
      'registry.k8s.io/nginx-slim',
      'registry.k8s.io/e2e-test-images/nginx',
      'public.ecr.aws/nginx/nginx',
      'public.ecr.aws/docker/library/nginx',
      'us-docker.pkg.dev/google-samples/containers/gke/nginx',
    ],
    tags: `(latest|stable|mainline|alpine|perl|alpine-slim|(stable|mainline)-[a-z-]+|[01](\\.\\d{1,2}(\\.\\d{1,2})?)?(-(alpine|bookworm|bullseye|buster|otel|perl|trixie)[a-z0-9.-]*)?)`,
    sizeBytes: 72 * MiB,
    layers: [28 * MiB, 43 * MiB, 1024, 1024, 2048, 2048, 4096],
    config: {
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'NGINX_VERSION=1.27.5', 'PKG_RELEASE=1~bookworm'],
      Entrypoint: ['/docker-entrypoint.sh'],
      Cmd: ['nginx', '-g', 'daemon off;'],
      ExposedPorts: { '80/tcp': {} },
      StopSignal: 'SIGQUIT',
    },
    family: 'debian',
    programs: { '/usr/sbin/nginx': 'nginx', '/usr/bin/curl': 'curl', '/docker-entrypoint.sh': 'nginx-entrypoint', '/bin/httpd': 'httpd' },
    files: nginxFiles,
  },
  {
    repositories: ['docker.io/library/httpd'],
    tags: `(${version}|alpine)`,
    sizeBytes: 60 * MiB,
    layers: [28 * MiB, 32 * MiB],
    config: {
      Env: [
        'PATH=/usr/local/apache2/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        'HTTPD_PREFIX=/usr/local/apache2',
        'HTTPD_VERSION=2.4.65',
      ],
      WorkingDir: '/usr/local/apache2',
      Cmd: ['httpd-foreground'],
      ExposedPorts: { '80/tcp': {} },
      StopSignal: 'SIGWINCH',
    },
    family: 'debian',
    programs: { '/usr/local/bin/httpd-foreground': 'apache', '/usr/local/apache2/bin/httpd': 'apache' },
    files: { '/usr/local/apache2/htdocs/index.html': '<html><body><h1>It works!</h1></body></html>\n' },
  },
  {
    repositories: ['docker.io/library/redis', 'registry.k8s.io/redis', 'k8s.gcr.io/redis', 'docker.io/library/valkey'],
    tags: `(${version}|alpine|bookworm|e2e)`,
    sizeBytes: 49 * MiB,
    layers: [28 * MiB, 21 * MiB],
    config: {
      Env: [path, 'REDIS_VERSION=7.4.2'],
      WorkingDir: '/data',
      Entrypoint: ['docker-entrypoint.sh'],
      Cmd: ['redis-server'],
      ExposedPorts: { '6379/tcp': {} },
    },
    family: 'debian',
    programs: {
      '/usr/local/bin/redis-server': 'redis-server',
      '/usr/local/bin/redis-cli': 'redis-cli',
      '/usr/local/bin/docker-entrypoint.sh': 'redis-entrypoint',
    },
    files: { '/data/.keep': '' },
  },
  {
    repositories: ['registry.k8s.io/pause', 'k8s.gcr.io/pause', 'gcr.io/google-containers/pause'],
    tags: version,
    sizeBytes: 320_368,
    layers: [320_368],
    config: { Env: [path], Entrypoint: ['/pause'], User: '65535:65535' },
    family: 'scratch',
    programs: { '/pause': 'pause' },
  },
  {
    repositories: ['registry.k8s.io/e2e-test-images/agnhost', 'k8s.gcr.io/e2e-test-images/agnhost'],
    tags: version,
    sizeBytes: 65_752_114,
    layers: [3_797_319, 20 * MiB, 38 * MiB],
    config: {
      Env: [path],
      Entrypoint: ['/agnhost'],
      Cmd: ['pause'],
      ExposedPorts: { '80/tcp': {}, '8080/tcp': {}, '8081/tcp': {}, '9376/tcp': {}, '5000/tcp': {} },
    },
    family: 'alpine',
    programs: {
      '/agnhost': 'agnhost',
      '/usr/bin/curl': 'curl',
      '/usr/bin/dig': 'dig',
      '/usr/bin/host': 'host',
      '/usr/bin/nslookup': 'nslookup-bind',
      '/usr/sbin/iperf': 'unsimulated',
    },
  },
  {
    repositories: ['registry.k8s.io/coredns/coredns', 'docker.io/coredns/coredns', 'k8s.gcr.io/coredns/coredns'],
    tags: version,
    sizeBytes: 20 * MiB,
    layers: [100_000, 20 * MiB],
    config: { Env: [path], Entrypoint: ['/coredns'], ExposedPorts: { '53/tcp': {}, '53/udp': {} }, WorkingDir: '/' },
    family: 'scratch',
    programs: { '/coredns': 'coredns' },
  },
  {
    repositories: ['docker.io/polinux/stress', 'docker.io/polinux/stress-ng', 'docker.io/progrium/stress', 'registry.k8s.io/stress'],
    tags: '.+',
    sizeBytes: 4 * MiB,
    layers: [3_797_319, 400_000],
    config: { Env: [path], Cmd: ['stress', '--version'] },
    family: 'alpine',
    programs: { '/usr/local/bin/stress': 'stress' },
  },
  {
    repositories: ['docker.io/vish/stress'],
    tags: '.+',
    sizeBytes: 1_500_000,
    layers: [1_500_000],
    config: { Env: [path], Entrypoint: ['/stress'] },
    family: 'scratch',
    programs: { '/stress': 'vish-stress' },
  },
  {
    repositories: ['docker.io/library/perl'],
    tags: `(${version}|slim.*)`,
    sizeBytes: 350 * MiB,
    layers: [48 * MiB, 24 * MiB, 64 * MiB, 200 * MiB, 14 * MiB],
    config: { Env: [path, 'PERL_VERSION=5.34.0'], Cmd: ['perl5.34.0', '-de0'], WorkingDir: '/usr/src/app' },
    family: 'debian',
    programs: { '/usr/local/bin/perl': 'perl' },
  },
  {
    repositories: [
      'docker.io/library/python',
      'docker.io/library/node',
      'docker.io/library/golang',
      'docker.io/library/ruby',
      'docker.io/library/php',
      'docker.io/library/openjdk',
    ],
    tags: `(${version}|[a-z-]+|lts|\\d+-[a-z0-9.-]+)`,
    sizeBytes: 350 * MiB,
    layers: [48 * MiB, 24 * MiB, 64 * MiB, 214 * MiB],
    config: { Env: [path], Cmd: ['bash'] },
    family: 'debian',
    programs: {
      '/usr/local/bin/python': 'unsimulated',
      '/usr/local/bin/python3': 'unsimulated',
      '/usr/local/bin/node': 'unsimulated',
      '/usr/local/bin/npm': 'unsimulated',
      '/usr/local/go/bin/go': 'unsimulated',
      '/usr/local/bin/ruby': 'unsimulated',
      '/usr/local/bin/php': 'unsimulated',
      '/usr/local/bin/java': 'unsimulated',
    },
  },
  {
    repositories: ['registry.k8s.io/etcd', 'k8s.gcr.io/etcd', 'quay.io/coreos/etcd', 'gcr.io/etcd-development/etcd'],
    tags: version,
    sizeBytes: 98 * MiB,
    layers: [2 * MiB, 96 * MiB],
    config: { Env: [path], Cmd: ['/usr/local/bin/etcd'], ExposedPorts: { '2379/tcp': {}, '2380/tcp': {}, '4001/tcp': {}, '7001/tcp': {} } },
    family: 'busybox',
    programs: { '/usr/local/bin/etcd': 'etcd', '/usr/local/bin/etcdctl': 'unsimulated' },
  },
  {
    repositories: ['registry.k8s.io/goproxy', 'k8s.gcr.io/goproxy'],
    tags: version,
    sizeBytes: 1_700_000,
    layers: [1_700_000],
    config: { Env: [path], Entrypoint: ['/goproxy'], ExposedPorts: { '8080/tcp': {} } },
    family: 'scratch',
    programs: { '/goproxy': 'goproxy' },
  },
  {
    repositories: ['docker.io/hashicorp/http-echo'],
    tags: version,
    sizeBytes: 3 * MiB,
    layers: [3 * MiB],
    config: { Env: [path], Entrypoint: ['/http-echo'], User: '65532', ExposedPorts: { '5678/tcp': {} } },
    family: 'scratch',
    programs: { '/http-echo': 'http-echo' },
  },
  {
    repositories: ['gcr.io/google-samples/hello-app', 'us-docker.pkg.dev/google-samples/containers/gke/hello-app'],
    tags: '(1\\.0|2\\.0|latest)',
    sizeBytes: 12 * MiB,
    layers: [3_797_319, 8 * MiB],
    config: { Env: [path, 'PORT=8080'], Cmd: ['./hello-app'], ExposedPorts: { '8080/tcp': {} } },
    family: 'alpine',
    programs: { '/hello-app': 'hello-app' },
  },
  {
    repositories: ['gcr.io/google-samples/node-hello'],
    tags: '(1\\.0|latest)',
    sizeBytes: 240 * MiB,
    layers: [48 * MiB, 24 * MiB, 64 * MiB, 104 * MiB],
    config: { Env: [path], Cmd: ['/bin/sh', '-c', 'node server.js'], ExposedPorts: { '8080/tcp': {} } },
    family: 'debian',
    programs: { '/usr/local/bin/node': 'node-hello' },
    files: {
      '/server.js':
        "var http = require('http');\nvar handleRequest = function(request, response) {\n  response.writeHead(200);\n  response.end('Hello Kubernetes!');\n};\nhttp.createServer(handleRequest).listen(8080);\n",
    },
  },
  {
    repositories: ['gcr.io/google-samples/hello-go-gke'],
    tags: '(1\\.0|latest)',
    sizeBytes: 110 * MiB,
    layers: [110 * MiB],
    config: { Env: [path], Entrypoint: ['/go/bin/hello-go-gke'], ExposedPorts: { '80/tcp': {} } },
    family: 'debian',
    programs: { '/go/bin/hello-go-gke': 'hello-go-gke' },
  },
  {
    repositories: ['gcr.io/google-samples/hello-frontend'],
    tags: '(1\\.0|latest)',
    sizeBytes: 44 * MiB,
    layers: [28 * MiB, 16 * MiB],
    config: { Env: [path], Cmd: ['nginx', '-g', 'daemon off;'], ExposedPorts: { '80/tcp': {}, '443/tcp': {} } },
    family: 'debian',
    programs: { '/usr/sbin/nginx': 'nginx', '/usr/bin/curl': 'curl' },
    files: {
      ...Object.fromEntries(Object.entries(nginxFiles).filter(([path]) => !path.endsWith('/default.conf'))),
      '/etc/nginx/conf.d/frontend.conf':
        'upstream hello {\n    server hello;\n}\nserver {\n    listen 80;\n    location / {\n        proxy_pass http://hello;\n    }\n}\n',
    },
  },
  {
    repositories: ['us-docker.pkg.dev/google-samples/containers/gke/gb-frontend', 'gcr.io/google-samples/gb-frontend', 'gcr.io/google_samples/gb-frontend'],
    tags: '(v\\d|latest)',
    sizeBytes: 170 * MiB,
    layers: [48 * MiB, 122 * MiB],
    config: { Env: [path], Entrypoint: ['docker-php-entrypoint'], Cmd: ['apache2-foreground'], ExposedPorts: { '80/tcp': {} }, StopSignal: 'SIGWINCH' },
    family: 'debian',
    programs: { '/usr/local/bin/apache2-foreground': 'gb-frontend', '/usr/local/bin/docker-php-entrypoint': 'exec-arguments' },
    files: {
      '/var/www/html/index.html':
        '<html ng-app="redis">\n  <head>\n    <title>Guestbook</title>\n  </head>\n  <body>\n    <h2>Guestbook</h2>\n  </body>\n</html>\n',
    },
  },
  {
    repositories: ['registry.k8s.io/e2e-test-images/jessie-dnsutils', 'docker.io/tutum/dnsutils', 'docker.io/nicolaka/netshoot'],
    tags: '.+',
    sizeBytes: 120 * MiB,
    layers: [48 * MiB, 72 * MiB],
    config: { Env: [path], Cmd: ['bash'] },
    family: 'debian',
    programs: {
      '/usr/bin/curl': 'curl',
      '/usr/bin/dig': 'dig',
      '/usr/bin/host': 'host',
      '/usr/bin/nslookup': 'nslookup-bind',
      '/bin/nc': 'nc',
      '/usr/bin/wget': 'wget',
    },
  },
  ...serverImages,
];

/** `docker.io/library/nginx:1.27@sha256:…` → repository and tag (`latest` when none is written). */
export function splitReference(reference: string): { repository: string; tag: string; digest?: string } {
  const [name = '', digest] = reference.split('@');
  const colon = name.lastIndexOf(':');
  const hasTag = colon > name.lastIndexOf('/');
  const bare = hasTag ? name.slice(0, colon) : name;
  const first = bare.split('/')[0] ?? '';
  const hasHost = bare.includes('/') && (first.includes('.') || first.includes(':') || first === 'localhost');
  const repository = hasHost ? bare : bare.includes('/') ? `docker.io/${bare}` : `docker.io/library/${bare}`;
  return {
    repository: repository.replace(/^index\.docker\.io\//, 'docker.io/'),
    tag: hasTag ? name.slice(colon + 1) : 'latest',
    ...(digest ? { digest } : {}),
  };
}

/** The entry of an image, by its repository. */
export function catalogueImage(reference: string): CatalogueImage | undefined {
  return byRepository.get(splitReference(reference).repository);
}

const byRepository = new Map(catalogue.flatMap((image) => image.repositories.map((r) => [r, image] as const)));

/** Does the tag exist? False also for a repository that is not known. */
export function tagExists(image: CatalogueImage, tag: string): boolean {
  return new RegExp(`^(?:${image.tags})$`).test(tag);
}
