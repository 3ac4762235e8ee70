/** What a check of a fact needs and says. */
import type { Fact } from '../outcomes.ts';
import type { Stage } from '../stage.ts';

export interface Scope {
  stage: Stage;
  fact: Fact;
  namespace: string;
  /** When the fact's clock began: step 1, or the step it comes after. */
  sinceMs: number;
  /** Before this what happened does not count; the end of the window a fact looks back over. */
  untilMs: number;
}

/** `seen`: what was found instead, or what was found. */
export interface Verdict {
  held: boolean;
  seen: string;
}
export type Check = (scope: Scope) => Verdict;

export const held = (seen = ''): Verdict => ({ held: true, seen });
export const failed = (seen: string): Verdict => ({ held: false, seen });
export const when = (ok: boolean, seen: string): Verdict => ({ held: ok, seen });

export const list = (value: unknown): string[] => (value === undefined ? [] : Array.isArray(value) ? value.map(String) : [String(value)]);
export const brief = (value: unknown, length = 300): string => {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined');
  return text.length > length ? `${text.slice(0, length)}…` : text;
};
