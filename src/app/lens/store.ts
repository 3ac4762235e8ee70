/** What is asked of the lens: kept while the page lives, and shared with the rules table. */
import { create } from 'zustand';
import type { ProxyMode } from '../../core/index.ts';

export type LensView = 'modes' | 'paste' | 'others';

export interface LensState {
  view: LensView;
  /** Key of the start; '' lets the selection decide. */
  from: string;
  to: string;
  typed: { ip: string; port: number; protocol: 'tcp' | 'udp' | 'sctp' | 'icmp' };
  packet: 'first' | 'later';
  seed: number;
  /** 0: the cluster's own. */
  services: number;
  clients: 'one' | 'many';
  count: number;
  /** Legs whose fold was turned, by `way:number`. */
  folds: Record<string, boolean>;
  /** The rules table: mode, table and chain, '' lets the lens decide. */
  mode: ProxyMode | '';
  table: string;
  chain: string;
  wayOnly: boolean;
}

export const useLens = create<LensState>()(() => ({
  view: 'modes',
  from: '',
  to: '',
  typed: { ip: '', port: 80, protocol: 'tcp' },
  packet: 'first',
  seed: 1,
  services: 0,
  clients: 'one',
  count: 1000,
  folds: {},
  mode: '',
  table: '',
  chain: '',
  wayOnly: true,
}));

export const setLens = (change: Partial<LensState>): void => useLens.setState(change);
