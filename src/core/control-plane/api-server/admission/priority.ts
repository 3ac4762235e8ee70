/** Models plugin/pkg/admission/priority/admission.go, v1.36.2. */
import type { KubeObject, Pod } from '../../../api/types.ts';
import type { Call } from '../call.ts';
import { forbidden, Refusal } from '../errors.ts';
import { listObjects, lookUp } from '../state.ts';

const id = 'priorityclasses.scheduling.k8s.io';

/** The class's value and preemption policy go into the pod. */
export function priority(call: Call, object: KubeObject): void {
  const spec = (object as Pod).spec as Pod['spec'] & { priorityClassName?: string; priority?: number; preemptionPolicy?: string };
  if (!spec) return;
  let value = 0;
  let policy = 'PreemptLowerPriority';
  if (spec.priorityClassName) {
    const found = lookUp(call.state, id, '', spec.priorityClassName);
    if (!found) throw new Refusal(forbidden(call.resource, call.name, `no PriorityClass with name ${spec.priorityClassName} was found`));
    [value, policy] = [found.value, found.preemptionPolicy ?? policy];
  } else {
    const standard = defaultClass(call);
    if (standard) {
      spec.priorityClassName = standard.metadata.name;
      [value, policy] = [standard.value, standard.preemptionPolicy ?? policy];
    }
  }
  if (typeof spec.priority === 'number' && spec.priority !== value) {
    const text = `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`;
    throw new Refusal(forbidden(call.resource, call.name, text));
  }
  spec.priority = value;
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy) {
    const text = `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`;
    throw new Refusal(forbidden(call.resource, call.name, text));
  }
  spec.preemptionPolicy = policy;
}

/** Of several global defaults the one with the smallest value counts. */
function defaultClass(call: Call): KubeObject | undefined {
  let best: KubeObject | undefined;
  for (const object of listObjects(call.state, id)) if (object.globalDefault === true && (best === undefined || object.value < best.value)) best = object;
  return best;
}

/** Only one class may be the default. */
export function singleDefaultClass(call: Call, object: KubeObject): void {
  if (object.globalDefault !== true) return;
  const other = defaultClass(call);
  if (!other || other.metadata.name === object.metadata.name) return;
  const text = `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`;
  throw new Refusal(forbidden(call.resource, object.metadata.name, text));
}
