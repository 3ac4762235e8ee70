/** resolv.conf of a pod. Models pkg/kubelet/network/dns/dns.go, v1.36.2. */
import type { Pod } from '../../../api/types.ts';
import { podDesc } from '../events.ts';

export interface DNSConfig {
  servers: string[];
  searches: string[];
  options: string[];
}
/** A warning that GetPodDNS gives out; `about` node as well as pod for MissingClusterDNS. */
export interface DNSEvent {
  about: 'pod' | 'node';
  reason: 'DNSConfigForming' | 'MissingClusterDNS';
  message: string;
}
export interface ClusterDNS {
  /** null: none, and the node's resolv.conf serves; empty: none is configured, which the kubelet warns of. */
  server: string | null;
  domain: string;
}

const maxNameservers = 3;
const maxSearchPaths = 32;
const maxSearchListChars = 2048;
const maxSearchPathChars = 253;

/** `host` is the node's own resolv.conf. */
export function getPodDNS(pod: Pod, cluster: ClusterDNS, host: DNSConfig): { dns: DNSConfig; events: DNSEvent[] } {
  const events: DNSEvent[] = [];
  const policy = dnsType(pod);
  let dns: DNSConfig = { servers: [...host.servers], searches: [...host.searches], options: [...host.options] };
  if (policy === 'none') dns = { servers: [], searches: [], options: [] };
  else if (policy === 'cluster' && cluster.server) {
    dns.servers = [cluster.server];
    dns.searches = clusterSearches(pod, cluster.domain, dns.searches);
    dns.options = ['ndots:5'];
  } else if (policy === 'cluster' && cluster.server === '') {
    const message = 'kubelet does not have ClusterDNS IP configured and cannot create Pod using "ClusterFirst" policy. Falling back to "Default" policy.';
    events.push({ about: 'node', reason: 'MissingClusterDNS', message });
    events.push({ about: 'pod', reason: 'MissingClusterDNS', message: `pod: ${JSON.stringify(podDesc(pod))}. ${message}` });
  }
  const own = pod.spec.dnsConfig;
  if (own) {
    dns.servers = unique([...dns.servers, ...(own.nameservers ?? [])]);
    dns.searches = unique([...dns.searches, ...(own.searches ?? [])]);
    dns.options = mergeOptions(dns.options, own.options ?? []);
  }
  return { dns: fitLimits(dns, events), events };
}

function dnsType(pod: Pod): 'none' | 'cluster' | 'host' {
  switch (pod.spec.dnsPolicy) {
    case 'None':
      return 'none';
    case 'Default':
      return 'host';
    case 'ClusterFirst':
      return pod.spec.hostNetwork ? 'host' : 'cluster';
    default:
      return 'cluster';
  }
}

function clusterSearches(pod: Pod, domain: string, host: string[]): string[] {
  if (domain === '') return host;
  return unique([`${pod.metadata.namespace}.svc.${domain}`, `svc.${domain}`, domain, ...host]);
}

const unique = (texts: string[]): string[] => [...new Set(texts)];

/** By name; a value of the pod's replaces one that is there. */
function mergeOptions(existing: string[], own: { name: string; value?: string }[]): string[] {
  const byName: [string, string][] = existing.map((option) => {
    const colon = option.indexOf(':');
    return colon < 0 ? [option, ''] : [option.slice(0, colon), option.slice(colon + 1)];
  });
  for (const { name, value } of own) {
    const known = byName.find(([n]) => n === name);
    if (known) known[1] = value ?? '';
    else byName.push([name, value ?? '']);
  }
  return byName.map(([name, value]) => (value === '' ? name : `${name}:${value}`));
}

function fitLimits(dns: DNSConfig, events: DNSEvent[]): DNSConfig {
  let servers = dns.servers;
  if (servers.length > maxNameservers) {
    servers = servers.slice(0, maxNameservers);
    const message = `Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: ${servers.join(' ')}`;
    events.push({ about: 'pod', reason: 'DNSConfigForming', message });
  }
  let searches = dns.searches.slice(0, maxSearchPaths).filter((path) => path.length <= maxSearchPathChars);
  while (searches.join(' ').length > maxSearchListChars) searches = searches.slice(0, -1);
  if (searches.length < dns.searches.length) {
    const message = `Search Line limits were exceeded, some search paths have been omitted, the applied search line is: ${searches.join(' ')}`;
    events.push({ about: 'pod', reason: 'DNSConfigForming', message });
  }
  return { servers, searches, options: dns.options };
}

/** The node's resolv.conf. Models parseResolvConf: the last `search` and `options` lines win. */
export function parseResolvConf(text: string): DNSConfig {
  const out: DNSConfig = { servers: [], searches: [], options: [] };
  for (const line of text.split('\n').slice(0, 200)) {
    const [word, ...fields] = line.trim().split(/\s+/);
    if (word === 'nameserver' && fields[0]) out.servers.push(fields[0]);
    else if (word === 'search') out.searches = fields.map((f) => (f === '.' ? f : f.replace(/\.$/, '')));
    else if (word === 'options') out.options = [...out.options, ...fields.filter((f) => !out.options.includes(f))];
  }
  return out;
}
