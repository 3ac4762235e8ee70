import { createRoot } from 'react-dom/client';
import './style/tokens.css';
import './style/base.css';
import { Frame } from './frame/frame.tsx';
import { openDefault } from './state/session.ts';
import { applyTheme } from './state/theme.ts';
import { allowOwnScripts } from './state/trusted-types.ts';

allowOwnScripts();
applyTheme();
openDefault().catch(() => {});
createRoot(document.getElementById('root') as HTMLElement).render(<Frame />);
