import { expect, it } from 'vitest';
import type { Journey, WalkStep } from '../../core/index.ts';
import { metIn, wayLines } from './lines.ts';

const rule = (chain: string, place: number, matched: boolean, depth: number): WalkStep => ({
  kind: 'rule',
  table: 'nat',
  chain,
  text: `${chain} ${place}`,
  matched,
  depth,
  place,
});
const steps: WalkStep[] = [
  rule('PREROUTING', 1, true, 1),
  { kind: 'chain', table: 'nat', chain: 'KUBE-SERVICES', text: 'KUBE-SERVICES', depth: 2 },
  rule('KUBE-SERVICES', 1, false, 2),
  { kind: 'rule', table: 'nat', chain: 'KUBE-SERVICES', text: '', matched: false, depth: 2, skipped: 9998 },
  rule('KUBE-SERVICES', 10_000, true, 2),
  { kind: 'chain', table: 'nat', chain: 'KUBE-SVC-X', text: 'KUBE-SVC-X', depth: 3 },
  rule('KUBE-SVC-X', 1, false, 3),
  rule('KUBE-SVC-X', 2, true, 3),
];
const journey = { countedOn: 'worker-1', legs: [{ host: 'worker-1', way: 'out', answer: { steps } }] } as unknown as Journey;

it('finds how far a packet came in a chain, and what it met in those that were called', () => {
  const met = metIn(journey, 'nat', 'KUBE-SERVICES');
  expect(met).toMatchObject({ matched: [10_000], far: 10_000 });
  expect(met?.inside.get(10_000)?.map((s) => s.text)).toEqual(['KUBE-SVC-X', 'KUBE-SVC-X 1', 'KUBE-SVC-X 2']);
  expect(metIn(journey, 'nat', 'KUBE-NODEPORTS')).toBeNull();
  expect(metIn(undefined, 'nat', 'KUBE-SERVICES')).toBeNull();
});

it('tells of twenty thousand rules the packet’s way, and what lies between as breaks', () => {
  const met = metIn(journey, 'nat', 'KUBE-SERVICES');
  const lines = wayLines(20_003, met as NonNullable<typeof met>);
  expect(lines.map((l) => (l.kind === 'row' ? l.row + 1 : l.kind === 'gap' ? `${l.after ? 'after' : 'gap'} ${l.rules}` : l.kind))).toEqual([
    1,
    2,
    3,
    'gap 9993',
    9997,
    9998,
    9999,
    10_000,
    'chain',
    'step',
    'step',
    'after 10001',
    20_002,
    20_003,
  ]);
});
