/** Wires the rooms of a cluster: the one file that sees them all. */
import { quantityValue } from './api/quantity.ts';
import type { Cluster, ClusterNode, WorldOptions } from './clusters/cluster.ts';
import { user, userRoom } from './commands.ts';
import { kubectl } from './contracts/kubectl.ts';
import { metricsServer } from './contracts/metrics.ts';
import { apiServerRoom } from './control-plane/api-server/api-server.ts';
import { cronJobController } from './control-plane/cronjob-controller/cronjob-controller.ts';
import { daemonSetController } from './control-plane/daemonset-controller/daemonset-controller.ts';
import { deploymentController } from './control-plane/deployment-controller/deployment-controller.ts';
import { disruptionController } from './control-plane/disruption-controller/disruption-controller.ts';
import { endpointsController } from './control-plane/endpoints-controller/endpoints-controller.ts';
import { endpointSliceController } from './control-plane/endpointslice-controller/endpointslice-controller.ts';
import { endpointSliceMirroringController } from './control-plane/endpointslicemirroring-controller/endpointslicemirroring-controller.ts';
import { ephemeralVolumeController } from './control-plane/ephemeral-volume-controller/ephemeral-volume-controller.ts';
import { garbageCollector } from './control-plane/garbage-collector/garbage-collector.ts';
import { horizontalPodAutoscaler } from './control-plane/horizontal-pod-autoscaler/horizontal-pod-autoscaler.ts';
import { internetRoom } from './control-plane/internet/internet.ts';
import { jobController } from './control-plane/job-controller/job-controller.ts';
import { localPathProvisioner } from './control-plane/local-path-provisioner/local-path-provisioner.ts';
import { metricsServerRoom } from './control-plane/metrics-server/metrics-server.ts';
import { namespaceController } from './control-plane/namespace-controller/namespace-controller.ts';
import { nodeLifecycleController } from './control-plane/node-lifecycle-controller/node-lifecycle-controller.ts';
import { persistentVolumeBinder } from './control-plane/persistentvolume-binder/persistentvolume-binder.ts';
import { podGC } from './control-plane/pod-gc/pod-gc.ts';
import { pvProtectionController } from './control-plane/pv-protection-controller/pv-protection-controller.ts';
import { pvcProtectionController } from './control-plane/pvc-protection-controller/pvc-protection-controller.ts';
import { registryRoom } from './control-plane/registry/registry.ts';
import { replicaSetController, replicationController } from './control-plane/replicaset-controller/replicaset-controller.ts';
import { rootCAPublisher } from './control-plane/root-ca-publisher/root-ca-publisher.ts';
import { scheduler } from './control-plane/scheduler/scheduler.ts';
import { serviceController } from './control-plane/service-controller/service-controller.ts';
import { serviceAccountController } from './control-plane/serviceaccount-controller/serviceaccount-controller.ts';
import { statefulSetController } from './control-plane/statefulset-controller/statefulset-controller.ts';
import { taintEvictionController } from './control-plane/taint-eviction-controller/taint-eviction-controller.ts';
import { ttlAfterFinished } from './control-plane/ttl-after-finished/ttl-after-finished.ts';
import type { Rooms } from './engine/engine.ts';
import type { Address, Room } from './engine/types.ts';
import { faults, faultsRoom } from './faults.ts';
import { kubectlRoom } from './kubectl/kubectl.ts';
import { cniRoom } from './node/cni/cni.ts';
import { kubeProxyRoom } from './node/kube-proxy/kube-proxy.ts';
import { kubeletRoom } from './node/kubelet/kubelet.ts';
import { osRoom } from './node/os/os.ts';
import { runtimeRoom } from './node/runtime/runtime.ts';
import { tools } from './tools.ts';
import { catalogue } from './workloads/catalogue.ts';
import { workloadsRoomWith } from './workloads/workloads.ts';

/** Started in this order: a room may call those before it while it starts. */
export function roomsOf(cluster: Cluster, options: WorldOptions): Rooms {
  const rooms: Rooms = {};
  const add = (address: Address, room: Room<never>, args: unknown): void => {
    rooms[address] = { room, args };
  };
  add(faults, faultsRoom as Room<never>, {});
  add(user, userRoom as Room<never>, {});
  const namespaces = options.namespaces.map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, uid: '', resourceVersion: '', creationTimestamp: '' },
  }));
  add('apiserver', apiServerRoom as Room<never>, { serviceCIDR: cluster.serviceCIDR, objects: [...cluster.objects, ...namespaces] });
  add('registry', registryRoom as Room<never>, { kind: cluster.registry, latencyMs: 80, catalogue, dnsServer: `${cluster.nameServer}:53` });
  if (cluster.registry === 'internet')
    add(internet, internetRoom as Room<never>, { resolver: cluster.nameServer, nodes: cluster.nodes.map(({ name }) => ({ name, os: `${name}/os` })) });
  for (const host of hostsOf(cluster)) {
    add(`${host.name}/os`, osRoom as Room<never>, osArgs(cluster, host));
    add(`${host.name}/workloads`, workloadsRoomWith(tools) as Room<never>, { host: host.name });
  }
  for (const node of cluster.nodes) addNode(add, cluster, node, options);
  if (cluster.provisioner) add('local-path-provisioner', localPathProvisioner as Room<never>, {});
  if (cluster.metricsServer) add(metricsServer, metricsServerRoom as Room<never>, { nodes: cluster.nodes.map(({ name }) => name) });
  add('scheduler', scheduler as Room<never>, { host: cluster.schedulerHost });
  add('controller-manager/service', serviceController as Room<never>, { cloud: cluster.cloudLoadBalancer });
  for (const [name, room, args] of controllers) add(`controller-manager/${name}`, room as Room<never>, args);
  add(kubectl, kubectlRoom as Room<never>, {});
  return rooms;
}

const controllers: [string, unknown, unknown][] = [
  ['deployment', deploymentController, {}],
  ['replicaset', replicaSetController, {}],
  ['replicationcontroller', replicationController, {}],
  ['endpointslice', endpointSliceController, {}],
  ['pod-gc', podGC, {}],
  ['serviceaccount', serviceAccountController, {}],
  ['root-ca-cert-publisher', rootCAPublisher, {}],
  ['endpoints', endpointsController, {}],
  ['taint-eviction', taintEvictionController, {}],
  ['garbage-collector', garbageCollector, {}],
  ['namespace', namespaceController, {}],
  ['node-lifecycle', nodeLifecycleController, {}],
  ['daemonset', daemonSetController, {}],
  ['statefulset', statefulSetController, {}],
  ['job', jobController, {}],
  ['cronjob', cronJobController, {}],
  ['ttl-after-finished', ttlAfterFinished, {}],
  ['horizontal-pod-autoscaler', horizontalPodAutoscaler, {}],
  ['ephemeral-volume', ephemeralVolumeController, {}],
  ['pv-protection', pvProtectionController, {}],
  ['pvc-protection', pvcProtectionController, {}],
  ['persistentvolume-binder', persistentVolumeBinder, {}],
  ['endpointslicemirroring', endpointSliceMirroringController, {}],
  ['disruption', disruptionController, {}],
];

interface Host {
  name: string;
  ip: string;
  bits: number;
  ip6?: string | undefined;
  node?: ClusterNode;
}

const hostsOf = (cluster: Cluster): Host[] => [
  { name: 'control-plane', ip: cluster.controlPlaneIP, bits: cluster.networkBits, ip6: cluster.ip6?.controlPlane },
  { name: 'client', ip: cluster.clientIP, bits: 24, ip6: cluster.ip6?.client },
  ...cluster.nodes.map((node) => ({ name: node.name, ip: node.ip, bits: cluster.networkBits, ip6: node.ip6, node })),
];

const addressesOf = (host: Host): string[] => (host.ip6 ? [host.ip, host.ip6] : [host.ip]);

/** The rest of the world; the recorded cluster has none. */
const internet = 'internet';

const gatewayOf = (ip: string): string => ip.replace(/[\da-f]+$/, '1');

const megabyte = 1024 * 1024;

function osArgs(cluster: Cluster, host: Host): unknown {
  const others = hostsOf(cluster).filter((h) => h.name !== host.name);
  const node = host.node;
  return {
    host: host.name,
    ip: host.ip,
    networkBits: host.bits,
    network: host.name === 'client' ? 'outside' : 'nodes',
    ...(gatewayOf(host.ip) === host.ip ? {} : { gateway: gatewayOf(host.ip) }),
    ...(host.ip6 && cluster.ip6 ? { ip6: { ip: host.ip6, bits: cluster.ip6.networkBits, gateway: gatewayOf(host.ip6) } } : {}),
    ...(cluster.registry === 'internet' ? { outside: internet } : {}),
    cpus: node?.cpus ?? 4,
    memoryBytes: node?.memoryBytes ?? 8192 * megabyte,
    kernelVersion: node?.kernelVersion ?? '6.12.48+deb13-amd64',
    cgroupVersion: cluster.cgroupDriver === 'cgroupfs' ? 1 : 2,
    ...(node ? { diskBytes: quantityValue(node.object.status.capacity?.['ephemeral-storage'] ?? '100Gi') } : {}),
    units: node
      ? [
          { unit: 'containerd.service', description: 'containerd container runtime' },
          { unit: 'kubelet.service', description: 'kubelet: The Kubernetes Node Agent' },
        ]
      : [],
    files: node
      ? {
          ...accounts,
          '/var/lib/kubelet/config.yaml': kubeletConfiguration(cluster),
          '/etc/os-release': osRelease(node.object.status.nodeInfo?.osImage ?? 'Linux'),
          '/etc/hostname': `${node.name}\n`,
          '/etc/resolv.conf': `nameserver ${cluster.nameServer}\n`,
          '/etc/kubernetes/manifests/.keep': '',
        }
      : { ...accounts, '/etc/hostname': `${host.name}\n`, '/etc/resolv.conf': `nameserver ${cluster.nameServer}\n` },
    neighbours: Object.fromEntries(others.flatMap((h) => addressesOf(h).map((ip) => [ip, `${h.name}/os`]))),
    podNetworks: Object.fromEntries(
      cluster.nodes.filter((n) => n.name !== host.name).flatMap((n) => [[n.podCIDR, n.ip], ...(n.podCIDR6 && n.ip6 ? [[n.podCIDR6, n.ip6]] : [])]),
    ),
  };
}

/** KubeletConfiguration as kubeadm writes it. */
const kubeletConfiguration = (cluster: Cluster): string => `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: ${cluster.cgroupDriver}
${cluster.clusterDNS === null ? '' : `clusterDNS:\n- ${cluster.clusterDNS}\n`}clusterDomain: ${cluster.clusterDomain}
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
healthzBindAddress: 127.0.0.1
healthzPort: 10248
staticPodPath: /etc/kubernetes/manifests
`;

/** Who may log in on a machine. */
const accounts = {
  '/etc/passwd':
    'root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n',
  '/etc/group': 'root:x:0:\ndaemon:x:1:\nnogroup:x:65534:\n',
};

/** `Debian GNU/Linux 13 (trixie)` as the distribution's own file tells it. */
function osRelease(image: string): string {
  const [, name = image, version = '', codename = ''] = /^(.*?)(?: (\d[\d.]*))?(?: \((\w+)\))?$/.exec(image) ?? [];
  const versionText = version === '' ? '' : `VERSION_ID="${version}"\nVERSION="${version}${codename === '' ? '' : ` (${codename})`}"\n`;
  return `PRETTY_NAME="${image}"\nNAME="${name}"\n${versionText}${codename === '' ? '' : `VERSION_CODENAME=${codename}\n`}ID=${(name.split(' ')[0] ?? '').toLowerCase()}\n`;
}

function addNode(add: (address: Address, room: Room<never>, args: unknown) => void, cluster: Cluster, node: ClusterNode, options: WorldOptions): void {
  const { name } = node;
  add(`${name}/cni`, cniRoom as Room<never>, {
    node: name,
    nodeIP: node.ip,
    plugin: cluster.cni,
    podCIDR: node.podCIDR,
    clusterCIDR: cluster.clusterCIDR.split(',')[0],
    ipMasq: true,
    peers: cluster.nodes
      .filter((n) => n.name !== name)
      .map((n) => ({ nodeIP: n.ip, podCIDR: n.podCIDR, ...(n.ip6 && n.podCIDR6 ? { nodeIP6: n.ip6, podCIDR6: n.podCIDR6 } : {}) })),
    ...(node.podCIDR6 ? { podCIDR6: node.podCIDR6, clusterCIDR6: cluster.clusterCIDR.split(',')[1] } : {}),
  });
  add(`${name}/runtime`, runtimeRoom as Room<never>, {
    node: name,
    implementation: 'containerd',
    version: node.runtimeVersion,
    pauseImage: cluster.pauseImage,
    cgroupVersion: cluster.cgroupDriver === 'cgroupfs' ? 1 : 2,
    cgroupDriver: cluster.cgroupDriver,
    images: node.images,
    maxParallelDownloads: 3,
    bandwidthBytesPerSecond: 16_000_000,
    ...(cluster.rush ? { rush: cluster.rush } : {}),
  });
  add(`${name}/kubelet`, kubeletRoom as Room<never>, {
    nodeName: name,
    nodeIP: node.ip,
    ...(node.ip6 ? { nodeIP6: node.ip6 } : {}),
    podCIDR: node.podCIDR,
    clusterDNS: cluster.clusterDNS,
    clusterDomain: cluster.clusterDomain,
    cgroupDriver: cluster.cgroupDriver,
    cgroupVersion: cluster.cgroupDriver === 'cgroupfs' ? 1 : 2,
    node: node.object,
  });
  add(`${name}/kube-proxy`, kubeProxyRoom as Room<never>, {
    nodeName: name,
    nodeIP: node.ip6 ? `${node.ip},${node.ip6}` : node.ip,
    mode: options.proxyMode,
    clusterCIDR: cluster.clusterCIDR,
    serviceCIDR: cluster.serviceCIDR,
  });
}

/** Addresses whose processes a systemd unit of a host is. */
export function unitRooms(host: string, unit: string): Address[] {
  if (unit === 'kubelet.service') return [`${host}/kubelet`];
  if (unit === 'containerd.service') return [`${host}/runtime`];
  return [];
}
