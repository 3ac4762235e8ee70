/** The opened kernel: hooks with their tables and chains, devices, flows, routes, and the way of one packet through them. */
import type { ConntrackAnswer, ConntrackEntry, IpvsAnswer, WalkAnswer, WalkRequest, WalkStep } from '../contracts/netfilter.ts';
import { osOf } from '../contracts/os.ts';
import type { PacketNote } from '../contracts/socket.ts';
import type { Engine } from '../engine/engine.ts';
import type { TraceEntry } from '../engine/types.ts';
import type { NetfilterTables } from '../node/os/netfilter/state.ts';
import type { OsState } from '../node/os/state.ts';
import { lookBack } from './recent.ts';
import { osState, runtimeState } from './rooms.ts';
import type { HookCard, HookName, HookRow, KernelSceneRecord } from './scene-records.ts';
import type { TraceLog } from './trace-log.ts';

const hookNames: readonly HookName[] = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'];
const tableOrder: Record<HookName, readonly [priority: string, table: string][]> = {
  PREROUTING: [
    ['-300', 'raw'],
    ['-200', 'conntrack'],
    ['-150', 'mangle'],
    ['-100', 'nat'],
  ],
  INPUT: [
    ['-150', 'mangle'],
    ['0', 'filter'],
    ['50', 'security'],
    ['99', 'IPVS'],
    ['100', 'nat'],
  ],
  FORWARD: [
    ['-150', 'mangle'],
    ['0', 'filter'],
    ['50', 'security'],
  ],
  OUTPUT: [
    ['-200', 'conntrack'],
    ['-150', 'mangle'],
    ['-100', 'nat'],
    ['0', 'filter'],
  ],
  POSTROUTING: [
    ['-150', 'mangle'],
    ['100', 'nat'],
    ['last', 'conntrack'],
  ],
};
const maxVeths = 110;
const conntrackMax = 131_072;

export function kernelSceneRecord(engine: Engine, log: TraceLog, node: string, mode: string, about: string, seq: number): KernelSceneRecord | undefined {
  const os = osState(engine.state, node);
  if (!os) return undefined;
  const found = packetOf(engine, log, os, node, mode, seq);
  const steps = found?.walk.steps ?? [];
  const way = found ? wayOf(found.walk, found.note) : { ids: [], devices: [], here: '' };
  const note = found?.note;
  const address = (ip: string, port: number): string => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`);
  return {
    id: `scene/${node}/kernel`,
    type: 'kernelScene',
    node,
    mode,
    version: os.machine.kernelVersion,
    hooks: hookNames.map((name) => hookCard(os, name, mode, steps, way)),
    packet: note
      ? {
          seq: found.entry.seq,
          atMs: found.entry.atMs,
          flags: note.packet.protocol === 'udp' ? 'UDP' : note.packet.flags,
          before: address(note.packet.dst, note.packet.dport),
          after: note.translated ? address(note.translated.dst, note.translated.dport) : '',
          verdict: note.verdict,
          way: way.ids,
          here: way.here,
          rulesLookedAt: found.walk.rulesLookedAt,
          known: steps.some((step) => step.kind === 'conntrack' && step.text.endsWith('known flow')),
        }
      : null,
    conntrack: conntrackOf(engine, node, note),
    routes: routesOf(os, steps),
    ipvs: ipvsOf(engine, node, mode, note),
    devices: devicesOf(os, way.devices),
    veths: vethsOf(engine, os, node, note),
    cgroups: cgroupsOf(engine, os, node, about),
    neighbours: [
      ...Object.entries(os.vteps).map(([cidr, ip]): [string, string] => [`${cidr} dev flannel.1`, `dst ${ip}`]),
      ...Object.entries(os.neighbours).map(([ip, who]): [string, string] => [`${ip} dev eth0`, who.replace(/\/os$/, '')]),
      ...Object.entries(os.owners).map(([ip, netns]): [string, string] => [`${ip} dev cni0`, os.netns[netns]?.links.eth0?.mac ?? '']),
    ].slice(0, 24),
  };
}

interface Found {
  entry: TraceEntry;
  note: PacketNote;
  walk: WalkAnswer;
}

/** The packet that is selected, else the one of this very moment, else the last that opened a flow, else the last. */
function packetOf(engine: Engine, log: TraceLog, os: OsState, node: string, mode: string, seq: number): Found | undefined {
  const s = engine.state;
  const wanted = (entry: TraceEntry | undefined): entry is TraceEntry =>
    entry?.body.type === 'PacketPath' && entry.from === `${node}/os` && (entry.body as PacketNote).hops.includes('netfilter');
  const chosen = seq > 0 ? log.bySeq(seq) : undefined;
  let entry: TraceEntry | undefined = wanted(chosen) ? chosen : undefined;
  if (!entry) {
    let last: TraceEntry | undefined;
    lookBack(log, s.told, 0, (candidate) => {
      if (!wanted(candidate)) return true;
      last ??= candidate;
      if (candidate.atMs === s.nowMs || opens(candidate.body as PacketNote)) entry = candidate;
      return entry === undefined;
    });
    entry ??= last;
  }
  if (!entry) return undefined;
  const generation = (os.netfilter as { generation?: number }).generation ?? 0;
  const known = walks.get(log);
  if (known && known.seq === entry.seq && known.generation === generation) return { entry, note: entry.body as PacketNote, walk: known.walk };
  const walk = walkAgain(engine, os, node, mode, entry.body as PacketNote);
  if (!walk) return undefined;
  walks.set(log, { seq: entry.seq, generation, walk });
  return { entry, note: entry.body as PacketNote, walk };
}
const walks = new WeakMap<TraceLog, { seq: number; generation: number; walk: WalkAnswer }>();

/** Begins a flow: netfilter's choices are made for it, and for it alone. */
const opens = ({ packet, translated }: PacketNote): boolean => packet.flags === 'SYN' || (packet.protocol === 'udp' && translated !== undefined);

/** Nobody sends from this port: such a packet has no flow yet. */
const unusedPort = 1;
const maxChoices = 24;

/** The kernel walks the packet once more, over the rules it has now: with the choices that the packet met. */
function walkAgain(engine: Engine, os: OsState, node: string, mode: string, note: PacketNote): WalkAnswer | undefined {
  const { packet, hops, translated } = note;
  const start = hops[0] ?? '';
  const netns = Object.values(os.netns).find((n) => n.label === start);
  const opening = opens(note);
  const ask = (draws?: number[]): WalkAnswer | undefined => {
    const request: WalkRequest = {
      type: 'Walk',
      netns: netns?.name ?? 'host',
      protocol: packet.protocol,
      src: packet.src,
      sport: opening ? unusedPort : packet.sport,
      dst: packet.dst,
      dport: packet.dport,
      ...(netns ? {} : { incoming: true }),
      ...(draws ? { draws } : {}),
    };
    const answer = engine.query(osOf(node), request) as WalkAnswer | { error: string };
    return 'steps' in answer ? answer : undefined;
  };
  const first = ask();
  if (!first || !opening || !translated) return first;
  const goal = translated.dst.includes(':') ? `[${translated.dst}]:${translated.dport}` : `${translated.dst}:${translated.dport}`;
  if (first.endpoint === goal || first.endpoint === undefined) return first;
  for (let choice = 0; choice < maxChoices; choice += 1) {
    const walk = ask(mode === 'nftables' ? [choice] : [...Array<number>(choice).fill(2), 0]);
    if (walk?.endpoint === goal) return walk;
  }
  return first;
}

const deviceIds: Record<string, string> = { cni0: 'cni0', 'flannel.1': 'flannel1', eth0: 'eth0', 'kube-ipvs0': 'kubeIpvs0' };

/** From the steps of a walk to channels and cards of the scene. */
export function wayOf(walk: WalkAnswer, note: Pick<PacketNote, 'verdict' | 'hops'>): { ids: string[]; devices: string[]; here: string } {
  const ids: string[] = [];
  const devices: string[] = [];
  const named = note.hops.filter((hop) => deviceIds[hop]);
  let crossed = false;
  let here = '';
  const pass = (...more: string[]): void => {
    ids.push(...more);
  };
  const at = (card: string): void => {
    ids.push(card);
    here = card;
  };
  const device = (name: string | undefined): void => {
    const id = name === undefined ? undefined : deviceIds[name];
    if (!id) return;
    devices.push(name as string);
    pass(`deviceBus/${id}`);
  };
  const before = (hop: string): string | undefined => named.find((name) => note.hops.indexOf(name) < note.hops.indexOf(hop));
  const inDevice = note.hops.includes('flannel.1') && note.hops.indexOf('flannel.1') < note.hops.indexOf('netfilter') ? 'flannel.1' : before('netfilter');
  const outDevice = named.find((name) => note.hops.lastIndexOf(name) > note.hops.indexOf('netfilter'));
  for (const step of walk.steps) {
    const { hook } = step;
    if (step.kind === 'hook') {
      if (hook === 'PREROUTING') {
        device(inDevice);
        pass('deviceBus/prerouting', 'conntrack/prerouting');
        at('prerouting');
        crossed = true;
      } else if (hook === 'INPUT') {
        pass('prerouting/routing', 'routing', 'routing/input');
        at('input');
      } else if (hook === 'FORWARD') {
        pass('prerouting/routing', 'routing', 'routing/forward');
        at('forward');
      } else if (hook === 'OUTPUT') {
        if (!crossed) pass('processes/output');
        at('output');
      } else if (hook === 'POSTROUTING') {
        pass(here === 'forward' ? 'forward/postrouting' : 'output/postrouting');
        at('postrouting');
      }
    } else if (step.kind === 'ipvs' && here === 'input') {
      pass('input/ipvs');
      at('ipvs');
      pass('ipvs/output');
      at('output');
    }
  }
  if (note.verdict === 'DELIVERED' || note.verdict === 'FORWARDED' || note.verdict === 'NO_LISTENER') {
    if (here === 'postrouting') {
      pass('postrouting/deviceBus');
      device(outDevice);
      here = deviceIds[outDevice ?? ''] ?? here;
    } else if (here === 'input') pass('input/processes');
  }
  return { ids, devices, here };
}

function hookCard(os: OsState, name: HookName, mode: string, steps: readonly WalkStep[], way: { ids: readonly string[]; here: string }): HookCard {
  const own = steps.filter((step) => step.hook === name);
  const walked = way.ids.includes(name.toLowerCase());
  const matched = new Set<string>();
  for (const step of own) if (step.chain && step.chain !== name && (step.kind === 'chain' || step.matched)) matched.add(step.chain.split(' ').at(-1) as string);
  const rules = own.filter((step) => step.kind === 'rule');
  const hits = rules.filter((step) => step.matched).length;
  const tracked = steps.find((step) => step.kind === 'conntrack')?.detail ?? '';
  const rows: HookRow[] = [];
  for (const [priority, table] of tableOrder[name]) {
    if (table === 'conntrack') {
      const text = name === 'POSTROUTING' ? 'confirm' : walked ? tracked : '';
      rows.push({ priority, table, chains: text ? [{ name: text, matched: false }] : [], here: false });
      continue;
    }
    if (table === 'IPVS') {
      if (mode === 'ipvs')
        rows.push({ priority, table, chains: own.some((step) => step.kind === 'ipvs') ? [{ name: 'takes it', matched: true }] : [], here: false });
      continue;
    }
    const chains = jumpsOf(os, table, name).map((chain) => ({ name: chain, matched: matched.has(chain) }));
    if (chains.length > 0 || (table !== 'security' && !(table === 'nat' && name === 'INPUT') && table !== 'raw'))
      rows.push({ priority, table, chains, here: false });
  }
  for (const base of nftBases(os, name)) {
    const chains = [{ name: base.name, matched: walked && own.some((step) => step.chain?.split(' ').at(-1) === base.name) }];
    for (const jump of base.jumps) chains.push({ name: jump, matched: matched.has(jump) });
    rows.push({ priority: String(base.priority), table: base.table, chains, here: false });
  }
  rows.sort((a, b) => order(a.priority) - order(b.priority));
  return { name, right: walked ? `${hits} of ${rules.length} match` : steps.length > 0 ? 'not passed' : '', walked, rows };
}

const order = (priority: string): number => (priority === 'last' ? 1000 : Number(priority));

interface Rows<T> {
  rows: readonly Record<string, T>[];
}
function find<T>(buckets: unknown, key: string): T | undefined {
  for (const row of (buckets as Rows<T>).rows ?? []) if (Object.hasOwn(row, key)) return row[key];
  return undefined;
}

/** Chains that a hook's own chain calls, in order; verdicts of its own rules too. */
function jumpsOf(os: OsState, table: string, hook: string): string[] {
  const tables = (os.netfilter as NetfilterTables).host?.iptables?.IPv4;
  const chain = find<{ lines: readonly string[]; jumps: readonly string[] }>(tables?.[table]?.chains ?? {}, hook);
  if (!chain) return [];
  const out = new Set<string>();
  for (const [i, jump] of chain.jumps.entries()) {
    const target = jump || /(?:-j|-g) (\S+)/.exec(chain.lines[i] ?? '')?.[1];
    if (target) out.add(target);
    if (out.size >= 12) break;
  }
  return [...out];
}

interface Base {
  name: string;
  table: string;
  priority: number;
  jumps: string[];
}
function nftBases(os: OsState, hook: HookName): Base[] {
  const out: Base[] = [];
  for (const table of Object.values((os.netfilter as NetfilterTables).host?.nft ?? {})) {
    if (table.family === 'ip6') continue;
    for (const row of table.chains.rows)
      for (const chain of Object.values(row)) {
        if (chain.base?.hook !== hook.toLowerCase()) continue;
        const jumps = new Set<string>();
        for (const rule of chain.rules.slice(0, 40)) {
          const jump = /\b(?:jump|goto) (\S+)$/.exec(rule.text)?.[1];
          if (jump && !jump.includes('{')) jumps.add(jump);
        }
        out.push({ name: chain.name, table: table.name, priority: chain.base.priority, jumps: [...jumps] });
      }
  }
  return out;
}

function conntrackOf(engine: Engine, node: string, note: PacketNote | undefined): KernelSceneRecord['conntrack'] {
  const entries = (engine.query(osOf(node), { type: 'Conntrack', op: 'list' } as never) as ConntrackAnswer).entries ?? [];
  const same = (t: ConntrackEntry['orig']): boolean =>
    note !== undefined && t.src === note.packet.src && t.sport === note.packet.sport && t.dst === note.packet.dst && t.dport === note.packet.dport;
  const entry = entries.find((e) => same(e.orig) || same(e.reply)) ?? entries.at(-1);
  const seconds = entry ? Math.max(0, Math.ceil((entry.expiresAtMs - engine.state.nowMs) / 1000)) : 0;
  return {
    count: entries.length,
    max: conntrackMax,
    lines: entry
      ? [
          `${entry.protocol} ${entry.protocol === 'udp' ? 17 : 6} ${seconds} ${entry.state}`,
          `${entry.orig.src}:${entry.orig.sport} →`,
          `  ${entry.orig.dst}:${entry.orig.dport}${entry.unreplied ? ' [UNREPLIED]' : entry.assured ? ' [ASSURED]' : ''}`,
          `⇐ ${entry.reply.src}:${entry.reply.sport}`,
        ]
      : [],
  };
}

function routesOf(os: OsState, steps: readonly WalkStep[]): KernelSceneRecord['routes'] {
  const chosen = steps.filter((step) => step.kind === 'route').at(-1)?.text ?? '';
  const device = / dev (\S+)/.exec(chosen)?.[1];
  const target = /^(?:local )?(\S+)/.exec(chosen)?.[1] ?? '';
  const local = chosen.startsWith('local ');
  const host = os.netns.host;
  const out: KernelSceneRecord['routes'] = [];
  if (local) out.push({ destination: target, dev: host?.local[target] ?? 'lo', taken: true });
  let best = -1;
  const rows = (host?.routes ?? []).map((route) => {
    const prefix = route as { prefix?: { net: number; bits: number } };
    const fits = !local && route.dev === device && prefix.prefix !== undefined && inside(target, prefix.prefix);
    if (fits) best = Math.max(best, prefix.prefix?.bits ?? 0);
    return { destination: route.destination === '0.0.0.0/0' ? 'default' : route.destination, dev: route.dev, bits: fits ? (prefix.prefix?.bits ?? 0) : -1 };
  });
  return [...out, ...rows.map(({ destination, dev, bits }) => ({ destination, dev, taken: bits >= 0 && bits === best }))].slice(0, 40);
}

function inside(ip: string, { net, bits }: { net: number; bits: number }): boolean {
  const parts = ip.split('.').map(Number);
  if (parts.length !== 4) return false;
  const value = parts.reduce((sum, part) => sum * 256 + part, 0);
  const size = 2 ** (32 - bits);
  return Math.floor(value / size) === Math.floor(net / size);
}

function ipvsOf(engine: Engine, node: string, mode: string, note: PacketNote | undefined): KernelSceneRecord['ipvs'] {
  if (mode !== 'ipvs') return { used: false, servers: 0, title: '', rows: [] };
  const servers = (engine.query(osOf(node), { type: 'Ipvs', op: 'list' } as never) as IpvsAnswer).servers ?? [];
  const server = servers.find((v) => v.ip === note?.packet.dst && v.port === note.packet.dport && v.protocol === note.packet.protocol) ?? servers[0];
  return {
    used: true,
    servers: servers.length,
    title: server ? `${server.protocol.toUpperCase()} ${server.ip}:${server.port} ${server.scheduler}` : '',
    rows: (server?.real ?? []).slice(0, 60).map((r) => ({
      text: `→ ${r.ip}:${r.port}`,
      counts: `Masq ${r.weight} ${r.activeConnections ?? 0} ${r.inactiveConnections ?? 0}`,
      taken: note?.translated?.dst === r.ip && note.translated.dport === r.port,
    })),
  };
}

function devicesOf(os: OsState, walked: readonly string[]): KernelSceneRecord['devices'] {
  const links = os.netns.host?.links ?? {};
  const out: KernelSceneRecord['devices'] = [];
  for (const [name, link] of Object.entries(links)) {
    if (link.kind === 'veth' || link.kind === 'loopback') continue;
    const facts =
      link.kind === 'dummy'
        ? [link.up ? 'dummy, UP' : 'dummy, DOWN', `${link.addresses.length} cluster IPs`]
        : [...(link.kind === 'vxlan' ? ['id 1, port 8472'] : link.addresses.slice(0, 1)), `mtu ${link.mtu}`];
    out.push({ name, kind: link.kind, facts, walked: walked.includes(name) });
  }
  return out;
}

function vethsOf(engine: Engine, os: OsState, node: string, note: PacketNote | undefined): KernelSceneRecord['veths'] {
  const out: KernelSceneRecord['veths'] = [];
  const sandboxes = runtimeState(engine.state, node)?.sandboxes ?? {};
  const uidOf = new Map(
    Object.values(sandboxes).map((sandbox) => [`pod:${sandbox.config.metadata.namespace}/${sandbox.config.metadata.name}`, sandbox.config.metadata.uid]),
  );
  for (const [name, link] of Object.entries(os.netns.host?.links ?? {})) {
    if (link.kind !== 'veth') continue;
    const label = os.netns[link.peer?.netns ?? '']?.label ?? '';
    out.push({ name, pod: label.slice(label.indexOf('/') + 1), uid: uidOf.get(label) ?? '', walked: note?.hops.includes(label) ?? false });
    if (out.length >= maxVeths) break;
  }
  return out;
}

/** From kubepods down to one container: of the selected pod, else of the newest. */
function cgroupsOf(engine: Engine, os: OsState, node: string, about: string): KernelSceneRecord['cgroups'] {
  const containers = Object.values(runtimeState(engine.state, node)?.containers ?? {}).filter((c) => c.state === 'running');
  const uid = about.startsWith('pod/') ? about.slice(4) : '';
  const container = containers.reverse().find((c) => uid === '' || c.config.labels?.['io.kubernetes.pod.uid'] === uid) ?? containers[0];
  const parts = (container?.cgroup ?? '/kubepods.slice').split('/').filter(Boolean);
  return parts.map((name, depth) => {
    const group = os.cgroups.groups[`/${parts.slice(0, depth + 1).join('/')}`];
    return { depth, name, memory: group?.memoryBytes ?? 0, max: group?.values['memory.max'] ?? 'max', weight: group?.values['cpu.weight'] ?? '' };
  });
}
