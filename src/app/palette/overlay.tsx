/** What covers the map pane. */
import { type ComponentType, lazy, Suspense } from 'react';
import { WideShell } from '../shell/shell.tsx';
import type { SlotProps } from '../slots.tsx';
import { type UiState, useUi } from '../state/ui.ts';

const panes: Partial<Record<NonNullable<UiState['overlay']>, ComponentType<SlotProps>>> = {
  lens: lazy(() => import('./lens.tsx').then(({ Lens }) => ({ default: Lens }))),
  rules: lazy(() => import('../rules/rules-pane.tsx').then(({ RulesPane }) => ({ default: RulesPane }))),
  compare: lazy(() => import('../compare/pane.tsx').then(({ Compare }) => ({ default: Compare }))),
};

export function Overlay({ width, height }: SlotProps) {
  const overlay = useUi((ui) => ui.overlay);
  if (overlay === 'shell') return <WideShell height={height} />;
  const Pane = overlay ? panes[overlay] : undefined;
  return (
    Pane && (
      <Suspense>
        <Pane width={width} height={height} />
      </Suspense>
    )
  );
}
