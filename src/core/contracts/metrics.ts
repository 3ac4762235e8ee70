/** The resource metrics API (metrics.k8s.io): what pods and nodes use. A call to `metrics-server`; where the add-on is not installed, nobody answers. */
import type { Body } from '../engine/types.ts';

export const metricsServer = 'metrics-server';

export interface ResourceMetrics extends Body {
  readonly type: 'ResourceMetrics';
  readonly of: 'pods' | 'nodes';
}
export interface Usage {
  cpuMilli: number;
  memoryBytes: number;
}
/** Containers that began less than a scrape ago are not in it, nor pods without others. */
export interface ResourceMetricsAnswer {
  pods: { namespace: string; name: string; containers: (Usage & { name: string })[] }[];
  nodes: (Usage & { name: string })[];
}
