import { createRoot } from 'react-dom/client';
import './style/tokens.css';
import './style/base.css';
import { Frame } from './frame/frame.tsx';
import { showHandle } from './handle.ts';
import { fetchDetails } from './late.tsx';
import { openLocation } from './share/open.ts';
import { keepOffline } from './state/offline.ts';
import { applyTheme } from './state/theme.ts';
import { allowOwnScripts } from './state/trusted-types.ts';

allowOwnScripts();
applyTheme();
showHandle();
openLocation()
  .catch(() => {})
  .finally(fetchDetails);
createRoot(document.getElementById('root') as HTMLElement).render(<Frame />);
keepOffline();
