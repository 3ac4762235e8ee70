/** Services. Models ValidateService* of pkg/apis/core/validation, v1.36.2. */
import { prepareServiceUpdate } from '../defaults/service.ts';
import { clone } from '../equal.ts';
import { duplicate, type FieldError, forbidden, invalid, invalids, notSupported, required } from './field.ts';
import { dns1123Label, dns1123Subdomain, portNumber } from './formats.ts';
import { parseIp, validateCidr, validateIp, validateNonSpecialIp } from './ip.ts';
import { type Loose, labelName, validateLabels, validateObjectMeta, validateObjectMetaUpdate, validateQualifiedName } from './meta.ts';
import { validatePortNumberOrName } from './probes.ts';

const protocols = ['SCTP', 'TCP', 'UDP'];
const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const policies = ['Cluster', 'Local'];
const maxAffinitySeconds = 86400;
const hintsAnnotation = 'service.kubernetes.io/topology-aware-hints';
const modeAnnotation = 'service.kubernetes.io/topology-mode';
const rangesAnnotation = 'service.beta.kubernetes.io/load-balancer-source-ranges';

const isHeadless = (spec: Loose): boolean => (spec.clusterIPs ?? []).length === 1 && spec.clusterIPs[0] === 'None';
export const isExternal = (spec: Loose): boolean =>
  spec.type === 'LoadBalancer' || spec.type === 'NodePort' || (spec.type === 'ClusterIP' && (spec.externalIPs ?? []).length > 0);
const needsHealthCheck = (spec: Loose): boolean => spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';

/** Lower-case RFC 1123 labels: the gate RelaxedServiceNameValidation is on in v1.36. */
export const serviceName = labelName;

/** `atRest`: what is allocated later (health check port) must be there. */
export function validateService(service: Loose, atRest = false): FieldError[] {
  const spec = service.spec ?? {};
  const errors = validateObjectMeta(service.metadata, true, serviceName);
  const annotations = service.metadata.annotations ?? {};
  const [hints, mode] = [annotations[hintsAnnotation], annotations[modeAnnotation]];
  if (hints !== undefined && mode !== undefined && hints !== mode) {
    errors.push(invalid(`metadata.annotations[${modeAnnotation}]`, mode, `must match annotations[${hintsAnnotation}] when both are specified`));
  }
  const ports: Loose[] = spec.ports ?? [];
  const headless = isHeadless(spec);
  if (ports.length === 0 && !headless && spec.type !== 'ExternalName') errors.push(required('spec.ports'));
  if (headless && (spec.type === 'LoadBalancer' || spec.type === 'NodePort')) {
    errors.push(invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${spec.type} services`));
  }
  if (spec.type === 'ExternalName') validateExternalName(spec, errors);
  const names = new Set<string>();
  ports.forEach((port, i) => {
    errors.push(...validatePort(port, ports.length > 1, names, `spec.ports[${i}]`));
  });
  errors.push(...validateLabels(spec.selector, 'spec.selector'));
  validateAffinity(spec, errors);
  errors.push(...validateClusterIps(spec));
  (spec.externalIPs ?? []).forEach((ip: string, i: number) => {
    const wrong = validateIp(ip, `spec.externalIPs[${i}]`);
    errors.push(...(wrong.length > 0 ? wrong : validateNonSpecialIp(ip, `spec.externalIPs[${i}]`)));
  });
  if (!spec.type) errors.push(required('spec.type'));
  else if (!types.includes(spec.type)) errors.push(notSupported('spec.type', spec.type, types));
  validatePortUse(spec, ports, errors);
  validateLoadBalancer(spec, annotations, errors);
  validateTraffic(spec, atRest, errors);
  return errors;
}

function validateExternalName(spec: Loose, errors: FieldError[]): void {
  if ((spec.clusterIPs ?? []).length > 0) errors.push(forbidden('spec.clusterIPs', 'may not be set for ExternalName services'));
  if ((spec.ipFamilies ?? []).length > 0) errors.push(forbidden('spec.ipFamilies', 'may not be set for ExternalName services'));
  if (spec.ipFamilyPolicy !== undefined) errors.push(forbidden('spec.ipFamilyPolicy', 'may not be set for ExternalName services'));
  const name = (spec.externalName ?? '').replace(/\.$/, '');
  if (name === '') errors.push(required('spec.externalName'));
  else errors.push(...invalids('spec.externalName', name, dns1123Subdomain(name)));
}

function validatePort(port: Loose, needsName: boolean, names: Set<string>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!port.name) {
    if (needsName) errors.push(required(`${path}.name`));
  } else {
    errors.push(...invalids(`${path}.name`, port.name, dns1123Label(port.name)));
    if (names.has(port.name)) errors.push(duplicate(`${path}.name`, port.name));
    names.add(port.name);
  }
  errors.push(...invalids(`${path}.port`, port.port ?? 0, portNumber(port.port ?? 0)));
  if (!port.protocol) errors.push(required(`${path}.protocol`));
  else if (!protocols.includes(port.protocol)) errors.push(notSupported(`${path}.protocol`, port.protocol, protocols));
  errors.push(...validatePortNumberOrName(port.targetPort, `${path}.targetPort`));
  if (port.appProtocol !== undefined) errors.push(...validateQualifiedName(port.appProtocol, `${path}.appProtocol`));
  return errors;
}

function validateAffinity(spec: Loose, errors: FieldError[]): void {
  const known = ['ClientIP', 'None'];
  const path = 'spec.sessionAffinityConfig';
  if (!spec.sessionAffinity) errors.push(required('spec.sessionAffinity'));
  else if (!known.includes(spec.sessionAffinity)) errors.push(notSupported('spec.sessionAffinity', spec.sessionAffinity, known));
  const config = spec.sessionAffinityConfig;
  if (spec.sessionAffinity === 'ClientIP') {
    const why = 'when session affinity type is ClientIP';
    const seconds = config?.clientIP?.timeoutSeconds;
    if (!config) errors.push(required(path, why));
    else if (!config.clientIP) errors.push(required(`${path}.clientIP`, why));
    else if (seconds === undefined) errors.push(required(`${path}.clientIP.timeoutSeconds`, why));
    else if (seconds <= 0 || seconds > maxAffinitySeconds) {
      errors.push(invalid(`${path}.clientIP.timeoutSeconds`, seconds, `must be greater than 0 and less than ${maxAffinitySeconds}`));
    }
  } else if (spec.sessionAffinity === 'None' && config) errors.push(forbidden(path, 'must not be set when session affinity is None'));
}

const families = ['IPv4', 'IPv6'];
const familyPolicies = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];

/** Models ValidateServiceClusterIPsRelatedFields. */
export function validateClusterIps(spec: Loose): FieldError[] {
  if (spec.type === 'ExternalName') return [];
  const errors: FieldError[] = [];
  const path = 'spec.clusterIPs';
  const ips: string[] = spec.clusterIPs ?? [];
  if (spec.clusterIP) {
    if (ips.length === 0) errors.push(required(path));
    else if (ips[0] !== spec.clusterIP) errors.push(invalid(path, ips, 'first value must match `clusterIP`'));
  } else if (ips.length > 0) errors.push(invalid(path, ips, 'must be empty when `clusterIP` is not specified'));
  const seen = new Set<string>();
  (spec.ipFamilies ?? []).forEach((family: string, i: number) => {
    if (!families.includes(family)) errors.push(notSupported(`spec.ipFamilies[${i}]`, family, families));
    if (seen.has(family)) errors.push(duplicate(`spec.ipFamilies[${i}]`, family));
    seen.add(family);
  });
  if (spec.ipFamilyPolicy !== undefined && !familyPolicies.includes(spec.ipFamilyPolicy))
    errors.push(notSupported('spec.ipFamilyPolicy', spec.ipFamilyPolicy, familyPolicies));
  let wrong = false;
  ips.forEach((ip, i) => {
    if (i === 0 && ip === 'None') {
      if (ips.length > 1) {
        wrong = true;
        errors.push(invalid(path, ips, "'None' must be the first and only value"));
      }
      return;
    }
    const found = validateIp(ip, `${path}[${i}]`);
    if (found.length > 0) wrong = true;
    errors.push(...found);
  });
  if (ips.length > 2) errors.push(invalid(path, ips, 'may only hold up to 2 values'));
  if (wrong) return errors;
  const isV6 = (ip: string): boolean => parseIp(ip)?.v4 === false;
  if (ips.length > 1 && !(ips.some(isV6) && ips.some((ip) => !isV6(ip)))) errors.push(invalid(path, ips, 'may specify no more than one IP for each IP family'));
  if (!isHeadless(spec)) {
    ips.forEach((ip, i) => {
      const family = spec.ipFamilies?.[i];
      if (family === 'IPv4' && isV6(ip)) errors.push(invalid(`${path}[${i}]`, ip, `expected an IPv4 value as indicated by \`ipFamilies[${i}]\``));
      if (family === 'IPv6' && !isV6(ip)) errors.push(invalid(`${path}[${i}]`, ip, `expected an IPv6 value as indicated by \`ipFamilies[${i}]\``));
    });
  }
  return errors;
}

function validatePortUse(spec: Loose, ports: Loose[], errors: FieldError[]): void {
  ports.forEach((port, i) => {
    if (spec.type === 'ClusterIP' && port.nodePort) errors.push(forbidden(`spec.ports[${i}].nodePort`, "may not be used when `type` is 'ClusterIP'"));
  });
  const nodePorts = new Set<string>();
  ports.forEach((port, i) => {
    if (!port.nodePort) return;
    const id = `${port.protocol}/${port.nodePort}`;
    if (nodePorts.has(id)) errors.push(duplicate(`spec.ports[${i}].nodePort`, port.nodePort));
    nodePorts.add(id);
  });
  const seen = new Set<string>();
  ports.forEach((port, i) => {
    const id = `${port.protocol}/${port.port}`;
    if (seen.has(id)) {
      const shown = { Name: '', Protocol: port.protocol ?? '', AppProtocol: null, Port: port.port ?? 0, TargetPort: 0, NodePort: 0 };
      errors.push(duplicate(`spec.ports[${i}]`, shown));
    }
    seen.add(id);
  });
}

const onlyLoadBalancer = "may only be used when `type` is 'LoadBalancer'";

function validateLoadBalancer(spec: Loose, annotations: Loose, errors: FieldError[]): void {
  const isLoadBalancer = spec.type === 'LoadBalancer';
  const ranges: string[] = spec.loadBalancerSourceRanges ?? [];
  if (ranges.length > 0) {
    if (!isLoadBalancer) errors.push(forbidden('spec.LoadBalancerSourceRanges', onlyLoadBalancer));
    ranges.forEach((range, i) => {
      errors.push(...validateCidr(range.trim(), `spec.LoadBalancerSourceRanges[${i}]`));
    });
  } else if (annotations[rangesAnnotation] !== undefined) {
    const path = `metadata.annotations[${rangesAnnotation}]`;
    if (!isLoadBalancer) errors.push(forbidden(path, onlyLoadBalancer));
    const text = annotations[rangesAnnotation].trim();
    if (text !== '') for (const range of text.split(',')) errors.push(...validateCidr(range.trim(), path));
  }
  if (spec.allocateLoadBalancerNodePorts !== undefined && !isLoadBalancer) errors.push(forbidden('spec.allocateLoadBalancerNodePorts', onlyLoadBalancer));
  if (isLoadBalancer && spec.allocateLoadBalancerNodePorts === undefined) errors.push(required('allocateLoadBalancerNodePorts'));
  if (spec.loadBalancerClass !== undefined) {
    if (isLoadBalancer) errors.push(...validateQualifiedName(spec.loadBalancerClass, 'spec.loadBalancerClass'));
    else errors.push(forbidden('spec.loadBalancerClass', onlyLoadBalancer));
  }
}

const distributions = ['PreferClose', 'PreferSameNode', 'PreferSameZone'];

function validateTraffic(spec: Loose, atRest: boolean, errors: FieldError[]): void {
  const external = spec.externalTrafficPolicy;
  if (!isExternal(spec)) {
    if (external) errors.push(invalid('spec.externalTrafficPolicy', external, 'may only be set for externally-accessible services'));
  } else if (!external) errors.push(required('spec.externalTrafficPolicy'));
  else if (!policies.includes(external)) errors.push(notSupported('spec.externalTrafficPolicy', external, policies));
  const health: number = spec.healthCheckNodePort ?? 0;
  if (!needsHealthCheck(spec)) {
    if (health !== 0) {
      errors.push(invalid('spec.healthCheckNodePort', health, "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"));
    }
  } else if (health === 0) {
    if (atRest) errors.push(required('spec.healthCheckNodePort'));
  } else errors.push(...invalids('spec.healthCheckNodePort', health, portNumber(health)));
  const internal = spec.internalTrafficPolicy;
  if (internal === undefined) {
    if (['NodePort', 'LoadBalancer', 'ClusterIP'].includes(spec.type)) errors.push(required('spec.internalTrafficPolicy'));
  } else if (!policies.includes(internal)) errors.push(notSupported('spec.internalTrafficPolicy', internal, policies));
  const distribution = spec.trafficDistribution;
  if (distribution !== undefined && !distributions.includes(distribution)) errors.push(notSupported('spec.trafficDistribution', distribution, distributions));
}

export function validateServiceUpdate(given: Loose, old: Loose): FieldError[] {
  const service = { ...given, spec: clone(given.spec) };
  prepareServiceUpdate(service, old);
  const errors = validateObjectMetaUpdate(service.metadata, old.metadata);
  const [spec, before] = [service.spec, old.spec];
  errors.push(...validateClusterIpChange(spec, before), ...validateFamilyChange(spec, before));
  if (spec.type === 'LoadBalancer' && before.type === 'LoadBalancer' && spec.loadBalancerClass !== before.loadBalancerClass) {
    errors.push(invalid('spec.loadBalancerClass', spec.loadBalancerClass, 'may not change once set'));
  }
  if (needsHealthCheck(before) && needsHealthCheck(spec) && spec.healthCheckNodePort !== before.healthCheckNodePort) {
    errors.push(forbidden('spec.healthCheckNodePort', 'field is immutable'));
  }
  return [...errors, ...validateService(service)];
}

const once = 'may not change once set';

function validateClusterIpChange(spec: Loose, before: Loose): FieldError[] {
  if (spec.type === 'ExternalName' || before.type === 'ExternalName' || (isHeadless(spec) && isHeadless(before))) return [];
  const [ips, old]: [string[], string[]] = [spec.clusterIPs ?? [], before.clusterIPs ?? []];
  const errors: FieldError[] = [];
  if (ips.length === old.length) {
    old.forEach((ip, i) => {
      if (ip !== ips[i]) errors.push(invalid(`spec.clusterIPs[${i}]`, ips, once));
    });
    return errors;
  }
  if (ips.length < old.length) {
    if (ips.length === 0) errors.push(invalid('spec.clusterIPs[0]', ips.length === 0 ? undefined : ips, 'primary clusterIP can not be unset'));
    else if (ips[0] !== old[0]) errors.push(invalid('spec.clusterIPs[0]', ips, once));
    if (ips.length === 1 && spec.ipFamilyPolicy !== 'SingleStack') {
      errors.push(invalid('spec.ipFamilyPolicy', spec.ipFamilyPolicy, "must be set to 'SingleStack' when releasing the secondary clusterIP"));
    }
  } else if (old.length > 0 && ips[0] !== old[0]) errors.push(invalid('spec.clusterIPs[0]', ips, once));
  return errors;
}

function validateFamilyChange(spec: Loose, before: Loose): FieldError[] {
  if (spec.type === 'ExternalName' || before.type === 'ExternalName' || isHeadless(spec) || isHeadless(before)) return [];
  const [now, old]: [string[], string[]] = [spec.ipFamilies ?? [], before.ipFamilies ?? []];
  // Families left out are filled in from the old object by the registry.
  if (now.length === 0) return [];
  const errors: FieldError[] = [];
  if (now.length === old.length) {
    now.forEach((family, i) => {
      if (family !== old[i]) errors.push(invalid('spec.ipFamilies[0]', now, once));
    });
    return errors;
  }
  if (old.length > 0 && now[0] !== old[0]) errors.push(invalid('spec.ipFamilies[0]', spec.clusterIPs, once));
  if (now.length < old.length && now.length === 1 && spec.ipFamilyPolicy !== 'SingleStack') {
    errors.push(invalid('spec.ipFamilyPolicy', spec.ipFamilyPolicy, "must be set to 'SingleStack' when releasing the secondary ipFamily"));
  }
  return errors;
}
