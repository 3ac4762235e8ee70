import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { resourceOfKind } from '../../api/resources.ts';
import type { KubeObject, Status } from '../../api/types.ts';
import { account, harness } from './testing/harness.ts';

interface Case {
  manifest: KubeObject;
  rc: number;
  stderr: string;
}
const recorded = JSON.parse(readFileSync(new URL('../../../../fixtures/recordings/api/invalid.json', import.meta.url), 'utf8')) as {
  cases: Record<string, Case>;
};
/** Answered by kubectl itself: nothing reaches the server. */
const kubectlAlone = (stderr: string): boolean => stderr.startsWith('error:');

/** The part of what kubectl prints that is the server's. */
function printed(status: Status): string {
  if (status.reason !== 'Invalid') return `Error from server (${status.reason}): error when creating "STDIN": ${status.message}\n`;
  const { kind, name, causes = [] } = status.details ?? {};
  const lines = causes.map((cause) => `${cause.field}: ${cause.message}`);
  return lines.length === 1
    ? `The ${kind} "${name}" is invalid: ${lines[0]}\n`
    : `The ${kind} "${name}" is invalid: \n${lines.map((line) => `* ${line}`).join('\n')}\n`;
}

describe('[recorded] manifests sent to the server as a dry run', () => {
  it.each(Object.entries(recorded.cases).filter(([, { stderr }]) => !kubectlAlone(stderr)))('%s', (_, { manifest, rc, stderr }) => {
    const h = harness([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'dry' } }, account('dry')]);
    const resource = resourceOfKind(manifest.apiVersion, manifest.kind)?.id ?? '';
    const answer = h.ask({ verb: 'create', resource, namespace: 'dry', object: manifest, options: { dryRun: true, fieldValidation: 'Strict' } });
    if (rc === 0) expect(answer).toMatchObject({ code: 201 });
    else expect(printed(answer.status as Status)).toBe(stderr);
    expect(h.notes).toEqual([]);
  });
});
