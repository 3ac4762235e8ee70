/** A running figure: the map, its time, and of the other panels those that were asked for. */
import { createRoot } from 'react-dom/client';
import '../app/style/base.css';
import { showHandle } from '../app/handle.ts';
import { useLinkNotice } from '../app/share/opener.ts';
import { reducedMotion } from '../app/state/motion.ts';
import { session } from '../app/state/session.ts';
import { applyTheme } from '../app/state/theme.ts';
import { allowOwnScripts } from '../app/state/trusted-types.ts';
import { setUi } from '../app/state/ui.ts';
import { handlers, tellOfRun } from './calls.ts';
import { HostLine, hostOrigin } from './host-line.ts';
import { open, withLessons } from './open.ts';
import type { EmbedOptions } from './options.ts';
import { embedVersion } from './protocol.ts';
import { Stage } from './stage.tsx';

export function showFigure(root: HTMLElement, options: EmbedOptions): void {
  allowOwnScripts();
  setUi({ theme: options.theme === 'auto' ? 'system' : options.theme, lowerTab: 'shell' });
  applyTheme();
  showHandle();
  const line = hostLine(options);
  tellOfRun(line);
  const lesson = options.controls.includes('lesson') ? import('./lesson.ts').then(({ tellOfLesson }) => tellOfLesson(line)) : undefined;
  if (lesson) withLessons();
  letThePageScroll();
  createRoot(root).render(<Stage options={options} onHeight={(height) => line.tell('resize', { height })} />);
  const { scenario, link, atMs } = options;
  open({ ...(link ? { link } : scenario ? { scenario } : {}), ...(atMs === null ? {} : { t: atMs }) })
    .catch(async (error: Error) => {
      useLinkNotice.setState({ message: error.message });
      line.tell('error', { message: error.message });
      await open({});
    })
    .then(() => {
      line.tell('ready', { version: `${embedVersion}` });
      // A lesson goes and rests by itself.
      if (!lesson && !reducedMotion()) session.play(1);
    })
    .catch((error: Error) => line.tell('error', { message: error.message }));
}

function hostLine(options: EmbedOptions): HostLine {
  const around = window.parent === window ? null : window.parent;
  const origin = around ? hostOrigin(options.host, location.ancestorOrigins, document.referrer) : '';
  const line = new HostLine({ window: around, origin, post: (message) => around?.postMessage(message, origin), now: () => performance.now() }, handlers);
  addEventListener('message', (event) => line.hear(event));
  Object.defineProperty(globalThis, 'kubariumIgnored', { get: () => line.ignored });
  return line;
}

/** The wheel belongs to the page around; with Ctrl it zooms the map. */
function letThePageScroll(): void {
  addEventListener(
    'wheel',
    (event) => {
      if (!event.ctrlKey && (event.target as Element | null)?.closest('.map')) event.stopImmediatePropagation();
    },
    { capture: true, passive: true },
  );
}
