/** Made by `tools/scenarios-plugin.ts`. */
declare module 'virtual:scenarios' {
  import type { Entry, PageScenario } from '../../scenario/page.ts';
  export const entries: Entry[];
  /** By name. */
  export const load: Record<string, () => Promise<{ default: PageScenario }>>;
}
