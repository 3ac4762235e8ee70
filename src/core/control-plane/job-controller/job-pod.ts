/** What a Job's pods look like. Models pkg/controller/job/job_controller.go manageJob and indexed_job_utils.go, v1.36.2. */
import type { Container, KubeObject } from '../../api/types.ts';
import { podFromTemplate } from '../../contracts/client-go/pod-control.ts';
import { completionIndexAnnotation, isIndexed } from './indexes.ts';

export const trackingFinalizer = 'batch.kubernetes.io/job-tracking';
const completionIndexEnv = 'JOB_COMPLETION_INDEX';

/** @param index of an Indexed Job; `more`: further annotations */
export function jobPod(job: KubeObject, index?: number, more: Record<string, string> = {}): KubeObject {
  const template = job.spec.template;
  const finalizers = [...(template.metadata?.finalizers ?? []).filter((f: string) => f !== trackingFinalizer), trackingFinalizer];
  if (!isIndexed(job) || index === undefined) return podFromTemplate({ ...template, metadata: { ...template.metadata, finalizers } }, job);
  const labels = { ...(template.metadata?.labels ?? {}), [completionIndexAnnotation]: String(index) };
  const annotations = { ...(template.metadata?.annotations ?? {}), [completionIndexAnnotation]: String(index), ...more };
  const env = { name: completionIndexEnv, valueFrom: { fieldRef: { fieldPath: `metadata.labels['${completionIndexAnnotation}']` } } };
  const withIndex = (containers: Container[] | undefined): Container[] | undefined =>
    containers?.map((c) => (c.env?.some((e) => e.name === completionIndexEnv) ? c : { ...c, env: [...(c.env ?? []), env] }));
  const spec = {
    ...template.spec,
    hostname: `${job.metadata.name}-${index}`,
    containers: withIndex(template.spec.containers) as Container[],
    ...(template.spec.initContainers ? { initContainers: withIndex(template.spec.initContainers) } : {}),
  };
  const pod = podFromTemplate({ ...template, metadata: { ...template.metadata, labels, annotations, finalizers }, spec }, job);
  pod.metadata.generateName = `${job.metadata.name}-${index}-`;
  return pod;
}
