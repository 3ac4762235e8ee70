/** `sim serve`: the simulated cluster's API over HTTP for real clients. */
import type { ServeArgs } from './args.ts';

export function serve(_args: ServeArgs): number {
  process.stderr.write('sim: serve is not in this version yet\n');
  return 2;
}
