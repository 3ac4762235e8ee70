/** `kubectl apply` with the text of the editor. */
import { create } from 'zustand';
import { give } from '../shell/give.ts';
import { useRun } from '../state/run.ts';
import { panelWords } from '../words/panels.en.ts';
import { setApplied, useText } from './text.ts';

export interface Applied {
  busy: boolean;
  /** null: nothing applied yet. */
  atMs: number | null;
  out: string;
  err: string;
}

export const useApplied = create<Applied>()(() => ({ busy: false, atMs: null, out: '', err: '' }));
export const forgetApplied = (): void => useApplied.setState({ atMs: null, out: '', err: '' });

const file = 'manifest.yaml';

export async function apply(): Promise<void> {
  if (useApplied.getState().busy) return;
  const { text } = useText.getState();
  useApplied.setState({ busy: true });
  const atMs = useRun.getState().nowMs;
  try {
    const { result } = await give({ type: 'kubectl', argv: ['apply', '-f', file], namespace: 'default', files: { [file]: { documents: [], text } } });
    if (!result) {
      useApplied.setState({ busy: false, atMs, out: panelWords.editor.runsOn, err: '' });
      return;
    }
    useApplied.setState({ busy: false, atMs, out: result.out, err: result.err });
    if (result.rc === 0) setApplied(text);
  } catch (error) {
    useApplied.setState({ busy: false, atMs, out: '', err: error instanceof Error ? error.message : String(error) });
  }
}
