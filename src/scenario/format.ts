/** A scenario as its folder says it: `scenarios/NAME/scenario.yaml`, decoded. Plain data; `scenarios/README.md` explains each field to authors. */
import type { Command, Fault, WorldOptions } from '../core/index.ts';

export interface Scenario {
  name: string;
  title: string;
  summary: string;
  level: 'basic' | 'intermediate' | 'advanced';
  minutes: number;
  topics: string[];
  seed: number;
  options: Partial<WorldOptions>;
  /** File names, in the order in which they are applied at 0 s. */
  manifests: string[];
  /** How long the golden trace is. */
  untilMs: number;
  script: ScriptEntry[];
  steps: Step[];
  /** Every manifest that `manifests`, `script` and solutions name, by file name. */
  files: Record<string, string>;
}

/** One thing that is done at a time of the script. `id` of a fault: what `end` names. */
export type ScriptEntry = { atMs: number } & Deed;
export type Deed =
  | { apply: string }
  | { delete: string }
  | { kubectl: string }
  | { shell: string; on: string }
  | { inject: Fault; id: string }
  | { end: string }
  | { packet: Packet }
  | { proxyMode: 'iptables' | 'ipvs' | 'nftables' };

/** One connection attempt (TCP) or datagram (UDP), sent by a program of the machine or pod `from`. */
export interface Packet {
  from: string;
  to: string;
  port: number;
  protocol: 'TCP' | 'UDP';
}

export interface Step {
  title: string;
  /** Markdown. A link to `#pod/web-*` marks that thing on hover. */
  text: string;
  /** Parts of the map that stay clear of the veil: `pod/web-*`, `node/worker-1`, `worker-1/kubelet`, `netfilter`, `service/web` … */
  highlight: string[];
  /** The run rests here when this holds; without it the step begins where the last ended. */
  pause: Condition | null;
  /** How long in virtual time the pause is waited for before the step says that it still waits. */
  withinMs: number;
  /** How fast the run goes to the pause. */
  speed: number;
  prediction: Prediction | null;
  exercise: Exercise | null;
}

export interface Prediction {
  question: string;
  choices: { text: string; when: Condition }[];
  /** The run answers when this holds, or after `runMs`. */
  until: Condition | null;
  runMs: number;
  /** Markdown, shown with the verdict. */
  explain: string;
}

export interface Exercise {
  /** Markdown: what is asked. */
  task: string;
  done: Condition;
  /** How long after the solution `done` may take to hold, virtual. */
  withinMs: number;
  /** From a nudge to nearly the answer. */
  hints: string[];
  solution: Deed[];
  /** Markdown, shown once it is solved. */
  explain: string;
}

/** A question on the model that has the answer yes or no. Values are compared as text; `*` in names and in `matches` stands for any characters. */
export type Condition = { all: Condition[] } | { any: Condition[] } | { not: Condition } | Query;

export type Query = Source & Comparison;

interface Chosen {
  namespace?: string;
  labels?: string;
  pick?: 'newest' | 'oldest';
  path?: string;
}
export type Source =
  | { time: number }
  | ({ object: string } & Chosen)
  | ({ pod: string } & Chosen)
  | ({ service: string } & Chosen)
  | { node: string; path?: string }
  | { event: string; about?: string; namespace?: string; since?: Since }
  | { log: string; namespace?: string; container?: string; previous?: boolean }
  | { tool: string; on: string }
  | { walk: { from: string; to: string; port: number; protocol: 'TCP' | 'UDP' }; path?: string }
  | { connection: string; from?: string; outcome?: 'ok' | 'refused' | 'lost'; reached?: string; pick?: 'newest' | 'oldest'; since?: Since }
  | { message: string; from?: string; to?: string; since?: Since }
  | { command: string; since?: Since };

/** `run`: from 0 s. `step`: from when the step's pause was reached. */
export type Since = 'run' | 'step';

export interface Comparison {
  is?: string | number | boolean;
  isNot?: string | number | boolean;
  contains?: string;
  matches?: string;
  atLeast?: number | string;
  atMost?: number | string;
  /** How many values pass: a number, or `>= 2`, `< 3`. */
  count?: number | string;
}

/** A verdict and what it rests on. */
export interface Verdict {
  holds: boolean;
  /** The values looked at, in words: `web-6d4cf56db6-tz7mn: Running`. */
  evidence: string;
}

export type ScenarioCommand = { atMs: number; command: Command };
