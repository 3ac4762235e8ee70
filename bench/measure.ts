/** How a benchmark measures: CPU time of this process, medians, and a baseline computation that tells how fast the machine is just now. */
import { cpus } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What the budgets are meant for: a machine on which `baselineMs` takes this long. */
export const referenceBaselineMs = 100;

/** CPU milliseconds (user and system) of `act`. */
export function cpuMs(act: () => void): number {
  const from = process.cpuUsage();
  act();
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1000;
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Sorting, hashing and JSON of a fixed size: the mix that the simulator's work is made of. */
export function baselineMs(): number {
  const runs: number[] = [];
  for (let i = 0; i < 5; i += 1) runs.push(cpuMs(baseline));
  return median(runs);
}

function baseline(): number {
  let x = 12345;
  const next = (): number => {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    return x;
  };
  const numbers = Array.from({ length: 60_000 }, next).sort((a, b) => a - b);
  const objects = Array.from({ length: 4000 }, (_, i) => ({
    name: `object-${i}`,
    labels: { app: `a${next() % 100}` },
    ports: [next(), next()],
    at: numbers[i],
  }));
  let text = '';
  for (let i = 0; i < 3; i += 1) text = JSON.stringify(JSON.parse(JSON.stringify(objects)));
  let hash = 0x811c9dc5;
  for (let round = 0; round < 8; round += 1) for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  const map: Record<string, number> = {};
  for (const { name } of objects) map[name] = hash;
  return Object.keys(map).length;
}

/** Bytes of live objects, after a full collection. */
export function liveBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = globalThis.gc ?? (runInNewContext('gc') as () => void);
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

export const machine = (): string => `${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores, Node ${process.version}`;
