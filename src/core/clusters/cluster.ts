/** A cluster to simulate: machines, addresses, what is on the nodes before 0 s. Plain data. */
import type { KubeObject, Node } from '../api/types.ts';
import type { ImageConfig } from '../contracts/process.ts';

export interface NodeImage {
  names: string[];
  sizeBytes: number;
  config?: ImageConfig;
}

export interface ClusterNode {
  name: string;
  ip: string;
  podCIDR: string;
  /** Of a dual-stack cluster. */
  ip6?: string;
  podCIDR6?: string;
  images: NodeImage[];
  runtimeVersion: string;
  /** The Node object as its kubelet registers it. */
  object: Node;
  cpus: number;
  memoryBytes: number;
  kernelVersion: string;
}

export interface Cluster {
  /** With dual stack two, comma-separated, IPv4 first; so `clusterCIDR`. */
  serviceCIDR: string;
  clusterCIDR: string;
  /** Of a dual-stack cluster: the addresses of IPv6 of the machines that are no nodes, and the prefix length of the node network. */
  ip6?: { controlPlane: string; client: string; networkBits: number };
  clusterDomain: string;
  /** null: no cluster DNS; pods get the node's resolv.conf. */
  clusterDNS: string | null;
  controlPlaneIP: string;
  clientIP: string;
  /** The prefix length of the node network. */
  networkBits: number;
  nodes: ClusterNode[];
  cni: 'bridge' | 'flannel';
  pauseImage: string;
  registry: 'internet' | 'recorded';
  /** Whom the nodes ask for names outside. */
  nameServer: string;
  schedulerHost: string;
  /** Objects that exist when the run begins. */
  objects: KubeObject[];
  /** Created through the API once the nodes have registered, as an administrator does. */
  addons: KubeObject[];
  /** How long the cluster has run at 0 s, in seconds of its own past that are really simulated. */
  bootSeconds: number;
  /** In the first moments of the run others start pods on the nodes, too: so many calls to the runtime are under way beside. */
  rush?: { untilMs: number; calls: number };
  cloudLoadBalancer: boolean;
  /** The metrics server add-on is installed. */
  metricsServer: boolean;
  /** Somebody makes volumes for the default class. */
  provisioner: boolean;
  cgroupDriver: 'systemd' | 'cgroupfs';
}

export interface WorldOptions {
  seed: number;
  /** Worker nodes, 1–12. */
  workers: number;
  proxyMode: 'iptables' | 'ipvs' | 'nftables';
  /** `default`: two workers, DNS, a registry on the internet, a cloud load balancer. `recorded`: the one-node cluster of the recordings. */
  cluster: 'default' | 'recorded';
  /** Run CoreDNS (default cluster only). */
  dns: boolean;
  /** Images that are on the nodes already. */
  images: string[];
  /** Namespaces made shortly before 0 s, beside the usual ones. */
  namespaces: string[];
  /** RFC 3339 time of 0 s. */
  startTime: string;
  /** IPv4 and IPv6 everywhere (default cluster only). Absent: IPv4 alone. */
  dualStack?: boolean;
}

export const defaultOptions: WorldOptions = {
  seed: 1,
  workers: 2,
  proxyMode: 'iptables',
  cluster: 'default',
  dns: true,
  images: [],
  namespaces: [],
  startTime: '2026-11-20T12:00:00Z',
};

export const maxWorkers = 12;
