import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Container, KubeObject, Pod } from '../../../api/types.ts';
import { generateContainerConfig, generatePodSandboxConfig, podSandboxConfigError, tellDNSEvents } from '../container-config.ts';
import { type TestWorld, testPod, testWorld } from '../testing/managers.ts';
import { podAdded } from '../volumemanager/volume-manager.ts';
import { makeEnvironmentVariables } from './env.ts';
import { expand, mappingFor } from './expansion.ts';
import type { PodObjects } from './objects.ts';
import { milliCPUToQuota, milliCPUToShares } from './resources.ts';

const service = (name: string, clusterIP: string, ports: object[], namespace = 'default'): KubeObject =>
  ({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec: { clusterIP, ports } }) as never;
const kubernetes = service('kubernetes', '10.96.0.1', [{ name: 'https', port: 443, protocol: 'TCP' }]);

const objects: PodObjects = {
  configMap: (_ns, name) =>
    name === 'cm' ? { object: { data: { A: '1', 'b=c': '2' } } as never } : { error: `configmap "${name}" not found`, notFound: true },
  secret: (_ns, name) => (name === 's' ? { object: { data: { P: 'cHc=' } } as never } : { error: `secret "${name}" not found`, notFound: true }),
};

function envOf(container: Partial<Container>, services: KubeObject[] = [], spec: object = {}, namespace = 'default') {
  const whole = { name: 'c', image: 'x', ...container } as Container;
  const pod = testPod('p', { containers: [whole], ...spec }, { namespace, labels: { a: '1' } });
  return makeEnvironmentVariables({
    pod,
    container: whole,
    host: { nodeName: 'worker-1', hostIPs: ['10.0.0.11'], podIPs: ['10.244.1.5'] },
    objects,
    services: Object.fromEntries(services.map((s) => [`${s.metadata.namespace}/${s.metadata.name}`, s])),
    allocatable: { cpu: '4', memory: '8286208Ki' },
  });
}

describe('environment', () => {
  test('the KUBERNETES_ variables are those of the recording', () => {
    const recorded = JSON.parse(readFileSync('fixtures/recordings/pod-lifecycle/projected-token.json', 'utf8'));
    const out: string = recorded.steps.find((s: { kubectl?: string }) => s.kubectl === 'exec p -- env').out;
    const answer = envOf({}, [kubernetes], { enableServiceLinks: false }, 'elsewhere');
    if ('error' in answer) throw new Error(answer.error);
    const mine = Object.entries(answer.env).map(([k, v]) => `${k}=${v}`);
    expect(mine.sort()).toEqual(
      out
        .split('\n')
        .filter((line) => line.startsWith('KUBERNETES_'))
        .sort(),
    );
  });

  test('services of the namespace, with links; headless ones and other namespaces not', () => {
    const web = service('my-web', '10.96.1.2', [
      { name: 'http', port: 80 },
      { port: 53, protocol: 'UDP', name: 'dns-udp' },
    ]);
    const answer = envOf({}, [web, service('h', 'None', [{ port: 1 }]), service('o', '10.96.1.3', [{ port: 1 }], 'other')]);
    expect(answer).toEqual({
      events: [],
      env: {
        MY_WEB_SERVICE_HOST: '10.96.1.2',
        MY_WEB_SERVICE_PORT: '80',
        MY_WEB_SERVICE_PORT_HTTP: '80',
        MY_WEB_SERVICE_PORT_DNS_UDP: '53',
        MY_WEB_PORT: 'tcp://10.96.1.2:80',
        MY_WEB_PORT_80_TCP: 'tcp://10.96.1.2:80',
        MY_WEB_PORT_80_TCP_PROTO: 'tcp',
        MY_WEB_PORT_80_TCP_PORT: '80',
        MY_WEB_PORT_80_TCP_ADDR: '10.96.1.2',
        MY_WEB_PORT_53_UDP: 'udp://10.96.1.2:53',
        MY_WEB_PORT_53_UDP_PROTO: 'udp',
        MY_WEB_PORT_53_UDP_PORT: '53',
        MY_WEB_PORT_53_UDP_ADDR: '10.96.1.2',
      },
    });
  });

  test('values: fields, resources, references in order, env over envFrom', () => {
    const answer = envOf({
      envFrom: [{ prefix: 'X_', configMapRef: { name: 'cm' } }, { secretRef: { name: 's' } }, { configMapRef: { name: 'none', optional: true } }],
      env: [
        { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
        { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
        { name: 'LABEL', valueFrom: { fieldRef: { fieldPath: "metadata.labels['a']" } } },
        { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
        { name: 'CPU_M', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '1m' } } },
        { name: 'MEM', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
        { name: 'REQ', valueFrom: { resourceFieldRef: { resource: 'requests.memory' } } },
        { name: 'P', value: 'over' },
        { name: 'URL', value: 'http://$(IP):$(X_A)/$(NOPE)$$(IP)' },
        { name: 'NO', valueFrom: { configMapKeyRef: { name: 'cm', key: 'zz', optional: true } } },
      ],
      resources: { limits: { cpu: '250m' } },
    });
    expect(answer).toMatchObject({
      env: {
        X_A: '1',
        P: 'over',
        IP: '10.244.1.5',
        NODE: 'worker-1',
        LABEL: '1',
        CPU: '1',
        CPU_M: '250',
        MEM: '8092',
        REQ: '0',
        URL: 'http://10.244.1.5:1/$(NOPE)$(IP)',
      },
      events: ['Keys [X_b=c] from the EnvFrom configMap default/cm were skipped since they are considered invalid environment variable names.'],
    });
    expect('env' in answer && 'NO' in answer.env).toBe(false);
  });

  test.each([
    [{ envFrom: [{ configMapRef: { name: 'none' } }] }, 'configmap "none" not found'],
    [{ env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'none', key: 'k' } } }] }, 'secret "none" not found'],
    [{ env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'cm', key: 'k' } } }] }, "couldn't find key k in ConfigMap default/cm"],
    [{ env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] }, "couldn't find key k in Secret default/s"],
  ])('%j', (container, error) => {
    expect(envOf(container)).toEqual({ error });
  });
});

test.each([
  ['$(VAR_A)-1', 'A-1'],
  ['foo-$(UNKNOWN)', 'foo-$(UNKNOWN)'],
  ['$$(VAR_A)', '$(VAR_A)'],
  ['$$$(VAR_A)', '$A'],
  ['$(VAR_A', '$(VAR_A'],
  ['$VAR_A$', '$VAR_A$'],
  ['$(VAR_A)$(VAR_B)', 'AB'],
  ['$(VAR_REF)', '$(VAR_A)'],
  ['f000-$$VAR_A', 'f000-$VAR_A'],
])('expand %j', (input, output) => {
  expect(expand(input, mappingFor({ VAR_A: 'A', VAR_B: 'B', VAR_REF: '$(VAR_A)' }))).toBe(output);
});

test.each([
  [0, 2, 0],
  [100, 102, 10_000],
  [250, 256, 25_000],
  [1, 2, 1000],
  [155, 158, 15_500],
  [4000, 4096, 400_000],
  [1_000_000, 262_144, 100_000_000],
])('%i millicores: %i shares, quota %i', (milli, shares, quota) => {
  expect([milliCPUToShares(milli), milliCPUToQuota(milli)]).toEqual([shares, quota]);
});

const image = (user: object) => ({
  rpc: 'ImageStatus',
  response: { image: { id: 'sha256:1', repoTags: [], repoDigests: [], size: 1, pinned: false, ...user } },
});

function configOf(pod: Pod, user: object = {}, before?: (w: TestWorld) => void) {
  const world = testWorld({ cri: () => image(user) });
  before?.(world);
  world.state.pods[pod.metadata.uid] = pod;
  world.act((ctx) => podAdded(world.state, pod, ctx));
  world.run(400);
  const container = pod.spec.containers[0] as Container;
  return { world, answer: world.act((ctx) => generateContainerConfig(world.state, pod, container, 2, ['10.244.1.5'], 'sha256:1', ctx)) };
}
const one = (container: object, spec: object = {}, metadata: object = {}): Pod =>
  testPod('p', { containers: [{ name: 'c', image: 'busybox:1.28', ...container }], ...spec }, metadata);

describe('container config', () => {
  test('command and arguments are expanded; names, log path, annotations, resources', () => {
    const pod = one({
      command: ['sh', '-c', 'echo $(A) $(B)'],
      args: ['$(A)'],
      env: [{ name: 'A', value: 'x' }],
      workingDir: '/w',
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
      resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '128Mi' } },
    });
    const { answer, world } = configOf(pod);
    if ('error' in answer) throw new Error(answer.error.message);
    const { config } = answer;
    expect(config).toMatchObject({
      metadata: { name: 'c', attempt: 2 },
      command: ['sh', '-c', 'echo x $(B)'],
      args: ['x'],
      workingDir: '/w',
      logPath: 'c/2.log',
      labels: {
        'io.kubernetes.container.name': 'c',
        'io.kubernetes.pod.name': 'p',
        'io.kubernetes.pod.namespace': 'default',
        'io.kubernetes.pod.uid': 'p-uid',
      },
    });
    expect(config.annotations).toMatchObject({
      'io.kubernetes.container.restartCount': '2',
      'io.kubernetes.container.terminationMessagePath': '/dev/termination-log',
    });
    expect(config.linux.resources).toMatchObject({ cpuShares: 102, cpuQuota: 0, memoryLimitInBytes: 134_217_728, oomScoreAdj: 993 });
    expect(config.mounts.map((m) => m.containerPath)).toEqual(['/etc/hosts', '/dev/termination-log']);
    expect(world.fs.serve({ type: 'Fs', op: 'read', path: '/var/lib/kubelet/pods/p-uid/etc-hosts' }).text).toBe(
      '# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n10.244.1.5\tp\n',
    );
    expect(config.mounts[1]?.hostPath).toMatch(/^\/var\/lib\/kubelet\/pods\/p-uid\/containers\/c\/[0-9a-f]{8}$/);
  });

  test.each([
    [{ runAsNonRoot: true }, {}, 'container has runAsNonRoot and image will run as root (pod: "p_default(p-uid)", container: c)'],
    [{ runAsNonRoot: true }, { uid: 0 }, 'container has runAsNonRoot and image will run as root (pod: "p_default(p-uid)", container: c)'],
    [
      { runAsNonRoot: true },
      { username: 'nginx' },
      'container has runAsNonRoot and image has non-numeric user (nginx), cannot verify user is non-root (pod: "p_default(p-uid)", container: c)',
    ],
    [{ runAsNonRoot: true, runAsUser: 0 }, { uid: 5 }, 'container\'s runAsUser breaks non-root policy (pod: "p_default(p-uid)", container: c)'],
    [{ runAsNonRoot: true }, { uid: 1000 }, undefined],
    [{ runAsNonRoot: true, runAsUser: 7 }, {}, undefined],
  ])('%j, image %j', (securityContext, user, message) => {
    const { answer } = configOf(one({ securityContext }), user);
    if (message === undefined) expect(answer).toHaveProperty('config');
    else expect(answer).toEqual({ error: { reason: 'CreateContainerConfigError', message } });
  });

  test('the pod’s security context, and the container’s above it', () => {
    const { answer } = configOf(
      one(
        { securityContext: { runAsUser: 8, readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } },
        {
          securityContext: { runAsUser: 7, runAsGroup: 9, fsGroup: 2000, supplementalGroups: [3000], seccompProfile: { type: 'RuntimeDefault' } },
          hostPID: true,
        },
      ),
    );
    expect('config' in answer && answer.config.linux.securityContext).toEqual({
      privileged: false,
      readonlyRootfs: true,
      noNewPrivs: true,
      runAsUser: 8,
      runAsGroup: 9,
      supplementalGroups: [2000, 3000],
      namespaceOptions: { network: 'POD', pid: 'NODE', ipc: 'POD' },
      seccomp: 'RuntimeDefault',
      apparmor: 'RuntimeDefault',
      capabilities: { add: [], drop: ['ALL'] },
    });
  });

  const cm = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'm', namespace: 'default', uid: 'm', resourceVersion: '1' },
    data: { k: 'one' },
  } as never;

  test('mounts: read-only kinds, subPath copies that stay, subPathExpr, propagation', () => {
    const pod = one(
      {
        env: [{ name: 'WHO', value: 'me' }],
        volumeMounts: [
          { name: 'cm', mountPath: '/v' },
          { name: 'cm', mountPath: '/s/k', subPath: 'k' },
          { name: 'e', mountPath: '/e', subPathExpr: 'logs/$(WHO)', mountPropagation: 'HostToContainer' },
        ],
      },
      {
        volumes: [
          { name: 'cm', configMap: { name: 'm' } },
          { name: 'e', emptyDir: {} },
        ],
      },
    );
    const { answer, world } = configOf(pod, {}, (w) => w.put('configmaps', cm));
    if ('error' in answer) throw new Error(answer.error.message);
    const [whole, key, sub] = answer.config.mounts;
    expect(whole).toMatchObject({ containerPath: '/v', readonly: true, name: 'cm' });
    expect(key?.hostPath).toBe('/var/lib/kubelet/pods/p-uid/volume-subpaths/cm/c/1');
    expect(world.fs.serve({ type: 'Fs', op: 'read', path: key?.hostPath as string }).text).toBe('one');
    expect(sub).toMatchObject({
      hostPath: '/var/lib/kubelet/pods/p-uid/volumes/kubernetes.io~empty-dir/e/logs/me',
      readonly: false,
      propagation: 'PROPAGATION_HOST_TO_CONTAINER',
    });
    expect(world.fs.serve({ type: 'Fs', op: 'stat', path: sub?.hostPath as string }).stat?.mode.toString(8)).toBe('777');
  });

  test.each([
    [{ subPathExpr: '$(NOPE)' }, 'missing value for "NOPE"'],
    [{ subPath: '../x' }, "unable to provision SubPath `../x`: must not contain '..'"],
    [{ subPath: '/x' }, 'error SubPath `/x` must not be an absolute path'],
  ])('%j', (mount, message) => {
    const { answer } = configOf(one({ volumeMounts: [{ name: 'e', mountPath: '/e', ...mount }] }, { volumes: [{ name: 'e', emptyDir: {} }] }));
    expect(answer).toEqual({ error: { reason: 'CreateContainerConfigError', message } });
  });
});

describe('sandbox config', () => {
  const sandbox = (spec: object, args: object = {}, host = 'nameserver 1.1.1.1\nsearch corp.example\noptions edns0\n') => {
    const world = testWorld({ args });
    world.fs.serve({ type: 'Fs', op: 'mkdir', path: '/etc' });
    world.fs.serve({ type: 'Fs', op: 'write', path: '/etc/resolv.conf', text: host });
    const pod = testPod('p', spec, { labels: { a: '1' } });
    const config = world.act((ctx) => {
      tellDNSEvents(world.state, pod, ctx);
      return generatePodSandboxConfig(world.state, pod, 1, ctx);
    });
    world.run(10);
    return { config, events: world.events.map((e) => `${e.reason}: ${e.message}`), error: podSandboxConfigError(world.state, pod) };
  };
  const cluster = ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'corp.example'];
  const own = { nameservers: ['9.9.9.9'], searches: ['x.example'], options: [{ name: 'ndots', value: '2' }, { name: 'rotate' }] };

  test.each([
    ['ClusterFirst', { dnsPolicy: 'ClusterFirst' }, { servers: ['10.96.0.10'], searches: cluster, options: ['ndots:5'] }],
    ['ClusterFirst, host network', { dnsPolicy: 'ClusterFirst', hostNetwork: true }, { servers: ['1.1.1.1'], searches: ['corp.example'], options: ['edns0'] }],
    [
      'ClusterFirstWithHostNet',
      { dnsPolicy: 'ClusterFirstWithHostNet', hostNetwork: true },
      { servers: ['10.96.0.10'], searches: cluster, options: ['ndots:5'] },
    ],
    ['Default', { dnsPolicy: 'Default' }, { servers: ['1.1.1.1'], searches: ['corp.example'], options: ['edns0'] }],
    ['None', { dnsPolicy: 'None', dnsConfig: own }, { servers: ['9.9.9.9'], searches: ['x.example'], options: ['ndots:2', 'rotate'] }],
    [
      'ClusterFirst with dnsConfig',
      { dnsPolicy: 'ClusterFirst', dnsConfig: own },
      { servers: ['10.96.0.10', '9.9.9.9'], searches: [...cluster, 'x.example'], options: ['ndots:2', 'rotate'] },
    ],
  ])('%s', (_case, spec, dns) => {
    expect(sandbox(spec)).toMatchObject({ config: { dnsConfig: dns }, events: [] });
  });

  test('limits are told with what was applied', () => {
    const many = { nameservers: ['2.2.2.2', '3.3.3.3', '4.4.4.4'], searches: Array.from({ length: 31 }, (_, i) => `s${i}`) };
    const { config, events } = sandbox({ dnsConfig: many });
    expect(config.dnsConfig.servers).toEqual(['10.96.0.10', '2.2.2.2', '3.3.3.3']);
    expect(config.dnsConfig.searches).toHaveLength(32);
    expect(events).toEqual([
      'DNSConfigForming: Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: 10.96.0.10 2.2.2.2 3.3.3.3',
      `DNSConfigForming: Search Line limits were exceeded, some search paths have been omitted, the applied search line is: ${config.dnsConfig.searches.join(' ')}`,
    ]);
  });

  test('no cluster DNS: configured as empty it is warned of, as absent it is the node’s', () => {
    expect(sandbox({}, { clusterDNS: '' }).events).toHaveLength(2);
    expect(sandbox({}, { clusterDNS: null })).toMatchObject({ events: [], config: { dnsConfig: { servers: ['1.1.1.1'] } } });
  });

  test('names', () => {
    expect(sandbox({ hostname: 'h', subdomain: 's' }).config.hostname).toBe('h');
    expect(sandbox({ hostname: 'h', subdomain: 's', setHostnameAsFQDN: true }).config.hostname).toBe('h.s.default.svc.cluster.local');
    expect(sandbox({ hostname: 'h'.repeat(60), subdomain: 's', setHostnameAsFQDN: true }).error).toBe(
      `failed to construct FQDN from pod hostname and cluster domain, FQDN ${'h'.repeat(60)}.s.default.svc.cluster.local is too long (64 characters is the max, 88 characters requested)`,
    );
    expect(sandbox({ hostNetwork: true }).config.hostname).toBe('');
  });

  test('namespaces, ports, cgroup parent, logs', () => {
    const { config } = sandbox({
      shareProcessNamespace: true,
      containers: [{ name: 'c', image: 'x', ports: [{ containerPort: 80, hostPort: 8080 }] }],
      securityContext: { sysctls: [{ name: 'net.core.somaxconn', value: '10' }] },
    });
    expect(config).toMatchObject({
      logDirectory: '/var/log/pods/default_p_p-uid',
      portMappings: [{ protocol: 'TCP', containerPort: 80, hostPort: 8080, hostIp: '' }],
      labels: { a: '1', 'io.kubernetes.pod.name': 'p' },
      linux: {
        cgroupParent: '/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-podp_uid.slice',
        securityContext: { namespaceOptions: { network: 'POD', pid: 'POD', ipc: 'POD' } },
        sysctls: { 'net.core.somaxconn': '10' },
      },
    });
    expect(sandbox({}, { cgroupDriver: 'cgroupfs' }).config.linux.cgroupParent).toBe('/kubepods/besteffort/podp-uid');
  });
});
