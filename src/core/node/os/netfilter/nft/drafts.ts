/** A transaction while it is read. */
import type { NftChain, NftElement, NftRule, NftSet, NftTable, NftTables } from './state.ts';

export interface ChainDraft {
  chain: NftChain;
  rules: NftRule[];
}
export interface SetDraft {
  set: NftSet;
  changes: Map<string, NftElement | undefined>;
  size: number;
}
export interface TableDraft {
  table: NftTable;
  next: number;
  comment: string;
  chains: Map<string, ChainDraft | null>;
  sets: Map<string, SetDraft | null>;
}
export interface Transaction {
  tables: NftTables;
  drafts: Map<string, TableDraft | null>;
  nowMs: number;
  rules: number;
  changed: boolean;
}

/** What the kernel answers when a name leads nowhere. */
export const enoent = 'Could not process rule: No such file or directory';
