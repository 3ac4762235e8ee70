/** OpenAPI v3, a document per group and version, made from the product's own schema of manifests. Models k8s.io/kube-openapi pkg/handler3, v1.36.2. */
import { readFileSync } from 'node:fs';
import { type Resource, resources } from '../../core/index.ts';

type Json = { [key: string]: unknown };

interface ManifestSchema {
  allOf: { if: { properties: { kind: { const: string } } }; then: { allOf: Json[] } }[];
  definitions: Record<string, Json>;
}

/** Read when first asked for: most clients never do. */
let schema: ManifestSchema | undefined;
function manifestSchema(): ManifestSchema {
  schema ??= JSON.parse(readFileSync(new URL('../../schema/k8s.json', import.meta.url), 'utf8')) as ManifestSchema;
  return schema;
}

const pathOf = (apiVersion: string): string => (apiVersion.includes('/') ? `apis/${apiVersion}` : `api/${apiVersion}`);

/** `/openapi/v3` and what it points to; undefined for anything else. */
export function openapi(path: string): unknown {
  const versions = [...new Set(resources.map((r) => r.apiVersion))];
  if (path === '/openapi/v3')
    return { paths: Object.fromEntries(versions.map((v) => [pathOf(v), { serverRelativeURL: `/openapi/v3/${pathOf(v)}?hash=1362` }])) };
  const apiVersion = versions.find((v) => path === `/openapi/v3/${pathOf(v)}`);
  return apiVersion === undefined ? undefined : documentOf(apiVersion);
}

function documentOf(apiVersion: string): unknown {
  const here = resources.filter((r) => r.apiVersion === apiVersion);
  const schemas: Record<string, Json> = {};
  const paths: Record<string, Json> = {};
  for (const resource of here) {
    const root = rootOf(resource);
    if (root === undefined) schemas[`${key(resource)}`] = { type: 'object', ...gvk(resource) };
    else {
      addDefinition(schemas, root);
      schemas[nameOf(root)] = { ...(schemas[nameOf(root)] as Json), ...gvk(resource) };
    }
    const reference = { $ref: `#/components/schemas/${root === undefined ? key(resource) : nameOf(root)}` };
    const [collection, one] = placesOf(resource);
    paths[collection] = { get: operation(resource, 'list'), post: { ...operation(resource, 'post'), requestBody: body(reference) } };
    paths[one] = {
      get: operation(resource, 'get'),
      put: { ...operation(resource, 'put'), requestBody: body(reference) },
      patch: operation(resource, 'patch'),
      delete: operation(resource, 'delete'),
    };
  }
  return { openapi: '3.0.0', info: { title: 'Kubernetes', version: 'v1.36.2' }, paths, components: { schemas } };
}

const key = (r: Resource): string => `io.k8s.${r.group || 'core'}.${r.version}.${r.kind}`;
const nameOf = (definition: string): string => `io.k8s.${definition.replaceAll(' ', '-')}`;
const gvk = (r: Resource): Json => ({ 'x-kubernetes-group-version-kind': [{ group: r.group, version: r.version, kind: r.kind }] });

function placesOf(r: Resource): [string, string] {
  const collection = `/${pathOf(r.apiVersion)}/${r.namespaced ? 'namespaces/{namespace}/' : ''}${r.plural}`;
  return [collection, `${collection}/{name}`];
}

/** Clients look here for what the server can do: strict field validation, dry runs. */
function operation(r: Resource, verb: string): Json {
  const parameters = ['dryRun', 'fieldManager', 'fieldValidation'].map((name) => ({ name, in: 'query', schema: { type: 'string', uniqueItems: true } }));
  return {
    'x-kubernetes-action': verb,
    'x-kubernetes-group-version-kind': { group: r.group, version: r.version, kind: r.kind },
    ...(['post', 'put', 'patch'].includes(verb) ? { parameters } : {}),
    responses: { '200': { description: 'OK' } },
  };
}

const body = (reference: Json): Json => ({ content: { '*/*': { schema: reference } } });

/** The definition that the schema of manifests gives to a kind. */
function rootOf(r: Resource): string | undefined {
  const entry = manifestSchema().allOf.find((e) => {
    const versions = e.then.allOf.find((a) => a.properties !== undefined)?.properties as { apiVersion?: { enum?: string[] } } | undefined;
    return e.if.properties.kind.const === r.kind && (versions?.apiVersion?.enum?.includes(r.apiVersion) ?? true);
  });
  const reference = entry?.then.allOf.find((a) => typeof a.$ref === 'string')?.$ref as string | undefined;
  return reference?.slice('#/definitions/'.length);
}

/** The definition and everything it refers to, once. */
function addDefinition(schemas: Record<string, Json>, root: string): void {
  const todo = [root];
  for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
    if (Object.hasOwn(schemas, nameOf(name))) continue;
    schemas[nameOf(name)] = rewritten(manifestSchema().definitions[name] ?? { type: 'object' }, todo) as Json;
  }
}

function rewritten(value: unknown, found: string[]): unknown {
  if (Array.isArray(value)) return value.map((item) => rewritten(item, found));
  if (value === null || typeof value !== 'object') return value;
  const out: Json = {};
  for (const [name, part] of Object.entries(value)) {
    if (name === '$ref' && typeof part === 'string') {
      const target = part.slice('#/definitions/'.length);
      found.push(target);
      out.$ref = `#/components/schemas/${nameOf(target)}`;
    } else if (name === 'type' && Array.isArray(part)) out['x-kubernetes-int-or-string'] = true;
    else if (name === 'additionalProperties' && part === false) continue;
    else out[name] = rewritten(part, found);
  }
  return out;
}
