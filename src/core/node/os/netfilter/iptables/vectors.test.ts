import { describe, expect, test } from 'vitest';
import { type Namespace, newNamespace } from '../state.ts';
import { upstreamAbsent, type Vector, vectors } from '../testing/vectors.ts';
import { iptablesCommand } from './command.ts';
import { restore } from './restore.ts';
import { saveTables } from './save.ts';

/** What kube-proxy and kubelet do with single commands before the first restore. */
function insertJumps(ns: Namespace, v: Vector, saved: string): void {
  for (const section of saved.split('*').slice(1)) {
    const lines = section.split('\n');
    const table = lines[0] as string;
    const jumps = lines.filter((l) => /^-A (INPUT|FORWARD|OUTPUT|PREROUTING|POSTROUTING) /.test(l));
    for (const jump of jumps.reverse()) {
      const words = (jump.match(/"[^"]*"|\S+/g) as string[]).map((w) => w.replaceAll('"', ''));
      const name = words[words.length - 1] as string;
      iptablesCommand(ns, v.config.ipFamily, ['-t', table, '-N', name]);
      if (iptablesCommand(ns, v.config.ipFamily, ['-t', table, '-C', ...words.slice(1)]).code === 0) continue;
      expect(iptablesCommand(ns, v.config.ipFamily, ['-t', table, '-I', ...words.slice(1)])).toMatchObject({ code: 0 });
    }
  }
}
const uncommented = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n');

for (const kind of ['kube-proxy-iptables', 'kube-proxy-ipvs'] as const) {
  describe(kind, () => {
    if (upstreamAbsent(kind)) test.skip(`vectors of upstream's own tests: ../shared/vectors/${kind} is not there`, () => {});
    test.each(vectors(kind).map((v) => [v.name, v] as const))('%s: restore input → iptables-save', (_name, v) => {
      const ns = newNamespace();
      let compared = 0;
      for (const { expect: wanted } of v.steps) {
        if (wanted.restoreInput === undefined) continue;
        if (wanted.iptablesSave !== undefined && compared === 0) insertJumps(ns, v, wanted.iptablesSave);
        expect(restore(ns, v.config.ipFamily, wanted.restoreInput, true)).toMatchObject({ code: 0 });
        if (wanted.iptablesSave === undefined) continue;
        compared += 1;
        expect(uncommented(saveTables(ns.iptables[v.config.ipFamily], null, v.config.ipFamily, undefined, ''))).toBe(wanted.iptablesSave);
      }
      expect(compared).toBe(v.steps.filter((step) => step.expect.iptablesSave !== undefined).length);
    });
  });
}
