/** Fields of a pod that show in what its programs see. */
import { expect, it } from 'vitest';
import { podOf, testCluster } from '../testing/cluster.ts';

it('hostPID: the processes of the machine', () => {
  const cluster = testCluster();
  cluster.apply(podOf({ a: 'sleep 1000' }, 'hostPID: true'));
  cluster.at(5);
  const ps = cluster.kubectl('exec p -- ps').out;
  expect(ps).toMatch(/^ +1 root .* \/sbin\/init$/m);
  expect(ps).toContain('/usr/bin/kubelet ');
});

it('targetContainerName: the processes of the container that is looked into', () => {
  const cluster = testCluster();
  cluster.apply(podOf({ a: 'sleep 2000' }));
  cluster.at(5);
  cluster.kubectl('debug p -c dbg --image=busybox:1.28 --target=a -- sleep 500');
  cluster.at(10);
  const ps = cluster.kubectl('exec p -c dbg -- ps').out;
  expect(ps).toMatch(/^ +1 root .* sleep 2000$/m);
  expect(ps).toMatch(/ sleep 500$/m);
});

it('hostnameOverride goes before hostname and subdomain', () => {
  const cluster = testCluster();
  cluster.apply(podOf({ a: 'sleep 1000' }, 'hostname: one\nsubdomain: two\nhostnameOverride: other.example.org'));
  cluster.at(5);
  expect(cluster.kubectl('exec p -- hostname').out).toBe('other.example.org\n');
  expect(cluster.kubectl('exec p -- cat /etc/hosts').out).toMatch(/\tother\.example\.org\n/);
});
