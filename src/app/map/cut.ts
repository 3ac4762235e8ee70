/** Which lines are dead: those of stopped components, and those that a fault cut. */
import { createContext, useContext, useRef } from 'react';
import { useRecord, useRecords } from '../state/records.ts';

type IsCut = (channel: string) => boolean;
const none: IsCut = () => false;

/** One answer for all lines, the same function until a component or a fault changes it. */
export const Cut = createContext<IsCut>(none);
export const useIsCut = (channel: string): boolean => useContext(Cut)(channel);

const vertexOf: Record<string, string> = { 'kube-proxy': 'kubeProxy' };

export function useCut(glass: string): IsCut {
  const components = useRecords('component');
  const faults = useRecord<'cluster'>('cluster')?.faults ?? [];
  const known = useRef<{ signature: string; isCut: IsCut }>({ signature: '', isCut: none });
  const parts = components
    .filter((c) => !c.up && c.address.startsWith(`${glass}/`))
    .map((c) => c.address.slice(glass.length + 1))
    .map((part) => vertexOf[part] ?? part);
  const apart = faults.filter((f) => f.label === 'cutApiServer').map((f) => f.target);
  const unreachable = faults.some((f) => f.label === 'registryUnreachable');
  const signature = JSON.stringify([glass, parts, apart, unreachable]);
  if (known.current.signature !== signature) known.current = { signature, isCut: cutting(glass, new Set(parts), apart, unreachable) };
  return known.current.isCut;
}

function cutting(glass: string, parts: ReadonlySet<string>, apart: readonly string[], unreachable: boolean): IsCut {
  return (channel) => {
    const ends = channel.replace(/ \(.*\)$/, '').split('/');
    if (ends.some((end) => parts.has(end))) return true;
    if (unreachable && ends.includes('registry')) return true;
    if (ends[0] === 'apiBus' && apart.includes(glass) && (ends[1] === 'kubelet' || ends[1] === 'kubeProxy')) return true;
    if (channel === 'apiBus/worker-2' && apart.some((node) => node !== glass)) return true;
    return ends[0] === 'api' && apart.includes(ends[1] ?? '');
  };
}
