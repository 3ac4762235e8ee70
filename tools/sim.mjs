/** `npm run sim`: the headless simulator. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensurePackages, root } from './ensure.mjs';

ensurePackages();
const main = join(root, 'src/headless/main.ts');
// npm runs scripts in the package's folder; files are named from where the user stands.
const cwd = process.env.INIT_CWD ?? process.cwd();
const result = spawnSync(process.execPath, ['--import', join(root, 'node_modules/tsx/dist/loader.mjs'), main, ...process.argv.slice(2)], {
  cwd,
  stdio: 'inherit',
});
process.exit(result.status ?? 1);
