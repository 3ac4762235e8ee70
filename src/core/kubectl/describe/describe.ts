/** Which kind is described how. Models k8s.io/kubectl/pkg/describe/describe.go, v1.36.2. */
import type { Resource } from '../../api/resources.ts';
import type { KubeObject } from '../../api/types.ts';
import type { Run } from '../run.ts';
import { describeGeneric } from './generic.ts';
import { describePod } from './pod.ts';

type Describer = (run: Run, object: KubeObject) => string;

const describers: Record<string, Describer> = { pods: describePod };

export function describeObject(run: Run, resource: Resource, object: KubeObject): string {
  const describer = Object.hasOwn(describers, resource.id) ? (describers[resource.id] as Describer) : describeGeneric;
  return describer(run, object);
}
