/** Which components can be looked into, and the opening itself. Part of the first load; the scenes are not. */
import type { SceneName } from '../../core/index.ts';
import { select, setUi } from '../state/ui.ts';

/** What zoom opens a component, and what leaves it again (design/map.json, `zoom`). */
export const opensAt = 1.75;
export const leavesBelow = 0.8;

const kernelTables: ReadonlySet<string> = new Set(['cgroups', 'routes', 'conntrack', 'netfilter', 'ipvs']);

/** The scene behind a record of the map; '' when there is none. */
export function sceneOf(record: string): SceneName | '' {
  const parts = record.split('/');
  if (parts[0] === 'component' && parts.length === 3 && (parts[2] === 'kubelet' || parts[2] === 'runtime')) return `${parts[1]}/${parts[2]}`;
  if (parts[0] === 'kernel' && parts.length === 3 && kernelTables.has(parts[2] as string)) return `${parts[1]}/kernel`;
  return '';
}

export interface Origin {
  x: number;
  y: number;
  width: number;
  height: number;
  vertex: string;
}
/** The card that the scene grows from, in px of the pane. */
export let origin: Origin | null = null;

/** True when the record has a scene. */
export function openScene(record: string, card: HTMLElement | null): boolean {
  const scene = sceneOf(record);
  if (scene === '') return false;
  const pane = card?.closest('.map')?.parentElement;
  if (card && pane) {
    const [at, of] = [card.getBoundingClientRect(), pane.getBoundingClientRect()];
    const scale = of.width / (pane.offsetWidth || 1) || 1;
    origin = {
      x: (at.left - of.left) / scale,
      y: (at.top - of.top) / scale,
      width: at.width / scale,
      height: at.height / scale,
      vertex: card.dataset.vertex ?? '',
    };
  } else origin = null;
  if (record.startsWith('component/')) select(record);
  setUi({ opened: scene });
  return true;
}
