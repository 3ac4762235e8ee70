/** From the text of a `scenario.yaml` and the files beside it to a Scenario, or to sentences that say what is wrong and where. */
import schema from '../../scenarios/scenario.schema.json' with { type: 'json' };
import { loadYaml } from '../session/yaml/load.ts';
import type { Condition, Deed, Exercise, Packet, Prediction, Scenario, ScriptEntry, Step } from './format.ts';
import { checkSchema, type Schema } from './schema-check.ts';

export interface ScenarioProblem {
  /** From 1; 0 when it is about no line. */
  line: number;
  message: string;
}
export type DecodedScenario = { scenario: Scenario; problems?: undefined } | { problems: ScenarioProblem[]; scenario?: undefined };

export const namePattern = /^[a-z0-9]+(-[a-z0-9]+)*$/;
export const maxSolutionMs = 3_600_000;

/** `files`: the texts beside it, by name. Nothing is thrown. */
export function decodeScenario(name: string, text: string, files: Readonly<Record<string, string>>): DecodedScenario {
  const problems: ScenarioProblem[] = [];
  if (!namePattern.test(name) || name.length > 60)
    problems.push({ line: 0, message: `the folder's name ${JSON.stringify(name.slice(0, 80))} must be lower case words joined by hyphens` });
  const { documents, problems: yaml } = loadYaml(text);
  if (yaml.length > 0) return { problems: [...problems, ...yaml.map(({ line, message }) => ({ line, message }))] };
  const document = documents[0];
  if (!document || documents.length > 1) return { problems: [...problems, { line: 0, message: 'scenario.yaml holds one document' }] };
  for (const { path, message } of checkSchema(document.object, schema as unknown as Schema))
    problems.push({ line: document.placeOf(path).line, message: `${path || 'scenario.yaml'} ${message}` });
  if (problems.length > 0) return { problems };
  const raw = document.object as Raw;
  const scenario = build(name, raw, files);
  for (const file of filesOf(scenario)) if (!Object.hasOwn(files, file)) problems.push({ line: 0, message: `${file} is named, but is not in the folder` });
  for (const [i, entry] of scenario.script.entries())
    if (i > 0 && entry.atMs < (scenario.script[i - 1] as ScriptEntry).atMs)
      problems.push({ line: document.placeOf(`script[${i}].at`).line, message: `script[${i}].at comes before the entry ahead of it` });
  const begun = new Set<string>();
  for (const [i, entry] of scenario.script.entries()) {
    if ('inject' in entry) begun.add(entry.id);
    if ('end' in entry && !begun.has(entry.end))
      problems.push({ line: document.placeOf(`script[${i}].end`).line, message: `script[${i}].end: no fault ${entry.end} begins before it` });
  }
  return problems.length > 0 ? { problems } : { scenario };
}

// biome-ignore lint/suspicious/noExplicitAny: the schema has said what it is.
type Raw = any;

function build(name: string, raw: Raw, files: Readonly<Record<string, string>>): Scenario {
  const { proxyMode, workers, dns, images, namespaces, startTime, dualStack } = raw.cluster ?? {};
  const options = Object.fromEntries(
    Object.entries({ proxyMode, workers, dns, images, namespaces, startTime, dualStack }).filter(([, value]) => value !== undefined),
  );
  const scenario: Scenario = {
    name,
    title: raw.title,
    summary: raw.summary,
    level: raw.level,
    minutes: raw.minutes,
    topics: raw.topics ?? [],
    seed: raw.seed ?? 1,
    options,
    manifests: raw.manifests ?? [],
    untilMs: duration(raw.until ?? '60s'),
    script: (raw.script ?? []).map((entry: Raw, i: number): ScriptEntry => ({ atMs: duration(entry.at), ...deed(entry, `fault-${i + 1}`) })),
    steps: (raw.steps ?? []).map(step),
    files: {},
  };
  for (const file of filesOf(scenario)) if (Object.hasOwn(files, file)) scenario.files[file] = files[file] as string;
  return scenario;
}

const step = (raw: Raw): Step => ({
  title: raw.title,
  text: raw.text,
  highlight: raw.highlight ?? [],
  pause: raw.pause ? condition(raw.pause) : null,
  withinMs: duration(raw.within ?? '10m'),
  speed: raw.speed ?? 10,
  prediction: raw.prediction ? prediction(raw.prediction) : null,
  exercise: raw.exercise ? exercise(raw.exercise) : null,
});

const prediction = (raw: Raw): Prediction => ({
  question: raw.question,
  choices: raw.choices.map((choice: Raw) => ({ text: choice.text, when: condition(choice.when) })),
  until: raw.until ? condition(raw.until) : null,
  runMs: duration(raw.run ?? '10s'),
  explain: raw.explain ?? '',
});

const exercise = (raw: Raw): Exercise => ({
  task: raw.task,
  done: condition(raw.done),
  withinMs: duration(raw.within ?? '120s'),
  hints: raw.hints ?? [],
  solution: raw.solution.map((entry: Raw, i: number) => deed(entry, `own-${i + 1}`)),
  explain: raw.explain ?? '',
});

function condition(raw: Raw): Condition {
  if (raw.all) return { all: raw.all.map(condition) };
  if (raw.any) return { any: raw.any.map(condition) };
  if (raw.not) return { not: condition(raw.not) };
  if (raw.time !== undefined) return { time: duration(raw.time) };
  if (raw.walk) return { ...raw, walk: { protocol: 'TCP', ...raw.walk } };
  return raw;
}

/** `id`: of a fault that names none. */
function deed({ at: _, ...raw }: Raw, id: string): Deed {
  if (raw.inject) return { inject: raw.inject, id: raw.id ?? id };
  if (raw.packet) return { packet: { protocol: 'TCP', ...(raw.packet as Omit<Packet, 'protocol'>) } };
  return raw;
}

/** Files that a scenario names. */
export function filesOf(scenario: Scenario): string[] {
  const deeds: Deed[] = [...scenario.script, ...scenario.steps.flatMap((s) => s.exercise?.solution ?? [])];
  const named = deeds.flatMap((d) => ('apply' in d ? [d.apply] : 'delete' in d && isFile(d.delete) ? [d.delete] : []));
  return [...new Set([...scenario.manifests, ...named])];
}

export const isFile = (words: string): boolean => /^\S+\.(yaml|yml|json)$/.test(words);

/** Go's duration, as the schema has let it through, in milliseconds. */
function duration(text: string): number {
  let ms = 0;
  for (const m of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) ms += Number(m[1]) * { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[m[2] as 'ms' | 's' | 'm' | 'h'];
  return Math.round(ms);
}
