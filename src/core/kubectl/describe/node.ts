import { ageOf } from '../../api/print/human-duration.ts';
import { addQuantity, canonicalQuantity, compareQuantity, quantityMilli, quantityValue } from '../../api/quantity.ts';
import type { KubeObject, Node, Pod, ResourceList } from '../../api/types.ts';
import { byCodePoint } from '../printers/json.ts';
import { nodeRoles } from '../printers/tables-basic.ts';
import type { Run } from '../run.ts';
import { describeEvents } from './events.ts';
import { annotations, labels, rfc1123, Writer } from './writer.ts';

export function describeNode(run: Run, o: KubeObject): string {
  const node = o as Node;
  const { metadata, spec, status } = node;
  const w = new Writer();
  w.field(0, 'Name', metadata.name);
  w.field(0, 'Roles', nodeRoles(node));
  labels(w, 'Labels', metadata.labels);
  annotations(w, 'Annotations', metadata.annotations);
  w.field(0, 'CreationTimestamp', rfc1123(metadata.creationTimestamp));
  const taints = (spec.taints ?? [])
    .slice()
    .sort((a, b) => byCodePoint(a.effect, b.effect) || byCodePoint(a.key, b.key))
    .map((t) => `${t.key}${t.value ? `=${t.value}` : ''}:${t.effect}`);
  if (taints.length === 0) w.field(0, 'Taints', '<none>');
  for (const [i, taint] of taints.entries()) w.write(0, `${i === 0 ? 'Taints:' : ''}\t${taint}\n`);
  w.field(0, 'Unschedulable', String(spec.unschedulable ?? false));
  lease(run, w, metadata.name);
  const conditions = status.conditions ?? [];
  if (conditions.length > 0) {
    w.write(0, 'Conditions:\n');
    w.row(1, 'Type', 'Status', 'LastHeartbeatTime', 'LastTransitionTime', 'Reason', 'Message');
    w.row(1, '----', '------', '-----------------', '------------------', '------', '-------');
    for (const c of conditions)
      w.write(1, `${c.type} \t${c.status} \t${rfc1123(c.lastHeartbeatTime)} \t${rfc1123(c.lastTransitionTime)} \t${c.reason ?? ''} \t${c.message ?? ''}\n`);
  }
  w.write(0, 'Addresses:\n');
  for (const a of status.addresses ?? []) w.field(1, a.type, a.address);
  list(w, 'Capacity', status.capacity);
  list(w, 'Allocatable', status.allocatable);
  const info = status.nodeInfo ?? {};
  w.write(0, 'System Info:\n');
  for (const [title, key] of [
    ['Machine ID', 'machineID'],
    ['System UUID', 'systemUUID'],
    ['Boot ID', 'bootID'],
    ['Kernel Version', 'kernelVersion'],
    ['OS Image', 'osImage'],
    ['Operating System', 'operatingSystem'],
    ['Architecture', 'architecture'],
    ['Container Runtime Version', 'containerRuntimeVersion'],
    ['Kubelet Version', 'kubeletVersion'],
  ] as const)
    w.field(1, title, info[key] ?? '');
  if (spec.podCIDR) w.field(0, 'PodCIDR', spec.podCIDR);
  if ((spec.podCIDRs ?? []).length > 0) w.field(0, 'PodCIDRs', (spec.podCIDRs ?? []).join(','));
  if (spec.providerID) w.field(0, 'ProviderID', spec.providerID);
  pods(run, w, node);
  describeEvents(run, w, o);
  return w.toString();
}

function lease(run: Run, w: Writer, name: string): void {
  const got = run.api({ verb: 'get', resource: 'leases.coordination.k8s.io', namespace: 'kube-node-lease', name });
  if (!got.object) {
    w.write(0, `Lease:\n`);
    w.write(1, 'Failed to get lease: ');
    w.write(0, `${got.status?.message ?? ''}\n`);
    return;
  }
  const { spec = {} } = got.object;
  w.write(0, 'Lease:\n');
  w.field(1, 'HolderIdentity', spec.holderIdentity ?? '<unset>');
  w.field(1, 'AcquireTime', spec.acquireTime ? rfc1123(spec.acquireTime) : '<unset>');
  w.field(1, 'RenewTime', spec.renewTime ? rfc1123(spec.renewTime) : '<unset>');
}

function list(w: Writer, title: string, map: ResourceList | undefined): void {
  const names = Object.keys(map ?? {}).sort(byCodePoint);
  if (names.length === 0) return;
  w.write(0, `${title}:\n`);
  for (const name of names) w.field(1, name, canonicalQuantity((map as ResourceList)[name] as string));
}

/** What a pod asks for: containers and sidecars together, or its largest init container; PodRequestsAndLimits. */
export function podTotals(pod: Pod, which: 'requests' | 'limits'): ResourceList {
  const total: Record<string, string> = {};
  const add = (into: Record<string, string>, from: ResourceList | undefined): void => {
    for (const name of Object.keys(from ?? {}))
      into[name] =
        into[name] === undefined ? canonicalQuantity((from as ResourceList)[name] as string) : addQuantity(into[name], (from as ResourceList)[name] as string);
  };
  const raise = (from: ResourceList): void => {
    for (const name of Object.keys(from))
      if (total[name] === undefined || compareQuantity(total[name], from[name] as string) < 0) total[name] = canonicalQuantity(from[name] as string);
  };
  for (const c of pod.spec.containers) add(total, c.resources?.[which]);
  const sidecars: Record<string, string> = {};
  const initial: ResourceList[] = [];
  for (const c of pod.spec.initContainers ?? []) {
    if (c.restartPolicy === 'Always') {
      add(total, c.resources?.[which]);
      add(sidecars, c.resources?.[which]);
      initial.push({ ...sidecars });
    } else {
      const own: Record<string, string> = { ...sidecars };
      add(own, c.resources?.[which]);
      initial.push(own);
    }
  }
  for (const one of initial) raise(one);
  const own = pod.spec.resources?.[which];
  for (const name of Object.keys(own ?? {})) total[name] = canonicalQuantity((own as ResourceList)[name] as string);
  if (which === 'requests' || Object.keys(total).length > 0) add(total, pod.spec.overhead);
  return total;
}

const percent = (part: string, whole: string | number | undefined, cpu: boolean): number => {
  const [a, b] = cpu ? [quantityMilli(part), quantityMilli(whole)] : [quantityValue(part), quantityValue(whole)];
  return b === 0 ? 0 : Math.trunc((a / b) * 100);
};

function pods(run: Run, w: Writer, node: Node): void {
  const all = (run.api({ verb: 'list', resource: 'pods', fieldSelector: `spec.nodeName=${node.metadata.name},status.phase!=Succeeded,status.phase!=Failed` })
    .list?.items ?? []) as Pod[];
  const allocatable = node.status.allocatable ?? node.status.capacity ?? {};
  w.field(0, 'Non-terminated Pods', `(${all.length} in total)`);
  w.row(1, 'Namespace', 'Name', '', 'CPU Requests', 'CPU Limits', 'Memory Requests', 'Memory Limits', 'Age');
  w.row(1, '---------', '----', '', '------------', '----------', '---------------', '-------------', '---');
  const requests: Record<string, string> = {};
  const limits: Record<string, string> = {};
  for (const pod of all) {
    const [req, lim] = [podTotals(pod, 'requests'), podTotals(pod, 'limits')];
    const cell = (from: ResourceList, name: 'cpu' | 'memory'): string => {
      const q = String(from[name] ?? '0');
      return `${q} (${percent(q, allocatable[name], name === 'cpu')}%)`;
    };
    w.row(
      1,
      pod.metadata.namespace ?? '',
      pod.metadata.name,
      '',
      cell(req, 'cpu'),
      cell(lim, 'cpu'),
      cell(req, 'memory'),
      cell(lim, 'memory'),
      ageOf(pod.metadata.creationTimestamp, run.epochMs),
    );
    for (const [from, into] of [
      [req, requests],
      [lim, limits],
    ] as const)
      for (const name of Object.keys(from)) into[name] = into[name] === undefined ? String(from[name]) : addQuantity(into[name], from[name] as string);
  }
  w.write(0, 'Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)\n');
  w.row(1, 'Resource', 'Requests', 'Limits');
  w.row(1, '--------', '--------', '------');
  const total = (from: Record<string, string>, name: string): string => {
    const q = from[name] ?? '0';
    return `${q} (${percent(q, allocatable[name], name === 'cpu')}%)`;
  };
  const standard = ['cpu', 'memory', 'ephemeral-storage'];
  const huge = Object.keys(allocatable)
    .filter((name) => name.startsWith('hugepages-'))
    .sort(byCodePoint);
  for (const name of [...standard, ...huge]) w.row(1, name, total(requests, name), total(limits, name));
  const others = Object.keys(allocatable)
    .filter((name) => !standard.includes(name) && !huge.includes(name) && name !== 'pods' && (name.includes('/') || name.startsWith('attachable-volumes-')))
    .sort(byCodePoint);
  for (const name of others) w.row(1, name, requests[name] ?? '0', limits[name] ?? '0');
}
