/** Hands packets that reached a namespace to their transport. */
import type { Skb } from '../hooks.ts';
import type { OsState } from '../state.ts';
import type { Kernel } from './kernel.ts';
import { listenerAt } from './sockets.ts';
import { tcpReceive, tcpWanted } from './tcp.ts';
import { icmpReceive, udpReceive } from './udp.ts';

export function receive(k: Kernel, netns: string, skb: Skb): void {
  switch (skb.protocol) {
    case 'udp':
      return udpReceive(k, netns, skb);
    case 'icmp':
      return icmpReceive(k, netns, skb);
    default:
      return tcpReceive(k, netns, skb);
  }
}

/** Whether somebody there waits for it: what a note calls DELIVERED or NO_LISTENER. */
export function wanted(s: OsState, netns: string, skb: Skb): boolean {
  if (skb.protocol === 'icmp' || skb.flags === 'UNREACHABLE') return true;
  return skb.protocol === 'udp' ? listenerAt(s, netns, 'udp', skb.dst, skb.dport) !== null : tcpWanted({ s }, netns, skb);
}
