import { expect, it } from 'vitest';
import type { WalkStep } from '../../core/index.ts';
import { isKubeProxys, ruleText, sectionsOf } from './lens-walk.ts';

const step = (kind: WalkStep['kind'], text: string, depth: number, more: Partial<WalkStep> = {}): WalkStep => ({ kind, text, depth, ...more });
const steps = [
  step('socket', 'tcp', 0),
  step('route', 'a', 0),
  step('hook', 'PREROUTING', 0),
  step('rule', '-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES', 1, { table: 'nat', chain: 'PREROUTING', matched: true }),
  step('chain', 'KUBE-SERVICES', 2, { table: 'nat' }),
  step('rule', '-A KUBE-SERVICES -d 10.96.0.1/32 -m comment --comment "a \\" b" -j KUBE-SVC-X', 2, { table: 'nat', chain: 'KUBE-SERVICES', matched: false }),
  step('route', 'b', 0),
  step('hook', 'FORWARD', 0),
  step('rule', '-A FORWARD -j FLANNEL-FWD', 1, { table: 'filter', chain: 'FORWARD', matched: true }),
  step('device', 'eth0', 0),
];

it('groups a walk by hook, with routing between', () => {
  const sections = sectionsOf(steps, { start: 'Start', routing: 'Routing', end: 'Leaves' });
  expect(sections.map((s) => [s.title, s.steps.length, s.tables])).toEqual([
    ['Start', 2, []],
    ['PREROUTING', 2, ['nat']],
    ['Routing', 1, []],
    ['FORWARD', 1, ['filter']],
    ['Leaves', 1, []],
  ]);
});
it('counts only the rules of kube-proxy', () => {
  expect(steps.filter(isKubeProxys)).toHaveLength(2);
});
it('leaves out the comment, and the chain where it is told by its place', () => {
  expect(ruleText(steps[3]?.text ?? '')).toBe('-A PREROUTING -j KUBE-SERVICES');
  expect(ruleText(steps[5]?.text ?? '')).toBe('-d 10.96.0.1/32 -j KUBE-SVC-X');
});
