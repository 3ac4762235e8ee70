import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { opening } from '../src/app/opening.ts';
import type { Command } from '../src/core/index.ts';
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
  const request = { ...opening, commands, atMs };
  // Node itself, as the command line runs the simulator.
  const root = fileURLToPath(new URL('..', import.meta.url));
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'e2e/headless.ts'], {
    cwd: root,
    input: JSON.stringify(request),
    encoding: 'utf8',
  });
  expect(stdout, stderr).toMatch(/^\{/);
  headless = JSON.parse(stdout) as Hash;
  expect(headless.nowMs).toBe(atMs);
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
