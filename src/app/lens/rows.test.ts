import { expect, it } from 'vitest';
import type { Journey, WalkStep } from '../../core/index.ts';
import { aboutStep, conntrackLine, legRows, ruleText, shortRule } from './rows.ts';

const step = (kind: WalkStep['kind'], text: string, depth: number, more: Partial<WalkStep> = {}): WalkStep => ({ kind, text, depth, ...more });
const legs = (steps: WalkStep[]): Journey =>
  ({ legs: [{ host: 'worker-1', way: 'out', answer: { steps, verdict: 'DELIVERED', rulesLookedAt: 0, masquerade: false } }] }) as unknown as Journey;

const iptables = legs([
  step('socket', 'tcp', 0),
  step('conntrack', 'no entry', 0),
  step('hook', 'PREROUTING', 0),
  step('rule', '-A PREROUTING -j KUBE-SERVICES', 1, { table: 'nat' }),
  step('chain', 'KUBE-SERVICES', 2),
  step('nat', 'becomes', 1),
  step('route', '10.244.1.4 dev cni0', 0),
  step('hook', 'FORWARD', 0),
  step('rule', '-A FORWARD -j FLANNEL-FWD', 1, { table: 'filter' }),
  step('hook', 'POSTROUTING', 0),
  step('device', 'cni0', 0),
]);
const ipvs = legs([
  step('socket', 'tcp', 0),
  step('hook', 'PREROUTING', 0),
  step('rule', '-A PREROUTING -j KUBE-SERVICES', 1, { table: 'nat' }),
  step('route', 'local', 0),
  step('hook', 'INPUT', 0),
  step('ipvs', 'TCP 10.96.0.50:80 rr', 1),
  step('route', '10.244.1.4 dev cni0', 0),
  step('hook', 'POSTROUTING', 0),
  step('conntrack', 'tcp', 0),
]);

it('lays hooks side by side, with what is routed again after IPVS beside the filter', () => {
  const [leg] = legRows({ iptables, ipvs });
  expect(leg?.rows.map((r) => [r.stage, r.title, r.sub, r.cells.iptables?.length, r.cells.ipvs?.length])).toEqual([
    ['start', 'Start', '', 2, 1],
    ['first', 'PREROUTING', 'nat', 2, 1],
    ['routing', 'Routing', '', 1, 1],
    ['filter', 'Filter, IPVS', 'FORWARD, INPUT', 1, 2],
    ['post', 'POSTROUTING', '', 0, 0],
    ['end', 'Leaves', '', 1, 1],
  ]);
});

it('leaves out the comment, and the chain where it is told by its place', () => {
  expect(ruleText('-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES')).toBe('-A PREROUTING -j KUBE-SERVICES');
  expect(shortRule('-A KUBE-SERVICES -d 10.96.0.1/32 -p tcp -m comment --comment "a \\" b" -m tcp --dport 80 -j KUBE-SVC-X')).toBe(
    '-d 10.96.0.1/32 -p tcp --dport 80 -j KUBE-SVC-X',
  );
});

it('knows what a rule is about', () => {
  expect(aboutStep({ text: '-A KUBE-SERVICES -d 10.96.0.50/32 -m comment --comment "default/web:http cluster IP" -j X' })).toEqual({
    service: 'default/web',
    ips: ['10.96.0.50'],
  });
  expect(aboutStep({ text: '-A KUBE-SEP-X -j DNAT --to-destination 10.244.1.7:80' }).ips).toEqual(['10.244.1.7']);
  expect(aboutStep({ text: '-A X -s 10.244.0.0/16 -j ACCEPT' }).ips).toEqual([]);
  expect(aboutStep({ text: 'numgen random mod 3', chain: 'service-SUSTUHLJ-default/web/tcp/http' }).service).toBe('default/web');
});

it('prints an entry as conntrack does', () => {
  const tuple = { src: '10.244.1.5', sport: 41874, dst: '10.96.0.50', dport: 80 };
  const flow = { protocol: 'tcp' as const, state: 'SYN_SENT', orig: tuple, reply: { src: '10.244.1.7', sport: 80, dst: '10.244.1.5', dport: 41874 }, mark: 0 };
  expect(conntrackLine({ steps: [], verdict: '', rulesLookedAt: 0, masquerade: false, flow })).toBe(
    'tcp      6 SYN_SENT src=10.244.1.5 dst=10.96.0.50 sport=41874 dport=80 [UNREPLIED] src=10.244.1.7 dst=10.244.1.5 sport=80 dport=41874 mark=0',
  );
});
