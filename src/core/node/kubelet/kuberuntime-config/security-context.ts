/** The security context of a container. Models pkg/securitycontext/util.go and pkg/kubelet/kuberuntime/security_context{,_linux}.go, v1.36.2. */
import type { Container, Pod } from '../../../api/types.ts';
import type { LinuxSecurityContext, NamespaceMode } from '../../../contracts/cri.ts';
import { podDesc } from '../events.ts';

interface Profile {
  type?: string;
  localhostProfile?: string;
}
/** What is read of PodSecurityContext and SecurityContext. */
export interface SecurityContext {
  runAsUser?: number;
  runAsGroup?: number;
  runAsNonRoot?: boolean;
  privileged?: boolean;
  readOnlyRootFilesystem?: boolean;
  allowPrivilegeEscalation?: boolean;
  capabilities?: { add?: string[]; drop?: string[] };
  seccompProfile?: Profile;
  appArmorProfile?: Profile;
  seLinuxOptions?: Record<string, string>;
  fsGroup?: number;
  fsGroupChangePolicy?: string;
  supplementalGroups?: number[];
  sysctls?: { name: string; value: string }[];
}

/** The user an image runs as: number, name, or neither (root). */
export interface ImageUser {
  uid?: number;
  username?: string;
}

/** The container's own settings, and the pod's where it has none. */
export function effectiveSecurityContext(pod: Pod, container: Container): SecurityContext {
  const [ofPod, own]: [SecurityContext, SecurityContext] = [pod.spec.securityContext ?? {}, container.securityContext ?? {}];
  const merged: SecurityContext = { ...own };
  const inherited = ['runAsUser', 'runAsGroup', 'runAsNonRoot', 'seccompProfile', 'appArmorProfile', 'seLinuxOptions'] as const;
  for (const field of inherited) if (merged[field] === undefined && ofPod[field] !== undefined) (merged as Record<string, unknown>)[field] = ofPod[field];
  return merged;
}

/** The words of CreateContainerConfigError, or undefined when the image may run. Models verifyRunAsNonRoot. */
export function verifyRunAsNonRoot(pod: Pod, container: Container, image: ImageUser): string | undefined {
  const effective = effectiveSecurityContext(pod, container);
  if (!effective.runAsNonRoot) return undefined;
  const where = `(pod: ${JSON.stringify(podDesc(pod))}, container: ${container.name})`;
  if (effective.runAsUser !== undefined) return effective.runAsUser === 0 ? `container's runAsUser breaks non-root policy ${where}` : undefined;
  const username = image.username ?? '';
  if (image.uid === undefined && username !== '')
    return `container has runAsNonRoot and image has non-numeric user (${username}), cannot verify user is non-root ${where}`;
  return (image.uid ?? 0) === 0 ? `container has runAsNonRoot and image will run as root ${where}` : undefined;
}

/** `targetId`: the container whose PID namespace an ephemeral container shares. */
export function determineEffectiveSecurityContext(pod: Pod, container: Container, image: ImageUser, targetId?: string): LinuxSecurityContext {
  const effective = effectiveSecurityContext(pod, container);
  const ofPod: SecurityContext = pod.spec.securityContext ?? {};
  const out: LinuxSecurityContext = {
    privileged: effective.privileged === true,
    readonlyRootfs: effective.readOnlyRootFilesystem === true,
    noNewPrivs: effective.allowPrivilegeEscalation === false,
    supplementalGroups: supplementalGroups(ofPod),
    namespaceOptions: namespacesForPod(pod, targetId),
    seccomp: profileName(effective.seccompProfile, 'Unconfined'),
    apparmor: profileName(effective.appArmorProfile, 'RuntimeDefault'),
  };
  if (effective.capabilities) out.capabilities = { add: effective.capabilities.add ?? [], drop: effective.capabilities.drop ?? [] };
  if (effective.runAsUser !== undefined) out.runAsUser = effective.runAsUser;
  else if (image.uid !== undefined) out.runAsUser = image.uid;
  else if (image.username) out.runAsUsername = image.username;
  if (effective.runAsGroup !== undefined) out.runAsGroup = effective.runAsGroup;
  if (effective.seLinuxOptions) out.selinux = effective.seLinuxOptions;
  return out;
}

export const supplementalGroups = (ofPod: SecurityContext): number[] => [
  ...(ofPod.fsGroup === undefined ? [] : [ofPod.fsGroup]),
  ...(ofPod.supplementalGroups ?? []),
];

/** Models pkg/kubelet/kuberuntime/util NamespacesForPod. */
export function namespacesForPod(pod: Pod, targetId?: string): NonNullable<LinuxSecurityContext['namespaceOptions']> {
  const pid: NamespaceMode = targetId !== undefined ? 'TARGET' : pod.spec.hostPID ? 'NODE' : pod.spec.shareProcessNamespace ? 'POD' : 'CONTAINER';
  return {
    network: pod.spec.hostNetwork ? 'NODE' : 'POD',
    pid,
    ipc: pod.spec.hostIPC ? 'NODE' : 'POD',
    ...(targetId === undefined ? {} : { targetId }),
  };
}

/** `RuntimeDefault`, `Unconfined` or `localhost/PROFILE`. */
export function profileName(profile: Profile | undefined, otherwise: string): string {
  if (profile?.type === undefined) return otherwise;
  return profile.type === 'Localhost' ? `localhost/${profile.localhostProfile ?? ''}` : profile.type;
}
