// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const key = 'kubarium.lessons';

/** As a page that was just loaded. */
async function fresh() {
  vi.resetModules();
  const progress = await import('./progress.ts');
  const { useStorageTrouble } = await import('../state/storage.ts');
  return { ...progress, trouble: () => useStorageTrouble.getState().trouble, close: () => useStorageTrouble.setState({ trouble: null }) };
}

describe('row 33: progress and a storage that is not as it should be', () => {
  beforeEach(() => localStorage.clear());
  afterEach(() => vi.unstubAllGlobals());

  it('is kept, and never goes back', async () => {
    const one = await fresh();
    one.reach('crash', 3, false);
    one.reach('crash', 2, false);
    const two = await fresh();
    expect(two.useProgress.getState().reached).toEqual({ crash: { step: 3, done: false } });
    two.reach('crash', 4, true);
    two.reach('crash', 1, false);
    expect((await fresh()).useProgress.getState().reached).toEqual({ crash: { step: 4, done: true } });
  });

  it.each([
    '{',
    'null',
    '[]',
    '{"v":1}',
    '{"v":1,"reached":[1,2]}',
    '{"v":1,"reached":{"a":null,"../b":{"step":1},"c":{"step":"x"},"__proto__":{"step":9}}}',
    '\u0000',
  ])('corrupted as %s: none', async (text) => {
    localStorage.setItem(key, text);
    const page = await fresh();
    expect(page.useProgress.getState().reached).toEqual({});
    page.reach('crash', 1, false);
    expect((await fresh()).useProgress.getState().reached).toEqual({ crash: { step: 1, done: false } });
    expect(({} as { step?: number }).step).toBeUndefined();
  });

  it('of a newer version: left as it is, said once, works without', async () => {
    const newer = '{"v":2,"lessons":["crash"]}';
    localStorage.setItem(key, newer);
    const page = await fresh();
    page.reach('crash', 2, false);
    expect(localStorage.getItem(key)).toBe(newer);
    expect(page.useProgress.getState().reached).toEqual({ crash: { step: 2, done: false } });
    expect(page.trouble()).toBe('newer');
    page.close();
    page.reach('crash', 3, false);
    expect(page.trouble()).toBeNull();
  });

  it.each([
    ['SecurityError', 'refused'],
    ['QuotaExceededError', 'full'],
  ])('%s: kept as long as the page lasts, said once', async (name, trouble) => {
    const page = await fresh();
    vi.stubGlobal('localStorage', {
      getItem: () => null,
      setItem() {
        throw new DOMException('no', name);
      },
    });
    page.reach('crash', 2, false);
    expect(page.useProgress.getState().reached).toEqual({ crash: { step: 2, done: false } });
    expect(page.trouble()).toBe(trouble);
    page.close();
    page.reach('crash', 3, true);
    expect(page.trouble()).toBeNull();
    expect(page.useProgress.getState().reached).toEqual({ crash: { step: 3, done: true } });
  });

  it('another tab went further meanwhile: both are kept', async () => {
    const page = await fresh();
    page.reach('crash', 2, false);
    localStorage.setItem(key, JSON.stringify({ v: 1, reached: { crash: { step: 5, done: false }, other: { step: 1, done: true } } }));
    page.reach('crash', 3, false);
    expect(page.useProgress.getState().reached).toEqual({ crash: { step: 5, done: false }, other: { step: 1, done: true } });
    localStorage.setItem(key, JSON.stringify({ v: 1, reached: { third: { step: 2, done: false } } }));
    dispatchEvent(new StorageEvent('storage', { key }));
    expect(page.useProgress.getState().reached).toMatchObject({ crash: { step: 5 }, third: { step: 2 } });
  });
});
