/** Identity of a StatefulSet's pods: names, claims, labels. Models pkg/controller/statefulset/stateful_set_utils.go, v1.36.2. */
import { isPodAvailable, isPodReady } from '../../api/pods.ts';
import type { KubeObject, Pod, Volume } from '../../api/types.ts';
import { podFromTemplate } from '../../contracts/client-go/pod-control.ts';
import { revisionHashLabel } from '../../contracts/client-go/revisions.ts';

export const podNameLabel = 'statefulset.kubernetes.io/pod-name';
export const podIndexLabel = 'apps.kubernetes.io/pod-index';

export const startOf = (set: KubeObject): number => set.spec.ordinals?.start ?? 0;

/** -1 when the name is not one of the set's. */
export function ordinalOf(set: KubeObject, pod: KubeObject): number {
  const prefix = `${set.metadata.name}-`;
  const rest = pod.metadata.name.startsWith(prefix) ? pod.metadata.name.slice(prefix.length) : '';
  return /^\d{1,9}$/.test(rest) ? Number(rest) : -1;
}

export const revisionOfPod = (pod: KubeObject): string => pod.metadata.labels?.[revisionHashLabel] ?? '';

const claimName = (template: KubeObject, set: KubeObject, ordinal: number): string => `${template.metadata.name}-${set.metadata.name}-${ordinal}`;

const templatesOf = (set: KubeObject): KubeObject[] => set.spec.volumeClaimTemplates ?? [];

/** @param template of the revision the pod is made from; @param revision its name */
export function statefulPod(set: KubeObject, template: KubeObject['spec'], revision: string, ordinal: number): KubeObject {
  const name = `${set.metadata.name}-${ordinal}`;
  const labels = {
    ...(template.metadata?.labels ?? {}),
    [podIndexLabel]: String(ordinal),
    [revisionHashLabel]: revision,
    [podNameLabel]: name,
  };
  const claims = templatesOf(set);
  const claimed: Volume[] = claims.map((claim) => ({
    name: claim.metadata.name,
    persistentVolumeClaim: { claimName: claimName(claim, set, ordinal), readOnly: false },
  }));
  const others = ((template.spec.volumes ?? []) as Volume[]).filter((volume) => !claims.some((claim) => claim.metadata.name === volume.name));
  const spec = {
    ...template.spec,
    hostname: name,
    ...(set.spec.serviceName ? { subdomain: set.spec.serviceName } : {}),
    ...(claimed.length + others.length > 0 ? { volumes: [...claimed, ...others] } : {}),
  };
  const pod = podFromTemplate({ ...template, metadata: { ...template.metadata, labels }, spec }, set, name);
  pod.metadata.generateName = `${set.metadata.name}-`;
  return pod;
}

/** The claims of one pod, as they are to be created. */
export function claimsFor(set: KubeObject, ordinal: number): KubeObject[] {
  return templatesOf(set).map(
    (template) =>
      ({
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: {
          name: claimName(template, set, ordinal),
          namespace: set.metadata.namespace,
          labels: { ...(template.metadata.labels ?? {}), ...(set.spec.selector?.matchLabels ?? {}) },
          ...(template.metadata.annotations ? { annotations: template.metadata.annotations } : {}),
        },
        spec: template.spec,
      }) as unknown as KubeObject,
  );
}

export const isRunningAndReady = (pod: Pod): boolean => pod.status?.phase === 'Running' && isPodReady(pod);

export const isHealthy = (pod: Pod): boolean => isRunningAndReady(pod) && pod.metadata.deletionTimestamp === undefined;

export const isRunningAndAvailable = (set: KubeObject, pod: Pod, epochMs: number): boolean => isPodAvailable(pod, set.spec.minReadySeconds ?? 0, epochMs);
