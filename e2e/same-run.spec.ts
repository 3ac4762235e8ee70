import { opening } from '../src/app/opening.ts';
import type { Command } from '../src/core/index.ts';
import { World } from '../src/core/index.ts';
import { applyCommand, sharedCommand } from '../src/session/commands.ts';
import { encodeLink } from '../src/session/link.ts';
import { expect, type Hash, test } from './page.ts';

const commands: { atMs: number; command: Command }[] = [
  { atMs: 9000, command: { type: 'setOption', option: 'proxyMode', value: 'ipvs' } },
  { atMs: 14_000, command: { type: 'inject', id: 'one', fault: { kind: 'stopUnit', node: 'worker-1', unit: 'kubelet' } } },
  { atMs: 20_000, command: { type: 'kubectl', argv: ['scale', 'deployment', 'web', '--replicas=5'], namespace: 'default', files: {} } },
  { atMs: 26_000, command: { type: 'endFault', id: 'one' } },
  { atMs: 30_000, command: { type: 'shell', host: 'client', command: 'nslookup web.default.svc.cluster.local' } },
];
const atMs = 40_000;

let headless: Hash;

test.beforeAll(() => {
  const world = new World({ ...opening.options, seed: opening.seed }, { rewinds: false });
  world.schedule(0, applyCommand(opening.manifest, 'default'));
  for (const { atMs: at, command } of commands) world.schedule(at, sharedCommand(command));
  world.advance(atMs);
  headless = { nowMs: world.nowMs, seq: world.engine.state.seq, traceHash: world.traceHash };
});

const link = (): Promise<string> =>
  encodeLink({
    title: opening.title,
    scenario: '',
    manifest: opening.manifest,
    seed: opening.seed,
    options: opening.options,
    commands,
    view: { atMs, selected: '', mode: '' },
  });

test('the page’s worker runs what Node runs', async ({ kubarium, page }) => {
  await kubarium.open(`#${await link()}`);
  await expect(kubarium.ruler).toHaveAttribute('aria-valuenow', String(atMs));
  expect(page.workers().length).toBeGreaterThan(0);
  expect(await kubarium.hash()).toEqual(headless);
  // There and back again.
  await kubarium.seek(12_000);
  await kubarium.seek(atMs);
  expect(await kubarium.hash()).toEqual(headless);
});

test('so does the page’s own thread, where there are no workers', async ({ kubarium, page }) => {
  await page.addInitScript(() => {
    delete (globalThis as { Worker?: unknown }).Worker;
  });
  await kubarium.open(`#${await link()}`);
  await expect(kubarium.ruler).toHaveAttribute('aria-valuenow', String(atMs));
  expect(page.workers()).toHaveLength(0);
  expect(await kubarium.hash()).toEqual(headless);
});

test('another seed is another run', async ({ kubarium }) => {
  const other = await encodeLink({
    title: '',
    scenario: '',
    manifest: opening.manifest,
    seed: opening.seed + 1,
    options: opening.options,
    commands,
    view: { atMs, selected: '', mode: '' },
  });
  await kubarium.open(`#${other}`);
  await expect(kubarium.ruler).toHaveAttribute('aria-valuenow', String(atMs));
  expect((await kubarium.hash()).traceHash).not.toBe(headless.traceHash);
});
