/** Three walks side by side: machine by machine, hook by hook. Pure. */
import type { Journey, Leg, ProxyMode, WalkStep } from '../../core/index.ts';
import { lensWords as t } from '../words/lens.en.ts';

export const modes: readonly ProxyMode[] = ['iptables', 'ipvs', 'nftables'];
export type Journeys = Partial<Record<ProxyMode, Journey>>;

/** Parts of one machine's way, in order. */
export type Stage = 'start' | 'first' | 'routing' | 'filter' | 'post' | 'end';
const stages: readonly Stage[] = ['start', 'first', 'routing', 'filter', 'post', 'end'];

export interface StageRow {
  key: string;
  stage: Stage;
  title: string;
  sub: string;
  cells: Partial<Record<ProxyMode, WalkStep[]>>;
}

export interface LegRow {
  /** `out:0` */
  key: string;
  title: string;
  hosts: Partial<Record<ProxyMode, Leg>>;
  rows: StageRow[];
}

export function legRows(journeys: Journeys): LegRow[] {
  const out: LegRow[] = [];
  for (const way of ['out', 'back'] as const) {
    const legs = (mode: ProxyMode): Leg[] => journeys[mode]?.legs.filter((leg) => leg.way === way) ?? [];
    const most = Math.max(0, ...modes.map((mode) => legs(mode).length));
    for (let i = 0; i < most; i += 1) {
      const hosts: LegRow['hosts'] = {};
      for (const mode of modes) {
        const leg = legs(mode)[i];
        if (leg) hosts[mode] = leg;
      }
      const key = `${way}:${i}`;
      out.push({ key, title: t.legs[way](i), hosts, rows: stageRows(key, hosts) });
    }
  }
  return out;
}

function stageRows(leg: string, hosts: LegRow['hosts']): StageRow[] {
  const rows = new Map<Stage, StageRow>();
  const hooks = new Map<Stage, string[]>();
  for (const mode of modes) {
    const steps = hosts[mode]?.answer.steps ?? [];
    let stage: Stage = 'start';
    for (const step of steps) {
      stage = later(stage, stageOf(step, stage));
      let row = rows.get(stage);
      if (!row) {
        row = { key: `${leg}:${stage}`, stage, title: '', sub: '', cells: {} };
        rows.set(stage, row);
        hooks.set(stage, []);
      }
      const named = hooks.get(stage) as string[];
      if (step.kind === 'hook' && !named.includes(step.text)) named.push(step.text);
      // A chain that is called is named by its rules; only its policy says more.
      const silent = step.kind === 'hook' || (step.kind === 'chain' && !step.text.startsWith('policy DROP'));
      row.cells[mode] ??= [];
      if (!silent) row.cells[mode]?.push(step);
    }
  }
  const out: StageRow[] = [];
  for (const stage of stages) {
    const row = rows.get(stage);
    if (row) out.push({ ...row, ...titleOf(row, hooks.get(stage) ?? []) });
  }
  return out;
}

const later = (a: Stage, b: Stage): Stage => (stages.indexOf(b) > stages.indexOf(a) ? b : a);

function stageOf(step: WalkStep, now: Stage): Stage {
  if (step.kind === 'hook') return step.text === 'PREROUTING' || step.text === 'OUTPUT' ? 'first' : step.text === 'POSTROUTING' ? 'post' : 'filter';
  if (step.depth > 0) return now;
  if (step.kind === 'route') return now === 'start' || now === 'filter' ? now : 'routing';
  return now === 'start' || now === 'first' || now === 'filter' ? now : 'end';
}

function titleOf({ stage, cells }: StageRow, hooks: readonly string[]): { title: string; sub: string } {
  const steps = modes.flatMap((mode) => cells[mode] ?? []);
  if (stage === 'first') return { title: hooks.join(', '), sub: tablesOf(steps) };
  if (stage === 'filter') return { title: steps.some((s) => s.kind === 'ipvs') ? t.withIpvs : t.stages.filter, sub: hooks.join(', ') };
  if (stage === 'post') return { title: t.stages.post, sub: tablesOf(steps) };
  return { title: t.stages[stage], sub: '' };
}

const tablesOf = (steps: readonly WalkStep[]): string =>
  [...new Set(steps.map((s) => s.table).filter((name): name is string => name !== undefined && !name.includes(' ')))].join(', ');

/** A rule without its chain's name and its comment: both stand elsewhere. */
export const ruleText = (text: string): string =>
  text
    .replace(/^-A (\S+) /, (whole, chain: string) => (/^(PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING)$/.test(chain) ? whole : ''))
    .replace(/-m comment --comment ("(?:[^"\\]|\\.)*"|\S+) ?/g, '')
    .replace(/ comment "(?:[^"\\]|\\.)*"/g, '')
    .trim();

/** `-m tcp` says what `-p tcp` said. */
export const shortRule = (text: string): string => ruleText(text).replace(/-p (tcp|udp|sctp) (.*?)-m \1 /, '-p $1 $2');

/** What a step is about: `Service NAMESPACE/NAME` or an address. */
export function aboutStep(step: Pick<WalkStep, 'text' | 'chain'>): { service: string; ips: string[] } {
  const comment = /--comment "?([a-z0-9-]+\/[a-z0-9-]+)(?=[\s":])/.exec(step.text)?.[1];
  const named = /(?:service|local|external|firewall|endpoint)-\w{8}-([a-z0-9-]+\/[a-z0-9-]+)\//.exec(`${step.chain ?? ''} ${step.text}`)?.[1];
  const ips = [...step.text.matchAll(/(?<![\d./])(\d{1,3}(?:\.\d{1,3}){3})(?![\d.]|\/(?!32\b))/g)].map((m) => m[1] as string);
  return { service: comment ?? named ?? '', ips };
}

/** As `conntrack -L` prints the entry of a new flow. */
export function conntrackLine({ flow }: Leg['answer']): string {
  if (!flow) return '';
  const number = { tcp: 6, udp: 17, sctp: 132, icmp: 1 }[flow.protocol];
  const side = (s: NonNullable<typeof flow>['orig']): string =>
    flow.protocol === 'icmp' ? `src=${s.src} dst=${s.dst}` : `src=${s.src} dst=${s.dst} sport=${s.sport} dport=${s.dport}`;
  const state = flow.protocol === 'tcp' || flow.protocol === 'sctp' ? `${flow.state} ` : '';
  return `${flow.protocol.padEnd(8)} ${number} ${state}${side(flow.orig)} [UNREPLIED] ${side(flow.reply)} mark=${flow.mark}`;
}
