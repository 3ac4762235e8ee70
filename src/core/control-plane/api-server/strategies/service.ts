/** Addresses and ports of Services. Models pkg/registry/core/service/storage/{alloc,storage}.go, v1.36.2. */
import type { Service, ServicePort } from '../../../api/types.ts';
import { allocateNodePort, giveBackNodePort, releaseNodePorts } from '../allocators/node-ports.ts';
import { giveBackIPs, releaseIPs } from '../allocators/service-ips.ts';
import type { Call } from '../call.ts';
import { keyOfObject } from '../state.ts';
import { allocateClusterIPs, initFamilies, keepsPreferredFamilies } from './service-families.ts';
import type { Strategy } from './strategy.ts';

export const serviceStrategy: Strategy = {
  prepareForCreate(object) {
    object.status = { loadBalancer: {} };
    normalizeClusterIPs(object as Service);
  },
  prepareForUpdate(object, old) {
    const [service, before] = [object as Service, old as Service];
    object.status = old.status;
    normalizeClusterIPs(service, before);
    patchAllocatedValues(service, before);
    if (before.spec.type === 'LoadBalancer' && service.spec.type !== 'LoadBalancer') object.status = { loadBalancer: {} };
  },
  allocate(object, old, call) {
    const service = object as Service;
    const before = old as Service | undefined;
    const asItWas = before !== undefined && keepsPreferredFamilies(service, before);
    if (!asItWas) initFamilies(service, before, call);
    if (!needsClusterIP(service)) {
      if (before && needsClusterIP(before) && !call.dryRun) giveBackIPs(call, before.spec.clusterIPs ?? []);
    } else if (!asItWas) allocateClusterIPs(service, before && needsClusterIP(before) ? before : undefined, call);
    setNodePorts(service, before, call);
  },
  release(old, { state }) {
    releaseIPs(state, old as Service);
    releaseNodePorts(state, old as Service);
  },
};

const needsClusterIP = (s: Service): boolean => s.spec.type !== 'ExternalName' && s.spec.clusterIP !== 'None';
const needsNodePort = (s: Service): boolean => s.spec.type === 'NodePort' || (s.spec.type === 'LoadBalancer' && s.spec.allocateLoadBalancerNodePorts !== false);
const needsHealthCheckPort = (s: Service): boolean => s.spec.type === 'LoadBalancer' && s.spec.externalTrafficPolicy === 'Local';

/** clusterIP and clusterIPs[0] say the same. */
function normalizeClusterIPs(service: Service, old?: Service): void {
  const spec = service.spec;
  if (!spec) return;
  if (!old) {
    if (spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP];
    return;
  }
  if (spec.clusterIP !== old.spec.clusterIP) {
    if (!spec.clusterIP) delete spec.clusterIPs;
    else if (spec.clusterIPs?.[0] === old.spec.clusterIPs?.[0]) spec.clusterIPs = [spec.clusterIP, ...(spec.clusterIPs ?? []).slice(1)];
  } else if (spec.clusterIPs === undefined && spec.clusterIP) delete (spec as { clusterIP?: string }).clusterIP;
}

/** A replacement that leaves out what the server gave keeps it. */
function patchAllocatedValues(service: Service, old: Service): void {
  const spec = service.spec;
  if (!spec) return;
  dropTypeDependent(service, old);
  if (spec.type === 'ExternalName') {
    if (old.spec.type !== 'ExternalName' && spec.clusterIP === old.spec.clusterIP) {
      for (const field of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy', 'internalTrafficPolicy'] as const) delete spec[field];
    }
    return;
  }
  if (needsClusterIP(old) && needsClusterIP(service)) {
    if (!spec.clusterIP) spec.clusterIP = old.spec.clusterIP;
    if (!spec.clusterIPs?.length && spec.clusterIP === old.spec.clusterIP) spec.clusterIPs = old.spec.clusterIPs;
    if (!spec.ipFamilies?.length) spec.ipFamilies = old.spec.ipFamilies;
    if (!spec.ipFamilyPolicy) spec.ipFamilyPolicy = old.spec.ipFamilyPolicy;
  }
  if (needsNodePort(old) && needsNodePort(service)) {
    const used = new Set((spec.ports ?? []).map((p) => p.nodePort));
    for (const port of spec.ports ?? []) {
      const before = old.spec.ports?.find((p) => (p.name ?? '') === (port.name ?? ''))?.nodePort;
      if (port.nodePort || !before || used.has(before)) continue;
      port.nodePort = before;
      used.add(before);
    }
  } else if (needsNodePort(old) && spec.type === 'ClusterIP') {
    // Ports that the old type held are dropped silently when the client merely repeats them.
    for (const port of spec.ports ?? []) if (old.spec.ports?.some((p) => samePort(p, port) && p.nodePort === port.nodePort)) delete port.nodePort;
  }
  if (needsHealthCheckPort(old) && needsHealthCheckPort(service)) spec.healthCheckNodePort ||= old.spec.healthCheckNodePort;
  else if (needsHealthCheckPort(old) && spec.healthCheckNodePort === old.spec.healthCheckNodePort) delete spec.healthCheckNodePort;
}

/** Fields that the new type does not have go, unless the client changed them (then validation says no). */
function dropTypeDependent(service: Service, old: Service): void {
  const spec = service.spec;
  if (needsTrafficPolicy(old) && !needsTrafficPolicy(service) && spec.externalTrafficPolicy === old.spec.externalTrafficPolicy)
    delete spec.externalTrafficPolicy;
  if (old.spec.type !== 'LoadBalancer' || spec.type === 'LoadBalancer') return;
  for (const field of ['allocateLoadBalancerNodePorts', 'loadBalancerClass'] as const) if (spec[field] === old.spec[field]) delete spec[field];
}

const needsTrafficPolicy = (s: Service): boolean =>
  s.spec.type === 'NodePort' || s.spec.type === 'LoadBalancer' || (s.spec.type === 'ClusterIP' && Boolean(s.spec.externalIPs?.length));

const samePort = (a: ServicePort, b: ServicePort): boolean => (a.name ?? '') === (b.name ?? '') && a.port === b.port;

function setNodePorts(service: Service, old: Service | undefined, call: Call): void {
  const owner = keyOfObject(service);
  const held = new Set<number>();
  for (const port of old?.spec.ports ?? []) if (port.nodePort) held.add(port.nodePort);
  if (old?.spec.healthCheckNodePort) held.add(old.spec.healthCheckNodePort);
  const kept = new Set<number>();
  /** One number may serve several protocols of the same port. */
  const mine: Record<string, { port: number; protocols: string[] }[]> = {};
  const take = (asked: number | undefined, path: string): number => {
    if (asked && (held.has(asked) || kept.has(asked))) {
      kept.add(asked);
      return asked;
    }
    const got = allocateNodePort(call, asked, path, owner, kept);
    kept.add(got);
    return got;
  };
  if (needsNodePort(service)) {
    (service.spec.ports ?? []).forEach((port, i) => {
      const shared = (mine[`p${port.port}`] ??= []);
      const protocol = port.protocol ?? 'TCP';
      const free = shared.find((s) => !s.protocols.includes(protocol));
      if (!port.nodePort && free) {
        port.nodePort = free.port;
        free.protocols.push(protocol);
        return;
      }
      port.nodePort = take(port.nodePort || undefined, `spec.ports[${i}].nodePort`);
      shared.push({ port: port.nodePort, protocols: [protocol] });
    });
  }
  if (needsHealthCheckPort(service)) service.spec.healthCheckNodePort = take(service.spec.healthCheckNodePort || undefined, 'spec.healthCheckNodePort');
  if (!call.dryRun) for (const port of held) if (!kept.has(port)) giveBackNodePort(call, port, owner);
}
