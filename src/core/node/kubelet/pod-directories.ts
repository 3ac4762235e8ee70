/** Where the kubelet keeps what belongs to a pod. Models pkg/kubelet/kubelet_getters.go, v1.36.2. */
import type { Pod } from '../../api/types.ts';
import type { KubeletConfig } from './state.ts';

export const podDir = (config: KubeletConfig, podUID: string): string => `${config.rootDir}/pods/${podUID}`;

/** `/var/log/pods/NAMESPACE_NAME_UID`. */
export const podLogsDirectory = (config: KubeletConfig, pod: Pod): string =>
  `${config.podLogsDir}/${pod.metadata.namespace ?? 'default'}_${pod.metadata.name}_${pod.metadata.uid}`;

export const podVolumeDir = (config: KubeletConfig, podUID: string, plugin: string, volume: string): string =>
  `${podDir(config, podUID)}/volumes/${plugin.replaceAll('/', '~')}/${volume}`;
