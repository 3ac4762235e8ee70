/** What a running shell is: plain JSON, so that it can be saved and rewound at any instant. */
import type { Node } from './ast.ts';

/** Whose words and rules: busybox ash, Debian's dash, or bash. */
export type Dialect = 'ash' | 'dash' | 'bash';

export interface Variable {
  v: string;
  /** Array of bash; `v` is then its first element. */
  a?: (string | null)[];
  exported?: true;
  readonly?: true;
}

/** What the machine is in the middle of. Which fields are used depends on `k`. */
export interface Frame {
  k: Node['k'] | 'subst' | 'child' | 'restore' | 'call' | 'trap' | 'wait' | 'read' | 'source' | 'stdin' | 'pause';
  n?: Node;
  /** Position in the node. */
  i: number;
  /** Results of command substitutions so far, in order of evaluation. */
  subs: string[];
  /** The fields of `for`; what `read` reads into; the targets of `wait`. */
  words?: string[];
  status?: number;
  /** Its part that runs is a condition: `set -e` does not apply. */
  cond?: true;
  /** Descriptors to put back, and where they are kept. */
  saved?: [fd: number, hidden: number | null][];
  /** Positional parameters to put back. */
  args?: string[];
  /** Variables to put back; null: it was not set. */
  vars?: Record<string, Variable | null>;
  pids?: number[];
  text?: string;
  fd?: number;
  raw?: true;
}

export interface ShellState {
  dialect: Dialect;
  /** `$0`, and what errors begin with. */
  name: string;
  frames: Frame[];
  /** `$name` → value: the prefix keeps the record's keys from looking like integers or like properties of objects. */
  vars: Record<string, Variable>;
  funcs: Record<string, Node>;
  args: string[];
  status: number;
  opts: { e?: true; u?: true; x?: true; f?: true; n?: true; pipefail?: true };
  /** `$TERM` → command. */
  traps: Record<string, string>;
  pending: string[];
  lastBackground: number;
  /** `p12` → exit code, null while it runs. */
  kids: Record<string, number | null>;
  /** `$$`, also in subshells. */
  shellPid: number;
  subshell: boolean;
  /** The body itself replaces the process when it is one command. */
  execLast: boolean;
  exiting?: true;
  /** Steps at `stepsMs`, and how many slices of computing went before without a pause. */
  steps: number;
  stepsMs: number;
  slices: number;
  dying?: Record<string, string>;
  getopts?: { i: number; at: number };
  script: boolean;
  depth: number;
  interactive?: true;
}

/** A word of the shell that ends the command, and (unless `soft`) the shell. */
export class ShellError extends Error {
  readonly code: number;
  readonly soft: boolean;
  constructor(message: string, code: number, soft = false) {
    super(message);
    this.code = code;
    this.soft = soft;
  }
}

/** Expansion met a command substitution whose output is not known yet. */
export class NeedsSubstitution extends Error {
  readonly body: Node;
  constructor(body: Node) {
    super('');
    this.body = body;
  }
}
