/** What every visitor sees a moment later: manifest, messages, time bar. */
export const panels = () => import('./panels.ts');
