/** The one-node cluster in which the recordings were made (`recorded.json` is recordings/cluster.json). */
import type { KubeObject, Node } from '../api/types.ts';
import type { Cluster } from './cluster.ts';
import data from './recorded.json' with { type: 'json' };

export function recordedCluster(): Cluster {
  const object = data.node as unknown as Node;
  return {
    serviceCIDR: data.serviceCIDR,
    clusterCIDR: '10.244.0.0/16',
    clusterDomain: 'cluster.local',
    clusterDNS: data.dns,
    controlPlaneIP: '10.200.0.1',
    clientIP: '192.168.0.100',
    networkBits: 24,
    nodes: [
      {
        name: object.metadata.name,
        ip: object.status.addresses?.find((a) => a.type === 'InternalIP')?.address ?? '10.200.0.2',
        podCIDR: data.podCIDR,
        images: data.images as Cluster['nodes'][number]['images'],
        runtimeVersion: (object.status.nodeInfo?.containerRuntimeVersion ?? '').replace('containerd://', ''),
        object,
        cpus: 2,
        memoryBytes: 24684096 * 1024,
        kernelVersion: object.status.nodeInfo?.kernelVersion ?? '6.18',
      },
    ],
    cni: 'bridge',
    pauseImage: 'registry.k8s.io/pause:3.10',
    registry: 'recorded',
    nameServer: '10.255.255.53',
    schedulerHost: 'vm',
    objects: data.objects as unknown as KubeObject[],
    addons: [],
    // Where the passes of components fall in a run is chance. So counted they come between whole seconds, at which commands do; the PV binder’s 15 s passes
    // fall as in pvc-pending and the kubelet’s garbage collection as in containerd-stops.
    bootSeconds: 113.5,
    // Cases were recorded six at a time and began together: the first pods took 0.6 s to start, or as much as 2.5 s.
    rush: { untilMs: 3000, calls: 6 },
    cloudLoadBalancer: false,
    metricsServer: false,
    provisioner: false,
    cgroupDriver: 'cgroupfs',
  };
}
