import { describe, expect, test } from 'vitest';
import { type GivenCommand, type LoggedCommand, World } from '../core/index.ts';
import { align, plain, type Told } from './align.ts';
import { manifestChanges } from './changes.ts';
import { applyCommand } from './commands.ts';
import { Comparing } from './comparing.ts';
import { type CompareResult, foldRows } from './comparison.ts';
import { Runs } from './runs.ts';

const web = (probe: string): string => `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: nginx
        image: nginx:1.27
${probe}---
kind: Service
apiVersion: v1
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
`;
const probe = '        readinessProbe: {httpGet: {path: /, port: 80}, initialDelaySeconds: 4}\n';

function told(atMs: number, text: string, detail = ''): Told {
  const message = { seq: 0, atMs, sentMs: atMs, cause: 0, kind: 'api', reply: false, outcome: 'ok', from: 'a', to: 'b', fromName: 'a', toName: 'b' } as const;
  return { message: { ...message, text, path: [], about: [], why: null }, detail };
}

function compare(runs: Runs, a: number, b: number): CompareResult {
  let result: unknown;
  const comparing = new Comparing(runs, (_id, answer) => {
    result = answer;
  });
  comparing.begin(1, [a, b]);
  let slices = 0;
  while (
    comparing.step(50, (error) => {
      throw error;
    })
  )
    slices += 1;
  expect(slices).toBeGreaterThan(2);
  return result as CompareResult;
}

/** Run 1: with a probe, played to 30 s. */
function begun(): { runs: Runs; log: LoggedCommand<GivenCommand>[] } {
  const runs = new Runs();
  runs.begin(new World({ workers: 1, dns: false, seed: 7, images: ['nginx:1.27'] }, { rewinds: false }).options);
  const log = [{ atMs: 0, command: { id: 'command-1', command: applyCommand(web(probe), 'default') } }];
  runs.keep(log, 30_000);
  return { runs, log };
}

describe('two runs', () => {
  test('a fork without the readiness probe: equal up to the fork, ready earlier after it, and the field is named', () => {
    const { runs } = begun();
    expect(runs.fork(12_000, applyCommand(web(''), 'default'), 'apply manifest')).toBe(2);
    const { first, common, cause, counts, a, b, fromMs } = compare(runs, 1, 2);
    expect([a.id, b.id, fromMs]).toEqual([1, 2, 12_000]);
    expect(common).toBeGreaterThan(100);
    expect(first?.atMs).toBeGreaterThanOrEqual(12_000);
    expect(first?.atMs).toBeLessThan(12_200);
    expect(cause).toEqual({
      seed: false,
      mode: false,
      command: { atMs: 12_000, run: 2, text: 'apply manifest' },
      fields: [{ object: 'Deployment web', path: 'spec.template.spec.containers[nginx].readinessProbe', kind: 'removed', before: '', after: '' }],
    });
    expect(counts.a.toReadyMs).toBe(null);
    expect(counts.b.toReadyMs).toBe(0);
    expect(runs.state().list[1]).toMatchObject({ parent: 1, forkAtMs: 12_000, change: { what: 'fields' }, commands: 2 });
  });

  test('the same twice differs in nothing', () => {
    const { runs } = begun();
    const { first, rows, common } = compare(runs, 1, runs.beside(1, { seed: 7 }));
    expect(first).toBe(null);
    expect(rows.at(-1)).toMatchObject({ row: 'pair', pair: { what: 'same' } });
    expect(rows[0]).toMatchObject({ row: 'fold', count: common - 2 });
  });

  test('two modes: kube-proxy says other things, and the mode is the cause', () => {
    const { runs } = begun();
    const { cause, rows } = compare(runs, 1, runs.beside(1, { mode: 'nftables' }));
    expect(cause).toMatchObject({ mode: true, seed: false, fields: [] });
    const sides = rows.flatMap((r) => (r.row === 'pair' && r.pair.what !== 'same' ? [[r.pair.a?.text, r.pair.b?.text].join(' ')] : []));
    expect(sides.some((text) => /iptables-restore/.test(text))).toBe(true);
    expect(sides.some((text) => /nft -f/.test(text))).toBe(true);
  });
});

describe('messages side by side', () => {
  test('names drawn by chance, hashes and ports of the moment are no difference; addresses and node ports are', () => {
    expect(plain('SYN-ACK 10.244.1.5:42218')).toBe(plain('SYN-ACK 10.244.1.5:60001'));
    expect(plain('web-6d4cf56db6-tz7mn')).toBe(plain('web-6d4cf56db6-x8k2q'));
    expect(plain('StopContainer 0123456789ab')).toBe(plain('StopContainer ba9876543210'));
    expect(plain('10.244.1.5:80')).not.toBe(plain('10.244.1.6:80'));
    expect(plain('10.0.0.11:30080')).not.toBe(plain('10.0.0.11:30081'));
  });

  test('what says something else is one row, what only one run has has no partner', () => {
    const { pairs, common } = align(
      [told(1, 'x'), told(5, 'status', 'ready: false'), told(9, 'only here')],
      [told(1, 'x'), told(5, 'status', 'ready: true'), told(2000, 'late')],
    );
    expect(common).toBe(1);
    expect(pairs.map((p) => [p.what, p.atMs, p.a?.detail ?? null, p.b?.detail ?? null])).toEqual([
      ['same', 1, '', ''],
      ['changed', 5, 'ready: false', 'ready: true'],
      ['only', 9, '', null],
      ['only', 2000, null, ''],
    ]);
  });

  test('the same a little later is the same; too much later it is not', () => {
    expect(align([told(0, 'x')], [told(400, 'x')]).pairs).toMatchObject([{ what: 'same', laterMs: 400 }]);
    expect(align([told(0, 'x')], [told(600, 'x')]).pairs).toMatchObject([{ what: 'only' }, { what: 'only' }]);
  });

  test('long stretches that are the same are folded, and counted', () => {
    const same = Array.from({ length: 9 }, (_, i) => told(i, `m${i}`));
    const { pairs, common } = align(
      [...same, told(20, 'a only'), ...same.map((t) => told(t.message.atMs + 30, t.message.text))],
      [...same, ...same.map((t) => told(t.message.atMs + 33, t.message.text))],
    );
    const { rows, differences } = foldRows(pairs, common);
    expect(rows.map((r) => (r.row === 'fold' ? `${r.count} same, ${r.laterMs}` : r.pair.what))).toEqual(['7 same, 0', 'same', 'same', 'only', '9 same, 3']);
    expect(differences).toEqual([{ atMs: 20, row: 3 }]);
  });
});

describe('manifests', () => {
  test('containers go by their names, whole objects by kind and name', () => {
    const pod = (containers: string): string => `kind: Pod\nmetadata: {name: p}\nspec:\n  containers: ${containers}\n`;
    expect(manifestChanges(pod('[{name: a, image: x}]'), pod('[{name: s, image: y}, {name: a, image: z}]'))).toEqual([
      { object: 'Pod p', path: 'spec.containers[a].image', kind: 'changed', before: 'x', after: 'z' },
      { object: 'Pod p', path: 'spec.containers[s]', kind: 'added', before: '', after: '' },
    ]);
    expect(manifestChanges(pod('[]'), '')).toEqual([{ object: 'Pod p', path: '', kind: 'removed', before: '', after: '' }]);
  });
});
