/** A line between two regions: dragged, moved by arrow keys, put back by a double click. */
import { type KeyboardEvent, type PointerEvent, useRef } from 'react';
import './splitter.css';

interface Props {
  label: string;
  /** The line's own direction. */
  orientation: 'vertical' | 'horizontal';
  value: number;
  min: number;
  max: number;
  /** Whether the value grows to the left or upwards. */
  reversed?: boolean;
  onChange(value: number | null): void;
}

export function Splitter({ label, orientation, value, min, max, reversed = false, onChange }: Props) {
  const from = useRef<{ at: number; value: number } | null>(null);
  const place = (event: PointerEvent): number => (orientation === 'vertical' ? event.clientX : event.clientY);
  const set = (next: number): void => onChange(Math.round(Math.max(min, Math.min(max, next))));
  const sign = reversed ? -1 : 1;
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.shiftKey ? 64 : 16;
    const forward = orientation === 'vertical' ? 'ArrowRight' : 'ArrowDown';
    const back = orientation === 'vertical' ? 'ArrowLeft' : 'ArrowUp';
    if (event.key === forward) set(value + step * sign);
    else if (event.key === back) set(value - step * sign);
    else if (event.key === 'Home') set(min);
    else if (event.key === 'End') set(max);
    else if (event.key === 'Enter') onChange(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a separator that is moved has no element of its own.
    <div
      className={`splitter ${orientation}`}
      role="separator"
      tabIndex={0}
      aria-label={label}
      aria-orientation={orientation}
      aria-valuenow={value}
      aria-valuemin={min}
      aria-valuemax={max}
      onKeyDown={onKeyDown}
      onDoubleClick={() => onChange(null)}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        from.current = { at: place(event), value };
      }}
      onPointerMove={(event) => {
        if (from.current) set(from.current.value + (place(event) - from.current.at) * sign);
      }}
      onPointerUp={() => {
        from.current = null;
      }}
      onPointerCancel={() => {
        from.current = null;
      }}
    />
  );
}
