/** What every visitor sees a moment later: manifest, messages, time bar, dots. */
export const panels = () => import('./panels.ts');
