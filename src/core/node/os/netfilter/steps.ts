/** The steps of the packet lens. */
import type { WalkStep } from '../../../contracts/netfilter.ts';
import type { Skb } from '../hooks.ts';

export const snapshot = ({ src, sport, dst, dport, mark }: Skb): NonNullable<WalkStep['before']> => ({ src, sport, dst, dport, mark });
