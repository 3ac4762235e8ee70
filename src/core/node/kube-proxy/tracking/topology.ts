/** Which endpoints are used. Models pkg/proxy/topology.go CategorizeEndpoints, v1.36.2. */
import { compareText } from '../address.ts';
import type { Endpoint } from './endpoints.ts';
import { type ServicePort, usesClusterEndpoints, usesLocalEndpoints } from './service-port.ts';

export interface Categorized {
  /** For traffic policy Cluster; empty also when no class of traffic has it. */
  cluster: readonly Endpoint[];
  /** For traffic policy Local; empty also when no class of traffic has it. */
  local: readonly Endpoint[];
  /** All that can be reached, sorted where they are a union. */
  reachable: readonly Endpoint[];
  /** Some endpoint, here or elsewhere, could be used. */
  hasEndpoints: boolean;
}

const zoneLabel = 'topology.kubernetes.io/zone';

export function categorizeEndpoints(
  endpoints: readonly Endpoint[],
  port: ServicePort,
  nodeName: string,
  nodeLabels: Readonly<Record<string, string>>,
): Categorized {
  const [usesCluster, usesLocal] = [usesClusterEndpoints(port), usesLocalEndpoints(port)];
  let cluster: readonly Endpoint[] = [];
  let fallback = false;
  let hasEndpoints = false;
  if (usesCluster) {
    cluster = readyEndpoints(endpoints, nodeName, nodeLabels[zoneLabel] ?? '');
    if (cluster.length === 0) {
      cluster = endpoints.filter((e) => e.serving && e.terminating);
      fallback = true;
    }
    hasEndpoints = cluster.length > 0;
  }
  if (!usesLocal) return { cluster, local: [], reachable: cluster, hasEndpoints };
  let hasLocal = false;
  let hasServing = false;
  for (const e of endpoints) {
    if (!e.ready && !(e.serving && e.terminating)) continue;
    hasEndpoints = true;
    hasServing = true;
    if (e.isLocal && e.ready) hasLocal = true;
  }
  let local: Endpoint[] = [];
  if (hasServing) local = hasLocal ? endpoints.filter((e) => e.isLocal && e.ready) : endpoints.filter((e) => e.isLocal && e.serving && e.terminating);
  if (!usesCluster) return { cluster, local, reachable: local, hasEndpoints };
  // Ready endpoints without a topology: the local ones are among the cluster's.
  if (!fallback && local.every((e) => cluster.includes(e))) return { cluster, local, reachable: cluster, hasEndpoints };
  const union = [...cluster, ...local.filter((e) => !cluster.includes(e))].sort((a, b) => compareText(a.endpoint, b.endpoint));
  return { cluster, local, reachable: union, hasEndpoints };
}

/** Ready ones, of the topology. Models topologyModeFromHints: hints count only when every ready endpoint has them and one names this node or zone. */
function readyEndpoints(endpoints: readonly Endpoint[], nodeName: string, zone: string): readonly Endpoint[] {
  let allNode = true;
  let allZone = true;
  let forNode = false;
  let forZone = false;
  let ready = 0;
  for (const e of endpoints) {
    if (!e.ready) continue;
    ready += 1;
    if (e.nodeHints.length === 0) allNode = false;
    else if (e.nodeHints.includes(nodeName)) forNode = true;
    if (e.zoneHints.length === 0) allZone = false;
    else if (zone !== '' && e.zoneHints.includes(zone)) forZone = true;
  }
  if (allNode && forNode) return endpoints.filter((e) => e.ready && e.nodeHints.includes(nodeName));
  if (allZone && forZone) return endpoints.filter((e) => e.ready && e.zoneHints.includes(zone));
  return ready === endpoints.length ? endpoints : endpoints.filter((e) => e.ready);
}
