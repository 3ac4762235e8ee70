/** Address lists of `-m recent`. Models net/netfilter/xt_recent.c: 100 addresses a list, 20 stamps an address, the oldest go first. */
import type { Namespace } from './state.ts';

const maxAddresses = 100;
const maxStamps = 20;
const maxLists = 20_000;

export function recentSet(ns: Namespace, name: string, ip: string, nowMs: number): void {
  if (name === '__proto__') return;
  let list = Object.hasOwn(ns.recent, name) ? ns.recent[name] : undefined;
  if (!list) {
    if (Object.keys(ns.recent).length >= maxLists) return;
    list = {};
    ns.recent[name] = list;
  }
  const stamps = Object.hasOwn(list, ip) ? (list[ip] as number[]) : [];
  // The least recently seen is the first: an address seen again goes to the end.
  delete list[ip];
  stamps.push(nowMs);
  if (stamps.length > maxStamps) stamps.shift();
  list[ip] = stamps;
  const names = Object.keys(list);
  if (names.length > maxAddresses) delete list[names[0] as string];
}

export function recentCheck(ns: Namespace, name: string, ip: string, nowMs: number, seconds: number, hitcount: number): boolean {
  const list = Object.hasOwn(ns.recent, name) ? ns.recent[name] : undefined;
  const stamps = list && Object.hasOwn(list, ip) ? list[ip] : undefined;
  if (!stamps) return false;
  const fresh = seconds === 0 ? stamps.length : stamps.filter((at) => at >= nowMs - seconds * 1000).length;
  return fresh >= Math.max(1, hitcount);
}

/** The last rule that names a list is gone: so is the list. */
export function forgetList(ns: Namespace, name: string): void {
  delete ns.recent[name];
}
