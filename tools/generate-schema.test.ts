import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';

// biome-ignore lint/suspicious/noExplicitAny: schemas and manifests of every shape
type Loose = any;

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const schema: Loose = JSON.parse(readFileSync(join(root, 'src/schema/k8s.json'), 'utf8'));

const isType = (value: unknown, type: string): boolean =>
  type === 'integer'
    ? Number.isInteger(value)
    : type === 'array'
      ? Array.isArray(value)
      : type === 'object'
        ? typeof value === 'object' && value !== null && !Array.isArray(value)
        : typeof value === type;

/** The part of JSON schema that the generator writes. */
function problems(node: Loose, value: Loose, path = ''): string[] {
  if (node.$ref) return problems(schema.definitions[node.$ref.slice('#/definitions/'.length)], value, path);
  const out: string[] = [];
  if (node.type && ![node.type].flat().some((type: string) => isType(value, type))) return [`${path}: not ${node.type}`];
  if (node.const !== undefined && node.const !== value) out.push(`${path}: not ${node.const}`);
  if (node.enum && !node.enum.includes(value)) out.push(`${path}: ${value} is none of ${node.enum}`);
  if (node.anyOf && !node.anyOf.some((inner: Loose) => problems(inner, value, path).length === 0)) out.push(`${path}: none of anyOf`);
  for (const inner of node.allOf ?? []) out.push(...problems(inner, value, path));
  if (node.if && problems(node.if, value, path).length === 0) out.push(...problems(node.then, value, path));
  for (const name of node.required ?? []) if (value[name] === undefined) out.push(`${path}: ${name} is missing`);
  if (node.items && Array.isArray(value)) for (const [i, inner] of value.entries()) out.push(...problems(node.items, inner, `${path}[${i}]`));
  if (isType(value, 'object')) {
    for (const [name, inner] of Object.entries(value)) {
      if (node.properties && Object.hasOwn(node.properties, name)) out.push(...problems(node.properties[name], inner, `${path}.${name}`));
      else if (node.additionalProperties === false) out.push(`${path}: ${name} is unknown`);
      else if (typeof node.additionalProperties === 'object') out.push(...problems(node.additionalProperties, inner, `${path}.${name}`));
    }
  }
  return out;
}

describe('the generated files', () => {
  it('are what the models give', () => {
    expect(execFileSync('node', [join(root, 'tools/generate-schema.mjs'), '--check'], { encoding: 'utf8' })).toBe('');
  });
  it('stay small', () => {
    expect(readFileSync(join(root, 'src/core/api/fields/fields.generated.json')).length).toBeLessThan(60_000);
  });
  it('name no definition as Go does', () => {
    expect(Object.keys(schema.definitions).filter((name) => /[A-Z]/.test(name))).toEqual([]);
  });
});

describe('the schema', () => {
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  it.each<[string, Loose, string]>([
    ['a typing error', { ...pod, spec: { ...pod.spec, restartPolcy: 'Always' } }, '.spec: restartPolcy is unknown'],
    ['a wrong choice', { ...pod, spec: { ...pod.spec, restartPolicy: 'Maybe' } }, '.spec.restartPolicy: Maybe is none of Always,OnFailure,Never'],
    ['a wrong version', { ...pod, apiVersion: 'apps/v1' }, '.apiVersion: apps/v1 is none of v1'],
    ['an unknown kind', { ...pod, kind: 'Pood' }, '.kind: Pood is none of'],
    ['a wrong type', { ...pod, spec: { containers: {} } }, '.spec.containers: not array'],
  ])('tells %s', (_, manifest, words) => {
    expect(problems(schema, manifest).join('\n')).toContain(words);
  });

  const { cases } = JSON.parse(readFileSync(join(root, 'fixtures/recordings/api/defaulted.json'), 'utf8')) as Loose;
  it.each(Object.keys(cases))('accepts %s', (name) => {
    expect(problems(schema, cases[name].manifest)).toEqual([]);
  });

  const corpus = join(root, '../shared/corpus/website');
  const files = existsSync(corpus) ? yamlFiles(corpus) : [];
  it.skipIf(files.length === 0)(
    files.length === 0
      ? 'accepts the manifests of the documentation (skipped: ../shared/corpus/website is absent)'
      : 'accepts the manifests of the documentation',
    () => {
      const wrong: string[] = [];
      for (const file of files) {
        for (const document of parseAllDocuments(readFileSync(file, 'utf8'))) {
          const manifest = document.toJS();
          if (manifest?.kind && manifest.apiVersion !== 'batch/v1beta1')
            wrong.push(...problems(schema, manifest).map((problem) => `${relative(corpus, file)} ${problem}`));
        }
      }
      expect(wrong).toEqual([]);
    },
  );
});

function yamlFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return yamlFiles(path);
    return /\.ya?ml$/.test(entry.name) && entry.name !== 'outcomes.yaml' ? [path] : [];
  });
}
