/** Defaults of networking kinds. Models pkg/apis/core/v1 and networking/v1 defaults.go and the Service registry's field patching, v1.36.2. */
import type { Loose } from './defaults.ts';

const defaultAffinitySeconds = 10800;

export function serviceDefaults(service: Loose): void {
  const spec = service.spec;
  spec.sessionAffinity ??= 'None';
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity === 'ClientIP' && spec.sessionAffinityConfig?.clientIP?.timeoutSeconds === undefined) {
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: defaultAffinitySeconds } };
  }
  spec.type ??= 'ClusterIP';
  for (const port of spec.ports ?? []) {
    port.protocol ??= 'TCP';
    if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '') port.targetPort = port.port ?? 0;
  }
  const external = spec.type === 'NodePort' || spec.type === 'LoadBalancer' || (spec.type === 'ClusterIP' && (spec.externalIPs ?? []).length > 0);
  if (external) spec.externalTrafficPolicy ??= 'Cluster';
  if (spec.type === 'NodePort' || spec.type === 'LoadBalancer' || spec.type === 'ClusterIP') spec.internalTrafficPolicy ??= 'Cluster';
  if (spec.type === 'LoadBalancer') {
    spec.allocateLoadBalancerNodePorts ??= true;
    for (const ingress of service.status?.loadBalancer?.ingress ?? []) if (ingress.ip) ingress.ipMode ??= 'VIP';
  }
  if (spec.clusterIP && spec.clusterIPs === undefined) spec.clusterIPs = [spec.clusterIP];
}

/**
 * Brings clusterIP and clusterIPs of a changed Service together, and carries over what a replaced Service leaves out.
 * Models pkg/registry/core/service/strategy.go PrepareForUpdate (normalizeClusterIPs, patchAllocatedValues, dropTypeDependentFields).
 */
export function prepareServiceUpdate(service: Loose, old: Loose): void {
  const [spec, before] = [service.spec, old.spec];
  if (needsClusterIP(before) && needsClusterIP(spec)) {
    if (!spec.clusterIP && !spec.clusterIPs) {
      spec.clusterIP = before.clusterIP;
      spec.clusterIPs = before.clusterIPs;
    }
  }
  if (needsNodePort(before) && needsNodePort(spec)) {
    const known = new Map<string, number>();
    for (const port of before.ports ?? []) known.set(`${port.protocol}/${port.port}`, port.nodePort);
    const used = new Set((spec.ports ?? []).map((port: Loose) => `${port.protocol}/${port.nodePort}`));
    for (const port of spec.ports ?? []) {
      const nodePort = known.get(`${port.protocol}/${port.port}`);
      if (!port.nodePort && nodePort && !used.has(`${port.protocol}/${nodePort}`)) port.nodePort = nodePort;
    }
  }
  if (needsHealthCheck(before) && needsHealthCheck(spec) && !spec.healthCheckNodePort) spec.healthCheckNodePort = before.healthCheckNodePort;
  const same = (a: Loose, b: Loose): boolean => JSON.stringify(a ?? []) === JSON.stringify(b ?? []);
  if (spec.clusterIP !== before.clusterIP) {
    if (!spec.clusterIP && same(spec.clusterIPs, before.clusterIPs)) delete spec.clusterIPs;
    else if (spec.clusterIP && (same(spec.clusterIPs, before.clusterIPs) || !spec.clusterIPs))
      spec.clusterIPs = [spec.clusterIP, ...(spec.clusterIPs ?? []).slice(1)];
  } else if (!same(spec.clusterIPs, before.clusterIPs) && (spec.clusterIPs ?? []).length === 0) delete spec.clusterIP;
  dropTypeDependent(spec, before);
}

const needsClusterIP = (spec: Loose): boolean => spec.type === 'ClusterIP' || spec.type === 'NodePort' || spec.type === 'LoadBalancer';
const needsNodePort = (spec: Loose): boolean => spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);
const needsHealthCheck = (spec: Loose): boolean => spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';

/** A change of type takes away what the new type has no use for, when the user left it as it was. */
function dropTypeDependent(spec: Loose, before: Loose): void {
  if (needsClusterIP(before) && !needsClusterIP(spec) && spec.clusterIP === before.clusterIP) {
    for (const field of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy']) delete spec[field];
  }
  if ((needsNodePort(before) || before.type === 'NodePort') && !needsNodePort(spec)) {
    const known = new Set((before.ports ?? []).map((port: Loose) => port.nodePort));
    for (const port of spec.ports ?? []) if (known.has(port.nodePort)) delete port.nodePort;
  }
  if (needsHealthCheck(before) && !needsHealthCheck(spec) && spec.healthCheckNodePort === before.healthCheckNodePort) delete spec.healthCheckNodePort;
  if (before.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') {
    if (spec.allocateLoadBalancerNodePorts === before.allocateLoadBalancerNodePorts) delete spec.allocateLoadBalancerNodePorts;
    if (spec.loadBalancerClass === before.loadBalancerClass) delete spec.loadBalancerClass;
  }
  const external = (s: Loose): boolean => s.type === 'NodePort' || s.type === 'LoadBalancer' || (s.type === 'ClusterIP' && (s.externalIPs ?? []).length > 0);
  if (external(before) && !external(spec) && spec.externalTrafficPolicy === before.externalTrafficPolicy) delete spec.externalTrafficPolicy;
}

export function networkPolicyDefaults(spec: Loose): void {
  for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) for (const port of rule.ports ?? []) port.protocol ??= 'TCP';
  if ((spec.policyTypes ?? []).length === 0) spec.policyTypes = (spec.egress ?? []).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
}

/** Ingress has no defaults of its own in networking.k8s.io/v1. */
export function ingressDefaults(_spec: Loose): void {}
