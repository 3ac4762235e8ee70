/** What all vertices of the map share: selection, hover, name, and one tab stop for all of them. */
import { memo, type ReactNode } from 'react';
import { create } from 'zustand';
import { openScene, sceneOf } from '../scenes/opened.ts';
import { select, setUi, useUi } from '../state/ui.ts';

/** The vertex that Tab comes to. */
export const useRoving = create<{ at: string }>()(() => ({ at: '' }));

interface Props {
  vertex: string;
  /** Record that is selected; '' for none. */
  record: string;
  name: string;
  className?: string;
  children: ReactNode;
}

export const Vertex = memo(function Vertex({ vertex, record, name, className = '', children }: Props) {
  const selected = useUi((ui) => record !== '' && ui.selectedId === record);
  const hovered = useUi((ui) => record !== '' && ui.hoveredId === record);
  const stop = useRoving((roving) => roving.at === vertex);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a button may not hold cards of blocks, and its text is not its name.
    <div
      role="button"
      className={`vertex ${className} ${selected ? 'selected' : ''} ${hovered ? 'hovered' : ''}`}
      data-vertex={vertex}
      data-record={record}
      data-opens={sceneOf(record) ? '' : undefined}
      onDoubleClick={(event) => {
        event.stopPropagation();
        openScene(record, event.currentTarget);
      }}
      tabIndex={stop ? 0 : -1}
      aria-pressed={selected}
      aria-label={name}
      onClick={(event) => {
        event.stopPropagation();
        select(record);
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Enter') return;
        event.preventDefault();
        event.stopPropagation();
        if (!openScene(record, event.currentTarget)) select(record);
      }}
      onFocus={() => {
        if (!stop) useRoving.setState({ at: vertex });
      }}
      onPointerEnter={() => setUi({ hoveredId: record })}
      onPointerLeave={() => setUi({ hoveredId: '' })}
    >
      {children}
    </div>
  );
});
