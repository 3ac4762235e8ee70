/**
 * Which real server gets a new connection. Models net/netfilter/ipvs/ip_vs_{rr,wrr,lc,wlc,sed,nq,dh,sh,mh}.c (Linux 6).
 * Simplified: no connection thresholds; mh keys its table by the half SipHash of a 32-bit build.
 */
import { wordsOf } from '../ip.ts';
import { realKey, serviceKey } from './keys.ts';
import { maglev } from './maglev.ts';
import type { Connections, Real, Service } from './table.ts';

const names = ['rr', 'wrr', 'lc', 'wlc', 'sed', 'nq', 'dh', 'sh', 'mh'];
export const isScheduler = (name: string): boolean => names.includes(name);

export interface Client {
  ip: string;
  port: number;
  /** The virtual server's address. */
  dst: string;
}

/** Null: no server can take it. `keep`: the pointers of rr and wrr move. */
export function schedule(service: Service, client: Client, connections: () => Connections, keep: boolean): Real | null {
  const { reals } = service;
  if (reals.length === 0) return null;
  switch (service.scheduler) {
    case 'wrr':
      return weightedRoundRobin(service, keep);
    case 'lc':
      return least(service, connections(), (c) => c.active * 256 + c.inactive, false);
    case 'wlc':
      return least(service, connections(), (c) => c.active * 256 + c.inactive, true);
    case 'sed':
      return least(service, connections(), (c) => c.active + 1, true);
    case 'nq': {
      const key = serviceKey(service.ip, service.port, service.protocol);
      const count = connections();
      return reals.find((r) => r.weight > 0 && count(key, realKey(r)).active === 0) ?? least(service, count, (c) => c.active + 1, true);
    }
    case 'dh': {
      const real = reals[hash32(wordsOf(client.dst)) % reals.length] as Real;
      return real.weight > 0 ? real : null;
    }
    case 'sh':
      return sourceHash(service, client);
    case 'mh': {
      const port = service.flags.some((f) => f === 'mh-port' || f === 'flag-2' || f === 'source-hash') ? client.port : 0;
      const real = maglev(reals, client.ip, port);
      return real !== null && real.weight > 0 ? real : null;
    }
    default:
      return roundRobin(service, keep);
  }
}

function roundRobin(service: Service, keep: boolean): Real | null {
  const { reals } = service;
  const last = service.last === '' ? -1 : reals.findIndex((r) => realKey(r) === service.last);
  for (let i = 1; i <= reals.length; i += 1) {
    const real = reals[(last + i + reals.length) % reals.length] as Real;
    if (real.weight <= 0) continue;
    if (keep) service.last = realKey(real);
    return real;
  }
  return null;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

function weightedRoundRobin(service: Service, keep: boolean): Real | null {
  const { reals } = service;
  const di = reals.reduce((g, r) => (r.weight > 0 ? gcd(r.weight, g) : g), 0) || 1;
  const mw = reals.reduce((m, r) => Math.max(m, r.weight), 0) - (di - 1);
  if (mw <= 0) return null;
  let cw = service.currentWeight > 0 ? Math.min(service.currentWeight, mw) : mw;
  let at = service.last === '' ? -1 : reals.findIndex((r) => realKey(r) === service.last);
  // Every weight is visited once at most, and the list once more.
  for (let rounds = 0; rounds <= Math.ceil(mw / di) + 1; rounds += 1) {
    for (at += 1; at < reals.length; at += 1) {
      const real = reals[at] as Real;
      if (real.weight < cw) continue;
      if (keep) {
        service.last = realKey(real);
        service.currentWeight = cw;
      }
      return real;
    }
    at = -1;
    cw -= di;
    if (cw <= 0) cw = mw;
  }
  return null;
}

type Count = { active: number; inactive: number };

/** The cheapest server, per weight when `weighted`; the first wins ties. */
function least(service: Service, connections: Connections, cost: (c: Count) => number, weighted: boolean): Real | null {
  const key = serviceKey(service.ip, service.port, service.protocol);
  let best: Real | null = null;
  let bestCost = 0;
  for (const real of service.reals) {
    if (real.weight <= 0) continue;
    const here = cost(connections(key, realKey(real)));
    if (best === null || (weighted ? bestCost * real.weight > here * best.weight : here < bestCost)) {
      best = real;
      bestCost = here;
    }
  }
  return best;
}

/** hash_32 of the address (IPv6: its words folded), 8 bits. */
function hash32(words: readonly number[], port = 0): number {
  const folded = words.reduce((a, b) => a ^ b, 0);
  return Math.imul((folded + port) | 0, 0x61c88647) >>> 24;
}

/** 256 buckets; each server takes as many in a row as its weight. */
function sourceHash(service: Service, client: Client): Real | null {
  const { reals } = service;
  const port = service.flags.includes('sh-port') || service.flags.includes('flag-2') ? client.port : 0;
  const fallback = service.flags.includes('sh-fallback') || service.flags.includes('flag-1');
  const buckets: Real[] = [];
  let d = 0;
  let count = 0;
  for (let i = 0; i < 256; i += 1) {
    const real = reals[d] as Real;
    buckets.push(real);
    count += 1;
    if (count >= real.weight) {
      d = (d + 1) % reals.length;
      count = 0;
    }
  }
  const words = wordsOf(client.ip);
  const first = buckets[hash32(words, port)] as Real;
  if (first.weight > 0 || !fallback) return first.weight > 0 ? first : null;
  for (let offset = 0; offset < 256; offset += 1) {
    const real = buckets[hash32([(offset + hash32(words, port)) | 0])] as Real;
    if (real.weight > 0) return real;
  }
  return null;
}
