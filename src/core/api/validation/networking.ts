/** NetworkPolicies, Ingresses, IngressClasses. Models pkg/apis/networking/validation, v1.36.2. */
import { type FieldError, forbidden, invalid, invalids, notSupported, required } from './field.ts';
import { dns1123Label, dns1123Subdomain, portName, portNumber, wildcardDns1123Subdomain } from './formats.ts';
import { containsIp, parseCidr, parseIp, validateCidr } from './ip.ts';
import { type Loose, subdomainName, validateImmutable, validateLabelSelector, validateObjectMeta } from './meta.ts';
import { serviceName } from './services.ts';

const protocols = ['TCP', 'UDP', 'SCTP'];

export function validateNetworkPolicy(policy: Loose): FieldError[] {
  const spec = policy.spec ?? {};
  const errors = validateObjectMeta(policy.metadata, true, subdomainName);
  errors.push(...validateLabelSelector(spec.podSelector, 'spec.podSelector'));
  for (const [direction, peers] of [
    ['ingress', 'from'],
    ['egress', 'to'],
  ] as const) {
    (spec[direction] ?? []).forEach((rule: Loose, i: number) => {
      const at = `spec.${direction}[${i}]`;
      (rule.ports ?? []).forEach((port: Loose, k: number) => {
        errors.push(...validatePolicyPort(port, `${at}.ports[${k}]`));
      });
      (rule[peers] ?? []).forEach((peer: Loose, k: number) => {
        errors.push(...validatePeer(peer, `${at}.${peers}[${k}]`));
      });
    });
  }
  const types: string[] = spec.policyTypes ?? [];
  if (types.length > 2) return [...errors, invalid('spec.policyTypes', types, 'may not specify more than two policyTypes')];
  types.forEach((type, i) => {
    if (type !== 'Ingress' && type !== 'Egress') errors.push(notSupported(`spec.policyTypes[${i}]`, type, ['Egress', 'Ingress']));
  });
  return errors;
}

function validatePolicyPort(port: Loose, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const endPort = port.endPort;
  if (port.protocol !== undefined && !protocols.includes(port.protocol)) errors.push(notSupported(`${path}.protocol`, port.protocol, protocols));
  if (typeof port.port === 'number') {
    errors.push(...invalids(`${path}.port`, port.port, portNumber(port.port)));
    if (endPort !== undefined) {
      if (endPort < port.port) errors.push(invalid(`${path}.endPort`, port.port, 'must be greater than or equal to `port`'));
      errors.push(...invalids(`${path}.endPort`, endPort, portNumber(endPort)));
    }
  } else if (typeof port.port === 'string') {
    if (endPort !== undefined) errors.push(invalid(`${path}.endPort`, endPort, 'may not be specified when `port` is non-numeric'));
    errors.push(...invalids(`${path}.port`, port.port, portName(port.port)));
  } else if (endPort !== undefined) errors.push(invalid(`${path}.endPort`, endPort, 'may not be specified when `port` is not specified'));
  return errors;
}

function validatePeer(peer: Loose, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (peer.podSelector) errors.push(...validateLabelSelector(peer.podSelector, `${path}.podSelector`));
  if (peer.namespaceSelector) errors.push(...validateLabelSelector(peer.namespaceSelector, `${path}.namespaceSelector`));
  if (peer.ipBlock) errors.push(...validateIpBlock(peer.ipBlock, `${path}.ipBlock`));
  const count = ['podSelector', 'namespaceSelector', 'ipBlock'].filter((field) => peer[field]).length;
  if (count === 0) errors.push(required(path, 'must specify a peer'));
  else if (count > 1 && peer.ipBlock) errors.push(forbidden(path, 'may not specify both ipBlock and another peer'));
  return errors;
}

function validateIpBlock(block: Loose, path: string): FieldError[] {
  if (!block.cidr) return [required(`${path}.cidr`)];
  const errors = validateCidr(block.cidr, `${path}.cidr`);
  if (errors.length > 0) return errors;
  const cidr = parseCidr(block.cidr) as NonNullable<ReturnType<typeof parseCidr>>;
  (block.except ?? []).forEach((text: string, i: number) => {
    const at = `${path}.except[${i}]`;
    const wrong = validateCidr(text, at);
    errors.push(...wrong);
    const except = parseCidr(text);
    if (wrong.length > 0 || !except) return;
    if (!containsIp(cidr, except.masked) || cidr.prefix >= except.prefix) errors.push(invalid(at, text, 'must be a strict subset of `cidr`'));
  });
  return errors;
}

export function validateIngress(ingress: Loose): FieldError[] {
  const spec = ingress.spec ?? {};
  const errors = validateObjectMeta(ingress.metadata, true, subdomainName);
  const rules: Loose[] = spec.rules ?? [];
  if (rules.length === 0 && !spec.defaultBackend) errors.push(invalid('spec', spec.rules, 'either `defaultBackend` or `rules` must be specified'));
  if (spec.defaultBackend) errors.push(...validateBackend(spec.defaultBackend, 'spec.defaultBackend'));
  rules.forEach((rule, i) => {
    errors.push(...validateIngressRule(rule, `spec.rules[${i}]`));
  });
  (spec.tls ?? []).forEach((tls: Loose, i: number) => {
    (tls.hosts ?? []).forEach((host: string, k: number) => {
      errors.push(...invalids(`spec.tls[${i}].hosts[${k}]`, host, hostErrors(host)));
    });
    if (tls.secretName) errors.push(...invalids(`spec.tls[${i}].secretName`, tls.secretName, subdomainName(tls.secretName)));
  });
  if (spec.ingressClassName !== undefined) errors.push(...invalids('spec.ingressClassName', spec.ingressClassName, subdomainName(spec.ingressClassName)));
  return errors;
}

const hostErrors = (host: string): string[] => (host.includes('*') ? wildcardDns1123Subdomain(host) : dns1123Subdomain(host));

function validateIngressRule(rule: Loose, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const host: string = rule.host ?? '';
  if (host !== '') {
    if (parseIp(host)) errors.push(invalid(`${path}.host`, host, 'must be a DNS name, not an IP address'));
    errors.push(...invalids(`${path}.host`, host, hostErrors(host)));
  }
  if (!rule.http) return errors;
  const paths: Loose[] = rule.http.paths ?? [];
  if (paths.length === 0) return [...errors, required(`${path}.http.paths`)];
  paths.forEach((entry, i) => {
    errors.push(...validateHttpPath(entry, `${path}.http.paths[${i}]`));
  });
  return errors;
}

const badSequences = ['//', '/./', '/../', '%2f', '%2F'];
const badSuffixes = ['/..', '/.'];
const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix'];

function validateHttpPath(entry: Loose, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const text: string = entry.path ?? '';
  if (entry.pathType === undefined) return [required(`${path}.pathType`, 'pathType must be specified')];
  if (entry.pathType === 'Exact' || entry.pathType === 'Prefix') {
    if (!text.startsWith('/')) errors.push(invalid(`${path}.path`, text, 'must be an absolute path'));
    if (text !== '') {
      for (const part of badSequences) if (text.includes(part)) errors.push(invalid(`${path}.path`, text, `must not contain '${part}'`));
      for (const part of badSuffixes) if (text.endsWith(part)) errors.push(invalid(`${path}.path`, text, `cannot end with '${part}'`));
    }
  } else if (entry.pathType === 'ImplementationSpecific') {
    if (text !== '' && !text.startsWith('/')) errors.push(invalid(`${path}.path`, text, 'must be an absolute path'));
  } else errors.push(notSupported(`${path}.pathType`, entry.pathType, pathTypes));
  return [...errors, ...validateBackend(entry.backend ?? {}, `${path}.backend`)];
}

function validateBackend(backend: Loose, path: string): FieldError[] {
  const { resource, service } = backend;
  if (resource && service) return [invalid(path, '', 'cannot set both resource and service backends')];
  if (resource) return ['kind', 'name'].filter((field) => !resource[field]).map((field) => required(`${path}.resource.${field}`));
  if (!service) return [invalid(path, '', 'resource or service backend is required')];
  const errors: FieldError[] = [];
  if (!service.name) errors.push(required(`${path}.service.name`));
  else errors.push(...invalids(`${path}.service.name`, service.name, serviceName(service.name)));
  const { name, number } = service.port ?? {};
  if (name && number) errors.push(invalid(path, '', 'cannot set both port name & port number'));
  else if (name) errors.push(...invalids(`${path}.service.port.name`, name, portName(name)));
  else if (number) errors.push(...invalids(`${path}.service.port.number`, number, portNumber(number)));
  else errors.push(required(path, 'port name or number is required'));
  return errors;
}

export function validateIngressClass(ingressClass: Loose): FieldError[] {
  const errors = validateObjectMeta(ingressClass.metadata, false, subdomainName);
  const controller: string = ingressClass.spec?.controller ?? '';
  if (controller.length > 250) errors.push({ type: 'FieldValueTooLong', path: 'spec.controller', message: 'may not be more than 250 bytes' });
  if (controller === '') errors.push(required('spec.controller'));
  else {
    const slash = controller.indexOf('/');
    const [host, rest] = [controller.slice(0, Math.max(slash, 0)), controller.slice(slash + 1)];
    if (host === '' || rest === '') errors.push(invalid('spec.controller', controller, 'must be a domain-prefixed path (such as "acme.io/foo")'));
    else errors.push(...invalids('spec.controller', host, dns1123Subdomain(host)));
  }
  const parameters = ingressClass.spec?.parameters;
  if (parameters) {
    for (const field of ['kind', 'name']) if (!parameters[field]) errors.push(required(`spec.parameters.${field}`));
    if (parameters.namespace) errors.push(...invalids('spec.parameters.namespace', parameters.namespace, dns1123Label(parameters.namespace)));
  }
  return errors;
}

export const validateIngressClassUpdate = (ingressClass: Loose, old: Loose): FieldError[] => [
  ...validateIngressClass(ingressClass),
  ...validateImmutable(ingressClass.spec?.controller, old.spec?.controller, 'spec.controller'),
];
