/** Finds the connection of a segment. Derived from the table of connections, so not state: made anew when the state is a copy. */
import type { Protocol } from '../../../contracts/socket.ts';
import type { OsState } from '../state.ts';
import type { Connection } from './sockets.ts';

/** Both ports → connections that have them; addresses are compared. */
type Index = Map<number, Connection[]>;

const indexes = new WeakMap<object, Index>();

const keyOf = (lport: number, pport: number): number => lport * 65536 + pport;

function indexOf(s: OsState): Index {
  const { connections } = s.sockets;
  let index = indexes.get(connections);
  if (index) return index;
  index = new Map();
  indexes.set(connections, index);
  for (const c of connections) if (c) put(index, c);
  return index;
}

function put(index: Index, c: Connection): void {
  const key = keyOf(c.lport, c.pport);
  const there = index.get(key);
  if (there) there.push(c);
  else index.set(key, [c]);
}

/** To be called after the connection was added to the table. */
export function indexConnection(s: OsState, c: Connection): void {
  if (indexes.has(s.sockets.connections)) put(indexOf(s), c);
}

export function unindexConnection(s: OsState, c: Connection): void {
  const index = indexes.get(s.sockets.connections);
  const key = keyOf(c.lport, c.pport);
  const there = index?.get(key);
  if (!index || !there) return;
  if (there.length === 1) index.delete(key);
  else there.splice(there.indexOf(c), 1);
}

export function connectionAt(s: OsState, netns: string, protocol: Protocol, lip: string, lport: number, pip: string, pport: number): Connection | null {
  const there = indexOf(s).get(keyOf(lport, pport));
  if (!there) return null;
  for (const c of there) if (c.lip === lip && c.pip === pip && c.netns === netns && c.protocol === protocol) return c;
  return null;
}
