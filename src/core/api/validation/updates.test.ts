import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { clone } from '../equal.ts';
import { errorText } from './field.ts';
import type { Loose } from './meta.ts';
import { validateUpdate } from './validate.ts';

const recording = JSON.parse(readFileSync(new URL('../../../../fixtures/recordings/kubectl/kubectl-errors.json', import.meta.url), 'utf8')) as Loose;

function stepError(contains: string): string {
  return recording.steps.find((step: Loose) => String(step.kubectl).includes(contains)).err;
}

describe('recorded updates', () => {
  it('a pod that is to move shows the difference of the two specs', () => {
    const scheduled = recording.watch.find((event: Loose) => event.resource === 'pods' && event.object.metadata.name === 'plain' && event.object.spec.nodeName);
    const old = scheduled.object;
    const next = clone(old);
    next.spec.nodeName = 'x';
    const [error, ...others] = validateUpdate(next, old);
    expect(others).toEqual([]);
    expect(`The Pod "plain" is invalid: ${errorText(error as Loose)}\n`).toBe(stepError('"nodeName":"x"'));
  });
});
