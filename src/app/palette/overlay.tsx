/** What covers the map pane. */
import type { ComponentType } from 'react';
import { late } from '../late.tsx';
import { details } from '../load-details.ts';
import type { SlotProps } from '../slots.tsx';
import { type UiState, useUi } from '../state/ui.ts';

const WideShell = late<{ height: number }>(() => details().then((chunk) => chunk.WideShell));
const panes: Partial<Record<NonNullable<UiState['overlay']>, ComponentType<SlotProps>>> = {
  lens: late<SlotProps>(() => import('./lens.tsx').then(({ Lens }) => Lens)),
  rules: late<SlotProps>(() => import('../rules/rules-pane.tsx').then(({ RulesPane }) => RulesPane)),
  compare: late<SlotProps>(() => import('../compare/pane.tsx').then(({ Compare }) => Compare)),
};

export function Overlay({ width, height }: SlotProps) {
  const overlay = useUi((ui) => ui.overlay);
  if (overlay === 'shell') return <WideShell height={height} />;
  const Pane = overlay ? panes[overlay] : undefined;
  return Pane && <Pane width={width} height={height} />;
}
