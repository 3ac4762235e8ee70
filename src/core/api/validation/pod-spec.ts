/** PodSpecs, in pods and templates. Models ValidatePodSpec and ValidatePodTemplateSpec of pkg/apis/core/validation, v1.36.2. */
import { aggregate } from '../defaults/pod.ts';
import { compareQuantity } from '../quantity.ts';
import { type PodContext, validateContainers, validateEphemeralContainers, validateInitContainers } from './containers.ts';
import { duplicate, type FieldError, forbidden, invalid, invalids, notSupported, required } from './field.ts';
import { dns1123Label, dns1123Subdomain, dns1123SubdomainWithUnderscore, rangeError } from './formats.ts';
import { validateIp } from './ip.ts';
import { type Loose, subdomainName, validateAnnotations, validateLabels, validateQualifiedName } from './meta.ts';
import { validateAnnotationsOfPods } from './pod-annotations.ts';
import { validatePodResourceName, validateRequirements } from './resources.ts';
import { validateAffinity, validateSpreadConstraints, validateTolerations } from './scheduling.ts';
import { validateOs, validatePodSecurityContext } from './security.ts';
import { validateVolumes } from './volumes.ts';

const maxInt32 = 2147483647;

export function validatePodTemplate(template: Loose, path: string): FieldError[] {
  const meta = template?.metadata ?? {};
  const spec = template?.spec ?? {};
  return [
    ...validateLabels(meta.labels, `${path}.labels`),
    ...validateAnnotations(meta.annotations, `${path}.annotations`),
    ...validateAnnotationsOfPods(meta.annotations, spec, `${path}.annotations`),
    ...validatePodSpec(spec, `${path}.spec`, undefined),
    ...((spec.ephemeralContainers ?? []).length > 0 ? [forbidden(`${path}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template')] : []),
  ];
}

/** `podMeta`: the metadata of a real pod; undefined in templates. */
export function validatePodSpec(spec: Loose, path: string, podMeta: Loose | undefined): FieldError[] {
  const errors: FieldError[] = [];
  if (spec.terminationGracePeriodSeconds === undefined) errors.push(required(`${path}.terminationGracePeriodSeconds`));
  const volumes = validateVolumes(spec.volumes, `${path}.volumes`, { podName: podMeta?.name ?? '', isPod: podMeta !== undefined }, errors);
  const claimNames = new Set<string>((spec.resourceClaims ?? []).map((claim: Loose) => claim.name).filter(Boolean));
  const context: PodContext = { spec, volumes, claimNames, gracePeriod: spec.terminationGracePeriodSeconds, hostUsers: spec.hostUsers !== false };
  errors.push(
    ...validateResourceClaims(spec.resourceClaims, `${path}.resourceClaims`),
    ...validateContainers(context, `${path}.containers`),
    ...validateInitContainers(context, `${path}.initContainers`),
    ...validateEphemeralContainers(context, `${path}.ephemeralContainers`),
    ...validatePodResources(spec, claimNames, `${path}.resources`),
    ...validateHostNetworkPorts(spec, path, podMeta !== undefined),
    ...oneOf(spec.restartPolicy, ['Always', 'OnFailure', 'Never'], `${path}.restartPolicy`),
    ...oneOf(spec.dnsPolicy, ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'], `${path}.dnsPolicy`),
    ...validateLabels(spec.nodeSelector, `${path}.nodeSelector`),
    ...validatePodSecurityContext(spec.securityContext, spec, `${path}.securityContext`),
    ...validateAffinity(spec.affinity, `${path}.affinity`),
    ...validateDns(spec, `${path}.dnsConfig`),
    ...(spec.readinessGates ?? []).flatMap((gate: Loose, i: number) =>
      validateQualifiedName(gate.conditionType ?? '', `${path}.readinessGates[${i}].conditionType`),
    ),
    ...validateSchedulingGates(spec.schedulingGates, `${path}.schedulingGates`),
    ...validateSpreadConstraints(spec.topologySpreadConstraints, `${path}.topologySpreadConstraints`),
    ...validateHostUsers(spec, path),
  );
  validateRest(spec, path, errors);
  return errors;
}

function validateRest(spec: Loose, path: string, errors: FieldError[]): void {
  const named = (field: string, rule: (value: string) => string[]): void => {
    if (spec[field]) errors.push(...invalids(`${path}.${field}`, spec[field], rule(spec[field])));
  };
  named('serviceAccountName', subdomainName);
  named('nodeName', subdomainName);
  const deadline = spec.activeDeadlineSeconds;
  if (deadline !== undefined && (deadline < 1 || deadline > maxInt32)) errors.push(invalid(`${path}.activeDeadlineSeconds`, deadline, rangeError(1, maxInt32)));
  named('hostname', dns1123Label);
  named('subdomain', dns1123Label);
  errors.push(...validateTolerations(spec.tolerations, `${path}.tolerations`));
  (spec.hostAliases ?? []).forEach((alias: Loose, i: number) => {
    errors.push(...validateIp(alias.ip ?? '', `${path}.hostAliases[${i}].ip`));
    (alias.hostnames ?? []).forEach((name: string, k: number) => {
      errors.push(...invalids(`${path}.hostAliases[${i}].hostnames[${k}]`, name, dns1123Subdomain(name)));
    });
  });
  named('priorityClassName', subdomainName);
  if (spec.runtimeClassName !== undefined) errors.push(...invalids(`${path}.runtimeClassName`, spec.runtimeClassName, subdomainName(spec.runtimeClassName)));
  if (spec.preemptionPolicy !== undefined) errors.push(...oneOf(spec.preemptionPolicy, ['PreemptLowerPriority', 'Never'], `${path}.preemptionPolicy`));
  if (spec.overhead) errors.push(...validateRequirements({ limits: spec.overhead }, new Set(), `${path}.overhead`));
  if (spec.os) errors.push(...validateOs(spec, path));
  validateHostnameOverride(spec, path, errors);
}

const maxHostname = 64;

function validateHostnameOverride(spec: Loose, path: string, errors: FieldError[]): void {
  const name = spec.hostnameOverride;
  if (name === undefined) return;
  const at = `${path}.hostnameOverride`;
  if (spec.hostNetwork) errors.push(forbidden(at, 'hostNetwork and hostnameOverride cannot both be set'));
  if (spec.setHostnameAsFQDN) errors.push(forbidden(at, 'setHostnameAsFQDN and hostnameOverride cannot both be set'));
  if (name.length > maxHostname) errors.push(invalid(at, name, `must be no more than ${maxHostname} characters`));
  errors.push(...invalids(at, name, dns1123Subdomain(name)));
}

function oneOf(value: string | undefined, known: readonly string[], path: string): FieldError[] {
  if (!value) return [required(path)];
  return known.includes(value) ? [] : [notSupported(path, value, known)];
}

function validateResourceClaims(claims: Loose[] | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  (claims ?? []).forEach((claim, i) => {
    const at = `${path}[${i}]`;
    if (!claim.name) errors.push(required(`${at}.name`));
    else if (names.has(claim.name)) errors.push(duplicate(`${at}.name`, claim.name));
    else {
      errors.push(...invalids(`${at}.name`, claim.name, dns1123Label(claim.name)));
      names.add(claim.name);
    }
    const shown = {
      Name: claim.name ?? '',
      ResourceClaimName: claim.resourceClaimName ?? null,
      ResourceClaimTemplateName: claim.resourceClaimTemplateName ?? null,
    };
    const fields = ['resourceClaimName', 'resourceClaimTemplateName'].filter((field) => claim[field] !== undefined);
    if (fields.length === 2) errors.push(invalid(at, shown, 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified'));
    if (fields.length === 0) errors.push(invalid(at, shown, 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`'));
    for (const field of fields) errors.push(...invalids(`${at}.${field}`, claim[field], subdomainName(claim[field])));
  });
  return errors;
}

function validatePodResources(spec: Loose, claimNames: ReadonlySet<string>, path: string): FieldError[] {
  const resources = spec.resources;
  if (!resources) return [];
  const errors: FieldError[] = [];
  if (resources.claims) errors.push(forbidden(`${path}.claims`, 'claims cannot be set for Resources at pod-level'));
  errors.push(...validateRequirements(resources, claimNames, path, validatePodResourceName));
  for (const [name, total] of Object.entries(aggregate(spec, 'requests'))) {
    const own = resources.requests?.[name] ?? '0';
    if (compareQuantity(total, own) > 0) {
      errors.push(invalid(`${path}.requests[${name}]`, String(own), `must be greater than or equal to aggregate container requests of ${total}`));
    }
  }
  (spec.containers ?? []).forEach((container: Loose, i: number) => {
    for (const [name, limit] of Object.entries<string>(container.resources?.limits ?? {})) {
      const own = resources.limits?.[name];
      if (own !== undefined && compareQuantity(limit, own) > 0) {
        errors.push(invalid(`${path}.containers[${i}][${name}].limits`, limit, `must be less than or equal to pod limits of ${own}`));
      }
    }
  });
  return errors;
}

function validateHostNetworkPorts(spec: Loose, path: string, isPod: boolean): FieldError[] {
  if (!spec.hostNetwork) return [];
  const errors: FieldError[] = [];
  (spec.containers ?? []).forEach((container: Loose, i: number) => {
    (container.ports ?? []).forEach((port: Loose, k: number) => {
      const hostPort: number = port.hostPort ?? 0;
      if ((isPod || hostPort !== 0) && hostPort !== (port.containerPort ?? 0)) {
        errors.push(invalid(`${path}.containers[${i}].ports[${k}].hostPort`, hostPort, 'must match `containerPort` when `hostNetwork` is true'));
      }
    });
  });
  return errors;
}

const maxNameservers = 3;
const maxSearches = 32;
const maxSearchCharacters = 2048;

function validateDns(spec: Loose, path: string): FieldError[] {
  const config = spec.dnsConfig;
  if (spec.dnsPolicy === 'None') {
    if (!config) return [required(path, 'must provide `dnsConfig` when `dnsPolicy` is None')];
    if ((config.nameservers ?? []).length === 0) return [required(`${path}.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None')];
  }
  if (!config) return [];
  const errors: FieldError[] = [];
  const nameservers: string[] = config.nameservers ?? [];
  const searches: string[] = config.searches ?? [];
  if (nameservers.length > maxNameservers) errors.push(invalid(`${path}.nameservers`, nameservers, `must not have more than ${maxNameservers} nameservers`));
  nameservers.forEach((server, i) => {
    errors.push(...validateIp(server, `${path}.nameservers[${i}]`));
  });
  if (searches.length > maxSearches) errors.push(invalid(`${path}.searches`, searches, `must not have more than ${maxSearches} search paths`));
  if (searches.join(' ').length > maxSearchCharacters) {
    errors.push(invalid(`${path}.searches`, searches, `must not have more than ${maxSearchCharacters} characters (including spaces) in the search list`));
  }
  searches.forEach((search, i) => {
    if (search === '.') return;
    const name = search.endsWith('.') ? search.slice(0, -1) : search;
    errors.push(...invalids(`${path}.searches[${i}]`, name, dns1123SubdomainWithUnderscore(name)));
  });
  (config.options ?? []).forEach((option: Loose, i: number) => {
    if (!option.name) errors.push(required(`${path}.options[${i}]`, 'must not be empty'));
  });
  return errors;
}

function validateSchedulingGates(gates: Loose[] | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  (gates ?? []).forEach((gate, i) => {
    errors.push(...validateQualifiedName(gate.name ?? '', `${path}[${i}]`));
    if (seen.has(gate.name)) errors.push(duplicate(`${path}[${i}]`, gate.name));
    seen.add(gate.name);
  });
  return errors;
}

function validateHostUsers(spec: Loose, path: string): FieldError[] {
  if (spec.hostUsers !== false) return [];
  const message = 'when `hostUsers` is false';
  return ['hostNetwork', 'hostPID', 'hostIPC'].filter((field) => spec[field]).map((field) => forbidden(`${path}.${field}`, message));
}
