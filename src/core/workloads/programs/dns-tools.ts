/** `nslookup` (busybox before and after 1.29, and BIND's), `dig`, `host`, `getent hosts`. */
import type { DnsMessage, DnsRecord, DnsType } from '../../contracts/dns.ts';
import type { Outcome, ProcessEvent, Program } from '../kernel/program.ts';
import type { Sys } from '../kernel/sys.ts';
import { goOnResolving, isIPv4, type Resolved, type Resolving, resolvConf, startResolve } from './resolver.ts';

interface Lookup {
  form: 'old' | 'new' | 'bind' | 'dig' | 'short' | 'host' | 'getent';
  name: string;
  types: DnsType[];
  server: string;
  resolving?: Resolving;
  records: DnsRecord[];
  rcode: string;
  found: number;
  last?: DnsMessage;
  startedMs: number;
  search: boolean;
}

const arpa = (ip: string): string => `${ip.split('.').reverse().join('.')}.in-addr.arpa.`;
const bare = (name: string): string => name.replace(/\.$/, '');

function begin(sys: Sys, l: Lookup): Outcome {
  sys.process.data = l;
  if (l.form === 'new') sys.out(`Server:\t\t${l.server}\nAddress:\t${l.server}:53\n\n`);
  if (l.form === 'old') sys.out(`Server:    ${l.server}\nAddress 1: ${l.server}\n\n`);
  return next(sys, l);
}

function next(sys: Sys, l: Lookup): Outcome {
  const type = l.types[0];
  if (type === undefined) return report(sys, l);
  const got = startResolve(sys, type === 'PTR' && isIPv4(l.name) ? arpa(l.name) : l.name, { type, hosts: false, server: l.server, search: l.search });
  if ('candidates' in got) {
    l.resolving = got;
    return undefined;
  }
  return took(sys, l, got);
}

function took(sys: Sys, l: Lookup, got: Resolved): Outcome {
  delete l.resolving;
  l.types.shift();
  if ('failure' in got) {
    if (got.failure === 'timeout') return timedOut(sys, l);
    if (l.found === 0) l.rcode = got.failure;
    if (got.last) l.last = got.last;
  } else {
    l.found += 1;
    l.records.push(...got.records);
    l.rcode = 'NOERROR';
  }
  return next(sys, l);
}

function timedOut(sys: Sys, l: Lookup): number {
  if (l.form === 'old') sys.err(`nslookup: can't resolve '${l.name}'\n`);
  else if (l.form === 'new') sys.out(';; connection timed out; no servers could be reached\n\n');
  else if (l.form === 'dig' || l.form === 'short') {
    sys.out(
      `;; communications error to ${l.server}#53: timed out\n\n; <<>> DiG 9.18.39 <<>> ${sys.argv.slice(1).join(' ')}\n;; global options: +cmd\n;; no servers could be reached\n`,
    );
    return 9;
  } else if (l.form !== 'getent') sys.out(';; connection timed out; no servers could be reached\n\n');
  return l.form === 'getent' ? 2 : 1;
}

function report(sys: Sys, l: Lookup): number {
  const { form, name, records } = l;
  const ok = records.length > 0;
  if (form === 'getent') {
    for (const r of records) sys.out(`${r.data.padEnd(15)} ${bare(r.name)}\n`);
    return ok ? 0 : 2;
  }
  if (form === 'old') {
    if (!ok) {
      sys.err(`nslookup: can't resolve '${name}'\n`);
      return 1;
    }
    const addresses = records.filter((r) => r.type === 'A');
    sys.out(`Name:      ${name}\n`);
    for (const [i, r] of (addresses.length > 0 ? addresses : records).entries())
      sys.out(`Address ${i + 1}: ${addresses.length > 0 ? `${r.data} ${bare(r.name)}` : `${name} ${bare(r.data)}`}\n`);
    return 0;
  }
  if (form === 'dig' || form === 'short') return dig(sys, l);
  const words = l.rcode === 'NODATA' ? undefined : `** server can't find ${form === 'bind' ? name : bare(name)}: ${l.rcode}`;
  if (form === 'host') {
    if (!ok) {
      sys.out(`Host ${name} not found: 3(NXDOMAIN)\n`);
      return 1;
    }
    for (const r of records)
      sys.out(
        r.type === 'PTR'
          ? `${bare(r.name)} domain name pointer ${r.data}\n`
          : r.type === 'CNAME'
            ? `${bare(r.name)} is an alias for ${r.data}\n`
            : `${bare(r.name)} has address ${r.data}\n`,
      );
    return 0;
  }
  if (form === 'bind') sys.out(`Server:\t\t${l.server}\nAddress:\t${l.server}#53\n\n`);
  if (!ok) {
    sys.out(words ? `${words}\n\n` : `*** Can't find ${name}: No answer\n\n`);
    return 1;
  }
  for (const r of records) {
    if (r.type === 'CNAME') sys.out(`${bare(r.name)}\tcanonical name = ${form === 'bind' ? r.data : bare(r.data)}\n`);
    else if (r.type === 'PTR') sys.out(`${bare(r.name)}\tname = ${form === 'bind' ? r.data : bare(r.data)}\n`);
    else if (r.type === 'SRV') sys.out(`${bare(r.name)}\tservice = ${r.data}\n`);
    else if (r.type === 'A' || r.type === 'AAAA') sys.out(`Name:\t${bare(r.name)}\nAddress: ${r.data}\n${form === 'new' ? '' : ''}`);
    else sys.out(`${bare(r.name)}\ttext = ${r.data}\n`);
  }
  sys.out('\n');
  return 0;
}

function dig(sys: Sys, l: Lookup): number {
  if (l.form === 'short') {
    for (const r of l.records) sys.out(`${r.data}\n`);
    return 0;
  }
  const type =
    l.resolving?.type ?? (sys.argv.find((a) => /^(A|AAAA|SRV|PTR|TXT|NS|SOA|ANY|CNAME)$/i.test(a)) ?? (sys.argv.includes('-x') ? 'PTR' : 'A')).toUpperCase();
  const asked = sys.argv.includes('-x') ? arpa(l.name) : `${bare(l.name)}.`;
  const authority = l.last?.authority ?? [];
  const line = (r: DnsRecord): string => `${r.name}\t${r.ttl}\tIN\t${r.type}\t${r.data}\n`;
  sys.out(
    `\n; <<>> DiG 9.18.39 <<>> ${sys.argv.slice(1).join(' ')}\n;; global options: +cmd\n;; Got answer:\n;; ->>HEADER<<- opcode: QUERY, status: ${l.rcode === 'NODATA' ? 'NOERROR' : l.rcode}, id: ${Math.floor(sys.kernel.ctx.random() * 65536)}\n;; flags: qr aa rd; QUERY: 1, ANSWER: ${l.records.length}, AUTHORITY: ${authority.length}, ADDITIONAL: 1\n;; WARNING: recursion requested but not available\n\n;; OPT PSEUDOSECTION:\n; EDNS: version: 0, flags:; udp: 1232\n;; QUESTION SECTION:\n;${asked}\t\tIN\t${type}\n`,
  );
  if (l.records.length > 0) sys.out(`\n;; ANSWER SECTION:\n${l.records.map(line).join('')}`);
  if (authority.length > 0) sys.out(`\n;; AUTHORITY SECTION:\n${authority.map(line).join('')}`);
  sys.out(`\n;; Query time: ${sys.nowMs - l.startedMs} msec\n;; SERVER: ${l.server}#53(${l.server}) (UDP)\n;; MSG SIZE  rcvd: 120\n\n`);
  return 0;
}

function resume(sys: Sys, event: ProcessEvent): Outcome {
  const l = sys.process.data as Lookup;
  if (!l.resolving) return undefined;
  const got = goOnResolving(sys, l.resolving, event);
  return got ? took(sys, l, got) : undefined;
}

const lookup = (sys: Sys, form: Lookup['form'], name: string, types: DnsType[], server: string | undefined, search: boolean): Outcome =>
  begin(sys, {
    form,
    name,
    types,
    server: server ?? (resolvConf(sys).servers[0] as string),
    records: [],
    rcode: 'NXDOMAIN',
    found: 0,
    startedMs: sys.nowMs,
    search,
  });

const nslookup = (bind: boolean): Program => ({
  start(sys) {
    const types = sys.argv.flatMap((a) => /^-(?:type|query|q|t)=([A-Za-z]+)$/.exec(a)?.[1]?.toUpperCase() ?? []) as DnsType[];
    const [name, server] = sys.argv.slice(1).filter((a) => !a.startsWith('-'));
    if (name === undefined) {
      sys.err('Usage: nslookup [-type=QUERY_TYPE] [-debug] HOST [DNS_SERVER]\n');
      return 1;
    }
    const old = /busybox:1\.(1[0-9]|2[0-8])(\.|$)/.test(sys.container.environment.image);
    const wanted: DnsType[] = types.length > 0 ? types : isIPv4(name) ? ['PTR'] : bind || old ? ['A'] : ['A', 'AAAA'];
    return lookup(sys, bind ? 'bind' : old ? 'old' : 'new', name, wanted, server, true);
  },
  resume,
});

export const dnsTools: Record<string, Program> = {
  nslookup: nslookup(false),
  'nslookup-bind': nslookup(true),
  dig: {
    start(sys) {
      const args = sys.argv.slice(1);
      let server: string | undefined;
      let name = '.';
      let type: DnsType = 'A';
      for (const [i, a] of args.entries()) {
        if (a.startsWith('@')) server = a.slice(1);
        else if (a === '-x') {
          name = args[i + 1] ?? '';
          type = 'PTR';
        } else if (a.startsWith('+') || a.startsWith('-') || a === 'IN') continue;
        else if (/^(A|AAAA|SRV|PTR|TXT|NS|SOA|ANY|CNAME)$/i.test(a)) type = a.toUpperCase() as DnsType;
        else if (args[i - 1] !== '-x' && args[i - 1] !== '-t') name = a;
      }
      return lookup(sys, args.includes('+short') ? 'short' : 'dig', name, [type], server, args.includes('+search'));
    },
    resume,
  },
  host: { start: (sys) => lookup(sys, 'host', sys.argv[1] ?? '', isIPv4(sys.argv[1] ?? '') ? ['PTR'] : ['A'], sys.argv[2], true), resume },
  getent: {
    start(sys) {
      if (sys.argv[1] === 'passwd' || sys.argv[1] === 'group') {
        const got = sys.files.read(`/etc/${sys.argv[1]}`);
        const lines =
          'error' in got
            ? []
            : got.text.split('\n').filter((l) => l !== '' && (sys.argv[2] === undefined || l.startsWith(`${sys.argv[2]}:`) || l.split(':')[2] === sys.argv[2]));
        for (const l of lines) sys.out(`${l}\n`);
        return lines.length > 0 ? 0 : 2;
      }
      const name = sys.argv[2] ?? '';
      const got = startResolve(sys, name);
      if ('ips' in got) {
        sys.out(`${(got.ips[0] ?? '').padEnd(15)} ${name}\n`);
        return 0;
      }
      return lookup(sys, 'getent', name, ['A'], undefined, true);
    },
    resume,
  },
};
