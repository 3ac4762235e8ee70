/** Questions about names outside the zone, asked of the first server of /etc/resolv.conf. Models plugin/forward, v1.13.1. Simplified: one upstream, UDP alone. */
import { type DnsMessage, encodeDns } from '../../contracts/dns.ts';
import type { Sys } from '../kernel/sys.ts';
import { resolvConf } from '../programs/resolver.ts';

export interface Pending {
  /** Its number with the upstream. */
  id: number;
  query: DnsMessage;
  ip: string;
  port: number;
  untilMs: number;
}

const timeoutMs = 5000;
const maxPending = 500;

/** Passes the question on. False: there is nobody to ask. */
export function forward(sys: Sys, pending: Pending[], query: DnsMessage, ip: string, port: number): boolean {
  const server = resolvConf(sys).servers[0];
  if (server === undefined || pending.length >= maxPending) return false;
  const last = pending[pending.length - 1];
  const id = last === undefined ? 1 : (last.id % 65_535) + 1;
  const socket = { type: 'Socket', op: 'sendto', netns: sys.netns, protocol: 'udp', ip: server, port: 53, owner: sys.self, tag: sys.tag('upstream') } as const;
  if (sys.socket({ ...socket, data: encodeDns({ id, name: query.name, type: query.type }) }).error !== undefined) return false;
  if (pending.length === 0) sys.timer(timeoutMs);
  pending.push({ id, query, ip, port, untilMs: sys.nowMs + timeoutMs });
  return true;
}

/** The upstream answered. */
export function forwarded(sys: Sys, pending: Pending[], answer: DnsMessage): void {
  const at = pending.findIndex((p) => p.id === answer.id && p.query.name.toLowerCase() === answer.name.toLowerCase());
  const one = pending[at];
  if (!one) return;
  pending.splice(at, 1);
  reply(sys, one.ip, one.port, { ...answer, id: one.query.id, name: one.query.name });
}

/** Those that waited too long are told that it failed. */
export function giveUp(sys: Sys, pending: Pending[]): void {
  while (pending[0] !== undefined && pending[0].untilMs <= sys.nowMs) {
    const { ip, port, query } = pending.shift() as Pending;
    reply(sys, ip, port, { ...query, rcode: 'SERVFAIL', flags: ['qr', 'rd'], answers: [], authority: [], additional: [] });
  }
  if (pending[0] !== undefined) sys.timer(Math.max(1, pending[0].untilMs - sys.nowMs));
}

export function reply(sys: Sys, ip: string, port: number, answer: DnsMessage): void {
  const socket = { type: 'Socket', op: 'sendto', netns: sys.netns, protocol: 'udp', ip, port, fromPort: 53, owner: sys.self, tag: sys.tag('udp53') } as const;
  sys.socket({ ...socket, data: encodeDns(answer) });
}
