/** Applies manifests at 0 s, plays virtual time, runs the commands of --at, prints what they print. */
import { readFileSync } from 'node:fs';
import { AssertionError, type Command, World, type WorldOptions } from '../core/index.ts';
import type { RunArgs } from './args.ts';
import { readManifests } from './files.ts';
import { notices } from './notices.ts';
import { asRecording, kubectlCommand, type Played, type Recording, recordingOf, scheduleSteps, watchAll, watchesNodes } from './recording.ts';
import { scenarioFiles, scenarioOf, scheduleScript } from './run-scenario.ts';
import { traceLine } from './trace-line.ts';

const defaultUntilMs = 60_000;
const namespace = 'default';

export function runSim(args: RunArgs): number {
  const script = args.script === null ? null : readScript(args.script);
  if (typeof script === 'string') return complain(script, 2);
  const told = scenarioOf(args.files);
  if (typeof told === 'string') return complain(told, 1);
  const { scenario, others } = told;
  const untilMs = args.untilMs ?? script?.untilMs ?? Math.max(scenario?.untilMs ?? defaultUntilMs, ...args.at.map((a) => a.atMs));
  const home = script?.name ?? namespace;
  const options: Partial<WorldOptions> = {
    ...(scenario ? { ...scenario.options, seed: scenario.seed } : {}),
    ...(args.proxyMode === null ? {} : { proxyMode: args.proxyMode }),
    ...(args.seed === null ? {} : { seed: args.seed }),
    ...(args.workers === null ? {} : { workers: args.workers }),
    ...(args.dualStack ? { dualStack: true } : {}),
    ...(script ? { cluster: 'recorded', namespaces: [script.name] } : {}),
  };
  const world = new World(options, { rewinds: false });
  const files = [...(scenario ? scenarioFiles(scenario) : []), ...others.flatMap(readManifests)];
  for (const file of files) for (const notice of notices(file)) process.stderr.write(`${notice}\n`);
  const applied = files.map((file) =>
    world.schedule(0, { type: 'kubectl', argv: ['apply', '-f', file.name], namespace: home, files: { [file.name]: file.manifest } }),
  );
  const played: Played[] = script ? scheduleSteps(world, script) : [];
  if (scenario) played.push(...scheduleScript(world, scenario));
  const asked: { label: string; command: string; atMs: number; id: string }[] = [];
  for (const at of args.at) {
    const command = atCommand(at.command, home);
    if (typeof command === 'string') return complain(command, 2);
    if (at.atMs > untilMs) return complain(`--at ${at.label} lies after --until`, 2);
    asked.push({ ...at, id: world.schedule(at.atMs, command) });
  }
  const watch = watchAll(world, home, watchesNodes(script));
  if (args.trace) world.observe((entry) => process.stdout.write(traceLine(entry)));
  try {
    world.advance(untilMs);
  } catch (error) {
    if (!(error instanceof AssertionError)) throw error;
    return complain(`assertion of the model failed at ${world.nowMs} ms (seed ${world.options.seed}): ${error.message}`, 1);
  }
  const refused = applied.filter((id) => world.results[id]?.rc !== 0);
  for (const id of applied) process.stderr.write(world.results[id]?.err ?? '');
  if (args.json) {
    const atSteps = asked.map((a): Played => ({ step: stepOf(a), atMs: a.atMs, id: a.id }));
    const steps: Played[] = [
      ...files.map((file, i): Played => ({ step: { at: 0, apply: file.text }, atMs: 0, id: applied[i] as string })),
      ...played,
      ...atSteps,
    ];
    process.stdout.write(`${JSON.stringify(recordingOf(world, script ?? { name: home, title: args.files.join(' '), untilMs }, steps, watch), null, 1)}\n`);
  } else
    for (const { label, command, id } of asked) {
      const result = world.results[id] ?? null;
      const shown = result ?? world.outputSoFar(id);
      process.stdout.write(`# ${label} ${command}\n${shown.out}`);
      if (shown.err) process.stdout.write(shown.err);
      if (!result) process.stdout.write('(not ended when the run did)\n');
    }
  return refused.length > 0 ? 1 : 0;
}

const stepOf = (asked: { atMs: number; command: string }): Played['step'] => {
  const at = asked.atMs / 1000;
  if (asked.command.startsWith('kubectl ')) return { at, kubectl: asked.command.slice('kubectl '.length) };
  return { at, node: asked.command.replace(/^node \S+: */, '') };
};

/** `kubectl …`, or `node NAME: …`; a sentence when it is neither. */
function atCommand(text: string, home: string): Command | string {
  if (/^kubectl(\s|$)/.test(text) && !/[|><;&]/.test(text)) return kubectlCommand(text.slice('kubectl'.length), home);
  const node = /^(?:node )?([a-z0-9.-]+):\s*([\s\S]*)$/.exec(text);
  if (node) return { type: 'shell', host: node[1] as string, command: node[2] as string };
  if (/^kubectl(\s|$)/.test(text)) return { type: 'shell', host: 'control-plane', command: text };
  return `--at takes 'kubectl …' or 'node NAME: …', not ${JSON.stringify(text)}`;
}

function readScript(path: string): Recording | string {
  try {
    return asRecording(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    return `--script ${path}: ${(error as Error).message}`;
  }
}

function complain(message: string, code: number): number {
  process.stderr.write(`sim: ${message}\n`);
  return code;
}
