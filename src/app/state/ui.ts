/** What the page itself remembers: selection, panels, theme. Never a fact of the world. */
import { create } from 'zustand';
import type { SceneName } from '../../core/index.ts';
import { loadJson, save } from './storage.ts';

export type Theme = 'system' | 'light' | 'dark' | 'contrast';
export type UpperTab = 'manifest' | 'lesson' | 'gallery';
export type LowerTab = 'inspector' | 'messages' | 'shell' | 'runs';
export type PhoneTab = 'map' | 'manifest' | 'why' | 'shell';
/** Covers the map pane (`shell`: its lower part); Esc closes. */
export type Overlay = 'lens' | 'rules' | 'compare' | 'shell' | null;
/** Menus and dialogs above the page; Esc closes. */
export type Dialog = 'faults' | 'share' | 'palette' | 'keys' | 'more' | null;

export interface UiState {
  /** The component that is opened; '' for the map. */
  opened: SceneName | '';
  /** A record's id: `pod/UID`, `node/NAME`, `component/ADDRESS`, `kernel/NODE/TABLE`, `service/UID`, `object/…`; '' when nothing is. */
  selectedId: string;
  hoveredId: string;
  /** Message whose words stand beside its dot. */
  focusedSeq: number;
  upperTab: UpperTab;
  lowerTab: LowerTab;
  phoneTab: PhoneTab;
  overlay: Overlay;
  dialog: Dialog;
  theme: Theme;
  /** `system` follows the machine. */
  motion: 'system' | 'full' | 'reduced';
  language: 'en' | 'de';
  singleKeys: boolean;
  present: boolean;
  leftWidth: number | null;
  upperHeight: number | null;
  dockHeight: number | null;
  leftCollapsed: boolean;
  /** The left column, narrow windows have it as a rail, lies open over the map. */
  railOpen: boolean;
}

/** What outlives a reload. */
const kept = ['theme', 'motion', 'language', 'singleKeys', 'leftWidth', 'upperHeight', 'dockHeight'] as const;
const settings = 'kubarium.settings';

export const useUi = create<UiState>()(() => ({
  opened: '',
  selectedId: '',
  hoveredId: '',
  focusedSeq: 0,
  upperTab: 'manifest',
  lowerTab: 'messages',
  phoneTab: 'map',
  overlay: null,
  dialog: null,
  theme: 'system',
  motion: 'system',
  language: 'en',
  singleKeys: true,
  present: false,
  leftWidth: null,
  upperHeight: null,
  dockHeight: null,
  leftCollapsed: false,
  railOpen: false,
  ...readSettings(),
}));

export const setUi = (change: Partial<UiState>): void => useUi.setState(change);

useUi.subscribe((now, before) => {
  if (kept.every((key) => now[key] === before[key])) return;
  save(settings, JSON.stringify(Object.fromEntries(kept.map((key) => [key, now[key]]))));
});

/** Selecting a thing shows it in the Inspector; selecting it again or '' lets go. */
export function select(id: string): void {
  setUi(id === '' ? { selectedId: '' } : { selectedId: id, lowerTab: 'inspector' });
}

export const openOverlay = (overlay: Overlay): void => setUi({ overlay, dialog: null });
export const openDialog = (dialog: Dialog): void => setUi({ dialog: useUi.getState().dialog === dialog ? null : dialog });

function readSettings(): Partial<UiState> {
  try {
    const known = (loadJson(settings) ?? {}) as Partial<UiState>;
    const out: Partial<UiState> = {};
    if (known.theme && ['system', 'light', 'dark', 'contrast'].includes(known.theme)) out.theme = known.theme;
    if (known.motion && ['system', 'full', 'reduced'].includes(known.motion)) out.motion = known.motion;
    if (known.language === 'en' || known.language === 'de') out.language = known.language;
    if (typeof known.singleKeys === 'boolean') out.singleKeys = known.singleKeys;
    for (const key of ['leftWidth', 'upperHeight', 'dockHeight'] as const) if (typeof known[key] === 'number') out[key] = known[key];
    return out;
  } catch {
    return {};
  }
}
