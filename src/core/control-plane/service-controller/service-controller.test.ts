import { expect, test } from 'vitest';
import { controlPlane } from '../../testing/control-plane.ts';
import { endpointSliceMirroringController } from '../endpointslicemirroring-controller/endpointslicemirroring-controller.ts';
import { serviceController } from './service-controller.ts';

const balancer = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { type: 'LoadBalancer', selector: { a: 'b' }, ports: [{ port: 80 }] },
});

test('with a cloud each LoadBalancer gets an address of its own, and gives it back', () => {
  const plane = controlPlane({ 'controller-manager/service': { room: serviceController, args: { cloud: true } } });
  plane.create(balancer('a'));
  plane.create(balancer('b'));
  plane.run(3000);
  const ip = (name: string) => plane.get('services', name)?.status.loadBalancer.ingress?.[0]?.ip;
  expect(ip('a')).toMatch(/^203\.0\.113\.\d+$/);
  expect(ip('a')).not.toBe(ip('b'));
  expect(plane.events('a')).toEqual(['EnsuringLoadBalancer: Ensuring load balancer', 'EnsuredLoadBalancer: Ensured load balancer']);
  plane.ask({ verb: 'delete', resource: 'services', namespace: 'default', name: 'a' });
  plane.run(100);
  expect(plane.get('services', 'a')).toBeUndefined();
});

test('without a cloud it stays pending', () => {
  const plane = controlPlane({ 'controller-manager/service': { room: serviceController, args: { cloud: false } } });
  plane.create(balancer('a'));
  plane.run(10_000);
  expect(plane.get('services', 'a')?.status.loadBalancer.ingress).toBeUndefined();
});

test('Endpoints made by hand are mirrored', () => {
  const plane = controlPlane({ 'controller-manager/endpointslicemirroring': { room: endpointSliceMirroringController } });
  plane.create({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'x' }, spec: { ports: [{ port: 80 }] } });
  plane.create({ apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'x' }, subsets: [{ addresses: [{ ip: '192.0.2.1' }], ports: [{ port: 8080 }] }] });
  plane.run(100);
  expect(plane.list('endpointslices.discovery.k8s.io')).toMatchObject([
    {
      metadata: { labels: { 'kubernetes.io/service-name': 'x', 'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io' } },
      endpoints: [{ addresses: ['192.0.2.1'], conditions: { ready: true } }],
      ports: [{ name: '', port: 8080, protocol: 'TCP' }],
    },
  ]);
});
