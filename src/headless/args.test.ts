import { expect, test } from 'vitest';
import { parseArgs, parseDuration } from './args.ts';

test('durations', () => {
  expect(['60s', '1m30s', '500ms', '1.5h', '0', '60', 's', '-1s', '1s1'].map(parseDuration)).toEqual([
    60_000,
    90_000,
    500,
    5_400_000,
    0,
    null,
    null,
    null,
    null,
  ]);
});

test('a run with everything', () => {
  expect(
    parseArgs([
      'a.yaml',
      '--until',
      '2m',
      '--seed=7',
      '--proxy-mode',
      'ipvs',
      '--workers',
      '3',
      '--at',
      '30s',
      'kubectl get pods',
      '--at',
      '31s',
      'node worker-1: ip route',
      '--trace',
      '--json',
      '--dual-stack',
      '-',
    ]),
  ).toEqual({
    command: 'run',
    files: ['a.yaml', '-'],
    untilMs: 120_000,
    seed: 7,
    proxyMode: 'ipvs',
    workers: 3,
    dualStack: true,
    at: [
      { atMs: 30_000, label: '30s', command: 'kubectl get pods' },
      { atMs: 31_000, label: '31s', command: 'node worker-1: ip route' },
    ],
    trace: true,
    script: null,
    json: true,
  });
});

test.each([
  [[], 'no manifest given'],
  [['a', '--until', '60'], '--until is a duration such as 60s or 1m30s, not 60'],
  [['a', '--until'], '--until needs a value'],
  [['a', '--at', '3s'], '--at 3s needs a command'],
  [['a', '--workers', '13'], '--workers is a whole number from 1 to 12, not 13'],
  [['a', '--seed', '1e3'], '--seed is a whole number'],
  [['a', '--proxy-mode', 'ebpf'], '--proxy-mode is iptables, ipvs or nftables, not ebpf'],
  [['a', '--frobnicate'], 'unknown option --frobnicate'],
  [['a', '-x'], 'unknown option -x'],
  [['proxy-rules'], 'proxy-rules takes one input file'],
  [['proxy-rules', 'a', '--format', 'xml'], '--format is save or restore'],
  [['a', '--until', '99999999h'], 'more than ten years'],
])('bad usage: %j', (argv, message) => {
  expect(parseArgs(argv)).toMatchObject({ command: 'bad', message: expect.stringContaining(message) });
});
