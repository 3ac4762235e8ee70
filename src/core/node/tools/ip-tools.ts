/** ip, bridge, ss, sysctl: what the kernel's network looks like. Models iproute2 6.1 and procps. */
import { osOf, type Tool, type ToolEnvironment, type ToolResult } from '../../contracts/os.ts';
import type { LinkInfo, NetlinkAnswer, NetlinkRequest, RouteInfo, SocketAnswer, SocketInfo } from '../../contracts/socket.ts';
import { daemonSockets, processNames } from './socket-owners.ts';

const ok = (stdout: string): ToolResult => ({ stdout, stderr: '', code: 0 });
const failed = (stderr: string, code = 1): ToolResult => ({ stdout: '', stderr: `${stderr}\n`, code });
const ask = (env: ToolEnvironment, request: NetlinkRequest): NetlinkAnswer => env.call<NetlinkAnswer>(osOf(env.host), request);
const dump = (env: ToolEnvironment, netns = env.netns): NetlinkAnswer => ask(env, { type: 'Netlink', op: 'dump', netns: netns || 'host' });

export const ip: Tool = (argv, env) => {
  const words = argv.slice(1);
  let brief = false;
  let six = false;
  let netns: string | undefined;
  while (words[0]?.startsWith('-')) {
    const flag = words.shift() as string;
    if (flag === '-br' || flag === '-brief') brief = true;
    else if (flag === '-6') six = true;
    else if (flag === '-n' || flag === '-netns') netns = words.shift();
    else if (!['-4', '-c', '-color', '-d', '-details', '-o', '-oneline', '-s'].includes(flag))
      return failed(`Option "${flag}" is unknown, try "ip -help".`, 255);
  }
  const [object = '', verb = 'show', ...rest] = words;
  const is = (name: string): boolean => object !== '' && name.startsWith(object);
  const { links = [], routes = [], routes6 = [], error } = dump(env, netns);
  if (error !== undefined) return failed(error);
  const showing = 'show'.startsWith(verb) || 'list'.startsWith(verb) || verb === 'ls' || verb === 'dev';
  const dev = verb === 'dev' ? rest[0] : rest[0] === 'dev' ? rest[1] : rest[0];
  if (is('address') || is('link')) {
    if (!showing) return failed(`ip ${object} ${verb.slice(0, 40)}: not simulated (show is)`);
    const wanted = links.filter((l) => dev === undefined || l.name === dev);
    if (dev !== undefined && wanted.length === 0) return failed(`Device "${dev}" does not exist.`);
    const addresses = is('address');
    return ok(wanted.map((l) => (brief ? briefLink(l, addresses, six) : fullLink(l, addresses, six))).join(''));
  }
  if (is('route')) {
    if (verb === 'get') return routeGet(rest[0] ?? '', links, routes);
    if (!showing) return failed(`ip route ${verb.slice(0, 40)}: not simulated (show and get are)`);
    return ok(
      (six ? routes6 : routes)
        .filter((r) => dev === undefined || r.dev === dev)
        .map((r) => routeLine(r, six))
        .join(''),
    );
  }
  if (is('neighbour') || object === 'neighbor') {
    if (!showing) return failed(`ip neigh ${verb.slice(0, 40)}: not simulated (show is)`);
    if (dev !== undefined && !links.some((l) => l.name === dev)) return failed(`Cannot find device "${dev}"`);
    const { neighbours = [] } = ask(env, { type: 'Netlink', op: 'neigh.list', netns: netns ?? (env.netns || 'host') });
    const wanted = neighbours.filter((n) => (dev === undefined || n.dev === dev) && (!six || n.ip.includes(':')));
    return ok(wanted.map((n) => `${n.ip}${dev === undefined ? ` dev ${n.dev}` : ''} lladdr ${n.lladdr} ${n.state} \n`).join(''));
  }
  return failed(`Object "${object.slice(0, 40)}" is unknown, try "ip help".`);
};

function flagsOf(l: LinkInfo): string {
  if (l.kind === 'loopback') return l.up ? 'LOOPBACK,UP,LOWER_UP' : 'LOOPBACK';
  if (l.kind === 'dummy') return l.up ? 'BROADCAST,NOARP,UP,LOWER_UP' : 'BROADCAST,NOARP';
  return l.up ? 'BROADCAST,MULTICAST,UP,LOWER_UP' : 'BROADCAST,MULTICAST';
}

const stateOf = (l: LinkInfo): string => (!l.up ? 'DOWN' : l.kind === 'loopback' || l.kind === 'vxlan' || l.kind === 'dummy' ? 'UNKNOWN' : 'UP');
const nameOf = (l: LinkInfo): string => (l.peerIndex === undefined ? l.name : `${l.name}@if${l.peerIndex}`);
const macOf = (l: LinkInfo): string => (l.kind === 'loopback' ? '00:00:00:00:00:00' : l.mac || '00:00:00:00:00:00');

function fullLink(l: LinkInfo, addresses: boolean, six: boolean): string {
  const queue = !l.up && l.kind === 'dummy' ? 'noop' : 'noqueue';
  const qlen = l.kind === 'loopback' || l.kind === 'bridge' || l.kind === 'physical' ? ' qlen 1000' : '';
  let out = `${l.index}: ${nameOf(l)}: <${flagsOf(l)}> mtu ${l.mtu} qdisc ${queue}${l.master === undefined ? '' : ` master ${l.master}`} state ${stateOf(l)}${
    addresses ? '' : ' mode DEFAULT'
  } group default${qlen || ' '}\n`;
  const loopback = l.kind === 'loopback';
  out += `    link/${loopback ? 'loopback' : 'ether'} ${macOf(l)} brd ${loopback ? '00:00:00:00:00:00' : 'ff:ff:ff:ff:ff:ff'}${
    l.peerIndex === undefined ? '' : ` link-netnsid 0`
  }\n`;
  if (!addresses) return out;
  for (const cidr of l.addresses) {
    const v6 = cidr.includes(':');
    if (six && !v6) continue;
    if (v6) {
      out += `    inet6 ${cidr} scope ${loopback ? 'host noprefixroute' : 'global'} \n       valid_lft forever preferred_lft forever\n`;
      continue;
    }
    const brd = loopback ? '' : broadcast(cidr);
    out += `    inet ${cidr}${brd === '' ? '' : ` brd ${brd}`} scope ${loopback ? 'host' : 'global'} ${l.name}\n       valid_lft forever preferred_lft forever\n`;
  }
  return out;
}

function briefLink(l: LinkInfo, addresses: boolean, six: boolean): string {
  const head = `${nameOf(l).padEnd(16)} ${stateOf(l).padEnd(14)} `;
  if (!addresses) return `${head}${macOf(l)} <${flagsOf(l)}> \n`;
  const shown = l.addresses.filter((cidr) => !six || cidr.includes(':'));
  return `${head}${shown.map((cidr) => `${cidr} `).join('')}\n`;
}

const number = (ipv4: string): number => ipv4.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
const dotted = (n: number): string => [24, 16, 8, 0].map((shift) => Math.floor(n / 2 ** shift) % 256).join('.');

function broadcast(cidr: string): string {
  const [address = '', bits = '32'] = cidr.split('/');
  if (Number(bits) >= 31) return '';
  const size = 2 ** (32 - Number(bits));
  return dotted(Math.floor(number(address) / size) * size + size - 1);
}

function routeLine(r: RouteInfo, six: boolean): string {
  let out = `${r.destination}${r.via === undefined ? '' : ` via ${r.via}`} dev ${r.dev} `;
  if (r.proto !== undefined) out += `proto ${r.proto} `;
  if (r.scope !== undefined) out += `scope ${r.scope} `;
  if (r.src !== undefined) out += `src ${r.src} `;
  if (r.metric !== undefined) out += `metric ${r.metric} `;
  if (r.onlink) out += 'onlink ';
  if (six) out += 'pref medium';
  return `${out}\n`;
}

function routeGet(to: string, links: readonly LinkInfo[], routes: readonly RouteInfo[]): ToolResult {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(to)) return failed(`Error: any valid prefix is expected rather than "${to.slice(0, 60)}".`);
  const own = links.find((l) => l.addresses.some((cidr) => cidr.split('/')[0] === to));
  if (own) return ok(`local ${to} dev lo src ${to} uid 0 \n    cache <local> \n`);
  let best: RouteInfo | undefined;
  let bestBits = -1;
  for (const route of routes) {
    const [net = '', bits = '32'] = route.destination === 'default' ? ['0.0.0.0', '0'] : route.destination.split('/');
    const size = 2 ** (32 - Number(bits));
    if (Number(bits) > bestBits && Math.floor(number(to) / size) === Math.floor(number(net) / size)) {
      best = route;
      bestBits = Number(bits);
    }
  }
  if (!best) return failed('RTNETLINK answers: Network is unreachable', 2);
  const link = links.find((l) => l.name === best.dev);
  const src = best.src ?? link?.addresses.find((cidr) => !cidr.includes(':'))?.split('/')[0];
  return ok(`${to}${best.via === undefined ? '' : ` via ${best.via}`} dev ${best.dev}${src === undefined ? '' : ` src ${src}`} uid 0 \n    cache \n`);
}

export const bridge: Tool = (argv, env) => {
  const [object = '', verb = 'show'] = argv.slice(1).filter((w) => !w.startsWith('-'));
  if (object === '' || !'link'.startsWith(object) || !'show'.startsWith(verb)) return failed(`bridge ${object.slice(0, 40)}: not simulated (link is)`);
  const { links = [] } = dump(env);
  return ok(
    links
      .filter((l) => l.master !== undefined)
      .map((l) => `${l.index}: ${nameOf(l)}: <${flagsOf(l)}> mtu ${l.mtu} master ${l.master} state ${l.up ? 'forwarding' : 'disabled'} priority 32 cost 2 \n`)
      .join(''),
  );
};

/** `*` takes both families. */
const hostOf = (ip: string): string => (ip === '::' ? '*' : ip.includes(':') ? `[${ip}]` : ip);

export const ss: Tool = (argv, env) => {
  const letters = new Set<string>();
  for (const word of argv.slice(1)) {
    if (/^-[a-zA-Z0-9]+$/.test(word)) for (const letter of word.slice(1)) letters.add(letter);
    else if (word === '--tcp') letters.add('t');
    else if (word === '--udp') letters.add('u');
    else if (word === '--listening') letters.add('l');
    else if (word === '--all') letters.add('a');
    else if (word === '--numeric') letters.add('n');
    else if (word === '--no-header') letters.add('H');
    else if (word.startsWith('-')) return failed(`ss: unrecognized option '${word.slice(0, 60)}'`, 255);
  }
  const answer = env.call<SocketAnswer>(osOf(env.host), { type: 'Socket', op: 'list', netns: env.netns || 'host' } as never);
  const kinds = [letters.has('t') ? 'tcp' : '', letters.has('u') ? 'udp' : '', letters.has('S') ? 'sctp' : ''].filter(Boolean);
  const waiting = (s: SocketInfo): boolean => s.state === 'LISTEN' || s.state === 'UNCONN';
  const sockets = (answer.sockets ?? []).filter((s) => {
    if (kinds.length > 0 && !kinds.includes(s.protocol)) return false;
    if (letters.has('a')) return true;
    return letters.has('l') ? waiting(s) : !waiting(s) && (s.state !== 'TIME-WAIT' || letters.has('a'));
  });
  if (env.netns === 'host' || env.netns === '') sockets.push(...daemonSockets(env, letters, kinds));
  const processes = letters.has('p') ? processNames(env) : null;
  const many = kinds.length !== 1;
  const rows = sockets.map((s) => [
    ...(many ? [s.protocol] : []),
    s.state,
    '0',
    s.state === 'LISTEN' ? '4096' : '0',
    hostOf(s.localIP),
    String(s.localPort),
    waiting(s) ? (s.localIP === '::' ? '*' : s.localIP.includes(':') ? '[::]' : '0.0.0.0') : hostOf(s.peerIP),
    waiting(s) ? '*' : String(s.peerPort),
  ]);
  const header = [...(many ? ['Netid'] : []), 'State', 'Recv-Q', 'Send-Q', 'Local Address', 'Port', 'Peer Address', 'Port'];
  const all = letters.has('H') ? rows : [header, ...rows];
  const owners = sockets.map((s) => processes?.(s) ?? '');
  const width = header.map((_, i) => Math.max(...all.map((row) => (row[i] as string).length), 0));
  const at = header.length - 4;
  const line = (row: string[]): string => {
    const plain = row.slice(0, at).map((cell, i) => cell.padEnd(width[i] as number));
    const pair = (i: number): string => `${(row[i] as string).padStart(width[i] as number)}:${(row[i + 1] as string).padEnd(width[i + 1] as number)}`;
    return `${plain.join(' ')} ${pair(at)} ${pair(at + 2)}`;
  };
  const first = all.length - rows.length;
  return ok(all.map((row, i) => (row === header ? `${line(row)}Process\n` : `${line(row)}${(owners[i - first] ?? '').padEnd(7)}\n`)).join(''));
};

export const sysctl: Tool = (argv, env) => {
  let bare = false;
  let quiet = false;
  let out = '';
  let err = '';
  let code = 0;
  const names = argv.slice(1).filter((word) => {
    if (word === '-n' || word === '--values') bare = true;
    if (word === '-q') quiet = true;
    return !word.startsWith('-');
  });
  if (argv.includes('-a') || argv.includes('-p')) return failed(`sysctl: ${argv.includes('-a') ? '-a' : '-p'}: not simulated (name a variable)`);
  for (const word of names) {
    const equals = word.indexOf('=');
    const name = (equals < 0 ? word : word.slice(0, equals)).trim();
    const answer =
      equals < 0
        ? ask(env, { type: 'Netlink', op: 'sysctl.get', name })
        : ask(env, { type: 'Netlink', op: 'sysctl.set', name, value: word.slice(equals + 1).trim() });
    if (answer.error !== undefined) {
      err += `${answer.error}\n`;
      code = 255;
      continue;
    }
    const value = equals < 0 ? (answer.value ?? '') : word.slice(equals + 1).trim();
    if (!(quiet && equals >= 0)) out += bare ? `${value}\n` : `${name.replaceAll('/', '.')} = ${value}\n`;
  }
  return { stdout: out, stderr: err, code };
};
