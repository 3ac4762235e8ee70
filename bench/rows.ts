/** One row per budget. */
import { loadYaml } from '../src/session/yaml/load.ts';
import { cpuMs, liveBytes, median, quantile } from './measure.ts';
import { page } from './page.ts';
import { modes, proxy } from './proxy.ts';
import { applyPods, crashing, probed, serving, untilReady, world } from './worlds.ts';

export interface Row {
  name: string;
  unit: string;
  budget: number;
  /** The budget is a lower bound. */
  atLeast?: true;
  /** The figure depends on the machine's speed. */
  timed: boolean;
  run(): number | Promise<number>;
}

const times = (count: number, run: () => number): number => median(Array.from({ length: count }, run));

function toReady(pods: number, rewinds = false): number {
  const w = world(12, rewinds);
  return cpuMs(() => {
    applyPods(w, pods, serving);
    untilReady(w, pods);
  });
}

const podsToReady = (pods: number, seconds: number, runs: number): Row => ({
  name: `${pods} pods to Ready`,
  unit: 's',
  budget: seconds,
  timed: true,
  run: () => {
    toReady(20);
    return times(runs, () => toReady(pods)) / 1000;
  },
});

function steadySpeed(seconds: number): number {
  const w = world(2);
  applyPods(w, 110, probed);
  untilReady(w, 110);
  w.advance(w.nowMs + 60_000);
  return seconds / (cpuMs(() => w.advance(w.nowMs + seconds * 1000)) / 1000);
}

function crashingPods(): number {
  const w = world(2);
  applyPods(w, 10, crashing);
  return cpuMs(() => w.advance(w.nowMs + 600_000)) / 1000;
}

function seeks(): number {
  const w = world(2, true);
  applyPods(w, 30, probed);
  w.advance(3_600_000);
  const taken: number[] = [];
  let at = 1;
  for (let i = 0; i < 100; i += 1) {
    at = (at * 48_271) % 2_147_483_647;
    const target = at % 3_600_000;
    taken.push(cpuMs(() => w.seek(target)));
  }
  return quantile(taken, 0.95);
}

function checkpointShare(): number {
  const plain = times(3, () => toReady(500));
  const kept = times(3, () => toReady(500, true));
  return (kept / plain - 1) * 100;
}

function memoryPerPod(): number {
  const empty = world(12, true);
  const before = liveBytes();
  const w = world(12, true);
  const bare = liveBytes() - before;
  applyPods(w, 500, serving);
  untilReady(w, 500);
  const megabytes = (liveBytes() - before - bare) / 500 / 1024 / 1024;
  return empty.nowMs <= w.nowMs ? megabytes : 0;
}

const hostile: Record<string, string> = {
  aliases: `a0: &a0 [x]\n${Array.from({ length: 40 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}, *a${i}]`).join('\n')}\n`,
  nesting: '['.repeat(100_000),
  blocks: '- '.repeat(100_000),
  long: `a: "${'x'.repeat(4_000_000)}"`,
  keys: Array.from({ length: 200_000 }, (_, i) => `k${i}: 1`).join('\n'),
  documents: '---\na: 1\n'.repeat(60_000),
  quotes: `"${'\\'.repeat(1_000_000)}`,
  folds: `a: >\n${' x\n\n'.repeat(200_000)}`,
  tags: '!!a '.repeat(100_000),
  anchors: Array.from({ length: 20_000 }, (_, i) => `- &x${i} y`).join('\n'),
};

export const rows: Row[] = [
  podsToReady(100, 0.2, 5),
  podsToReady(500, 1, 3),
  podsToReady(1000, 2.5, 3),
  { name: '110 pods with probes, times real time', unit: '×', budget: 4000, atLeast: true, timed: true, run: () => times(3, () => steadySpeed(600)) },
  { name: '600 s of 10 crashing pods', unit: 's', budget: 0.05, timed: true, run: () => times(5, crashingPods) },
  { name: 'seek within an hour of 30 pods, p95', unit: 'ms', budget: 100, timed: true, run: seeks },
  { name: 'checkpoints of 500 pods to Ready, beside the run', unit: '%', budget: 15, timed: false, run: checkpointShare },
  { name: 'memory of 500 pods with their history, per pod', unit: 'MB', budget: 1, timed: false, run: memoryPerPod },
  ...modes.flatMap((mode): Row[] => [
    { name: `${mode}: rules for 10 000 Services × 5 endpoints`, unit: 's', budget: 0.5, timed: true, run: () => proxy(mode).fullMs / 1000 },
    { name: `${mode}: all of these once more, one changed`, unit: 's', budget: 0.5, timed: true, run: () => proxy(mode).againMs / 1000 },
    { name: `${mode}: one changed Service of 10 000`, unit: 'ms', budget: 5, timed: true, run: () => proxy(mode).changedMs },
    { name: `${mode}: one packet among 10 000 Services`, unit: 'µs', budget: 2, timed: true, run: () => proxy(mode).packetMicros },
    { name: `${mode}: its trace, for each step shown`, unit: 'µs', budget: 2, timed: true, run: () => proxy(mode).stepMicros },
    { name: `${mode}: connect, nothing derived yet, 10 000 Services`, unit: 'µs', budget: 100, timed: true, run: () => proxy(mode).coldMicros },
    { name: `${mode}: memory of 10 000 Services × 5 endpoints`, unit: 'MB', budget: 100, timed: false, run: () => proxy(mode).megabytes },
  ]),
  { name: 'page: first load, JS brotli of the first picture', unit: 'KB', budget: 130, timed: false, run: async () => (await page()).firstKB },
  { name: 'page: JS brotli that comes unasked, worker and editor apart', unit: 'KB', budget: 130, timed: false, run: async () => (await page()).unaskedKB },
  { name: 'page: LCP at CPU ×4, 1.6 Mbit/s', unit: 'ms', budget: 1800, timed: true, run: async () => (await page()).lcpMs },
  { name: 'page: TBT at CPU ×4, 1.6 Mbit/s', unit: 'ms', budget: 300, timed: true, run: async () => (await page()).tbtMs },
  { name: 'page: CLS', unit: '', budget: 0.001, timed: false, run: async () => (await page()).cls },
  { name: 'page: longest main-thread task, 500 pods', unit: 'ms', budget: 50, timed: true, run: async () => (await page()).longestTaskMs },
  ...Object.entries(hostile).map(([name, text]) => ({
    name: `hostile YAML: ${name}`,
    unit: 's',
    budget: 1,
    timed: true,
    run: () => cpuMs(() => loadYaml(text)) / 1000,
  })),
];
