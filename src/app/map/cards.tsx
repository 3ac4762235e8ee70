/** Cards of components, kernel tables, nodes and what lies outside of them. */
import { Fragment } from 'react';
import type { ComponentRecord, KernelRecord, PodRecord, ServiceRecord } from '../../core/index.ts';
import { useRecord, useRecords } from '../state/records.ts';
import { words } from '../words/en.ts';
import { shortPodName } from './facts.ts';
import { StateGlyph } from './glyphs.tsx';
import { useNodes } from './nodes.ts';
import { podKey, podOrder } from './pod-places.ts';
import { Vertex } from './vertex.tsx';

const text = words.map;

export function Row({ left, right, className = '' }: { left: string; right?: string | undefined; className?: string }) {
  return (
    <div className={`v-row ${className}`}>
      <span>{left}</span>
      {right ? <span>{right}</span> : null}
    </div>
  );
}

export interface CardProps {
  vertex: string;
  record: string;
  /** Room for how many lines of facts below the title. */
  lines: number;
  /** Little room beside the title. */
  narrow: boolean;
}

const titles: Record<string, string> = {
  apiServer: 'API server',
  scheduler: 'scheduler',
  controllerManager: 'controller manager',
  kubelet: 'kubelet',
  runtime: 'containerd',
  kubeProxy: 'kube-proxy',
  storage: 'storage',
  cni: 'CNI',
  registry: text.registry,
  loadBalancer: text.loadBalancer,
  client: text.client,
  cgroups: 'cgroups',
  routes: 'routes',
  conntrack: 'conntrack',
  netfilter: 'netfilter',
};

const factsOf = (c: ComponentRecord | undefined): readonly [string, string][] => c?.facts ?? [];

/** A fact in a narrow card gives up its least word before a letter of it is cut: `110 of 253 IPs` → `110/253 IPs`, `sync 2m 32 s ago` → `sync 2m 32 s`. */
const terse = (fact: string, room: number): string =>
  fact.replace(/^(\d{3,}) of (\d+ )/, room < 99 ? '$1/$2' : '$&').replace(/ ago$/, fact.length > room ? '' : ' ago');

export function ComponentCard({ vertex, record, lines, narrow }: CardProps) {
  const c = useRecord<'component'>(record);
  const title = lines < 2 && vertex === 'controllerManager' ? text.controllers : (c?.title ?? titles[vertex] ?? vertex);
  const up = c?.up ?? true;
  const facts: readonly [string, string][] = !c ? [[words.absent, '']] : up ? factsOf(c) : [[c.words || text.stopped, ''], ...factsOf(c).slice(1)];
  // With room for one line the right fact is the one that tells most.
  const first = lines === 1 ? c?.right || facts[0]?.[1] || facts[0]?.[0] || '' : '';
  const room = narrow || lines === 1 ? 15 : 99;
  const shown: readonly [string, string][] = (lines === 1 ? ([[first, '']] as const) : facts.slice(0, lines)).map(([left, right]) => [
    terse(left, room),
    right,
  ]);
  const beside = lines === 0 ? c?.right || /^\d+/.exec(facts[0]?.[0] ?? '')?.[0] : lines > 1 ? c?.right : '';
  const spoken = [c?.right, ...(c ? facts : []).flat()].filter(Boolean).join(', ');
  return (
    <Vertex
      vertex={vertex}
      record={record}
      name={text.componentName(title, spoken)}
      className={`v-card ${up ? '' : 'gone'} ${lines === 0 ? 'slim' : ''} ${narrow ? 'narrow-card' : ''}`}
    >
      <div className="v-title">
        <b>{title}</b>
        {!up ? <StateGlyph family="off" label={text.off} /> : beside ? <span>{beside}</span> : null}
      </div>
      {shown.map(([left, right], i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines have places, not names.
        <Row key={i} left={left} right={right} />
      ))}
    </Vertex>
  );
}

export function KernelCard({ vertex, record, lines, narrow }: CardProps) {
  const rich = lines > 2 && !narrow;
  const k = useRecord<'kernel'>(record);
  const title = titles[vertex] ?? vertex;
  return (
    <Vertex
      vertex={vertex}
      record={record}
      name={text.componentName(title, [k?.right, ...(k?.facts ?? []).flat()].filter(Boolean).join(', '))}
      className={`v-card kernel-${vertex}`}
    >
      <div className="v-title">
        <b>{title}</b>
        {rich && <span>{k?.right ?? words.absent}</span>}
      </div>
      {rich ? (
        <KernelRows vertex={vertex} k={k} lines={lines} />
      ) : (
        <Row left={vertex === 'conntrack' ? text.entries(k?.right ?? words.absent) : (k?.right ?? words.absent)} />
      )}
    </Vertex>
  );
}

function KernelRows({ vertex, k, lines }: { vertex: string; k: KernelRecord | undefined; lines: number }) {
  if (vertex === 'netfilter') return <Netfilter k={k} />;
  if (vertex === 'cgroups')
    return (
      <>
        {(k?.bars ?? []).map((bar) => (
          <div className="bar-row" key={bar.label}>
            <Row left={bar.label} right={bar.value} />
            <i>
              <i style={{ width: `${bar.fraction * 100}%` }} />
            </i>
          </div>
        ))}
      </>
    );
  const rows = (k?.rows ?? []).slice(0, lines);
  if (k && rows.length === 0) return <Row left={text.noEntries} />;
  if (vertex === 'conntrack') return rows.map((row) => <Row key={row} left={row} className="mono" />);
  return rows.map((row) => <Row key={row} left={row.slice(0, row.lastIndexOf(' '))} right={row.slice(row.lastIndexOf(' ') + 1)} />);
}

function Netfilter({ k }: { k: KernelRecord | undefined }) {
  return (
    <>
      <svg className="hooks" viewBox="0 0 160 32" aria-hidden="true">
        <path d="M8 8H152" />
        {text.hooks.map((hook, i) => (
          <Fragment key={hook}>
            <circle className={k?.walking?.includes(hook) ? 'walking' : ''} cx={8 + i * 36} cy="8" r="4" />
            <text x={8 + i * 36} y="26" textAnchor="middle">
              {hook}
            </text>
          </Fragment>
        ))}
      </svg>
      <Row left={k?.facts[0]?.[0] ?? words.absent} right={k?.facts[0]?.[1]} />
    </>
  );
}

/** The label line of the case. */
export function NodeLabel({ vertex, record }: CardProps) {
  const n = useRecord<'node'>(record);
  const name = n?.name ?? '';
  const units = n ? text.units(n.unitsActive, n.unitsTotal) : '';
  return (
    <Vertex vertex={vertex} record={record} name={text.nodeName(name, n?.status ?? '', units)} className="node-label">
      <b>{name}</b>
      {n && <StateGlyph family={n.family} />}
      <strong>{n?.status ?? text.opening}</strong>
      <span className="mono ip">{n?.ip}</span>
      <span className="mono version">{n?.kubeletVersion}</span>
      <span className="units">{n?.failedUnits[0] ? `${n.failedUnits[0].unit} ${n.failedUnits[0].words}` : units}</span>
    </Vertex>
  );
}

/** Another worker: its parts and first pods. */
export function NodeCard({ vertex, record, lines }: CardProps) {
  const n = useRecord<'node'>(record);
  const pods = usePodsOf(n?.name ?? '');
  if (!n)
    return (
      <Vertex vertex={vertex} record="" name={text.opening} className="v-card case-card">
        {null}
      </Vertex>
    );
  const name = text.nodeName(n.name, n.status, text.unitsShort(n.unitsActive, n.unitsTotal));
  if (lines === 1)
    return (
      <Vertex vertex={vertex} record={record} name={name} className="v-card">
        <div className="v-title">
          <b>{n.name}</b>
          <StateGlyph family={n.family} />
        </div>
        <Row left={text.podsOn(pods.length, n.status)} />
      </Vertex>
    );
  const room = pods.length > 3 ? 2 : 3;
  return (
    <Vertex vertex={vertex} record={record} name={name} className="v-card case-card">
      <div className="v-title">
        <b>{n.name}</b>
        <span className="v-state">
          <StateGlyph family={n.family} />
          {n.status}
        </span>
      </div>
      <Row left={n.ip} className="mono" />
      {n.components.map((part) => (
        <div className="v-row v-part" key={part.name}>
          <span>{part.name}</span>
          <StateGlyph family={part.up ? 'ready' : 'off'} label={part.up ? words.glyphs.ready : text.stopped} />
        </div>
      ))}
      {pods.slice(0, room).map((pod) => (
        <div className="v-cell mono" key={pod.id}>
          <StateGlyph family={pod.family} label={pod.status} />
          <span>{shortPodName(pod)}</span>
        </div>
      ))}
      {pods.length > room && <div className="v-cell v-more">{text.more(pods.length - room)}</div>}
    </Vertex>
  );
}

export function usePodsOf(node: string): readonly PodRecord[] {
  const pods = useRecords('pod');
  return pods.filter((pod) => pod.node === node).sort((a, b) => podOrder(podKey(a), podKey(b)));
}

const balanced = (s: ServiceRecord): boolean => s.serviceType === 'LoadBalancer';

/** Registry, load balancer, client: their records say more where they have one. */
export function OutsideCard({ vertex, record, lines, narrow }: CardProps) {
  const c = useRecord<'component'>(record);
  const services = useRecords('service', balanced);
  if (c) return <ComponentCard vertex={vertex} record={record} lines={lines} narrow={narrow} />;
  const title = titles[vertex] ?? vertex;
  const facts =
    vertex === 'loadBalancer'
      ? services.length > 0
        ? services.map((s) => `${s.name}, port ${s.ports[0]?.port ?? words.absent}`)
        : [text.noLoadBalancer]
      : vertex === 'client'
        ? [text.clientIP]
        : [];
  return (
    <Vertex vertex={vertex} record="" name={text.componentName(title, facts.join(', '))} className="v-card">
      <div className="v-title">
        <b>{title}</b>
      </div>
      {facts.slice(0, Math.max(1, lines)).map((fact) => (
        <Row key={fact} left={fact} className={fact === text.clientIP ? 'mono' : ''} />
      ))}
    </Vertex>
  );
}

export function Port({ vertex, record }: CardProps) {
  return (
    <Vertex vertex={vertex} record={record} name={text.eth0} className="v-port">
      {text.eth0}
    </Vertex>
  );
}

/** The cluster scene's nodes: every pod a glyph. */
export function NodeGrid({ vertex, record }: CardProps) {
  const n = useRecord<'node'>(record);
  const pods = usePodsOf(n?.name ?? '');
  if (!n) return null;
  const failed = n.failedUnits[0];
  return (
    <Vertex vertex={vertex} record={record} name={text.nodeName(n.name, n.status, text.podsOf(pods.length))} className="v-card case-card node-grid">
      <div className="v-title">
        <b>{n.name}</b>
        <span className="v-state">
          <StateGlyph family={n.family} />
          {n.status}
        </span>
      </div>
      <Row left={n.ip} right={text.podsOf(pods.length)} className="ip" />
      <div className="v-grid">
        {pods.slice(0, 110).map((pod) => (
          <StateGlyph key={pod.id} family={pod.family} />
        ))}
      </div>
      <Row left={failed ? `${failed.unit.replace(/\.service$/, '')} ${failed.words}` : text.unitsShort(n.unitsActive, n.unitsTotal)} className="v-facts" />
    </Vertex>
  );
}

const unready = (pod: PodRecord): boolean => pod.family !== 'ready' && pod.family !== 'done';

/** What is not ready, by reason. */
export function NotReady({ vertex }: CardProps) {
  const pods = useRecords('pod');
  const list = useRecords('pod', unready);
  const { names } = useNodes();
  const groups = new Map<string, PodRecord[]>();
  for (const pod of list) groups.set(pod.status, [...(groups.get(pod.status) ?? []), pod]);
  const rows = [...groups].sort((a, b) => b[1].length - a[1].length).slice(0, 5);
  const where = (of: PodRecord[]): string => {
    const on = new Set(of.map((pod) => pod.node).filter(Boolean));
    return on.size === 0 ? text.inQueue : on.size === 1 ? text.on([...on][0] as string) : text.onNodes(Math.min(on.size, names.length));
  };
  return (
    <Vertex vertex={vertex} record="" name={text.componentName(text.notReady, text.notReadyOf(list.length, pods.length))} className="v-card not-ready">
      <div className="v-title">
        <b>{text.notReady}</b>
        <span>{text.notReadyOf(list.length, pods.length)}</span>
      </div>
      {rows.length === 0 && <Row left={text.allReady} />}
      {rows.map(([status, of]) => (
        <div className="v-reason" key={status}>
          <StateGlyph family={(of[0] as PodRecord).family} />
          <b>{of.length}</b>
          <b>{status}</b>
          <span>{where(of)}</span>
        </div>
      ))}
    </Vertex>
  );
}
