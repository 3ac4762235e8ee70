/**
 * Beside the built page: for every scenario a page at its own address (title, description, preview picture) and its poster.
 * Usage: node --import tsx tools/publish/pages.ts OUT [BASE]   BASE: where the site will be, for the absolute addresses that previews need
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readScenario, scenarioFolder, scenarioNames } from '../../src/headless/scenarios.ts';
import { stage } from '../../src/scenario/play.ts';
import type { Lanes } from './lanes.ts';
import { scenarioPage } from './page.ts';
import { previewPng } from './picture.ts';
import { posterSvg } from './poster.ts';

const [out = 'dist', base = ''] = process.argv.slice(2);
const index = readFileSync(join(out, 'index.html'), 'utf8');
mkdirSync(join(out, 'previews'), { recursive: true });
writeFileSync(join(out, 'previews/figure.svg'), posterSvg('', null));

for (const name of scenarioNames()) {
  const { scenario, problems } = readScenario(scenarioFolder(name) as string);
  if (!scenario) throw new Error(`${name}: ${problems.map((p) => p.message).join('; ')}`);
  const played = stage(scenario);
  played.world.advance(scenario.untilMs);
  const lanes: Lanes = {
    untilMs: scenario.untilMs,
    lanes: [...played.view.lanes.lanes.values()].filter((lane) => lane.id.startsWith('lane/pod/')).sort((a, b) => (a.order < b.order ? -1 : 1)),
  };
  writeFileSync(join(out, `previews/${name}.svg`), posterSvg(scenario.title, lanes));
  writeFileSync(join(out, `previews/${name}.png`), previewPng(lanes));
  mkdirSync(join(out, 'scenarios', name), { recursive: true });
  writeFileSync(join(out, 'scenarios', name, 'index.html'), scenarioPage(index, scenario, base));
}
