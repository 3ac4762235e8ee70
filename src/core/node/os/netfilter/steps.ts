/** The steps of the packet lens. */
import type { WalkStep } from '../../../contracts/netfilter.ts';
import type { Skb } from '../hooks.ts';

type Snapshot = NonNullable<WalkStep['before']>;

let last: Readonly<Snapshot> | null = null;

/** Of a packet as it is now; nobody changes it. Thousands of rules see the same packet: they share it. */
export function snapshot({ src, sport, dst, dport, mark }: Skb): Snapshot {
  if (last === null || last.mark !== mark || last.dst !== dst || last.dport !== dport || last.src !== src || last.sport !== sport)
    last = Object.freeze({ src, sport, dst, dport, mark });
  return last;
}
