/** Disruption budgets, autoscalers, priority classes. Models pkg/apis/policy, autoscaling and scheduling validation, v1.36.2. */
import { notMoreThan100Percent, validatePositiveIntOrPercent } from './apps.ts';
import { type FieldError, forbidden, invalid, invalids, notSupported, required } from './field.ts';
import { type Loose, pathSegmentName, subdomainName, validateImmutable, validateLabelSelector, validateObjectMeta, validateObjectMetaUpdate } from './meta.ts';
import { validatePositiveQuantity } from './resources.ts';

export function validateDisruptionBudget(budget: Loose): FieldError[] {
  const spec = budget.spec ?? {};
  const errors = validateObjectMeta(budget.metadata, true, subdomainName);
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy: unhealthy } = spec;
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    const shown = { MinAvailable: minAvailable, Selector: selector ?? null, MaxUnavailable: maxUnavailable, UnhealthyPodEvictionPolicy: unhealthy ?? null };
    errors.push(invalid('spec', shown, 'minAvailable and maxUnavailable cannot be both set'));
  }
  for (const [field, value] of [
    ['minAvailable', minAvailable],
    ['maxUnavailable', maxUnavailable],
  ]) {
    if (value !== undefined) errors.push(...validatePositiveIntOrPercent(value, `spec.${field}`), ...notMoreThan100Percent(value, `spec.${field}`));
  }
  errors.push(...validateLabelSelector(selector, 'spec.selector'));
  if (unhealthy !== undefined && unhealthy !== 'AlwaysAllow' && unhealthy !== 'IfHealthyBudget') {
    errors.push(notSupported('spec.unhealthyPodEvictionPolicy', unhealthy, ['AlwaysAllow', 'IfHealthyBudget']));
  }
  return errors;
}

export function validateAutoscaler(autoscaler: Loose): FieldError[] {
  const spec = autoscaler.spec ?? {};
  const errors = validateObjectMeta(autoscaler.metadata, true, subdomainName);
  const [min, max] = [spec.minReplicas, spec.maxReplicas ?? 0];
  if (min !== undefined && min < 1) errors.push(invalid('spec.minReplicas', min, 'must be greater than or equal to 1'));
  if (max < 1) errors.push(invalid('spec.maxReplicas', max, 'must be greater than 0'));
  if (min !== undefined && max < min) errors.push(invalid('spec.maxReplicas', max, 'must be greater than or equal to `minReplicas`'));
  errors.push(...validateReference(spec.scaleTargetRef ?? {}, 'spec.scaleTargetRef'));
  (spec.metrics ?? []).forEach((metric: Loose, i: number) => {
    errors.push(...validateMetric(metric, `spec.metrics[${i}]`));
  });
  for (const direction of ['scaleUp', 'scaleDown']) {
    if (spec.behavior?.[direction]) errors.push(...validateScalingRules(spec.behavior[direction], `spec.behavior.${direction}`));
  }
  return errors;
}

function validateReference(reference: Loose, path: string): FieldError[] {
  return ['kind', 'name'].flatMap((field) => {
    const value = reference[field];
    return value ? invalids(`${path}.${field}`, value, pathSegmentName(value)) : [required(`${path}.${field}`)];
  });
}

const sources: Record<string, string> = { Resource: 'resource', ContainerResource: 'containerResource', Pods: 'pods', Object: 'object', External: 'external' };
const metricTypes = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource'];

function validateMetric(metric: Loose, path: string): FieldError[] {
  const type: string = metric.type ?? '';
  if (type === '') return [required(`${path}.type`, 'must specify a metric source type')];
  const field = sources[type];
  if (field === undefined) return [notSupported(`${path}.type`, type, metricTypes)];
  const errors: FieldError[] = [];
  const given = Object.values(sources).filter((source) => metric[source]);
  for (const other of given.slice(1)) errors.push(forbidden(`${path}.${other}`, 'may not set multiple metric sources'));
  const source = metric[field];
  const at = `${path}.${field}`;
  if (!source) return [...errors, required(at, 'must populate information for the given metric source')];
  if (type === 'Resource' || type === 'ContainerResource') {
    if (!source.name) errors.push(required(`${at}.name`, 'must specify a resource name'));
    if (type === 'ContainerResource' && !source.container) errors.push(required(`${at}.container`, 'must specify a container name'));
    errors.push(...validateTarget(source.target ?? {}, `${at}.target`));
    const { averageUtilization, averageValue } = source.target ?? {};
    if (averageUtilization === undefined && averageValue === undefined) {
      errors.push(required(`${at}.target.averageUtilization`, 'must set either a target raw value or a target utilization'));
    }
    if (averageUtilization !== undefined && averageValue !== undefined) {
      errors.push(forbidden(`${at}.target.averageValue`, 'may not set both a target raw value and a target utilization'));
    }
    return errors;
  }
  if (!source.metric?.name) errors.push(required(`${at}.metric.name`, 'must specify a metric name'));
  else errors.push(...invalids(`${at}.metric.name`, source.metric.name, pathSegmentName(source.metric.name)));
  if (type === 'Object') errors.push(...validateReference(source.describedObject ?? {}, `${at}.describedObject`));
  errors.push(...validateTarget(source.target ?? {}, `${at}.target`));
  if (type === 'Pods' && source.target?.averageValue === undefined)
    errors.push(required(`${at}.target.averageValue`, 'must specify a positive target averageValue'));
  return errors;
}

const targetTypes = ['AverageValue', 'Utilization', 'Value'];

function validateTarget(target: Loose, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!target.type) errors.push(required(`${path}.type`, 'must specify a metric target type'));
  if (target.type && !targetTypes.includes(target.type))
    errors.push(invalid(`${path}.type`, target.type, 'must be either Utilization, Value, or AverageValue'));
  for (const field of ['value', 'averageValue']) {
    if (target[field] !== undefined && validatePositiveQuantity(target[field], '').length > 0)
      errors.push(invalid(`${path}.${field}`, target[field], 'must be positive'));
  }
  if (target.averageUtilization !== undefined && target.averageUtilization < 1) {
    errors.push(invalid(`${path}.averageUtilization`, target.averageUtilization, 'must be greater than 0'));
  }
  return errors;
}

const maxWindow = 3600;
const maxPeriod = 1800;

function validateScalingRules(rules: Loose, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const window = rules.stabilizationWindowSeconds;
  if (window !== undefined && window < 0) errors.push(invalid(`${path}.stabilizationWindowSeconds`, window, 'must be greater than or equal to zero'));
  if (window !== undefined && window > maxWindow)
    errors.push(invalid(`${path}.stabilizationWindowSeconds`, window, `must be less than or equal to ${maxWindow}`));
  const selects = ['Disabled', 'Max', 'Min'];
  if (rules.selectPolicy !== undefined && !selects.includes(rules.selectPolicy)) errors.push(notSupported(`${path}.selectPolicy`, rules.selectPolicy, selects));
  if ((rules.policies ?? []).length === 0) errors.push(required(`${path}.policies`, 'must specify at least one Policy'));
  (rules.policies ?? []).forEach((policy: Loose, i: number) => {
    const at = `${path}.policies[${i}]`;
    if (policy.type !== 'Pods' && policy.type !== 'Percent') errors.push(notSupported(`${at}.type`, policy.type ?? '', ['Percent', 'Pods']));
    if (!(policy.value > 0)) errors.push(invalid(`${at}.value`, policy.value ?? 0, 'must be greater than zero'));
    if (!(policy.periodSeconds > 0)) errors.push(invalid(`${at}.periodSeconds`, policy.periodSeconds ?? 0, 'must be greater than zero'));
    else if (policy.periodSeconds > maxPeriod) errors.push(invalid(`${at}.periodSeconds`, policy.periodSeconds, `must be less than or equal to ${maxPeriod}`));
  });
  return errors;
}

const highestUserPriority = 1_000_000_000;
const systemClasses: Record<string, number> = { 'system-node-critical': 2000001000, 'system-cluster-critical': 2000000000 };

export function validatePriorityClass(priorityClass: Loose): FieldError[] {
  const errors = validateObjectMeta(priorityClass.metadata, false, subdomainName);
  const name: string = priorityClass.metadata.name ?? '';
  const value: number = priorityClass.value ?? 0;
  if (name.startsWith('system-')) {
    const known = systemClasses[name];
    if (known !== value) {
      const why = known === undefined ? `${name} is not a known system priority class` : `value of ${name} PriorityClass must be ${known}`;
      errors.push(forbidden('metadata.name', `priority class names with 'system-' prefix are reserved for system use only. error: ${why}`));
    }
  } else if (value > highestUserPriority) errors.push(forbidden('value', `maximum allowed value of a user defined priority is ${highestUserPriority}`));
  const policy = priorityClass.preemptionPolicy;
  if (policy !== undefined && policy !== 'PreemptLowerPriority' && policy !== 'Never') {
    errors.push(notSupported('preemptionPolicy', policy, ['PreemptLowerPriority', 'Never']));
  }
  return errors;
}

export function validatePriorityClassUpdate(priorityClass: Loose, old: Loose): FieldError[] {
  const errors = validateObjectMetaUpdate(priorityClass.metadata, old.metadata);
  if ((priorityClass.value ?? 0) !== (old.value ?? 0)) errors.push(forbidden('value', 'may not be changed in an update.'));
  errors.push(...validateImmutable(priorityClass.preemptionPolicy, old.preemptionPolicy, 'preemptionPolicy'));
  return errors;
}
