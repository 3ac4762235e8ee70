/** Commands as the page and links hold them: with their texts, parsed here. */
import type { Command } from '../core/index.ts';
import { loadManifest } from './yaml/manifest.ts';

export const manifestName = 'manifest.yaml';

export function applyCommand(text: string, namespace: string): Command {
  return { type: 'kubectl', argv: ['apply', '-f', manifestName], namespace, files: { [manifestName]: loadManifest(manifestName, text) } };
}

/** A command as it came in: the documents of its files are read from their texts, whatever was sent beside them. */
export function sharedCommand(command: Command): Command {
  const problem = shapeProblem(command);
  if (problem !== undefined) throw new Error(problem);
  if (command.type !== 'kubectl') return command;
  const files: typeof command.files = {};
  for (const [name, file] of Object.entries(command.files ?? {})) files[name] = file.text === undefined ? file : loadManifest(name, file.text);
  return { ...command, files };
}

/** The same without what can be read again: for links. */
export function bareCommand(command: Command): Command {
  if (command.type !== 'kubectl') return command;
  const files: typeof command.files = {};
  for (const [name, file] of Object.entries(command.files)) files[name] = file.text === undefined ? file : { documents: [], text: file.text };
  return { ...command, files };
}

const types = ['kubectl', 'shell', 'inject', 'endFault', 'setOption'];

/** What would not be obeyed. */
function shapeProblem(raw: Command): string | undefined {
  const command = raw as { [key: string]: unknown } | null;
  if (typeof command !== 'object' || command === null || !types.includes(command.type as string)) return `a command is one of ${types.join(', ')}`;
  const isText = (key: string): boolean => typeof command[key] === 'string';
  const isMap = (key: string): boolean => typeof command[key] === 'object' && command[key] !== null;
  const { argv } = command;
  if (command.type === 'kubectl' && !(Array.isArray(argv) && argv.every((word) => typeof word === 'string') && isText('namespace')))
    return 'a kubectl command needs argv, a list of words, and a namespace';
  if (command.type === 'shell' && !(isText('host') && isText('command'))) return 'a shell command needs a host and a command';
  if (command.type === 'inject' && !(isText('id') && isMap('fault'))) return 'a fault needs an id and what it is';
  return undefined;
}
