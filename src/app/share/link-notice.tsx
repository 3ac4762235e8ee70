import { timeText } from '../timebar/time-text.ts';
import { panelWords } from '../words/panels.en.ts';
import './share.css';
import { useSetAside } from '../state/kept-run.ts';
import { session } from '../state/session.ts';
import { setUi } from '../state/ui.ts';
import { own, useLinkNotice } from './opener.ts';

export function LinkNotice() {
  const { message, differs } = useLinkNotice();
  if (!message && !differs) return <SetAside />;
  return (
    <div className="link-notice" role="alert">
      <p>
        {message && <b>{panelWords.share.broken}</b>} {message || differs}
      </p>
      <button type="button" className="btn" onClick={() => useLinkNotice.setState({ message: '', differs: '' })}>
        {panelWords.close}
      </button>
    </div>
  );
}

/** Choosing a scenario put a run aside that commands had been given to: the way back. */
function SetAside() {
  const { request } = useSetAside();
  if (!request) return null;
  const done = (): void => useSetAside.setState({ request: null });
  const back = async (): Promise<void> => {
    done();
    setUi({ upperTab: 'manifest' });
    if (!(request.scenario && (await own.openNamed(request.scenario, { request })))) await session.open(request);
  };
  return (
    <div className="link-notice" role="status">
      <p>{panelWords.share.setAside(request.title, timeText(request.atMs))}</p>
      <button type="button" className="btn" onClick={() => void back().catch(() => {})}>
        {panelWords.share.bringBack}
      </button>
      <button type="button" className="btn bare" onClick={done}>
        {panelWords.close}
      </button>
    </div>
  );
}
