/** Defaults of pods and pod templates. Models pkg/apis/core/v1/defaults.go, v1.36.2. */
import { addQuantity, compareQuantity, formatQuantity, parseQuantity } from '../quantity.ts';
import type { Quantity, ResourceList } from '../types.ts';
import type { Loose } from './defaults.ts';

/** What every PodSpec gets, in a pod or a template. Models SetObjectDefaults_PodTemplate and SetDefaults_PodSpec. */
export function podSpecDefaults(spec: Loose): void {
  spec.dnsPolicy ??= 'ClusterFirst';
  spec.restartPolicy ??= 'Always';
  spec.securityContext ??= {};
  spec.terminationGracePeriodSeconds ??= 30;
  spec.schedulerName ??= 'default-scheduler';
  if (spec.serviceAccountName === undefined && spec.serviceAccount !== undefined) spec.serviceAccountName = spec.serviceAccount;
  if (spec.serviceAccountName !== undefined) spec.serviceAccount = spec.serviceAccountName;
  for (const volume of spec.volumes ?? []) volumeDefaults(volume);
  for (const container of spec.initContainers ?? []) containerDefaults(container);
  for (const container of spec.containers ?? []) containerDefaults(container);
  for (const container of spec.ephemeralContainers ?? []) containerDefaults(container);
  roundUpQuantities(spec.overhead);
  roundUpQuantities(spec.resources?.limits);
  roundUpQuantities(spec.resources?.requests);
}

/** What only pods get. Models SetDefaults_Pod. */
export function podDefaults(pod: Loose): void {
  const spec = pod.spec;
  for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
    const limits: ResourceList | undefined = container.resources?.limits;
    if (limits) container.resources.requests = { ...limits, ...container.resources.requests };
  }
  podLevelResourceDefaults(spec);
  spec.enableServiceLinks ??= true;
  if (spec.hostNetwork) {
    for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
      for (const port of container.ports ?? []) if (port.containerPort) port.hostPort ??= port.containerPort;
    }
  }
  pod.status ??= {};
  pod.status.phase ??= 'Pending';
}

function containerDefaults(container: Loose): void {
  container.imagePullPolicy ??= pullPolicyFor(container.image ?? '');
  container.terminationMessagePath ??= '/dev/termination-log';
  container.terminationMessagePolicy ??= 'File';
  container.resources ??= {};
  roundUpQuantities(container.resources.limits);
  roundUpQuantities(container.resources.requests);
  for (const port of container.ports ?? []) port.protocol ??= 'TCP';
  for (const env of container.env ?? []) {
    fieldRefDefaults(env.valueFrom?.fieldRef);
    if (env.valueFrom?.fileKeyRef) env.valueFrom.fileKeyRef.optional ??= false;
  }
  probeDefaults(container.livenessProbe);
  probeDefaults(container.readinessProbe);
  probeDefaults(container.startupProbe);
  httpGetDefaults(container.lifecycle?.postStart?.httpGet);
  httpGetDefaults(container.lifecycle?.preStop?.httpGet);
}

/** Always for `:latest` or no tag (and no digest), otherwise IfNotPresent. Models parsers.ParseImageName. */
export function pullPolicyFor(image: string): 'Always' | 'IfNotPresent' {
  const at = image.indexOf('@');
  const name = at < 0 ? image : image.slice(0, at);
  const slash = name.lastIndexOf('/');
  const colon = name.indexOf(':', slash + 1);
  const tag = colon < 0 ? '' : name.slice(colon + 1);
  if (image === '') return 'IfNotPresent';
  if (tag === '' && at >= 0) return 'IfNotPresent';
  return tag === '' || tag === 'latest' ? 'Always' : 'IfNotPresent';
}

function probeDefaults(probe: Loose): void {
  if (!probe) return;
  probe.timeoutSeconds ??= 1;
  probe.periodSeconds ??= 10;
  probe.successThreshold ??= 1;
  probe.failureThreshold ??= 3;
  httpGetDefaults(probe.httpGet);
  if (probe.grpc) probe.grpc.service ??= '';
}

function httpGetDefaults(action: Loose): void {
  if (!action) return;
  action.path ??= '/';
  action.scheme ??= 'HTTP';
}

function fieldRefDefaults(ref: Loose): void {
  if (ref) ref.apiVersion ??= 'v1';
}

const defaultMode = 0o644;

function volumeDefaults(volume: Loose): void {
  if (Object.keys(volume).every((key) => key === 'name')) volume.emptyDir = {};
  if (volume.configMap) volume.configMap.defaultMode ??= defaultMode;
  if (volume.secret) volume.secret.defaultMode ??= defaultMode;
  if (volume.hostPath) volume.hostPath.type ??= '';
  if (volume.downwardAPI) {
    volume.downwardAPI.defaultMode ??= defaultMode;
    for (const file of volume.downwardAPI.items ?? []) fieldRefDefaults(file.fieldRef);
  }
  if (volume.projected) projectedDefaults(volume.projected);
  if (volume.image) volume.image.pullPolicy ??= pullPolicyFor(volume.image.reference ?? '');
  if (volume.ephemeral?.volumeClaimTemplate) {
    volume.ephemeral.volumeClaimTemplate.spec ??= {};
    ephemeralClaimDefaults(volume.ephemeral.volumeClaimTemplate.spec);
  }
  legacyVolumeDefaults(volume);
}

function projectedDefaults(projected: Loose): void {
  projected.defaultMode ??= defaultMode;
  for (const source of projected.sources ?? []) {
    if (source.serviceAccountToken) source.serviceAccountToken.expirationSeconds ??= 3600;
    for (const file of source.downwardAPI?.items ?? []) fieldRefDefaults(file.fieldRef);
    if (source.podCertificate) source.podCertificate.maxExpirationSeconds ??= 86400;
  }
}

/** Defaults of in-tree volumes of clouds and storage systems; also of PersistentVolumes' sources. */
export function legacyVolumeDefaults(source: Loose): void {
  if (source.iscsi) source.iscsi.iscsiInterface ??= 'default';
  if (source.rbd) {
    source.rbd.pool ??= 'rbd';
    source.rbd.user ??= 'admin';
    source.rbd.keyring ??= '/etc/ceph/keyring';
  }
  if (source.azureDisk) {
    source.azureDisk.cachingMode ??= 'ReadWrite';
    source.azureDisk.kind ??= 'Shared';
    source.azureDisk.fsType ??= 'ext4';
    source.azureDisk.readOnly ??= false;
  }
  if (source.scaleIO) {
    source.scaleIO.storageMode ??= 'ThinProvisioned';
    source.scaleIO.fsType ??= 'xfs';
  }
}

/** Models SetDefaults_PersistentVolumeClaimSpec. */
export function ephemeralClaimDefaults(spec: Loose): void {
  spec.volumeMode ??= 'Filesystem';
  roundUpQuantities(spec.resources?.limits);
  roundUpQuantities(spec.resources?.requests);
}

/** Finer than a thousandth is rounded up. Models SetDefaults_ResourceList. */
export function roundUpQuantities(list: ResourceList | undefined): void {
  if (!list) return;
  for (const name of Object.keys(list)) {
    const text = list[name] as Quantity;
    if (typeof text === 'string' && !/[nu]$|\.|[eE]-/.test(text)) continue;
    const parsed = parseQuantity(text);
    if (!parsed) continue;
    const rest = parsed.nano % 1_000_000n;
    if (rest !== 0n) list[name] = formatQuantity({ nano: parsed.nano - rest + (parsed.nano > 0n ? 1_000_000n : -1_000_000n), format: parsed.format });
  }
}

const podLevelNames = (name: string): boolean => name === 'cpu' || name === 'memory' || name.startsWith('hugepages-');

/** Pod-level requests and limits that follow from the containers'. Models defaultHugePagePodLimits, defaultPodRequests, defaultPodLimits. */
function podLevelResourceDefaults(spec: Loose): void {
  const resources = spec.resources;
  if (!resources) return;
  const hasAny = Object.keys(resources.limits ?? {}).length + Object.keys(resources.requests ?? {}).length > 0;
  if (!hasAny) return;
  for (const [name, amount] of Object.entries(aggregate(spec, 'limits'))) {
    if (!name.startsWith('hugepages-') || resources.requests?.[name] !== undefined || resources.limits?.[name] !== undefined) continue;
    resources.limits = { ...resources.limits, [name]: amount };
  }
  if (Object.keys(resources.limits ?? {}).length > 0) {
    const requests: ResourceList = { ...resources.requests };
    for (const [name, amount] of Object.entries(aggregate(spec, 'requests'))) {
      if ((name === 'cpu' || name === 'memory') && requests[name] === undefined) requests[name] = amount;
    }
    for (const name of Object.keys(resources.limits)) if (podLevelNames(name)) requests[name] ??= resources.limits[name];
    if (Object.keys(requests).length > 0) resources.requests = requests;
  }
}

/** The larger of the containers' sum and each init container's own; sidecars count in both. Models resourcehelper.AggregateContainerRequests. */
export function aggregate(spec: Loose, which: 'requests' | 'limits'): Record<string, Quantity> {
  const total: Record<string, Quantity> = {};
  const add = (to: Record<string, Quantity>, list: ResourceList | undefined): void => {
    for (const [name, amount] of Object.entries(list ?? {})) to[name] = to[name] === undefined ? amount : addQuantity(to[name], amount);
  };
  const atLeast = (to: Record<string, Quantity>, list: ResourceList | undefined): void => {
    for (const [name, amount] of Object.entries(list ?? {})) if (to[name] === undefined || compareQuantity(amount, to[name]) > 0) to[name] = amount;
  };
  for (const container of spec.containers ?? []) add(total, container.resources?.[which]);
  const sidecars: Record<string, Quantity> = {};
  const initPeak: Record<string, Quantity> = {};
  for (const container of spec.initContainers ?? []) {
    if (container.restartPolicy === 'Always') {
      add(total, container.resources?.[which]);
      add(sidecars, container.resources?.[which]);
      atLeast(initPeak, sidecars);
    } else {
      const peak: Record<string, Quantity> = { ...sidecars };
      add(peak, container.resources?.[which]);
      atLeast(initPeak, peak);
    }
  }
  atLeast(total, initPeak);
  return total;
}
