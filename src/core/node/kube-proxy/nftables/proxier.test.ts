import { expect, test } from 'vitest';
import { Driver, vectors } from '../testing/vectors.ts';
import { parseListing } from './listing.ts';
import { deleteStaleChains, nftablesState, syncNftables } from './proxier.ts';

const { found, missing } = vectors('kube-proxy-nftables');
if (missing) test.skip(missing, () => {});

for (const vector of found) {
  test(vector.file, () => {
    const driver = new Driver(vector);
    const state = nftablesState();
    let nowMs = 0;
    for (const [i, step] of vector.steps.entries()) {
      // Steps without changes are there to show that stale chains go after a second.
      if (step.ops.length === 0) nowMs += 2000;
      const applied = driver.apply(step);
      deleteStaleChains(state, driver.config, nowMs);
      const made = syncNftables(state, driver.tracker, applied, driver.config, {
        nowMs,
        full: step.fullSync,
        nodeLabels: (vector.config.topologyLabels as Record<string, string>) ?? {},
        localAddresses: vector.config.localAddresses as string[],
        contents: () => null,
      });
      expect(made.trimEnd(), `step ${i + 1}`).toBe((step.expect.transaction as string).trimEnd());
    }
  });

  test(`${vector.file}: a restarted process finds its elements in the kernel`, () => {
    const driver = new Driver(vector);
    const step = vector.steps.at(-1)?.expect as { nftList?: string };
    if (!step.nftList) return;
    for (const each of vector.steps.slice(0, -1)) driver.apply(each);
    const applied = driver.apply(vector.steps.at(-1) as never);
    const made = syncNftables(nftablesState(), driver.tracker, applied, driver.config, {
      nowMs: 0,
      full: true,
      nodeLabels: (vector.config.topologyLabels as Record<string, string>) ?? {},
      localAddresses: vector.config.localAddresses as string[],
      contents: () => parseListing(step.nftList as string),
    });
    const touched = made.split('\n').filter((line) => /^(add|delete) element /.test(line) && !line.includes(' nodeport-ips '));
    expect(touched).toEqual([]);
  });
}
