import { ageOf } from '../../api/print/human-duration.ts';
import type { KubeObject, Pod, Toleration } from '../../api/types.ts';
import { byCodePoint } from '../printers/json.ts';
import type { Run } from '../run.ts';
import { describeContainers } from './containers.ts';
import { describeEvents } from './events.ts';
import { describeVolumes } from './volumes.ts';
import { annotations, labels, rfc1123, selectorText, Writer } from './writer.ts';

// biome-ignore lint/suspicious/noExplicitAny: spread constraints have no type here
type Any = any;

/** describePod. */
export function describePod(run: Run, object: KubeObject): string {
  const pod = object as Pod;
  const { metadata, spec, status } = pod;
  const w = new Writer();
  w.field(0, 'Name', metadata.name);
  w.field(0, 'Namespace', metadata.namespace ?? '');
  if (spec.priority !== undefined) w.field(0, 'Priority', spec.priority);
  if (spec.priorityClassName) w.field(0, 'Priority Class Name', spec.priorityClassName);
  if (spec.runtimeClassName) w.field(0, 'Runtime Class Name', spec.runtimeClassName);
  if (spec.serviceAccountName) w.field(0, 'Service Account', spec.serviceAccountName);
  w.field(0, 'Node', spec.nodeName ? `${spec.nodeName}/${status?.hostIP ?? ''}` : '<none>');
  if (status?.startTime) w.field(0, 'Start Time', rfc1123(status.startTime));
  labels(w, 'Labels', metadata.labels);
  annotations(w, 'Annotations', metadata.annotations);
  if (metadata.deletionTimestamp && status?.phase !== 'Failed' && status?.phase !== 'Succeeded') {
    w.field(0, 'Status', `Terminating (lasts ${ageOf(metadata.deletionTimestamp, run.epochMs)})`);
    w.field(0, 'Termination Grace Period', `${metadata.deletionGracePeriodSeconds ?? 0}s`);
  } else w.field(0, 'Status', status?.phase ?? '');
  if (status?.reason) w.field(0, 'Reason', status.reason);
  if (status?.message) w.field(0, 'Message', status.message);
  const seccomp = spec.securityContext?.seccompProfile;
  if (seccomp) {
    w.field(0, 'SeccompProfile', seccomp.type);
    if (seccomp.type === 'Localhost') w.field(0, 'LocalhostProfile', seccomp.localhostProfile ?? '');
  }
  w.field(0, 'IP', status?.podIP ?? '');
  const ips = status?.podIPs ?? [];
  if (ips.length === 0) w.field(0, 'IPs', '<none>');
  else {
    w.write(0, 'IPs:\n');
    for (const { ip } of ips) w.field(1, 'IP', ip);
  }
  const owner = metadata.ownerReferences?.find((r) => r.controller);
  if (owner) w.field(0, 'Controlled By', `${owner.kind}/${owner.name}`);
  if (status?.nominatedNodeName) w.field(0, 'NominatedNodeName', status.nominatedNodeName);
  // Statuses come with the node: before, containers are described by their spec alone.
  if ((spec.initContainers ?? []).length > 0) describeContainers(w, 'Init Containers', spec.initContainers ?? [], status?.initContainerStatuses, pod, false);
  describeContainers(w, 'Containers', spec.containers, status?.containerStatuses, pod, false);
  if ((spec.ephemeralContainers ?? []).length > 0)
    describeContainers(w, 'Ephemeral Containers', spec.ephemeralContainers ?? [], status?.ephemeralContainerStatuses, pod, false);
  const gates = spec.readinessGates ?? [];
  if (gates.length > 0) {
    w.write(0, 'Readiness Gates:\n');
    w.row(1, 'Type', 'Status');
    for (const g of gates) w.row(1, g.conditionType, status?.conditions?.find((c) => c.type === g.conditionType)?.status ?? '<none>');
  }
  const conditions = status?.conditions ?? [];
  if (conditions.length > 0) {
    w.write(0, 'Conditions:\n');
    w.write(1, 'Type\tStatus\n');
    for (const c of conditions) w.write(1, `${c.type} \t${c.status} \n`);
  }
  describeVolumes(w, spec.volumes, '');
  w.field(0, 'QoS Class', status?.qosClass ?? qosOf(pod));
  labels(w, 'Node-Selectors', spec.nodeSelector);
  tolerations(w, 'Tolerations', spec.tolerations, '');
  spread(w, spec.topologySpreadConstraints);
  describeEvents(run, w, object);
  return w.toString();
}

const qosOf = (_pod: Pod): string => 'BestEffort';

/** printPodTolerationsMultiline: by key. */
export function tolerations(w: Writer, title: string, list: readonly Toleration[] | undefined, space: string): void {
  if (!list || list.length === 0) {
    w.write(0, `${space}${title}:\t<none>\n`);
    return;
  }
  const sorted = list.slice().sort((a, b) => byCodePoint(a.key ?? '', b.key ?? ''));
  for (const [i, t] of sorted.entries()) {
    let text = t.key ?? '';
    if (t.value) text += `=${t.value}`;
    if (t.effect) text += `:${t.effect}`;
    if (t.operator === 'Exists' && !t.value) text += text === '' ? 'op=Exists' : ' op=Exists';
    if (t.tolerationSeconds !== undefined && t.tolerationSeconds !== null) text += ` for ${t.tolerationSeconds}s`;
    w.write(0, `${i === 0 ? `${space}${title}:` : space}\t${text}\n`);
  }
}

function spread(w: Writer, list: Any[] | undefined): void {
  if (!list || list.length === 0) return;
  const sorted = list.slice().sort((a, b) => byCodePoint(a.topologyKey ?? '', b.topologyKey ?? ''));
  for (const [i, c] of sorted.entries()) {
    const text = `${c.topologyKey}:${c.whenUnsatisfiable} when max skew ${c.maxSkew} is exceeded${c.labelSelector ? ` for selector ${selectorText(c.labelSelector)}` : ''}`;
    w.write(0, `${i === 0 ? 'Topology Spread Constraints:' : ''}\t${text}\n`);
  }
}
