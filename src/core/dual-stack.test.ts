import { describe, expect, test } from 'vitest';
import { walkPacket } from './walk.ts';
import { World } from './world.ts';

const images = ['registry.k8s.io/e2e-test-images/agnhost:2.47', 'busybox:1.36'];
const meta = (name: string) => ({ name, labels: { app: name } });
const pod = (name: string, image: string, more: object) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: meta(name),
  spec: { containers: [{ name: 'c', image, ...more }] },
});
const objects = [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: meta('web'),
    spec: {
      ipFamilyPolicy: 'RequireDualStack',
      clusterIP: '10.96.0.77',
      clusterIPs: ['10.96.0.77', 'fd00:10:96::77'],
      selector: { app: 'web' },
      ports: [{ port: 80, targetPort: 8080 }],
    },
  },
  pod('web', images[0] as string, { args: ['netexec', '--http-port=8080'] }),
  pod('client', images[1] as string, { command: ['sleep', '3600'] }),
];

describe.each(['iptables', 'ipvs', 'nftables'] as const)('a dual-stack cluster in %s mode', (proxyMode) => {
  const world = new World({ dualStack: true, proxyMode, images }, { rewinds: false });
  world.schedule(0, {
    type: 'kubectl',
    argv: ['apply', '-f', 'x.yaml'],
    namespace: 'default',
    files: { 'x.yaml': { documents: objects.map((object) => ({ object, line: 1 })) } },
  });
  world.advance(20_000);
  const kubectl = (...argv: string[]): string => {
    const { id } = world.command({ type: 'kubectl', argv, namespace: 'default', files: {} });
    world.advance(world.nowMs + 5_000);
    return world.results[id]?.out ?? '';
  };

  test('pods and slices have both families', () => {
    const ips = JSON.parse(kubectl('get', 'pod', 'web', '-o', 'jsonpath={.status.podIPs}')) as { ip: string }[];
    expect(ips.map(({ ip }) => ip)).toEqual([expect.stringMatching(/^10\.244\.\d\.\d+$/), expect.stringMatching(/^fd00:10:244:\d::\w+$/)]);
    const slices = kubectl('get', 'endpointslices', '-l', 'kubernetes.io/service-name=web', '--no-headers');
    for (const { ip } of ips) expect(slices).toMatch(new RegExp(`IPv${ip.includes(':') ? 6 : 4} +8080 +${ip} `));
  });

  test('names answer with both, and a pod reaches the Service by IPv6', () => {
    expect(kubectl('exec', 'client', '--', 'nslookup', 'web')).toContain('fd00:10:96::77');
    expect(kubectl('exec', 'client', '--', 'wget', '-T', '3', '-qO-', 'http://[fd00:10:96::77]/hostname')).toBe('web');
    const flows = world.command({
      type: 'shell',
      host: kubectl('get', 'pod', 'client', '-o', 'jsonpath={.spec.nodeName}'),
      command: 'conntrack -L -p tcp -d fd00:10:96::77',
    });
    world.advance(world.nowMs + 1_000);
    expect(world.results[flows.id]?.out).toMatch(/dst=fd00:10:96::77 sport=\d+ dport=80 src=fd00:10:244:\d::\w+ dst=fd00:10:244:\d::\w+ sport=8080/);
  });

  test('a walk to an IPv6 address starts with one', () => {
    const walk = walkPacket(world, { from: 'default/client', toIP: 'fd00:10:96::77', toPort: 80, protocol: 'tcp' });
    expect(walk.error).toBeUndefined();
    expect(walk.steps.length).toBeGreaterThan(0);
  });
});
