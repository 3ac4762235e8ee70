/** Annotations that pods give a meaning. Models ValidatePodSpecificAnnotations of pkg/apis/core/validation, v1.36.2. */
import { type FieldError, goQuote, invalid } from './field.ts';
import type { Loose } from './meta.ts';
import { localDescendingPath } from './paths.ts';

export const mirrorAnnotation = 'kubernetes.io/config.mirror';
const deletionCost = 'controller.kubernetes.io/pod-deletion-cost';
export const appArmorPrefix = 'container.apparmor.security.beta.kubernetes.io/';
const seccompPod = 'seccomp.security.alpha.kubernetes.io/pod';
const seccompContainerPrefix = 'container.seccomp.security.alpha.kubernetes.io/';

export function validateAnnotationsOfPods(annotations: Record<string, string> | undefined, spec: Loose, path: string): FieldError[] {
  if (!annotations) return [];
  const errors: FieldError[] = [];
  if (annotations[mirrorAnnotation] !== undefined && !spec.nodeName) {
    errors.push(invalid(`${path}[${mirrorAnnotation}]`, annotations[mirrorAnnotation], 'must set spec.nodeName if mirror pod annotation is set'));
  }
  const cost = annotations[deletionCost];
  if (cost !== undefined && !isInt32(cost)) errors.push(invalid(`${path}[${deletionCost}]`, cost, 'must be a 32bit integer'));
  for (const key of Object.keys(annotations)) {
    const value = annotations[key] as string;
    if (key === seccompPod || key.startsWith(seccompContainerPrefix)) errors.push(...validateSeccompValue(value, `${path}.${key}`));
    if (key.startsWith(appArmorPrefix)) errors.push(...validateAppArmorValue(key, value, spec, `${path}[${key}]`));
  }
  return errors;
}

function isInt32(text: string): boolean {
  if (!/^(?:0|[1-9]\d{0,9}|-[1-9]\d{0,9})$/.test(text)) return false;
  const value = Number(text);
  return value >= -2147483648 && value <= 2147483647;
}

function validateSeccompValue(profile: string, path: string): FieldError[] {
  if (profile === 'runtime/default' || profile === 'docker/default' || profile === 'unconfined') return [];
  if (profile.startsWith('localhost/')) return localDescendingPath(profile.slice('localhost/'.length), path);
  return [invalid(path, profile, 'must be a valid seccomp profile')];
}

function validateAppArmorValue(key: string, profile: string, spec: Loose, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const name = key.slice(appArmorPrefix.length);
  const lists = [spec.initContainers, spec.containers, spec.ephemeralContainers];
  if (!lists.some((list) => (list ?? []).some((container: Loose) => container.name === name))) errors.push(invalid(path, name, 'container not found'));
  if (profile !== '' && profile !== 'runtime/default' && profile !== 'unconfined' && !profile.startsWith('localhost/')) {
    errors.push(invalid(path, profile, `invalid AppArmor profile name: ${goQuote(profile)}`));
  }
  return errors;
}
