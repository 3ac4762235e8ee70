import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Recorded, runAt, unsure } from './testing/past-server.ts';

const folder = new URL('../../../fixtures/recordings/', import.meta.url);

/** Ages may be a second off, and with them the widths of their columns. */
const masked = (text: string): string =>
  text
    .replace(/\(x\d+ over [^)]*\)/g, '(xN)')
    .replace(/(?<![\w=./-])(\d+[dhms])+(?= |$)/gm, '<age>')
    .replace(/ +/g, ' ')
    .replace(/-{3,}/g, '---')
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');

/** What happened in the same second has no order that the objects tell. */
function lines(text: string): string[] {
  const all = masked(text).split('\n');
  const events = all.indexOf('Events:');
  return events < 0 ? all : [...all.slice(0, events), ...all.slice(events).sort()];
}

describe('what kubectl printed, from the objects that the watch had shown', () => {
  for (const group of ['pod-lifecycle', 'storage', 'node-lifecycle', 'kubectl']) {
    for (const file of readdirSync(new URL(`${group}/`, folder))) {
      const recording = JSON.parse(readFileSync(new URL(`${group}/${file}`, folder), 'utf8')) as Recorded;
      for (const step of recording.steps) {
        if (!/^(get|describe) pods?( [a-z0-9-]+)?( -o (wide|yaml))?$/.test(step.kubectl ?? '')) continue;
        if (unsure(recording, step.atMs)) continue;
        test(`${recording.name} at ${step.atMs}: ${step.kubectl}`, () => {
          const got = runAt(recording, (step.kubectl as string).split(' '), step.atMs);
          expect(got.rc).toBe(step.rc);
          // The watch was written down without what was applied.
          const want = step.out.replace(/^( *annotations:)\n *kubectl\.kubernetes\.io\/last-applied-configuration: \|\n.*$/m, '$1 {}');
          expect(lines(got.out)).toEqual(lines(want));
          expect(got.err).toBe(step.err);
        });
      }
    }
  }
});
