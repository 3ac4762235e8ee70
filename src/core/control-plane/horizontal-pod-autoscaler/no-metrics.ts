/** What the autoscaler says of each metric when no metrics API is registered. Models pkg/controller/podautoscaler/{horizontal,replica_calculator}.go, v1.36.2. */
import type { KubeObject } from '../../api/types.ts';

export interface MissingMetric {
  /** Of the condition and of the event. */
  reason: string;
  error: string;
  /** As the sum of all metrics names it. */
  value: string;
}

const resourceAPI = 'unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)';
const customAPI = 'unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered';

type Spec = KubeObject['spec'];

function ofResource(source: Spec): string {
  const name: string = source?.name ?? 'cpu';
  const what = source?.target?.type === 'AverageValue' ? 'usage' : 'utilization';
  return `failed to get ${name} ${what}: unable to get metrics for resource ${name}: ${resourceAPI}`;
}

/** As Go's %+v prints a *metav1.LabelSelector. */
function selectorText(selector: { matchLabels?: Record<string, string> } | undefined): string {
  if (!selector) return 'nil';
  const labels = selector.matchLabels ?? {};
  const pairs = Object.keys(labels)
    .sort()
    .map((key) => `${key}: ${labels[key]},`)
    .join('');
  return `&LabelSelector{MatchLabels:map[string]string{${pairs}},MatchExpressions:[]LabelSelectorRequirement{},}`;
}

export function missingMetric(metric: Spec, namespace: string): MissingMetric {
  const missing = (reason: string, error: string, what: string): MissingMetric => ({ reason, error, value: `failed to get ${what} metric value: ${error}` });
  switch (metric?.type) {
    case 'Pods':
      return missing('FailedGetPodsMetric', `unable to get metric ${metric.pods?.metric?.name ?? ''}: ${customAPI}`, 'pods');
    case 'Object': {
      const { metric: named, describedObject } = metric.object ?? {};
      const place = `${describedObject?.kind ?? ''} on ${namespace} ${describedObject?.name ?? ''}`;
      return missing('FailedGetObjectMetric', `unable to get metric ${named?.name ?? ''}: ${place}/${customAPI}`, 'object');
    }
    case 'External': {
      const { name = '', selector } = metric.external?.metric ?? {};
      const api = `unable to fetch metrics from external metrics API: the server could not find the requested resource (get ${name}.external.metrics.k8s.io)`;
      return missing('FailedGetExternalMetric', `unable to get external metric ${namespace}/${name}/${selectorText(selector)}: ${api}`, `${name} external`);
    }
    case 'ContainerResource':
      return missing('FailedGetContainerResourceMetric', ofResource(metric.containerResource), `${metric.containerResource?.container ?? ''} container`);
    default:
      return missing('FailedGetResourceMetric', ofResource(metric?.resource), `${metric?.resource?.name ?? 'cpu'} resource`);
  }
}
