/**
 * The text that Go code hashes to tell objects apart: what go-spew prints of a v1 structure with `%#v`.
 * Models k8s.io/utils/dump ForHash and github.com/davecgh/go-spew/spew/format.go, on objects that came through protobuf, v1.36.2.
 */
import { type Field, fieldsOf, goStructName, type Shape } from './fields/fields.ts';
import order from './fields/go-order.generated.json' with { type: 'json' };
import { parseQuantity } from './quantity.ts';

/**
 * `(v1.PodTemplateSpec){ObjectMeta:(v1.ObjectMeta){Name:(string) …`. `type`: one that `go-order.generated.json` knows.
 * Lists and maps that are empty print as absent ones do: protobuf tells no difference.
 */
export const dumpForHash = (type: string, value: unknown): string => `(v1.${goStructName(type)})${dumpStruct(type, value, fieldsOf(type))}`;

type Entry = { embedded: string } | { go: string; json: string };

/** Fields of Go structures in Go's order: `+VolumeSource` is embedded, `DeprecatedServiceAccount=serviceAccount` is called otherwise in JSON. */
const orderOf = (type: string): readonly Entry[] => {
  const known = entries.get(type);
  if (known) return known;
  const made = ((order as Record<string, string>)[type] ?? '').split(' ').map((word): Entry => {
    if (word.startsWith('+')) return { embedded: word.slice(1) };
    const [go = '', json = go.toLowerCase()] = word.split('=');
    return { go, json };
  });
  entries.set(type, made);
  return made;
};
// Derived from a constant. Not state.
const entries = new Map<string, readonly Entry[]>();
const byLowerCase = new Map<ReadonlyMap<string, Field>, Map<string, Field>>();

function fieldOf(fields: ReadonlyMap<string, Field>, json: string): Field | undefined {
  let known = byLowerCase.get(fields);
  if (!known) {
    known = new Map([...fields.values()].map((field) => [field.name.toLowerCase(), field]));
    byLowerCase.set(fields, known);
  }
  return fields.get(json) ?? known.get(json);
}

function dumpStruct(type: string, value: unknown, fields: ReadonlyMap<string, Field>): string {
  const object = (value ?? {}) as Record<string, unknown>;
  const parts = orderOf(type).map((entry) => {
    if ('embedded' in entry) return `${entry.embedded}:(v1.${entry.embedded})${dumpStruct(entry.embedded, value, fields)}`;
    const field = fieldOf(fields, entry.json);
    if (!field) return `${entry.go}:`;
    const given = Object.hasOwn(object, field.name) ? object[field.name] : undefined;
    const pointer = field.presence === 'pointer' && field.shape.form !== 'list' && field.shape.form !== 'map';
    if (!pointer) return `${entry.go}:(${field.shape.go})${dump(field.shape, given)}`;
    return `${entry.go}:(*${field.shape.go})${given === undefined || given === null ? '<nil>' : dump(field.shape, given)}`;
  });
  return `{${parts.join(' ')}}`;
}

/** A value without its type. */
function dump(shape: Shape, value: unknown): string {
  switch (shape.form) {
    case 'struct':
      return dumpStruct(shape.type, value, fieldsOf(shape.type));
    case 'list':
      return Array.isArray(value) && value.length > 0 ? `[${value.map((item) => dump(shape.of, item)).join(' ')}]` : '<nil>';
    case 'map': {
      const map = (value ?? {}) as Record<string, unknown>;
      const keys = Object.keys(map).sort();
      return keys.length > 0 ? `map[${keys.map((key) => `${key}:${dump(shape.of, map[key])}`).join(' ')}]` : '<nil>';
    }
    case 'quantity':
      return dumpQuantity(value === undefined || value === null ? '0' : String(value));
    case 'intOrString':
      return typeof value === 'string'
        ? `{Type:(intstr.Type)1 IntVal:(int32)0 StrVal:(string)${value}}`
        : `{Type:(intstr.Type)0 IntVal:(int32)${Number(value ?? 0)} StrVal:(string)}`;
    case 'time':
      // Simplified: nothing that is hashed has a time that is set.
      return '{Time:(time.Time){wall:(uint64)0 ext:(int64)0 loc:(*time.Location)<nil>}}';
    case 'bool':
      return value === true ? 'true' : 'false';
    case 'int32':
    case 'int64':
    case 'float':
      return String(value ?? 0);
    default:
      return value === undefined || value === null ? '' : String(value);
  }
}

/** From canonical text, as ParseQuantity stores it. Simplified: amounts of more than 18 digits, which upstream keeps as big decimals, are dumped like the others. */
function dumpQuantity(text: string): string {
  const of = (amount: string, scale: number, cached: string, format: string): string =>
    `{i:(resource.int64Amount){value:(int64)${amount} scale:(resource.Scale)${scale}} d:(resource.infDecAmount){Dec:(*inf.Dec)<nil>} s:(string)${cached} Format:(resource.Format)${format}}`;
  if (text === '0') return of('0', 0, text, '');
  const [, sign = '', digits = '0', suffix = ''] = /^(-?)(\d+)(.*)$/.exec(text) ?? [];
  const format = parseQuantity(text)?.format ?? 'DecimalSI';
  if (format === 'BinarySI') {
    const amount = BigInt(digits) * 1024n ** BigInt('KMGTPE'.indexOf(suffix[0] ?? '') + 1);
    return of(`${sign}${amount}`, 0, Number(digits.slice(-3)) % 8 === 0 ? '' : text, format);
  }
  const scale = format === 'DecimalExponent' ? Number(suffix.slice(1)) : (scales[suffix] ?? 0);
  const reused = scale % 3 === 0 && !digits.endsWith('000') && !digits.startsWith('0');
  return of(`${sign}${digits}`, scale, reused ? text : '', format);
}
const scales: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
