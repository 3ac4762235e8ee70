import { expect, type Kubarium, test } from './page.ts';

const exported = `apiVersion: v1
kind: Pod
metadata:
  name: from-cluster
  namespace: default
  uid: 0b0c1d2e-0000-4000-8000-000000000000
  resourceVersion: "4711"
  creationTimestamp: "2026-01-02T03:04:05Z"
spec:
  nodeName: ip-10-0-0-1
  containers:
  - name: c
    image: nginx:1.27
status:
  phase: Running
---
apiVersion: v1
kind: Secret
metadata: { name: db, uid: x, resourceVersion: "1" }
data: { password: c2VjcmV0 }
`;

/** Files dropped on the map, as a browser tells of them. */
function drop(kubarium: Kubarium, files: { name: string; type: string; size?: number; text: string }[]): Promise<void> {
  return kubarium.page.evaluate((given) => {
    const data = new DataTransfer();
    for (const { name, type, size, text } of given) data.items.add(new File([size ? new Uint8Array(size) : text], name, { type }));
    const target = document.querySelector('main') as HTMLElement;
    for (const kind of ['dragover', 'drop']) target.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
  }, files);
}

test('row 34: of dropped files the readable ones are applied, the others named', async ({ kubarium, page }) => {
  await kubarium.open();
  await kubarium.pause();
  await drop(kubarium, [
    { name: 'one.yaml', type: '', text: 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: one }\n' },
    { name: 'cat.png', type: 'image/png', text: 'x' },
    { name: 'huge.yaml', type: '', size: 100_000_000, text: '' },
    { name: 'broken.yaml', type: '', text: 'a: [' },
    { name: 'two.yaml', type: '', text: 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: two }\n' },
  ]);
  const notice = page.locator('.intake');
  await expect(notice).toContainText('2 files were applied.');
  await expect(notice).toContainText('cat.png: no text');
  await expect(notice).toContainText('huge.yaml: 100.0 MB; at most 1 MB is read');
  await expect(notice).toContainText('broken.yaml: no YAML: line 1');
  await expect(kubarium.outcome).toContainText('configmap/two created');
  await expect(kubarium.editorText).toContainText('name: two');
});

test('row 35: YAML of a real cluster is cleaned as it is pasted, and applies', async ({ kubarium, page }) => {
  await kubarium.open();
  await kubarium.pause();
  await kubarium.write(exported);
  const notice = page.locator('.intake');
  await expect(notice).toContainText('2 objects of a real cluster cleaned');
  await expect(notice).toContainText('1 value of Secrets replaced.');
  await expect(page.locator('.editor-pane')).not.toContainText('resourceVersion');
  await expect(page.locator('.editor-pane')).not.toContainText('c2VjcmV0');
  expect(await kubarium.apply()).toContain('pod/from-cluster created');
  // One edit: undone at once.
  await kubarium.editor.focus();
  await page.keyboard.press('Control+z');
  await expect(kubarium.editorText).toContainText('name: client');
});

test('a snippet by the palette, the document as stored, and the text after a reload', async ({ kubarium, page }) => {
  await kubarium.openAt(5000);
  await kubarium.loadMonaco();
  await page.keyboard.press('Control+Home');
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.type('liveness');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(kubarium.editorText).toContainText('livenessProbe:');
  expect(await kubarium.apply()).toContain('deployment.apps/web configured');
  await page.getByRole('button', { name: 'as stored' }).click();
  const stored = page.getByRole('region', { name: 'As the API server stored it' });
  await expect(stored.locator('.default').filter({ hasText: 'terminationGracePeriodSeconds: 30' })).toHaveCount(1);
  await expect(stored.locator('.written').filter({ hasText: 'livenessProbe:' })).toHaveCount(1);
  await expect(stored.locator('.default').filter({ hasText: 'failureThreshold: 3' })).toHaveCount(2);
  await page.reload();
  await kubarium.opened();
  await expect(kubarium.editor).toHaveValue(/livenessProbe:/);
});

test('pipes, history after a reload, search and copy in the wide shell', async ({ kubarium, page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await kubarium.openAt(12_000);
  expect(await kubarium.shell('kubectl get pods --no-headers | grep ^web- | wc -l')).toBe('3');
  expect(await kubarium.shell('kubectl get pods | awk x')).toContain('awk: not found');
  await page.keyboard.press('Control+`');
  const wide = page.getByRole('region', { name: 'Shell', exact: true });
  const command = wide.getByRole('textbox', { name: 'Command' });
  await expect(command).toBeFocused();
  await page.keyboard.type('kubectl describe nodes wor');
  await page.keyboard.press('Tab');
  await expect(command).toHaveValue('kubectl describe nodes worker-');
  await page.keyboard.type('1');
  await page.keyboard.press('Enter');
  await expect(wide.locator('.shell-entry').last()).toContainText('Allocated resources');
  await wide.getByRole('searchbox', { name: 'Search the log' }).fill('memory');
  await expect(wide.getByText(/^1 of \d+$/)).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(wide.getByText(/^2 of \d+$/)).toBeVisible();
  await wide.getByRole('button', { name: 'Copy what kubectl describe nodes worker-1 printed' }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('Allocated resources');
  await page.keyboard.press('Control+`');
  await expect(wide).toHaveCount(0);
  await page.reload();
  await kubarium.opened();
  await kubarium.tab('Shell');
  await page.getByRole('textbox', { name: 'Command' }).focus();
  await page.keyboard.press('ArrowUp');
  await expect(page.getByRole('textbox', { name: 'Command' })).toHaveValue('kubectl describe nodes worker-1');
});
