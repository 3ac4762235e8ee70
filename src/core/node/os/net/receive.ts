/** Finds the socket of a packet that reached a namespace, and hands it over to the transport. */
import type { Skb } from '../hooks.ts';
import type { OsState } from '../state.ts';
import { connectionAt } from './demux.ts';
import type { Kernel } from './kernel.ts';
import { type Connection, type Listener, listenerAt } from './sockets.ts';
import { tcpReceive } from './tcp.ts';
import { icmpReceive, udpReceive } from './udp.ts';

/** The connection a packet belongs to, else the socket bound where it goes; null: none. */
export function locate(s: OsState, netns: string, skb: Skb): Connection | Listener | null {
  if (skb.protocol === 'icmp') return null;
  if (skb.protocol === 'udp') return listenerAt(s, netns, 'udp', skb.dst, skb.dport);
  const connection = connectionAt(s, netns, skb.protocol, skb.dst, skb.dport, skb.src, skb.sport);
  return connection ?? (skb.flags === 'SYN' ? listenerAt(s, netns, skb.protocol, skb.dst, skb.dport) : null);
}

export function receive(k: Kernel, netns: string, skb: Skb, socket: Connection | Listener | null): void {
  if (skb.protocol === 'icmp') icmpReceive(k, netns, skb);
  else if (skb.protocol === 'udp') udpReceive(k, netns, skb, socket as Listener | null);
  else tcpReceive(k, netns, skb, socket);
}

/** Whether nobody waits for a packet and its sender is told so: what a note calls NO_LISTENER. */
export function unclaimed(skb: Skb, socket: Connection | Listener | null): boolean {
  if (socket !== null || skb.protocol === 'icmp') return false;
  // The last segments of a connection that is closed already are nobody's, and no fault.
  return skb.flags === 'SYN' || skb.flags === 'SYN-ACK' || skb.flags === 'DATA' || skb.flags === 'UDP';
}
