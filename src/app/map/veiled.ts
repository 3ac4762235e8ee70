/** Records that the lesson names, and those that its text points at. */
import { createContext, useContext, useMemo } from 'react';
import { recordsNamed, useVeil } from '../lesson/veil.ts';
import { useRecords } from '../state/records.ts';
import { useNodes } from './nodes.ts';

const none: ReadonlySet<string> = new Set();

interface Named {
  clear: ReadonlySet<string>;
  pointed: ReadonlySet<string>;
}
const nothing: Named = { clear: none, pointed: none };

/** For the cards, wherever React Flow draws them. */
export const Clear = createContext<Named>(nothing);

/** The class names that say so. */
export function useNamed(record: string): string {
  const { clear, pointed } = useContext(Clear);
  return `${clear.has(record) ? 'clear' : ''} ${pointed.has(record) ? 'pointed' : ''}`;
}

export function useClear(): Named {
  const names = useVeil((veil) => veil.clear);
  const pointed = useVeil((veil) => veil.pointed);
  const { glass } = useNodes();
  const pods = useRecords('pod');
  const services = useRecords('service');
  return useMemo(() => {
    if (names === null && pointed === '') return nothing;
    const known = { glass, pods, services };
    return {
      clear: new Set((names ?? []).flatMap((name) => recordsNamed(name, known))),
      pointed: pointed === '' ? none : new Set(recordsNamed(pointed, known)),
    };
  }, [names, pointed, glass, pods, services]);
}
