/** Running `kubectl`: a message to address `kubectl`; the end is told by a note, as some commands take (virtual) time. */
import type { Body } from '../engine/types.ts';

export const kubectl = 'kubectl';

/** A file that a command names, parsed outside core. `error`: kubectl's words when it could not be read or parsed. */
export interface ManifestFile {
  documents: { object: unknown; line: number }[];
  error?: string;
  /** What was read, where nobody parsed it (a pipe, a file of a host): kubectl reads it itself then, a smaller part of YAML. */
  text?: string;
}

export interface KubectlRun extends Body {
  readonly type: 'KubectlRun';
  readonly id: string;
  /** Words after `kubectl`. */
  readonly argv: string[];
  readonly stdin?: string;
  /** By the name that stands after -f; `-` is standard input. */
  readonly files: Record<string, ManifestFile>;
  /** The namespace of the context, used when no -n is given. */
  readonly namespace: string;
}

export interface KubectlDone extends Body {
  readonly type: 'KubectlDone';
  readonly id: string;
  readonly rc: number;
  readonly out: string;
  readonly err: string;
}

/** To the owner of a command that goes on: what it has printed since the last time. */
export interface KubectlOutput extends Body {
  readonly type: 'KubectlOutput';
  readonly id: string;
  readonly out: string;
  readonly err: string;
}

/** A call: what a command that has not ended has printed so far. */
export interface KubectlSoFar extends Body {
  readonly type: 'KubectlSoFar';
  readonly owner: string;
  readonly id: string;
}
export interface KubectlSoFarAnswer {
  out: string;
  err: string;
}

/** The person pressed Ctrl-C: what has been printed comes back as KubectlDone with rc 130. Ended commands are ignored. */
export interface KubectlStop extends Body {
  readonly type: 'KubectlStop';
  readonly id: string;
}
