import { expect, test } from 'vitest';
import { Bench } from './fakes.ts';

const log = '/var/log/pods/default_p_uid-p/c/0.log';
const lines = (b: Bench, path = log): string[] => (b.os.files[path] ?? '').split('\n').slice(0, -1);
const rest = (line: string): string => line.slice(line.indexOf(' ') + 1);

test('a line: time, stream, tag, text; an empty one; a carriage return before the newline is dropped', () => {
  const b = new Bench({
    app: {
      output: [
        { afterMs: 10, text: 'hello\n\nthere\r\n' },
        { afterMs: 20, text: 'oops\n', stream: 'stderr' },
      ],
    },
  });
  b.started(b.sandbox(), ['app']);
  b.run(1000);
  expect(lines(b).map(rest)).toEqual(['stdout F hello', 'stdout F ', 'stdout F there', 'stderr F oops']);
  expect(lines(b)[0]).toMatch(/^2026-01-02T03:04:05\.\d{1,9}Z stdout F hello$/);
  const times = lines(b).map((l) => l.slice(0, l.indexOf(' ')));
  expect([...times].sort()).toEqual(times);
});

test('12.21 40 000 bytes in one line: P, P, F', () => {
  const b = new Bench({ app: { output: [{ afterMs: 10, text: `${'x'.repeat(40_000)}\n` }] } });
  b.started(b.sandbox(), ['app']);
  b.run(1000);
  expect(lines(b).map((l) => [rest(l).slice(0, 8), rest(l).length - 9])).toEqual([
    ['stdout P', 16_384],
    ['stdout P', 16_384],
    ['stdout F', 7232],
  ]);
});

test('bytes count, not characters', () => {
  const b = new Bench({ app: { output: [{ afterMs: 10, text: `${'é'.repeat(10_000)}\n` }] } });
  b.started(b.sandbox(), ['app']);
  b.run(1000);
  expect(lines(b).map((l) => rest(l).length - 9)).toEqual([8192, 1808]);
});

test('12.22 output without a newline at exit: one line, tag P', () => {
  const b = new Bench({ app: { output: [{ afterMs: 10, text: 'abc' }], exitAfterMs: 20 } });
  b.started(b.sandbox(), ['app']);
  b.run(1000);
  expect(lines(b).map(rest)).toEqual(['stdout P abc']);
});

test('pieces of a line come together', () => {
  const b = new Bench({ app: { output: ['a', 'b', 'c\n'].map((text, i) => ({ afterMs: 10 * i + 1, text })) } });
  b.started(b.sandbox(), ['app']);
  b.run(1000);
  expect(lines(b).map(rest)).toEqual(['stdout F abc']);
});

test('a chatty container is written a few times a second', () => {
  const output = Array.from({ length: 1000 }, (_, i) => ({ afterMs: i + 1, text: `line ${i}\n` }));
  const b = new Bench({ app: { output } });
  b.started(b.sandbox(), ['app']);
  b.trace.length = 0;
  b.run(2000);
  const writes = b.trace.filter((e) => e.body.type === 'Fs' && (e.body as unknown as { op: string }).op === 'write');
  expect(writes.length).toBeLessThan(15);
  expect(lines(b)).toHaveLength(1000);
});

test('12.23 rotation: after the rename and ReopenContainerLog the next line goes to a new file', () => {
  const b = new Bench({
    app: {
      output: [
        { afterMs: 10, text: 'one\n' },
        { afterMs: 5000, text: 'two\n' },
      ],
    },
  });
  const id = b.started(b.sandbox(), ['app']);
  b.run(1000);
  b.engine.ask('n/kubelet', 'n/os', { type: 'Fs', op: 'rename', path: log, to: `${log}.20260102-030405` } as never);
  b.call({ rpc: 'ReopenContainerLog', containerId: id });
  expect(b.os.files[log]).toBe('');
  b.run(6000);
  expect(lines(b).map(rest)).toEqual(['stdout F two']);
  expect(lines(b, `${log}.20260102-030405`).map(rest)).toEqual(['stdout F one']);
  b.call({ rpc: 'StopContainer', containerId: id, timeoutSeconds: 0 });
  expect(b.call({ rpc: 'ReopenContainerLog', containerId: id }).error?.message).toBe('container is not running');
});
