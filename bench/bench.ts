/**
 * `npm run bench [ROW…]`: one line per budget, measured in CPU time of this process on fresh worlds. The ratio to the budget is corrected by a
 * baseline computation made just before each row, so that a slow or loaded machine still tells something. Nothing asserts these figures.
 */
import { baselineMs, machine, referenceBaselineMs } from './measure.ts';
import { rows } from './rows.ts';

const wanted = process.argv.slice(2);
const chosen = rows.filter((row) => wanted.length === 0 || wanted.some((word) => row.name.includes(word)));
baselineMs();
const first = baselineMs();
process.stdout.write(`${machine()}\nbaseline ${first.toFixed(0)} ms; budgets are for a machine where it takes ${referenceBaselineMs} ms\n\n`);
process.stdout.write(`${'row'.padEnd(58)}${'measured'.padStart(14)}${'budget'.padStart(14)}${'of budget'.padStart(11)}${'baseline'.padStart(10)}\n`);
for (const row of chosen) {
  const base = baselineMs();
  const value = await row.run();
  const speed = row.timed ? base / referenceBaselineMs : 1;
  const share = row.atLeast ? row.budget / (value * speed) : value / (row.budget * speed);
  const show = (x: number): string => `${x >= 100 ? Math.round(x) : Number(x.toPrecision(3))} ${row.unit}`;
  process.stdout.write(
    `${row.name.padEnd(58)}${show(value).padStart(14)}${`${row.atLeast ? '≥' : '≤'} ${row.budget} ${row.unit}`.padStart(14)}${`${share.toFixed(2)}${share <= 1 ? '' : ' !'}`.padStart(11)}${`${base.toFixed(0)} ms`.padStart(10)}\n`,
  );
}
