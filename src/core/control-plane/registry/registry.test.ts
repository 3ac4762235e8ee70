import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { ResolveAnswer } from '../../contracts/registry.ts';
import { Engine } from '../../engine/engine.ts';
import type { Body, Room } from '../../engine/types.ts';
import { type Args, type KnownImage, registryRoom } from './registry.ts';

const catalogue: KnownImage[] = [
  { repositories: ['docker.io/library/nginx'], tags: '(latest|1\\.\\d{1,2})', sizeBytes: 30, layers: [10, 20], config: { Cmd: ['nginx'] } },
  { repositories: ['docker.io/library/redis'], tags: '.+', sizeBytes: 15, layers: [10, 5], config: {} },
];

function bench(args: Partial<Args> = {}) {
  const engine = new Engine(Engine.initialState(1, 0), {
    registry: { room: registryRoom as Room<never>, args: { kind: 'internet', latencyMs: 50, catalogue, dnsServer: '10.255.255.53', ...args } },
  });
  engine.startAll();
  return {
    engine,
    ask: (reference: string, auth?: object) =>
      engine.ask('n/runtime', 'registry', { type: 'ResolveImage', reference, ...(auth ? { auth } : {}) } as Body) as ResolveAnswer,
  };
}

test('the recorded cluster has no network: the words of the recording', () => {
  const file = new URL('../../../../fixtures/recordings/pod-lifecycle/image-pull-backoff.json', import.meta.url);
  const recording = JSON.parse(readFileSync(file, 'utf8')) as { watch: { object: { message?: string } }[] };
  const message = recording.watch.map((w) => w.object.message ?? '').find((m) => m.startsWith('Failed to pull image')) ?? '';
  const { error, code } = bench({ kind: 'recorded' }).ask('registry.invalid/none:1');
  expect(message).toMatch(/failed to resolve reference "registry.invalid\/none:1": /);
  expect(message.endsWith(error ?? '?')).toBe(true);
  expect(code).toBe('Unknown');
  const silent = bench({ kind: 'recorded' }).ask('busybox:1.29');
  expect(silent.error).toMatch(/lookup registry-1\.docker\.io on 10\.255\.255\.53:53: read udp 10\.200\.0\.2:\d{5}->10\.255\.255\.53:53: i\/o timeout$/);
  expect(silent.takesMs).toBe(10_000);
});

test('a known image: config, layers, the same digests each time', () => {
  const b = bench();
  const one = b.ask('nginx:1.27').image;
  expect(one).toMatchObject({ reference: 'docker.io/library/nginx:1.27', config: { Cmd: ['nginx'] }, sizeBytes: 30, generic: false });
  expect(one?.imageID).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(b.ask('docker.io/library/nginx:1.27').image).toEqual(one);
  expect(b.ask('nginx:1.26').image?.imageID).not.toBe(one?.imageID);
});

test('images with the same base share its layers', () => {
  const b = bench();
  expect(b.ask('redis').image?.layers[0]?.digest).toBe(b.ask('nginx').image?.layers[0]?.digest);
  expect(b.ask('redis').image?.layers[1]?.digest).not.toBe(b.ask('nginx').image?.layers[1]?.digest);
});

test.each([
  ['nginx:1.161', 'NotFound', 'docker.io/library/nginx:1.161: not found'],
  ['nginxx', 'Unknown', 'pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed'],
  [
    'absent.example/a/b:2',
    'Unknown',
    'failed to do request: Head "https://absent.example/v2/a/b/manifests/2": dial tcp: lookup absent.example on 10.255.255.53:53: no such host',
  ],
  ['10.1.2.3:5000/x:1', 'Unknown', 'failed to do request: Head "https://10.1.2.3:5000/v2/x/manifests/1": dial tcp 10.1.2.3:5000: i/o timeout'],
  [
    'localhost:5000/x:1',
    'Unknown',
    'failed to do request: Head "http://localhost:5000/v2/x/manifests/1": dial tcp 127.0.0.1:5000: connect: connection refused',
  ],
])('%s is refused', (reference, code, error) => {
  expect(bench().ask(reference)).toMatchObject({ code, error });
});

test('any other plausible name is a generic image; a private one wants credentials', () => {
  const b = bench();
  expect(b.ask('quay.io/team/app:v3').image).toMatchObject({ generic: true });
  expect(b.ask('quay.io/team/private-app:v3').error).toMatch(/^pull access denied/);
  expect(b.ask('quay.io/team/private-app:v3', { username: 'u', password: 'p' }).image).toMatchObject({ generic: true });
});

test('out of reach, everything times out', () => {
  const b = bench();
  b.engine.send('', 'registry', { type: 'SetReachable', reachable: false } as Body, 0, 0);
  b.engine.advance(1);
  const { error, takesMs } = b.ask('nginx');
  expect(error).toMatch(
    /^failed to do request: Head "https:\/\/registry-1.docker.io\/v2\/library\/nginx\/manifests\/latest": dial tcp [\d.]+:443: i\/o timeout$/,
  );
  expect(takesMs).toBeGreaterThan(20_000);
});
