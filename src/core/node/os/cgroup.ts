/** The cgroup v2 tree of a host: limits, memory charged up the tree, the OOM killer, CPU time under `cpu.max`. */
import type { CgroupAnswer, CgroupRequest } from '../../contracts/os.ts';
import type { Signal } from '../../contracts/process.ts';
import { workloadsOf } from '../../contracts/process.ts';
import type { Ctx } from '../../engine/types.ts';
import { accountCpu, type CpuUse, effectiveMillicores, newCpuUse, setDemand } from './cgroup-cpu.ts';
import { readValues } from './cgroup-values.ts';
import { badness } from './oom.ts';

export const maxCgroups = 20_000;
/** Larger values than any file of a cgroup holds. */
const maxValueLength = 4096;

export interface Process {
  pid: number;
  containerID: string;
  rssBytes: number;
  oomScoreAdj: number;
}
export interface Cgroup {
  /** What was written: `memory.max` → `67108864`. */
  values: Record<string, string>;
  /** `p123` → a process with memory of its own here. */
  processes: Record<string, Process>;
  children: number;
  /** Of this and everything below. */
  memoryBytes: number;
  peakBytes: number;
  events: { max: number; oom: number; oom_kill: number; oom_group_kill: number };
  cpu: CpuUse;
}
export interface CgroupTree {
  /** Path → cgroup; `/` is the root. Parents come before children. */
  groups: Record<string, Cgroup>;
  memoryBytes: number;
  cpus: number;
}

export const newCgroup = (): Cgroup => ({
  values: {},
  processes: {},
  children: 0,
  memoryBytes: 0,
  peakBytes: 0,
  events: { max: 0, oom: 0, oom_kill: 0, oom_group_kill: 0 },
  cpu: newCpuUse(),
});

export function newCgroupTree(memoryBytes: number, cpus: number): CgroupTree {
  const tree: CgroupTree = { groups: { '/': newCgroup() }, memoryBytes, cpus };
  for (const path of ['/init.scope', '/system.slice', '/user.slice']) create(tree, path);
  return tree;
}

export function serveCgroup(tree: CgroupTree, request: CgroupRequest, ctx: Ctx): CgroupAnswer {
  if (request.op === 'list') return { paths: Object.keys(tree.groups) };
  const path = canonical(request.path);
  if (path === null) return { error: 'EINVAL' };
  if (request.op === 'create') {
    const error = create(tree, path);
    if (error) return { error };
    return request.values ? setValues(tree, path, request.values, ctx) : {};
  }
  const group = tree.groups[path];
  if (!group) return { error: 'ENOENT' };
  switch (request.op) {
    case 'remove':
      return remove(tree, path, group);
    case 'set':
      return setValues(tree, path, request.values, ctx);
    case 'get':
      for (const at of lineage(path)) accountCpu(tree.groups[at]?.cpu, ctx.nowMs);
      return { values: readValues(group), memoryBytes: group.memoryBytes };
    case 'charge':
      return charge(tree, path, group, request, ctx);
    case 'uncharge':
      uncharge(tree, path, request.pid);
      return { memoryBytes: group.memoryBytes };
    case 'cpu': {
      const effective = effectiveMillicores(tree, lineage(path), request.millicores);
      setDemand(tree, lineage(path), request.millicores, effective, ctx.nowMs);
      return { values: { millicores: String(effective) } };
    }
    default:
      return { error: 'EINVAL' };
  }
}

/** `/a/b` without trailing slash, or null when it is no path of a cgroup. */
function canonical(path: string): string | null {
  if (typeof path !== 'string' || path[0] !== '/' || path.length > 1024) return null;
  const trimmed = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
  return trimmed.includes('//') || trimmed.includes('/../') || trimmed.endsWith('/..') ? null : trimmed;
}

/** The path, its parent, …, `/`. */
export function lineage(path: string): string[] {
  const paths: string[] = [];
  for (let at = path; at !== '/' && at !== ''; at = at.slice(0, at.lastIndexOf('/'))) paths.push(at);
  paths.push('/');
  return paths;
}

/** How many there are; not state: counted again when unknown. */
const counts = new WeakMap<CgroupTree, number>();
const countOf = (tree: CgroupTree): number => counts.get(tree) ?? Object.keys(tree.groups).length;

/** Makes a cgroup and, as systemd does for slices, those above it. Existing ones are kept. */
function create(tree: CgroupTree, path: string): 'ENOSPC' | undefined {
  const missing = lineage(path).filter((at) => !tree.groups[at]);
  if (missing.length === 0) return undefined;
  if (countOf(tree) + missing.length > maxCgroups) return 'ENOSPC';
  counts.set(tree, countOf(tree) + missing.length);
  for (let i = missing.length - 1; i >= 0; i -= 1) {
    const at = missing[i] as string;
    tree.groups[at] = newCgroup();
    const parent = tree.groups[at.slice(0, at.lastIndexOf('/')) || '/'];
    if (parent) parent.children += 1;
  }
  return undefined;
}

function remove(tree: CgroupTree, path: string, group: Cgroup): CgroupAnswer {
  if (path === '/' || group.children > 0) return { error: 'EBUSY' };
  for (const _ in group.processes) return { error: 'EBUSY' };
  counts.set(tree, countOf(tree) - 1);
  delete tree.groups[path];
  const parent = tree.groups[path.slice(0, path.lastIndexOf('/')) || '/'];
  if (parent) parent.children -= 1;
  return {};
}

/** Writes values; a `memory.max` below what is used makes the kernel reclaim and then kill, as it does on the real file. */
function setValues(tree: CgroupTree, path: string, values: Record<string, string>, ctx: Ctx): CgroupAnswer {
  const group = tree.groups[path] as Cgroup;
  for (const key of Object.keys(values)) {
    const value = values[key];
    if (typeof value !== 'string' || value.length > maxValueLength || key.length > 64 || key === '__proto__') return { error: 'EINVAL' };
    group.values[key] = value;
  }
  if (values['cpu.max'] !== undefined) setDemand(tree, lineage(path), group.cpu.demand, effectiveMillicores(tree, lineage(path), group.cpu.demand), ctx.nowMs);
  return enforce(tree, path, ctx);
}

function charge(tree: CgroupTree, path: string, group: Cgroup, request: Extract<CgroupRequest, { op: 'charge' }>, ctx: Ctx): CgroupAnswer {
  const key = `p${request.pid}`;
  const rssBytes = Number.isFinite(request.rssBytes) ? Math.max(0, Math.floor(request.rssBytes)) : 0;
  const delta = rssBytes - (group.processes[key]?.rssBytes ?? 0);
  group.processes[key] = { pid: request.pid, containerID: request.containerID, rssBytes, oomScoreAdj: request.oomScoreAdj };
  for (const at of lineage(path)) {
    const above = tree.groups[at] as Cgroup;
    above.memoryBytes += delta;
    if (above.memoryBytes > above.peakBytes) above.peakBytes = above.memoryBytes;
  }
  const answer = delta > 0 ? enforce(tree, path, ctx) : {};
  return { ...answer, memoryBytes: group.memoryBytes };
}

function uncharge(tree: CgroupTree, path: string, pid: number): void {
  const group = tree.groups[path];
  const process = group?.processes[`p${pid}`];
  if (!group || !process) return;
  delete group.processes[`p${pid}`];
  for (const at of lineage(path)) (tree.groups[at] as Cgroup).memoryBytes -= process.rssBytes;
}

/** `memory.max` (or the machine's memory at the root) in bytes; -1 for none. */
export function limitOf(tree: CgroupTree, path: string): number {
  if (path === '/') return tree.memoryBytes;
  const values = tree.groups[path]?.values;
  const value = values?.['memory.max'] ?? values?.['memory.limit_in_bytes'];
  if (value === undefined || value === 'max' || value === '-1') return -1;
  const bytes = Number(value);
  return Number.isFinite(bytes) ? bytes : -1;
}

/** From the charged cgroup upwards: the first whose limit is passed loses a process (or, with memory.oom.group, all of the victim's cgroup). */
function enforce(tree: CgroupTree, path: string, ctx: Ctx): CgroupAnswer {
  let killed: number | undefined;
  for (const at of lineage(path)) {
    const group = tree.groups[at] as Cgroup;
    const limit = limitOf(tree, at);
    while (limit >= 0 && group.memoryBytes > limit) {
      group.events.max += 1;
      group.events.oom += 1;
      const victim = chooseVictim(tree, at, limit);
      if (!victim) break;
      killed ??= victim.process.pid;
      kill(tree, at, victim, ctx);
    }
  }
  return killed === undefined ? {} : { killed };
}

interface Victim {
  path: string;
  process: Process;
}

function chooseVictim(tree: CgroupTree, domain: string, limit: number): Victim | null {
  let best: Victim | null = null;
  let most = -1;
  const below = domain === '/' ? '/' : `${domain}/`;
  for (const path in tree.groups) {
    if (path !== domain && !path.startsWith(below)) continue;
    const { processes } = tree.groups[path] as Cgroup;
    for (const key in processes) {
      const process = processes[key] as Process;
      const points = badness(process, limit);
      if (points > most) {
        most = points;
        best = { path, process };
      }
    }
  }
  return best;
}

/** Models mm/memcontrol.c mem_cgroup_get_oom_group: the highest cgroup with memory.oom.group inside the domain goes as a whole. */
function kill(tree: CgroupTree, domain: string, victim: Victim, ctx: Ctx): void {
  let whole: string | null = null;
  for (const at of lineage(victim.path)) {
    if (tree.groups[at]?.values['memory.oom.group'] === '1') whole = at;
    if (at === domain) break;
  }
  if (whole === null) {
    killOne(tree, victim, ctx);
    return;
  }
  (tree.groups[whole] as Cgroup).events.oom_group_kill += 1;
  for (const path of Object.keys(tree.groups)) {
    if (path !== whole && !path.startsWith(`${whole}/`)) continue;
    for (const process of Object.values((tree.groups[path] as Cgroup).processes)) if (process.oomScoreAdj > -1000) killOne(tree, { path, process }, ctx);
  }
}

function killOne(tree: CgroupTree, victim: Victim, ctx: Ctx): void {
  uncharge(tree, victim.path, victim.process.pid);
  for (const at of lineage(victim.path)) (tree.groups[at] as Cgroup).events.oom_kill += 1;
  const signal: Signal = { type: 'Signal', containerID: victim.process.containerID, pid: victim.process.pid, signal: 'SIGKILL', oom: true };
  ctx.send(workloadsOf(ctx.host), signal);
}
