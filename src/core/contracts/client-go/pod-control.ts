/** Making pods from templates. Models pkg/controller/controller_utils.go GetPodFromTemplate, v1.36.2. */
import type { KubeObject, Pod } from '../../api/types.ts';
import type { ApiCall } from '../watch.ts';
import { controllerRef } from './owners.ts';

export interface PodTemplate {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string>; finalizers?: string[]; name?: string };
  spec: Pod['spec'];
}

/** The pod that `owner` makes from `template`; named by the API server unless `name` is given. Shares the template's spec. */
export function podFromTemplate(template: PodTemplate, owner: KubeObject, name?: string): KubeObject {
  const { labels, annotations, finalizers } = template.metadata ?? {};
  // A prefix that would not be a valid name goes without its dash. Upstream: getPodsPrefix.
  const prefix = `${owner.metadata.name}-`;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...(name === undefined ? { generateName: prefix } : { name }),
      namespace: owner.metadata.namespace,
      ...(labels ? { labels } : {}),
      ...(annotations && Object.keys(annotations).length > 0 ? { annotations } : {}),
      ...(finalizers ? { finalizers } : {}),
      ownerReferences: [controllerRef(owner)],
    } as unknown as KubeObject['metadata'],
    spec: template.spec,
  };
}

export const createPod = (pod: KubeObject): ApiCall => ({ verb: 'create', resource: 'pods', namespace: pod.metadata.namespace as string, object: pod });

export const deletePod = (pod: KubeObject): ApiCall => ({
  verb: 'delete',
  resource: 'pods',
  namespace: pod.metadata.namespace as string,
  name: pod.metadata.name,
  options: { preconditions: { uid: pod.metadata.uid } },
});

/** The next slow-start batch: 1, 2, 4 … */
export const slowStartInitialBatchSize = 1;
