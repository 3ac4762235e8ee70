/** The iptables part of IPVS mode: few rules, whatever the number of Services. Models pkg/proxy/ipvs/proxier.go writeIptablesRules, v1.36.2. */
import { localTraffic, type ProxierConfig } from '../config.ts';
import type { BaseJump } from '../iptables/chains.ts';
import { kernelName, type SetName, sets } from './sets.ts';

const services = 'KUBE-SERVICES';
const postrouting = 'KUBE-POSTROUTING';
const nodePort = 'KUBE-NODE-PORT';
const loadBalancer = 'KUBE-LOAD-BALANCER';
const markMasq = 'KUBE-MARK-MASQ';
const forward = 'KUBE-FORWARD';
const proxyFirewall = 'KUBE-PROXY-FIREWALL';
const sourceRanges = 'KUBE-SOURCE-RANGES-FIREWALL';
const ipvsFilter = 'KUBE-IPVS-FILTER';
const ipvsOutFilter = 'KUBE-IPVS-OUT-FILTER';

export const natChains = [services, postrouting, nodePort, loadBalancer, markMasq];
export const filterChains = [forward, nodePort, proxyFirewall, sourceRanges, ipvsFilter, ipvsOutFilter];

const jump = (table: BaseJump['table'], from: string, to: string, comment: string): BaseJump => ({ table, from, to, match: [], comment });

/** In the order in which they are put in front. */
export const ipvsJumps: readonly BaseJump[] = [
  jump('nat', 'OUTPUT', services, 'kubernetes service portals'),
  jump('nat', 'PREROUTING', services, 'kubernetes service portals'),
  jump('nat', 'POSTROUTING', postrouting, 'kubernetes postrouting rules'),
  jump('filter', 'FORWARD', forward, 'kubernetes forwarding rules'),
  jump('filter', 'INPUT', nodePort, 'kubernetes health check rules'),
  jump('filter', 'INPUT', proxyFirewall, 'kube-proxy firewall rules'),
  jump('filter', 'FORWARD', proxyFirewall, 'kube-proxy firewall rules'),
  jump('filter', 'INPUT', ipvsFilter, 'kubernetes ipvs access filter'),
  jump('filter', 'OUTPUT', ipvsOutFilter, 'kubernetes ipvs access filter'),
];

/** Set, table, chain, target, directions, protocol. */
const setRules: readonly [SetName, 'nat' | 'filter', string, string, string, string][] = [
  ['KUBE-LOOP-BACK', 'nat', postrouting, 'MASQUERADE', 'dst,dst,src', ''],
  ['KUBE-LOAD-BALANCER', 'nat', services, loadBalancer, 'dst,dst', ''],
  ['KUBE-LOAD-BALANCER-LOCAL', 'nat', loadBalancer, 'RETURN', 'dst,dst', ''],
  ['KUBE-NODE-PORT-LOCAL-TCP', 'nat', nodePort, 'RETURN', 'dst', 'tcp'],
  ['KUBE-NODE-PORT-TCP', 'nat', nodePort, markMasq, 'dst', 'tcp'],
  ['KUBE-NODE-PORT-LOCAL-UDP', 'nat', nodePort, 'RETURN', 'dst', 'udp'],
  ['KUBE-NODE-PORT-UDP', 'nat', nodePort, markMasq, 'dst', 'udp'],
  ['KUBE-NODE-PORT-LOCAL-SCTP-HASH', 'nat', nodePort, 'RETURN', 'dst,dst', 'sctp'],
  ['KUBE-NODE-PORT-SCTP-HASH', 'nat', nodePort, markMasq, 'dst,dst', 'sctp'],
  ['KUBE-LOAD-BALANCER-FW', 'filter', proxyFirewall, sourceRanges, 'dst,dst', ''],
  ['KUBE-LOAD-BALANCER-SOURCE-CIDR', 'filter', sourceRanges, 'RETURN', 'dst,dst,src', ''],
  ['KUBE-LOAD-BALANCER-SOURCE-IP', 'filter', sourceRanges, 'RETURN', 'dst,dst,src', ''],
];

const comments = Object.fromEntries(sets.map((set) => [set.name, set.comment])) as Record<SetName, string>;

/** `isUsed`: the set has entries. `outFilter`: lines of Services. */
export function ipvsRestoreInput(config: ProxierConfig, isUsed: (set: SetName) => boolean, outFilter: string): string {
  const { family, masqueradeMark: mark } = config;
  const text = { nat: '', filter: '' };
  const bare = (set: SetName, directions: string): string => `-m set --match-set ${kernelName(set, family)} ${directions}`;
  const match = (set: SetName, directions: string): string => `-m comment --comment "${comments[set]}" ${bare(set, directions)}`;
  const rule = (table: 'nat' | 'filter', chain: string, words: string): void => {
    text[table] += `-A ${chain} ${words}\n`;
  };
  rule('nat', services, `-s ${family === 'IPv4' ? '127.0.0.0/8' : '::1/128'} -j RETURN`);
  for (const [set, table, chain, target, directions, protocol] of setRules)
    if (isUsed(set)) rule(table, chain, `${protocol === '' ? '' : `-p ${protocol} `}${match(set, directions)} -j ${target}`);
  if (isUsed('KUBE-CLUSTER-IP')) {
    const local = localTraffic(config);
    if (config.masqueradeAll) rule('nat', services, `${match('KUBE-CLUSTER-IP', 'dst,dst')} -j ${markMasq}`);
    else if (local.implemented) rule('nat', services, `${match('KUBE-CLUSTER-IP', 'dst,dst')} ${local.ifNotLocal} -j ${markMasq}`);
    // Without knowing pods' addresses: what comes from a virtual address is the node's own, to itself.
    else rule('nat', services, `${match('KUBE-CLUSTER-IP', 'src,dst')} -j ${markMasq}`);
  }
  const acceptExternal = (set: SetName): void => {
    rule('nat', services, `${match(set, 'dst,dst')} -m physdev ! --physdev-is-in -m addrtype ! --src-type LOCAL -j ACCEPT`);
    rule('nat', services, `${match(set, 'dst,dst')} -m addrtype --dst-type LOCAL -j ACCEPT`);
  };
  if (isUsed('KUBE-EXTERNAL-IP')) {
    rule('nat', services, `${match('KUBE-EXTERNAL-IP', 'dst,dst')} -j ${markMasq}`);
    acceptExternal('KUBE-EXTERNAL-IP');
  }
  if (isUsed('KUBE-EXTERNAL-IP-LOCAL')) acceptExternal('KUBE-EXTERNAL-IP-LOCAL');
  rule('nat', services, `-m addrtype --dst-type LOCAL -j ${nodePort}`);
  rule('nat', loadBalancer, `-j ${markMasq}`);
  rule('filter', sourceRanges, '-j DROP');
  text.filter += outFilter;
  for (const set of ['KUBE-CLUSTER-IP', 'KUBE-LOAD-BALANCER'] as const) if (isUsed(set)) rule('nat', services, `${bare(set, 'dst,dst')} -j ACCEPT`);
  rule('filter', forward, `-m comment --comment "kubernetes forwarding rules" -m mark --mark ${mark}/${mark} -j ACCEPT`);
  rule('filter', forward, '-m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT');
  rule('filter', nodePort, `${match('KUBE-HEALTH-CHECK-NODE-PORT', 'dst')} -j ACCEPT`);
  for (const set of ['KUBE-LOAD-BALANCER', 'KUBE-CLUSTER-IP', 'KUBE-EXTERNAL-IP', 'KUBE-EXTERNAL-IP-LOCAL'] as const)
    rule('filter', ipvsFilter, `${bare(set, 'dst,dst')} -j RETURN`);
  rule('filter', ipvsFilter, `${bare('KUBE-HEALTH-CHECK-NODE-PORT', 'dst')} -j RETURN`);
  rule('filter', ipvsFilter, `-m conntrack --ctstate NEW ${bare('KUBE-IPVS-IPS', 'dst')} -j REJECT`);
  rule('nat', postrouting, `-m mark ! --mark ${mark}/${mark} -j RETURN`);
  rule('nat', postrouting, `-j MARK --xor-mark ${mark}`);
  rule('nat', postrouting, `-m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE${config.randomFully ? ' --random-fully' : ''}`);
  rule('nat', markMasq, `-j MARK --or-mark ${mark}`);
  const lines = (chains: string[]): string => chains.map((chain) => `:${chain} - [0:0]\n`).join('');
  return `*nat\n${lines(natChains)}${text.nat}COMMIT\n*filter\n${lines(filterChains)}${text.filter}COMMIT\n`;
}
