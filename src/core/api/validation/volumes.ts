/** Volumes of pods. Models ValidateVolumes and what it calls in pkg/apis/core/validation/validation.go, v1.36.2. */
import { parseQuantity } from '../quantity.ts';
import { validateDownwardFile } from './downward.ts';
import { duplicate, type FieldError, forbidden, invalid, invalids, notSupported, required } from './field.ts';
import { dns1123Label, dns1123Subdomain } from './formats.ts';
import { type Loose, subdomainName, validateAnnotations, validateLabelSelector, validateLabels } from './meta.ts';
import { localDescendingPath, localNonReservedPath, noBacksteps } from './paths.ts';
import { validateClaimSpec } from './persistent-volume-claims.ts';
import { validatePullPolicy } from './pull-policy.ts';
import { networkVolumeRules } from './volumes-network.ts';

export interface VolumeOptions {
  /** The pod's name when the spec is a real pod's. */
  podName: string;
  isPod: boolean;
}

const modeMessage = 'must be a number between 0 and 0777 (octal), both inclusive';
export const validateMode = (mode: number | undefined, path: string): FieldError[] =>
  mode !== undefined && (mode > 0o777 || mode < 0) ? [invalid(path, mode, modeMessage)] : [];

/** Volumes by name: the valid ones, which mounts may refer to. */
export function validateVolumes(volumes: Loose[] | undefined, path: string, options: VolumeOptions, errors: FieldError[]): Map<string, Loose> {
  const valid = new Map<string, Loose>();
  const createdClaims = new Set<string>();
  if (options.podName !== '') for (const volume of volumes ?? []) if (volume.ephemeral) createdClaims.add(`${options.podName}-${volume.name}`);
  (volumes ?? []).forEach((volume, i) => {
    const at = `${path}[${i}]`;
    const found = validateSource(volume, at, options);
    if (!volume.name) found.push(required(`${at}.name`));
    else found.push(...invalids(`${at}.name`, volume.name, dns1123Label(volume.name)));
    if (valid.has(volume.name)) found.push(duplicate(`${at}.name`, volume.name));
    if (found.length === 0) valid.set(volume.name, volume);
    else errors.push(...found);
    const claimName = volume.persistentVolumeClaim?.claimName;
    if (claimName && createdClaims.has(claimName)) {
      errors.push(invalid(`${at}.persistentVolumeClaim.claimName`, claimName, 'must not reference a PVC that gets created for an ephemeral volume'));
    }
  });
  return valid;
}

type Rule = (source: Loose, path: string, options: VolumeOptions, volume: Loose) => FieldError[];

/** In upstream's order; the second path is where a second source is refused, the third where its own errors are. */
const rules: readonly [field: string, refusedAt: string, ownAt: string, rule: Rule][] = [
  ['hostPath', 'hostPath', 'hostPath', (s, p) => validateHostPath(s, p)],
  [
    'gitRepo',
    'gitRepo',
    'gitRepo',
    (s, p) => [...(s.repository ? [] : [required(`${p}.repository`)]), ...localDescendingPath(s.directory ?? '', `${p}.directory`)],
  ],
  ...networkVolumeRules.slice(0, 2),
  ['secret', 'secret', 'secret', (s, p) => [...(s.secretName ? [] : [required(`${p}.secretName`)]), ...validateItems(s, p)]],
  ...networkVolumeRules.slice(2, 6),
  ['persistentVolumeClaim', 'persistentVolumeClaim', 'persistentVolumeClaim', (s, p) => (s.claimName ? [] : [required(`${p}.claimName`)])],
  ...networkVolumeRules.slice(6, 10),
  [
    'downwardAPI',
    'downwarAPI',
    'downwardAPI',
    (s, p) => [...validateMode(s.defaultMode, `${p}.defaultMode`), ...(s.items ?? []).flatMap((f: Loose) => validateDownwardFile(f, p))],
  ],
  ...networkVolumeRules.slice(10, 12),
  ['configMap', 'configMap', 'configMap', (s, p) => [...(s.name ? [] : [required(`${p}.name`)]), ...validateItems(s, p)]],
  ...networkVolumeRules.slice(12, 18),
  ['projected', 'projected', 'projected', (s, p) => validateProjected(s, p)],
  ...networkVolumeRules.slice(18),
  ['ephemeral', 'ephemeral', 'ephemeral', validateEphemeral],
  [
    'image',
    'image',
    'image',
    (s, p, o) => [...(o.isPod && !s.reference ? [required(`${p}.reference`)] : []), ...validatePullPolicy(s.pullPolicy, `${p}.pullPolicy`)],
  ],
];

function validateSource(volume: Loose, path: string, options: VolumeOptions): FieldError[] {
  const errors: FieldError[] = [];
  let count = 0;
  if (volume.emptyDir) {
    count += 1;
    if (volume.emptyDir.sizeLimit !== undefined && (parseQuantity(volume.emptyDir.sizeLimit)?.nano ?? 0n) < 0n) {
      errors.push(forbidden(`${path}.emptyDir.sizeLimit`, 'SizeLimit field must be a valid resource quantity'));
    }
  }
  for (const [field, refusedAt, ownAt, rule] of rules) {
    const source = volume[field];
    if (source === undefined) continue;
    if (count > 0) errors.push(forbidden(`${path}.${refusedAt}`, 'may not specify more than 1 volume type'));
    else {
      count += 1;
      errors.push(...rule(source, `${path}.${ownAt}`, options, volume));
    }
    if (field === 'iscsi' && source.initiatorName !== undefined && `${volume.name}:${source.targetPortal}`.length > 64) {
      errors.push(
        invalid(
          `${path}.name`,
          volume.name,
          'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.',
        ),
      );
    }
  }
  if (count === 0) errors.push(required(path, 'must specify a volume type'));
  return errors;
}

const hostPathTypes = ['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket'];

export function validateHostPath(source: Loose, path: string): FieldError[] {
  if (!source.path) return [required(`${path}.path`)];
  const errors = noBacksteps(source.path, `${path}.path`);
  if (source.type !== undefined && !hostPathTypes.includes(source.type)) errors.push(notSupported(`${path}.type`, source.type, hostPathTypes));
  return errors;
}

function validateItems(source: Loose, path: string): FieldError[] {
  return [
    ...validateMode(source.defaultMode, `${path}.defaultMode`),
    ...(source.items ?? []).flatMap((item: Loose, i: number) => validateKeyToPath(item, `${path}.items[${i}]`)),
  ];
}

function validateKeyToPath(item: Loose, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!item.key) errors.push(required(`${path}.key`));
  if (!item.path) errors.push(required(`${path}.path`));
  errors.push(...localNonReservedPath(item.path ?? '', `${path}.path`), ...validateMode(item.mode, `${path}.mode`));
  return errors;
}

function validateProjected(projected: Loose, path: string): FieldError[] {
  const errors = validateMode(projected.defaultMode, `${path}.defaultMode`);
  const paths = new Set<string>();
  const take = (target: string | undefined, shown: string | undefined): void => {
    if (!target) return;
    if (paths.has(target)) errors.push(invalid(path, shown ?? target, 'conflicting duplicate paths'));
    else paths.add(target);
  };
  (projected.sources ?? []).forEach((source: Loose, i: number) => {
    const at = `${path}.sources[${i}]`;
    let count = 0;
    for (const field of ['secret', 'configMap'] as const) {
      const inner = source[field];
      if (!inner) continue;
      count += 1;
      if (!inner.name) errors.push(required(`${at}.${field}.name`));
      (inner.items ?? []).forEach((item: Loose, k: number) => {
        errors.push(...validateKeyToPath(item, `${at}.${field}.items[${k}]`));
        take(item.path, inner.name ?? '');
      });
    }
    if (source.downwardAPI) {
      count += 1;
      for (const file of source.downwardAPI.items ?? []) {
        errors.push(...validateDownwardFile(file, `${at}.downwardAPI`));
        take(file.path, file.path);
      }
    }
    if (source.serviceAccountToken) {
      count += 1;
      errors.push(...validateTokenProjection(source.serviceAccountToken, `${at}.serviceAccountToken`, path));
    }
    if (source.clusterTrustBundle) {
      count += 1;
      errors.push(...validateTrustBundle(source.clusterTrustBundle, `${at}.clusterTrustBundle`));
      take(source.clusterTrustBundle.path, source.clusterTrustBundle.path);
    }
    if (source.podCertificate) {
      count += 1;
      for (const field of ['keyPath', 'certificateChainPath', 'credentialBundlePath']) {
        const target = source.podCertificate[field];
        if (target) errors.push(...localNonReservedPath(target, `${at}.podCertificate.${field}`));
        take(target, target);
      }
    }
    if (count > 1) errors.push(forbidden(at, 'may not specify more than 1 volume type per source'));
  });
  return errors;
}

function validateTokenProjection(token: Loose, path: string, projectedPath: string): FieldError[] {
  const errors: FieldError[] = [];
  const seconds: number = token.expirationSeconds ?? 0;
  if (seconds < 600) errors.push(invalid(`${path}.expirationSeconds`, seconds, 'may not specify a duration less than 10 minutes'));
  if (seconds > 4294967296) errors.push(invalid(`${path}.expirationSeconds`, seconds, 'may not specify a duration larger than 2^32 seconds'));
  if (!token.path) errors.push(required(`${projectedPath}.path`));
  else errors.push(...localNonReservedPath(token.path, `${projectedPath}.path`));
  return errors;
}

function validateTrustBundle(bundle: Loose, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (bundle.name !== undefined && bundle.signerName !== undefined) errors.push(invalid(path, bundle, 'only one of name and signerName may be used'));
  else if (bundle.name !== undefined) {
    if (bundle.name === '') errors.push(required(`${path}.name`, 'must be a valid object name'));
    if (bundle.labelSelector) errors.push(invalid(`${path}.labelSelector`, bundle.labelSelector, 'labelSelector must be unset if name is specified'));
  } else if (bundle.signerName !== undefined) {
    if (bundle.signerName === '') errors.push(required(`${path}.signerName`, 'must be a valid signer name'));
    errors.push(...validateLabelSelector(bundle.labelSelector, `${path}.labelSelector`));
  } else errors.push(required(path, 'either name or signerName must be specified'));
  if (!bundle.path) errors.push(required(`${path}.path`));
  errors.push(...localNonReservedPath(bundle.path ?? '', `${path}.path`));
  return errors;
}

function validateEphemeral(source: Loose, path: string, options: VolumeOptions, volume: Loose): FieldError[] {
  const errors: FieldError[] = [];
  const template = source.volumeClaimTemplate;
  const at = `${path}.volumeClaimTemplate`;
  if (!template) errors.push(required(at));
  else {
    errors.push(
      ...validateAnnotations(template.metadata?.annotations, `${at}.metadata.annotations`),
      ...validateLabels(template.metadata?.labels, `${at}.metadata.labels`),
    );
    for (const field of Object.keys(template.metadata ?? {})) {
      if (field !== 'labels' && field !== 'annotations') errors.push(forbidden(`${at}.metadata.${field}`, 'cannot be set'));
    }
    errors.push(...validateClaimSpec(template.spec ?? {}, `${at}.spec`));
  }
  if (options.podName !== '' && volume.name) {
    const claimName = `${options.podName}-${volume.name}`;
    const volumePath = path.slice(0, path.lastIndexOf('.'));
    for (const message of subdomainName(claimName)) errors.push(invalid(`${volumePath}.name`, volume.name, `PVC name "${claimName}": ${message}`));
  }
  return errors;
}

export const secretReferenceName = (name: string, path: string): FieldError[] => invalids(path, name, dns1123Subdomain(name));
