/** Containers of all three lists. Models validateContainers, validateInitContainers and validateEphemeralContainers of pkg/apis/core/validation, v1.36.2. */
import { validateEnv, validateEnvFrom } from './env.ts';
import { duplicate, type FieldError, forbidden, invalid, invalids, notFound, notSupported, required, tooMany } from './field.ts';
import { dns1123Label, portName, portNumber } from './formats.ts';
import type { Loose } from './meta.ts';
import { validateDevices, validateMounts } from './mounts.ts';
import { validateLifecycle, validateLivenessProbe, validateReadinessProbe, validateStartupProbe } from './probes.ts';
import { validatePullPolicy } from './pull-policy.ts';
import { validateRequirements } from './resources.ts';
import { validateSecurityContext } from './security.ts';

/** What the checks of a container need to know of its pod. */
export interface PodContext {
  spec: Loose;
  volumes: ReadonlyMap<string, Loose>;
  claimNames: ReadonlySet<string>;
  gracePeriod: number | undefined;
  hostUsers: boolean;
}

export function validateContainers(context: PodContext, path: string): FieldError[] {
  const containers: Loose[] = context.spec.containers ?? [];
  if (containers.length === 0) return [required(path)];
  const errors: FieldError[] = [];
  const names = new Set<string>();
  containers.forEach((container, i) => {
    const at = `${path}[${i}]`;
    errors.push(...validateCommon(container, context, at));
    const name: string = container.name ?? '';
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    else names.add(name);
    errors.push(...validateHooks(container, context, at), ...validateRestartRules(container, at));
  });
  errors.push(...validateHostPorts(containers, path));
  return errors;
}

const onlySidecars = 'may not be set for init containers without restartPolicy=Always';

export function validateInitContainers(context: PodContext, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>((context.spec.containers ?? []).map((container: Loose) => container.name ?? ''));
  (context.spec.initContainers ?? []).forEach((container: Loose, i: number) => {
    const at = `${path}[${i}]`;
    errors.push(...validateCommon(container, context, at), ...validateRestartRules(container, at));
    const name: string = container.name ?? '';
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    else if (name !== '') names.add(name);
    errors.push(...validateHostPorts([container], path));
    if (container.restartPolicy === 'Always') errors.push(...validateHooks(container, context, at));
    else {
      for (const field of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe']) {
        if (container[field]) errors.push(forbidden(`${at}.${field}`, onlySidecars));
      }
    }
  });
  return errors;
}

const forbiddenInEphemeral = [
  'ports',
  'resources',
  'resizePolicy',
  'restartPolicy',
  'restartPolicyRules',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
];

export function validateEphemeralContainers(context: PodContext, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const others = new Set<string>([...(context.spec.containers ?? []), ...(context.spec.initContainers ?? [])].map((container: Loose) => container.name));
  const names = new Set(others);
  (context.spec.ephemeralContainers ?? []).forEach((container: Loose, i: number) => {
    const at = `${path}[${i}]`;
    errors.push(...validateCommon(container, context, at), ...validateImageSpaces(container, at));
    if (names.has(container.name)) errors.push(duplicate(`${at}.name`, container.name));
    else names.add(container.name);
    const target = container.targetContainerName;
    if (target && !others.has(target)) errors.push(notFound(`${at}.targetContainerName`, target));
    for (const field of forbiddenInEphemeral) {
      const value = container[field];
      if (value !== undefined && !(field === 'resources' && Object.keys(value).length === 0)) {
        errors.push(forbidden(`${at}.${field}`, 'cannot be set for an Ephemeral Container'));
      }
    }
    (container.volumeMounts ?? []).forEach((mount: Loose, k: number) => {
      for (const field of ['subPath', 'subPathExpr']) {
        if (mount[field]) errors.push(forbidden(`${at}.volumeMounts[${k}].${field}`, 'cannot be set for an Ephemeral Container'));
      }
    });
  });
  return errors;
}

/** Pods only: templates keep what older versions let pass. */
export function validateImageSpaces(container: Loose, path: string): FieldError[] {
  const image: string = container.image ?? '';
  return image.trim() === image ? [] : [invalid(`${path}.image`, image, 'must not have leading or trailing whitespace')];
}

function validateHooks(container: Loose, context: PodContext, path: string): FieldError[] {
  return [
    ...validateLifecycle(container.lifecycle, context.gracePeriod, `${path}.lifecycle`, context.spec.os?.name),
    ...validateLivenessProbe(container.livenessProbe, context.gracePeriod, `${path}.livenessProbe`),
    ...validateReadinessProbe(container.readinessProbe, context.gracePeriod, `${path}.readinessProbe`),
    ...validateStartupProbe(container.startupProbe, context.gracePeriod, `${path}.startupProbe`),
  ];
}

const restartPolicies = ['Always', 'Never', 'OnFailure'];
const maxRestartRules = 20;
const maxExitCodes = 255;

function validateRestartRules(container: Loose, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const policy = container.restartPolicy;
  const rules: Loose[] = container.restartPolicyRules ?? [];
  if (policy === undefined) {
    if (rules.length > 0) errors.push(required(`${path}.restartPolicy`, 'must specify restartPolicy when restart rules are used'));
  } else if (!restartPolicies.includes(policy)) errors.push(notSupported(`${path}.restartPolicy`, policy, restartPolicies));
  if (rules.length > maxRestartRules) errors.push(tooMany(`${path}.restartPolicyRules`, rules.length, maxRestartRules));
  rules.forEach((rule, i) => {
    const at = `${path}.restartPolicyRules[${i}]`;
    if (rule.action !== 'Restart' && rule.action !== 'RestartAllContainers')
      errors.push(notSupported(`${at}.action`, rule.action ?? '', ['Restart', 'RestartAllContainers']));
    if (!rule.exitCodes) {
      errors.push(required(`${at}.exitCodes`, 'must be specified'));
      return;
    }
    const { operator, values } = rule.exitCodes;
    if (operator !== 'In' && operator !== 'NotIn') errors.push(notSupported(`${at}.exitCodes.operator`, operator ?? '', ['In', 'NotIn']));
    if ((values ?? []).length === 0) errors.push(required(`${at}.exitCodes.values`, 'must specify at least one exit code'));
    else if (values.length > maxExitCodes) errors.push(tooMany(`${at}.exitCodes.values`, values.length, maxExitCodes));
  });
  return errors;
}

function validateCommon(container: Loose, context: PodContext, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!container.name) errors.push(required(`${path}.name`));
  else errors.push(...invalids(`${path}.name`, container.name, dns1123Label(container.name)));
  if (!container.image) errors.push(required(`${path}.image`));
  const policy = container.terminationMessagePolicy;
  if (!policy) errors.push(required(`${path}.terminationMessagePolicy`));
  else if (policy !== 'File' && policy !== 'FallbackToLogsOnError') {
    errors.push(notSupported(`${path}.terminationMessagePolicy`, policy, ['File', 'FallbackToLogsOnError']));
  }
  errors.push(
    ...validatePorts(container.ports, `${path}.ports`),
    ...validateEnv(container.env, `${path}.env`, context.volumes),
    ...validateEnvFrom(container.envFrom, `${path}.envFrom`),
    ...validateMounts(container, context.volumes, `${path}.volumeMounts`),
    ...validateDevices(container, context.volumes, `${path}.volumeDevices`),
    ...validatePullPolicy(container.imagePullPolicy, `${path}.imagePullPolicy`),
    ...validateRequirements(container.resources, context.claimNames, `${path}.resources`),
    ...validateResizePolicy(container.resizePolicy, `${path}.resizePolicy`, context.spec.restartPolicy),
    ...validateSecurityContext(container.securityContext, `${path}.securityContext`, context.hostUsers),
  );
  return errors;
}

const protocols = ['SCTP', 'TCP', 'UDP'];

function validatePorts(ports: Loose[] | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  (ports ?? []).forEach((port, i) => {
    const at = `${path}[${i}]`;
    if (port.name) {
      const problems = portName(port.name);
      if (problems.length > 0) errors.push(...invalids(`${at}.name`, port.name, problems));
      else if (names.has(port.name)) errors.push(duplicate(`${at}.name`, port.name));
      else names.add(port.name);
    }
    if (!port.containerPort) errors.push(required(`${at}.containerPort`));
    else errors.push(...invalids(`${at}.containerPort`, port.containerPort, portNumber(port.containerPort)));
    if (port.hostPort) errors.push(...invalids(`${at}.hostPort`, port.hostPort, portNumber(port.hostPort)));
    if (!port.protocol) errors.push(required(`${at}.protocol`));
    else if (!protocols.includes(port.protocol)) errors.push(notSupported(`${at}.protocol`, port.protocol, protocols));
  });
  return errors;
}

function validateHostPorts(containers: Loose[], path: string): FieldError[] {
  const errors: FieldError[] = [];
  const taken = new Set<string>();
  containers.forEach((container, i) => {
    (container.ports ?? []).forEach((port: Loose, k: number) => {
      if (!port.hostPort) return;
      const id = `${port.protocol}/${port.hostIP ?? ''}/${port.hostPort}`;
      if (taken.has(id)) errors.push(duplicate(`${path}[${i}].ports[${k}].hostPort`, id));
      else taken.add(id);
    });
  });
  return errors;
}

function validateResizePolicy(policies: Loose[] | undefined, path: string, restartPolicy: string): FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  (policies ?? []).forEach((policy, i) => {
    const [name, restart]: string[] = [policy.resourceName ?? '', policy.restartPolicy ?? ''];
    if (names.has(name as string)) errors.push(duplicate(`${path}[${i}]`, name));
    names.add(name as string);
    if (!name) errors.push(required(path));
    else if (name !== 'cpu' && name !== 'memory') errors.push(notSupported(path, name, ['cpu', 'memory']));
    if (!restart) errors.push(required(path));
    else if (restart !== 'NotRequired' && restart !== 'RestartContainer') errors.push(notSupported(path, restart, ['NotRequired', 'RestartContainer']));
    if (restartPolicy === 'Never' && restart !== 'NotRequired') errors.push(invalid(path, restart, "must be 'NotRequired' when `restartPolicy` is 'Never'"));
  });
  return errors;
}
