/** The regions of the page and what stands in them. */
import { type CSSProperties, useEffect, useMemo } from 'react';
import { Header } from '../header/header.tsx';
import { MapPane } from '../map/map-pane.tsx';
import { slots } from '../slots.tsx';
import { useRun } from '../state/run.ts';
import { setUi, useUi } from '../state/ui.ts';
import { words } from '../words/en.ts';
import './frame.css';
import { HealthNotice } from './health.tsx';
import { listenToKeys } from './keys.ts';
import { type Layout, layoutOf, limits } from './layout.ts';
import { PhoneTabs } from './phone-tabs.tsx';
import { Splitter } from './splitter.tsx';
import { useWindowSize } from './window-size.ts';

/** Lines of the first document: the one that the column is made to show whole. */
const firstLines = (manifest: string): number => (manifest.split(/^---/m).find((text) => text.trim() !== '') ?? '').trim().split('\n').length;

/** Everything is this much larger on a projector. */
const presentScale = 4 / 3;

export function Frame() {
  const { width, height } = useWindowSize();
  const leftWidth = useUi((ui) => ui.leftWidth);
  const upperHeight = useUi((ui) => ui.upperHeight);
  const dockHeight = useUi((ui) => ui.dockHeight);
  const leftCollapsed = useUi((ui) => ui.leftCollapsed);
  const present = useUi((ui) => ui.present);
  const lines = useRun((run) => firstLines(run.opened?.manifest ?? ''));
  const scale = present && width >= 1680 ? presentScale : 1;
  const layout = useMemo(
    () => layoutOf(width / scale, height / scale, { leftWidth, upperHeight, dockHeight, leftCollapsed, present }, lines),
    [width, height, scale, leftWidth, upperHeight, dockHeight, leftCollapsed, present, lines],
  );
  useEffect(listenToKeys, []);
  return layout.phone ? <Phone layout={layout} /> : <Desk layout={layout} height={height / scale} scale={scale} />;
}

function Desk({ layout, height, scale }: { layout: Layout; height: number; scale: number }) {
  const { header, left, right, rail, upper, dock, map } = layout;
  const { leftUpper: Upper, leftLower: Lower, dock: Dock, overlay: Overlay, dialogs: Dialogs } = slots;
  const expanded = useUi((ui) => ui.railOpen);
  const columns = `${left}px minmax(0, 1fr)${right > 0 ? ` ${right}px` : ''}`;
  const areas = right > 0 ? `"header header header" "left map right" "dock dock dock"` : `"header header" "left map" "dock dock"`;
  // A lesson or the gallery has the whole column until something is selected or the shell is asked for.
  const whole = useUi((ui) => ui.upperTab !== 'manifest' && ui.selectedId === '' && ui.lowerTab !== 'shell') || right > 0;
  const column = (
    <div className="column" style={{ gridTemplateRows: whole ? '1fr' : `${upper}px minmax(0, 1fr)`, width: rail ? 360 : '100%' }}>
      <section className="region upper" data-region aria-label={words.regions.upper} tabIndex={-1}>
        <Upper />
      </section>
      {!whole && (
        <section className="region lower" data-region aria-label={words.regions.lower} tabIndex={-1}>
          <Lower />
        </section>
      )}
    </div>
  );
  return (
    <div
      className="app desk"
      style={
        // Never the shorthand: React rewrites what changed alone, and the shorthand would take the areas away.
        {
          gridTemplateRows: `${header}px minmax(0, 1fr) ${dock}px`,
          gridTemplateColumns: columns,
          gridTemplateAreas: areas,
          '--left': `${left}px`,
          zoom: scale,
        } as CSSProperties
      }
    >
      <Header />
      <div className={`side ${rail ? 'rail' : ''}`}>
        {rail && (
          <button
            type="button"
            className="rail-button"
            aria-expanded={expanded}
            aria-label={expanded ? words.rail.hide : words.rail.expand}
            onClick={() => setUi({ railOpen: !expanded })}
          >
            <span>{words.upper.manifest}</span>
          </button>
        )}
        {(!rail || expanded) && column}
      </div>
      <main className="stage region" data-region aria-label={words.regions.map} tabIndex={-1}>
        <MapPane width={map.width} height={map.height} scale={scale} />
        <Overlay width={map.width} height={map.height} />
        <HealthNotice />
      </main>
      {right > 0 && (
        <section className="side right region" data-region aria-label={words.regions.lower} tabIndex={-1}>
          <Lower />
        </section>
      )}
      <section className="dock region" data-region aria-label={words.regions.dock} tabIndex={-1}>
        <Dock width={layout.map.x + layout.map.width + right} height={dock} clock={layout.clock} names={layout.names} />
      </section>
      <section className="splits" aria-label={words.splitters.all}>
        {!rail && scale === 1 && (
          <div className="split" style={{ left: left - 5, top: header, height: height - header - dock }}>
            <Splitter
              label={words.splitters.column}
              orientation="vertical"
              value={left}
              min={limits.column[0]}
              max={limits.column[1]}
              onChange={(value) => setUi({ leftWidth: value })}
            />
          </div>
        )}
        {!rail && !whole && scale === 1 && (
          <div className="split wide" style={{ left: 0, top: header + upper - 4, width: left }}>
            <Splitter
              label={words.splitters.halves}
              orientation="horizontal"
              value={upper}
              min={limits.half}
              max={height - header - dock - limits.half}
              onChange={(value) => setUi({ upperHeight: value })}
            />
          </div>
        )}
        <div className="split wide" style={{ left: 0, top: height - dock - 5, width: '100%' }}>
          <Splitter
            label={words.splitters.dock}
            orientation="horizontal"
            reversed
            value={dock}
            min={limits.dock}
            max={Math.floor(height / 2)}
            onChange={(value) => setUi({ dockHeight: value })}
          />
        </div>
      </section>
      <Dialogs />
    </div>
  );
}

function Phone({ layout }: { layout: Layout }) {
  const { leftUpper: Upper, leftLower: Lower, phoneDock: Dock, overlay: Overlay, dialogs: Dialogs, phonePeek: Peek } = slots;
  const tab = useUi((ui) => ui.phoneTab);
  const { map, header, dock, tabs } = layout;
  return (
    <div className="app phone" style={{ gridTemplateRows: `${header}px minmax(0, 1fr) ${dock}px ${tabs}px` }}>
      <Header phone />
      <main className="stage region" data-region aria-label={words.phone[tab]} tabIndex={-1}>
        <MapPane width={map.width} height={map.height} />
        {tab === 'map' && <Peek />}
        {tab === 'manifest' && (
          <section className="sheet" aria-label={words.regions.upper}>
            <Upper />
          </section>
        )}
        {(tab === 'why' || tab === 'shell') && (
          <section className="sheet" aria-label={words.regions.lower}>
            <Lower />
          </section>
        )}
        <Overlay width={map.width} height={map.height} />
        <HealthNotice />
      </main>
      <section className="dock region" data-region aria-label={words.regions.dock} tabIndex={-1}>
        <Dock width={map.width} height={dock} />
      </section>
      <PhoneTabs />
      <Dialogs />
    </div>
  );
}
