import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeStrict, strictDecodingError } from '../decode/decode.ts';
import { applyDefaults } from '../defaults/defaults.ts';
import type { Status } from '../types.ts';
import { invalidStatus } from './field.ts';
import { validateCreate } from './validate.ts';

const recorded = JSON.parse(readFileSync(new URL('../../../../fixtures/recordings/api/invalid.json', import.meta.url), 'utf8')) as {
  cases: Record<string, { manifest: { apiVersion: string; kind: string; metadata: { name?: string } }; rc: number; stderr: string }>;
};

/** What kubectl apply prints of a refusal. */
function kubectlWords(status: Status, what: string): string {
  if (status.reason === 'Invalid') {
    const lines = [...new Set((status.details?.causes ?? []).map((cause) => `${cause.field}: ${cause.message}`))];
    const head = `The ${what} is invalid: `;
    return lines.length === 1 ? `${head}${lines[0]}\n` : `${head}\n${lines.map((line) => `* ${line}\n`).join('')}`;
  }
  return `Error from server (${status.reason}): error when creating "STDIN": ${status.message}\n`;
}

function refusal(manifest: { apiVersion: string; kind: string; metadata: { name?: string } }): string {
  const { object, error, unknownFields } = decodeStrict(manifest);
  const { apiVersion, kind, metadata } = manifest;
  const what = `${kind} "${metadata.name}"`;
  if (error) return kubectlWords(error, what);
  if (unknownFields.length > 0) return kubectlWords(strictDecodingError(apiVersion, kind, unknownFields), what);
  if (!object) throw new Error('neither an object nor an error');
  applyDefaults(object);
  object.metadata.namespace = 'dry';
  const errors = validateCreate(object);
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  return errors.length === 0 ? '' : kubectlWords(invalidStatus(kind, group, metadata.name ?? '', errors), what);
}

/** Not decided by validation: kubectl's own words, and the IP allocator's. */
const elsewhere = new Map([
  ['metadata-name-missing', 'kubectl refuses it before the API server sees it'],
  ['wrong-kind', 'kubectl refuses it before the API server sees it'],
  ['svc-clusterip-range', "the API server's IP allocator refuses it"],
]);

describe('recorded refusals', () => {
  for (const [name, { manifest, stderr }] of Object.entries(recorded.cases)) {
    if (elsewhere.has(name)) it(`${name}: ${elsewhere.get(name)}`, () => expect(name === 'wrong-kind' || refusal(manifest) !== undefined).toBe(true));
    else it(name, () => expect(refusal(manifest)).toBe(stderr));
  }
});
