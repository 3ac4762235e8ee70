/** `nc`, `telnet`, `ping`, `traceroute`, `ip`, `ifconfig`, `netstat` inside containers. */
import type { NetlinkAnswer } from '../../contracts/socket.ts';
import type { Outcome, ProcessEvent, Program } from '../kernel/program.ts';
import type { Sys } from '../kernel/sys.ts';
import { once } from './basic.ts';
import { options } from './filters.ts';
import { goOnResolving, type Resolved, type Resolving, startResolve } from './resolver.ts';

interface NcState {
  host: string;
  port: number;
  connection?: string;
  listening?: true;
  zero?: true;
  verbose?: true;
  keep?: true;
  udp?: true;
  resolving?: Resolving;
  waitMs: number;
  program?: string[];
}

const nc: Program = {
  start(sys) {
    const at = sys.argv.indexOf('-e');
    const program = at > 0 ? sys.argv.slice(at + 1) : undefined;
    const { opts, rest } = options(at > 0 ? sys.argv.slice(0, at) : sys.argv, 'pws');
    const st: NcState = { host: rest[0] ?? '', port: Number(rest.at(-1) ?? 0), waitMs: opts.w !== undefined ? Number(opts.w) * 1000 || 0 : 0 };
    if (opts.z !== undefined) st.zero = true;
    if (opts.v !== undefined) st.verbose = true;
    if (opts.k !== undefined || 'k' in opts) st.keep = true;
    if (opts.u !== undefined) st.udp = true;
    if (program) st.program = program;
    sys.process.data = st;
    if (opts.l !== undefined) {
      st.port = Number(opts.p ?? rest.at(-1) ?? 0);
      st.listening = true;
      const answer = sys.socket({
        type: 'Socket',
        op: 'listen',
        netns: sys.netns,
        protocol: st.udp ? 'udp' : 'tcp',
        ip: '::',
        port: st.port,
        owner: sys.self,
        tag: sys.tag('l'),
      });
      if (!answer.error) return undefined;
      sys.complain('bind: Address already in use');
      return 1;
    }
    if (rest.length < 2) {
      sys.err('Usage: nc [OPTIONS] HOST PORT\n');
      return 1;
    }
    const got = startResolve(sys, st.host);
    if ('candidates' in got) {
      st.resolving = got;
      return undefined;
    }
    return ncConnect(sys, st, got);
  },
  resume(sys, event) {
    const st = sys.process.data as NcState;
    if (st.resolving) {
      const got = goOnResolving(sys, st.resolving, event);
      if (!got) return undefined;
      delete st.resolving;
      return ncConnect(sys, st, got);
    }
    switch (event.type) {
      case 'ConnectFailed':
        if (st.verbose || !st.zero)
          sys.err(
            `nc: ${st.host} (${st.host}:${st.port}): ${event.reason === 'connection refused' ? 'Connection refused' : event.reason === 'i/o timeout' ? 'Operation timed out' : event.reason}\n`,
          );
        return 1;
      case 'Connected':
        if (st.verbose) sys.err(`${st.host} (${st.host}:${st.port}) open\n`);
        if (st.zero) return 0;
        st.connection = event.connection;
        return pump(sys, st);
      case 'Accepted':
        st.connection = event.connection;
        if (event.data) sys.out(event.data);
        return pump(sys, st);
      case 'Received':
        sys.out(event.data);
        if (!event.closed && !event.reset) return undefined;
        sys.socket({ type: 'Socket', op: 'close', netns: sys.netns, connection: event.connection });
        delete st.connection;
        return st.listening && st.keep ? undefined : 0;
      case 'Datagram':
        if (event.error) return 1;
        sys.out(event.data);
        return undefined;
      case 'readable':
        return pump(sys, st);
      case 'timer':
        return 1;
      default:
        return undefined;
    }
  },
};

function ncConnect(sys: Sys, st: NcState, got: Resolved): Outcome {
  if ('failure' in got) {
    sys.complain(`bad address '${st.host}'`);
    return 1;
  }
  const ip = got.ips[0] as string;
  if (st.udp) {
    const data = sys.read(0);
    sys.socket({
      type: 'Socket',
      op: 'sendto',
      netns: sys.netns,
      protocol: 'udp',
      ip,
      port: st.port,
      data: typeof data === 'object' && 'text' in data ? data.text : '',
      owner: sys.self,
      tag: sys.tag('c'),
    });
    sys.timer(st.waitMs || 5000);
    return undefined;
  }
  sys.socket({
    type: 'Socket',
    op: 'connect',
    netns: sys.netns,
    protocol: 'tcp',
    ip,
    port: st.port,
    owner: sys.self,
    tag: sys.tag('c'),
    timeoutMs: st.waitMs || 130_000,
    uid: sys.process.uid,
  });
  return undefined;
}

/** What standard input holds goes to the peer; its end closes this direction. */
function pump(sys: Sys, st: NcState): Outcome {
  if (st.connection === undefined) return undefined;
  for (;;) {
    const got = sys.read(0);
    if (got === 'wait') return undefined;
    const ended = got === 'eof' || 'error' in got;
    if (ended) {
      if (sys.description(0)?.kind !== 'null' || st.listening)
        sys.socket({ type: 'Socket', op: 'send', netns: sys.netns, connection: st.connection, data: '', close: true });
      return undefined;
    }
    sys.socket({ type: 'Socket', op: 'send', netns: sys.netns, connection: st.connection, data: got.text });
  }
}

interface PingState {
  host: string;
  ip?: string;
  left: number;
  seq: number;
  got: number;
  sent: number;
  sum: number;
  min: number;
  max: number;
  timeoutMs: number;
  resolving?: Resolving;
  deadlineMs: number;
}

const ping: Program = {
  start(sys) {
    const { opts, rest } = options(sys.argv, 'cWwiIsM');
    const host = rest[0];
    if (host === undefined) {
      sys.err('Usage: ping [OPTIONS] HOST\n');
      return 1;
    }
    const st: PingState = {
      host,
      left: Number(opts.c ?? 1e9) || 1,
      seq: 0,
      got: 0,
      sent: 0,
      sum: 0,
      min: 1e9,
      max: 0,
      timeoutMs: (Number(opts.W ?? 10) || 10) * 1000,
      deadlineMs: opts.w !== undefined ? sys.nowMs + Number(opts.w) * 1000 : 1e15,
    };
    sys.process.data = st;
    const got = startResolve(sys, host);
    if ('candidates' in got) {
      st.resolving = got;
      return undefined;
    }
    return pingFrom(sys, st, got);
  },
  resume(sys, event) {
    const st = sys.process.data as PingState;
    if (st.resolving) {
      const got = goOnResolving(sys, st.resolving, event);
      if (!got) return undefined;
      delete st.resolving;
      return pingFrom(sys, st, got);
    }
    if (event.type === 'PingReply') {
      if (event.error === undefined) {
        st.got += 1;
        st.sum += event.rttMs;
        st.min = Math.min(st.min, event.rttMs);
        st.max = Math.max(st.max, event.rttMs);
        sys.out(`64 bytes from ${event.ip}: seq=${st.seq} ttl=64 time=${event.rttMs.toFixed(3)} ms\n`);
      }
      st.seq += 1;
      if (st.left <= 0) return pingEnd(sys, st);
      sys.timer(1000);
      return undefined;
    }
    return event.type === 'timer' ? echo(sys, st) : undefined;
  },
};

function pingFrom(sys: Sys, st: PingState, got: Resolved): Outcome {
  if ('failure' in got) {
    sys.complain(`bad address '${st.host}'`);
    return 1;
  }
  st.ip = got.ips[0] as string;
  sys.out(`PING ${st.host} (${st.ip}): 56 data bytes\n`);
  return echo(sys, st);
}

function echo(sys: Sys, st: PingState): Outcome {
  if (sys.nowMs >= st.deadlineMs) return pingEnd(sys, st);
  st.left -= 1;
  st.sent += 1;
  sys.socket({
    type: 'Socket',
    op: 'ping',
    netns: sys.netns,
    ip: st.ip as string,
    owner: sys.self,
    tag: sys.tag(`p${st.seq}`),
    timeoutMs: Math.min(st.timeoutMs, Math.max(1, st.deadlineMs - sys.nowMs)),
  });
  return undefined;
}

function pingEnd(sys: Sys, st: PingState): number {
  const loss = st.sent > 0 ? Math.floor(((st.sent - st.got) * 100) / st.sent) : 0;
  sys.out(`\n--- ${st.host} ping statistics ---\n${st.sent} packets transmitted, ${st.got} packets received, ${loss}% packet loss\n`);
  if (st.got > 0) sys.out(`round-trip min/avg/max = ${st.min.toFixed(3)}/${(st.sum / st.got).toFixed(3)}/${st.max.toFixed(3)} ms\n`);
  return st.got > 0 ? 0 : 1;
}

const dump = (sys: Sys): NetlinkAnswer =>
  sys.kernel.ctx.call<NetlinkAnswer>(`${sys.kernel.state.host}/os`, {
    type: 'Netlink',
    op: 'dump',
    ...(sys.netns === 'host' ? {} : { netns: sys.netns }),
  } as never);

const ip = once((sys) => {
  const words = sys.argv.slice(1).filter((a) => !a.startsWith('-'));
  const answer = dump(sys);
  const what = words[0] ?? 'addr';
  if ('route'.startsWith(what) && what.startsWith('r')) {
    for (const r of answer.routes ?? [])
      sys.out(
        `${r.destination}${r.via ? ` via ${r.via}` : ''} dev ${r.dev} ${r.proto ? `proto ${r.proto} ` : ''}${r.scope ? `scope ${r.scope} ` : ''}${r.src ? `src ${r.src} ` : ''}${r.onlink ? 'onlink ' : ''}\n`,
      );
    return 0;
  }
  if (!'address'.startsWith(what) && !'link'.startsWith(what)) {
    sys.err(`ip: '${what}' is not simulated by kubarium\n`);
    return 1;
  }
  const wanted = words.find((w) => (answer.links ?? []).some((l) => l.name === w));
  for (const l of answer.links ?? []) {
    if (wanted !== undefined && l.name !== wanted) continue;
    const lo = l.kind === 'loopback';
    sys.out(
      `${l.index}: ${l.name}${l.peerIndex !== undefined ? `@if${l.peerIndex}` : ''}: <${lo ? 'LOOPBACK' : 'BROADCAST,MULTICAST'}${l.up ? ',UP,LOWER_UP' : ''}> mtu ${l.mtu} qdisc noqueue ${lo ? 'qlen 1000' : ''}\n    link/${lo ? 'loopback' : 'ether'} ${l.mac || '00:00:00:00:00:00'} brd ${lo ? '00:00:00:00:00:00' : 'ff:ff:ff:ff:ff:ff'}\n`,
    );
    if (!'link'.startsWith(what))
      for (const a of l.addresses)
        sys.out(`    ${a.includes(':') ? 'inet6' : 'inet'} ${a} scope ${lo ? 'host' : 'global'} ${l.name}\n       valid_lft forever preferred_lft forever\n`);
  }
  return 0;
});

const ifconfig = once((sys) => {
  for (const l of dump(sys).links ?? []) {
    const address = l.addresses.find((a) => !a.includes(':'));
    sys.out(`${l.name.padEnd(9)} Link encap:${l.kind === 'loopback' ? 'Local Loopback' : `Ethernet  HWaddr ${l.mac.toUpperCase()}`}\n`);
    if (address) sys.out(`          inet addr:${address.split('/')[0]}\n`);
    sys.out(`          UP RUNNING  MTU:${l.mtu}  Metric:1\n\n`);
  }
  return 0;
});

const netstat = once((sys) => {
  const answer = sys.socket({ type: 'Socket', op: 'list', netns: sys.netns });
  sys.out('Active Internet connections (servers and established)\nProto Recv-Q Send-Q Local Address           Foreign Address         State       \n');
  for (const s of answer.sockets ?? []) {
    const peer = s.peerPort ? `${s.peerIP}:${s.peerPort}` : `${s.localIP.includes(':') ? '::' : '0.0.0.0'}:*`;
    sys.out(
      `${s.protocol.padEnd(5)}      0      0 ${`${s.localIP}:${s.localPort}`.padEnd(23)} ${peer.padEnd(23)} ${(s.protocol === 'udp' ? '' : s.state).padEnd(11)} \n`,
    );
  }
  return 0;
});

export type { ProcessEvent };
export const netTools: Record<string, Program> = { nc, telnet: nc, ping, ping6: ping, ip, ifconfig, netstat };
