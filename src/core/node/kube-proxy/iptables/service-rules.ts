/** The rules of one Service port in iptables mode. Models the loop of pkg/proxy/iptables/proxier.go syncProxyRules, v1.36.2. */
import { networkContains } from '../address.ts';
import type { LocalTraffic, ProxierConfig } from '../config.ts';
import type { Endpoint } from '../tracking/endpoints.ts';
import { externallyAccessible, type ServicePort, usesClusterEndpoints, usesLocalEndpoints } from '../tracking/service-port.ts';
import type { Categorized } from '../tracking/topology.ts';
import { kubeExternalServices, kubeMarkMasq, kubeNodePorts, kubeProxyFirewall, kubeServices, type ServiceChains } from './chains.ts';

/** Text, whole lines. What is in `filter` and `entry` is written at every sync, the rest when the Service changed. */
export interface ServiceRules {
  filter: string;
  /** Of chains KUBE-SERVICES and KUBE-NODEPORTS in nat. */
  entry: string;
  chainRules: string;
  /** The Service's own chains in nat. */
  chains: readonly string[];
}

/** What the port and what is its own is called. */
export interface RuleNames {
  /** ServicePortName. */
  port: string;
  chains: ServiceChains;
  endpointChain(endpoint: Endpoint): string;
}

export interface RuleSettings {
  config: ProxierConfig;
  local: LocalTraffic;
  /** Connections to NodePorts on 127.0.0.1 are counted. */
  countsLocalhost: boolean;
  /** Without comments on endpoints. */
  largeCluster: boolean;
}

export function serviceRules(port: ServicePort, endpoints: Categorized, settings: RuleSettings, names: RuleNames): ServiceRules {
  const { config, local } = settings;
  const { port: name, chains } = names;
  const protocol = port.protocol.toLowerCase();
  const { cluster, local: localEndpoints, reachable, hasEndpoints } = endpoints;
  const usesCluster = cluster.length > 0 && usesClusterEndpoints(port);
  const usesLocal = localEndpoints.length > 0 && usesLocalEndpoints(port);
  const internalChain = port.internalPolicyLocal ? chains.local : chains.cluster;
  const hasInternal = port.internalPolicyLocal ? localEndpoints.length > 0 : hasEndpoints;
  const externalChain = port.externalPolicyLocal ? chains.local : chains.cluster;
  const hasExternal = port.externalPolicyLocal ? localEndpoints.length > 0 : hasEndpoints;
  const usesExternal = hasEndpoints && externallyAccessible(port);
  const usesFirewall = hasEndpoints && port.loadBalancerVIPs.length > 0 && port.loadBalancerSourceRanges.length > 0;
  const target = hasEndpoints ? 'DROP' : 'REJECT';
  const words = `-m comment --comment "${name} has no ${hasEndpoints ? 'local ' : ''}endpoints"`;
  const proto = `-m ${protocol} -p ${protocol}`;

  const made: Made = { filter: '', entry: '', rules: '' };
  const dport = `--dport ${port.port}`;

  if (hasInternal) made.entry += `-A ${kubeServices} -m comment --comment "${name} cluster IP" ${proto} -d ${port.clusterIP} ${dport} -j ${internalChain}\n`;
  else made.filter += `-A ${kubeServices} ${words} ${proto} -d ${port.clusterIP} ${dport} -j ${target}\n`;
  for (const ip of port.externalIPs) {
    if (hasEndpoints) made.entry += `-A ${kubeServices} -m comment --comment "${name} external IP" ${proto} -d ${ip} ${dport} -j ${chains.external}\n`;
    if (!hasExternal) made.filter += `-A ${kubeExternalServices} ${words} ${proto} -d ${ip} ${dport} -j ${target}\n`;
  }
  for (const ip of port.loadBalancerVIPs) {
    if (hasEndpoints)
      made.entry += `-A ${kubeServices} -m comment --comment "${name} loadbalancer IP" ${proto} -d ${ip} ${dport} -j ${usesFirewall ? chains.firewall : chains.external}\n`;
    if (usesFirewall)
      made.filter += `-A ${kubeProxyFirewall} -m comment --comment "${name} traffic not accepted by ${chains.firewall}" ${proto} -d ${ip} ${dport} -j DROP\n`;
  }
  if (!hasExternal) for (const ip of port.loadBalancerVIPs) made.filter += `-A ${kubeExternalServices} ${words} ${proto} -d ${ip} ${dport} -j ${target}\n`;
  if (port.nodePort !== 0) {
    if (hasEndpoints) {
      if (settings.countsLocalhost)
        made.entry += `-A ${kubeNodePorts} -m comment --comment ${name} ${proto} -d 127.0.0.0/8 --dport ${port.nodePort} -m nfacct --nfacct-name localhost_nps_accepted_pkts -j ${chains.external}\n`;
      made.entry += `-A ${kubeNodePorts} -m comment --comment ${name} ${proto} --dport ${port.nodePort} -j ${chains.external}\n`;
    }
    if (!hasExternal) made.filter += `-A ${kubeExternalServices} ${words} -m addrtype --dst-type LOCAL ${proto} --dport ${port.nodePort} -j ${target}\n`;
  }
  if (port.healthCheckNodePort !== 0)
    made.filter += `-A ${kubeNodePorts} -m comment --comment "${name} health check node port" -m tcp -p tcp --dport ${port.healthCheckNodePort} -j ACCEPT\n`;

  if (hasInternal) {
    const masquerade = `-A ${internalChain} -m comment --comment "${name} cluster IP" ${proto} -d ${port.clusterIP} ${dport}`;
    if (config.masqueradeAll) made.rules += `${masquerade} -j ${kubeMarkMasq}\n`;
    else if (local.implemented) made.rules += `${masquerade} ${local.ifNotLocal} -j ${kubeMarkMasq}\n`;
  }
  const list: string[] = [];
  if (usesExternal) {
    list.push(chains.external);
    externalRules(made, name, chains, port, local, hasExternal ? externalChain : null);
  }
  if (usesFirewall) {
    list.push(chains.firewall);
    firewallRules(made, name, chains, port, config);
  }
  const endpointChains: string[] = [];
  for (const e of reachable) endpointChains.push(names.endpointChain(e));
  const comments = !settings.largeCluster;
  if (usesCluster) {
    list.push(chains.cluster);
    choiceRules(made, chains.cluster, name, port, cluster, chainsAmong(cluster, reachable, endpointChains), comments);
  }
  if (usesLocal) {
    list.push(chains.local);
    choiceRules(made, chains.local, name, port, localEndpoints, chainsAmong(localEndpoints, reachable, endpointChains), comments);
  }
  for (let i = 0; i < reachable.length; i += 1) {
    const e = reachable[i] as Endpoint;
    const chain = endpointChains[i] as string;
    list.push(chain);
    const begin = comments ? `-A ${chain} -m comment --comment ${name}` : `-A ${chain}`;
    const remember = port.affinitySeconds > 0 ? ` -m recent --name ${chain} --set` : '';
    made.rules += `${begin} -s ${e.ip} -j ${kubeMarkMasq}\n${begin}${remember} ${proto} -j DNAT --to-destination ${e.endpoint}\n`;
  }
  return { filter: made.filter, entry: made.entry, chainRules: made.rules, chains: list };
}

/** Chains of `some` of all endpoints. */
function chainsAmong(some: readonly Endpoint[], all: readonly Endpoint[], chains: readonly string[]): readonly string[] {
  return some === all ? chains : some.map((e) => chains[all.indexOf(e)] as string);
}

interface Made {
  filter: string;
  entry: string;
  rules: string;
}

/** Entry for external destinations. With policy Local, pods and this node itself still reach all endpoints. */
function externalRules(made: Made, name: string, chains: ServiceChains, port: ServicePort, local: LocalTraffic, target: string | null): void {
  const begin = `-A ${chains.external} -m comment --comment`;
  if (!port.externalPolicyLocal) made.rules += `${begin} "masquerade traffic for ${name} external destinations" -j ${kubeMarkMasq}\n`;
  else {
    if (local.implemented) made.rules += `${begin} "pod traffic for ${name} external destinations" ${local.ifLocal} -j ${chains.cluster}\n`;
    made.rules += `${begin} "masquerade LOCAL traffic for ${name} external destinations" -m addrtype --src-type LOCAL -j ${kubeMarkMasq}\n`;
    made.rules += `${begin} "route LOCAL traffic for ${name} external destinations" -m addrtype --src-type LOCAL -j ${chains.cluster}\n`;
  }
  if (target) made.rules += `-A ${chains.external} -j ${target}\n`;
}

/** The VIP is often an address of the node: its own traffic to it must pass when a range holds the node. */
function firewallRules(made: Made, name: string, chains: ServiceChains, port: ServicePort, config: ProxierConfig): void {
  const begin = `-A ${chains.firewall} -m comment --comment "${name} loadbalancer IP"`;
  let holdsNode = false;
  for (const range of port.loadBalancerSourceRanges) {
    made.rules += `${begin} -s ${range} -j ${chains.external}\n`;
    if (config.nodeIP !== '' && networkContains(range, config.nodeIP)) holdsNode = true;
  }
  if (holdsNode) for (const ip of port.loadBalancerVIPs) made.rules += `${begin} -s ${ip} -j ${chains.external}\n`;
  made.rules += `-A ${chains.firewall} -m comment --comment "other traffic to ${name} will be dropped by ${kubeProxyFirewall}"\n`;
}

function choiceRules(
  made: Made,
  chain: string,
  name: string,
  port: ServicePort,
  endpoints: readonly Endpoint[],
  chains: readonly string[],
  comments: boolean,
): void {
  const n = endpoints.length;
  const begins: string[] = [];
  for (const e of endpoints) begins.push(comments ? `-A ${chain} -m comment --comment "${name} -> ${e.endpoint}"` : `-A ${chain}`);
  if (port.affinitySeconds > 0)
    for (let i = 0; i < n; i += 1)
      made.rules += `${begins[i]} -m recent --name ${chains[i]} --rcheck --seconds ${port.affinitySeconds} --reap -j ${chains[i]}\n`;
  for (let i = 0; i < n; i += 1) {
    if (i < n - 1) made.rules += `${begins[i]} -m statistic --mode random --probability ${probability(n - i)} -j ${chains[i]}\n`;
    else made.rules += `${begins[i]} -j ${chains[i]}\n`;
  }
}

const probabilities: string[] = [];

/** 1/n with ten decimals. */
function probability(n: number): string {
  const known = probabilities[n];
  if (known !== undefined) return known;
  const text = (1 / n).toFixed(10);
  if (n < 10_000) probabilities[n] = text;
  return text;
}
