/** Facts drawn over the right margin of the editor. */
import { useMemo } from 'react';
import { useRecords } from '../state/records.ts';
import { useFrame } from '../state/run.ts';
import { useUi } from '../state/ui.ts';
import { useCheck } from './check.ts';
import { factsOf } from './facts.ts';
import type { Surface } from './surface.ts';
import { useText } from './text.ts';

/** `moved` changes when the lines move. */
export function FactsLayer({ surface, height, moved }: { surface: Surface; height: number; moved: number }) {
  const text = useText((state) => state.text);
  const documents = useCheck((check) => check.documents);
  const diagnostics = useCheck((check) => check.diagnostics);
  const about = useCheck((check) => check.text);
  const pods = useRecords('pod');
  const services = useRecords('service');
  const objects = useRecords('object');
  const selectedId = useUi((ui) => ui.selectedId);
  // Ten times a second is enough for what counts down.
  const tenth = useFrame((run) => Math.floor(run.nowMs / 100));
  const facts = useMemo(
    () => factsOf(text, documents, diagnostics, { pods, services, objects }, tenth * 100, selectedId),
    [text, documents, diagnostics, pods, services, objects, tenth, selectedId],
  );
  // Lines of an answer about an older text may have moved.
  if (about === '') return null;
  return (
    <div className="facts-layer" data-moved={moved}>
      {facts.map(({ line, text: fact, tone }) => {
        const top = surface.topOf(line);
        if (top < -surface.lineHeight || top > height) return null;
        return (
          <span key={line} className={`fact tone-${tone}`} style={{ top, lineHeight: `${surface.lineHeight}px` }}>
            {fact}
          </span>
        );
      })}
    </div>
  );
}
