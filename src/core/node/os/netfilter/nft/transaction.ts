import type { NetfilterAnswer } from '../../../../contracts/netfilter.ts';
import type { Namespace } from '../state.ts';
export const transact = (_ns: Namespace, _t: string, _n: number): NetfilterAnswer & { changed: boolean } => ({ text: '', code: 0, changed: false });
