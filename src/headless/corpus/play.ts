/** Plays a case: given, steps, and its facts, each looked at until it holds or its time is over. */

import { changeBefore } from './afterwards.ts';
import { checks } from './facts/checks.ts';
import { rememberContainer } from './facts/node.ts';
import { arrange, otherwiseGiven } from './givens.ts';
import { notModelled } from './not-modelled.ts';
import { type Case, type Fact, kindOf } from './outcomes.ts';
import { Stage } from './stage.ts';
import { begin, changes, namespaceOf, type Step } from './steps.ts';
import { windowOf } from './window.ts';

export interface FactReport {
  fact: Fact;
  kind: string;
  outcome: 'held' | 'failed' | 'not modelled';
  inferred: boolean;
  seen: string;
}
export interface CaseReport {
  name: string;
  facts: FactReport[];
  /** What of given and steps did not work. */
  trouble: string[];
}

const pollMs = 500;
const firstStepMs = 1000;

/** The case as written, its variants, and its other starting states. */
export function playCase(folder: string, one: Case): CaseReport[] {
  const out = [play(folder, one, one.file, one.given, one.expect, one.file)];
  for (const variant of one.variants) {
    const report = play(folder, one, variant, one.given, one.expect, variant);
    out.push(report);
  }
  for (const other of one.otherwise)
    out.push(play(folder, one, one.file, otherwiseGiven(one.given, other.given), other.expect, `${one.file} (${other.given})`, other.given));
  return out;
}

interface Pending {
  fact: Fact;
  report: FactReport;
  begun: boolean;
  done: boolean;
}

function play(folder: string, one: Case, file: string, given: string[], expect: Fact[], name: string, otherwise = ''): CaseReport {
  const stage = new Stage(folder, file);
  if (file !== one.file) stage.edited[one.file] = stage.manifest(file)?.text ?? '';
  const trouble: string[] = [];
  const steps = one.steps.map((text, i): Step => ({ number: i + 1, text, namespace: namespaceOf(text) }));
  trouble.push(
    ...arrange(
      stage,
      given.filter((line) => !/^(Pending as above|replicas raised)/.test(line)),
    ),
  );
  if (!/^namespace \S+ does not exist/.test(otherwise)) namespaces(stage, steps);
  const player = new Player(stage, steps, expect, given, trouble, otherwise);
  player.run();
  return { name, facts: player.pending.map((p) => p.report), trouble };
}

/** The steps' namespaces are there, unless the case says otherwise. */
function namespaces(stage: Stage, steps: Step[]): void {
  for (const { namespace } of steps) if (!stage.get('namespaces', '', namespace)) stage.runKubectl(`create namespace ${namespace}`);
}

class Player {
  readonly stage: Stage;
  readonly steps: Step[];
  readonly pending: Pending[];
  readonly trouble: string[];
  readonly otherwise: string;
  private open: (() => ReturnType<ReturnType<typeof begin>>)[] = [];

  constructor(stage: Stage, steps: Step[], expect: Fact[], given: string[], trouble: string[], otherwise: string) {
    this.stage = stage;
    this.steps = steps;
    this.trouble = trouble;
    this.otherwise = otherwise;
    this.pending = expect.map((fact) => {
      const why = notModelled(fact, given);
      const report: FactReport = {
        fact,
        kind: kindOf(fact),
        outcome: why ? 'not modelled' : 'failed',
        inferred: fact.inferred === true,
        seen: why ?? 'never looked at',
      };
      return { fact, report, begun: false, done: why !== undefined };
    });
  }

  run(): void {
    const { stage } = this;
    stage.advance(stage.nowMs + firstStepMs);
    for (const step of this.steps) {
      if (step.number > 1 && changes(step.text)) this.settle(step.number);
      else if (step.number > 1) stage.advance(stage.nowMs + 200);
      if (/^stop the container/.test(step.text)) rememberContainer(stage);
      if (/^kubectl exec /.test(step.text)) this.untilContainersRun(step.namespace);
      stage.stepStartMs[step.number] = stage.nowMs;
      const done = begin(stage, step);
      this.open.push(() => {
        const output = done();
        if (output) stage.stepOutput[step.number] ??= output;
        return output;
      });
      this.waitForStep(step);
      if (step.number === 1 && this.otherwise !== '') changeBefore(stage, this.otherwise, step.namespace);
    }
    this.settle(this.steps.length + 1);
    for (const p of this.pending.filter((p) => !p.done && p.fact.after !== undefined)) {
      const error = changeBefore(stage, String(p.fact.after), this.namespaceOf(p.fact), p.fact);
      if (error) this.trouble.push(error);
      const fromMs = stage.nowMs;
      while (!p.done && stage.nowMs < fromMs + 60_000) {
        this.look(p, fromMs);
        stage.advance(stage.nowMs + pollMs);
      }
      p.done = true;
    }
  }

  /** Nobody opens a shell before there is a container. */
  private untilContainersRun(namespace: string): void {
    const { stage } = this;
    const until = stage.nowMs + 30_000;
    const phases = (): string[] => stage.list('pods', namespace).map((p) => (p.status as { phase?: string }).phase ?? '');
    while (stage.nowMs < until && phases().includes('Pending')) stage.advance(stage.nowMs + pollMs);
  }

  /** Commands that read are over at once; others go on while the facts are looked at. */
  private waitForStep(step: Step): void {
    const { stage } = this;
    const until = stage.nowMs + (changes(step.text) ? 0 : 5000);
    stage.advance(stage.nowMs + 5);
    while (this.listen() && stage.nowMs < until) stage.advance(stage.nowMs + 50);
  }
  private listen(): boolean {
    this.open = this.open.filter((done) => done() === undefined);
    return this.open.length > 0;
  }

  /** Plays until every fact that must hold before the next step does, or its time is over; and every step has ended. */
  private settle(next: number): void {
    const { stage } = this;
    const fromMs = stage.nowMs;
    for (let i = 0; i < 3000; i += 1) {
      const busy = this.listen();
      let left = 0;
      for (const p of this.pending) {
        if (p.done || p.fact.after !== undefined) continue;
        const after = this.stepOf(p.fact) ?? 1;
        if (after >= next) continue;
        const before = p.fact.before_step as number | undefined;
        const clock = this.clockOf(p.fact, after);
        const window = windowOf(p.fact.t);
        if (stage.nowMs < clock + window.loMs) {
          left += 1;
          continue;
        }
        this.look(p, clock);
        // A fact without a place among the steps may come true later: it holds nothing up for long.
        const own = p.fact.after_step !== undefined || before !== undefined || p.fact.t !== undefined || p.fact.at !== undefined;
        const over = stage.nowMs >= (own ? clock : fromMs) + window.hiMs;
        if (over && (own || next > this.steps.length)) p.done = true;
        if (!p.done && !over) left += 1;
      }
      if (left === 0 && (!busy || stage.nowMs > fromMs + 150_000)) return;
      stage.advance(stage.nowMs + pollMs);
    }
  }

  private stepOf(fact: Fact): number | undefined {
    if (typeof fact.after_step === 'number') return fact.after_step;
    if (typeof fact.stdout_of_step === 'number') return fact.stdout_of_step;
    return (fact.rejected as { step?: number } | undefined)?.step;
  }
  /** When the clock of the fact began. */
  private clockOf(fact: Fact, after: number): number {
    const first = this.stage.stepStartMs[1] ?? 0;
    const at = /^next full minute \+ (\d+)s$/.exec(String(fact.at ?? ''));
    if (at) return Math.ceil(first / 60_000) * 60_000 + Number(at[1]) * 1000;
    return fact.after_step === undefined ? first : (this.stage.stepStartMs[after] ?? first);
  }
  private namespaceOf(fact: Fact): string {
    if (typeof fact.namespace === 'string') return fact.namespace;
    // "in the namespace" is that of the steps.
    return this.otherwise !== '' || / in the namespace$/.test(String(fact.after)) ? (this.steps[0]?.namespace ?? 'default') : 'default';
  }

  private look(p: Pending, sinceMs: number): void {
    const { stage } = this;
    const { throughout, hiMs } = windowOf(p.fact.t);
    if (throughout && p.begun && stage.nowMs < sinceMs + hiMs - pollMs) return;
    try {
      const check = checks[p.report.kind];
      if (!check) throw new Error(`not understood: fact ${p.report.kind}`);
      const { held, seen } = check({ stage, fact: p.fact, namespace: this.namespaceOf(p.fact), sinceMs, untilMs: stage.nowMs });
      p.report.seen = `${seen} (${stage.nowMs / 1000} s)`;
      p.report.outcome = held ? 'held' : 'failed';
      const lasting =
        p.report.kind === 'invariant' ||
        (p.report.kind === 'events' && p.fact.reasons === undefined && p.fact.message_sequence === undefined && p.fact.t === undefined);
      if (throughout) p.done = !held || p.begun;
      else if (held && !lasting) p.done = true;
      p.begun = true;
    } catch (error) {
      p.report.seen =
        (error as Error).stack
          ?.split('\n')
          .slice(0, /not understood/.test(String(error)) ? 1 : 3)
          .join(' ') ?? '';
      p.done = true;
    }
  }
}
