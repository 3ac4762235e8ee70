/** tcp, udp, sctp, icmp, multiport. */
import type { Skb } from '../../hooks.ts';
import { bang, type MatchExtension, parsePortRange, parseUnsigned, savePorts } from './extension.ts';

interface Ports {
  sport: [number, number] | null;
  sinv: boolean;
  dport: [number, number] | null;
  dinv: boolean;
  /** tcp: flags looked at, flags that must be set. */
  flags: { mask: string[]; set: string[]; inv: boolean } | null;
}

const within = (port: number, range: readonly [number, number] | null, inv: boolean): boolean =>
  range === null || (port >= range[0] && port <= range[1]) !== inv;

const flagNames = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'];

/** Flags of a segment of the model. */
function flagsOf(skb: Skb): string[] {
  const fin = skb.fin ? ['FIN'] : [];
  switch (skb.flags) {
    case 'SYN':
      return ['SYN'];
    case 'SYN-ACK':
      return ['SYN', 'ACK'];
    case 'RST':
      return ['RST', 'ACK'];
    case 'FIN':
      return ['FIN', 'ACK'];
    case 'DATA':
      return ['PSH', 'ACK', ...fin];
    default:
      return ['ACK', ...fin];
  }
}

function parseFlags(text: string): string[] | null {
  if (text === 'ALL') return flagNames.slice();
  if (text === 'NONE') return [];
  const parts = text.split(',');
  return parts.every((p) => flagNames.includes(p)) ? flagNames.filter((f) => parts.includes(f)) : null;
}

const flagText = (flags: string[]): string => (flags.length === 0 ? 'NONE' : flags.join(','));

function ports(protocol: Skb['protocol']): MatchExtension<Ports> {
  const tcp = protocol === 'tcp';
  return {
    options: { 'source-port': 1, sport: 1, 'destination-port': 1, dport: 1, ...(tcp ? { 'tcp-flags': 2, syn: 0 } : {}) },
    create: () => ({ sport: null, sinv: false, dport: null, dinv: false, flags: null }),
    option(v, { name, values, inv }) {
      if (name === 'syn') v.flags = { mask: ['FIN', 'SYN', 'RST', 'ACK'], set: ['SYN'], inv };
      else if (name === 'tcp-flags') {
        const [mask, set] = [parseFlags(values[0] as string), parseFlags(values[1] as string)];
        if (!mask || !set) return `Unknown TCP flag \`${mask ? values[1] : values[0]}'`;
        v.flags = { mask, set, inv };
      } else {
        const range = parsePortRange(values[0] as string);
        if (!range) return `invalid port/service \`${values[0]}' specified`;
        if (name === 'dport' || name === 'destination-port') {
          v.dport = range;
          v.dinv = inv;
        } else {
          v.sport = range;
          v.sinv = inv;
        }
      }
      return null;
    },
    save: (v) =>
      `${v.sport ? `${bang(v.sinv)} --sport ${savePorts(v.sport)}` : ''}${v.dport ? `${bang(v.dinv)} --dport ${savePorts(v.dport)}` : ''}${
        v.flags ? `${bang(v.flags.inv)} --tcp-flags ${flagText(v.flags.mask)} ${flagText(v.flags.set)}` : ''
      }`,
    list(v) {
      let text: string = protocol;
      if (v.sport) text += ` spt${v.sport[0] === v.sport[1] ? '' : 's'}:${v.sinv ? '!' : ''}${savePorts(v.sport)}`;
      if (v.dport) text += ` dpt${v.dport[0] === v.dport[1] ? '' : 's'}:${v.dinv ? '!' : ''}${savePorts(v.dport)}`;
      if (v.flags) text += ` flags:${v.flags.inv ? '!' : ''}${flagBits(v.flags.mask)}/${flagBits(v.flags.set)}`;
      return text;
    },
    test(v, { skb }) {
      if (skb.protocol !== protocol) return false;
      if (!within(skb.dport, v.dport, v.dinv) || !within(skb.sport, v.sport, v.sinv)) return false;
      if (!v.flags) return true;
      const { mask, set, inv } = v.flags;
      const has = flagsOf(skb);
      return mask.every((f) => has.includes(f) === set.includes(f)) !== inv;
    },
    why(v, { skb }) {
      if (skb.protocol !== protocol) return `protocol is ${skb.protocol}`;
      if (!within(skb.dport, v.dport, v.dinv)) return `destination port is ${skb.dport}`;
      if (!within(skb.sport, v.sport, v.sinv)) return `source port is ${skb.sport}`;
      return `flags are ${flagText(flagsOf(skb))}`;
    },
  };
}

const flagBits = (flags: string[]): string =>
  `0x${flags
    .reduce((sum, f) => sum + (1 << flagNames.indexOf(f)), 0)
    .toString(16)
    .padStart(2, '0')}`;

export const tcp = ports('tcp');
export const udp = ports('udp');
export const sctp: MatchExtension<Ports> = ports('sctp');

const icmpTypes: Record<string, string> = {
  any: 'any',
  'echo-reply': '0',
  'destination-unreachable': '3',
  'port-unreachable': '3/3',
  'fragmentation-needed': '3/4',
  redirect: '5',
  'echo-request': '8',
  'time-exceeded': '11',
};
const icmp6Types: Record<string, string> = {
  'destination-unreachable': '1',
  'packet-too-big': '2',
  'time-exceeded': '3',
  'echo-request': '128',
  'echo-reply': '129',
  'router-solicitation': '133',
  'router-advertisement': '134',
  'neighbour-solicitation': '135',
  'neighbor-solicitation': '135',
  'neighbour-advertisement': '136',
  'neighbor-advertisement': '136',
};

interface Icmp {
  type: string;
  inv: boolean;
}

function icmpMatch(optionName: string, known: Record<string, string>, echo: string, reply: string, words: string): MatchExtension<Icmp> {
  const typeOf = (skb: Skb): string => (skb.flags === 'ECHO' ? echo : skb.flags === 'ECHO-REPLY' ? reply : '3');
  return {
    options: { [optionName]: 1 },
    create: () => ({ type: 'any', inv: false }),
    option(v, { values, inv }) {
      const text = values[0] as string;
      const type = Object.hasOwn(known, text) ? (known[text] as string) : /^\d{1,3}(\/\d{1,3})?$/.test(text) ? text : null;
      if (type === null) return `Invalid ICMP type \`${text}'`;
      v.type = type;
      v.inv = inv;
      return null;
    },
    save: (v) => (v.type === 'any' ? `${bang(v.inv)} --${optionName} any` : `${bang(v.inv)} --${optionName} ${v.type}`),
    list: (v) => `${words} ${v.inv ? '! ' : ''}${v.type === 'any' ? '255' : v.type}`,
    test(v, { skb }) {
      const is = skb.protocol === 'icmp' || skb.flags === 'UNREACHABLE';
      return is && (v.type === 'any' || v.type.split('/')[0] === typeOf(skb)) !== v.inv;
    },
    why: (_v, { skb }) => (skb.protocol === 'icmp' ? `ICMP type is ${typeOf(skb)}` : `protocol is ${skb.protocol}`),
  };
}
export const icmp = icmpMatch('icmp-type', icmpTypes, '8', '0', 'icmptype');
export const icmp6 = icmpMatch('icmpv6-type', icmp6Types, '128', '129', 'ipv6-icmptype');

interface Multiport {
  side: 'sports' | 'dports' | 'ports';
  ranges: [number, number][];
  inv: boolean;
}

export const multiport: MatchExtension<Multiport> = {
  options: { 'source-ports': 1, sports: 1, 'destination-ports': 1, dports: 1, ports: 1 },
  create: () => ({ side: 'dports', ranges: [], inv: false }),
  option(v, { name, values, inv }) {
    v.side = name === 'ports' ? 'ports' : name.startsWith('s') ? 'sports' : 'dports';
    v.inv = inv;
    for (const part of (values[0] as string).split(',')) {
      const range = parsePortRange(part);
      if (!range) return `invalid port/service \`${part}' specified`;
      v.ranges.push(range);
    }
    return v.ranges.reduce((n, [a, b]) => n + (a === b ? 1 : 2), 0) > 15 ? 'too many ports specified' : null;
  },
  check: (v) => (v.ranges.length === 0 ? 'multiport expection an option' : null),
  save: (v) => `${bang(v.inv)} --${v.side} ${v.ranges.map((r) => savePorts(r)).join(',')}`,
  list: (v) => `multiport ${v.side} ${v.inv ? '!' : ''}${v.ranges.map((r) => savePorts(r)).join(',')}`,
  test(v, { skb }) {
    const has = (port: number): boolean => v.ranges.some(([min, max]) => port >= min && port <= max);
    return (v.side === 'sports' ? has(skb.sport) : v.side === 'dports' ? has(skb.dport) : has(skb.sport) || has(skb.dport)) !== v.inv;
  },
  why: (v, { skb }) => (v.side === 'sports' ? `source port is ${parseUnsigned(String(skb.sport))}` : `destination port is ${skb.dport}`),
};
