import { describe, expect, it } from 'vitest';
import { type KernelSceneRecord, type KubeletSceneRecord, type RuntimeSceneRecord, View, World } from '../core/index.ts';
import { applyCommand } from './commands.ts';

const manifest = `apiVersion: v1
kind: Pod
metadata: { name: crash, labels: { app: crash } }
spec:
  containers:
  - name: app
    image: busybox:1.36
    command: [sh, -c, "sleep 1; exit 1"]
---
apiVersion: v1
kind: Pod
metadata: { name: web, labels: { app: web } }
spec:
  containers:
  - name: nginx
    image: nginx:1.27
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec:
  selector: { app: web }
  ports: [{ port: 80 }]
---
apiVersion: v1
kind: Pod
metadata: { name: client }
spec:
  containers:
  - name: shell
    image: busybox:1.36
    command: [sh, -c, "while true; do wget -qO- http://web/ >/dev/null; sleep 1; done"]
`;

function run(atMs: number, options: ConstructorParameters<typeof World>[0] = {}): { world: World; view: View } {
  const world = new World({ seed: 7, workers: 1, ...options });
  const view = new View(world);
  world.schedule(0, applyCommand(manifest, 'default'));
  while (!world.advance(atMs)) {
    // On.
  }
  return { world, view };
}
const uidOf = (world: World, name: string): string =>
  (world.engine.state.rooms.apiserver as { objects: Record<string, Record<string, { metadata: { uid: string } }>> }).objects.pods?.[`default/${name}`]?.metadata
    .uid ?? '';
const look = <T>({ view }: { view: View }, scene: string, about = ''): T => {
  view.watch({ scene: scene as 'n/kubelet', about, seq: 0 });
  return view.diff(true).changed.find((r) => r.id === `scene/${scene}`) as T;
};

describe('opened components', () => {
  it('cost nothing while nobody looks, and go when one looks away', () => {
    const r = run(1000);
    expect(r.view.diff(true).changed.some((record) => record.id.startsWith('scene/'))).toBe(false);
    expect(look(r, 'worker-1/kubelet')).toBeDefined();
    r.view.watch(null);
    expect(r.view.diff(false).removed).toEqual(['scene/worker-1/kubelet']);
    expect(look(r, 'nowhere/kubelet')).toBeUndefined();
  });

  it('kubelet: the plan with its reason, and the back-off from the exit on', () => {
    const r = run(20_000);
    const uid = uidOf(r.world, 'crash');
    const record = look<KubeletSceneRecord>(r, 'worker-1/kubelet', `pod/${uid}`);
    expect(record.pod?.name).toBe('crash');
    expect(record.plan?.lines.some((line) => line.text === 'start app' && line.reason === 'exited 1, restartPolicy Always')).toBe(true);
    const wait = record.backOffs.find((b) => b.uid === uid);
    expect(wait && wait.untilMs - wait.fromMs).toBeGreaterThanOrEqual(10_000);
    expect(record.channels.find((c) => c.name === 'syncCh')?.atMs).toHaveLength(10);
    expect(record.sync.steps).toHaveLength(13);
  });

  it('runtime: the newest rows of the conversation in order of time, the container with its cgroup', () => {
    const r = run(20_000);
    const record = look<RuntimeSceneRecord>(r, 'worker-1/runtime', `pod/${uidOf(r.world, 'web')}`);
    expect(record.rows.length).toBeGreaterThan(5);
    expect(record.rows.length).toBeLessThanOrEqual(15);
    expect(record.rows.map((row) => row.atMs)).toEqual(record.rows.map((row) => row.atMs).sort((a, b) => a - b));
    expect(record.container).toMatchObject({ name: 'nginx', state: 'running' });
    expect(record.container?.cgroup[0]).toBe('kubepods.slice');
    expect(record.container?.memory.bytes).toBeGreaterThan(0);
  });

  it.each(['iptables', 'ipvs', 'nftables'] as const)('kernel, %s: the packet’s way ends where it was translated to', (proxyMode) => {
    const r = run(20_000, { proxyMode });
    const record = look<KernelSceneRecord>(r, 'worker-1/kernel');
    expect(record.packet?.way).toContain(proxyMode === 'ipvs' ? 'postrouting' : 'forward');
    expect(record.ipvs.used).toBe(proxyMode === 'ipvs');
    expect(record.hooks.map((h) => h.name)).toEqual(['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']);
    expect(record.hooks[0]?.walked).toBe(true);
    expect(record.hooks[0]?.rows.flatMap((row) => row.chains).some((chain) => chain.matched)).toBe(true);
    expect(record.routes.filter((route) => route.taken)).toHaveLength(1);
  });
});
