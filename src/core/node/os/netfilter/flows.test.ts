import { describe, expect, test } from 'vitest';
import type { WalkAnswer } from '../../../contracts/netfilter.ts';
import type { Protocol } from '../../../contracts/socket.ts';
import type { Draws } from './packet.ts';
import type { Namespace } from './state.ts';
import { type FlowRow, localAddresses, upstreamAbsent, vectors } from './testing/vectors.ts';
import { loadText, walkRules } from './walk-text.ts';

/** Every branch of every random choice, in order: the first alternative first. */
function everyBranch(walk: (draws: Draws) => WalkAnswer): WalkAnswer[] {
  const out: WalkAnswer[] = [];
  const script: number[] = [];
  for (;;) {
    const sizes: number[] = [];
    let at = 0;
    const choose = (n: number): number => {
      sizes[at] = n;
      const choice = script[at] ?? 0;
      script[at] = choice;
      at += 1;
      return choice;
    };
    // Ports are drawn too: which one makes no difference here.
    out.push(walk({ chance: () => choose(2) === 0, pick: (n) => (n > 1000 ? 0 : choose(n)) }));
    script.length = at;
    while (script.length > 0 && (script[script.length - 1] as number) + 1 >= (sizes[script.length - 1] as number)) script.pop();
    if (script.length === 0 || out.length > 1000) return out;
    script[script.length - 1] = (script[script.length - 1] as number) + 1;
  }
}

/** What a row of the vectors says of a packet. */
function outcomeOf(ns: Namespace, row: FlowRow, local: string[]): { output: string; masq: boolean } {
  const packet = { protocol: row.protocol.toLowerCase() as Protocol, src: row.sourceIP, sport: 40_000, dst: row.destIP, dport: row.destPort };
  const answers = everyBranch((draws) => walkRules(ns, packet, local, draws));
  const outputs: string[] = [];
  for (const answer of answers) {
    const verdict = answer.verdict.split(' ')[0] as string;
    // Accepted by a rule that says so, not by a policy.
    const accepted = answer.steps.some((s) => s.kind === 'rule' && s.matched && / -j ACCEPT$/.test(s.text) && /KUBE-NODEPORTS/.test(s.chain ?? ''));
    const output = verdict === 'DROP' || verdict === 'REJECT' ? verdict : (answer.endpoint ?? (accepted ? 'ACCEPT' : ''));
    if (output !== '' && !outputs.includes(output)) outputs.push(output);
  }
  return { output: outputs.join(', '), masq: answers.some((a) => a.masquerade) };
}

for (const kind of ['kube-proxy-iptables', 'kube-proxy-nftables'] as const) {
  describe(`${kind}: flows out of the text`, () => {
    if (upstreamAbsent(kind)) test.skip(`vectors of upstream's own tests: ../shared/vectors/${kind} is not there`, () => {});
    test.each(vectors(kind).map((v) => [v.name, v] as const))('%s', (_name, v) => {
      for (const step of v.steps) {
        const text = step.expect.iptablesSave ?? step.expect.nftList;
        if (text === undefined || !step.expect.flows) continue;
        const ns = loadText(text, v.config.ipFamily);
        if (typeof ns === 'string') throw new Error(ns);
        const rows = step.expect.flows.map((row) => {
          const { output, masq } = outcomeOf(ns, row, localAddresses(v));
          return `${row.name} ${row.sourceIP} → ${row.destIP}:${row.destPort}: ${output}${output === 'DROP' || output === 'REJECT' ? '' : ` masq ${masq}`}`;
        });
        expect(rows).toEqual(
          step.expect.flows.map(
            (row) =>
              `${row.name} ${row.sourceIP} → ${row.destIP}:${row.destPort}: ${row.output}${row.output === 'DROP' || row.output === 'REJECT' ? '' : ` masq ${row.masq}`}`,
          ),
        );
      }
    });
  });
}
