/** Boxes of what the page shows: what is cut, what lies over what, what is wider than the window. */
import type { Page } from '@playwright/test';

/** Texts that do not fit their boxes and have no way to be read whole: no scrolling, no title, no accessible name that says it, no button that unfolds it. */
export function cutTexts(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const out: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = node.textContent?.trim() ?? '';
      const e = node.parentElement;
      if (text === '' || !e || e.closest('.unseen, script, style, .monaco-editor, option, [hidden], [aria-hidden="true"]')) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const box = range.getBoundingClientRect();
      if (box.width < 1 || box.height < 1 || getComputedStyle(e).visibility === 'hidden') continue;
      // The first ancestor that cuts it.
      for (let a: HTMLElement | null = e; a && a !== document.body; a = a.parentElement) {
        const style = getComputedStyle(a);
        if (style.overflowX === 'visible' && style.overflowY === 'visible') continue;
        if (/auto|scroll/.test(style.overflowX) || /auto|scroll/.test(style.overflowY)) break;
        const cut = a.getBoundingClientRect();
        const over = Math.max(cut.left - box.left, box.right - cut.right, cut.top - box.top, box.bottom - cut.bottom);
        if (over <= 2) continue;
        // The map is panned and zoomed; what is beyond it is reached.
        if (a.classList.contains('map') || a.closest('.map') === a) break;
        if (e.closest('[aria-expanded]')) break;
        const told = e.closest('[title], [aria-label]');
        const words = `${told?.getAttribute('title') ?? ''} ${told?.getAttribute('aria-label') ?? ''}`;
        if (told?.hasAttribute('title') || words.includes(text)) break;
        out.push(`"${text.slice(0, 60)}" ${Math.round(over)} px beyond ${a.className || a.tagName}`);
        break;
      }
    }
    return out;
  });
}

/** Pairs of the map's cards that lie over one another; a card inside another is meant to. */
export function overlaps(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const cards = [...document.querySelectorAll<HTMLElement>('.map [data-vertex]')].filter((e) => e.offsetWidth > 0);
    const boxes = cards.map((e) => ({
      name: e.getAttribute('aria-label') ?? e.dataset.vertex ?? '',
      id: e.dataset.vertex ?? '',
      box: e.getBoundingClientRect(),
    }));
    const out: string[] = [];
    for (const [i, a] of boxes.entries())
      for (const b of boxes.slice(i + 1)) {
        const width = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
        const height = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
        if (width <= 1 || height <= 1) continue;
        const inside = (x: DOMRect, y: DOMRect): boolean => x.left >= y.left - 1 && x.right <= y.right + 1 && x.top >= y.top - 1 && x.bottom <= y.bottom + 1;
        // The node holds its parts; its port sits on its edge.
        if (inside(a.box, b.box) || inside(b.box, a.box) || /eth0/.test(a.id) || /eth0/.test(b.id)) continue;
        out.push(`${a.name} × ${b.name}: ${Math.round(width)}×${Math.round(height)}`);
      }
    return out;
  });
}

/** Whether the page, or a region, scrolls sideways. */
export function wide(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const out: string[] = [];
    const root = document.scrollingElement as HTMLElement;
    if (root.scrollWidth > root.clientWidth) out.push(`page: ${root.scrollWidth} in ${root.clientWidth}`);
    for (const e of document.querySelectorAll<HTMLElement>('header, main, section, nav, [role="dialog"], [role="tabpanel"]')) {
      const { left, right, width } = e.getBoundingClientRect();
      if (width > 0 && !e.closest('.unseen') && (left < -1 || right > innerWidth + 1))
        out.push(`${e.tagName} ${e.className}: ${Math.round(left)}…${Math.round(right)}`);
    }
    return out;
  });
}
