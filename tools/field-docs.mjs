/**
 * The documentation that `kubectl explain` prints, read as text from the declarations of kubernetes-models, which follow the OpenAPI document (client-node's
 * lose line breaks, the values of enumerations and the words about fields that are structs).
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { quantityDoc } from './schema-facts.mjs';

const modules = join(dirname(fileURLToPath(import.meta.url)), '../node_modules');

/**
 * @param table the field table: `kinds` and `types`
 * @param standard the words about apiVersion and kind, which the declarations leave out
 * @returns type → `''` and field → `[text, enum values…]`, a required field's name with `!`
 */
export function fieldDocs({ kinds, types }, standard) {
  const docs = {};
  const visit = (type, file, name) => {
    if (docs[type]) return;
    const { doc, fields, imports } = readDeclaration(file, name);
    const own = { '': [doc] };
    docs[type] = own;
    for (const row of types[type].split(' ')) {
      const m = /^([^!^:]+)[!^]?:(.+)$/.exec(row);
      const field = m && fields.get(m[1]);
      if (!field) throw new Error(`${type}.${m?.[1] ?? row}: no such field in ${file}`);
      own[m[1] + (field.required ? '!' : '')] = [field.doc, ...field.values];
      const target = /^[[{]*([A-Z]\w*)$/.exec(m[2])?.[1];
      if (target === undefined || target === 'T') continue;
      const ref = /IIoK8s\w+/.exec(field.type)?.[0];
      if (!imports.has(ref)) throw new Error(`${type}.${m[1]}: ${field.type} is not imported in ${file}`);
      visit(target, imports.get(ref), ref);
    }
    if (Object.values(kinds).includes(type)) for (const name of ['apiVersion', 'kind']) own[name] = [standard[name]];
  };
  for (const [apiKind, type] of Object.entries(kinds)) {
    const slash = apiKind.lastIndexOf('/');
    const kind = apiKind.slice(slash + 1);
    const file = join(modules, 'kubernetes-models', apiKind.slice(0, slash), `${kind}.d.ts`);
    if (existsSync(file)) visit(type, file, '');
    else throw new Error(`kubernetes-models has no ${apiKind}`);
  }
  const scalar = (path) => [readDeclaration(join(modules, '@kubernetes-models/apimachinery', `${path}.d.ts`), '').doc];
  docs['resource.Quantity'] = { '': [quantityDoc] };
  docs['intstr.IntOrString'] = { '': scalar('util/intstr/IntOrString') };
  for (const name of ['Time', 'MicroTime', 'FieldsV1']) docs[`v1.${name}`] = { '': scalar(`apis/meta/v1/${name}`) };
  docs['runtime.RawExtension'] = { '': scalar('runtime/RawExtension') };
  return docs;
}

const comment = /\/\*\*\n((?: *\*(?!\/)[^\n]*\n)*) *\*\/\n/;
const textOf = (lines) =>
  (lines ?? '')
    .split('\n')
    .slice(0, -1)
    .map((line) => line.replace(/^ *\* ?/, ''))
    .join('\n')
    .replace(/\n@deprecated[\s\S]*$/, '')
    .replace(/\\([\\*/])/g, '$1');

function readDeclaration(file, ref) {
  const code = readFileSync(file, 'utf8');
  const imports = new Map();
  for (const [, names, from] of code.matchAll(/^import \{([^}]+)\} from "([^"]+)";/gm))
    for (const name of names.split(',')) imports.set(name.trim(), resolvePath(file, from));
  const local = /export type \{ (\w+) as (IIoK8s\w+)/.exec(code);
  imports.set(local?.[2], file);
  if (ref && local?.[2] !== ref) throw new Error(`${file} declares ${local?.[2]}, not ${ref}`);
  const declared = new RegExp(`(?:${comment.source})?export (?:interface|type) ${local?.[1]}\\b[^{=]*(?:\\{\\n([\\s\\S]*?)^\\}|=)`, 'm').exec(code);
  const fields = new Map();
  for (const [, lines, name, optional, type] of (declared?.[2] ?? '').matchAll(
    new RegExp(`(?:    ${comment.source})?    "([^"\\n]+)"(\\?)?: ([^\\n;{]*(?:\\{\\n[\\s\\S]*?\\n    \\}[^\\n;]*)?);(?:\\n|$)`, 'g'),
  )) {
    const values = /^"[^"]*"(?: \| "[^"]*")+$|^"[^"]*"$/.test(type) ? [...type.matchAll(/"([^"]*)"/g)].map((v) => v[1]) : [];
    fields.set(name, { doc: textOf(lines), required: optional === undefined, type, values });
  }
  return { doc: textOf(declared?.[1]), fields, imports };
}

const resolvePath = (file, from) =>
  from.startsWith('.') ? join(dirname(file), from.replace(/\.js$/, '.d.ts')) : join(modules, `${from.replace(/\.js$/, '')}.d.ts`);
