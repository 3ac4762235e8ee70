/** The page as a user has it: what is found by role and name, what is waited for by what the page itself says. */
import { expect, type Locator, type Page, test as plain } from '@playwright/test';
import type { MessageRecord } from '../src/core/index.ts';
import type { Query } from '../src/session/protocol.ts';

export { expect };

export interface Hash {
  nowMs: number;
  seq: number;
  traceHash: number;
}

export class Kubarium {
  readonly page: Page;
  /** What the page complained about: console errors and warnings, exceptions, requests that failed. */
  readonly complaints: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.on('console', (message) => {
      if (message.text().startsWith('Service Worker registration blocked by Playwright')) return;
      if (message.type() === 'error' || message.type() === 'warning') this.complaints.push(`console ${message.type()}: ${message.text()}`);
    });
    page.on('pageerror', (error) => this.complaints.push(`exception: ${error.message}`));
    page.on('requestfailed', (request) => {
      // What leaving the page aborts did not fail.
      if (request.failure()?.errorText !== 'net::ERR_ABORTED') this.complaints.push(`failed: ${request.url()} ${request.failure()?.errorText}`);
    });
    page.on('response', (response) => {
      if (response.status() >= 400) this.complaints.push(`${response.status()}: ${response.url()}`);
    });
  }

  get ruler(): Locator {
    return this.page.getByRole('slider', { name: 'Time', exact: true });
  }
  get clock(): Locator {
    return this.page.getByRole('timer', { name: 'Clock' });
  }
  get play(): Locator {
    return this.page.getByRole('button', { name: 'Play', exact: true });
  }
  get pauseButton(): Locator {
    return this.page.getByRole('button', { name: 'Pause', exact: true });
  }
  get map(): Locator {
    return this.page.getByRole('group', { name: 'Map of the cluster' });
  }
  get lanes(): Locator {
    return this.page.getByRole('list', { name: 'Lanes' });
  }

  /** Opens the page and waits until the run moves (or, for a link to a moment, is there). */
  async open(hash = ''): Promise<void> {
    await this.page.goto(`./${hash}`);
    await this.opened();
  }

  async opened(): Promise<void> {
    await expect(this.map.getByRole('button', { name: /^API server, rev \d+/ })).toBeVisible();
  }

  /** Opens at rest, at `atMs`. */
  async openAt(atMs: number): Promise<void> {
    await this.open();
    await this.pause();
    await this.seek(atMs);
  }

  async nowMs(): Promise<number> {
    return Number(await this.ruler.getAttribute('aria-valuenow'));
  }
  async knownMs(): Promise<number> {
    return Number(await this.ruler.getAttribute('aria-valuemax'));
  }

  async pause(): Promise<void> {
    // One of the two is always there.
    await expect(this.play.or(this.pauseButton)).toBeVisible();
    if (await this.pauseButton.isVisible()) await this.pauseButton.click();
    await expect(this.play).toBeVisible();
  }

  async speed(index: 0 | 1 | 2 | 3 | 4): Promise<void> {
    await this.page.getByRole('slider', { name: 'Speed' }).fill(String(index));
  }

  /**
   * To a whole second, at rest: clicks the fitted ruler half a second before it and steps to the second by key. The ruler shows at most twice
   * what is known, so a far goal takes several clicks.
   */
  async seek(atMs: number): Promise<void> {
    if (atMs === 0) {
      await this.page.getByRole('button', { name: 'To the start' }).click();
      await expect(this.ruler).toHaveAttribute('aria-valuenow', '0');
      return;
    }
    for (let i = 0; i < 20; i += 1) {
      const span = Number(await this.ruler.getAttribute('data-span-ms'));
      const goal = atMs - 500;
      const x = Math.min(0.985, goal / span);
      await this.clickRuler(x);
      const aimed = x * span;
      await expect.poll(async () => Math.abs((await this.nowMs()) - aimed)).toBeLessThan(span / 100);
      if (x < 0.985 || goal <= aimed) break;
    }
    await this.step(atMs);
  }

  async clickRuler(part: number): Promise<void> {
    const box = await this.ruler.boundingBox();
    if (!box) throw new Error('the ruler is not shown');
    await this.page.mouse.click(box.x + box.width * part, box.y + Math.min(8, box.height / 2));
  }

  /** Second by second, by key, to a whole second that is near. A long seek still under way may move the clock once more: then it is walked again. */
  private async step(atMs: number): Promise<void> {
    for (let i = 0; i < 30; i += 1) {
      const now = await this.settledMs();
      if (now === atMs) return;
      await this.ruler.focus();
      await this.page.keyboard.press(now < atMs ? '>' : '<');
      await expect.poll(() => this.nowMs()).not.toBe(now);
    }
    expect(await this.settledMs()).toBe(atMs);
  }

  /** The moment shown, once it has stood still for a while. */
  private async settledMs(): Promise<number> {
    for (let last = await this.nowMs(); ; ) {
      await this.page.waitForTimeout(60);
      const now = await this.nowMs();
      if (now === last) return now;
      last = now;
    }
  }

  /** The moment that everything is asked about: equal for equal runs. */
  async hash(): Promise<Hash> {
    return this.ask<Hash>({ q: 'hash' });
  }

  ask<T>(query: Query): Promise<T> {
    return this.page.evaluate(
      (asked) => (globalThis as unknown as { kubarium: { ask(q: unknown): Promise<unknown> } }).kubarium.ask(asked),
      query,
    ) as Promise<T>;
  }

  /** Every message of these kinds that is kept, oldest first. */
  async allMessages(kinds: MessageRecord['kind'][]): Promise<MessageRecord[]> {
    const all: MessageRecord[] = [];
    for (let beforeSeq = 0; ; ) {
      const page = await this.ask<MessageRecord[]>({ q: 'messages', beforeSeq, limit: 500, kinds });
      all.unshift(...page);
      const first = page[0]?.seq ?? 0;
      if (page.length < 500 || first === beforeSeq) return all;
      beforeSeq = first;
    }
  }

  /** The editor before or after Monaco was loaded. */
  get editor(): Locator {
    return this.page.getByRole('textbox', { name: 'Manifest, YAML' });
  }
  get editorText(): Locator {
    return this.page.getByRole('tabpanel', { name: 'Manifest' });
  }

  /** Puts the cursor into the editor and waits until Monaco has taken over. */
  async loadMonaco(): Promise<void> {
    await this.editor.focus();
    await expect(this.page.locator('.monaco-editor .view-lines')).toBeVisible();
    await expect(this.editor).toBeFocused();
  }

  /** Replaces the editor's text as a paste does. */
  async write(text: string): Promise<void> {
    await this.loadMonaco();
    await this.page.keyboard.press('Control+a');
    await this.paste(text);
  }

  async paste(text: string): Promise<void> {
    await this.page.evaluate((pasted) => {
      const data = new DataTransfer();
      data.setData('text/plain', pasted);
      document.activeElement?.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
    }, text);
  }

  get outcome(): Locator {
    return this.page.locator('.outcome[role="status"]');
  }

  /** Ctrl Enter in the editor, or the button; waits for kubectl's words. */
  async apply(by: 'key' | 'button' = 'key'): Promise<string> {
    const dismiss = this.outcome.getByRole('button', { name: 'Dismiss' });
    if (await dismiss.isVisible()) await dismiss.click();
    if (by === 'key') await this.editor.press('Control+Enter');
    else await this.page.getByRole('button', { name: /^Apply/ }).click();
    await expect(dismiss).toBeVisible();
    return (await this.outcome.locator('pre').allTextContents()).join('\n');
  }

  pod(name: string | RegExp): Locator {
    return this.map.getByRole('button', { name: typeof name === 'string' ? new RegExp(`^Pod ${name}`) : name });
  }

  /** Names of the pods that `kubectl get pods` lists. */
  async podNames(): Promise<string[]> {
    return (await this.shell('kubectl get pods --no-headers'))
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/)[0] as string);
  }

  async tab(name: 'Inspector' | 'Messages' | 'Shell'): Promise<void> {
    await this.page.getByRole('tab', { name, exact: true }).click();
  }

  get inspector(): Locator {
    return this.page.getByRole('tabpanel', { name: 'Inspector' });
  }
  get messages(): Locator {
    return this.page.getByRole('log', { name: 'Messages' });
  }

  /** Runs a line and returns what it printed. At rest the clock moves on as far as the command needs. */
  async shell(line: string): Promise<string> {
    await this.tab('Shell');
    const entries = this.page.locator('.shell-entry');
    const before = await entries.count();
    await this.page.getByRole('textbox', { name: 'Command' }).fill(line);
    await this.page.getByRole('textbox', { name: 'Command' }).press('Enter');
    const entry = entries.nth(before);
    await expect(entry.locator('.shell-command')).toContainText(line);
    await expect(entry.getByText('waiting', { exact: true })).toHaveCount(0);
    return (await entry.locator('pre').allTextContents()).join('\n');
  }

  /** Selects a thing by its name, wherever it runs, through the palette. */
  async find(name: string): Promise<void> {
    await this.ruler.focus();
    await this.page.keyboard.press('Control+k');
    const palette = this.page.getByRole('dialog', { name: 'Find or do' });
    await palette.getByRole('combobox', { name: 'Find or do' }).fill(name);
    await expect(palette.getByRole('option', { selected: true })).toContainText(name);
    await this.page.keyboard.press('Enter');
    await expect(palette).toHaveCount(0);
    await expect(this.inspector).toContainText(name);
  }

  get faultsMenu(): Locator {
    return this.page.getByRole('dialog', { name: 'Faults' });
  }
  async openFaults(): Promise<void> {
    await this.page.getByRole('banner').getByRole('button', { name: 'Faults' }).click();
    await expect(this.faultsMenu).toBeVisible();
  }
  async leave(): Promise<void> {
    await this.page.keyboard.press('Escape');
    await expect(this.page.getByRole('dialog')).toHaveCount(0);
  }

  async failReadiness(pod: string): Promise<void> {
    await this.openFaults();
    await this.faultsMenu.getByRole('button', { name: /^a container’s readiness/ }).click();
    await this.faultsMenu.getByRole('combobox', { name: 'Pod' }).selectOption({ label: pod });
    await this.faultsMenu.getByRole('button', { name: `Fail: a container’s readiness, ${pod}` }).click();
    await expect(this.faultsMenu.getByText(new RegExp(`in ${pod} answers 503`))).toBeVisible();
    await this.leave();
  }

  async mode(mode: 'iptables' | 'IPVS' | 'nftables'): Promise<void> {
    const radio = this.page.getByRole('group', { name: 'kube-proxy mode' }).getByRole('radio', { name: mode, exact: true });
    await radio.click();
    await expect(radio).toBeChecked();
  }

  /** The link of this moment, as the Share panel shows it. */
  async shareLink(): Promise<string> {
    await this.page.getByRole('banner').getByRole('button', { name: 'Share' }).click();
    const field = this.page.getByRole('dialog', { name: 'Share' }).getByRole('textbox', { name: 'Link' });
    await expect(field).toHaveValue(/#v1:/);
    const link = await field.inputValue();
    await this.leave();
    return link;
  }
}

/** `kubarium` is the page, not yet opened. A complaint of the browser fails the test that does not expect it. */
export const test = plain.extend<{ kubarium: Kubarium }>({
  kubarium: async ({ page }, use) => {
    const kubarium = new Kubarium(page);
    await use(kubarium);
    expect(kubarium.complaints, 'complaints of the browser').toEqual([]);
  },
});
