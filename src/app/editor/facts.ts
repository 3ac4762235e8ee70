/** Facts of the run at the right of the lines that they are about. */
import type { ContainerRecord, GaugeRecord, PodRecord } from '../../core/index.ts';
import type { Diagnostic } from '../../session/protocol.ts';
import { panelWords } from '../words/panels.en.ts';
import { type Document, podsOf, type World } from './documents.ts';

export interface Fact {
  /** From 1. */
  line: number;
  text: string;
  tone: 'ok' | 'warn' | 'bad' | 'plain';
}

const t = panelWords.editor.facts;
const replicas = /^\s*replicas\s*:/;
const image = /^\s*(?:-\s+)?(?:\{.*\b)?image\s*:\s*["']?([^\s"',}]+)/;
const probe = /^\s*(?:-\s+)?(startup|liveness|readiness)Probe\s*:/;
const scaled = new Set(['Deployment', 'ReplicaSet', 'StatefulSet', 'ReplicationController']);

export function factsOf(
  text: string,
  documents: readonly Document[],
  diagnostics: readonly Diagnostic[],
  world: World,
  nowMs: number,
  selectedId: string,
): Fact[] {
  const lines = text.split('\n');
  const facts = new Map<number, Fact>();
  const add = (line: number, fact: Omit<Fact, 'line'> | null): void => {
    if (fact && !facts.has(line)) facts.set(line, { line, ...fact });
  };
  for (const d of diagnostics) {
    if (d.source === 'api' && d.severity === 'error') add(d.line, { text: t.refused, tone: 'bad' });
    else if (d.source === 'kubarium') add(d.line, { text: t.notSimulated, tone: 'warn' });
  }
  for (const document of documents) {
    const pods = podsOf(document, world);
    if (pods.length === 0) continue;
    const about = pods.find((pod) => pod.id === selectedId) ?? pods.find((pod) => pod.readyContainers < pod.totalContainers) ?? (pods[0] as PodRecord);
    let container: string | null = null;
    for (let line = document.line; line <= Math.min(document.endLine, lines.length); line += 1) {
      const written = lines[line - 1] as string;
      if (scaled.has(document.kind) && replicas.test(written)) add(line, readyFact(pods, Number(/:\s*(\d+)/.exec(written)?.[1] ?? Number.NaN)));
      const named = image.exec(written);
      if (named) {
        container = nameNear(lines, line, about, named[1] as string);
        add(line, imageFact(pods, named[1] as string));
      }
      const probed = probe.exec(written);
      if (probed) add(line, probeFact(about, probed[1] as GaugeRecord['kind'], container, nowMs));
    }
  }
  return [...facts.values()];
}

function readyFact(pods: readonly PodRecord[], wanted: number): Omit<Fact, 'line'> {
  const ready = pods.filter((pod) => pod.family === 'ready' && !pod.deleting).length;
  return { text: t.ready(ready), tone: ready === wanted ? 'ok' : 'warn' };
}

function imageFact(pods: readonly PodRecord[], name: string): Omit<Fact, 'line'> | null {
  const containers = pods.flatMap((pod) => pod.containers).filter((c) => c.image === name);
  const trouble = containers.find((c) => /Image|Pull/.test(c.reason));
  if (trouble) return { text: trouble.reason, tone: 'warn' };
  return containers.some((c) => c.containerID !== '') ? { text: t.onNode, tone: 'ok' } : null;
}

/** The container that a line belongs to: the last one of this image that the lines above or below name. */
function nameNear(lines: readonly string[], line: number, pod: PodRecord, imageName: string): string | null {
  const same = pod.containers.filter((c) => c.image === imageName);
  if (same.length === 1) return (same[0] as ContainerRecord).name;
  for (let at = line; at > Math.max(0, line - 40); at -= 1) {
    const named = /\bname\s*:\s*["']?([\w.-]+)/.exec(lines[at - 1] ?? '')?.[1];
    if (named && same.some((c) => c.name === named)) return named;
  }
  return same[0]?.name ?? null;
}

function probeFact(pod: PodRecord, kind: GaugeRecord['kind'], container: string | null, nowMs: number): Omit<Fact, 'line'> | null {
  const of = pod.containers.find((c) => c.name === container) ?? pod.containers.find((c) => c.probes.some((p) => p.kind === kind));
  const gauge = of?.probes.find((p) => p.kind === kind);
  if (!of || !gauge || of.state !== 'running') return null;
  if (gauge.runOf === 'failure' && gauge.run > 0) return { text: t.failures(gauge.run, gauge.threshold), tone: 'warn' };
  if (gauge.nextAtMs === null) return { text: t.notProbed, tone: 'plain' };
  return { text: t.next(Math.max(0, gauge.nextAtMs - nowMs)), tone: 'plain' };
}
