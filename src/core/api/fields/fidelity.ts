/** How far the simulator acts on the fields of a manifest. */
import type { KubeObject } from '../types.ts';
import { kindVerdicts, type Verdict, verdicts } from './fidelity-table.ts';
import { fieldsOf, type Shape, typeOfKind } from './fields.ts';

export interface Notice {
  /** `spec.volumes[0].iscsi`; '' for the whole object. */
  path: string;
  reason: string;
}

const maxNotices = 200;

/** The verdict on one field of a type of the field table; types without a row of their own are part of what their owner does. */
export const verdictOf = (type: string, field: string): Verdict => (Object.hasOwn(verdicts, type) ? verdicts[type]?.[field] : undefined) ?? 'acting';

/** Present fields that nothing in the model acts on, and kinds that nobody reconciles; at most 200. `kinds`: kinds with a reason, the model's own when left out. */
export function notSimulated(object: KubeObject, kinds: Readonly<Record<string, string>> = kindVerdicts): Notice[] {
  return noticesOf(object, kinds, (verdict) => (typeof verdict === 'object' && 'notSimulated' in verdict ? verdict.notSimulated : ''));
}

/** Present fields that act in part. */
export function simplified(object: KubeObject): Notice[] {
  return noticesOf(object, {}, (verdict) => (typeof verdict === 'object' && 'simplified' in verdict ? verdict.simplified : ''));
}

function noticesOf(object: KubeObject, kinds: Readonly<Record<string, string>>, reasonOf: (verdict: Verdict) => string): Notice[] {
  const type = typeOfKind(object.apiVersion, object.kind);
  if (type === undefined) return [];
  const out: Notice[] = [];
  const reason = Object.hasOwn(kinds, object.kind) ? kinds[object.kind] : undefined;
  if (reason !== undefined) return [{ path: '', reason }];
  walkStruct(object, type, '', reasonOf, out);
  return out;
}

function walkStruct(value: unknown, type: string, path: string, reasonOf: (verdict: Verdict) => string, out: Notice[]): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
  const fields = fieldsOf(type);
  for (const name of Object.keys(value)) {
    const field = fields.get(name);
    if (!field || (path === '' && (name === 'status' || name === 'metadata'))) continue;
    if (out.length >= maxNotices) return;
    const inner = (value as Record<string, unknown>)[name];
    if (inner === undefined || inner === null) continue;
    const at = path === '' ? name : `${path}.${name}`;
    const reason = reasonOf(verdictOf(type, name));
    if (reason !== '') out.push({ path: at, reason });
    else walkShape(inner, field.shape, at, reasonOf, out);
  }
}

function walkShape(value: unknown, shape: Shape, path: string, reasonOf: (verdict: Verdict) => string, out: Notice[]): void {
  if (shape.form === 'struct') walkStruct(value, shape.type, path, reasonOf, out);
  else if (shape.form === 'list' && shape.of.form === 'struct' && Array.isArray(value)) {
    const { type } = shape.of;
    value.forEach((inner, i) => {
      walkStruct(inner, type, `${path}[${i}]`, reasonOf, out);
    });
  }
}
