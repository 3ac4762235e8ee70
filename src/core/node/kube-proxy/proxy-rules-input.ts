/** Reads the input of `proxy-rules`: checks shapes and says in a sentence what is wrong. */
import type { KubeObject } from '../../api/types.ts';
import type { Family } from '../../contracts/netfilter.ts';
import { isAddress, isNetwork } from './address.ts';
import type { LocalTrafficDetector, ProxierConfig, ProxyMode } from './config.ts';
import type { ProxyRulesInput } from './proxy-rules.ts';
import type { KubeProxyArgs } from './state.ts';

/** The user's input cannot be used; the message is a sentence for the user. */
export class InputError extends Error {
  override name = 'InputError';
}

type Bag = Record<string, unknown>;

const isBag = (value: unknown): value is Bag => typeof value === 'object' && value !== null && !Array.isArray(value);

function bag(value: unknown, where: string): Bag {
  if (!isBag(value)) throw new InputError(`${where} must be an object, not ${kindOf(value)}`);
  return value;
}
function text(value: unknown, where: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw new InputError(`${where} must be text, not ${kindOf(value)}`);
  return value;
}
function flag(value: unknown, where: string): boolean | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'boolean') throw new InputError(`${where} must be true or false, not ${kindOf(value)}`);
  return value;
}
function list(value: unknown, where: string): unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new InputError(`${where} must be a list, not ${kindOf(value)}`);
  return value;
}
function texts(value: unknown, where: string): string[] | undefined {
  if (value === undefined || value === null) return undefined;
  return list(value, where).map((each, i) => text(each, `${where}[${i}]`) ?? '');
}
function number(value: unknown, where: string, low: number, high: number): void {
  if (value === undefined || value === null) return;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < low || value > high)
    throw new InputError(`${where} must be a whole number from ${low} to ${high}, not ${typeof value === 'number' ? value : kindOf(value)}`);
}
function labels(value: unknown, where: string): Record<string, string> {
  const out: Record<string, string> = Object.create(null);
  if (value === undefined || value === null) return out;
  const given = bag(value, where);
  for (const key of Object.keys(given)) out[key] = text(given[key], `${where}.${key}`) ?? '';
  return out;
}
const kindOf = (value: unknown): string =>
  value === null
    ? 'null'
    : Array.isArray(value)
      ? 'a list'
      : typeof value === 'object'
        ? 'an object'
        : typeof value === 'string'
          ? `${JSON.stringify(value.slice(0, 60))}`
          : String(value);

const modes = ['iptables', 'ipvs', 'nftables'];

/** Where the input does not say: the ranges of the clusters that are simulated. */
const usual = { nodeName: 'worker-1', nodeIP: '10.0.0.11', serviceCIDR: '10.96.0.0/16' };

export function readConfig(json: unknown, mode: ProxyMode | null): Omit<ProxyRulesInput, 'objects'> {
  const root = bag(json, 'the input');
  const c = root.config === undefined ? {} : bag(root.config, 'config');
  const chosen = mode ?? text(c.mode, 'config.mode') ?? 'iptables';
  if (!modes.includes(chosen)) throw new InputError(`config.mode must be iptables, ipvs or nftables, not ${JSON.stringify(chosen)}`);
  const family = text(c.ipFamily, 'config.ipFamily');
  if (family !== undefined && family !== 'IPv4' && family !== 'IPv6')
    throw new InputError(`config.ipFamily must be IPv4 or IPv6, not ${JSON.stringify(family)}`);
  // A proxier's own configuration, as the vectors have it, against that of the process, as recordings have it.
  const ofProxier = family !== undefined;
  const nodeName = text(c.nodeName ?? root.node, 'config.nodeName') ?? usual.nodeName;
  const nodeIP = text(c.nodeIP ?? root.nodeIP, 'config.nodeIP') ?? (ofProxier ? '' : usual.nodeIP);
  for (const ip of nodeIP === '' ? [] : nodeIP.split(','))
    if (!isAddress(ip.trim())) throw new InputError(`config.nodeIP: ${JSON.stringify(ip)} is not an IP address`);
  const args: KubeProxyArgs = {
    nodeName,
    nodeIP,
    mode: chosen as ProxyMode,
    ...optional('clusterCIDR', cidrs(c.clusterCIDR, 'config.clusterCIDR')),
    ...optional('serviceCIDR', cidrs(c.serviceCIDR ?? c.serviceCIDRs, 'config.serviceCIDR') ?? (ofProxier ? undefined : usual.serviceCIDR)),
    ...optional('podCIDR', cidrs(c.podCIDR, 'config.podCIDR')),
    ...localMode(c),
    ...optional('masqueradeAll', flag(c.masqueradeAll, 'config.masqueradeAll')),
    ...optional('localhostNodePorts', flag(c.localhostNodePorts, 'config.localhostNodePorts')),
    ...optional('nodePortAddresses', nodePortAddresses(c, ofProxier)),
    ...optional('ipvsScheduler', text(c.ipvsScheduler ?? c.scheduler, 'config.ipvsScheduler')),
    ...optional('ipvsExcludeCIDRs', texts(c.ipvsExcludeCIDRs ?? c.excludeCIDRs, 'config.excludeCIDRs')),
    nodeLabels: labels(c.nodeLabels ?? c.topologyLabels ?? root.nodeLabels, 'config.nodeLabels'),
  };
  const families: Family[] = ofProxier ? [family as Family] : familiesOf(nodeIP, chosen as ProxyMode);
  const local = texts(c.localAddresses ?? c.nodeAddresses, 'config.localAddresses') ?? [];
  const localAddresses = local.length > 0 ? local : ['127.0.0.1', '::1', ...nodeIP.split(',').map((ip) => ip.trim())].filter((ip) => ip !== '');
  return { args, mode: chosen as ProxyMode, families, overrides: overridesOf(c), localAddresses };
}

const optional = <T>(name: string, value: T | undefined): Record<string, T> => (value === undefined ? {} : { [name]: value });

/** The family of the node's address; nftables mode makes both tables. */
function familiesOf(nodeIP: string, mode: ProxyMode): Family[] {
  if (mode === 'nftables') return ['IPv4', 'IPv6'];
  const ips = nodeIP.split(',');
  const out: Family[] = [];
  if (ips.some((ip) => !ip.includes(':'))) out.push('IPv4');
  if (ips.some((ip) => ip.includes(':'))) out.push('IPv6');
  return out;
}

function cidrs(value: unknown, where: string): string | undefined {
  const given = text(value, where);
  if (given === undefined || given === '') return undefined;
  for (const cidr of given.split(',')) if (!isNetwork(cidr)) throw new InputError(`${where}: ${JSON.stringify(cidr)} is not a CIDR such as 10.244.0.0/16`);
  return given;
}

function nodePortAddresses(c: Bag, ofProxier: boolean): string[] | undefined {
  const given = texts(c.nodePortAddresses, 'config.nodePortAddresses');
  if (given === undefined) return undefined;
  for (const cidr of given)
    if (cidr !== 'primary' && !isNetwork(cidr)) throw new InputError(`config.nodePortAddresses: ${JSON.stringify(cidr)} is not a CIDR such as 192.168.0.0/24`);
  return given.length === 0 && !ofProxier ? undefined : given;
}

const localModes = ['ClusterCIDR', 'NodeCIDR', 'BridgeInterface', 'InterfaceNamePrefix'];

function localMode(c: Bag): Partial<KubeProxyArgs> {
  const mode = text(c.detectLocalMode, 'config.detectLocalMode');
  if (mode === undefined || mode === '') return {};
  if (!localModes.includes(mode)) throw new InputError(`config.detectLocalMode must be one of ${localModes.join(', ')}, not ${JSON.stringify(mode)}`);
  const nested = c.detectLocal === undefined ? {} : bag(c.detectLocal, 'config.detectLocal');
  const device = mode === 'BridgeInterface' ? (c.bridgeInterface ?? nested.bridgeInterface) : (c.interfaceNamePrefix ?? nested.interfaceNamePrefix);
  return {
    detectLocalMode: mode as NonNullable<KubeProxyArgs['detectLocalMode']>,
    ...optional('detectLocalInterface', text(device ?? c.detectLocalInterface, 'config.detectLocalInterface')),
  };
}

function overridesOf(c: Bag): Partial<ProxierConfig> {
  const out: Partial<ProxierConfig> = {};
  const mark = text(c.masqueradeMark, 'config.masqueradeMark');
  if (mark !== undefined) {
    if (!/^0x[0-9a-fA-F]{1,8}$/.test(mark)) throw new InputError(`config.masqueradeMark must be a number such as 0x4000, not ${JSON.stringify(mark)}`);
    out.masqueradeMark = mark;
  }
  const local = flag(c.localhostNodePorts, 'config.localhostNodePorts');
  if (local !== undefined) out.localhostNodePorts = local;
  const liberal = flag(c.conntrackTCPLiberal, 'config.conntrackTCPLiberal');
  if (liberal !== undefined) out.conntrackTCPLiberal = liberal;
  const counters = texts(c.nfAcctCounters, 'config.nfAcctCounters');
  if (counters !== undefined) out.nfAcctCounters = counters;
  const random = flag(c.randomFully, 'config.randomFully');
  if (random !== undefined) out.randomFully = random;
  if (c.localTrafficDetector !== undefined) out.detector = detector(bag(c.localTrafficDetector, 'config.localTrafficDetector'));
  return out;
}

function detector(d: Bag): LocalTrafficDetector {
  const where = 'config.localTrafficDetector';
  switch (d.kind) {
    case 'none':
      return { kind: 'none' };
    case 'cidr':
      return { kind: 'cidr', cidr: cidrs(d.cidr, `${where}.cidr`) ?? '' };
    case 'bridgeInterface':
      return { kind: 'bridgeInterface', interface: text(d.interface, `${where}.interface`) ?? '' };
    case 'interfaceNamePrefix':
      return { kind: 'interfaceNamePrefix', prefix: text(d.prefix, `${where}.prefix`) ?? '' };
    default:
      throw new InputError(`${where}.kind must be none, cidr, bridgeInterface or interfaceNamePrefix, not ${kindOf(d.kind)}`);
  }
}

/** Objects of other kinds are left out; the items of Lists are taken. */
export function readObjects(json: unknown): KubeObject[] {
  const root = bag(json, 'the input');
  if (root.objects === undefined) throw new InputError('the input has no objects: it must be {"config": …, "objects": [Service or EndpointSlice, …]}');
  const out: KubeObject[] = [];
  const take = (value: unknown, where: string, depth: number): void => {
    const object = bag(value, where);
    const kind = text(object.kind, `${where}.kind`);
    if (kind === undefined) throw new InputError(`${where} has no kind`);
    if (kind.endsWith('List') && depth < 4) {
      for (const [i, item] of list(object.items, `${where}.items`).entries()) take(item, `${where}.items[${i}]`, depth + 1);
      return;
    }
    const metadata = bag(object.metadata, `${where}.metadata`);
    if (!text(metadata.name, `${where}.metadata.name`)) throw new InputError(`${where}.metadata has no name`);
    text(metadata.namespace, `${where}.metadata.namespace`);
    const made = labels(metadata.labels, `${where}.metadata.labels`);
    if (kind === 'Service') checkService(object, where);
    else if (kind === 'EndpointSlice') checkSlice(object, where);
    const namespace = kind === 'Node' ? {} : { namespace: metadata.namespace ?? 'default' };
    out.push({ ...object, metadata: { ...metadata, ...namespace, labels: made } } as unknown as KubeObject);
  };
  for (const [i, each] of list(root.objects, 'objects').entries()) take(each, `objects[${i}]`, 0);
  return out;
}

function checkService(object: Bag, where: string): void {
  const spec = bag(object.spec, `${where}.spec`);
  for (const field of ['type', 'clusterIP', 'sessionAffinity', 'internalTrafficPolicy', 'externalTrafficPolicy']) text(spec[field], `${where}.spec.${field}`);
  for (const field of ['clusterIPs', 'ipFamilies', 'externalIPs', 'loadBalancerSourceRanges']) texts(spec[field], `${where}.spec.${field}`);
  number(spec.healthCheckNodePort, `${where}.spec.healthCheckNodePort`, 0, 65535);
  if (spec.sessionAffinityConfig !== undefined && spec.sessionAffinityConfig !== null) {
    const affinity = bag(spec.sessionAffinityConfig, `${where}.spec.sessionAffinityConfig`);
    const client = affinity.clientIP === undefined ? {} : bag(affinity.clientIP, `${where}.spec.sessionAffinityConfig.clientIP`);
    number(client.timeoutSeconds, `${where}.spec.sessionAffinityConfig.clientIP.timeoutSeconds`, 1, 86_400);
  }
  for (const [i, each] of list(spec.ports, `${where}.spec.ports`).entries()) {
    const at = `${where}.spec.ports[${i}]`;
    const port = bag(each, at);
    text(port.name, `${at}.name`);
    checkProtocol(port, at);
    if (port.port === undefined || port.port === null) throw new InputError(`${at} has no port`);
    number(port.port, `${at}.port`, 1, 65535);
    number(port.nodePort, `${at}.nodePort`, 0, 65535);
  }
  if (object.status === undefined || object.status === null) return;
  const status = bag(object.status, `${where}.status`);
  if (status.loadBalancer === undefined || status.loadBalancer === null) return;
  const balancer = bag(status.loadBalancer, `${where}.status.loadBalancer`);
  for (const [i, each] of list(balancer.ingress, `${where}.status.loadBalancer.ingress`).entries()) {
    const at = `${where}.status.loadBalancer.ingress[${i}]`;
    const ingress = bag(each, at);
    text(ingress.ip, `${at}.ip`);
    text(ingress.ipMode, `${at}.ipMode`);
  }
}

function checkSlice(object: Bag, where: string): void {
  text(object.addressType, `${where}.addressType`);
  for (const [i, each] of list(object.ports, `${where}.ports`).entries()) {
    const at = `${where}.ports[${i}]`;
    const port = bag(each, at);
    text(port.name, `${at}.name`);
    checkProtocol(port, at);
    number(port.port, `${at}.port`, 0, 65535);
  }
  for (const [i, each] of list(object.endpoints, `${where}.endpoints`).entries()) {
    const at = `${where}.endpoints[${i}]`;
    const endpoint = bag(each, at);
    texts(endpoint.addresses, `${at}.addresses`);
    text(endpoint.nodeName, `${at}.nodeName`);
    if (endpoint.conditions !== undefined && endpoint.conditions !== null) {
      const conditions = bag(endpoint.conditions, `${at}.conditions`);
      for (const name of ['ready', 'serving', 'terminating']) flag(conditions[name], `${at}.conditions.${name}`);
    }
    if (endpoint.hints === undefined || endpoint.hints === null) continue;
    const hints = bag(endpoint.hints, `${at}.hints`);
    for (const name of ['forZones', 'forNodes'])
      for (const [j, hint] of list(hints[name], `${at}.hints.${name}`).entries())
        text(bag(hint, `${at}.hints.${name}[${j}]`).name, `${at}.hints.${name}[${j}].name`);
  }
}

function checkProtocol(port: Bag, where: string): void {
  const protocol = text(port.protocol, `${where}.protocol`);
  if (protocol !== undefined && !['TCP', 'UDP', 'SCTP'].includes(protocol))
    throw new InputError(`${where}.protocol must be TCP, UDP or SCTP, not ${JSON.stringify(protocol)}`);
}
