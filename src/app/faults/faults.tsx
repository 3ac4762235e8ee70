/** The menu of faults, by place: what runs first, then the node, then around it. */
import { type ReactNode, useState } from 'react';
import type { Fault, PodRecord } from '../../core/index.ts';
import { useNodes } from '../map/nodes.ts';
import { Popover } from '../palette/popover.tsx';
import { useRecord, useRecords } from '../state/records.ts';
import { useUi } from '../state/ui.ts';
import { timeText } from '../timebar/time-text.ts';
import { panelWords } from '../words/panels.en.ts';
import './faults.css';
import { end, inject, type RunningFault, targets } from './list.ts';

const t = panelWords.faults;
const units = ['kubelet', 'containerd', 'kube-proxy'] as const;
const slowMs = 2000;

type Targeted = 'killContainer' | 'killPause' | 'failReadiness' | 'slowPod';

export function Faults() {
  const nodes = useNodes();
  const selected = useRecord(useUi((ui) => ui.selectedId));
  const running = useRecord<'cluster'>('cluster')?.faults ?? [];
  const near = selected?.type === 'node' ? selected.name : selected && 'node' in selected && nodes.names.includes(selected.node) ? selected.node : nodes.glass;
  const [chosen, setChosen] = useState('');
  const node = nodes.names.includes(chosen) ? chosen : near;
  const [open, setOpen] = useState<Targeted | null>(null);
  const [error, setError] = useState('');
  const act = (promise: Promise<unknown>): void => {
    setError('');
    promise.catch((reason: Error) => setError(reason.message));
  };
  const begin = (fault: Fault): void => act(inject(fault, running));
  const isOn = (...words: string[]): boolean => running.some((fault) => words.every((word) => fault.label.includes(word)));
  const row = (label: string, verb: string, fault: Fault, ...words: string[]): ReactNode =>
    isOn(...words) ? null : <Row key={label} label={label} verb={verb} act={() => begin(fault)} />;
  const targeted = (kind: Targeted, label: string, verb: string): ReactNode => (
    <TargetRow
      key={kind}
      label={label}
      verb={verb}
      open={open === kind}
      kind={kind}
      node={node}
      toggle={() => setOpen(open === kind ? null : kind)}
      begin={begin}
    />
  );
  return (
    <Popover dialog="faults" label={t.title} width={324} className="faults">
      {running.length > 0 && (
        <>
          <h3>{t.on}</h3>
          {running.map((fault) => (
            <Running key={fault.id} fault={fault} act={() => act(end(fault.id))} />
          ))}
          <hr />
        </>
      )}
      {nodes.names.length > 1 ? (
        <label className="faults-node">
          <span className="unseen">{t.node}</span>
          <select value={node} onChange={(event) => setChosen(event.currentTarget.value)}>
            {nodes.names.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      ) : (
        <h3>{node}</h3>
      )}
      {units.map((unit) => row(unit, t.stop, { kind: 'stopUnit', node, unit }, unit, node))}
      {targeted('killContainer', t.container, t.kill)}
      {targeted('killPause', t.pause, t.kill)}
      {targeted('failReadiness', t.readiness, t.fail)}
      {row(t.disk, t.fill, { kind: 'fillDisk', node }, 'disk', node)}
      <hr />
      <h3>{t.around}</h3>
      {row(t.api, t.drop, { kind: 'cutApiServer', node }, 'cut', node)}
      {row(t.registry, t.stop, { kind: 'registryUnreachable' }, 'registry')}
      {targeted('slowPod', t.answers, t.slow)}
      <hr />
      {error && (
        <p role="alert" className="faults-error">
          {error}
        </p>
      )}
      <p>{t.note}</p>
    </Popover>
  );
}

function Running({ fault, act }: { fault: RunningFault; act(): void }) {
  return (
    <div className="menu-row on">
      <span>
        {fault.label} <small>{t.since(timeText(fault.sinceMs))}</small>
      </span>
      <button type="button" className="btn" aria-label={`${t.end}: ${fault.label}`} onClick={act}>
        {t.end}
      </button>
    </div>
  );
}

function Row({ label, verb, act }: { label: string; verb: string; act(): void }) {
  return (
    <div className="menu-row">
      <span>{label}</span>
      <button type="button" className="btn" aria-label={`${verb}: ${label}`} onClick={act}>
        {verb}
      </button>
    </div>
  );
}

interface TargetProps {
  label: string;
  verb: string;
  open: boolean;
  kind: Targeted;
  node: string;
  toggle(): void;
  begin(fault: Fault): void;
}

/** Asks for a pod, and where it matters for a container. */
function TargetRow({ label, verb, open, kind, node, toggle, begin }: TargetProps) {
  return (
    <>
      <button type="button" className="menu-row as-button" aria-expanded={open} onClick={toggle}>
        <span>{label}</span>
        <small>{t.choose}</small>
      </button>
      {open && <Target verb={verb} kind={kind} node={node} label={label} begin={begin} />}
    </>
  );
}

function Target({ verb, kind, node, label, begin }: Pick<TargetProps, 'verb' | 'kind' | 'node' | 'label' | 'begin'>) {
  const all = useRecords('pod');
  const selectedId = useUi((ui) => ui.selectedId);
  const pods = targets(all, selectedId, node);
  const [podId, setPodId] = useState('');
  const [name, setName] = useState('');
  const pod: PodRecord | undefined = pods.find((p) => p.id === podId) ?? pods[0];
  if (!pod) return <p>{t.none}</p>;
  const container = pod.containers.find((c) => c.name === name) ?? pod.containers.find((c) => c.role === 'regular') ?? pod.containers[0];
  const needsContainer = kind === 'killContainer' || kind === 'failReadiness';
  const give = (): void => {
    const place = { namespace: pod.namespace, pod: pod.name };
    if (kind === 'killPause') begin({ kind, ...place });
    else if (kind === 'slowPod') begin({ kind, ...place, delayMs: slowMs });
    else if (container) begin({ kind, ...place, container: container.name });
  };
  return (
    <div className="faults-target">
      <select aria-label={t.pod} value={pod.id} onChange={(event) => setPodId(event.currentTarget.value)}>
        {pods.map((p) => (
          <option key={p.id} value={p.id}>
            {p.name}
          </option>
        ))}
      </select>
      {needsContainer && pod.containers.length > 1 && (
        <select aria-label={t.which} value={container?.name} onChange={(event) => setName(event.currentTarget.value)}>
          {pod.containers.map((c) => (
            <option key={c.name}>{c.name}</option>
          ))}
        </select>
      )}
      <button type="button" className="btn" aria-label={`${verb}: ${label}, ${pod.name}`} onClick={give}>
        {verb}
        {kind === 'slowPod' && ` ${t.slowBy}`}
      </button>
    </div>
  );
}
