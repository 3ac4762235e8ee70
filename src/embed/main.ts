/** The entry of embed.html: a poster, and nothing of the simulator before it is asked for. */
import '../app/style/tokens.css';
import './poster.css';
import { embedWords as t } from '../app/words/embed.en.ts';
import { type EmbedOptions, readOptions } from './options.ts';

const options = readOptions(location.search, location.hash);
/** Written by the build. */
const kilobytes = document.querySelector<HTMLMetaElement>('meta[name="kubarium-kilobytes"]')?.content ?? '';
const root = document.getElementById('root') as HTMLElement;

function setTheme({ theme }: EmbedOptions): void {
  if (theme === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

async function start(): Promise<void> {
  for (const { small, button } of posters) {
    small.textContent = t.loading;
    button.disabled = true;
  }
  try {
    const { showFigure } = await import('./figure.tsx');
    showFigure(root, options);
  } catch {
    root.replaceChildren(poster(options.title || t.notLoaded, `${t.notLoaded} ${t.retry}`));
  }
}

const posters: { button: HTMLButtonElement; small: HTMLElement }[] = [];

function poster(title: string, words: string): HTMLElement {
  const image = document.createElement('img');
  image.src = `./previews/${options.scenario || 'figure'}.svg`;
  image.alt = '';
  image.addEventListener('error', () => image.remove());
  const button = document.createElement('button');
  button.type = 'button';
  const small = document.createElement('small');
  small.textContent = words;
  const label = document.createElement('span');
  const b = document.createElement('b');
  b.textContent = title;
  label.append(b, small);
  button.append(mark(), label);
  button.addEventListener('click', () => void start());
  const box = document.createElement('div');
  box.className = 'poster';
  box.append(image, button);
  posters.splice(0, posters.length, { button, small });
  return box;
}

function mark(): SVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 64 64');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(svg.namespaceURI, 'path');
  path.setAttribute('d', 'M25 20v24l20-12z');
  svg.append(path);
  return svg;
}

setTheme(options);
if (options.start === 'now') void start();
else {
  root.replaceChildren(poster(options.title || t.run, t.what(kilobytes)));
  if (options.start === 'seen')
    new IntersectionObserver((entries, observer) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      void start();
    }).observe(root);
}
