/** The commands and their flags. Models k8s.io/kubectl/pkg/cmd/cmd.go, v1.36.2. */
import { CommandError } from './errors.ts';
import { parseFlags } from './flags.ts';
import type { Run } from './run.ts';
import { apply } from './verbs/apply.ts';
import { deleteVerb } from './verbs/delete.ts';
import { describeVerb } from './verbs/describe.ts';
import { get } from './verbs/get.ts';
import { logs } from './verbs/logs.ts';

export interface Command {
  /** As `flags.ts` reads them. */
  flags: string;
  run(run: Run): void;
}

const files = 'filename,f:a recursive,R:b kustomize,k:s';
export const printing = 'output,o:s template:s show-managed-fields:b allow-missing-template-keys:b';
const selecting = 'selector,l:s all-namespaces,A:b field-selector:s';
const dryRun = 'dry-run:o=unchanged field-manager:s';

const commands: Record<string, Command | Record<string, Command>> = {
  get: {
    flags: `${files} ${printing} ${selecting} watch,w:b watch-only:b output-watch-events:b no-headers:b show-labels:b label-columns,L:a sort-by:s ignore-not-found:b chunk-size:i subresource:s raw:s show-kind:b server-print:b`,
    run: get,
  },
  describe: { flags: `${files} ${selecting} show-events:b chunk-size:i`, run: describeVerb },
  apply: {
    flags: `${files} ${printing} ${dryRun} selector,l:s all:b server-side:b force-conflicts:b overwrite:b prune:b prune-allowlist:a validate:o=strict wait:b timeout:d grace-period:i force:b cascade:o=background openapi-patch:b applyset:s subresource:s`,
    run: apply,
  },
  delete: {
    flags: `${files} ${selecting} all:b grace-period:i force:b now:b wait:b cascade:o=background timeout:d ignore-not-found:b output,o:s dry-run:o=unchanged interactive,i:b raw:s`,
    run: deleteVerb,
  },
  logs: {
    flags:
      'container,c:s previous,p:b follow,f:b tail:i since:d since-time:s timestamps:b limit-bytes:i selector,l:s all-containers:b all-pods:b prefix:b ignore-errors:b max-log-requests:i pod-running-timeout:d insecure-skip-tls-verify-backend:b',
    run: logs,
  },
};

export function runCommand(run: Run): void {
  const words = run.state.argv;
  let at = 0;
  // Global flags may stand before the verb.
  const before: string[] = [];
  while (at < words.length && (words[at] as string).startsWith('-')) {
    const word = words[at] as string;
    before.push(word);
    at += 1;
    if (/^(-n|--namespace|--context|--cluster|--user|--kubeconfig|-s|--server|--request-timeout|--as|-v|--v)$/.test(word) && at < words.length) {
      before.push(words[at] as string);
      at += 1;
    }
  }
  const verb = words[at];
  if (verb === undefined || verb === 'help') {
    run.out(help);
    return;
  }
  if (!Object.hasOwn(commands, verb)) throw unknown(verb, 'kubectl', Object.keys(commands));
  const entry = commands[verb] as Command | Record<string, Command>;
  if (typeof entry.run === 'function') {
    start(run, entry as Command, verb, [...before, ...words.slice(at + 1)]);
    return;
  }
  const subs = entry as Record<string, Command>;
  const sub = words[at + 1];
  if (sub === undefined || sub.startsWith('-') || !Object.hasOwn(subs, sub)) {
    if (Object.hasOwn(subs, '')) {
      start(run, subs[''] as Command, verb, [...before, ...words.slice(at + 1)]);
      return;
    }
    if (sub === undefined || sub === '-h' || sub === '--help') {
      run.out(
        `Usage:\n  kubectl ${verb} COMMAND\n\nAvailable Commands:\n${Object.keys(subs)
          .map((s) => `  ${s}\n`)
          .join('')}`,
      );
      return;
    }
    if (sub.startsWith('-')) throw new CommandError(`error: unknown flag: ${sub}\nSee 'kubectl ${verb} --help' for usage.`);
    throw unknown(sub, `kubectl ${verb}`, Object.keys(subs));
  }
  start(run, subs[sub] as Command, `${verb} ${sub}`, [...before, ...words.slice(at + 2)]);
}

function start(run: Run, command: Command, name: string, words: string[]): void {
  run.command = name;
  run.flags = parseFlags(name, words, command.flags);
  if (run.on('help')) {
    run.out(`Usage:\n  kubectl ${name} [flags] [options]\n`);
    return;
  }
  const context = run.flag('context');
  if (context !== '' && context !== contextName) throw new CommandError(`error: context "${context}" does not exist`);
  command.run(run);
}

export const contextName = 'kubernetes-admin@kubernetes';

const help = `kubectl controls the Kubernetes cluster manager.

 Find more information at: https://kubernetes.io/docs/reference/kubectl/

Usage:
  kubectl [flags] [options]

Use "kubectl <command> --help" for more information about a given command.
`;

/** cobra's words, with what may have been meant. */
function unknown(word: string, parent: string, known: string[]): CommandError {
  const near = known.filter((k) => k !== '' && (distance(word.toLowerCase(), k) <= 2 || k.startsWith(word.toLowerCase())));
  const hint = near.length > 0 ? `\n\nDid you mean this?\n${near.map((k) => `\t${k}\n`).join('')}` : '';
  return new CommandError(`error: unknown command ${JSON.stringify(word.slice(0, 200))} for ${JSON.stringify(parent)}${hint}`);
}

/** Levenshtein's. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3;
  let row = [...b, ''].map((_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1)
      next.push(Math.min((row[j] as number) + 1, (next[j - 1] as number) + 1, (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length] as number;
}
