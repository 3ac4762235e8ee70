/** Programs that are one of a kind: pause, stress, entry points, tools of the node, and the honest refusal. */
import type { Program } from '../kernel/program.ts';
import type { Sys } from '../kernel/sys.ts';
import { become, durationMs, once } from './basic.ts';
import { piDigits } from './pi.ts';
import { goSignals, grpc } from './servers.ts';

const pause: Program = {
  rssBytes: 500 * 1024,
  start: () => undefined,
  signal(sys, signal) {
    if (signal !== 'TERM' && signal !== 'INT') return false;
    sys.err(`Shutting down, got signal: ${signal === 'TERM' ? 'Terminated' : 'Interrupt'}\n`);
    return 0;
  },
};

/** `150M`, `1G`, `64k` → bytes. */
export function bytesOf(text: string): number {
  const m = /^([0-9]{1,12})([bBkKmMgG]?)/.exec(text);
  if (!m) return Number.NaN;
  return Number(m[1]) * ({ k: 1024, m: 1024 ** 2, g: 1024 ** 3 }[(m[2] ?? '').toLowerCase()] ?? 1);
}

interface StressData {
  children: number[];
  until?: number;
}

/** stress 1.0.4: `--vm N --vm-bytes B --vm-hang S --cpu N --timeout S`. Memory is touched at about 1 GiB/s. */
const stress: Program = {
  rssBytes: 300 * 1024,
  start(sys) {
    const get = (names: string[]): string | undefined => {
      for (const [i, a] of sys.argv.entries()) {
        for (const n of names) {
          if (a === n) return sys.argv[i + 1];
          if (a.startsWith(`${n}=`)) return a.slice(n.length + 1);
        }
      }
      return undefined;
    };
    const counts = {
      cpu: Number(get(['--cpu', '-c']) ?? 0),
      io: Number(get(['--io', '-i']) ?? 0),
      vm: Number(get(['--vm', '-m']) ?? 0),
      hdd: Number(get(['--hdd', '-d']) ?? 0),
    };
    if (sys.argv.includes('--version')) {
      sys.out('stress 1.0.4\n');
      return 0;
    }
    if (counts.cpu + counts.io + counts.vm + counts.hdd === 0) {
      sys.out("`stress' imposes certain types of compute stress on your system\n\nUsage: stress [OPTION [ARG]] ...\n");
      return 0;
    }
    sys.out(`stress: info: [${sys.process.nspid}] dispatching hogs: ${counts.cpu} cpu, ${counts.io} io, ${counts.vm} vm, ${counts.hdd} hdd\n`);
    const data: StressData = { children: [] };
    const bytes = bytesOf(get(['--vm-bytes']) ?? '256M') || 0;
    for (let i = 0; i < Math.min(counts.vm, 64); i += 1) data.children.push(sys.fork(sys.argv, 'stress-vm', { data: { bytes, rss: 0 } })?.nspid ?? 0);
    for (let i = 0; i < Math.min(counts.cpu, 64); i += 1) data.children.push(sys.fork(sys.argv, 'stress-cpu')?.nspid ?? 0);
    sys.process.data = data;
    const timeout = get(['--timeout', '-t']);
    if (timeout !== undefined) sys.timer(durationMs(timeout) || 0);
    return undefined;
  },
  resume(sys, event) {
    const data = sys.process.data as StressData;
    const end = (): void => {
      for (const pid of data.children) {
        const p = sys.byNspid(pid);
        if (p) sys.kernel.exit(p, 143);
      }
    };
    if (event.type === 'child' && data.children.includes(event.pid)) {
      data.children = data.children.filter((pid) => pid !== event.pid);
      sys.err(
        `stress: FAIL: [${sys.process.nspid}] (415) <-- worker ${event.pid} got signal ${event.code - 128}\nstress: WARN: [${sys.process.nspid}] (417) now reaping child worker processes\n`,
      );
      end();
      sys.err(`stress: FAIL: [${sys.process.nspid}] (451) failed run completed in ${Math.max(0, Math.floor((sys.nowMs - sys.process.startedAtMs) / 1000))}s\n`);
      return 1;
    }
    if (event.type === 'timer') {
      end();
      sys.out(`stress: info: [${sys.process.nspid}] successful run completed in ${Math.floor((sys.nowMs - sys.process.startedAtMs) / 1000)}s\n`);
      return 0;
    }
    return undefined;
  },
};

const stepMs = 50;
const grow = (sys: Sys): undefined => {
  const st = sys.process.data as { bytes: number; rss: number };
  st.rss = Math.min(st.bytes, st.rss + 50 * 1024 * 1024);
  sys.kernel.charge(sys.process, st.rss + 300 * 1024);
  if (st.rss < st.bytes) sys.timer(stepMs);
  return undefined;
};
const stressVm: Program = { rssBytes: 300 * 1024, start: grow, resume: (sys, event) => (event.type === 'timer' ? grow(sys) : undefined) };

const burn = (millicores: (sys: Sys) => number): Program => ({
  start(sys) {
    sys.kernel.cpu(sys.process, millicores(sys));
    return undefined;
  },
});

/** vish/stress: `-cpus N -mem-total B -mem-alloc-size B -mem-alloc-sleep D`. */
const vishStress: Program = {
  rssBytes: 2 * 1024 * 1024,
  start(sys) {
    const get = (name: string): string | undefined => {
      for (const [i, a] of sys.argv.entries()) {
        if (a === `-${name}` || a === `--${name}`) return sys.argv[i + 1];
        if (a.startsWith(`-${name}=`) || a.startsWith(`--${name}=`)) return a.slice(a.indexOf('=') + 1);
      }
      return undefined;
    };
    const cpus = Number(get('cpus') ?? 0) || 0;
    const total = bytesOf((get('mem-total') ?? '0').replace('i', '')) || 0;
    const log = (text: string): void => sys.err(`I1124 00:00:00.000000       ${sys.process.nspid} main.go] ${text}\n`);
    log(
      `Allocating "${get('mem-total') ?? 0}" memory, in "${get('mem-alloc-size') ?? '4Ki'}" chunks, with a ${get('mem-alloc-sleep') ?? '1ms'} sleep between allocations`,
    );
    for (let i = 0; i < Math.min(cpus, 64); i += 1) log('Spawning a thread to consume CPU');
    if (cpus > 0) sys.kernel.cpu(sys.process, Math.min(cpus, 64) * 1000);
    sys.process.data = { bytes: total, rss: 0 };
    if (total > 0) grow(sys);
    else log('Allocated "0" memory');
    return undefined;
  },
  resume: (sys, event) => (event.type === 'timer' ? grow(sys) : undefined),
  signal: goSignals,
};

/** Does what the image's entry point does: runs the arguments. */
const entry = (before?: (sys: Sys) => void): Program => ({
  start(sys) {
    before?.(sys);
    const argv = sys.argv.slice(1);
    if (argv.length === 0) return 0;
    return become(sys, argv[0]?.startsWith('-') ? ['redis-server', ...argv] : argv);
  },
});

const nginxEntry = entry((sys) => {
  if (sys.argv[1] !== 'nginx' && sys.argv[1] !== 'nginx-debug') return;
  sys.out(
    '/docker-entrypoint.sh: /docker-entrypoint.d/ is not empty, will attempt to perform configuration\n/docker-entrypoint.sh: Looking for shell scripts in /docker-entrypoint.d/\n/docker-entrypoint.sh: Launching /docker-entrypoint.d/10-listen-on-ipv6-by-default.sh\n/docker-entrypoint.sh: Launching /docker-entrypoint.d/20-envsubst-on-templates.sh\n/docker-entrypoint.sh: Launching /docker-entrypoint.d/30-tune-worker-processes.sh\n/docker-entrypoint.sh: Configuration complete; ready for start up\n',
  );
});

const perl: Program = {
  rssBytes: 20 * 1024 * 1024,
  start(sys) {
    const line = sys.argv.slice(1).join(' ');
    const m = /^-Mbignum=bpi -wle print bpi\(([0-9]{1,5})\)$/.exec(line);
    if (!m) {
      sys.err(`perl: this program is not simulated by kubarium (only: perl -Mbignum=bpi -wle "print bpi(N)")\n`);
      return 1;
    }
    const digits = Math.min(Number(m[1]), 5000);
    sys.process.data = { digits };
    sys.kernel.cpu(sys.process, 1000);
    // About 10 s for 1000 digits, growing with their square.
    sys.timer(Math.max(200, Math.floor((digits * digits) / 100)));
    return undefined;
  },
  resume(sys, event) {
    if (event.type !== 'timer') return undefined;
    sys.out(`${piDigits((sys.process.data as { digits: number }).digits)}\n`);
    return 0;
  },
};

const unsimulated = once((sys) => {
  sys.err(`${sys.name}: this program is not simulated by kubarium\n`);
  return 1;
});

/** A tool of the node's shell, registered in the arguments of the room. Reads standard input when it is a pipe or was given. */
const tool: Program = {
  start(sys) {
    sys.process.data = { stdin: '' };
    return runTool(sys);
  },
  resume: (sys) => runTool(sys),
};

function runTool(sys: Sys): number | undefined {
  const st = sys.process.data as { stdin: string };
  const kind = sys.description(0)?.kind;
  if (kind === 'pipe' || kind === 'text' || kind === 'file') {
    for (;;) {
      const got = sys.read(0);
      if (got === 'wait') return undefined;
      if (got === 'eof' || 'error' in got) break;
      if (st.stdin.length < 1_000_000) st.stdin += got.text;
    }
  }
  const { ctx, state } = sys.kernel;
  const run = sys.kernel.tools[sys.name];
  if (!run) return 127;
  const result = run(sys.argv, {
    host: state.host,
    nowMs: ctx.nowMs,
    epochMs: ctx.epochMs,
    stdin: st.stdin,
    netns: sys.netns,
    call: (to, request) => ctx.call(to, request),
    send: (to, body) => ctx.send(to, body),
  });
  sys.out(result.stdout);
  sys.err(result.stderr);
  return result.code;
}

const apt = once((sys) => {
  const verb = sys.argv.slice(1).find((a) => !a.startsWith('-')) ?? '';
  sys.out('Reading package lists... Done\n');
  if (verb === 'install') {
    const names = sys.argv.slice(sys.argv.indexOf('install') + 1).filter((a) => !a.startsWith('-'));
    sys.out(
      `Building dependency tree... Done\nReading state information... Done\n(kubarium: nothing is downloaded; ${names.join(', ')}: simulated programs are there already)\n`,
    );
    for (const name of names.slice(0, 20)) {
      const program = {
        curl: 'curl',
        wget: 'wget',
        procps: '',
        dnsutils: 'nslookup-bind',
        'iputils-ping': 'ping',
        'netcat-openbsd': 'nc',
        stress: 'stress',
        'net-tools': 'ifconfig',
        iproute2: 'ip',
        'redis-tools': 'redis-cli',
      }[name];
      if (program) sys.files.write(`/usr/bin/${program === 'nslookup-bind' ? 'nslookup' : program}`, `\x7fELF\u0000${program}\n`, { mode: 0o755 });
    }
  }
  return 0;
});

const busybox: Program = {
  start(sys) {
    const applet = sys.argv[1];
    if (applet === undefined || applet === '--help') {
      sys.out('BusyBox v1.36.1 multi-call binary.\n');
      return 0;
    }
    return become(sys, sys.argv.slice(1));
  },
};

export const special: Record<string, Program> = {
  pause,
  stress,
  'stress-vm': stressVm,
  'stress-cpu': burn(() => 1000),
  'vish-stress': vishStress,
  'nginx-entrypoint': nginxEntry,
  'redis-entrypoint': entry(),
  'exec-arguments': entry(),
  perl,
  unsimulated,
  tool,
  'apt-get': apt,
  apt,
  apk: apt,
  busybox,
};

export { grpc };
