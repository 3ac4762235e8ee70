/**
 * The form in which the API server keeps a spec in memory, as it shows in differences and bad values: Go field names in the order of the internal
 * type, zero values written. The table follows pkg/apis/core/types.go, v1.36.2.
 */
import table from './internal-types.json' with { type: 'json' };

interface InternalField {
  name: string;
  json: string;
  code: string;
}

const rows = new Map<string, string>(Object.entries(table));
const parsed = new Map<string, InternalField[]>();

/** `type`: `PodSpec`, `PodTemplateSpec`, `PersistentVolumeClaimSpec`, `PersistentVolumeSource`, `EphemeralContainer` and what they are made of. */
export function internalForm(type: string, value: unknown): unknown {
  if (type === 'PodSpec') return struct(type, movedToSecurityContext(value as Record<string, unknown>));
  return struct(type, (value ?? {}) as Record<string, unknown>);
}

const moved = ['hostNetwork', 'hostPID', 'hostIPC', 'shareProcessNamespace', 'hostUsers'];

/** Host namespaces belong to the security context internally. */
function movedToSecurityContext(spec: Record<string, unknown>): Record<string, unknown> {
  const context: Record<string, unknown> = { ...((spec.securityContext as Record<string, unknown>) ?? {}) };
  for (const field of moved) if (spec[field] !== undefined) context[field] = spec[field];
  return { ...spec, securityContext: context };
}

function fieldsOf(type: string): InternalField[] {
  const known = parsed.get(type);
  if (known) return known;
  const fields = (rows.get(type) ?? '').split(' ').map((row) => {
    if (row === '@meta') return { name: row, json: 'metadata', code: '' };
    const colon = row.indexOf(':');
    const [name, json] = row.slice(0, colon).split('=') as [string, string | undefined];
    return { name, json: json ?? `${(name[0] as string).toLowerCase()}${name.slice(1)}`, code: row.slice(colon + 1) };
  });
  parsed.set(type, fields);
  return fields;
}

const metaOrder = [
  'name',
  'generateName',
  'namespace',
  'selfLink',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'annotations',
  'ownerReferences',
  'finalizers',
  'managedFields',
];

function struct(type: string, value: Record<string, unknown>): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const field of fieldsOf(type)) {
    if (field.name === '@meta') {
      const meta = (value.metadata ?? {}) as Record<string, unknown>;
      for (const key of metaOrder) if (meta[key] !== undefined) out[key] = meta[key];
    } else out[field.name] = convert(field.code, value[field.json]);
  }
  return out;
}

function convert(code: string, value: unknown): unknown {
  if (code.startsWith('^')) return value === undefined || value === null ? null : convert(code.slice(1), value);
  if (code.startsWith('[')) return value === undefined || value === null ? null : (value as unknown[]).map((inner) => convert(code.slice(1), inner));
  if (code.startsWith('{')) return value === undefined || value === null ? null : sorted(value as Record<string, unknown>);
  switch (code) {
    case 's':
      return value ?? '';
    case 'b':
      return value ?? false;
    case 'i':
      return value ?? 0;
    case 'q':
      return value ?? '0';
    case '*':
      return value ?? null;
    case 'PodSpec':
      return internalForm(code, value ?? {});
    default:
      return struct(code, (value ?? {}) as Record<string, unknown>);
  }
}

function sorted(map: Record<string, unknown>): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const key of Object.keys(map).sort()) Object.defineProperty(out, key, { value: map[key], enumerable: true, configurable: true, writable: true });
  return out;
}
