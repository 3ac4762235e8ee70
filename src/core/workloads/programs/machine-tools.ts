/** `free`, `df`, `mount`, `findmnt`: what a machine is made of, as far as a program sees it. */
import type { FsAnswer } from '../../contracts/os.ts';
import { type MountLine, machineOf, memoryOf, mountsOf } from '../kernel/machine.ts';
import type { Program } from '../kernel/program.ts';
import type { Sys } from '../kernel/sys.ts';
import { once } from './basic.ts';
import { isBusybox, options } from './filters.ts';
import { human } from './ls.ts';

const units: Record<string, number> = { b: 1 / 1024, k: 1, m: 1024, g: 1024 * 1024 };

const free = once((sys) => {
  const { opts } = options(sys.argv, 's', { bytes: 'b', kilo: 'k', mebi: 'm', gibi: 'g', human: 'h' });
  const m = memoryOf(machineOf(sys.kernel.state, sys.kernel.ctx));
  const unit = units[['b', 'm', 'g'].find((u) => opts[u] !== undefined) ?? 'k'] as number;
  const show = (kB: number): string => (opts.h !== undefined ? binary(kB) : String(Math.floor(kB / unit))).padStart(12);
  const row = (name: string, values: number[]): string => `${name.padEnd(8)}${values.map(show).join('')}\n`;
  sys.out(`${' '.repeat(8)}${['total', 'used', 'free', 'shared', 'buff/cache', 'available'].map((h) => h.padStart(12)).join('')}\n`);
  sys.out(row('Mem:', [m.total, m.used, m.free, 0, m.cache, m.available]) + row('Swap:', [0, 0, 0]));
  return 0;
});

/** `7.8Gi`, as procps has it. */
function binary(kB: number): string {
  let [value, unit] = [kB, 0];
  while (value >= 1024 && unit < 3) {
    value /= 1024;
    unit += 1;
  }
  return kB === 0 ? '0B' : `${value < 10 ? value.toFixed(1) : Math.floor(value)}${['Ki', 'Mi', 'Gi', 'Ti'][unit]}`;
}

const mountTable = (sys: Sys): MountLine[] => mountsOf(sys.kernel.state, sys.container, sys.kernel.ctx);

/** The mount that a path lies in. */
function mountOf(lines: readonly MountLine[], path: string): MountLine | undefined {
  let best: MountLine | undefined;
  for (const line of lines) {
    const covers = line.path === '/' || path === line.path || path.startsWith(`${line.path}/`);
    if (covers && (!best || line.path.length >= best.path.length)) best = line;
  }
  return best;
}

const noSpace = ['proc', 'sysfs', 'cgroup', 'cgroup2', 'devpts', 'mqueue', 'nsfs'];

/** Bytes of a file system and how many are used. */
function sizeOf(sys: Sys, line: MountLine): { total: number; used: number } {
  const machine = machineOf(sys.kernel.state, sys.kernel.ctx);
  const size = /(?:^|,)size=(\d+)([kKmMgG]?)/.exec(line.options);
  if (line.type !== 'tmpfs' && line.type !== 'devtmpfs') return { total: machine.diskBytes, used: machine.diskUsedBytes };
  const total = size ? Number(size[1]) * ({ k: 1024, m: 1024 ** 2, g: 1024 ** 3 }[(size[2] ?? '').toLowerCase()] ?? 1) : Math.floor(machine.memoryBytes / 2);
  const at = sys.container.environment.mounts.find((m) => m.containerPath === line.path);
  const host = sys.container.id === 'host' ? line.path : at?.hostPath;
  const used = host === undefined ? undefined : sys.kernel.ctx.call<FsAnswer>(`${sys.kernel.state.host}/os`, { type: 'Fs', op: 'statfs', path: host } as never);
  const known = used?.capacityBytes !== undefined && used.capacityBytes !== machine.diskBytes;
  return { total: known && !size ? (used.capacityBytes as number) : total, used: known ? (used?.bytes ?? 0) : 0 };
}

const df = once((sys) => {
  const { opts, rest } = options(sys.argv, 't', { 'human-readable': 'h', 'print-type': 'T', all: 'a' });
  const all = mountTable(sys);
  let code = 0;
  const chosen = new Set<MountLine>();
  for (const path of rest) {
    const real = sys.files.real(path);
    const line = real === undefined ? undefined : mountOf(all, real);
    if (line) chosen.add(line);
    else {
      sys.err(isBusybox(sys) ? `df: ${path}: can't find mount point\n` : `df: ${path}: No such file or directory\n`);
      code = 1;
    }
  }
  const lines = rest.length > 0 ? [...chosen] : all.filter((line) => !noSpace.includes(line.type));
  if (lines.length === 0) return code;
  const h = opts.h !== undefined;
  const unit = opts.m !== undefined ? 1024 : 1;
  const size = (bytes: number): string => (h ? human(bytes) : String(Math.ceil(bytes / 1024 / unit)));
  const typed = opts.T !== undefined;
  const cells = lines.map((line) => {
    const { total, used } = noSpace.includes(line.type) ? { total: 0, used: 0 } : sizeOf(sys, line);
    const left = total - used;
    const percent = total === 0 ? '-' : `${Math.ceil((used * 100) / total)}%`;
    return [line.device, ...(typed ? [line.type] : []), size(total), size(used), size(left), percent, line.path];
  });
  if (isBusybox(sys)) {
    const head = (
      h ? 'Filesystem                Size      Used Available Use% Mounted on' : 'Filesystem           1K-blocks      Used Available Use% Mounted on'
    ).replace(typed ? 'Filesystem          ' : '\0', 'Filesystem           Type      ');
    sys.out(`${head}\n`);
    for (const row of cells) {
      const [device = '', ...others] = row;
      const path = others.pop() ?? '';
      const percent = others.pop() ?? '';
      const type = typed ? ` ${(others.shift() ?? '').padEnd(10)}` : '';
      sys.out(`${device.padEnd(20)}${type} ${others.map((cell) => cell.padStart(9)).join(' ')} ${percent.padStart(4)} ${path}\n`);
    }
    return code;
  }
  const header = [
    'Filesystem',
    ...(typed ? ['Type'] : []),
    h ? 'Size' : unit === 1024 ? '1M-blocks' : '1K-blocks',
    'Used',
    h ? 'Avail' : 'Available',
    'Use%',
    'Mounted on',
  ];
  const left = typed ? 2 : 1;
  const width = header.map((cell, i) => Math.max(cell.length, ...cells.map((row) => (row[i] as string).length), i === 0 ? 14 : 0));
  for (const row of [header, ...cells])
    sys.out(
      `${row.map((cell, i) => (i < left ? cell.padEnd(width[i] as number) : i === row.length - 1 ? cell : cell.padStart(width[i] as number))).join(' ')}\n`,
    );
  return code;
});

const mount = once((sys) => {
  const { opts, rest } = options(sys.argv, 'ot');
  if (rest.length > 0) {
    sys.err('mount: only listing what is mounted is simulated\n');
    return 1;
  }
  for (const { device, path, type, options: flags } of mountTable(sys))
    if (opts.t === undefined || opts.t.split(',').includes(type)) sys.out(`${device} on ${path} type ${type} (${flags})\n`);
  return 0;
});

const findmnt = once((sys) => {
  const { opts, rest } = options(sys.argv, 'tTMSo', { types: 't', target: 'T', mountpoint: 'M', source: 'S', output: 'o', list: 'l', noheadings: 'n' });
  const all = mountTable(sys);
  const target = opts.T ?? opts.M ?? (rest[0]?.startsWith('/') ? rest[0] : undefined);
  let lines = all.filter((line) => (opts.t === undefined || opts.t.split(',').includes(line.type)) && (opts.S === undefined || line.device === opts.S));
  if (target !== undefined) {
    const real = sys.files.real(target) ?? target;
    const found = opts.T !== undefined ? mountOf(all, real) : all.filter((line) => line.path === real).at(-1);
    lines = found ? [found] : [];
  }
  if (lines.length === 0) return 1;
  const tree = target === undefined && opts.l === undefined && opts.t === undefined && opts.S === undefined;
  const depth = (line: MountLine): number =>
    all.filter((other) => other.path !== line.path && (other.path === '/' || line.path.startsWith(`${other.path}/`))).length;
  const sorted = tree ? lines.slice().sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)) : lines;
  const rows = sorted.map((line) => [
    tree && line.path !== '/' ? `${'│ '.repeat(Math.max(0, depth(line) - 1))}├─${line.path}` : line.path,
    line.device,
    line.type,
    line.options,
  ]);
  const names = ['TARGET', 'SOURCE', 'FSTYPE', 'OPTIONS'];
  const wanted = (opts.o ?? names.join(','))
    .toUpperCase()
    .split(',')
    .map((name) => names.indexOf(name))
    .filter((i) => i >= 0);
  const shown = [...(opts.n === undefined ? [names] : []), ...rows].map((row) => wanted.map((i) => row[i] as string));
  const width = wanted.map((_, i) => Math.max(...shown.map((row) => (row[i] as string).length)));
  for (const row of shown) sys.out(`${row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(width[i] as number))).join(' ')}\n`);
  return 0;
});

export const machineTools: Record<string, Program> = { free, df, mount, findmnt };
