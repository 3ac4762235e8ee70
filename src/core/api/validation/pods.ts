/** Pods: create, update, status, resize, ephemeral containers. Models pkg/apis/core/validation, v1.36.2. */
import { clone, equal } from '../equal.ts';
import { validateImageSpaces } from './containers.ts';
import { type FieldError, forbidden, goQuote, invalid, invalids, required } from './field.ts';
import { rangeError } from './formats.ts';
import { validateCanonicalIp } from './ip.ts';
import { type Loose, subdomainName, validateImmutable, validateObjectMeta, validateObjectMetaUpdate, validateQualifiedName } from './meta.ts';
import { appArmorPrefix, mirrorAnnotation, validateAnnotationsOfPods } from './pod-annotations.ts';
import { validatePodSpec } from './pod-spec.ts';
import { validateTolerations } from './scheduling.ts';
import { specDiff } from './spec-diff.ts';

function validateMetadataAndSpec(pod: Loose): FieldError[] {
  const spec = pod.spec ?? {};
  const errors = [
    ...validateObjectMeta(pod.metadata, true, subdomainName),
    ...validateAnnotationsOfPods(pod.metadata.annotations, spec, 'metadata.annotations'),
    ...validatePodSpec(spec, 'spec', pod.metadata),
  ];
  for (const list of ['containers', 'initContainers']) {
    (spec[list] ?? []).forEach((container: Loose, i: number) => {
      errors.push(...validateImageSpaces(container, `spec.${list}[${i}]`));
    });
  }
  return errors;
}

export function validatePodCreate(pod: Loose): FieldError[] {
  const errors = validateMetadataAndSpec(pod);
  const spec = pod.spec ?? {};
  if ((spec.ephemeralContainers ?? []).length > 0) errors.push(forbidden('spec.ephemeralContainers', 'cannot be set on create'));
  if (spec.nodeName && (spec.schedulingGates ?? []).length > 0) {
    errors.push(forbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'));
  }
  return errors;
}

const updatable = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',');
const maxInt32 = 2147483647;

export function validatePodUpdate(pod: Loose, old: Loose): FieldError[] {
  const errors = [...validateObjectMetaUpdate(pod.metadata, old.metadata), ...validateMetadataAndSpec(pod), ...validateAnnotationUpdates(pod, old)];
  for (const list of ['containers', 'initContainers']) {
    if ((pod.spec[list] ?? []).length !== (old.spec[list] ?? []).length) {
      errors.push(forbidden(`spec.${list}`, 'pod updates may not add or remove containers'));
      return errors;
    }
    (pod.spec[list] ?? []).forEach((container: Loose, i: number) => {
      if (!container.image) errors.push(required(`spec.${list}[${i}].image`));
      errors.push(...validateImageSpaces(container, `spec.${list}[${i}]`));
    });
  }
  const [deadline, oldDeadline] = [pod.spec.activeDeadlineSeconds, old.spec.activeDeadlineSeconds];
  if (deadline !== undefined) {
    if (deadline < 0 || deadline > maxInt32) return [...errors, invalid('spec.activeDeadlineSeconds', deadline, rangeError(0, maxInt32))];
    if (oldDeadline !== undefined && oldDeadline < deadline) {
      return [...errors, invalid('spec.activeDeadlineSeconds', deadline, 'must be less than or equal to previous value')];
    }
  } else if (oldDeadline !== undefined) errors.push(invalid('spec.activeDeadlineSeconds', undefined, 'must not update from a positive integer to nil value'));
  errors.push(...validateOnlyAddedTolerations(pod.spec.tolerations ?? [], old.spec.tolerations ?? []));
  const known = new Set((old.spec.schedulingGates ?? []).map((gate: Loose) => gate.name));
  (pod.spec.schedulingGates ?? []).forEach((gate: Loose, i: number) => {
    if (!known.has(gate.name))
      errors.push(forbidden(`spec.schedulingGates[${i}].name`, `only deletion is allowed, but found new scheduling gate '${gate.name}'`));
  });
  if (equal(pod.spec, old.spec)) return errors;
  const munged = mungeUpdatable(pod.spec, old.spec, errors);
  if (!equal(munged, old.spec)) {
    errors.push(forbidden('spec', `pod updates may not change fields other than ${updatable}\n${specDiff('PodSpec', old.spec, munged)}`));
  }
  return errors;
}

/** The new spec with all that may change put back. */
function mungeUpdatable(spec: Loose, old: Loose, errors: FieldError[]): Loose {
  const munged = clone(spec);
  for (const list of ['containers', 'initContainers']) {
    (munged[list] ?? []).forEach((container: Loose, i: number) => {
      container.image = old[list][i].image;
    });
  }
  for (const field of ['activeDeadlineSeconds', 'schedulingGates', 'tolerations']) putBack(munged, old, field);
  if (old.terminationGracePeriodSeconds < 0 && munged.terminationGracePeriodSeconds === 1)
    munged.terminationGracePeriodSeconds = old.terminationGracePeriodSeconds;
  if ((old.schedulingGates ?? []).length === 0) return munged;
  if (!equal(munged.nodeSelector, old.nodeSelector)) {
    const kept = Object.entries(old.nodeSelector ?? {}).every(([key, value]) => munged.nodeSelector?.[key] === value);
    if (!kept)
      errors.push(invalid('spec.nodeSelector', munged.nodeSelector ?? {}, 'only additions to spec.nodeSelector are allowed (no mutations or deletions)'));
    putBack(munged, old, 'nodeSelector');
  }
  const [affinity, oldAffinity] = [munged.affinity?.nodeAffinity, old.affinity?.nodeAffinity];
  if (!equal(affinity, oldAffinity)) {
    errors.push(...validateNodeAffinityMutation(affinity, oldAffinity));
    const rest = { ...munged.affinity };
    delete rest.nodeAffinity;
    if (oldAffinity !== undefined) rest.nodeAffinity = oldAffinity;
    if (Object.keys(rest).length === 0 && old.affinity === undefined) delete munged.affinity;
    else munged.affinity = rest;
  }
  return munged;
}

function putBack(to: Loose, from: Loose, field: string): void {
  if (from[field] === undefined) delete to[field];
  else to[field] = from[field];
}

const needed = 'requiredDuringSchedulingIgnoredDuringExecution';

function validateNodeAffinityMutation(affinity: Loose, old: Loose): FieldError[] {
  const before: Loose[] = old?.[needed]?.nodeSelectorTerms ?? [];
  if (before.length === 0) return [];
  const path = `spec.affinity.nodeAffinity.${needed}.nodeSelectorTerms`;
  const terms: Loose[] = affinity?.[needed]?.nodeSelectorTerms ?? [];
  if (terms.length !== before.length) return [invalid(path, terms, 'no additions/deletions to non-empty NodeSelectorTerms list are allowed')];
  return before.flatMap((term, i) => {
    const next = terms[i];
    const grows = (field: string): boolean => equal((next[field] ?? []).slice(0, (term[field] ?? []).length), term[field] ?? []);
    return grows('matchExpressions') && grows('matchFields') ? [] : [invalid(`${path}[${i}]`, next, 'only additions are allowed (no mutations or deletions)')];
  });
}

function validateOnlyAddedTolerations(tolerations: Loose[], old: Loose[]): FieldError[] {
  const text = (toleration: Loose): string => JSON.stringify([toleration.key, toleration.operator, toleration.value, toleration.effect]);
  const present = new Set(tolerations.map(text));
  if (old.some((toleration) => !present.has(text(toleration)))) {
    return [forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds')];
  }
  return validateTolerations(tolerations, 'spec.tolerations');
}

function validateAnnotationUpdates(pod: Loose, old: Loose): FieldError[] {
  const errors: FieldError[] = [];
  const [annotations, before] = [pod.metadata.annotations ?? {}, old.metadata.annotations ?? {}];
  for (const key of Object.keys(before)) {
    if (annotations[key] === before[key]) continue;
    if (key.startsWith(appArmorPrefix)) errors.push(forbidden(`metadata.annotations[${key}]`, 'may not remove or update AppArmor annotations'));
    if (key === mirrorAnnotation) errors.push(forbidden(`metadata.annotations[${key}]`, 'may not remove or update mirror pod annotation'));
  }
  for (const key of Object.keys(annotations)) {
    if (before[key] !== undefined) continue;
    if (key.startsWith(appArmorPrefix)) errors.push(forbidden(`metadata.annotations[${key}]`, 'may not add AppArmor annotations'));
    if (key === mirrorAnnotation) errors.push(forbidden(`metadata.annotations[${key}]`, 'may not add mirror pod annotation'));
  }
  return errors;
}

const systemConditions = ['PodScheduled', 'Ready', 'Initialized'];

export function validatePodStatusUpdate(pod: Loose, old: Loose): FieldError[] {
  const errors = [...validateObjectMetaUpdate(pod.metadata, old.metadata), ...validateAnnotationUpdates(pod, old)];
  (pod.status?.conditions ?? []).forEach((condition: Loose, i: number) => {
    if (!systemConditions.includes(condition.type)) errors.push(...validateQualifiedName(condition.type ?? '', `metadata.conditions[${i}].Type`));
  });
  if (pod.spec?.nodeName !== old.spec?.nodeName) errors.push(forbidden('status.nodeName', 'may not be changed directly'));
  const nominated = pod.status?.nominatedNodeName;
  if (nominated && nominated !== old.status?.nominatedNodeName) errors.push(...invalids('status.nominatedNodeName', nominated, subdomainName(nominated)));
  errors.push(...validateImmutable(pod.status?.qosClass, old.status?.qosClass, 'status.qosClass'));
  errors.push(
    ...validateTransitions(pod, old, 'containerStatuses'),
    ...validateTransitions(pod, old, 'initContainerStatuses'),
    ...validateTransitions(pod, old, 'ephemeralContainerStatuses'),
  );
  (pod.status?.podIPs ?? []).forEach((entry: Loose, i: number) => {
    errors.push(...validateCanonicalIp(entry.ip ?? '', `status.podIPs[${i}]`));
  });
  return errors;
}

function validateTransitions(pod: Loose, old: Loose, list: string): FieldError[] {
  const policy = list === 'ephemeralContainerStatuses' ? 'Never' : old.spec?.restartPolicy;
  if (policy === 'Always') return [];
  const before: Loose[] = old.status?.[list] ?? [];
  if (!before.some((status) => status.state?.terminated)) return [];
  const now = new Map<string, Loose>((pod.status?.[list] ?? []).map((status: Loose) => [status.name, status]));
  const containers: Loose[] = [...(old.spec?.initContainers ?? []), ...(old.spec?.containers ?? [])];
  const errors: FieldError[] = [];
  before.forEach((status, i) => {
    const terminated = status.state?.terminated;
    if (!terminated || (terminated.exitCode !== 0 && policy === 'OnFailure')) return;
    const container = containers.find((candidate) => candidate.name === status.name);
    if (container?.restartPolicy !== undefined) return;
    const next = now.get(status.name);
    if (next && !next.state?.terminated) errors.push(forbidden(`status.${list}[${i}].state`, 'may not be transitioned to non-terminated state'));
  });
  return errors;
}

export function validateEphemeralContainersUpdate(pod: Loose, old: Loose): FieldError[] {
  if (old.metadata.annotations?.[mirrorAnnotation] !== undefined) return [forbidden('[]', 'static pods do not support ephemeral containers')];
  const errors = [...validateObjectMetaUpdate(pod.metadata, old.metadata), ...validateMetadataAndSpec(pod), ...validateAnnotationUpdates(pod, old)];
  const now = new Map<string, Loose>((pod.spec.ephemeralContainers ?? []).map((container: Loose) => [container.name, container]));
  for (const container of old.spec.ephemeralContainers ?? []) {
    const next = now.get(container.name);
    if (!next) errors.push(forbidden('spec.ephemeralContainers', `existing ephemeral containers ${goQuote(container.name)} may not be removed\n`));
    else if (!equal(next, container)) {
      const difference = specDiff('EphemeralContainer', container, next);
      errors.push(forbidden('spec.ephemeralContainers', `existing ephemeral containers ${goQuote(container.name)} may not be changed\n${difference}`));
    }
  }
  return errors;
}

/** QoS class from requests and limits of cpu and memory. Models helper/qos ComputePodQOS. */
export function computeQos(spec: Loose): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const containers: Loose[] = [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
  let any = false;
  let guaranteed = true;
  for (const container of containers) {
    for (const name of ['cpu', 'memory']) {
      const [request, limit] = [container.resources?.requests?.[name], container.resources?.limits?.[name]];
      if (request !== undefined || limit !== undefined) any = true;
      if (limit === undefined || (request ?? limit) !== limit) guaranteed = false;
    }
  }
  return !any ? 'BestEffort' : guaranteed ? 'Guaranteed' : 'Burstable';
}

export function validatePodResize(pod: Loose, old: Loose): FieldError[] {
  if (old.metadata.annotations?.[mirrorAnnotation] !== undefined) return [forbidden('[]', 'static pods cannot be resized')];
  if (old.spec.os?.name === 'windows') return [forbidden('[]', 'windows pods cannot be resized')];
  const errors = [...validateObjectMetaUpdate(pod.metadata, old.metadata), ...validateMetadataAndSpec(pod)];
  if ((old.status?.qosClass ?? computeQos(old.spec)) !== computeQos(pod.spec)) {
    errors.push(invalid('spec', pod.status?.qosClass ?? computeQos(old.spec), 'Pod QOS Class may not change as a result of resizing'));
  }
  const munged = clone(pod.spec);
  for (const list of ['initContainers', 'containers']) {
    (old.spec[list] ?? []).forEach((container: Loose, i: number) => {
      const next = pod.spec[list]?.[i];
      if (!next || (list === 'initContainers' && container.restartPolicy !== 'Always')) return;
      for (const which of ['requests', 'limits']) {
        const removed = Object.keys(container.resources?.[which] ?? {}).some((name) => next.resources?.[which]?.[name] === undefined);
        if (removed) errors.push(forbidden(`spec.${list}[${i}].resources.${which}`, `resource ${which} cannot be removed`));
      }
    });
  }
  for (const list of ['containers', 'initContainers']) {
    (munged[list] ?? []).forEach((container: Loose, i: number) => {
      const before = old.spec[list]?.[i];
      const sidecar = container.restartPolicy === 'Always';
      if (before && (list === 'containers' || sidecar)) restoreComputeResources(container, before);
      if (equal(container, before)) return;
      const what =
        list === 'containers'
          ? 'only cpu and memory resources are mutable'
          : sidecar
            ? 'only cpu and memory resources for sidecar containers are mutable'
            : 'resources for non-sidecar init containers are immutable';
      errors.push(forbidden('spec', what));
    });
  }
  if (errors.length === 0 && !equal(munged, old.spec)) errors.push(forbidden('spec', 'only cpu and memory resources are mutable'));
  return errors;
}

function restoreComputeResources(container: Loose, old: Loose): void {
  const resources: Loose = {};
  for (const which of ['limits', 'requests']) {
    const merged = { ...container.resources?.[which] };
    for (const name of ['cpu', 'memory']) {
      delete merged[name];
      if (old.resources?.[which]?.[name] !== undefined) merged[name] = old.resources[which][name];
    }
    if (Object.keys(merged).length > 0) resources[which] = merged;
  }
  container.resources = resources;
}

export function validateBinding(binding: Loose): FieldError[] {
  const errors: FieldError[] = [];
  const kind = binding.target?.kind;
  if (kind && kind !== 'Node')
    errors.push({ type: 'FieldValueNotSupported', path: 'target.kind', message: 'supported values: "Node", "<empty>"', badValue: kind });
  if (!binding.target?.name) errors.push(required('target.name'));
  return errors;
}
