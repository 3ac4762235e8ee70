/**
 * Writes, from the models of @kubernetes/client-node (read as text, never imported) and the wire facts of tools/go-fields.json:
 *   src/core/api/fields/fields.generated.json  the field table that decoding, defaulting and fidelity read
 *   src/schema/k8s.json                        the JSON schema of the editor
 *   src/schema/field-docs.json                 the documentation that `kubectl explain` prints (tools/field-docs.mjs)
 * Usage: node tools/generate-schema.mjs [--check]   --check writes nothing and fails when an output is not what it would write
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fieldDocs } from './field-docs.mjs';
import { editorKinds, enums, kinds } from './schema-facts.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const models = join(root, 'node_modules/@kubernetes/client-node/dist/gen/models');
const goFields = JSON.parse(readFileSync(join(root, 'tools/go-fields.json'), 'utf8'));
const docLimit = 400;

const keyOf = (model) => model.replace(/^(?:Core|Rbac)?V1(?=[A-Z])/, '');
const cache = new Map();

/** The attributes of a model with their documentation. */
function readModel(model) {
  if (cache.has(model)) return cache.get(model);
  const code = readFileSync(join(models, `${model}.js`), 'utf8');
  const types = readFileSync(join(models, `${model}.d.ts`), 'utf8');
  const attributes = JSON.parse(/attributeTypeMap = (\[[\s\S]*?\]);\n/.exec(code)[1]);
  const docs = new Map();
  for (const [, doc, name, optional] of types.matchAll(/(?:\/\*\*\s*\n\s*\* ([^\n]*)\n\s*\*\/\s*\n\s*)?'([^'\n]+)'(\?)?:/g)) {
    docs.set(name, { doc: doc ?? '', required: optional === undefined });
  }
  const entry = {
    attributes: attributes.map((a) => ({ ...a, ...(docs.get(a.name) ?? { doc: '', required: false }) })),
    doc: /\/\*\*\s*\n\s*\* ([^\n]*)\n\s*\*\/\s*\nexport declare class/.exec(types)?.[1] ?? '',
  };
  cache.set(model, entry);
  return entry;
}

/** `resources!` → mark `!`; `imagePullPolicy=PullPolicy` → the name of its Go type. */
function wireFacts(type) {
  const facts = new Map();
  for (const row of (goFields[type] ?? '').split(' ')) {
    const m = /^([^=!^]+)([!^]?)(?:=(.+))?$/.exec(row);
    if (m) facts.set(m[1], { mark: m[2], go: m[3] ?? '' });
  }
  return facts;
}

function typeCode(attribute, go, use) {
  let type = attribute.type.trim();
  let prefix = '';
  for (;;) {
    const list = /^Array<(.*)>$/.exec(type);
    const map = /^\{ \[key: string\]: (.*); \}$/.exec(type);
    if (list) {
      prefix += '[';
      type = list[1];
    } else if (map) {
      prefix += '{';
      type = map[1];
    } else break;
  }
  if (go === 'ResourceList') return '{q/ResourceList';
  if (go === 'Quantity') return `${prefix}q`;
  if (go === 'Time') return `${prefix}t`;
  if (go === 'MicroTime') return `${prefix}T`;
  if (go === 'RawExtension') return '*';
  const named = go ? `/${go}` : '';
  if (type === 'string') return `${prefix}${attribute.format === 'byte' ? 'y' : 's'}${named}`;
  if (type === 'boolean') return `${prefix}b`;
  if (type === 'number') return `${prefix}${{ int64: 'l', double: 'f' }[attribute.format] ?? 'i'}${named}`;
  if (type === 'IntOrString') return `${prefix}o`;
  if (type === 'any' || type === 'object') return `${prefix}*`;
  if (type === 'Date') return `${prefix}t`;
  if (type === 'V1MicroTime') return `${prefix}T`;
  use(type);
  return prefix + keyOf(type);
}

function fieldTable() {
  const types = {};
  const queue = [];
  const seen = new Set();
  const use = (model) => {
    if (!seen.has(model)) {
      seen.add(model);
      queue.push(model);
    }
  };
  const kindTypes = {};
  for (const [apiKind, model] of Object.entries(kinds)) {
    use(model);
    kindTypes[apiKind] = keyOf(model);
  }
  while (queue.length > 0) {
    const model = queue.shift();
    const facts = wireFacts(keyOf(model));
    types[keyOf(model)] = readModel(model)
      .attributes.filter((a) => a.baseName !== 'apiVersion' || !seenKind(model))
      .filter((a) => a.baseName !== 'kind' || !seenKind(model))
      .map((a) => {
        const fact = facts.get(a.baseName) ?? { mark: '', go: '' };
        return `${a.baseName}${fact.mark}:${typeCode(a, fact.go, use)}`;
      })
      .join(' ');
  }
  return { kinds: kindTypes, types };
}
const kindModels = new Set(Object.values(kinds));
const seenKind = (model) => kindModels.has(model);

const words = (type) =>
  keyTitle(
    keyOf(type)
      .replace(/^DiscoveryV1Endpoint/, 'EndpointSlice')
      .replace(/^(?:EventsV1|V2)/, ''),
  );
const keyTitle = (name) =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase();
const cut = (doc) => (doc.length > docLimit ? `${doc.slice(0, docLimit - 1).trimEnd()}…` : doc);

function schemaOf(attribute, go, use) {
  const wrap = (type) => {
    const list = /^Array<(.*)>$/.exec(type);
    if (list) return { type: 'array', items: wrap(list[1]) };
    const map = /^\{ \[key: string\]: (.*); \}$/.exec(type);
    if (map) return { type: 'object', additionalProperties: go === 'ResourceList' ? { type: ['string', 'number'] } : wrap(map[1]) };
    if (go === 'Quantity') return { type: ['string', 'number'] };
    if (type === 'string') return enums[go] ? { type: 'string', enum: enums[go] } : { type: 'string' };
    if (type === 'boolean') return { type: 'boolean' };
    if (type === 'number') return { type: attribute.format === 'double' ? 'number' : 'integer' };
    if (type === 'IntOrString') return { anyOf: [{ type: 'integer' }, { type: 'string' }] };
    if (type === 'any' || type === 'object') return {};
    if (type === 'Date' || type === 'V1MicroTime') return { type: 'string' };
    use(type);
    return { $ref: `#/definitions/${words(type)}` };
  };
  return wrap(attribute.type.trim());
}

function editorSchema() {
  const definitions = {};
  const queue = [];
  const seen = new Set();
  const names = new Map();
  const use = (model) => {
    if (seen.has(model)) return;
    if (names.has(words(model))) throw new Error(`two definitions called ${words(model)}: ${model}, ${names.get(words(model))}`);
    names.set(words(model), model);
    seen.add(model);
    queue.push(model);
  };
  const rules = [];
  for (const apiKind of editorKinds) {
    const slash = apiKind.lastIndexOf('/');
    const [apiVersion, kind] = [apiKind.slice(0, slash), apiKind.slice(slash + 1)];
    use(kinds[apiKind]);
    rules.push({
      if: { properties: { kind: { const: kind } }, required: ['kind'] },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON schema
      then: { allOf: [{ properties: { apiVersion: { enum: [apiVersion] } } }, { $ref: `#/definitions/${words(kinds[apiKind])}` }] },
    });
  }
  while (queue.length > 0) {
    const model = queue.shift();
    const { attributes, doc } = readModel(model);
    const facts = wireFacts(keyOf(model));
    const properties = {};
    const required = [];
    for (const a of attributes) {
      const isKind = editorKinds.some((k) => kinds[k] === model);
      if (isKind && a.baseName === 'status') {
        properties.status = { description: 'Written by the cluster.' };
        continue;
      }
      const schema = schemaOf(a, facts.get(a.baseName)?.go ?? '', use);
      if (a.doc) schema.description = cut(a.doc);
      properties[a.baseName] = schema;
      if (a.required) required.push(a.baseName);
    }
    definitions[words(model)] = {
      type: 'object',
      ...(doc ? { description: cut(doc) } : {}),
      properties,
      ...(required.length > 0 ? { required } : {}),
      additionalProperties: false,
    };
  }
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    type: 'object',
    required: ['apiVersion', 'kind'],
    properties: {
      apiVersion: { type: 'string', enum: [...new Set(editorKinds.map((k) => k.slice(0, k.lastIndexOf('/'))))] },
      kind: { type: 'string', enum: [...new Set(editorKinds.map((k) => k.slice(k.lastIndexOf('/') + 1)))] },
    },
    allOf: rules,
    definitions,
  };
}

const check = process.argv.includes('--check');

function write(path, value) {
  const file = join(root, path);
  const text = `${JSON.stringify(value)}\n`;
  if (check) {
    if (existsSync(file) && readFileSync(file, 'utf8') === text) return;
    process.stderr.write(`${path} is not what the models give: run node tools/generate-schema.mjs\n`);
    process.exitCode = 1;
    return;
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  process.stdout.write(`${path}  ${(text.length / 1024).toFixed(1)} KB\n`);
}

const table = fieldTable();
write('src/core/api/fields/fields.generated.json', table);
write('src/schema/k8s.json', editorSchema());
write('src/schema/field-docs.json', fieldDocs(table, Object.fromEntries(readModel('V1Pod').attributes.map((a) => [a.name, a.doc]))));
