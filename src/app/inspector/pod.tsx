/** A pod: state, why, containers, probes, conditions, messages, events, log, object. */
import { useState } from 'react';
import type { ContainerRecord, GaugeRecord, PodRecord } from '../../core/index.ts';
import { StateGlyph } from '../map/glyphs.tsx';
import { useFrame } from '../state/run.ts';
import { durationText, timeText } from '../timebar/time-text.ts';
import { panelWords } from '../words/panels.en.ts';
import { AboutMessages, Conditions, Events, Yaml } from './about.tsx';
import { Facts, Fold, Heading, Section, Verbatim } from './parts.tsx';
import { useAsked } from './use-asked.ts';
import { Why } from './why.tsx';

const t = panelWords.inspector;

export function PodInspector({ pod }: { pod: PodRecord }) {
  const name = { kind: 'Pod', namespace: pod.namespace, name: pod.name };
  return (
    <>
      <State pod={pod} />
      <Why about={pod.id} />
      <Conditions of={name} />
      <Containers pod={pod} />
      <AboutMessages about={pod.id} />
      <Events of={name} uid={pod.uid} />
      <Fold title={t.log}>{() => <Log pod={pod} />}</Fold>
      <Yaml of={name} />
    </>
  );
}

/** Of the present, ten times a second. */
const useTenth = (): number => useFrame((run) => Math.floor(run.nowMs / 100) * 100);

const title = (pod: PodRecord): string => (pod.family === 'notReady' ? t.notReady(pod.status) : pod.status);

/** The heading's right side: when it goes on, or where the pod is. */
export function podNext(pod: PodRecord, nowMs: number): string {
  const backoff = pod.containers.find((c) => c.backoff && c.backoff.untilMs > nowMs)?.backoff;
  return backoff ? t.restartIn(backoff.untilMs - nowMs) : t.podOn(pod.node);
}

function State({ pod }: { pod: PodRecord }) {
  const nowMs = useTenth();
  return (
    <>
      <p className="insp-name">
        {pod.name}
        {pod.namespace !== 'default' && <span> {pod.namespace}</span>}
      </p>
      <Heading family={pod.family} title={title(pod)} right={podNext(pod, nowMs)} />
      <Verbatim text={pod.message} />
      <Facts facts={podFacts(pod, nowMs)} />
    </>
  );
}

/** The three that tell most in this state. */
export function podFacts(pod: PodRecord, nowMs: number): [string, string][] {
  const f = t.facts;
  const restarts: [string, string] = [String(pod.restarts), f.restarts];
  const waiting = pod.containers.find((c) => c.backoff);
  if (waiting?.backoff)
    return [restarts, [waiting.exitCode === null ? '–' : String(waiting.exitCode), f.lastExit], [durationText(waiting.backoff.totalMs), f.backoff]];
  const ended = pod.containers.find((c) => c.state === 'terminated');
  if (ended) return [restarts, [ended.exitCode === null ? '–' : String(ended.exitCode), f.lastExit], [t.of(pod.readyContainers, pod.totalContainers), f.ready]];
  const gauge = pod.containers.flatMap((c) => (c.state === 'running' ? c.probes : [])).find((p) => p.kind === 'readiness' || p.kind === 'startup');
  if (gauge && pod.family === 'notReady')
    return [passes(gauge), [gauge.nextAtMs === null ? '–' : `${(Math.max(0, gauge.nextAtMs - nowMs) / 1000).toFixed(1)} s`, f.nextProbe], restarts];
  if (pod.containers.some((c) => c.state === 'running'))
    return [restarts, [pod.memoryBytes === null ? '–' : bytes(pod.memoryBytes), f.memory], [pod.ip || '–', f.ip]];
  return [
    [t.of(pod.readyContainers, pod.totalContainers), f.ready],
    [pod.qosClass || '–', f.qos],
    [durationText(Math.max(0, nowMs - pod.createdAtMs)), f.age],
  ];
}

function passes(gauge: GaugeRecord): [string, string] {
  return gauge.runOf === 'failure' && gauge.run > 0
    ? [t.of(gauge.run, gauge.threshold), t.facts.failures]
    : [t.of(gauge.runOf === 'success' ? gauge.run : 0, gauge.threshold), t.facts.passes];
}

export const bytes = (n: number): string =>
  n >= 1024 ** 3 ? `${(n / 1024 ** 3).toFixed(1)} Gi` : n >= 10 * 1024 ** 2 ? `${Math.round(n / 1024 ** 2)} Mi` : `${(n / 1024 ** 2).toFixed(1)} Mi`;

function Containers({ pod }: { pod: PodRecord }) {
  return (
    <Section title={t.containers}>
      <ul className="insp-containers">
        {pod.containers.map((c) => (
          <li key={c.name}>
            <p>
              <StateGlyph family={c.family} />
              <b>{c.name}</b>
              <span>{c.reason || c.state}</span>
              {c.exitCode !== null && c.state === 'terminated' && <span>exit {c.exitCode}</span>}
              {c.restarts > 0 && (
                <span>
                  {c.restarts} {t.facts.restarts}
                </span>
              )}
            </p>
            <code>{c.image}</code>
            {c.message && <code>{c.message}</code>}
            {c.probes.map((probe) => (
              <Probe key={probe.kind} probe={probe} />
            ))}
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Probe({ probe }: { probe: GaugeRecord }) {
  const nowMs = useTenth();
  const next = probe.nextAtMs === null ? panelWords.editor.facts.notProbed : panelWords.editor.facts.next(Math.max(0, probe.nextAtMs - nowMs));
  const [value, label] = passes(probe);
  return (
    <p className="insp-probe">
      <b>{probe.kind}</b>
      <span>
        {probe.handler}, {probe.result}, {t.probeEvery(durationText(probe.periodMs))}
        {probe.run > 0 && probe.run < probe.threshold ? `, ${value} ${label}` : ''}, {next}
      </span>
    </p>
  );
}

function Log({ pod }: { pod: PodRecord }) {
  const [chosen, setChosen] = useState('');
  const [previous, setPrevious] = useState(false);
  const container = pod.containers.find((c: ContainerRecord) => c.name === chosen)?.name ?? pod.containers.find((c) => c.role === 'regular')?.name ?? '';
  const second = useFrame((run) => Math.floor(run.nowMs / 500));
  const { answer, error } = useAsked(
    container ? { q: 'logs', namespace: pod.namespace, pod: pod.name, container, previous, tailLines: 500 } : null,
    second,
    500,
  );
  return (
    <>
      <div className="insp-pick">
        {pod.containers.length > 1 && (
          <select aria-label={t.logOf} value={container} onChange={(event) => setChosen(event.currentTarget.value)}>
            {pod.containers.map((c) => (
              <option key={c.name}>{c.name}</option>
            ))}
          </select>
        )}
        <label>
          <input type="checkbox" checked={previous} onChange={(event) => setPrevious(event.currentTarget.checked)} /> {t.previous}
        </label>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable. */}
      <section className="insp-text" tabIndex={0} aria-label={t.log}>
        <pre>{answer?.error || error || answer?.text || t.emptyLog}</pre>
      </section>
    </>
  );
}

export const podSince = (pod: PodRecord): string => t.since2(timeText(pod.createdAtMs));
