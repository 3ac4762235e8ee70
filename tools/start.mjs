/** `npm start`: installs what is missing and serves the page for development. */
import { ensurePackages, run, say } from './ensure.mjs';

ensurePackages();
say('serving the page (vite); press q and Enter to stop');
process.exit(
  run('npx', ['vite', '--open', ...process.argv.slice(2)], { env: { ...process.env, BROWSER: process.env.BROWSER ?? (process.stdout.isTTY ? '' : 'none') } }),
);
