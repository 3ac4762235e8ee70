import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { PodRecord } from '../../core/index.ts';
import { documentAt, podsOf, recordOf } from './documents.ts';
import { errorRows } from './error-rows.ts';
import { factsOf } from './facts.ts';
import { Latest } from './latest.ts';
import { statusLine, statusYaml } from './status.ts';

const later = (): { promise: Promise<string>; answer(text: string): void } => {
  let answer: (text: string) => void = () => {};
  const promise = new Promise<string>((resolve) => {
    answer = resolve;
  });
  return { promise, answer };
};

describe('live checks', () => {
  beforeEach(() => void vi.useFakeTimers());
  it('waits for a pause in typing and asks once', async () => {
    const ask = vi.fn(async (text: string) => text);
    const latest = new Latest(ask, () => {}, 250);
    latest.about('a');
    latest.about('ab');
    await vi.advanceTimersByTimeAsync(249);
    expect(ask).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(ask.mock.calls).toEqual([['ab']]);
  });
  it('hears only the newest answer, in whatever order they come', async () => {
    const [first, second] = [later(), later()];
    const heard: string[] = [];
    const latest = new Latest<string, string>(
      (text) => (text === 'old' ? first.promise : second.promise),
      (answer) => void heard.push(answer),
      10,
    );
    latest.about('old');
    await vi.advanceTimersByTimeAsync(10);
    latest.about('new');
    await vi.advanceTimersByTimeAsync(10);
    second.answer('of new');
    await vi.advanceTimersByTimeAsync(0);
    first.answer('of old');
    await vi.advanceTimersByTimeAsync(0);
    expect(heard).toEqual(['of new']);
  });
});

const text = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 3
  template:
    spec:
      containers:
      - name: nginx
        image: nginx:1.27
        readinessProbe:
          httpGet: { path: /, port: 80 }`;
const web = { kind: 'Deployment', namespace: 'default', name: 'web', line: 1, endLine: 13 };
const pod = (name: string, ready: number, family: PodRecord['family'] = ready > 0 ? 'ready' : 'notReady'): PodRecord =>
  ({
    family,
    id: `pod/${name}`,
    name,
    namespace: 'default',
    owner: { kind: 'ReplicaSet', name: 'web-6d4cf56db6' },
    readyContainers: ready,
    totalContainers: 1,
    deleting: false,
    containers: [
      {
        name: 'nginx',
        image: 'nginx:1.27',
        state: 'running',
        reason: '',
        containerID: 'containerd://1',
        probes: [{ kind: 'readiness', run: 0, runOf: 'success', threshold: 1, nextAtMs: 42_480 }],
      },
    ],
  }) as unknown as PodRecord;

describe('facts beside lines', () => {
  const world = { pods: [pod('web-6d4cf56db6-a', 1), pod('web-6d4cf56db6-b', 1), pod('web-6d4cf56db6-c', 0)], services: [], objects: [] };
  it('stand at the lines that they are about', () => {
    expect(factsOf(text, [web], [], world, 42_180, '')).toEqual([
      { line: 6, text: '2 ready', tone: 'warn' },
      { line: 11, text: 'on the node', tone: 'ok' },
      { line: 12, text: 'next in 0.3 s', tone: 'plain' },
    ]);
  });
  it('a pod whose containers are ready on a node that is not counts as its condition says', () => {
    const lost = { ...world, pods: [pod('web-6d4cf56db6-a', 1), pod('web-6d4cf56db6-b', 1, 'notReady')] };
    expect(factsOf(text, [web], [], lost, 42_180, '')[0]).toEqual({ line: 6, text: '1 ready', tone: 'warn' });
  });
  it('say what is refused and what is not simulated', () => {
    const diagnostic = { line: 6, column: 1, endLine: 6, endColumn: 9, message: '' };
    const facts = factsOf(
      text,
      [web],
      [
        { ...diagnostic, severity: 'error', source: 'api' },
        { ...diagnostic, line: 13, severity: 'info', source: 'kubarium' },
      ],
      world,
      0,
      '',
    );
    expect(facts.find((f) => f.line === 6)).toEqual({ line: 6, text: 'refused', tone: 'bad' });
    expect(facts.find((f) => f.line === 13)?.text).toBe('not simulated');
  });
  it('belong to no other document', () => {
    expect(podsOf({ ...web, name: 'we' }, world)).toEqual([]);
    expect(podsOf(web, world)).toHaveLength(3);
    expect(documentAt([web], 14)).toBeUndefined();
    expect(recordOf({ ...web, kind: 'Pod', name: 'web-6d4cf56db6-a' }, world)).toBe('pod/web-6d4cf56db6-a');
  });
});

describe('status', () => {
  it('folds to its telling values', () => {
    expect(statusLine({ observedGeneration: 1, readyReplicas: 2, replicas: 3, conditions: [] })).toBe('replicas: 3, readyReplicas: 2');
    expect(statusLine({ phase: 'Running', podIP: '1.2.3.4', containerStatuses: [{ ready: false }] })).toBe('phase: Running, ready 0/1');
    expect(statusLine(undefined)).toBe('');
  });
  it('is cut from the object', () => {
    expect(statusYaml('spec: {}\nstatus:\n  a: 1\n- x\n')).toBe('status:\n  a: 1\n- x');
    expect(statusYaml('spec: {}\n')).toBe('');
  });
});

it('gives an error the height that its words need', () => {
  expect(errorRows([{ line: 3, message: 'short' }], 300)[0]?.lines).toBe(1);
  expect(errorRows([{ line: 3, message: 'x'.repeat(200) }], 300)[0]?.lines).toBeGreaterThan(3);
});
