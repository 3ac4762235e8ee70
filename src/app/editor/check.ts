/** What the API server would say of the text, asked while it is typed. */
import { create } from 'zustand';
import type { CheckResult } from '../../session/protocol.ts';
import { session } from '../state/session.ts';
import { Latest } from './latest.ts';

const empty: CheckResult = { diagnostics: [], documents: [], fieldErrors: [] };

/** `text`: what the answer is about. */
export const useCheck = create<CheckResult & { text: string }>()(() => ({ ...empty, text: '' }));

const latest = new Latest<string, CheckResult>(
  (text) => session.query({ q: 'check', text }),
  (answer, text) => useCheck.setState({ ...answer, text }),
  250,
);

export const checkText = (text: string): void => latest.about(text);
