/** Models pkg/registry/batch/job/strategy.go generateSelector, v1.36.2. */
import type { Strategy } from './strategy.ts';

export const jobStrategy: Strategy = {
  prepareForCreate(object) {
    object.status = {};
    const spec = object.spec;
    if (!spec || spec.manualSelector === true || !spec.template) return;
    const { uid, name = '' } = object.metadata;
    const template = (spec.template.metadata ??= {});
    const labels = {
      ...template.labels,
      'batch.kubernetes.io/controller-uid': uid,
      'batch.kubernetes.io/job-name': name,
      'controller-uid': uid,
      'job-name': name,
    };
    template.labels = labels;
    // SetDefaults_Job copies the template's labels when the job has none; that was before these were added.
    object.metadata.labels = { ...object.metadata.labels, ...pick(labels) };
    spec.selector = { ...spec.selector, matchLabels: { ...spec.selector?.matchLabels, 'batch.kubernetes.io/controller-uid': uid } };
  },
};

const own = ['batch.kubernetes.io/controller-uid', 'batch.kubernetes.io/job-name', 'controller-uid', 'job-name'];
const pick = (labels: Record<string, string>): Record<string, string> => Object.fromEntries(own.map((key) => [key, labels[key] as string]));
