/** For tests: small manifests to spoil. */
import type { Loose } from '../meta.ts';

export const container = (extra: Loose = {}): Loose => ({ name: 'c', image: 'i', ...extra });
export const pod = (spec: Loose = {}, metadata: Loose = {}): Loose => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', ...metadata },
  spec: { containers: [container()], ...spec },
});
export const withContainer = (extra: Loose, spec: Loose = {}): Loose => pod({ containers: [container(extra)], ...spec });
export const service = (spec: Loose): Loose => ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec });
export const workload = (kind: string, spec: Loose): Loose => ({
  apiVersion: kind.endsWith('Job') ? 'batch/v1' : 'apps/v1',
  kind,
  metadata: { name: 'w' },
  spec: { selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: { containers: [container()] } }, ...spec },
});
export const job = (spec: Loose, template: Loose = {}): Loose => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'j' },
  spec: { template: { spec: { restartPolicy: 'Never', containers: [container()], ...template } }, ...spec },
});
export const cronJob = (spec: Loose, name = 'c'): Loose => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name },
  spec: { schedule: '* * * * *', jobTemplate: { spec: { template: { spec: { restartPolicy: 'Never', containers: [container()] } } } }, ...spec },
});
export const of = (apiVersion: string, kind: string, rest: Loose): Loose => ({ apiVersion, kind, metadata: { name: 'x' }, ...rest });
