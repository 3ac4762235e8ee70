/** What the page begins with: the link in its address, or the first scene. */
import { create } from 'zustand';
import { decodeLink, type SharedLink } from '../../session/link.ts';
import type { OpenRequest } from '../../session/protocol.ts';
import { openDefault, session } from '../state/session.ts';
import { setUi } from '../state/ui.ts';

/** Why the link was not opened; '' when nothing is wrong. */
export const useLinkNotice = create<{ message: string }>()(() => ({ message: '' }));

export function requestOf(link: SharedLink): OpenRequest {
  return { title: link.title, manifest: link.manifest, seed: link.seed, options: link.options, commands: link.commands, atMs: link.view.atMs };
}

export interface Opener {
  open(request: OpenRequest): Promise<void>;
  openDefault(): Promise<void>;
}

const own: Opener = { open: (request) => session.open(request), openDefault };

/** `hash`: with its `#`. A link that cannot be read is told of and the first scene opened. */
export async function openLocation(hash: string = location.hash, opener: Opener = own): Promise<void> {
  useLinkNotice.setState({ message: '' });
  if (!/^#v\d/.test(hash)) {
    await opener.openDefault();
    return;
  }
  const { link, error } = await decodeLink(hash);
  if (!link) {
    useLinkNotice.setState({ message: error });
    await opener.openDefault();
    return;
  }
  setUi({ selectedId: link.view.selected, ...(link.view.selected ? { lowerTab: 'inspector' } : {}) });
  try {
    await opener.open(requestOf(link));
  } catch (failure) {
    useLinkNotice.setState({ message: failure instanceof Error ? failure.message : String(failure) });
    await opener.openDefault();
  }
}

/** Another link in the same page opens too. */
export function listenToLocation(): () => void {
  const onHash = (): void => {
    if (/^#v\d/.test(location.hash)) openLocation().catch(() => {});
  };
  addEventListener('hashchange', onHash);
  return () => removeEventListener('hashchange', onHash);
}
