/** `npm run bench [ROW…]`: bundles the bench as the page and the package are bundled, and runs that. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
// In a folder beside `bench`, so that what is found from a module's own place is found from here too.
const outfile = join(root, '.cache/bench.mjs');
await build({ entryPoints: [join(root, 'bench/bench.ts')], outfile, bundle: true, platform: 'node', format: 'esm', packages: 'external', logLevel: 'error' });
const { status } = spawnSync(process.execPath, [outfile, ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' });
process.exit(status ?? 1);
