/** Words of Runs and Compare. */
import type { FieldChange } from '../../session/changes.ts';
import { number } from './en.ts';

const plural = (n: number, one: string, many: string): string => `${number(n)} ${n === 1 ? one : many}`;
const change = { added: 'added', removed: 'removed', changed: 'changed' } as const;

export const compareWords = {
  runs: 'Runs',
  run: (id: number) => `Run ${id}`,
  crumb: (a: number, b: number) => `${a} and ${b}`,
  from: (parent: number, time: string) => `from ${parent}, at ${time}`,
  begun: 'as opened',
  mode: (mode: string) => mode,
  seed: (seed: number) => `seed ${seed}`,
  field: (field: string, kind: FieldChange['kind'], after: string) => (kind === 'changed' && after !== '' ? `${field}: ${after}` : `${field} ${change[kind]}`),
  more: (n: number) => `and ${number(n)} more`,
  note: 'A change in the past makes a run. Two runs chosen here are compared; the rest is kept as long as the page.',
  compare: 'Compare',
  choose: (name: string) => `Compare ${name}`,
  play: 'Play',
  playRun: (name: string) => `Play ${name}`,
  playing: 'now',
  again: 'The same again',
  withMode: (mode: string) => `in ${mode}`,
  withSeed: (seed: number) => `with seed ${seed}`,
  title: 'Compare',
  commands: (seed: number, n: number, differs: number) =>
    `seed ${seed}, ${plural(n, 'command', 'commands')}${differs > 0 ? `, ${number(differs)} ${differs === 1 ? 'differs' : 'differ'}` : ''}`,
  forkedAt: (time: string) => `forked at ${time}`,
  first: 'First difference',
  next: 'Next difference',
  nextKeys: 'N',
  of: (n: number, all: number) => `${number(n)} of ${number(all)}`,
  same: (n: number) => `${plural(n, 'message is', 'messages are')} the same, up to here`,
  fold: (n: number) => `${plural(n, 'message is', 'messages are')} the same`,
  later: (ms: number) => `${number(Math.abs(ms))} ms ${ms > 0 ? 'later' : 'earlier'}`,
  upTo: (ms: number) => `up to ${number(Math.abs(ms))} ms ${ms > 0 ? 'later' : 'earlier'}`,
  equal: 'No message differs.',
  asking: 'Playing both runs',
  failed: (error: string) => `The runs could not be compared: ${error}`,
  capped: (time: string) => `More than 40 000 messages: compared up to ${time}.`,
  rowsLeft: (n: number) => `${plural(n, 'row', 'rows')} more, not listed`,
  list: 'Messages of both runs',
  counts: { answered: 'answered', refused: 'refused', exits: 'exits', toReady: 'start to ready' },
  span: (from: string, to: string) => `${from} to ${to}`,
  cause: 'Cause',
  causes: {
    seed: (a: number, b: number) => `Another seed draws other chances: ${a} and ${b}. Nothing else was given differently.`,
    mode: (a: string, b: string) => `kube-proxy writes other rules: ${a} and ${b}.`,
    fields: (run: number, fields: string) => `In run ${run}: ${fields}.`,
    command: (run: number, text: string, time: string) => `Run ${run} was given another command at ${time}: ${text}.`,
    none: 'Seed, options and commands are the same: so is all that happened.',
  },
  /** What a field does, where one sentence says it. */
  effects: [
    [/readinessProbe$/, 'removed', 'Without a readinessProbe a container is ready as soon as it has started.'],
    [/readinessProbe$/, 'added', 'With a readinessProbe a container is ready only once the probe has passed.'],
    [/livenessProbe$/, 'removed', 'Without a livenessProbe the kubelet restarts a container only when it exits.'],
    [/livenessProbe$/, 'added', 'With a livenessProbe the kubelet kills a container whose probe fails.'],
    [/startupProbe$/, 'removed', 'Without a startupProbe the other probes begin at once.'],
    [/startupProbe$/, 'added', 'With a startupProbe the other probes wait until it has passed.'],
    [/(spec|^)\.?replicas$/, 'changed', 'Another number of replicas makes or deletes pods.'],
    [/resources(\.limits(\.memory)?)?$/, 'changed', 'Another memory limit decides when the kernel kills the process.'],
    [/image$/, 'changed', 'Another image makes a new pod, and may have to be pulled.'],
    [/terminationGracePeriodSeconds$/, 'changed', 'SIGKILL follows SIGTERM after another time.'],
  ] as readonly (readonly [RegExp, FieldChange['kind'], string])[],
  close: 'Close',
} as const;
