/** What the transports need of the host they run on. */
import type { Body, Ctx } from '../../../engine/types.ts';
import type { Skb } from '../hooks.ts';
import type { OsState } from '../state.ts';

/** What a sender says of a packet; the rest follows. */
export type Outgoing = Pick<Skb, 'protocol' | 'src' | 'sport' | 'dst' | 'dport' | 'flags' | 'data' | 'fin' | 'flow' | 'netns'> &
  Partial<Pick<Skb, 'uid' | 'origin'>>;

export interface Kernel {
  readonly s: OsState;
  readonly ctx: Ctx;
  transmit(packet: Outgoing): void;
}

/** To itself: look whether the SYN was answered. */
export interface SynTimer extends Body {
  readonly type: 'SynTimer';
  readonly connection: string;
  readonly attempt: number;
}
/** To itself: a ping's time is up. */
export interface PingTimer extends Body {
  readonly type: 'PingTimer';
  readonly key: string;
}

/** The errno's words for an ICMP error. */
export function errnoOf(code: string): string {
  if (code === 'icmp-host-unreachable') return 'no route to host';
  if (code === 'icmp-net-unreachable') return 'network is unreachable';
  // Linux maps ICMP_PKT_FILTERED (admin prohibited) to EHOSTUNREACH, ICMP_PORT_UNREACH to ECONNREFUSED.
  return code === 'icmp-admin-prohibited' ? 'no route to host' : 'connection refused';
}
