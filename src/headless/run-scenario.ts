/** A scenario as an argument of `sim`: its manifests together at 0 s, as the page applies them, then its script. */
import type { World } from '../core/index.ts';
import { commandOf, manifestOf } from '../scenario/commands.ts';
import type { Scenario } from '../scenario/format.ts';
import { manifestName } from '../session/commands.ts';
import { loadManifest } from '../session/yaml/manifest.ts';
import type { ReadFile } from './files.ts';
import type { Played } from './recording.ts';
import { readScenario, scenarioFolder } from './scenarios.ts';

/** The scenario among the arguments, if there is one, and the others; a sentence when it cannot be played. */
export function scenarioOf(words: readonly string[]): { scenario: Scenario | null; others: string[] } | string {
  const folders = words.map((word) => scenarioFolder(word));
  const found = folders.filter((folder) => folder !== undefined);
  if (found.length === 0) return { scenario: null, others: [...words] };
  if (found.length > 1) return 'one scenario is played at a time';
  const { scenario, problems } = readScenario(found[0] as string);
  if (!scenario) return problems.map(({ line, message }) => `${found[0]}/scenario.yaml:${line}: ${message}`).join('\n');
  return { scenario, others: words.filter((_, i) => folders[i] === undefined) };
}

export function scenarioFiles(scenario: Scenario): ReadFile[] {
  const text = manifestOf(scenario);
  return text.trim() === '' ? [] : [{ name: manifestName, text, manifest: loadManifest(manifestName, text) }];
}

export const scheduleScript = (world: World, scenario: Scenario): Played[] =>
  scenario.script.map((entry): Played => {
    const { atMs } = entry;
    const id = world.schedule(atMs, commandOf(entry, scenario.files));
    const at = atMs / 1000;
    if ('apply' in entry) return { step: { at, apply: scenario.files[entry.apply] ?? '' }, atMs, id };
    if ('kubectl' in entry) return { step: { at, kubectl: entry.kubectl }, atMs, id };
    if ('delete' in entry) return { step: { at, kubectl: `delete ${entry.delete}` }, atMs, id };
    if ('shell' in entry) return { step: { at, node: entry.shell }, atMs, id };
    if ('packet' in entry) return { step: { at, node: `packet ${entry.packet.from} ${entry.packet.to}:${entry.packet.port}` }, atMs, id };
    return {
      step: { at, fault: 'inject' in entry ? entry.inject.kind : 'end' in entry ? `end ${entry.end}` : `proxy-mode ${entry.proxyMode}` },
      atMs,
      id: null,
    };
  });
