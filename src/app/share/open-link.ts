/** Opens what a link or a saved file holds, and says where the run is not the one it was made of. */
import { type Decoded, decodeFile, decodeLink, type SharedLink } from '../../session/link.ts';
import { modelVersion } from '../../session/model-version.ts';
import type { OpenRequest } from '../../session/protocol.ts';
import { setUi, type UiState } from '../state/ui.ts';
import { timeText } from '../timebar/time-text.ts';
import { lessonWords } from '../words/lessons.en.ts';
import { panelWords } from '../words/panels.en.ts';
import { type Opener, own, useLinkNotice } from './opener.ts';

export { decodeLink };

/** `hash`: with its `#`. */
export const openLink = async (hash: string, opener: Opener): Promise<void> => openDecoded(await decodeLink(hash), opener);

/** A file that the page saved when a link was too long. */
export const openFile = async (file: Blob, opener: Opener = own): Promise<void> => {
  const cap = 8 * 1024 * 1024;
  useLinkNotice.setState({ message: '', differs: '' });
  await openDecoded(file.size > cap ? { error: `The file has ${file.size} bytes; at most ${cap} are read.` } : decodeFile(await file.text()), opener);
};

async function openDecoded({ link, error }: Decoded, opener: Opener): Promise<void> {
  if (!link) {
    useLinkNotice.setState({ message: error });
    await opener.openDefault();
    return;
  }
  const { selected, mode, atMs } = link.view;
  setUi({ selectedId: selected, ...(selected ? { lowerTab: 'inspector' } : {}), ...lookOf(mode) });
  try {
    if (!(await openOfScenario(link, opener))) await opener.open(requestOf(link));
  } catch (failure) {
    useLinkNotice.setState({ message: failure instanceof Error ? failure.message : String(failure) });
    await opener.openDefault();
    return;
  }
  if (link.made) await compare(link.made, atMs, opener);
}

/** Without a manifest it is the scenario as it stands; with one, a run of its own whose lesson is shown beside it. */
async function openOfScenario(link: SharedLink, opener: Opener): Promise<boolean> {
  if (!link.scenario) return false;
  const request = link.manifest === '' && link.commands.length === 0 ? undefined : requestOf(link);
  if (await opener.openNamed(link.scenario, request ? { request } : { atMs: link.view.atMs })) return true;
  if (!request) throw new Error(lessonWords.unknown(link.scenario));
  return false;
}

/** What lay open, when this page knows it. */
function lookOf(mode: string): Partial<UiState> {
  const scene = /^scene ([a-z0-9-]{1,63}\/(?:kubelet|runtime|kernel))$/.exec(mode)?.[1];
  return { opened: (scene ?? '') as UiState['opened'], overlay: mode === 'lens' ? 'lens' : null };
}

/** Says where the run is not the one that the link was made of. */
export async function compare(made: NonNullable<SharedLink['made']>, atMs: number, opener: Pick<Opener, 'arrive'> = own): Promise<void> {
  try {
    const { nowMs, seq, traceHash } = await opener.arrive(atMs);
    // Someone went elsewhere meanwhile.
    if (nowMs !== atMs) return;
    if (seq === made.seq && traceHash === made.traceHash) return;
    const { sameModel, otherModel } = panelWords.share;
    const time = timeText(atMs);
    useLinkNotice.setState({ differs: made.model === modelVersion ? sameModel(time) : otherModel(time, made.model, modelVersion) });
  } catch {
    // A run that fails is told of in its own place.
  }
}

export function requestOf(link: SharedLink): OpenRequest {
  return {
    title: link.title,
    ...(link.scenario ? { scenario: link.scenario } : {}),
    manifest: link.manifest,
    seed: link.seed,
    options: link.options,
    commands: link.commands,
    atMs: link.view.atMs,
  };
}
