import { expect, test } from 'vitest';
import { controlPlane, testNode } from '../../testing/control-plane.ts';
import { scheduler } from '../scheduler/scheduler.ts';
import { sortPorts } from './endpoints.ts';
import { endpointSliceController } from './endpointslice-controller.ts';

const rooms = { 'controller-manager/endpointslice': { room: endpointSliceController }, scheduler: { room: scheduler, args: { host: 'vm' } } };
const slices = 'endpointslices.discovery.k8s.io';
const annotation = 'endpoints.kubernetes.io/last-change-trigger-time';
const service = (spec: Record<string, unknown> = {}) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 's', labels: { team: 'a' } },
  spec: { selector: { app: 'x' }, ports: [{ port: 80 }], ...spec },
});
const pod = (name: string, port = 80) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: 'x' } },
  spec: { containers: [{ name: 'c', image: 'nginx', ports: [{ name: 'web', containerPort: port }] }] },
});

test('without pods: one slice with null endpoints and ports', () => {
  const plane = controlPlane(rooms, [testNode('worker-1')]);
  const s = plane.create(service());
  plane.run(50);
  const [slice] = plane.list(slices);
  expect(slice).toMatchObject({
    addressType: 'IPv4',
    endpoints: null,
    ports: null,
    metadata: {
      generateName: 's-',
      annotations: { [annotation]: s.metadata.creationTimestamp },
      labels: { team: 'a', 'kubernetes.io/service-name': 's', 'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io' },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Service', name: 's', uid: s.metadata.uid, controller: true, blockOwnerDeletion: true }],
    },
  });
});

test("a pod's life: ready, terminating, gone; the slice keeps its name", () => {
  const plane = controlPlane(rooms, [testNode('worker-1')]);
  plane.create(service());
  plane.run(50);
  const name = plane.list(slices)[0]?.metadata.name;
  plane.create(pod('p'));
  plane.run(2000);
  const [slice] = plane.list(slices);
  expect(slice?.metadata.name).toBe(name);
  expect(slice?.ports).toEqual([{ name: '', port: 80, protocol: 'TCP' }]);
  expect(slice?.endpoints).toMatchObject([
    { conditions: { ready: true, serving: true, terminating: false }, nodeName: 'worker-1', targetRef: { kind: 'Pod', name: 'p', namespace: 'default' } },
  ]);
  expect(slice?.metadata.annotations?.[annotation]).toBeDefined();
  plane.ask({ verb: 'delete', resource: 'pods', namespace: 'default', name: 'p' });
  plane.run(30);
  expect(plane.list(slices)[0]?.endpoints).toMatchObject([{ conditions: { ready: false, serving: true, terminating: true } }]);
  expect(plane.list(slices)[0]?.metadata.annotations).toBeUndefined();
  plane.run(2000);
  expect(plane.list(slices)).toMatchObject([{ metadata: { name }, endpoints: null, ports: null }]);
});

test('more than a hundred endpoints take two slices', () => {
  const plane = controlPlane(rooms, [testNode('a'), testNode('b')]);
  for (let i = 0; i < 130; i += 1) plane.create(pod(`p${i}`));
  plane.run(5000);
  plane.create(service());
  plane.run(100);
  expect(
    plane
      .list(slices)
      .map((slice) => slice.endpoints.length)
      .sort(),
  ).toEqual([100, 30]);
});

test('named ports of two numbers make two slices', () => {
  const plane = controlPlane(rooms, [testNode('worker-1')]);
  plane.create(service({ ports: [{ port: 80, targetPort: 'web', name: 'http' }] }));
  plane.create(pod('a', 8080));
  plane.create(pod('b', 9090));
  plane.run(3000);
  expect(
    plane
      .list(slices)
      .map((slice) => slice.ports[0].port)
      .sort(),
  ).toEqual([8080, 9090]);
});

test('publishNotReadyAddresses, headless label and hints', () => {
  const plane = controlPlane(rooms, [testNode('worker-1', {}, { 'topology.kubernetes.io/zone': 'z' })]);
  plane.create(service({ clusterIP: 'None', publishNotReadyAddresses: true }));
  plane.create({ ...service({ trafficDistribution: 'PreferClose' }), metadata: { name: 't' } });
  plane.create({ ...pod('p'), metadata: { name: 'p', labels: { app: 'x' }, annotations: { 'test/ready': 'never' } } });
  plane.create(pod('q'));
  plane.run(3000);
  const of = (name: string) => plane.list(slices).find((slice) => slice.metadata.labels?.['kubernetes.io/service-name'] === name);
  expect(of('s')?.metadata.labels).toHaveProperty(['service.kubernetes.io/headless'], '');
  expect(of('s')?.endpoints.map((e: { conditions: unknown }) => e.conditions)).toContainEqual({ ready: true, serving: false, terminating: false });
  expect(of('t')?.endpoints.map((e: { hints?: unknown }) => e.hints)).toEqual(expect.arrayContaining([{ forZones: [{ name: 'z' }] }, undefined]));
});

test('ports are listed by hash, as recorded', () => {
  const port = (name: string, number: number) => ({ name, port: number, protocol: 'TCP' });
  expect(sortPorts([port('http', 80), port('alt', 80)]).map((p) => p.name)).toEqual(['alt', 'http']);
});
