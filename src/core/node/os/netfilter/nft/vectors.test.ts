import { describe, expect, test } from 'vitest';
import { newNamespace } from '../state.ts';
import { recording, upstreamAbsent, vectors } from '../testing/vectors.ts';
import { listNft } from './print.ts';
import { transact } from './transaction.ts';

/** Elements of sets and maps come in no order. */
function ordered(text: string): string {
  return text.replace(/elements = \{([^}]*)\}/g, (_all, elements: string) => {
    const list = elements
      .split(/,\s*/)
      .map((e) => e.replace(/\s+/g, ' ').trim())
      .sort();
    return `elements = { ${list.join(', ')} }`;
  });
}

const kind = 'kube-proxy-nftables';

describe(kind, () => {
  if (upstreamAbsent(kind)) test.skip(`vectors of upstream's own tests: ../shared/vectors/${kind} is not there`, () => {});
  test.each(vectors(kind).map((v) => [v.name, v] as const))('%s: transaction → nft list', (_name, v) => {
    const ns = newNamespace();
    const family = v.config.ipFamily === 'IPv6' ? 'ip6' : 'ip';
    let compared = 0;
    for (const { expect: wanted } of v.steps) {
      if (wanted.transaction === undefined) continue;
      expect(transact(ns, wanted.transaction, 0)).toMatchObject({ code: 0 });
      if (wanted.nftList === undefined) continue;
      compared += 1;
      const listed = listNft(ns, family, undefined, 0).text as string;
      expect(ordered(listed)).toBe(ordered(wanted.nftList));
      // What is listed can be loaded, and lists as the same.
      const again = newNamespace();
      expect(transact(again, listed, 0)).toMatchObject({ code: 0 });
      expect(listNft(again, family, undefined, 0).text).toBe(listed);
    }
    expect(compared).toBe(v.steps.filter((step) => step.expect.nftList !== undefined).length);
  });

  test.each(['kp-a', 'kp-b', 'kp-c'])('recording %s loads and lists as it was', (name) => {
    const text = recording(`kube-proxy/${name}.json`).nftList as string;
    const ns = newNamespace();
    expect(transact(ns, text, 0)).toMatchObject({ code: 0 });
    expect(ordered(listNft(ns, undefined, undefined, 0).text as string)).toBe(ordered(text));
  });
});
