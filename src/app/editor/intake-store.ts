/** What came in from outside and what became of it. */
import { create } from 'zustand';
import type { CleanResult } from '../../session/protocol.ts';

/** What a browser's File and a folder's entry have in common. */
export interface Incoming {
  name: string;
  size: number;
  type: string;
  folder?: boolean;
  arrayBuffer(): Promise<ArrayBuffer>;
}

export interface Refusal {
  /** '' for many together. */
  name: string;
  why: 'folder' | 'notText' | 'tooLarge' | 'together' | 'tooMany' | 'empty' | 'notYaml' | 'pasteTooLarge';
  /** Bytes, or how many. */
  n: number;
  words?: string;
}

export interface Intake {
  read: readonly string[];
  refused: readonly Refusal[];
  cleaned: CleanResult | null;
}

export const useIntake = create<Intake>()(() => ({ read: [], refused: [], cleaned: null }));
export const forgetIntake = (): void => useIntake.setState({ read: [], refused: [], cleaned: null });
