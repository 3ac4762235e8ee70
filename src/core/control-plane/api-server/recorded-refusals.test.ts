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

describe('[recorded] refused changes (kubectl-errors)', () => {
  const steps = (
    JSON.parse(readFileSync(new URL('../../../../fixtures/recordings/kubectl/kubectl-errors.json', import.meta.url), 'utf8')) as {
      steps: { apply?: string; kubectl?: string; err: string }[];
    }
  ).steps;
  const applied = JSON.parse(steps.find((step) => step.apply)?.apply ?? '') as { items: KubeObject[] };
  const said = (start: string): string => steps.find((step) => step.kubectl?.startsWith(start))?.err ?? '';
  const make = () => {
    const h = harness();
    for (const object of applied.items) {
      const resource = resourceOfKind(object.apiVersion, object.kind)?.id ?? '';
      expect(h.ask({ verb: 'create', resource, namespace: 'default', object, options: { fieldValidation: 'Strict' } }).code).toBe(201);
    }
    return h;
  };

  it('a clusterIP that was given', () => {
    const { status } = make().ask({ verb: 'patch', resource: 'services', namespace: 'default', name: 'web', patch: { spec: { clusterIP: '10.96.9.9' } } });
    expect(printed(status as Status)).toBe(said('patch svc web'));
  });

  it('the node of a pod', () => {
    const h = make();
    const on = { resource: 'pods', namespace: 'default', name: 'plain' } as const;
    h.request({ verb: 'create', ...on, subresource: 'binding', object: { target: { name: 'worker-1' } } });
    const { status } = h.ask({ verb: 'patch', ...on, patch: { spec: { nodeName: 'x' } } });
    expect(`${printed(status as Status).trimEnd()}\n\n`).toBe(said('patch pod plain -p \'{"spec":{"nodeName"'));
    expect(h.ask({ verb: 'patch', ...on, patch: { spec: { containers: [{ name: 'c', image: 'busybox:1.29' }] } } }).object?.metadata.generation).toBe(2);
  });

  it('an empty image of a template, by strategic patch', () => {
    const patch = { spec: { template: { spec: { $setElementOrder: undefined, containers: [{ name: 'web', image: '' }] } } } };
    const { status } = make().ask({ verb: 'patch', resource: 'deployments.apps', namespace: 'default', name: 'web', patch });
    expect(`error: failed to patch image update to pod template: ${status?.message}\n`).toBe(said('set image deploy/web web='));
  });

  it('a name of a namespace', () => {
    const { status } = make().ask({ verb: 'create', resource: 'namespaces', object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'Bad_Name' } } });
    expect(printed(status as Status)).toBe(said('create ns'));
  });
});
