/** `sim serve`: the simulated cluster's API over HTTP for real clients, at the pace of the clock on the wall. */
import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServeArgs } from './args.ts';
import { readManifests } from './files.ts';
import { notices } from './notices.ts';
import { LiveCluster } from './serve/live-cluster.ts';
import { apiServer } from './serve/server.ts';

/** Resolves when the server ends: 0 by Ctrl-C, 1 when a manifest is refused or the port is taken. */
export async function serve(args: ServeArgs): Promise<number> {
  const options = {
    proxyMode: args.proxyMode,
    ...(args.seed === null ? {} : { seed: args.seed }),
    ...(args.workers === null ? {} : { workers: args.workers }),
    ...(args.dualStack ? { dualStack: true } : {}),
  };
  const cluster = new LiveCluster(options, args.speed);
  const files = args.files.flatMap(readManifests);
  for (const file of files) for (const notice of notices(file)) process.stderr.write(`${notice}\n`);
  const ids = files.map(
    (file) => cluster.world.command({ type: 'kubectl', argv: ['apply', '-f', file.name], namespace: 'default', files: { [file.name]: file.manifest } }).id,
  );
  const server = apiServer(cluster);
  const listening = await new Promise<string | null>((resolve) => {
    server.once('error', (error) => resolve(error.message));
    server.listen(args.port, '127.0.0.1', () => resolve(null));
  });
  if (listening !== null) {
    process.stderr.write(`sim: ${listening}\n`);
    return 1;
  }
  const { port } = server.address() as AddressInfo;
  const path = join(tmpdir(), `kubarium-${port}.kubeconfig`);
  writeFileSync(path, kubeconfig(port), { mode: 0o600 });
  process.stdout.write(`Kubernetes v1.36.2, simulated, at http://127.0.0.1:${port}; Ctrl-C ends it\nexport KUBECONFIG=${path}\n`);
  return new Promise((resolve) => {
    const end = (code: number): void => {
      cluster.stop();
      server.closeAllConnections();
      server.close(() => resolve(code));
    };
    cluster.start((error) => {
      process.stderr.write(`sim: assertion of the model failed at ${cluster.world.nowMs} ms (seed ${cluster.world.options.seed}): ${error.message}\n`);
      end(1);
    });
    const told = setInterval(() => {
      for (const id of [...ids]) {
        const result = cluster.world.results[id];
        if (!result) continue;
        ids.splice(ids.indexOf(id), 1);
        process.stdout.write(result.out);
        process.stderr.write(result.err);
      }
      if (ids.length === 0) clearInterval(told);
    }, 100);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end(0));
  });
}

const kubeconfig = (port: number): string => `apiVersion: v1
kind: Config
current-context: kubarium
clusters:
- name: kubarium
  cluster:
    server: http://127.0.0.1:${port}
contexts:
- name: kubarium
  context:
    cluster: kubarium
    user: kubernetes-admin
users:
- name: kubernetes-admin
  user: {}
`;
