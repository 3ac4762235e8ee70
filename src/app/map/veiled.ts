/** Records that the lesson names, and those that its text points at. */
import { useMemo } from 'react';
import { recordsNamed, useVeil } from '../lesson/veil.ts';
import { useRecords } from '../state/records.ts';
import { useNodes } from './nodes.ts';

const none: ReadonlySet<string> = new Set();

export function useClear(): { clear: ReadonlySet<string>; pointed: ReadonlySet<string> } {
  const names = useVeil((veil) => veil.clear);
  const pointed = useVeil((veil) => veil.pointed);
  const { glass } = useNodes();
  const pods = useRecords('pod');
  const services = useRecords('service');
  return useMemo(() => {
    if (names === null && pointed === '') return { clear: none, pointed: none };
    const known = { glass, pods, services };
    return {
      clear: new Set((names ?? []).flatMap((name) => recordsNamed(name, known))),
      pointed: pointed === '' ? none : new Set(recordsNamed(pointed, known)),
    };
  }, [names, pointed, glass, pods, services]);
}
