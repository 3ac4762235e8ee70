/**
 * The add-on that knows what containers and nodes use. Models kubernetes-sigs/metrics-server (scrapes of the kubelets' /metrics/resource).
 * Simplified: looks when it is asked, not each 15 s: CPU is the mean since it was last asked, at least 15 s ago, or since the container began.
 */
import type { CriAnswers, CriCall, CriContainer } from '../../contracts/cri.ts';
import { runtimeOf } from '../../contracts/cri.ts';
import type { ResourceMetrics, ResourceMetricsAnswer, Usage } from '../../contracts/metrics.ts';
import { type CgroupAnswer, osOf } from '../../contracts/os.ts';
import type { Body, Ctx, Room } from '../../engine/types.ts';

export interface MetricsServerArgs {
  nodes: string[];
}
interface Sample {
  atMs: number;
  usageUsec: number;
}
export interface MetricsServerState {
  nodes: string[];
  /** `NODE CONTAINER` → where its counter stood. */
  samples: Record<string, Sample>;
}

/** --metric-resolution. */
const resolutionMs = 15_000;

export const metricsServerRoom: Room<MetricsServerState> = {
  initial: ({ nodes }: MetricsServerArgs) => ({ nodes, samples: {} }),
  handle: () => undefined,
  serve(state: MetricsServerState, request: Body, ctx: Ctx): ResourceMetricsAnswer | { error: string } {
    if (request.type !== 'ResourceMetrics') return { error: 'unavailable' };
    const answer: ResourceMetricsAnswer = { pods: [], nodes: [] };
    const samples: Record<string, Sample> = {};
    for (const node of state.nodes) {
      const usage = (request as ResourceMetrics).of === 'nodes' ? nodeUsage(state, node, samples, ctx) : podUsage(state, node, samples, answer, ctx);
      if (usage) answer.nodes.push({ name: node, ...usage });
    }
    // What is gone is forgotten with the next question of its kind.
    const nodes = (request as ResourceMetrics).of === 'nodes';
    for (const key in state.samples) if (key.endsWith(' ') !== nodes) samples[key] = state.samples[key] as Sample;
    state.samples = samples;
    return answer;
  },
};

function running(node: string, ctx: Ctx): CriContainer[] {
  const call: CriCall = { type: 'Cri', id: '', request: { rpc: 'ListContainers' } };
  const answer = ctx.call<{ response?: CriAnswers['ListContainers'] }>(runtimeOf(node), call);
  return (answer.response?.containers ?? []).filter((c) => c.state === 'CONTAINER_RUNNING');
}

const cgroup = (node: string, op: 'list' | 'get', path: string, ctx: Ctx): CgroupAnswer =>
  ctx.call<CgroupAnswer>(osOf(node), { type: 'Cgroup', op, ...(op === 'get' ? { path } : {}) } as Body);

function podUsage(state: MetricsServerState, node: string, samples: Record<string, Sample>, answer: ResourceMetricsAnswer, ctx: Ctx): undefined {
  const containers = running(node, ctx);
  if (containers.length === 0) return undefined;
  const paths = new Map<string, string>();
  for (const path of cgroup(node, 'list', '', ctx).paths ?? []) {
    const id = /([0-9a-f]{64})[^/]*$/.exec(path)?.[1];
    if (id !== undefined) paths.set(id, path);
  }
  const pods = new Map<string, ResourceMetricsAnswer['pods'][number]>();
  for (const c of containers) {
    const path = paths.get(c.id);
    const values = path === undefined ? undefined : cgroup(node, 'get', path, ctx).values;
    if (!values) continue;
    const usage = measure(state, `${node} ${c.id}`, c.createdAtMs, values, samples, ctx.nowMs);
    if (!usage) continue;
    const [namespace = '', name = ''] = [c.labels['io.kubernetes.pod.namespace'], c.labels['io.kubernetes.pod.name']];
    const key = `${namespace}/${name}`;
    const pod = pods.get(key) ?? { namespace, name, containers: [] };
    pod.containers.push({ name: c.metadata.name, ...usage });
    pods.set(key, pod);
  }
  answer.pods.push(...pods.values());
  return undefined;
}

/** What the machine itself uses beside its pods: the kubelet, containerd and the system. */
const systemUse: Usage = { cpuMilli: 60, memoryBytes: 650 * 1024 * 1024 };

function nodeUsage(state: MetricsServerState, node: string, samples: Record<string, Sample>, ctx: Ctx): Usage | undefined {
  const values = cgroup(node, 'get', '/', ctx).values;
  const usage = values && measure(state, `${node} `, -Number.MAX_SAFE_INTEGER, values, samples, ctx.nowMs);
  return usage && { cpuMilli: usage.cpuMilli + systemUse.cpuMilli, memoryBytes: usage.memoryBytes + systemUse.memoryBytes };
}

/** Undefined: too young. */
function measure(
  state: MetricsServerState,
  key: string,
  sinceMs: number,
  values: Record<string, string>,
  samples: Record<string, Sample>,
  nowMs: number,
): Usage | undefined {
  if (nowMs - sinceMs < resolutionMs) return undefined;
  const usageUsec = Number(/usage_usec (\d+)/.exec(values['cpu.stat'] ?? '')?.[1] ?? 0);
  const before = state.samples[key] ?? { atMs: Math.max(sinceMs, 0), usageUsec: 0 };
  const fresh = nowMs - before.atMs >= resolutionMs;
  samples[key] = fresh ? { atMs: nowMs, usageUsec } : before;
  const elapsedMs = Math.max(1, nowMs - before.atMs);
  return { cpuMilli: Math.ceil((usageUsec - before.usageUsec) / elapsedMs), memoryBytes: Number(values['memory.current'] ?? 0) };
}
