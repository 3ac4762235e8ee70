/** `--node-ip`: the addresses of the node, at most one of each family, the cluster's first family first. */
import type { KubeletArgs } from './state.ts';

export const nodeIPsOf = ({ nodeIP, nodeIP6 }: Pick<KubeletArgs, 'nodeIP' | 'nodeIP6'>): string[] => (nodeIP6 ? [nodeIP, nodeIP6] : [nodeIP]);
