/** Kernel tables of the node under the glass, first rows in the notation of their tools. */
import type { ConntrackAnswer, ConntrackEntry, IpvsAnswer, NetfilterAnswer } from '../contracts/netfilter.ts';
import { osOf } from '../contracts/os.ts';
import type { PacketNote } from '../contracts/socket.ts';
import type { Engine } from '../engine/engine.ts';
import { lookBack } from './recent.ts';
import type { KernelRecord } from './records.ts';
import { osState } from './rooms.ts';
import type { TraceLog } from './trace-log.ts';

const record = (node: string, table: KernelRecord['table'], rest: Partial<KernelRecord>): KernelRecord => ({
  id: `kernel/${node}/${table}`,
  type: 'kernel',
  node,
  table,
  right: '',
  rows: [],
  facts: [],
  ...rest,
});

const mebibytes = (bytes: number): string =>
  bytes === 0 ? '0' : bytes < 10 * 1024 * 1024 ? `${Math.round(bytes / 104_857.6) / 10} Mi` : `${Math.round(bytes / 1_048_576)} Mi`;

export function kernelRecords(engine: Engine, log: TraceLog, node: string, mode: string): KernelRecord[] {
  const os = osState(engine.state, node);
  if (!os) return [];
  return [cgroups(os, node), routes(os, node), conntrack(engine, node), netfilter(engine, log, node, mode), ipvs(engine, node, mode)];
}

type Os = NonNullable<ReturnType<typeof osState>>;

function cgroups(os: Os, node: string): KernelRecord {
  const groups = os.cgroups.groups;
  const memory = (...paths: string[]): number => paths.reduce((sum, path) => sum + (groups[path]?.memoryBytes ?? 0), 0);
  const all = memory('/kubepods.slice', '/kubepods');
  const burstable = memory('/kubepods.slice/kubepods-burstable.slice', '/kubepods/burstable');
  const bestEffort = memory('/kubepods.slice/kubepods-besteffort.slice', '/kubepods/besteffort');
  const bars = (
    [
      ['Guaranteed', all - burstable - bestEffort],
      ['Burstable', burstable],
      ['BestEffort', bestEffort],
    ] as const
  ).map(([label, bytes]) => ({
    label,
    value: mebibytes(Math.max(0, bytes)),
    fraction: Math.min(1, Math.max(0, bytes) / Math.max(1, os.machine.memoryBytes)),
  }));
  return record(node, 'cgroups', { right: `v${os.machine.cgroupVersion}`, bars, rows: bars.map((b) => `${b.label} ${b.value}`) });
}

function routes(os: Os, node: string): KernelRecord {
  const all = os.netns.host?.routes ?? [];
  const rows = all.map((r) => `${r.destination === '0.0.0.0/0' ? 'default' : r.destination} ${r.dev}`);
  return record(node, 'routes', { right: String(all.length), rows });
}

const maxRows = 200;

function conntrack(engine: Engine, node: string): KernelRecord {
  const answer = engine.query(osOf(node), { type: 'Conntrack', op: 'list' } as never) as ConntrackAnswer;
  const entries = answer.entries ?? [];
  const line = (e: ConntrackEntry): string[] => [
    `${e.protocol} ${e.orig.src}:${e.orig.sport}`,
    `→ ${e.orig.dst}:${e.orig.dport}`,
    `⇒ ${e.reply.src}:${e.reply.sport}`,
  ];
  return record(node, 'conntrack', { right: String(entries.length), rows: entries.slice(-maxRows).reverse().flatMap(line) });
}

function netfilter(engine: Engine, log: TraceLog, node: string, mode: string): KernelRecord {
  const counted = countRules(engine, node);
  return record(node, 'netfilter', {
    right: mode,
    walking: walking(engine, log, node, mode),
    facts: mode === 'nftables' ? [['nft rules', String(counted.nft)]] : [[`nat ${counted.nat} rules`, `filter ${counted.filter}`]],
  });
}

/** How long a packet stays on the map, ms. */
const walkingMs = 600;

/** Hooks of the newest packet of this moment. */
function walking(engine: Engine, log: TraceLog, node: string, mode: string): string[] {
  const s = engine.state;
  let hooks: string[] = [];
  lookBack(log, s.told, s.nowMs - walkingMs, ({ body, from }) => {
    if (body.type !== 'PacketPath' || from !== `${node}/os`) return true;
    hooks = hooksOf(body as PacketNote, node, mode);
    return hooks.length === 0;
  });
  return hooks;
}

/** From the ends of its way: sent by the host, for the host, or passed on. */
export function hooksOf({ hops, translated, by }: Pick<PacketNote, 'hops' | 'translated' | 'by'>, node: string, mode: string): string[] {
  if (!hops.includes('netfilter')) return [];
  const host = `host:${node}`;
  if (hops[0] === host) return ['out', 'post'];
  if (hops.at(-1) === host) return ['pre', 'in'];
  if (mode === 'ipvs' && translated && by?.includes(' -> ')) return ['pre', 'in', 'out', 'post'];
  return ['pre', 'fwd', 'post'];
}

const cache = new WeakMap<Engine, Record<string, { generation: unknown; counts: { nat: number; filter: number; nft: number } }>>();

/** Counting is done anew only when the rules have changed. */
function countRules(engine: Engine, node: string): { nat: number; filter: number; nft: number } {
  const generation = (osState(engine.state, node)?.netfilter as { generation?: number } | undefined)?.generation;
  const known = cache.get(engine) ?? {};
  cache.set(engine, known);
  const before = known[`@${node}`];
  if (before && before.generation === generation) return before.counts;
  const text = (table: string): string => (engine.query(osOf(node), { type: 'IptablesSave', family: 'IPv4', table } as never) as NetfilterAnswer).text ?? '';
  const nft = (engine.query(osOf(node), { type: 'NftList', family: 'ip' } as never) as NetfilterAnswer).text ?? '';
  const rules = (saved: string): number => saved.split('\n').filter((l) => l.startsWith('-A ')).length;
  const counts = {
    nat: rules(text('nat')),
    filter: rules(text('filter')),
    nft: nft.split('\n').filter((l) => /^\t\t\S/.test(l) && !/^\t\t(type|policy|comment|elements|flags)/.test(l)).length,
  };
  known[`@${node}`] = { generation, counts };
  return counts;
}

function ipvs(engine: Engine, node: string, mode: string): KernelRecord {
  if (mode !== 'ipvs') return record(node, 'ipvs', { right: 'not used' });
  const answer = engine.query(osOf(node), { type: 'Ipvs', op: 'list' } as never) as IpvsAnswer;
  const servers = answer.servers ?? [];
  return record(node, 'ipvs', {
    right: `${servers.length} virtual servers`,
    rows: servers
      .slice(0, maxRows)
      .flatMap((v) => [`${v.protocol.toUpperCase()} ${v.ip}:${v.port} ${v.scheduler}`, ...v.real.map((r) => `  → ${r.ip}:${r.port} Masq ${r.weight}`)]),
  });
}
