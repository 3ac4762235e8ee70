import { expect, type Kubarium, test } from './page.ts';

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: other
spec:
  replicas: 1
  selector:
    matchLabels: { app: other }
  template:
    metadata:
      labels: { app: other }
    spec:
      containers:
      - name: main
        image: nginx:1.27
`;

/** The plain text of Monaco's model, as it stands on the lines (blanks are no-break spaces there). */
const shown = async (kubarium: Kubarium): Promise<string> =>
  (await kubarium.page.locator('.monaco-editor .view-lines').allInnerTexts()).join('\n').replace(/\u00a0/g, ' ');

test('Monaco is loaded when the editor gets the focus, and not before; the cursor stays', async ({ kubarium, page }) => {
  const scripts: string[] = [];
  page.on('request', (request) => scripts.push(request.url()));
  await kubarium.open();
  expect(scripts.filter((url) => /monaco|yaml\.worker|editor\.worker/.test(url))).toEqual([]);
  await expect(page.locator('.monaco-editor')).toHaveCount(0);
  await kubarium.editor.focus();
  await page.keyboard.press('Control+Home');
  await kubarium.loadMonaco();
  await page.keyboard.type('# first\n');
  await expect.poll(() => shown(kubarium)).toMatch(/^(\d+\n)*# first/);
});

test('completes fields, explains them, and finds what is not in the schema', async ({ kubarium, page }) => {
  await kubarium.open();
  await kubarium.pause();
  await kubarium.write(`${deployment}        rea`);
  await page.keyboard.press('Control+End');
  await page.keyboard.press('Control+Space');
  const suggestions = page.locator('.suggest-widget.visible');
  await expect(suggestions).toContainText('readinessProbe');
  await page.keyboard.press('Escape');
  await expect(suggestions).toHaveCount(0);

  await kubarium.write(deployment);
  // A pointer that came before the editor knew the text is not asked about again until it moves.
  await expect(async () => {
    await page.mouse.move(700, 20);
    await page.locator('.monaco-editor .view-line').filter({ hasText: 'replicas' }).locator('span', { hasText: 'replicas' }).last().hover();
    await expect(page.locator('.monaco-hover:visible')).toContainText(/Number of desired pods|number of desired/i, { timeout: 4000 });
  }).toPass();

  await kubarium.write(deployment.replace('replicas: 1', 'replicas: many'));
  await expect(page.locator('.monaco-editor .squiggly-error, .monaco-editor .squiggly-warning').first()).toBeVisible();
});

test('what the API server would refuse stands at its line, in its words', async ({ kubarium, page }) => {
  await kubarium.open();
  await kubarium.pause();
  await kubarium.write(deployment.replace('labels: { app: other }', 'labels: { app: another }'));
  const row = page.locator('.monaco-editor .error-row');
  await expect(row).toContainText('`selector` does not match template `labels`');
  const said = await kubarium.apply('button');
  expect(said).toContain(
    'The Deployment "other" is invalid: spec.template.metadata.labels: Invalid value: {"app":"another"}: `selector` does not match template `labels`',
  );
  const [zone, line] = [await row.boundingBox(), await page.locator('.monaco-editor .view-line').filter({ hasText: 'another' }).boundingBox()];
  expect(Math.abs((zone?.y ?? 0) - ((line?.y ?? 0) + (line?.height ?? 0)))).toBeLessThan(8);
});

test('several documents are applied in their order; of a wrong one the others stand', async ({ kubarium }) => {
  await kubarium.open();
  await kubarium.pause();
  await kubarium.write(`apiVersion: v1
kind: ConfigMap
metadata:
  name: one
data: { a: b }
---
${deployment}---
apiVersion: v1
kind: Service
metadata:
  name: Wrong_Name
spec:
  ports:
  - port: 80
`);
  const said = await kubarium.apply();
  expect(said).toMatch(/configmap\/one created\s+deployment.apps\/other created/);
  expect(said).toContain('The Service "Wrong_Name" is invalid: metadata.name: Invalid value: "Wrong_Name"');
  expect(await kubarium.shell('kubectl get configmap one -o jsonpath={.data.a}')).toBe('b');
});

const alias = (levels: number): string => {
  let text = 'a0: &a0 [x, x, x, x, x, x, x, x, x]\n';
  for (let i = 1; i < levels; i += 1) text += `a${i}: &a${i} [${Array.from({ length: 9 }, () => `*a${i - 1}`).join(', ')}]\n`;
  return text;
};

for (const [name, text, words] of [
  ['a bomb of aliases', alias(12), /alias|more than|excessive/i],
  ['10 000 nested brackets', `a: ${'['.repeat(10_000)}${']'.repeat(10_000)}\n`, /nested more than 64 levels/],
  [
    'a megabyte',
    `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: big\ndata:\n${Array.from({ length: 10_500 }, (_, i) => `  key${i}: "${'x'.repeat(88)}"\n`).join('')}`,
    /Too long|1048576|limit|exceed/i,
  ],
  ['no YAML at all', 'a: [\n\t- {', /yaml|error/i],
] as const)
  test(`${name} is answered in its place; the text is kept and the page lives on`, async ({ kubarium, page }) => {
    await kubarium.open();
    await kubarium.pause();
    await kubarium.write(text);
    await page.keyboard.press('Control+Home');
    // A long text is read before it is put in: it is there when its second line is.
    await expect.poll(() => shown(kubarium)).toContain(name === 'a megabyte' ? 'kind: ConfigMap' : text.slice(0, 5));
    const said = await kubarium.apply('button');
    expect(said).toMatch(words);
    // Alive: the run goes on, nothing was created, and the text is still there.
    await kubarium.seek(3000);
    await kubarium.play.click();
    await expect.poll(() => kubarium.nowMs()).toBeGreaterThan(3000);
    await kubarium.pause();
    await expect(page.getByRole('heading', { name: /The simulator stopped|The model contradicted itself/ })).toHaveCount(0);
    expect(await kubarium.shell('kubectl get configmaps --no-headers')).not.toContain('big');
    await kubarium.editor.focus();
    await page.keyboard.press('Control+Home');
    await expect.poll(() => shown(kubarium)).toContain(text.slice(0, 5));
  });

test('the text outlives a reload', async ({ kubarium, page }) => {
  await kubarium.open();
  await kubarium.write(deployment);
  await expect.poll(() => page.evaluate(() => localStorage.getItem('kubarium.manifest') ?? '')).toContain('name: other');
  await page.reload();
  await kubarium.opened();
  await expect(kubarium.editor).toHaveValue(deployment);
});
