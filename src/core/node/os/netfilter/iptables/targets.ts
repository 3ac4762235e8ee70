/** Targets with options. What they do is in `evaluate.ts`. */
import type { Family } from '../../../../contracts/netfilter.ts';
import { formatIp, parseIp } from '../ip.ts';
import type { NatRequest } from '../packet.ts';
import { type Extension, hex, parseMarkMask, parsePortRange, parseUnsigned, savePorts, saveString } from './extension.ts';

export interface NatValue extends Omit<NatRequest, 'kind'> {
  given: boolean;
  randomFully: boolean;
  persistent: boolean;
}

const nat = (): NatValue => ({ given: false, min: '', max: '', portMin: 0, portMax: 0, random: false, randomFully: false, persistent: false });

function parseDestination(v: NatValue, text: string, family: Family): string | null {
  let addresses = text;
  let ports = '';
  if (family === 'IPv6') {
    const end = text.indexOf(']');
    if (text.startsWith('[') && end > 0) {
      addresses = text.slice(1, end);
      ports = text.slice(end + 1).replace(/^:/, '');
    }
  } else if (text.includes(':')) {
    addresses = text.slice(0, text.indexOf(':'));
    ports = text.slice(text.indexOf(':') + 1);
  }
  if (ports !== '') {
    const range = parsePortRange(ports, '-');
    if (!range || range[0] === 0) return `Port range \`${ports}' invalid`;
    [v.portMin, v.portMax] = range;
  }
  if (addresses !== '') {
    const dash = addresses.indexOf('-');
    const min = parseIp(dash < 0 ? addresses : addresses.slice(0, dash), family);
    const max = dash < 0 ? min : parseIp(addresses.slice(dash + 1), family);
    if (!min || !max) return `Bad IP address "${addresses}"`;
    v.min = formatIp(min);
    v.max = formatIp(max);
  }
  v.given = true;
  return null;
}

function destinationText(v: NatValue, family: Family): string {
  const addresses = v.min === v.max ? v.min : `${v.min}-${v.max}`;
  const ports = v.portMin ? `:${savePorts([v.portMin, v.portMax], '-')}` : '';
  return family === 'IPv6' && ports !== '' && addresses !== '' ? `[${addresses}]${ports}` : `${addresses}${ports}`;
}

const flags = (v: NatValue, dashes: string): string =>
  `${v.random ? ` ${dashes}random` : ''}${v.randomFully ? ` ${dashes}random-fully` : ''}${v.persistent ? ` ${dashes}persistent` : ''}`;

function translation(option: string): Extension<NatValue> {
  return {
    options: { [option]: 1, random: 0, 'random-fully': 0, persistent: 0 },
    create: nat,
    option(v, { name, values, family }) {
      if (name === option) return parseDestination(v, values[0] as string, family);
      if (name === 'random') v.random = true;
      else if (name === 'random-fully') v.randomFully = true;
      else v.persistent = true;
      return null;
    },
    check: (v) => (v.given ? null : `option "--${option}" must be specified`),
    save: (v, family) => ` --${option} ${destinationText(v, family)}${flags(v, '--')}`,
    list: (v, family) => `to:${destinationText(v, family)}${flags(v, '')}`,
  };
}

function portsOnly(words: string): Extension<NatValue> {
  return {
    options: { 'to-ports': 1, random: 0, 'random-fully': 0 },
    create: nat,
    option(v, { name, values }) {
      if (name === 'random') v.random = true;
      else if (name === 'random-fully') v.randomFully = true;
      else {
        const range = parsePortRange(values[0] as string, '-');
        if (!range) return `Port range \`${values[0]}' invalid`;
        [v.portMin, v.portMax] = range;
      }
      return null;
    },
    save: (v) => `${v.portMin ? ` --to-ports ${savePorts([v.portMin, v.portMax], '-')}` : ''}${flags(v, '--')}`,
    list: (v) => `${v.portMin ? `${words}${savePorts([v.portMin, v.portMax], '-')}` : ''}${flags(v, '')}`.trimStart(),
  };
}

export interface MarkTarget {
  given: boolean;
  value: number;
  mask: number;
}

const mark: Extension<MarkTarget> = {
  options: { 'set-xmark': 1, 'set-mark': 1, 'and-mark': 1, 'or-mark': 1, 'xor-mark': 1 },
  create: () => ({ given: false, value: 0, mask: -1 }),
  option(v, { name, values }) {
    const parsed = parseMarkMask(values[0] as string);
    if (!parsed) return `MARK: Bad value for "--${name}" option: "${values[0]}"`;
    setMark(v, name, parsed.value, parsed.mask);
    return null;
  },
  check: (v) => (v.given ? null : 'MARK: One of the --set-xmark, --{and,or,xor,set}-mark options is required'),
  save: (v) => ` --set-xmark ${hex(v.value)}/${hex(v.mask)}`,
  list(v) {
    if (v.value === 0) return `MARK and ${hex(~v.mask)}`;
    if (v.value === v.mask) return `MARK or ${hex(v.value)}`;
    if (v.mask === 0) return `MARK xor ${hex(v.value)}`;
    return v.mask === -1 ? `MARK set ${hex(v.value)}` : `MARK xset ${hex(v.value)}/${hex(v.mask)}`;
  },
};

function setMark(v: MarkTarget, option: string, value: number, mask: number): void {
  v.given = true;
  v.value = option === 'and-mark' ? 0 : value;
  v.mask = option === 'and-mark' ? ~value : option === 'or-mark' ? value : option === 'xor-mark' ? 0 : option === 'set-mark' ? mask | value : mask;
}

export interface ConnmarkTarget extends MarkTarget {
  mode: 'set' | 'save' | 'restore';
  nfmask: number;
  ctmask: number;
}

const connmark: Extension<ConnmarkTarget> = {
  options: { 'set-xmark': 1, 'set-mark': 1, 'and-mark': 1, 'or-mark': 1, 'xor-mark': 1, 'save-mark': 0, 'restore-mark': 0, nfmask: 1, ctmask: 1, mask: 1 },
  create: () => ({ given: false, value: 0, mask: -1, mode: 'set', nfmask: -1, ctmask: -1 }),
  option(v, { name, values }) {
    if (name === 'save-mark' || name === 'restore-mark') {
      v.mode = name === 'save-mark' ? 'save' : 'restore';
      v.given = true;
      return null;
    }
    const parsed = parseMarkMask(values[0] as string);
    if (!parsed) return `CONNMARK: Bad value for "--${name}" option: "${values[0]}"`;
    if (name === 'nfmask' || name === 'mask') v.nfmask = parsed.value;
    if (name === 'ctmask' || name === 'mask') v.ctmask = parsed.value;
    if (name.endsWith('mark')) setMark(v, name, parsed.value, parsed.mask);
    return null;
  },
  check: (v) => (v.given ? null : 'CONNMARK target: No operation specified'),
  save: (v) => (v.mode === 'set' ? ` --set-xmark ${hex(v.value)}/${hex(v.mask)}` : ` --${v.mode}-mark --nfmask ${hex(v.nfmask)} --ctmask ${hex(v.ctmask)}`),
  list: (v) => (v.mode === 'set' ? `CON${mark.list(v, 'IPv4')}` : `CONNMARK ${v.mode}${v.nfmask === -1 && v.ctmask === -1 ? '' : ` mask ${hex(v.ctmask)}`}`),
};

const rejects4: Record<string, string> = {
  'icmp-net-unreachable': 'icmp-net-unreachable',
  'icmp-host-unreachable': 'icmp-host-unreachable',
  'icmp-proto-unreachable': 'icmp-proto-unreachable',
  'icmp-port-unreachable': 'icmp-port-unreachable',
  'icmp-net-prohibited': 'icmp-net-prohibited',
  'icmp-host-prohibited': 'icmp-host-prohibited',
  'tcp-reset': 'tcp-reset',
  'tcp-rst': 'tcp-reset',
  'icmp-admin-prohibited': 'icmp-admin-prohibited',
  'net-unreach': 'icmp-net-unreachable',
  'host-unreach': 'icmp-host-unreachable',
  'port-unreach': 'icmp-port-unreachable',
  'admin-prohib': 'icmp-admin-prohibited',
};
const rejects6: Record<string, string> = {
  'icmp6-no-route': 'icmp6-no-route',
  'no-route': 'icmp6-no-route',
  'icmp6-adm-prohibited': 'icmp6-adm-prohibited',
  'adm-prohibited': 'icmp6-adm-prohibited',
  'icmp6-addr-unreachable': 'icmp6-addr-unreachable',
  'addr-unreach': 'icmp6-addr-unreachable',
  'icmp6-port-unreachable': 'icmp6-port-unreachable',
  'port-unreach': 'icmp6-port-unreachable',
  'tcp-reset': 'tcp-reset',
};

export interface RejectTarget {
  with: string;
}

const reject: Extension<RejectTarget> = {
  options: { 'reject-with': 1 },
  create: () => ({ with: '' }),
  option(v, { values, family }) {
    const known = family === 'IPv4' ? rejects4 : rejects6;
    const name = values[0] as string;
    if (!Object.hasOwn(known, name)) return `unknown reject type "${name}"`;
    v.with = known[name] as string;
    return null;
  },
  save: (v, family) => ` --reject-with ${v.with || (family === 'IPv4' ? 'icmp-port-unreachable' : 'icmp6-port-unreachable')}`,
  list: (v, family) => `reject-with ${v.with || (family === 'IPv4' ? 'icmp-port-unreachable' : 'icmp6-port-unreachable')}`,
};

const log: Extension<{ prefix: string; level: number; flags: string[] }> = {
  options: { 'log-prefix': 1, 'log-level': 1, 'log-tcp-sequence': 0, 'log-tcp-options': 0, 'log-ip-options': 0, 'log-uid': 0, 'log-macdecode': 0 },
  create: () => ({ prefix: '', level: 4, flags: [] }),
  option(v, { name, values }) {
    const text = values[0] ?? '';
    if (name === 'log-prefix') v.prefix = text.slice(0, 29);
    else if (name === 'log-level') {
      const level = ['emerg', 'alert', 'crit', 'error', 'warning', 'notice', 'info', 'debug'].indexOf(text);
      const number = level >= 0 ? level : parseUnsigned(text, 7);
      if (number === null) return `log-level "${text}" unknown`;
      v.level = number;
    } else v.flags.push(name);
    return null;
  },
  save: (v) =>
    `${v.prefix ? ` --log-prefix ${saveString(v.prefix)}` : ''}${v.level === 4 ? '' : ` --log-level ${v.level}`}${v.flags.map((f) => ` --${f}`).join('')}`,
  list: (v) => `LOG flags ${v.flags.length} level ${v.level}${v.prefix ? ` prefix "${v.prefix}"` : ''}`,
};

const words = (options: Record<string, number>, required: boolean): Extension<{ text: string }> => ({
  options,
  create: () => ({ text: '' }),
  option(v, { name, values }) {
    v.text += ` --${name}${values.map((value) => ` ${saveString(value)}`).join('')}`;
    return null;
  },
  check: (v) => (required && v.text === '' ? 'an option is required' : null),
  save: (v) => v.text,
  list: (v) => v.text.trimStart().replaceAll('--', ''),
});

export const targets: Readonly<Record<string, Extension<never>>> = {
  DNAT: translation('to-destination') as Extension<never>,
  SNAT: translation('to-source') as Extension<never>,
  MASQUERADE: portsOnly('masq ports: ') as Extension<never>,
  REDIRECT: portsOnly('redir ports ') as Extension<never>,
  MARK: mark as Extension<never>,
  CONNMARK: connmark as Extension<never>,
  REJECT: reject as Extension<never>,
  LOG: log as Extension<never>,
  NOTRACK: words({}, false) as Extension<never>,
  CT: words({ notrack: 0, zone: 1, helper: 1 }, true) as Extension<never>,
  NFLOG: words({ 'nflog-group': 1, 'nflog-prefix': 1, 'nflog-threshold': 1, 'nflog-size': 1 }, false) as Extension<never>,
  TCPMSS: words({ 'set-mss': 1, 'clamp-mss-to-pmtu': 0 }, true) as Extension<never>,
  TRACE: words({}, false) as Extension<never>,
  CHECKSUM: words({ 'checksum-fill': 0 }, true) as Extension<never>,
};

/** Table → targets that only it may use; hooks are not checked. */
export const natOnly: readonly string[] = ['DNAT', 'SNAT', 'MASQUERADE', 'REDIRECT'];
export const rawOnly: readonly string[] = ['NOTRACK', 'CT'];
