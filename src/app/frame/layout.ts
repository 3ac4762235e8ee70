/** Sizes of the page's regions, from the window and what a person set. Nothing in the run changes them. */
import type { UiState } from '../state/ui.ts';

export interface Layout {
  phone: boolean;
  header: number;
  /** 0 on the phone; 40 when it is a rail. */
  left: number;
  rail: boolean;
  /** 0 below 1680 px. */
  right: number;
  upper: number;
  lower: number;
  dock: number;
  clock: number;
  names: number;
  tabs: number;
  map: { x: number; width: number; height: number };
}

export const limits = { column: [320, 560], half: 140, dock: 96, rail: 40 } as const;
/** Below these the map shows titles only; the column and the dock give way first. */
const comfortable = { width: 958, height: 594 };

type Set = Pick<UiState, 'leftWidth' | 'upperHeight' | 'dockHeight' | 'leftCollapsed' | 'present'>;

const clamp = (n: number, from: number, to: number): number => Math.max(from, Math.min(to, n));

/** `lines`: of the manifest as it was opened. */
export function layoutOf(width: number, height: number, set: Set, lines: number): Layout {
  if (width < 640) {
    const [header, dock, tabs] = [52, 88, 56];
    const pane = Math.max(0, height - header - dock - tabs);
    return {
      phone: true,
      header,
      left: 0,
      rail: false,
      right: 0,
      upper: pane,
      lower: pane,
      dock,
      clock: 64,
      names: 0,
      tabs,
      map: { x: 0, width, height: pane },
    };
  }
  const large = width >= 1680;
  const header = large && height >= 1000 && !set.present ? 48 : 44;
  const right = large && !set.present ? 400 : 0;
  const wanted = set.leftWidth ?? clamp(width - right - comfortable.width, limits.column[0], large && !set.present ? 440 : 400);
  const rail = width < 1040 || set.leftCollapsed;
  const left = rail ? limits.rail : Math.round(clamp(wanted, limits.column[0], limits.column[1]));
  const most = Math.floor(height / 2);
  const usual = set.present ? 144 : large && height >= 1000 ? 240 : 212;
  const dock = Math.round(clamp(set.dockHeight ?? clamp(height - header - comfortable.height, limits.dock, usual), limits.dock, most));
  const column = height - header - dock;
  const fitting = clamp(52 + 18 * (lines + 1), limits.half, 420);
  const upper = right > 0 ? column : Math.round(clamp(set.upperHeight ?? fitting, limits.half, Math.max(limits.half, column - limits.half)));
  const names = width < 1200 ? 112 : 192;
  return {
    phone: false,
    header,
    left,
    rail,
    right,
    upper,
    lower: right > 0 ? column : column - upper,
    dock,
    clock: rail ? 168 : Math.min(208, left - 112),
    names: rail ? 112 : left - Math.min(208, left - names),
    tabs: 0,
    map: { x: left, width: width - left - right, height: column },
  };
}
