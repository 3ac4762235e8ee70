import { describe, expect, test } from 'vitest';
import { World } from '../core/index.ts';
import { applyCommand } from './commands.ts';
import type { Frame, FromSession, OpenRequest, Query, ToSession } from './protocol.ts';
import { Session } from './session.ts';

const pod = `apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  containers:
  - name: c
    image: busybox:1.36
    command: [sh, -c, "sleep 3; exit 1"]
`;
const request: OpenRequest = {
  title: 't',
  manifest: pod,
  seed: 7,
  options: { workers: 1, dns: false, images: ['docker.io/library/busybox:1.36'] },
  commands: [],
  atMs: 0,
};

/** A session whose clock goes on 16 ms for each call back. */
class Page {
  readonly frames: Frame[] = [];
  readonly others: Exclude<FromSession, { type: 'frame' }>[] = [];
  private readonly due: (() => void)[] = [];
  private nowMs = 0;
  private id = 0;
  readonly session = new Session(
    (m) => {
      if (m.type !== 'frame') this.others.push(m);
      else {
        this.frames.push(m.frame);
        this.session.receive({ v: 1, type: 'ack', frame: m.frame.frame });
      }
    },
    { now: () => this.nowMs, later: (_ms, act) => void this.due.push(act) },
  );

  /** Runs `ticks` of the session's own turns, or until it rests. */
  run(ticks = 2000): this {
    for (let i = 0; i < ticks && this.due.length > 0; i += 1) {
      this.nowMs += 16;
      this.due.shift()?.();
    }
    return this;
  }

  ask(message: Record<string, unknown>): unknown {
    this.id += 1;
    this.session.receive({ v: 1, id: this.id, ...message } as unknown as ToSession);
    this.run();
    const reply = this.others.findLast((m) => m.type === 'reply' && m.id === this.id);
    return reply?.type === 'reply' ? (reply.ok ? reply.result : { error: reply.error }) : undefined;
  }

  query<T>(query: Query): T {
    return this.ask({ type: 'query', query }) as T;
  }

  hash(): { nowMs: number; traceHash: number } {
    const { nowMs, traceHash } = this.query<{ nowMs: number; traceHash: number }>({ q: 'hash' });
    return { nowMs, traceHash };
  }
}

const open = (more: Partial<OpenRequest> = {}): Page => {
  const page = new Page();
  page.ask({ type: 'open', request: { ...request, ...more } });
  return page;
};

/** The same run without a session. */
function headless(untilMs: number): { nowMs: number; traceHash: number } {
  const world = new World({ ...request.options, seed: request.seed }, { rewinds: false });
  world.schedule(0, applyCommand(pod, 'default'));
  world.advance(untilMs);
  return { nowMs: world.nowMs, traceHash: world.traceHash };
}

describe('one run, however it is played', () => {
  test('seeking, playing and headless give the same trace', () => {
    const sought = open();
    sought.ask({ type: 'seek', atMs: 20_000 });
    expect(sought.hash()).toEqual(headless(20_000));

    const back = open();
    for (const atMs of [15_000, 3000, 11_000, 0, 20_000]) back.ask({ type: 'seek', atMs });
    expect(back.hash()).toEqual(headless(20_000));

    const played = open();
    played.session.receive({ v: 1, type: 'play', speed: 100 });
    played.run(40);
    played.session.receive({ v: 1, type: 'pause' });
    played.run();
    const { nowMs } = played.hash();
    expect(nowMs).toBeGreaterThan(3000);
    played.ask({ type: 'seek', atMs: 20_000 });
    expect(played.hash()).toEqual(headless(20_000));
  });

  test('questions leave no trace', () => {
    const page = open();
    page.ask({ type: 'seek', atMs: 5000 });
    page.query({ q: 'check', text: pod });
    page.query({ q: 'messages', beforeSeq: 0, limit: 100 });
    page.query({ q: 'object', kind: 'Pod', namespace: 'default', name: 'p' });
    page.query({ q: 'why', about: 'pod/x' });
    page.query({ q: 'logs', namespace: 'default', pod: 'p', container: 'c', previous: false, tailLines: 10 });
    page.ask({ type: 'seek', atMs: 20_000 });
    expect(page.hash()).toEqual(headless(20_000));
  });

  test('what a link holds opens as the same run', () => {
    const page = open();
    page.ask({ type: 'seek', atMs: 4000 });
    page.ask({ type: 'command', command: { type: 'kubectl', argv: ['delete', 'pod', 'p', '--wait=false'], namespace: 'default', files: {} } });
    page.ask({ type: 'seek', atMs: 50_000 });
    const history = page.query<{ seed: number; options: OpenRequest['options']; commands: OpenRequest['commands'] }>({ q: 'history' });
    const other = new Page();
    other.ask({ type: 'open', request: { title: 't', manifest: '', seed: history.seed, options: history.options, commands: history.commands, atMs: 50_000 } });
    other.run();
    expect(other.hash()).toEqual(page.hash());
  });
});

describe('frames', () => {
  test('the first is whole; later ones together make the same picture as a whole one', () => {
    const page = open();
    page.session.receive({ v: 1, type: 'play', speed: 20 });
    page.run(60);
    page.session.receive({ v: 1, type: 'pause' });
    page.run();
    expect(page.frames[0]?.reset).toBe(true);
    const records = new Map<string, unknown>();
    for (const frame of page.frames) {
      for (const record of frame.diff.changed) records.set(record.id, record);
      for (const id of frame.diff.removed) records.delete(id);
    }
    const at = page.frames.at(-1)?.nowMs as number;
    page.ask({ type: 'seek', atMs: at - 1 });
    page.ask({ type: 'seek', atMs: at });
    const whole = new Map<string, unknown>();
    for (const frame of page.frames.slice(page.frames.findLastIndex((f) => f.reset))) for (const record of frame.diff.changed) whole.set(record.id, record);
    expect([...whole.keys()].sort()).toEqual([...records.keys()].sort());
    for (const [id, record] of whole) expect(record, id).toEqual(records.get(id));
  });

  test('a fork drops the future and is marked', () => {
    const page = open();
    page.ask({ type: 'seek', atMs: 30_000 });
    page.ask({ type: 'seek', atMs: 2500 });
    expect(page.ask({ type: 'command', command: { type: 'inject', id: 'f', fault: { kind: 'stopUnit', node: 'worker-1', unit: 'kubelet' } } })).toMatchObject({
      forked: true,
    });
    const last = page.frames.at(-1) as Frame;
    expect(last.knownUntilMs).toBe(2500);
    expect(last.marks.map((m) => m.kind)).toContain('fork');
    page.ask({ type: 'seek', atMs: 30_000 });
    const kubelet = page.frames.flatMap((f) => f.diff.changed).findLast((r) => r.id === 'component/worker-1/kubelet');
    expect(kubelet).toMatchObject({ up: false });
  });

  test('stepping by message stops at one, forth and back', () => {
    const page = open();
    page.ask({ type: 'seek', atMs: 1000 });
    page.ask({ type: 'step', by: 'message', count: 1 });
    const forth = page.hash().nowMs;
    expect(forth).toBeGreaterThan(1000);
    page.ask({ type: 'step', by: 'message', count: -1 });
    expect(page.hash().nowMs).toBeLessThan(forth);
  });
});

describe('runs', () => {
  test('a command in the past leaves the old future as a run, which can be gone back to', () => {
    const page = open();
    page.ask({ type: 'seek', atMs: 20_000 });
    const old = page.hash();
    page.ask({ type: 'seek', atMs: 2000 });
    const answer = page.ask({ type: 'command', command: { type: 'kubectl', argv: ['delete', 'pod', 'p', '--now'], namespace: 'default', files: {} } });
    expect(answer).toMatchObject({ forked: true, run: 2 });
    const { runs } = page.frames.findLast((f) => f.runs) as Frame;
    expect(runs).toMatchObject({
      current: 2,
      ghostUntilMs: 20_000,
      list: [
        { id: 1, untilMs: 20_000 },
        { id: 2, parent: 1, forkAtMs: 2000 },
      ],
    });
    expect(runs?.ghosts.some((lane) => lane.id.startsWith('lane/pod/'))).toBe(true);
    const back = page.ask({ type: 'switch', run: 1 }) as { applied: string; request: OpenRequest };
    expect(back).toMatchObject({ applied: pod, request: { seed: 7, commands: [] } });
    expect(page.hash().nowMs).toBe(2000);
    page.ask({ type: 'seek', atMs: 20_000 });
    expect(page.hash()).toEqual(old);
  });

  test('of two comparisons asked for the newer is answered with a result', () => {
    const page = open();
    page.ask({ type: 'seek', atMs: 5000 });
    expect(page.ask({ type: 'beside', of: 1, change: { mode: 'ipvs' } })).toEqual({ run: 2 });
    page.session.receive({ v: 1, type: 'compare', id: 500, runs: [1, 2] });
    expect(page.ask({ type: 'compare', runs: [1, 2] })).toMatchObject({ untilMs: 5000, cause: { mode: true } });
    expect(page.others.find((m) => m.type === 'reply' && m.id === 500)).toMatchObject({ result: { ended: true } });
    expect(page.ask({ type: 'compare', runs: [1, 9] })).toEqual({ error: 'there is no run 9' });
    expect(page.ask({ type: 'beside', of: 1, change: { mode: 'ebpf' } })).toMatchObject({ error: expect.stringContaining('needs a mode') });
  });
});

describe('anything may come in', () => {
  test.each([
    [null],
    [42],
    ['x'],
    [{}],
    [{ v: 2, type: 'open' }],
    [{ v: 1, type: 'frobnicate', id: 3 }],
    [{ v: 1, type: 'seek', id: 3, atMs: Number.NaN }],
    [{ v: 1, type: 'seek', id: 3, atMs: 'x' }],
    [{ v: 1, type: 'play', speed: -1 }],
    [{ v: 1, type: 'query', id: 3, query: { q: 'nothing' } }],
    [{ v: 1, type: 'query', id: 3 }],
    [{ v: 1, type: 'command', id: 3, command: null }],
    [{ v: 1, type: 'query', id: 3, query: { q: 'constructor' } }],
    [{ v: '1', type: 'pause' }],
    [[]],
  ])('row 30: %j is answered with an error and changes nothing', (message) => {
    const page = open();
    page.ask({ type: 'seek', atMs: 1000 });
    const before = page.hash();
    page.session.receive(message);
    page.run();
    expect(page.others.some((m) => m.type === 'reply' && !m.ok)).toBe(true);
    expect(page.hash()).toEqual(before);
  });

  test('row 30: a thrown error is answered, and the next order is obeyed', () => {
    const page = open();
    page.ask({ type: 'seek', atMs: 5000 });
    const before = page.hash();
    expect(page.ask({ type: 'query', query: { q: 'walk', from: null, toIP: 3, toPort: 'x', protocol: [] } })).toBeDefined();
    expect(page.ask({ type: 'command', command: { type: 'kubectl' } })).toMatchObject({ error: expect.any(String) });
    expect(page.hash()).toEqual(before);
    page.ask({ type: 'seek', atMs: 6000 });
    expect(page.hash()).toEqual(headless(6000));
  });

  test('row 30: a new session from the log of commands is where the lost one was; what was answered is in it', () => {
    const page = open();
    page.ask({ type: 'seek', atMs: 8000 });
    page.ask({ type: 'command', command: { type: 'kubectl', argv: ['label', 'pod', 'p', 'kept=yes'], namespace: 'default', files: {} } });
    page.ask({ type: 'seek', atMs: 30_000 });
    const { commands } = page.query<{ commands: OpenRequest['commands'] }>({ q: 'history' });
    const next = open({ commands: commands.slice(1), atMs: 30_000 });
    next.run();
    expect(next.hash()).toEqual(page.hash());
    expect(next.query<{ yaml: string }>({ q: 'object', kind: 'Pod', namespace: 'default', name: 'p' }).yaml).toContain('kept: "yes"');
  });

  test('row 29: seek to -1, to ten years and beyond: clamped, and another seek may come in between', () => {
    const page = open({ manifest: '' });
    page.ask({ type: 'seek', atMs: -1 });
    expect(page.hash().nowMs).toBe(0);
    // The session works in slices: what comes later is heard.
    page.session.receive({ v: 1, type: 'seek', id: 900, atMs: 1e308 });
    page.run(20);
    page.session.receive({ v: 1, type: 'seek', id: 901, atMs: 7000 });
    page.run();
    expect(page.hash().nowMs).toBe(7000);
    expect(page.others.filter((m) => m.type === 'reply' && m.ok && m.id >= 900)).toHaveLength(2);
    for (const atMs of [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      page.session.receive({ v: 1, type: 'seek', id: 910, atMs });
      page.run(2);
    }
    page.ask({ type: 'seek', atMs: 8000 });
    expect(page.hash().nowMs).toBe(8000);
  });

  test('row 29: seeks while it loads', () => {
    const page = new Page();
    page.session.receive({ v: 1, type: 'seek', id: 1, atMs: 1000 });
    expect(page.others.at(-1)).toMatchObject({ id: 1, ok: false, error: 'nothing is open' });
    page.session.receive({ v: 1, type: 'open', id: 2, request: { ...request, atMs: 60_000 } });
    page.session.receive({ v: 1, type: 'seek', id: 3, atMs: 9000 });
    page.session.receive({ v: 1, type: 'open', id: 4, request });
    page.session.receive({ v: 1, type: 'seek', id: 5, atMs: 4000 });
    page.run();
    expect(page.hash()).toEqual(headless(4000));
    expect(page.others.filter((m) => m.type === 'reply' && m.ok).map((m) => (m.type === 'reply' ? m.id : 0))).toEqual(expect.arrayContaining([2, 3, 4, 5]));
  });

  test('row 29: of 100 seeks at once the last wins and all are answered', () => {
    const page = open();
    page.ask({ type: 'seek', atMs: -5 });
    expect(page.hash().nowMs).toBe(0);
    for (let i = 0; i < 100; i += 1) page.session.receive({ v: 1, type: 'seek', id: 1000 + i, atMs: i * 100 });
    page.run();
    expect(page.hash().nowMs).toBe(9900);
    expect(page.others.filter((m) => m.type === 'reply' && m.id >= 1000)).toHaveLength(100);
  });

  test('row 13: a manifest that is no YAML, and one that is refused, leave the world as it is', () => {
    const page = open({ manifest: '' });
    const { result } = page.ask({ type: 'command', command: applyCommand('a: [', 'default') }) as { result: { rc: number; err: string } };
    expect(result.rc).toBe(1);
    expect(result.err).toContain('error parsing manifest.yaml: error converting YAML to JSON: yaml: line 1');
    const { diagnostics } = page.query<{ diagnostics: { line: number; message: string; source: string }[] }>({
      q: 'check',
      text: pod.replace('name: p', 'name: P'),
    });
    expect(diagnostics[0]).toMatchObject({ line: 3, source: 'api', message: expect.stringContaining('a lowercase RFC 1123 subdomain') });
  });

  test('a List is checked by what it holds, each error at its own line', () => {
    const page = open({ manifest: '' });
    const text =
      'apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata:\n    name: good\n- apiVersion: v1\n  kind: ConfigMap\n  metadata:\n    name: BAD\n';
    const { diagnostics, documents } = page.query<{ diagnostics: { line: number; message: string }[]; documents: { name: string; line: number }[] }>({
      q: 'check',
      text,
    });
    expect(documents.map((d) => d.name)).toEqual(['good', 'BAD']);
    expect(diagnostics).toHaveLength(1);
    expect(diagnostics[0]).toMatchObject({ line: 11, message: expect.stringContaining('a lowercase RFC 1123 subdomain') });
  });
});
