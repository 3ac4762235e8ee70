/** Real clients on the simulated cluster: the official JavaScript client, which knows nothing of the model. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import workers from 'node:worker_threads';
import zlib from 'node:zlib';
import type { CoreV1Api, V1Status } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LiveCluster } from './live-cluster.ts';
import { maxBodyBytes } from './request.ts';
import { apiServer } from './server.ts';

// The client's HTTP library names functions that Node has from 22 on; nothing here needs them.
const later: [object, string, unknown][] = [
  [zlib, 'createZstdDecompress', zlib.createGunzip],
  [workers, 'markAsUncloneable', () => {}],
  [
    Promise,
    'withResolvers',
    () => {
      let settle: unknown[] = [];
      const promise = new Promise((...both) => {
        settle = both;
      });
      return { promise, resolve: settle[0], reject: settle[1] };
    },
  ],
];
for (const [module, name, stand] of later) if (!(name in module)) Object.assign(module, { [name]: stand });
const client = await import('@kubernetes/client-node');
const { AppsV1Api, Exec, KubeConfig, Log, PatchStrategy, setHeaderOptions, VersionApi, Watch } = client;

const namespace = 'default';
let cluster: LiveCluster;
let server: Server;
let url = '';
const config = new KubeConfig();

beforeAll(async () => {
  cluster = new LiveCluster({}, 20);
  server = apiServer(cluster).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  config.loadFromClusterAndUser({ name: 'c', server: url, skipTLSVerify: true }, { name: 'u' });
  cluster.start((error) => {
    throw error;
  });
});
afterAll(() => {
  cluster.stop();
  server.closeAllConnections();
  server.close();
});

const core = (): CoreV1Api => config.makeApiClient(client.CoreV1Api);

async function until<T>(ask: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  for (let i = 0; i < 200; i += 1) {
    const value = await ask();
    if (holds(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('it never held');
}

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'nginx:1.27' }] } },
  },
};

test('a Deployment is made, watched until its Pods run, scaled, read, entered and deleted', async () => {
  const seen: string[] = [];
  const watching = await new Watch(config).watch(
    `/api/v1/namespaces/${namespace}/pods`,
    { labelSelector: 'app=web' },
    (phase, object) => seen.push(`${phase} ${object.status.phase}`),
    () => {},
  );
  const apps = config.makeApiClient(AppsV1Api);
  const made = await apps.createNamespacedDeployment({ namespace, body: deployment });
  expect(made.spec?.strategy?.type).toBe('RollingUpdate');
  const pods = () => core().listNamespacedPod({ namespace, labelSelector: 'app=web' });
  const running = await until(pods, (list) => list.items.length === 2 && list.items.every((p) => p.status?.phase === 'Running'));
  // The stream of a watch and the answer to a list come on lines of their own, in either order.
  const told = async () => seen;
  await until(told, (lines) => lines.includes('ADDED Pending') && lines.includes('MODIFIED Running'));

  await apps.patchNamespacedDeploymentScale(
    { name: 'web', namespace, body: { spec: { replicas: 1 } } },
    setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
  );
  await until(pods, (list) => list.items.length === 1);
  await until(told, (lines) => lines.filter((line) => line.startsWith('DELETED')).length === 1);
  watching.abort();

  const [left] = (await pods()).items;
  const name = left?.metadata?.name as string;
  expect(running.items.map((p) => p.metadata?.name)).toContain(name);
  const log = new PassThrough();
  await new Log(config).log(namespace, name, 'web', log, { tailLines: 1 });
  const [line] = (await once(log, 'data')) as [Buffer];
  expect(line.toString()).toMatch(/start worker process|notice/);

  const out = new PassThrough();
  const err = new PassThrough();
  const status = await new Promise<V1Status>((resolve, reject) => {
    new Exec(config).exec(namespace, name, 'web', ['sh', '-c', 'hostname; exit 3'], out, err, null, false, resolve).catch(reject);
  });
  expect(status.details?.causes?.[0]?.message).toBe('3');
  expect(String(out.read())).toBe(`${name}\n`);

  await apps.deleteNamespacedDeployment({ name: 'web', namespace });
  await until(pods, (list) => list.items.length === 0);
});

test('refusals are the API server’s Status', async () => {
  const body = { metadata: { name: 'Web' }, spec: { containers: [{ name: 'web', image: 'nginx' }] } };
  const refused = await core()
    .createNamespacedPod({ namespace, body })
    .catch((error: { code: number; body: string }) => error);
  expect(refused).toMatchObject({ code: 422 });
  expect((refused as { body: string }).body).toContain('metadata.name: Invalid value: \\"Web\\"');
  expect((await config.makeApiClient(VersionApi).getCode()).gitVersion).toBe('v1.36.2');
});

test('a watch from an old resourceVersion goes on from there; from a forgotten one it is Gone', async () => {
  const { metadata } = await core().listNamespacedConfigMap({ namespace });
  await core().createNamespacedConfigMap({ namespace, body: { metadata: { name: 'later' } } });
  const events = async (resourceVersion: string): Promise<string> => {
    const response = await fetch(`${url}/api/v1/namespaces/${namespace}/configmaps?watch=1&resourceVersion=${resourceVersion}&timeoutSeconds=1`);
    return response.text();
  };
  const line = JSON.parse((await events(metadata?.resourceVersion as string)).split('\n')[0] as string);
  expect(line).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'later' } } });
  expect(JSON.parse(await events('not-a-number'))).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
});

test('tables, discovery and schema are what kubectl asks for', async () => {
  const get = async (path: string, accept: string): Promise<never> => (await fetch(url + path, { headers: { accept } })).json() as Promise<never>;
  const table: { kind: string; columnDefinitions: { name: string; priority: number }[] } = await get(
    `/api/v1/nodes`,
    'application/json;as=Table;v=v1;g=meta.k8s.io,application/json',
  );
  expect(table.columnDefinitions.filter((c) => c.priority === 0).map((c) => c.name.toUpperCase())).toEqual(['NAME', 'STATUS', 'ROLES', 'AGE', 'VERSION']);
  const groups: { items: { metadata: { name: string } }[] } = await get('/apis', 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList');
  expect(groups.items.map((g) => g.metadata.name)).toContain('apps');
  const document: { paths: Record<string, { patch?: { parameters: { name: string }[] } }>; components: { schemas: Record<string, unknown> } } = await get(
    '/openapi/v3/apis/apps/v1',
    '*/*',
  );
  expect(document.paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}']?.patch?.parameters.map((p) => p.name)).toContain('fieldValidation');
  const references = [...JSON.stringify(document).matchAll(/#\/components\/schemas\/([^"]+)/g)].map((m) => m[1] as string);
  expect(references.filter((name) => !Object.hasOwn(document.components.schemas, name))).toEqual([]);
});

test('what is too large, foreign, or unknown is refused', async () => {
  const post = (body: string, headers: Record<string, string> = {}) =>
    fetch(`${url}/api/v1/namespaces/${namespace}/configmaps`, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
  expect((await post('x'.repeat(maxBodyBytes + 1))).status).toBe(413);
  expect((await post('{"a":')).status).toBe(400);
  expect((await post('{}', { origin: 'https://example.org' })).status).toBe(403);
  expect((await post('{}', { 'content-type': 'application/vnd.kubernetes.protobuf' })).status).toBe(415);
  expect((await fetch(`${url}/apis/example.org/v1/things`)).status).toBe(404);
  expect((await fetch(`${url}/api/v1/pods`, { headers: { accept: 'application/vnd.kubernetes.protobuf' } })).status).toBe(406);
});
