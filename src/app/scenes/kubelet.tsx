/** The opened kubelet. */
import { useMemo } from 'react';
import type { KubeletSceneRecord, PodRecord, WorkerRow } from '../../core/index.ts';
import { memory, shortPodName } from '../map/facts.ts';
import { Gauge } from '../map/gauge.tsx';
import { useRecords } from '../state/records.ts';
import { useRun } from '../state/run.ts';
import { select, setUi, useUi } from '../state/ui.ts';
import { sceneWords as all } from '../words/scenes.en.ts';
import { useShortName } from './names.ts';
import { Card, Fact, Frame } from './parts.tsx';
import { pictureOf } from './picture.ts';
import { ticksIn } from './ticks.ts';

const words = all.kubelet;
/** Tenths of a second are what is read. */
const useTenths = (): number => useRun((run) => Math.floor(run.nowMs / 100) * 100);

export function KubeletScene({ record: r }: { record: KubeletSceneRecord }) {
  const picture = pictureOf('kubelet');
  const { parts } = picture;
  const name = useShortName(r.pod?.uid ?? '', r.pod?.name ?? all.none);
  return (
    <>
      <Frame picture={picture} title={words.title} ports={{ in: words.api, cri: words.cri }} label={{ x: 176, y: 381, text: words.bus }} />
      <Card at={parts.inputs} title={words.loop} right={words.span}>
        {r.channels.map((channel) => (
          <ChannelRow key={channel.name} name={channel.name} atMs={channel.atMs} />
        ))}
      </Card>
      <Workers r={r} />
      <Sync r={r} />
      <Prober r={r} />
      <Pleg r={r} />
      <Card at={parts.statusManager} title={words.status} scrolls>
        <Fact name={name} value={r.status.text || all.absent} />
        <Fact name={words.phase} value={r.status.phase || all.absent} />
        <Fact name={words.ready} value={r.status.ready || all.absent} />
        <Fact name={words.reason} value={r.status.reason || all.none} />
        <Reconcile atMs={r.status.reconcileAtMs} />
        <Fact name={words.queue} value={String(r.status.queue)} />
      </Card>
      <Card at={parts.volumeManager} title={words.volume} scrolls>
        <Fact name={words.desired} value={String(r.volumes.desired)} />
        <Fact name={words.actual} value={String(r.volumes.mounted)} />
        <Fact name={words.mounting} value={String(r.volumes.operations)} />
        <Fact name={words.reconciler} value={words.every100ms} />
        {r.volumes.ofPod.map((v) => (
          <Fact key={v.name} name={v.name} value={v.mounted ? v.kind : words.notMounted} />
        ))}
      </Card>
      <Card at={parts.imageManager} title={words.image}>
        <Fact name={r.images.image || all.absent} value={r.images.state} />
        <Fact name={words.pulls} value={words.pullsOf(r.images.pulls, r.images.waiting)} />
      </Card>
      <Card at={parts.evictionManager} title={words.eviction}>
        <Fact name={r.eviction.signal} value={memory(r.eviction.available)} />
        {r.eviction.conditions.length > 0 ? (
          <Fact name={words.conditions} value={r.eviction.conditions.join(', ')} />
        ) : (
          <Fact name={words.threshold} value={memory(Number(r.eviction.threshold) || 0)} />
        )}
      </Card>
    </>
  );
}

function ChannelRow({ name, atMs }: { name: keyof typeof words.channels; atMs: readonly number[] }) {
  const now = useRun((run) => Math.floor(run.nowMs / 50) * 50);
  const [title, about] = words.channels[name];
  const ticks = ticksIn(atMs, now, 10_000, 80);
  const newest = ticks.at(-1);
  return (
    <div className="s-channel">
      <b>{title}</b>
      <span>{about}</span>
      <svg role="img" aria-label={words.times(title, ticks.length)} width="80" height="22" viewBox="0 0 80 22">
        <path className="s-base" d="M0 18.5H80" />
        {ticks.map((x) => (
          <path key={x} className="s-tick" d={`M${x} 18v-14`} />
        ))}
        {newest !== undefined && newest > 74 && <path className="s-now" d={`M${newest - 4} 0h8l-4 5z`} />}
      </svg>
    </div>
  );
}

function Workers({ r }: { r: KubeletSceneRecord }) {
  const { parts } = pictureOf('kubelet');
  const chosen = r.workers.find((w) => w.uid === r.pod?.uid);
  return (
    <Card at={parts.podWorkers} title={words.workers} right={words.perUid(r.workers.length + r.moreWorkers)} className="s-workers">
      <div className="s-rows">
        {r.workers.length === 0 && <p>{words.noWorker}</p>}
        {r.workers.map((w) => (
          <Worker key={w.uid} w={w} chosen={w.uid === r.pod?.uid} />
        ))}
        {r.moreWorkers > 0 && <p>{words.more(r.moreWorkers)}</p>}
      </div>
      <div className="s-states">
        <b>{words.states}</b>
        <div>
          {(['SYNC', 'TERMINATING', 'TERMINATED'] as const).map((phase) => (
            <span key={phase} className={`mono ${chosen?.phase === phase || (phase === 'TERMINATED' && chosen?.phase === 'FINISHED') ? 'now' : ''}`}>
              {phase}
            </span>
          ))}
        </div>
      </div>
    </Card>
  );
}

function Worker({ w, chosen }: { w: WorkerRow; chosen: boolean }) {
  const now = useTenths();
  const short = useShortName(w.uid, w.name);
  const id = `pod/${w.uid}`;
  const selected = useUi((ui) => ui.selectedId === id);
  const doing = w.backOff ? words.backOff(w.backOff.container, w.backOff.untilMs - now) : w.doing || words.idle;
  const share = w.backOff ? Math.max(0, Math.min(1, (w.backOff.untilMs - now) / (w.backOff.untilMs - w.backOff.fromMs))) : 0;
  return (
    <button
      type="button"
      className={`s-worker ${selected ? 'marked' : ''} ${chosen ? 'chosen' : ''}`}
      aria-pressed={selected}
      aria-label={words.worker(w.name, w.phase, doing)}
      onClick={() => select(id)}
      onPointerEnter={() => setUi({ hoveredId: id })}
      onPointerLeave={() => setUi({ hoveredId: '' })}
    >
      <b title={w.name}>{short}</b>
      <span className="mono">{w.phase}</span>
      <span className={w.backOff ? 'amber' : ''} title={doing}>
        {doing}
      </span>
      <span>{w.dueAtMs === null ? '' : words.resync(w.dueAtMs - now)}</span>
      {w.backOff && <i className="s-wait" style={{ width: `${share * 100}%` }} />}
    </button>
  );
}

function Sync({ r }: { r: KubeletSceneRecord }) {
  const { parts } = pictureOf('kubelet');
  const now = useTenths();
  const waits = r.backOffs.filter((b) => b.uid === r.pod?.uid);
  return (
    <Card
      at={parts.syncPod}
      title={
        <>
          {r.sync.kind || 'SyncPod'} <span>{r.pod?.name ?? ''}</span>
        </>
      }
      name={`${r.sync.kind || 'SyncPod'} ${r.pod?.name ?? ''}`}
      className="s-sync"
      scrolls
    >
      <ol>
        {r.sync.steps.map((step, i) => (
          <li key={step.name} className={`${step.state} ${step.state === 'here' ? 'marked' : ''}`} aria-current={step.state === 'here' ? 'step' : undefined}>
            <span>{i + 1}</span>
            <span title={step.name}>{step.name}</span>
            <span className="mono" title={step.fact}>
              {step.fact}
            </span>
          </li>
        ))}
      </ol>
      <div className="s-plan">
        <header>
          <b>{words.plan}</b>
          <span className="mono">{r.plan ? words.at(r.plan.atMs) : ''}</span>
        </header>
        {r.plan ? (
          r.plan.lines.map((line) => (
            <button type="button" key={line.text} onClick={() => r.plan && setUi({ focusedSeq: r.plan.seq, lowerTab: 'messages' })}>
              <b>{line.text}</b> <span>{line.reason}</span>
            </button>
          ))
        ) : (
          <p>{all.none}</p>
        )}
        {waits.map((b) => (
          <p key={b.container} className="amber">
            {`doBackOff: ${words.backOff(b.container, b.untilMs - now)}`}
          </p>
        ))}
      </div>
    </Card>
  );
}

function Prober({ r }: { r: KubeletSceneRecord }) {
  const { parts } = pictureOf('kubelet');
  const filter = useMemo(() => (pod: PodRecord) => pod.node === r.node && pod.containers.some((c) => c.probes.length > 0), [r.node]);
  const pods = useRecords('pod', filter);
  const own = r.pod && !pods.some((pod) => pod.uid === r.pod?.uid) ? r.pod.name : '';
  return (
    <Card at={parts.prober} title={words.prober} right={words.proberWorkers(r.probeWorkers)} className="s-prober" scrolls>
      {[...pods]
        .sort((a, b) => Number(b.uid === r.pod?.uid) - Number(a.uid === r.pod?.uid))
        .slice(0, 40)
        .flatMap((pod) =>
          pod.containers
            .filter((c) => c.probes.length > 0)
            .map((c) => (
              <div key={`${pod.id} ${c.name}`} className={pod.uid === r.pod?.uid ? 'marked' : ''}>
                <span title={`${pod.name}, ${c.name}`}>{`${shortPodName(pod)}, ${c.name}`}</span>
                <span className="v-gauges">
                  {c.probes.map((g) => (
                    <Gauge key={g.kind} g={g} width={40} />
                  ))}
                </span>
              </div>
            )),
        )}
      {own && <p>{words.noProbes(own)}</p>}
    </Card>
  );
}

function Pleg({ r }: { r: KubeletSceneRecord }) {
  const { parts } = pictureOf('kubelet');
  const now = useTenths();
  const { lastRelistMs } = r.pleg;
  const age = lastRelistMs === null ? null : Math.max(0, now - lastRelistMs);
  return (
    <Card at={parts.pleg} title={words.pleg} right={words.span} scrolls>
      <Fact name={words.relist} value={words.every1s} />
      <Fact name={words.last} value={age === null ? all.absent : all.ago(age)} />
      <Fact name={words.podsSeen} value={`${r.pleg.pods}, ${r.pleg.containers}`} />
      <Fact name={words.died} value={String(r.pleg.died)} />
      <Fact name={words.started} value={String(r.pleg.started)} />
      <Fact name={words.onDemand} value={String(r.pleg.onDemand)} />
      <Fact name={words.healthy} value={age !== null && age < 180_000 ? words.yes : words.no} />
    </Card>
  );
}

function Reconcile({ atMs }: { atMs: number | null }) {
  const now = useTenths();
  return <Fact name={words.reconcile} value={atMs === null ? all.absent : all.inTime(atMs - now)} />;
}
