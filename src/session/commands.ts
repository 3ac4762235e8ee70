/** Commands as the page and links hold them: with their texts, parsed here. */
import type { Command } from '../core/index.ts';
import { loadManifest } from './yaml/manifest.ts';

export const manifestName = 'manifest.yaml';

export function applyCommand(text: string, namespace: string): Command {
  return { type: 'kubectl', argv: ['apply', '-f', manifestName], namespace, files: { [manifestName]: loadManifest(manifestName, text) } };
}

/** A command as it came in: the documents of its files are read from their texts, whatever was sent beside them. */
export function sharedCommand(command: Command): Command {
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
