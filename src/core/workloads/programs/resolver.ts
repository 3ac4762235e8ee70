/**
 * Name resolution as a program's C library does it: /etc/hosts, then /etc/resolv.conf with its search list, one server after another.
 * glibc tries a name with enough dots as it is first and then the search list; musl then leaves the search list out.
 */
import { type DnsMessage, type DnsRecord, type DnsType, decodeDns, encodeDns } from '../../contracts/dns.ts';
import type { ProcessEvent } from '../kernel/program.ts';
import type { Sys } from '../kernel/sys.ts';
import { baseTree } from '../rootfs.ts';

export interface Resolving {
  name: string;
  type: DnsType;
  /** Names to try, with their final dot. */
  candidates: string[];
  servers: string[];
  server: number;
  attempt: number;
  attempts: number;
  timeoutMs: number;
  id: number;
  /** The worst that a server said so far. */
  failure: 'NXDOMAIN' | 'SERVFAIL' | 'NODATA' | 'timeout';
}

/** `failure`: why there is no address. */
export type Resolved =
  | { ips: string[]; records: DnsRecord[]; server?: string; name: string }
  | { failure: Resolving['failure']; server?: string; last?: DnsMessage };

export const isIPv4 = (text: string): boolean => /^[0-9]{1,3}(\.[0-9]{1,3}){3}$/.test(text) && text.split('.').every((p) => Number(p) < 256);
export const isIP = (text: string): boolean => isIPv4(text) || (text.includes(':') && /^[0-9a-fA-F:.]+$/.test(text));

interface Conf {
  servers: string[];
  search: string[];
  ndots: number;
  timeoutMs: number;
  attempts: number;
}

export function resolvConf(sys: Sys): Conf {
  const got = sys.files.read('/etc/resolv.conf');
  const conf: Conf = { servers: [], search: [], ndots: 1, timeoutMs: 5000, attempts: 2 };
  if (!('error' in got)) {
    for (const line of got.text.split('\n').slice(0, 100)) {
      const [key, ...values] = line
        .replace(/[#;].*/, '')
        .trim()
        .split(/\s+/);
      if (key === 'nameserver' && values[0] && conf.servers.length < 3) conf.servers.push(values[0]);
      else if (key === 'search') conf.search = values.slice(0, 32);
      else if (key === 'domain' && values[0]) conf.search = [values[0]];
      else if (key === 'options') {
        for (const v of values) {
          const [name, value] = v.split(':');
          if (name === 'ndots') conf.ndots = Math.min(15, Number(value) || 0);
          else if (name === 'timeout') conf.timeoutMs = Math.max(1, Math.min(30, Number(value) || 5)) * 1000;
          else if (name === 'attempts') conf.attempts = Math.max(1, Math.min(5, Number(value) || 2));
        }
      }
    }
  }
  if (conf.servers.length === 0) conf.servers.push('127.0.0.1');
  return conf;
}

/** Answers at once from a literal address or /etc/hosts, else asks. `hosts: false`: DNS alone, as nslookup and dig. */
export function startResolve(
  sys: Sys,
  name: string,
  options: { type?: DnsType; hosts?: boolean; search?: boolean; server?: string } = {},
): Resolved | Resolving {
  if (options.hosts !== false) {
    if (isIP(name)) return { ips: [name], records: [], name };
    const hosts = sys.files.read('/etc/hosts');
    if (!('error' in hosts)) {
      for (const line of hosts.text.split('\n').slice(0, 1000)) {
        const fields = line.replace(/#.*/, '').trim().split(/\s+/);
        if (fields.length > 1 && isIPv4(fields[0] ?? '') && fields.slice(1).includes(name)) return { ips: [fields[0] as string], records: [], name };
      }
    }
    if (name === 'localhost') return { ips: ['127.0.0.1'], records: [], name };
  }
  const conf = resolvConf(sys);
  const bare = name.toLowerCase().replace(/\.$/, '');
  const dots = bare.split('.').length - 1;
  const musl = baseTree(sys.container.environment.image).family === 'alpine';
  const absolute = `${bare}.`;
  const searched = conf.search.map((s) => `${bare}.${s.replace(/\.$/, '').toLowerCase()}.`);
  let candidates: string[];
  if (name.endsWith('.') || options.search === false) candidates = [absolute];
  else if (dots >= conf.ndots) candidates = musl ? [absolute] : [absolute, ...searched];
  else candidates = [...searched, absolute];
  const st: Resolving = {
    name,
    type: options.type ?? 'A',
    candidates,
    servers: options.server ? [options.server] : conf.servers,
    server: 0,
    attempt: 0,
    attempts: conf.attempts,
    timeoutMs: conf.timeoutMs,
    id: 0,
    failure: 'NXDOMAIN',
  };
  ask(sys, st);
  return st;
}

function ask(sys: Sys, st: Resolving): void {
  st.id = Math.floor(sys.kernel.ctx.random() * 65_536);
  const message: DnsMessage = { id: st.id, name: st.candidates[0] ?? '.', type: st.type };
  const ip = st.servers[st.server] as string;
  sys.socket({ type: 'Socket', op: 'sendto', netns: sys.netns, protocol: 'udp', ip, port: 53, data: encodeDns(message), owner: sys.self, tag: sys.tag('dns') });
  sys.timer(st.timeoutMs);
}

/** Goes on with an event; undefined: it still waits (or the event was not its own). */
export function goOnResolving(sys: Sys, st: Resolving, event: ProcessEvent): Resolved | undefined {
  if (event.type === 'timer' || (event.type === 'Datagram' && event.error !== undefined)) {
    st.server += 1;
    if (st.server >= st.servers.length) {
      st.server = 0;
      st.attempt += 1;
    }
    if (st.attempt < st.attempts) {
      ask(sys, st);
      return undefined;
    }
    return { failure: 'timeout' };
  }
  if (event.type !== 'Datagram') return undefined;
  const m = decodeDns(event.data);
  if (!m || m.id !== st.id || m.rcode === undefined) return undefined;
  sys.process.generation += 1;
  const server = st.servers[st.server] as string;
  const found = (m.answers ?? []).filter((r) => r.type === st.type);
  if (m.rcode === 'NOERROR' && found.length > 0) return { ips: found.map((r) => r.data), records: m.answers ?? [], server, name: found[0]?.name ?? m.name };
  st.failure = m.rcode === 'NOERROR' ? 'NODATA' : m.rcode === 'NXDOMAIN' ? (st.failure === 'NODATA' ? 'NODATA' : 'NXDOMAIN') : 'SERVFAIL';
  st.candidates.shift();
  if (st.candidates.length > 0) {
    ask(sys, st);
    return undefined;
  }
  return { failure: st.failure, server, last: m };
}
