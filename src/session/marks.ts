/** Commands as the time bar marks them. */
import { type Command, faultText, type MarkRecord } from '../core/index.ts';

export function markOf(atMs: number, command: Command, index: number): MarkRecord {
  const base = { atMs, about: '', seq: 0, command: index };
  switch (command.type) {
    case 'kubectl':
      return { ...base, kind: 'command', text: command.argv[0] === 'apply' ? 'apply manifest' : `kubectl ${command.argv.join(' ')}`.slice(0, 200) };
    case 'shell':
      return { ...base, kind: 'command', text: `${command.host}: ${command.command}`.slice(0, 200) };
    case 'inject':
      return { ...base, kind: 'fault', text: faultText(command.fault) };
    case 'endFault':
      return { ...base, kind: 'fault-end', text: 'fault ended' };
    case 'setOption':
      return { ...base, kind: 'command', text: `kube-proxy mode ${command.value}` };
  }
}
