/** kubectl top pod, top node. Models k8s.io/kubectl/pkg/cmd/top and pkg/metricsutil, v1.36.2. */

import { quantityMilli, quantityValue } from '../../api/quantity.ts';
import type { Node, Pod } from '../../api/types.ts';
import { metricsServer, type ResourceMetrics, type ResourceMetricsAnswer, type Usage } from '../../contracts/metrics.ts';
import { goDuration, parseTime } from '../../engine/time.ts';
import { CommandError, plainError, usageError } from '../errors.ts';
import { tableTabs, tabulate } from '../printers/tabwriter.ts';
import type { Run } from '../run.ts';

export function top(run: Run): void {
  run.out('Display resource (CPU/memory) usage.\n\nUsage:\n  kubectl top [flags] [options]\n');
}

function metrics(run: Run, of: ResourceMetrics['of']): ResourceMetricsAnswer {
  const answer = run.ctx.call<ResourceMetricsAnswer & { error?: string }>(metricsServer, { type: 'ResourceMetrics', of } as ResourceMetrics);
  if (answer.error !== undefined) throw plainError('Metrics API not available');
  return answer;
}

const mebibytes = (bytes: number): string => `${Math.floor(bytes / 1_048_576)}Mi`;
const total = (list: readonly Usage[]): Usage => ({
  cpuMilli: list.reduce((sum, u) => sum + u.cpuMilli, 0),
  memoryBytes: list.reduce((sum, u) => sum + u.memoryBytes, 0),
});

function sortBy(run: Run): 'cpu' | 'memory' | '' {
  const by = run.flag('sort-by');
  if (by !== '' && by !== 'cpu' && by !== 'memory') throw plainError('--sort-by accepts only cpu or memory');
  return by;
}
const sorted = <T extends { usage: Usage }>(rows: T[], by: 'cpu' | 'memory' | ''): T[] =>
  by === '' ? rows : rows.sort((a, b) => (by === 'cpu' ? b.usage.cpuMilli - a.usage.cpuMilli : b.usage.memoryBytes - a.usage.memoryBytes));

export function topPod(run: Run): void {
  if (run.args.length > 1) throw usageError('top pod', `only one pod name may be specified`);
  const by = sortBy(run);
  const { namespace, allNamespaces } = run;
  const name = run.args[0];
  const all = metrics(run, 'pods').pods;
  const call = {
    verb: 'list',
    resource: 'pods',
    ...(allNamespaces ? {} : { namespace }),
    labelSelector: run.flag('selector'),
    fieldSelector: run.flag('field-selector'),
  } as const;
  const pods = (run.api(call).list?.items ?? []) as Pod[];
  const known = new Set(pods.map((p) => `${p.metadata.namespace}/${p.metadata.name}`));
  const rows = all.filter((p) => known.has(`${p.namespace}/${p.name}`) && (name === undefined || p.name === name));
  if (rows.length === 0) {
    if (name !== undefined) throw new CommandError(`Error from server (NotFound): podmetrics.metrics.k8s.io "${namespace}/${name}" not found`);
    if (pods.length > 0) throw notYet(pods, run.epochMs);
    run.err(allNamespaces ? 'No resources found\n' : `No resources found in ${namespace} namespace.\n`);
    return;
  }
  const lines: string[] = [];
  const scope = allNamespaces ? 'NAMESPACE\t' : '';
  const containers = run.on('containers');
  if (!run.on('no-headers')) lines.push(`${scope}${containers ? 'POD\t' : ''}NAME\tCPU(cores)\tMEMORY(bytes)\t`);
  const list = sorted(
    rows.map((pod) => ({ pod, usage: total(pod.containers) })).sort((a, b) => (a.pod.namespace + a.pod.name < b.pod.namespace + b.pod.name ? -1 : 1)),
    by,
  );
  for (const { pod, usage } of list) {
    const first = `${allNamespaces ? `${pod.namespace}\t` : ''}${pod.name}\t`;
    if (containers) for (const c of pod.containers) lines.push(`${first}${c.name}\t${c.cpuMilli}m\t${mebibytes(c.memoryBytes)}\t`);
    else lines.push(`${first}${usage.cpuMilli}m\t${mebibytes(usage.memoryBytes)}\t`);
  }
  if (run.on('sum')) {
    const sum = total(list.map((r) => r.usage));
    const blank = (allNamespaces ? 1 : 0) + (containers ? 1 : 0);
    lines.push(`${'\t'.repeat(blank)}\t________\t________\t`, `${'\t'.repeat(blank)}\t${sum.cpuMilli}m\t${mebibytes(sum.memoryBytes)}\t`);
  }
  run.out(tabulate(`${lines.join('\n')}\n`, tableTabs));
}

/** Pods are there, and nothing is known of them: said of one that should be known by now. */
function notYet(pods: readonly Pod[], epochMs: number): CommandError {
  for (const pod of pods) {
    const ageMs = epochMs - (parseTime(pod.metadata.creationTimestamp) || epochMs);
    if (ageMs > 120_000) return plainError(`metrics not available for pod ${pod.metadata.namespace}/${pod.metadata.name}, age: ${goDuration(ageMs)}`);
  }
  return plainError('metrics not available yet');
}

export function topNode(run: Run): void {
  if (run.args.length > 1) throw usageError('top node', 'only one node name may be specified');
  const by = sortBy(run);
  const name = run.args[0];
  const found = metrics(run, 'nodes').nodes;
  const nodes = (run.api({ verb: 'list', resource: 'nodes', labelSelector: run.flag('selector') }).list?.items ?? []) as Node[];
  if (name !== undefined && !nodes.some((n) => n.metadata.name === name)) throw new CommandError(`Error from server (NotFound): nodes "${name}" not found`);
  const rows = nodes
    .filter((n) => name === undefined || n.metadata.name === name)
    .map((node) => ({ node, measured: found.find((f) => f.name === node.metadata.name) }));
  if (!rows.some((r) => r.measured)) throw plainError('metrics not available yet');
  const lines = run.on('no-headers') ? [] : ['NAME\tCPU(cores)\tCPU(%)\tMEMORY(bytes)\tMEMORY(%)\t'];
  const zero: Usage = { cpuMilli: -1, memoryBytes: -1 };
  const list = sorted(
    rows.map((r) => ({ ...r, usage: r.measured ?? zero })),
    by,
  );
  for (const { node, measured } of list) {
    const of = (run.on('show-capacity') ? node.status.capacity : node.status.allocatable) ?? {};
    if (!measured) lines.push(`${node.metadata.name}\t<unknown>\t<unknown>\t<unknown>\t<unknown>\t`);
    else {
      const cpu = Math.floor((measured.cpuMilli * 100) / Math.max(1, quantityMilli(of.cpu)));
      const memory = Math.floor((measured.memoryBytes * 100) / Math.max(1, quantityValue(of.memory)));
      lines.push(`${node.metadata.name}\t${measured.cpuMilli}m\t${cpu}%\t${mebibytes(measured.memoryBytes)}\t${memory}%\t`);
    }
  }
  run.out(tabulate(`${lines.join('\n')}\n`, tableTabs));
}
