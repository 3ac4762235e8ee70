import { panelWords } from '../words/panels.en.ts';
import { useLinkNotice } from './opener.ts';
import './share.css';

export function LinkNotice() {
  const { message, differs } = useLinkNotice();
  if (!message && !differs) return null;
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
