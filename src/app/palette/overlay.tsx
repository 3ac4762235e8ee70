/** What covers the map pane. */
import { lazy, Suspense } from 'react';
import { WideShell } from '../shell/shell.tsx';
import type { SlotProps } from '../slots.tsx';
import { useUi } from '../state/ui.ts';

const Lens = lazy(() => import('./lens.tsx').then(({ Lens: Loaded }) => ({ default: Loaded })));

const Compare = lazy(() => import('../compare/pane.tsx').then(({ Compare: Loaded }) => ({ default: Loaded })));

export function Overlay({ width, height }: SlotProps) {
  const overlay = useUi((ui) => ui.overlay);
  if (overlay === 'shell') return <WideShell height={height} />;
  if (overlay === 'lens')
    return (
      <Suspense>
        <Lens width={width} height={height} />
      </Suspense>
    );
  if (overlay === 'compare')
    return (
      <Suspense>
        <Compare width={width} height={height} />
      </Suspense>
    );
  return null;
}
