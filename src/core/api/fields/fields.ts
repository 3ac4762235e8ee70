/** The field table of every kind the API server knows: which fields a type has, of which Go type, and how they travel. */
import table from './fields.generated.json' with { type: 'json' };

/** `drop`: absent when zero (omitempty). `pointer`: kept when set, even to zero. `always`: written even when zero. */
export type Presence = 'drop' | 'pointer' | 'always';

export type Shape =
  | { form: 'list' | 'map'; of: Shape; go: string }
  | { form: 'struct'; type: string; go: string }
  | { form: 'string' | 'bool' | 'int32' | 'int64' | 'float' | 'quantity' | 'intOrString' | 'time' | 'microTime' | 'bytes' | 'any'; go: string };

export interface Field {
  name: string;
  presence: Presence;
  shape: Shape;
}

const kindTypes = new Map<string, string>(Object.entries(table.kinds));
const kindTypeNames = new Set<string>(Object.values(table.kinds));
const rows = new Map<string, string>(Object.entries(table.types));
const parsed = new Map<string, Map<string, Field>>();

/** The table's name of the type of a kind; undefined when the API server has no such kind. */
export function typeOfKind(apiVersion: string, kind: string): string | undefined {
  return kindTypes.get(`${apiVersion}/${kind}`);
}

/** Every `apiVersion/kind`. */
export const knownKinds = (): string[] => [...kindTypes.keys()];

/** Name → field, in the table's order. Kinds also carry apiVersion and kind. */
export function fieldsOf(type: string): Map<string, Field> {
  const known = parsed.get(type);
  if (known) return known;
  const fields = new Map<string, Field>();
  for (const row of (rows.get(type) ?? '').split(' ')) {
    const m = /^(.+?)([!^]?):(.+)$/.exec(row);
    if (!m) continue;
    const name = m[1] as string;
    fields.set(name, { name, presence: m[2] === '!' ? 'always' : m[2] === '^' ? 'pointer' : 'drop', shape: shapeOf(m[3] as string) });
  }
  if (kindTypeNames.has(type)) {
    for (const name of ['apiVersion', 'kind']) fields.set(name, { name, presence: 'drop', shape: { form: 'string', go: 'string' } });
  }
  parsed.set(type, fields);
  return fields;
}

/** The name Go prints for a table type: `Container`, `EndpointPort`. */
export const goStructName = (type: string): string => type.replace(/^(?:EventsV1|DiscoveryV1|V2(?=[A-Z]))/, '');

const scalarForms = {
  s: ['string', 'string'],
  b: ['bool', 'bool'],
  i: ['int32', 'int32'],
  l: ['int64', 'int64'],
  f: ['float', 'float64'],
  q: ['quantity', 'resource.Quantity'],
  o: ['intOrString', 'intstr.IntOrString'],
  t: ['time', 'v1.Time'],
  T: ['microTime', 'v1.MicroTime'],
  y: ['bytes', '[]uint8'],
  '*': ['any', 'interface {}'],
} as const;

function shapeOf(code: string): Shape {
  const slash = code.indexOf('/');
  const named = slash < 0 ? '' : code.slice(slash + 1);
  const body = slash < 0 ? code : code.slice(0, slash);
  const goNamed = named === '' ? '' : named.includes('.') ? named : named === 'int' ? 'int' : `v1.${named}`;
  if (body.startsWith('[') || body.startsWith('{')) {
    const isMap = body.startsWith('{');
    const namesWhole = named === 'ResourceList';
    const of = shapeOf(body.slice(1) + (named !== '' && !namesWhole ? `/${named}` : ''));
    return { form: isMap ? 'map' : 'list', of, go: namesWhole ? goNamed : isMap ? `map[string]${of.go}` : `[]${of.go}` };
  }
  const scalar = scalarForms[body as keyof typeof scalarForms];
  if (scalar) return { form: scalar[0], go: goNamed || scalar[1] };
  return { form: 'struct', type: body, go: `${body.startsWith('V2') ? 'v2' : 'v1'}.${goStructName(body)}` };
}
