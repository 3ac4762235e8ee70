import type { SlotProps } from '../slots.tsx';

export function Lens(_: SlotProps) {
  return null;
}
