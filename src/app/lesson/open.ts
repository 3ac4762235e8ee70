/** Ways to a scenario from the first load: everything else of lessons comes with it. */
import type { OpenRequest } from '../../session/protocol.ts';

/** False when there is none of that name, or it cannot be loaded. */
export async function openNamed(name: string, link: { atMs?: number; request?: OpenRequest } = {}): Promise<boolean> {
  try {
    const { openScenario } = await import('./player.ts');
    return await openScenario(name, link);
  } catch {
    return false;
  }
}

/** `?scenario=NAME&t=42s` of the address; null when it names none. */
export function scenarioAsked(search: string): { name: string; atMs?: number } | null {
  const asked = new URLSearchParams(search);
  const name = asked.get('scenario');
  if (name === null || !/^[a-z0-9-]{1,60}$/.test(name)) return null;
  const t = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)?$/.exec(asked.get('t') ?? '');
  if (!t) return { name };
  const ms = Number(t[1]) * { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[(t[2] ?? 's') as 's'];
  return { name, atMs: Math.round(ms) };
}
