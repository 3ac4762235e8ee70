import { describe, expect, test } from 'vitest';
import type { SystemdAnswer, SystemdRequest } from '../../contracts/os.ts';
import { maxJournalLines } from './systemd.ts';
import { Hosts } from './testing/hosts.ts';

type Ask = SystemdRequest extends infer R ? (R extends SystemdRequest ? Omit<R, 'type'> : never) : never;
const on = (h: Hosts) => (request: Ask) => h.ask<SystemdAnswer>('worker-1', { type: 'Systemd', ...request } as SystemdRequest);

describe('systemd', () => {
  test('killed, restarted: the words of the journal, the states between', () => {
    const h = new Hosts();
    const ask = on(h);
    expect(ask({ op: 'status', unit: 'kubelet' }).status).toMatchObject({ unit: 'kubelet.service', active: 'active', sub: 'running' });
    ask({ op: 'kill', unit: 'kubelet' });
    expect(ask({ op: 'status', unit: 'kubelet' }).status).toMatchObject({ active: 'activating', sub: 'auto-restart', mainPid: 0 });
    ask({ op: 'start', unit: 'kubelet.service' });
    expect(ask({ op: 'readJournal', unit: 'kubelet' }).lines?.map((line) => line.text)).toEqual([
      'kubelet.service: Main process exited, code=killed, status=9/KILL',
      "kubelet.service: Failed with result 'signal'.",
      'kubelet.service: Scheduled restart job, restart counter is at 1.',
      'Started kubelet.service - kubelet: The Kubernetes Node Agent.',
    ]);
    expect(h.trace.filter((entry) => entry.body.type === 'Unit').map((entry) => entry.body)).toEqual([
      { type: 'Unit', op: 'stop', unit: 'kubelet.service', host: 'worker-1' },
      { type: 'Unit', op: 'start', unit: 'kubelet.service', host: 'worker-1' },
    ]);
  });

  test('stopped is inactive (dead); stopping twice tells nobody', () => {
    const h = new Hosts();
    const ask = on(h);
    ask({ op: 'stop', unit: 'kubelet' });
    ask({ op: 'stop', unit: 'kubelet' });
    expect(ask({ op: 'status', unit: 'kubelet' }).status).toMatchObject({ active: 'inactive', sub: 'dead' });
    expect(h.trace.filter((entry) => entry.body.type === 'Unit')).toHaveLength(1);
    expect(ask({ op: 'start', unit: 'nope' }).error).toBe('Unit nope.service could not be found.');
    expect(ask({ op: 'start', unit: '__proto__' }).error).toBeDefined();
  });

  test('the journal is bounded and read from its end', () => {
    const ask = on(new Hosts());
    for (let i = 0; i < maxJournalLines + 2000; i += 1) ask({ op: 'journal', unit: 'kubelet', entry: ['kubelet.manifest', `line ${i}`] });
    const { lines } = ask({ op: 'readJournal', unit: 'kubelet', lines: 2 });
    expect(lines?.map((line) => line.entry?.[1])).toEqual([`line ${maxJournalLines + 1998}`, `line ${maxJournalLines + 1999}`]);
    expect(ask({ op: 'readJournal' }).lines?.length).toBeLessThanOrEqual(maxJournalLines + 500);
  });
});
