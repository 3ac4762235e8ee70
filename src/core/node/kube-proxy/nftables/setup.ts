/** What is written at every full sync before the Services: table, chains, sets, maps and the rules between them. Models setupNFTables, v1.36.2. */
import { localTraffic, nodeIPs, nodePortAddresses, type ProxierConfig } from '../config.ts';
import { table } from './names.ts';

/** Name, hook and priority. */
const baseChains: readonly [string, string][] = [
  ['filter-prerouting-pre-dnat', 'type filter hook prerouting priority -110'],
  ['filter-output-pre-dnat', 'type filter hook output priority -110'],
  ['filter-input', 'type filter hook input priority 0'],
  ['filter-forward', 'type filter hook forward priority 0'],
  ['filter-output', 'type filter hook output priority 0'],
  ['nat-prerouting', 'type nat hook prerouting priority -100'],
  ['nat-output', 'type nat hook output priority -100'],
  ['nat-postrouting', 'type nat hook postrouting priority 100'],
];

/** A chain and the base chains that jump to it. */
const jumps: readonly [string, string[], string][] = [
  ['nodeport-endpoints-check', ['filter-input'], 'ct state new '],
  ['service-endpoints-check', ['filter-input', 'filter-forward', 'filter-output'], 'ct state new '],
  ['firewall-check', ['filter-prerouting-pre-dnat', 'filter-output-pre-dnat'], 'ct state new '],
  ['services', ['nat-output', 'nat-prerouting'], ''],
  ['masquerading', ['nat-postrouting'], ''],
  ['cluster-ips-check', ['filter-forward', 'filter-output'], 'ct state new '],
];

/** `mark set mark or M`: the packet's source will be translated. */
export const masqueradeRule = (config: ProxierConfig): string => `mark set mark or ${config.masqueradeMark}`;

export function setUp(config: ProxierConfig, localAddresses: readonly string[]): string {
  const x = config.family === 'IPv4' ? 'ip' : 'ip6';
  const type = config.family === 'IPv4' ? 'ipv4_addr' : 'ipv6_addr';
  const t = `${x} ${table}`;
  const out: string[] = [`add table ${t} { comment "rules for kube-proxy" ; }`];
  // A base chain cannot change its type or priority: they are made anew.
  for (const [chain] of baseChains) out.push(`add chain ${t} ${chain}`, `delete chain ${t} ${chain}`);
  for (const [chain, hook] of baseChains) out.push(`add chain ${t} ${chain} { ${hook} ; }`, `flush chain ${t} ${chain}`);
  for (const [chain, froms, match] of jumps) {
    out.push(`add chain ${t} ${chain}`, `flush chain ${t} ${chain}`);
    for (const from of froms) out.push(`add rule ${t} ${from} ${match}jump ${chain}`);
  }
  const rule = (chain: string, text: string): void => void out.push(`add rule ${t} ${chain} ${text}`);
  const holder = (kind: string, name: string, what: string, comment: string): void =>
    void out.push(`add ${kind} ${t} ${name} { type ${what} ; comment "${comment}" ; }`);
  const mark = config.masqueradeMark;

  holder('set', 'hairpin-connections', `${type} . ${type} . inet_proto . inet_service`, 'service hairpin connections');
  rule('masquerading', `mark and ${mark} != 0 mark set mark xor ${mark} masquerade fully-random`);
  rule('masquerading', `ct status dnat ${x} saddr . ${x} daddr . meta l4proto . th dport @hairpin-connections masquerade fully-random`);

  holder('set', 'cluster-ips', type, 'Active ClusterIPs');
  rule('cluster-ips-check', `${x} daddr @cluster-ips reject comment "Reject traffic to invalid ports of ClusterIPs"`);
  if (config.serviceCIDRs !== '') rule('cluster-ips-check', `${x} daddr { ${config.serviceCIDRs} } drop comment "Drop traffic to unallocated ClusterIPs"`);

  const addresses = nodePortAddresses(config);
  holder('set', 'nodeport-ips', type, 'IPs that accept NodePort traffic');
  if (addresses.matchAll) out.push(`delete set ${t} nodeport-ips`);
  else {
    out.push(`flush set ${t} nodeport-ips`);
    for (const ip of nodeIPs(addresses, config.family, localAddresses)) out.push(`add element ${t} nodeport-ips { ${ip} }`);
  }
  const notLoopback = config.family === 'IPv4' ? 'ip daddr != 127.0.0.0/8' : 'ip6 daddr != ::1';
  const nodePortMatch = addresses.matchAll ? notLoopback : `${x} daddr @nodeport-ips`;

  holder('map', 'no-endpoint-services', `${type} . inet_proto . inet_service : verdict`, 'vmap to drop or reject packets to services with no endpoints');
  holder('map', 'no-endpoint-nodeports', 'inet_proto . inet_service : verdict', 'vmap to drop or reject packets to service nodeports with no endpoints');
  out.push(`add chain ${t} reject-chain { comment "helper for @no-endpoint-services / @no-endpoint-nodeports" ; }`, `flush chain ${t} reject-chain`);
  rule('reject-chain', 'reject');
  rule('service-endpoints-check', `${x} daddr . meta l4proto . th dport vmap @no-endpoint-services`);
  rule('nodeport-endpoints-check', `${nodePortMatch} meta l4proto . th dport vmap @no-endpoint-nodeports`);

  holder('map', 'firewall-ips', `${type} . inet_proto . inet_service : verdict`, 'destinations that are subject to LoadBalancerSourceRanges');
  rule('firewall-check', `${x} daddr . meta l4proto . th dport vmap @firewall-ips`);

  holder('map', 'service-ips', `${type} . inet_proto . inet_service : verdict`, 'ClusterIP, ExternalIP and LoadBalancer IP traffic');
  holder('map', 'service-nodeports', 'inet_proto . inet_service : verdict', 'NodePort traffic');
  const local = localTraffic(config);
  if (config.masqueradeAll) rule('services', `${x} daddr @cluster-ips ${masqueradeRule(config)} comment "masquerade all clusterIP traffic"`);
  else if (local.implemented)
    rule('services', `${x} daddr @cluster-ips ${local.nftIfNotLocal} ${masqueradeRule(config)} comment "masquerade clusterIP traffic from outside cluster"`);
  rule('services', `${x} daddr . meta l4proto . th dport vmap @service-ips`);
  rule('services', `${addresses.matchAll ? `fib daddr type local ${notLoopback}` : nodePortMatch} meta l4proto . th dport vmap @service-nodeports`);
  return `${out.join('\n')}\n`;
}
