/** Where rows of the CRI conversation and their words stand, from design/map.json. */
import type { ConversationRow, Lifeline } from '../../core/index.ts';
import layout from '../design/map.json';

const { lifelines, conversation, vertices } = layout.runtime;
const card = vertices.conversation as [number, number, number, number];

export const lifelineX: Readonly<Record<Lifeline, number>> = {
  kubelet: (lifelines.kubelet[0] as number) - card[0],
  cri: (lifelines.criPlugin[0] as number) - card[0],
  cni: (lifelines.cni[0] as number) - card[0],
  shim: (lifelines.shim[0] as number) - card[0],
  runc: (lifelines.runc[0] as number) - card[0],
};
export const rowPitch = conversation.rowPitch[0] as number;
export const rowsShown = conversation.rows[0] as number;
const firstY = (conversation.firstRow[0] as number) - card[1];

export interface RowPlace {
  y: number;
  x0: number;
  x1: number;
  /** Words in the middle of the leg, or beside it when it is short. */
  anchor: 'middle' | 'end' | 'start';
  textX: number;
  text: string;
}

/** About how wide 11 px text is. */
const perLetter = 5.7;
const shortLeg = 90;

/** The newest row is the last place; a leg under 90 px has its words beside it. */
export function placeRow(row: ConversationRow, index: number): RowPlace {
  const [x0, x1] = [lifelineX[row.from], lifelineX[row.to]];
  const y = firstY + index * rowPitch - 3.5;
  const [left, right] = [Math.min(x0, x1), Math.max(x0, x1)];
  if (right - left >= shortLeg) {
    const room = right - left - 26;
    return { y, x0, x1, anchor: 'middle', textX: (x0 + x1) / 2 + (x1 > x0 ? -4 : 4), text: clip(row.text, room) };
  }
  if (left === right) return { y, x0, x1, anchor: 'start', textX: left + 12, text: clip(row.text, card[2] - left - 20) };
  // To the left of the leg, which lies at the right edge.
  return { y, x0, x1, anchor: 'end', textX: left - 8, text: clip(row.text, left - 70) };
}

const clip = (text: string, room: number): string => {
  const letters = Math.max(3, Math.floor(room / perLetter));
  return text.length <= letters ? text : `${text.slice(0, letters - 1)}…`;
};
