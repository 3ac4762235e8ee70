/** Models apiserver/pkg/admission/plugin/namespace/lifecycle/admission.go, v1.36.2. */
import { type Resource, resourceById } from '../../../api/resources.ts';
import type { KubeObject } from '../../../api/types.ts';
import type { Call } from '../call.ts';
import { forbidden, notFound, Refusal } from '../errors.ts';
import { lookUp } from '../state.ts';

const namespaces = resourceById('namespaces') as Resource;

/** Nothing is created in a namespace that does not exist or is being ended. */
export function namespaceLifecycle(call: Call, object: KubeObject): void {
  const name = object.metadata.namespace;
  if (!call.resource.namespaced || !name) return;
  const namespace = lookUp(call.state, namespaces.id, '', name);
  if (!namespace) throw new Refusal(notFound(namespaces, name));
  if (namespace.status?.phase !== 'Terminating') return;
  const causes = [{ reason: 'NamespaceTerminating', message: `namespace ${name} is being terminated`, field: 'metadata.namespace' }];
  throw new Refusal(forbidden(call.resource, call.name, `unable to create new content in namespace ${name} because it is being terminated`, causes));
}
