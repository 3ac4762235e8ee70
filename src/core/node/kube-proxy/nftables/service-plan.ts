/** What one Service port needs in nftables mode. Models the loop of pkg/proxy/nftables/proxier.go syncProxyRules, v1.36.2. */
import { joinHostPort, networkContains } from '../address.ts';
import type { LocalTraffic, ProxierConfig } from '../config.ts';
import type { Endpoint } from '../tracking/endpoints.ts';
import { externallyAccessible, portNameText, type ServicePort, usesClusterEndpoints, usesLocalEndpoints } from '../tracking/service-port.ts';
import type { Categorized } from '../tracking/topology.ts';
import { affinitySet, baseName, endpointChain, endpointName, externalChain, firewallChain, localChain, serviceChain, table } from './names.ts';
import { masqueradeRule } from './setup.ts';

export const containers = [
  'cluster-ips',
  'service-ips',
  'firewall-ips',
  'no-endpoint-services',
  'no-endpoint-nodeports',
  'service-nodeports',
  'hairpin-connections',
] as const;
export type Container = (typeof containers)[number];

/** A chain to make, or an element of a set or map. Written in this order. */
export type PlanStep = { chain: string } | { into: Container; key: string; value: string; comment: string };

export interface ServicePlan {
  steps: readonly PlanStep[];
  /** Text of the rules and affinity sets, whole lines. */
  rules: string;
  chains: readonly string[];
  affinitySets: readonly string[];
}

export function servicePlan(port: ServicePort, endpoints: Categorized, config: ProxierConfig, local: LocalTraffic): ServicePlan {
  const x = config.family === 'IPv4' ? 'ip' : 'ip6';
  const protocol = port.protocol.toLowerCase();
  const base = baseName(port);
  const name = portNameText(port);
  const affinity = port.affinitySeconds > 0;
  const { cluster, local: localEndpoints, reachable, hasEndpoints } = endpoints;
  const usesCluster = cluster.length > 0 && usesClusterEndpoints(port);
  const usesLocal = localEndpoints.length > 0 && usesLocalEndpoints(port);
  const internal = port.internalPolicyLocal ? localChain(base) : serviceChain(base);
  const hasInternal = port.internalPolicyLocal ? localEndpoints.length > 0 : hasEndpoints;
  const hasExternal = port.externalPolicyLocal ? localEndpoints.length > 0 : hasEndpoints;
  const usesExternal = hasEndpoints && externallyAccessible(port);
  const usesFirewall = port.loadBalancerVIPs.length > 0 && port.loadBalancerSourceRanges.length > 0;
  const refusal = hasEndpoints ? 'drop' : 'goto reject-chain';

  const steps: PlanStep[] = [];
  const chains: string[] = [];
  const chain = (made: string): void => {
    chains.push(made);
    steps.push({ chain: made });
  };
  const element = (into: Container, key: string, value = '', comment = ''): void => void steps.push({ into, key, value, comment });
  const to = (ip: string): string => `${ip} . ${protocol} . ${port.port}`;

  const names = new Map<Endpoint, string>();
  for (const e of reachable) {
    if (affinity) {
      const made = endpointName(port, e);
      names.set(e, made);
      chain(endpointChain(made));
    }
    if (e.isLocal) element('hairpin-connections', `${e.ip} . ${e.ip} . ${protocol} . ${e.port}`);
  }
  if (usesCluster) chain(serviceChain(base));
  if (usesLocal) chain(localChain(base));
  if (usesExternal) chain(externalChain(base));
  element('cluster-ips', port.clusterIP);
  if (hasInternal) element('service-ips', to(port.clusterIP), `goto ${internal}`);
  else element('no-endpoint-services', to(port.clusterIP), refusal, name);
  for (const ip of port.externalIPs) {
    if (hasEndpoints) element('service-ips', to(ip), `goto ${externalChain(base)}`);
    if (!hasExternal) element('no-endpoint-services', to(ip), refusal, name);
  }
  if (usesFirewall) chain(firewallChain(base));
  for (const ip of port.loadBalancerVIPs) {
    if (hasEndpoints) element('service-ips', to(ip), `goto ${externalChain(base)}`);
    if (usesFirewall) element('firewall-ips', to(ip), `goto ${firewallChain(base)}`);
  }
  if (!hasExternal) for (const ip of port.loadBalancerVIPs) element('no-endpoint-services', to(ip), refusal, name);
  if (port.nodePort !== 0) {
    if (hasEndpoints) element('service-nodeports', `${protocol} . ${port.nodePort}`, `goto ${externalChain(base)}`);
    if (!hasExternal) element('no-endpoint-nodeports', `${protocol} . ${port.nodePort}`, refusal, name);
  }

  const t = `${x} ${table}`;
  let rules = '';
  const rule = (into: string, text: string): void => {
    rules += `add rule ${t} ${into} ${text}\n`;
  };
  if (usesExternal) {
    const external = externalChain(base);
    if (!port.externalPolicyLocal) rule(external, `${masqueradeRule(config)} comment "masquerade"`);
    else {
      if (local.implemented) rule(external, `${local.nftIfLocal} goto ${serviceChain(base)} comment "short-circuit pod traffic"`);
      rule(external, `fib saddr type local ${masqueradeRule(config)} comment "masquerade local traffic"`);
      rule(external, `fib saddr type local goto ${serviceChain(base)} comment "short-circuit local traffic"`);
    }
    if (hasExternal) rule(external, `goto ${port.externalPolicyLocal ? localChain(base) : serviceChain(base)}`);
  }
  if (usesFirewall) rule(firewallChain(base), `${x} saddr != { ${allowedSources(port, config).join(' , ')} } drop`);
  const affinitySets: string[] = [];
  if (affinity)
    for (const e of reachable) {
      const set = affinitySet(names.get(e) as string);
      affinitySets.push(set);
      const type = config.family === 'IPv4' ? 'ipv4_addr' : 'ipv6_addr';
      rules += `add set ${t} ${set} { type ${type} ; flags dynamic,timeout ; timeout ${port.affinitySeconds}s ; }\n`;
    }
  const choice = (into: string, list: readonly Endpoint[]): void => {
    if (!affinity) {
      const map = list.map((e, i) => `${i} : ${e.ip} . ${e.port}`).join(' , ');
      rule(into, `meta l4proto ${protocol} dnat ${x} addr . port to numgen random mod ${list.length} map { ${map} }`);
      return;
    }
    for (const e of list) {
      const made = names.get(e) as string;
      rule(into, `${x} saddr @${affinitySet(made)} goto ${endpointChain(made)}`);
    }
    const map = list.map((e, i) => `${i} : goto ${endpointChain(names.get(e) as string)}`).join(' , ');
    rule(into, `numgen random mod ${list.length} vmap { ${map} }`);
  };
  if (usesCluster) choice(serviceChain(base), cluster);
  if (usesLocal) choice(localChain(base), localEndpoints);
  if (affinity)
    for (const e of reachable) {
      const made = names.get(e) as string;
      rule(endpointChain(made), `update @${affinitySet(made)} { ${x} saddr }`);
      rule(endpointChain(made), `meta l4proto ${protocol} dnat to ${joinHostPort(e.ip, e.port)}`);
    }
  return { steps, rules, chains, affinitySets };
}

/** The ranges; and the VIPs themselves when a range holds the node, whose own packets to a VIP have it as source. */
function allowedSources(port: ServicePort, config: ProxierConfig): string[] {
  const ranges = port.loadBalancerSourceRanges;
  const holdsNode = config.nodeIP !== '' && ranges.some((range) => networkContains(range, config.nodeIP));
  return holdsNode ? [...ranges, ...port.loadBalancerVIPs] : ranges;
}
