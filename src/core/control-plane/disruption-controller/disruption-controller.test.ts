import { expect, test } from 'vitest';
import { controlPlane, testNode } from '../../testing/control-plane.ts';
import { deploymentController } from '../deployment-controller/deployment-controller.ts';
import { replicaSetController } from '../replicaset-controller/replicaset-controller.ts';
import { scheduler } from '../scheduler/scheduler.ts';
import { disruptionController } from './disruption-controller.ts';

const rooms = {
  'controller-manager/disruption': { room: disruptionController },
  'controller-manager/deployment': { room: deploymentController },
  'controller-manager/replicaset': { room: replicaSetController },
  scheduler: { room: scheduler, args: { host: 'vm' } },
};
const start = (spec: Record<string, unknown>, replicas: number) => {
  const plane = controlPlane(rooms, [testNode('worker-1')]);
  plane.create({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd' },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'd' } },
      template: { metadata: { labels: { app: 'd' } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } },
    },
  });
  plane.ask({
    verb: 'create',
    resource: 'poddisruptionbudgets.policy',
    namespace: 'default',
    object: { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'b' }, spec: { selector: { matchLabels: { app: 'd' } }, ...spec } },
  });
  plane.run(3000);
  return plane;
};
const status = (plane: ReturnType<typeof start>) => plane.get('poddisruptionbudgets.policy', 'b')?.status;

test.each([
  { spec: { minAvailable: '50%' }, replicas: 3, allowed: 1, desired: 2 },
  { spec: { maxUnavailable: '30%' }, replicas: 3, allowed: 1, desired: 2 },
  { spec: { minAvailable: 1 }, replicas: 1, allowed: 0, desired: 1 },
  { spec: { maxUnavailable: 1 }, replicas: 2, allowed: 1, desired: 1 },
])('$spec of $replicas allows $allowed', ({ spec, replicas, allowed, desired }) => {
  const plane = start(spec, replicas);
  expect(status(plane)).toMatchObject({ disruptionsAllowed: allowed, desiredHealthy: desired, currentHealthy: replicas, expectedPods: replicas });
  expect(status(plane).conditions[0]).toMatchObject({ type: 'DisruptionAllowed', status: allowed > 0 ? 'True' : 'False' });
});

test('an eviction is granted once, then refused until the pod is replaced', () => {
  const plane = start({ minAvailable: 1 }, 2);
  const [a, b] = plane.list('pods').map((pod) => pod.metadata.name) as [string, string];
  const evict = (name: string) =>
    plane.ask({
      verb: 'create',
      resource: 'pods',
      subresource: 'eviction',
      namespace: 'default',
      name,
      object: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: 'default' } },
    });
  expect(evict(a).code).toBe(201);
  plane.run(50);
  expect(evict(b).code).toBe(429);
  plane.run(3000);
  expect(evict(b).code).toBe(201);
});
