/** Nodes, endpoints, RBAC, leases, runtime classes. Models pkg/apis/core, discovery, rbac, coordination and node validation, v1.36.2. */
import { duplicate, type FieldError, forbidden, invalid, invalids, notSupported, required, tooMany } from './field.ts';
import { dns1123Label, dns1123Subdomain, portNumber } from './formats.ts';
import { parseIp, validateCanonicalIp, validateCidr, validateIp, validateNonSpecialIp } from './ip.ts';
import {
  type Loose,
  pathSegmentName,
  subdomainName,
  validateImmutable,
  validateLabels,
  validateObjectMeta,
  validateObjectMetaUpdate,
  validateQualifiedName,
} from './meta.ts';
import { validateResourceQuantity } from './resources.ts';
import { validateTaints, validateTolerations } from './scheduling.ts';

const protocols = ['SCTP', 'TCP', 'UDP'];

function validateNodeResources(node: Loose): FieldError[] {
  return ['capacity', 'allocatable'].flatMap((list) =>
    Object.entries<string>(node.status?.[list] ?? {}).flatMap(([name, quantity]) => validateResourceQuantity(name, quantity, `status.${list}.${name}`)),
  );
}

export function validateNode(node: Loose): FieldError[] {
  const errors = [
    ...validateObjectMeta(node.metadata, false, subdomainName),
    ...validateTaints(node.spec?.taints, 'metadata.taints'),
    ...validateNodeResources(node),
  ];
  const ranges: string[] = node.spec?.podCIDRs ?? [];
  ranges.forEach((range, i) => {
    errors.push(...validateCidr(range, `spec.podCIDRs[${i}]`));
  });
  if (ranges.length > 1) {
    const families = new Set(ranges.map((range) => range.includes(':')));
    if (families.size < 2 || ranges.length > 2) errors.push(invalid('spec.podCIDRs', ranges, 'may specify no more than one CIDR for each IP family'));
    ranges.forEach((range, i) => {
      if (ranges.indexOf(range) < i) errors.push(duplicate(`spec.podCIDRs[${i}]`, range));
    });
  }
  return errors;
}

export function validateNodeUpdate(node: Loose, old: Loose): FieldError[] {
  const errors = [...validateObjectMetaUpdate(node.metadata, old.metadata), ...validateNodeResources(node)];
  const seen = new Set<string>();
  (node.status?.addresses ?? []).forEach((address: Loose, i: number) => {
    const id = `${address.type}/${address.address}`;
    if (seen.has(id)) errors.push(duplicate(`status.addresses[${i}]`, { Type: address.type ?? '', Address: address.address ?? '' }));
    seen.add(id);
  });
  const [ranges, before]: [string[], string[]] = [node.spec?.podCIDRs ?? [], old.spec?.podCIDRs ?? []];
  if (before.length > 0 && (ranges.length !== before.length || before.some((range, i) => range !== ranges[i]))) {
    errors.push(forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'));
  }
  if (old.spec?.providerID && old.spec.providerID !== node.spec?.providerID) {
    errors.push(forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid'));
  }
  return [...errors, ...validateTaints(node.spec?.taints, 'metadata.taints')];
}

export function validateEndpoints(endpoints: Loose): FieldError[] {
  const errors = validateObjectMeta(endpoints.metadata, true, subdomainName);
  (endpoints.subsets ?? []).forEach((subset: Loose, i: number) => {
    const at = `subsets[${i}]`;
    if ((subset.addresses ?? []).length + (subset.notReadyAddresses ?? []).length === 0)
      errors.push(required(at, 'must specify `addresses` or `notReadyAddresses`'));
    for (const list of ['addresses', 'notReadyAddresses']) {
      (subset[list] ?? []).forEach((address: Loose, k: number) => {
        const where = `${at}.${list}[${k}]`;
        errors.push(...validateIp(address.ip ?? '', `${where}.ip`));
        if (address.hostname) errors.push(...invalids(`${where}.hostname`, address.hostname, dns1123Label(address.hostname)));
        if (address.nodeName !== undefined) errors.push(...invalids(`${where}.nodeName`, address.nodeName, subdomainName(address.nodeName)));
        errors.push(...validateNonSpecialIp(address.ip ?? '', `${where}.ip`));
      });
    }
    const ports: Loose[] = subset.ports ?? [];
    ports.forEach((port, k) => {
      const where = `${at}.ports[${k}]`;
      if (!port.name && ports.length > 1) errors.push(required(`${where}.name`));
      else if (port.name) errors.push(...invalids(`${where}.name`, port.name, dns1123Label(port.name)));
      errors.push(...invalids(`${where}.port`, port.port ?? 0, portNumber(port.port ?? 0)), ...validateProtocol(port.protocol, `${where}.protocol`));
      if (port.appProtocol !== undefined) errors.push(...validateQualifiedName(port.appProtocol, `${where}.appProtocol`));
    });
  });
  return errors;
}

function validateProtocol(protocol: string | undefined, path: string): FieldError[] {
  if (!protocol) return [required(path)];
  return protocols.includes(protocol) ? [] : [notSupported(path, protocol, protocols)];
}

const addressTypes = ['FQDN', 'IPv4', 'IPv6'];
const [maxEndpoints, maxPorts, maxAddresses] = [1000, 20000, 100];

export function validateEndpointSlice(slice: Loose): FieldError[] {
  const errors = validateObjectMeta(slice.metadata, true, subdomainName);
  const type: string = slice.addressType ?? '';
  if (type === '') errors.push(required('addressType'));
  else if (!addressTypes.includes(type)) errors.push(notSupported('addressType', type, addressTypes));
  const endpoints: Loose[] = slice.endpoints ?? [];
  if (endpoints.length > maxEndpoints) return [...errors, tooMany('endpoints', endpoints.length, maxEndpoints)];
  endpoints.forEach((endpoint, i) => {
    errors.push(...validateEndpoint(endpoint, type, `endpoints[${i}]`));
  });
  const ports: Loose[] = slice.ports ?? [];
  if (ports.length > maxPorts) return [...errors, tooMany('ports', ports.length, maxPorts)];
  const names = new Set<string>();
  ports.forEach((port, i) => {
    const at = `ports[${i}]`;
    const name: string = port.name ?? '';
    if (name !== '') errors.push(...invalids(`${at}.name`, name, dns1123Label(name)));
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    names.add(name);
    errors.push(...validateProtocol(port.protocol, `${at}.protocol`));
    if (port.appProtocol !== undefined) errors.push(...validateQualifiedName(port.appProtocol, `${at}.appProtocol`));
  });
  return errors;
}

function validateEndpoint(endpoint: Loose, type: string, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const addresses: string[] = endpoint.addresses ?? [];
  if (addresses.length === 0) errors.push(required(`${path}.addresses`, 'must contain at least 1 address'));
  else if (addresses.length > maxAddresses) errors.push(tooMany(`${path}.addresses`, addresses.length, maxAddresses));
  addresses.forEach((address, i) => {
    const at = `${path}.addresses[${i}]`;
    if (type === 'FQDN') {
      const name = address.replace(/\.$/, '');
      if (dns1123Subdomain(name).length > 0) errors.push(invalid(at, address, dns1123Subdomain(name).join(',')));
      else if (!name.includes('.')) errors.push(invalid(at, address, 'should be a domain with at least two segments separated by dots'));
      return;
    }
    const wrong = validateCanonicalIp(address, at);
    errors.push(...wrong);
    if (wrong.length > 0) return;
    const v4 = parseIp(address)?.v4;
    if (type === 'IPv4' && !v4) errors.push(invalid(at, address, 'must be an IPv4 address'));
    if (type === 'IPv6' && v4) errors.push(invalid(at, address, 'must be an IPv6 address'));
    errors.push(...validateNonSpecialIp(address, at));
  });
  if (endpoint.nodeName !== undefined) errors.push(...invalids(`${path}.nodeName`, endpoint.nodeName, subdomainName(endpoint.nodeName)));
  errors.push(...validateLabels(endpoint.deprecatedTopology, `${path}.deprecatedTopology`));
  if (endpoint.hostname !== undefined) errors.push(...invalids(`${path}.hostname`, endpoint.hostname, dns1123Label(endpoint.hostname)));
  return errors;
}

export const validateEndpointSliceUpdate = (slice: Loose, old: Loose): FieldError[] => [
  ...validateObjectMetaUpdate(slice.metadata, old.metadata),
  ...validateEndpointSlice(slice),
  ...validateImmutable(slice.addressType, old.addressType, 'addressType'),
];

export function validateRole(role: Loose): FieldError[] {
  const errors = validateObjectMeta(role.metadata, role.kind === 'Role', pathSegmentName);
  (role.rules ?? []).forEach((rule: Loose, i: number) => {
    const at = `rules[${i}]`;
    if ((rule.verbs ?? []).length === 0) errors.push(required(`${at}.verbs`, 'verbs must contain at least one value'));
    if ((rule.nonResourceURLs ?? []).length > 0) {
      if (role.kind === 'Role') errors.push(invalid(`${at}.nonResourceURLs`, rule.nonResourceURLs, 'namespaced rules cannot apply to non-resource URLs'));
      if ((rule.apiGroups ?? []).length + (rule.resources ?? []).length + (rule.resourceNames ?? []).length > 0) {
        errors.push(invalid(`${at}.nonResourceURLs`, rule.nonResourceURLs, 'rules cannot apply to both regular resources and non-resource URLs'));
      }
      return;
    }
    if ((rule.apiGroups ?? []).length === 0) errors.push(required(`${at}.apiGroups`, 'resource rules must supply at least one api group'));
    if ((rule.resources ?? []).length === 0) errors.push(required(`${at}.resources`, 'resource rules must supply at least one resource'));
  });
  return errors;
}

const rbacGroup = 'rbac.authorization.k8s.io';

export function validateRoleBinding(binding: Loose): FieldError[] {
  const clusterWide = binding.kind === 'ClusterRoleBinding';
  const errors = validateObjectMeta(binding.metadata, !clusterWide, pathSegmentName);
  const reference = binding.roleRef ?? {};
  const kinds = clusterWide ? ['ClusterRole'] : ['ClusterRole', 'Role'];
  if (reference.apiGroup !== rbacGroup) errors.push(notSupported('roleRef.apiGroup', reference.apiGroup ?? '', [rbacGroup]));
  if (!kinds.includes(reference.kind)) errors.push(notSupported('roleRef.kind', reference.kind ?? '', clusterWide ? kinds : ['Role', 'ClusterRole']));
  if (!reference.name) errors.push(required('roleRef.name'));
  else errors.push(...invalids('roleRef.name', reference.name, pathSegmentName(reference.name)));
  (binding.subjects ?? []).forEach((subject: Loose, i: number) => {
    const at = `subjects[${i}]`;
    if (!subject.name) errors.push(required(`${at}.name`));
    if (subject.kind === 'ServiceAccount') {
      if (subject.name) errors.push(...invalids(`${at}.name`, subject.name, subdomainName(subject.name)));
      if (subject.apiGroup) errors.push(notSupported(`${at}.apiGroup`, subject.apiGroup, ['']));
      if (clusterWide && !subject.namespace) errors.push(required(`${at}.namespace`));
    } else if (subject.kind === 'User' || subject.kind === 'Group') {
      if (subject.apiGroup !== rbacGroup) errors.push(notSupported(`${at}.apiGroup`, subject.apiGroup ?? '', [rbacGroup]));
    } else errors.push(notSupported(`${at}.kind`, subject.kind ?? '', ['ServiceAccount', 'User', 'Group']));
  });
  return errors;
}

export function validateRoleBindingUpdate(binding: Loose, old: Loose): FieldError[] {
  const errors = [...validateObjectMetaUpdate(binding.metadata, old.metadata), ...validateRoleBinding(binding)];
  if (JSON.stringify(binding.roleRef) !== JSON.stringify(old.roleRef)) errors.push(invalid('roleRef', binding.roleRef, 'cannot change roleRef'));
  return errors;
}

export function validateLease(lease: Loose): FieldError[] {
  const errors = validateObjectMeta(lease.metadata, true, subdomainName);
  const { leaseDurationSeconds: duration, leaseTransitions: transitions } = lease.spec ?? {};
  if (duration !== undefined && duration <= 0) errors.push(invalid('spec.leaseDurationSeconds', duration, 'must be greater than 0'));
  if (transitions !== undefined && transitions < 0) errors.push(invalid('spec.leaseTransitions', transitions, 'must be greater than or equal to 0'));
  return errors;
}

export function validateRuntimeClass(runtimeClass: Loose): FieldError[] {
  const errors = validateObjectMeta(runtimeClass.metadata, false, subdomainName);
  errors.push(...invalids('handler', runtimeClass.handler ?? '', dns1123Label(runtimeClass.handler ?? '')));
  errors.push(
    ...validateLabels(runtimeClass.scheduling?.nodeSelector, 'scheduling.nodeSelector'),
    ...validateTolerations(runtimeClass.scheduling?.tolerations, 'scheduling.tolerations'),
  );
  return errors;
}

export const validateRuntimeClassUpdate = (runtimeClass: Loose, old: Loose): FieldError[] => [
  ...validateObjectMetaUpdate(runtimeClass.metadata, old.metadata),
  ...validateImmutable(runtimeClass.handler, old.handler, 'handler'),
];
