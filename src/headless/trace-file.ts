/** Golden traces beside their scenarios. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Scenario } from '../scenario/format.ts';
import { goldenTrace } from '../scenario/trace.ts';
import { traceFile } from './scenarios.ts';

export function writeTrace(folder: string, scenario: Scenario): void {
  writeFileSync(join(folder, traceFile), goldenTrace(scenario));
}

/** The first line that differs, as sentences; none when the run is the golden one. */
export function traceProblem(folder: string, scenario: Scenario): string[] {
  const path = join(folder, traceFile);
  const hint = `npm run trace:update ${scenario.name}`;
  if (!existsSync(path)) return [`${traceFile} is missing: ${hint}`];
  const golden = readFileSync(path, 'utf8').split('\n');
  const now = goldenTrace(scenario).split('\n');
  for (let i = 0; i < Math.max(golden.length, now.length); i += 1)
    if (golden[i] !== now[i])
      return [
        `${traceFile}:${i + 1}: was ${JSON.stringify(golden[i] ?? 'the end')}, is ${JSON.stringify(now[i] ?? 'the end')} (when that is understood: ${hint})`,
      ];
  return [];
}
