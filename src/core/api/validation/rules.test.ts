import { describe, expect, it } from 'vitest';
import type { Loose } from './meta.ts';
import { container, cronJob, job, of, pod, service, withContainer, workload } from './testing/manifests.ts';
import { refusals } from './testing/refusals.ts';

const cases: Record<string, [manifest: Loose, ...errors: string[]][]> = {
  services: [
    [service({ ports: [{ port: 80 }, { port: 81 }] }), 'spec.ports[0].name: Required value', 'spec.ports[1].name: Required value'],
    [
      service({
        ports: [
          { port: 80, name: 'a' },
          { port: 80, name: 'b' },
        ],
      }),
      'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}',
    ],
    [
      service({ type: 'LoadBalancer', clusterIP: 'None', ports: [{ port: 80 }] }),
      'spec.clusterIPs[0]: Invalid value: "None": may not be set to \'None\' for LoadBalancer services',
    ],
    [
      service({
        type: 'NodePort',
        ports: [
          { port: 80, nodePort: 30000, name: 'a' },
          { port: 81, nodePort: 30000, name: 'b' },
        ],
      }),
      'spec.ports[1].nodePort: Duplicate value: 30000',
    ],
    [
      service({ externalIPs: ['127.0.0.1'], ports: [{ port: 80 }] }),
      'spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
    ],
    [
      service({ loadBalancerSourceRanges: ['10.0.0.1/8'], type: 'LoadBalancer', ports: [{ port: 80 }] }),
      'spec.LoadBalancerSourceRanges[0]: Invalid value: "10.0.0.1/8": must not have bits set beyond the prefix length',
    ],
    [
      service({ loadBalancerSourceRanges: ['10.0.0.0/33'], ports: [{ port: 80 }] }),
      "spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'",
      'spec.LoadBalancerSourceRanges[0]: Invalid value: "10.0.0.0/33": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ],
    [
      service({ trafficDistribution: 'X', ports: [{ port: 80 }] }),
      'spec.trafficDistribution: Unsupported value: "X": supported values: "PreferClose", "PreferSameNode", "PreferSameZone"',
    ],
    [service({ sessionAffinity: 'X', ports: [{ port: 80 }] }), 'spec.sessionAffinity: Unsupported value: "X": supported values: "ClientIP", "None"'],
    [service({ clusterIP: '010.96.0.1', ports: [{ port: 80 }] }), 'spec.clusterIPs[0]: Invalid value: "010.96.0.1": must not have leading 0s'],
    [service({ ports: [{ port: 80, targetPort: 'a--b' }] }), 'spec.ports[0].targetPort: Invalid value: "a--b": must not contain consecutive hyphens'],
  ],
  workloads: [
    [workload('Deployment', { selector: {} }), 'spec.selector: Invalid value: {}: empty selector is invalid for deployment'],
    [
      workload('Deployment', { strategy: { type: 'Recreate', rollingUpdate: { maxSurge: 1 } } }),
      "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
    ],
    [
      workload('Deployment', { strategy: { rollingUpdate: { maxUnavailable: '101%', maxSurge: 'x' } } }),
      "spec.strategy.rollingUpdate.maxSurge: Invalid value: \"x\": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%',
    ],
    [
      workload('Deployment', { progressDeadlineSeconds: 5, minReadySeconds: 5 }),
      'spec.progressDeadlineSeconds: Invalid value: 5: must be greater than minReadySeconds',
    ],
    [
      workload('Deployment', { selector: { matchExpressions: [{ key: 'a', operator: 'Is' }] } }),
      'spec.selector.matchExpressions[0].operator: Invalid value: "Is": not a valid selector operator',
      'spec.selector: Invalid value: {"matchExpressions":[{"key":"a","operator":"Is"}]}: invalid label selector',
    ],
    [
      workload('DaemonSet', { updateStrategy: { rollingUpdate: { maxUnavailable: 1, maxSurge: 1 } } }),
      'spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero',
    ],
    [workload('StatefulSet', { podManagementPolicy: 'X' }), "spec.podManagementPolicy: Invalid value: \"X\": must be 'OrderedReady' or 'Parallel'"],
    [
      workload('StatefulSet', { selector: undefined }),
      'spec.selector: Required value',
      'spec.template.metadata.labels: Invalid value: {"a":"b"}: `selector` does not match template `labels`',
    ],
    [
      workload('ReplicaSet', { template: { metadata: { labels: { a: 'b' } }, spec: { containers: [container()], activeDeadlineSeconds: 1 } } }),
      'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported',
    ],
  ],
  jobs: [
    [job({}, { restartPolicy: 'Always' }), 'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
    [job({ parallelism: -1 }), 'spec.parallelism: Invalid value: -1: must be greater than or equal to 0'],
    [job({ completionMode: 'Indexed', parallelism: 1 }), 'spec.completions: Required value: when completion mode is Indexed'],
    [job({ backoffLimitPerIndex: 1 }), 'spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode'],
    [cronJob({ schedule: '* * * *' }), 'spec.schedule: Invalid value: "* * * *": expected exactly 5 fields, found 4: [* * * *]'],
    [cronJob({ schedule: '60 * * * *' }), 'spec.schedule: Invalid value: "60 * * * *": end of range (60) above maximum (59): 60'],
    [cronJob({ schedule: '*/0 * * * *' }), 'spec.schedule: Invalid value: "*/0 * * * *": step of range should be a positive number: */0'],
    [cronJob({ schedule: 'a * * * *' }), 'spec.schedule: Invalid value: "a * * * *": failed to parse int from a: strconv.Atoi: parsing "a": invalid syntax'],
    [cronJob({ schedule: '@often' }), 'spec.schedule: Invalid value: "@often": unrecognized descriptor: @often'],
    [cronJob({ schedule: '0 0 * JAN-dec sun' })],
    [cronJob({ schedule: '' }), 'spec.schedule: Required value'],
    [
      cronJob({ schedule: 'TZ=UTC * * * * *' }),
      'spec.schedule: Invalid value: "TZ=UTC * * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
    ],
    [cronJob({ timeZone: 'Mars/Base' }), 'spec.timeZone: Invalid value: "Mars/Base": unknown time zone Mars/Base'],
    [cronJob({ concurrencyPolicy: 'X' }), 'spec.concurrencyPolicy: Unsupported value: "X": supported values: "Allow", "Forbid", "Replace"'],
    [cronJob({}, 'a'.repeat(53)), `metadata.name: Invalid value: "${'a'.repeat(53)}": must be no more than 52 characters`],
  ],
  'other kinds': [
    [of('v1', 'ConfigMap', { data: { '..a': '' } }), 'data[..a]: Invalid value: "..a": must not start with \'..\''],
    [of('v1', 'ConfigMap', { data: { a: 'x' }, binaryData: { a: 'eA==' } }), 'data[a]: Invalid value: "a": duplicate of key present in binaryData'],
    [of('v1', 'ConfigMap', { data: { a: 'x'.repeat(1048577) } }), '[]: Too long: may not be more than 1048576 bytes'],
    [of('v1', 'Secret', { type: 'kubernetes.io/tls', stringData: { 'tls.crt': 'x' } }), 'data[tls.key]: Required value'],
    [
      of('v1', 'Secret', { type: 'kubernetes.io/dockerconfigjson', stringData: { '.dockerconfigjson': 'x' } }),
      'data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": invalid character \'x\' looking for beginning of value',
    ],
    [
      of('v1', 'PersistentVolumeClaim', { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '0' } } } }),
      'spec.resources[storage]: Invalid value: "0": must be greater than zero',
    ],
    [
      of('v1', 'PersistentVolume', { spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'] } }),
      'spec: Required value: must specify a volume type',
    ],
    [
      of('v1', 'PersistentVolume', { spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], local: { path: '/a' } } }),
      'spec.nodeAffinity: Required value: Local volume requires node affinity',
    ],
    [
      of('storage.k8s.io/v1', 'StorageClass', { provisioner: '', reclaimPolicy: 'Keep' }),
      'provisioner: Required value',
      'reclaimPolicy: Unsupported value: "Keep": supported values: "Delete", "Retain"',
    ],
    [
      of('networking.k8s.io/v1', 'NetworkPolicy', { spec: { podSelector: {}, egress: [{ to: [{}], ports: [{ endPort: 2 }] }] } }),
      'spec.egress[0].ports[0].endPort: Invalid value: 2: may not be specified when `port` is not specified',
      'spec.egress[0].to[0]: Required value: must specify a peer',
    ],
    [of('networking.k8s.io/v1', 'Ingress', { spec: {} }), 'spec: Invalid value: null: either `defaultBackend` or `rules` must be specified'],
    [
      of('networking.k8s.io/v1', 'Ingress', {
        spec: { rules: [{ host: '1.2.3.4', http: { paths: [{ path: 'x', pathType: 'Prefix', backend: { service: { name: 's' } } }] } }] },
      }),
      'spec.rules[0].host: Invalid value: "1.2.3.4": must be a DNS name, not an IP address',
      'spec.rules[0].http.paths[0].path: Invalid value: "x": must be an absolute path',
      'spec.rules[0].http.paths[0].backend: Required value: port name or number is required',
    ],
    [
      of('policy/v1', 'PodDisruptionBudget', { spec: { minAvailable: 1, maxUnavailable: '200%' } }),
      'spec: Invalid value: {"MinAvailable":1,"Selector":null,"MaxUnavailable":"200%","UnhealthyPodEvictionPolicy":null}: minAvailable and maxUnavailable cannot be both set',
      'spec.maxUnavailable: Invalid value: "200%": must not be greater than 100%',
    ],
    [
      of('autoscaling/v2', 'HorizontalPodAutoscaler', { spec: { minReplicas: 5, maxReplicas: 2, scaleTargetRef: { kind: 'Deployment', name: '' } } }),
      'spec.maxReplicas: Invalid value: 2: must be greater than or equal to `minReplicas`',
      'spec.scaleTargetRef.name: Required value',
    ],
    [
      of('v1', 'LimitRange', { spec: { limits: [{ type: 'Pod', max: { cpu: '1' }, min: { cpu: '2' } }] } }),
      'spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1',
    ],
    [
      of('v1', 'ResourceQuota', { spec: { hard: { widgets: 1 } } }),
      'spec.hard[widgets]: Invalid value: "widgets": must be a standard resource type or fully qualified',
      'spec.hard[widgets]: Invalid value: "widgets": must be a standard resource for quota',
    ],
    [of('scheduling.k8s.io/v1', 'PriorityClass', { value: 1000000001 }), 'value: Forbidden: maximum allowed value of a user defined priority is 1000000000'],
    [
      of('discovery.k8s.io/v1', 'EndpointSlice', { addressType: 'IPv4', endpoints: [{ addresses: ['::1'] }], ports: [] }),
      'endpoints[0].addresses[0]: Invalid value: "::1": must be an IPv4 address',
      'endpoints[0].addresses[0]: Invalid value: "::1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
    ],
    [
      of('rbac.authorization.k8s.io/v1', 'Role', { rules: [{ verbs: ['get'] }] }),
      'rules[0].apiGroups: Required value: resource rules must supply at least one api group',
      'rules[0].resources: Required value: resource rules must supply at least one resource',
    ],
  ],
};

for (const [group, rows] of Object.entries(cases)) {
  describe(group, () => {
    rows.forEach(([manifest, ...errors], i) => {
      it(`${i}: ${errors[0]?.slice(0, 100) ?? 'valid'}`, () => {
        expect(refusals(manifest)).toEqual(errors);
      });
    });
  });
}

describe('large manifests are judged without a quadratic step', () => {
  const many = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));
  it.each<[string, Loose, number]>([
    ['10 000 variables', withContainer({ env: many(10000, (i) => ({ name: `A${i}`, value: 'x' })) }), 0],
    ['1 000 containers', pod({ containers: many(1000, (i) => container({ name: `c${i}`, ports: [{ containerPort: i + 1 }] })) }), 0],
    [
      '5 000 mounts of 5 000 volumes',
      withContainer({ volumeMounts: many(5000, (i) => ({ name: `v${i}`, mountPath: `/m${i}` })) }, { volumes: many(5000, (i) => ({ name: `v${i}` })) }),
      0,
    ],
    ['20 000 ports', service({ ports: many(20000, (i) => ({ name: `p${i}`, port: i + 1 })) }), 0],
    ['a hostile name', pod({}, { name: `${'a-'.repeat(100000)}!` }), 2],
    ['a hostile schedule', cronJob({ schedule: `${'1-'.repeat(50000)} * * * *` }), 1],
  ])('%s', (_, manifest, errors) => {
    expect(refusals(manifest)).toHaveLength(errors);
  });
});
