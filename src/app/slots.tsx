/** Where the panels are mounted. The frame lays out, labels and scrolls the regions; what is in them is named here. */
import type { ComponentType } from 'react';
import { late } from './late.tsx';
import { panels } from './load-panels.ts';
import { Dialogs } from './palette/dialogs.tsx';
import { Overlay } from './palette/overlay.tsx';

/** Size of the place in CSS px, for what draws by itself. */
export interface SlotProps {
  width: number;
  height: number;
}
/** `names`: width of the lanes' names; the rest lies under the map, both sharing their left edge. */
export interface DockProps extends SlotProps {
  clock: number;
  names: number;
}

export const slots: {
  /** Manifest, Lesson, Gallery with their tabs. */
  leftUpper: ComponentType;
  /** Inspector, Messages, Shell with their tabs. The same component is the right column from 1680 px. */
  leftLower: ComponentType;
  dock: ComponentType<DockProps>;
  phoneDock: ComponentType<SlotProps>;
  /** Packet lens, Rules, Compare, wide Shell: over the map pane, by `ui.overlay`. */
  overlay: ComponentType<SlotProps>;
  /** Menus and dialogs, by `ui.dialog`. */
  dialogs: ComponentType;
  /** Above the phone's map: one line about what is selected. */
  phonePeek: ComponentType;
} = {
  leftUpper: late(() => panels().then((chunk) => chunk.Upper)),
  leftLower: late(() => panels().then((chunk) => chunk.Lower)),
  dock: late(() => panels().then((chunk) => chunk.Dock)),
  phoneDock: late(() => panels().then((chunk) => chunk.PhoneDock)),
  overlay: Overlay,
  dialogs: Dialogs,
  phonePeek: late(() => panels().then((chunk) => chunk.Peek)),
};
