// @vitest-environment happy-dom
import { beforeEach, expect, it, vi } from 'vitest';

const damaged = ['{', 'undefined', '"text"', '5', '\u0000', `{"theme":"dark"${'x'.repeat(1000)}`];

beforeEach(() => {
  localStorage.clear();
  vi.resetModules();
});

it.each(damaged)('row 33: a store damaged as %.20j is cleared, and the page says that it starts clean', async (text) => {
  localStorage.setItem('kubarium.settings', text);
  localStorage.setItem('kubarium.manifest', text);
  const { useStorageTrouble: trouble } = await import('./storage.ts');
  const { setUi, useUi } = await import('./ui.ts');
  const { openText, useText } = await import('../editor/text.ts');
  openText('kind: Pod');
  expect(useUi.getState().theme).toBe('system');
  expect(useText.getState().text).toBe('kind: Pod');
  expect(trouble.getState().trouble).toBe('damaged');
  expect(localStorage.getItem('kubarium.settings')).toBeNull();
  expect(localStorage.getItem('kubarium.manifest')).toBeNull();
  setUi({ theme: 'dark' });
  expect(JSON.parse(localStorage.getItem('kubarium.settings') ?? '')).toMatchObject({ theme: 'dark' });
});

it('row 33: values of wrong shapes are left out, and nothing is said of what is whole', async () => {
  localStorage.setItem('kubarium.settings', '{"theme":"<img>","motion":5,"leftWidth":"wide","dockHeight":200,"__proto__":{"theme":"dark"}}');
  const { useStorageTrouble: trouble } = await import('./storage.ts');
  const { useUi } = await import('./ui.ts');
  expect(useUi.getState()).toMatchObject({ theme: 'system', motion: 'system', leftWidth: null, dockHeight: 200 });
  expect(trouble.getState().trouble).toBeNull();
});
