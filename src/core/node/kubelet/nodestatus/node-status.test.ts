import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type TestWorld, testNode, testWorld } from '../testing/managers.ts';
import { setConditions } from './conditions.ts';
import { initialNodeStatus, startNodeStatus } from './node-status.ts';

function started(options: { exists?: boolean; quiet?: boolean } = {}): TestWorld {
  const w = testWorld();
  w.state.nodeStatus = initialNodeStatus({ ...w.state.config, registered: options.quiet === true });
  w.state.podCache = w.state.podCache ?? ({ pods: {} } as never);
  w.state.pleg = { lastRelistMs: 0 } as never;
  if (options.exists || options.quiet) {
    const healthy = setConditions([], { memoryPressure: false, diskPressure: false, pidPressure: false, errors: [] }, 1_795_176_000_000 - 600_000).conditions;
    w.put('nodes', { ...testNode(), status: { ...testNode().status, conditions: healthy } });
    w.state.node = { ...testNode(), status: { ...testNode().status, conditions: healthy } };
  } else w.state.node = null;
  w.act((ctx) => startNodeStatus(w.state, ctx));
  return w;
}
/** Keeps the runtime looked at. */
function runHealthy(w: TestWorld, untilMs: number): void {
  for (let at = w.engine.state.nowMs; at < untilMs; at += 5000) {
    w.state.runtime.checkedMs = at;
    w.state.pleg.lastRelistMs = at;
    w.run(Math.min(at + 5000, untilMs));
  }
}
const statusWrites = (w: TestWorld) => w.requests.filter((r) => r.body.resource === 'nodes' && r.body.verb === 'patch');
const ready = (w: TestWorld) => w.state.node?.status.conditions?.find((c) => c.type === 'Ready');

describe('a node joins', () => {
  test('[node 1] is created with its conditions, the events come in the recorded order', () => {
    const w = started();
    runHealthy(w, 5000);
    const recorded = JSON.parse(readFileSync('fixtures/recordings/node-lifecycle/kubelet-restarts.json', 'utf8'));
    const order = recorded.watch
      .filter(
        (e: { object: { kind: string; involvedObject?: { kind: string }; reason?: string } }) =>
          e.object.kind === 'Event' && e.object.involvedObject?.kind === 'Node',
      )
      // That node is on cgroup v1.
      .map((e: { object: { reason: string; message: string; type: string } }) => `${e.object.type} ${e.object.reason} ${e.object.message}`)
      .filter((line: string) => !line.includes('CgroupV1'));
    expect(w.events.map((e) => `${e.type} ${e.reason} ${e.message}`)).toEqual(order);
    const created = w.requests.find((r) => r.body.verb === 'create' && r.body.resource === 'nodes')?.body.object as {
      status: { conditions: { type: string }[] };
    };
    expect(created.status.conditions.map((c) => c.type)).toEqual(['MemoryPressure', 'DiskPressure', 'PIDPressure', 'Ready']);
    expect(ready(w)).toMatchObject({ status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' });
  });

  test('a node that exists keeps its transition times', () => {
    const w = started({ exists: true });
    runHealthy(w, 5000);
    expect(ready(w)).toMatchObject({ status: 'True', lastTransitionTime: '2026-11-20T11:50:00Z' });
    expect(statusWrites(w).length).toBeGreaterThan(0);
  });
});

test('a node that was given up comes back: each event as often as recorded', () => {
  const recorded = JSON.parse(readFileSync('fixtures/recordings/node-lifecycle/kubelet-stops.json', 'utf8'));
  const counts: Record<string, number> = {};
  for (const { object } of recorded.watch)
    if (object.kind === 'Event' && object.involvedObject.kind === 'Node' && object.source.component === 'kubelet' && object.reason.startsWith('Node'))
      counts[object.reason] = object.count;
  const w = started({ exists: true });
  const node = w.state.node as NonNullable<typeof w.state.node>;
  const unknown = (node.status.conditions ?? []).map((c) => ({ ...c, status: 'Unknown', reason: 'NodeStatusUnknown' }));
  w.put('nodes', { ...node, status: { ...node.status, conditions: unknown } });
  w.state.node = { ...node, status: { ...node.status, conditions: unknown } };
  runHealthy(w, 5000);
  const mine: Record<string, number> = {};
  for (const [key, { count }] of Object.entries(w.state.recorder.known)) {
    const reason = key.split('|').find((part) => /^Node[A-Z]/.test(part));
    if (reason) mine[reason] = count;
  }
  expect(mine).toEqual(counts);
});

describe('a node that runs', () => {
  test('is silent about itself, renews its lease each 10 s and writes its status each few minutes', () => {
    const w = started({ quiet: true });
    runHealthy(w, 900_000);
    expect(w.events).toEqual([]);
    const renewals = w.requests.filter((r) => r.body.id === 'node-lease-renew').map((r) => r.atMs);
    for (let i = 2; i < renewals.length; i += 1) {
      const gap = (renewals[i] as number) - (renewals[i - 1] as number);
      expect(gap).toBeGreaterThanOrEqual(10_000);
      expect(gap).toBeLessThanOrEqual(10_400);
    }
    expect(renewals.length).toBeGreaterThan(80);
    const writes = statusWrites(w).map((r) => r.atMs);
    expect(writes.length).toBeGreaterThanOrEqual(2);
    expect(writes.length).toBeLessThanOrEqual(7);
  });

  test('[node 15] the runtime is down for 30 s: NotReady at the next check, Ready after it is back', () => {
    const w = started({ quiet: true });
    runHealthy(w, 20_000);
    w.run(44_500);
    expect(ready(w)?.status).toBe('True');
    w.run(56_500);
    expect(ready(w)).toMatchObject({ status: 'False', reason: 'KubeletNotReady', message: 'container runtime is down' });
    w.state.runtime.checkedMs = 56_500;
    w.run(67_500);
    expect(ready(w)?.status).toBe('True');
    expect(w.events.map((e) => `${e.reason} ${e.message}`)).toEqual([
      'NodeNotReady Node worker-1 status is now: NodeNotReady',
      'NodeReady Node worker-1 status is now: NodeReady',
    ]);
  });

  test('after 3 min without a relist the PLEG is named as well', () => {
    const w = started({ quiet: true });
    runHealthy(w, 20_000);
    w.run(230_000);
    expect(ready(w)?.message).toMatch(/^\[container runtime is down, PLEG is not healthy: pleg was last seen active 3m\d+(\.\d+)?s ago; threshold is 3m0s\]$/);
  });

  test('pressure shows at the next check', () => {
    const w = started({ quiet: true });
    runHealthy(w, 15_000);
    w.state.eviction.conditions = { MemoryPressure: 0 };
    runHealthy(w, 30_000);
    expect(w.events.map((e) => e.message)).toEqual(['Node worker-1 status is now: NodeHasInsufficientMemory']);
    expect(w.state.node?.status.conditions?.[0]).toMatchObject({ type: 'MemoryPressure', status: 'True', reason: 'KubeletHasInsufficientMemory' });
  });

  test('cordon is told within 10 s', () => {
    const w = started({ quiet: true });
    runHealthy(w, 15_000);
    w.state.node = { ...(w.state.node as NonNullable<typeof w.state.node>), spec: { unschedulable: true } };
    runHealthy(w, 30_000);
    expect(w.events.map((e) => e.reason)).toEqual(['NodeNotSchedulable']);
  });
});
