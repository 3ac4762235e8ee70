/** Short forms for cards: names, images, sizes. */
import type { PodRecord } from '../../core/index.ts';
import { words } from '../words/en.ts';

/** A pod's name in two lines: what it belongs to, and what tells it apart. */
export function podTitle(pod: PodRecord): { title: string; suffix: string } {
  const { owner, name } = pod;
  if (!owner) return { title: name, suffix: words.map.noController };
  const base = owner.kind === 'ReplicaSet' ? owner.name.replace(/-[a-z0-9]+$/, '') : owner.name;
  if (owner.kind !== 'StatefulSet' && name.startsWith(`${base}-`)) return { title: base, suffix: name.slice(base.length + 1) };
  return { title: name, suffix: owner.kind === 'Node' ? owner.kind : `${owner.kind} ${owner.name}` };
}

/** `web-…-tz7mn`. */
export function shortPodName(pod: PodRecord): string {
  const { title, suffix } = podTitle(pod);
  const end = /-([a-z0-9]+)$/.exec(suffix)?.[1];
  return !pod.owner || title === pod.name ? pod.name : end ? `${title}-…-${end}` : pod.name;
}

/** Without registry and folders. */
export const shortImage = (image: string): string => image.replace(/@sha256:([0-9a-f]{8}).*$/, '@$1').replace(/^.*\//, '');

export function memory(bytes: number | null): string {
  if (bytes === null) return '';
  const mi = bytes / 1_048_576;
  if (mi >= 1024) return `${(mi / 1024).toFixed(1)} Gi`;
  return mi >= 100 ? `${Math.round(mi)} Mi` : `${mi.toFixed(1)} Mi`;
}
