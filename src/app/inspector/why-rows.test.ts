import { expect, it } from 'vitest';
import type { WhyStep } from '../../session/protocol.ts';
import { whyRows } from './why-rows.ts';

const step = (seq: number, text: string, field: WhyStep['field'] = null, kind = 'api'): WhyStep => ({ seq, atMs: seq * 10, kind, text, about: [], field });

it('ends with the line of the manifest, the newest that is written there', () => {
  const { rows, decided } = whyRows([
    step(3, 'kubelet: status', { path: 'Pod p: spec.restartPolicy', line: null, text: '' }),
    step(2, 'kubelet → containerd: StartContainer', { path: 'Pod p: spec.containers[0].command', line: 8, text: 'command: [x]' }),
    step(1, 'something'),
  ]);
  expect(decided).toEqual({ line: 8, path: 'Pod p: spec.containers[0].command', text: 'command: [x]', atMs: 20 });
  expect(rows[1]).toMatchObject({ who: 'kubelet → containerd', text: 'StartContainer' });
  expect(rows[2]).toMatchObject({ who: '', text: 'something' });
});
it('names a default when nothing is written', () => {
  expect(whyRows([step(3, 'x', { path: 'Pod p: spec.restartPolicy', line: null, text: '' })]).decided?.line).toBeNull();
});
it('keeps the newest and where it began of a long chain', () => {
  const { rows, hidden } = whyRows(Array.from({ length: 40 }, (_, i) => step(40 - i, `s${i}`)));
  expect(rows).toHaveLength(12);
  expect(hidden).toBe(28);
  expect(rows.at(-1)?.text).toBe('s39');
});
