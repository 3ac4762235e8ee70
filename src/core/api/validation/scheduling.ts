/** Affinity, tolerations, spread constraints. Models pkg/apis/core/validation/validation.go, v1.36.2. */
import { duplicate, type FieldError, forbidden, invalid, invalids, notSupported, required } from './field.ts';
import { labelValueErrors } from './formats.ts';
import { type Loose, labelName, subdomainName, validateLabelName, validateLabelSelector } from './meta.ts';

export function validateNodeSelector(selector: Loose, path: string): FieldError[] {
  const terms: Loose[] = selector.nodeSelectorTerms ?? [];
  const at = `${path}.nodeSelectorTerms`;
  if (terms.length === 0) return [required(at, 'must have at least one node selector term')];
  return terms.flatMap((term, i) => validateNodeSelectorTerm(term, false, `${at}[${i}]`));
}

function validateNodeSelectorTerm(term: Loose, allowInvalidValues: boolean, path: string): FieldError[] {
  const errors: FieldError[] = [];
  (term.matchExpressions ?? []).forEach((expression: Loose, i: number) => {
    const at = `${path}.matchExpressions[${i}]`;
    const values: string[] = expression.values ?? [];
    switch (expression.operator) {
      case 'In':
      case 'NotIn':
        if (values.length === 0) errors.push(required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
        break;
      case 'Exists':
      case 'DoesNotExist':
        if (values.length > 0) errors.push(forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
        break;
      case 'Gt':
      case 'Lt':
        if (values.length !== 1) errors.push(required(`${at}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
        break;
      default:
        errors.push(invalid(`${at}.operator`, expression.operator ?? '', 'not a valid selector operator'));
    }
    errors.push(...validateLabelName(expression.key ?? '', `${at}.key`));
    if (!allowInvalidValues)
      values.forEach((value, k) => {
        errors.push(...invalids(`${at}.values[${k}]`, value, labelValueErrors(value)));
      });
  });
  (term.matchFields ?? []).forEach((field: Loose, i: number) => {
    const at = `${path}.matchFields[${i}]`;
    const values: string[] = field.values ?? [];
    if (field.operator === 'In' || field.operator === 'NotIn') {
      if (values.length !== 1) errors.push(required(`${at}.values`, "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"));
    } else errors.push(invalid(`${at}.operator`, field.operator ?? '', 'not a valid selector operator'));
    if (field.key !== 'metadata.name') errors.push(invalid(`${at}.key`, field.key ?? '', 'not a valid field selector key'));
    else
      values.forEach((value, k) => {
        errors.push(...invalids(`${at}.values[${k}]`, value, subdomainName(value)));
      });
  });
  return errors;
}

const [needed, wished] = ['requiredDuringSchedulingIgnoredDuringExecution', 'preferredDuringSchedulingIgnoredDuringExecution'];
const weightMessage = 'must be in the range 1-100';
const wrongWeight = (weight: number | undefined): boolean => !weight || weight < 1 || weight > 100;

export function validateAffinity(affinity: Loose, path: string): FieldError[] {
  if (!affinity) return [];
  const errors: FieldError[] = [];
  const node = affinity.nodeAffinity;
  if (node) {
    if (node[needed]) errors.push(...validateNodeSelector(node[needed], `${path}.nodeAffinity.${needed}`));
    (node[wished] ?? []).forEach((term: Loose, i: number) => {
      const at = `${path}.nodeAffinity.${wished}[${i}]`;
      if (wrongWeight(term.weight)) errors.push(invalid(`${at}.weight`, term.weight ?? 0, weightMessage));
      errors.push(...validateNodeSelectorTerm(term.preference ?? {}, true, `${at}.preference`));
    });
  }
  for (const kind of ['podAffinity', 'podAntiAffinity']) {
    const pods = affinity[kind];
    if (!pods) continue;
    (pods[needed] ?? []).forEach((term: Loose, i: number) => {
      errors.push(...validatePodAffinityTerm(term, `${path}.${kind}.${needed}[${i}]`));
    });
    (pods[wished] ?? []).forEach((weighted: Loose, i: number) => {
      const at = `${path}.${kind}.${wished}[${i}]`;
      if (wrongWeight(weighted.weight)) errors.push(invalid(`${at}.weight`, weighted.weight ?? 0, weightMessage));
      errors.push(...validatePodAffinityTerm(weighted.podAffinityTerm ?? {}, `${at}.podAffinityTerm`));
    });
  }
  return errors;
}

function validatePodAffinityTerm(term: Loose, path: string): FieldError[] {
  const errors = [
    ...validateLabelSelector(term.labelSelector, `${path}.labelSelector`),
    ...validateLabelSelector(term.namespaceSelector, `${path}.namespaceSelector`),
  ];
  for (const name of term.namespaces ?? []) errors.push(...invalids(`${path}.namespace`, name, labelName(name)));
  errors.push(...validateMatchKeys(term, path));
  if (!term.topologyKey) errors.push(required(`${path}.topologyKey`, 'can not be empty'));
  errors.push(...validateLabelName(term.topologyKey ?? '', `${path}.topologyKey`));
  return errors;
}

function validateMatchKeys(term: Loose, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const field of ['matchLabelKeys', 'mismatchLabelKeys']) {
    const keys: string[] = term[field] ?? [];
    if (keys.length > 0 && !term.labelSelector) errors.push(forbidden(`${path}.${field}`, 'must not be specified when labelSelector is not set'));
    else
      keys.forEach((key, i) => {
        errors.push(...validateLabelName(key, `${path}.${field}[${i}]`));
      });
  }
  const matched: string[] = term.matchLabelKeys ?? [];
  if (term.labelSelector) {
    const index = new Map(matched.map((key, i) => [key, i]));
    const seen = new Set(Object.keys(term.labelSelector.matchLabels ?? {}));
    for (const { key } of term.labelSelector.matchExpressions ?? []) {
      if (index.has(key) && seen.has(key)) errors.push(invalid(`${path}[${index.get(key)}]`, key, 'exists in both matchLabelKeys and labelSelector'));
      seen.add(key);
    }
  }
  const mismatched = new Set<string>(term.mismatchLabelKeys ?? []);
  matched.forEach((key, i) => {
    if (mismatched.has(key)) errors.push(invalid(`${path}.matchLabelKeys[${i}]`, key, 'exists in both matchLabelKeys and mismatchLabelKeys'));
  });
  return errors;
}

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

export const validateTaintEffect = (effect: string | undefined, path: string): FieldError[] => {
  if (!effect) return [required(path)];
  return effects.includes(effect) ? [] : [notSupported(path, effect, effects)];
};

export function validateTolerations(tolerations: Loose[] | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  (tolerations ?? []).forEach((toleration, i) => {
    const at = `${path}[${i}]`;
    const [key, operator, value]: string[] = [toleration.key ?? '', toleration.operator ?? '', toleration.value ?? ''];
    if (key) errors.push(...validateLabelName(key, `${at}.key`));
    else if (operator !== 'Exists') {
      errors.push(invalid(`${at}.operator`, operator, 'operator must be Exists when `key` is empty, which means "match all values and all keys"'));
    }
    if (toleration.tolerationSeconds !== undefined && toleration.effect !== 'NoExecute') {
      errors.push(invalid(`${at}.effect`, toleration.effect ?? '', "effect must be 'NoExecute' when `tolerationSeconds` is set"));
    }
    if (operator === '' || operator === 'Equal') {
      const problems = labelValueErrors(value as string);
      if (problems.length > 0) errors.push(invalid(`${at}.operator`, value, problems.join(';')));
    } else if (operator === 'Exists') {
      if (value) errors.push(invalid(`${at}.operator`, value, "value must be empty when `operator` is 'Exists'"));
    } else errors.push(notSupported(`${at}.operator`, operator, ['Equal', 'Exists']));
    if (toleration.effect) errors.push(...validateTaintEffect(toleration.effect, `${at}.effect`));
  });
  return errors;
}

export function validateTaints(taints: Loose[] | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  (taints ?? []).forEach((taint, i) => {
    const at = `${path}[${i}]`;
    errors.push(...validateLabelName(taint.key ?? '', `${at}.key`));
    const problems = labelValueErrors(taint.value ?? '');
    if (problems.length > 0) errors.push(invalid(`${at}.value`, taint.value, problems.join(';')));
    errors.push(...validateTaintEffect(taint.effect, `${at}.effect`));
    const id = `${taint.effect}/${taint.key}`;
    if (seen.has(id)) {
      const shown = { Key: taint.key ?? '', Value: taint.value ?? '', Effect: taint.effect ?? '', TimeAdded: taint.timeAdded ?? null };
      errors.push(duplicate(at, shown, 'taints must be unique by key and effect pair'));
    }
    seen.add(id);
  });
  return errors;
}

const actions = ['DoNotSchedule', 'ScheduleAnyway'];
const inclusion = ['Honor', 'Ignore'];

export function validateSpreadConstraints(constraints: Loose[] | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const lastOf = new Map<string, number>();
  (constraints ?? []).forEach((c, i) => {
    lastOf.set(`${c.topologyKey}\n${c.whenUnsatisfiable}`, i);
  });
  (constraints ?? []).forEach((constraint, i) => {
    const at = `${path}[${i}]`;
    const action = constraint.whenUnsatisfiable ?? '';
    if ((constraint.maxSkew ?? 0) <= 0) errors.push(invalid(`${at}.maxSkew`, constraint.maxSkew ?? 0, 'must be greater than zero'));
    if (!constraint.topologyKey) errors.push(required(`${at}.topologyKey`, 'can not be empty'));
    if (!actions.includes(action)) errors.push(notSupported(`${at}.whenUnsatisfiable`, action, actions));
    if ((lastOf.get(`${constraint.topologyKey}\n${constraint.whenUnsatisfiable}`) as number) > i) {
      errors.push(duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, `{${constraint.topologyKey ?? ''}, ${action}}`));
    }
    if (constraint.minDomains !== undefined) {
      if (constraint.minDomains <= 0) errors.push(invalid(`${at}.minDomains`, constraint.minDomains, 'must be greater than zero'));
      if (action !== 'DoNotSchedule') {
        errors.push(invalid(`${at}.minDomains`, constraint.minDomains, `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${action}`));
      }
    }
    for (const field of ['nodeAffinityPolicy', 'nodeTaintsPolicy']) {
      if (constraint[field] !== undefined && !inclusion.includes(constraint[field])) errors.push(notSupported(`${at}.${field}`, constraint[field], inclusion));
    }
    errors.push(...validateSpreadKeys(constraint, `${at}.matchLabelKeys`), ...validateLabelSelector(constraint.labelSelector, `${at}.labelSelector`));
  });
  return errors;
}

function validateSpreadKeys(constraint: Loose, path: string): FieldError[] {
  const keys: string[] = constraint.matchLabelKeys ?? [];
  if (keys.length === 0) return [];
  const errors: FieldError[] = [];
  const used = new Set<string>();
  if (constraint.labelSelector) {
    for (const key of Object.keys(constraint.labelSelector.matchLabels ?? {})) used.add(key);
    for (const expression of constraint.labelSelector.matchExpressions ?? []) used.add(expression.key);
  } else errors.push(forbidden(path, 'must not be specified when labelSelector is not set'));
  keys.forEach((key, i) => {
    errors.push(...validateLabelName(key, `${path}[${i}]`));
    if (used.has(key)) errors.push(invalid(`${path}[${i}]`, key, 'exists in both matchLabelKeys and labelSelector'));
  });
  return errors;
}
