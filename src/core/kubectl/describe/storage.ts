import { ageOf } from '../../api/print/human-duration.ts';
import { canonicalQuantity } from '../../api/quantity.ts';
import type { KubeObject, Pod } from '../../api/types.ts';
import { accessModes, storageClassOf } from '../printers/tables-storage.ts';
import type { Run } from '../run.ts';
import { describeEvents } from './events.ts';
import { persistentSource } from './volumes.ts';
import { annotations, labels, Writer } from './writer.ts';

// biome-ignore lint/suspicious/noExplicitAny: objects of kinds without types
type Any = any;

const status = (run: Run, o: KubeObject): string =>
  o.metadata.deletionTimestamp ? `Terminating (lasts ${ageOf(o.metadata.deletionTimestamp, run.epochMs)})` : (o.status?.phase ?? '');
const finalizers = (o: KubeObject): string => `[${(o.metadata.finalizers ?? []).join(' ')}]`;

export function describeClaim(run: Run, o: KubeObject): string {
  const w = new Writer();
  const { metadata, spec = {} } = o as Any;
  w.field(0, 'Name', metadata.name);
  w.field(0, 'Namespace', metadata.namespace ?? '');
  w.field(0, 'StorageClass', storageClassOf(o));
  w.field(0, 'Status', status(run, o));
  w.field(0, 'Volume', spec.volumeName ?? '');
  labels(w, 'Labels', metadata.labels);
  annotations(w, 'Annotations', metadata.annotations);
  w.field(0, 'Finalizers', finalizers(o));
  const bound = Boolean(spec.volumeName);
  w.field(0, 'Capacity', bound ? canonicalQuantity(o.status?.capacity?.storage ?? '0') : '');
  w.field(0, 'Access Modes', bound ? accessModes(o.status?.accessModes) : '');
  if (spec.volumeMode) w.field(0, 'VolumeMode', spec.volumeMode);
  if (spec.dataSource) {
    w.write(0, 'DataSource:\n');
    if (spec.dataSource.apiGroup) w.field(1, 'APIGroup', spec.dataSource.apiGroup);
    w.field(1, 'Kind', spec.dataSource.kind);
    w.field(1, 'Name', spec.dataSource.name);
  }
  usedBy(run, w, o);
  const conditions: Any[] = o.status?.conditions ?? [];
  if (conditions.length > 0) {
    w.write(0, 'Conditions:\n');
    w.write(1, 'Type\tStatus\tLastProbeTime\tLastTransitionTime\tReason\tMessage\n');
    w.write(1, '----\t------\t-----------------\t------------------\t------\t-------\n');
    for (const c of conditions)
      w.write(1, `${c.type} \t${c.status} \t${c.lastProbeTime ?? ''} \t${c.lastTransitionTime ?? ''} \t${c.reason ?? ''} \t${c.message ?? ''}\n`);
  }
  describeEvents(run, w, o);
  return w.toString();
}

function usedBy(run: Run, w: Writer, claim: KubeObject): void {
  const pods = (run.api({ verb: 'list', resource: 'pods', namespace: claim.metadata.namespace ?? '' }).list?.items ?? []) as Pod[];
  const users = pods.filter((p) =>
    (p.spec.volumes ?? []).some(
      (v) =>
        v.persistentVolumeClaim?.claimName === claim.metadata.name || (v.ephemeral !== undefined && `${p.metadata.name}-${v.name}` === claim.metadata.name),
    ),
  );
  if (users.length === 0) w.field(0, 'Used By', '<none>');
  for (const [i, pod] of users.entries()) w.write(0, `${i === 0 ? 'Used By:' : ''}\t${pod.metadata.name}\n`);
}

export function describePersistentVolume(run: Run, o: KubeObject): string {
  const w = new Writer();
  const { metadata, spec = {} } = o as Any;
  w.field(0, 'Name', metadata.name);
  labels(w, 'Labels', metadata.labels);
  annotations(w, 'Annotations', metadata.annotations);
  w.field(0, 'Finalizers', finalizers(o));
  w.field(0, 'StorageClass', storageClassOf(o));
  w.field(0, 'Status', status(run, o));
  w.field(0, 'Claim', spec.claimRef ? `${spec.claimRef.namespace}/${spec.claimRef.name}` : '');
  w.field(0, 'Reclaim Policy', spec.persistentVolumeReclaimPolicy ?? '');
  w.field(0, 'Access Modes', accessModes(spec.accessModes));
  if (spec.volumeMode) w.field(0, 'VolumeMode', spec.volumeMode);
  w.field(0, 'Capacity', canonicalQuantity(spec.capacity?.storage ?? '0'));
  nodeAffinity(w, spec.nodeAffinity);
  w.field(0, 'Message', o.status?.message ?? '');
  w.write(0, 'Source:\n');
  persistentSource(w, spec);
  describeEvents(run, w, o);
  return w.toString();
}

function nodeAffinity(w: Writer, affinity: Any): void {
  if (!affinity) {
    w.field(0, 'Node Affinity', '<none>');
    return;
  }
  w.write(0, 'Node Affinity:\t\n');
  const terms: Any[] = affinity.required?.nodeSelectorTerms ?? [];
  if (!affinity.required) w.field(1, 'Required Terms', '<none>');
  else {
    w.write(1, 'Required Terms:\t\n');
    for (const [i, t] of terms.entries()) {
      w.write(2, `Term ${i}:\t`);
      const expressions: Any[] = t.matchExpressions ?? [];
      if (expressions.length === 0) w.write(0, '<none>\n');
      for (const [n, e] of expressions.entries())
        w.write(
          n === 0 ? 0 : 2,
          `${n === 0 ? '' : '\t'}${e.key} ${String(e.operator).toLowerCase()}${(e.values ?? []).length > 0 ? ` [${e.values.join(', ')}]` : ''}\n`,
        );
    }
  }
}
