/** How kubectl says that something failed. Models k8s.io/kubectl/pkg/cmd/util/helpers.go CheckErr, v1.36.2. */
import type { Status } from '../api/types.ts';

/** Ends a command: `text` goes to stderr as it stands. Never leaves the room. */
export class CommandError {
  readonly text: string;
  readonly rc: number;
  constructor(text: string, rc = 1) {
    this.text = text === '' || text.endsWith('\n') ? text : `${text}\n`;
    this.rc = rc;
  }
}

/** An error of one object: a Status of the server, or kubectl's own words. */
export type Failure = { status: Status; text?: undefined } | { text: string; status?: undefined };

export const failureOf = (status: Status | undefined): Failure =>
  status ? { status } : { text: 'the server has asked for the client to provide credentials' };

/** `error: …` on one line. */
export const plainError = (text: string, rc = 1): CommandError => new CommandError(text.startsWith('error: ') ? text : `error: ${text}`, rc);

/** UsageErrorf: the words, and where help is. */
export const usageError = (command: string, text: string): CommandError =>
  new CommandError(`error: ${text}\nSee 'kubectl ${command} -h' for help and examples`);

/** StandardErrorMessage, or null when the words are kubectl's own. */
function standard(failure: Failure): string | null {
  if (!failure.status) return null;
  const { reason, message } = failure.status;
  return reason ? `Error from server (${reason}): ${message}` : `Error from server: ${message}`;
}

export const messageFor = (failure: Failure): string => standard(failure) ?? (failure.text as string);

/** What stderr shows for a single error that ends a command. */
export function checkErr(failure: Failure): CommandError {
  if (!failure.status) return plainError(failure.text);
  return new CommandError(failure.status.reason === 'Invalid' ? invalidText(failure.status) : messageFor(failure));
}

function invalidText(status: Status): string {
  const details = status.details;
  if (!details) return `The request is invalid${status.message ? `: ${status.message}` : ''}`;
  const causes = details.causes ?? [];
  let text = 'The request is invalid';
  if (details.kind || details.name) text = `The ${kindText(details.kind ?? '')} "${details.name ?? ''}" is invalid`;
  else if (status.message && causes.length === 0) text += `: ${status.message}`;
  const messages = [...new Set(causes.map((c) => `${c.field ?? ''}: ${c.message ?? ''}`))];
  if (messages.length === 0) return text;
  return messages.length === 1 ? `${text}: ${messages[0]}` : `${text}: \n${messages.map((m) => `* ${m}\n`).join('')}`;
}

const kindText = (kind: string): string => kind;

/** Several errors at once: one is shown as if alone, more a line each (Aggregate). */
export function checkAll(failures: readonly Failure[]): CommandError {
  if (failures.length === 1) return checkErr(failures[0] as Failure);
  return new CommandError(failures.map((f) => (f.status?.reason === 'Invalid' ? messageFor(f) : messageFor(f))).join('\n'));
}

/** AddSourceToErr: which file the object came from. */
export function withSource(failure: Failure, verb: string, source: string): Failure {
  if (source === '') return failure;
  if (!failure.status) return { text: `error when ${verb} "${source}": ${failure.text}` };
  return { status: { ...failure.status, message: `error when ${verb} "${source}": ${failure.status.message}` } };
}

/** What client-go says of a name that cannot be part of a path. Models rest/request.go Name and api/validation/path. */
export function nameProblem(name: string): string | undefined {
  if (name === '') return 'resource name may not be empty';
  const problems = name === '.' || name === '..' ? [`may not be '${name}'`] : ['/', '%'].filter((c) => name.includes(c)).map((c) => `may not contain '${c}'`);
  return problems.length > 0 ? `invalid resource name ${JSON.stringify(name)}: [${problems.join(' ')}]` : undefined;
}
