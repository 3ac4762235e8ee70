import { describe, expect, it } from 'vitest';
import type { Loose } from './meta.ts';
import { container, of, pod, withContainer } from './testing/manifests.ts';
import { refusals } from './testing/refusals.ts';

const label63 = 'a'.repeat(63);
const cases: Record<string, [manifest: Loose, ...errors: string[]][]> = {
  names: [
    [pod({}, { name: 'a'.repeat(254) }), `metadata.name: Invalid value: "${'a'.repeat(254)}": must be no more than 253 characters`],
    [pod({}, { name: label63 })],
    [withContainer({ name: 'a.b' }), 'spec.containers[0].name: Invalid value: "a.b": must not contain dots'],
    [
      pod({}, { labels: { 'a/b/c': '' } }),
      `metadata.labels: Invalid value: "a/b/c": a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ],
    [pod({}, { labels: { '/b': '' } }), 'metadata.labels: Invalid value: "/b": prefix part must be non-empty'],
    [pod({}, { labels: { a: 'b'.repeat(64) } }), `metadata.labels: Invalid value: "${'b'.repeat(64)}": must be no more than 63 characters`],
    [pod({}, { annotations: { A: 'x'.repeat(262143) } })],
    [pod({}, { annotations: { A: 'x'.repeat(262144) } }), 'metadata.annotations: Too long: may not be more than 262144 bytes'],
    [pod({}, { finalizers: ['x'] }), 'metadata.finalizers[0]: Invalid value: "x": name is neither a standard finalizer name nor is it fully qualified'],
    [of('v1', 'Namespace', { metadata: { name: 'a.b' } }), 'metadata.name: Invalid value: "a.b": must not contain dots'],
  ],
  containers: [
    [withContainer({ image: ' i' }), 'spec.containers[0].image: Invalid value: " i": must not have leading or trailing whitespace'],
    [
      withContainer({ imagePullPolicy: 'Sometimes' }),
      'spec.containers[0].imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"',
    ],
    [
      withContainer({ terminationMessagePolicy: 'X' }),
      'spec.containers[0].terminationMessagePolicy: Unsupported value: "X": supported values: "File", "FallbackToLogsOnError"',
    ],
    [
      withContainer({ restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [1] } }] }),
      'spec.containers[0].restartPolicy: Required value: must specify restartPolicy when restart rules are used',
    ],
    [
      withContainer({ restartPolicy: 'Never', restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'Is', values: [1] } }] }),
      'spec.containers[0].restartPolicyRules[0].exitCodes.operator: Unsupported value: "Is": supported values: "In", "NotIn"',
    ],
    [pod({ initContainers: [container()] }), 'spec.initContainers[0].name: Duplicate value: "c"'],
    [pod({ initContainers: [container({ name: 'i', restartPolicy: 'Always', readinessProbe: { tcpSocket: { port: 1 } } })] })],
    [
      pod({ ephemeralContainers: [container({ name: 'e', ports: [{ containerPort: 1 }] })] }),
      'spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral Container',
      'spec.ephemeralContainers: Forbidden: cannot be set on create',
    ],
    [
      withContainer({ ports: [{ containerPort: 80, name: 'a-very-long-name' }] }),
      'spec.containers[0].ports[0].name: Invalid value: "a-very-long-name": must be no more than 15 characters',
    ],
    [
      withContainer({ ports: [{ containerPort: 80, hostPort: 81 }] }, { hostNetwork: true }),
      'spec.containers[0].ports[0].hostPort: Invalid value: 81: must match `containerPort` when `hostNetwork` is true',
    ],
    [
      withContainer({ lifecycle: { stopSignal: 'SIGUSR1' } }),
      'spec.containers[0].lifecycle.stopSignal: Forbidden: may not be set for containers with empty `spec.os.name`',
    ],
    [
      withContainer({ lifecycle: { preStop: { sleep: { seconds: 31 } } } }),
      'spec.containers[0].lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)',
    ],
    [
      withContainer({ resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }] }, { restartPolicy: 'Never' }),
      "spec.containers[0].resizePolicy: Invalid value: \"RestartContainer\": must be 'NotRequired' when `restartPolicy` is 'Never'",
    ],
  ],
  probes: [
    [
      withContainer({ livenessProbe: { tcpSocket: { port: 0 } } }),
      'spec.containers[0].livenessProbe.tcpSocket.port: Invalid value: 0: must be between 1 and 65535, inclusive',
    ],
    [withContainer({ livenessProbe: { exec: {} } }), 'spec.containers[0].livenessProbe.exec.command: Required value'],
    [
      withContainer({ readinessProbe: { httpGet: { port: 80, scheme: 'ftp' }, timeoutSeconds: -1 } }),
      'spec.containers[0].readinessProbe.httpGet.scheme: Unsupported value: "ftp": supported values: "HTTP", "HTTPS"',
      'spec.containers[0].readinessProbe.timeoutSeconds: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      withContainer({ livenessProbe: { grpc: { port: 1 }, terminationGracePeriodSeconds: 0 } }),
      'spec.containers[0].livenessProbe.terminationGracePeriodSeconds: Invalid value: 0: must be greater than 0',
    ],
    [
      withContainer({ livenessProbe: { httpGet: { port: 80, httpHeaders: [{ name: 'a b', value: '' }] } } }),
      "spec.containers[0].livenessProbe.httpGet.httpHeaders: Invalid value: \"a b\": a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')",
    ],
  ],
  environment: [
    [withContainer({ env: [{ name: '', value: 'x' }] }), 'spec.containers[0].env[0].name: Required value'],
    [
      withContainer({ env: [{ name: 'A=B', value: 'x' }] }),
      'spec.containers[0].env[0].name: Invalid value: "A=B": a valid environment variable name must consist only of printable ASCII characters other than \'=\'',
    ],
    [
      withContainer({ env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'spec.nope' } } }] }),
      'spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.nope": error converting fieldPath: field label not supported: spec.nope',
    ],
    [
      withContainer({ env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.labels' } } }] }),
      'spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Unsupported value: "metadata.labels": supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"',
    ],
    [
      withContainer({ env: [{ name: 'A', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '2' } } }] }),
      'spec.containers[0].env[0].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor\'s values 1m and 1 are supported with the cpu resource',
    ],
    [withContainer({ envFrom: [{}] }), 'spec.containers[0].envFrom: Invalid value: "": must specify one of: `configMapRef` or `secretRef`'],
    [
      withContainer({ env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'c', key: '' } } }] }),
      'spec.containers[0].env[0].valueFrom.configMapKeyRef.key: Required value',
    ],
  ],
  resources: [
    [
      withContainer({ resources: { requests: { cpu: '-1' } } }),
      'spec.containers[0].resources.requests[cpu]: Invalid value: "-1": must be greater than or equal to 0',
    ],
    [
      withContainer({ resources: { requests: { 'a.b/c': 1 } } }),
      'spec.containers[0].resources.limits: Required value: Limit must be set for non overcommitable resources',
    ],
    [
      withContainer({ resources: { limits: { 'a.b/c': '500m' } } }),
      'spec.containers[0].resources.limits[a.b/c]: Invalid value: "500m": must be an integer',
      'spec.containers[0].resources.requests[a.b/c]: Invalid value: "500m": must be an integer',
    ],
    [withContainer({ resources: { limits: { 'hugepages-2Mi': '2Mi' } } }), 'spec.containers[0].resources: Forbidden: HugePages require cpu or memory'],
    [
      withContainer({ resources: { claims: [{ name: 'x' }] } }),
      'spec.containers[0].resources.claims[0]: Not found: "x": must be one of the names in pod.spec.resourceClaims which is empty',
    ],
    [
      pod({ resources: { requests: { cpu: '1' } }, containers: [container({ resources: { requests: { cpu: '2' } } })] }),
      'spec.resources.requests[cpu]: Invalid value: "1": must be greater than or equal to aggregate container requests of 2',
    ],
  ],
  volumes: [
    [pod({ volumes: [{ name: 'v', emptyDir: {}, hostPath: { path: '/a' } }] }), 'spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type'],
    [
      pod({ volumes: [{ name: 'v', hostPath: { path: '/a/../b', type: 'Dir' } }] }),
      'spec.volumes[0].hostPath.path: Invalid value: "/a/../b": must not contain \'..\'',
      'spec.volumes[0].hostPath.type: Unsupported value: "Dir": supported values: "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"',
    ],
    [
      withContainer({ volumeMounts: [{ name: 'v', mountPath: '/m' }] }, { volumes: [{ name: 'v', configMap: {} }] }),
      'spec.volumes[0].configMap.name: Required value',
      'spec.containers[0].volumeMounts[0].name: Not found: "v"',
    ],
    [
      pod({ volumes: [{ name: 'v', secret: { secretName: 's', defaultMode: 512, items: [{ key: 'a', path: '../b' }] } }] }),
      'spec.volumes[0].secret.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive',
      'spec.volumes[0].secret.items[0].path: Invalid value: "../b": must not contain \'..\'',
    ],
    [
      pod({ volumes: [{ name: 'v', projected: { sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 60 } }] } }] }),
      'spec.volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes',
    ],
    [
      pod({ volumes: [{ name: 'v', downwardAPI: { items: [{ path: 'a' }] } }] }),
      'spec.volumes[0].downwardAPI: Required value: one of fieldRef and resourceFieldRef is required',
    ],
    [pod({ volumes: [{ name: 'v', nfs: { server: 's', path: 'rel' } }] }), 'spec.volumes[0].nfs.path: Invalid value: "rel": must be an absolute path'],
    [
      pod({ volumes: [{ name: 'V', emptyDir: {} }] }),
      `spec.volumes[0].name: Invalid value: "V": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`,
    ],
    [
      withContainer({ volumeMounts: [{ name: 'v', mountPath: '/m', subPath: '/abs', mountPropagation: 'Bidirectional' }] }, { volumes: [{ name: 'v' }] }),
      'spec.containers[0].volumeMounts.subPath: Invalid value: "/abs": must be a relative path',
      'spec.containers[0].volumeMounts.mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers',
    ],
  ],
  'pod settings': [
    [pod({ dnsPolicy: 'X' }), 'spec.dnsPolicy: Unsupported value: "X": supported values: "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"'],
    [
      pod({ dnsConfig: { nameservers: ['1.1.1.1', '2.2.2.2', '3.3.3.3', '4.4.4.4'] } }),
      'spec.dnsConfig.nameservers: Invalid value: ["1.1.1.1","2.2.2.2","3.3.3.3","4.4.4.4"]: must not have more than 3 nameservers',
    ],
    [pod({ activeDeadlineSeconds: 0 }), 'spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive'],
    [
      pod({ hostAliases: [{ ip: 'x', hostnames: ['A'] }] }),
      'spec.hostAliases[0].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      `spec.hostAliases[0].hostnames[0]: Invalid value: "A": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
    ],
    [
      pod({ tolerations: [{ operator: 'Equal', value: 'x' }] }),
      'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
    ],
    [
      pod({ tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoSchedule', tolerationSeconds: 1 }] }),
      'spec.tolerations[0].effect: Invalid value: "NoSchedule": effect must be \'NoExecute\' when `tolerationSeconds` is set',
    ],
    [
      pod({ tolerations: [{ key: 'a', operator: 'Gt', value: '1' }] }),
      'spec.tolerations[0].operator: Unsupported value: "Gt": supported values: "Equal", "Exists"',
    ],
    [
      pod({ affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } } } }),
      'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term',
    ],
    [
      pod({ affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: {} }] } } }),
      'spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Required value: can not be empty',
      'spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Invalid value: "": name part must be non-empty',
      `spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Invalid value: "": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
    ],
    [
      pod({ topologySpreadConstraints: [{ maxSkew: 0, topologyKey: 'z', whenUnsatisfiable: 'X' }] }),
      'spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero',
      'spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: "X": supported values: "DoNotSchedule", "ScheduleAnyway"',
    ],
    [
      pod({ securityContext: { runAsUser: -1, supplementalGroups: [2147483648] } }),
      'spec.securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive',
      'spec.securityContext.supplementalGroups[0]: Invalid value: 2147483648: must be between 0 and 2147483647, inclusive',
    ],
    [
      withContainer({ securityContext: { seccompProfile: { type: 'Localhost' } } }),
      'spec.containers[0].securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost',
    ],
    [
      pod({ schedulingGates: [{ name: 'a/b' }, { name: 'a/b' }], nodeName: 'n' }),
      'spec.schedulingGates[1]: Duplicate value: "a/b"',
      'spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared',
    ],
    [pod({ os: { name: 'windows' }, securityContext: { runAsUser: 1 } }), 'spec.securityContext.runAsUser: Forbidden: cannot be set for a windows pod'],
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
