/** What is known of the packet's flow: conntrack, state, mark, connmark, recent, statistic, limit. */
import type { Family } from '../../../../contracts/netfilter.ts';
import { formatIp, maskBits, parseIp, within } from '../ip.ts';
import type { Evaluation } from '../packet.ts';
import { recentCheck, recentSet } from '../recent.ts';
import { maskText, parseAddress } from './addresses.ts';
import { bang, type MatchExtension, markMask, parseMarkMask, parseUnsigned } from './extension.ts';
import type { AddressCondition } from './rule.ts';

/** In the order iptables prints them. */
const states = ['INVALID', 'NEW', 'RELATED', 'ESTABLISHED', 'UNTRACKED', 'SNAT', 'DNAT'];
const statuses = ['NONE', 'EXPECTED', 'SEEN_REPLY', 'ASSURED', 'CONFIRMED'];

interface Conntrack {
  state: string[] | null;
  stateInv: boolean;
  status: string[] | null;
  statusInv: boolean;
  origsrc: AddressCondition | null;
  origdst: AddressCondition | null;
  origdstport: number;
  dir: '' | 'ORIGINAL' | 'REPLY';
}

function parseStates(text: string, known: readonly string[]): string[] | null {
  const parts = text.toUpperCase().split(',');
  return parts.every((p) => known.includes(p)) ? known.filter((k) => parts.includes(k)) : null;
}

function hasState(wanted: readonly string[], ev: Evaluation): boolean {
  if (wanted.includes(ev.skb.ctstate ?? 'INVALID')) return true;
  const { dnat, snat } = ev.natStatus();
  return (dnat && wanted.includes('DNAT')) || (snat && wanted.includes('SNAT'));
}

export const conntrack: MatchExtension<Conntrack> = {
  options: { ctstate: 1, ctstatus: 1, ctorigsrc: 1, ctorigdst: 1, ctorigdstport: 1, ctdir: 1 },
  create: () => ({ state: null, stateInv: false, status: null, statusInv: false, origsrc: null, origdst: null, origdstport: 0, dir: '' }),
  option(v, { name, values, inv, family }) {
    const text = values[0] as string;
    if (name === 'ctstate') {
      v.state = parseStates(text, states);
      v.stateInv = inv;
      return v.state ? null : `Bad ctstate "${text}"`;
    }
    if (name === 'ctstatus') {
      v.status = parseStates(text, statuses);
      v.statusInv = inv;
      return v.status ? null : `Bad ctstatus "${text}"`;
    }
    if (name === 'ctdir') {
      v.dir = text.toUpperCase() === 'REPLY' ? 'REPLY' : 'ORIGINAL';
      return /^(original|reply)$/i.test(text) ? null : `conntrack: Bad value for "--ctdir" option: "${text}"`;
    }
    if (name === 'ctorigdstport') {
      const port = parseUnsigned(text, 65535);
      if (port === null) return `conntrack: Bad value for "--ctorigdstport" option: "${text}"`;
      v.origdstport = port;
      return null;
    }
    const address = parseAddress(text, inv, family);
    if (!address) return `host/network \`${text}' not found`;
    if (name === 'ctorigsrc') v.origsrc = address;
    else v.origdst = address;
    return null;
  },
  save: (v) =>
    `${v.state ? `${bang(v.stateInv)} --ctstate ${v.state.join(',')}` : ''}${v.origsrc ? `${bang(v.origsrc.inv)} --ctorigsrc ${addressText(v.origsrc)}` : ''}${
      v.origdst ? `${bang(v.origdst.inv)} --ctorigdst ${addressText(v.origdst)}` : ''
    }${v.origdstport ? ` --ctorigdstport ${v.origdstport}` : ''}${v.status ? `${bang(v.statusInv)} --ctstatus ${v.status.join(',')}` : ''}${
      v.dir ? ` --ctdir ${v.dir}` : ''
    }`,
  list: (v) =>
    [
      v.state && `${v.stateInv ? '! ' : ''}ctstate ${v.state.join(',')}`,
      v.origsrc && `${v.origsrc.inv ? '! ' : ''}ctorigsrc ${addressText(v.origsrc)}`,
      v.origdst && `${v.origdst.inv ? '! ' : ''}ctorigdst ${addressText(v.origdst)}`,
      v.origdstport ? `ctorigdstport ${v.origdstport}` : '',
      v.status && `${v.statusInv ? '! ' : ''}ctstatus ${v.status.join(',')}`,
      v.dir && `ctdir ${v.dir}`,
    ]
      .filter(Boolean)
      .join(' '),
  test(v, ev) {
    if (v.state && hasState(v.state, ev) === v.stateInv) return false;
    if (v.dir && (ev.skb.ctdir ?? 'ORIGINAL') !== v.dir) return false;
    if (v.status && statusOf(ev).some((s) => v.status?.includes(s)) === v.statusInv) return false;
    if (!v.origsrc && !v.origdst && !v.origdstport) return true;
    const o = ev.original();
    const is = (c: AddressCondition | null, ip: string): boolean => {
      const words = c ? parseIp(ip, c.words.length === 1 ? 'IPv4' : 'IPv6') : null;
      return c === null || (words !== null && within(words, c.words, c.mask) !== c.inv);
    };
    return is(v.origsrc, o.src) && is(v.origdst, o.dst) && (!v.origdstport || v.origdstport === o.dport);
  },
  why: (_v, ev) => {
    const { dnat, snat } = ev.natStatus();
    return `connection state is ${ev.skb.ctstate ?? 'INVALID'}${dnat ? ', DNAT' : ''}${snat ? ', SNAT' : ''}`;
  },
};

const addressText = (c: AddressCondition): string => `${formatIp(c.words)}${maskBits(c.mask) === c.mask.length * 32 ? '' : maskText(c.mask)}`;

const statusOf = (ev: Evaluation): string[] => (ev.skb.ctstate === 'NEW' ? ['NONE'] : ['SEEN_REPLY', 'ASSURED', 'CONFIRMED']);

export const state: MatchExtension<{ state: string[]; inv: boolean }> = {
  options: { state: 1 },
  create: () => ({ state: [], inv: false }),
  option(v, { values, inv }) {
    const parsed = parseStates(values[0] as string, states.slice(0, 5));
    if (!parsed) return `Bad state "${values[0]}"`;
    v.state = parsed;
    v.inv = inv;
    return null;
  },
  check: (v) => (v.state.length === 0 ? 'You must specify "--state"' : null),
  save: (v) => `${bang(v.inv)} --state ${v.state.join(',')}`,
  list: (v) => `${v.inv ? '! ' : ''}state ${v.state.join(',')}`,
  test: (v, ev) => v.state.includes(ev.skb.ctstate ?? 'INVALID') !== v.inv,
  why: (_v, ev) => `connection state is ${ev.skb.ctstate ?? 'INVALID'}`,
};

interface MarkValue {
  value: number;
  mask: number;
  inv: boolean;
  given: boolean;
}

function marks(words: string, read: (ev: Evaluation) => number): MatchExtension<MarkValue> {
  return {
    options: { mark: 1 },
    create: () => ({ value: 0, mask: -1, inv: false, given: false }),
    option(v, { values, inv }) {
      const parsed = parseMarkMask(values[0] as string);
      if (!parsed) return `mark: Bad value for "--mark" option: "${values[0]}"`;
      v.value = parsed.value;
      v.mask = parsed.mask;
      v.inv = inv;
      v.given = true;
      return null;
    },
    check: (v) => (v.given ? null : `${words.split(' ')[0]}: option "--mark" must be specified`),
    save: (v) => `${bang(v.inv)} --mark ${markMask(v.value, v.mask)}`,
    list: (v) => `${words} ${v.inv ? '!' : ''}${v.inv ? ' ' : ''}${markMask(v.value, v.mask)}`,
    test: (v, ev) => ((read(ev) & v.mask) === v.value) !== v.inv,
    why: (_v, ev) => `mark is 0x${(read(ev) >>> 0).toString(16)}`,
  };
}
export const mark = marks('mark match', (ev) => ev.skb.mark);
export const connmark = marks('connmark match', (ev) => ev.ctmark());

interface Statistic {
  mode: '' | 'random' | 'nth';
  /** Of 2³¹. */
  probability: number;
  every: number;
  packet: number;
  inv: boolean;
}

export const statistic: MatchExtension<Statistic> = {
  effects: true,
  options: { mode: 1, probability: 1, every: 1, packet: 1 },
  create: () => ({ mode: '', probability: 0, every: 1, packet: 0, inv: false }),
  option(v, { name, values, inv }) {
    const text = values[0] as string;
    if (name === 'mode') {
      if (text !== 'random' && text !== 'nth') return `Bad mode "${text}"`;
      v.mode = text;
      return null;
    }
    v.inv = inv;
    if (name === 'probability') {
      const p = /^\d*\.?\d+$/.test(text) && text.length < 40 ? Number(text) : -1;
      if (p < 0 || p > 1) return `--probability must be between 0 and 1, "${text}" is not`;
      v.probability = Math.round(p * 0x80000000);
      return null;
    }
    const n = parseUnsigned(text);
    if (n === null || (name === 'every' && n === 0)) return `cannot parse --${name}, "${text}"`;
    if (name === 'every') v.every = n;
    else v.packet = n;
    return null;
  },
  check: (v) => (v.mode === '' ? 'no mode specified' : v.mode === 'nth' && v.packet >= v.every ? 'packet number must be less than the every value' : null),
  save: (v) =>
    v.mode === 'random'
      ? ` --mode random${bang(v.inv)} --probability ${fraction(v.probability)}`
      : ` --mode nth${bang(v.inv)} --every ${v.every} --packet ${v.packet}`,
  list: (v) =>
    v.mode === 'random'
      ? `statistic mode random${v.inv ? ' !' : ''} probability ${fraction(v.probability)}`
      : `statistic mode nth${v.inv ? ' !' : ''} every ${v.every}${v.packet > 0 ? ` packet ${v.packet}` : ''}`,
  // Simplified: nth has no counter of its own and is drawn as one of `every`.
  test: (v, ev) => (v.mode === 'random' ? ev.draws.chance(v.probability / 0x80000000) : ev.draws.pick(v.every) === v.packet) !== v.inv,
  why: (v) => (v.mode === 'random' ? `the draw did not fall below ${fraction(v.probability)}` : 'not its turn'),
};

const fraction = (p: number): string => (p / 0x80000000).toFixed(11);

interface Recent {
  mode: '' | 'set' | 'rcheck' | 'update' | 'remove';
  inv: boolean;
  seconds: number;
  hitcount: number;
  reap: boolean;
  name: string;
  mask: string;
  side: 'rsource' | 'rdest';
}

const allOnes = (family: Family): string => (family === 'IPv4' ? '255.255.255.255' : 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff');

export const recent: MatchExtension<Recent> = {
  effects: true,
  options: { set: 0, rcheck: 0, update: 0, remove: 0, seconds: 1, hitcount: 1, reap: 0, rttl: 0, name: 1, mask: 1, rsource: 0, rdest: 0 },
  create: () => ({ mode: '', inv: false, seconds: 0, hitcount: 0, reap: false, name: 'DEFAULT', mask: '', side: 'rsource' }),
  option(v, { name, values, inv }) {
    switch (name) {
      case 'set':
      case 'rcheck':
      case 'update':
      case 'remove':
        v.mode = name;
        v.inv = inv;
        return null;
      case 'seconds':
      case 'hitcount': {
        const n = parseUnsigned(values[0] as string);
        if (n === null) return `recent: Bad value for "--${name}" option: "${values[0]}"`;
        v[name] = n;
        return null;
      }
      case 'name':
        if ((values[0] as string).length > 200 || (values[0] as string) === '') return `recent: Bad value for "--name" option`;
        v.name = values[0] as string;
        return null;
      case 'mask':
        v.mask = values[0] as string;
        return null;
      case 'reap':
        v.reap = true;
        return null;
      case 'rsource':
      case 'rdest':
        v.side = name;
        return null;
      default:
        return null;
    }
  },
  check: (v) => (v.mode === '' ? "recent: you must specify one of `--set', `--rcheck' `--update' or `--remove'" : null),
  save: (v, family) =>
    `${bang(v.inv)} --${v.mode}${v.seconds ? ` --seconds ${v.seconds}` : ''}${v.reap ? ' --reap' : ''}${v.hitcount ? ` --hitcount ${v.hitcount}` : ''} --name ${
      v.name
    } --mask ${v.mask || allOnes(family)} --${v.side}`,
  list: (v, family) =>
    `${v.inv ? '! ' : ''}recent: ${{ set: 'SET', rcheck: 'CHECK', update: 'UPDATE', remove: 'REMOVE', '': '' }[v.mode]}${
      v.seconds ? ` seconds: ${v.seconds}` : ''
    }${v.reap ? ' reap' : ''}${v.hitcount ? ` hit_count: ${v.hitcount}` : ''} name: ${v.name} side: ${v.side === 'rsource' ? 'source' : 'dest'} mask: ${
      v.mask || allOnes(family)
    }`,
  test(v, ev) {
    const ip = v.side === 'rsource' ? ev.skb.src : ev.skb.dst;
    if (v.mode === 'set') {
      if (ev.live) recentSet(ev.ns, v.name, ip, ev.nowMs);
      return !v.inv;
    }
    const found = recentCheck(ev.ns, v.name, ip, ev.nowMs, v.seconds, v.hitcount);
    if (found && v.mode === 'update' && ev.live) recentSet(ev.ns, v.name, ip, ev.nowMs);
    if (found && v.mode === 'remove' && ev.live) delete ev.ns.recent[v.name]?.[ip];
    return found !== v.inv;
  },
  why: (v, ev) => `${v.side === 'rsource' ? ev.skb.src : ev.skb.dst} was not seen${v.seconds ? ` in the last ${v.seconds} s` : ''} in list ${v.name}`,
};

const units: [string, number][] = [
  ['second', 1],
  ['minute', 60],
  ['hour', 3600],
  ['day', 86400],
];

/** Simplified: every packet is within its limit. */
export const limit: MatchExtension<{ rate: string; burst: number }> = {
  options: { limit: 1, 'limit-burst': 1 },
  create: () => ({ rate: '3/hour', burst: 5 }),
  option(v, { name, values }) {
    const text = values[0] as string;
    if (name === 'limit-burst') {
      const n = parseUnsigned(text, 10000);
      if (n === null) return `limit: Bad value for "--limit-burst" option: "${text}"`;
      v.burst = n;
      return null;
    }
    const [count, unit] = text.split('/');
    const known = units.find(([name]) => unit === undefined || (unit !== '' && name.startsWith(unit)));
    if (!/^\d{1,6}$/.test(count ?? '') || Number(count) === 0 || !known) return `bad rate "${text}"`;
    v.rate = `${Number(count)}/${known[0] === 'second' ? 'sec' : known[0] === 'minute' ? 'min' : known[0]}`;
    return null;
  },
  save: (v) => ` --limit ${v.rate}${v.burst === 5 ? '' : ` --limit-burst ${v.burst}`}`,
  list: (v) => `limit: avg ${v.rate} burst ${v.burst}`,
  test: () => true,
  why: () => 'over the limit',
};
