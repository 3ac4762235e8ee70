/** Which fields a field selector may name, by kind. Models pkg/apis/CORE/v1/conversion.go AddFieldLabelConversionFunc, v1.36.2. */
import type { Resource } from '../../api/resources.ts';
import { type FieldRequirement, parseFieldSelector, parseLabelSelector, type Requirement } from '../../api/selector.ts';

const meta = ['metadata.name', 'metadata.namespace'];

const known: Record<string, string[]> = {
  Pod: [
    ...meta,
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.podIPs',
    'status.nominatedNodeName',
  ],
  Node: ['metadata.name', 'spec.unschedulable'],
  Namespace: ['metadata.name', 'status.phase'],
  Secret: [...meta, 'type'],
  Service: [...meta, 'spec.clusterIP', 'spec.type'],
  ReplicationController: [...meta, 'status.replicas'],
  Event: [
    ...meta,
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
  Job: [...meta, 'status.successful'],
};

/** Where the object keeps what the selector calls otherwise. */
const stored: Record<string, string> = { 'Event source': 'source.component', 'Job status.successful': 'status.succeeded', 'Pod spec.host': 'spec.nodeName' };

export type Chosen = { labels: Requirement[]; fields: FieldRequirement[]; error?: undefined } | { error: string; labels?: undefined; fields?: undefined };

/** Both selectors, parsed and checked; `error` in the words of the 400 that the request gets. */
export function selectors(resource: Resource, labelSelector: string | undefined, fieldSelector: string | undefined): Chosen {
  const labels = parseLabelSelector(labelSelector ?? '');
  if (labels.error !== undefined) return { error: labels.error };
  const fields = parseFieldSelector(fieldSelector ?? '');
  if (fields.error !== undefined) return { error: fields.error };
  const out: FieldRequirement[] = [];
  for (const requirement of fields.requirements) {
    const error = unsupported(resource, requirement.path);
    if (error) return { error };
    // Absent booleans read as false: the typed object has no absence.
    if (requirement.path === 'spec.unschedulable' || requirement.path === 'spec.hostNetwork') out.push(booleanRequirement(requirement));
    else out.push({ ...requirement, path: stored[`${resource.kind} ${requirement.path}`] ?? requirement.path });
  }
  return { labels: labels.requirements, fields: out };
}

const booleanRequirement = (r: FieldRequirement): FieldRequirement => {
  const wantsTrue = (r.value === 'true') === r.equal;
  return { path: r.path, equal: wantsTrue, value: 'true' };
};

function unsupported(resource: Resource, path: string): string | undefined {
  const fields = known[resource.kind];
  if (fields === undefined)
    return meta.includes(path) ? undefined : `${JSON.stringify(path)} is not a known field selector: only "metadata.name", "metadata.namespace"`;
  if (fields.includes(path) || (resource.kind === 'Pod' && path === 'spec.host')) return undefined;
  return resource.kind === 'Job' ? `field label "${path}" not supported for Job` : `field label not supported: ${path}`;
}
