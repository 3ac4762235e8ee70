/** The matches this kernel has, by the name `-m` gives them. */
import type { MatchExtension } from './extension.ts';
import { addrtype, comment, iprange, ipvs, mac, nfacct, owner, physdev, rpfilter, set } from './matches-place.ts';
import { icmp, icmp6, multiport, sctp, tcp, udp } from './matches-ports.ts';
import { connmark, conntrack, limit, mark, recent, state, statistic } from './matches-state.ts';

export const matches = {
  tcp,
  udp,
  sctp,
  icmp,
  icmp6,
  'ipv6-icmp': icmp6,
  icmpv6: icmp6,
  multiport,
  comment,
  conntrack,
  state,
  mark,
  connmark,
  addrtype,
  statistic,
  recent,
  limit,
  physdev,
  set,
  owner,
  iprange,
  rpfilter,
  nfacct,
  ipvs,
  mac,
} as unknown as Readonly<Record<string, MatchExtension<never>>>;
