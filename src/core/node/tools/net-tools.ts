/** The network's tools on a node, by the name the shell knows them by. */
import type { Tool } from '../../contracts/os.ts';
import { iptables, iptablesRestore, iptablesSave, nft } from './firewall-tools.ts';
import { bridge, ip, ss, sysctl } from './ip-tools.ts';
import { conntrack, ipset, ipvsadm } from './kernel-tables.ts';

export const netTools: Record<string, Tool> = {
  iptables: iptables('IPv4'),
  ip6tables: iptables('IPv6'),
  'iptables-save': iptablesSave('IPv4'),
  'ip6tables-save': iptablesSave('IPv6'),
  'iptables-restore': iptablesRestore('IPv4'),
  'ip6tables-restore': iptablesRestore('IPv6'),
  nft,
  ipset,
  ipvsadm,
  conntrack,
  ip,
  bridge,
  ss,
  sysctl,
};
