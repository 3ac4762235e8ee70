/** kubectl explain, from the field table and its documentation. Models k8s.io/kubectl/pkg/explain/v2 templates/plaintext.tmpl, v1.36.2. */
import { type Field, fieldsOf, type Shape, typeOfKind } from '../../api/fields/fields.ts';
import { resourceFor } from '../builder.ts';
import { CommandError, plainError } from '../errors.ts';
import { docOf } from '../field-docs.ts';
import { byCodePoint } from '../printers/json.ts';
import type { Run } from '../run.ts';
import { indentText, wrapText } from '../wrap.ts';

export function explain(run: Run): void {
  const word = run.args[0];
  if (word === undefined)
    throw plainError('You must specify the type of resource to explain. Use "kubectl api-resources" for a complete list of supported resources.');
  if (run.args.length > 1) throw plainError(`We accept only this format: explain RESOURCE`);
  const [name, ...path] = word.split('.') as [string, ...string[]];
  const resource = resourceFor(name);
  let type = typeOfKind(resource.apiVersion, resource.kind);
  run.out(`${resource.group ? `GROUP:      ${resource.group}\n` : ''}KIND:       ${resource.kind}\nVERSION:    ${resource.version}\n\n`);
  let owner = '';
  let field: Field | undefined;
  for (const part of path) {
    owner = type ?? '';
    field = type === undefined ? undefined : fieldsOf(type).get(part);
    // The words name the last part, whichever was not found.
    if (!field) throw new CommandError(`error: field "${path.at(-1)}" does not exist`);
    type = structOf(field.shape);
  }
  const texts: string[] = [];
  if (field) {
    const doc = docOf(owner, field.name);
    const values = doc.values.map((v) => `\n    ${v === '' ? '""' : v}`).join('');
    run.out(`FIELD: ${field.name} <${typeText(field)}>\n${values === '' ? '' : `ENUM:${values}`}\n\n`);
    texts.push(doc.text, typeDoc(field));
  } else texts.push(docOf(type ?? '', '').text);
  const about = texts.map((text) => (text === '' ? '' : `${text}\n`)).join('') || '<empty>';
  run.out(`DESCRIPTION:\n${indentText(wrapText(about, 76), 4)}\n`);
  if (type !== undefined && fieldsOf(type).size > 0) {
    run.out('FIELDS:\n');
    fields(run, type, 1, run.on('recursive'), new Set());
  }
  run.out('\n');
}

const structOf = (shape: Shape): string | undefined =>
  shape.form === 'struct' ? shape.type : shape.form === 'list' || shape.form === 'map' ? structOf(shape.of) : undefined;

/** Fields without a schema of their own in the table: the names of their types. */
const untyped: Record<string, string> = { fieldsV1: 'v1.FieldsV1', data: 'runtime.RawExtension' };

const innermost = (shape: Shape): Shape => (shape.form === 'list' || shape.form === 'map' ? innermost(shape.of) : shape);

/** What the document says of the type that a field refers to. */
function typeDoc(field: Field): string {
  const inner = innermost(field.shape);
  switch (inner.form) {
    case 'struct':
      return docOf(inner.type, '').text;
    case 'quantity':
      return docOf('resource.Quantity', '').text;
    case 'intOrString':
      return docOf('intstr.IntOrString', '').text;
    case 'time':
      return docOf('v1.Time', '').text;
    case 'microTime':
      return docOf('v1.MicroTime', '').text;
    case 'any':
      return docOf(untyped[field.name] ?? '', '').text;
    default:
      return '';
  }
}

function typeText({ name, shape }: Pick<Field, 'name' | 'shape'>): string {
  switch (shape.form) {
    case 'struct':
      return shape.go.slice(shape.go.indexOf('.') + 1);
    case 'list':
      return `[]${typeText({ name, shape: shape.of })}`;
    case 'map':
      return `map[string]${typeText({ name, shape: shape.of })}`;
    case 'bool':
      return 'boolean';
    case 'int32':
    case 'int64':
      return 'integer';
    case 'float':
      return 'number';
    case 'quantity':
      return 'Quantity';
    case 'intOrString':
      return 'IntOrString';
    case 'any':
      return untyped[name]?.replace(/^.*\./, '') ?? 'Object';
    default:
      return 'string';
  }
}

const maxFields = 20_000;
const listedValues = 4;

function fields(run: Run, type: string, level: number, recursive: boolean, open: Set<string>): void {
  if (open.has(type) || level > 15 || run.state.out.length > maxFields * 40) return;
  open.add(type);
  const pad = '  '.repeat(level);
  for (const f of [...fieldsOf(type).values()].sort((a, b) => byCodePoint(a.name, b.name))) {
    const doc = docOf(type, f.name);
    const values = doc.values.slice(0, listedValues).map((v) => (v === '' ? '""' : v));
    const listed = `${values.join(', ')}${doc.values.length > listedValues ? ', ....' : ''}`;
    run.out(`${pad}${f.name}\t<${typeText(f)}>${doc.required ? ' -required-' : ''}${values.length > 0 ? `\n${pad}enum: ${listed}` : ''}\n`);
    if (!recursive) run.out(`${indentText(wrapText(doc.text || '<no description>', 78 - pad.length), pad.length + 2)}\n\n`);
    const inner = structOf(f.shape);
    if (recursive && inner !== undefined) fields(run, inner, level + 1, true, open);
  }
  open.delete(type);
}
