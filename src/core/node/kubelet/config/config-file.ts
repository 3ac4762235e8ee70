/** The kubelet's configuration file, read at its start. Models pkg/kubelet/kubeletconfig/configfiles, v1.36.2, for the fields that act here. */

import type { FsAnswer } from '../../../contracts/os.ts';
import { osOf } from '../../../contracts/os.ts';
import type { Ctx } from '../../../engine/types.ts';
import type { KubeletArgs } from '../state.ts';
import { parseManifest } from './manifest-yaml.ts';

export const configFile = '/var/lib/kubelet/config.yaml';

/** `5m0s`, `30s` → ms. */
function durationMs(text: string): number | undefined {
  let ms = 0;
  if (!/^(?:\d+(?:\.\d+)?(?:h|m|s|ms))+$/.test(text)) return undefined;
  for (const [, count, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g))
    ms += Number(count) * ({ h: 3_600_000, m: 60_000, s: 1000, ms: 1 }[unit as 's'] ?? 0);
  return ms;
}

/**
 * What the file sets. Simplified: fields that do not act here are ignored, as is a file that cannot be read; really the kubelet would not start.
 */
export function readConfigFile(ctx: Ctx): Partial<KubeletArgs> {
  const file = ctx.call<FsAnswer | undefined>(osOf(ctx.host), { type: 'Fs', op: 'read', path: configFile } as never);
  if (typeof file?.text !== 'string') return {};
  const parsed = parseManifest(file.text);
  if ('error' in parsed || typeof parsed.value !== 'object' || parsed.value === null) return {};
  const given = parsed.value as Record<string, unknown>;
  const out: Partial<KubeletArgs> = {};
  if (typeof given.staticPodPath === 'string') out.staticPodPath = given.staticPodPath;
  if (typeof given.staticPodURL === 'string' && given.staticPodURL !== '') out.staticPodURL = given.staticPodURL;
  if (typeof given.serializeImagePulls === 'boolean') out.serializeImagePulls = given.serializeImagePulls;
  if (Number.isInteger(given.maxPods) && (given.maxPods as number) > 0) out.maxPods = given.maxPods as number;
  const hard = given.evictionHard;
  if (typeof hard === 'object' && hard !== null && Object.values(hard).every((v) => typeof v === 'string'))
    out.evictionHard = { ...(hard as Record<string, string>) };
  const period = (given.crashLoopBackOff as { maxContainerRestartPeriod?: unknown } | undefined)?.maxContainerRestartPeriod;
  const ms = typeof period === 'string' ? durationMs(period) : undefined;
  if (ms !== undefined && ms >= 1000 && ms <= 300_000) out.maxContainerRestartPeriodMs = ms;
  return out;
}
