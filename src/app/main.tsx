import { Fragment } from 'react';
import { createRoot } from 'react-dom/client';
import './style/tokens.css';
import './style/base.css';
import { Frame } from './frame/frame.tsx';
import { showHandle } from './handle.ts';
import { fetchDetails } from './load-details.ts';
import { panels } from './load-panels.ts';
import { openPage } from './share/open.ts';
import { keepRun } from './state/kept-run.ts';
import { keepOffline } from './state/offline.ts';
import { applyTheme } from './state/theme.ts';
import { allowOwnScripts } from './state/trusted-types.ts';
import { setUi, useUi } from './state/ui.ts';
import { speak, wantedLanguage } from './words/language.ts';

allowOwnScripts();
// On its way while the first picture is drawn.
panels().catch(() => {});
applyTheme();
showHandle();
keepRun();
openPage()
  .catch(() => {})
  .finally(fetchDetails);

const root = createRoot(document.getElementById('root') as HTMLElement);
/** Everything anew: words are read while it is drawn. */
const draw = (): void =>
  root.render(
    <Fragment key={useUi.getState().language}>
      <Frame />
    </Fragment>,
  );
// Words that cannot be loaded leave the page in English.
const wanted = wantedLanguage();
if (wanted === useUi.getState().language && wanted === 'en') draw();
else
  speak(wanted).then(() => {
    setUi({ language: wanted });
    draw();
  }, draw);
useUi.subscribe((now, before) => {
  if (now.language !== before.language) speak(now.language).then(draw, () => {});
});
keepOffline();
