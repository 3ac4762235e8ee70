/** Addresses of the rooms of a host. */
import type { Address } from '../engine/types.ts';

/** `host` → `host/room`. Asked for with every message: each text is made once, and is the same one ever after. */
export function addressOf(room: string): (host: string) => Address {
  const known = new Map<string, Address>();
  return (host) => {
    let address = known.get(host);
    if (address === undefined) {
      address = `${host}/${room}`;
      if (known.size < 1000) known.set(host, address);
    }
    return address;
  };
}
