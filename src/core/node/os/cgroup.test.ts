import { describe, expect, test } from 'vitest';
import type { CgroupAnswer, CgroupRequest } from '../../contracts/os.ts';
import { throttledMs } from './cgroup-cpu.ts';
import { badness } from './oom.ts';
import { Hosts } from './testing/hosts.ts';

const Mi = 1024 * 1024;
type Ask = CgroupRequest extends infer R ? (R extends CgroupRequest ? Omit<R, 'type'> : never) : never;
const on = (h: Hosts) => (request: Ask) => h.ask<CgroupAnswer>('worker-1', { type: 'Cgroup', ...request } as CgroupRequest);
const pod = '/kubepods/burstable/podx';

describe('cgroups', () => {
  test('memory is charged up the tree and let go again', () => {
    const ask = on(new Hosts());
    ask({ op: 'create', path: `${pod}/c1`, values: { 'memory.max': String(64 * Mi), 'cpu.max': '20000 100000' } });
    ask({ op: 'charge', path: `${pod}/c1`, pid: 10, containerID: 'c1', rssBytes: 10 * Mi, oomScoreAdj: 1000 });
    ask({ op: 'charge', path: `${pod}/c1`, pid: 10, containerID: 'c1', rssBytes: 12 * Mi, oomScoreAdj: 1000 });
    for (const path of [`${pod}/c1`, pod, '/kubepods', '/']) expect(ask({ op: 'get', path }).memoryBytes).toBe(12 * Mi);
    expect(ask({ op: 'get', path: `${pod}/c1` }).values).toMatchObject({
      'memory.max': String(64 * Mi),
      'memory.limit_in_bytes': String(64 * Mi),
      'memory.current': String(12 * Mi),
      'cpu.cfs_quota_us': '20000',
      'cgroup.procs': '10\n',
    });
    expect(ask({ op: 'remove', path: `${pod}/c1` }).error).toBe('EBUSY');
    ask({ op: 'uncharge', path: `${pod}/c1`, pid: 10 });
    expect(ask({ op: 'remove', path: pod }).error).toBe('EBUSY');
    expect(ask({ op: 'remove', path: `${pod}/c1` })).toEqual({});
    expect(ask({ op: 'get', path: '/' }).memoryBytes).toBe(0);
    expect(ask({ op: 'get', path: `${pod}/c1` }).error).toBe('ENOENT');
  });

  test('the limit of a container: its process dies, the events say so', () => {
    const h = new Hosts();
    const ask = on(h);
    ask({ op: 'create', path: `${pod}/c1`, values: { 'memory.max': String(64 * Mi), 'memory.oom.group': '1' } });
    ask({ op: 'charge', path: `${pod}/c1`, pid: 10, containerID: 'c1', rssBytes: Mi, oomScoreAdj: 1000 });
    expect(ask({ op: 'charge', path: `${pod}/c1`, pid: 11, containerID: 'c1', rssBytes: 64 * Mi, oomScoreAdj: 1000 })).toEqual({ killed: 11, memoryBytes: 0 });
    expect(h.told('worker-1', 0)).toEqual([
      { type: 'Signal', containerID: 'c1', pid: 10, signal: 'SIGKILL', oom: true },
      { type: 'Signal', containerID: 'c1', pid: 11, signal: 'SIGKILL', oom: true },
    ]);
    expect(ask({ op: 'get', path: `${pod}/c1` }).values?.['memory.events']).toBe('low 0\nhigh 0\nmax 1\noom 1\noom_kill 2\noom_group_kill 1\n');
    expect(ask({ op: 'get', path: pod }).values?.['memory.events']).toContain('oom 0\noom_kill 2\n');
  });

  test('the limit of a pod: the highest score dies, not the one who asked', () => {
    const h = new Hosts();
    const ask = on(h);
    ask({ op: 'create', path: pod, values: { 'memory.max': String(100 * Mi) } });
    for (const c of ['c1', 'c2', 'pause']) ask({ op: 'create', path: `${pod}/${c}` });
    ask({ op: 'charge', path: `${pod}/pause`, pid: 1, containerID: 'pause', rssBytes: 30 * Mi, oomScoreAdj: -1000 });
    ask({ op: 'charge', path: `${pod}/c1`, pid: 10, containerID: 'c1', rssBytes: 30 * Mi, oomScoreAdj: 993 });
    expect(ask({ op: 'charge', path: `${pod}/c2`, pid: 11, containerID: 'c2', rssBytes: 41 * Mi, oomScoreAdj: 500 }).killed).toBe(10);
    expect(h.told('worker-1', 0)).toHaveLength(1);
  });

  test('the machine is full: the highest score anywhere; nobody to kill is no loop', () => {
    const h = new Hosts();
    const ask = on(h);
    for (const c of ['/kubepods/a', '/kubepods/b']) ask({ op: 'create', path: c });
    ask({ op: 'charge', path: '/kubepods/a', pid: 1, containerID: 'a', rssBytes: 1000 * Mi, oomScoreAdj: 1000 });
    expect(ask({ op: 'charge', path: '/kubepods/b', pid: 2, containerID: 'b', rssBytes: 7500 * Mi, oomScoreAdj: -997 }).killed).toBe(1);
    expect(ask({ op: 'charge', path: '/system.slice', pid: 3, containerID: '', rssBytes: 9000 * Mi, oomScoreAdj: -1000 }).killed).toBe(2);
    expect(ask({ op: 'charge', path: '/system.slice', pid: 3, containerID: '', rssBytes: 9100 * Mi, oomScoreAdj: -1000 }).killed).toBeUndefined();
  });

  test('points: resident pages and thousandths of the limit', () => {
    expect(badness({ rssBytes: 4096 * 10, oomScoreAdj: 0 }, 4096 * 1000)).toBe(10);
    expect(badness({ rssBytes: 4096 * 10, oomScoreAdj: 500 }, 4096 * 1000)).toBe(510);
    expect(badness({ rssBytes: 4096 * 10, oomScoreAdj: -997 }, 4096 * 1000)).toBe(1);
    expect(badness({ rssBytes: 4096 * 10, oomScoreAdj: -1000 }, 4096 * 1000)).toBe(-1);
  });

  test('cpu.max: 200 ms of work at 200m take 920 ms; counters follow', () => {
    const max = { quotaUsec: 20_000, periodUsec: 100_000 };
    expect([10, 20, 21, 200].map((work) => throttledMs(work, max))).toEqual([10, 20, 101, 920]);
    expect(throttledMs(200, null)).toBe(200);
    const h = new Hosts();
    const ask = on(h);
    ask({ op: 'create', path: `${pod}/c1`, values: { 'cpu.max': '20000 100000' } });
    expect(ask({ op: 'cpu', path: `${pod}/c1`, millicores: 1000 }).values).toEqual({ millicores: '200' });
    h.told('worker-1', 10_000);
    expect(ask({ op: 'get', path: `${pod}/c1` }).values?.['cpu.stat']).toBe(
      'usage_usec 2000000\nuser_usec 2000000\nsystem_usec 0\nnr_periods 100\nnr_throttled 100\nthrottled_usec 8000000\n',
    );
    expect(ask({ op: 'get', path: '/kubepods' }).values?.['cpu.stat']).toContain('usage_usec 2000000\n');
  });

  test('hostile paths and values', () => {
    const ask = on(new Hosts());
    for (const path of ['', 'kubepods', '/a//b', '/a/../b', `/${'x'.repeat(2000)}`]) expect(ask({ op: 'create', path }).error).toBe('EINVAL');
    ask({ op: 'create', path: '/k' });
    expect(ask({ op: 'set', path: '/k', values: { 'memory.max': 'x'.repeat(10_000) } }).error).toBe('EINVAL');
    expect(ask({ op: 'charge', path: '/k', pid: 1, containerID: '', rssBytes: Number.NaN, oomScoreAdj: 0 }).memoryBytes).toBe(0);
  });
});
