/** Asks the lens of the session. */
import type { LensAnswerOf, LensQuestion } from '../../core/index.ts';
import { type Asked, useAsked } from '../inspector/use-asked.ts';
import { session } from '../state/session.ts';

/** As `useAsked`. */
export const useLensAnswer = <Q extends LensQuestion>(ask: Q | null, again: unknown, everyMs?: number): Asked<LensAnswerOf<Q>> =>
  useAsked(ask ? { q: 'lens', ask } : null, again, everyMs) as Asked<LensAnswerOf<Q>>;

export const askOnce = <Q extends LensQuestion>(ask: Q): Promise<LensAnswerOf<Q>> => session.query({ q: 'lens', ask }) as Promise<LensAnswerOf<Q>>;
