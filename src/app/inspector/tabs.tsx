/** Tabs of a panel: arrow keys go between them, the panel is the next stop. */
import type { KeyboardEvent, ReactNode } from 'react';

interface Props<T extends string> {
  id: string;
  label: string;
  tabs: readonly T[];
  names: Record<T, string>;
  current: T;
  onChange(tab: T): void;
  /** At the right end. */
  children?: ReactNode;
}

export function Tabs<T extends string>({ id, label, tabs, names, current, onChange, children }: Props<T>) {
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (by === 0) return;
    const next = tabs[(tabs.indexOf(current) + by + tabs.length) % tabs.length] as T;
    onChange(next);
    document.getElementById(`${id}-${next}`)?.focus();
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="tabs">
      <div className="tabs-list" role="tablist" aria-label={label}>
        {tabs.map((tab) => (
          <button
            type="button"
            key={tab}
            role="tab"
            id={`${id}-${tab}`}
            aria-selected={tab === current}
            aria-controls={`${id}-panel`}
            tabIndex={tab === current ? 0 : -1}
            onClick={() => onChange(tab)}
            onKeyDown={onKeyDown}
          >
            {names[tab]}
          </button>
        ))}
      </div>
      <span className="grow" />
      {children}
    </div>
  );
}
