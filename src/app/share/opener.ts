/** Who opens what a link asks for, and what is said of links. */
import { create } from 'zustand';
import type { OpenRequest } from '../../session/protocol.ts';
import { openNamed } from '../lesson/open.ts';
import { openDefault, session } from '../state/session.ts';

/** `message`: why the link was not opened. `differs`: what is not as it was when the link was made. '' when nothing is wrong. */
export const useLinkNotice = create<{ message: string; differs: string }>()(() => ({ message: '', differs: '' }));

export interface Opener {
  open(request: OpenRequest): Promise<void>;
  openDefault(): Promise<void>;
  /** Once the moment is reached. */
  arrive(atMs: number): Promise<{ nowMs: number; seq: number; traceHash: number }>;
  /** False when there is no scenario of that name. */
  openNamed(name: string, link: { atMs?: number; request?: OpenRequest }): Promise<boolean>;
}

/** The page's own session. */
export const own: Opener = {
  open: (request) => session.open(request),
  openDefault,
  async arrive(atMs) {
    await session.seek(atMs);
    return session.query({ q: 'hash' });
  },
  openNamed,
};
