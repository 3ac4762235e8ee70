/**
 * What CoreDNS' kubernetes plugin answers (`pods insecure`, ttl 30, no cache, no upstream). Pure: the zone in, a query in, the answer out.
 * Models plugin/kubernetes/kubernetes.go, plugin/backend_lookup.go, v1.13.1.
 */
import type { DnsMessage, DnsRecord, DnsType } from '../../contracts/dns.ts';

export interface ZonePort {
  name: string;
  port: number;
  protocol: string;
}
export interface ZoneService {
  name: string;
  namespace: string;
  /** Empty for a headless one. */
  clusterIPs: string[];
  externalName: string;
  ports: ZonePort[];
}
export interface ZoneSlice {
  namespace: string;
  service: string;
  ports: ZonePort[];
  endpoints: { ip: string; hostname: string }[];
}
export interface Zone {
  domain: string;
  /** `namespace/name`. */
  services: Record<string, ZoneService>;
  /** `namespace/slice`. */
  slices: Record<string, ZoneSlice>;
  namespaces: Record<string, true>;
  /** Addresses of the server itself, for NS. */
  localIPs: string[];
  serial: number;
}

const ttl = 30;
const most = 1000;

/** One thing that a name stands for: an address with a port, or an alias. */
interface Found {
  host: string;
  port: number;
  /** Name that SRV points to. */
  target: string;
}

const label = /^[a-z0-9_]([-a-z0-9_]*[a-z0-9])?$/;
const dashed = (ip: string): string => ip.replaceAll('.', '-').replaceAll(':', '-');
const isV4 = (ip: string): boolean => !ip.includes(':') && /^[0-9.]+$/.test(ip);
const isAddress = (host: string): boolean => isV4(host) || host.includes(':');

export function answerDns(zone: Zone, query: Pick<DnsMessage, 'id' | 'name' | 'type'>, depth = 0): DnsMessage {
  const shown = query.name.endsWith('.') ? query.name : `${query.name}.`;
  const name = shown.toLowerCase().slice(0, -1);
  const base = { id: query.id, name: shown, type: query.type };
  const flags = ['qr', 'aa', 'rd'];
  const soa: DnsRecord = {
    name: `${zone.domain}.`,
    type: 'SOA',
    ttl,
    data: `ns.dns.${zone.domain}. hostmaster.${zone.domain}. ${zone.serial} 7200 1800 86400 30`,
  };
  const no = (rcode: 'NOERROR' | 'NXDOMAIN'): DnsMessage => ({ ...base, rcode, flags, answers: [], authority: [soa], additional: [] });
  const yes = (answers: DnsRecord[], additional: DnsRecord[] = []): DnsMessage => ({ ...base, rcode: 'NOERROR', flags, answers, authority: [], additional });
  const elsewhere: DnsMessage = { ...base, rcode: 'SERVFAIL', flags: ['qr', 'rd'], answers: [], authority: [], additional: [] };

  if (name.endsWith('.in-addr.arpa') || name.endsWith('.ip6.arpa')) {
    const targets = reverse(zone, name);
    if (targets.length === 0) return elsewhere;
    return query.type === 'PTR' ? yes(targets.map((data) => ({ name: shown, type: 'PTR', ttl, data }))) : no('NOERROR');
  }
  if (name !== zone.domain && !name.endsWith(`.${zone.domain}`)) return elsewhere;
  if (name === zone.domain) {
    if (query.type === 'SOA') return yes([soa]);
    if (query.type === 'NS') return nameServers(zone, shown, yes);
    return no('NOERROR');
  }
  const labels = name.slice(0, -zone.domain.length - 1).split('.');
  if (labels.length === 1 && labels[0] === 'dns-version') {
    return query.type === 'TXT' ? yes([{ name: shown, type: 'TXT', ttl: 28800, data: '"1.1.0"' }]) : no('NOERROR');
  }
  const found = lookup(zone, labels);
  if (found === 'none') return no('NXDOMAIN');
  if (found === 'empty') return no('NOERROR');
  return records(zone, shown, query, found, depth, yes, no);
}

function records(
  zone: Zone,
  shown: string,
  query: Pick<DnsMessage, 'id' | 'type'>,
  found: Found[],
  depth: number,
  yes: (a: DnsRecord[], more?: DnsRecord[]) => DnsMessage,
  no: (r: 'NOERROR') => DnsMessage,
): DnsMessage {
  const { type } = query;
  if (type === 'A' || type === 'AAAA' || type === 'CNAME') {
    const alias = found.find((f) => !isAddress(f.host));
    if (alias) {
      const cname: DnsRecord = { name: shown, type: 'CNAME', ttl, data: `${alias.host}.` };
      if (type === 'CNAME') return yes([cname]);
      if (alias.host !== zone.domain && !alias.host.endsWith(`.${zone.domain}`)) return yes([cname]);
      const next = depth < 7 ? answerDns(zone, { id: query.id, name: `${alias.host}.`, type }, depth + 1) : undefined;
      return next?.answers?.length ? yes([cname, ...next.answers]) : no('NOERROR');
    }
    if (type === 'CNAME') return no('NOERROR');
    const ips = [...new Set(found.map((f) => f.host).filter((ip) => isV4(ip) === (type === 'A')))];
    return ips.length > 0 ? yes(ips.map((data) => ({ name: shown, type, ttl, data }))) : no('NOERROR');
  }
  if (type !== 'SRV') return no('NOERROR');
  const targets = found.filter((f) => isAddress(f.host) && f.port >= 0);
  if (targets.length === 0) return no('NOERROR');
  const weight = Math.max(1, Math.floor(100 / targets.length));
  const answers = new Map<string, DnsRecord>();
  const additional = new Map<string, DnsRecord>();
  for (const f of targets) {
    const data = `0 ${weight} ${f.port} ${f.target}`;
    answers.set(data, { name: shown, type: 'SRV', ttl, data });
    additional.set(`${f.target} ${f.host}`, { name: f.target, type: isV4(f.host) ? 'A' : 'AAAA', ttl, data: f.host });
  }
  return yes([...answers.values()], [...additional.values()]);
}

/** `[…, service, namespace, 'svc']` → what it stands for; `empty`: the name exists and holds nothing of its own. */
function lookup(zone: Zone, labels: string[]): Found[] | 'none' | 'empty' {
  if (labels.some((l) => !label.test(l))) return 'none';
  const kind = labels.at(-1);
  const namespace = labels.at(-2);
  if (kind !== 'svc' && kind !== 'pod') return 'none';
  if (namespace === undefined) return 'empty';
  if (!Object.hasOwn(zone.namespaces, namespace)) return 'none';
  const rest = labels.slice(0, -2);
  if (rest.length === 0) return 'empty';
  if (kind === 'pod') return podRecord(rest);
  const name = rest.at(-1) as string;
  const service = Object.hasOwn(zone.services, `${namespace}/${name}`) ? zone.services[`${namespace}/${name}`] : undefined;
  if (!service) return 'none';
  const own = `${name}.${namespace}.svc.${zone.domain}.`;
  let port: string | undefined;
  let protocol: string | undefined;
  let host: string | undefined;
  if (rest.length === 2) host = rest[0];
  else if (rest.length === 3 && rest[0]?.startsWith('_') && rest[1]?.startsWith('_')) {
    port = rest[0].slice(1);
    protocol = rest[1].slice(1);
  } else if (rest.length !== 1) return 'none';
  if (service.externalName) return rest.length === 1 ? [{ host: service.externalName.replace(/\.$/, '').toLowerCase(), port: -1, target: '' }] : 'none';
  const fits = (p: ZonePort): boolean => port === undefined || (p.name === port && p.protocol.toLowerCase() === protocol);
  const out: Found[] = [];
  if (service.clusterIPs.length > 0 && host === undefined) {
    for (const p of service.ports) if (fits(p)) for (const ip of service.clusterIPs) out.push({ host: ip, port: p.port, target: own });
    if (service.ports.length === 0 && port === undefined) for (const ip of service.clusterIPs) out.push({ host: ip, port: -1, target: own });
    return out.length > 0 ? out : 'none';
  }
  for (const key in zone.slices) {
    const slice = zone.slices[key] as ZoneSlice;
    if (slice.namespace !== namespace || slice.service !== name) continue;
    for (const e of slice.endpoints) {
      const hostname = e.hostname || dashed(e.ip);
      if (host !== undefined && hostname !== host) continue;
      // An endpoint without ports still has its address.
      const ports = slice.ports.length > 0 ? slice.ports.filter(fits) : port === undefined ? [{ name: '', port: -1, protocol: 'TCP' }] : [];
      for (const p of ports) if (out.length < most) out.push({ host: e.ip, port: p.port, target: `${hostname}.${own}` });
    }
  }
  return out.length > 0 ? out : 'none';
}

/** `pods insecure`: any name that spells an address has it. */
function podRecord(rest: string[]): Found[] | 'none' {
  if (rest.length !== 1) return 'none';
  const name = rest[0] as string;
  const v4 = /^([0-9]{1,3})-([0-9]{1,3})-([0-9]{1,3})-([0-9]{1,3})$/.exec(name);
  if (v4) {
    const parts = v4.slice(1).map(Number);
    return parts.every((n) => n < 256) ? [{ host: parts.join('.'), port: -1, target: '' }] : 'none';
  }
  const groups = /^[0-9a-f-]{2,39}$/.test(name) ? name.split('-') : [];
  const v6 =
    (groups.length === 8 && groups.every((g) => g !== '' && g.length < 5)) || (name.split('--').length === 2 && groups.length < 9)
      ? name.replaceAll('-', ':')
      : undefined;
  return v6 ? [{ host: v6, port: -1, target: '' }] : 'none';
}

function reverse(zone: Zone, name: string): string[] {
  if (!name.endsWith('.in-addr.arpa')) return [];
  const ip = name.slice(0, -'.in-addr.arpa'.length).split('.').reverse().join('.');
  for (const key in zone.services) {
    const s = zone.services[key] as ZoneService;
    if (s.clusterIPs.includes(ip)) return [`${s.name}.${s.namespace}.svc.${zone.domain}.`];
  }
  const out = new Set<string>();
  for (const key in zone.slices) {
    const slice = zone.slices[key] as ZoneSlice;
    const service = zone.services[`${slice.namespace}/${slice.service}`];
    if (service && service.clusterIPs.length > 0) continue;
    for (const e of slice.endpoints) if (e.ip === ip) out.add(`${e.hostname || dashed(e.ip)}.${slice.service}.${slice.namespace}.svc.${zone.domain}.`);
  }
  return [...out];
}

/** The Services behind which this server itself is. */
function nameServers(zone: Zone, shown: string, yes: (a: DnsRecord[], more?: DnsRecord[]) => DnsMessage): DnsMessage {
  const answers: DnsRecord[] = [];
  const additional: DnsRecord[] = [];
  for (const key in zone.slices) {
    const slice = zone.slices[key] as ZoneSlice;
    if (!slice.endpoints.some((e) => zone.localIPs.includes(e.ip))) continue;
    const service = zone.services[`${slice.namespace}/${slice.service}`];
    for (const ip of service?.clusterIPs ?? []) {
      const target = `${slice.service}.${slice.namespace}.svc.${zone.domain}.`;
      answers.push({ name: shown, type: 'NS', ttl, data: target });
      additional.push({ name: target, type: isV4(ip) ? 'A' : 'AAAA', ttl, data: ip });
    }
  }
  return yes(answers, additional);
}

export type { DnsType };
