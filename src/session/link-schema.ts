/** What a decoded link may hold. Everything is checked and copied; nothing else gets in. */
import type { Command, Fault, WorldOptions } from '../core/index.ts';
import type { Decoded, SharedLink } from './link.ts';

export const maxCommands = 2000;
export const maxMs = 10 * 365 * 86_400_000;
const maxText = 1_500_000;

class Wrong extends Error {}

type Fields = Record<string, unknown>;

export function checkLink(value: unknown, what: 'link' | 'file' = 'link'): Decoded {
  try {
    return { link: sharedLink(object(value, what)) };
  } catch (error) {
    if (error instanceof Wrong) return { error: `The ${what} cannot be opened: ${error.message}.` };
    throw error;
  }
}

function sharedLink(v: Fields): SharedLink {
  only(v, ['title', 'scenario', 'manifest', 'seed', 'options', 'commands', 'view', 'made'], '');
  const view = object(v.view ?? {}, 'view');
  only(view, ['atMs', 'selected', 'mode'], 'view.');
  const commands = list(v.commands ?? [], 'commands');
  if (commands.length > maxCommands) throw new Wrong(`commands has ${commands.length} entries; at most ${maxCommands} are read`);
  let last = 0;
  return {
    title: text(v.title ?? '', 'title', 300),
    scenario: text(v.scenario ?? '', 'scenario', 100),
    manifest: text(v.manifest ?? '', 'manifest', maxText),
    seed: whole(v.seed ?? 1, 'seed', Number.MAX_SAFE_INTEGER),
    options: options(object(v.options ?? {}, 'options')),
    commands: commands.map((entry, i) => {
      const at = `commands[${i}]`;
      const e = object(entry, at);
      only(e, ['atMs', 'command'], `${at}.`);
      const atMs = whole(e.atMs, `${at}.atMs`, maxMs);
      if (atMs < last) throw new Wrong(`${at}.atMs comes before the command ahead of it`);
      last = atMs;
      return { atMs, command: command(object(e.command, `${at}.command`), `${at}.command`) };
    }),
    view: {
      atMs: whole(view.atMs === undefined ? 0 : view.atMs, 'view.atMs', maxMs),
      selected: text(view.selected ?? '', 'view.selected', 300),
      mode: text(view.mode ?? '', 'view.mode', 100),
    },
    ...(v.made === undefined ? {} : { made: made(object(v.made, 'made')) }),
  };
}

function made(v: Fields): SharedLink['made'] {
  only(v, ['model', 'seq', 'traceHash'], 'made.');
  return {
    model: match(v.model, /^\d{1,4}\.\d{1,4}\.\d{1,4}-\d{1,6}$/, 'made.model'),
    seq: whole(v.seq, 'made.seq', Number.MAX_SAFE_INTEGER),
    traceHash: whole(v.traceHash, 'made.traceHash', 0xffff_ffff),
  };
}

function options(v: Fields): Partial<WorldOptions> {
  only(v, ['workers', 'proxyMode', 'cluster', 'dns', 'images', 'namespaces', 'startTime', 'seed', 'dualStack'], 'options.');
  const out: Partial<WorldOptions> = {};
  if (v.workers !== undefined) out.workers = Math.max(1, whole(v.workers, 'options.workers', 12));
  if (v.proxyMode !== undefined) out.proxyMode = oneOf(v.proxyMode, ['iptables', 'ipvs', 'nftables'] as const, 'options.proxyMode');
  if (v.cluster !== undefined) out.cluster = oneOf(v.cluster, ['default', 'recorded'] as const, 'options.cluster');
  if (v.dns !== undefined) out.dns = flag(v.dns, 'options.dns');
  if (v.images !== undefined) out.images = list(v.images, 'options.images', 100).map((image, i) => text(image, `options.images[${i}]`, 300));
  if (v.namespaces !== undefined)
    out.namespaces = list(v.namespaces, 'options.namespaces', 50).map((name, i) =>
      match(name, /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, `options.namespaces[${i}]`),
    );
  if (v.startTime !== undefined) out.startTime = match(v.startTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'options.startTime');
  if (v.dualStack !== undefined) out.dualStack = flag(v.dualStack, 'options.dualStack');
  return out;
}

function command(v: Fields, at: string): Command {
  switch (v.type) {
    case 'kubectl': {
      only(v, ['type', 'argv', 'namespace', 'stdin', 'files'], `${at}.`);
      const files: Extract<Command, { type: 'kubectl' }>['files'] = {};
      for (const [name, raw] of Object.entries(object(v.files ?? {}, `${at}.files`)).slice(0, 100)) {
        const file = object(raw, `${at}.files`);
        if (name !== '__proto__') files[text(name, `${at}.files`, 300)] = { documents: [], text: text(file.text ?? '', `${at}.files.text`, maxText) };
      }
      const out: Command = {
        type: 'kubectl',
        argv: list(v.argv, `${at}.argv`, 500).map((word, i) => text(word, `${at}.argv[${i}]`, 100_000)),
        namespace: text(v.namespace ?? 'default', `${at}.namespace`, 63),
        files,
      };
      return v.stdin === undefined ? out : { ...out, stdin: text(v.stdin, `${at}.stdin`, maxText) };
    }
    case 'shell':
      only(v, ['type', 'host', 'command'], `${at}.`);
      return { type: 'shell', host: text(v.host, `${at}.host`, 100), command: text(v.command, `${at}.command`, 100_000) };
    case 'inject':
      only(v, ['type', 'id', 'fault'], `${at}.`);
      return { type: 'inject', id: text(v.id, `${at}.id`, 100), fault: fault(object(v.fault, `${at}.fault`), `${at}.fault`) };
    case 'endFault':
      only(v, ['type', 'id'], `${at}.`);
      return { type: 'endFault', id: text(v.id, `${at}.id`, 100) };
    case 'setOption':
      only(v, ['type', 'option', 'value'], `${at}.`);
      return {
        type: 'setOption',
        option: oneOf(v.option, ['proxyMode'] as const, `${at}.option`),
        value: oneOf(v.value, ['iptables', 'ipvs', 'nftables'] as const, `${at}.value`),
      };
    default:
      throw new Wrong(`${at}.type is none of kubectl, shell, inject, endFault, setOption`);
  }
}

function fault(v: Fields, at: string): Fault {
  const name = (key: string): string => text(v[key], `${at}.${key}`, 253);
  switch (v.kind) {
    case 'stopUnit':
      return { kind: 'stopUnit', node: name('node'), unit: oneOf(v.unit, ['kubelet', 'containerd', 'kube-proxy'] as const, `${at}.unit`) };
    case 'cutApiServer':
    case 'fillDisk':
      return { kind: v.kind, node: name('node') };
    case 'killContainer':
    case 'failReadiness':
      return { kind: v.kind, namespace: name('namespace'), pod: name('pod'), container: name('container') };
    case 'killPause':
      return { kind: 'killPause', namespace: name('namespace'), pod: name('pod') };
    case 'slowPod':
      return { kind: 'slowPod', namespace: name('namespace'), pod: name('pod'), delayMs: whole(v.delayMs, `${at}.delayMs`, 600_000) };
    case 'registryUnreachable':
      return { kind: 'registryUnreachable' };
    default:
      throw new Wrong(`${at}.kind is no fault that this page knows`);
  }
}

function object(value: unknown, at: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Wrong(`${at} must be an object`);
  return value as Fields;
}

function only(v: Fields, allowed: string[], at: string): void {
  const stranger = Object.keys(v).find((key) => !allowed.includes(key));
  if (stranger !== undefined) throw new Wrong(`${at}${stranger.slice(0, 60)} is not known`);
}

function list(value: unknown, at: string, most = Number.MAX_SAFE_INTEGER): unknown[] {
  if (!Array.isArray(value)) throw new Wrong(`${at} must be a list`);
  if (value.length > most) throw new Wrong(`${at} has ${value.length} entries; at most ${most} are read`);
  return value;
}

function text(value: unknown, at: string, most: number): string {
  if (typeof value !== 'string') throw new Wrong(`${at} must be text`);
  if (value.length > most) throw new Wrong(`${at} has ${value.length} characters; at most ${most} are read`);
  return value;
}

function match(value: unknown, pattern: RegExp, at: string): string {
  const word = text(value, at, 300);
  if (!pattern.test(word)) throw new Wrong(`${at} is not of the form it must have`);
  return word;
}

function whole(value: unknown, at: string, most: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > most) throw new Wrong(`${at} must be a whole number from 0 to ${most}`);
  return value;
}

function flag(value: unknown, at: string): boolean {
  if (typeof value !== 'boolean') throw new Wrong(`${at} must be true or false`);
  return value;
}

function oneOf<T extends string>(value: unknown, allowed: readonly T[], at: string): T {
  if (!(allowed as readonly unknown[]).includes(value)) throw new Wrong(`${at} must be one of ${allowed.join(', ')}`);
  return value as T;
}
