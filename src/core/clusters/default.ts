/** The cluster most scenarios play in: workers on 10.0.0.0/24, flannel's VXLAN between them, CoreDNS, an outside client. */
import type { KubeObject, Node } from '../api/types.ts';
import { type Cluster, type ClusterNode, maxWorkers, type NodeImage, type WorldOptions } from './cluster.ts';
import { dnsAddon } from './dns.ts';
import { storageAddon } from './storage.ts';

const memoryKi = 8_127_684;

function nodeObject(name: string, ips: string[], podCIDRs: string[]): Node {
  const capacity = { cpu: '4', 'ephemeral-storage': '61255492Ki', 'hugepages-1Gi': '0', 'hugepages-2Mi': '0', memory: `${memoryKi}Ki`, pods: '110' };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      uid: '',
      resourceVersion: '',
      creationTimestamp: '',
      annotations: { 'node.alpha.kubernetes.io/ttl': '0', 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
      labels: {
        'beta.kubernetes.io/arch': 'amd64',
        'beta.kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
      },
    },
    spec: { podCIDR: podCIDRs[0] as string, podCIDRs },
    status: {
      addresses: [...ips.map((address) => ({ type: 'InternalIP', address })), { type: 'Hostname', address: name }],
      capacity,
      allocatable: { ...capacity, 'ephemeral-storage': '56453061334', memory: `${memoryKi - 102_400}Ki` },
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      nodeInfo: {
        architecture: 'amd64',
        bootID: '2f6a1f0e-8f4b-4f0b-9d7e-3a6a0a2f7c11',
        containerRuntimeVersion: 'containerd://2.1.4',
        kernelVersion: '6.12.48+deb13-amd64',
        kubeProxyVersion: '',
        kubeletVersion: 'v1.36.2',
        machineID: '7d1f0c3e9a4b4e0f8c5d2b6a1e9f3c70',
        operatingSystem: 'linux',
        osImage: 'Debian GNU/Linux 13 (trixie)',
        systemUUID: '7d1f0c3e-9a4b-4e0f-8c5d-2b6a1e9f3c70',
      },
    },
  };
}

const kubernetesService = (controlPlaneIP: string): KubeObject[] => [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'kubernetes',
      namespace: 'default',
      uid: '',
      resourceVersion: '',
      creationTimestamp: '',
      labels: { component: 'apiserver', provider: 'kubernetes' },
    },
    spec: {
      clusterIP: '10.96.0.1',
      clusterIPs: ['10.96.0.1'],
      internalTrafficPolicy: 'Cluster',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 6443 }],
      sessionAffinity: 'None',
      type: 'ClusterIP',
    },
    status: { loadBalancer: {} },
  },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: 'kubernetes',
      namespace: 'default',
      uid: '',
      resourceVersion: '',
      creationTimestamp: '',
      labels: { 'kubernetes.io/service-name': 'kubernetes' },
    },
    addressType: 'IPv4',
    endpoints: [{ addresses: [controlPlaneIP], conditions: { ready: true } }],
    ports: [{ name: 'https', port: 6443, protocol: 'TCP' }],
  },
];

export function defaultCluster(options: WorldOptions): Cluster {
  const controlPlaneIP = '10.0.0.10';
  const images: NodeImage[] = ['registry.k8s.io/pause:3.10', 'registry.k8s.io/coredns/coredns:v1.12.1', ...options.images].map((name) => ({
    names: [name],
    sizeBytes: 0,
  }));
  const nodes: ClusterNode[] = [];
  for (let i = 1; i <= Math.min(options.workers, maxWorkers); i += 1) {
    const [name, ip, podCIDR] = [`worker-${i}`, `10.0.0.${10 + i}`, `10.244.${i}.0/24`];
    const six = options.dualStack ? { ip6: `fd00:10::${10 + i}`, podCIDR6: `fd00:10:244:${i.toString(16)}::/64` } : undefined;
    nodes.push({
      name,
      ip,
      podCIDR,
      ...six,
      images,
      runtimeVersion: '2.1.4',
      object: nodeObject(name, six ? [ip, six.ip6] : [ip], six ? [podCIDR, six.podCIDR6] : [podCIDR]),
      cpus: 4,
      memoryBytes: memoryKi * 1024,
      kernelVersion: '6.12.48+deb13-amd64',
    });
  }
  return {
    serviceCIDR: options.dualStack ? '10.96.0.0/16,fd00:10:96::/112' : '10.96.0.0/16',
    clusterCIDR: options.dualStack ? '10.244.0.0/16,fd00:10:244::/56' : '10.244.0.0/16',
    ...(options.dualStack ? { ip6: { controlPlane: 'fd00:10::10', client: 'fd00:192::100', networkBits: 64 } } : {}),
    clusterDomain: 'cluster.local',
    clusterDNS: options.dns ? '10.96.0.10' : null,
    controlPlaneIP,
    clientIP: '192.168.0.100',
    networkBits: 24,
    nodes,
    cni: 'flannel',
    pauseImage: 'registry.k8s.io/pause:3.10',
    registry: 'internet',
    nameServer: '10.0.0.1',
    schedulerHost: 'control-plane',
    objects: kubernetesService(controlPlaneIP),
    addons: [...(options.dns ? dnsAddon() : []), ...storageAddon()],
    provisioner: true,
    bootSeconds: 60,
    cloudLoadBalancer: true,
    metricsServer: true,
    cgroupDriver: 'systemd',
  };
}
