import { describe, expect, it } from 'vitest';
import { resourceById, resourceNamed, resourceOfKind, resources } from './resources.ts';

describe('resources', () => {
  it.each([
    ['po', 'pods'],
    ['Pods', 'pods'],
    ['pod', 'pods'],
    ['deploy', 'deployments.apps'],
    ['deployments.apps', 'deployments.apps'],
    ['deployments.v1.apps', 'deployments.apps'],
    ['sts', 'statefulsets.apps'],
    ['netpol', 'networkpolicies.networking.k8s.io'],
    ['pvc', 'persistentvolumeclaims'],
    ['ep', 'endpoints'],
    ['hpa', 'horizontalpodautoscalers.autoscaling'],
    ['foo', undefined],
    ['pods.apps', undefined],
    ['__proto__', undefined],
  ])('%s', (word, id) => expect(resourceNamed(word)?.id).toBe(id));

  it('[recorded] all is these', () => {
    const all = resources.filter((r) => r.categories.includes('all')).map((r) => r.id);
    expect(all.sort()).toEqual(
      [
        'cronjobs.batch',
        'daemonsets.apps',
        'deployments.apps',
        'horizontalpodautoscalers.autoscaling',
        'jobs.batch',
        'pods',
        'replicasets.apps',
        'replicationcontrollers',
        'services',
        'statefulsets.apps',
      ].sort(),
    );
  });

  it('finds kinds and ids', () => {
    expect(resourceOfKind('apps/v1', 'Deployment')).toBe(resourceById('deployments.apps'));
    expect(resourceOfKind('v1', 'Deployment')).toBeUndefined();
    expect(resourceById('leases.coordination.k8s.io')).toMatchObject({ kind: 'Lease', namespaced: true, status: false });
  });
});
