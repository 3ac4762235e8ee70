/** Label and field selectors. Models k8s.io/apimachinery/pkg/labels/selector.go and pkg/fields/selector.go, v1.36.2. */
import type { KubeObject, LabelSelector, Labels } from './types.ts';

export interface Requirement {
  key: string;
  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | '=' | '==' | '!=' | 'Gt' | 'Lt';
  values: string[];
}

const has = (labels: Labels | undefined, key: string): boolean => labels !== undefined && Object.hasOwn(labels, key);

function matchesRequirement(r: Requirement, labels: Labels | undefined): boolean {
  const present = has(labels, r.key);
  const value = present ? String(labels?.[r.key]) : '';
  switch (r.operator) {
    case 'In':
    case '=':
    case '==':
      return present && r.values.includes(value);
    case 'NotIn':
    case '!=':
      return !present || !r.values.includes(value);
    case 'Exists':
      return present;
    case 'DoesNotExist':
      return !present;
    case 'Gt':
      return present && /^-?\d+$/.test(value) && Number(value) > Number(r.values[0]);
    case 'Lt':
      return present && /^-?\d+$/.test(value) && Number(value) < Number(r.values[0]);
  }
}

export const matchesRequirements = (requirements: readonly Requirement[], labels: Labels | undefined): boolean =>
  requirements.every((r) => matchesRequirement(r, labels));

/** metav1.LabelSelectorAsSelector: an absent selector matches nothing, an empty one everything. */
export function matchesSelector(selector: LabelSelector | null | undefined, labels: Labels | undefined): boolean {
  if (!selector) return false;
  for (const key in selector.matchLabels) if (!has(labels, key) || labels?.[key] !== selector.matchLabels[key]) return false;
  for (const e of selector.matchExpressions ?? []) if (!matchesRequirement({ key: e.key, operator: e.operator, values: e.values ?? [] }, labels)) return false;
  return true;
}

/** A plain map as Services and ReplicationControllers have it: empty matches nothing. */
export function matchesMap(selector: Labels | undefined, labels: Labels | undefined): boolean {
  let any = false;
  for (const key in selector) {
    any = true;
    if (!has(labels, key) || labels?.[key] !== selector[key]) return false;
  }
  return any;
}

/** metav1.FormatLabelSelector: `app=web,tier in (a,b)`; `<none>` when empty. */
export function formatLabelSelector(selector: LabelSelector | null | undefined): string {
  const parts: [string, string][] = Object.entries(selector?.matchLabels ?? {}).map(([k, v]) => [k, `${k}=${v}`]);
  for (const e of selector?.matchExpressions ?? []) {
    const values = (e.values ?? []).slice().sort().join(',');
    parts.push([
      e.key,
      e.operator === 'In' ? `${e.key} in (${values})` : e.operator === 'NotIn' ? `${e.key} notin (${values})` : e.operator === 'Exists' ? e.key : `!${e.key}`,
    ]);
  }
  parts.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
  return parts.length === 0 ? '<none>' : parts.map((p) => p[1]).join(',');
}

type Parsed = { requirements: Requirement[]; error?: undefined } | { error: string; requirements?: undefined };

const maxSelectorLength = 65_536;
const word = /^[^\s,()=!<>]+$/;

/** labels.Parse: `a=b,c!=d,e in (f,g),!h,i>3`. `error` in upstream's words. */
export function parseLabelSelector(text: string): Parsed {
  if (text.length > maxSelectorLength) return { error: `selector is longer than ${maxSelectorLength} characters` };
  const tokens = tokenize(text);
  const requirements: Requirement[] = [];
  let i = 0;
  if (tokens.length === 0) return { requirements };
  for (;;) {
    const negated = tokens[i] === '!';
    if (negated) i += 1;
    const key = tokens[i];
    if (key === undefined || !word.test(key)) return { error: `unable to parse requirement: found '${key ?? ''}', expected: identifier` };
    i += 1;
    const operator = tokens[i];
    if (negated || operator === undefined || operator === ',') requirements.push({ key, operator: negated ? 'DoesNotExist' : 'Exists', values: [] });
    else if (operator === 'in' || operator === 'notin') {
      if (tokens[i + 1] !== '(') return { error: `unable to parse requirement: found '${tokens[i + 1] ?? ''}' expected: '('` };
      i += 2;
      const values: string[] = [];
      for (; tokens[i] !== ')'; i += 1) {
        const value = tokens[i];
        if (value === undefined) return { error: "unable to parse requirement: found '', expected: ',' or ')'" };
        if (value !== ',') values.push(value);
      }
      i += 1;
      requirements.push({ key, operator: operator === 'in' ? 'In' : 'NotIn', values });
    } else if (operator === '=' || operator === '==' || operator === '!=' || operator === '>' || operator === '<') {
      const next = tokens[i + 1];
      const value = next !== undefined && next !== ',' ? next : '';
      i += value === '' ? 1 : 2;
      requirements.push({ key, operator: operator === '>' ? 'Gt' : operator === '<' ? 'Lt' : operator, values: [value] });
    } else return { error: `unable to parse requirement: found '${operator}', expected: in, notin, =, ==, !=, gt, lt` };
    if (i >= tokens.length) return { requirements };
    if (tokens[i] !== ',') return { error: `found '${tokens[i]}', expected: ',' or 'end of string'` };
    i += 1;
    if (i >= tokens.length) return { error: "found '', expected: identifier after ','" };
  }
}

function tokenize(text: string): string[] {
  const tokens: string[] = [];
  for (let i = 0; i < text.length; ) {
    const c = text[i] as string;
    if (c === ' ' || c === '\t' || c === '\n' || c === '\r') i += 1;
    else if (text.startsWith('==', i) || text.startsWith('!=', i)) {
      tokens.push(text.slice(i, i + 2));
      i += 2;
    } else if (',()=!<>'.includes(c)) {
      tokens.push(c);
      i += 1;
    } else {
      let end = i;
      while (end < text.length && !' \t\n\r,()=!<>'.includes(text[end] as string)) end += 1;
      tokens.push(text.slice(i, end));
      i = end;
    }
  }
  return tokens;
}

export interface FieldRequirement {
  path: string;
  equal: boolean;
  value: string;
}

/** fields.ParseSelector: `status.phase=Running,metadata.name!=x`. */
export function parseFieldSelector(text: string): { requirements: FieldRequirement[]; error?: undefined } | { error: string; requirements?: undefined } {
  if (text.length > maxSelectorLength) return { error: `selector is longer than ${maxSelectorLength} characters` };
  const requirements: FieldRequirement[] = [];
  for (const part of text.split(',')) {
    if (part === '') continue;
    const m = /^([^=!]*)(!=|==|=)(.*)$/.exec(part);
    if (!m) return { error: `invalid selector: '${text}'; can't understand '${part}'` };
    requirements.push({ path: m[1] as string, equal: m[2] !== '!=', value: m[3] as string });
  }
  return { requirements };
}

const paths = new Map<string, readonly string[]>();
function partsOf(path: string): readonly string[] {
  let parts = paths.get(path);
  if (!parts) {
    parts = path.split('.');
    if (paths.size < 500) paths.set(path, parts);
  }
  return parts;
}

/** The value at a dotted path as text; absent is ''. */
function fieldText(object: KubeObject, path: string): string {
  let value: unknown = object;
  for (const part of partsOf(path)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return '';
    value = (value as Record<string, unknown>)[part];
  }
  return value === undefined || value === null ? '' : String(value);
}

export function matchesFieldSelector(requirements: readonly FieldRequirement[], object: KubeObject): boolean {
  for (const r of requirements) if ((fieldText(object, r.path) === r.value) !== r.equal) return false;
  return true;
}
