/** Models pkg/registry/core/namespace/strategy.go, v1.36.2. */
import type { Strategy } from './strategy.ts';

export const namespaceStrategy: Strategy = {
  prepareForCreate(object) {
    object.status = { phase: 'Active' };
    const finalizers: string[] = Array.isArray(object.spec?.finalizers) ? object.spec.finalizers : [];
    object.spec = { ...object.spec, finalizers: finalizers.includes('kubernetes') ? finalizers : [...finalizers, 'kubernetes'] };
    object.metadata.labels = { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name };
  },
  prepareForUpdate(object, old) {
    // Only the finalize subresource touches these.
    object.spec = old.spec;
    object.status = old.status;
    object.metadata.labels = { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name };
  },
};
