/** The map: vertices placed by hand from design/map.json, in a view that is panned and zoomed. */
import { type KeyboardEvent, lazy, type MouseEvent, memo, type PointerEvent, Suspense, useEffect, useMemo, useRef, useState } from 'react';
import { DotsLayer } from '../dots/dots-layer.tsx';
import { dots } from '../dots/engine.ts';
import { useVeil } from '../lesson/veil.ts';
import { openScene, opensAt, origin } from '../scenes/opened.ts';
import { useReducedMotion } from '../state/motion.ts';
import { useRecords } from '../state/records.ts';
import { select, setUi, useUi } from '../state/ui.ts';
import { words } from '../words/en.ts';
import { Backdrop } from './backdrop.tsx';
import { camera, fullFrom } from './camera.ts';
import { inPane, listenToGestures } from './gestures.ts';
import './map.css';
import { nearest } from './nearest.ts';
import { useNodes } from './nodes.ts';
import { Piece, type PieceData, piecesOf } from './pieces.tsx';
import { podChannels } from './pod-places.ts';
import { clusterScene, type Scene, sceneFor, sceneNamed } from './scene.ts';
import { usePodLayout } from './use-pod-layout.ts';
import { useClear } from './veiled.ts';
import { useRoving } from './vertex.tsx';

const OpenedScene = lazy(() => import('../scenes/scene.tsx').then(({ OpenedScene: Loaded }) => ({ default: Loaded })));

/** Below this zoom the whole cluster is shown. */
const clusterBelow = { enter: 0.6, leave: 0.64 };

export function MapPane({ width, height }: { width: number; height: number }) {
  const { names, glass, second } = useNodes();
  const [far, setFar] = useState(false);
  const usual = sceneFor(width, height, names.length);
  const sceneName = far && usual === 'wide' ? 'cluster' : usual;
  const nodeNames = names.join();
  const scene = useMemo(() => {
    const full = sceneName === 'cluster' ? clusterScene(nodeNames.split(',').filter(Boolean)) : sceneNamed(sceneName);
    return second === '' ? without(full, 'worker-2') : full;
  }, [sceneName, nodeNames, second]);
  const inside = useRef(false);
  // The density follows once the pointer has left.
  const [, settle] = useState(0);
  const layout = usePodLayout(scene, glass, inside);
  const taps = useMemo(() => (layout ? podChannels(scene, layout) : []), [scene, layout]);
  const pieces = useMemo(() => piecesOf(scene, layout, glass, second), [scene, layout, glass, second]);

  const allPods = useRecords('pod');
  useEffect(() => {
    const nodeOf = new Map(allPods.map((pod) => [pod.id, pod.node]));
    dots.place(scene, layout, glass, (id) => nodeOf.get(id) ?? '');
  }, [scene, layout, glass, allPods]);

  const opened = useUi((ui) => ui.opened);
  const pointer = useRef({ x: 0, y: 0, over: false });
  const root = useRef<HTMLDivElement>(null);
  const zoomedFrom = useRef(1);
  useEffect(
    () =>
      camera.subscribe(({ zoom }) => {
        const before = zoomedFrom.current;
        zoomedFrom.current = zoom;
        const pane = root.current;
        if (!pane || zoom < opensAt || before >= opensAt || useUi.getState().opened) return;
        const box = pane.getBoundingClientRect();
        const at = pointer.current.over ? pointer.current : { x: box.left + box.width / 2, y: box.top + box.height / 2 };
        const card = document.elementFromPoint(at.x, at.y)?.closest<HTMLElement>('[data-record]') ?? null;
        if (card && openScene(card.dataset.record ?? '', card)) requestAnimationFrame(() => camera.fit(0));
      }),
    [],
  );
  const wasOpened = useRef('');
  useEffect(() => {
    if (wasOpened.current && !opened && origin)
      root.current?.querySelector<HTMLElement>(`[data-vertex="${CSS.escape(origin.vertex)}"]`)?.focus({ preventScroll: true });
    if (opened && !wasOpened.current) dots.clear();
    wasOpened.current = opened;
  }, [opened]);
  const layer = useRef<HTMLDivElement>(null);
  useEffect(() => camera.resize({ width, height }, scene), [width, height, scene]);
  useEffect(() => (root.current ? listenToGestures(root.current, camera) : undefined), []);
  useEffect(
    () =>
      camera.subscribe(({ x, y, zoom }) => {
        if (layer.current) layer.current.style.transform = `translate(${x}px, ${y}px) scale(${zoom})`;
        if (root.current) {
          root.current.dataset.level = zoom < fullFrom - 0.001 && (sceneName === 'wide' || sceneName === 'cluster') ? 'titles' : 'full';
          root.current.style.setProperty('--zoom', String(zoom));
        }
        setFar((before) => zoom < (before ? clusterBelow.leave : clusterBelow.enter));
      }),
    [sceneName],
  );
  useEffect(() => {
    if (!pieces.some((piece) => piece.id === useRoving.getState().at)) useRoving.setState({ at: pieces[0]?.id ?? '' });
  }, [pieces]);

  const reduced = useReducedMotion();
  const veiled = useVeil((veil) => veil.clear !== null);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const current = pieces.find((piece) => piece.id === (event.target as HTMLElement).dataset?.vertex);
    const ms = reduced ? 0 : 160;
    if (event.key.startsWith('Arrow')) {
      const next = nearest(pieces.filter((piece) => piece.kind !== 'vanished').map(placed), current && placed(current), event.key);
      if (next) root.current?.querySelector<HTMLElement>(`[data-vertex="${CSS.escape(next)}"]`)?.focus({ preventScroll: true });
    } else if (event.key === '0') camera.fit(ms);
    else if (event.key === '+' || event.key === '=') camera.zoomAt(1.25, undefined, undefined, ms);
    else if (event.key === '-') camera.zoomAt(0.8, undefined, undefined, ms);
    else if (event.shiftKey && event.code === 'Digit2') {
      const { selectedId } = useUi.getState();
      const chosen = pieces.find((piece) => piece.record === selectedId);
      if (chosen) camera.show(chosen.rect, reduced ? 0 : 240);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const dotAt = (event: PointerEvent | MouseEvent): number => {
    const pane = root.current;
    if (!pane) return 0;
    const { x, y } = inPane(pane, pane.getBoundingClientRect(), event);
    return dots.hit(x, y, camera.look);
  };
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: a group of vertices, not of form fields. */}
      <div
        ref={root}
        className={`map scene-${scene.name} ${opened ? 'away' : ''} ${reduced ? 'still' : ''} ${veiled ? 'veiled' : ''}`}
        inert={opened !== ''}
        role="group"
        aria-label={words.map.label}
        aria-describedby="map-keys"
        onKeyDown={onKeyDown}
        onPointerEnter={() => {
          inside.current = true;
        }}
        onPointerLeave={() => {
          inside.current = false;
          settle((n) => n + 1);
          pointer.current.over = false;
          setUi({ hoveredId: '' });
          dots.hover(0);
        }}
        onPointerMove={(event) => {
          pointer.current = { x: event.clientX, y: event.clientY, over: true };
          if (event.pointerType === 'mouse' && event.buttons === 0) dots.hover(dotAt(event));
        }}
        onClickCapture={(event) => {
          const seq = dotAt(event);
          if (!seq) return;
          event.stopPropagation();
          setUi({ focusedSeq: seq, lowerTab: 'messages' });
        }}
        onClick={() => select('')}
      >
        <span id="map-keys" className="unseen">
          {words.map.keys}
        </span>
        <div ref={layer} className="layer">
          <Backdrop scene={scene} taps={taps} />
          <Pieces pieces={pieces} />
        </div>
        {!opened && <DotsLayer width={width} height={height} />}
      </div>
      {opened && (
        <Suspense>
          <OpenedScene key={opened} scene={opened} width={width} height={height} />
        </Suspense>
      )}
    </>
  );
}

const Pieces = memo(function Pieces({ pieces }: { pieces: readonly PieceData[] }) {
  const { clear, pointed } = useClear();
  return pieces.map((piece) => (
    <div
      key={piece.id}
      className={`place ${piece.kind === 'pod' ? 'of-pod' : ''} ${clear.has(piece.record) ? 'clear' : ''} ${pointed.has(piece.record) ? 'pointed' : ''}`}
      style={{ left: piece.rect.x, top: piece.rect.y, width: piece.rect.width, height: piece.rect.height }}
    >
      <Piece piece={piece} />
    </div>
  ));
});

const placed = (piece: PieceData) => ({ id: piece.id, ...piece.rect });

function without(scene: Scene, vertex: string): Scene {
  const { [vertex]: _gone, ...vertices } = scene.vertices;
  const channels = scene.channels.filter((c) => !c.id.endsWith(`/${vertex}`));
  const ends = scene.channels.filter((c) => c.id.endsWith(`/${vertex}`)).flatMap((c) => c.points.map((p) => p.join()));
  return { ...scene, vertices, channels, stations: scene.stations.filter((s) => !ends.includes(s.at.join())) };
}
