import { panelWords } from '../words/panels.en.ts';
import { useLinkNotice } from './open.ts';
import './share.css';

export function LinkNotice() {
  const message = useLinkNotice((notice) => notice.message);
  if (!message) return null;
  return (
    <div className="link-notice" role="alert">
      <p>
        <b>{panelWords.share.broken}</b> {message}
      </p>
      <button type="button" className="btn" onClick={() => useLinkNotice.setState({ message: '' })}>
        {panelWords.close}
      </button>
    </div>
  );
}
