import { describe, expect, it } from 'vitest';
import { common, complete, type Known } from './complete.ts';
import { parseLine, words } from './line.ts';
import { capped, type Entry } from './log.ts';

const known: Known = {
  nodes: ['worker-1', 'worker-2'],
  namespaces: ['default', 'kube-system'],
  names: {
    pods: [
      ['default', 'web-1'],
      ['default', 'web-2'],
      ['kube-system', 'coredns-1'],
    ],
    services: [['default', 'web']],
  },
  containers: { 'default/web-1': ['nginx', 'side'] },
};
const options = (line: string): string[] => complete(line, known).options;

describe('completion', () => {
  it('knows verbs, kinds and names', () => {
    expect(options('kubectl desc')).toEqual(['describe ']);
    expect(options('kubectl get po')).toContain('pods ');
    expect(options('kubectl get pods w')).toEqual(['web-1', 'web-2']);
    expect(options('kubectl get po w')).toEqual(['web-1', 'web-2']);
    expect(options('kubectl describe svc ')).toEqual(['web']);
    expect(options('kubectl delete pod/web-2')).toEqual(['pod/web-2']);
    expect(options('kubectl logs web-1 -c ')).toEqual(['nginx', 'side']);
    expect(options('kubectl rollout st')).toEqual(['status ']);
    expect(options('kubectl drain w')).toEqual(['worker-1', 'worker-2']);
  });
  it('keeps to the namespace', () => {
    expect(options('kubectl -n kube-system get pods ')).toEqual(['coredns-1']);
    expect(options('kubectl get pods -n k')).toEqual(['kube-system']);
  });
  it('completes hosts and nothing of what it does not know', () => {
    expect(options('kubectl get pods | gr')).toEqual(['grep ']);
    expect(options('kubectl get pods |so')).toEqual(['sort ']);
    expect(options('node worker-1: iptab')).toEqual(['iptables-save ']);
    expect(options('node w')).toEqual(['worker-1: ', 'worker-2: ']);
    expect(options('node worker-1: ip r')).toEqual([]);
    expect(options('kubectl get constructor __proto__')).toEqual([]);
  });
  it('goes as far as all agree', () => {
    expect(common(['web-1', 'web-2'])).toBe('web-');
    expect(common([])).toBe('');
  });
});

describe('lines', () => {
  it('are kubectl, a node or the client', () => {
    expect(parseLine("kubectl get pods -l 'app in (a, b)'", [], '')).toEqual({
      command: { type: 'kubectl', argv: ['get', 'pods', '-l', 'app in (a, b)'], namespace: 'default', files: {} },
      pipes: [],
    });
    expect(parseLine('node worker-1: iptables-save | grep x', ['worker-1'], '')).toEqual({
      command: { type: 'shell', host: 'worker-1', command: 'iptables-save | grep x' },
      pipes: [],
    });
    expect(parseLine('client: curl web', [], '')).toEqual({ command: { type: 'shell', host: 'client', command: 'curl web' }, pipes: [] });
    expect(parseLine('clear', [], '')).toEqual({ local: 'clear' });
  });
  it('bring the text of the editor along', () => {
    const parsed = parseLine('kubectl apply -f manifest.yaml', [], 'kind: Pod');
    expect('command' in parsed && parsed.command).toMatchObject({ files: { 'manifest.yaml': { text: 'kind: Pod' } } });
  });
  it('say what is wrong', () => {
    expect(parseLine('node other: ls', ['worker-1'], '')).toHaveProperty('error');
    expect(parseLine('ls', [], '')).toHaveProperty('error');
    expect(parseLine('kubectl get pods > file', [], '')).toHaveProperty('error');
    expect(parseLine('kubectl get pods || true', [], '')).toHaveProperty('error');
    expect(parseLine('kubectl get pods |', [], '')).toHaveProperty('error');
    expect(parseLine('kubectl get "pods', [], '')).toHaveProperty('error');
    expect(parseLine('client:', [], '')).toHaveProperty('error');
  });
  it('take pipes behind kubectl', () => {
    const parsed = parseLine(`kubectl get pods|grep 'a | b' | wc -l`, [], '');
    expect(parsed).toMatchObject({
      command: { argv: ['get', 'pods'] },
      pipes: [
        ['grep', 'a | b'],
        ['wc', '-l'],
      ],
    });
  });
  it('split as a shell splits', () => {
    expect(words(`a 'b c' "d \\"e" f\\ g ''`)).toEqual({ words: ['a', 'b c', 'd "e', 'f g', ''], pipes: [], sign: '' });
    expect(words(`x '|' y`)).toEqual({ words: ['x', '|', 'y'], pipes: [], sign: '' });
  });
});

describe('the log', () => {
  const entry = (id: number, lines: number): Entry => ({ id, line: 'x', atMs: 0, rc: 0, out: 'l\n'.repeat(lines), err: '', note: '' });
  it('drops the oldest beyond its cap and counts them', () => {
    const { entries, dropped } = capped([entry(1, 4), entry(2, 4), entry(3, 4)], 2, 10);
    expect(entries.map((e) => e.id)).toEqual([2, 3]);
    expect(dropped).toBe(7);
  });
  it('cuts a single answer that is too long', () => {
    const { entries, dropped } = capped([entry(1, 100)], 0, 10);
    expect(dropped).toBe(91);
    expect(entries[0]?.out.split('\n').length).toBeLessThanOrEqual(10);
  });
});
