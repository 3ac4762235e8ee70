/** What a scenario does, as commands of the log: the same that a person gives, so that links and forks hold them. */
import type { Command } from '../core/index.ts';
import { loadManifest } from '../session/yaml/manifest.ts';
import { isFile } from './decode.ts';
import type { Deed, Packet, Scenario, ScenarioCommand } from './format.ts';
import { splitWords } from './words.ts';

const namespace = 'default';

/** The text of the editor: all manifests, applied together at 0 s. */
export const manifestOf = (scenario: Pick<Scenario, 'manifests' | 'files'>): string =>
  scenario.manifests.map((file) => `${(scenario.files[file] ?? '').replace(/^---\n/, '').trimEnd()}\n`).join('---\n');

export const scriptCommands = (scenario: Pick<Scenario, 'script' | 'files'>): ScenarioCommand[] =>
  scenario.script.map((entry) => ({ atMs: entry.atMs, command: commandOf(entry, scenario.files) }));

export function commandOf(deed: Deed, files: Readonly<Record<string, string>>): Command {
  if ('apply' in deed) return withFile(['apply'], deed.apply, files);
  if ('delete' in deed) return isFile(deed.delete) ? withFile(['delete'], deed.delete, files) : kubectl(`delete ${deed.delete}`);
  if ('kubectl' in deed) return kubectl(deed.kubectl);
  if ('shell' in deed) return { type: 'shell', host: deed.on, command: deed.shell };
  if ('inject' in deed) return { type: 'inject', id: deed.id, fault: deed.inject };
  if ('end' in deed) return { type: 'endFault', id: deed.end };
  if ('proxyMode' in deed) return { type: 'setOption', option: 'proxyMode', value: deed.proxyMode };
  return packetCommand(deed.packet);
}

const kubectl = (line: string): Command => ({ type: 'kubectl', argv: splitWords(line), namespace, files: {} });
const withFile = (argv: string[], file: string, files: Readonly<Record<string, string>>): Command => ({
  type: 'kubectl',
  argv: [...argv, '-f', file],
  namespace,
  files: { [file]: loadManifest(file, files[file] ?? '') },
});

/** nc opens the connection and closes it: one SYN from a real socket. Pods are those whose name is no machine's. */
function packetCommand({ from, to, port, protocol }: Packet): Command {
  const argv = ['nc', ...(protocol === 'UDP' ? ['-u'] : ['-z']), '-w', '2', to, String(port)];
  if (from === 'client' || /^worker-\d+$|^control-plane$/.test(from)) return { type: 'shell', host: from, command: argv.join(' ') };
  return { type: 'kubectl', argv: ['exec', from, '--', ...argv], namespace, files: {} };
}
