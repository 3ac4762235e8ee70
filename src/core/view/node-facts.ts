/** What only the node knows about its pods: probe gauges, back-off in force, memory. */
import type { Container, Pod, Probe } from '../api/types.ts';
import type { EngineState } from '../engine/engine.ts';
import type { PodFacts } from './pods.ts';
import { noFacts } from './pods.ts';
import type { GaugeRecord } from './records.ts';
import { kubeletState, osState, runtimeState } from './rooms.ts';

const kinds = ['startup', 'liveness', 'readiness'] as const;

/** `lastProbeMs`: when a worker (by key) last probed, as the trace told. */
export function nodeFacts(s: EngineState, pod: Pod, lastProbeMs: ReadonlyMap<string, number>): PodFacts {
  const node = pod.spec.nodeName;
  const kubelet = node ? kubeletState(s, node) : undefined;
  if (!node || !kubelet) return noFacts;
  const { uid } = pod.metadata;
  const up = !s.stopped[`${node}/kubelet`];
  const specOf = (name: string): Container | undefined => [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find((c) => c.name === name);
  return {
    gauges: (name) => {
      const spec = specOf(name);
      const out: GaugeRecord[] = [];
      for (const kind of kinds) {
        const probe = spec?.[`${kind}Probe`];
        if (probe) out.push(gauge(kind, probe, kubelet.prober.workers[`${uid}|${name}|${kind}`], lastProbeMs.get(`${uid}|${name}|${kind}`) ?? null, up));
      }
      return out;
    },
    backoff: (name) => {
      const cs = [...(pod.status.containerStatuses ?? []), ...(pod.status.initContainerStatuses ?? [])].find((c) => c.name === name);
      if (!cs || cs.state.running) return null;
      for (const key in kubelet.backOff) {
        if (!key.startsWith(`${uid}_${name}_`)) continue;
        const entry = kubelet.backOff[key];
        const finished = cs.state.terminated?.finishedAt ?? cs.lastState?.terminated?.finishedAt;
        if (!entry || typeof finished !== 'string') return null;
        return { untilMs: entry.lastUpdateMs + entry.delayMs, totalMs: entry.delayMs };
      }
      return null;
    },
    memoryBytes: (name) => {
      const cs = pod.status.containerStatuses?.find((c) => c.name === name) ?? pod.status.initContainerStatuses?.find((c) => c.name === name);
      const id = cs?.containerID?.replace(/^[a-z-]+:\/\//, '');
      const cgroup = id ? runtimeState(s, node)?.containers[id]?.cgroup : undefined;
      return (cgroup ? osState(s, node)?.cgroups.groups[cgroup]?.memoryBytes : undefined) ?? null;
    },
  };
}

function gauge(
  kind: GaugeRecord['kind'],
  probe: Probe,
  worker: { lastResult: string; resultRun: number; onHold: boolean } | undefined,
  lastAtMs: number | null,
  up: boolean,
): GaugeRecord {
  const failed = worker?.lastResult === 'Failure';
  const runOf = failed ? 'failure' : 'success';
  return {
    kind,
    handler: probe.exec ? 'exec' : probe.httpGet ? 'httpGet' : probe.tcpSocket ? 'tcpSocket' : 'grpc',
    result: worker?.lastResult === 'Success' ? 'success' : failed ? 'failure' : 'unknown',
    run: worker?.resultRun ?? 0,
    runOf,
    threshold: runOf === 'failure' ? (probe.failureThreshold ?? 3) : (probe.successThreshold ?? 1),
    failureThreshold: probe.failureThreshold ?? 3,
    periodMs: (probe.periodSeconds ?? 10) * 1000,
    nextAtMs: up && worker && !worker.onHold && lastAtMs !== null ? lastAtMs + (probe.periodSeconds ?? 10) * 1000 : null,
    lastAtMs,
  };
}
