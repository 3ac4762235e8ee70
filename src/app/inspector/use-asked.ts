/** What the session answers to a question, asked anew when `again` changes, at most every `everyMs`; the newest answer counts. */
import { useEffect, useRef, useState } from 'react';
import type { Query } from '../../session/protocol.ts';
import { useFrame } from '../state/run.ts';
import { session } from '../state/session.ts';
import type { AnswerOf } from '../state/session-client.ts';

export interface Asked<R> {
  answer: R | null;
  error: string;
}

/** `query`: null asks nothing. Its JSON says whether it is the same question. */
export function useAsked<Q extends Query>(query: Q | null, again: unknown, everyMs = 400): Asked<AnswerOf<Q>> {
  const open = useFrame((run) => run.health.state === 'open');
  const key = query && open ? JSON.stringify(query) : '';
  const [known, setKnown] = useState<Asked<AnswerOf<Q>> & { key: string }>({ key: '', answer: null, error: '' });
  const last = useRef(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says what is asked, `again` when.
  useEffect(() => {
    if (key === '') return;
    let here = true;
    const wait = known.key === key ? Math.max(0, last.current + everyMs - performance.now()) : 0;
    const timer = setTimeout(() => {
      last.current = performance.now();
      session.query(JSON.parse(key) as Q).then(
        (answer) => here && setKnown({ key, answer, error: '' }),
        (error: Error) => here && setKnown({ key, answer: null, error: error.message }),
      );
    }, wait);
    return () => {
      here = false;
      clearTimeout(timer);
    };
  }, [key, again]);
  return known.key === key ? known : { answer: null, error: '' };
}
