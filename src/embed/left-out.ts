/** What runs in the simulator and has no place in so small a map: the foot of a figure says so. */
import { useNodes } from '../app/map/nodes.ts';
import { sceneFor, sceneNamed } from '../app/map/scene.ts';
import { embedWords as t } from '../app/words/embed.en.ts';

type Part = keyof typeof t.parts;
const narrow = 640;

/** `words` is '' and `height` 0 when everything is drawn. `room`: for the map and this foot below it, px. */
export function useLeftOut(width: number, room: number): { words: string; height: number } {
  const { names, second } = useNodes();
  const left = (height: number): Part[] => {
    const scene = sceneFor(width, height, names.length);
    if (scene === 'cluster') return [];
    const { vertices } = sceneNamed(scene);
    return (Object.keys(t.parts) as Part[]).filter((part) => !(part in vertices) && (part !== 'worker-2' || second !== ''));
  };
  if (left(room).length === 0) return { words: '', height: 0 };
  const height = footHeight(width);
  return { words: t.leftOut(left(room - height).map((part) => t.parts[part])), height };
}

export const footHeight = (width: number): number => (width < narrow ? 36 : 20);
