/** A panel that comes when it is first shown. When it cannot be had that is said, with a way to try again. */
import { type ComponentType, useEffect, useState } from 'react';
import { lessonWords } from '../words/lessons.en.ts';

interface Part {
  Panel: ComponentType;
  Aside: ComponentType;
}

/** `said`: of the pair, only the panel says what is wrong. */
export function Loaded({ load, part }: { load: () => Promise<Part>; part: keyof Part }) {
  const [state, setState] = useState<Part | 'loading' | 'failed'>('loading');
  const [tries, setTries] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once more for each try.
  useEffect(() => {
    let here = true;
    setState('loading');
    load().then(
      (parts) => here && setState(parts),
      () => here && setState('failed'),
    );
    return () => {
      here = false;
    };
  }, [load, tries]);
  if (typeof state !== 'string') {
    const Shown = state[part];
    return <Shown />;
  }
  if (part === 'Aside') return null;
  if (state === 'loading') return <p className="panel-note">{lessonWords.loading}</p>;
  return (
    <div className="panel-note" role="alert">
      <p>{lessonWords.notLoaded}</p>
      <button type="button" className="btn" onClick={() => setTries(tries + 1)}>
        {lessonWords.retry}
      </button>
    </div>
  );
}
