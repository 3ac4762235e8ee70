/** The documentation's manifests do what their pages say. Those not marked as inferred must hold; the folder lies beside the repository. */
import { describe, expect, test } from 'vitest';
import { corpusFolder, readOutcomes } from './outcomes.ts';
import { same, within } from './patterns.ts';
import { playCase } from './play.ts';
import { parseTable } from './table.ts';
import { windowOf } from './window.ts';

const cases = readOutcomes();

describe.skipIf(!cases)(`documented outcomes${cases ? '' : ` (skipped: there is no ${corpusFolder})`}`, () => {
  for (const one of cases ?? [{ file: 'every case', variants: [], topic: '', given: [], steps: [], expect: [], otherwise: [] }]) {
    test(one.file, () => {
      const failed = playCase(corpusFolder, one).flatMap((report) => [
        ...report.trouble.map((text) => `${report.name}: ${text}`),
        ...report.facts.filter((f) => f.outcome === 'failed' && !f.inferred).map((f) => `${report.name}: ${JSON.stringify(f.fact)} seen: ${f.seen}`),
      ]);
      expect(failed).toEqual([]);
    });
  }
});

describe('the checks themselves', () => {
  test('a fact that is not so fails', () => {
    const manifest = { file: 'none.yaml', variants: [], topic: '', given: [], steps: ['kubectl get nodes'], otherwise: [] };
    const [report] = playCase(corpusFolder, {
      ...manifest,
      expect: [
        { row: 'node/worker-1', t: '<=5s', columns: { STATUS: 'NotReady' } },
        { row: 'node/worker-1', t: '<=5s', columns: { STATUS: 'Ready' } },
        { object_absent: 'node/worker-1', t: '<=5s' },
        { stdout_of_step: 1, contains: ['worker-9'] },
        { nonsense: 1 },
      ],
    });
    expect(report?.facts.map((f) => f.outcome)).toEqual(['failed', 'held', 'failed', 'failed', 'failed']);
  });
  test('tables, windows and nested values', () => {
    expect(parseTable('NAME   ACCESS MODES   AGE\na      RWO            3s\n')).toEqual([{ NAME: 'a', 'ACCESS MODES': 'RWO', AGE: '3s' }]);
    expect(windowOf('<15s')).toMatchObject({ loMs: 13_500, hiMs: 14_999 });
    expect(windowOf('8s..110s')).toEqual({ loMs: 8000, hiMs: 110_000, throughout: true });
    expect(within({ a: { b: 1 } }, { a: { b: 1, c: 2 } }, () => undefined)).toBe(true);
    expect(same({ a: { b: 1 } }, { a: { b: 1, c: 2 } })).toBe(false);
  });
});
