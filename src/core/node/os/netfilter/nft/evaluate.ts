import type { Hook } from '../../hooks.ts';
import type { Evaluation } from '../packet.ts';
import type { NftTables } from './state.ts';
export interface NftBase {
  priority: number;
  type: string;
}
export const basesOf = (_t: NftTables, _h: Hook, _f: string): NftBase[] => [];
export const runBase = (_e: Evaluation, _b: NftBase): 'ACCEPT' | 'DROP' | 'REJECT' => 'ACCEPT';
