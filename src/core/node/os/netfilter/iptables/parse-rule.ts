/** Words of a rule → the rule, or iptables' own complaint. Models iptables/xshared.c do_parse and xtables.c (1.8.9). */
import type { Family } from '../../../../contracts/netfilter.ts';
import { parseAddress } from './addresses.ts';
import type { Extension, MatchExtension } from './extension.ts';
import { matches } from './matches.ts';
import { type AddressCondition, type DeviceCondition, type Match, protocolName, type Rule, type Target, verdicts } from './rule.ts';
import { targets } from './targets.ts';

/** Names longer than this are refused: XT_EXTENSION_MAXNAMELEN. */
export const maxChainName = 28;
const maxDevice = 15;

interface Loaded {
  name: string;
  extension: Extension<never>;
  value: never;
}

interface Draft {
  src: AddressCondition | null;
  dst: AddressCondition | null;
  iif: DeviceCondition | null;
  oif: DeviceCondition | null;
  proto: string;
  protoInv: boolean;
}

export type Parsed = { rule: Rule } | { error: string };

/** `words` from `from` on, after the command and its chain. */
export function parseRule(words: readonly string[], from: number, family: Family): Parsed {
  const draft: Draft = { src: null, dst: null, iif: null, oif: null, proto: '', protoInv: false };
  const loaded: Loaded[] = [];
  let target: Target | null = null;
  let targetExtension: Loaded | null = null;
  let inv = false;
  let implicit = '';
  let i = from;
  let inline: string | null = null;
  const value = (): string | null => {
    if (inline !== null) return inline;
    i += 1;
    if (words[i] === '!' && !inv) {
      inv = true;
      i += 1;
    }
    return words[i] ?? null;
  };
  for (; i < words.length; i += 1) {
    let word = words[i] as string;
    if (word === '!') {
      if (inv) return { error: 'multiple consecutive ! not allowed' };
      inv = true;
      continue;
    }
    inline = null;
    if (word.charCodeAt(1) === 45) {
      const equals = word.indexOf('=');
      if (equals > 0) {
        inline = word.slice(equals + 1);
        word = word.slice(0, equals);
      }
    }
    switch (word) {
      case '-s':
      case '--source':
      case '--src':
      case '-d':
      case '--destination':
      case '--dst': {
        const text = value();
        if (text === null) return { error: `option "${word}" requires an argument` };
        const address = parseAddress(text, inv, family);
        if (!address) return { error: `host/network \`${text}' not found` };
        if (word === '-s' || word.startsWith('--s')) draft.src = address;
        else draft.dst = address;
        break;
      }
      case '-p':
      case '--protocol':
      case '--proto': {
        const text = value();
        const name = text === null ? null : protocolName(text);
        if (text === null) return { error: `option "${word}" requires an argument` };
        if (name === null) return { error: `unknown protocol "${text}" specified` };
        draft.proto = name;
        draft.protoInv = inv;
        implicit = name;
        break;
      }
      case '-i':
      case '--in-interface':
      case '-o':
      case '--out-interface': {
        const name = value();
        if (name === null || name === '') return { error: `option "${word}" requires an argument` };
        if (name.length > maxDevice) return { error: `interface name \`${name}' must be shorter than 16 characters` };
        if (word === '-i' || word.startsWith('--i')) draft.iif = { name, inv };
        else draft.oif = { name, inv };
        break;
      }
      case '-m':
      case '--match': {
        const name = value() ?? '';
        const extension = Object.hasOwn(matches, name) ? (matches[name] as Extension<never>) : undefined;
        if (!extension) return { error: `Couldn't load match \`${name}':No such file or directory\n` };
        loaded.push({ name, extension, value: extension.create() });
        break;
      }
      case '-j':
      case '--jump':
      case '-g':
      case '--goto': {
        const name = value() ?? '';
        if (name === '') return { error: `option "${word}" requires an argument` };
        if (name.length > maxChainName) return { error: `Invalid target name (too long)` };
        if (target) return { error: 'multiple -j flags not allowed' };
        if (word === '-g' || word === '--goto') target = { kind: 'goto', chain: name, value: null };
        else if (verdicts.includes(name)) target = { kind: name, chain: '', value: null };
        else if (Object.hasOwn(targets, name)) {
          const extension = targets[name] as Extension<never>;
          targetExtension = { name, extension, value: extension.create() };
          target = { kind: name, chain: '', value: targetExtension.value };
        } else target = { kind: 'jump', chain: name, value: null };
        break;
      }
      case '-f':
      case '--fragment':
        return { error: 'fragments are not part of the model: -f' };
      case '-c':
      case '--set-counters':
        i += inline === null ? 2 : 1;
        break;
      case '-w':
      case '--wait':
      case '-W':
        if (/^\d+$/.test(words[i + 1] ?? '')) i += 1;
        break;
      case '-4':
      case '-6':
      case '--ipv4':
      case '--ipv6':
        break;
      default: {
        if (!word.startsWith('--')) return { error: word.startsWith('-') ? `unknown option "${word}"` : `Bad argument \`${word}'` };
        const name = word.slice(2);
        let owner = targetExtension !== null && Object.hasOwn(targetExtension.extension.options, name) ? targetExtension : null;
        for (let k = loaded.length - 1; k >= 0 && !owner; k -= 1) {
          const candidate = loaded[k] as Loaded;
          if (Object.hasOwn(candidate.extension.options, name)) owner = candidate;
        }
        if (!owner && implicit !== '' && !draft.protoInv && Object.hasOwn(matches, implicit) && !loaded.some((l) => l.name === implicit)) {
          // `-p tcp --dport 80`: the protocol's own match is loaded by itself.
          const extension = matches[implicit] as Extension<never>;
          if (Object.hasOwn(extension.options, name)) {
            owner = { name: implicit === 'ipv6-icmp' ? 'icmp6' : implicit, extension, value: extension.create() };
            loaded.push(owner);
          }
        }
        if (!owner) return { error: `unknown option "${word}"` };
        const count = owner.extension.options[name] as number;
        const values: string[] = [];
        if (inline !== null) values.push(inline);
        while (values.length < count) {
          i += 1;
          if (words[i] === '!' && !inv) {
            inv = true;
            i += 1;
          }
          if (words[i] === undefined) return { error: `option "${word}" requires an argument` };
          values.push(words[i] as string);
        }
        const error = owner.extension.option(owner.value, { name, values, inv, family });
        if (error !== null) return { error };
      }
    }
    inv = false;
  }
  if (inv) return { error: 'nothing appropriate following !' };
  for (const { name, extension, value } of loaded) {
    const error = extension.check?.(value) ?? null;
    if (error !== null) return { error };
    if ((name === 'tcp' || name === 'udp' || name === 'sctp') && (draft.proto !== name || draft.protoInv))
      return { error: `Couldn't load match \`${name}': it needs -p ${name}` };
  }
  if (targetExtension) {
    const error = targetExtension.extension.check?.(targetExtension.value) ?? null;
    if (error !== null) return { error: `${targetExtension.name}: ${error}` };
  }
  return {
    rule: {
      src: draft.src,
      dst: draft.dst,
      iif: draft.iif,
      oif: draft.oif,
      proto: draft.proto,
      protoInv: draft.protoInv,
      matches: loaded.map(({ name, value }): Match => ({ ext: name === 'ipv6-icmp' || name === 'icmpv6' ? 'icmp6' : name, value })),
      target,
    },
  };
}

export const matchExtension = (match: Match): MatchExtension<never> => matches[match.ext] as MatchExtension<never>;
