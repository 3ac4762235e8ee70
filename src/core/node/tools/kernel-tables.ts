/** ipset, ipvsadm, conntrack. */
import type {
  ConntrackAnswer,
  ConntrackEntry,
  ConntrackRequest,
  IpsetAnswer,
  IpsetInfo,
  IpsetRequest,
  IpvsAnswer,
  IpvsRequest,
  NetfilterAnswer,
} from '../../contracts/netfilter.ts';
import { osOf, type Tool, type ToolEnvironment, type ToolResult } from '../../contracts/os.ts';
import type { Protocol } from '../../contracts/socket.ts';
import { fnv1a } from '../../engine/random.ts';

const ok = (stdout: string, stderr = ''): ToolResult => ({ stdout, stderr, code: 0 });
const failed = (stderr: string, code = 1): ToolResult => ({ stdout: '', stderr: `${stderr}\n`, code });

export const ipset: Tool = (argv, env) => {
  const ask = (request: IpsetRequest): IpsetAnswer => env.call<IpsetAnswer>(osOf(env.host), request);
  const words = argv.slice(1).filter((w) => w !== '-exist' && w !== '-!' && w !== '-q' && w !== '-quiet');
  const names = words.includes('-n') || words.includes('-name');
  const terse = words.includes('-t') || words.includes('-terse');
  const [verb, ...rest] = words.filter((w) => !['-n', '-name', '-t', '-terse'].includes(w));
  const [name, entry] = rest;
  const lenient = argv.includes('-exist') || argv.includes('-!');
  const done = (answer: IpsetAnswer): ToolResult =>
    answer.error === undefined || (lenient && /already|not added/.test(answer.error)) ? ok('') : failed(`ipset v7.17: ${answer.error}`);
  switch (verb) {
    case 'list':
    case '-L':
    case 'save':
    case '-S': {
      const answer = ask(name === undefined ? { type: 'Ipset', op: 'list' } : { type: 'Ipset', op: 'list', name });
      if (answer.error !== undefined) return failed(`ipset v7.17: ${answer.error}`);
      const sets = answer.sets ?? [];
      if (names) return ok(sets.map((s) => `${s.name}\n`).join(''));
      if (verb === 'save' || verb === '-S') return ok(sets.map(saved).join(''));
      const rules = saveOf(env, 'IPv4') + saveOf(env, 'IPv6');
      return ok(sets.map((s) => listed(s, rules, terse)).join('\n'));
    }
    case 'create':
    case '-N':
      return done(ask({ type: 'Ipset', op: 'create', name: name ?? '', settype: entry ?? '', family: rest.includes('inet6') ? 'IPv6' : 'IPv4' }));
    case 'add':
    case '-A':
      return done(ask({ type: 'Ipset', op: 'add', name: name ?? '', entry: entry ?? '' }));
    case 'del':
    case '-D':
      return done(ask({ type: 'Ipset', op: 'del', name: name ?? '', entry: entry ?? '' }));
    case 'destroy':
    case '-X':
      return done(ask({ type: 'Ipset', op: 'destroy', name: name ?? '' }));
    case 'flush':
    case '-F':
      return done(ask({ type: 'Ipset', op: 'flush', name: name ?? '' }));
    case 'version':
    case '-v':
      return ok('ipset v7.17, protocol version: 7\n');
    default:
      return failed(
        `ipset v7.17: ${verb === undefined ? 'No command specified.' : `Unknown argument: \`${verb.slice(0, 60)}'`}\nTry \`ipset help' for more information.`,
        2,
      );
  }
};

const saveOf = (env: ToolEnvironment, family: 'IPv4' | 'IPv6'): string =>
  env.call<NetfilterAnswer>(osOf(env.host), { type: 'IptablesSave', family } as never).text ?? '';

const revisions: Record<string, number> = {
  'hash:ip': 6,
  'hash:net': 7,
  'hash:ip,port': 7,
  'hash:net,port': 8,
  'hash:ip,port,ip': 7,
  'hash:ip,port,net': 8,
  'bitmap:port': 3,
};

function header(set: IpsetInfo): string {
  if (set.settype === 'bitmap:port') return 'range 0-65535';
  const family = set.family === 'IPv6' ? 'inet6' : 'inet';
  return `family ${family} hashsize 1024 maxelem 65536 bucketsize 12 initval 0x${fnv1a(set.name).toString(16).padStart(8, '0')}`;
}

function listed(set: IpsetInfo, rules: string, terse: boolean): string {
  const lines = [
    `Name: ${set.name}`,
    `Type: ${set.settype}`,
    `Revision: ${revisions[set.settype] ?? 0}`,
    `Header: ${header(set)}`,
    `Size in memory: ${set.settype === 'bitmap:port' ? 8264 : 216 + set.entries.length * 72}`,
    `References: ${rules.split(` --match-set ${set.name} `).length - 1}`,
    `Number of entries: ${set.entries.length}`,
  ];
  if (!terse) lines.push('Members:', ...set.entries);
  return `${lines.join('\n')}\n`;
}

const saved = (set: IpsetInfo): string =>
  [`create ${set.name} ${set.settype} ${header(set)}`, ...set.entries.map((entry) => `add ${set.name} ${entry}`)].map((line) => `${line}\n`).join('');

const scopes = (ip: string, port: number): string => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`);

export const ipvsadm: Tool = (argv, env) => {
  const ask = (request: IpvsRequest): IpvsAnswer => env.call<IpvsAnswer>(osOf(env.host), request);
  const words = argv.slice(1).flatMap((w) => (/^-[lLnSC]{2,}$/.test(w) ? [...w.slice(1)].map((c) => `-${c}`) : [w]));
  if (words.includes('--stats') || words.includes('--rate'))
    return failed('ipvsadm: packets of virtual servers are not counted here: --stats and --rate are not simulated');
  if (words.includes('-C') || words.includes('--clear')) {
    ask({ type: 'Ipvs', op: 'flush' });
    return ok('');
  }
  const save = words.includes('-S') || words.includes('--save');
  const list = words.length === 0 || words.some((w) => w === '-L' || w === '-l' || w === '--list');
  if (!save && !list) return failed(`ipvsadm: ${words[0]?.slice(0, 60)}: not simulated (-L, -S and -C are)`);
  const only = words[words.findIndex((w) => w === '-t' || w === '-u') + 1];
  const filtered = words.includes('-t') || words.includes('-u');
  const servers = (ask({ type: 'Ipvs', op: 'list' }).servers ?? []).filter(
    (s) => !filtered || (scopes(s.ip, s.port) === only && (s.protocol === 'udp') === words.includes('-u')),
  );
  if (filtered && servers.length === 0) return failed('No such service');
  if (save) {
    const flag = (p: Protocol): string => (p === 'udp' ? '-u' : p === 'sctp' ? '--sctp-service' : '-t');
    return ok(
      servers
        .flatMap((s) => [
          `-A ${flag(s.protocol)} ${scopes(s.ip, s.port)} -s ${s.scheduler}${s.persistentSeconds ? ` -p ${s.persistentSeconds}` : ''}`,
          ...s.real.map((r) => `-a ${flag(s.protocol)} ${scopes(s.ip, s.port)} -r ${scopes(r.ip, r.port)} -m -w ${r.weight}`),
        ])
        .map((line) => `${line}\n`)
        .join(''),
    );
  }
  let out =
    'IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n';
  for (const s of servers) {
    out += `${s.protocol.toUpperCase().padEnd(4)} ${scopes(s.ip, s.port)} ${s.scheduler}${s.persistentSeconds ? ` persistent ${s.persistentSeconds}` : ''}\n`;
    for (const r of s.real)
      out += `  -> ${scopes(r.ip, r.port).padEnd(28)} ${'Masq'.padEnd(7)} ${String(r.weight).padEnd(6)} ${String(r.activeConnections ?? 0).padEnd(10)} ${String(r.inactiveConnections ?? 0).padEnd(10)}\n`;
  }
  return ok(out);
};

const numbers: Record<Protocol, number> = { tcp: 6, udp: 17, sctp: 132, icmp: 1 };

function conntrackLine(e: ConntrackEntry, nowMs: number): string {
  const left = Math.max(0, Math.ceil((e.expiresAtMs - nowMs) / 1000));
  const six = e.orig.src.includes(':');
  const name = e.protocol === 'icmp' && six ? 'icmpv6' : e.protocol;
  const stated = e.protocol === 'tcp' || e.protocol === 'sctp' ? `${e.state} ` : '';
  const tuple = (t: ConntrackEntry['orig'], reply: boolean): string =>
    e.protocol === 'icmp'
      ? `src=${t.src} dst=${t.dst} type=${six ? (reply ? 129 : 128) : reply ? 0 : 8} code=0 id=${reply ? t.dport : t.sport} `
      : `src=${t.src} dst=${t.dst} sport=${t.sport} dport=${t.dport} `;
  return `${name.padEnd(8)} ${name === 'icmpv6' ? 58 : numbers[e.protocol]} ${left} ${stated}${tuple(e.orig, false)}${e.unreplied ? '[UNREPLIED] ' : ''}${tuple(e.reply, true)}${
    e.assured ? '[ASSURED] ' : ''
  }mark=${e.mark} use=1\n`;
}

type Filter = (e: ConntrackEntry) => boolean;

const filters: Record<string, (value: string) => Filter> = {
  '-p': (v) => (e) => e.protocol === v || String(numbers[e.protocol]) === v,
  '-s': (v) => (e) => e.orig.src === v,
  '-d': (v) => (e) => e.orig.dst === v,
  '-r': (v) => (e) => e.reply.src === v,
  '-q': (v) => (e) => e.reply.dst === v,
  '--sport': (v) => (e) => String(e.orig.sport) === v,
  '--dport': (v) => (e) => String(e.orig.dport) === v,
  '--state': (v) => (e) => e.state === v,
  '-m': (v) => (e) => String(e.mark) === v,
};
const longFilters: Record<string, string> = {
  '--proto': '-p',
  '--src': '-s',
  '--orig-src': '-s',
  '--dst': '-d',
  '--orig-dst': '-d',
  '--reply-src': '-r',
  '--reply-dst': '-q',
  '--orig-port-src': '--sport',
  '--orig-port-dst': '--dport',
  '--mark': '-m',
};
const valued = ['-f', '--family', '-o', '--output', '-w', '--zone'];

export const conntrack: Tool = (argv, env) => {
  const ask = (request: ConntrackRequest): ConntrackAnswer => env.call<ConntrackAnswer>(osOf(env.host), request);
  const version = 'conntrack v1.4.7 (conntrack-tools): ';
  const wanted: Filter[] = [];
  let command = '';
  for (let i = 1; i < argv.length; i += 1) {
    const word = argv[i] as string;
    const name = longFilters[word] ?? word;
    if (['-L', '--dump', '-D', '--delete', '-C', '--count', '-F', '--flush', '-S', '--stats', '-E', '-G', '-I', '-U'].includes(word)) command = word;
    else if (word === 'conntrack') continue;
    else if (Object.hasOwn(filters, name)) {
      i += 1;
      wanted.push((filters[name] as (v: string) => Filter)(argv[i] ?? ''));
    } else if (valued.includes(word)) i += 1;
    else if (word === '-n' || word === '-g' || word === '-j') wanted.push((e) => e.orig.src !== e.reply.dst || e.orig.dst !== e.reply.src);
    else return failed(`${version}unknown option \`${word.slice(0, 60)}'\nTry \`conntrack -h' or 'conntrack --help' for more information.`, 2);
  }
  const all = ask({ type: 'Conntrack', op: 'list' }).entries ?? [];
  const entries = all.filter((e) => wanted.every((f) => f(e)));
  const lines = entries.map((e) => conntrackLine(e, env.nowMs)).join('');
  switch (command) {
    case '-L':
    case '--dump':
      return ok(lines, `${version}${entries.length} flow entries have been shown.\n`);
    case '-C':
    case '--count':
      return ok(`${all.length}\n`);
    case '-D':
    case '--delete':
    case '-F':
    case '--flush': {
      for (const { protocol, orig, reply } of command === '-F' || command === '--flush' ? all : entries)
        ask({
          type: 'Conntrack',
          op: 'delete',
          protocol,
          origSrc: orig.src,
          origSport: orig.sport,
          origDst: orig.dst,
          origDport: orig.dport,
          replySrc: reply.src,
        });
      if (command === '-F' || command === '--flush') return ok('', `${version}connection tracking table has been emptied.\n`);
      return { stdout: lines, stderr: `${version}${entries.length} flow entries have been deleted.\n`, code: entries.length === 0 ? 1 : 0 };
    }
    case '':
      return failed(`${version}You need to supply an operation\nTry \`conntrack -h' or 'conntrack --help' for more information.`, 2);
    default:
      return failed(`${version}${command}: not simulated (-L, -D, -C and -F are)`);
  }
};
