/** HTTP warnings of a write. Models WarningsOnCreate and WarningsOnUpdate of the strategies in pkg/registry and pkg/api/service/warnings.go, v1.36.2. */
import type { KubeObject, PodSpec, Service } from '../../../api/types.ts';
import { dns1123Label } from '../../../api/validation/formats.ts';
import { podWarnings } from './pod-warnings.ts';

export function warningsFor(object: KubeObject, old: KubeObject | undefined): string[] {
  const names = old === undefined ? nameWarnings(object) : [];
  switch (object.kind) {
    case 'Pod':
      return [...names, ...podWarnings(object.spec as PodSpec, object.metadata.annotations, '')];
    case 'Service':
      return serviceWarnings(object as Service);
    case 'Deployment':
    case 'ReplicaSet':
    case 'StatefulSet':
    case 'DaemonSet':
    case 'ReplicationController':
    case 'Job':
      return [...names, ...templateWarnings(object.spec?.template, old?.spec?.template, 'spec.template')];
    case 'CronJob':
      return [
        ...names,
        ...templateWarnings(object.spec?.jobTemplate?.spec?.template, old?.spec?.jobTemplate?.spec?.template, 'spec.jobTemplate.spec.template'),
      ];
    default:
      return [];
  }
}

/** A template that did not change was warned of before. */
function templateWarnings(template: { spec?: PodSpec; metadata?: KubeObject['metadata'] } | undefined, old: unknown, path: string): string[] {
  return template?.spec && template !== old ? podWarnings(template.spec, template.metadata?.annotations, path) : [];
}

const podNamers = new Set(['Deployment', 'ReplicaSet', 'ReplicationController', 'Job', 'CronJob', 'StatefulSet']);

function nameWarnings({ kind, metadata }: KubeObject): string[] {
  if (kind !== 'Pod' && !podNamers.has(kind)) return [];
  const problems = dns1123Label(metadata.name);
  if (problems.length === 0) return [];
  const use = kind === 'Pod' ? "this is used in the Pod's hostname" : 'this is used in Pod names and hostnames';
  return [`metadata.name: ${use}, which can result in surprising behavior; a DNS label is recommended: [${problems.join(' ')}]`];
}

function serviceWarnings({ metadata, spec }: Service): string[] {
  const out: string[] = [];
  const say = (text: string): number => out.push(text);
  if (metadata.annotations?.['service.kubernetes.io/topology-aware-hints'] !== undefined)
    say('annotation service.kubernetes.io/topology-aware-hints is deprecated, please use service.kubernetes.io/topology-mode instead');
  const externalIPs = (spec.externalIPs?.length ?? 0) > 0;
  if (spec.type === 'ClusterIP' && spec.clusterIP === 'None') {
    if (spec.loadBalancerIP) say('spec.loadBalancerIP is ignored for headless services');
    if (externalIPs) say('spec.externalIPs is ignored for headless services');
    if (spec.sessionAffinity !== 'None') say('spec.SessionAffinity is ignored for headless services');
  }
  if (externalIPs) say('spec.externalIPs is deprecated and may no longer be implemented in some clusters');
  if (spec.type === 'ExternalName' && externalIPs) say('spec.externalIPs is ignored when spec.type is "ExternalName"');
  if (spec.type !== 'ExternalName' && spec.externalName) say('spec.externalName is ignored when spec.type is not "ExternalName"');
  if (spec.trafficDistribution === 'PreferClose') say('spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"');
  return out;
}
