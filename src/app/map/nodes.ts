/** The nodes of the cluster: the one under the glass, the other beside it. */
import { useRecords } from '../state/records.ts';

export interface Nodes {
  names: readonly string[];
  glass: string;
  second: string;
  /** More nodes than the wide scene shows. */
  cluster: boolean;
}

export function useNodes(): Nodes {
  const nodes = useRecords('node');
  const glass = nodes.find((node) => node.glassed)?.name ?? nodes[0]?.name ?? '';
  const names = nodes.map((node) => node.name);
  return { names, glass, second: names.find((name) => name !== glass) ?? '', cluster: names.length > 2 };
}
