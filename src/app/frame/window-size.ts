import { useSyncExternalStore } from 'react';

let size = { width: innerWidth, height: innerHeight };

function subscribe(listener: () => void): () => void {
  const read = (): void => {
    if (size.width === innerWidth && size.height === innerHeight) return;
    size = { width: innerWidth, height: innerHeight };
    listener();
  };
  addEventListener('resize', read);
  return () => removeEventListener('resize', read);
}

export const useWindowSize = (): { width: number; height: number } => useSyncExternalStore(subscribe, () => size);
