/** Cases as they are written in `outcomes.yaml`: a manifest of the documentation, what its page does with it, what must be seen. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

/** One fact: named by its first key; the other keys say where and when. */
export type Fact = Record<string, unknown>;

export interface Otherwise {
  given: string;
  expect: Fact[];
}
export interface Case {
  file: string;
  variants: string[];
  topic: string;
  given: string[];
  steps: string[];
  expect: Fact[];
  otherwise: Otherwise[];
}

/** Beside the repository, never in it. */
export const corpusFolder = fileURLToPath(new URL('../../../../shared/corpus/website', import.meta.url));

/** Undefined when the folder is not there. */
export function readOutcomes(folder = corpusFolder): Case[] | undefined {
  const path = join(folder, 'outcomes.yaml');
  if (!existsSync(path)) return undefined;
  const { cases } = parse(readFileSync(path, 'utf8')) as { cases: Partial<Case>[] };
  return cases.map((c) => ({
    file: c.file ?? '',
    variants: c.variants ?? [],
    topic: c.topic ?? '',
    given: c.given ?? [],
    steps: c.steps ?? [],
    expect: c.expect ?? [],
    otherwise: c.otherwise ?? [],
  }));
}

/** The key that says what is observed. */
export const kindOf = (fact: Fact): string => {
  const first = Object.keys(fact)[0] ?? '';
  // `after` comes before what is observed.
  return first === 'after' ? (Object.keys(fact)[1] ?? '') : first;
};
