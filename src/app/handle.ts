/** `window.kubarium`: for pages that embed this one, and for tests. It asks; it changes nothing. */
import type { Query } from '../session/protocol.ts';
import { session } from './state/session.ts';
import type { AnswerOf } from './state/session-client.ts';

export interface Handle {
  /** Answers a question of the session, e.g. `{q: 'hash'}` → `{nowMs, seq, traceHash}`: equal for equal runs. Rejects with the session's words. */
  ask<Q extends Query>(query: Q): Promise<AnswerOf<Q>>;
}

export function showHandle(): void {
  const handle: Handle = Object.freeze({ ask: <Q extends Query>(query: Q) => session.query(query) });
  Object.defineProperty(globalThis, 'kubarium', { value: handle, enumerable: false });
}
