/** Completion indexes of an Indexed Job. Models pkg/controller/job/indexed_job_utils.go, v1.36.2. */
import type { KubeObject } from '../../api/types.ts';

export const completionIndexAnnotation = 'batch.kubernetes.io/job-completion-index';

export const isIndexed = (job: KubeObject): boolean => job.spec.completionMode === 'Indexed';

/** -1 when the pod has none that is valid. */
export function indexOf(pod: KubeObject): number {
  const text = pod.metadata.annotations?.[completionIndexAnnotation];
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : -1;
}

/** `0-2,4` → 0, 1, 2, 4; what lies at or beyond `limit` is left out. */
export function parseIndexes(text: string | undefined, limit: number): Set<number> {
  const found = new Set<number>();
  for (const part of (text ?? '').split(',')) {
    const m = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part);
    if (!m) continue;
    const last = Math.min(Number(m[2] ?? m[1]), limit - 1);
    for (let i = Number(m[1]); i <= last; i += 1) found.add(i);
  }
  return found;
}

/** The reverse: three and more in a row are written as a range, two side by side. */
export function formatIndexes(indexes: Iterable<number>): string {
  const sorted = [...indexes].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let i = 0; i < sorted.length; ) {
    let end = i;
    while (end + 1 < sorted.length && sorted[end + 1] === (sorted[end] as number) + 1) end += 1;
    parts.push(end === i ? String(sorted[i]) : `${sorted[i]}${end === i + 1 ? ',' : '-'}${sorted[end]}`);
    i = end + 1;
  }
  return parts.join(',');
}

/** The first `count` indexes that are neither done nor taken. */
export function firstPendingIndexes(taken: ReadonlySet<number>, count: number, completions: number): number[] {
  const found: number[] = [];
  for (let i = 0; i < completions && found.length < count; i += 1) if (!taken.has(i)) found.push(i);
  return found;
}
