/** Scenarios from the file system. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DecodedScenario, decodeScenario, namePattern } from '../scenario/decode.ts';

export const scenariosFolder = fileURLToPath(new URL('../../scenarios', import.meta.url));
export const scenarioFile = 'scenario.yaml';
export const traceFile = 'trace.txt';

export const scenarioNames = (folder = scenariosFolder): string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => existsSync(join(folder, name, scenarioFile)))
        .sort()
    : [];

/** The folder that `word` means: a folder with a scenario.yaml, or, where no file is called so, the name of one of ours. */
export function scenarioFolder(word: string): string | undefined {
  if (existsSync(join(word, scenarioFile))) return word;
  return namePattern.test(word) && !existsSync(word) && existsSync(join(scenariosFolder, word, scenarioFile)) ? join(scenariosFolder, word) : undefined;
}

export function readScenario(folder: string): DecodedScenario {
  const files: Record<string, string> = {};
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (name !== scenarioFile && /\.(yaml|yml|json)$/.test(name) && statSync(path).size < 3_000_000) files[name] = readFileSync(path, 'utf8');
  }
  return decodeScenario(basename(resolve(folder)), readFileSync(join(folder, scenarioFile), 'utf8'), files);
}
