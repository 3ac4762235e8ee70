import { expect, test } from 'vitest';
import { controlPlane } from '../../testing/control-plane.ts';
import { horizontalPodAutoscaler } from './horizontal-pod-autoscaler.ts';
import { missingMetric } from './no-metrics.ts';

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

const api = {
  resource: 'unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)',
  custom: 'unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered',
};

test.each([
  [
    { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
    'FailedGetResourceMetric',
    `failed to get cpu utilization: unable to get metrics for resource cpu: ${api.resource}`,
    'failed to get cpu resource metric value: ',
  ],
  [
    { type: 'Resource', resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '10Mi' } } },
    'FailedGetResourceMetric',
    `failed to get memory usage: unable to get metrics for resource memory: ${api.resource}`,
    'failed to get memory resource metric value: ',
  ],
  [
    { type: 'ContainerResource', containerResource: { name: 'cpu', container: 'app', target: { type: 'Utilization', averageUtilization: 50 } } },
    'FailedGetContainerResourceMetric',
    `failed to get cpu utilization: unable to get metrics for resource cpu: ${api.resource}`,
    'failed to get app container metric value: ',
  ],
  [
    { type: 'Pods', pods: { metric: { name: 'requests' }, target: { type: 'AverageValue', averageValue: '1' } } },
    'FailedGetPodsMetric',
    `unable to get metric requests: ${api.custom}`,
    'failed to get pods metric value: ',
  ],
  [
    { type: 'Object', object: { metric: { name: 'rps' }, describedObject: { kind: 'Ingress', name: 'main' }, target: { type: 'Value', value: '1' } } },
    'FailedGetObjectMetric',
    `unable to get metric rps: Ingress on default main/${api.custom}`,
    'failed to get object metric value: ',
  ],
  [
    { type: 'External', external: { metric: { name: 'queue', selector: { matchLabels: { q: 'a' } } }, target: { type: 'AverageValue', averageValue: '1' } } },
    'FailedGetExternalMetric',
    'unable to get external metric default/queue/&LabelSelector{MatchLabels:map[string]string{q: a,},MatchExpressions:[]LabelSelectorRequirement{},}: unable to fetch metrics from external metrics API: the server could not find the requested resource (get queue.external.metrics.k8s.io)',
    'failed to get queue external metric value: ',
  ],
])('%j: missing in the words of its API', (metric, reason, error, value) => {
  expect(missingMetric(metric as never, 'default')).toEqual({ reason, error, value: value + error });
});
