import { describe, expect, test } from 'vitest';
import type { Container, Pod } from '../../api/types.ts';
import { cpuMax, createQOSCgroups, ensurePodCgroup, linearWeight, podCgroup, podCgroupValues, removePodCgroup } from './cgroups.ts';
import { milliCPUToShares } from './kuberuntime-config/resources.ts';
import { computePodQOS, containerOOMScoreAdjust } from './qos.ts';
import { testPod, testWorld } from './testing/managers.ts';

const pod = (...resources: object[]): Pod => testPod('p', { containers: resources.map((r, i) => ({ name: `c${i}`, image: 'x', resources: r })) });
const both = (cpu: string, memory: string) => ({ limits: { cpu, memory }, requests: { cpu, memory } });

test.each([
  ['BestEffort', pod({}, {})],
  ['BestEffort', pod({ requests: { cpu: '0' }, limits: { 'ephemeral-storage': '1Gi' } })],
  ['Guaranteed', pod(both('1', '1Gi'), both('500m', '64Mi'))],
  ['Guaranteed', pod({ limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '1000m', memory: '1024Mi' } })],
  ['Burstable', pod(both('1', '1Gi'), {})],
  ['Burstable', pod({ limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m', memory: '1Gi' } })],
  ['Burstable', pod({ limits: { memory: '1Gi' }, requests: { memory: '1Gi' } })],
  ['Guaranteed', testPod('p', { resources: both('1', '1Gi'), containers: [{ name: 'c', image: 'x' }] })],
] as const)('%s', (qos, p) => {
  expect(computePodQOS(p)).toBe(qos);
});

test.each([
  ['64Mi', 993],
  ['256Mi', 969],
  ['1Gi', 875],
  ['4Gi', 500],
  ['8Gi', 3],
  ['1Ki', 999],
])('memory request %s of 8 GiB: %i', (memory, score) => {
  const p = pod({ requests: { memory } });
  expect(containerOOMScoreAdjust(p, p.spec.containers[0] as Container, 8 * 1024 ** 3)).toBe(score);
});

test('a sidecar is not killed before the container that asks for least', () => {
  const sidecar = { name: 's', image: 'x', restartPolicy: 'Always', resources: { requests: { memory: '64Mi' } } };
  const p = testPod('p', { initContainers: [sidecar], containers: [{ name: 'c', image: 'x', resources: { requests: { memory: '1Gi' } } }] });
  expect(containerOOMScoreAdjust(p, p.spec.initContainers?.[0] as Container, 8 * 1024 ** 3)).toBe(875);
});

describe('values', () => {
  test.each([
    [0, 1],
    [100, 4],
    [250, 10],
    [500, 20],
    [1000, 39],
    [2000, 79],
    [4000, 157],
  ])('%i millicores: weight %i at the kubelet’s levels', (milli, weight) => {
    expect(linearWeight(milliCPUToShares(milli))).toBe(weight);
  });

  test('[node 30] [node 31] systemd rounds quotas up to whole percent', () => {
    expect([cpuMax('systemd', 155), cpuMax('cgroupfs', 155), cpuMax('systemd', 1000), cpuMax('systemd', 0)]).toEqual([
      '16000 100000',
      '15500 100000',
      '100000 100000',
      'max 100000',
    ]);
    expect(podCgroupValues('systemd', pod({ requests: { cpu: '500m' }, limits: { cpu: '1' } }))).toMatchObject({
      'cpu.weight': '20',
      'cpu.max': '100000 100000',
    });
  });

  test('a pod has limits only where every container has', () => {
    expect(podCgroupValues('systemd', pod(both('1', '1Gi'), both('1', '1Gi')))).toMatchObject({ 'memory.max': String(2 * 1024 ** 3) });
    expect(podCgroupValues('systemd', pod(both('1', '1Gi'), { requests: { cpu: '1' } }))).toMatchObject({ 'memory.max': 'max', 'cpu.max': 'max 100000' });
  });
});

test.each([
  ['systemd', {}, '/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-podp_uid.slice'],
  ['systemd', both('1', '1Gi'), '/kubepods.slice/kubepods-podp_uid.slice'],
  ['cgroupfs', { requests: { cpu: '1' } }, '/kubepods/burstable/podp-uid'],
  ['cgroupfs', both('1', '1Gi'), '/kubepods/podp-uid'],
] as const)('%s %j: %s', (driver, resources, path) => {
  expect(podCgroup(driver, pod(resources))).toBe(path);
});

test('[node 2] kubepods leaves out what is reserved, not the eviction threshold; pod cgroups come and go', () => {
  const world = testWorld();
  const p = pod({ requests: { cpu: '1' } });
  world.act((ctx) => {
    createQOSCgroups('systemd', { cpu: '4', memory: '8388608Ki' }, { memory: '512Mi' }, ctx);
    expect(ensurePodCgroup('systemd', p, ctx)).toBeUndefined();
    expect(ensurePodCgroup('systemd', p, ctx)).toBeUndefined();
  });
  expect(world.cgroups['/kubepods.slice']?.['memory.max']).toBe('8053063680');
  expect(world.cgroups[podCgroup('systemd', p)]?.['cpu.weight']).toBe('39');
  world.act((ctx) => removePodCgroup('systemd', p, ctx));
  expect(world.cgroups[podCgroup('systemd', p)]).toBeUndefined();
});
