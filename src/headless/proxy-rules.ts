/** `sim proxy-rules INPUT.json`. */
import type { ProxyRulesArgs } from './args.ts';

export function proxyRules(_args: ProxyRulesArgs): number {
  process.stderr.write('sim: proxy-rules is not in this version yet\n');
  return 2;
}
