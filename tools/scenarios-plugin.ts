/** Vite: `virtual:scenarios` is the gallery's list and a way to load each scenario, read and decoded when the page is built. */
import { join } from 'node:path';
import type { Plugin } from 'vite';
import { readScenario, scenarioNames, scenariosFolder } from '../src/headless/scenarios.ts';
import type { Scenario } from '../src/scenario/format.ts';
import { entryOf, pageScenario } from '../src/scenario/page.ts';

const list = 'virtual:scenarios';
const one = 'virtual:scenario/';

export function scenarios(): Plugin {
  const read = (name: string): Scenario => {
    const { scenario, problems } = readScenario(join(scenariosFolder, name));
    if (!scenario) throw new Error(`scenarios/${name}: ${problems.map(({ line, message }) => `line ${line}: ${message}`).join('; ')}`);
    return scenario;
  };
  return {
    name: 'scenarios',
    resolveId: (id) => (id === list || id.startsWith(one) ? `\0${id}` : undefined),
    load(id) {
      if (id === `\0${list}`) {
        const names = scenarioNames();
        for (const name of names) this.addWatchFile(join(scenariosFolder, name, 'scenario.yaml'));
        const loads = names.map((name) => `${JSON.stringify(name)}: () => import(${JSON.stringify(one + name)})`);
        return `export const entries = ${JSON.stringify(names.map((name) => entryOf(read(name))))};\nexport const load = {${loads.join(',\n')}};\n`;
      }
      if (id.startsWith(`\0${one}`)) return `export default ${JSON.stringify(pageScenario(read(id.slice(one.length + 1))))};\n`;
      return undefined;
    },
  };
}
