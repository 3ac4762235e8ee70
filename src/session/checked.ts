/** What comes in, checked. */
import type { Watched, WorldOptions } from '../core/index.ts';

export const maxSeekMs = 10 * 365 * 86_400_000;

export function watchedOf(raw: Watched | null): Watched | null {
  if (raw === null) return null;
  if (typeof raw.scene !== 'string' || !/^[^/]+\/(kubelet|runtime|kernel)$/.test(raw.scene))
    throw new Error('watch needs a scene: NODE/kubelet, NODE/runtime or NODE/kernel');
  return { scene: raw.scene, about: String(raw.about ?? ''), seq: Number(raw.seq) || 0 };
}

export function besideOf(raw: { mode?: unknown; seed?: unknown } | null): { mode?: WorldOptions['proxyMode']; seed?: number } {
  const { mode, seed } = raw ?? {};
  if (mode === 'iptables' || mode === 'ipvs' || mode === 'nftables') return { mode };
  if (typeof seed === 'number' && Number.isSafeInteger(seed) && seed >= 0) return { seed };
  throw new Error('a run beside another needs a mode or a seed');
}

export const clampMs = (ms: number): number => Math.min(maxSeekMs, Math.max(0, Math.floor(ms)));
