/** Models plugin/pkg/admission/runtimeclass/admission.go, v1.36.2. */
import { equal } from '../../../api/equal.ts';
import type { KubeObject, Pod, Toleration } from '../../../api/types.ts';
import type { Call } from '../call.ts';
import { forbidden, Refusal } from '../errors.ts';
import { lookUp } from '../state.ts';

export function runtimeClass(call: Call, object: KubeObject): void {
  const spec = (object as Pod).spec as Pod['spec'] & { runtimeClassName?: string; overhead?: Record<string, unknown> };
  if (!spec?.runtimeClassName) return;
  const found = lookUp(call.state, 'runtimeclasses.node.k8s.io', '', spec.runtimeClassName);
  const refuse = (text: string): Refusal => new Refusal(forbidden(call.resource, call.name, text));
  if (!found) throw refuse(`pod rejected: RuntimeClass "${spec.runtimeClassName}" not found`);
  const overhead = found.overhead?.podFixed;
  if (overhead !== undefined) {
    if (spec.overhead && !equal(spec.overhead, overhead)) throw refuse(`pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead`);
    spec.overhead = { ...overhead };
  }
  for (const [key, value] of Object.entries(found.scheduling?.nodeSelector ?? {})) {
    if (spec.nodeSelector?.[key] !== undefined && spec.nodeSelector[key] !== value)
      throw refuse(`conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${String(value)}; pod.spec.nodeSelector[${key}] = ${spec.nodeSelector[key]}`);
    spec.nodeSelector = { ...spec.nodeSelector, [key]: value as string };
  }
  const tolerations: Toleration[] = found.scheduling?.tolerations ?? [];
  const missing = tolerations.filter((t) => !spec.tolerations?.some((other) => equal(t, other)));
  if (missing.length > 0) spec.tolerations = [...(spec.tolerations ?? []), ...missing];
}
