import { ageOf } from '../../api/print/human-duration.ts';
import type { KubeEvent, KubeObject } from '../../api/types.ts';
import { parseTime } from '../../engine/time.ts';
import { eventTimes } from '../printers/tables-basic.ts';
import type { Run } from '../run.ts';
import type { Writer } from './writer.ts';

/** Events about an object, by its uid. What kubelets tell of their node has none in v1.36, and so is not shown (recorded). */
export function eventsOf(run: Run, object: KubeObject): KubeEvent[] {
  const { kind, metadata } = object;
  // Those of a static pod are about what its kubelet knows it by.
  const uid = metadata.annotations?.['kubernetes.io/config.mirror'] ?? metadata.uid;
  const selector = [`involvedObject.name=${metadata.name}`, `involvedObject.kind=${kind}`, `involvedObject.uid=${uid}`];
  if (metadata.namespace) selector.push(`involvedObject.namespace=${metadata.namespace}`);
  const where = metadata.namespace ? { namespace: metadata.namespace } : {};
  return (run.api({ verb: 'list', resource: 'events', ...where, fieldSelector: selector.join(',') }).list?.items ?? []) as KubeEvent[];
}

/** DescribeEvents. */
export function describeEvents(run: Run, w: Writer, object: KubeObject): void {
  if (run.flag('show-events') === 'false') return;
  const events = eventsOf(run, object);
  if (events.length === 0) {
    w.field(0, 'Events', '<none>');
    return;
  }
  const lastMs = (e: KubeEvent): number => (typeof e.lastTimestamp === 'string' ? parseTime(e.lastTimestamp) : Number.NEGATIVE_INFINITY);
  const sorted = events.map((event, i) => ({ event, i, at: lastMs(event) })).sort((a, b) => (a.at === b.at ? a.i - b.i : a.at < b.at ? -1 : 1));
  w.write(0, 'Events:\n');
  w.row(1, 'Type', 'Reason', 'Age', 'From', 'Message');
  w.row(1, '----', '------', '----', '----', '-------');
  for (const { event } of sorted) {
    const { first, last, count } = eventTimes(event);
    const age = count > 1 ? `${ageOf(last, run.epochMs)} (x${count} over ${ageOf(first, run.epochMs)})` : ageOf(first ?? event.eventTime, run.epochMs);
    const path = event.involvedObject.fieldPath;
    const message = (event.message ?? '').trim();
    w.row(1, event.type, event.reason, age, event.source?.component || event.reportingComponent || '', path ? `${path}: ${message}` : message);
  }
}
