/** Address families of a Service and the addresses they bring. Models pkg/registry/core/service/storage/alloc.go (initIPFamilyFields, updateClusterIPs), v1.36.2. */
import type { Service } from '../../../api/types.ts';
import { type FieldError, invalid } from '../../../api/validation/field.ts';
import { familyOf, type IPFamily } from '../../../api/validation/ip.ts';
import { validateClusterIps } from '../../../api/validation/services.ts';
import { allocateIP, configuredFamilies, giveBackIPs } from '../allocators/service-ips.ts';
import type { Call } from '../call.ts';
import { refuse } from '../invalid.ts';
import { keyOfObject } from '../state.ts';

type Spec = Service['spec'];

const same = (a: readonly string[] = [], b: readonly string[] = []): boolean => a.length === b.length && a.every((each, i) => each === b[i]);
/** The field was whole before and lost its end. */
const reduced = (now: readonly string[] = [], before: readonly string[] = []): boolean =>
  now.length > 0 && now.length < before.length && now.every((each, i) => each === before[i]);
const other = (family: IPFamily): IPFamily => (family === 'IPv4' ? 'IPv6' : 'IPv4');

/** A PreferDualStack Service that is changed elsewhere does not follow a cluster that became, or ceased to be, dual stack. */
export function keepsPreferredFamilies({ spec }: Service, { spec: before }: Service): boolean {
  return (
    spec.type === before.type &&
    spec.type !== 'ExternalName' &&
    spec.ipFamilyPolicy === 'PreferDualStack' &&
    before.ipFamilyPolicy === 'PreferDualStack' &&
    same(spec.clusterIPs, before.clusterIPs) &&
    same(spec.ipFamilies, before.ipFamilies)
  );
}

/** Fills in ipFamilyPolicy and ipFamilies; refuses what does not go together, or what this cluster does not have. */
export function initFamilies(service: Service, before: Service | undefined, call: Call): void {
  const spec = service.spec;
  if (spec.type === 'ExternalName') return;
  const manual = spec.clusterIP === 'None' && Object.keys(spec.selector ?? {}).length === 0;
  spec.ipFamilyPolicy ??= before?.spec.ipFamilyPolicy ?? (manual ? 'RequireDualStack' : 'SingleStack');
  if (spec.clusterIP === 'None') spec.clusterIPs ??= ['None'];
  stop(call, validateClusterIps(spec));
  const errors = before ? followPolicy(spec, before.spec) : [];
  errors.push(...policyErrors(spec), ...inferFamilies(spec, configuredFamilies(call.state)));
  stop(call, errors);
  const configured = configuredFamilies(call.state);
  if (!manual) {
    if (spec.ipFamilyPolicy === 'RequireDualStack' && configured.length < 2)
      errors.push(invalid('spec.ipFamilyPolicy', 'RequireDualStack', 'this cluster is not configured for dual-stack services'));
    (spec.ipFamilies ?? []).forEach((family, i) => {
      if (!configured.includes(family as IPFamily)) errors.push(invalid(`spec.ipFamilies[${i}]`, family, 'not configured on this cluster'));
    });
    stop(call, errors);
  }
  if (!spec.ipFamilies?.length) spec.ipFamilies = [configured[0] as IPFamily];
  // Whoever makes the endpoints of a headless Service without selector may use either family, whatever the cluster has.
  if (spec.ipFamilyPolicy !== 'SingleStack' && spec.ipFamilies.length === 1 && (manual || configured.length === 2))
    spec.ipFamilies = [...spec.ipFamilies, other(spec.ipFamilies[0] as IPFamily)];
}

/** SingleStack gives up what was left as it was; any other policy must not lose its second address or family. */
function followPolicy(spec: Spec, before: Spec): FieldError[] {
  if (spec.ipFamilyPolicy === 'SingleStack') {
    if (same(spec.clusterIPs, before.clusterIPs) && (spec.clusterIPs?.length ?? 0) > 1) spec.clusterIPs = (spec.clusterIPs as string[]).slice(0, 1);
    if (same(spec.ipFamilies, before.ipFamilies) && (spec.ipFamilies?.length ?? 0) > 1) spec.ipFamilies = (spec.ipFamilies as IPFamily[]).slice(0, 1);
    return [];
  }
  const errors: FieldError[] = [];
  const refused = (what: string): FieldError => invalid('spec.ipFamilyPolicy', spec.ipFamilyPolicy, `must be 'SingleStack' to release the secondary ${what}`);
  if (reduced(spec.clusterIPs, before.clusterIPs)) errors.push(refused('cluster IP'));
  if (reduced(spec.ipFamilies, before.ipFamilies)) errors.push(refused('IP family'));
  return errors;
}

function policyErrors(spec: Spec): FieldError[] {
  if (spec.ipFamilyPolicy !== 'SingleStack') return [];
  const refused = (what: string): FieldError =>
    invalid('spec.ipFamilyPolicy', spec.ipFamilyPolicy, `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`);
  return [...(spec.clusterIPs?.length === 2 ? [refused('cluster IPs')] : []), ...(spec.ipFamilies?.length === 2 ? [refused('IP families')] : [])];
}

/** An address that was asked for tells its family. */
function inferFamilies(spec: Spec, configured: readonly IPFamily[]): FieldError[] {
  const errors: FieldError[] = [];
  (spec.clusterIPs ?? []).forEach((ip, i) => {
    if (ip === 'None' || ip === '' || i < (spec.ipFamilies?.length ?? 0)) return;
    const family = familyOf(ip);
    if (configured.includes(family)) spec.ipFamilies = [...(spec.ipFamilies ?? []), family];
    else errors.push(invalid(`spec.clusterIPs[${i}]`, spec.clusterIPs, `${family} is not configured on this cluster`));
  });
  return errors;
}

/** An address for each family that has none yet; what a family that is gone held is given back. `before`: the Service as it held addresses. */
export function allocateClusterIPs(service: Service, before: Service | undefined, call: Call): void {
  const { spec } = service;
  const families = (spec.ipFamilies ?? []) as IPFamily[];
  const held = before?.spec.clusterIPs ?? [];
  const asked = (spec.clusterIPs ?? []).slice();
  const ips = families.map((family, i) => {
    const ip = asked[i] ?? '';
    return ip !== '' && held.includes(ip) ? ip : allocateIP(call, family, ip === '' ? undefined : ip, keyOfObject(service), asked);
  });
  if (!call.dryRun)
    giveBackIPs(
      call,
      held.filter((ip) => !ips.includes(ip)),
    );
  spec.clusterIP = ips[0] as string;
  spec.clusterIPs = ips;
}

function stop(call: Call, errors: FieldError[]): void {
  if (errors.length > 0) throw refuse(call, errors);
}
