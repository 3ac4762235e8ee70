/**
 * States and timeouts of flows. Models net/netfilter/nf_conntrack_proto_{tcp,udp,icmp,sctp}.c (Linux 6).
 * Simplified: segments of the model carry no bare acknowledgements of a FIN, so the second FIN ends a connection (CLOSE_WAIT and LAST_ACK are
 * passed at once); windows are not checked.
 */
import type { Skb } from '../../hooks.ts';
import type { Flow } from './table.ts';

type Segment = Pick<Skb, 'flags' | 'fin'>;

/** sysctl → seconds, where it is not set otherwise. */
export const tcpTimeouts: Readonly<Record<string, readonly [string, number]>> = {
  SYN_SENT: ['net.netfilter.nf_conntrack_tcp_timeout_syn_sent', 120],
  SYN_RECV: ['net.netfilter.nf_conntrack_tcp_timeout_syn_recv', 60],
  ESTABLISHED: ['net.netfilter.nf_conntrack_tcp_timeout_established', 432_000],
  FIN_WAIT: ['net.netfilter.nf_conntrack_tcp_timeout_fin_wait', 120],
  CLOSE_WAIT: ['net.netfilter.nf_conntrack_tcp_timeout_close_wait', 60],
  LAST_ACK: ['net.netfilter.nf_conntrack_tcp_timeout_last_ack', 30],
  TIME_WAIT: ['net.netfilter.nf_conntrack_tcp_timeout_time_wait', 120],
  CLOSE: ['net.netfilter.nf_conntrack_tcp_timeout_close', 10],
};
const sctpTimeouts: Readonly<Record<string, readonly [string, number]>> = {
  COOKIE_WAIT: ['net.netfilter.nf_conntrack_sctp_timeout_cookie_wait', 3],
  COOKIE_ECHOED: ['net.netfilter.nf_conntrack_sctp_timeout_cookie_echoed', 3],
  ESTABLISHED: ['net.netfilter.nf_conntrack_sctp_timeout_established', 210],
  SHUTDOWN_SENT: ['net.netfilter.nf_conntrack_sctp_timeout_shutdown_sent', 3],
  CLOSED: ['net.netfilter.nf_conntrack_sctp_timeout_closed', 10],
};

/** The state a first packet gives; null: INVALID, no flow can begin so. `loose`: connections are picked up in the middle. */
export function firstState(protocol: Skb['protocol'], segment: Segment): string | null {
  if (protocol === 'udp') return segment.flags === 'UDP' ? 'NEW' : null;
  if (protocol === 'icmp') return segment.flags === 'ECHO' ? 'NEW' : null;
  if (protocol === 'sctp') return segment.flags === 'SYN' ? 'COOKIE_WAIT' : null;
  if (segment.flags === 'SYN') return 'SYN_SENT';
  return (segment.flags === 'ACK' || segment.flags === 'DATA') && !segment.fin ? 'ESTABLISHED' : null;
}

/** The flow after a packet of it; the same object when nothing changes. `nowMs` decides when UDP is a stream. */
export function nextState(flow: Flow, segment: Segment, dir: 'ORIGINAL' | 'REPLY', nowMs: number): Flow {
  if (segment.flags === 'UNREACHABLE') return flow;
  let next = dir === 'REPLY' && flow.unreplied ? { ...flow, unreplied: false } : flow;
  if (flow.protocol === 'udp') {
    if (!next.unreplied && !next.assured && nowMs - flow.startedMs >= 2000) next = { ...next, assured: true };
    return next;
  }
  if (flow.protocol === 'icmp') return next;
  const state = flow.protocol === 'sctp' ? sctpState(flow, segment, dir) : tcpState(flow, segment, dir);
  const assured = next.assured || state === 'ESTABLISHED';
  const fin = next.fin === '' && (segment.fin || segment.flags === 'FIN') ? dir : next.fin;
  return state === next.state && assured === next.assured && fin === next.fin ? next : { ...next, state, assured, fin };
}

function tcpState({ state, fin }: Flow, segment: Segment, dir: 'ORIGINAL' | 'REPLY'): string {
  if (segment.flags === 'RST') return 'CLOSE';
  if (segment.flags === 'SYN') return state;
  if (segment.flags === 'SYN-ACK') return state === 'SYN_SENT' && dir === 'REPLY' ? 'SYN_RECV' : state;
  if (segment.fin || segment.flags === 'FIN') {
    if (fin !== '' && fin !== dir) return 'TIME_WAIT';
    return state === 'SYN_RECV' || state === 'ESTABLISHED' ? 'FIN_WAIT' : state;
  }
  if (state === 'SYN_RECV' && dir === 'ORIGINAL') return 'ESTABLISHED';
  if (state === 'FIN_WAIT' && dir !== fin) return 'CLOSE_WAIT';
  return state;
}

function sctpState({ state, fin }: Flow, segment: Segment, dir: 'ORIGINAL' | 'REPLY'): string {
  if (segment.flags === 'RST') return 'CLOSED';
  if (segment.flags === 'SYN-ACK') return state === 'COOKIE_WAIT' ? 'COOKIE_ECHOED' : state;
  if (segment.fin || segment.flags === 'FIN') return fin !== '' && fin !== dir ? 'CLOSED' : 'SHUTDOWN_SENT';
  return state === 'COOKIE_ECHOED' && segment.flags !== 'SYN' ? 'ESTABLISHED' : state;
}

/** How long the flow lives after this packet, ms. `sysctl` answers '' when unknown. */
export function timeoutMs(flow: Flow, sysctl: (name: string) => string): number {
  if (flow.protocol === 'udp')
    return flow.assured ? seconds(sysctl, 'net.netfilter.nf_conntrack_udp_timeout_stream', 120) : seconds(sysctl, 'net.netfilter.nf_conntrack_udp_timeout', 30);
  if (flow.protocol === 'icmp') return seconds(sysctl, 'net.netfilter.nf_conntrack_icmp_timeout', 30);
  const [name, standard] = (flow.protocol === 'tcp' ? tcpTimeouts : sctpTimeouts)[flow.state] ?? ['', 10];
  return seconds(sysctl, name, standard);
}

function seconds(sysctl: (name: string) => string, name: string, standard: number): number {
  const text = sysctl(name);
  return (text !== '' && /^\d{1,7}$/.test(text) ? Number(text) : standard) * 1000;
}

/** A SYN for a connection that is over begins a new one. */
export const reopens = (flow: Flow, segment: Segment): boolean =>
  flow.protocol === 'tcp' && segment.flags === 'SYN' && (flow.state === 'TIME_WAIT' || flow.state === 'CLOSE' || flow.state === 'LAST_ACK');
