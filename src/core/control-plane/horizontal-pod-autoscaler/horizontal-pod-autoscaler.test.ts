import { expect, test } from 'vitest';
import { controlPlane } from '../../testing/control-plane.ts';
import { horizontalPodAutoscaler } from './horizontal-pod-autoscaler.ts';

test('bounds are kept; without metrics it says so', () => {
  const plane = controlPlane({ 'controller-manager/horizontal-pod-autoscaler': { room: horizontalPodAutoscaler } });
  plane.create({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd' },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'd' } },
      template: { metadata: { labels: { app: 'd' } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } },
    },
  });
  plane.create({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'h' },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' },
      minReplicas: 2,
      maxReplicas: 5,
      metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } }],
    },
  });
  plane.run(14_000);
  expect(plane.get('deployments.apps', 'd')?.spec.replicas).toBe(1);
  plane.run(2_000);
  expect(plane.get('deployments.apps', 'd')?.spec.replicas).toBe(2);
  expect(plane.events('h')).toEqual(['SuccessfulRescale: New size: 2; reason: Current number of replicas below Spec.MinReplicas']);
  plane.run(15_000);
  expect(plane.get('horizontalpodautoscalers.autoscaling', 'h')?.status.conditions).toContainEqual(
    expect.objectContaining({ type: 'ScalingActive', status: 'False', reason: 'FailedGetResourceMetric' }),
  );
});
