/** What the API server asks a kubelet for: logs and exec. Models pkg/registry/core/pod/rest (log.go, subresources.go), v1.36.2. */
import type { ServerResponse } from 'node:http';
import type { WebSocket } from 'ws';
import { type ContainerLogs, type ContainerLogsAnswer, kubeletOf } from '../../core/index.ts';
import type { LiveCluster } from './live-cluster.ts';
import type { Refused } from './request.ts';
import type { Route } from './route.ts';

const followEveryMs = 250;

interface PodLike {
  spec: { nodeName?: string; containers: { name: string }[]; initContainers?: { name: string }[]; ephemeralContainers?: { name: string }[] };
}

/** Writes the log; a refusal is returned. `follow` goes on until the client leaves. */
export function podLogs(cluster: LiveCluster, route: Route, query: URLSearchParams, response: ServerResponse): Refused | undefined {
  const { container, node, refused } = placeOf(cluster, route, query.get('container') ?? '');
  if (refused) return refused;
  const ask = (options: Partial<ContainerLogs>): ContainerLogsAnswer =>
    node === ''
      ? { text: '' }
      : cluster.world.ask<ContainerLogsAnswer>(kubeletOf(node), { type: 'ContainerLogs', namespace: route.namespace, pod: route.name, container, ...options });
  const number = (name: string): number | undefined => (/^\d{1,9}$/.test(query.get(name) ?? '') ? Number(query.get(name)) : undefined);
  const flags = { ...(query.get('previous') === 'true' ? { previous: true } : {}), ...(query.get('timestamps') === 'true' ? { timestamps: true } : {}) };
  const [tailLines, sinceSeconds, limitBytes] = [number('tailLines'), number('sinceSeconds'), number('limitBytes')];
  const first = ask({
    ...flags,
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(sinceSeconds === undefined ? {} : { sinceSeconds }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
  });
  if (first.error !== undefined) return { code: first.code ?? 400, reason: first.code === 404 ? 'NotFound' : 'BadRequest', message: first.error };
  response.writeHead(200, { 'Content-Type': 'text/plain' });
  response.write(first.text ?? '');
  if (query.get('follow') !== 'true') {
    response.end();
    return undefined;
  }
  let told = ask(flags).text?.length ?? 0;
  const timer = setInterval(() => {
    const all = ask(flags);
    if (all.error !== undefined) response.end();
    else if ((all.text ?? '').length > told) response.write((all.text ?? '').slice(told));
    told = Math.max(told, (all.text ?? '').length);
  }, followEveryMs);
  response.on('close', () => clearInterval(timer));
  return undefined;
}

function placeOf(cluster: LiveCluster, route: Route, asked: string): { container: string; node: string; refused?: Refused } {
  const got = cluster.request({ verb: 'get', resource: 'pods', namespace: route.namespace, name: route.name });
  if (!got.object) return { container: '', node: '', refused: got.status as Refused };
  const { spec } = got.object as unknown as PodLike;
  const names = [...spec.containers, ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])].map((c) => c.name);
  if (asked === '' && names.length > 1) {
    const message = `a container name must be specified for pod ${route.name}, choose one of: [${names.join(' ')}]`;
    return { container: '', node: '', refused: { code: 400, reason: 'BadRequest', message } };
  }
  if (asked !== '' && !names.includes(asked))
    return { container: '', node: '', refused: { code: 400, reason: 'BadRequest', message: `container ${asked} is not valid for pod ${route.name}` } };
  return { container: asked || (names[0] as string), node: spec.nodeName ?? '' };
}

/** Channels of v5.channel.k8s.io: the first byte of a frame. */
const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3 } as const;

/**
 * `kubectl exec` over a WebSocket: runs the command in the model, then sends what it wrote and how it ended.
 * Simplified: standard input is not read, so that an interactive shell ends at once.
 */
export async function podExec(cluster: LiveCluster, route: Route, query: URLSearchParams, socket: WebSocket): Promise<void> {
  const send = (to: number, text: string): void => {
    if (text !== '') socket.send(Buffer.concat([Buffer.from([to]), Buffer.from(text)]));
  };
  const container = query.get('container');
  const { rc, out, err } = await cluster.kubectl(
    ['exec', route.name, ...(container ? ['-c', container] : []), '--', ...query.getAll('command')],
    route.namespace,
  );
  if (query.get('stdin') === 'true' && query.get('tty') === 'true') send(channel.stderr, 'kubarium: standard input of exec is not simulated\r\n');
  send(channel.stdout, out);
  const said = err.replace(/command terminated with exit code \d+\n$/, '');
  if (rc !== 0 && said.startsWith('error: ') && out === '') send(channel.error, JSON.stringify(failure(said.slice('error: '.length).trimEnd())));
  else {
    send(channel.stderr, said.replace(/^Defaulted container .*\n/, ''));
    send(channel.error, JSON.stringify(rc === 0 ? { metadata: {}, status: 'Success' } : exitStatus(rc)));
  }
  socket.close(1000);
}

const failure = (message: string): unknown => ({ metadata: {}, status: 'Failure', message, reason: 'InternalError', code: 500 });

const exitStatus = (rc: number): unknown => ({
  metadata: {},
  status: 'Failure',
  message: `command terminated with non-zero exit code: exit status ${rc}`,
  reason: 'NonZeroExitCode',
  details: { causes: [{ reason: 'ExitCode', message: String(rc) }] },
});
