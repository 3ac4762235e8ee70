/** Security contexts of pods and containers. Models pkg/apis/core/validation, v1.36.2. */
import { duplicate, type FieldError, forbidden, invalid, invalids, notSupported, required, tooLong } from './field.ts';
import { byteLength, groupId, userId } from './formats.ts';
import type { Loose } from './meta.ts';
import { localDescendingPath } from './paths.ts';

const profileTypes = ['Localhost', 'RuntimeDefault', 'Unconfined'];

function validateSeccomp(profile: Loose, path: string): FieldError[] {
  if (!profile) return [];
  const errors: FieldError[] = [];
  if (!profile.type) errors.push(required(`${path}.type`, 'type is required when seccompProfile is set'));
  else if (!profileTypes.includes(profile.type)) errors.push(notSupported(`${path}.type`, profile.type, profileTypes));
  if (profile.type === 'Localhost') {
    if (profile.localhostProfile === undefined) errors.push(required(`${path}.localhostProfile`, 'must be set when seccomp type is Localhost'));
    else errors.push(...localDescendingPath(profile.localhostProfile, `${path}.localhostProfile`));
  } else if (profile.localhostProfile !== undefined) {
    const shown = { Type: profile.type ?? '', LocalhostProfile: profile.localhostProfile };
    errors.push(invalid(`${path}.localhostProfile`, shown, 'can only be set when seccomp type is Localhost'));
  }
  return errors;
}

const maxProfileLength = 4095;

function validateAppArmor(profile: Loose, path: string): FieldError[] {
  if (!profile) return [];
  const local = profile.localhostProfile;
  if (!profile.type) return [required(`${path}.type`, 'type is required when appArmorProfile is set')];
  if (!profileTypes.includes(profile.type)) return [notSupported(`${path}.type`, profile.type, profileTypes)];
  if (profile.type !== 'Localhost') {
    return local === undefined ? [] : [invalid(`${path}.localhostProfile`, local, 'can only be set when AppArmor type is Localhost')];
  }
  const at = `${path}.localhostProfile`;
  if (local === undefined) return [required(at, 'must be set when AppArmor type is Localhost')];
  const errors: FieldError[] = [];
  if (local.trim() !== local) errors.push(invalid(at, local, 'must not be padded with whitespace'));
  else if (local === '') errors.push(required(at, 'must be set when AppArmor type is Localhost'));
  if (byteLength(local) > maxProfileLength) errors.push(tooLong(at, maxProfileLength));
  return errors;
}

export function validatePodSecurityContext(context: Loose, spec: Loose, path: string): FieldError[] {
  if (!context) return [];
  const errors: FieldError[] = [];
  if (context.fsGroup !== undefined) errors.push(...invalids(`${path}.fsGroup`, context.fsGroup, groupId(context.fsGroup)));
  if (context.runAsUser !== undefined) errors.push(...invalids(`${path}.runAsUser`, context.runAsUser, userId(context.runAsUser)));
  if (context.runAsGroup !== undefined) errors.push(...invalids(`${path}.runAsGroup`, context.runAsGroup, groupId(context.runAsGroup)));
  (context.supplementalGroups ?? []).forEach((group: number, i: number) => {
    errors.push(...invalids(`${path}.supplementalGroups[${i}]`, group, groupId(group)));
  });
  if (spec.shareProcessNamespace && spec.hostPID) {
    errors.push(invalid(`${path}.shareProcessNamespace`, true, 'ShareProcessNamespace and HostPID cannot both be enabled'));
  }
  errors.push(...validateSysctls(context.sysctls, spec, `${path}.sysctls`));
  const policies: [string, string[]][] = [['fsGroupChangePolicy', ['Always', 'OnRootMismatch']]];
  for (const [field, known] of policies)
    if (context[field] !== undefined && !known.includes(context[field])) errors.push(notSupported(`${path}.${field}`, context[field], known));
  errors.push(...validateSeccomp(context.seccompProfile, `${path}.seccompProfile`));
  errors.push(...validateAppArmor(context.appArmorProfile, `${path}.appArmorProfile`));
  for (const [field, known] of [
    ['supplementalGroupsPolicy', ['Merge', 'Strict']],
    ['seLinuxChangePolicy', ['MountOption', 'Recursive']],
  ] as const) {
    if (context[field] !== undefined && !(known as readonly string[]).includes(context[field]))
      errors.push(notSupported(`${path}.${field}`, context[field], known));
  }
  return errors;
}

const sysctlName = /^[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/;
const sysctlFormat = '^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$';

function validateSysctls(sysctls: Loose[] | undefined, spec: Loose, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  (sysctls ?? []).forEach((sysctl, i) => {
    const at = `${path}[${i}].name`;
    const name: string = sysctl.name ?? '';
    if (name === '') errors.push(required(at));
    else if (name.length > 253 || !name.split(/[./]/).every((part) => sysctlName.test(part))) {
      errors.push(invalid(at, name, `must have at most 253 characters and match regex ${sysctlFormat}`));
    } else if (seen.has(name)) errors.push(duplicate(at, name));
    const dotted = name.replaceAll('/', '.');
    if (spec.hostNetwork && dotted.startsWith('net.')) errors.push(invalid(at, name, "may not be specified when 'hostNetwork' is true"));
    else if (spec.hostIPC && /^(?:kernel\.sem$|kernel\.shm|kernel\.msg|fs\.mqueue\.)/.test(dotted))
      errors.push(invalid(at, name, "may not be specified when 'hostIPC' is true"));
    seen.add(name);
  });
  return errors;
}

export function validateSecurityContext(context: Loose, path: string, hostUsers: boolean): FieldError[] {
  if (!context) return [];
  const errors: FieldError[] = [];
  if (context.runAsUser !== undefined) errors.push(...invalids(`${path}.runAsUser`, context.runAsUser, userId(context.runAsUser)));
  if (context.runAsGroup !== undefined) errors.push(...invalids(`${path}.runAsGroup`, context.runAsGroup, groupId(context.runAsGroup)));
  if (context.procMount !== undefined) {
    if (context.procMount !== 'Default' && context.procMount !== 'Unmasked')
      errors.push(notSupported(`${path}.procMount`, context.procMount, ['Default', 'Unmasked']));
    if (hostUsers && context.procMount === 'Unmasked')
      errors.push(invalid(`${path}.procMount`, context.procMount, '`hostUsers` must be false to use `Unmasked`'));
  }
  errors.push(...validateSeccomp(context.seccompProfile, `${path}.seccompProfile`));
  if (context.allowPrivilegeEscalation === false) {
    const shown = goSecurityContext(context);
    if (context.privileged) errors.push(invalid(path, shown, 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true'));
    for (const capability of context.capabilities?.add ?? []) {
      if (capability === 'CAP_SYS_ADMIN')
        errors.push(invalid(path, shown, 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN'));
    }
  }
  errors.push(...validateAppArmor(context.appArmorProfile, `${path}.appArmorProfile`));
  return errors;
}

/** As encoding/json prints the internal type, which has no JSON names. */
function goSecurityContext(context: Loose): Loose {
  const orNull = (value: unknown): unknown => value ?? null;
  return {
    Capabilities: context.capabilities ? { Add: orNull(context.capabilities.add), Drop: orNull(context.capabilities.drop) } : null,
    Privileged: orNull(context.privileged),
    SELinuxOptions: context.seLinuxOptions
      ? {
          User: context.seLinuxOptions.user ?? '',
          Role: context.seLinuxOptions.role ?? '',
          Type: context.seLinuxOptions.type ?? '',
          Level: context.seLinuxOptions.level ?? '',
        }
      : null,
    WindowsOptions: null,
    RunAsUser: orNull(context.runAsUser),
    RunAsGroup: orNull(context.runAsGroup),
    RunAsNonRoot: orNull(context.runAsNonRoot),
    ReadOnlyRootFilesystem: orNull(context.readOnlyRootFilesystem),
    AllowPrivilegeEscalation: orNull(context.allowPrivilegeEscalation),
    ProcMount: orNull(context.procMount),
    SeccompProfile: context.seccompProfile
      ? { Type: context.seccompProfile.type ?? '', LocalhostProfile: orNull(context.seccompProfile.localhostProfile) }
      : null,
    AppArmorProfile: context.appArmorProfile
      ? { Type: context.appArmorProfile.type ?? '', LocalhostProfile: orNull(context.appArmorProfile.localhostProfile) }
      : null,
  };
}

const windowsPodFields = ['appArmorProfile', 'seLinuxOptions', 'seccompProfile', 'fsGroup', 'fsGroupChangePolicy', 'sysctls'];
const windowsPodLater = ['runAsUser', 'runAsGroup', 'supplementalGroups', 'supplementalGroupsPolicy', 'seLinuxChangePolicy'];
const windowsContainerFields = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'capabilities',
  'readOnlyRootFilesystem',
  'privileged',
  'allowPrivilegeEscalation',
  'procMount',
  'runAsUser',
  'runAsGroup',
];

/** What the pod's operating system rules out. Models validateOS, validateLinux, validateWindows. */
export function validateOs(spec: Loose, path: string): FieldError[] {
  const name: string = spec.os.name ?? '';
  if (name === '') return [required(`${path}.os.name`, 'cannot be empty')];
  if (name !== 'linux' && name !== 'windows') return [notSupported(`${path}.os`, name, ['linux', 'windows'])];
  const errors: FieldError[] = [];
  const context = spec.securityContext ?? {};
  const at = `${path}.securityContext`;
  const refuse = (where: string): void => void errors.push(forbidden(where, 'cannot be set for a windows pod'));
  if (name === 'linux') {
    if (context.windowsOptions) errors.push(forbidden(`${at}.windowsOptions`, 'windows options cannot be set for a linux pod'));
  } else {
    for (const field of windowsPodFields.slice(0, 2)) if (context[field] !== undefined) refuse(`${at}.${field}`);
    for (const field of ['hostUsers', 'hostPID', 'hostIPC']) if (spec[field] !== undefined) refuse(`${path}.${field}`);
    for (const field of windowsPodFields.slice(2)) if (context[field] !== undefined) refuse(`${at}.${field}`);
    if (spec.shareProcessNamespace !== undefined) refuse(`${path}.shareProcessNamespace`);
    for (const field of windowsPodLater) if (context[field] !== undefined) refuse(`${at}.${field}`);
  }
  for (const list of ['initContainers', 'containers', 'ephemeralContainers']) {
    (spec[list] ?? []).forEach((container: Loose, i: number) => {
      const own = container.securityContext;
      const where = `${path}.${list}[${i}].securityContext`;
      if (!own) return;
      if (name === 'linux') {
        if (own.windowsOptions) errors.push(forbidden(`${where}.windowsOptions`, 'windows options cannot be set for a linux pod'));
      } else for (const field of windowsContainerFields) if (own[field] !== undefined) refuse(`${where}.${field}`);
    });
  }
  return errors;
}
