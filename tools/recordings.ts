/**
 * Holds simulated runs against the recordings: `npm run recordings`, `npm run recordings -- crash-loop oom --verbose`.
 * Prints the comparer's line for each, and how many agree.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { asRecording, playRecording } from '../src/headless/recording.ts';

// A reader that goes away (`| head`) ends the output.
process.stdout.on('error', () => process.exit(0));

const fixtures = fileURLToPath(new URL('../fixtures', import.meta.url));
const names = process.argv.slice(2).filter((a) => !a.startsWith('--'));
const verbose = process.argv.includes('--verbose');
const folder = mkdtempSync(join(tmpdir(), 'kubarium-'));
let ok = 0;
let total = 0;
for (const kind of ['pod-lifecycle', 'kubectl', 'node-lifecycle', 'storage']) {
  for (const file of readdirSync(join(fixtures, 'recordings', kind))) {
    if (names.length > 0 && !names.some((name) => file === `${name}.json` || kind === name)) continue;
    const real = join(fixtures, 'recordings', kind, file);
    total += 1;
    const started = process.cpuUsage();
    try {
      writeFileSync(join(folder, file), JSON.stringify(playRecording(asRecording(JSON.parse(readFileSync(real, 'utf8'))))));
    } catch (error) {
      console.log(
        `FAIL ${file}: ${(error as Error).message
          .split('\n')
          .slice(0, verbose ? 12 : 1)
          .join('\n')}`,
      );
      continue;
    }
    const used = process.cpuUsage(started);
    const compared = spawnSync(process.execPath, [join(fixtures, 'compare-recording.mjs'), real, join(folder, file), ...(verbose ? ['--verbose'] : [])], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    if (compared.status === 0) ok += 1;
    process.stdout.write(`${compared.stdout.trimEnd()}${compared.stderr}  (${Math.round((used.user + used.system) / 1000)} ms)\n`);
  }
}
console.log(`${ok} of ${total} agree`);
process.exitCode = ok === total ? 0 : 1;
