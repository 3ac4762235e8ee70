/** Regions of a figure: header 32, map, foot, panel, time 76. */
import { lazy, Suspense, useEffect, useState } from 'react';
import { HealthNotice } from '../app/frame/health.tsx';
import { useWindowSize } from '../app/frame/window-size.ts';
import { MapPane } from '../app/map/map-pane.tsx';
import { sceneNamed } from '../app/map/scene.ts';
import { LinkNotice } from '../app/share/link-notice.tsx';
import { useFrame } from '../app/state/run.ts';
import { togglePlay } from '../app/state/session.ts';
import { PlayButton } from '../app/timebar/clock.tsx';
import { setSpeedIndex, speedIndex } from '../app/timebar/controls.ts';
import { PhoneDock } from '../app/timebar/dock.tsx';
import { embedWords as t } from '../app/words/embed.en.ts';
import { footHeight, useLeftOut } from './left-out.ts';
import type { EmbedOptions, Panel } from './options.ts';
import './stage.css';

const sizes = { header: 32, dock: 76, panel: 240, narrow: 640, leastMap: 240 } as const;

type Side = Exclude<Panel, 'time'>;
const panels: Record<Side, React.LazyExoticComponent<React.ComponentType>> = {
  editor: lazy(() => import('./editor-panel.tsx')),
  shell: lazy(() => import('./shell-panel.tsx')),
  lesson: lazy(() => import('./lesson-panel.tsx')),
};

export function Stage({ options, onHeight }: { options: EmbedOptions; onHeight(height: number): void }) {
  const { width, height } = useWindowSize();
  const sides = options.controls.filter((name): name is Side => name !== 'time');
  const [side, setSide] = useState<Side | null>(sides[0] ?? null);
  const dock = options.controls.includes('time') ? sizes.dock : 0;
  const scene = sceneNamed(width < sizes.narrow ? 'small' : 'short');
  const naturalMap = Math.round(Math.max(sizes.leastMap, Math.min(width / scene.width, 1.6) * scene.height));
  const wanted = sizes.header + naturalMap + footHeight(width) + dock + (sides.length > 0 ? sizes.panel : 0);
  useEffect(() => onHeight(wanted), [wanted, onHeight]);
  const room = Math.max(0, height - sizes.header - dock);
  // With no room beside it, a panel covers the map.
  const below = side !== null && room - sizes.panel >= sizes.leastMap;
  const upper = Math.max(0, below ? room - sizes.panel : room);
  const foot = useLeftOut(width, upper);
  const map = Math.max(0, upper - foot.height);
  useEffect(listenToSpace, []);
  const Side = side && panels[side];
  return (
    <div
      className="figure"
      style={{
        gridTemplateRows: `${sizes.header}px ${map}px ${foot.height > 0 ? `${foot.height}px` : ''} ${below ? `${sizes.panel}px` : ''} ${dock > 0 ? `${dock}px` : ''}`,
      }}
    >
      <Head options={options} sides={sides} side={side} onSide={setSide} narrow={width < sizes.narrow} />
      <main className="figure-map">
        <MapPane width={width} height={map} />
        <HealthNotice />
        <Problems problems={options.problems} />
      </main>
      {foot.height > 0 && <footer className="figure-foot">{foot.words}</footer>}
      {Side && (
        <section className={below ? 'figure-panel' : 'figure-panel over'} aria-label={t.panels[side]} style={below ? {} : { top: sizes.header, height: upper }}>
          <Suspense fallback={<p>{t.loading}</p>}>
            <Side />
          </Suspense>
        </section>
      )}
      {dock > 0 && <PhoneDock width={width} height={dock} />}
      <LinkNotice />
    </div>
  );
}

interface HeadProps {
  options: EmbedOptions;
  sides: readonly Side[];
  side: Side | null;
  narrow: boolean;
  onSide(side: Side | null): void;
}

function Head({ options, sides, side, narrow, onSide }: HeadProps) {
  const opened = useFrame((run) => run.opened?.title ?? '');
  const speed = useFrame((run) => run.speed);
  const title = options.title || opened;
  const timed = options.controls.includes('time');
  return (
    <header className="figure-head">
      {timed ? <Mark /> : <PlayButton size={24} />}
      <h1 title={title}>{title}</h1>
      {timed && !narrow && (
        <button type="button" aria-label={t.speedIs(speed)} onClick={() => setSpeedIndex((speedIndex(speed) + 1) % 4)}>
          {t.speed(speed)}
        </button>
      )}
      {sides.map((name) => (
        <button type="button" key={name} aria-expanded={side === name} onClick={() => onSide(side === name ? null : name)}>
          {narrow ? t.panels[name] : side === name ? t.hide[name] : t.show[name]}
        </button>
      ))}
      <OpenFull options={options} words={narrow ? t.openShort : t.open} />
    </header>
  );
}

/** The whole page at this moment. The address is made when the pointer or the focus comes. */
function OpenFull({ options, words }: { options: EmbedOptions; words: string }) {
  const [href, setHref] = useState(`./${options.scenario ? `?scenario=${options.scenario}` : ''}${options.link ? `#${options.link}` : ''}`);
  const make = (): void => {
    import('../app/share/moment.ts')
      .then(({ momentLink }) => momentLink(new URL('./', location.href).href))
      .then(
        ({ url, tooLong }) => {
          if (!tooLong) setHref(url);
        },
        () => {},
      );
  };
  return (
    <a href={href} target="_blank" rel="noopener" title={t.open} onPointerEnter={make} onFocus={make}>
      {words}
    </a>
  );
}

function Problems({ problems }: { problems: readonly string[] }) {
  const [closed, setClosed] = useState(false);
  if (closed || problems.length === 0) return null;
  return (
    <div className="figure-problems" role="note" aria-label={t.problems}>
      <ul>
        {problems.slice(0, 4).map((problem) => (
          <li key={problem}>{problem}</li>
        ))}
      </ul>
      <button type="button" onClick={() => setClosed(true)}>
        {t.close}
      </button>
    </div>
  );
}

function Mark() {
  return (
    <svg viewBox="0 0 16 16" aria-hidden="true">
      <path fill="currentColor" d="M1 13h14v2H1z" />
      <path fill="none" stroke="currentColor" strokeWidth="1.5" d="M2.75 13V7.5a5.25 5.25 0 0 1 10.5 0V13" />
      <rect fill="currentColor" x="5" y="8" width="4" height="4" rx=".75" />
      <rect fill="currentColor" x="10" y="10" width="2" height="2" rx=".5" />
    </svg>
  );
}

function listenToSpace(): () => void {
  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== ' ' || event.defaultPrevented || (event.target as Element).closest?.('button, a, input, textarea, select, [role="button"]')) return;
    event.preventDefault();
    togglePlay();
  };
  addEventListener('keydown', onKey);
  return () => removeEventListener('keydown', onKey);
}
