/** Deployments, ReplicaSets, DaemonSets, StatefulSets. Models pkg/apis/apps/validation and the strategies' selector checks, v1.36.2. */
import { equal } from '../equal.ts';
import { matchesSelector } from '../selector.ts';
import type { IntOrString } from '../types.ts';
import { type FieldError, forbidden, invalid, invalids, notSupported, required } from './field.ts';
import { percentErrors } from './formats.ts';
import {
  type Loose,
  labelName,
  nonnegative,
  selectorProblem,
  subdomainName,
  validateImmutable,
  validateLabelSelector,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from './meta.ts';
import { validateClaimSpec } from './persistent-volume-claims.ts';
import { validatePodTemplate } from './pod-spec.ts';

const noMatch = '`selector` does not match template `labels`';

/** Percentages and plain numbers alike; `0%` is 0. */
export const intOrPercent = (value: IntOrString | undefined): number =>
  typeof value === 'string' ? (/^\d+%$/.test(value) ? Number(value.slice(0, -1)) : 0) : (value ?? 0);

export function validatePositiveIntOrPercent(value: IntOrString | undefined, path: string): FieldError[] {
  return typeof value === 'string' ? invalids(path, value, percentErrors(value)) : nonnegative(value, path);
}

export function notMoreThan100Percent(value: IntOrString | undefined, path: string): FieldError[] {
  return typeof value === 'string' && percentErrors(value).length === 0 && intOrPercent(value) > 100
    ? [invalid(path, value, 'must not be greater than 100%')]
    : [];
}

export const isEmptySelector = (selector: Loose): boolean => Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions ?? []).length === 0;

/** spec.selector and spec.template of Deployments and ReplicaSets. */
function validateSelectorAndTemplate(spec: Loose, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!spec.selector) errors.push(required(`${path}.selector`));
  else {
    errors.push(...validateLabelSelector(spec.selector, `${path}.selector`));
    if (isEmptySelector(spec.selector)) errors.push(invalid(`${path}.selector`, spec.selector, 'empty selector is invalid for deployment'));
  }
  if (selectorProblem(spec.selector) !== '') errors.push(invalid(`${path}.selector`, spec.selector, 'invalid label selector'));
  else errors.push(...validateReplicaTemplate(spec, `${path}.template`, 'ReplicaSet'));
  return errors;
}

function validateReplicaTemplate(spec: Loose, path: string, kind: string): FieldError[] {
  const template = spec.template;
  if (!template) return [required(path)];
  const errors: FieldError[] = [];
  const labels = template.metadata?.labels;
  if (!(spec.selector && isEmptySelector(spec.selector)) && !matchesSelector(spec.selector, labels))
    errors.push(invalid(`${path}.metadata.labels`, labels, noMatch));
  errors.push(...validatePodTemplate(template, path), ...validateAlwaysRestarts(template, path, kind));
  return errors;
}

function validateAlwaysRestarts(template: Loose, path: string, kind: string): FieldError[] {
  const errors: FieldError[] = [];
  const policy = template.spec?.restartPolicy ?? '';
  if (policy !== 'Always') errors.push(notSupported(`${path}.spec.restartPolicy`, policy, ['Always']));
  if (template.spec?.activeDeadlineSeconds !== undefined) {
    errors.push(forbidden(`${path}.spec.activeDeadlineSeconds`, `activeDeadlineSeconds in ${kind} is not Supported`));
  }
  return errors;
}

export const validateDeployment = (deployment: Loose): FieldError[] => [
  ...validateObjectMeta(deployment.metadata, true, subdomainName),
  ...validateDeploymentSpec(deployment.spec ?? {}, 'spec'),
];

export const validateDeploymentUpdate = (deployment: Loose, old: Loose): FieldError[] => [
  ...validateObjectMetaUpdate(deployment.metadata, old.metadata),
  ...validateDeploymentSpec(deployment.spec ?? {}, 'spec'),
  ...validateImmutable(deployment.spec?.selector, old.spec?.selector, 'spec.selector'),
];

function validateDeploymentSpec(spec: Loose, path: string): FieldError[] {
  const errors = [
    ...nonnegative(spec.replicas, `${path}.replicas`),
    ...validateSelectorAndTemplate(spec, path),
    ...validateDeploymentStrategy(spec.strategy ?? {}, `${path}.strategy`),
    ...nonnegative(spec.minReadySeconds, `${path}.minReadySeconds`),
    ...nonnegative(spec.revisionHistoryLimit, `${path}.revisionHistoryLimit`),
  ];
  const deadline = spec.progressDeadlineSeconds;
  if (deadline !== undefined) {
    errors.push(...nonnegative(deadline, `${path}.progressDeadlineSeconds`));
    if (deadline <= (spec.minReadySeconds ?? 0)) errors.push(invalid(`${path}.progressDeadlineSeconds`, deadline, 'must be greater than minReadySeconds'));
  }
  return errors;
}

function validateDeploymentStrategy(strategy: Loose, path: string): FieldError[] {
  const rolling = strategy.rollingUpdate;
  const at = `${path}.rollingUpdate`;
  if (strategy.type === 'Recreate') return rolling ? [forbidden(at, "may not be specified when strategy `type` is 'Recreate'")] : [];
  if (strategy.type !== 'RollingUpdate') {
    const shown = {
      Type: strategy.type ?? '',
      RollingUpdate: rolling ? { MaxUnavailable: rolling.maxUnavailable ?? 0, MaxSurge: rolling.maxSurge ?? 0 } : null,
    };
    return [notSupported(path, shown, ['Recreate', 'RollingUpdate'])];
  }
  if (!rolling) return [required(at, 'this should be defaulted and never be nil')];
  const errors = [
    ...validatePositiveIntOrPercent(rolling.maxUnavailable, `${at}.maxUnavailable`),
    ...validatePositiveIntOrPercent(rolling.maxSurge, `${at}.maxSurge`),
  ];
  if (intOrPercent(rolling.maxUnavailable) === 0 && intOrPercent(rolling.maxSurge) === 0) {
    errors.push(invalid(`${at}.maxUnavailable`, rolling.maxUnavailable ?? 0, 'may not be 0 when `maxSurge` is 0'));
  }
  errors.push(...notMoreThan100Percent(rolling.maxUnavailable, `${at}.maxUnavailable`));
  return errors;
}

export const validateReplicaSet = (set: Loose): FieldError[] => [
  ...validateObjectMeta(set.metadata, true, subdomainName),
  ...validateReplicaSetSpec(set.spec ?? {}, 'spec'),
];

export const validateReplicaSetUpdate = (set: Loose, old: Loose): FieldError[] => [
  ...validateObjectMetaUpdate(set.metadata, old.metadata),
  ...validateReplicaSetSpec(set.spec ?? {}, 'spec'),
  ...validateImmutable(set.spec?.selector, old.spec?.selector, 'spec.selector'),
];

const validateReplicaSetSpec = (spec: Loose, path: string): FieldError[] => [
  ...nonnegative(spec.replicas, `${path}.replicas`),
  ...nonnegative(spec.minReadySeconds, `${path}.minReadySeconds`),
  ...validateSelectorAndTemplate(spec, path),
];

/** Models ValidateReplicationController. */
export function validateReplicationController(controller: Loose, old?: Loose): FieldError[] {
  const spec = controller.spec ?? {};
  const errors = old ? validateObjectMetaUpdate(controller.metadata, old.metadata) : validateObjectMeta(controller.metadata, true, subdomainName);
  errors.push(...nonnegative(spec.minReadySeconds, 'spec.minReadySeconds'));
  if (Object.keys(spec.selector ?? {}).length === 0) errors.push(required('spec.selector'));
  errors.push(...nonnegative(spec.replicas, 'spec.replicas'));
  if (!spec.template) return [...errors, required('spec.template')];
  errors.push(
    ...validateReplicaTemplate({ selector: { matchLabels: spec.selector ?? {} }, template: spec.template }, 'spec.template', 'ReplicationController'),
  );
  return errors;
}

export const validateDaemonSet = (set: Loose): FieldError[] => [
  ...validateObjectMeta(set.metadata, true, subdomainName),
  ...validateDaemonSetSpec(set.spec ?? {}, 'spec'),
];

export const validateDaemonSetUpdate = (set: Loose, old: Loose): FieldError[] => [
  ...validateObjectMetaUpdate(set.metadata, old.metadata),
  ...validateDaemonSetSpec(set.spec ?? {}, 'spec'),
  ...validateImmutable(set.spec?.selector, old.spec?.selector, 'spec.selector'),
];

function validateDaemonSetSpec(spec: Loose, path: string): FieldError[] {
  const errors = validateLabelSelector(spec.selector, `${path}.selector`);
  const labels = spec.template?.metadata?.labels;
  if (selectorProblem(spec.selector) === '' && !matchesSelector(spec.selector, labels))
    errors.push(invalid(`${path}.template.metadata.labels`, labels, noMatch));
  if (spec.selector && isEmptySelector(spec.selector)) errors.push(invalid(`${path}.selector`, spec.selector, 'empty selector is invalid for daemonset'));
  errors.push(
    ...validatePodTemplate(spec.template ?? {}, `${path}.template`),
    ...validateAlwaysRestarts(spec.template ?? {}, `${path}.template`, 'DaemonSet'),
    ...nonnegative(spec.minReadySeconds, `${path}.minReadySeconds`),
    ...validateDaemonSetStrategy(spec.updateStrategy ?? {}, `${path}.updateStrategy`),
    ...nonnegative(spec.revisionHistoryLimit, `${path}.revisionHistoryLimit`),
  );
  return errors;
}

function validateDaemonSetStrategy(strategy: Loose, path: string): FieldError[] {
  if (strategy.type === 'OnDelete') return [];
  const rolling = strategy.rollingUpdate;
  const at = `${path}.rollingUpdate`;
  if (strategy.type !== 'RollingUpdate') {
    const shown = {
      Type: strategy.type ?? '',
      RollingUpdate: rolling ? { MaxUnavailable: rolling.maxUnavailable ?? 0, MaxSurge: rolling.maxSurge ?? 0 } : null,
    };
    return [notSupported(path, shown, ['RollingUpdate', 'OnDelete'])];
  }
  if (!rolling) return [required(at)];
  const errors = [
    ...validatePositiveIntOrPercent(rolling.maxUnavailable, `${at}.maxUnavailable`),
    ...validatePositiveIntOrPercent(rolling.maxSurge, `${at}.maxSurge`),
    ...notMoreThan100Percent(rolling.maxUnavailable, `${at}.maxUnavailable`),
    ...notMoreThan100Percent(rolling.maxSurge, `${at}.maxSurge`),
  ];
  const [unavailable, surge] = [intOrPercent(rolling.maxUnavailable) !== 0, intOrPercent(rolling.maxSurge) !== 0];
  if (unavailable && surge) errors.push(invalid(`${at}.maxSurge`, rolling.maxSurge, 'may not be set when maxUnavailable is non-zero'));
  if (!unavailable && !surge) errors.push(required(`${at}.maxUnavailable`, 'cannot be 0 when maxSurge is 0'));
  return errors;
}

export const validateStatefulSet = (set: Loose): FieldError[] => [
  ...validateObjectMeta(set.metadata, true, labelName),
  ...validateStatefulSetSpec(set.spec ?? {}, 'spec'),
];

const changeable = ['replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy', 'minReadySeconds'];

export function validateStatefulSetUpdate(set: Loose, old: Loose): FieldError[] {
  const errors = [...validateObjectMetaUpdate(set.metadata, old.metadata), ...validateStatefulSetSpec(set.spec ?? {}, 'spec')];
  const rest = (spec: Loose): Loose => Object.fromEntries(Object.entries(spec ?? {}).filter(([field]) => !changeable.includes(field)));
  if (!equal(rest(set.spec), rest(old.spec))) {
    const listed = changeable.map((field) => `'${field}'`);
    errors.push(
      forbidden('spec', `updates to statefulset spec for fields other than ${listed.slice(0, -1).join(', ')} and ${listed[listed.length - 1]} are forbidden`),
    );
  }
  return errors;
}

const retention = ['Retain', 'Delete'];

function validateStatefulSetSpec(spec: Loose, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const management = spec.podManagementPolicy;
  if (!management) errors.push(required(`${path}.podManagementPolicy`));
  else if (management !== 'OrderedReady' && management !== 'Parallel')
    errors.push(invalid(`${path}.podManagementPolicy`, management, "must be 'OrderedReady' or 'Parallel'"));
  errors.push(...validateStatefulSetStrategy(spec.updateStrategy ?? {}, `${path}.updateStrategy`));
  const policy = spec.persistentVolumeClaimRetentionPolicy;
  for (const field of ['whenDeleted', 'whenScaled']) {
    if (policy && !retention.includes(policy[field]))
      errors.push(notSupported(`${path}.persistentVolumeClaimRetentionPolicy.${field}`, policy[field] ?? '', retention));
  }
  errors.push(...nonnegative(spec.replicas, `${path}.replicas`), ...nonnegative(spec.minReadySeconds, `${path}.minReadySeconds`));
  errors.push(...nonnegative(spec.ordinals?.start, `${path}.ordinals.start`));
  if (!spec.selector) errors.push(required(`${path}.selector`));
  else {
    errors.push(...validateLabelSelector(spec.selector, `${path}.selector`));
    if (isEmptySelector(spec.selector)) errors.push(invalid(`${path}.selector`, spec.selector, 'empty selector is invalid for statefulset'));
  }
  if (spec.serviceName) errors.push(...invalids(`${path}.serviceName`, spec.serviceName, labelName(spec.serviceName)));
  const template = spec.template ?? {};
  if (selectorProblem(spec.selector) !== '') errors.push(invalid(`${path}.selector`, spec.selector, ''));
  else {
    const labels = template.metadata?.labels;
    if (!(spec.selector && isEmptySelector(spec.selector)) && !matchesSelector(spec.selector, labels))
      errors.push(invalid(`${path}.template.metadata.labels`, labels, noMatch));
    errors.push(...validatePodTemplate(withClaimVolumes(template, spec.volumeClaimTemplates), `${path}.template`));
  }
  errors.push(...validateAlwaysRestarts(template, `${path}.template`, 'StatefulSet'));
  (spec.volumeClaimTemplates ?? []).forEach((claim: Loose, i: number) => {
    errors.push(...validateClaimSpec(claim.spec ?? {}, `${path}.volumeClaimTemplates[${i}].spec`));
  });
  return errors;
}

/** Mounts may name a claim template: each stands for a volume of its name. */
function withClaimVolumes(template: Loose, claims: Loose[] | undefined): Loose {
  if (!claims || claims.length === 0) return template;
  const names = new Set(claims.map((claim) => claim.metadata?.name));
  const own = (template.spec?.volumes ?? []).filter((volume: Loose) => !names.has(volume.name));
  const made = [...names].filter(Boolean).map((name) => ({ name, persistentVolumeClaim: { claimName: name } }));
  return { ...template, spec: { ...template.spec, volumes: [...own, ...made] } };
}

function validateStatefulSetStrategy(strategy: Loose, path: string): FieldError[] {
  if (!strategy.type) return [required(path)];
  const rolling = strategy.rollingUpdate;
  if (strategy.type === 'OnDelete') {
    const shown = { Partition: rolling?.partition ?? 0, MaxUnavailable: rolling?.maxUnavailable ?? null };
    return rolling ? [invalid(`${path}.rollingUpdate`, shown, "only allowed for updateStrategy 'RollingUpdate'")] : [];
  }
  if (strategy.type !== 'RollingUpdate') {
    const shown = {
      Type: strategy.type,
      RollingUpdate: rolling ? { Partition: rolling.partition ?? 0, MaxUnavailable: rolling.maxUnavailable ?? null } : null,
    };
    return [invalid(path, shown, "must be 'RollingUpdate' or 'OnDelete'")];
  }
  return rolling ? nonnegative(rolling.partition, `${path}.rollingUpdate.partition`) : [];
}
