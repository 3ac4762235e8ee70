import { describe, expect, test } from 'vitest';
import { threeWayPatch } from './apply/three-way.ts';
import { type CommandError, checkErr } from './errors.ts';
import { durationMs, parseFlags } from './flags.ts';
import { type Recorded, runAt } from './testing/past-server.ts';

const empty: Recorded = { name: 'default', steps: [], watch: [] };
const run = (...words: string[]): string => {
  const { rc, out, err } = runAt(empty, words, 0);
  return `${rc} ${out}${err}`;
};

describe('flags', () => {
  test('forms', () => {
    const p = parseFlags('get', ['pods', '-n', 'a', '-owide', '--selector=x=y', '-w=false', '--', '-x'], 'output,o:s selector,l:s watch,w:b');
    expect(p.values).toEqual({ namespace: 'a', output: 'wide', selector: 'x=y', watch: 'false' });
    expect(p.args).toEqual(['pods', '-x']);
    expect(p.dash).toBe(1);
    expect(parseFlags('exec', ['-it', 'p'], 'stdin,i:b tty,t:b').values).toEqual({ stdin: 'true', tty: 'true' });
    expect(parseFlags('delete', ['--cascade', 'x'], 'cascade:o=background')).toMatchObject({ values: { cascade: 'background' }, args: ['x'] });
  });
  test.each([
    [['get', 'pods', '--foo'], "1 error: unknown flag: --foo\nSee 'kubectl get --help' for usage.\n"],
    [['get', 'pods', '-Z'], "1 error: unknown shorthand flag: 'Z' in -Z\nSee 'kubectl get --help' for usage.\n"],
    [['get', 'pods', '-o'], "1 error: flag needs an argument: 'o' in -o\nSee 'kubectl get --help' for usage.\n"],
    [
      ['scale', 'deploy', 'x', '--replicas=a'],
      '1 error: invalid argument "a" for "--replicas" flag: strconv.ParseInt: parsing "a": invalid syntax\nSee \'kubectl scale --help\' for usage.\n',
    ],
    [['gte', 'pods'], '1 error: unknown command "gte" for "kubectl"\n\nDid you mean this?\n\tget\n'],
    [['rollout', 'nope'], '1 error: unknown command "nope" for "kubectl rollout"\n'],
    [['get', 'foo'], '1 error: the server doesn\'t have a resource type "foo"\n'],
    [['get', 'pods', '-o', 'x'], undefined],
    [['get', 'pods', '--context', 'other'], '1 error: context "other" does not exist\n'],
    [['delete', 'pods'], '1 error: resource(s) were provided, but no name was specified\n'],
    [['get', 'pods'], '0 No resources found in default namespace.\n'],
    [['get', 'pods', '-A'], '0 No resources found\n'],
    [['get', 'pods/a', 'b'], undefined],
    [['apply', '-f', '/nope.yaml'], '1 error: the path "/nope.yaml" does not exist\n'],
    [['__proto__'], '1 error: unknown command "__proto__" for "kubectl"\n'],
    [['constructor', 'x'], '1 error: unknown command "constructor" for "kubectl"\n'],
    [['get', '__proto__'], '1 error: the server doesn\'t have a resource type "__proto__"\n'],
    [
      ['exec', 'p', 'ls'],
      "1 error: exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead\nSee 'kubectl exec -h' for help and examples\n",
    ],
    [['get', 'pods', '--dry-run'], "1 error: unknown flag: --dry-run\nSee 'kubectl get --help' for usage.\n"],
  ] as [string[], string | undefined][])('%j', (words, text) => {
    const got = run(...words);
    if (text === undefined) expect(got).toMatch(/^1 error: /);
    else expect(got).toBe(text);
  });
  test('long and strange words are survived', () => {
    for (const word of ['a'.repeat(1_000_000), '\0', '-'.repeat(100_000), '=', '{'.repeat(50_000), '🦊'.repeat(1000), '\ud800'])
      for (const words of [
        [word],
        ['get', word],
        ['get', 'pods', '-o', `jsonpath=${word}`],
        ['get', 'pods', '-l', word],
        ['label', 'pod', 'x', word],
        ['patch', 'pod', 'x', '-p', word],
      ])
        expect(typeof run(...words)).toBe('string');
  });
  test('durations', () => {
    expect(['0', '10s', '1m30s', '1.5h', '-1s', '10', 's', '1d'].map(durationMs)).toEqual([0, 10_000, 90_000, 5_400_000, -1000, null, null, null]);
  });
});

describe('the patch of apply', () => {
  const current = {
    metadata: { annotations: { mine: '1' }, labels: { a: '1', old: 'x' } },
    spec: {
      replicas: 2,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } },
      template: {
        spec: {
          containers: [
            { name: 'c', image: 'x:1', imagePullPolicy: 'Always', env: [{ name: 'A', value: '1' }] },
            { name: 'd', image: 'y' },
          ],
        },
      },
    },
  };
  test('nothing to do', () => {
    expect(threeWayPatch({}, { spec: { replicas: 2 } }, current, 'Deployment')).toEqual({});
  });
  test('changes, additions, and what is no longer applied', () => {
    const original = { metadata: { labels: { a: '1', old: 'x' } }, spec: { template: { spec: { containers: [{ name: 'c' }, { name: 'd' }] } } } };
    const modified = { metadata: { labels: { a: '2' } }, spec: { template: { spec: { containers: [{ name: 'c', image: 'x:2' }] } } } };
    expect(threeWayPatch(original, modified, current, 'Deployment')).toEqual({
      metadata: { labels: { a: '2', old: null } },
      spec: {
        template: {
          spec: {
            containers: [
              { name: 'c', image: 'x:2' },
              { $patch: 'delete', name: 'd' },
            ],
            '$setElementOrder/containers': [{ name: 'c' }],
          },
        },
      },
    });
  });
  test('a strategy keeps only the keys that are applied', () => {
    const patch = threeWayPatch({}, { spec: { strategy: { type: 'Recreate' } } }, current, 'Deployment');
    expect(patch).toEqual({ spec: { strategy: { type: 'Recreate', $retainKeys: ['type'] } } });
  });
});

test('refusals', () => {
  const status = (reason: string, message: string, details?: object): CommandError =>
    checkErr({ status: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', reason, message, code: 400, ...(details ? { details } : {}) } });
  expect(status('NotFound', 'pods "x" not found').text).toBe('Error from server (NotFound): pods "x" not found\n');
  expect(status('', 'odd').text).toBe('Error from server: odd\n');
  expect(status('Invalid', 'm', { kind: 'Pod', name: 'p', causes: [{ field: 'a', message: 'b' }] }).text).toBe('The Pod "p" is invalid: a: b\n');
  expect(
    status('Invalid', 'm', {
      kind: 'Pod',
      name: 'p',
      causes: [
        { field: 'a', message: 'b' },
        { field: 'c', message: 'd' },
        { field: 'a', message: 'b' },
      ],
    }).text,
  ).toBe('The Pod "p" is invalid: \n* a: b\n* c: d\n');
});
