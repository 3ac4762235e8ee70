/** kubectl explain, from the generated field table. Models k8s.io/kubectl/pkg/explain/v2 plaintext, v1.36.2. */
import { type Field, fieldsOf, type Shape, typeOfKind } from '../../api/fields/fields.ts';
import { resourceFor } from '../builder.ts';
import { CommandError, plainError } from '../errors.ts';
import { byCodePoint } from '../printers/json.ts';
import type { Run } from '../run.ts';

export function explain(run: Run): void {
  const word = run.args[0];
  if (word === undefined)
    throw plainError('You must specify the type of resource to explain. Use "kubectl api-resources" for a complete list of supported resources.');
  if (run.args.length > 1) throw plainError(`We accept only this format: explain RESOURCE`);
  const [name, ...path] = word.split('.') as [string, ...string[]];
  const resource = resourceFor(name);
  const root = typeOfKind(resource.apiVersion, resource.kind);
  run.out(`${resource.group ? `GROUP:      ${resource.group}\n` : ''}KIND:       ${resource.kind}\nVERSION:    ${resource.version}\n\n`);
  let type = root;
  let field: Field | undefined;
  for (const part of path) {
    field = type === undefined ? undefined : fieldsOf(type).get(part);
    if (!field) throw new CommandError(`error: field "${part}" does not exist`);
    type = structOf(field.shape);
  }
  if (field) {
    run.out(`FIELD: ${path.at(-1)} <${typeText(field.shape)}>\n`);
    run.out(type === undefined ? '\n\n' : '\n');
  }
  run.out('DESCRIPTION:\n    <no description>\n');
  if (type === undefined) {
    run.out('    \n\n');
    return;
  }
  run.out('    \nFIELDS:\n');
  fields(run, type, 1, run.on('recursive'), new Set());
  run.out('\n');
}

const structOf = (shape: Shape): string | undefined =>
  shape.form === 'struct' ? shape.type : shape.form === 'list' || shape.form === 'map' ? structOf(shape.of) : undefined;

function typeText(shape: Shape): string {
  switch (shape.form) {
    case 'struct':
      return shape.go.slice(shape.go.indexOf('.') + 1);
    case 'list':
      return `[]${typeText(shape.of)}`;
    case 'map':
      return `map[string]${typeText(shape.of)}`;
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
    case 'time':
      return 'Time';
    case 'microTime':
      return 'MicroTime';
    case 'any':
      return 'Object';
    default:
      return 'string';
  }
}

const maxFields = 20_000;

function fields(run: Run, type: string, level: number, recursive: boolean, open: Set<string>): void {
  if (open.has(type) || level > 15 || run.state.out.length > maxFields * 40) return;
  open.add(type);
  const all = [...fieldsOf(type).values()].sort((a, b) => byCodePoint(a.name, b.name));
  for (const f of all) {
    run.out(`${'  '.repeat(level)}${f.name}\t<${typeText(f.shape)}>\n`);
    const inner = structOf(f.shape);
    if (recursive && inner !== undefined) fields(run, inner, level + 1, true, open);
    else if (!recursive) run.out('    <no description>\n\n');
  }
  open.delete(type);
}
