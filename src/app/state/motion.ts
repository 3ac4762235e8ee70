/** Whether things may fly: the machine's wish, or the page's own setting. */
import { useSyncExternalStore } from 'react';
import { useUi } from './ui.ts';

const query = typeof matchMedia === 'undefined' ? undefined : matchMedia('(prefers-reduced-motion: reduce)');

export function reducedMotion(): boolean {
  const { motion } = useUi.getState();
  return motion === 'reduced' || (motion === 'system' && query?.matches === true);
}

function subscribe(listener: () => void): () => void {
  query?.addEventListener('change', listener);
  const leave = useUi.subscribe(listener);
  return () => {
    query?.removeEventListener('change', listener);
    leave();
  };
}

export const useReducedMotion = (): boolean => useSyncExternalStore(subscribe, reducedMotion);
