import { ageOf } from '../../api/print/human-duration.ts';
import { podColumns, restartsText } from '../../api/print/pod-columns.ts';
import type { Pod } from '../../api/types.ts';
import type { Table } from './tables.ts';

/** printPod. */
export const podTable: Table = {
  columns: ['NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE'],
  wide: ['IP', 'NODE', 'NOMINATED NODE', 'READINESS GATES'],
  row(object, epochMs) {
    const pod = object as Pod;
    const c = podColumns(pod);
    return [pod.metadata.name, `${c.readyContainers}/${c.totalContainers}`, c.status, restartsText(c, epochMs), ageOf(pod.metadata.creationTimestamp, epochMs)];
  },
  wideRow(object, epochMs) {
    const pod = object as Pod;
    const gates = pod.spec.readinessGates ?? [];
    const met = gates.filter((g) => pod.status?.conditions?.some((c) => c.type === g.conditionType && c.status === 'True')).length;
    return [
      ...podTable.row(object, epochMs),
      pod.status?.podIPs?.[0]?.ip || pod.status?.podIP || '<none>',
      pod.spec.nodeName || '<none>',
      pod.status?.nominatedNodeName || '<none>',
      gates.length > 0 ? `${met}/${gates.length}` : '<none>',
    ];
  },
};
