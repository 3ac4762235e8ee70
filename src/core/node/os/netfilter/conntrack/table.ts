/**
 * The connection table. Entries are frozen and replaced when their state changes; when they end is kept beside them, as that moves with every
 * packet. What finds an entry by its addresses is derived, not state. Ended entries are noticed when they are met.
 */
import type { Protocol } from '../../../../contracts/socket.ts';
import { share } from '../../../../engine/share.ts';
import type { Tuple } from '../../hooks.ts';

export interface Flow {
  readonly protocol: Protocol;
  readonly state: string;
  readonly orig: Tuple;
  /** Addresses of answers: differ from those of `orig` turned round where the flow is translated. */
  readonly reply: Tuple;
  readonly dnat: boolean;
  readonly snat: boolean;
  readonly assured: boolean;
  readonly unreplied: boolean;
  readonly mark: number;
  /** A UDP flow that still lives 2 s after its start is a stream. */
  readonly startedMs: number;
  /** Direction of the first FIN; '' none yet. */
  readonly fin: '' | 'ORIGINAL' | 'REPLY';
  /** Real server that IPVS chose: `VIP:port/proto` and `RIP:port`. */
  readonly ipvs: { readonly service: string; readonly real: string } | null;
  /** What translated it, as its tool prints it. */
  readonly by: string | null;
}

export interface ConntrackTable {
  slots: (Flow | null)[];
  /** Milliseconds; of the slot with the same number. */
  expiresMs: number[];
  free: number[];
  /** Slot looked at next when a flow is added: a few each time, so that ended ones do not pile up. */
  sweep: number;
  /** Flows that were turned away because the table was full. */
  refused: number;
}

/** Flows held at most; a kernel says `nf_conntrack: nf_conntrack: table full, dropping packet`. */
export const maxFlows = 32_768;

export const newConntrack = (): ConntrackTable => ({ slots: [], expiresMs: [], free: [], sweep: 0, refused: 0 });

/** Ports of a packet → slots · 2 + direction. */
type Index = Map<number, number[]>;
const indexes = new WeakMap<object, Index>();

const keyOf = (t: Tuple): number => t.sport * 65536 + t.dport;

function indexOf(table: ConntrackTable): Index {
  let index = indexes.get(table.slots);
  if (index) return index;
  index = new Map();
  indexes.set(table.slots, index);
  table.slots.forEach((flow, slot) => {
    if (flow) addToIndex(index as Index, flow, slot);
  });
  return index;
}

function addToIndex(index: Index, flow: Flow, slot: number): void {
  file(index, keyOf(flow.orig), slot * 2);
  file(index, keyOf(flow.reply), slot * 2 + 1);
}

function file(index: Index, key: number, code: number): void {
  const there = index.get(key);
  if (there) there.push(code);
  else index.set(key, [code]);
}

function takeFromIndex(index: Index, flow: Flow, slot: number): void {
  unfile(index, keyOf(flow.orig), slot * 2);
  unfile(index, keyOf(flow.reply), slot * 2 + 1);
}

function unfile(index: Index, key: number, code: number): void {
  const there = index.get(key);
  if (!there) return;
  if (there.length === 1) index.delete(key);
  else there.splice(there.indexOf(code), 1);
}

const same = (a: Tuple, src: string, dst: string): boolean => a.src === src && a.dst === dst;

/** Slot · 2 + direction (1: an answer), or -1. Ended flows are taken out on the way. */
export function findFlow(table: ConntrackTable, protocol: Protocol, t: Tuple, nowMs: number): number {
  const there = indexOf(table).get(keyOf(t));
  if (!there) return -1;
  for (let i = 0; i < there.length; i += 1) {
    const code = there[i] as number;
    const slot = code >> 1;
    const flow = table.slots[slot] as Flow;
    if (flow.protocol !== protocol || !same(code & 1 ? flow.reply : flow.orig, t.src, t.dst)) continue;
    if ((table.expiresMs[slot] as number) > nowMs) return code;
    removeFlow(table, slot);
    return -1;
  }
  return -1;
}

/** Whether an answer with these addresses would belong to a flow already. Changes nothing. */
export function tupleTaken(table: ConntrackTable, protocol: Protocol, t: Tuple, nowMs: number): boolean {
  const there = indexOf(table).get(keyOf(t));
  if (!there) return false;
  for (let i = 0; i < there.length; i += 1) {
    const code = there[i] as number;
    const flow = table.slots[code >> 1] as Flow;
    if (flow.protocol === protocol && same(code & 1 ? flow.reply : flow.orig, t.src, t.dst) && (table.expiresMs[code >> 1] as number) > nowMs) return true;
  }
  return false;
}

/** The slot, or -1 when the table is full. */
export function addFlow(table: ConntrackTable, flow: Flow, expiresMs: number, nowMs: number, max: number): number {
  sweep(table, nowMs, 4);
  if (table.free.length === 0 && table.slots.length >= max) {
    sweep(table, nowMs, table.slots.length);
    if (table.free.length === 0) {
      table.refused += 1;
      return -1;
    }
  }
  const index = indexOf(table);
  const slot = table.free.pop() ?? table.slots.length;
  table.slots[slot] = share(flow);
  table.expiresMs[slot] = expiresMs;
  addToIndex(index, flow, slot);
  return slot;
}

/** Addresses stay; for those `removeFlow` and `addFlow`. */
export function changeFlow(table: ConntrackTable, slot: number, flow: Flow): void {
  table.slots[slot] = share(flow);
}

export function removeFlow(table: ConntrackTable, slot: number): void {
  const flow = table.slots[slot];
  if (!flow) return;
  takeFromIndex(indexOf(table), flow, slot);
  table.slots[slot] = null;
  table.expiresMs[slot] = 0;
  table.free.push(slot);
}

function sweep(table: ConntrackTable, nowMs: number, count: number): void {
  const { slots } = table;
  for (let i = 0; i < count && slots.length > 0; i += 1) {
    if (table.sweep >= slots.length) table.sweep = 0;
    if (slots[table.sweep] && (table.expiresMs[table.sweep] as number) <= nowMs) removeFlow(table, table.sweep);
    table.sweep += 1;
  }
}

/** Flows that have not ended, in the order of their slots. */
export function livingFlows(table: ConntrackTable, nowMs: number): { flow: Flow; slot: number; expiresMs: number }[] {
  const out: { flow: Flow; slot: number; expiresMs: number }[] = [];
  table.slots.forEach((flow, slot) => {
    const expiresMs = table.expiresMs[slot] as number;
    if (flow && expiresMs > nowMs) out.push({ flow, slot, expiresMs });
  });
  return out;
}
