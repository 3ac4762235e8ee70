/** comment, addrtype, physdev, set, owner, iprange, rpfilter, nfacct, ipvs, mac. */
import type { Family } from '../../../../contracts/netfilter.ts';
import { compareWords, formatIp, parseIp, type Words, within, wordsOf } from '../ip.ts';
import { setHas } from '../ipset.ts';
import type { Evaluation } from '../packet.ts';
import { bang, type MatchExtension, parseUnsigned, saveString } from './extension.ts';
import { protocolName, protocolNumber } from './rule.ts';

export const comment: MatchExtension<{ text: string }> = {
  options: { comment: 1 },
  create: () => ({ text: '' }),
  option(v, { values }) {
    v.text = values[0] as string;
    return v.text.length > 255 ? 'comment: Comment must be shorter than 256 characters' : null;
  },
  save: (v) => ` --comment ${saveString(v.text)}`,
  list: (v) => `/* ${v.text} */`,
  test: () => true,
  why: () => '',
};

const types = ['UNSPEC', 'UNICAST', 'LOCAL', 'BROADCAST', 'ANYCAST', 'MULTICAST', 'BLACKHOLE', 'UNREACHABLE', 'PROHIBIT', 'THROW', 'NAT', 'XRESOLVE'];

interface Addrtype {
  src: string[] | null;
  srcInv: boolean;
  dst: string[] | null;
  dstInv: boolean;
  limit: '' | 'in' | 'out';
}

/** The kinds of an address in the routing table of the packet's namespace. */
export function addressType(ev: Evaluation, ip: string, device?: string): string {
  const first = wordsOf(ip)[0] as number;
  if (device !== undefined) {
    if (ev.env.addresses(ev.skb.netns, device).some((cidr) => cidr.slice(0, cidr.indexOf('/')) === ip)) return 'LOCAL';
  } else if (ev.env.isLocal(ev.skb.netns, ip)) return 'LOCAL';
  if (ip === '255.255.255.255') return 'BROADCAST';
  if (!ip.includes(':') && first >>> 28 === 14) return 'MULTICAST';
  if (ip.startsWith('ff') && ip.includes(':')) return 'MULTICAST';
  return 'UNICAST';
}

export const addrtype: MatchExtension<Addrtype> = {
  options: { 'src-type': 1, 'dst-type': 1, 'limit-iface-in': 0, 'limit-iface-out': 0 },
  create: () => ({ src: null, srcInv: false, dst: null, dstInv: false, limit: '' }),
  option(v, { name, values, inv }) {
    if (name.startsWith('limit')) {
      v.limit = name === 'limit-iface-in' ? 'in' : 'out';
      return null;
    }
    const parts = (values[0] as string).toUpperCase().split(',');
    if (!parts.every((p) => types.includes(p))) return `addrtype: bad type \`${values[0]}'`;
    const known = types.filter((t) => parts.includes(t));
    if (name === 'src-type') {
      v.src = known;
      v.srcInv = inv;
    } else {
      v.dst = known;
      v.dstInv = inv;
    }
    return null;
  },
  check: (v) => (v.src || v.dst ? null : 'addrtype: you must specify --src-type or --dst-type'),
  save: (v) =>
    `${v.src ? `${bang(v.srcInv)} --src-type ${v.src.join(',')}` : ''}${v.dst ? `${bang(v.dstInv)} --dst-type ${v.dst.join(',')}` : ''}${
      v.limit ? ` --limit-iface-${v.limit}` : ''
    }`,
  list: (v) =>
    `ADDRTYPE match${v.src ? ` src-type ${v.srcInv ? '!' : ''}${v.src.join(',')}` : ''}${v.dst ? ` dst-type ${v.dstInv ? '!' : ''}${v.dst.join(',')}` : ''}${
      v.limit ? ` limit-${v.limit}` : ''
    }`,
  test(v, ev) {
    const device = v.limit === 'in' ? ev.skb.iif : v.limit === 'out' ? ev.skb.oif : undefined;
    if (v.src && v.src.includes(addressType(ev, ev.skb.src, device)) === v.srcInv) return false;
    return !v.dst || v.dst.includes(addressType(ev, ev.skb.dst, device)) !== v.dstInv;
  },
  why(v, ev) {
    const src = addressType(ev, ev.skb.src);
    if (v.src && v.src.includes(src) === v.srcInv) return `source ${ev.skb.src} is ${src}`;
    return `destination ${ev.skb.dst} is ${addressType(ev, ev.skb.dst)}`;
  },
};

interface Physdev {
  in: string;
  inInv: boolean;
  out: string;
  outInv: boolean;
  /** 0 not asked, 1 yes, -1 no. */
  isIn: number;
  isOut: number;
  isBridged: number;
}

const named = (pattern: string, device: string | undefined): boolean =>
  pattern.endsWith('+') ? (device ?? '').startsWith(pattern.slice(0, -1)) : device === pattern;

export const physdev: MatchExtension<Physdev> = {
  options: { 'physdev-in': 1, 'physdev-out': 1, 'physdev-is-in': 0, 'physdev-is-out': 0, 'physdev-is-bridged': 0 },
  create: () => ({ in: '', inInv: false, out: '', outInv: false, isIn: 0, isOut: 0, isBridged: 0 }),
  option(v, { name, values, inv }) {
    const flag = inv ? -1 : 1;
    if (name === 'physdev-in') {
      v.in = values[0] as string;
      v.inInv = inv;
    } else if (name === 'physdev-out') {
      v.out = values[0] as string;
      v.outInv = inv;
    } else if (name === 'physdev-is-in') v.isIn = flag;
    else if (name === 'physdev-is-out') v.isOut = flag;
    else v.isBridged = flag;
    return null;
  },
  save: (v) =>
    `${v.isIn ? `${bang(v.isIn < 0)} --physdev-is-in` : ''}${v.in ? `${bang(v.inInv)} --physdev-in ${v.in}` : ''}${
      v.isOut ? `${bang(v.isOut < 0)} --physdev-is-out` : ''
    }${v.out ? `${bang(v.outInv)} --physdev-out ${v.out}` : ''}${v.isBridged ? `${bang(v.isBridged < 0)} --physdev-is-bridged` : ''}`,
  list: (v) => `PHYSDEV match${physdev.save(v, 'IPv4')}`,
  test(v, { skb }) {
    if (v.isIn && (skb.physin !== undefined) !== v.isIn > 0) return false;
    if (v.isOut && (skb.physout !== undefined) !== v.isOut > 0) return false;
    if (v.isBridged && (skb.physin !== undefined && skb.iif === skb.oif) !== v.isBridged > 0) return false;
    return (v.in === '' || named(v.in, skb.physin) !== v.inInv) && (v.out === '' || named(v.out, skb.physout) !== v.outInv);
  },
  why: (_v, { skb }) => (skb.physin === undefined ? 'it came in by no bridge port' : `it came in by bridge port ${skb.physin}`),
};

interface SetMatch {
  name: string;
  dirs: string[];
  inv: boolean;
}

export const set: MatchExtension<SetMatch> = {
  options: { 'match-set': 2, 'return-nomatch': 0 },
  create: () => ({ name: '', dirs: [], inv: false }),
  option(v, { name, values, inv }) {
    if (name !== 'match-set') return null;
    v.name = values[0] as string;
    v.dirs = (values[1] as string).split(',');
    v.inv = inv;
    return v.dirs.every((d) => d === 'src' || d === 'dst') ? null : `You must spefify (the comma separated list of) 'src' or 'dst'`;
  },
  check: (v) => (v.name === '' ? "You must specify `--match-set' with proper arguments" : null),
  save: (v) => `${bang(v.inv)} --match-set ${v.name} ${v.dirs.join(',')}`,
  list: (v) => `${v.inv ? '! ' : ''}match-set ${v.name} ${v.dirs.join(',')}`,
  test: (v, ev) => setHas(ev.ns, v.name, v.dirs, ev.skb) !== v.inv,
  why: (v) => (v.inv ? `it is in set ${v.name}` : `it is not in set ${v.name}`),
};

export const owner: MatchExtension<{ uid: [number, number] | null; gid: string; inv: boolean }> = {
  options: { 'uid-owner': 1, 'gid-owner': 1, 'socket-exists': 0, 'suppl-groups': 0 },
  create: () => ({ uid: null, gid: '', inv: false }),
  option(v, { name, values, inv }) {
    const text = values[0] ?? '';
    if (name === 'gid-owner') v.gid = text;
    if (name !== 'uid-owner') return null;
    const parts = text.split('-').map((p) => (p === 'root' ? 0 : parseUnsigned(p)));
    if (parts.length > 2 || parts.some((p) => p === null)) return `owner: Bad value for "--uid-owner" option: "${text}"`;
    v.uid = [parts[0] as number, (parts[1] ?? parts[0]) as number];
    v.inv = inv;
    return null;
  },
  save: (v) => `${v.uid ? `${bang(v.inv)} --uid-owner ${v.uid[0] === v.uid[1] ? v.uid[0] : v.uid.join('-')}` : ''}${v.gid ? ` --gid-owner ${v.gid}` : ''}`,
  list: (v) =>
    `${v.uid ? `${v.inv ? '! ' : ''}owner UID match ${v.uid[0] === v.uid[1] ? v.uid[0] : v.uid.join('-')}` : ''}${v.gid ? `owner GID match ${v.gid}` : ''}`,
  test(v, { skb }) {
    if (!skb.local) return false;
    const uid = skb.uid ?? 0;
    return v.uid === null || (uid >= v.uid[0] && uid <= v.uid[1]) !== v.inv;
  },
  why: (_v, { skb }) => (skb.local ? `its owner is ${skb.uid ?? 0}` : 'it was not sent here'),
};

interface Range {
  from: Words | null;
  to: Words | null;
  inv: boolean;
}

function parseRange(text: string, family: Family): [Words, Words] | null {
  const dash = text.indexOf('-');
  const from = parseIp(dash < 0 ? text : text.slice(0, dash), family);
  const to = dash < 0 ? from : parseIp(text.slice(dash + 1), family);
  return from && to ? [from, to] : null;
}

export const iprange: MatchExtension<{ src: Range; dst: Range }> = {
  options: { 'src-range': 1, 'dst-range': 1 },
  create: () => ({ src: { from: null, to: null, inv: false }, dst: { from: null, to: null, inv: false } }),
  option(v, { name, values, inv, family }) {
    const range = parseRange(values[0] as string, family);
    if (!range) return `iprange: Bad value for "--${name}" option: "${values[0]}"`;
    Object.assign(name === 'src-range' ? v.src : v.dst, { from: range[0], to: range[1], inv });
    return null;
  },
  save: (v) => `${rangeText(' --src-range', v.src)}${rangeText(' --dst-range', v.dst)}`,
  list: (v) => `${rangeText('source IP range', v.src)}${rangeText('destination IP range', v.dst)}`,
  test: (v, ev) => inRange(v.src, ev.src) && inRange(v.dst, ev.dst),
  why: (v, { skb, src }) => (inRange(v.src, src) ? `destination is ${skb.dst}` : `source is ${skb.src}`),
};

const rangeText = (words: string, r: Range): string => (r.from && r.to ? `${bang(r.inv)}${words} ${formatIp(r.from)}-${formatIp(r.to)}` : '');
const inRange = (r: Range, ip: Words): boolean => !r.from || !r.to || (compareWords(ip, r.from) >= 0 && compareWords(ip, r.to) <= 0) !== r.inv;

/** Reverse path: Simplified, every source has a route back unless there is none at all. */
export const rpfilter: MatchExtension<{ flags: string[] }> = {
  options: { loose: 0, validmark: 0, 'accept-local': 0, invert: 0 },
  create: () => ({ flags: [] }),
  option(v, { name }) {
    if (!v.flags.includes(name)) v.flags.push(name);
    return null;
  },
  save: (v) =>
    ['loose', 'validmark', 'accept-local', 'invert']
      .filter((f) => v.flags.includes(f))
      .map((f) => ` --${f}`)
      .join(''),
  list: (v) => `rpfilter${rpfilter.save(v, 'IPv4').replaceAll(' --', ' ')}`,
  test(v, ev) {
    const route = ev.env.route(ev.skb.netns, ev.skb.src);
    const ok = route !== null && (v.flags.includes('loose') || route.dev === 'lo' || ev.skb.iif === undefined || route.dev === ev.skb.iif);
    return ok !== v.flags.includes('invert');
  },
  why: (_v, ev) => `the way back to ${ev.skb.src} is another`,
};

export const nfacct: MatchExtension<{ name: string }> = {
  options: { 'nfacct-name': 1 },
  create: () => ({ name: '' }),
  option(v, { values }) {
    v.name = values[0] as string;
    return v.name.length > 31 ? 'nfacct: Bad value for "--nfacct-name" option' : null;
  },
  check: (v) => (v.name === '' ? "nfacct: You must specify `--nfacct-name'" : null),
  save: (v) => ` --nfacct-name  ${v.name}`,
  list: (v) => `nfacct-name  ${v.name}`,
  test: () => true,
  why: () => '',
};

interface IpvsMatch {
  ipvs: boolean;
  vaddr: { words: Words; mask: Words; text: string } | null;
  vaddrInv: boolean;
  vproto: string;
  vport: number;
  vdir: string;
  vmethod: string;
}

export const ipvs: MatchExtension<IpvsMatch> = {
  options: { ipvs: 0, vaddr: 1, vproto: 1, vport: 1, vdir: 1, vmethod: 1 },
  create: () => ({ ipvs: false, vaddr: null, vaddrInv: false, vproto: '', vport: 0, vdir: '', vmethod: '' }),
  option(v, { name, values, inv, family }) {
    const text = values[0] ?? '';
    if (name === 'ipvs') v.ipvs = true;
    if (name === 'vdir' || name === 'vmethod') v[name] = text.toUpperCase();
    if (name === 'vproto') {
      const proto = protocolName(text);
      if (proto === null) return `unknown protocol "${text}" specified`;
      v.vproto = proto;
    }
    if (name === 'vport') {
      const port = parseUnsigned(text, 65535);
      if (port === null) return `ipvs: Bad value for "--vport" option: "${text}"`;
      v.vport = port;
    }
    if (name === 'vaddr') {
      const words = parseIp(text, family);
      if (!words) return `ipvs: Bad value for "--vaddr" option: "${text}"`;
      v.vaddr = { words, mask: words.map(() => -1), text: formatIp(words) };
      v.vaddrInv = inv;
    }
    return null;
  },
  save: (v) =>
    `${v.ipvs ? ' --ipvs' : ''}${v.vproto ? ` --vproto ${protocolNumber(v.vproto)}` : ''}${v.vaddr ? `${bang(v.vaddrInv)} --vaddr ${v.vaddr.text}` : ''}${
      v.vport ? ` --vport ${v.vport}` : ''
    }${v.vdir ? ` --vdir ${v.vdir}` : ''}${v.vmethod ? ` --vmethod ${v.vmethod}` : ''}`,
  list: (v) => ipvs.save(v, 'IPv4').replaceAll(' --', ' ').trimStart(),
  test(v, ev) {
    const server = ev.ns.ct.slots[Number(ev.skb.ct ?? -1)]?.ipvs;
    if (!server) return false;
    const o = ev.original();
    if (v.vaddr && within(wordsOf(o.dst), v.vaddr.words, v.vaddr.mask) === v.vaddrInv) return false;
    return (v.vproto === '' || v.vproto === ev.skb.protocol) && (v.vport === 0 || v.vport === o.dport);
  },
  why: () => 'it is no packet of such a virtual server',
};

export const mac: MatchExtension<{ mac: string; inv: boolean }> = {
  options: { 'mac-source': 1 },
  create: () => ({ mac: '', inv: false }),
  option(v, { values, inv }) {
    v.mac = (values[0] as string).toLowerCase();
    v.inv = inv;
    return /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(v.mac) ? null : `mac: Bad value for "--mac-source" option: "${values[0]}"`;
  },
  save: (v) => `${bang(v.inv)} --mac-source ${v.mac}`,
  list: (v) => `MAC${v.inv ? ' !' : ''} ${v.mac}`,
  // Simplified: packets of the model carry no hardware addresses.
  test: (v) => v.inv,
  why: () => 'packets of the model carry no hardware address',
};
