import type { Run } from '../run.ts';
import { describeContainers } from './containers.ts';
import { tolerations } from './pod.ts';
import { describeVolumes } from './volumes.ts';
import { annotations, labels, Writer } from './writer.ts';

// biome-ignore lint/suspicious/noExplicitAny: a pod template
type Any = any;

/** DescribePodTemplate. */
export function describeTemplate(w: Writer, template: Any): void {
  w.write(0, 'Pod Template:\n');
  if (!template) {
    w.write(1, '<unset>');
    return;
  }
  labels(w, 'Labels', template.metadata?.labels, 1);
  const notes = template.metadata?.annotations;
  if (notes && Object.keys(notes).length > 0) annotations(w, 'Annotations', notes, 1);
  const spec = template.spec ?? {};
  if (spec.serviceAccountName) w.field(1, 'Service Account', spec.serviceAccountName);
  if ((spec.initContainers ?? []).length > 0) describeContainers(w, 'Init Containers', spec.initContainers, undefined, undefined, true);
  describeContainers(w, 'Containers', spec.containers ?? [], undefined, undefined, true);
  describeVolumes(w, spec.volumes, '  ');
  if (spec.priorityClassName) w.field(1, 'Priority Class Name', spec.priorityClassName);
  labels(w, 'Node-Selectors', spec.nodeSelector, 1);
  tolerations(w, 'Tolerations', spec.tolerations, '  ');
}

/** As `rollout history --revision` shows it: not aligned. */
export function templateText(template: Any): string {
  const w = new Writer();
  describeTemplate(w, template);
  return w.raw();
}

export type { Run };
