/** The worlds that are measured, made as a person would make them: options and kubectl commands. */
import type { Pod } from '../src/core/api/types.ts';
import type { WorldOptions } from '../src/core/clusters/cluster.ts';
import { World } from '../src/core/world.ts';

export const nginx = 'nginx:1.27';

const images = [`docker.io/library/${nginx}`, 'docker.io/library/busybox:1.36'];

export function world(workers: number, rewinds = false, options: Partial<WorldOptions> = {}): World {
  return new World({ workers, namespaces: ['bench'], images, ...options }, { rewinds });
}

export type Spec = Record<string, unknown>;

/** `count` Pods by one `kubectl apply -f`. */
export function applyPods(w: World, count: number, spec: Spec): void {
  const documents = Array.from({ length: count }, (_, i) => ({
    object: { apiVersion: 'v1', kind: 'Pod', metadata: { name: `pod-${i}`, labels: { app: `app-${i % 10}` } }, spec },
    line: 1,
  }));
  w.command({ type: 'kubectl', argv: ['apply', '-f', 'pods.yaml'], namespace: 'bench', files: { 'pods.yaml': { documents } } });
}

export const serving: Spec = { containers: [{ name: 'c', image: nginx, ports: [{ containerPort: 80 }] }] };

const get = { httpGet: { path: '/', port: 80 } };
export const probed: Spec = { containers: [{ name: 'c', image: nginx, ports: [{ containerPort: 80 }], readinessProbe: get, livenessProbe: get }] };

export const crashing: Spec = { containers: [{ name: 'c', image: 'busybox:1.36', command: ['sh', '-c', 'sleep 1; exit 1'] }] };

/** Pods of the namespace that are Ready. */
export function readyCount(w: World): number {
  let count = 0;
  const { objects } = w.engine.state.rooms.apiserver as { objects: Record<string, Record<string, Pod>> };
  const pods = objects.pods as Record<string, Pod>;
  for (const key in pods) {
    const pod = pods[key] as Pod;
    if (pod.metadata.namespace === 'bench' && pod.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True')) count += 1;
  }
  return count;
}

/** Runs on until `count` Pods are Ready. */
export function untilReady(w: World, count: number): void {
  const limit = w.nowMs + 600_000;
  while (readyCount(w) < count) {
    if (w.nowMs > limit) throw new Error(`${readyCount(w)} of ${count} pods are Ready after 600 s`);
    w.advance(w.nowMs + 500);
  }
}
